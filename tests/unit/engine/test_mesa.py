"""The model on Mesa's own tools: agent sets, data collection, batches, copies, removal, subclasses."""

import copy
import gc
import warnings
import weakref
from typing import Any

import mesa
import numpy as np
import pandas as pd
import pytest
from mesa.batchrunner import batch_run

from sim.engine.arrays import TRAJECTORIES, Variable
from sim.engine.mesa_model import AllianceModel, Institution, Power, State, run_block_in_mesa
from sim.engine.timeline import Timeline, build_timeline
from sim.errors import InputError, WedgeError
from sim.scenario.case import resolve
from sim.scenario.lane_parameters import parameter_rows
from sim.scenario.schema import Parameters, Scenario, Strategy


@pytest.fixture(scope="module")
def brief() -> Scenario:
    """Half a year in which both powers act by their strategies."""
    habit = Strategy(plan="documented_habit", start="2010-02")
    return Scenario(
        name="brief",
        title="Half a year",
        question="Is Mesa at home?",
        basis="made for tests",
        world="indo_pacific",
        record="indo_pacific",
        record_until="2024-07",
        branch="2010-02",
        until="2010-06",
        report=("2010-06",),
        strategies={"CHN": habit, "USA": habit},
        parameters=Parameters(source="default"),
    )


@pytest.fixture(scope="module")
def timeline(brief: Scenario) -> Timeline:
    return build_timeline(brief)


@pytest.fixture
def model(brief: Scenario, timeline: Timeline) -> AllianceModel:
    """After three of six months."""
    model = AllianceModel(brief, lane=3, seed=5, timeline=timeline)
    for _ in range(3):
        model.step()
    return model


def positions(model: AllianceModel) -> dict[str, float]:
    return {state.code: state.alignment for state in model.state_list}


# --- stepping and reading ----------------------------------------------------------------------------------------


def test_a_model_runs_to_its_last_month_and_not_beyond(model: AllianceModel) -> None:
    assert {kind: len(agents) for kind, agents in model.agents_by_type.items()} == {
        State: 22,
        Institution: 21,
        Power: 2,
    }
    assert model.date == "2010-04"
    assert model.running
    assert model.run() is model
    assert model.date == "2010-07"
    assert not model.running
    with pytest.raises(WedgeError, match="ends in 2010-06"):
        model.step()


def test_mesa_itself_can_run_the_model(model: AllianceModel) -> None:
    model.run_model()
    assert model.date == "2010-07"


def test_collected_tables_hold_every_month(model: AllianceModel) -> None:
    model.run()
    states = model.datacollector.get_agenttype_vars_dataframe(State)
    assert set(TRAJECTORIES) <= set(states.columns)
    assert len(states) == 22 * 6
    whole = model.datacollector.get_model_vars_dataframe()
    assert list(whole["date"]) == [f"2010-0{month}" for month in range(1, 7)]
    assert whole["coalition"].between(0, 1).all()
    assert model.datacollector.get_agenttype_vars_dataframe(Institution)["size"].max() > 0


def test_agent_sets_select_get_aggregate_and_group(model: AllianceModel) -> None:
    states = model.agents_by_type[State]
    aligned = states.select(lambda state: state.alignment > 0)
    assert 0 < len(aligned) < len(states)
    assert set(aligned.get("code")) == {code for code, alignment in positions(model).items() if alignment > 0}
    assert states.agg("alignment", max) == max(positions(model).values())
    for ally, group in states.groupby("is_ally"):
        assert set(group.get("code")) == {state.code for state in model.state_list if state.is_ally == ally}
    assert sum(states.groupby("is_ally").count().values()) == 22


def test_the_order_of_states_makes_no_difference(model: AllianceModel) -> None:
    class Shuffled(AllianceModel):
        def step(self) -> None:
            self.agents_by_type[State].shuffle(inplace=True)
            super().step()

    shuffled = Shuffled(model.timeline.case, lane=3, seed=5, timeline=model.timeline).run()
    assert positions(shuffled) == positions(model.run())
    shuffled.agents_by_type[State].shuffle_do("look_around")


def test_names_are_short_and_say_who_it_is(model: AllianceModel) -> None:
    japan, quad = model.state_list[model.place["JPN"]], model.institution_list[0]
    assert (
        repr(model)
        == f"<AllianceModel brief, lane 3, seed 5: next month 2010-04, coalition {model.coalition:.2f}>"
    )
    assert repr(japan) == f"<State JPN: alignment {japan.alignment:+.2f}, alert {japan.alert:.2f}>"
    assert repr(quad) == f"<Institution {quad.key}: {quad.size} members>"
    assert repr(model.powers["hub"]) == "<Power USA, the hub: acts by its strategy>"
    assert repr(model.timeline) == "<Timeline brief: 22 states, 2010-01 to 2010-06>"


