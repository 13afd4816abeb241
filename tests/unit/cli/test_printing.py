"""What commands print, without running any: options as text, numbers, tables that fit, JSON."""

import io
import json

import numpy as np
import pytest

from sim.cli.options import month_option, settings
from sim.cli.printing import number, print_json, table_lines, title, wrapped
from sim.errors import InputError


def test_settings_are_split_at_the_first_equals_sign() -> None:
    assert settings(["until=2030-12", " levers.peers = 0 ", "title=a=b"]) == {
        "until": "2030-12",
        "levers.peers": "0",
        "title": "a=b",
    }
    assert settings(None) == {}


@pytest.mark.parametrize("pairs", [["until"], ["=x"], [""], ["a=1", "a=2"]])
def test_bad_settings_are_refused(pairs: list[str]) -> None:
    with pytest.raises(InputError, match="--set"):
        settings(pairs)


@pytest.mark.parametrize(
    ("value", "signed", "text"),
    [
        (0.12345, False, "0.123"),
        (-0.5, False, "−0.500"),
        (0.5, True, "+0.500"),
        (-0.00001, True, "0.000"),
        (0.0, True, "0"),
        (12.345, False, "12.3"),
        (float("nan"), False, "–"),
    ],
)
def test_numbers_for_people(value: float, signed: bool, text: str) -> None:
    assert number(value, signed) == text


def test_json_is_strict(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"a": np.float64("nan"), "b": [np.int64(3), np.inf], "c": {"d": np.float32(0.5), "e": None}})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": [3, None], "c": {"d": 0.5, "e": None}}


def test_months_of_options() -> None:
    assert month_option(None, "--from") is None
    assert month_option("2010-01", "--from") == 2010 * 12
    with pytest.raises(InputError, match=r"--from.*2010-13"):
        month_option("2010-13", "--from")


HEADINGS = ("mean of", "base", "what-if", "difference [95 %]")
ROWS = [
    ("View of China: South Korea, 2016-12", "−0.293", "−0.114", "+0.179 [+0.167, +0.190]"),
    (
        "Export dependence: Lao People's Democratic Republic, 2016-12",
        "0.278",
        "0.289",
        "+0.011 [+0.009, +0.013]",
    ),
]


@pytest.mark.parametrize("width", [120, 80, 60, 40, 30])
def test_a_table_fits_and_its_numbers_stay_whole(width: int) -> None:
    lines = list(table_lines(HEADINGS, ROWS, (0,), width))
    assert max(map(len, lines)) <= width
    words = " ".join(" ".join(lines).split())
    for row in ROWS:
        for value in row[1:]:
            assert any(value in line for line in lines)
        assert all(word in words for word in row[0].split())


def test_a_table_is_side_by_side_as_long_as_that_fits() -> None:
    heading, first, *_ = table_lines(HEADINGS, ROWS, (0,), 80)
    assert heading.split() == ["mean", "of", "base", "what-if", "difference", "[95", "%]"]
    assert first == "View of China: South Korea, 2016-12     −0.293  −0.114   +0.179 [+0.167, +0.190]"


def test_a_narrower_one_puts_the_sentences_on_lines_of_their_own_under_the_same_headings() -> None:
    assert list(table_lines(HEADINGS, ROWS[:1], (0,), 60)) == [
        "  base    what-if  difference [95 %]",
        "View of China: South Korea, 2016-12",
        "  −0.293  −0.114   +0.179 [+0.167, +0.190]",
    ]


def test_the_narrowest_one_puts_each_value_beside_its_heading() -> None:
    assert list(table_lines(HEADINGS, ROWS[:1], (0,), 40)) == [
        "View of China: South Korea, 2016-12",
        "  base −0.293    what-if −0.114",
        "  difference [95 %]",
        "  +0.179 [+0.167, +0.190]",
    ]


def test_sentences_that_do_not_fit_follow_their_row_and_keep_their_headings() -> None:
    headings, row = ("id", "when", "what", "source"), ("S1", "2016-07", "a long title of an act", "a page")
    assert list(table_lines(headings, [row], (2, 3), 30)) == [
        "id  when",
        "  what, source",
        "S1  2016-07",
        "  a long title of an act",
        "  a page",
    ]


def test_wide_letters_count_twice_and_addresses_stay_whole() -> None:
    assert wrapped("東京 と 北京", 6) == ["東京", "と", "北京"]
    address = "https://example.org/a/very/long/one"
    assert wrapped(f"see {address}", 10) == ["see", address]


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "latin-1", "utf-8"])
def test_json_is_exact_in_any_encoding(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    value = {"title": "−0.5 → 東京"}
    stdout = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr("sys.stdout", stdout)
    print_json(value)
    assert json.loads(stdout.buffer.getvalue().decode(encoding)) == value


def test_titles_name_the_powers_and_states() -> None:
    names = {"hub": "Rome", "challenger": "Carthage", "states": {"SYR": "Syracuse"}}
    assert title("member.league.SYR", names) == "Member: Syracuse, league"
    assert title("leverage", names) == "Carthage\u2019s leverage"
    assert title("opinion.hub", names) == "Opinion: Rome"
