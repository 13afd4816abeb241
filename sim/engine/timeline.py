"""From a scenario to dense monthly stimuli: what acts upon each state in each month, and which offers open when."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

from sim.conditioning.figures import figures_of
from sim.conditioning.pins import Pins
from sim.conditioning.places import Placed, is_initiative, openings_of, place_rows
from sim.conditioning.record import Answer, answers_of, pins_of, used
from sim.model.channels import CHANNELS
from sim.model.draws import row_key
from sim.model.rules import CHALLENGER, HUB, fading, habituated
from sim.model.strategies import coefficients
from sim.months import month_number, month_text
from sim.scenario.case import Case, resolve
from sim.scenario.edits import first_months, standing, stands
from sim.scenario.record import Leader, Record, Stimulus
from sim.scenario.schema import Scenario, Strategy
from sim.scenario.world import World
from sim.types import Floats, Reactions, Side

OPENS: dict[Reactions, int] = {"none": 0, "states": 1, "all": 2}
"""Reactions -> who opens offers that the record does not know: nobody, states (initiatives), states and the hub."""
_REPUTATION = ("health", "reputation")
STRATEGIC = ("coercion", "punishment", "pressure", "accommodation", "offer", "reassurance")
"""Kinds of act that a strategy does in place of the record; shocks and declarations stay as they are documented."""
_KEPT_SHARE = {"coercion": "assertiveness", "punishment": "punitiveness", "pressure": "pressure"}
"""Channels in which a strategy carries on what is under way no further than its own coefficient, up to what the record shows."""


@dataclass(frozen=True)
class Offer:
    """An offer that one state can accept: one row of the record, or one state of a row open to all.

    In lanes held to a record ``recorded`` is its place among the offers made in the record's months (-1: history knows no
    such offer), and ``answer`` what became of it. ``initiative``: the state opened it itself or with the sender.
    ``habitual``: an offer of the hub to this state alone, which its habit explains. ``to_all``: one of many to whom an
    institution is opened; how inviting that is they feel alike. ``standing``: it opens when it did on record.
    """

    row: str
    title: str
    state: int
    month: int
    side: float
    intensity: float
    institution: int
    key: int
    initiative: bool = False
    habitual: bool = False
    to_all: bool = False
    standing: bool = False
    recorded: int = -1
    answer: Answer | None = None


@dataclass(frozen=True)
class Plan:
    """A power's strategy as numbers: from which month on (index), the coefficients, and where its offers go."""

    start: int
    coefficients: dict[str, float]
    targets: NDArray[np.bool_]


@dataclass(frozen=True, repr=False)
class Timeline:
    """Everything that acts from outside, month by month.

    Attributes
    ----------
    case : Case
        What it was built from.
    world : World
        With the scenario's ties.
    months : int array, shape (months,)
        Month numbers (``sim.months``).
    states : tuple of str
        Codes, sorted.
    stimuli : float array, shape (channels, months, states)
        Effective intensities, worn by age and combined; see ``CHANNELS``.
    events : tuple of Stimulus
        The rows behind them, after the scenario's edits and the strategies' cut.
    opens : int array, shape (months,)
        Who opens offers that the record does not know, besides strategies: a value of `OPENS`.
    years : float array, shape (months,)
        Years from the middle of the record, for the trends of recording: they stand still after it, and at zero without one.
    offers : tuple of Offer
        Offers that a state can accept, sorted by state, month and row.
    plans : dict
        Side -> strategy from its first month on.
    pins : Pins or None
        What states did, where lanes are held to the record; in twins without what presupposes a row that the scenario lacks.
    responses : tuple of Placed
        The responses that lanes are held to, in the order in which a lane says when each happens.
    base : Timeline or None
        What happened on record, if this timeline differs from it in the record's months; lanes are then twins.
    branch : int
        First month (index) in which it differs.
    """

    case: Case
    world: World
    months: NDArray[np.int64]
    states: tuple[str, ...]
    stimuli: Floats
    events: tuple[Stimulus, ...]
    opens: NDArray[np.int64]
    years: Floats
    offers: tuple[Offer, ...]
    plans: dict[Side, Plan]
    pins: Pins | None = None
    responses: tuple[Placed, ...] = ()
    base: Timeline | None = None
    branch: int = 0

    def __repr__(self) -> str:
        first, last = (month_text(int(self.months[end])) for end in (0, -1))
        return f"<Timeline {self.scenario.name}: {len(self.states)} states, {first} to {last}>"

    def __deepcopy__(self, memo: dict[int, object]) -> Timeline:
        return self  # nothing in it ever changes

    @property
    def scenario(self) -> Scenario:
        """The resolved scenario."""
        return self.case.scenario

    @property
    def channels(self) -> dict[str, Floats]:
        """Channel name -> float array, shape (months, states)."""
        return dict(zip(CHANNELS, self.stimuli, strict=True))


