"""What the commands share: options as text, numbers for people, JSON for machines."""

import json

import numpy as np
import pytest

from sim.cli.common import month_option, number, print_json, settings
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
