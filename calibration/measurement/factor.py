"""The linear normal model of the scale.

Of state i, indicator k and year t, standardised by indicator::

    y = a_k + e_kt + l_k h_i + l_k K_k m_it + u_ki + v_kit + noise_kit
    m_it = step * sum of recorded steps, each fading with the memory + random walk, both zero at the end of 2009

Homes h are standard normal, u lasting offsets of a state, v autoregressive of order one, a_k and e_kt shared by all states.
Given its parameters everything is normal: homes, steps' carriers and shared effects are integrated out, by state with one
covariance for all, and shared effects by the matrix inversion lemma.

References
----------
Jöreskog (1969), A general approach to confirmatory maximum likelihood factor analysis, Psychometrika 34; Harvey (1989),
Forecasting, Structural Time Series Models and the Kalman Filter, on trends beside a stationary part.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.measurement.indicators import Panel
from calibration.measurement.parameters import Parameters
from sim.types import Floats

LEVEL_VARIANCE = 4.0
"""Prior variance of an indicator's mean, in standard deviations of the indicator squared."""
MONTH = 1.0 / 12.0


def walk_covariance(a: Floats, b: Floats) -> Floats:
    """Covariance of a two-sided random walk of unit variance a year that is zero at time zero, shape (len(a), len(b))."""
    a, b = np.asarray(a)[:, None], np.asarray(b)[None, :]
    return np.asarray(np.where(a * b > 0, np.minimum(abs(a), abs(b)), 0.0))


def covariance(panel: Panel, p: Parameters) -> Floats:
    """Covariance of the slots of one state about the shared effects, shape (particles, slots, slots)."""
    kind, when = panel.kind, panel.when
    same = kind[:, None] == kind[None, :]
    apart = abs(when[:, None] - when[None, :])
    loading = p.loading[:, kind]
    moving = loading * p.step_loading[:, kind]
    found = loading[:, :, None] * loading[:, None, :]
    walk = p.walk[:, None, None] ** 2 * walk_covariance(when, when)
    found += moving[:, :, None] * moving[:, None, :] * walk
    variance = p.noise[:, kind] ** 2
    fading = np.log(np.maximum(p.persistence[:, kind], 1e-300))[:, :, None] * apart
    carried = (p.lasting[:, kind] * variance)[:, :, None] * np.exp(fading)
    found += same * (p.offset[:, kind][:, :, None] ** 2 + carried)
    return found + ((1 - p.lasting[:, kind]) * variance)[:, :, None] * np.eye(len(kind))


def shared_covariance(panel: Panel, p: Parameters) -> Floats:
    """Prior covariance of the shared effects of all slots, shape (particles, slots, slots)."""
    same = panel.kind[:, None] == panel.kind[None, :]
    return LEVEL_VARIANCE * same + (p.year[:, panel.kind] ** 2)[:, :, None] * np.eye(len(panel.kind))


def moved_by_steps(panel: Panel, p: Parameters) -> Floats:
    """Movement by recorded steps at the end of each month from January 2010, shape (particles, months, states)."""
    steps = np.zeros((1, len(panel.states))) if panel.steps is None else panel.steps
    kept = np.exp(-MONTH / p.memory)[:, None]
    found = np.zeros((len(p.step), *steps.shape))
    carried = np.zeros((len(p.step), steps.shape[1]))
    for month, fresh in enumerate(steps):
        carried = carried * kept + p.step[:, None] * fresh
        found[:, month] = carried
    return found


def expected(panel: Panel, p: Parameters) -> Floats:
    """What recorded steps make of each slot, shape (particles, states, slots)."""
    found = np.zeros((len(p.step), len(panel.states), len(panel.kind)))
    if panel.steps is None:
        return found
    months = moved_by_steps(panel, p)
    by_year = months.reshape(len(months), -1, 12, months.shape[2]).mean(axis=2)
    weight = p.loading * p.step_loading
    for slot, (k, when) in enumerate(zip(panel.kind, panel.when, strict=True)):
        if when > 0:
            found[:, :, slot] = weight[:, k, None] * by_year[:, int(when)]
    return found


@dataclass(frozen=True)
class Group:
    """States with the same gaps.

    Attributes
    ----------
    states : int array
    precision : float array, shape (particles, slots, slots)
        Inverse covariance of what was seen of each of them; zero elsewhere.
    """

    states: NDArray[np.int64]
    precision: Floats