def build_timeline(given: Scenario | Case) -> Timeline:
    """The timeline of a resolved scenario, or of a case that has been read already."""
    case = resolve(given)
    own = _laid(case)
    if case.targets is None:
        return own
    recorded = own if case.as_recorded is case else _laid(case.as_recorded)
    held = _held(recorded)
    if recorded is own:
        return held
    lost = _left_out(own, held)
    dates = [held.responses[number].month - int(own.months[0]) for number in lost]
    branch = min([first_difference(own, held), *dates])
    twins = branch < len(held.months) and branch <= case.last_recorded - int(own.months[0])
    known = {(offer.row, offer.state): offer for offer in held.offers if offer.recorded >= 0}
    offers = tuple(
        replace(
            offer,
            recorded=known[key].recorded,
            answer=known[key].answer,
            standing=offer.month == known[key].month,
        )
        if (key := (offer.row, offer.state)) in known
        else offer
        for offer in own.offers
    )
    opens = own.opens.copy()
    if twins:
        opens[: held.pins.months if held.pins else 0] = OPENS[case.scenario.reactions]
        hub = own.plans["hub"].start
        opens[hub:] = np.minimum(opens[hub:], OPENS["states"])
    return replace(
        own,
        opens=opens,
        offers=offers,
        pins=_pins_without(held, lost),
        responses=held.responses,
        base=held if twins else None,
        branch=branch,
    )


def _held(timeline: Timeline) -> Timeline:
    """A timeline as it happened, with what states did."""
    case, world, first = timeline.case, timeline.world, int(timeline.months[0])
    assert case.targets is not None
    months = case.last_recorded - first + 1
    placed = used(place_rows(case.targets.responses, case.record.stimuli, world), first, months)
    keys = [(offer.row, offer.state) for offer in timeline.offers if offer.month < months]
    rows = {row.id: row for row in case.record.stimuli}
    answers = answers_of(placed, rows, keys, world, first, months)
    numbers = {key: number for number, key in enumerate(keys)}
    offers = tuple(
        replace(offer, recorded=numbers[key], answer=answers[key])
        if (key := (offer.row, offer.state)) in numbers
        else offer
        for offer in timeline.offers
    )
    figures = figures_of(case.targets, world, timeline.months[:months])
    openings = openings_of(case.record.stimuli, world, first, months)
    invitations = np.unique([offer.key for offer in offers if offer.to_all and offer.recorded >= 0])
    pins = pins_of(placed, openings, keys, figures, invitations.astype(np.int64), world, first, months)
    return replace(timeline, offers=offers, pins=pins, responses=placed)


def _left_out(own: Timeline, held: Timeline) -> tuple[int, ...]:
    """The responses (places among those that lanes are held to) that presuppose a stimulus which ``own`` lacks."""
    begins = first_months(own.events)
    return tuple(
        number
        for number, part in enumerate(held.responses)
        if not stands(part.row.presupposes, part.month, begins)
    )


def _pins_without(held: Timeline, lost: Collection[int]) -> Pins | None:
    """What states did, as a twin is to know it: without some of the responses."""
    if held.pins is None or not lost:
        return held.pins
    keys = [(offer.row, offer.state) for offer in held.offers if offer.recorded >= 0]
    first, pins = int(held.months[0]), held.pins
    openings = openings_of(held.case.record.stimuli, held.world, first, pins.months)
    return pins_of(
        held.responses, openings, keys, pins.figures, pins.invitations, held.world, first, pins.months, lost
    )


