"""Paired differences: exact on small tables, zero where nothing was changed, and stored like runs."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sim.errors import InputError, StoreError
from sim.lab.compare import compare_runs, open_comparison, paired_difference, require_one_world
from sim.runs.store import Run, run_or_find
from sim.scenario.schema import Scenario

BASE = pd.DataFrame(
    {"coalition": [0.1, 0.2, 0.3, 0.4], "backfire": [0.5, np.nan, 0.5, 0.5], "crises": [1.0, 2, 3, 4]}
)
OTHER = pd.DataFrame(
    {"coalition": [0.2, 0.2, 0.5, 0.3], "backfire": [0.6, 0.1, np.nan, 0.5], "circle": [1.0] * 4}
)


def test_differences_are_taken_lane_by_lane() -> None:
    row = paired_difference(BASE, OTHER).loc["coalition"]
    assert row["base_mean"] == pytest.approx(0.25)
    assert row["alternative_mean"] == pytest.approx(0.30)
    assert row["difference_mean"] == pytest.approx(0.05)
    lanes = np.array([0.1, 0.0, 0.2, -0.1])
    assert row["difference_sd"] == pytest.approx(lanes.std(ddof=1))
    assert row["difference_q50"] == pytest.approx(0.05)
    assert (row["low"] + row["high"]) / 2 == pytest.approx(0.05)
    assert row["high"] - row["low"] == pytest.approx(2 * 1.959964 * lanes.std(ddof=1) / 2, rel=1e-6)
    assert (row["rises"], row["falls"], row["equal"], row["lanes"]) == (0.5, 0.25, 0.25, 4)


def test_only_lanes_that_define_both_are_paired() -> None:
    row = paired_difference(BASE, OTHER).loc["backfire"]
    assert (row["lanes"], row["rises"], row["equal"]) == (2, 0.5, 0.5)


def test_only_shared_outcomes_are_compared() -> None:
    assert list(paired_difference(BASE, OTHER).index) == ["coalition", "backfire"]
    with pytest.raises(InputError, match="share no outcome"):
        paired_difference(BASE[["crises"]], OTHER[["circle"]])


def test_other_lanes_cannot_be_paired() -> None:
    with pytest.raises(InputError, match="different lanes"):
        paired_difference(BASE, OTHER.iloc[:3])


def test_a_table_beside_itself_differs_nowhere() -> None:
    same = paired_difference(BASE, BASE)
    assert (same[["difference_mean", "difference_sd", "low", "high"]] == 0).all().all()
    assert (same["equal"] == 1).all()


def test_one_lane_has_a_difference_and_no_interval() -> None:
    row = paired_difference(BASE.iloc[:1], OTHER.iloc[:1]).loc["coalition"]
    assert row["difference_mean"] == pytest.approx(0.1)
    assert np.isnan(row["low"])


def test_worlds_are_not_mixed() -> None:
    require_one_world(["europe_1936", "europe_1936"])
    with pytest.raises(InputError, match=r"europe_1936, indo_pacific"):
        require_one_world(["indo_pacific", "europe_1936"])


@pytest.fixture
def pair(small: Scenario, tmp_path: Path) -> tuple[Run, Run]:
    renamed = small.model_copy(update={"name": "renamed"})
    return run_or_find(small, lanes=4, out=tmp_path), run_or_find(renamed, lanes=4, out=tmp_path)


def test_a_renamed_scenario_differs_by_exactly_nothing(pair: tuple[Run, Run]) -> None:
    table = paired_difference(pair[0].outcomes(), pair[1].outcomes())
    defined = table["lanes"] > 0
    assert defined.any()
    assert (table.loc[defined, ["difference_mean", "difference_q05", "difference_q95"]] == 0).all().all()


def test_a_comparison_is_stored_and_found(pair: tuple[Run, Run], tmp_path: Path) -> None:
    first = compare_runs(pair[0], [pair[1]], out=tmp_path, command="wedge compare small renamed")
    assert not first.found
    assert first.folder.name.startswith("compare-small-renamed-")
    again = compare_runs(pair[0], [pair[1]], out=tmp_path)
    assert again.found
    written = pd.read_csv(first.folder / "comparison.csv", index_col=["alternative", "outcome"])
    assert list(written.index) == [("renamed", name) for name in first.tables()["renamed"].index]
    np.testing.assert_allclose(written["base_mean"], first.tables()["renamed"]["base_mean"], rtol=1e-5)


def test_a_damaged_comparison_is_named(pair: tuple[Run, Run], tmp_path: Path) -> None:
    folder = compare_runs(pair[0], [pair[1]], out=tmp_path).folder
    (folder / "comparison.csv").write_text("alternative,outcome\n")
    with pytest.raises(StoreError, match=r"comparison\.csv.*--force"):
        compare_runs(pair[0], [pair[1]], out=tmp_path)
    assert not compare_runs(pair[0], [pair[1]], out=tmp_path, force=True).found


def test_a_comparison_needs_the_runs_that_it_was_made_from(pair: tuple[Run, Run], tmp_path: Path) -> None:
    folder = compare_runs(pair[0], [pair[1]], out=tmp_path).folder
    (pair[1].folder / "outcomes.parquet").unlink()
    with pytest.raises(StoreError, match=r"renamed-.*outcomes\.parquet"):
        open_comparison(folder)
    with pytest.raises(StoreError, match="invalid value at 'kind'"):
        open_comparison(pair[0].folder)


def test_other_seeds_cannot_be_paired(small: Scenario, tmp_path: Path) -> None:
    runs = [run_or_find(small, lanes=2, seed=seed, out=tmp_path) for seed in (1, 2)]
    with pytest.raises(InputError, match="seeds"):
        compare_runs(runs[0], runs[1:], out=tmp_path)
