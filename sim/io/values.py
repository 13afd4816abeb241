"""Values that a Python caller hands in: made plain, or refused in one line that names the argument."""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from sim.errors import InputError, code_point, invisible_character, unknown
from sim.io.schema_errors import described
from sim.months import month_number

_Choice = TypeVar("_Choice", bound=str)


def plain(value: object, key: str) -> Any:
    """A value as a scenario file would hold it: text, numbers, true, false, nothing, lists, and keys with values.

    Numbers and arrays of numpy, columns of pandas, tuples, sets and paths become what they stand for.

    Parameters
    ----------
    value : object
    key : str
        Dotted name of the argument, for the error.

    Raises
    ------
    InputError
        If it is anything else, or a number that is not finite.

    Examples
    --------
    >>> plain({"CHN": {"targets": ("KOR", "JPN")}}, "strategies")
    {'CHN': {'targets': ['KOR', 'JPN']}}
    """
    if hasattr(value, "tolist"):  # of numpy or pandas
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        raise InputError(f"{value} is not a finite number", key=key)
    if isinstance(value, str) and (hidden := invisible_character(value)):
        raise InputError(f"holds the character {code_point(hidden[0])}; write plain text", key=key)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, Mapping):
        return {_name(name, key): plain(part, f"{key}.{name}") for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part, f"{key}[{number}]") for number, part in enumerate(value)]
    if isinstance(value, set | frozenset):
        return plain(sorted(value, key=str), key)
    raise InputError(f"must be text, a number, a list, or keys and values, not {described(value)}", key=key)


def _name(name: object, key: str) -> str:
    if not isinstance(name, str):
        raise InputError(f"keys are text, not {described(name)}", key=key)
    return name


def as_path(value: str | os.PathLike[str], name: str) -> Path:
    """A path that may be given as text.

    Raises
    ------
    InputError
        If it is neither.
    """
    if isinstance(value, str | os.PathLike):
        return Path(value)
    raise InputError(f"must be a path, not {described(value)}", key=name)


def as_month(value: str, name: str) -> int:
    """The number of a month written ``YYYY-MM``.

    Raises
    ------
    InputError
        If it is not.
    """
    try:
        return month_number(str(value))
    except ValueError as error:
        raise InputError(str(error), key=name) from None


def whole_number(value: object, name: str, low: int, high: int) -> int:
    """A whole number between two bounds, both allowed.

    Raises
    ------
    InputError
        If it is not, or out of range.

    Examples
    --------
    >>> whole_number(8, "lanes", 1, 2**31)
    8
    """
    try:
        number = operator.index(value)  # type: ignore[arg-type]
    except TypeError:
        number = None
    if number is None or isinstance(value, bool):
        raise InputError(f"must be a whole number, not {described(value)}", key=name)
    if not low <= number <= high:
        raise InputError(f"{name} is {number}; allowed is {low} to {high}")
    return number


def one_of(value: object, name: str, allowed: Iterable[_Choice]) -> _Choice:
    """The choice that a caller made.

    Raises
    ------
    InputError
        If there is no such choice; names those that there are, and the nearest.

    Examples
    --------
    >>> one_of("mesa", "engine", ("lanes", "mesa"))
    'mesa'
    """
    choices = tuple(allowed)
    for choice in choices:
        if value == choice:
            return choice
    raise InputError(unknown(name, str(value), choices))
