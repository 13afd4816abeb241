"""What a scholar would check first."""

from pathlib import Path

import numpy as np
import pytest
import yaml

from sim.engine.arrays import TRAJECTORIES, pack
from sim.engine.kernel import run_block
from sim.engine.timeline import build_timeline
from sim.figures import draw_run
from sim.io.library import data_root
from sim.model.parameters import LEVERS
from sim.runs.ensemble import simulate
from sim.scenario.lane_parameters import parameter_rows
from sim.scenario.loading import load_scenario
from sim.scenario.schema import Edit, Parameters, Scale, Scenario

OFF = dict.fromkeys(LEVERS, 0.0)
BALANCED = {"step_balance": 0.0, "alignment_slope": 0.0, "home_spread": 0.0, "initiative_rate": 1e-6}


def test_with_nothing_happening_and_balanced_rates_alignments_stay_home() -> None:
    """False alarm: each state's mean lies outside 4.5 standard errors in 7 of a million runs, 22 states: 2 in 10,000."""
    calm = load_scenario("history", {"until": "2019-12"}).model_copy(
        update={
            "record": None,
            "responses": "simulated",
            "edits": (),
            "strategies": {},
            "levers": OFF,
            "parameters": Parameters(values=BALANCED),
        }
    )
    run = simulate(calm, lanes=400, seed=3, keep=True)
    assert run.trajectories is not None
    home = np.array([run.timeline.world.state(code).home.value for code in run.timeline.states])
    moved = 2 * np.arctanh(run.trajectories["alignment"].values[:, -1]) - home
    treaties = run.quantiles["membership"].values[:, -1] - run.quantiles["membership"].values[:, 0]
    stayed = np.abs(treaties).sum(axis=0) < 1e-9
    assert stayed.sum() > 10
    error = moved.std(axis=0) / np.sqrt(len(moved))
    assert (np.abs(moved.mean(axis=0))[stayed] < 4.5 * error[stayed]).all()


@pytest.mark.parametrize(
    "by", [0.05, 0.5, 1.6]
)  # at 0 rows go, and with them the easing that presupposes them
def test_more_coercion_never_lowers_alert(by: float) -> None:
    """At the documented values, by which coercion alarms: a fit may find other signs."""
    base = load_scenario("history", {"until": "2020-12", "parameters": "default"})
    base = base.model_copy(update={"branch": "2010-01"})
    edit = Edit(scale=Scale(kind="coercion", sender="CHN", by=by, **{"from": "2010-01"}))
    other = base.model_copy(update={"edits": (*base.edits, edit)})
    alert = [simulate(s, lanes=20, keep=True).trajectories["alert"].values for s in (base, other)]
    less, more = alert if by > 1 else alert[::-1]
    assert (more >= less - 1e-12).all()
    assert (more > less + 0.01).any()


def test_thaad_punishment_matters_most_to_korea_and_hardly_to_sri_lanka() -> None:
    until = {"until": "2019-12"}
    base = simulate(load_scenario("history", until), lanes=300, keep=True).trajectories
    other = simulate(load_scenario("thaad-without-punishment", until), lanes=300, keep=True).trajectories
    for name in ("opinion_challenger", "dependence", "alignment"):
        change = np.abs(other[name] - base[name]).mean(("lane", "month")).to_series()
        assert change.idxmax() == "KOR", name
        assert change["LKA"] < 0.1 * change["KOR"], name
    gap = (other["opinion_challenger"] - base["opinion_challenger"]).sel(state="KOR", month="2017-10-01")
    assert float(gap.mean()) > 0.05


def test_the_order_in_which_states_are_listed_does_not_matter(tmp_path: pytest.TempPathFactory) -> None:
    source = yaml.safe_load((data_root() / "worlds" / "indo_pacific.yaml").read_text())
    source["states"] = source["states"][::-1]
    source["ties"] = source["ties"][::-1]
    turned = tmp_path / "turned.yaml"
    turned.write_text(yaml.safe_dump(source, sort_keys=False))
    base = load_scenario("history", {"until": "2026-12"})
    other = base.model_copy(update={"world": str(turned)})
    rows = parameter_rows("prior", {}, {}, 5, 0, 4)
    a, b = (run_block(pack(build_timeline(s)), rows, 5, 0) for s in (base, other))
    np.testing.assert_array_equal(a[0], b[0])
    np.testing.assert_array_equal(a[1], b[1])


def test_another_theatre_runs_on_the_same_code(tmp_path: Path) -> None:
    europe = Scenario(
        name="europe",
        title="Europe in 1936",
        question="Does the code know a country?",
        basis="made for tests",
        world="europe_1936",
        responses="simulated",
        record=None,
        record_until=None,
        branch="1936-01",
        until="1945-12",
        report=("1939-09", "1945-12"),
        strategies={
            "DEU": {"plan": "maximum_pressure", "from": "1936-01"},
            "GBR": {"plan": "lattice", "from": "1936-01"},
        },
    )
    run = simulate(europe, lanes=40, keep=True)
    assert run.timeline.states[0] < run.timeline.states[-1]
    assert len(run.timeline.states) == 15
    assert float(run.trajectories["coercion"].max()) > 0.5
    assert run.quantiles.attrs["hub"] == "GBR"
    drawn = draw_run(run.quantiles, run.outcomes, run.timeline.events, {}, tmp_path)
    assert "alignment.png" in {path.name for path in drawn}


def test_levers_switched_off_have_no_effect_left() -> None:
    """With every lever off, partners do not matter: cutting all ties changes nothing."""
    base = load_scenario("history", {"until": "2015-12"}).model_copy(update={"levers": OFF})
    ties = tuple(
        {"a": t.a, "b": t.b, "weight": 0.0, "source": "assumption: test"}
        for t in build_timeline(base).world.ties
    )
    cut = Scenario(**{**base.model_dump(by_alias=True), "ties": ties})
    a, b = (simulate(s, lanes=10, keep=True).trajectories for s in (base, cut))
    for name in TRAJECTORIES:
        np.testing.assert_array_equal(a[name], b[name])


def test_where_coercion_moves_nobody_backfire_is_what_was_expected() -> None:
    """Unprompted steps alone (no offer is answered): the two shares agree without alert, and part with it.

    Measured: 0.02 without alert and 0.06 with it, standard error 0.005 each.
    """
    base = load_scenario("history", {"until": "2024-07", "responses": "simulated"})
    unanswered = {"acceptance_hub": 0.0, "acceptance_challenger": 0.0}
    felt = ("coercion", "punishment", "war", "shock", "pressure")
    mute = unanswered | {"yielding": 0.0, "opinion_pressure": 0.0} | {f"alert_{name}": 0.0 for name in felt}
    excess = []
    for values in (mute, unanswered):
        scenario = base.model_copy(
            update={"levers": OFF, "parameters": Parameters(values=values), "strategies": {}}
        )
        outcomes = simulate(scenario, lanes=600, seed=2).outcomes
        excess.append((outcomes["backfire"] - outcomes["backfire_expected"]).mean())
    assert abs(excess[0]) < 0.06
    assert excess[1] > excess[0] + 0.03
