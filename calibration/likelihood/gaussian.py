"""Jointly normal figures: their log density, and which of them a fit may see."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from calibration.evidence.observed import CELL_MONTHS, Observed
from calibration.likelihood.target import IMPOSSIBLE
from sim.engine.arrays import Records
from sim.model.jit import compiled
from sim.types import Floats

Mask = NDArray[np.bool_]


@compiled
def log_density(residual: Floats, cov: Floats) -> float:
    """Log density of a normal vector; both arguments are overwritten (Cholesky column by column, solved on the way)."""
    size, total = len(residual), 0.0
    column = np.empty(size)
    for j in range(size):
        if not cov[j, j] > 0.0:
            return IMPOSSIBLE
        root = math.sqrt(cov[j, j])
        for i in range(j + 1, size):
            column[i] = cov[i, j] / root
        score = residual[j] / root
        total -= 0.5 * score * score + math.log(root) + 0.9189385332046727
        for i in range(j + 1, size):
            factor = column[i]
            residual[i] -= factor * score
            for m in range(j + 1, i + 1):
                cov[i, m] -= factor * column[m]
    return total


def fitted_figures(
    figures: Records, observed: Observed, until: int | None, without: Sequence[str], key: str
) -> Mask:
    """Mask of the figures that a fit sees: before half-year ``until``, and of states left out only the first of each ``key``."""
    fitted = np.ones(len(figures), dtype=np.bool_)
    if until is not None:
        fitted &= figures["month"] < until * CELL_MONTHS
    left_out = np.array([observed.states[i] in without for i in figures["state"]], dtype=np.bool_)
    return fitted & (~left_out | first_of_series(figures, key))


def first_of_series(figures: Records, key: str = "series") -> Mask:
    """Mask of the first figure of each series (or state)."""
    first = np.zeros(len(figures), dtype=np.bool_)
    for value in np.unique(figures[key]):
        own = np.flatnonzero(figures[key] == value)
        first[own[np.argmin(figures["month"][own])]] = True
    return first
