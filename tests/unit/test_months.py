"""Months: the text at the edge and the number inside are one thing, and nothing else is a month."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from sim.months import FIRST_YEAR, LAST_YEAR, MonthText, month_dates, month_number, month_text

numbers = st.integers(FIRST_YEAR * 12, LAST_YEAR * 12 + 11)


@pytest.mark.parametrize(
    ("text", "number"),
    [("1800-01", 21600), ("1936-12", 23243), ("2010-01", 24120), ("2024-07", 24294), ("2200-12", 26411)],
)
def test_known_months(text: str, number: int) -> None:
    assert month_number(text) == number
    assert month_text(number) == text


@given(numbers)
def test_text_and_number_are_one(number: int) -> None:
    assert month_number(month_text(number)) == number


@given(numbers, numbers)
def test_text_sorts_as_time_does(a: int, b: int) -> None:
    assert (month_text(a) < month_text(b)) == (a < b)


@given(st.lists(numbers, max_size=5))
def test_dates_are_the_first_days(months: list[int]) -> None:
    dates = month_dates(months)
    assert dates.dtype == np.dtype("datetime64[ns]")
    assert [pd.Timestamp(date).strftime("%Y-%m-%d") for date in dates] == [
        f"{month_text(month)}-01" for month in months
    ]


BAD = {
    "2010": "write YYYY-MM",
    "2010-1": "write YYYY-MM",
    "2010-01-01": "write YYYY-MM",
    "2010-01\n": "write YYYY-MM",
    " 2010-01": "write YYYY-MM",
    "2010/01": "write YYYY-MM",
    "-2010-01": "write YYYY-MM",
    "": "write YYYY-MM",
    "\uff12\uff10\uff11\uff10-\uff10\uff11": "write YYYY-MM",  # full-width digits
    "\u0662\u0660\u0661\u0660-\u0660\u0661": "write YYYY-MM",  # Arabic-Indic digits
    "2010-00": "no such month",
    "2010-13": "no such month",
    "1799-12": "years are 1800 to 2200",
    "2201-01": "years are 1800 to 2200",
    "0000-01": "years are 1800 to 2200",
}


@pytest.mark.parametrize(("text", "why"), BAD.items(), ids=map(repr, BAD))
def test_what_is_no_month_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        month_number(text)
    with pytest.raises(ValidationError, match=why):
        TypeAdapter(MonthText).validate_python(text)


@pytest.mark.parametrize("value", [None, 201001, 2010.01, b"2010-01", ["2010-01"]])
def test_other_types_are_refused(value: object) -> None:
    with pytest.raises(ValueError, match="is not a month"):
        month_number(value)


@given(st.text(max_size=9))
def test_any_other_text_is_refused_or_means_itself(text: str) -> None:
    try:
        number = month_number(text)
    except ValueError:
        return
    assert month_text(number) == text


def test_the_type_keeps_the_text() -> None:
    assert TypeAdapter(MonthText).validate_python("2016-07") == "2016-07"
