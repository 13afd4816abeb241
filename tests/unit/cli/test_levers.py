"""What depends on a lever, as it is printed."""

import pandas as pd
import pytest

from sim.cli.levers import print_levers
from sim.cli.printing import console

LEVERS = ["a", "b", "c", "d", "e"]
SIZES = {"a": 0.1, "b": -0.4, "c": 0.2, "d": 0.3, "e": 0.0, "all of them": 0.9}


def printed(capsys: pytest.CaptureFixture[str], sizes: dict[str, float], everything: bool) -> list[str]:
    columns = ["lever", "outcome", "difference", "standard_error", "lanes"]
    rows = [(lever, "wedged", size, 0.01, 9) for lever, size in sizes.items()]
    table = pd.DataFrame(rows, columns=columns).set_index(["lever", "outcome"])
    print_levers(console(), LEVERS, table, {"wedged": 1.0}, str.upper, everything)
    return capsys.readouterr().out.splitlines()


def test_the_largest_effects_are_printed_and_by_default_those_of_single_levers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    few = printed(capsys, SIZES, everything=False)
    assert [line.split() for line in few[-2:]] == [
        ["WEDGED", "b", "−0.400", "±", "0.010"],
        ["WEDGED", "d", "+0.300", "±", "0.010"],
    ]
    many = printed(capsys, SIZES, everything=True)
    assert [line.split()[1] for line in many[-3:]] == ["all", "b", "d"]


def test_levers_that_change_nothing_visibly_are_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, dict.fromkeys(SIZES, 0.005), everything=False)
    assert " ".join(lines) == (
        "Depends on 5 levers, mechanisms that the record cannot tell apart. On the first 9 lanes, switching one off"
        " changes none of these outcomes visibly."
    )
