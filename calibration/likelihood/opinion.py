"""Survey figures of both powers: affine monthly rules with normal noise make them jointly normal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.evidence import sides
from calibration.evidence.observed import Observed
from calibration.hypotheses.priors import BLOCKS, rows_of
from calibration.likelihood.gaussian import fitted_figures, log_density
from calibration.likelihood.target import finite
from sim.conditioning.figures import SERIES_SPREAD
from sim.conditioning.maps import challenger_map, hub_map
from sim.engine.arrays import Records
from sim.model.jit import compiled
from sim.model.rules import MONTH
from sim.types import Floats

Integers = NDArray[np.int64]


@compiled
def _views_moments(
    p: Any, power: int, stimuli: Floats, states: Records, views: Records, asked: Integers, errors: Floats,
    mean: Floats, cov: Floats,
) -> None:  # fmt: skip
    """Mean and covariance of one power's figures; ``asked`` lists the states that have any, ``errors`` the three sds."""
    months, count = len(stimuli), len(asked)
    place = np.full(len(states), -1)
    for a in range(count):
        place[asked[a]] = a
    path, retained = np.zeros((months, count)), np.zeros((months, count))
    own, common = np.zeros((months, count)), np.zeros((months, count, count))
    loads = np.zeros(count)
    slopes = np.zeros(count)
    for t in range(months):
        for a in range(count):
            me = states[asked[a]]
            if power == sides.CHALLENGER:
                slope, shift = challenger_map(me, stimuli[t, asked[a]], p)
                rest, load = me.rest_challenger, p.opinion_noise_challenger * math.sqrt(MONTH)
            else:
                slope, shift = hub_map(me, stimuli[t, asked[a]], p)
                rest, load = me.rest_hub, p.opinion_noise_hub * math.sqrt(MONTH)
            before = path[t - 1, a] if t > 0 else rest
            path[t, a] = slope * before + shift
            retained[t, a] = max(slope * (retained[t - 1, a] if t > 0 else 1.0), 1e-200)
            own[t, a] = slope * slope * (own[t - 1, a] if t > 0 else 0.0) + load * load
            loads[a] = p.opinion_common * math.sqrt(MONTH) if power == sides.CHALLENGER else 0.0
            slopes[a] = slope
        for a in range(count):
            for b in range(a + 1):
                before = common[t - 1, a, b] if t > 0 else 0.0
                common[t, a, b] = slopes[a] * slopes[b] * before + loads[a] * loads[b]
                common[t, b, a] = common[t, a, b]
    for k in range(len(views)):
        view = views[k]
        a = place[view.state]
        mean[k] = path[view.month, a]
        for m in range(k + 1):
            other = views[m]
            b = place[other.state]
            s = min(view.month, other.month)
            late = a if view.month >= other.month else b
            until = max(view.month, other.month)
            carried = retained[until, late] / retained[s, late]
            value = common[s, a, b] * carried
            if a == b:
                value += own[s, a] * carried
            if view.series == other.series:
                spread = errors[2] if view.reference == 1 else SERIES_SPREAD
                value += spread * spread
            if k == m:
                error = errors[0] if view.reference == 1 else errors[1]
                value += error * error + view.error * view.error
            cov[k, m] = value
            cov[m, k] = value


@compiled
def _opinion(
    rows: Records, errors: Floats, power: int, stimuli: Floats, states: Records, views: Records, asked: Integers,
    total: Floats,
) -> None:  # fmt: skip
    count = len(views)
    mean, cov = np.zeros(count), np.zeros((count, count))
    for k in range(len(rows)):
        _views_moments(rows[k], power, stimuli, states, views, asked, errors[k], mean, cov)
        total[k] += log_density(views["value"] - mean, cov)


@compiled
def _opinion_moments(
    rows: Records, errors: Floats, power: int, stimuli: Floats, states: Records, views: Records, asked: Integers,
    mean: Floats, cov: Floats,
) -> None:  # fmt: skip
    for k in range(len(rows)):
        _views_moments(rows[k], power, stimuli, states, views, asked, errors[k], mean[k], cov[k])


class Views:
    """Survey figures of both powers.

    Parameters
    ----------
    names, held
        As in `Responses`.
    until : int, optional
        Figures of half-years before this one are fitted.
    without : sequence of str
        States whose figures after the first of each series are left out of the fit.
    """

    name = "opinion"

    def __init__(
        self,
        observed: Observed,
        names: Sequence[str] = BLOCKS["opinion"],
        held: Mapping[str, float] | None = None,
        until: int | None = None,
        without: Sequence[str] = (),
    ) -> None:
        self.observed, self.names, self.held = observed, tuple(names), dict(held or {})
        self.fitted = fitted_figures(observed.views, observed, until, without, "series")

    def errors(self, values: Floats) -> Floats:
        """Standard deviations of the reference series' error, of other pollsters' and of offsets, shape (n, 3)."""
        places = [self.names.index(name) for name in ("survey_error", "pollster_error", "state_offset")]
        return np.ascontiguousarray(values[:, places])

    def log_likelihood(self, values: Floats) -> Floats:
        """Log likelihood of the fitted figures, shape (n,)."""
        total = np.zeros(len(values))
        rows = rows_of(values, self.names, self.held)
        arrays = self.observed.arrays
        for power in (sides.HUB, sides.CHALLENGER):
            views = self.observed.views[self.fitted & (self.observed.views["power"] == power)]
            if len(views):
                _opinion(
                    rows, self.errors(values), power, arrays.stimuli, arrays.states, views,
                    np.unique(views["state"]), total,
                )  # fmt: skip
        return finite(total)

    def moments(self, values: Floats, power: int) -> tuple[Floats, Floats, NDArray[np.intp]]:
        """Mean (n, K), covariance (n, K, K) and places in ``observed.views`` of one power's figures, fitted or not."""
        arrays, places = self.observed.arrays, np.flatnonzero(self.observed.views["power"] == power)
        views = self.observed.views[places]
        mean = np.empty((len(values), len(views)))
        cov = np.empty((len(values), len(views), len(views)))
        if len(views):
            _opinion_moments(
                rows_of(values, self.names, self.held), self.errors(values), power, arrays.stimuli, arrays.states,
                views, np.unique(views["state"]), mean, cov,
            )  # fmt: skip
        return mean, cov, places