# --- batches: replicates are lanes -------------------------------------------------------------------------------


def rows_of(parameters: dict[str, Any], **options: Any) -> pd.DataFrame:
    return pd.DataFrame(batch_run(AllianceModel, parameters, display_progress=False, **options))


def test_a_batch_runs_lanes(brief: Scenario, timeline: Timeline) -> None:
    rows = rows_of({"scenario": [brief], "lane": [0, 1]})
    found = rows.groupby("lane")["coalition"].agg(["min", "max"])
    for lane in (0, 1):
        expected = (
            AllianceModel(brief, lane, timeline=timeline).run().datacollector.model_vars["coalition"][-1]
        )
        assert found.loc[lane, "min"] == found.loc[lane, "max"] == expected


def test_a_scenario_and_a_case_are_one_value_of_a_batch(brief: Scenario) -> None:
    for given in (brief, resolve(brief)):
        assert set(rows_of({"scenario": given, "lane": [2]})["lane"]) == {2}


def test_repetitions_of_one_history_are_refused(brief: Scenario) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        with pytest.raises(InputError, match=r'"lane": range\(3\)'):
            rows_of({"scenario": [brief], "lane": [0]}, iterations=3)


@pytest.mark.skipif(not hasattr(mesa.Model, "run_for"), reason="batch_run of this Mesa takes no rng")
def test_a_batch_runs_seeds(brief: Scenario) -> None:
    rows = rows_of({"scenario": [brief]}, rng=[1, 2])
    assert set(rows["seed"]) == {1, 2}


@pytest.mark.parametrize("wrong", [-1, 2**63, 1.5, "1", True, [1], np.random.default_rng(1)])
def test_a_seed_that_is_none_is_refused(timeline: Timeline, wrong: Any) -> None:
    with pytest.raises(InputError, match=r"seed: .* is not a whole number from 0 to 9223372036854775807"):
        AllianceModel(timeline.case, seed=wrong, timeline=timeline)


@pytest.mark.parametrize("wrong", [-1, 2**32, None, "0"])
def test_a_lane_that_is_none_is_refused(timeline: Timeline, wrong: Any) -> None:
    with pytest.raises(InputError, match=r"lane: .* is not a whole number from 0 to 4294967295"):
        AllianceModel(timeline.case, lane=wrong, timeline=timeline)


def test_a_scenario_that_is_none_is_refused() -> None:
    with pytest.raises(InputError, match=r"a Scenario or a Case, not \('name', 'history'\)"):
        AllianceModel(("name", "history"))  # type: ignore[arg-type]


def test_numbers_of_numpy_are_numbers(brief: Scenario, timeline: Timeline) -> None:
    model = AllianceModel(brief, np.int64(3), np.int64(5), timeline=timeline)
    assert repr(model).startswith("<AllianceModel brief, lane 3, seed 5:")
    assert AllianceModel(brief, timeline=timeline).seed_number == 1


# --- copies and memory -------------------------------------------------------------------------------------------


def test_a_copy_goes_on_to_the_same_numbers_by_itself(model: AllianceModel) -> None:
    twin = copy.deepcopy(model)
    twin.run()
    assert model.date == "2010-04", "a copy steps itself and no other model"
    assert all(state.model is twin for state in twin.agents_by_type[State])
    assert positions(twin) == positions(model.run())
    tables = [each.datacollector.get_agenttype_vars_dataframe(State) for each in (model, twin)]
    pd.testing.assert_frame_equal(*tables)


def test_models_that_nobody_uses_are_forgotten(brief: Scenario, timeline: Timeline) -> None:
    model = AllianceModel(brief, timeline=timeline).run()
    seen = weakref.ref(model)
    del model
    gc.collect()
    assert seen() is None


class Observer(mesa.Agent):
    """An agent of a user's own."""


def test_every_agent_has_a_number_of_its_own(model: AllianceModel) -> None:
    Observer(model)
    numbers = model.agents.get("unique_id")
    assert sorted(numbers) == list(range(1, 22 + 21 + 2 + 1 + 1))
    model.run()


# --- removal -----------------------------------------------------------------------------------------------------


