"""The files that a scenario is made of: found, read, and chained by ``extends``; changes on top as one more."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.errors import InputError, nearest, unknown
from sim.io.files import nearest_file, within
from sim.io.library import data_root, is_name, names_in
from sim.io.schema_errors import described
from sim.io.values import plain
from sim.io.yaml_files import KeyPath, Positions, dotted, position_of, read_yaml, scalar, validate
from sim.scenario.schema import Changes, ScenarioFile

LONGEST_CHAIN = 20
SETTABLE = (
    "asks",
    "branch",
    "levers",
    "parameters",
    "reactions",
    "record_until",
    "report",
    "responses",
    "strategies",
    "until",
)
_LISTS = ("at", "outcomes", "report", "states", "targets")
_LONG = ("edits", "ties")
"""Keys that are lists of parts, too long for a command line."""
_DEPTHS = {"asks": 1, "parameters": 1, "levers": 1, "strategies": 2}
"""Parts that a dotted key may have below its first."""


@dataclass(frozen=True)
class Document:
    """One file of a chain of scenarios (or the changes on top of it), with the place of every key."""

    path: str
    folder: Path
    entry: Changes
    positions: Positions

    def says(self, key: str) -> bool:
        """Whether the file itself has the key."""
        return key in self.entry.model_fields_set

    def error(self, place: KeyPath, message: str) -> InputError:
        """An error at a key of this file."""
        line, _ = position_of(place, self.positions)
        return InputError(message, self.path, line or None, key=dotted(place))


def library() -> list[Path]:
    """The scenario files that come with Wedge, sorted by name."""
    return sorted(data_root().glob("*.yaml"), key=lambda path: path.stem)


def find_scenario(name_or_path: str | Path) -> Path:
    """The file of a scenario.

    Raises
    ------
    InputError
        If a bare name is neither in the library nor in the current folder, there is no such file (names the nearest), or it is
        neither a name nor a path.
    """
    if not isinstance(name_or_path, str | Path):
        raise InputError(f"the name or the file of a scenario is expected, not {described(name_or_path)}")
    text = str(name_or_path)
    if isinstance(name_or_path, Path) or not is_name(text):
        return _existing(Path(name_or_path))
    names = names_in(data_root())
    if text in names:
        return data_root() / f"{text}.yaml"
    here = Path(f"{text[:200]}.yaml")
    if os.path.isfile(here):
        return here
    raise InputError(unknown("scenario", text, {*names, *names_in(Path())}))


def _existing(path: Path) -> Path:
    """The path, unless nothing is there or beside it but a scenario of the library has nearly its name."""
    if not os.path.lexists(path) and not nearest_file(path):
        hint = nearest(path.stem[:200], names_in(data_root()))
        if hint:
            raise InputError(f"there is no such file{hint}", path)
    return path


def read_document(path: Path) -> Document:
    """One scenario file, checked against the schema and nothing else."""
    data, positions = read_yaml(path)
    entry = validate(ScenarioFile, data, positions, path)
    return Document(str(path), Path(os.path.realpath(path)).parent, entry, positions)


def chain(path: Path) -> list[Document]:
    """The documents that a scenario is made of, the one that extends nothing first.

    Raises
    ------
    InputError
        If they extend each other in a circle, or one lies outside the folders allowed.
    """
    documents: list[Document] = []
    seen: list[str] = []
    while True:
        read = read_document(path)
        real = os.path.realpath(path)
        if real in seen:
            circle = " -> ".join(Path(step).name for step in [*seen[seen.index(real) :], real])
            raise documents[-1].error(("extends",), f"scenarios extend each other in a circle: {circle}")
        if len(documents) == LONGEST_CHAIN:
            raise documents[-1].error(("extends",), f"more than {LONGEST_CHAIN} scenarios extend each other")
        seen.append(real)
        documents.append(read)
        entry = documents[-1].entry
        assert isinstance(entry, ScenarioFile)
        if not entry.extends:
            return documents[::-1]
        path = referred(documents[-1], "extends", entry.extends, data_root(), ".yaml")


def referred(document: Document, key: str, text: str, home: Path, suffix: str) -> Path:
    """The file or folder that a key of a document names: shipped under ``home``, or beside the document."""
    place: KeyPath = (key,)
    what = "scenario" if key == "extends" else key
    beside = document.folder / text
    if is_name(text):
        names = names_in(home, f"*{suffix}" if suffix else "*")
        if text in names:
            return home / f"{text}{suffix}"
        beside = document.folder / f"{text[:200]}{suffix}"
        if not os.path.exists(beside):
            raise document.error(place, unknown(what, text, names))
    try:
        path = within(beside, (document.folder, data_root()))
    except ValueError as error:
        raise document.error(place, f"'{text}' {error}") from None
    if not os.path.exists(path):
        raise document.error(place, f"there is no '{text}'{nearest_file(path)}")
    return path


def settings_document(changes: Mapping[str, object], place: str = "") -> Document:
    """Changes on top of the files, as the last document of a chain.

    Parameters
    ----------
    changes : mapping
        Key, dotted or not, to what a file would say there: ``{"levers": {"compliance": 0}}`` and
        ``{"levers.compliance": 0}`` are the same.
    place : str
        Where errors say that the changes stand: ``--set`` for those of a command line, nothing for arguments of Python.

    Raises
    ------
    InputError
        If a key cannot be changed, or a value does not fit.
    """
    data: dict[str, Any] = {}
    for key, value in changes.items():
        _put(data, _path(str(key), place), value, str(key), place)
    return Document(place, Path.cwd(), validate(Changes, data, {}, place), {})


def parsed_settings(texts: Mapping[str, str], place: str = "--set") -> dict[str, Any]:
    """The values that the texts of ``--set KEY=VALUE`` stand for; lists are separated by commas.

    Raises
    ------
    InputError
        If a key cannot be changed, is not written in full, or a number is not finite.

    Examples
    --------
    >>> parsed_settings({"levers.compliance": "0", "report": "2016-12,2020-12"})
    {'levers.compliance': 0, 'report': ['2016-12', '2020-12']}
    """
    values: dict[str, Any] = {}
    for key, text in texts.items():
        path = _path(key, place)
        if len(path) - 1 != _DEPTHS.get(path[0], 0) and path != ["parameters"]:
            raise InputError(f"write {_form(path[0])}", place, key=key)
        try:
            values[key] = text.split(",") if path[-1] in _LISTS else scalar(text)
        except ValueError as error:
            raise InputError(str(error), place, key=key) from None
    return values


def _path(key: str, place: str) -> list[str]:
    """The parts of a dotted key that may be changed."""
    path = key.split(".")
    allowed = SETTABLE if place else (*SETTABLE, *_LONG)
    if path[0] not in allowed:
        raise InputError(unknown("key", path[0], allowed), place, key=key)
    if len(path) - 1 > _DEPTHS.get(path[0], 0):
        raise InputError(f"write {_form(path[0])}", place, key=key)
    return path


def _form(first: str) -> str:
    """How a setting of ``--set`` is written."""
    return {1: f"{first}.NAME=VALUE", 2: f"{first}.CODE.KEY=VALUE"}.get(
        _DEPTHS.get(first, 0), f"{first}=VALUE"
    )


def _put(data: dict[str, Any], path: list[str], value: object, key: str, place: str) -> None:
    """Put a value where a file would have it, beside what is there."""
    value = plain(value, key)
    if path == ["parameters"] and not isinstance(value, dict):
        path = ["parameters", "source"]
    elif len(path) == 2 and path[0] == "parameters":
        path = ["parameters", "values", path[1]]
    for step in path[:-1]:
        data = data.setdefault(step, {})
        if not isinstance(data, dict):
            raise InputError(f"'{step}' is given whole, too; give one of the two", place, key=key)
    before = data.get(path[-1])
    data[path[-1]] = before | value if isinstance(before, dict) and isinstance(value, dict) else value
