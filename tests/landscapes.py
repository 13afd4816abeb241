"""Landscapes of a few actors for tests: tables of propensities as the links that ``sim.model.landscape`` reads."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.model.landscape import Links


def links(propensity: NDArray[np.float64]) -> Links:
    """All links of a table, shape (actors, actors), symmetric; the diagonal is not read."""
    actors = len(propensity)
    pairs = [(i, j) for i in range(actors) for j in range(actors) if i != j and propensity[i, j] != 0.0]
    counts = np.bincount([i for i, _ in pairs], minlength=actors) if pairs else np.zeros(actors, np.int64)
    return Links(
        np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        np.array([j for _, j in pairs], dtype=np.int64),
        np.array([propensity[i, j] for i, j in pairs], dtype=np.float64),
    )
