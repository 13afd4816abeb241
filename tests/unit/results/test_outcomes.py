"""Each outcome by an example small enough to work out by hand, and the fingerprint of a table of outcomes."""

from __future__ import annotations

import hashlib
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from sim.conditioning.places import Placed
from sim.engine.arrays import TRAJECTORIES, Arrays, pack
from sim.engine.timeline import Offer, Plan, Timeline
from sim.model.channels import CHANNELS
from sim.model.rules import NEVER
from sim.model.strategies import coefficients
from sim.months import month_number
from sim.results import outcomes
from sim.results.outcomes import OUTCOMES, RESPONSE_MONTHS, digest, measure
from sim.scenario.case import Case
from sim.scenario.record import EMPTY_RECORD
from sim.scenario.targets import Response
from sim.types import Floats
from tests.small_world import CODES, START, club, make_scenario, make_world, state

MONTHS = 60
SIZES = {"AAA": 0.1, "BBB": 0.2, "CCC": 0.3, "DDD": 0.4}
CLUBS = (
    club("treaty", members=("AAA", "BBB"), weight=3),
    club("second_treaty", members=("BBB",), weight=3),
    club("rival_treaty", "challenger", members=("CCC",), weight=3),
    club("trio", minilateral=True),
    club("pair", minilateral=True),
    club("forum", members=("AAA",)),
)
PLACE = {part["key"]: number for number, part in enumerate(CLUBS)}


def make_timeline(report: tuple[str, ...] = ("2000-03", "2004-12")) -> Timeline:
    """Five years of a world in which nothing happens."""
    world = make_world([state(code, capability=SIZES[code]) for code in CODES], CLUBS, {("AAA", "BBB"): 0.4})
    months = np.arange(MONTHS) + month_number(START)
    everyone = np.ones(len(CODES), dtype=bool)
    plans = {
        side: Plan(MONTHS, coefficients(side, "documented_habit"), everyone) for side in ("hub", "challenger")
    }
    quiet = np.zeros((len(CHANNELS), MONTHS, len(CODES)))
    offers = (Offer("R1", "an offer", CODES.index("DDD"), 5, 1.0, 0.5, PLACE["trio"], 1),)
    case = Case(make_scenario(report=report), world, EMPTY_RECORD, None, None)
    return Timeline(
        case,
        world,
        months,
        CODES,
        quiet,
        (),
        np.zeros(MONTHS, dtype=np.int64),
        np.zeros(MONTHS),
        offers,
        plans,
    )


class Lane:
    """One lane's trajectories, all zero until a test says otherwise."""

    def __init__(self) -> None:
        self.values = np.zeros((len(TRAJECTORIES), MONTHS, len(CODES)))
        self.members = np.zeros((MONTHS, len(CODES)), dtype=np.int64)
        self.happens = np.array([5, NEVER])
        for number, part in enumerate(CLUBS):
            for code in part["members"]:
                self.members[:, CODES.index(code)] |= 1 << number

    def put(self, name: str, value: Any, month: int | slice = slice(None)) -> Lane:
        self.values[TRAJECTORIES.index(name), month] = value
        return self

    def join(self, key: str, *codes: str, month: int | slice = slice(None)) -> Lane:
        for code in codes:
            self.members[month, CODES.index(code)] |= 1 << PLACE[key]
        return self

    def leave(self, key: str, *codes: str, month: int | slice = slice(None)) -> Lane:
        for code in codes:
            self.members[month, CODES.index(code)] &= ~(1 << PLACE[key])
        return self


def measured(*lanes: Lane, first: int = 0) -> pd.DataFrame:
    timeline = replace(make_timeline(), responses=RESPONSES)
    values = np.stack([lane.values for lane in lanes])
    members = np.stack([lane.members for lane in lanes])
    numbers = np.arange(first, first + len(lanes))
    happens = np.stack([lane.happens for lane in lanes])
    return measure(timeline, pack(timeline), values, members, happens, numbers).to_pandas()


def one(lane: Lane, column: str) -> float:
    return float(measured(lane)[column].iloc[0])


LAST = MONTHS - 1


def final(*alignment: float) -> Lane:
    return Lane().put("alignment", alignment, LAST)


def episode(lane: Lane, start: int, months: int, of: str = "AAA", level: float = 0.5) -> Lane:
    lane.values[TRAJECTORIES.index("coercion"), start : start + months, CODES.index(of)] = level
    return lane


