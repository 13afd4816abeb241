"""Levels that move by affine monthly maps with normal noise: what figures of them say about each month's shock.

References
----------
Durbin & Koopman (2002), "A simple and efficient simulation smoother for state space time series analysis",
Biometrika 89(3); Wilson et al. (2021), "Pathwise conditioning of Gaussian processes", JMLR 22(105): a draw from the
conditional distribution is an unconditional draw plus the smoothed difference between what was observed and what the
draw would have shown. Durbin & Koopman (2012), Time Series Analysis by State Space Methods, 2nd ed., section 6.4, for
figures taken in one by one.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.model.jit import compiled, seldom
from sim.types import Floats

Records = NDArray[np.void]


class Walk(NamedTuple):
    """How ``A`` levels move in ``T`` months: level' = slope level + shift + own z + common c.

    ``z`` is a standard normal draw of the level's own and ``c`` one that all levels share.
    """

    start: Floats  # (A,) levels before the first month
    slope: Floats  # (T, A)
    shift: Floats  # (T, A)
    own: float
    common: float


@compiled
def _pass_month(slope: Floats, own: float, common: float, left: Floats, come: Floats) -> None:
    """One more month since the last figures: share of each level that is left, covariance of what has come to them."""
    for a in range(len(slope)):
        row, factor = come[a], slope[a]
        for b in range(a + 1):
            row[b] = factor * slope[b] * row[b] + common
        row[a] += own
        left[a] *= factor


@compiled
def _arrive(mean: Floats, covariance: Floats, left: Floats, come: Floats) -> None:
    """Bring mean and covariance of levels and offsets to today; the months since the last figures start again."""
    for i in range(len(mean)):
        row, share = covariance[i], left[i]
        for j in range(len(mean)):
            row[j] *= share * left[j]
        mean[i] *= share
    for a in range(len(come)):
        for b in range(a):
            covariance[a, b] += come[a, b]
            covariance[b, a] += come[a, b]
        covariance[a, a] += come[a, a]
    left[:], come[:] = 1.0, 0.0


@compiled
def _take_in(
    mean: Floats, covariance: Floats, gain: Floats, level: int, series: int, load: float, residual: float,
    variance: float,
) -> float:  # fmt: skip
    """Learn from one figure: write its gains; the result is its surprise over the variance of that."""
    surprise = residual - mean[level] - load * mean[series]
    of_level, of_series = covariance[level], covariance[series]
    spread = of_level[level] + 2.0 * load * of_level[series] + load * load * of_series[series] + variance
    for i in range(len(mean)):
        gain[i] = (of_level[i] + load * of_series[i]) / spread
        mean[i] += gain[i] * surprise
    for i in range(len(mean)):
        row, factor = covariance[i], gain[i] * spread
        for j in range(len(mean)):
            row[j] -= factor * gain[j]
    return surprise / spread


@compiled
def _look_back(
    slope: Floats, readings: Records, load: Floats, gain: Floats, surprise: Floats, months: int
) -> tuple[Floats, Floats]:
    """The pulls, from the last month to the first."""
    k, levels = len(surprise), slope.shape[1]
    pull, weight = np.empty((months, levels)), np.zeros(gain.shape[1])
    for t in range(months - 1, -1, -1):
        while k > 0 and readings[k - 1].month == t:
            k -= 1
            own = surprise[k]
            for i in range(len(weight)):
                own -= gain[k, i] * weight[i]
            weight[readings[k].level] += own
            weight[levels + readings[k].series] += load[k] * own
        for a in range(levels):
            pull[t, a] = weight[a]
            weight[a] *= slope[t, a]
    return pull, weight[levels:]


@seldom
def pulls(
    walk: Walk, readings: Records, load: Floats, variance: Floats, offset: Floats, residual: Floats
) -> tuple[Floats, Floats]:
    """How far figures that lie off a simulated path pull each level in each month.

    A pull is the derivative of the figures' log density by a shift of the level in that month. Given the figures, the
    mean of a level's own draw ``z`` is ``own`` times its pull, that of the common draw ``common`` times the sum of the
    pulls of all levels, and that of the offset of a series its variance times the pull of the series. A Kalman filter
    takes the figures in one by one; the smoother goes back over them.

    Parameters
    ----------
    walk : Walk
        Of the months until the last figure at least.
    readings : record array, shape (K,)
        With ``month``, by which they are sorted, ``level`` and ``series``, which has an offset.
    load : float array, shape (K,)
        Share of the offset of its series that each figure is off by.
    variance : float array, shape (K,)
        Of each figure's own error.
    offset : float array, shape (S,)
        Variance of each series' offset.
    residual : float array, shape (K,)
        Figures less what the simulated path, offsets and errors would have shown.

    Returns
    -------
    pull : float array, shape (months until the last figure, A)
    pull_of_series : float array, shape (S,)
    """
    figures, levels = len(readings), len(walk.start)
    months, size = readings[figures - 1].month + 1, levels + len(offset)
    mean, covariance = np.zeros(size), np.zeros((size, size))
    for s in range(len(offset)):
        covariance[levels + s, levels + s] = offset[s]
    left, come = np.ones(size), np.zeros((levels, levels))  # an offset stays as it is
    gain, surprise = np.empty((figures, size)), np.empty(figures)
    own, common, k = walk.own * walk.own, walk.common * walk.common, 0
    for t in range(months):
        _pass_month(walk.slope[t], own, common, left, come)
        if readings[k].month == t:
            _arrive(mean, covariance, left, come)
        while k < figures and readings[k].month == t:
            level, series = readings[k].level, levels + readings[k].series
            surprise[k] = _take_in(
                mean, covariance, gain[k], level, series, load[k], residual[k], variance[k]
            )
            k += 1
    return _look_back(walk.slope, readings, load, gain, surprise, months)
