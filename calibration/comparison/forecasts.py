"""Forecasts of half-years, answers and figures that a fit did not use, draw by draw.

A forecast is conditional on the documented stimuli and on what a state had done before the first half-year that is
forecast: its activity and the error of its home position are learned from its own earlier steps and answers, the level
of a survey series from its earlier figures. The parameters come as draws; a forecast is the mixture of what they say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.comparison.cross_validation import conditional, held_out_figures
from calibration.evidence import sides
from calibration.evidence.observed import CELL_MONTHS, UNPROMPTED, Observed
from calibration.hypotheses.priors import rows_of
from calibration.likelihood import (
    ACCOMMODATION,
    COERCED,
    COERCION,
    LEADER,
    LOG_WEIGHTS,
    NODES,
    PUNISHMENT,
    SHOCK,
    WAR,
    Responses,
    Trade,
    Views,
    alignment_at_nodes,
)
from sim.engine.arrays import Records
from sim.model import rules
from sim.model.jit import compiled
from sim.model.rules import MONTH
from sim.types import Floats

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

ACCEPTED, DECLINED, STILL_OPEN = 0, 1, 2
"""What can become of an open offer in a half-year, in the order of `Answers.chances`."""
WINDOW_TYPE = np.dtype([("offer", "i8"), ("state", "i8"), ("first", "i8"), ("last", "i8"), ("became", "i8")])
"""One half-year of one open offer: from month ``first`` to ``last``, and what became of it."""
SQRT_TWO_PI = float(np.sqrt(2.0 * np.pi))


@dataclass(frozen=True)
class Counts:
    """Forecast counts of unprompted steps; one case a state, side and half-year.

    Attributes
    ----------
    side, state, cell, count : int arrays, shape (cases,)
        Side (`calibration.evidence.sides`); place of the state; half-year; what happened.
    chances : float array, shape (cases, most + 1)
        Probability of 0, 1, ..., ``most`` steps, ``most`` the largest count that happened.
    mean : float array, shape (cases,)
    """

    side: Integers
    state: Integers
    cell: Integers
    count: Integers
    chances: Floats
    mean: Floats

    @property
    def none(self) -> Floats:
        """Probability of no step."""
        return self.chances[:, 0]

    @property
    def log_density(self) -> Floats:
        """Log probability of what happened."""
        return np.log(np.maximum(self.chances[np.arange(len(self.count)), self.count], 1e-300))

    @property
    def rank(self) -> tuple[Floats, Floats]:
        """Probability of fewer steps than happened, and of as many or fewer."""
        cumulative = np.minimum(np.cumsum(self.chances, axis=1), 1.0)
        upper = cumulative[np.arange(len(self.count)), self.count]
        return np.maximum(upper - np.exp(self.log_density), 0.0), upper


@dataclass(frozen=True)
class Answers:
    """Forecast answers; one case a named offer and a half-year at whose start, or in which, it is open.

    Attributes
    ----------
    state, month, became : int arrays, shape (cases,)
        Place of the state, first month of the half-year in which the offer is open, what became of it.
    side : float array, shape (cases,)
        1 offer of the hub's side, -1 of the challenger's.
    chances : float array, shape (cases, 3)
        Probability that it is accepted, declined or lapses, or stays open.
    """

    state: Integers
    month: Integers
    became: Integers
    side: Floats
    chances: Floats

    @property
    def log_density(self) -> Floats:
        """Log probability of what became of the offer."""
        return np.log(np.maximum(self.chances[np.arange(len(self.became)), self.became], 1e-300))

    @property
    def brier(self) -> Floats:
        """Half the squared distance between probabilities and what happened, 0 to 1."""
        return 0.5 * ((self.chances - np.eye(3)[self.became]) ** 2).sum(axis=1)


@dataclass(frozen=True)
class Figures:
    """Forecast figures, each a mixture of normals with one part a draw.

    Attributes
    ----------
    state, month, place : int arrays, shape (figures,)
        Place of the state, month, and place among the figures of the evidence.
    value : float array, shape (figures,)
        What was measured: net opinion (-1 to 1), or log odds of an export share.
    means, spreads, weights : float arrays, shape (draws, figures)
        Of the parts; weights of each figure add up to one.
    """

    state: Integers
    month: Integers
    place: Integers
    value: Floats
    means: Floats
    spreads: Floats
    weights: Floats

    @property
    def mean(self) -> Floats:
        """Mean of each mixture, shape (figures,)."""
        return (self.weights * self.means).sum(axis=0)

    @property
    def sd(self) -> Floats:
        """Standard deviation of each mixture, shape (figures,)."""
        square = (self.weights * (self.spreads**2 + self.means**2)).sum(axis=0)
        return np.sqrt(np.maximum(square - self.mean**2, 0.0))

    def below(self, x: Floats) -> Floats:
        """Probability of a figure of at most ``x``, shape (figures,)."""
        from scipy.special import ndtr

        return (self.weights * ndtr((x - self.means) / self.spreads)).sum(axis=0)

    @property
    def rank(self) -> Floats:
        """Probability of at most what was measured (uniform if the forecast is calibrated)."""
        return self.below(self.value)

    @property
    def log_density(self) -> Floats:
        """Log density of what was measured, shape (figures,)."""
        from scipy.special import logsumexp

        score = (self.value - self.means) / self.spreads
        part = -0.5 * score**2 - np.log(self.spreads * SQRT_TWO_PI)
        return logsumexp(part, b=self.weights, axis=0)

    def quantile(self, share: float) -> Floats:
        """Quantile of each mixture by bisection, shape (figures,)."""
        reach = 12.0 * self.spreads.max(axis=0)
        low, high = self.means.min(axis=0) - reach, self.means.max(axis=0) + reach
        for _ in range(60):
            middle = 0.5 * (low + high)
            above = self.below(middle) >= share
            low, high = np.where(above, low, middle), np.where(above, middle, high)
        return 0.5 * (low + high)

    @property
    def crps(self) -> Floats:
        """Continuous ranked probability score in closed form, shape (figures,); 0 is perfect.

        References
        ----------
        Grimit, Gneiting, Berrocal and Johnson (2006), Quarterly Journal of the Royal Meteorological Society 132:
        the score of a mixture of normals.
        """
        total = (self.weights * _mean_distance(self.value - self.means, self.spreads)).sum(axis=0)
        for k in range(len(self.means)):
            apart = np.hypot(self.spreads[k], self.spreads)
            own = self.weights * _mean_distance(self.means[k] - self.means, apart)
            total -= 0.5 * self.weights[k] * own.sum(axis=0)
        return total


def _mean_distance(mean: Floats, spread: Floats) -> Floats:
    """Mean of the size of a normal number."""
    from scipy.special import ndtr

    score = mean / spread
    return mean * (2.0 * ndtr(score) - 1.0) + 2.0 * spread * np.exp(-0.5 * score**2) / SQRT_TWO_PI


def forecast_responses(
    target: Responses, values: Floats, weights: Floats | None = None
) -> tuple[Counts, Answers]:
    """Forecast the steps and answers from the half-year ``target.until`` on.

    Parameters
    ----------
    target : Responses
        With ``until``: everything before it is known.
    values : float array, shape (n, len(target.names))
        Draws of the parameters.
    weights : float array, shape (n, N), optional
        Weight of each draw in the forecast of each state (columns add up to one); equal if omitted.

    Raises
    ------
    ValueError
        If the target has no ``until``.
    """
    if target.until is None:
        raise ValueError("a target without 'until' leaves nothing to forecast")
    observed = target.observed
    rows = rows_of(values, target.names, target.held)
    if weights is None:
        weights = np.full((len(values), len(observed.states)), 1.0 / len(values))
    windows = windows_of(observed, target.cut)
    before, chances = _answer_chances(target, rows, windows)
    expected = target.exposures(values)
    shares, size, rate, lifts = _past(target, rows, expected, before)
    counts = _counts(target, expected, weights, shares, size, rate, lifts)
    own = (weights[:, :, None] * shares)[:, windows["state"], :]
    answered = np.einsum("dck,dckb->cb", own, chances)
    answers = Answers(
        windows["state"],
        windows["first"],
        windows["became"],
        observed.offers["side"][windows["offer"]],
        np.column_stack([answered, np.maximum(1.0 - answered.sum(axis=1), 0.0)]),
    )
    return counts, answers


def _past(
    target: Responses, rows: Records, expected: Floats, before: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """What the past says of each state: weights of the nodes of its home error and, given a node, its activity.

    Returns
    -------
    shares : (n, N, nodes); size : (n, N) and rate : (n, N, nodes) of the Gamma; lifts : (n, 2, N, nodes)
    """
    cut = target.cut // CELL_MONTHS
    moves = target.observed.moves[..., : target.cut].sum(axis=(0, 3))
    tilt = rows["alignment_slope"][:, None, None] * alignment_at_nodes(target.observed, rows["home_spread"])
    lifts = np.exp(np.stack([tilt, -tilt], axis=1))
    shape = rows["activity_shape"]
    size = shape[:, None] + moves.sum(axis=0)
    rate = shape[:, None, None] + (expected[..., :cut].sum(axis=(1, 4))[..., None] * lifts).sum(axis=1)
    net = moves[sides.HUB] - moves[sides.CHALLENGER]
    log_shares = LOG_WEIGHTS + before + net[None, :, None] * tilt
    log_shares = log_shares - size[:, :, None] * np.log(rate)
    shares = np.exp(log_shares - log_shares.max(axis=2, keepdims=True))
    return shares / shares.sum(axis=2, keepdims=True), size, rate, lifts


def _counts(
    target: Responses,
    expected: Floats,
    weights: Floats,
    shares: Floats,
    size: Floats,
    rate: Floats,
    lifts: Floats,
) -> Counts:
    """Mixture over draws and nodes of negative binomial counts, from the half-year ``until`` on."""
    steps, cut = target.observed.steps, target.cut // CELL_MONTHS
    expected = expected[:, UNPROMPTED, ..., cut:]
    sides, states, cells = np.indices(expected.shape[1:]).reshape(3, -1)
    most = int(steps.max(initial=0))
    chances = np.zeros((*expected.shape[1:], most + 1))
    mean = np.zeros(expected.shape[1:])
    for k in range(len(expected)):
        mixed = weights[k][:, None] * shares[k]
        coming = expected[k][..., None] * lifts[k][:, :, None, :]
        mean += np.einsum("ik,sick->sic", mixed * (size[k][:, None] / rate[k]), coming)
        own = count_chances(size[k][:, None, None], rate[k][:, None, :], coming, most)
        chances += np.einsum("ik,sickm->sicm", mixed, own)
    return Counts(
        sides,
        states,
        cells + cut,
        steps[sides, states, cells + cut],
        chances.reshape(-1, most + 1),
        mean.reshape(-1),
    )


def count_chances(size: Floats, rate: Floats, exposure: Floats, most: int) -> Floats:
    """Chances of 0 to ``most`` events at a Gamma rate: negative binomial, on a new last axis.

    Parameters
    ----------
    size, rate : float arrays
        Of the Gamma; its mean is ``size / rate``.
    exposure : float array
        Of the period that is asked for; the three are broadcast.

    >>> count_chances(np.array(1.0), np.array(1.0), np.array(1.0), 2).round(6).tolist()
    [0.5, 0.25, 0.125]
    """
    from scipy.special import gammaln

    number = np.arange(most + 1)
    size, rate, exposure = size[..., None], rate[..., None], exposure[..., None]
    logs = gammaln(size + number) - gammaln(size) - gammaln(number + 1.0)
    logs = logs + size * np.log(rate / (rate + exposure))
    return np.exp(logs + number * np.log(np.maximum(exposure / (rate + exposure), 1e-300)))


def windows_of(observed: Observed, cut: int) -> Records:
    """Half-years from month ``cut`` on in which each offer is open."""
    last = len(observed.months) - 1
    rows = []
    for number, offer in enumerate(observed.offers):
        opened = int(offer["first"])
        for cell in range(max(opened, cut) // CELL_MONTHS, int(offer["last"]) // CELL_MONTHS + 1):
            first, end = max(opened, cell * CELL_MONTHS), (cell + 1) * CELL_MONTHS - 1
            answered = offer["outcome"] != 0 and offer["last"] <= end
            became = (ACCEPTED if offer["outcome"] > 0 else DECLINED) if answered else STILL_OPEN
            rows.append((number, int(offer["state"]), first, min(end, last), became))
    return np.array(rows, dtype=WINDOW_TYPE)


def _answer_chances(target: Responses, rows: Records, windows: Records) -> tuple[Floats, Floats]:
    """Log probability of the answers before the cut (n, N, nodes), and the chances of each window (n, W, nodes, 2)."""
    observed = target.observed
    before = np.zeros((len(rows), len(observed.states), len(NODES)))
    chances = np.zeros((len(rows), len(windows), len(NODES), 2))
    _ask(
        rows, observed.arrays.stimuli, target.around, observed.arrays.states, observed.offers, windows,
        target.odds, NODES, target.cut, before, chances,
    )  # fmt: skip
    return before, chances


@compiled
def _ask(
    rows: Records, stimuli: Floats, around: Floats, states: Records, offers: Records, windows: Records,
    odds: Floats, nodes: Floats, cut: int, before: Floats, chances: Floats,
) -> None:  # fmt: skip
    alerts = np.zeros((len(stimuli), len(states)))
    for k in range(len(rows)):
        p = rows[k]
        for i in range(len(states)):
            alert = 0.0
            for t in range(len(stimuli)):
                felt = stimuli[t, i]
                alert = rules.alert_after_month(
                    alert, felt[COERCION], felt[PUNISHMENT], felt[ACCOMMODATION], around[t, i, COERCED],
                    felt[WAR], felt[SHOCK], states[i].dispute, states[i].openness, p,
                )  # fmt: skip
                alerts[t, i] = alert
        for node in range(len(nodes)):
            for number in range(len(offers)):
                offer = offers[number]
                i = offer.state
                lift = rules.odds_of(p.home_spread * states[i].home_error * nodes[node])
                for t in range(offer.first, min(offer.last + 1, cut)):
                    yes, no = _hazards(
                        offer, odds[t, i] * lift, stimuli[t, i, LEADER], alerts[t, i], states[i], p
                    )
                    if t < offer.last or offer.outcome == 0:
                        before[k, i, node] -= (yes + no) * MONTH
                    else:
                        share = (yes if offer.outcome > 0 else no) / (yes + no)
                        before[k, i, node] += np.log(max(share * (1.0 - np.exp(-(yes + no) * MONTH)), 1e-300))
            for number in range(len(windows)):
                window = windows[number]
                offer, i, still = offers[window.offer], window.state, 1.0
                lift = rules.odds_of(p.home_spread * states[i].home_error * nodes[node])
                for t in range(window.first, window.last + 1):
                    yes, no = _hazards(
                        offer, odds[t, i] * lift, stimuli[t, i, LEADER], alerts[t, i], states[i], p
                    )
                    ends = still * (1.0 - np.exp(-(yes + no) * MONTH))
                    chances[k, number, node, 0] += ends * yes / (yes + no)
                    chances[k, number, node, 1] += ends * no / (yes + no)
                    still -= ends


@compiled
def _hazards(offer: Any, odds: float, leader: float, alert: float, me: Any, p: Any) -> tuple[float, float]:
    """Hazards a year of acceptance and of refusal; ``odds`` is exp of the position."""
    return rules.answer_hazards(
        offer.side,
        offer.threshold,
        (odds - 1.0) / (odds + 1.0),
        leader,
        alert,
        me.dependence,
        offer.initiative,
        p,
    )


def forecast_views(
    target: Views, values: Floats, until: int | None = None, weights: Floats | None = None
) -> dict[str, Figures]:
    """Forecast survey figures: those after the cut given those before it, or each state's given all others'.

    Parameters
    ----------
    target : Views
        Made with the same cut.
    values : float array, shape (n, len(target.names))
    until : int, optional
        Figures of this half-year and later are forecast; without it, all of a state but the first of each series.
    weights : float array, shape (n, N), optional
        Weight of each draw in the forecast of each state (columns add up to one); equal if omitted.

    Returns
    -------
    dict
        ``hub`` and ``challenger``: opinion of each.
    """
    views, held, forecasts = target.observed.views, held_out_figures(target, until), {}
    for power, name in enumerate(sides.SIDES):
        places = np.flatnonzero(views["power"] == power)
        mean, cov, _ = target.moments(values, power)
        own, asked = views[places], held[places]
        means, spreads = np.zeros_like(mean), np.ones_like(mean)
        if until is not None:
            _put(means, spreads, own["value"], *conditional(own["value"] - mean, cov, asked, ~asked), asked)
        elif asked.any():
            precision = np.linalg.inv(cov)
            pull = np.einsum("nkm,nm->nk", precision, own["value"] - mean)
            for i in np.unique(own["state"][asked]):
                mine = asked & (own["state"] == i)
                spread = np.linalg.inv(precision[:, mine][:, :, mine])
                distance = np.einsum("nkm,nm->nk", spread, pull[:, mine])
                _put(means, spreads, own["value"], distance, spread, mine)
        forecasts[name] = _figures(own, places, asked, means, spreads, weights)
    return forecasts


def forecast_trade(
    target: Trade, values: Floats, until: int | None = None, weights: Floats | None = None
) -> Figures:
    """Forecast export shares (log odds), states independent; arguments as in `forecast_views`."""
    figures, held = target.observed.trade, held_out_figures(target, until)
    mean, cov = target.moments(values)
    means, spreads = np.zeros_like(mean), np.ones_like(mean)
    for i in np.unique(figures["state"]):
        own = figures["state"] == i
        distance, spread = conditional(figures["value"] - mean, cov, own & held, own & ~held)
        _put(means, spreads, figures["value"], distance, spread, own & held)
    return _figures(figures, np.arange(len(figures)), held, means, spreads, weights)


def _put(
    means: Floats, spreads: Floats, value: Floats, distance: Floats, spread: Floats, place: Mask
) -> None:
    """Write means and standard deviations of some figures from their distance to the mean and their covariance."""
    means[:, place] = value[place] - distance
    spreads[:, place] = np.sqrt(np.maximum(np.diagonal(spread, axis1=1, axis2=2), 1e-12))


def _figures(
    figures: Records, places: Integers, held: Mask, means: Floats, spreads: Floats, weights: Floats | None
) -> Figures:
    asked = figures[held]
    shares = np.full((len(means), len(asked)), 1.0 / max(len(means), 1))
    if weights is not None:
        shares = weights[:, asked["state"]]
    return Figures(
        asked["state"], asked["month"], places[held], asked["value"], means[:, held], spreads[:, held], shares
    )
