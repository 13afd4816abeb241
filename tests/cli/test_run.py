"""``wedge run``: what it prints, what it writes, and when it does not repeat itself."""

from pathlib import Path

import pandas as pd
import pytest

from tests.cli.answers import Wedge, told

SHORT = ("--set", "until=2025-12", "--runs", "4")


def test_json_is_one_object_with_the_numbers_of_the_table(wedge: Wedge, tmp_path: Path) -> None:
    answer = told(wedge("run", "history", *SHORT, "--seed", "3", "--no-figures", "--json"))
    keys = {"run", "scenario", "seed", "lanes", "engine", "seconds", "digest", "outcomes"}
    assert keys <= set(answer)
    assert (answer["scenario"], answer["seed"], answer["lanes"], answer["engine"]) == (
        "history",
        3,
        4,
        "lanes",
    )
    table = pd.read_csv(tmp_path / answer["run"] / "summary.csv", index_col="outcome")
    assert list(answer["outcomes"]) == list(table.index)
    coalition = answer["outcomes"]["coalition"]
    assert {"mean", "q05", "q50", "q95", "unit"} <= set(coalition)
    assert coalition["mean"] == pytest.approx(table.loc["coalition", "mean"], rel=1e-5)


def test_the_same_run_is_found(wedge: Wedge) -> None:
    first = told(wedge("run", "history", *SHORT, "--no-figures", "--json"))
    again = told(wedge("run", "history", *SHORT, "--no-figures", "--json"))
    forced = told(wedge("run", "history", *SHORT, "--no-figures", "--json", "--force"))
    assert (first["found"], again["found"], forced["found"]) == (False, True, False)
    assert first["run"] == again["run"] == forced["run"]
    assert first["digest"] == again["digest"] == forced["digest"]


def test_both_engines_tell_the_same(wedge: Wedge) -> None:
    short = ("--set", "until=2025-12", "--runs", "2", "--no-figures", "--json")
    lanes = told(wedge("run", "history", *short))
    mesa = told(wedge("run", "history", *short, "--engine", "mesa"))
    assert lanes["digest"] == mesa["digest"]
    assert lanes["run"] != mesa["run"]


def test_several_scenarios_make_one_object(wedge: Wedge) -> None:
    answer = told(wedge("run", "history", "quiet-senkakus", *SHORT, "--no-figures", "--json"))
    assert [run["scenario"] for run in answer["runs"]] == ["history", "quiet-senkakus"]


def test_a_person_reads_a_table_and_where_the_files_are(wedge: Wedge, tmp_path: Path) -> None:
    result = wedge("run", "history", *SHORT)
    assert result.exit_code == 0, result.stderr
    [folder] = (tmp_path / "outputs").iterdir()
    for words in ("coalition", "Japan", "over 4 simulated lanes", f"outputs/{folder.name}/summary.csv"):
        assert words in result.stdout
    figures = list((folder / "figures").iterdir())
    assert {path.suffix for path in figures} == {".png", ".svg"}
    assert f"outputs/{folder.name}/figures" in result.stdout


def test_another_folder_can_be_named(wedge: Wedge, tmp_path: Path) -> None:
    answer = told(wedge("run", "history", *SHORT, "--no-figures", "--json", "--out", "elsewhere/deep"))
    assert (tmp_path / answer["run"] / "manifest.json").is_file()
    assert answer["run"].startswith("elsewhere/deep/history-")
