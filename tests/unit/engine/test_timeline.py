"""From a record and a scenario to what reaches each state: channels, habituation, offers, strategies, leaders."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.engine.timeline import Timeline, build_timeline, years_of_record
from sim.errors import InputError
from sim.model.channels import CHANNELS
from sim.model.draws import row_key
from sim.model.rules import CHALLENGER, HUB
from sim.months import month_number, month_text
from sim.scenario.case import resolve
from sim.scenario.chain import library
from sim.scenario.loading import load_scenario
from sim.scenario.record import KINDS, Record
from sim.scenario.schema import Edit, Strategy, TieEdit
from tests.small_world import (
    CODES,
    END,
    START,
    act,
    club,
    ids,
    line,
    make_scenario,
    make_world,
    write_record,
    write_world,
)

FIRST = month_number(START)
MONTHS = 60
CLUBS = (club("bank", "challenger", closed_to=("BBB",)), club("pact", weight=3))


def month(number: int) -> str:
    """The month that lies so many months after the world's start."""
    return month_text(FIRST + number)


@pytest.fixture
def timeline_of(tmp_path: Path) -> Any:
    """Build the timeline of rows in the small world; everything else is a change of the scenario."""
    world = write_world(tmp_path, make_world(clubs=CLUBS))

    def build(
        *rows: dict[str, str], leaders: Iterable[dict[str, str]] = (), last: str = END, **changes: Any
    ) -> Timeline:
        record = write_record(tmp_path, rows, leaders, last)
        settings_: dict[str, Any] = {"world": world, "record": record, "record_until": last}
        return build_timeline(make_scenario(**(settings_ | changes)))

    return build


def felt(timeline: Timeline, channel: str, state: str = "AAA") -> NDArray[np.float64]:
    """One channel of one state, month by month."""
    return timeline.channels[channel][:, timeline.states.index(state)]


def strategy(start: int = 20, **settings_: Any) -> Strategy:
    return Strategy(**{"plan": "documented_habit", "from": month(start), **settings_})


def add(kind: str, start: int, end: int, **values: Any) -> Edit:
    given_ = {
        "sender": "CHA",
        "target": "AAA",
        "intensity": 0.5,
        "title": "an act",
        "source": "assumption: made",
    }
    return Edit.model_validate(
        {"add": given_ | {"kind": kind, "start": month(start), "end": month(end)} | values}
    )


# --- channels ----------------------------------------------------------------------------------------------------

CHANNEL_OF = {
    ("coercion", "CHA"): "coercion",
    ("coercion", "CFR"): "shock",
    ("coercion", "HUB"): "pressure",
    ("coercion", "HFR"): "pressure",
    ("coercion", "THI"): "shock",
    ("punishment", "CHA"): "punishment",
    ("punishment", "CFR"): "shock",
    ("punishment", "HUB"): "pressure",
    ("punishment", "HFR"): "pressure",
    ("punishment", "THI"): "shock",
    ("pressure", "CHA"): "punishment",
    ("pressure", "CFR"): "punishment",
    ("pressure", "HUB"): "pressure",
    ("pressure", "HFR"): "pressure",
    ("pressure", "THI"): "shock",
    ("offer", "CHA"): "courtship_challenger",
    ("offer", "CFR"): "courtship_challenger",
    ("offer", "HUB"): "courtship_hub",
    ("offer", "HFR"): "courtship_hub",
    ("offer", "THI"): None,
    ("accommodation", "CHA"): "accommodation",
    ("accommodation", "CFR"): "accommodation",
    ("accommodation", "HUB"): "courtship_hub",
    ("accommodation", "HFR"): "courtship_hub",
    ("accommodation", "THI"): None,
    ("reassurance", "CHA"): None,
    ("reassurance", "CFR"): None,
    ("reassurance", "HUB"): "credibility",
    ("reassurance", "HFR"): "credibility",
    ("reassurance", "THI"): None,
    ("shock", "CHA"): "shock",
    ("shock", "CFR"): "shock",
    ("shock", "HUB"): "shock",
    ("shock", "HFR"): "shock",
    ("shock", "THI"): "shock",
}
"""Kind and sender of an act in trade -> the channel that it feeds."""