def test_a_removed_state_counts_no_more(model: AllianceModel) -> None:
    japan = model.state_list[model.place["JPN"]]
    others = [state for state in model.state_list if state is not japan]
    share = sum(state.capability for state in others if state.alignment > 1 / 3) / sum(
        s.capability for s in others
    )
    partners = [other for other, _, _ in japan.ties]
    assert partners
    japan.remove()
    japan.remove()
    assert model.coalition == pytest.approx(share, abs=1e-12)
    assert all("JPN" not in institution.members for institution in model.institution_list)
    for state in others:
        assert all(other is not japan for other, _, _ in state.ties)
        friendly = [weight for _, weight, _ in state.ties if weight > 0]
        assert not friendly or sum(friendly) == pytest.approx(1.0)
    before = japan.episodes.copy(), japan.slots["hub"].copy(), japan.alignment
    model.run()
    assert (japan.episodes, japan.slots["hub"], japan.alignment) == before, "no power acts upon it"
    table = model.datacollector.get_agenttype_vars_dataframe(State)
    assert (table["code"] == "JPN").sum() == 3
    assert len(table) == 22 * 3 + 21 * 3


def test_a_model_without_states_has_no_coalition(model: AllianceModel) -> None:
    for state in list(model.state_list):
        state.remove()
    assert model.coalition == 0.0
    assert len(model.agents_by_type[State]) == 0
    model.run()
    assert list(model.datacollector.get_model_vars_dataframe()["coalition"])[3:] == [0.0] * 3


def test_a_removed_institution_has_no_members_and_no_hold(model: AllianceModel) -> None:
    institution = max(model.institution_list, key=lambda institution: institution.size)
    institution.spec = institution.spec.model_copy(update={"lock_in": 0.2})  # worlds that ship have none
    newcomer = next(state for state in model.state_list if state.code not in institution.members)
    newcomer.join(institution)
    assert newcomer.institutional_lock_in == institution.side * 0.2
    institution.remove()
    assert institution.size == 0
    assert newcomer.institutional_lock_in == 0.0
    for state in model.state_list:
        assert institution.key not in state.memberships
        assert all(offer.institution is not institution for offer in state.offers)
    model.run()
    assert institution.size == 0


def test_a_removed_power_begins_nothing(timeline: Timeline) -> None:
    model = AllianceModel(timeline.case, timeline=timeline)
    for power in list(model.agents_by_type[Power]):
        power.remove()
        assert not power.acts
    model.run()
    assert all(not state.episodes and set(state.slots["hub"]) == {None} for state in model.state_list)


def test_all_agents_can_be_removed(model: AllianceModel) -> None:
    model.remove_all_agents()
    assert len(model.agents) == 0
    model.run()
    assert model.coalition == 0.0


# --- subclasses --------------------------------------------------------------------------------------------------


class Calm(State):
    """A state that nothing alarms."""

    def step(self) -> None:
        super().step()
        self.alert = 0.0


class CalmModel(AllianceModel):
    """The same history with states that nothing alarms."""

    state_type = Calm


class Vanishing(AllianceModel):
    """The same history in which one state is gone after two months."""

    def step(self) -> None:
        super().step()
        if self.month == 2:
            self.state_list[self.place["JPN"]].remove()


def test_a_subclass_of_state_runs(small: Scenario) -> None:
    timeline = build_timeline(small)
    rows = parameter_rows("default", {}, {}, 1, 0, 1)
    plain, *_ = run_block_in_mesa(timeline, rows, 1, 0)
    calm, *_ = run_block_in_mesa(timeline, rows, 1, 0, CalmModel)
    assert plain[:, Variable.alert].max() > 0
    assert calm[:, Variable.alert].max() == 0


def test_a_block_of_lanes_shows_who_is_gone(timeline: Timeline) -> None:
    rows = parameter_rows("default", {}, {}, 1, 0, 1)
    lanes, members, _ = run_block_in_mesa(timeline, rows, 1, 0, Vanishing)
    column = timeline.states.index("JPN")
    gone = np.isnan(lanes).all(axis=1)[0]
    assert gone[:, column].tolist() == [False, True, True, True, True, True]
    assert not np.delete(gone, column, axis=1).any()
    assert members[0, 0, column] != 0
    assert not members[0, 2:, column].any()


def test_a_table_is_collected_for_the_model_s_own_class_of_states(
    brief: Scenario, timeline: Timeline
) -> None:
    model = CalmModel(brief, timeline=timeline).run()
    assert (model.datacollector.get_agenttype_vars_dataframe(Calm)["alert"] == 0).all()
