"""Initiatives: states open offers themselves after the record, and decide those of the record again in twins."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sim.engine.arrays import TRAJECTORIES, pack, pack_base
from sim.engine.kernel import run_block
from sim.engine.mesa_model import run_block_in_mesa
from sim.engine.timeline import OPENS, Timeline, build_timeline
from sim.model.parameters import LEVERS
from sim.model.rules import MONTH, NEVER
from sim.months import month_text
from sim.scenario.lane_parameters import parameter_rows
from sim.scenario.schema import Add, Drop, Edit
from sim.types import Floats
from tests.small_world import act, did, make_scenario, make_world, measured, state, write_record, write_world

SEED, RECORD, MONTHS = 5, 36, 60
"""Seed of all lanes; months of the record, and of the scenario."""
HOMES = {"AAA": 0.0, "BBB": 1.0, "CCC": -1.0}
SIDES = {"hub": 1.0, "challenger": -1.0}
OFFER = {"sender": "HUB", "intensity": 0.4}
OFFERED = (
    act("coercion", 6, 29, intensity=0.8),
    act("offer", 18, 20, id="S002", opened_by="target", **OFFER),
    act("coercion", 12, 13, id="S003", target="BBB"),
    act("offer", 18, 19, id="S004", target="BBB", **OFFER),
)
"""AAA is coerced and asks for an offer; BBB is coerced and gets one that it did not ask for."""
ANSWERED = (
    did("R001", 20, "S002"),
    did("R002", 22, "S002"),  # follows what R001 accepts
    did("R003", 19, "S004", state="BBB"),
)
ALONE = (did("R001", 24, state="CCC"),)
"""One step that answers nothing: a record in which nobody makes or asks for an offer."""
Laid = Callable[..., Timeline]


@pytest.fixture
def laid(tmp_path: Path) -> Laid:
    """``laid(acts, deeds, ...)``: the timeline of three states without ties, whose homes are known exactly."""
    specs = [state(code) | {"home": measured(home) | {"error": 0.0}} for code, home in HOMES.items()]
    world = write_world(tmp_path, make_world(specs))
    last = month_text(2000 * 12 + RECORD - 1)

    def timeline(acts: Sequence[Any], deeds: Sequence[Any], **changes: Any) -> Timeline:
        record = write_record(tmp_path, acts, last=last, responses=deeds)
        settings = {"record": record, "record_until": last, "responses": "recorded"} | changes
        return build_timeline(make_scenario(world=world, **settings))

    return timeline


def without(name: str) -> Edit:
    return Edit(drop=Drop.model_validate({"id": name, "from": "2000-01"}))


def coerced(first: int, last: int) -> Edit:
    """AAA is coerced in these months (indices)."""
    start, end = (month_text(2000 * 12 + month) for month in (first, last))
    about = {"kind": "coercion", "sender": "CHA", "target": "AAA", "domain": "military", "title": "Coercion"}
    return Edit(add=Add.model_validate(about | {"start": start, "end": end, "intensity": 0.8, "source": "-"}))


def parameters(lanes: int, **values: float) -> np.ndarray:
    """Defaults without levers, so that what moves a state can be worked out on paper."""
    rows = parameter_rows("default", {}, dict.fromkeys(LEVERS, 0.0), SEED, 0, lanes)
    for name, value in values.items():
        rows[name] = value
    return rows


def initiatives_alone(lanes: int) -> np.ndarray:
    """No unprompted steps, and every initiative is completed in its month by a step of weight one."""
    certain = {
        f"{name}_{side}": value
        for name, value in (("completion", 1e3), ("withdrawal", 1e-12))
        for side in SIDES
    }
    small = {f"offer_intensity_{side}": 0.0 for side in SIDES}
    return parameters(lanes, step_rate=0.0, initiative_rate=0.5, **certain, **small)


def simulated(timeline: Timeline, rows: np.ndarray) -> tuple[Floats, np.ndarray]:
    """Weight of steps (lanes, sides, months, states), and the month in which each response happens."""
    trajectories, _, happens = run_block(pack(timeline), rows, SEED, 0, pack_base(timeline), timeline.branch)
    return trajectories[:, [TRAJECTORIES.index(f"steps_{side}") for side in SIDES]], happens


def remembered(timeline: Timeline, p: Any) -> Floats:
    """Coercion that each state remembers in each month, with the memory of alarm: (months, states)."""
    left, level, found = np.exp(-MONTH / p["alert_memory"]), 0.0, []
    for felt in timeline.channels["coercion"]:
        level = left * level + (1.0 - left) * felt
        found.append(level)
    return np.array(found)


def expected(timeline: Timeline, p: Any) -> Floats:
    """Initiatives of a state of activity one: (sides, months, states), by the table of docs/model.md; no state has a dispute."""
    home = np.tanh(np.array(list(HOMES.values())) / 2.0)
    years = (np.minimum(np.arange(MONTHS), RECORD - 1) - (RECORD - 1) / 2.0) / 12.0
    coercion = remembered(timeline, p)
    lift = {"hub": 1.0 + p["alert_coercion"] / 2.0 * coercion, "challenger": 1.0 + p["yielding"] * coercion}
    return np.array(
        [
            MONTH * p["initiative_rate"] * lift[side]
            * np.exp(sign * (p["initiative_balance"] + p["alignment_slope"] * home) + p[f"trend_initiatives_{side}"] * years[:, None])
            for side, sign in SIDES.items()
        ]
    )  # fmt: skip


def assert_means(found: Floats, wanted: Floats) -> None:
    """Means over lanes; a false alarm about once in 16,000 numbers."""
    error = found.std(axis=0) / np.sqrt(len(found))
    assert (wanted > 0.02).all()
    assert (np.abs(found.mean(axis=0) - wanted) < 4.0 * error).all()


# --- who opens offers when -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("responses", ["simulated", "recorded"])
def test_states_open_offers_after_the_record_at_the_rate_of_the_rules(laid: Laid, responses: str) -> None:
    """At most one a month toward a side: with chance 1 - exp(-G m), where G is Gamma distributed."""
    timeline = laid((), ALONE, responses=responses, edits=(coerced(RECORD, 50),))
    rows = initiatives_alone(20_000)
    steps, _ = simulated(timeline, rows)
    m, shape = expected(timeline, rows[0]), rows[0]["activity_shape"]
    if responses == "simulated":
        seen, moves = np.zeros(3), 0.0
    else:
        seen, moves = m[:, :RECORD].sum(axis=(0, 1)), np.array([0.0, 0.0, 1.0])
    chance = 1.0 - ((shape + seen) / (shape + seen + m)) ** (shape + moves)
    assert_means(steps[:, :, RECORD:].sum(axis=2), chance[:, RECORD:].sum(axis=1))


@pytest.mark.parametrize("responses", ["simulated", "recorded"])
@pytest.mark.parametrize("reactions", list(OPENS))
def test_nobody_opens_offers_in_the_months_of_the_record(laid: Laid, responses: str, reactions: str) -> None:
    timeline = laid((), ALONE, responses=responses, reactions=reactions)
    steps, _ = simulated(timeline, initiatives_alone(200))
    assert steps[:, :, :RECORD].sum() == (0 if responses == "simulated" else 200), (
        "R001, in each recorded lane"
    )
    assert steps[:, :, RECORD:].sum() > 200


def test_without_a_record_states_open_offers_from_the_start(laid: Laid) -> None:
    timeline = laid((), ALONE, responses="simulated", record=None, record_until=None)
    steps, _ = simulated(timeline, initiatives_alone(200))
    assert steps[:, :, 0].sum() > 0
    assert (timeline.opens == OPENS["states"]).all()


# --- twins ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reactions", ["states", "all"])
def test_an_initiative_falls_away_with_what_lifted_it(laid: Laid, reactions: str) -> None:
    """With chance 1 - m'/m, for rare initiatives; what accepts it and what follows that go with it."""
    timeline = laid(OFFERED, ANSWERED, reactions=reactions, edits=(without("S001"),))
    assert timeline.base is not None
    rows = parameters(4000, initiative_rate=1e-3)
    _, happens = simulated(timeline, rows)
    stays = (happens[:, 0] != NEVER).mean()
    before, now = (expected(part, rows[0])[0, 18, 0] for part in (timeline.base, timeline))
    assert 0.2 < now / before < 0.8
    assert abs(stays - now / before) < 4.0 * np.sqrt(stays * (1.0 - stays) / len(rows)) + before
    np.testing.assert_array_equal(happens[:, 0] == NEVER, happens[:, 1] == NEVER)
    assert set(happens[:, 0]) == {20, NEVER}
    assert set(happens[:, 1]) == {22, NEVER}
    assert (happens[:, 2] == 19).all(), "BBB is as it was"


