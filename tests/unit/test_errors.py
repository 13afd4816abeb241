"""Errors: one printable line that says where, what, and what was probably meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError, StoreError, WedgeError, nearest, printable


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ({}, "is wrong"),
        ({"file": "a.yaml"}, "a.yaml: is wrong"),
        ({"file": Path("b") / "a.yaml", "line": 3}, f"{Path('b') / 'a.yaml'}:3: is wrong"),
        ({"file": "a.csv", "line": 3, "column": "start"}, "a.csv:3:start: is wrong"),
        ({"file": "a.yaml", "line": 3, "column": 7, "key": "edits.0"}, "a.yaml:3:7: edits.0: is wrong"),
        ({"key": "until"}, "until: is wrong"),
    ],
)
def test_an_input_error_says_where(place: dict[str, object], line: str) -> None:
    error = InputError("is wrong", **place)
    assert str(error) == line
    assert error.message == "is wrong"
    assert (error.file, error.line, error.column, error.key) == tuple(
        place.get(name) for name in ("file", "line", "column", "key")
    )


def test_bad_input_exits_with_two_and_the_rest_with_one() -> None:
    assert (WedgeError.exit_code, StoreError.exit_code, InputError.exit_code) == (1, 1, 2)
    assert issubclass(InputError, WedgeError)
    assert issubclass(StoreError, WedgeError)
    assert not issubclass(StoreError, InputError)


@given(st.text(max_size=900), st.text(max_size=50), st.integers(1, 99))
def test_an_error_is_always_one_printable_line_of_bearable_length(
    message: str, key: str, number: int
) -> None:
    for error in (InputError(message, "a.yaml", number, key=key), StoreError(message)):
        assert str(error).isprintable()
        assert len(str(error)) <= 600


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("two\nlines", "two\\nlines"),
        ("a\x1b[31mred", "a\\x1b[31mred"),
        ("nul\x00", "nul\\x00"),
        ("back\u202ewards", "back\\u202ewards"),
        ("half \ud800", "half \\ud800"),
        ("Tōkyō · 東京", "Tōkyō · 東京"),
    ],
)
def test_control_characters_are_shown_and_not_sent(text: str, line: str) -> None:
    assert printable(text) == line


@given(st.text(max_size=100), st.integers(3, 50))
def test_long_lines_are_cut_to_the_limit(text: str, limit: int) -> None:
    line = printable(text, limit)
    whole = printable(text, 10_000)
    assert len(line) <= limit
    assert line == whole if len(whole) <= limit else line == whole[: limit - 3] + "..."


@pytest.mark.parametrize(
    ("word", "allowed", "end"),
    [
        ("punishmnt", ["coercion", "punishment"], "; did you mean 'punishment'?"),
        ("jpn", ["JPN", "KOR"], "; did you mean 'JPN'?"),
        ("QUAD", ["quad", "aukus"], "; did you mean 'quad'?"),
        ("zzz", ["coercion"], ""),
        ("", ["coercion"], ""),
        ("coercion", [], ""),
    ],
)
def test_the_nearest_match_is_offered_if_there_is_one(word: str, allowed: list[str], end: str) -> None:
    assert nearest(word, iter(allowed)) == end


@given(st.text(max_size=20), st.lists(st.text(min_size=1, max_size=10)))
def test_only_what_is_allowed_is_offered(word: str, allowed: list[str]) -> None:
    end = nearest(word, allowed)
    assert end == "" or any(end == f"; did you mean '{choice}'?" for choice in allowed)
