"""A timeline packed into plain records for the lane engine: the same facts that the Mesa model reads by name."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.conditioning.pins import Pins, no_pins
from sim.engine.timeline import OPENS, Timeline
from sim.model.draws import row_key, site_number
from sim.model.landscape import Links
from sim.model.rules import CHALLENGER, HUB, NEVER, OPEN_OFFERS
from sim.model.strategies import COEFFICIENTS
from sim.scenario.world import World
from sim.types import Floats, Side

Integers = NDArray[np.int64]
Records = NDArray[np.void]

Variable = IntEnum(
    "Variable",
    (
        "alignment",
        "alert",
        "opinion_challenger",
        "opinion_hub",
        "dependence",
        "entrapment",
        "coercion",
        "punishment",
        "steps_hub",
        "steps_challenger",
    ),
    start=0,
)
"""Variables kept month by month, in the order of the engine's output; steps are sums of weights."""
TRAJECTORIES = tuple(Variable.__members__)
"""Their names."""

EPISODE_KINDS = ("coercion", "punishment", "accommodation", "pressure")
"""Kinds of act that a strategy begins, in the order of their draws."""


def _record(floats: str, integers: str = "") -> np.dtype[Any]:
    return np.dtype(
        [(name, np.float64) for name in floats.split()] + [(name, np.int64) for name in integers.split()]
    )


STATE_TYPE = _record(
    "home home_error dispute openness capability rest_challenger rest_hub is_ally first_leader "
    "home_alignment activity appeal accumulated_steps institutional_lock_in alignment alert pressed_hub pressed_challenger doubt entrapment opinion_challenger opinion_hub dependence "
    "coerced_partners punished_partners partners_alignment fit courtship_hub courtship_challenger "
    "steps_hub steps_challenger",
    "site hub_target challenger_target first_tie end_tie first_offer end_offer open_slots memberships last_step last_pressure last_coercion",
)
"""One state: what never changes first (positions are those of the world's start), then what a lane remembers."""

TIE_TYPE = _record("partner fit", "other")
"""One tie of one state: weight among partners (sums to 1), signed weight in the fit of blocs, the other state."""

OFFER_TYPE = _record(
    "side intensity delivery inviting yes no yes_threshold no_threshold answer_weight refusal",
    "month institution key initiative habitual standing to_all status recorded known answer answer_month response informs accepted",
)
"""One offer to one state; ``status`` is one of the four below; hazards summed so far and their thresholds.
``initiative``: 1 if the state opened it itself or with the sender. ``habitual``: 1 if a habit of the hub explains it.
``standing``: 1 if a twin decides again whether it is made, since it opens in the month in which it did on record.

``to_all``: 1 if it is part of an opening to all, and then ``inviting`` says how inviting that is (log odds). ``delivery``: share of a strategy's offer that is delivered. What follows concerns lanes held to a record. ``recorded``: its place among the offers of the recorded timeline, -1 if
history knows no such offer. ``known``: its thresholds are. ``answer``: 1 accepted, -1 refused or lapsed, 0 still open at
the end, in month (index) ``answer_month``. ``answer_weight``: weight of the step that accepts it (0: by its size).
``refusal``: signed weight of the step that refuses it. ``response``: the response that decides it, -1 if none does. ``informs``: whether the time that it was open tells of the state.
"""
UNOPENED, OPEN, ANSWERED, EMPTY = 0, 1, 2, 3
STATES_OPEN, HUB_OPENS = OPENS["states"], OPENS["all"]
"""Least values of ``opens`` at which states, and the hub, open offers that the record does not know."""

INSTITUTION_TYPE = _record("side threshold leave_below lock_in weight", "key")
MEMBERSHIP_TYPE = _record("exit_sum exit_threshold known_threshold")
"""One state in one institution, with the threshold of exit that a record leaves it (0: none); bit ``k`` of a state's ``memberships`` says whether it is a member of institution ``k``."""
EPISODE_TYPE = _record("intensity", "start end")
POWER_TYPE = {side: _record(" ".join(dials), "start") for side, dials in COEFFICIENTS.items()}


