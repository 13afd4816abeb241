"""Text to data, safely: a small part of YAML with the place of every key, and schema errors with those places.

Everything that a person may write by hand (scenarios, worlds) comes in through :func:`read_yaml` and
:func:`validate`. Accepted are mappings, lists, text, numbers, ``true``/``false`` and nothing else: no anchors, no tags,
no dates, no ``yes``/``no`` that turn into booleans. Whatever is refused is refused with its file, line and key.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from sim.errors import InputError, code_point, invisible_character
from sim.io.files import read_file
from sim.io.schema_errors import complaint, unwrapped

Event = Any  # a parser event of yaml, whose stubs know no marks
KeyPath = tuple[str | int, ...]
Positions = dict[KeyPath, tuple[int, int]]
Model = TypeVar("Model", bound=BaseModel)

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
MAX_NODES = 20_000
MAX_DIGITS = 15

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?([0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(nan|inf)", re.IGNORECASE)
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}


def read_yaml(path: str | Path) -> tuple[dict[str, Any], Positions]:
    """Read a YAML file of keys and values.

    Parameters
    ----------
    path : str or Path
        A regular file of at most 1 MB of UTF-8 text.

    Returns
    -------
    data : dict
        Plain data: dict, list, str, int, float, bool, None.
    positions : dict
        For each key path, as ``("edits", 0, "drop")``, the 1-based line and column where its key (or list item) stands.

    Raises
    ------
    InputError
        If the file cannot be read, is not such text, or holds anything beyond plain finite data.
    """
    path = Path(path)
    return parse_yaml(read_text(path), path)


def parse_yaml(text: str, path: Path, most_nodes: int = MAX_NODES) -> tuple[dict[str, Any], Positions]:
    """The text of a YAML file as data, as :func:`read_yaml` gives it; ``most_nodes`` keys and values are allowed."""
    builder = _Builder(path, most_nodes)
    data = builder.document(_events(text, path))
    if data is None:
        raise InputError("the file is empty; it must hold keys and values", path, 1)
    if not isinstance(data, dict):
        raise InputError(
            "the file must hold keys and values, as in 'title: A title'", path, builder.positions[()][0]
        )
    return data, builder.positions


def read_text(path: Path, limit: int = MAX_BYTES) -> str:
    """The text of a small regular file, refused if it is too large, binary or contains invisible characters.

    Raises
    ------
    InputError
        Naming the file, and the line where there is one.
    """
    return _decoded(read_file(path, limit), path)


def _decoded(raw: bytes, path: Path) -> str:
    if b"\0" in raw:
        raise InputError(
            "this is a binary file; write UTF-8 text", path, raw.count(b"\n", 0, raw.index(b"\0")) + 1
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError(
            f"byte 0x{raw[error.start]:02x} is not UTF-8; save the file as UTF-8 text", path, line
        ) from None
    text = text.replace("\r\n", "\n")
    if "\t" in text:
        raise InputError("tab character; use spaces", path, *_place(text, text.index("\t")))
    if hidden := invisible_character(text):
        place = _place(text, hidden.start())
        raise InputError(f"control character {code_point(hidden[0])}; remove it", path, *place)
    return text


def _place(text: str, offset: int) -> tuple[int, int]:
    before = text[:offset]
    return before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1


def _events(text: str, path: Path) -> Iterator[Event]:
    """The parser's events; its errors become one line with a place."""
    try:
        yield from yaml.parse(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = " ".join(part for part in (error.context, error.problem) if part)
        raise InputError(
            f"not valid YAML: {said}",
            path,
            mark.line + 1 if mark else None,
            mark.column + 1 if mark else None,
        ) from None
    except yaml.YAMLError as error:
        raise InputError(f"not valid YAML: {error}", path) from None


def dotted(path: KeyPath) -> str:
    """A key path as a person writes it.

    >>> dotted(("edits", 0, "drop"))
    'edits[0].drop'
    """
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def scalar(text: str) -> Any:
    """A plain word of YAML as data.

    Raises
    ------
    ValueError
        If it is a number that is not finite, or a whole number of more than 15 digits.

    >>> scalar("2016-07"), scalar("7"), scalar("0.5"), scalar("true"), scalar("no")
    ('2016-07', 7, 0.5, True, 'no')
    """
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        if len(text.lstrip("+-")) > MAX_DIGITS:
            raise ValueError(f"the whole number {shown(text)} has more than {MAX_DIGITS} digits")
        return int(text)
    if _DECIMAL.fullmatch(text) and math.isfinite(float(text)):
        return float(text)
    if _DECIMAL.fullmatch(text) or _NOT_FINITE.fullmatch(text):
        raise ValueError(f"{shown(text)} is not a finite number")
    return text


class _Dumper(yaml.SafeDumper):
    """Quotes every text that :func:`scalar` would not take as that text."""


def _represented(dumper: yaml.SafeDumper, text: str) -> yaml.Node:
    try:
        safe = scalar(text) == text
    except ValueError:
        safe = False
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if safe else '"')


