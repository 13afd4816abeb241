"""What a schema refuses, said for people: what is wrong, what is allowed, what was probably meant."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from sim.errors import nearest

Place = tuple[str | int, ...]

_NAMES = {
    int: "a whole number",
    float: "a number",
    str: "text",
    list: "a list",
    dict: "keys and values",
    type(None): "nothing",
}
_WANTED = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "string": "text",
    "list": "a list",
    "tuple": "a list",
    "dict": "keys and values",
    "model": "keys and values",
}
_BOUNDS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
}


def unwrapped(place: Place, data: Any) -> Place:
    """The part of a pydantic location that names keys and items of the data (unions and validators add words)."""
    path: list[str | int] = []
    part: Any
    for part in place:
        if (isinstance(data, dict) and part in data) or (isinstance(data, list) and isinstance(part, int)):
            path.append(part)
            data = data[part]
    return tuple(path)


def complaint(model: type[BaseModel], problem: Mapping[str, Any], place: Place, data: Any) -> str:
    """One line that says what is wrong with the data at a place and what is allowed there.

    Parameters
    ----------
    model : type of BaseModel
        The schema of the whole data.
    problem : mapping
        One of pydantic's errors.
    place : tuple
        Keys and item numbers that lead to the value (to the parent, for a missing key).
    data : dict
        The whole data.
    """
    kind, context = problem["type"], problem.get("ctx", {})
    value = _value_at(data, place)
    if kind == "missing":
        return f"the key '{problem['loc'][-1]}' is missing"
    if kind == "extra_forbidden":
        allowed = sorted(_keys_allowed(model, place[:-1]))
        return f"unknown key; allowed are {', '.join(allowed)}{nearest(str(place[-1]), allowed)}"
    if kind == "literal_error":
        allowed = [word.strip("' ") for word in context["expected"].replace(" or ", ", ").split(", ")]
        return f"{_quoted(value)} is not one of {', '.join(allowed)}{nearest(str(value), allowed)}"
    if kind in _BOUNDS:
        bound, words = _BOUNDS[kind]
        return f"{_quoted(value)} is out of range; it must be {words} {context[bound]:g}"
    if kind == "value_error":
        return str(context["error"])
    wanted = _WANTED.get(kind.split("_")[0])
    if wanted and kind.endswith(("_type", "_parsing", "_from_float")):
        return f"must be {wanted}, not {described(value)}"
    return f"{_quoted(value)}: {problem['msg']}"


def _value_at(data: Any, place: Place) -> Any:
    for part in place:
        data = data[part]
    return data


def _quoted(value: object) -> str:
    text = str(value).lower() if isinstance(value, (int, float)) else repr(value)
    return text if len(text) <= 60 else text[:57] + "..."


def described(value: object) -> str:
    """A value as an error line names it.

    >>> described("10"), described(2.5), described(None)
    ("text ('10')", 'a number (2.5)', 'nothing')
    """
    if isinstance(value, bool):
        return _quoted(value)
    name = _NAMES.get(type(value), f"a value of type {type(value).__name__}")
    return f"{name} ({_quoted(value)})" if isinstance(value, (str, int, float)) else name


def _keys_allowed(model: type[BaseModel], place: Place) -> set[str]:
    """The keys that the schema has at a place; those of every model that may stand there."""
    annotations: list[Any] = [model]
    for part in place:
        annotations = [inner for outer in annotations for inner in _inside(outer, part)]
    return {
        field.alias or name
        for outer in annotations
        if _is_model(outer)
        for name, field in outer.model_fields.items()
    }


def _inside(annotation: Any, part: str | int) -> Iterator[Any]:
    """The annotations of what stands under a key or at an item number."""
    if _is_model(annotation):
        for name, field in annotation.model_fields.items():
            if (field.alias or name) == part:
                yield from _choices(field.annotation)
        return
    arguments = typing.get_args(annotation)
    if arguments and arguments[-1] is not Ellipsis:
        yield from _choices(arguments[-1])
    elif arguments:
        yield from _choices(arguments[0])


def _choices(annotation: Any) -> Iterator[Any]:
    """An annotation without its wrappings; each member of a union."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        yield from _choices(typing.get_args(annotation)[0])
    elif origin in (typing.Union, types.UnionType):
        for member in typing.get_args(annotation):
            yield from _choices(member)
    else:
        yield annotation


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
