"""``wedge compare``: paired differences as JSON, as a table, and as files."""

from pathlib import Path

import pandas as pd
import pytest

from tests.integration.cli.answers import Wedge, nothing_written, said, told

SHORT = ("--set", "until=2025-12", "--runs", "8")
QUICK = (*SHORT, "--no-figures", "--levers", "0")
NOTHING_NEW = """
name: nothing-new
title: Nothing new
question: Does an edit without effect have none?
extends: history
branch: 2020-01
edits:
  - scale: {kind: coercion, by: 1.0}
"""


def test_json_holds_both_sides_and_the_paired_difference(wedge: Wedge, tmp_path: Path) -> None:
    answer = told(wedge("compare", "history", "thaad-without-punishment", *QUICK, "--json"))
    assert (answer["base"], answer["alternatives"], answer["lanes"]) == (
        "history",
        ["thaad-without-punishment"],
        8,
    )
    coalition = answer["outcomes"]["thaad-without-punishment"]["coalition"]
    assert {"base", "alternative", "difference", "rises", "falls", "equal", "lanes", "unit"} == set(coalition)
    difference = coalition["difference"]
    assert difference["mean"] == pytest.approx(coalition["alternative"]["mean"] - coalition["base"]["mean"])
    low, high = difference["interval"]
    assert low <= difference["mean"] <= high
    assert coalition["rises"] + coalition["falls"] + coalition["equal"] == pytest.approx(1)
    assert (tmp_path / answer["comparison"] / "comparison.csv").is_file()
    assert all((tmp_path / folder / "manifest.json").is_file() for folder in answer["runs"].values())


def test_an_edit_without_effect_changes_nothing(wedge: Wedge, tmp_path: Path) -> None:
    (tmp_path / "nothing-new.yaml").write_text(NOTHING_NEW)
    answer = told(wedge("compare", "history", "nothing-new.yaml", *QUICK, "--json"))
    outcomes = answer["outcomes"]["nothing-new"]
    assert {row["equal"] for row in outcomes.values() if row["lanes"]} == {1.0}


def test_a_person_reads_what_differs(wedge: Wedge, tmp_path: Path) -> None:
    result = wedge("compare", "history", "thaad-without-punishment", *SHORT, "--levers", "0")
    assert result.exit_code == 0, result.stderr
    [folder] = (tmp_path / "outputs").glob("compare-*")
    for words in (
        "No visible difference in:",
        "coalition",
        "Paired over 8 lanes",
        f"{folder.name}/comparison.csv",
        f"{folder.name}/figures",
    ):
        assert words in result.stdout
    assert {path.suffix for path in (folder / "figures").iterdir()} == {".png", ".svg"}
    assert len(result.stdout.splitlines()) < 60
    told_in_full = wedge(
        "compare", "history", "thaad-without-punishment", *SHORT, "--no-figures", "--all"
    ).stdout
    assert "rises" in told_in_full
    assert "rises" not in result.stdout
    for line in (result.stdout + told_in_full).splitlines():
        assert len(line) <= 80 or str(folder.name) in line


def test_a_scenario_is_not_compared_with_itself(wedge: Wedge, tmp_path: Path) -> None:
    result = wedge("compare", "history", "history", *SHORT)
    assert result.exit_code == 2
    assert "two scenarios are named 'history'" in said(result)
    assert nothing_written(tmp_path)


def test_assumptions_behind_a_difference_are_told_and_kept(wedge: Wedge, tmp_path: Path) -> None:
    (tmp_path / "nothing-new.yaml").write_text(NOTHING_NEW)
    words = ("compare", "history", "nothing-new.yaml", *SHORT, "--no-figures", "--levers", "2")
    answer = told(wedge(*words, "--json"))
    effects = answer["assumptions"]["nothing-new"]["polarisation"]
    assert effects["all of them"] == {"difference": 0, "standard_error": 0, "lanes": 2}
    table = pd.read_csv(tmp_path / answer["comparison"] / "assumptions.csv")
    assert set(table["alternative"]) == {"nothing-new"}
    assert set(table["lever"]) == set(effects)
    shown = " ".join(wedge(*words).stdout.split())
    assert "Depends on 15 levers" in shown
    assert told(wedge(*words[:-1], "0", "--json"))["assumptions"] is None