def test_without_reactions_every_initiative_stays(laid: Laid) -> None:
    timeline = laid(OFFERED, ANSWERED, reactions="none", edits=(without("S001"),))
    _, happens = simulated(timeline, parameters(400))
    assert (happens == [20, 22, 19]).all()


@pytest.mark.parametrize(("reactions", "more"), [("none", False), ("states", True), ("all", True)])
def test_a_twin_under_more_coercion_opens_more(laid: Laid, reactions: str, more: bool) -> None:
    """A month without one gets one with chance 1 - exp(-G (m' - m)); G is that of a state that made no move."""
    timeline = laid((), ALONE, reactions=reactions, edits=(coerced(6, 20),))
    assert timeline.base is not None
    rows = initiatives_alone(20_000)
    rows["offer_rate_hub"] = 0.0
    steps, _ = simulated(timeline, rows)
    found = steps[:, :, :RECORD].sum(axis=2)
    before, now = (expected(part, rows[0])[:, :RECORD] for part in (timeline.base, timeline))
    shape = rows[0]["activity_shape"] + before.sum(axis=(0, 1))
    wanted = 1.0 - (shape / (shape + now - before)) ** rows[0]["activity_shape"]
    assert (found[:, :, 1:] == [[0, 1], [0, 0]]).all(), (
        "R001 of CCC stays, and nobody else is alarmed or yields"
    )
    if more:
        assert_means(found[:, :, 0], wanted[:, :, 0].sum(axis=1))
    else:
        assert (found[:, :, 0] == 0).all()


