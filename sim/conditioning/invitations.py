"""How inviting each opening to all is, given who joined and when.

All states asked feel one effect: it is lowered from the threshold of the institution in all their hazards. Its
distribution is that of the calibration: a state joins at the hazard of acceptance, and is seen for `MASS_WINDOW`
months; declining counts as not joining. There only invitations that many states took up have a term; here all have.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.conditioning.grid import CELLS, drawn_on_grid, point_of
from sim.conditioning.pins import Integers, Known, Pins, Records
from sim.model import rules
from sim.model.channels import LEADER
from sim.model.draws import GROUP_ROW, normal_quantile, uniforms
from sim.model.jit import compiled, seldom
from sim.model.rules import INVITATION_SPREAD, MONTH
from sim.types import Floats

MASS_WINDOW = 24
"""Months after an open invitation in which joining the institution counts as an answer to it."""
LEAST_CHANCE = 1e-300


@seldom
def inviting_of(key: int, month: int, invitations: Integers, known: Floats, seed: int, lane: int) -> float:
    """How inviting (log odds) an opening to all is in a lane: known, or drawn at the address of its row.

    Parameters
    ----------
    key, month : int
        Of the row, and the number of the month in which it opens.
    invitations : int array
        Keys of the openings of the record.
    known : float array
        How inviting those are.
    """
    for number in range(len(invitations)):
        if invitations[number] == key:
            return known[number]
    return INVITATION_SPREAD * normal_quantile(uniforms(seed, lane, month, 0, GROUP_ROW + key)[0])


@compiled
def log_joining(
    i: int, offer: Any, threshold: float, stimuli: Floats, alignments: Floats, months: int, known: Known, p: Any,
    log_density: Floats,
) -> None:  # fmt: skip
    """Add to the points of the grid the log probability of whether and when one state joined."""
    last = min(offer.month + MASS_WINDOW, months) - 1
    joined = offer.answer == 1 and offer.answer_month < offer.month + MASS_WINDOW
    if joined:
        last = offer.answer_month
    for t in range(offer.month, last + 1):
        cell, leader, alignment = known.cells[t, i], stimuli[t, i, LEADER], alignments[t, i]
        for number in range(len(log_density)):
            inviting = INVITATION_SPREAD * point_of(number)
            yes, _ = rules.answer_hazards(
                offer.side, threshold - inviting, alignment, leader, cell.alert, cell.dependence, offer.initiative, p
            )  # fmt: skip
            if joined and t == last:
                log_density[number] += math.log(max(-math.expm1(-yes * MONTH), LEAST_CHANCE))
            else:
                log_density[number] -= yes * MONTH


@compiled
def draw_invitations(
    states: Records, offers: Records, institutions: Records, stimuli: Floats, alignments: Floats, first: int,
    pins: Pins, p: Any, seed: int, lane: int, known: Known,
) -> None:  # fmt: skip
    """Draw how inviting each opening to all on record is; ``known.inviting`` is written.

    Parameters
    ----------
    alignments : float array, shape (T, N)
        By recorded steps and the middle of each home, as in the fit.
    first : int
        Number of the first month.
    known : Known
        With what states remember in each month.
    """
    log_density = np.zeros(CELLS + 1)
    for invitation in range(len(pins.invitations)):
        key, opens = pins.invitations[invitation], 0
        for point in range(len(log_density)):
            log_density[point] = -0.5 * point_of(point) ** 2
        for i in range(len(states)):
            for number in range(states[i].first_offer, states[i].end_offer):
                offer = offers[number]
                if offer.to_all == 1 and offer.key == key and offer.recorded >= 0:
                    opens = offer.month
                    log_joining(
                        i, offer, institutions[offer.institution].threshold, stimuli, alignments, pins.months,
                        known, p, log_density,
                    )  # fmt: skip
        u = uniforms(seed, lane, first + opens, 0, GROUP_ROW + key)[0]
        known.inviting[invitation] = INVITATION_SPREAD * drawn_on_grid(log_density, u)
