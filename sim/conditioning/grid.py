"""One number drawn from its density on a grid of standard deviations."""

from __future__ import annotations

import math

import numpy as np

from sim.model.jit import compiled
from sim.types import Floats

REACH, CELLS = 4.0, 32
"""Reach of the grid in standard deviations either way, and its cells."""


@compiled
def point_of(number: int) -> float:
    """The point of the grid with a number, 0 to ``CELLS``."""
    return -REACH + 2.0 * REACH * number / CELLS


@compiled
def drawn_on_grid(log_density: Floats, u: float) -> float:
    """The quantile ``u`` of a density that is linear between the points of the grid.

    ``log_density`` has shape (CELLS + 1,) and any constant added.
    """
    top = np.max(log_density)
    step = 2.0 * REACH / CELLS
    total = 0.0
    for cell in range(CELLS):
        total += math.exp(log_density[cell] - top) + math.exp(log_density[cell + 1] - top)
    sought = u * total
    for cell in range(CELLS):
        left, right = math.exp(log_density[cell] - top), math.exp(log_density[cell + 1] - top)
        if sought <= left + right or cell == CELLS - 1:
            share = min(sought / (left + right), 1.0)
            slope = right - left
            inside = share
            if abs(slope) > 1e-9 * (left + right):
                inside = (math.sqrt(left * left + share * slope * (left + right)) - left) / slope
            return -REACH + step * (cell + inside)
        sought -= left + right
    return REACH