SHOCKS = {
    ("war", "CFR"): "war",
    ("war", "THI"): "war",
    ("nuclear", "THI"): "shock",
    ("health", "CHA"): "reputation_challenger",
    ("health", "CFR"): "reputation_challenger",
    ("health", "HUB"): "reputation_hub",
    ("health", "THI"): None,
    ("reputation", "CHA"): "reputation_challenger",
    ("reputation", "HFR"): "reputation_hub",
    ("reputation", "THI"): None,
}


def only(timeline: Timeline, channel: str | None, size: float) -> None:
    """The one row reached this channel, in its first month and on its target, and no other."""
    for name in CHANNELS:
        expected = size if name == channel else 0.0
        assert felt(timeline, name)[0] == pytest.approx(expected), name
        assert (timeline.channels[name][:, 1:] == 0).all()


@pytest.mark.parametrize(("kind", "sender"), CHANNEL_OF, ids=lambda part: part)
def test_kind_and_sender_decide_the_channel(timeline_of: Any, kind: str, sender: str) -> None:
    only(timeline_of(act(kind, 0, sender=sender)), CHANNEL_OF[kind, sender], 0.5)


@pytest.mark.parametrize(("domain", "sender"), SHOCKS, ids=lambda part: part)
def test_a_shock_goes_by_its_domain(timeline_of: Any, domain: str, sender: str) -> None:
    only(timeline_of(act("shock", 0, sender=sender, domain=domain)), SHOCKS[domain, sender], 0.5)


def test_every_kind_is_under_test() -> None:
    assert {kind for kind, _ in CHANNEL_OF} == set(KINDS) - {"stance"}


def test_a_stance_moves_nobody(timeline_of: Any) -> None:
    timeline = timeline_of(act("stance", 0, 9, sender="THI", target="CHA"))
    assert not timeline.stimuli.any()
    assert ids(timeline.events) == ["S001"]


# --- size by month -----------------------------------------------------------------------------------------------


def test_a_long_act_wears_off_with_its_age(timeline_of: Any) -> None:
    coercion = felt(timeline_of(act("coercion", 3, 20, intensity=0.8)), "coercion")
    assert (coercion[:3] == 0).all()
    assert (coercion[21:] == 0).all()
    ages = np.arange(18)
    np.testing.assert_allclose(coercion[3:21], 0.8 * (0.3 + 0.7 * np.exp(-ages / 12)))


def test_an_offer_fades_and_its_end_is_not_seen(timeline_of: Any) -> None:
    short, long = (felt(timeline_of(act("offer", 3, end)), "courtship_challenger") for end in (4, 40))
    np.testing.assert_array_equal(short, long)
    np.testing.assert_allclose(short[3:], 0.5 * np.exp(-np.arange(MONTHS - 3) / 12))
    assert (short[:3] == 0).all()


def test_an_act_from_before_the_start_has_worn_off_by_then(timeline_of: Any, tmp_path: Path) -> None:
    """In a world that starts a year later than the record."""
    record = write_record(tmp_path, [act("coercion", 0, 30, intensity=0.8), act("offer", 0, id="S002")])
    late = make_world(clubs=CLUBS).model_copy(update={"start": month(12)})
    world = write_world(tmp_path, late)
    timeline = build_timeline(make_scenario(world=world, record=record, record_until=END, branch=month(12)))
    assert len(timeline.months) == MONTHS - 12
    assert felt(timeline, "coercion")[0] == pytest.approx(0.8 * (0.3 + 0.7 / math.e))
    assert felt(timeline, "courtship_challenger")[0] == pytest.approx(0.5 / math.e)
    assert timeline.offers == ()


def test_acts_of_one_kind_join_and_never_pass_one(timeline_of: Any) -> None:
    rows = [act("coercion", 0, id=f"S00{k}", intensity=size) for k, size in enumerate((0.5, 0.4, 1.0))]
    assert felt(timeline_of(*rows[:2]), "coercion")[0] == pytest.approx(0.7)
    assert felt(timeline_of(*rows), "coercion")[0] == 1.0


