"""``wedge run``: what it prints, what it writes, and when it does not repeat itself."""

import json
from pathlib import Path

import pandas as pd
import pytest

from sim.model.parameters import LEVERS
from sim.scenario import posterior
from sim.scenario.posterior import read_posterior, write_posterior
from tests.integration.cli.answers import Wedge, told

SHORT = ("--set", "until=2025-12", "--lanes", "4")
QUICK = (*SHORT, "--no-figures", "--levers", "0")


def test_json_is_one_object_with_the_numbers_of_the_table(wedge: Wedge, tmp_path: Path) -> None:
    answer = told(wedge("run", "history", *QUICK, "--seed", "3", "--json"))
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
    first = told(wedge("run", "history", *QUICK, "--json"))
    again = told(wedge("run", "history", *QUICK, "--json"))
    forced = told(wedge("run", "history", *QUICK, "--json", "--force"))
    assert (first["found"], again["found"], forced["found"]) == (False, True, False)
    assert first["run"] == again["run"] == forced["run"]
    assert first["digest"] == again["digest"] == forced["digest"]


def test_runs_is_another_word_for_lanes(wedge: Wedge) -> None:
    short = ("run", "history", "--set", "until=2025-12", "--no-figures", "--levers", "0", "--json")
    assert told(wedge(*short, "--lanes", "2"))["digest"] == told(wedge(*short, "--runs", "2"))["digest"]
    assert "--lanes,--runs" in " ".join(wedge("run", "--help").stdout.split()).replace(
        "--lanes, ", "--lanes,"
    )


def test_both_engines_tell_the_same(wedge: Wedge) -> None:
    short = ("--set", "until=2012-12", "--runs", "2", "--no-figures", "--levers", "0", "--json")
    lanes = told(wedge("run", "history", *short))
    mesa = told(wedge("run", "history", *short, "--engine", "mesa"))
    assert lanes["digest"] == mesa["digest"]
    assert lanes["run"] != mesa["run"]


def test_several_scenarios_make_one_object(wedge: Wedge) -> None:
    answer = told(wedge("run", "history", "quiet-senkakus", *QUICK, "--json"))
    assert [run["scenario"] for run in answer["runs"]] == ["history", "quiet-senkakus"]


def test_a_person_reads_a_table_and_where_the_files_are(wedge: Wedge, tmp_path: Path) -> None:
    result = wedge("run", "history", *SHORT, "--levers", "0")
    assert result.exit_code == 0, result.stderr
    [folder] = (tmp_path / "outputs").iterdir()
    for words in ("coalition", "Japan", "Over 4 simulated lanes", f"outputs/{folder.name}/summary.csv"):
        assert words in result.stdout
    figures = list((folder / "figures").iterdir())
    assert {path.suffix for path in figures} == {".png", ".svg"}
    assert f"outputs/{folder.name}/figures" in result.stdout
    assert len(result.stdout.splitlines()) < 32
    whole = wedge("run", "history", *SHORT, "--no-figures", "--all").stdout
    assert "Korea" in whole
    assert "Frustrated states" in whole
    assert "Frustrated states" not in result.stdout
    assert max(map(len, (result.stdout + whole).splitlines())) <= 80


def test_another_folder_can_be_named(wedge: Wedge, tmp_path: Path) -> None:
    answer = told(wedge("run", "history", *QUICK, "--json", "--out", "elsewhere/deep"))
    assert (tmp_path / answer["run"] / "manifest.json").is_file()
    assert answer["run"].startswith("elsewhere/deep/history-")


def test_assumptions_are_told_and_kept(wedge: Wedge, tmp_path: Path) -> None:
    answer = told(wedge("run", "history", *SHORT, "--no-figures", "--json"))
    effects = answer["assumptions"]["polarisation"]
    assert set(effects) == {*answer["levers"], "all of them"}
    assert set(effects["bloc_fit"]) == {"difference", "standard_error", "lanes"}
    assert effects["bloc_fit"]["lanes"] == 4
    written = tmp_path / answer["run"] / "assumptions.csv"
    table = pd.read_csv(written, index_col=["lever", "outcome"])
    assert table.loc[("bloc_fit", "polarisation"), "difference"] == effects["bloc_fit"]["difference"]
    before = written.stat().st_mtime_ns
    shown = wedge("run", "history", *SHORT, "--no-figures")
    assert f"Depends on {len(LEVERS)} levers" in shown.stdout
    assert "On the first 4 lanes," in " ".join(shown.stdout.split())
    assert written.stat().st_mtime_ns == before
    fewer = told(wedge("run", "history", *SHORT, "--no-figures", "--json", "--levers", "2"))
    assert fewer["assumptions"]["polarisation"]["bloc_fit"]["lanes"] == 2


def test_levers_are_left_out_on_demand(wedge: Wedge, tmp_path: Path) -> None:
    short = ("run", "history", *SHORT, "--no-figures", "--levers", "0")
    answer = told(wedge(*short, "--json"))
    assert answer["assumptions"] is None
    assert not (tmp_path / answer["run"] / "assumptions.csv").exists()
    assert (
        f"Depends on {len(LEVERS)} levers, mechanisms that the record cannot tell apart. Switch one off"
        in " ".join(wedge(*short).stdout.split())
    )


def calibration(folder: Path, value: float) -> Path:
    draws = {rival: pd.DataFrame({"alert_coercion": [value, value + 1]}) for rival in ("main", "other")}
    write_posterior(folder, draws, {"weights": {"main": 0.5, "other": 0.5}})
    return folder


def test_a_run_on_a_calibration_says_what_its_interval_holds(wedge: Wedge, tmp_path: Path) -> None:
    mine = calibration(tmp_path / "mine", 1.0)
    short = ("run", "history", *SHORT, "--no-figures", "--levers", "0", "--posterior", mine)
    drawn, stacked = (told(wedge(*short, "--json", *more)) for more in ((), ("--set", "parameters=stacked")))
    assert drawn["uncertainty"] == "chance and parameters"
    assert stacked["uncertainty"] == "chance, parameters and structure"
    manifest = json.loads((tmp_path / stacked["run"] / "manifest.json").read_text("utf-8"))
    assert manifest["scenario"]["parameters"]["posterior_sha256"] == read_posterior(mine).sha256
    shown = wedge(*short, "--set", "parameters=stacked").stdout
    assert "chance, the uncertainty of the parameters, and that between rival explanations" in " ".join(
        shown.split()
    )


def test_a_replay_of_a_run_asks_for_its_calibration(wedge: Wedge, tmp_path: Path) -> None:
    mine, other = calibration(tmp_path / "mine", 1.0), calibration(tmp_path / "other", 3.0)
    answer = told(
        wedge("run", "history", *SHORT, "--no-figures", "--levers", "0", "--json", "--posterior", mine)
    )
    kept = Path(answer["run"]) / "scenario.yaml"
    assert wedge("replay", kept, "--lane", "1", "--to", "2010-06").exit_code == 0
    refused = wedge("replay", kept, "--posterior", other)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr.startswith(f"error: {other}: posterior hash mismatch: found ")
    assert refused.stderr.count("\n") == 1
    (mine / "main.parquet").write_bytes(b"")
    posterior._cached.cache_clear()  # as a new process would find it
    assert (
        wedge("replay", kept).stderr
        == f"error: {mine / 'main.parquet'}: damaged: its checksum differs from the manifest's\n"
    )
