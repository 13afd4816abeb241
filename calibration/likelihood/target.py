"""What a sampler needs of a block, and what stands for an impossible likelihood."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from sim.types import Floats

IMPOSSIBLE = -1e30


class Target(Protocol):
    """What a sampler needs of a block."""

    name: str
    names: tuple[str, ...]

    def log_likelihood(self, values: Floats) -> Floats:
        """Log likelihood of each row of ``values``, shape (n, len(names)), natural units; returns shape (n,)."""


def finite(values: Floats) -> Floats:
    """The values, and `IMPOSSIBLE` where they are no numbers."""
    return np.where(np.isfinite(values), values, IMPOSSIBLE)
