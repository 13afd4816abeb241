"""The powers' own habits, and the weights of steps."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.evidence.observed import CELL_MONTHS, HABITS, Observed
from calibration.hypotheses.priors import BLOCKS, rows_of
from calibration.likelihood.neighbours import (
    ALIGNED_PARTNERS,
    ALIGNMENT,
    neighbours,
)
from calibration.likelihood.target import IMPOSSIBLE, finite
from sim.engine.arrays import Records
from sim.model import rules
from sim.model.jit import compiled
from sim.model.rules import DURATION_SPREAD, INTENSITY_SPREAD, MONTH
from sim.types import Floats

Integers = NDArray[np.int64]

OFFER_KINDS = (3, 4)
"""Kinds of act of which a state may meet several in a month; of the others one at a time (``observe.HABITS``)."""


@compiled
def _habit_rates(
    p: Any, t: int, i: int, me: Any, since: Integers, around: Floats, hub: Any, challenger: Any, rates: Floats
) -> None:
    """Rates a year of the six kinds of act on one state in one month, under the documented habits."""
    rates[0] = rules.coercion_rate(me.dispute, challenger.assertiveness, 1.0, p)
    rates[1] = rules.punishment_rate(
        me.dispute, me.dependence, since[0, t, i], challenger.punitiveness, challenger.patience, p
    )
    rates[2] = rules.accommodation_rate(since[1, t, i], challenger.accommodation, p)
    rates[3] = rules.offer_rate_challenger(
        me.dispute, around[t, i, ALIGNMENT], me.dependence, me.is_ally, challenger.inducement, challenger.loosest,
        challenger.dependent, challenger.nearest, p,
    )  # fmt: skip
    rates[4] = rules.offer_rate_hub(
        rules.appeal_to_hub(rules.alignment_of(me.home, 0.0, 0.0), p),
        since[2, t, i],
        around[t, i, ALIGNED_PARTNERS],
        hub.offer_rate,
        hub.multilateralism,
        p,
    )
    rates[5] = rules.pressure_rate(hub.pressure, p)


@compiled
def _habits(
    rows: Records, counts: Integers, at_risk: NDArray[np.bool_], since: Integers, around: Floats, states: Records,
    hub: Any, challenger: Any, end: int, total: Floats,
) -> None:  # fmt: skip
    rates = np.zeros(6)
    for n in range(len(rows)):
        p = rows[n]
        for i in range(len(states)):
            for t in range(end):
                _habit_rates(p, t, i, states[i], since, around, hub, challenger, rates)
                for kind in range(6):
                    if at_risk[kind, t, i]:
                        mean, count = rates[kind] * MONTH, counts[kind, t, i]
                        if count == 0 or kind in OFFER_KINDS:
                            total[n] -= mean
                        if count > 0:
                            chance = mean if kind in OFFER_KINDS else 1.0 - math.exp(-mean)
                            total[n] += count * math.log(max(chance, 1e-300))


@compiled
def _all_rates(
    rows: Records, since: Integers, around: Floats, states: Records, hub: Any, challenger: Any, rates: Floats
) -> None:
    own = np.zeros(6)
    for n in range(len(rows)):
        for t in range(rates.shape[2]):
            for i in range(len(states)):
                _habit_rates(rows[n], t, i, states[i], since, around, hub, challenger, own)
                rates[n, :, t, i] = own


def habit_rates(observed: Observed, around: Floats, rows: Records) -> Floats:
    """Rates a year of the six kinds of act, shape (n, 6, T, N), given what the record says came before."""
    arrays = observed.arrays
    since = np.stack([observed.since_step, observed.since_pressure, observed.since_coercion])
    rates = np.empty((len(rows), len(HABITS), len(observed.months), len(observed.states)))
    _all_rates(rows, since, around, arrays.states, arrays.hub[0], arrays.challenger[0], rates)
    return rates


class Habits:
    """How often, how hard and how long the two powers act; other arguments as in `Responses`."""

    name = "habits"

    def __init__(
        self,
        observed: Observed,
        names: Sequence[str] = BLOCKS["habits"],
        held: Mapping[str, float] | None = None,
        until: int | None = None,
        without: Sequence[str] = (),
    ) -> None:
        self.observed, self.names, self.held = observed, tuple(names), dict(held or {})
        self.end = len(observed.months) if until is None else until * CELL_MONTHS
        left = np.array([code not in without for code in observed.states])
        addressed = observed.acted_upon & left
        self.at_risk = observed.at_risk & addressed[None, None, :]
        onsets = observed.onsets[(observed.onsets["month"] < self.end) & addressed[observed.onsets["state"]]]
        self.onsets = onsets
        self.counts = np.zeros(observed.at_risk.shape, dtype=np.int64)
        np.add.at(self.counts, (onsets["kind"], onsets["month"], onsets["state"]), 1)
        self.at_risk |= self.counts > 0
        self.since = np.stack([observed.since_step, observed.since_pressure, observed.since_coercion])
        self.around = neighbours(observed)

    def log_likelihood(self, values: Floats) -> Floats:
        """Log likelihood of onsets, intensities and durations, shape (n,)."""
        rows, arrays = rows_of(values, self.names, self.held), self.observed.arrays
        total = np.zeros(len(values))
        _habits(
            rows, self.counts, self.at_risk, self.since, self.around, arrays.states, arrays.hub[0],
            arrays.challenger[0], self.end, total,
        )  # fmt: skip
        for kind, name in enumerate(HABITS):
            own = self.onsets[self.onsets["kind"] == kind]
            size = "offer_intensity_" + name[6:] if name.startswith("offer") else f"{name}_intensity"
            total += _intensities(own["intensity"], rows[size])
            if not name.startswith("offer"):
                total += _durations(own, rows[f"{name}_months"])
        return finite(total)


def _intensities(figures: Floats, mean: Floats) -> Floats:
    """Normal, held inside the codebook's scale as ``rules.act_intensity`` does: ends of the scale are what lies beyond."""
    from scipy.special import log_ndtr

    score = (figures[None, :] - mean[:, None]) / INTENSITY_SPREAD
    dense = -0.5 * score**2 - math.log(INTENSITY_SPREAD * math.sqrt(2.0 * math.pi))
    term = np.where(figures[None, :] >= 1.0, log_ndtr(-score), dense)
    return np.where(figures[None, :] <= 0.1, log_ndtr(score), term).sum(axis=1)


