"""Recorded lanes that stop before a month and go on later, as often as wanted, under what may differ from then on.

A what-if that sets out after the record shares all months before it with history: they need be lived only once.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.conditioning.pins import RECORDED, Known, nothing_known
from sim.engine.arrays import TRAJECTORIES, Arrays, Integers, Records
from sim.engine.kernel import Lane, advance, begin, twin_of
from sim.model import rules
from sim.model.jit import seldom
from sim.types import Floats


class Paused(NamedTuple):
    """Lanes as they stand before a month. ``L`` lanes, ``T`` months, ``N`` states.

    Attributes
    ----------
    month : int
        Index of the month that is next.
    lanes : Lane
        Every array with a first axis of lanes.
    inviting : float array, shape (L, openings to all)
        How inviting each opening of the record is.
    trajectories, members, happens
        Of the months lived, as `sim.engine.kernel.run_block` gives them: (L, variables, T, N), (L, T, N), (L, responses).
    """

    month: int
    lanes: Lane
    inviting: Floats
    trajectories: Floats
    members: Integers
    happens: Integers


@seldom
def _pause(
    arrays: Arrays, known: Known, parameters: Any, seed: int, first: int, month: int, lanes: Lane,
    inviting: Floats, trajectories: Floats, members: Integers, happens: Integers,
) -> None:  # fmt: skip
    start: Any = np.int64(0)  # a literal would be compiled for itself
    held: Any = np.int64(RECORDED)
    for k in range(len(parameters)):
        p, lane = parameters[k], first + k
        mine = begin(arrays, p, held, known, seed, lane)
        advance(
            mine, arrays, p, held, known, seed, lane, start, month, trajectories[k], members[k], happens[k]
        )
        inviting[k] = known.inviting
        lanes.states[k] = mine.states
        lanes.offers[k] = mine.offers
        lanes.slots[k] = mine.slots
        lanes.memberships[k] = mine.memberships
        lanes.episodes[k] = mine.episodes
        lanes.felt[k] = mine.felt
        lanes.coalition_at_start[k] = mine.coalition_at_start
        lanes.next_row[k] = mine.next_row


@seldom
def _resume(
    arrays: Arrays, known: Known, parameters: Any, seed: int, first: int, month: int, lanes: Lane,
    inviting: Floats, trajectories: Floats, members: Integers, happens: Integers,
) -> None:  # fmt: skip
    held: Any = np.int64(RECORDED)
    last = len(arrays.months)
    for k in range(len(parameters)):
        before = Lane(
            lanes.states[k], lanes.offers[k], lanes.slots[k], lanes.memberships[k], lanes.episodes[k], lanes.felt[k],
            lanes.coalition_at_start[k], lanes.next_row[k],
        )  # fmt: skip
        known.inviting[:] = inviting[k]
        mine = twin_of(before, before, arrays, known, seed, first + k)
        advance(
            mine, arrays, parameters[k], held, known, seed, first + k, month, last, trajectories[k], members[k],
            happens[k],
        )  # fmt: skip


def _room(arrays: Arrays, lanes: int) -> Lane:
    """A `Lane` of empty arrays, each with a first axis of lanes."""
    states = len(arrays.states)

    def empty(part: Records) -> Records:
        return np.zeros((lanes, *part.shape), dtype=part.dtype)

    return Lane(
        empty(arrays.states),
        empty(arrays.offers),
        empty(arrays.slots),
        empty(arrays.memberships),
        empty(arrays.episodes),
        np.zeros((lanes, states, arrays.stimuli.shape[2])),
        np.zeros((lanes, 1)),
        np.zeros((lanes, states), dtype=np.int64),
    )


def pause_block(arrays: Arrays, parameters: NDArray[np.void], seed: int, first: int, month: int) -> Paused:
    """Live the months of some recorded lanes before a month.

    Parameters
    ----------
    parameters, seed, first
        As in `sim.engine.kernel.run_block`.
    month : int
        Index, not before the record's end.

    Raises
    ------
    ValueError
        If the lanes are not held to a record, or it has not ended.
    """
    if not 0 < arrays.pins.months <= month <= len(arrays.months):
        raise ValueError("lanes pause after the record that they are held to, and before their end")
    shape = (month, len(arrays.states))
    paused = Paused(
        month,
        _room(arrays, len(parameters)),
        np.empty((len(parameters), len(nothing_known(arrays.pins).inviting))),
        np.empty((len(parameters), len(TRAJECTORIES), *shape)),
        np.empty((len(parameters), *shape), dtype=np.int64),
        np.full((len(parameters), arrays.pins.responses), rules.NEVER, dtype=np.int64),
    )
    _pause(arrays, nothing_known(arrays.pins), parameters, seed, first, *paused)
    return paused


def resume_block(
    arrays: Arrays, parameters: NDArray[np.void], seed: int, first: int, paused: Paused
) -> tuple[Floats, Integers, Integers]:
    """Go on with paused lanes: to the bit what `sim.engine.kernel.run_block` gives of arrays that differ only from then on.

    Parameters
    ----------
    arrays : Arrays
        Of the what-if, held to the same record.
    parameters, seed, first
        As the lanes were paused with.
    """
    shape = (len(arrays.months), len(arrays.states))
    trajectories = np.empty((len(parameters), len(TRAJECTORIES), *shape))
    members = np.empty((len(parameters), *shape), dtype=np.int64)
    trajectories[:, :, : paused.month], members[:, : paused.month] = paused.trajectories, paused.members
    happens = paused.happens.copy()
    known = nothing_known(arrays.pins)
    _resume(
        arrays,
        known,
        parameters,
        seed,
        first,
        paused.month,
        paused.lanes,
        paused.inviting,
        trajectories,
        members,
        happens,
    )
    return trajectories, members, happens
