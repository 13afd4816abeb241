"""What the record says states did, as arrays that an engine can be held to."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.conditioning.figures import FIGURE_TYPE
from sim.model.rules import MOST_STEPS
from sim.types import Floats

Integers = NDArray[np.int64]
Records = NDArray[np.void]

PIN_TYPE = np.dtype(
    [
        ("steps_hub", "i8"),
        ("steps_challenger", "i8"),
        ("initiatives_hub", "i8"),
        ("initiatives_challenger", "i8"),
        ("founds", "i8"),
        ("weights_hub", "f8", (MOST_STEPS,)),
        ("weights_challenger", "f8", (MOST_STEPS,)),
        ("rows_hub", "i8", (MOST_STEPS,)),
        ("rows_challenger", "i8", (MOST_STEPS,)),
        ("net", "f8"),
        ("lock_in", "f8"),
    ]
)
"""One state in one month of the record: unprompted steps, their weights and their places among the rows of the record;
initiatives that it opens; the institution that they found (-1: none); net weight of all steps; institutional lock-in at the month's end."""

ROW_TYPE = np.dtype(
    [
        ("month", "i8"),
        ("state", "i8"),
        ("side", "f8"),
        ("weight", "f8"),
        ("offer", "i8"),
        ("institution", "i8"),
        ("row", "i8"),
    ]
)
"""A recorded step that no rule decides: it happens as recorded, if the state has accepted ``offer`` (-1: in any case).

``offer`` counts the offers of the recorded timeline; ``institution`` is what the step founds or joins, -1 if nothing.
"""

KNOWN_TYPE = np.dtype(
    [
        (name, "f8")
        for name in (
            *("mean_hub", "mean_challenger", "mean_opened_hub", "mean_opened_challenger", "since_coercion"),
            *("own_challenger", "own_hub", "own_dependence"),
            *("alert", "pressed_hub", "pressed_challenger", "doubt", "entrapment"),
            *("opinion_challenger", "opinion_hub", "dependence"),
        )
    ]
)
"""One state in one month: expected unprompted steps and initiatives; standard normal noise of both opinions and of
dependence; and what that noise and the stimuli make of a state on record, whatever it does."""

PERSON_TYPE = np.dtype(
    [(name, "f8") for name in ("activity", "home", "start", "level_challenger", "level_hub")]
)
"""Activity of a state; error of its home in standard deviations; error of its log odds of dependence at the start;
errors of its long-run levels of opinion of either power in standard deviations (``state_offset``)."""

FREE, RECORDED, TWIN = 0, 1, 2
"""How a lane lives the months of a record: by chance alone; as on record; by what a recorded lane knows."""


class Pins(NamedTuple):
    """What happened in the months of a record. ``T`` months, ``N`` states."""

    months: int  # of the record; 0: nothing is known, and lanes are free
    responses: int  # number of those that have a place; lanes say in which month each of them happens
    cells: Records  # (T, N)
    rows: Records  # (rows,), those of one state together, by month
    first_row: Integers  # (N,)
    end_row: Integers  # (N,)
    figures: Records  # of ``FIGURE_TYPE``, what was measured
    invitations: Integers  # (I,), keys of the openings to all


class Known(NamedTuple):
    """Draws that are no longer free: what the record decides, and what a recorded lane tells its twin."""

    cells: Records  # (T, N)
    states: Records  # (N,)
    common: Floats  # (T,), common noise of opinion of the challenger
    inviting: Floats  # (I,), how inviting each opening to all is, log odds


def no_pins(states: int) -> Pins:
    """Nothing is known of what states did."""
    nothing = np.zeros(states, dtype=np.int64)
    return Pins(
        0,
        0,
        np.zeros((1, states), dtype=PIN_TYPE),
        np.zeros(0, dtype=ROW_TYPE),
        nothing,
        nothing.copy(),
        np.zeros(0, dtype=FIGURE_TYPE),
        np.zeros(0, dtype=np.int64),
    )


def nothing_known(pins: Pins) -> Known:
    """Room for what a recorded lane will know."""
    shape = pins.cells.shape
    return Known(
        np.zeros(shape, dtype=KNOWN_TYPE),
        np.zeros(shape[1], dtype=PERSON_TYPE),
        np.zeros(shape[0]),
        np.zeros(len(pins.invitations)),
    )