def test_an_offer_of_the_hub_falls_away_with_the_coercion_that_it_followed(laid: Laid) -> None:
    """Its habit makes ``offer_after_coercion`` times as many in the year after coercion."""
    timeline = laid(OFFERED, ANSWERED, reactions="all", edits=(without("S003"),))
    rows = parameters(4000, acceptance_alert_hub=0.0)  # so that its answer comes in the same month
    _, happens = simulated(timeline, rows)
    stays = (happens[:, 2] != NEVER).mean()
    wanted = 1.0 / rows[0]["offer_after_coercion"]
    assert 0.2 < wanted < 0.8
    assert abs(stays - wanted) < 4.0 * np.sqrt(stays * (1.0 - stays) / len(rows))
    assert set(happens[:, 2]) == {19, NEVER}
    assert (happens[:, :2] == [20, 22]).all()


@pytest.mark.parametrize("reactions", list(OPENS))
def test_the_hub_makes_more_offers_after_coercion_if_all_react(laid: Laid, reactions: str) -> None:
    """In the month of new coercion and the twelve after it; each is accepted at once, by a step of weight one."""
    timeline = laid((), ALONE, reactions=reactions, edits=(coerced(6, 20),))
    rows = parameters(20_000, step_rate=0.0, initiative_rate=0.0, acceptance_hub=1e3, decline_hub=1e-12)
    rows["offer_intensity_hub"] = 0.0
    steps, _ = simulated(timeline, rows)
    found = steps[:, 0, :RECORD, 0]
    assert (found[:, :6] == 0).all()
    assert (found[:, 19:] == 0).all()
    if reactions == "all":
        more = rows[0]["offer_rate_hub"] * (rows[0]["offer_after_coercion"] - 1.0)
        assert_means(found.sum(axis=1), np.array(13 * (1.0 - np.exp(-MONTH * more))))
    else:
        assert (found == 0).all()


@pytest.mark.parametrize("reactions", ["none", "states"])
def test_offers_of_the_hub_stay_unless_all_react(laid: Laid, reactions: str) -> None:
    timeline = laid(OFFERED, ANSWERED, reactions=reactions, edits=(without("S003"),))
    _, happens = simulated(timeline, parameters(400, acceptance_alert_hub=0.0))
    assert (happens == [20, 22, 19]).all()


@pytest.mark.parametrize("reactions", list(OPENS))
@pytest.mark.parametrize(
    "edits",
    [(without("S001"),), (without("S003"),), (without("S002"), coerced(8, 30))],
    ids=["less alarm", "no coercion of BBB", "more alarm, an offer less"],
)
def test_engines_agree_about_twins(laid: Laid, reactions: str, edits: tuple[Edit, ...]) -> None:
    timeline = laid(OFFERED, ANSWERED, reactions=reactions, edits=edits)
    rows = parameters(12, initiative_rate=2.0, offer_rate_hub=2.0)
    compiled = run_block(pack(timeline), rows, SEED, 0, pack_base(timeline), timeline.branch)
    for one, other in zip(compiled, run_block_in_mesa(timeline, rows, SEED, 0), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-12)
