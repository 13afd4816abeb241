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


def test_json_holds_the_answer_and_the_steps_behind_it(wedge: Wedge) -> None:
    told_all = told(wedge("compare", "history", "quiet-senkakus", *QUICK, "--json"))
    answer, steps = told_all["answer"]["quiet-senkakus"], told_all["steps"]["quiet-senkakus"]
    assert answer["verdict"] in ("yes", "no", "cannot tell")
    assert answer["asked"] == {
        "states": ["JPN"],
        "outcomes": ["steps", "view"],
        "at": ["2024-07"],
        "expects": -1,
    }
    first = answer["figures"][0]
    paired = told_all["outcomes"]["quiet-senkakus"]["steps.JPN.2024-07"]["difference"]
    assert (first["mean"], first["q05"], first["q95"]) == pytest.approx(
        (paired["mean"], paired["q05"], paired["q95"])
    )
    assert list(answer["outcomes"]) == ["steps", "view"]
    assert steps
    assert all(0 < row["probability"] <= 1 for row in steps)
    shares = [row["probability"] for row in steps]
    assert shares == sorted(shares, reverse=True)


def test_another_question_finds_the_same_runs(wedge: Wedge) -> None:
    words = ("compare", "history", "quiet-senkakus", *QUICK, "--json")
    first, other = told(wedge(*words)), told(wedge(*words, "--set", "asks.states=KOR,AUS"))
    assert first["runs"] == other["runs"]
    assert other["answer"]["quiet-senkakus"]["asked"]["states"] == ["AUS", "KOR"]


def test_the_answer_comes_first_and_the_steps_after_it(wedge: Wedge) -> None:
    shown = wedge("compare", "history", "quiet-senkakus", *QUICK).stdout
    places = [
        shown.index(words)
        for words in ("Answer: ", "View of China: ", "steps on record", "mean at report dates")
    ]
    assert places == sorted(places)
    assert "Happens" not in shown
    assert max(map(len, shown[: shown.index("Paired over")].splitlines())) <= 80


def test_statements_cannot_be_asked_about(wedge: Wedge, tmp_path: Path) -> None:
    text = NOTHING_NEW.replace("scale: {kind: coercion, by: 1.0}", "drop: {kind: stance}")
    (tmp_path / "nothing-new.yaml").write_text(text)
    shown = " ".join(wedge("compare", "history", "nothing-new.yaml", *QUICK).stdout.split())
    assert "Answer: cannot be asked of this model. No rule of the model reads what it changes" in shown


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
        "Answer: ",
        "No visible difference in:",
        "coalition",
        "Paired over 8 lanes",
        f"{folder.name}/comparison.csv",
        f"{folder.name}/figures",
    ):
        assert words in result.stdout
    assert {path.suffix for path in (folder / "figures").iterdir()} == {".png", ".svg"}
    assert len(result.stdout.splitlines()) < 66
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
