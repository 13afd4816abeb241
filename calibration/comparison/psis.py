"""Densities from weighted draws: importance weights with Pareto-smoothed tails, and weights of models.

References
----------
Vehtari, Simpson, Gelman, Yao and Gabry (2024), Pareto smoothed importance sampling; Zhang and Stephens (2009), A new and
efficient estimation method for the generalized Pareto distribution; Yao, Vehtari, Simpson and Gelman (2018), Using
stacking to average Bayesian predictive distributions.
"""

from __future__ import annotations

import numpy as np

from calibration.fitting.sampler import keyed_generator
from sim.types import Floats

RELIABLE = 0.7
"""Shape of the weights' tail up to which they can be trusted."""


def log_sum(logs: Floats) -> float:
    """Log of the sum of exponentials.

    >>> round(log_sum(np.log(np.array([1.0, 3.0]))), 6) == round(float(np.log(4.0)), 6)
    True
    """
    top = float(np.max(logs))
    if not np.isfinite(top):
        return top
    return top + float(np.log(np.exp(logs - top).sum()))


def log_mean(logs: Floats) -> float:
    """Log of the mean of exponentials."""
    return log_sum(logs) - float(np.log(len(logs)))


def smoothed_weights(log_ratios: Floats) -> tuple[Floats, float]:
    """Log weights whose largest values are those of a generalized Pareto distribution fitted to them.

    Parameters
    ----------
    log_ratios : float array, shape (n,)
        Log importance ratios, up to a constant.

    Returns
    -------
    log_weights : float array, shape (n,)
        They add up to one.
    shape : float
        Of the tail; above 0.7 the weights cannot be trusted. Infinity if too few draws show a tail.
    """
    logs = np.asarray(log_ratios - log_ratios.max(), dtype=np.float64)
    count = len(logs)
    tail = int(np.ceil(min(0.2 * count, 3 * np.sqrt(count))))
    shape = np.inf
    if tail >= 5:
        order = np.argsort(logs, kind="stable")
        largest = order[-tail:]
        cut = logs[order[-tail - 1]]
        excess = np.exp(logs[largest]) - np.exp(cut)
        if excess[-1] <= 1e-12:
            shape = -np.inf
        else:
            shape, scale = pareto_of(np.maximum(excess, 1e-300))
            if np.isfinite(shape):
                points = (np.arange(tail) + 0.5) / tail
                logs[largest] = np.minimum(np.log(np.exp(cut) + _quantile(points, shape, scale)), 0.0)
    return logs - log_sum(logs), float(shape)


def pareto_of(excess: Floats) -> tuple[float, float]:
    """Shape and scale of a generalized Pareto distribution, from sorted values above its threshold."""
    count = len(excess)
    grid = 30 + int(np.sqrt(count))
    place = np.arange(1, grid + 1) - 0.5
    quartile = excess[int(count / 4 + 0.5) - 1]
    b = (1.0 - np.sqrt(grid / place)) / (3.0 * quartile) + 1.0 / excess[-1]
    shapes = np.log1p(-b[:, None] * excess).mean(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = count * (np.log(-b / shapes) - shapes - 1.0)
    weights = 1.0 / np.exp(np.clip(logs - logs[:, None], -700, 700)).sum(axis=1)
    kept = weights >= 10 * np.finfo(float).eps
    b, weights = b[kept], weights[kept] / weights[kept].sum()
    best = float((b * weights).sum())
    shape = float(np.log1p(-best * excess).mean())
    scale = -shape / best
    return (count * shape + 10 * 0.5) / (count + 10), scale


def _quantile(points: Floats, shape: float, scale: float) -> Floats:
    if abs(shape) < 1e-12:
        return -scale * np.log1p(-points)
    return scale * np.expm1(-shape * np.log1p(-points)) / shape


def stacking_weights(log_densities: Floats, rounds: int = 20_000) -> Floats:
    """Weights of models, on the simplex, whose mixture predicts best: expectation and maximisation from equal weights.

    Parameters
    ----------
    log_densities : float array, shape (cases, models)
        Held out.

    >>> stacking_weights(np.array([[0.0, -9.0], [0.0, -9.0]])).round(6).tolist()
    [1.0, 0.0]
    """
    densities = np.exp(log_densities - log_densities.max(axis=1, keepdims=True))
    weights = np.full(densities.shape[1], 1.0 / densities.shape[1])
    for _ in range(rounds):
        shares = weights * densities
        new = (shares / shares.sum(axis=1, keepdims=True)).mean(axis=0)
        if np.abs(new - weights).max() < 1e-12:
            break
        weights = new
    return weights / weights.sum()


def bootstrap_weights(log_densities: Floats, draws: int = 4000) -> Floats:
    """Chance-weighted weights of models: shares of exp(sum), averaged over Bayesian bootstraps of the cases.

    Stacking asks which mixture predicts best, and often gives all to one model; this asks how sure the ranking is, were
    the cases others ("pseudo-BMA+" in Yao and others 2018).

    Parameters
    ----------
    log_densities : float array, shape (cases, models)
        Held out.
    """
    count = len(log_densities)
    shares = keyed_generator("bootstrap", count).dirichlet(np.ones(count), draws)
    sums = count * (shares @ log_densities)
    weights = np.exp(sums - sums.max(axis=1, keepdims=True))
    return (weights / weights.sum(axis=1, keepdims=True)).mean(axis=0)
