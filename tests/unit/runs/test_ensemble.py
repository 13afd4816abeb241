"""Same seed, same digest; pairing; what a run keeps."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from sim.engine.arrays import TRAJECTORIES
from sim.engine.mesa_model import AllianceModel
from sim.errors import InputError
from sim.months import month_number
from sim.runs.blocks import BATCH_LANES
from sim.runs.ensemble import simulate
from sim.scenario.case import resolve
from sim.scenario.lane_parameters import lane_parameters
from sim.scenario.loading import load_scenario
from sim.scenario.posterior import write_posterior
from sim.scenario.schema import Add, Edit, Parameters, Scale, Scenario

LANES = BATCH_LANES + 5


def with_edits(scenario: Scenario, *edits: Edit) -> Scenario:
    return scenario.model_copy(update={"edits": (*scenario.edits, *edits)})


def act(**keys: object) -> Edit:
    given = {
        "kind": "coercion",
        "sender": "CHN",
        "target": "PHL",
        "start": "2012-02",
        "end": "2012-05",
        "intensity": 0.8,
    }
    return Edit(add=Add(**{**given, **keys}, title="an act", source="assumption: test"))


@pytest.mark.parametrize("threads", [1, 2])
def test_threads_do_not_matter(small: Scenario, threads: int) -> None:
    assert (
        simulate(small, lanes=LANES, threads=threads).digest == simulate(small, lanes=LANES, threads=3).digest
    )


def test_seeds_differ_and_lanes_are_kept_when_more_are_run(small: Scenario) -> None:
    few, more = simulate(small, lanes=5), simulate(small, lanes=LANES)
    assert few.outcomes.equals(more.outcomes.loc[:4])
    assert few.digest != simulate(small, lanes=5, seed=2).digest


def test_an_edit_that_changes_nothing_differs_by_zero_in_every_lane(small: Scenario) -> None:
    same = with_edits(small, Edit(scale=Scale(kind="coercion", sender="CHN", by=1.0, **{"from": "2012-01"})))
    a, b = simulate(small, lanes=LANES), simulate(same, lanes=LANES)
    assert (a.outcomes.fillna(0) == b.outcomes.fillna(0)).all(axis=None)
    assert a.digest == b.digest


def test_until_can_be_extended_bit_for_bit(small: Scenario) -> None:
    longer = small.model_copy(update={"until": "2016-12"})
    a = simulate(small, lanes=6, keep=True).trajectories
    b = simulate(longer, lanes=6, keep=True).trajectories
    assert a is not None
    assert b is not None
    for name in TRAJECTORIES:
        np.testing.assert_array_equal(a[name].values, b[name].values[:, : a.sizes["month"]])


def test_history_too_can_be_extended() -> None:
    a, b = (
        simulate(load_scenario("history", {"until": until}), lanes=3, keep=True).trajectories
        for until in ("2025-12", "2028-12")
    )
    for name in TRAJECTORIES:
        np.testing.assert_array_equal(a[name].values, b[name].values[:, : a.sizes["month"]])


def test_an_added_event_moves_only_what_it_concerns(small: Scenario) -> None:
    """Coercion of the Philippines in 2012 leaves every earlier month alone, and states that are not tied to it."""
    untied = small.model_copy(
        update={"levers": {"bystander_alert": 0.0, "peer_influence": 0.0, "bloc_fit": 0.0}}
    )
    a = simulate(untied, lanes=LANES, keep=True).trajectories
    b = simulate(with_edits(untied, act()), lanes=LANES, keep=True).trajectories
    before = month_number("2012-02") - month_number("2010-01")
    for name in TRAJECTORIES:
        np.testing.assert_array_equal(a[name][:, :before], b[name][:, :before])
        others = a.state.values != "PHL"
        np.testing.assert_array_equal(a[name][:, :, others], b[name][:, :, others])
    target = {"state": "PHL"}
    assert (b["alert"].sel(target)[:, before:] >= a["alert"].sel(target)[:, before:]).all()
    assert float((b["alert"] - a["alert"]).sel(target).max()) > 0.1
    steps = b["steps_hub"].sel(target) - a["steps_hub"].sel(target)
    assert (steps >= 0).all()  # the same draws under a higher rate: never a step less


def test_an_added_offer_leaves_the_answers_to_the_others_alone(small: Scenario) -> None:
    offer = act(kind="offer", sender="USA", target="LKA", intensity=0.5)
    a, b = (simulate(s, lanes=LANES, keep=True).trajectories for s in (small, with_edits(small, offer)))
    for name in ("alert", "opinion_hub", "dependence", "coercion"):
        np.testing.assert_array_equal(a[name], b[name])
    accepted = (b["steps_hub"] - a["steps_hub"]).sel(state="LKA").sum("month")
    assert set(np.unique(accepted)) == {0.0, 2.0}


def test_what_a_run_keeps(small: Scenario) -> None:
    run = simulate(small, lanes=LANES, seed=4, keep=True)
    assert isinstance(run.trajectories, xr.Dataset)
    assert dict(run.trajectories.sizes) == {"lane": LANES, "month": 36, "state": 22}
    levels = run.quantiles["quantile"].values
    exact = np.quantile(run.trajectories["alignment"].values, levels, axis=0, method="inverted_cdf")
    resolution = run.quantiles["alignment"].attrs["resolution"]
    np.testing.assert_allclose(run.quantiles["alignment"].values, exact, atol=1.01 * resolution)
    assert run.quantiles["membership"].sel(institution="us_japan_alliance", state="JPN")[0] == 1
    assert list(run.outcomes.index) == list(range(LANES))
    assert run.quantiles.attrs["scenario_hash"] == resolve(small).hash
    assert repr(run) == f"<Ensemble of small: {LANES} lanes, seed 4, digest {run.digest[:8]}>"


def test_priors_are_drawn_lane_by_lane(small: Scenario) -> None:
    drawn = small.model_copy(update={"parameters": small.parameters.model_copy(update={"source": "prior"})})
    run = simulate(drawn, lanes=8)
    assert run.quantiles.attrs["uncertainty"] == "chance and parameters"
    assert run.digest != simulate(small, lanes=8).digest


def test_draws_of_a_calibration_are_the_same_in_any_block_thread_and_engine(
    small: Scenario, tmp_path: Path
) -> None:
    draws = {
        "one": pd.DataFrame({"step_rate": [0.1, 0.2, 0.4]}),
        "two": pd.DataFrame({"step_rate": [0.8, 0.9]}),
    }
    write_posterior(tmp_path / "mine", draws, {"weights": {"one": 0.5, "two": 0.5}})
    chosen = Parameters(source="stacked", posterior=str(tmp_path / "mine"))
    stacked = small.model_copy(update={"parameters": chosen})
    run = simulate(stacked, lanes=LANES, threads=2)
    assert run.quantiles.attrs["uncertainty"] == "chance, parameters and structure"
    assert run.digest == simulate(stacked, lanes=LANES, threads=1).digest
    few = simulate(stacked, lanes=3)
    assert few.digest == simulate(stacked, lanes=3, engine="mesa").digest
    assert few.outcomes.equals(run.outcomes.loc[:2])
    alone = AllianceModel(stacked, 2, 1)
    assert alone.parameters["step_rate"] == lane_parameters(resolve(stacked), 1, 2, 1)["step_rate"][0]


@pytest.mark.parametrize(("name", "value"), [("lanes", 0), ("seed", -1), ("seed", 2**63), ("threads", 5000)])
def test_numbers_out_of_range_are_refused(small: Scenario, name: str, value: int) -> None:
    with pytest.raises(InputError, match=name):
        simulate(small, **{"lanes": 1, name: value})


def test_progress_counts_lanes(small: Scenario) -> None:
    seen: list[tuple[int, int]] = []
    simulate(small, lanes=LANES, threads=2, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (LANES, LANES)
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)
