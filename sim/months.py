"""Months: ``YYYY-MM`` at the edge, whole numbers inside (twelve a year, year 0 month 0 is 0)."""

from __future__ import annotations

import re
from typing import Annotated

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import AfterValidator

_PATTERN = re.compile(r"([0-9]{4})-([0-9]{2})")
FIRST_YEAR, LAST_YEAR = 1800, 2200


def month_number(text: str) -> int:
    """The number of a month.

    Raises
    ------
    ValueError
        If the text is not ``YYYY-MM`` with a month 01 to 12 and a year 1800 to 2200.

    >>> month_number("2010-01"), month_number("2016-07") - month_number("2010-01")
    (24120, 78)
    """
    match = _PATTERN.fullmatch(text) if isinstance(text, str) else None
    if match is None:
        raise ValueError(f"{text!r} is not a month; write YYYY-MM, for example 2016-07")
    year, month = int(match[1]), int(match[2])
    if not 1 <= month <= 12:
        raise ValueError(f"{text!r} has no such month; months are 01 to 12")
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"{text!r} is out of range; years are {FIRST_YEAR} to {LAST_YEAR}")
    return year * 12 + month - 1


def month_text(number: int) -> str:
    """The ``YYYY-MM`` of a month number.

    >>> month_text(24120)
    '2010-01'
    """
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def month_dates(numbers: ArrayLike) -> NDArray[np.datetime64]:
    """First days of months as ``datetime64[ns]``, for labelled arrays."""
    months = np.asarray(numbers, dtype=np.int64) - 1970 * 12
    return months.astype("datetime64[M]").astype("datetime64[ns]")


def _checked(text: str) -> str:
    month_number(text)
    return text


MonthText = Annotated[str, AfterValidator(_checked)]