def step(lane: Lane, month: int, of: str = "AAA", side: str = "hub", weight: float = 1.0) -> Lane:
    lane.values[TRAJECTORIES.index(f"steps_{side}"), month, CODES.index(of)] = weight
    return lane


def response(number: int) -> Placed:
    row = Response(
        f"R{number:03}",
        month_number("2000-06"),
        "AAA",
        1,
        "summit",
        "",
        1,
        False,
        False,
        "",
        "public",
        "known",
        "",
        "",
    )
    return Placed(row, "unprompted", None, "", "answers no offer")


RESPONSES = (response(1), response(2))

EXAMPLES: dict[str, tuple[str, Callable[[], Lane], float]] = {
    "alignment of C in the third month": (
        "alignment.CCC.2000-03",
        lambda: Lane().put("alignment", (0.1, 0.2, 0.3, 0.4), 2),
        0.3,
    ),
    "alignment of A at the end": ("alignment.AAA.2004-12", lambda: final(-0.7, 0.0, 0.0, 0.0), -0.7),
    "steps of C up to the third month": (
        "steps.CCC.2000-03",
        lambda: step(step(step(Lane(), 0, "CCC"), 2, "CCC", "challenger", 3.0), 3, "CCC", weight=2.0),
        -2.0,
    ),
    "a response that happens": ("happens.R001", Lane, 1.0),
    "a response that does not": ("happens.R002", Lane, 0.0),
    "opinion of the challenger in B in the third month": (
        "view.BBB.2000-03",
        lambda: Lane().put("opinion_challenger", (0.1, -0.2, 0.3, 0.4), 2),
        -0.2,
    ),
    "dependence of D at the end": (
        "dependence.DDD.2004-12",
        lambda: Lane().put("dependence", (0.1, 0.2, 0.3, 0.4), LAST),
        0.4,
    ),
    "members of an institution": ("members.trio", lambda: Lane().join("trio", "AAA", "DDD", month=LAST), 2.0),
    "one state's membership": ("member.trio.DDD", lambda: Lane().join("trio", "DDD", month=LAST), 1.0),
    "one state's membership given up": (
        "member.trio.DDD",
        lambda: Lane().join("trio", "DDD", month=slice(0, LAST)),
        0.0,
    ),
    "members who have left": (
        "members.treaty",
        lambda: Lane().leave("treaty", "BBB", month=slice(30, None)),
        1.0,
    ),
    "coalition by capability": ("coalition", lambda: final(0.9, 0.34, 0.33, -0.9), 0.3),
    "coalition of none": ("coalition", lambda: final(0.3, 0.2, 0.0, -0.9), 0.0),
    "allies below zero": ("wedged", lambda: final(-0.01, 0.01, -0.9, -0.9), 1.0),
    "an ally drawn below zero from the start has not fallen": (
        "wedged",
        lambda: final(-0.5, 0.5, 0.0, 0.0).put("alignment", (-0.1, 0.5, 0.0, 0.0), 0),
        0.0,
    ),
    "allies that left one of two treaties": (
        "wedged",
        lambda: final(0.5, 0.5, 0.0, 0.0).leave("second_treaty", "BBB", month=LAST),
        1.0,
    ),
    "allies that left and stand below zero count once": (
        "wedged",
        lambda: final(-0.5, -0.5, 0.0, 0.0).leave("treaty", "AAA", "BBB", month=LAST),
        2.0,
    ),
    "leaving the challenger's treaty or a forum is no wedge": (
        "wedged",
        lambda: final(0.5, 0.5, 0.0, 0.0).leave("rival_treaty", "CCC").leave("forum", "AAA"),
        0.0,
    ),
    "an ally that left and came back": (
        "wedged",
        lambda: final(0.5, 0.5, 0.0, 0.0).leave("treaty", "AAA", month=slice(5, 50)),
        0.0,
    ),
    "hedgers with both bounds": ("hedgers", lambda: final(1 / 3, -1 / 3, 0.34, -0.34), 2.0),
    "mean leverage": ("leverage", lambda: Lane().put("dependence", (0.1, 0.2, 0.3, 0.6), LAST), 0.3),
    "one of two episodes backfires": (
        "backfire",
        lambda: step(episode(episode(Lane(), 3, 2), 10, 1, "BBB"), 4),
        0.5,
    ),
    "a step in the month of onset does not count": ("backfire", lambda: step(episode(Lane(), 3, 2), 3), 0.0),
    "the 24th month counts": ("backfire", lambda: step(episode(Lane(), 3, 2), 27), 1.0),
    "the 25th month does not": ("backfire", lambda: step(episode(Lane(), 3, 2), 28), 0.0),
    "steps to both sides are netted": (
        "backfire",
        lambda: step(step(episode(Lane(), 3, 2), 9), 9, side="challenger"),
        0.0,
    ),
    "weights are netted": (
        "backfire",
        lambda: step(step(episode(Lane(), 3, 2), 9, weight=3.0), 10, side="challenger", weight=2.0),
        1.0,
    ),
    "an episode in the first month": ("backfire", lambda: step(episode(Lane(), 0, 1), 1), 1.0),
    "an episode goes on until coercion falls below the level": (
        "backfire",
        lambda: step(episode(episode(Lane(), 3, 2, level=0.3), 5, 2, level=0.29), 20),
        1.0,
    ),
    "too late to see what follows": (
        "backfire",
        lambda: step(episode(episode(Lane(), 3, 1), 36, 1, "BBB"), 9),
        1.0,
    ),
    # A is calm in months 0 to 5 and 32 to 35; the step in month 33 follows the calm month 32 only
    "what one episode is compared with": (
        "backfire_expected",
        lambda: step(episode(Lane(), 30, 2), 33),
        1 / 10,
    ),
    "the largest circle": (
        "circle",
        lambda: Lane().join("trio", "AAA", "BBB", month=LAST).join("pair", "CCC", month=LAST),
        2.0,
    ),
    "a circle through a common member": (
        "circle",
        lambda: Lane().join("trio", "AAA", "BBB", month=LAST).join("pair", "BBB", "DDD", month=LAST),
        3.0,
    ),
    "large frameworks make no circle": ("circle", lambda: Lane().join("forum", *CODES), 0.0),
    "polarisation of two equal blocs": ("polarisation", lambda: final(1.0, -1.0, -1.0, 1.0), 1.0),
    "polarisation of all alike": ("polarisation", lambda: final(0.4, 0.4, 0.4, 0.4), 0.0),
    "polarisation by capability": ("polarisation", lambda: final(1.0, 0.0, 0.0, 0.0), 0.3),
    "months of crisis": (
        "crises",
        lambda: episode(episode(episode(Lane(), 3, 4, level=0.71), 9, 2, "BBB", 0.9), 20, 5, level=0.7),
        6.0,
    ),
    "cohesion of the hub's bloc": ("cohesion.hub", lambda: final(0.9, 0.5, 0.4, -0.9), 1.0 - 0.5 / 3.0),
    "cohesion of the challenger's": ("cohesion.challenger", lambda: final(-1.0, -0.4, 1.0, 0.4), 0.7),
    "cohesion of the like-minded": ("cohesion.hub", lambda: final(0.5, 0.5, 0.5, 0.0), 1.0),
    "opinion of the challenger": (
        "opinion.challenger",
        lambda: Lane().put("opinion_challenger", (0.1, -0.5, 0.2, -0.6), LAST),
        -0.2,
    ),
    "opinion of the hub": ("opinion.hub", lambda: Lane().put("opinion_hub", (0.4, 0.0, 0.2, 0.6), LAST), 0.3),
    # powers apart -2; sizes .1 .2 .3 .4: -2 (.1 * .5 + .2 * .5 + .3 * .2 + .4 * .9)
    "energy of states that follow their leaning": ("energy", lambda: final(0.5, 0.5, -0.2, -0.9), -3.14),
    # A leaves its friend B (tie 0.4): 2 * .1 * .2 * .4 = .016 more
    "energy of two friends apart": ("energy", lambda: final(0.5, -0.5, -0.2, -0.9), -3.124),
    "nobody frustrated": ("frustrated", lambda: final(0.5, 0.5, -0.2, -0.9), 0.0),
    "frustrated by a friend": ("frustrated", lambda: final(0.5, -0.05, -0.2, -0.9), 0.0),
    # A (-.01) stays with B (.5), drawn by .2 * .4: its leaning is left unserved
    "frustrated by a power": ("frustrated", lambda: final(-0.01, 0.5, -0.2, -0.9), 1.0),
}


