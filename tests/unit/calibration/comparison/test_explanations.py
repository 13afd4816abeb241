"""The tables of a comparison and the rule for its verdicts."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from calibration.comparison import explanations as comparison
from calibration.comparison.explanations import (
    Results,
    cell_of,
    compare_all,
    false_alarm,
    held_out_table,
    paired,
    summary,
    verdict,
    weights_of,
    with_sums,
)
from calibration.evidence.observed import Observed
from calibration.fitting.sampler import keyed_generator
from calibration.hypotheses.rivals import RIVALS
from sim.errors import InputError
from sim.model.parameters import LEVERS
from sim.runs.threads import Progress

pytestmark = pytest.mark.statistical

STREAMS = ("steps", "initiatives", "offers", "opinion_challenger", "opinion_hub")


def made(gaps: dict[str, float], states: int = 8) -> pd.DataFrame:
    """A table in which models differ by these log units a state and stream, give or take a little."""
    rows = []
    for model, gap in gaps.items():
        random = keyed_generator("made", model)
        for split in ("left_out", "forward"):
            for stream in STREAMS:
                for state in range(states):
                    rows.append(
                        {
                            "steps": "unprompted",
                            "model": model,
                            "split": split,
                            "stream": stream,
                            "state": f"S{state}",
                            "lpd": -5.0 - gap + 0.05 * random.standard_normal(),
                            "n": 2,
                            "shape": 0.1,
                            "refitted": state == 0,
                        }
                    )
    return pd.DataFrame(rows)


@pytest.mark.parametrize(
    ("splits", "expected"),
    [
        ([(7.0, 3.0), (6.1, 3.0)], "better"),
        ([(2.9, 0.1), (6.1, 3.0)], "leans better"),
        ([(7.0, 3.0), (5.9, 3.0)], "leans better"),
        ([(7.0, 3.0), (2.9, 3.0)], "cannot tell"),
        ([(7.0, 3.0), (-7.0, 3.0)], "cannot tell"),
        ([(-7.0, 3.0), (-7.0, 3.0)], "worse"),
        ([(-3.5, 3.0), (-7.0, 3.0)], "leans worse"),
        ([(7.0, 3.0)], "better"),
        ([(0.0, 0.0), (0.0, 0.0)], "cannot tell"),
        ([(7.0, float("nan"))], "cannot tell"),
        ([], "cannot tell"),
    ],
)
def test_the_rule_for_verdicts(splits: list[tuple[float, float]], expected: str) -> None:
    assert verdict(splits) == expected


@pytest.mark.parametrize("states", [6, 22])
def test_false_alarms_come_as_often_as_stated(states: int) -> None:
    gaps = 10.0 * keyed_generator("alarm", states).standard_normal((20_000, states))
    alarms = np.mean([verdict([paired(row)]) == "better" for row in gaps])
    assert alarms == pytest.approx(false_alarm(states), abs=4 * np.sqrt(0.05 / 20_000))


def test_the_error_is_that_of_a_sum_over_states() -> None:
    gaps = keyed_generator("error").standard_normal((20_000, 12))
    sums, errors = zip(*(paired(row) for row in gaps), strict=True)
    assert np.sqrt(np.mean(np.square(errors))) == pytest.approx(np.std(sums), rel=0.03)


def test_the_summary_adds_streams_and_pairs_states() -> None:
    found = summary(made({"backlash": 0.0, "shock": 1.0, "leaders": 0.0}))
    row = found.set_index(["split", "stream", "model"])
    assert row.loc[("forward", "steps", "shock"), "difference"] == pytest.approx(8.0, abs=0.6)
    assert row.loc[("forward", "responses", "shock"), "difference"] == pytest.approx(24.0, abs=0.8)
    assert row.loc[("left_out", "all", "shock"), "difference"] == pytest.approx(40.0, abs=1.2)
    assert row.loc[("left_out", "all", "shock"), "n"] == 8 * 10
    assert row.loc[("left_out", "all", "shock"), "verdict"] == "better"
    assert row.loc[("left_out", "all", "leaders"), "verdict"] == "cannot tell"
    assert row.loc[("left_out", "steps", "shock"), "refitted"] == 1
    assert row.loc[("left_out", "all", "backlash"), "verdict"] == ""


def test_the_state_that_drives_a_difference_is_named() -> None:
    heldout = made({"backlash": 0.0, "shock": 0.0})
    driver = (heldout["model"] == "shock") & (heldout["state"] == "S3") & (heldout["stream"] == "steps")
    heldout.loc[driver, "lpd"] -= 6.0
    row = summary(heldout).set_index(["split", "stream", "model"]).loc[("left_out", "steps", "shock")]
    assert row["largest"] == "S3"
    assert row["without_largest"] == pytest.approx(row["difference"] - 6.0, abs=0.3)


def test_a_model_without_all_streams_has_no_sum_of_them() -> None:
    heldout = made({"backlash": 0.0, "baseline last": 0.0})
    heldout = heldout[(heldout["model"] == "backlash") | (heldout["stream"] == "steps")]
    sums = with_sums(heldout)
    assert set(sums.loc[sums["stream"] == "all", "model"]) == {"backlash"}


def test_weight_goes_to_the_rival_that_predicts() -> None:
    weights = weights_of(made({"backlash": 0.0, "shock": 1.0, "baseline last": -9.0}))
    assert weights["rival"].tolist() == ["backlash", "shock"]
    assert weights["weight"].tolist() == pytest.approx([1.0, 0.0], abs=1e-6)


def test_tables_are_written_as_they_are(tmp_path: Path) -> None:
    heldout = made({"backlash": 0.0, "shock": 1.0})
    empty = pd.DataFrame()
    results = Results(heldout, summary(heldout), empty, empty, empty, weights_of(heldout))
    results.write(tmp_path / "tables")
    read = pd.read_csv(tmp_path / "tables" / "heldout.csv")
    assert read["lpd"].to_numpy() == pytest.approx(heldout["lpd"].to_numpy(), rel=1e-5)
    assert sorted(path.stem for path in (tmp_path / "tables").iterdir()) == [
        "forms",
        "heldout",
        "levers",
        "placebos",
        "summary",
        "weights",
    ]
    assert sum(results.stacked.values()) == pytest.approx(1.0)


@pytest.mark.parametrize("cut", ["2010-01", "2031-01"])
def test_a_cut_with_nothing_on_one_side_is_refused(observed: Observed, cut: str) -> None:
    with pytest.raises(InputError, match=f"cannot be cut at {cut}"):
        cell_of(observed, cut)


class StoppedError(Exception):
    """Stands for a comparison that was interrupted."""


def test_a_comparison_goes_on_where_it_was_stopped(
    observed: Observed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparison, "baseline_table", lambda *_: {("last", "trade"): np.full(22, -1.0)})
    rivals = [RIVALS["backlash"], RIVALS["inertia"]]

    def table(folder: Path | None, progress: Progress | None = None, seed: int = 3) -> pd.DataFrame:
        settings = {"particles": 80, "seed": seed, "checkpoint": folder}
        return held_out_table(observed, settings, blocks=("trade",), rivals=rivals, progress=progress)

    def stop(done: int, total: int) -> None:
        if done == 2:
            raise StoppedError

    with pytest.raises(StoppedError):
        table(tmp_path, stop)
    kept = table(tmp_path)
    pd.testing.assert_frame_equal(table(None), kept)
    assert set(kept["model"]) == {"backlash", "inertia", "baseline last"}
    sums = kept.groupby(["model", "split"])["lpd"].sum()
    assert sums["backlash", "forward"] == sums["inertia", "forward"], "trade is the same in both"
    assert not table(None, seed=4)["lpd"].equals(kept["lpd"])


@pytest.mark.slow
def test_a_whole_comparison(observed: Observed, tmp_path: Path) -> None:
    found = compare_all(observed, tmp_path / "tables", quick=True, particles=40)
    lpd = found.summary.set_index(["split", "stream", "model"])["lpd"]
    for split in ("left_out", "forward"):
        assert lpd[split, "steps", "backlash"] > lpd[split, "steps", "baseline constant"]
        assert {model for s, stream, model in lpd.index if (s, stream) == (split, "all")} == set(RIVALS)
    assert found.stacked.keys() == RIVALS.keys()
    assert len(found.levers) == len(LEVERS)
    assert set(found.placebos["kind"]) == {"documented", "states", "rolled", "moved"}
    assert (tmp_path / "tables" / "heldout.csv").is_file()
