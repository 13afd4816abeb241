"""Records whose unprompted steps a test chooses by half-year."""

import numpy as np
from numpy.typing import NDArray

from calibration.evidence.observed import CELL_MONTHS, UNPROMPTED, Observed


def with_steps(observed: Observed, steps: NDArray[np.int64], initiatives: bool = True) -> Observed:
    """The record with these steps (2, N, H), all in the first month of their half-year; its initiatives stay or go."""
    moves = observed.moves.copy() if initiatives else np.zeros_like(observed.moves)
    moves[UNPROMPTED] = 0
    moves[UNPROMPTED][..., ::CELL_MONTHS] = steps
    return observed.with_targets(moves=moves)