@pytest.mark.parametrize(("column", "lane", "value"), EXAMPLES.values(), ids=EXAMPLES.keys())
def test_example(column: str, lane: Callable[[], Lane], value: float) -> None:
    assert one(lane(), column) == pytest.approx(value, abs=1e-12)


def test_every_outcome_has_an_example_a_unit_and_a_definition() -> None:
    assert {column.split(".")[0] for column, _, _ in EXAMPLES.values()} == set(OUTCOMES)
    for outcome in OUTCOMES.values():
        assert outcome.title
        assert outcome.unit
        assert outcome.definition


def test_columns_are_the_outcomes_and_nothing_else() -> None:
    frame = measured(Lane(), Lane(), first=7)
    assert {column.split(".")[0] for column in frame} == set(OUTCOMES)
    assert list(frame.index) == [7, 8]
    assert frame.index.name == "lane"
    assert (frame.dtypes == np.float64).all()
    for name in ("alignment", "steps", "view", "dependence"):
        dated = [column for column in frame if column.startswith(f"{name}.")]
        assert dated == [f"{name}.{code}.{month}" for month in ("2000-03", "2004-12") for code in CODES]
    assert [column for column in frame if column.startswith("members.")] == [
        f"members.{key}" for key in PLACE
    ]


def test_a_lane_is_measured_by_itself() -> None:
    lanes = [final(0.5, -0.5, -0.2, -0.9), episode(Lane(), 3, 2), Lane().join("pair", "AAA", "CCC")]
    together = measured(*lanes)
    for number, lane in enumerate(lanes):
        alone = measured(lane)
        np.testing.assert_array_equal(together.iloc[number].to_numpy(), alone.iloc[0].to_numpy())


