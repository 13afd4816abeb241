"""What hangs on a lever: a paired difference, zero where the lever does nothing, the same whatever the blocks."""

import numpy as np
import pandas as pd
import pytest

from sim.errors import InputError
from sim.lab.levers import ALL, lever_effects, lever_effects_on_differences, visible
from sim.model.parameters import LEVERS
from sim.runs.blocks import BATCH_LANES
from sim.runs.ensemble import simulate
from sim.scenario.case import resolve
from sim.scenario.lane_parameters import levers_of
from sim.scenario.schema import Add, Edit, Parameters, Scenario

LANES, MANY = 6, 40


def only(scenario: Scenario, *levers: str, **values: float) -> Scenario:
    """The scenario with every lever off but these."""
    off = {name: 0.0 for name in LEVERS if name not in levers}
    return scenario.model_copy(update={"levers": off, "parameters": Parameters(values=values)})


def without(scenario: Scenario, *levers: str) -> Scenario:
    return scenario.model_copy(update={"levers": scenario.levers | dict.fromkeys(levers, 0.0)})


def harsher(scenario: Scenario) -> Scenario:
    """With coercion of a state that others are tied to, from the branch on."""
    about = {"title": "an act", "source": "assumption: test", "start": scenario.branch, "end": scenario.until}
    act = Add(kind="coercion", sender="CHN", target="PHL", intensity=1.0, **about)
    return scenario.model_copy(update={"name": "harsher", "edits": (Edit(add=act),)})


@pytest.fixture(scope="module")
def leaning(small: Scenario) -> Scenario:
    return only(small, "bystander_alert", "bloc_fit", bystander_alert=3.0)


def test_the_difference_is_that_of_two_runs(leaning: Scenario) -> None:
    table = lever_effects(leaning, lanes=LANES, seed=3)
    base = simulate(leaning, lanes=LANES, seed=3).outcomes
    assert list(table.index.unique("lever")) == ["bystander_alert", "bloc_fit", ALL]
    for name, levers in (("bystander_alert", ["bystander_alert"]), (ALL, ["bystander_alert", "bloc_fit"])):
        change = simulate(without(leaning, *levers), lanes=LANES, seed=3).outcomes - base
        own = table.loc[name]
        assert list(own.index) == list(base.columns)
        np.testing.assert_allclose(own["difference"], change.mean(), atol=1e-14)
        error = change.std(ddof=1) / np.sqrt(change.notna().sum())
        np.testing.assert_allclose(own["standard_error"], error, atol=1e-14)
        assert (own["lanes"] == change.notna().sum()).all()
    assert (table["difference"] != 0).any()


def test_a_lever_that_is_off_has_no_row_and_one_without_effect_zeros(small: Scenario) -> None:
    none = lever_effects(only(small), lanes=2)
    assert len(none) == 0
    assert list(none.columns) == ["unit", "difference", "standard_error", "lanes"]
    idle = only(small, "security_dilemma")  # no strategy acts, so that nothing hears it
    assert levers_of(resolve(idle)) == ("security_dilemma",)
    table = lever_effects(idle, lanes=LANES).dropna()
    assert (table[["difference", "standard_error"]] == 0).all(axis=None)
    assert not visible(table).any()


def test_blocks_and_threads_do_not_matter(leaning: Scenario) -> None:
    lanes = BATCH_LANES + 3
    one = lever_effects(leaning, lanes=lanes, threads=1)
    pd.testing.assert_frame_equal(one, lever_effects(leaning, lanes=lanes, threads=3))
    assert one["lanes"].max() == lanes


def test_levers_drawn_from_priors_are_switched_off_lane_by_lane(small: Scenario) -> None:
    drawn = small.model_copy(update={"parameters": Parameters(source="prior")})
    table = lever_effects(drawn, lanes=3)
    assert list(table.index.unique("lever")) == [*LEVERS, ALL]
    change = simulate(without(drawn, "peer_influence"), lanes=3).outcomes - simulate(drawn, lanes=3).outcomes
    np.testing.assert_allclose(table.loc["peer_influence", "difference"], change.mean(), atol=1e-14)


def test_the_effect_of_a_what_if_owes_to_a_lever_what_goes_with_it(small: Scenario) -> None:
    leaning = only(small, "bystander_alert", bystander_alert=15.0)
    other = harsher(leaning)
    [(name, table)] = lever_effects_on_differences(leaning, [other], lanes=MANY, seed=2).items()
    assert name == "harsher"

    def effect(*levers: str) -> pd.DataFrame:
        sides = (without(other, *levers), without(leaning, *levers))
        there, here = (simulate(side, lanes=MANY, seed=2).outcomes for side in sides)
        return there - here

    change = effect("bystander_alert") - effect()
    np.testing.assert_allclose(table.loc["bystander_alert", "difference"], change.mean(), atol=1e-14)
    assert (change.mean() != 0).any()
    [(_, same)] = lever_effects_on_differences(leaning, [leaning], lanes=LANES).items()
    assert (same["difference"].dropna() == 0).all()


def test_a_lever_of_one_side_alone_counts(small: Scenario, leaning: Scenario) -> None:
    bare = only(small).model_copy(update={"name": "bare"})
    [(_, table)] = lever_effects_on_differences(bare, [leaning], lanes=2).items()
    assert list(table.index.unique("lever")) == ["bystander_alert", "bloc_fit", ALL]
    effect = simulate(leaning, lanes=2).outcomes - simulate(bare, lanes=2).outcomes
    np.testing.assert_allclose(table.loc[ALL, "difference"], -effect.mean(), atol=1e-14)


def test_visible_is_beyond_two_standard_errors() -> None:
    table = pd.DataFrame(
        {"difference": [0.5, -0.5, 0.1, 0.0, 0.3], "standard_error": [0.2, 0.2, 0.2, 0.0, np.nan]}
    )
    assert list(visible(table)) == [True, True, False, False, False]


def test_progress_counts_lanes_and_an_interruption_ends_it(leaning: Scenario) -> None:
    seen: list[tuple[int, int]] = []
    lever_effects(leaning, lanes=LANES, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(LANES * number, 4 * LANES) for number in (1, 2, 3, 4)]

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        lever_effects(leaning, lanes=LANES, progress=interrupt)


@pytest.mark.parametrize("lanes", [0, 10_001])
def test_lanes_out_of_range_are_refused(small: Scenario, lanes: int) -> None:
    with pytest.raises(InputError, match="lanes is"):
        lever_effects(small, lanes=lanes)
