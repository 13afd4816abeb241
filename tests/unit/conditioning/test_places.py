"""Every response of a record has a place: of the shipped record, and row by row of a made-up one."""

from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.evidence.observed import observe
from sim.conditioning.places import PLACES, Placed, place_rows
from sim.engine.timeline import build_timeline
from sim.io.library import THEATRE, record_folder
from sim.months import month_number
from sim.scenario.loading import load_case
from sim.scenario.record import ALL, Stimulus, load_record
from sim.scenario.targets import Response, load_responses
from sim.scenario.world import load_world
from tests.small_world import club, make_world

WORLD = load_world(THEATRE)
RECORD = load_record(record_folder(THEATRE), WORLD)
PLACED = place_rows(load_responses(record_folder(THEATRE), WORLD, RECORD), RECORD.stimuli, WORLD)
BY_ID = {part.row.id: part for part in PLACED}

SMALL = make_world(
    clubs=[club("open", closed_to=("DDD",)), club("asked", "challenger"), club("other", "challenger")]
)
START = month_number(SMALL.start)


def offer(number: int, target: str = "AAA", start: int = 3, **values: Any) -> Stimulus:
    usual = {"sender": "HUB", "kind": "offer", "domain": "trade", "intensity": 0.4, "opened_by": "sender"}
    return Stimulus(
        f"S{number:03}", START + start, target=target, **({"end": START + start} | usual | values)
    )


def response(number: int, month: int, answers: str = "", direction: int = 1, **values: Any) -> Response:
    usual = {"state": "AAA", "kind": "arms", "institution": "", "weight": 1, "mass": False, "binding": False}
    about = {"basis": "public", "check": "known", "title": "an act", "reference": "made for a test"}
    given = usual | about | values
    return Response(id=f"R{number:03}", date=START + month, direction=direction, answers=answers, **given)


def placed(rows: list[Response], *stimuli: Stimulus) -> list[tuple[str, str]]:
    return [(part.place, part.role) for part in place_rows(rows, stimuli, SMALL)]


# --- the shipped record --------------------------------------------------------------------------------------------


def test_every_directed_row_has_a_place() -> None:
    counts = Counter(part.place for part in PLACED if part.row.direction)
    assert counts == {"unprompted": 136, "initiative": 64, "answer": 47, "opening": 34, "pinned": 19}
    assert [part.row.id for part in PLACED] == [
        f"R{number:03}" for number in range(1, 346) if number not in (48, 63)
    ]
    assert {part.place for part in PLACED} == set(PLACES)
    assert all(part.why for part in PLACED)


def test_every_refusal_decides_its_offer() -> None:
    refusals = {part.row.id for part in PLACED if part.role == "declines"}
    assert Counter(BY_ID[row].place for row in refusals) == {"answer": 18, "initiative": 10, "opening": 2}
    assert {"R072", "R318", "R325", "R330", "R345"} <= refusals


@pytest.mark.parametrize(
    ("row", "place", "role", "offer"),
    [
        ("R002", "unprompted", "", ""),
        ("R012", "unprompted", "", ""),  # complies with a punishment
        ("R010", "answer", "accepts", "S057"),
        ("R006", "answer", "accepts", "S075"),  # one of many, and invited by name
        ("R001", "initiative", "accepts", "S056"),
        ("R024", "initiative", "accepts", "S065"),  # circular
        ("R113", "pinned", "follows", "S065"),  # the second step into AUKUS
        ("R139", "pinned", "follows", "S023"),  # given up later
        ("R087", "opening", "accepts", "S137"),
        ("R072", "opening", "declines", "S137"),
        ("R109", "pinned", "", ""),  # answers what is open to all, and was asked by name
        ("R077", "pinned", "", ""),
        ("R326", "out", "", ""),  # declined at first; R327 accepts
        ("R327", "answer", "accepts", "S208"),
        ("R075", "out", "", ""),
    ],
)
def test_rows_that_are_easily_lost(row: str, place: str, role: str, offer: str) -> None:
    part = BY_ID[row]
    assert (part.place, part.role, part.offer.id if part.offer else "") == (place, role, offer)


def test_an_offer_is_decided_once_by_each_state_and_only_if_the_timeline_opens_it() -> None:
    decided = [(part.offer.id, part.row.state) for part in PLACED if part.offer and part.role != "follows"]
    assert len(set(decided)) == len(decided)
    timeline = build_timeline(load_case("history", {"until": "2024-07"}))
    assert set(decided) <= {(offer.row, timeline.states[offer.state]) for offer in timeline.offers}


def test_a_fit_counts_what_is_unprompted() -> None:
    observed = observe()
    own = Counter((part.row.state, part.row.direction) for part in PLACED if part.place == "unprompted")
    for i, code in enumerate(observed.states):
        assert observed.steps[:, i].sum(axis=1).tolist() == [own[code, 1], own[code, -1]]


# --- made-up rows --------------------------------------------------------------------------------------------------


