"""Where each response of a record belongs, if lanes are to do what the record says.

A response is decided in a lane by the draw that would decide it without a record: a step by the rate of steps, an answer
by the hazards of its offer. Which draw that is, is its place. What no draw decides happens as it is recorded.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sim.model.rules import CHALLENGER, HUB
from sim.months import month_number
from sim.scenario.record import ALL, Stimulus
from sim.scenario.targets import Response, accepted
from sim.scenario.world import World

Place = Literal["unprompted", "initiative", "answer", "opening", "pinned", "out"]
Role = Literal["accepts", "declines", "follows", ""]

PLACES: dict[Place, str] = {
    "unprompted": "answers no offer",
    "initiative": "decides an offer that the state opened itself or with the sender",
    "answer": "decides an offer that the sender opened",
    "opening": "joins, or stays out of, an institution opened to all",
    "pinned": "happens as recorded; no draw decides it",
    "out": "not used",
}
"""Place -> what its rows have in common."""


@dataclass(frozen=True)
class Placed:
    """A response and its place.

    Attributes
    ----------
    row : Response
    place : str
        A key of `PLACES`.
    offer : Stimulus or None
        The offer that it accepts, declines or follows; None if its role is empty.
    role : str
        ``accepts`` or ``declines``: it decides the offer; one that declines and has a direction is a step besides.
        ``follows``: the state has accepted the offer, and takes it further or gives it up. Empty: no offer is behind it.
    why : str
        The reason, for people.
    """

    row: Response
    place: Place
    offer: Stimulus | None
    role: Role
    why: str

    @property
    def month(self) -> int:
        """Month number in which a lane takes the response: of an unprompted step, when it was decided in public."""
        return self.row.decision if self.place == "unprompted" else self.row.date


@dataclass(frozen=True)
class Opening:
    """An initiative of a state: an offer that it opens itself or with the sender.

    Attributes
    ----------
    offer : Stimulus
    state : int
        Place of the target among the world's codes.
    month : int
        Index of the month in which it opens.
    side : float
        Side of the sender: 1 hub, -1 challenger.
    """

    offer: Stimulus
    state: int
    month: int
    side: float


def is_initiative(offer: Stimulus) -> bool:
    """Whether an offer was opened by its target or by both, or cannot be dated apart from its answer."""
    return offer.circular or offer.opened_by in ("target", "mutual")


def openings_of(stimuli: Sequence[Stimulus], world: World, first: int, months: int) -> tuple[Opening, ...]:
    """The initiatives of states that are events of a record: named offers that open after its first month.

    Parameters
    ----------
    stimuli : sequence of Stimulus
        As documented: before a scenario's edits.
    first, months : int
        Number of the record's first month; months of the record.
    """
    signs = {"hub": HUB, "challenger": CHALLENGER}
    return tuple(
        Opening(row, world.place[row.target], row.start - first, signs[side])
        for row in stimuli
        if row.kind == "offer" and row.target in world.place and is_initiative(row)
        if (side := world.power(row.sender).side) in signs and 0 < row.start - first < months
    )


def place_rows(
    responses: Sequence[Response], stimuli: Sequence[Stimulus], world: World
) -> tuple[Placed, ...]:
    """The place of every response of a record.

    An offer is decided once: by the first response that accepts it or, if none does, by the first that declines it. In
    one month the order of the file counts.

    Parameters
    ----------
    responses : sequence of Response
        As `sim.scenario.targets.load_targets` reads them.
    stimuli : sequence of Stimulus
        Of the same record, as documented: before a scenario's edits.
    world : World

    Returns
    -------
    tuple of Placed
        One for each response, in their order. Only responses without a direction, or from before the world starts, are
        ``out``.

    Examples
    --------
    >>> from sim.io.library import record_folder
    >>> from sim.scenario.record import load_record
    >>> from sim.scenario.targets import load_targets
    >>> from sim.scenario.world import load_world
    >>> folder, world = record_folder("indo_pacific"), load_world("indo_pacific")
    >>> record = load_record(folder, world)
    >>> placed = place_rows(load_targets(folder, world, record).responses, record.stimuli, world)
    >>> [(part.row.id, part.place, part.role, part.why) for part in placed[:3]]  # doctest: +NORMALIZE_WHITESPACE
    [('R001', 'initiative', 'accepts', 'asked for by JPN'),
     ('R002', 'unprompted', '', 'answers no offer'),
     ('R003', 'unprompted', '', 'answers no offer')]
    """
    offers = {row.id: row for row in stimuli if row.kind == "offer"}
    named = {(row.institution, row.target) for row in offers.values() if row.institution}
    order = sorted(responses, key=lambda row: row.date)
    rank = {row.id: number for number, row in enumerate(order)}
    decisions = _decisions(order, offers, named, world)

    def placed(row: Response) -> Placed:
        offer = offers.get(row.answers)
        if row.date < month_number(world.start):
            return Placed(row, "out", None, "", f"before {world.start}, when the world starts")
        if offer is None:
            return _answers_no_offer(row)
        reason = _not_made(offer, row.state, named, world)
        if reason:
            return _as_recorded(row, reason)
        decision = decisions[offer.id, row.state]
        accepts = accepted(decision.direction, offer, world)
        if row.id == decision.id:
            return _decides(row, offer, "accepts" if accepts else "declines", world)
        if not accepts:
            return _as_recorded(row, f"{decision.id} has declined {offer.id}")
        if rank[row.id] < rank[decision.id]:
            return _as_recorded(row, f"{offer.id} stays open; {decision.id} accepts it")
        if row.direction == 0:
            return _as_recorded(row, f"{decision.id} has accepted {offer.id}")
        return Placed(row, "pinned", offer, "follows", f"{decision.id} has accepted {offer.id}")

    return tuple(placed(row) for row in responses)


def _decisions(
    order: Sequence[Response],
    offers: Mapping[str, Stimulus],
    named: Collection[tuple[str, str]],
    world: World,
) -> dict[tuple[str, str], Response]:
    """Offer and state -> the response that decides it."""
    found: dict[tuple[str, str], Response] = {}
    for row in order:
        offer = offers.get(row.answers)
        if offer is None or _not_made(offer, row.state, named, world):
            continue
        first = found.setdefault((offer.id, row.state), row)
        if accepted(row.direction, offer, world) and not accepted(first.direction, offer, world):
            found[offer.id, row.state] = row
    return found


def _not_made(offer: Stimulus, state: str, named: Collection[tuple[str, str]], world: World) -> str:
    """Why this is no offer that the state can answer; nothing if it is. The timeline opens offers by the same rule."""
    if world.power(offer.sender).side == "third":
        return f"{offer.id} is an offer of neither side"
    if offer.target != ALL:
        return "" if offer.target == state else f"{offer.id} is made to {offer.target}"
    if not offer.institution:
        return f"{offer.id} opens nothing to join"
    if (offer.institution, state) in named:
        return f"{offer.id} is open to others; {state} was asked by name"
    closed = (*world.institution(offer.institution).closed_to, offer.sender)
    return f"{offer.id} is not open to {state}" if state in closed else ""


def _answers_no_offer(row: Response) -> Placed:
    if row.direction == 0:
        return Placed(row, "out", None, "", "no direction, and answers no offer")
    if row.mass:
        return Placed(row, "pinned", None, "", "one of many states, and answers no opening")
    why = f"answers {row.answers}, which is no offer" if row.answers else "answers no offer"
    return Placed(row, "unprompted", None, "", why)


def _as_recorded(row: Response, why: str) -> Placed:
    """A response that decides nothing: a step as recorded, or nothing if it has no direction."""
    return Placed(row, "pinned" if row.direction else "out", None, "", why)


def _decides(row: Response, offer: Stimulus, role: Role, world: World) -> Placed:
    if offer.start < month_number(world.start):
        return Placed(row, "pinned", offer, role, f"{offer.id} opens before {world.start}")
    if offer.target == ALL:
        return Placed(row, "opening", offer, role, f"{offer.id} opens {offer.institution} to all")
    if offer.circular:
        return Placed(row, "initiative", offer, role, "opening not dated apart from its acceptance")
    if is_initiative(offer):
        by = f"asked for by {row.state}" if offer.opened_by == "target" else "opened by both"
        return Placed(row, "initiative", offer, role, by)
    known = offer.opened_by == "sender"
    return Placed(
        row, "answer", offer, role, f"opened by {offer.sender}" if known else "not known who opened it"
    )