class Arrays(NamedTuple):
    """Everything that is the same at the start of every lane. ``N`` states, ``T`` months, ``K`` institutions."""

    months: Integers  # (T,) month numbers
    stimuli: Floats  # (T, N, channels)
    years: Floats  # (T,) from the middle of the record
    opens: Integers  # (T,) who opens offers that the record does not know, besides strategies
    states: Records  # (N,)
    ties: Records  # (ties,), those of one state in one period together
    periods: Integers  # (P,), first month (index) of each period of ties
    tie_spans: Integers  # (P, N, 2), where the ties of each state in a period begin and end
    offers: Records  # (offers of the record,), those of one state together, by month
    slots: Records  # (2, N, OPEN_OFFERS), offers that a strategy opens, empty
    institutions: Records  # (K,)
    memberships: Records  # (K, N)
    episodes: Records  # (kinds, N), not begun
    hub: Records  # (1,) coefficients and first month
    challenger: Records  # (1,)
    pins: Pins  # what states did in the months of the record, if lanes are held to it


def pack(timeline: Timeline) -> Arrays:
    """The arrays of a timeline."""
    world = timeline.world
    states = len(world.codes)
    slots = np.zeros((2, states, OPEN_OFFERS), dtype=OFFER_TYPE)
    slots["status"] = EMPTY
    slots["institution"] = -1
    slots["side"] = np.array([HUB, CHALLENGER])[:, None, None]
    ties, periods, tie_spans = _ties(timeline)
    return Arrays(
        months=timeline.months,
        stimuli=np.ascontiguousarray(timeline.stimuli.transpose(1, 2, 0)),
        years=timeline.years,
        opens=timeline.opens,
        states=_states(timeline, tie_spans[0]),
        ties=ties,
        periods=periods,
        tie_spans=tie_spans,
        offers=_offers(timeline),
        slots=slots,
        institutions=_institutions(world),
        memberships=np.zeros((len(world.institutions), states), dtype=MEMBERSHIP_TYPE),
        episodes=np.zeros((len(EPISODE_KINDS), states), dtype=EPISODE_TYPE),
        hub=_power(timeline, "hub"),
        challenger=_power(timeline, "challenger"),
        pins=timeline.pins or no_pins(states),
    )


def pack_base(timeline: Timeline) -> Arrays | None:
    """The arrays of what happened on record, if a timeline differs from it in the record's months."""
    return None if timeline.base is None else pack(timeline.base)


def measured(world: World, quantity: str) -> Floats:
    """One measured quantity of all states, in the order of their codes."""
    return np.array([getattr(world.state(code), quantity).value for code in world.codes], dtype=float)


def treaty_allies(world: World) -> Floats:
    """1 for states that start as members of a structural (weight 3) institution of the hub, else 0."""
    allies = {
        code
        for part in world.institutions
        if part.side == "hub" and part.weight == 3
        for code in part.members
    }
    return np.array([float(code in allies) for code in world.codes])


def tie_lists(world: World) -> list[list[tuple[int, float, float]]]:
    """For each state its ties, by the other's code: (other, weight among partners, signed weight in the fit).

    Partners' weights count positive ties only and sum to 1. The fit weighs each tie by the other's capability; its
    absolute values sum to 1.
    """
    size = measured(world, "capability")
    lists = []
    for own in _neighbours(world):
        friendly = math.fsum(max(weight, 0.0) for _, weight in own) or 1.0
        heavy = math.fsum(abs(weight) * size[other] for other, weight in own) or 1.0
        lists.append(
            [
                (other, max(weight, 0.0) / friendly, float(weight * size[other] / heavy))
                for other, weight in own
            ]
        )
    return lists


def _neighbours(world: World) -> list[list[tuple[int, float]]]:
    """For each state its ties, in the order of the other's code: (other, weight)."""
    pairs: list[list[tuple[int, float]]] = [[] for _ in world.codes]
    for tie in world.ties:
        a, b = world.place[tie.a], world.place[tie.b]
        pairs[a].append((b, tie.weight))
        pairs[b].append((a, tie.weight))
    return [sorted(own) for own in pairs]