def test_signals_add_up_and_do_not_wear_off(timeline_of: Any) -> None:
    rows = [
        act("reassurance", 0, 9, id="S001", sender="HUB", intensity=0.3),
        act("reassurance", 5, 12, id="S002", sender="HFR", intensity=-0.5),
    ]
    signal = felt(timeline_of(*rows), "credibility")
    np.testing.assert_allclose(signal[:14], [0.3] * 5 + [-0.2] * 5 + [-0.5] * 3 + [0.0])


def test_the_sum_of_signals_is_held_within_one_whatever_their_names(timeline_of: Any) -> None:
    for sizes in ((0.8, 0.8, -0.5), (0.8, -0.5, 0.8), (-0.5, 0.8, 0.8)):
        rows = [
            act("reassurance", 0, 9, id=f"S00{k}", sender="HUB", intensity=x) for k, x in enumerate(sizes)
        ]
        assert felt(timeline_of(*rows), "credibility")[0] == pytest.approx(1.0), sizes


def test_a_row_for_all_reaches_all_but_its_sender(timeline_of: Any) -> None:
    shock = timeline_of(act("shock", 4, sender="DDD", target="ALL", domain="war")).channels["war"]
    assert shock[4].tolist() == [0.5, 0.5, 0.5, 0.0]
    pressed = timeline_of(act("pressure", 4, sender="HUB", target="ALL")).channels["pressure"]
    assert pressed[4].tolist() == [0.5] * 4


# --- offers ------------------------------------------------------------------------------------------------------


def test_an_offer_is_open_to_its_target(timeline_of: Any) -> None:
    timeline = timeline_of(
        act("offer", 7, 9, target="BBB", intensity=0.6, institution="bank"),
        act("offer", 2, id="S002", sender="HFR", target="CCC"),
    )
    there, friend = timeline.offers
    assert (
        there.row,
        there.state,
        there.month,
        there.side,
        there.intensity,
        there.institution,
        there.key,
    ) == (
        "S001",
        1,
        7,
        CHALLENGER,
        0.6,
        0,
        row_key("S001"),
    )
    assert (friend.row, friend.state, friend.month, friend.side, friend.institution) == (
        "S002",
        2,
        2,
        HUB,
        -1,
    )


def test_an_open_framework_is_an_offer_to_all_it_addresses(timeline_of: Any) -> None:
    closed = timeline_of(act("offer", 7, sender="DDD", target="ALL", institution="bank"))
    assert [offer.state for offer in closed.offers] == [0, 2], "not for whom it is closed to, nor its sender"
    everyone = timeline_of(act("offer", 7, sender="HUB", target="ALL", institution="pact"))
    assert [offer.state for offer in everyone.offers] == [0, 1, 2, 3]
    assert {offer.institution for offer in everyone.offers} == {1}
    named = timeline_of(act("offer", 7, target="BBB", institution="bank"))
    assert [offer.state for offer in named.offers] == [1], "an invitation by name is for whom it names"


def test_a_general_offer_courts_and_cannot_be_accepted(timeline_of: Any) -> None:
    timeline = timeline_of(act("offer", 7, target="ALL"))
    assert timeline.offers == ()
    assert (timeline.channels["courtship_challenger"][7] == 0.5).all()


def test_offers_of_third_parties_and_acts_that_are_no_offers_cannot_be_accepted(timeline_of: Any) -> None:
    rows = [act("offer", 3, sender="THI"), act("accommodation", 3, id="S002"), act("coercion", 3, id="S003")]
    assert timeline_of(*rows).offers == ()


def test_doors_are_sorted_by_state_month_and_row(timeline_of: Any) -> None:
    rows = [
        act("offer", 9, id="S001", target="BBB"),
        act("offer", 5, id="S003", target="AAA"),
        act("offer", 5, id="S002", target="AAA"),
        act("offer", 1, id="S004", target="BBB"),
    ]
    assert [offer.row for offer in timeline_of(*rows).offers] == ["S002", "S003", "S004", "S001"]


