"""Lanes that went wrong, as the commands tell of them."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.runs.blocks import Job
from sim.runs.store import open_run
from tests.integration.cli.answers import Wedge


@pytest.fixture
def poisoned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lane 3 of every ensemble has a parameter that is no number, as no scenario may have."""
    rows = Job.rows

    def poison(job: Job, span: range) -> NDArray[np.void]:
        table = rows(job, span).copy()
        if 3 in span:
            table["diversion"][3 - span.start] = np.nan
        return table

    monkeypatch.setattr(Job, "rows", poison)


SHORT = ("--runs", "8", "--set", "until=2025-06", "--set", "responses=simulated", "--levers", "0")


@pytest.mark.usefixtures("poisoned")
def test_a_run_says_which_lanes_went_wrong_and_completes(wedge: Wedge, tmp_path: Path) -> None:
    result = wedge("run", "history", *SHORT)
    assert result.exit_code == 3
    assert "1 of 8 lanes of history went wrong and are excluded" in result.stdout
    assert "The first is lane 3: dependence of " in result.stdout
    assert "Over 7 simulated lanes" in result.stdout
    assert result.stderr == ""
    again = wedge("run", "history", *SHORT, "--json")
    assert again.exit_code == 3
    told = json.loads(again.stdout)
    assert (told["found"], told["failed"], told["lanes"]) == (True, 1, 8)
    run = open_run(tmp_path / told["run"])
    assert list(run.outcomes().index) == [0, 1, 2, 4, 5, 6, 7]
    assert list(run.failures().index) == [3]
    assert run.failures().loc[3, "rule"] == "dependence_after_month"
    assert {row.lanes for row in run.summary().values()} <= {*range(8)}


@pytest.mark.usefixtures("poisoned")
def test_a_comparison_pairs_the_lanes_that_are_left(wedge: Wedge) -> None:
    result = wedge("compare", "history", "quiet-himalaya", *SHORT)
    assert result.exit_code == 3
    assert "Paired over 7 lanes" in result.stdout
    assert result.stdout.count("went wrong and are excluded") == 2


def test_if_nothing_is_left_it_says_so_and_draws_nothing(
    wedge: Wedge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = Job.rows

    def poison(job: Job, span: range) -> NDArray[np.void]:
        table = rows(job, span).copy()
        table["diversion"] = np.nan
        return table

    monkeypatch.setattr(Job, "rows", poison)
    result = wedge("run", "history", *SHORT)
    assert result.exit_code == 3
    assert "8 of 8 lanes" in result.stdout
    assert not list(tmp_path.glob("outputs/*/figures"))
