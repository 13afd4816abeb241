"""From the responses of a record to arrays that lanes are held to."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.conditioning.pins import PIN_TYPE, ROW_TYPE, Integers, Pins, Records
from sim.conditioning.places import Opening, Placed
from sim.errors import InputError
from sim.model.rules import MOST_STEPS
from sim.months import month_text
from sim.scenario.record import Stimulus
from sim.scenario.targets import DIRECTIONS, Response
from sim.scenario.world import World

ENTRIES = ("membership", "minilateral", "treaty_upgrade")
"""Kinds of response by which a state becomes a member of an institution without an offer of it."""
NEVER_MADE = 2**62
"""Number of an offer that no timeline makes."""
OfferKey = tuple[str, int]
"""An offer to one state: id of its row, and the state's place among the world's codes."""


@dataclass(frozen=True)
class Answer:
    """What became of one offer to one state.

    Attributes
    ----------
    outcome : int
        1 accepted, -1 refused or lapsed, 0 still open at the end of the record.
    month : int
        Index of the month in which it was decided; without meaning if it is still open.
    weight : float
        Weight of the step that accepts it; 0 if none does.
    refusal : float
        Signed weight of the step that refuses it; 0 if none does.
    informs : bool
        Whether the time that it was open tells of the state: its opening is dated, and it was made by name.
    response : int
        Place of the response that decides it among those used; -1 if none does.
    """

    outcome: int
    month: int
    weight: float = 0.0
    refusal: float = 0.0
    informs: bool = False
    response: int = -1


def used(placed: Sequence[Placed], first: int, months: int) -> tuple[Placed, ...]:
    """The responses that lanes are held to, in the order of the file: those with a place in the months of a record."""
    return tuple(part for part in placed if part.place != "out" and 0 <= part.row.date - first < months)


def answers_of(
    placed: Sequence[Placed],
    stimuli: Mapping[str, Stimulus],
    offers: Sequence[OfferKey],
    world: World,
    first: int,
    months: int,
) -> dict[OfferKey, Answer]:
    """What became of each offer in the months of a record.

    Parameters
    ----------
    placed : sequence of Placed
        Those that are `used`.
    stimuli : mapping
        Id -> row of the record, as documented.
    offers : sequence of OfferKey
        Those that the recorded timeline makes.
    first, months : int
        Number of the first month; months of the record.
    """
    decided = {
        (part.offer.id, world.place[part.row.state]): (number, part)
        for number, part in enumerate(placed)
        if part.offer is not None and part.role in ("accepts", "declines")
    }
    answers: dict[OfferKey, Answer] = {}
    for key in offers:
        offer = stimuli[key[0]]
        informs = offer.target != "ALL" and not offer.circular
        if key in decided:
            number, part = decided[key]
            row, month = part.row, max(part.row.date, offer.start) - first
            if part.role == "accepts":
                answers[key] = Answer(1, month, float(row.weight), 0.0, informs, number)
            else:
                answers[key] = Answer(-1, month, 0.0, float(row.direction * row.weight), informs, number)
        elif offer.end - first < months - 1:
            answers[key] = Answer(-1, offer.end - first, informs=informs)
        else:
            answers[key] = Answer(0, 0, informs=informs)
    return answers


def pins_of(
    placed: Sequence[Placed],
    openings: Sequence[Opening],
    offers: Sequence[OfferKey],
    figures: Records,
    invitations: Integers,
    world: World,
    first: int,
    months: int,
    lost: Collection[int] = (),
) -> Pins:
    """What states did, and what was measured, in the months of a record; ``openings`` are their initiatives.

    ``invitations`` are the keys of what was opened to all. Other arguments as `answers_of`.

    ``lost`` are the responses (places among those placed) that are not to happen. Their rows stay in the table, so that
    a twin can go on in it where the recorded lane stopped, but wait for an offer that nobody makes.

    Raises
    ------
    InputError
        If a state takes more unprompted steps toward one side in a month than the model knows.
    """
    cells = np.zeros((max(months, 1), len(world.codes)), dtype=PIN_TYPE)
    cells["founds"] = -1
    numbers = {key: number for number, key in enumerate(offers)}
    members = {(k, world.place[code]) for k, part in enumerate(world.institutions) for code in part.members}
    for opening in openings:
        side = "hub" if opening.side > 0.0 else "challenger"
        cells[f"initiatives_{side}"][opening.month, opening.state] += 1
    rows = []
    for number, part in sorted(enumerate(placed), key=lambda pair: (pair[1].month, pair[1].row.id)):
        row, state = part.row, world.place[part.row.state]
        t = max(part.month - first, 0)
        if number in lost:
            if part.place == "pinned":
                rows.append((t, state, row.direction, row.weight, NEVER_MADE, -1, number))
            continue
        cells[t, state]["net"] += row.direction * row.weight
        entered = entered_institution(part, world)
        if entered >= 0 and (entered, state) not in members:
            members.add((entered, state))
            institution = world.institutions[entered]
            cells["lock_in"][t:, state] += DIRECTIONS[institution.side] * institution.lock_in
        else:
            entered = -1
        if part.place == "unprompted":
            _add_step(cells[t, state], row, entered, number)
        elif part.place == "pinned":
            follows = numbers.get((part.offer.id, state), -1) if part.offer and part.role == "follows" else -1
            rows.append((t, state, row.direction, row.weight, follows, entered, number))
    table = np.array(sorted(rows, key=lambda row: (row[1], row[0])), dtype=ROW_TYPE)
    states = np.arange(len(world.codes))
    return Pins(
        months,
        len(placed),
        cells,
        table,
        np.searchsorted(table["state"], states, side="left").astype(np.int64),
        np.searchsorted(table["state"], states, side="right").astype(np.int64),
        figures,
        invitations,
    )


def entered_institution(part: Placed, world: World) -> int:
    """The institution (number) that a response makes its state a member of, if it is none yet; -1 if none.

    A state enters by accepting an offer that opens the institution, or by an act of one of the kinds in `ENTRIES` toward
    the institution's side that answers no offer.
    """
    keys = [institution.key for institution in world.institutions]
    row = part.row
    if part.role == "accepts" and part.offer is not None and part.offer.institution:
        return keys.index(part.offer.institution)
    if part.role == "" and row.kind in ENTRIES and row.institution in keys:
        number = keys.index(row.institution)
        return number if DIRECTIONS[world.institutions[number].side] == row.direction else -1
    return -1


def _add_step(cell: np.void, row: Response, founds: int, number: int) -> None:
    side = "hub" if row.direction > 0 else "challenger"
    count = cell[f"steps_{side}"]
    if count == MOST_STEPS:
        raise InputError(
            f"{row.state} takes more than {MOST_STEPS} unprompted steps toward the {side} in {month_text(row.date)} "
            f"({row.id} and others)"
        )
    cell[f"weights_{side}"][count] = row.weight
    cell[f"rows_{side}"][count] = number
    cell[f"steps_{side}"] = count + 1
    if founds >= 0:
        cell["founds"] = founds
