"""How well independent populations agree on a posterior: potential scale reduction and Monte-Carlo error."""

from __future__ import annotations

import numpy as np

from sim.types import Floats


def scale_reduction(draws: Floats) -> float:
    """Rank-normalised potential scale reduction (R-hat), the larger of that of places and that of distances.

    Parameters
    ----------
    draws : float array, shape (populations, n)

    Returns
    -------
    float
        Near 1 if the populations agree; 1 if all draws are the same number.

    References
    ----------
    Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021), Rank-normalization, folding, and localization.

    >>> scale_reduction(np.ones((4, 10)))
    1.0
    """
    folded = np.abs(draws - np.median(draws))
    return max(_reduction(_normal_scores(draws)), _reduction(_normal_scores(folded)))


def monte_carlo_error(draws: Floats) -> float:
    """Standard error of the mean over all draws, from the spread of the populations' means.

    It is never less than that of as many independent draws.

    Parameters
    ----------
    draws : float array, shape (populations, n)
    """
    independent = draws.std() / np.sqrt(draws.size)
    if len(draws) < 2:
        return float(independent)
    return float(max(draws.mean(axis=1).std(ddof=1) / np.sqrt(len(draws)), independent))


def _normal_scores(draws: Floats) -> Floats:
    from scipy.special import ndtri
    from scipy.stats import rankdata

    ranks = rankdata(draws, method="average").reshape(draws.shape)
    return ndtri((ranks - 0.375) / (draws.size + 0.25))


def _reduction(draws: Floats) -> float:
    count = draws.shape[1]
    within = draws.var(axis=1, ddof=1).mean()
    between = draws.mean(axis=1).var(ddof=1) if len(draws) > 1 else 0.0
    return float(np.sqrt((count - 1) / count + between / within)) if within > 0 else 1.0