_Dumper.add_representer(str, _represented)


def as_yaml(data: Mapping[str, Any]) -> str:
    """Plain data as text that :func:`read_yaml` reads back."""
    return yaml.dump(dict(data), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def shown(value: object, limit: int = 40) -> str:
    """A value short enough for one line of error."""
    text = str(value)
    return text if len(text) <= limit else text[: limit - 3] + "..."


def _start(event: Event) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


class _Builder:
    """Builds plain data from parser events, keeping the place of each key and refusing what is not plain."""

    def __init__(self, path: Path, most_nodes: int) -> None:
        self.path, self.most_nodes = path, most_nodes
        self.positions: Positions = {}
        self.nodes = 0

    def document(self, events: Iterator[Event]) -> Any:
        self.events = events
        data = None
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                if () in self.positions:
                    raise self.refusal(event, "a second document starts here; one file holds one", ())
                self.positions[()] = _start(event)
                data = self.node(next(events), (), 0)
        return data

    def refusal(self, event: Event, message: str, path: KeyPath) -> InputError:
        return InputError(message, self.path, *_start(event), key=dotted(path))

    def node(self, event: Event, path: KeyPath, depth: int) -> Any:
        self.check(event, path, depth)
        if isinstance(event, yaml.MappingStartEvent):
            return self.mapping(path, depth)
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(path, depth)
        try:
            value = scalar(event.value) if not event.style else event.value
        except ValueError as error:
            raise self.refusal(event, str(error), path) from None
        if isinstance(value, str) and (hidden := invisible_character(value)):
            raise self.refusal(event, f"control character {code_point(hidden[0])}; remove it", path)
        return value

    def check(self, event: Event, path: KeyPath, depth: int) -> None:
        self.nodes += 1
        if isinstance(event, yaml.AliasEvent):
            raise self.refusal(
                event, f"alias *{shown(event.anchor)} is not allowed; write the value out", path
            )
        if event.anchor:
            raise self.refusal(
                event, f"anchor &{shown(event.anchor)} is not allowed; write the value out", path
            )
        if event.tag and event.tag != "!":
            raise self.refusal(event, f"tag {shown(event.tag)} is not allowed; write a plain value", path)
        if depth > MAX_DEPTH:
            raise self.refusal(event, f"nested more than {MAX_DEPTH} levels deep", path[:3])
        if self.nodes > self.most_nodes:
            raise self.refusal(event, f"more than {self.most_nodes:,} keys and values", path)

    def sequence(self, path: KeyPath, depth: int) -> list[Any]:
        items: list[Any] = []
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            here = (*path, len(items))
            self.positions[here] = _start(event)
            items.append(self.node(event, here, depth + 1))
        return items

    def mapping(self, path: KeyPath, depth: int) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        for event in self.events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self.key(event, path, depth)
            here = (*path, key)
            if key in entries:
                raise self.refusal(event, f"this key already stands on line {self.positions[here][0]}", here)
            self.positions[here] = _start(event)
            entries[key] = self.node(next(self.events), here, depth + 1)
        return entries

    def key(self, event: Event, path: KeyPath, depth: int) -> str:
        self.check(event, path, depth)
        if not isinstance(event, yaml.ScalarEvent) or not event.value:
            raise self.refusal(event, "a key must be a word", path)
        if invisible_character(event.value):
            raise self.refusal(event, "a key holds a control character; remove it", path)
        return str(event.value)


def validate(
    model: type[Model], data: Mapping[str, Any], positions: Positions, path: str | Path, context: Any = None
) -> Model:
    """Check data against a pydantic model, strictly: text is never taken for a number, nor a number for text.

    Parameters
    ----------
    model : type of BaseModel
        The schema.
    data, positions, path
        What :func:`read_yaml` returned, and the file to name.
    context : optional
        Handed to the model's validators.

    Raises
    ------
    InputError
        For the first thing that is wrong, with its file, line and key, what is allowed and the nearest match.
    """
    try:
        return model.model_validate_json(json.dumps(data), strict=True, context=context)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        places = [unwrapped(problem["loc"], data) for problem in problems]
    order = sorted(
        range(len(problems)),
        key=lambda i: (
            problems[i]["type"] == "missing",
            problems[i]["type"] != "extra_forbidden",
            position_of(places[i], positions)[0],
        ),
    )
    first = order[0]
    line, _ = position_of(places[first], positions)
    more = f" (and {len(order) - 1} more)" if len(order) > 1 else ""
    message = complaint(model, problems[first], places[first], data)
    raise InputError(message + more, path, line or None, key=dotted(places[first]))


def position_of(path: KeyPath, positions: Positions) -> tuple[int, int]:
    """Line and column of a key path, or of the nearest part of the file that holds it; (0, 0) if no part does."""
    while path and path not in positions:
        path = path[:-1]
    return positions.get(path, (0, 0))