def _durations(acts: Records, median: Floats) -> Floats:
    """Lognormal, in whole months as ``rules.act_months``; an act that had not ended lasts at least as long."""
    from scipy.special import log_ndtr

    months, middle = acts["months"][None, :], np.log(median)[:, None]
    least = np.where(months <= 1.0, 1e-9, months - 0.5)
    upper = (np.log(months + 0.5) - middle) / DURATION_SPREAD
    lower = (np.log(least) - middle) / DURATION_SPREAD
    flip = lower > 0.0
    high, low = np.where(flip, -lower, upper), np.where(flip, -upper, lower)
    inside = log_ndtr(high) + np.log1p(-np.exp(np.minimum(log_ndtr(low) - log_ndtr(high), -1e-12)))
    return np.where(acts["ended"][None, :] == 1, inside, log_ndtr(-lower)).sum(axis=1)


class StepWeights:
    """Weights of steps; other arguments have no effect, since a weight has no date."""

    name = "marks"

    def __init__(
        self,
        observed: Observed,
        names: Sequence[str] = BLOCKS["marks"],
        held: Mapping[str, float] | None = None,
        until: int | None = None,
        without: Sequence[str] = (),
    ) -> None:
        self.observed, self.names = observed, tuple(names)

    def log_likelihood(self, values: Floats) -> Floats:
        """Multinomial log likelihood of the weights, shape (n,)."""
        one = 1.0 - values.sum(axis=1)
        shares = np.column_stack([one, values])
        with np.errstate(divide="ignore", invalid="ignore"):
            total = (np.log(shares) * self.observed.step_weights).sum(axis=1)
        return np.where(one > 0.0, total, IMPOSSIBLE)
