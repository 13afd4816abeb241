"""What reaches a state each month, by name, and what it sees around it."""

from __future__ import annotations

import numpy as np

from calibration.evidence.observed import Observed
from sim.model.channels import (
    ACCOMMODATION,
    COERCION,
    COURTSHIP_CHALLENGER,
    COURTSHIP_HUB,
    CREDIBILITY,
    LEADER,
    PRESSURE,
    PUNISHMENT,
    REPUTATION_CHALLENGER,
    REPUTATION_HUB,
    SHOCK,
    WAR,
)
from sim.model.rules import ALIGNED
from sim.types import Floats

COERCED, PUNISHED, PARTNERS, FIT, ALIGNMENT, ALIGNED_PARTNERS = range(6)
"""What a state sees around it, in the order of ``neighbours``."""


def neighbours(observed: Observed) -> Floats:
    """What each state saw around it, by the record alone: float array, shape (T, N, 6)."""
    arrays = observed.arrays
    months, states = observed.position.shape
    alignment = np.tanh((observed.home + observed.position) / 2.0)
    partner, fit = np.zeros((states, states)), np.zeros((states, states))
    for i in range(states):
        for tie in arrays.ties[arrays.states["first_tie"][i] : arrays.states["end_tie"][i]]:
            partner[i, tie["other"]] = tie["partner"]
            fit[i, tie["other"]] = tie["fit"]
    around = np.zeros((months, states, 6))
    around[:, :, COERCED] = arrays.stimuli[:, :, COERCION] @ partner.T
    around[:, :, PUNISHED] = arrays.stimuli[:, :, PUNISHMENT] @ partner.T
    alone = partner.sum(axis=1) == 0.0
    around[:, :, PARTNERS] = np.where(alone, alignment, alignment @ partner.T)
    around[:, :, FIT] = alignment @ fit.T
    around[:, :, ALIGNMENT] = alignment
    around[:, :, ALIGNED_PARTNERS] = (alignment > ALIGNED) @ partner.T
    return around


__all__ = [
    "ACCOMMODATION",
    "ALIGNED_PARTNERS",
    "ALIGNMENT",
    "COERCED",
    "COERCION",
    "COURTSHIP_CHALLENGER",
    "COURTSHIP_HUB",
    "CREDIBILITY",
    "FIT",
    "LEADER",
    "PARTNERS",
    "PRESSURE",
    "PUNISHED",
    "PUNISHMENT",
    "REPUTATION_CHALLENGER",
    "REPUTATION_HUB",
    "SHOCK",
    "WAR",
    "neighbours",
]