def first_difference(one: Timeline, other: Timeline) -> int:
    """The first month (index) in which two timelines of one world differ; the number of months if they do not."""
    shared = min(len(one.months), len(other.months))
    differ = np.flatnonzero((one.stimuli[:, :shared] != other.stimuli[:, :shared]).any(axis=(0, 2)))
    months = [int(differ[0])] if len(differ) else []
    ties = [{(month, world.ties) for month, world in part.case.tied_worlds} for part in (one, other)]
    months += [month - int(one.months[0]) for month, _ in ties[0] ^ ties[1]]
    made = [
        {replace(offer, standing=False, recorded=-1, answer=None) for offer in part.offers}
        for part in (one, other)
    ]
    months += [offer.month for offer in made[0] ^ made[1] if offer.month < shared]
    for side, plan in one.plans.items():
        starts = [min(part.start, shared) for part in (plan, other.plans[side])]
        same = starts[0] == starts[1] and plan.coefficients == other.plans[side].coefficients
        if not same or not np.array_equal(plan.targets, other.plans[side].targets):
            months.append(min(plan.start, other.plans[side].start))
    return min([*months, shared])


def _laid(case: Case) -> Timeline:
    """What acts from outside in a case, by its stimuli alone."""
    scenario, world = case.scenario, case.world
    first, last = month_number(world.start), month_number(scenario.until)
    months = np.arange(first, last + 1, dtype=np.int64)
    events = standing(part for row in case.events for part in _carried(row, scenario, world))
    stimuli = np.zeros((len(CHANNELS), len(months), len(world.codes)))
    for event in sorted(events, key=lambda event: event.id):
        _lay(stimuli, event, world, first)
    signals = stimuli[CHANNELS.index("credibility")]
    np.clip(signals, -1.0, 1.0, out=signals)
    _lay_leaders(stimuli[CHANNELS.index("leader")], case.record.leaders, world, first)
    sides: tuple[Side, Side] = ("hub", "challenger")
    plans = {side: _plan(scenario, world, side, first, len(months)) for side in sides}
    documented = case.last_documented - first + 1
    opens = np.where(np.arange(len(months)) < documented, OPENS["none"], OPENS["states"])
    years = years_of_record(case.record, first, len(months))
    offers = _offers(events, world, first, last)
    return Timeline(case, world, months, world.codes, stimuli, events, opens, years, offers, plans)


def years_of_record(record: Record, first: int, months: int) -> Floats:
    """Years from the middle of a record by month, shape (months,), held at its last level; zero without a record."""
    last = record.extent[1] if record.extent else max((row.end for row in record.stimuli), default=first)
    middle = (last - first) / 2.0
    return (np.minimum(np.arange(months), last - first) - middle) / 12.0 if last > first else np.zeros(months)


def side_of(sender: str, world: World) -> str:
    """``hub``, ``challenger`` or ``third``: whose side a sender's offers and signals count for."""
    return world.power(sender).side


def channel_of(event: Stimulus, world: World) -> str | None:
    """The channel that a row of the record feeds, or nothing.

    Coercion and punishment by the challenger itself are that; by the hub's side, pressure; by anyone else, shocks.
    Offers and signals count for the side of their sender. Shocks of health and reputation move opinion only.
    """
    side = side_of(event.sender, world)
    match event.kind:
        case "coercion" | "punishment":
            return event.kind if event.sender == world.challenger else {"hub": "pressure"}.get(side, "shock")
        case "pressure":
            return {"challenger": "punishment", "hub": "pressure"}.get(side, "shock")
        case "offer":
            return {"hub": "courtship_hub", "challenger": "courtship_challenger"}.get(side)
        case "accommodation":
            return {"hub": "courtship_hub", "challenger": "accommodation"}.get(side)
        case "reassurance":
            return "credibility" if side == "hub" else None
        case "shock" if event.domain in _REPUTATION:
            return {"hub": "reputation_hub", "challenger": "reputation_challenger"}.get(side)
        case "shock":
            return "war" if event.domain == "war" else "shock"
    return None


def _carried(row: Stimulus, scenario: Scenario, world: World) -> tuple[Stimulus, ...]:
    """A row under its side's strategy: kept before the first month of the strategy, weakened or cut after it."""
    if row.basis == "scenario" or row.kind not in STRATEGIC:
        return (row,)
    side = side_of(row.sender, world)
    strategy = _strategy(scenario, world, side)
    if strategy is None:
        return (row,)
    start = month_number(strategy.start)
    if row.start >= start:
        return ()
    if row.end < start or row.kind == "offer":
        return (row,)
    before = replace(row, end=start - 1)
    share = _share_kept(channel_of(row, world), side, strategy)
    after = replace(row, start=start, intensity=row.intensity * share)
    return (before, after) if share > 0 else (before,)


