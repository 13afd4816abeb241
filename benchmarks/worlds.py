"""Worlds of other sizes, made of copies of the one that ships: what each state does stays as it is."""

from __future__ import annotations

import numpy as np

from sim.conditioning.pins import no_pins
from sim.engine.arrays import Arrays


def copies(arrays: Arrays, number: int) -> Arrays:
    """``number`` copies of every state side by side, free of any record; each has its own chance and ties in its copy."""
    size, many = len(arrays.states), np.arange(number)
    states, ties, offers = (np.tile(part, number) for part in (arrays.states, arrays.ties, arrays.offers))
    states["site"] += np.repeat(many << 15, size)  # letters of a code take fifteen bits
    for field in ("first_tie", "end_tie"):
        states[field] += np.repeat(many * len(arrays.ties), size)
    for field in ("first_offer", "end_offer"):
        states[field] += np.repeat(many * len(arrays.offers), size)
    ties["other"] += np.repeat(many * size, len(arrays.ties))
    return arrays._replace(
        states=states,
        ties=ties,
        offers=offers,
        stimuli=np.tile(arrays.stimuli, (1, number, 1)),
        slots=np.tile(arrays.slots, (1, number, 1)),
        memberships=np.tile(arrays.memberships, (1, number)),
        episodes=np.tile(arrays.episodes, (1, number)),
        pins=no_pins(number * size),
    )


def with_ties(arrays: Arrays, times: int) -> Arrays:
    """``times`` as many ties of every state, the further ones to other states, with weights that sum to the same."""
    states, own = arrays.states.copy(), []
    size, at = len(states), 0
    for state in states:
        before = arrays.ties[state["first_tie"] : state["end_tie"]]
        state["first_tie"] = at
        for shift in range(times):
            more = before.copy()
            more["other"] = (more["other"] + shift) % size
            for field in ("partner", "fit"):
                more[field] /= times
            own.append(more)
            at += len(more)
        state["end_tie"] = at
    ties = np.concatenate(own) if own else arrays.ties[:0]
    return arrays._replace(states=states, ties=ties)
