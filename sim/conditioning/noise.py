"""The normal noise of a lane given surveys and trade shares.

Inside their bounds the rules of opinion and of dependence are affine with normal noise, and published figures are paths
plus normal errors. Noise given figures is then normal, and a draw of it is the lane's usual draw plus the smoothed
difference between the published figures and those that the usual draw would have shown (``sim.conditioning.smoother``).
Only addresses decide what is drawn. Without figures, and after the last of them, a lane keeps its usual draws.

The errors are those of the calibration. Opinion at the start and the long-run level that it returns to lie off the
world file's by one error, with a standard deviation of ``state_offset``: the reference series measures them. Other
series ask other questions, and share an offset of `SERIES_SPREAD`; each figure has an error of ``survey_error`` or
``pollster_error``, and of sampling. In the calibration the offset of a reference series is constant. A level comes to
0.99 of that at the record's median figure, and to less under long pressure (0.9 on average, 0.35 in Taiwan): it is
conditioned by what comes of it. An export share has an error of ``trade_error``, and dependence at the world's start
one of `START_SPREAD`. The bounds are left out of account, as they are in the fit: conditioned paths of opinion reach
them in fewer than two in a hundred months of any state of the record, and are held there as all paths are.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.conditioning.figures import OF_CHALLENGER, OF_HUB, OF_TRADE, SERIES_SPREAD, START_SPREAD
from sim.conditioning.maps import challenger_map, growth, hub_map, log_odds, pull_of_rest
from sim.conditioning.smoother import Walk, pulls
from sim.model.channels import PUNISHMENT
from sim.model.draws import (
    GROUP_COMMON,
    GROUP_FIGURE,
    GROUP_LANE,
    GROUP_NOISE,
    GROUP_SERIES,
    normal_quantile,
    uniforms,
)
from sim.model.jit import compiled, seldom
from sim.model.rules import MONTH
from sim.types import Floats

Integers = NDArray[np.int64]
Records = NDArray[np.void]


class Noise(NamedTuple):
    """The noise of one lane, for ``T`` months and ``N`` states.

    Attributes
    ----------
    own : float array, shape (3, T, N)
        Standard normal draws of each state's own, by kind: opinion of the challenger, opinion of the hub, dependence.
    common : float array, shape (T,)
        Standard normal draws that move opinion of the challenger in all states.
    start : float array, shape (N,)
        What is added to the log odds of dependence before the first month (``sim.conditioning.maps.share_moved``);
        0 for states without trade figures.
    level : float array, shape (2, N)
        Errors of the long-run levels of opinion of the challenger and of the hub, in standard deviations.
    """

    own: Floats
    common: Floats
    start: Floats
    level: Floats


@seldom
def _normal(seed: int, lane: int, month: int, site: int, group: int) -> float:
    return normal_quantile(uniforms(seed, lane, month, site, group)[0])


@seldom
def usual_noise(states: Records, months: Integers, seed: int, lane: int) -> Noise:
    """The draws of a lane that nothing conditions, at its usual addresses."""
    own, common = np.empty((3, len(months), len(states))), np.empty(len(months))
    level = np.empty((2, len(states)))
    for i in range(len(states)):
        u = uniforms(seed, lane, months[0], states[i].site, GROUP_LANE)
        level[OF_CHALLENGER, i], level[OF_HUB, i] = normal_quantile(u[2]), normal_quantile(u[3])
    for t in range(len(months)):
        common[t] = normal_quantile(uniforms(seed, lane, months[t], 0, GROUP_COMMON)[0])
        for i in range(len(states)):
            u = uniforms(seed, lane, months[t], states[i].site, GROUP_NOISE)
            for kind in range(len(own)):
                own[kind, t, i] = normal_quantile(u[kind])
    return Noise(own, common, np.zeros(len(states)), level)


@seldom
def conditioned_noise(
    states: Records, stimuli: Floats, months: Integers, figures: Records, p: Any, seed: int, lane: int
) -> Noise:
    """The draws of a lane from their distribution given the figures.

    Parameters
    ----------
    states : record array, shape (N,)
        With ``site``, ``rest_challenger``, ``rest_hub`` and ``dependence`` at the world's start.
    stimuli : float array, shape (T, N, channels)
        What reached each state each month, as recorded: figures were taken in the world as it was.
    months : int array, shape (T,)
        Month numbers.
    figures : structured array of ``FIGURE_TYPE``
        Those of one group together, by month (``figures_of``). Offsets and errors are drawn by key, so that leaving
        figures out changes those of no other.
    p : record of ``PARAMETER_TYPE``
    seed, lane : int
    """
    noise, first = usual_noise(states, months, seed, lane), 0
    while first < len(figures):
        kind, end = figures[first].kind, _end_of_group(figures, first)
        group, own, common = figures[first:end], noise.own[kind], noise.common
        asked = _asked(group)
        walk = _walk(kind, states, stimuli, asked, figures[end - 1].month + 1, p)
        level_of, load = _levels(kind, walk, group, p)
        value, variance, drawn, spread = _read(
            states, months, group, level_of, load, noise.level, p, seed, lane
        )
        residual = _residuals(walk, asked, group, value, own, common)
        pull, pull_of_series = pulls(walk, group, load, variance, spread * spread, residual)
        for t in range(len(pull)):
            for a in range(len(asked)):
                own[t, asked[a]] += walk.own * pull[t, a]
                common[t] += walk.common * pull[t, a]
        for s in range(len(level_of)):
            z = drawn[s] + spread[s] * pull_of_series[s]
            if kind == OF_TRADE:
                noise.start[asked[0]] = spread[s] * z
            elif level_of[s] >= 0:
                noise.level[kind, level_of[s]] = z
        first = end
    return noise


@compiled
def _end_of_group(figures: Records, first: int) -> int:
    """Where the group that begins with a figure ends."""
    end = first + 1
    while end < len(figures) and figures[end].group == figures[first].group:
        end += 1
    return end


@compiled
def _asked(figures: Records) -> Integers:
    """The states of a group, by the number of their level."""
    count = 0
    for k in range(len(figures)):
        count = max(count, figures[k].level + 1)
    asked = np.empty(count, dtype=np.int64)
    for k in range(len(figures)):
        asked[figures[k].level] = figures[k].state
    return asked


@compiled
def _walk(kind: int, states: Records, stimuli: Floats, asked: Integers, months: int, p: Any) -> Walk:
    """How the levels of a kind move in the states asked."""
    start, shape, year = np.empty(len(asked)), (months, len(asked)), math.sqrt(MONTH)
    slope, shift, calm = np.empty(shape), np.empty(shape), growth(0.0, 0.0, p)
    for a in range(len(asked)):
        me = states[asked[a]]
        if kind == OF_TRADE:
            start[a] = log_odds(me.dependence)
        else:
            start[a] = me.rest_challenger if kind == OF_CHALLENGER else me.rest_hub
        for t in range(months):
            slope[t, a], shift[t, a] = _map(kind, me, stimuli[t, asked[a]], calm, p)
    if kind == OF_CHALLENGER:
        return Walk(start, slope, shift, p.opinion_noise_challenger * year, p.opinion_common * year)
    if kind == OF_HUB:
        return Walk(start, slope, shift, p.opinion_noise_hub * year, 0.0)
    return Walk(start, slope, shift, growth(0.0, 1.0, p) - calm, 0.0)


@compiled
def _map(kind: int, me: Any, felt: Floats, calm: float, p: Any) -> tuple[float, float]:
    """Slope and shift of a level of a kind in a month; ``calm`` is the growth of log odds without punishment."""
    if kind == OF_CHALLENGER:
        return challenger_map(me, felt, p)
    if kind == OF_HUB:
        return hub_map(me, felt, p)
    return 1.0, growth(felt[PUNISHMENT], 0.0, p) if felt[PUNISHMENT] > 0.0 else calm


@compiled
def _spreads(figure: Any, p: Any) -> tuple[float, float]:
    """Standard deviations of the offset of a figure's series and of its own error."""
    if figure.kind == OF_TRADE:
        return START_SPREAD, p.trade_error
    if figure.reference == 1:
        return p.state_offset, math.hypot(p.survey_error, figure.error)
    return SERIES_SPREAD, math.hypot(p.pollster_error, figure.error)


