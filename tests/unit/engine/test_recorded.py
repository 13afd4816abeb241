"""Lanes held to a record do what it says; twins differ by nothing but what an edit changes."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.engine.arrays import TRAJECTORIES, pack, pack_base
from sim.engine.kernel import run_block
from sim.engine.timeline import OPENS, Timeline, build_timeline
from sim.model.rules import NEVER
from sim.months import month_number
from sim.scenario.case import resolve
from sim.scenario.lane_parameters import lane_parameters
from sim.scenario.loading import load_case
from sim.scenario.schema import Drop, Edit, Scenario
from sim.types import Reactions

LANES, SEED = 24, 11


def timeline_of(name: str, **changes: Any) -> Timeline:
    return build_timeline(load_case(name, changes))


def lanes_of(timeline: Timeline, branch: int | None = None) -> tuple:
    rows = lane_parameters(timeline.case, SEED, 0, LANES)
    base, at = pack_base(timeline), timeline.branch if branch is None else branch
    return run_block(pack(timeline), rows, SEED, 0, base, at)


@pytest.fixture(scope="module")
def history() -> Iterator[tuple[Timeline, tuple]]:
    timeline = timeline_of("history", until="2025-12")
    return timeline, lanes_of(timeline)


def recorded_steps(timeline: Timeline, direction: int) -> np.ndarray:
    assert timeline.pins is not None
    table = np.zeros((timeline.pins.months, len(timeline.states)))
    for part in timeline.responses:
        row = part.row
        if row.direction == direction:
            table[part.month - timeline.months[0], timeline.world.place[row.state]] += row.weight
    return table


@pytest.mark.parametrize(("name", "direction"), [("steps_hub", 1), ("steps_challenger", -1)])
def test_recorded_lanes_take_the_recorded_steps(history: Any, name: str, direction: int) -> None:
    timeline, (trajectories, _, _) = history
    expected = recorded_steps(timeline, direction)
    steps = trajectories[:, TRAJECTORIES.index(name)]
    assert expected.sum() > 150
    np.testing.assert_array_equal(
        steps[:, : len(expected)], np.broadcast_to(expected, (LANES, *expected.shape))
    )
    assert np.ptp(steps[:, len(expected) :].sum(axis=(1, 2))) > 0, "after the record, lanes part"


def test_every_response_happens_in_its_month(history: Any) -> None:
    timeline, (_, _, happens) = history
    dates = np.array([part.month for part in timeline.responses]) - timeline.months[0]
    assert len(dates) == 317
    np.testing.assert_array_equal(happens, np.broadcast_to(dates, happens.shape))


def test_recorded_lanes_join_what_was_joined(history: Any) -> None:
    timeline, (_, members, _) = history
    assert timeline.pins is not None
    last, keys = members[:, timeline.pins.months - 1], [part.key for part in timeline.world.institutions]
    inside = {key: ((last >> k & 1) > 0) for k, key in enumerate(keys)}
    assert (inside["aiib"].sum(axis=1) == 18).all()
    assert (inside["quad"].sum(axis=1) == 3).all()
    quad = [timeline.states[i] for i in np.flatnonzero(inside["quad"][0])]
    assert quad == ["AUS", "IND", "JPN"]
    trilateral = [timeline.states[i] for i in np.flatnonzero(inside["us_jpn_phl_trilateral"][0])]
    assert trilateral == ["JPN", "PHL"]


def test_free_lanes_are_not_held() -> None:
    timeline = timeline_of("history", until="2012-12", responses="simulated")
    steps, _, happens = lanes_of(timeline)
    assert timeline.pins is None
    assert happens.shape == (LANES, 0)
    assert np.ptp(steps[:, TRAJECTORIES.index("steps_hub")].sum(axis=(1, 2))) > 0


@pytest.mark.parametrize(
    ("branch", "reactions"),
    [(0, "none"), (60, "none"), (175, "none"), (0, "states"), (60, "states"), (0, "all"), (60, "all")],
)
def test_a_twin_that_edits_nothing_differs_by_nothing(
    history: Any, branch: int, reactions: Reactions
) -> None:
    timeline, recorded = history
    opens = timeline.opens.copy()
    opens[: timeline.pins.months] = OPENS[reactions]
    twin = lanes_of(replace(timeline, base=timeline, opens=opens), branch)
    for same, other in zip(recorded, twin, strict=True):
        np.testing.assert_array_equal(same, other)


@pytest.mark.parametrize("name", ["thaad-without-punishment", "no-ukraine-war", "philippines-2020-courted"])
def test_a_twin_resumed_at_its_branch_is_the_whole_twin(name: str) -> None:
    timeline = timeline_of(name, until="2025-12")
    assert timeline.base is not None
    assert timeline.branch > 0
    for resumed, whole in zip(lanes_of(timeline), lanes_of(timeline, 0), strict=True):
        np.testing.assert_array_equal(resumed, whole)


def test_a_twin_is_its_recorded_lane_before_the_branch(history: Any) -> None:
    _, (recorded, members, _) = history
    timeline = timeline_of("thaad-without-punishment", until="2025-12")
    twin, twin_members, _ = lanes_of(timeline)
    assert timeline.branch == month_number("2016-07") - timeline.months[0]
    np.testing.assert_array_equal(recorded[:, :, : timeline.branch], twin[:, :, : timeline.branch])
    np.testing.assert_array_equal(members[:, : timeline.branch], twin_members[:, : timeline.branch])
    place = timeline.world.place["KOR"]
    assert (recorded[:, :, timeline.branch :, place] != twin[:, :, timeline.branch :, place]).any()


def test_steps_fall_away_where_what_moved_the_state_does() -> None:
    """With no alarm in the twin a step stays with the chance of its rates."""
    timeline = timeline_of("quiet-senkakus", until="2024-07")
    rows = lane_parameters(timeline.case, SEED, 0, 200)
    for lever in (
        "peer_influence",
        "bystander_alert",
        "intimidation",
        "bloc_fit",
        "demonstration",
        "opinion_pull",
    ):
        rows[lever] = 0.0
    _, _, happens = run_block(pack(timeline), rows, SEED, 0, pack_base(timeline), timeline.branch)
    japan = [
        part.row.state == "JPN" and part.place == "unprompted" and part.row.direction > 0
        for part in timeline.responses
    ]
    late = [part.row.date - timeline.months[0] >= timeline.branch for part in timeline.responses]
    gone = (happens == NEVER).mean(axis=0)
    concerned = np.array(japan) & np.array(late)
    assert gone[concerned].mean() > 0.1
    others = np.array([part.row.state == "KOR" for part in timeline.responses])
    assert gone[others].max() < 0.1
    assert (gone[~np.array(late)] == 0).all()


def test_what_presupposes_a_war_does_not_happen_without_it(history: Any) -> None:
    timeline = timeline_of("no-ukraine-war", until="2024-12")
    assert timeline.base is not None
    _, _, happens = lanes_of(timeline)
    presupposes = [part.row.presupposes in ("S052", "S097") for part in timeline.responses]
    known = {part.row.id for part, lost in zip(timeline.responses, presupposes, strict=True) if lost}
    assert known >= {"R077", "R096", "R111", "R127", "R212", "R236", "R262", "R263", "R273"}
    assert (happens[:, presupposes] == NEVER).all()
    assert (history[1][2][:, presupposes] != NEVER).all()


def test_a_response_alone_can_part_a_twin_from_the_record(history: Any) -> None:
    """A stance moves no state; what presupposes it is left out all the same, and nothing else changes before that."""
    timeline, (recorded, *_) = history
    case = timeline.case
    assert case.targets is not None
    number = next(n for n, row in enumerate(case.targets.responses) if row.id == "R129")
    rows = list(case.targets.responses)
    rows[number] = replace(rows[number], presupposes="S073")
    drop = Edit(drop=Drop.model_validate({"id": "S073", "from": "2010-01"}))
    scenario = case.scenario.model_copy(update={"edits": (drop,), "branch": "2010-01"})
    changed = replace(case, scenario=scenario, targets=replace(case.targets, responses=tuple(rows)))
    twin = build_timeline(changed)
    assert twin.base is not None
    assert twin.branch == rows[number].date - timeline.months[0]
    trajectories, _, happens = lanes_of(twin)
    np.testing.assert_array_equal(trajectories[:, :, : twin.branch], recorded[:, :, : twin.branch])
    never = (happens == NEVER).all(axis=0)
    assert [part.row.id for part, gone in zip(twin.responses, never, strict=True) if gone] == ["R129"]


def test_an_edit_of_the_future_alone_needs_no_twin() -> None:
    case = resolve(load_case("bloc-confrontation"))
    timeline = build_timeline(case)
    assert timeline.base is None
    assert timeline.pins is not None
    assert timeline.pins.months == 175


def test_a_record_is_cut_where_the_scenario_says(small: Scenario) -> None:
    timeline = build_timeline(small.model_copy(update={"responses": "recorded"}))
    assert timeline.pins is not None
    assert timeline.pins.months == 24
    assert max(part.row.date for part in timeline.responses) < timeline.months[0] + 24
    late = [offer.answer for offer in timeline.offers if offer.answer and offer.answer.outcome]
    assert late
    assert max(answer.month for answer in late) < 24