def test_offers_after_the_end_open_nothing(timeline_of: Any) -> None:
    timeline = timeline_of(
        act("offer", 30), act("offer", 29, id="S002"), until=month(29), report=(month(29),)
    )
    assert [offer.row for offer in timeline.offers] == ["S002"]
    assert len(timeline.months) == 30


# --- edits -------------------------------------------------------------------------------------------------------


def test_a_cut_act_keeps_the_age_it_has(timeline_of: Any) -> None:
    """Months 10 to 14 are taken out; after them the act is as worn as it would have been."""
    row = act("coercion", 3, 20, intensity=0.8)
    drop = Edit.model_validate({"drop": {"id": "S001", "from": month(10), "to": month(14)}})
    whole, cut = felt(timeline_of(row), "coercion"), felt(timeline_of(row, edits=(drop,)), "coercion")
    kept = np.r_[0:10, 15:MONTHS]
    np.testing.assert_array_equal(cut[kept], whole[kept])
    assert (cut[10:15] == 0).all()


def test_a_scaled_act_keeps_the_age_it_has(timeline_of: Any) -> None:
    row = act("coercion", 3, 20, intensity=0.8)
    scale = Edit.model_validate({"scale": {"id": "S001", "by": 0.5, "from": month(10)}})
    whole, scaled = felt(timeline_of(row), "coercion"), felt(timeline_of(row, edits=(scale,)), "coercion")
    np.testing.assert_array_equal(scaled[:10], whole[:10])
    np.testing.assert_allclose(scaled[10:], whole[10:] / 2)


def test_a_shifted_act_begins_anew(timeline_of: Any) -> None:
    row = act("coercion", 3, 20, intensity=0.8)
    shift = Edit.model_validate({"shift": {"id": "S001", "months": 5, "from": START}})
    whole, moved = felt(timeline_of(row), "coercion"), felt(timeline_of(row, edits=(shift,)), "coercion")
    np.testing.assert_array_equal(moved[5:], whole[:-5])


def test_an_added_act_and_an_added_offer_work_like_documented_ones(timeline_of: Any) -> None:
    documented = timeline_of(act("coercion", 3, 9), act("offer", 5, id="S002", institution="bank"))
    added = timeline_of(edits=(add("coercion", 3, 9), add("offer", 5, 5, institution="bank")))
    np.testing.assert_array_equal(added.stimuli, documented.stimuli)
    assert [(d.state, d.month, d.institution) for d in added.offers] == [(0, 5, 0)]
    assert [(d.state, d.month, d.institution) for d in documented.offers] == [(0, 5, 0)]


def test_acts_still_going_on_when_the_record_stops_go_on(timeline_of: Any) -> None:
    going = felt(timeline_of(act("coercion", 3, 30), last=month(30)), "coercion")
    over = felt(timeline_of(act("coercion", 3, 29), last=month(30)), "coercion")
    assert (going[3:] > 0).all()
    assert (over[30:] == 0).all()
    np.testing.assert_array_equal(going[:30], over[:30])


HEAD = "title: A title\nquestion: A question?\nextends: history\n"
TOO_EARLY = {
    "drop": "edits: [{drop: {kind: coercion, from: 2024-01}}]",
    "scale": "edits: [{scale: {kind: coercion, by: 2, from: 2024-01}}]",
    "shift": "edits: [{shift: {kind: coercion, months: 1, from: 2024-01}}]",
    "shift back": "branch: 2024-01\nedits: [{shift: {kind: coercion, months: -90, from: 2024-01}}]",
    "add": (
        "edits: [{add: {kind: coercion, sender: CHN, target: JPN, start: 2024-01, end: 2025-01, intensity: 0.5, "
        "title: early, source: made}}]"
    ),
    "strategy": "strategies: {CHN: {plan: charm, from: 2024-01}}",
}