def _share_kept(channel: str | None, side: str, strategy: Strategy) -> float:
    if channel == "credibility":
        return 0.0
    name = _KEPT_SHARE.get(channel or "")
    dials = coefficients(cast(Side, side), strategy.plan, strategy.coefficients)
    return min(dials.get(name, 1.0), 1.0) if name else 1.0


def _strategy(scenario: Scenario, world: World, side: str) -> Strategy | None:
    code = {"hub": world.hub, "challenger": world.challenger}.get(side)
    return scenario.strategies.get(code) if code else None


def _targets(event: Stimulus, world: World) -> list[int]:
    if event.target == "ALL":
        return [i for i, code in enumerate(world.codes) if code != event.sender]
    return [world.place[event.target]] if event.target in world.place else []


def _lay(stimuli: Floats, event: Stimulus, world: World, first: int) -> None:
    """Join one row into its channel: worn by its age, fading if it is an offer, added if it is a signed signal."""
    channel = channel_of(event, world)
    columns = _targets(event, world)
    if channel is None or not columns:
        return
    table = stimuli[CHANNELS.index(channel)]
    start = max(event.start - first, 0)
    end = len(table) if event.kind == "offer" else min(event.end - first + 1, len(table))
    if start >= end:
        return
    place = (slice(start, end), columns[0] if len(columns) == 1 else columns)
    if channel == "credibility":
        table[place] += event.intensity
        return
    youngest = start + first - event.onset
    oldest = youngest + end - start
    worn = _wear(fading if event.kind == "offer" else habituated, 256 * (oldest // 256 + 1))
    effective = event.intensity * worn[youngest:oldest]
    if len(columns) > 1:
        effective = effective[:, None]
    table[place] = 1.0 - (1.0 - table[place]) * (1.0 - effective)


@cache
def _wear(rule: Callable[[float, float], float], months: int) -> Floats:
    """What is left of an act of intensity 1 by its age, shape (months,); rules of wear are proportional to intensity."""
    scalar = getattr(rule, "py_func", rule)  # the same numbers as compiled, without loading what is compiled
    return np.array([scalar(1.0, float(age)) for age in range(months)])


def _lay_leaders(table: Floats, leaders: tuple[Leader, ...], world: World, first: int) -> None:
    """Declared line of the leader in office; the last line on record holds until the end (an assumption)."""
    for leader in sorted(leaders, key=lambda leader: (leader.start, leader.end)):
        if leader.state in world.place and leader.start - first < len(table):
            table[max(leader.start - first, 0) :, world.place[leader.state]] = leader.orientation


def _offers(events: tuple[Stimulus, ...], world: World, first: int, last: int) -> tuple[Offer, ...]:
    keys = [institution.key for institution in world.institutions]
    sides = {"hub": HUB, "challenger": CHALLENGER}
    invited = {(event.institution, event.target) for event in events if event.institution}
    offers = []
    for event in events:
        side = sides.get(side_of(event.sender, world))
        opens = event.kind == "offer" and (event.target != "ALL" or event.institution)
        if side is None or not opens or not first <= event.onset <= last or event.onset != event.start:
            continue
        institution = keys.index(event.institution) if event.institution else -1
        closed = world.institutions[institution].closed_to if event.target == "ALL" else ()
        for state in _targets(event, world):
            code = world.codes[state]
            if code in closed or (event.target == "ALL" and (event.institution, code) in invited):
                continue  # not addressed, or asked by name in a row of its own
            offers.append(
                Offer(
                    event.id,
                    event.title,
                    state,
                    event.start - first,
                    side,
                    event.intensity,
                    institution,
                    row_key(event.id),
                    is_initiative(event),
                    side == HUB
                    and event.target != "ALL"
                    and not is_initiative(event)
                    and not event.programme,
                    event.target == "ALL",
                )
            )
    return tuple(sorted(offers, key=lambda offer: (offer.state, offer.month, offer.row)))


def _plan(scenario: Scenario, world: World, side: Side, first: int, months: int) -> Plan:
    strategy = _strategy(scenario, world, side)
    everyone = np.ones(len(world.codes), dtype=np.bool_)
    if strategy is None:
        return Plan(months, coefficients(side, "documented_habit"), everyone)
    chosen = (
        everyone if strategy.targets is None else np.array([code in strategy.targets for code in world.codes])
    )
    start = max(month_number(strategy.start) - first, 0)
    return Plan(start, coefficients(side, strategy.plan, strategy.coefficients), chosen)
