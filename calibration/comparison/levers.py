"""What the record says of each assumption: the core fit with one lever free besides it.

The fit with a lever free is reached from draws of the core fit paired with draws of the lever's prior, weighted by how
much more likely each pair makes the record than the core draw alone; where these weights cannot be trusted the lever is
fitted with the core from scratch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from calibration.comparison.cross_validation import forward, leave_one_out
from calibration.comparison.psis import RELIABLE, log_mean, log_sum, smoothed_weights
from calibration.evidence.observed import Observed
from calibration.fitting.fit import sample, target_of
from calibration.fitting.sampler import keyed_generator
from calibration.hypotheses.priors import PRIORS
from calibration.hypotheses.rivals import REFERENCE, RIVALS, Rival
from sim.model.parameters import LEVERS
from sim.runs.threads import Progress
from sim.types import Floats

MOST_DRAWS = 1000
"""Draws of the core fit that are paired with draws of a lever."""
UNTAUGHT = ("security_dilemma",)
"""Levers that no term of the likelihood reads."""
WITH = {"entrapment": ("entrapment_memory",)}
"""Parameters that a lever brings with it."""


def lever_table(
    observed: Observed,
    settings: dict[str, Any],
    until: int,
    levers: Sequence[str] = LEVERS,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Each lever fitted besides the core.

    Parameters
    ----------
    settings : dict
        ``particles``, ``seed``, ``threads``, ``checkpoint`` of `calibration.fitting.fit.sample`.
    until : int
        First half-year of the forward split.

    Returns
    -------
    DataFrame
        A row a lever: ``low``, ``median``, ``high`` (90 % interval), ``learned`` (posterior over prior spread, in the
        prior's own scale), ``above`` (posterior probability that it is greater than its prior median, which is zero
        where the sign is open), ``log_bayes_factor`` against zero, ``left_out`` and ``left_out_error``, ``forward`` and
        ``forward_error`` (gain in log predictive density of responses, standard error over states), ``shape`` (tail of
        the weights) and ``fitted`` (whether from scratch). Levers that the likelihood does not read are all ``nan``.
    """
    core, rows = RIVALS[REFERENCE], []
    base = {cut: _core(core, observed, cut, settings) for cut in (None, until)}
    for number, lever in enumerate(levers):
        if lever in UNTAUGHT:
            rows.append({"lever": lever})
        else:
            rows.append({"lever": lever} | _row(core, lever, observed, until, base, settings))
        if progress is not None:
            progress(number + 1, len(levers))
    return pd.DataFrame(rows)


def _core(core: Rival, observed: Observed, until: int | None, settings: dict[str, Any]) -> dict[str, Any]:
    target, key = target_of(core, observed, "responses", until)
    found = sample(target, key=key, **settings)
    step = -(-len(found.values) // MOST_DRAWS)
    values = found.values[::step]
    densities = _densities(target, values, until, None)
    return {"values": values, "log_likelihood": found.log_likelihood[::step], "lpd": densities}


def _densities(target: Any, values: Floats, until: int | None, log_ratios: Floats | None) -> Floats:
    """Log predictive density of responses, shape (N,)."""
    if until is None:
        streams = leave_one_out(target, values, log_ratios=log_ratios)
    else:
        weights = None if log_ratios is None else smoothed_weights(log_ratios)[0]
        streams = forward(target, values, until, weights)
    return np.sum([stream.lpd for stream in streams.values()], axis=0)


def _row(
    core: Rival,
    lever: str,
    observed: Observed,
    until: int,
    base: dict[int | None, dict[str, Any]],
    settings: dict[str, Any],
) -> dict[str, Any]:
    freed = replace(core, name=f"{core.name} and {lever}", free=(lever, *WITH.get(lever, ())))
    row: dict[str, Any] = {}
    for cut, label in ((None, "left_out"), (until, "forward")):
        target, key = target_of(freed, observed, "responses", cut)
        values, scores, ratios = _paired(freed, target.names, base[cut], target, settings["seed"])
        weights, shape = smoothed_weights(ratios)
        evidence, from_scratch = log_mean(ratios), shape > RELIABLE
        if from_scratch:
            found = sample(target, key=key, **settings)
            values, ratios = found.values, np.zeros(len(found.values))
            weights = ratios - np.log(len(ratios))
            scores = score_of(lever, values[:, target.names.index(lever)])
        gain = _densities(target, values, cut, ratios) - base[cut]["lpd"]
        row[label], row[f"{label}_error"] = float(gain.sum()), float(np.sqrt(len(gain) * gain.var(ddof=1)))
        if cut is None:
            row |= _summary(values[:, target.names.index(lever)], scores, np.exp(weights))
            row |= {"log_bayes_factor": evidence, "shape": shape, "fitted": from_scratch}
    return row


def _paired(
    freed: Rival, names: tuple[str, ...], base: dict[str, Any], target: Any, seed: int
) -> tuple[Floats, Floats, Floats]:
    """Core draws beside stratified prior draws of what is freed; the lever's score; log ratios to the core's fit."""
    draws = base["values"]
    count = len(draws)
    values = np.empty((count, len(names)))
    values[:, : draws.shape[1]] = draws
    for name in freed.free:
        z = stratified_normal(count, keyed_generator(seed, "lever", name))
        values[:, names.index(name)] = PRIORS[name].values(z)
        if name == freed.free[0]:
            scores = z
    return values, scores, target.log_likelihood(values) - base["log_likelihood"]


def stratified_normal(count: int, random: np.random.Generator) -> Floats:
    """Standard normal scores, one from each of ``count`` equally likely slices, in random order."""
    from scipy.special import ndtri

    return ndtri((random.permutation(count) + random.random(count)) / count)


def score_of(name: str, values: Floats) -> Floats:
    """Standard normal scores whose prior quantiles these values are."""
    z = np.linspace(-6.0, 6.0, 2401)
    return np.interp(values, PRIORS[name].values(z), z)


def _summary(values: Floats, scores: Floats, weights: Floats) -> dict[str, float]:
    order = np.argsort(values)
    reached = np.searchsorted(np.cumsum(weights[order]), (0.05, 0.5, 0.95))
    low, median, high = values[order][np.minimum(reached, len(values) - 1)].tolist()
    mean = float(weights @ scores)
    return {
        "low": low,
        "median": median,
        "high": high,
        "learned": float(np.sqrt(weights @ (scores - mean) ** 2)),
        "above": float(weights[scores > 0].sum()),
    }


def log_bayes_factor(
    ratio: Callable[[Floats, Floats], Floats], draws: Floats, name: str, each: int, seed: int
) -> tuple[float, float]:
    """Log evidence of a model with one more parameter against the model without, from draws of the latter.

    Both have the same prior of all else, and the smaller is the larger with the parameter at zero; so the ratio of
    their evidences is the mean, over the smaller model's posterior and the parameter's prior, of the likelihood ratio.

    Parameters
    ----------
    ratio : callable
        Draws (m, d) and values of the parameter (m,) to log likelihood ratios (m,).
    each : int
        Values tried with each draw.

    Returns
    -------
    float
        Log Bayes factor.
    float
        Effective number of pairs that carry it.
    """
    many = np.repeat(draws, each, axis=0)
    values = PRIORS[name].values(stratified_normal(len(many), keyed_generator(seed, "factor", name)))
    logs = ratio(many, values)
    weights = np.exp(logs - log_sum(logs))
    return log_mean(logs), float(1.0 / (weights**2).sum())