@dataclass(frozen=True)
class Given:
    """What the data say given parameters: the likelihood, and what homes follow from.

    Attributes
    ----------
    log_likelihood : float array, shape (particles,)
    groups : list of Group
    residual : float array, shape (particles, states, slots)
        Observed less what steps make of it; zero where nothing was observed.
    shared_mean, shared_covariance : float arrays, shapes (particles, slots), (particles, slots, slots)
        Of the shared effects, given the data.
    """

    log_likelihood: Floats
    groups: list[Group]
    residual: Floats
    shared_mean: Floats
    shared_covariance: Floats


def given(panel: Panel, p: Parameters) -> Given:
    """Condition on a panel."""
    seen = ~np.isnan(panel.values)
    residual = np.where(seen, np.nan_to_num(panel.values) - expected(panel, p), 0.0)
    groups, log_determinant = precisions(covariance(panel, p), seen)
    prior = shared_covariance(panel, p)
    pooled, pull, total = np.linalg.inv(prior), np.zeros(residual[:, 0].shape), log_determinant
    for group in groups:
        own = residual[:, group.states]
        weighted = own @ group.precision
        pooled = pooled + len(group.states) * group.precision
        pull += weighted.sum(axis=1)
        total = total + (own * weighted).sum(axis=(1, 2))
    spread = np.linalg.inv(pooled)
    mean = np.einsum("njk,nk->nj", spread, pull)
    total = total - (mean * pull).sum(axis=1) + np.linalg.slogdet(pooled)[1] + np.linalg.slogdet(prior)[1]
    return Given(-0.5 * (total + seen.sum() * np.log(2 * np.pi)), groups, residual, mean, spread)


def precisions(full: Floats, seen: NDArray[np.bool_]) -> tuple[list[Group], Floats]:
    """Inverse covariance of what was seen of the states, and the sum of their log determinants.

    The inverse of all slots is taken once, and gaps are struck out of it.
    """
    inverse, base = np.linalg.inv(full), np.linalg.slogdet(full)[1]
    groups, log_determinant = [], np.zeros(len(full))
    patterns, members = np.unique(seen, axis=0, return_inverse=True)
    for number, pattern in enumerate(patterns):
        states = np.flatnonzero(members.ravel() == number)
        precision, determinant, gaps = inverse, base, np.flatnonzero(~pattern)
        if len(gaps):
            between = inverse[:, gaps]
            within = between[:, :, gaps]
            precision = inverse - between.transpose(0, 2, 1) @ np.linalg.solve(within, between)
            precision = precision * (pattern[:, None] & pattern[None, :])
            determinant = base + np.linalg.slogdet(within)[1]
        groups.append(Group(states, np.asarray(precision, dtype=np.float64)))
        log_determinant += len(states) * determinant
    return groups, log_determinant


def places(panel: Panel, p: Parameters, when: float, random: np.random.Generator) -> tuple[Floats, Floats]:
    """Joint draws of homes and of positions at a time, one for each particle.

    Parameters
    ----------
    when : float
        Years from the end of 2009.

    Returns
    -------
    homes, positions : float arrays, shape (particles, states)
    """
    known = given(panel, p)
    loading = p.loading[:, panel.kind]
    moving = loading * p.step_loading[:, panel.kind]
    walk = p.walk[:, None] ** 2 * walk_covariance(np.array([when]), panel.when)[0]
    across = np.stack([loading, moving * walk], axis=1)
    count, states = len(loading), len(panel.states)
    noise = random.standard_normal(known.shared_mean.shape)
    shared = known.shared_mean + np.einsum("njk,nk->nj", np.linalg.cholesky(known.shared_covariance), noise)
    prior = np.zeros((count, 2, 2))
    prior[:, 0, 0], prior[:, 1, 1] = 1.0, p.walk**2 * abs(when)
    scores = random.standard_normal((count, states, 2))
    drawn = np.zeros((count, states, 2))
    for group in known.groups:
        gain = across @ group.precision
        mean = (known.residual[:, group.states] - shared[:, None]) @ gain.transpose(0, 2, 1)
        factor = np.linalg.cholesky(prior - gain @ across.transpose(0, 2, 1) + 1e-12 * np.eye(2))
        drawn[:, group.states] = mean + scores[:, group.states] @ factor.transpose(0, 2, 1)
    moved = moved_by_steps(panel, p)[:, max(0, int(12 * when) - 1)] if panel.steps is not None else 0.0
    return drawn[:, :, 0], drawn.sum(axis=2) + moved