def test_what_is_not_there_is_nan_and_not_zero() -> None:
    frame = measured(Lane())
    nothing = {column for column in frame if frame[column].isna().all()}
    assert nothing == {"backfire", "backfire_expected", "cohesion.hub", "cohesion.challenger"}
    assert np.isnan(one(final(0.9, 0.0, 0.0, 0.0), "cohesion.hub")), "one member is no bloc"


def test_backfire_is_compared_with_calm_months_of_the_same_states() -> None:
    """A has one episode (months 30, 31), 10 calm months and one of them with a step after it.

    B has two (months 0 and 2), calm months 3 to 35, and its step in month 59 follows the last of them. C is coerced
    every 20 months and never calm: it counts with the share of all calm months, 2 of 10 + 33 + 36 (D is calm
    throughout, and has no say beyond that).
    """
    lane = step(step(episode(Lane(), 30, 2), 33), 59, "BBB")
    lane = episode(episode(lane, 0, 1, "BBB"), 2, 1, "BBB")
    assert MONTHS - RESPONSE_MONTHS == 36
    assert one(lane, "backfire_expected") == pytest.approx((1 / 10 + 2 * 1 / 33) / 3)
    assert one(lane, "backfire") == pytest.approx(1 / 3)
    for start in (5, 25, 45):
        episode(lane, start, 1, "CCC")
    assert one(lane, "backfire_expected") == pytest.approx((1 / 10 + 2 * 1 / 33 + 2 * 2 / 79) / 5)
    assert one(lane, "backfire") == pytest.approx(1 / 5)


def test_backfire_needs_more_than_two_years() -> None:
    short = np.full((3, RESPONSE_MONTHS, 2), 0.5)
    for values in outcomes.backfire(short, short):
        assert np.isnan(values).all()
        assert values.shape == (3,)
    enough = np.full((1, RESPONSE_MONTHS + 1, 1), 0.5)
    assert outcomes.backfire(enough, enough)[0] == [1.0]


sizes = arrays(float, 5, elements=st.floats(0.0, 1.0))
positions = arrays(float, (3, 5), elements=st.floats(-1.0, 1.0))


@given(positions, sizes)
def test_shares_and_spreads_stay_in_their_ranges(alignment: Floats, size: Floats) -> None:
    chosen = alignment > 0.3
    assert (
        (outcomes.share_of_size(chosen, size) >= 0) & (outcomes.share_of_size(chosen, size) <= 1 + 1e-12)
    ).all()
    assert (
        (outcomes.polarisation(alignment, size) >= 0) & (outcomes.polarisation(alignment, size) <= 1 + 1e-9)
    ).all()
    bloc = outcomes.cohesion(alignment, chosen)
    assert (np.isnan(bloc) == (chosen.sum(axis=1) < 2)).all()
    assert (np.nan_to_num(bloc, nan=0.5) >= 0).all()
    assert (np.nan_to_num(bloc, nan=0.5) <= 1 + 1e-12).all()


