"""One rulebook, two engines: lane k and the Mesa model seeded as lane k give the same numbers."""

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from sim.engine.arrays import TRAJECTORIES, pack, pack_base
from sim.engine.kernel import run_block
from sim.engine.mesa_model import run_block_in_mesa
from sim.engine.timeline import build_timeline
from sim.scenario.case import resolve
from sim.scenario.lane_parameters import lane_parameters, parameter_rows
from sim.scenario.loading import load_scenario
from sim.scenario.schema import Scenario
from tests.strategies import scenarios

LANES = 2
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
"""Shrinking a pair of simulations takes minutes; the seed and the scenario are printed as they are."""


def both(scenario: Scenario, seed: int, first: int = 0, lanes: int = LANES) -> tuple:
    timeline = build_timeline(scenario)
    rows = lane_parameters(resolve(scenario), seed, first, lanes)
    compiled = run_block(pack(timeline), rows, seed, first, pack_base(timeline), timeline.branch)
    return compiled, run_block_in_mesa(timeline, rows, seed, first)


@given(scenario=scenarios(), seed=st.integers(0, 2**63 - 1), first=st.integers(0, 2**20))
@settings(max_examples=30, phases=QUICK)
def test_random_worlds_and_scenarios(scenario: Scenario, seed: int, first: int) -> None:
    (lanes, members, _), (mesa, mesa_members, _) = both(scenario, seed, first)
    assert np.isfinite(lanes).all()
    np.testing.assert_allclose(lanes, mesa, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(members, mesa_members)
    for name in ("steps_hub", "steps_challenger"):
        number = TRAJECTORIES.index(name)
        np.testing.assert_array_equal(lanes[:, number], mesa[:, number])


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("history", {"until": "2026-12", "responses": "simulated"}),
        ("history", {"until": "2026-12"}),
        ("thaad-without-punishment", {"until": "2025-12"}),
        ("korea-japan-rift", {"until": "2024-12"}),
        ("no-ukraine-war", {"until": "2024-12"}),
        ("quiet-senkakus", {"until": "2024-12", "reactions": "none"}),
        ("quiet-senkakus", {"until": "2024-12", "reactions": "all"}),
    ],
    ids=[
        "free",
        "recorded",
        "twin",
        "twin with other ties",
        "twin that lacks responses",
        "twin without reactions",
        "twin with the hub's reactions",
    ],
)
def test_the_documented_record(name: str, changes: dict[str, str]) -> None:
    scenario = load_scenario(name, {"parameters": "prior", **changes})
    (lanes, members, happens), (mesa, mesa_members, mesa_happens) = both(scenario, seed=7, lanes=1)
    np.testing.assert_allclose(lanes, mesa, rtol=0, atol=1e-12)
    np.testing.assert_array_equal(members, mesa_members)
    np.testing.assert_array_equal(happens, mesa_happens)
    assert members.any()
    assert lanes[:, TRAJECTORIES.index("steps_hub")].sum() > 0


@given(scenario=scenarios(), data=st.data())
@settings(max_examples=15, phases=QUICK)
def test_state_stays_in_bounds(scenario: Scenario, data: st.DataObject) -> None:
    rows = parameter_rows("prior", {}, {}, 3, 0, 4)
    lanes, *_ = run_block(pack(build_timeline(scenario)), rows, 3, 0)
    named = dict(zip(TRAJECTORIES, lanes.swapaxes(0, 1), strict=True))
    for name in ("alignment", "opinion_challenger", "opinion_hub"):
        assert (np.abs(named[name]) <= 1).all()
    for name in ("dependence", "entrapment", "coercion", "punishment"):
        assert (named[name] >= 0).all()
        assert (named[name] <= 1).all()
    for name in ("steps_hub", "steps_challenger"):
        assert (named[name] >= 0).all()
    sizes = ("alert_coercion", "alert_punishment", "alert_shock", "bystander_alert", "accommodation_relief")
    most = 2.0 * np.abs(rows["alert_war"]) + sum(np.abs(rows[name]) for name in sizes)
    assert (np.abs(named["alert"]) <= most[:, None, None] + 1e-12).all()


@pytest.mark.parametrize("engine", ["lanes", "mesa"])
def test_digest_is_the_same_in_both_engines(small: Scenario, engine: str) -> None:
    from sim.runs.ensemble import simulate

    reference = simulate(small, lanes=3, seed=11)
    assert simulate(small, lanes=3, seed=11, engine=engine).digest == reference.digest
