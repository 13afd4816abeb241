"""The files that a scenario is made of: found, read, and chained by ``extends``; and the ``--set`` options as one more."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.errors import InputError, nearest, unknown
from sim.io.files import nearest_file, within
from sim.io.library import data_root, is_name, names_in
from sim.io.yaml_files import KeyPath, Positions, dotted, position_of, read_yaml, scalar, validate
from sim.scenario.schema import Changes, ScenarioFile

LONGEST_CHAIN = 20
SETTABLE = ("branch", "levers", "parameters", "record_until", "report", "strategies", "until")
_LISTS = ("report", "targets")


@dataclass(frozen=True)
class Document:
    """One file of a chain of scenarios (or the ``--set`` options), with the place of every key."""

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
        If a bare name is neither in the library nor in the current folder, or there is no such file; names the nearest.
    """
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


def settings_document(overrides: Mapping[str, str]) -> Document:
    """The ``--set`` options as the last document of a chain.

    Raises
    ------
    InputError
        If a key cannot be set, or a value does not fit.
    """
    data: dict[str, Any] = {}
    for key, text in overrides.items():
        _set(data, key, text)
    return Document("--set", Path.cwd(), validate(Changes, data, {}, "--set"), {})


def _set(data: dict[str, Any], key: str, text: str) -> None:
    first, *rest = key.split(".")
    if first not in SETTABLE:
        raise InputError(unknown("key", first, SETTABLE), "--set", key=key)
    depth = {"parameters": 1, "levers": 1, "strategies": 2}.get(first, 0)
    if len(rest) != depth and not (first == "parameters" and not rest):
        form = {1: f"{first}.NAME=VALUE", 2: f"{first}.CODE.KEY=VALUE"}.get(depth, f"{first}=VALUE")
        raise InputError(f"write {form}", "--set", key=key)
    try:
        value = text.split(",") if (rest or [first])[-1] in _LISTS else scalar(text)
    except ValueError as error:
        raise InputError(str(error), "--set", key=key) from None
    if first == "parameters":
        first, rest = "parameters", ["values", *rest] if rest else ["source"]
    for step in [first, *rest[:-1]] if rest else []:
        data = data.setdefault(step, {})
    data[rest[-1] if rest else first] = value
