"""How far a fitted effect rests on single states: each left out in turn, by reweighting the draws of the full fit."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from calibration.comparison.cross_validation import STREAMS, parts_of
from calibration.comparison.psis import RELIABLE, smoothed_weights
from calibration.evidence.observed import Observed
from calibration.findings.effects import EFFECTS
from calibration.hypotheses.priors import BLOCKS, PRIORS, rows_of
from calibration.likelihood import TARGETS
from sim.types import Floats

WATCHED = {
    "coercion on steps": "responses",
    "punishment on steps": "responses",
    "punishment on steps toward the challenger": "responses",
    "pressure of the hub on steps": "responses",
    "war on steps": "responses",
    "pressure on opinion": "opinion",
}
"""Effect -> block that teaches it."""


def with_errors(draws: pd.DataFrame) -> pd.DataFrame:
    """The draws with errors of measurement, where a table does not hold them, at the middle of their priors.

    A posterior for simulations holds the model's parameters alone.
    """
    missing = {
        prior.name: prior.location for prior in PRIORS.values() if prior.nuisance and prior.name not in draws
    }
    return draws.assign(**missing)


def influence(
    observed: Observed, draws: pd.DataFrame, watched: Sequence[str] = tuple(WATCHED)
) -> pd.DataFrame:
    """Effects with each state left out.

    Parameters
    ----------
    draws : DataFrame
        Of the posterior of all states: a row a draw, a column a parameter.

    Returns
    -------
    DataFrame
        A row an effect and state that has evidence on it: ``effect``, ``state``; ``low``, ``middle``, ``high`` without the
        state (5, 50, 95 %); ``shift``, of the median in posterior standard deviations of the full fit (of logarithms, of
        the ratio if it can go either way, else of the distance from no effect); ``reliable``, whether the weights can be trusted.
    """
    full, rows = with_errors(draws), []
    for block in dict.fromkeys(WATCHED[name] for name in watched):
        names = tuple(name for name in BLOCKS[block] if name in full)
        target = TARGETS[block](observed, names)
        values = full[list(names)].to_numpy()
        whole = parts_of(target, values)[STREAMS[block][-1]]
        sizes = {
            name: EFFECTS[name].size(rows_of(values, names)) for name in watched if WATCHED[name] == block
        }
        for i in np.flatnonzero(whole.any(axis=0)):
            logs, shape = smoothed_weights(-whole[:, i])
            for name, size in sizes.items():
                low, middle, high = _quantiles(size, np.exp(logs))
                effect = EFFECTS[name]
                log = np.log(size if effect.signed else np.abs(size - effect.null))
                shift = (_quantiles(log, np.exp(logs))[1] - np.median(log)) / log.std()
                rows.append((name, observed.states[i], low, middle, high, shift, shape <= RELIABLE))
    columns = ["effect", "state", "low", "middle", "high", "shift", "reliable"]
    return pd.DataFrame(rows, columns=columns)


def _quantiles(values: Floats, weights: Floats) -> Floats:
    order = np.argsort(values)
    cumulative = np.cumsum(weights[order]) - 0.5 * weights[order]
    return np.interp([0.05, 0.5, 0.95], cumulative / weights.sum(), values[order])