def tie_links(world: World) -> Links:
    """Signed weights of ties as ``sim.model.landscape`` reads them."""
    lists = _neighbours(world)
    first = np.cumsum([0, *map(len, lists)], dtype=np.int64)
    flat = [tie for own in lists for tie in own]
    return Links(
        first,
        np.array([other for other, _ in flat], dtype=np.int64),
        np.array([weight for _, weight in flat], dtype=np.float64),
    )


def _states(timeline: Timeline, tie_spans: Integers) -> Records:
    world = timeline.world
    states = np.zeros(len(world.codes), dtype=STATE_TYPE)
    for field, quantity in (
        ("home", "home"),
        ("dispute", "dispute"),
        ("openness", "openness"),
        ("capability", "capability"),
        ("rest_challenger", "opinion_of_challenger"),
        ("rest_hub", "opinion_of_hub"),
        ("opinion_challenger", "opinion_of_challenger"),
        ("opinion_hub", "opinion_of_hub"),
        ("dependence", "dependence"),
    ):
        states[field] = measured(world, quantity)
    states["home_error"] = [world.state(code).home.error for code in world.codes]
    states["dependence"] = np.clip(states["dependence"], 1e-6, 1.0 - 1e-6)
    states["is_ally"] = treaty_allies(world)
    states["first_leader"] = timeline.channels["leader"][0]
    states["site"] = [site_number(code) for code in world.codes]
    states["hub_target"] = timeline.plans["hub"].targets
    states["challenger_target"] = timeline.plans["challenger"].targets
    states["first_tie"], states["end_tie"] = tie_spans.T
    counts = np.bincount([offer.state for offer in timeline.offers], minlength=len(states))
    states["first_offer"], states["end_offer"] = _spans(counts.tolist())
    for k, institution in enumerate(world.institutions):
        for code in institution.members:
            states["memberships"][world.place[code]] |= 1 << k
    for field in ("last_step", "last_pressure", "last_coercion"):
        states[field] = NEVER
    return states


def _spans(counts: Sequence[int]) -> tuple[Integers, Integers]:
    ends = np.cumsum(counts, dtype=np.int64)
    return ends - counts, ends


def _ties(timeline: Timeline) -> tuple[Records, Integers, Integers]:
    """Ties of all periods, the first month of each, and where the ties of each state begin and end in it."""
    worlds = timeline.case.tied_worlds
    lists = [own for _, world in worlds for own in tie_lists(world)]
    flat = [(partner, fit, other) for own in lists for other, partner, fit in own]
    spans = np.stack(_spans([len(own) for own in lists]), axis=-1).reshape(len(worlds), -1, 2)
    periods = np.array([month for month, _ in worlds], dtype=np.int64) - timeline.months[0]
    return np.array(flat, dtype=TIE_TYPE), periods, spans


def _offers(timeline: Timeline) -> Records:
    offers = np.zeros(len(timeline.offers), dtype=OFFER_TYPE)
    offers["response"] = -1
    for field in (
        "side",
        "intensity",
        "month",
        "institution",
        "key",
        "initiative",
        "habitual",
        "standing",
        "to_all",
        "recorded",
    ):
        offers[field] = [getattr(offer, field) for offer in timeline.offers]
    for number, offer in enumerate(timeline.offers):
        if offer.answer is not None:
            answer, own = offer.answer, offers[number]
            own["answer"], own["answer_month"] = answer.outcome, answer.month
            own["answer_weight"], own["refusal"], own["informs"] = (
                answer.weight,
                answer.refusal,
                answer.informs,
            )
            own["response"] = answer.response
    return offers


def _institutions(world: World) -> Records:
    table = np.zeros(len(world.institutions), dtype=INSTITUTION_TYPE)
    for number, part in enumerate(world.institutions):
        side = HUB if part.side == "hub" else CHALLENGER
        table[number] = (side, part.threshold, part.leave_below, part.lock_in, part.weight, row_key(part.key))
    return table


def _power(timeline: Timeline, side: Side) -> Records:
    plan = timeline.plans[side]
    record = np.zeros(1, dtype=POWER_TYPE[side])
    record["start"] = plan.start
    for name, value in plan.coefficients.items():
        record[name] = value
    return record