def test_who_opened_an_offer_decides_where_its_answer_belongs() -> None:
    offers = [
        offer(number, opened_by=who)
        for number, who in enumerate(("sender", "unknown", "target", "mutual"), 1)
    ]
    offers.append(offer(5, circular=True))
    rows = [response(number, 4, f"S{number:03}") for number in range(1, 6)]
    assert placed(rows, *offers) == [("answer", "accepts")] * 2 + [("initiative", "accepts")] * 3


def test_the_first_acceptance_decides_whatever_the_order_of_the_file() -> None:
    rows = [
        response(1, 9, "S001"),
        response(2, 5, "S001"),
        response(3, 7, "S001", -1),
        response(4, 6, "S001", 0),
    ]
    assert placed(rows, offer(1)) == [
        ("pinned", "follows"), ("answer", "accepts"), ("pinned", "follows"), ("out", ""),
    ]  # fmt: skip


def test_in_one_month_the_first_row_decides() -> None:
    rows = [response(1, 5, "S001"), response(2, 5, "S001")]
    assert placed(rows, offer(1)) == [("answer", "accepts"), ("pinned", "follows")]


def test_what_is_declined_and_then_accepted_is_accepted() -> None:
    rows = [response(1, 4, "S001", 0), response(2, 5, "S001", -1), response(3, 6, "S001")]
    assert placed(rows, offer(1)) == [("out", ""), ("pinned", ""), ("answer", "accepts")]


def test_the_first_refusal_decides_what_nobody_accepts() -> None:
    rows = [response(1, 4, "S001", 0), response(2, 5, "S001", -1)]
    assert placed(rows, offer(1, opened_by="target")) == [("initiative", "declines"), ("pinned", "")]


def test_a_step_toward_the_challenger_accepts_its_offer() -> None:
    assert placed([response(1, 5, "S001", -1)], offer(1, sender="CFR")) == [("answer", "accepts")]
    assert placed([response(1, 5, "S001", 1)], offer(1, sender="CFR")) == [("answer", "declines")]


@pytest.mark.parametrize(
    "made",
    [
        offer(1, ALL),  # opens nothing
        offer(1, "BBB"),
        offer(1, sender="THI"),
    ],
    ids=["opens nothing", "to another", "of a third power"],
)
def test_an_offer_that_no_lane_knows_decides_nothing(made: Stimulus) -> None:
    assert placed([response(1, 5, "S001"), response(2, 5, "S001", 0)], made) == [("pinned", ""), ("out", "")]


def test_an_opening_addresses_those_whom_the_timeline_addresses() -> None:
    opening = offer(1, ALL, institution="open")
    assert placed([response(1, 5, "S001", mass=True)], opening) == [("opening", "accepts")]
    assert placed([response(1, 5, "S001", 0)], opening) == [("opening", "declines")]
    assert placed([response(1, 5, "S001", state="DDD")], opening) == [("pinned", "")]  # closed to it
    own = offer(1, ALL, sender="DDD", institution="asked")
    assert placed([response(1, 5, "S001", -1, state="DDD")], own) == [("pinned", "")]
    by_name = offer(2, institution="open")
    assert placed([response(1, 5, "S001"), response(2, 5, "S001", state="BBB")], opening, by_name) == [
        ("pinned", ""), ("opening", "accepts"),
    ]  # fmt: skip


def test_what_answers_no_offer() -> None:
    coercion = offer(1, kind="coercion", sender="CHA", opened_by="")
    rows = [response(1, 1), response(2, 5, "S001"), response(3, 1, mass=True), response(4, 1, direction=0)]
    assert placed(rows, coercion) == [("unprompted", ""), ("unprompted", ""), ("pinned", ""), ("out", "")]


def test_nothing_before_the_world_starts_is_used_and_no_offer_of_then_is_open() -> None:
    assert placed([response(1, -1)]) == [("out", "")]
    assert placed([response(1, 2, "S001")], offer(1, start=-5)) == [("pinned", "accepts")]


ROWS = st.lists(
    st.tuples(
        st.integers(0, 12), st.sampled_from(["", "S001", "S002", "S003"]), st.integers(-1, 1), st.booleans(),
        st.sampled_from(SMALL.codes),
    ),
    max_size=12,
)  # fmt: skip


@given(ROWS)
def test_no_directed_row_is_lost_and_each_offer_has_one_answer(drawn: list[tuple]) -> None:
    rows = [
        response(number, month, answers, direction, mass=mass, state=state)
        for number, (month, answers, direction, mass, state) in enumerate(drawn)
    ]
    offers = [offer(1), offer(2, ALL, institution="open"), offer(3, "BBB", sender="CHA", opened_by="mutual")]
    found: tuple[Placed, ...] = place_rows(rows, offers, SMALL)
    assert [part.row for part in found] == rows
    assert all(part.place != "out" for part in found if part.row.direction)
    assert all((part.offer is None) == (part.role == "") for part in found)
    decided = Counter(
        (part.offer.id, part.row.state) for part in found if part.offer and part.role != "follows"
    )
    assert set(decided.values()) <= {1}