@compiled
def _levels(kind: int, walk: Walk, figures: Records, p: Any) -> tuple[Integers, Floats]:
    """Which state's level each series measures, -1 if none, and the share of its offset that each figure is off by.

    A state's level is measured by the first reference series of the group. Its opinion comes to be off by the error of
    the level, but for what pressure takes of it.
    """
    series, share = 0, np.ones(walk.slope.shape)
    for k in range(len(figures)):
        series = max(series, figures[k].series + 1)
    level_of, taken = np.full(series, -1), np.full(len(walk.start), -1)
    if kind != OF_TRADE:
        pull = pull_of_rest(p)
        for a in range(len(walk.start)):
            off = 1.0
            for t in range(len(share)):
                off = walk.slope[t, a] * off + pull
                share[t, a] = off
    load = np.ones(len(figures))
    for k in range(len(figures)):
        figure = figures[k]
        if figure.reference == 1 and taken[figure.level] < 0:
            taken[figure.level] = figure.series
            level_of[figure.series] = figure.state
        if taken[figure.level] == figure.series:
            load[k] = share[figure.month, figure.level]
    return level_of, load


@compiled
def _read(
    states: Records, months: Integers, figures: Records, level_of: Integers, load: Floats, levels: Floats, p: Any,
    seed: int, lane: int,
) -> tuple[Floats, Floats, Floats, Floats]:  # fmt: skip
    """Figures less the offsets and errors that the lane's own figures would have.

    Returns
    -------
    value, variance : float array, shape (K,)
        The figures less these, and the variance of each error.
    drawn, spread : float array, shape (S,)
        The offset of each series in standard deviations, and what these are.
    """
    series = len(level_of)
    value, variance = np.empty(len(figures)), np.empty(len(figures))
    drawn, spreads = np.full(series, np.nan), np.zeros(series)
    for k in range(len(figures)):
        figure = figures[k]
        s, site = figure.series, states[figure.state].site
        spreads[s], error = _spreads(figure, p)
        if level_of[s] >= 0:
            drawn[s] = levels[figure.kind, level_of[s]]
        elif math.isnan(drawn[s]):
            drawn[s] = _normal(seed, lane, months[0], site, GROUP_SERIES + figure.series_key)
        z = _normal(seed, lane, months[figure.month], site, GROUP_FIGURE + figure.key)
        value[k] = figure.value - load[k] * spreads[s] * drawn[s] - error * z
        variance[k] = error * error
    return value, variance, drawn, spreads


@compiled
def _residuals(
    walk: Walk, asked: Integers, figures: Records, value: Floats, own: Floats, common: Floats
) -> Floats:
    """Values less the path that the lane's draws give."""
    level, residual, k = walk.start.copy(), np.empty(len(value)), 0
    for t in range(len(walk.slope)):
        for a in range(len(asked)):
            noise = walk.own * own[t, asked[a]] + walk.common * common[t]
            level[a] = walk.slope[t, a] * level[a] + walk.shift[t, a] + noise
        while k < len(value) and figures[k].month == t:
            residual[k] = value[k] - level[figures[k].level]
            k += 1
    return residual
