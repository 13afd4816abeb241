"""Shares of exports to the challenger: log odds that walk with drift."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.evidence.observed import Observed
from calibration.hypotheses.priors import BLOCKS, rows_of
from calibration.likelihood.gaussian import fitted_figures, log_density
from calibration.likelihood.neighbours import PUNISHMENT
from calibration.likelihood.target import finite
from sim.conditioning.figures import START_SPREAD
from sim.conditioning.maps import growth, log_odds
from sim.engine.arrays import Records
from sim.model.jit import compiled
from sim.types import Floats

Integers = NDArray[np.int64]


@compiled
def _trade_moments(
    p: Any, error: float, stimuli: Floats, states: Records, figures: Records, mean: Floats, cov: Floats
) -> None:
    """Mean and covariance of log odds of export shares; growth of log odds does not depend on the share."""
    calm = growth(0.0, 0.0, p)
    step = growth(0.0, 1.0, p) - calm
    for k in range(len(figures)):
        figure = figures[k]
        same = k > 0 and figures[k - 1].state == figure.state and figures[k - 1].month <= figure.month
        first = figures[k - 1].month + 1 if same else 0
        level = mean[k - 1] if same else log_odds(states[figure.state].dependence)
        for t in range(first, figure.month + 1):
            punishment = stimuli[t, figure.state, PUNISHMENT]
            level += growth(punishment, 0.0, p) if punishment > 0.0 else calm
        mean[k] = level
        for m in range(k + 1):
            other = figures[m]
            value = 0.0
            if other.state == figure.state:
                value = START_SPREAD * START_SPREAD + step * step * (min(figure.month, other.month) + 1)
                if k == m:
                    value += error * error
            cov[k, m] = value
            cov[m, k] = value


@compiled
def _trade(
    rows: Records, errors: Floats, stimuli: Floats, states: Records, figures: Records, total: Floats
) -> None:
    for i in range(len(states)):
        mine = figures[figures["state"] == i]
        if len(mine) > 0:
            mean, cov = np.zeros(len(mine)), np.zeros((len(mine), len(mine)))
            for k in range(len(rows)):
                _trade_moments(rows[k], errors[k], stimuli, states, mine, mean, cov)
                total[k, i] = log_density(mine["value"] - mean, cov)


class Trade:
    """Shares of exports to the challenger; arguments as in `Views`."""

    name = "trade"

    def __init__(
        self,
        observed: Observed,
        names: Sequence[str] = BLOCKS["trade"],
        held: Mapping[str, float] | None = None,
        until: int | None = None,
        without: Sequence[str] = (),
    ) -> None:
        self.observed, self.names, self.held = observed, tuple(names), dict(held or {})
        self.fitted = fitted_figures(observed.trade, observed, until, without, "state")

    def log_likelihood(self, values: Floats) -> Floats:
        """Log likelihood of the fitted shares, shape (n,)."""
        arrays = self.observed.arrays
        total = np.zeros((len(values), len(self.observed.states)))
        error = np.ascontiguousarray(values[:, self.names.index("trade_error")])
        figures = self.observed.trade[self.fitted]
        _trade(rows_of(values, self.names, self.held), error, arrays.stimuli, arrays.states, figures, total)
        return finite(total.sum(axis=1))

    def moments(self, values: Floats) -> tuple[Floats, Floats]:
        """Mean (n, K) and covariance (n, K, K) of all shares, fitted or not."""
        arrays, figures = self.observed.arrays, self.observed.trade
        mean = np.empty((len(values), len(figures)))
        cov = np.empty((len(values), len(figures), len(figures)))
        rows = rows_of(values, self.names, self.held)
        for k in range(len(values)):
            error = values[k, self.names.index("trade_error")]
            _trade_moments(rows[k], error, arrays.stimuli, arrays.states, figures, mean[k], cov[k])
        return mean, cov