@pytest.mark.parametrize("text", TOO_EARLY.values(), ids=TOO_EARLY.keys())
def test_what_came_before_the_branch_cannot_be_changed(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    with pytest.raises(InputError, match=r"before|after"):
        load_scenario(path)


@functools.cache
def shipped(name: str) -> Timeline:
    return build_timeline(load_scenario(name, {"until": "2025-12"}))


@pytest.mark.parametrize("name", sorted(path.stem for path in library()))
def test_each_shipped_scenario_keeps_the_record_before_its_branch(name: str) -> None:
    other = shipped(name)
    base = shipped("history" if other.scenario.record else "whole-world")
    before = month_number(other.scenario.branch) - int(other.months[0])
    np.testing.assert_array_equal(other.stimuli[:, :before], base.stimuli[:, :before])
    offers = [[offer for offer in timeline.offers if offer.month < before] for timeline in (base, other)]
    assert offers[0] == offers[1]
    assert min(plan.start for plan in other.plans.values()) >= before


# --- strategies --------------------------------------------------------------------------------------------------


def test_from_its_first_month_on_a_strategy_takes_the_place_of_the_record(timeline_of: Any) -> None:
    rows = [
        act("coercion", 19, id="S001", intensity=0.3),
        act("coercion", 20, id="S002"),
        act("coercion", 40, id="S003"),
        act("pressure", 25, id="S004", sender="CFR"),
        act("offer", 30, id="S005", sender="CFR"),
        act("pressure", 25, id="S006", sender="HUB"),
        act("shock", 45, id="S007", sender="CFR", domain="war"),
        act("stance", 46, id="S008", sender="CFR", target="CHA"),
    ]
    timeline = timeline_of(*rows, strategies={"CHA": strategy(20)})
    assert ids(timeline.events) == ["S001", "S006", "S007", "S008"], "its side's acts; shocks stay"
    assert felt(timeline, "coercion")[19] == pytest.approx(0.3)
    assert not felt(timeline, "coercion")[20:].any()
    assert timeline.offers == ()


def test_what_a_scenario_adds_stays_under_a_strategy(timeline_of: Any) -> None:
    timeline = timeline_of(
        act("coercion", 30, 35),
        strategies={"CHA": strategy(20)},
        edits=(add("coercion", 30, 35), add("offer", 33, 33, institution="bank")),
    )
    np.testing.assert_allclose(felt(timeline, "coercion")[30], 0.5)
    assert [offer.month for offer in timeline.offers] == [33]
    assert all(event.basis == "scenario" for event in timeline.events)


KEPT = [
    ("coercion", "CHA", {"assertiveness": 0.25}, 0.25),
    ("coercion", "CHA", {"assertiveness": 4.0}, 1.0),
    ("coercion", "CHA", {"punitiveness": 0.0}, 1.0),
    ("coercion", "CHA", {"plan": "restraint"}, 0.0),
    ("punishment", "CHA", {"punitiveness": 0.5}, 0.5),
    ("punishment", "CHA", {"plan": "disciplined_wedge"}, 0.0),
    ("accommodation", "CHA", {"accommodation": 0.0}, 1.0),
    ("pressure", "HUB", {"pressure": 0.5}, 0.5),
    ("pressure", "HUB", {"pressure": 0.0}, 0.0),
    ("reassurance", "HUB", {}, 0.0),
]


@pytest.mark.parametrize(("kind", "sender", "dials", "share"), KEPT)
def test_what_goes_on_goes_on_only_as_far_as_the_strategy_allows(
    timeline_of: Any, kind: str, sender: str, dials: dict[str, Any], share: float
) -> None:
    row = act(kind, 3, 40, sender=sender, intensity=0.8)
    channel = CHANNEL_OF[kind, sender]
    assert channel is not None
    whole = felt(timeline_of(row), channel)
    kept = felt(timeline_of(row, strategies={sender: strategy(20, **dials)}), channel)
    np.testing.assert_array_equal(kept[:20], whole[:20])
    np.testing.assert_allclose(kept[20:], share * whole[20:])


@pytest.mark.parametrize("kind", ["punishment", "pressure"])
def test_a_challenger_that_punishes_no_one_carries_no_punishment_on(timeline_of: Any, kind: str) -> None:
    timeline = timeline_of(act(kind, 3, 40), strategies={"CHA": strategy(20, punitiveness=0.0)})
    assert felt(timeline, "punishment")[19] > 0
    assert not felt(timeline, "punishment")[20:].any()


@pytest.mark.parametrize("kind", ["pressure", "punishment", "coercion"])
def test_a_hub_that_presses_no_one_carries_no_pressure_on(timeline_of: Any, kind: str) -> None:
    timeline = timeline_of(act(kind, 3, 40, sender="HUB"), strategies={"HUB": strategy(20, pressure=0.0)})
    assert felt(timeline, "pressure")[19] > 0
    assert not felt(timeline, "pressure")[20:].any()


def test_offers_that_are_open_when_a_strategy_starts_stay_open(timeline_of: Any) -> None:
    row = act("offer", 3, 40, institution="bank")
    plain, planned = timeline_of(row), timeline_of(row, strategies={"CHA": strategy(20, inducement=0.0)})
    np.testing.assert_array_equal(plain.stimuli, planned.stimuli)
    assert plain.offers == planned.offers


def test_a_strategy_cuts_its_own_side_only(timeline_of: Any) -> None:
    rows = [act("pressure", 25, id="S001", sender="HUB"), act("coercion", 25, id="S002")]
    assert ids(timeline_of(*rows, strategies={"HUB": strategy(20)}).events) == ["S002"]
    assert ids(timeline_of(*rows, strategies={"CHA": strategy(20)}).events) == ["S001"]


def test_plans_carry_start_coefficients_and_targets(timeline_of: Any) -> None:
    chosen = {"CHA": strategy(20, plan="charm", delivery=0.5, targets=("BBB", "DDD"))}
    plans = timeline_of(strategies=chosen).plans
    charm, record = plans["challenger"], plans["hub"]
    assert charm.start == 20
    assert (charm.coefficients["inducement"], charm.coefficients["delivery"]) == (3.0, 0.5)
    assert charm.targets.tolist() == [False, True, False, True]
    assert record.start == MONTHS, "a power without a strategy follows the record to the end"
    assert record.targets.all()


# --- leaders and ties --------------------------------------------------------------------------------------------


def test_the_line_of_the_leader_in_office_holds_until_the_next(timeline_of: Any) -> None:
    leaders = [
        line("AAA", "1998-05", month(4), 0.5),
        line("AAA", month(4), month(9), -1.0),
        line("AAA", month(20), month(30), 1.0),
        line("BBB", month(3), month(6), 0.5),
    ]
    timeline = timeline_of(leaders=leaders)
    expected = [0.5] * 4 + [-1.0] * 16 + [1.0] * (MONTHS - 20)
    assert felt(timeline, "leader").tolist() == expected
    assert felt(timeline, "leader", "BBB").tolist() == [0.0] * 3 + [0.5] * (MONTHS - 3)
    assert not felt(timeline, "leader", "CCC").any()


def test_a_leader_of_one_month_does_not_outstay_the_next(timeline_of: Any) -> None:
    terms = [
        line("AAA", START, month(4), 0.5),
        line("AAA", month(4), month(4), -1.0),
        line("AAA", month(4), month(9), 0.0),
    ]
    for leaders in (terms, terms[::-1]):
        assert felt(timeline_of(leaders=leaders), "leader").tolist() == [0.5] * 4 + [0.0] * (MONTHS - 4)


def test_ties_of_a_scenario_replace_and_add(tmp_path: Path) -> None:
    world = write_world(tmp_path, make_world(ties={("AAA", "BBB"): 0.5, ("BBB", "CCC"): -0.2}))
    edits = (
        TieEdit(a="BBB", b="AAA", weight=-1.0, source="assumption: made"),
        TieEdit(a="CCC", b="DDD", weight=0.3, source="assumption: made"),
    )
    ties = resolve(make_scenario(world=world, ties=edits)).world.ties
    found = {tuple(sorted((tie.a, tie.b))): tie.weight for tie in ties}
    assert found == {("AAA", "BBB"): -1.0, ("BBB", "CCC"): -0.2, ("CCC", "DDD"): 0.3}


# --- the whole ---------------------------------------------------------------------------------------------------

random_rows = st.lists(
    st.builds(
        lambda kind, start, length, sender, target, size: act(
            kind, start, min(start + length, MONTHS - 1), sender=sender, target=target, intensity=size
        ),
        st.sampled_from([kind for kind in KINDS if kind != "stance"]),
        st.integers(0, MONTHS - 1),
        st.integers(0, 30),
        st.sampled_from(["HUB", "HFR", "CHA", "CFR", "THI", "DDD"]),
        st.sampled_from([*CODES, "ALL"]),
        st.sampled_from([0.1, 0.3, 0.5, 1.0]),
    ),
    max_size=15,
)


@settings(max_examples=25)
@given(random_rows, st.booleans(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter_and_channels_stay_in_range(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, str]], planned: bool, chance: Any
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    world = write_world(folder, make_world(clubs=CLUBS))
    named = [row | {"id": f"S{number:03d}"} for number, row in enumerate(rows)]
    strategies = {"CHA": strategy(20), "HUB": strategy(30)} if planned else {}
    timelines = []
    for listed in (named, chance.sample(named, len(named))):
        record = write_record(folder, listed)
        scenario = make_scenario(world=world, record=record, record_until=END, strategies=strategies)
        timelines.append(build_timeline(scenario))
    one, other = timelines
    np.testing.assert_array_equal(one.stimuli, other.stimuli)
    assert one.offers == other.offers
    assert one.events == other.events
    for name, values in one.channels.items():
        assert (values >= (-1.0 if name in ("credibility", "leader") else 0.0)).all()
        assert (values <= 1.0).all()


def test_no_record_is_no_stimulus(timeline_of: Any) -> None:
    timeline = timeline_of(record=None, record_until=None)
    assert timeline.events == timeline.offers == ()
    assert not timeline.stimuli.any()
    assert timeline.stimuli.shape == (len(CHANNELS), MONTHS, len(CODES))
    assert timeline.states == CODES
    assert [month_text(int(number)) for number in timeline.months[[0, -1]]] == [START, END]


def test_a_state_asked_by_name_is_not_asked_again_by_an_offer_open_to_all() -> None:
    timeline = build_timeline(load_scenario("history"))
    keys = [part.key for part in timeline.world.institutions]
    offers = [
        (timeline.states[offer.state], offer.row)
        for offer in timeline.offers
        if offer.institution == keys.index("bri")
    ]
    assert ("IND", "S238") in offers
    assert ("IND", "S237") not in offers
    assert ("THA", "S237") in offers


def test_what_an_open_offer_does_not_address() -> None:
    timeline = build_timeline(load_scenario("history"))
    keys = [part.key for part in timeline.world.institutions]
    asked = {
        timeline.states[offer.state] for offer in timeline.offers if offer.institution == keys.index("ipef")
    }
    assert asked.isdisjoint({"PRK", "RUS", "TWN"})
    assert "VNM" in asked


def test_years_run_from_the_middle_of_the_record_and_stand_still_after_it() -> None:
    long = build_timeline(load_scenario("history", {"until": "2030-12"}))
    short = build_timeline(load_scenario("history", {"until": "2012-12"}))
    assert long.years[0] == -7.25
    assert long.years[87] == 0.0
    assert np.diff(long.years[:175]) == pytest.approx(np.full(174, 1 / 12))
    assert (long.years[175:] == 7.25).all()
    np.testing.assert_array_equal(short.years, long.years[:36])


def test_without_a_record_there_is_no_trend() -> None:
    assert not years_of_record(Record((), ()), FIRST, 24).any()
    closed = years_of_record(Record((), (), (FIRST, FIRST + 12)), FIRST, 24)
    assert closed.tolist()[:2] == pytest.approx([-0.5, -0.5 + 1 / 12])
    assert closed.tolist()[12:] == [0.5] * 12