@given(positions, arrays(bool, (3, 5)))
def test_cohesion_is_the_mean_over_all_pairs(alignment: Floats, inside: NDArray[np.bool_]) -> None:
    for row, chosen, found in zip(alignment, inside, outcomes.cohesion(alignment, inside), strict=True):
        pairs = list(combinations(row[chosen], 2))
        if pairs:
            assert found == pytest.approx(1.0 - np.mean([abs(a - b) for a, b in pairs]) / 2.0, abs=1e-12)
        else:
            assert np.isnan(found)


def test_many_states_need_no_room_for_all_their_pairs() -> None:
    """A number for each pair of 2,000 states would be 32 MB a lane."""
    chance = np.random.default_rng(3)
    alignment, belongs = chance.uniform(-1.0, 1.0, (2, 2000)), chance.random((2, 3, 2000)) < 0.3
    tracemalloc.start()
    outcomes.cohesion(alignment, alignment > 0.0)
    outcomes.largest_circle(belongs)
    outcomes.polarisation(alignment, np.ones(2000))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2e6


def test_states_without_capability_count_alike_in_polarisation_and_not_in_shares() -> None:
    alignment = np.array([[1.0, -1.0]])
    assert outcomes.polarisation(alignment, np.zeros(2)) == [1.0]
    assert outcomes.share_of_size(alignment > 0, np.zeros(2)) == [0.0]


@given(arrays(bool, (2, 4, 6)))
def test_the_largest_circle_is_the_largest_connected_set(belongs: NDArray[np.bool_]) -> None:
    for lane, size in zip(belongs, outcomes.largest_circle(belongs), strict=True):
        circles: list[set[int]] = []
        for members in ({int(i) for i in np.flatnonzero(row)} for row in lane):
            touching = [circle for circle in circles if circle & members]
            circles = [circle for circle in circles if not circle & members]
            circles += [members.union(*touching)] if members else []
        assert size == max(map(len, circles), default=0)


# --- digest ------------------------------------------------------------------------------------------------------


def frame(values: list[list[float]], columns: tuple[str, ...] = ("a", "b"), first: int = 0) -> pd.DataFrame:
    return pd.DataFrame(values, columns=list(columns), index=pd.RangeIndex(first, first + len(values)))


TABLE = [[1.0, 2.0], [3.0, float("nan")]]


def test_digest_is_a_hash_of_names_lanes_and_bits() -> None:
    bits = np.array([[1.0, 2.0], [3.0, np.nan]], dtype="<f8").tobytes()
    expected = hashlib.sha256(b"a\nb" + np.array([0, 1], dtype="<i8").tobytes() + bits).hexdigest()
    assert digest(frame(TABLE)) == expected


@pytest.mark.parametrize(
    "other",
    [
        frame([[1.0, 2.0], [np.nan, 3.0]]),
        frame([[2.0, 1.0], [np.nan, 3.0]], ("b", "a")),
        frame(TABLE, ("a", "c")),
        frame(TABLE, ("b", "a")),
        frame(TABLE, first=1),
        frame(TABLE[:1]),
        frame(TABLE)[::-1],
        frame([[np.nextafter(1.0, 2.0), 2.0], [3.0, np.nan]]),
    ],
    ids=["values", "columns swapped", "name", "names swapped", "lanes", "rows", "order", "last bit"],
)
def test_digest_sees_any_change(other: pd.DataFrame) -> None:
    assert digest(other) != digest(frame(TABLE))


def test_digest_does_not_see_how_a_number_is_written() -> None:
    odd = np.array([0x7FF8000000000001, 0xFFF8000000000000], dtype=np.uint64).view(np.float64)
    for nan in odd:
        assert np.isnan(nan)
        assert digest(frame([[1.0, 2.0], [3.0, nan]])) == digest(frame(TABLE))
    assert digest(frame([[-0.0, 1.0]])) == digest(frame([[0.0, 1.0]]))
    whole = pd.DataFrame({"a": [1, 3], "b": [2, 4]})
    assert digest(whole) == digest(whole.astype(float))
    scattered = frame([[1.0, 2.0], [3.0, 4.0]])
    assert digest(pd.concat([scattered[["a"]], scattered[["b"]]], axis=1)) == digest(scattered)


def test_pack_sees_allies_as_members_of_treaties_of_the_hub() -> None:
    arrays_: Arrays = pack(make_timeline())
    assert arrays_.states["is_ally"].tolist() == [1.0, 1.0, 0.0, 0.0]
