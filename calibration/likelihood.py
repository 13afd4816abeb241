"""The probability of the targets under the rules, in batches of parameter rows: one class a block of parameters.

The compiled functions of ``sim.rules`` are called month by month on the same arrays that a simulation uses; what is
added here is the error model. Blocks are independent given the record, so each is fitted on its own.

==========  =============================================================================================================
responses   Half-yearly counts of steps are Poisson at the rules' rates, times the state's activity (Gamma, integrated
            exactly), given the error of its home position (normal, five-point quadrature). A named offer is answered by
            the rules' two competing hazards, month by month, given the same error. An institution opened to all is
            joined at the hazard of acceptance, with a normal effect of the opening shared by all states (integrated).
opinion     The rules' monthly map of opinion is affine with normal noise, so figures are jointly normal: own noise, a
            common walk, an offset of each series, error of sampling and of the pollster.
trade       Log odds of export shares walk with drift: normal, states independent.
habits      Acts begin at the rules' rates; intensities are normal and whole months lognormal, censored at the end.
marks       Weights of steps are multinomial.
==========  =============================================================================================================
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from calibration.observe import CELL_MONTHS, HABITS, Observed
from calibration.priors import BLOCKS, rows_of
from sim import rules
from sim.arrays import Records
from sim.compiled import compiled
from sim.rules import ALIGNED, DURATION_SPREAD, INTENSITY_SPREAD, MONTH
from sim.timeline import CHANNELS

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

(COERCION, PUNISHMENT, ACCOMMODATION, COURTSHIP_HUB, COURTSHIP_CHALLENGER, PRESSURE, CREDIBILITY, WAR, SHOCK,
 REPUTATION_CHALLENGER, REPUTATION_HUB, LEADER) = range(len(CHANNELS))  # fmt: skip
COERCED, PUNISHED, PARTNERS, FIT, ALIGNMENT, ALIGNED_PARTNERS = range(6)
"""What a state sees around it, in the order of ``surroundings``."""

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(5)
NODES: Floats = np.asarray(_NODES)
LOG_WEIGHTS: Floats = np.log(np.asarray(_WEIGHTS) / np.sum(_WEIGHTS))
"""Quadrature of a standard normal."""
DOOR_SPREAD = 1.5
"""Standard deviation (log odds) of how inviting an opening to all is, beyond what each state feels."""
SERIES_SPREAD = 0.4
"""Standard deviation of the offset of a series that asks another question than the reference series."""
START_SPREAD = 0.3
"""Standard deviation of the log odds of dependence at the world's start round the world file's figure."""
IMPOSSIBLE = -1e30
OFFER_KINDS = (3, 4)
"""Kinds of act of which a state may meet several in a month; of the others one at a time (``observe.HABITS``)."""


class Target(Protocol):
    """What a sampler needs of a block."""

    name: str
    names: tuple[str, ...]

    def log_likelihood(self, values: Floats) -> Floats:
        """Log likelihood of each row of ``values``, shape (n, len(names)), natural units; returns shape (n,)."""


def surroundings(observed: Observed) -> Floats:
    """What each state saw around it, from the record alone: float array, shape (T, N, 6)."""
    arrays = observed.arrays
    months, states = observed.position.shape
    alignment = np.tanh(observed.home + observed.position)
    partner, fit = np.zeros((states, states)), np.zeros((states, states))
    for i in range(states):
        for tie in arrays.ties[arrays.states["first_tie"][i] : arrays.states["end_tie"][i]]:
            partner[i, tie["other"]] = tie["partner"]
            fit[i, tie["other"]] = tie["fit"]
    around = np.zeros((months, states, 6))
    around[:, :, COERCED] = arrays.stimuli[:, :, COERCION] @ partner.T
    around[:, :, PUNISHED] = arrays.stimuli[:, :, PUNISHMENT] @ partner.T
    alone = partner.sum(axis=1) == 0.0
    around[:, :, PARTNERS] = np.where(alone, alignment, alignment @ partner.T)
    around[:, :, FIT] = alignment @ fit.T
    around[:, :, ALIGNMENT] = alignment
    around[:, :, ALIGNED_PARTNERS] = (alignment > ALIGNED) @ partner.T
    return around


# ---------------------------------------------------------------------------------------------------- responses


@compiled
def _paths(
    stimuli: Floats, around: Floats, states: Records, p: Any, exposures: Floats, alerts: Floats
) -> None:
    """Expected steps of a state of activity one at a home alignment of zero, by side and half-year; and alert.

    ``exposures`` has shape (2, N, H), ``alerts`` (T, N); both are written. Opinion and dependence follow the rules
    without noise.
    """
    exposures[:] = 0.0
    for i in range(len(states)):
        me = states[i]
        alert, entrapment = 0.0, 0.0
        challenger, hub, dependence = me.rest_challenger, me.rest_hub, me.dependence
        for t in range(len(stimuli)):
            felt, seen = stimuli[t, i], around[t, i]
            alert = rules.alert_after_month(
                alert, felt[COERCION], felt[PUNISHMENT], felt[ACCOMMODATION], seen[COERCED], felt[WAR],
                felt[SHOCK], me.dispute, me.openness, p,
            )  # fmt: skip
            alerts[t, i] = alert
            gap = 0.0
            if p.entrapment != 0.0:
                entrapment = rules.entrapment_after_month(entrapment, felt[PRESSURE], p)
            if p.opinion_pull != 0.0:
                challenger = rules.opinion_of_challenger_after_month(
                    challenger, me.rest_challenger, felt[COERCION], felt[PUNISHMENT], felt[ACCOMMODATION],
                    felt[REPUTATION_CHALLENGER], 0.0, 0.0, p,
                )  # fmt: skip
                hub = rules.opinion_of_hub_after_month(
                    hub, me.rest_hub, felt[CREDIBILITY], felt[REPUTATION_HUB], 0.0, p
                )
                gap = (challenger - me.rest_challenger) - (hub - me.rest_hub)
            if p.compliance != 0.0:
                dependence = rules.dependence_after_month(dependence, felt[PUNISHMENT], 0.0, p)
            moved = seen[ALIGNMENT] - math.tanh(me.home)
            leaning = rules.lean(
                0.0, moved, felt[LEADER] - me.first_leader, gap, me.openness, entrapment,
                seen[PARTNERS] - seen[ALIGNMENT] + moved, seen[FIT], p,
            )  # fmt: skip
            cell = t // CELL_MONTHS
            exposures[0, i, cell] += MONTH * rules.rate_toward_hub(
                1.0, leaning, alert, felt[COURTSHIP_HUB], felt[CREDIBILITY], seen[PUNISHED], felt[COERCION], p
            )
            exposures[1, i, cell] += MONTH * rules.rate_toward_challenger(
                1.0, leaning, alert, felt[COURTSHIP_CHALLENGER], felt[PUNISHMENT], dependence, p
            )


@compiled
def _log_answer(yes: float, no: float, outcome: int) -> float:
    """Log probability of a month of an open offer under two competing hazards a year."""
    total = yes + no
    if outcome == 0:
        return -total * MONTH
    share = (yes if outcome > 0 else no) / total
    return math.log(max(share * (1.0 - math.exp(-total * MONTH)), 1e-300))


@compiled
def _answers(
    offers: Records, odds: Floats, stimuli: Floats, alerts: Floats, states: Records, lifts: Floats, cut: int,
    p: Any, answers: Floats,
) -> None:  # fmt: skip
    """Log probability of the answers before month ``cut`` and of all, by state and node: ``answers`` (2, N, nodes)."""
    answers[:] = 0.0
    for number in range(len(offers)):
        offer = offers[number]
        i = offer.state
        for t in range(offer.first, offer.last + 1):
            outcome = offer.outcome if t == offer.last else 0
            for node in range(len(lifts)):
                e = odds[t, i] * lifts[node]
                yes, no = rules.answer_hazards(
                    offer.side, offer.threshold, (e - 1.0) / (e + 1.0), stimuli[t, i, LEADER], alerts[t, i],
                    states[i].dependence, p,
                )  # fmt: skip
                term = _log_answer(yes, no, outcome)
                answers[1, i, node] += term
                if t < cut:
                    answers[0, i, node] += term


@compiled
def _openings(
    doors: Records, odds: Floats, stimuli: Floats, alerts: Floats, states: Records, nodes: Floats, p: Any,
    openings: Floats,
) -> None:  # fmt: skip
    """Log probability of who joined each institution opened to all, by node of its own effect: (doors, nodes)."""
    openings[:] = 0.0
    for number in range(len(doors)):
        door = doors[number]
        i = door.state
        for t in range(door.first, door.last + 1):
            for node in range(len(nodes)):
                e = odds[t, i]
                yes, _ = rules.answer_hazards(
                    door.side, door.threshold - DOOR_SPREAD * nodes[node], (e - 1.0) / (e + 1.0),
                    stimuli[t, i, LEADER], alerts[t, i], states[i].dependence, p,
                )  # fmt: skip
                outcome = 1 if door.joined == 1 and t == door.last else 0
                openings[door.door, node] += _log_answer(yes, 0.0, outcome)


@compiled
def _joined(terms: Floats, log_weights: Floats) -> float:
    """Log of the weighted sum of exponentials."""
    top = np.max(terms + log_weights)
    total = 0.0
    for k in range(len(terms)):
        total += math.exp(terms[k] + log_weights[k] - top)
    return top + math.log(total)


@compiled
def _counts(steps: Integers, exposures: Floats, tilt: float, shape: float, end: int, i: int) -> float:
    """Log probability of one state's counts in half-years before ``end``: Poisson mixed over a Gamma activity."""
    total, expected, term = 0.0, 0.0, 0.0
    for side in range(2):
        lift = math.exp(tilt if side == 0 else -tilt)
        for cell in range(end):
            count, mean = steps[side, i, cell], exposures[side, i, cell] * lift
            expected += mean
            if count > 0:
                total += count
                term += count * math.log(mean) - math.lgamma(count + 1.0)
    return (
        term + shape * math.log(shape) - math.lgamma(shape) + math.lgamma(shape + total)
        - (shape + total) * math.log(shape + expected)
    )  # fmt: skip


@compiled
def _responses(
    rows: Records, stimuli: Floats, around: Floats, states: Records, offers: Records, doors: Records,
    odds: Floats, steps: Integers, cut: int, nodes: Floats, log_weights: Floats, by_state: Floats,
    by_door: Floats,
) -> None:  # fmt: skip
    """Log likelihood by state before month ``cut`` and in all, (n, 2, N), and by opening to all, (n, doors)."""
    exposures = np.zeros(steps.shape)
    alerts = np.zeros((len(stimuli), len(states)))
    answers = np.zeros((2, len(states), len(nodes)))
    openings = np.zeros((by_door.shape[1], len(nodes)))
    terms = np.zeros(len(nodes))
    for k in range(len(rows)):
        p = rows[k]
        _paths(stimuli, around, states, p, exposures, alerts)
        lifts = np.exp(2.0 * p.home_spread * nodes)
        _answers(offers, odds, stimuli, alerts, states, lifts, cut, p, answers)
        for i in range(len(states)):
            for part in range(2):
                end = (cut + CELL_MONTHS - 1) // CELL_MONTHS if part == 0 else steps.shape[2]
                for node in range(len(nodes)):
                    home = math.tanh(states[i].home + p.home_spread * nodes[node])
                    terms[node] = answers[part, i, node] + _counts(
                        steps, exposures, p.alignment_slope * home, p.activity_shape, end, i
                    )
                by_state[k, part, i] = _joined(terms, log_weights)
        _openings(doors, odds, stimuli, alerts, states, nodes, p, openings)
        for number in range(len(openings)):
            by_door[k, number] = _joined(openings[number], log_weights)


@compiled
def _exposures(rows: Records, stimuli: Floats, around: Floats, states: Records, expected: Floats) -> None:
    alerts = np.zeros((len(stimuli), len(states)))
    for k in range(len(rows)):
        _paths(stimuli, around, states, rows[k], expected[k], alerts)


class Responses:
    """Steps, answers to offers and joining of institutions opened to all.

    Parameters
    ----------
    names : sequence of str
        Free parameters; the others stand at their defaults, levers at zero.
    off : sequence of str
        Parameters held at zero (a rival's switches).
    until : int, optional
        Half-years before this one are fitted; all if left out.
    without : sequence of str
        States left out of the fit.
    """

    name = "responses"

    def __init__(
        self,
        observed: Observed,
        names: Sequence[str] = BLOCKS["responses"],
        off: Sequence[str] = (),
        until: int | None = None,
        without: Sequence[str] = (),
    ) -> None:
        self.observed, self.names, self.off = observed, tuple(names), tuple(off)
        self.until = until
        self.cut = len(observed.months) if until is None else until * CELL_MONTHS
        self.kept = np.array([code not in without for code in observed.states])
        self.around = surroundings(observed)
        self.odds = np.exp(2.0 * (observed.home + observed.position))
        self.openings = len(np.unique(observed.doors["door"]))
        self.early = np.array(
            [
                self.cut > max(observed.doors["last"][observed.doors["door"] == d])
                for d in range(self.openings)
            ]
        )

    def by_state(self, values: Floats) -> tuple[Floats, Floats, Floats]:
        """Log likelihood of each state's steps and answers.

        Returns
        -------
        fitted, whole : float arrays, shape (n, N)
            Of what happened before ``until``, and of all that happened.
        openings : float array, shape (n, openings to all)
        """
        observed, n = self.observed, len(values)
        by_state = np.empty((n, 2, len(observed.states)))
        by_door = np.empty((n, self.openings))
        _responses(
            rows_of(values, self.names, self.off), observed.arrays.stimuli, self.around, observed.arrays.states,
            observed.offers, observed.doors, self.odds, observed.steps, self.cut, NODES, LOG_WEIGHTS,
            by_state, by_door,
        )  # fmt: skip
        return by_state[:, 0], by_state[:, 1], by_door

    def log_likelihood(self, values: Floats) -> Floats:
        """Log likelihood of what is fitted, shape (n,)."""
        fitted, _, openings = self.by_state(values)
        return _finite(fitted[:, self.kept].sum(axis=1) + openings[:, self.early].sum(axis=1))

    def exposures(self, values: Floats) -> Floats:
        """Expected steps of a state of activity one and home alignment zero, shape (n, 2, N, H)."""
        observed = self.observed
        expected = np.empty((len(values), *observed.steps.shape))
        rows = rows_of(values, self.names, self.off)
        _exposures(rows, observed.arrays.stimuli, self.around, observed.arrays.states, expected)
        return expected


# ------------------------------------------------------------------------------------------------------ opinion


@compiled
def _affine_challenger(me: Any, felt: Floats, p: Any, out: Floats) -> None:
    """Slope, shift and loads (own, common) of the rule's monthly map; it is affine inside its bounds."""
    c, s, k, z = felt[COERCION], felt[PUNISHMENT], felt[ACCOMMODATION], felt[REPUTATION_CHALLENGER]
    low = rules.opinion_of_challenger_after_month(-0.01, me.rest_challenger, c, s, k, z, 0.0, 0.0, p)
    high = rules.opinion_of_challenger_after_month(0.01, me.rest_challenger, c, s, k, z, 0.0, 0.0, p)
    out[0], out[1] = (high - low) / 0.02, (high + low) / 2.0
    out[2] = p.opinion_noise_challenger * math.sqrt(MONTH)
    out[3] = p.opinion_common * math.sqrt(MONTH)


@compiled
def _affine_hub(me: Any, felt: Floats, p: Any, out: Floats) -> None:
    v, z = felt[CREDIBILITY], felt[REPUTATION_HUB]
    low = rules.opinion_of_hub_after_month(-0.01, me.rest_hub, v, z, 0.0, p)
    high = rules.opinion_of_hub_after_month(0.01, me.rest_hub, v, z, 0.0, p)
    out[0], out[1] = (high - low) / 0.02, (high + low) / 2.0
    out[2], out[3] = p.opinion_noise_hub * math.sqrt(MONTH), 0.0


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
    path, kept = np.zeros((months, count)), np.zeros((months, count))
    own, common = np.zeros((months, count)), np.zeros((months, count, count))
    map_ = np.zeros(4)
    loads = np.zeros(count)
    slopes = np.zeros(count)
    for t in range(months):
        for a in range(count):
            me = states[asked[a]]
            if power == 0:
                _affine_challenger(me, stimuli[t, asked[a]], p, map_)
            else:
                _affine_hub(me, stimuli[t, asked[a]], p, map_)
            rest = me.rest_challenger if power == 0 else me.rest_hub
            slope = max(map_[0], 1e-3)
            before = path[t - 1, a] if t > 0 else rest
            path[t, a] = slope * before + map_[1]
            kept[t, a] = max(slope * (kept[t - 1, a] if t > 0 else 1.0), 1e-200)
            own[t, a] = slope * slope * (own[t - 1, a] if t > 0 else 0.0) + map_[2] * map_[2]
            loads[a], slopes[a] = map_[3], slope
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
            carried = kept[until, late] / kept[s, late]
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
def _gaussian(residual: Floats, cov: Floats) -> float:
    """Log density of a normal vector; both arguments are overwritten (Cholesky column by column, solved on the way)."""
    size, total = len(residual), 0.0
    column = np.empty(size)
    for j in range(size):
        if not cov[j, j] > 0.0:
            return IMPOSSIBLE
        root = math.sqrt(cov[j, j])
        for i in range(j + 1, size):
            column[i] = cov[i, j] / root
        score = residual[j] / root
        total -= 0.5 * score * score + math.log(root) + 0.9189385332046727
        for i in range(j + 1, size):
            factor = column[i]
            residual[i] -= factor * score
            for m in range(j + 1, i + 1):
                cov[i, m] -= factor * column[m]
    return total


@compiled
def _opinion(
    rows: Records, errors: Floats, power: int, stimuli: Floats, states: Records, views: Records, asked: Integers,
    total: Floats,
) -> None:  # fmt: skip
    count = len(views)
    mean, cov = np.zeros(count), np.zeros((count, count))
    for k in range(len(rows)):
        _views_moments(rows[k], power, stimuli, states, views, asked, errors[k], mean, cov)
        total[k] += _gaussian(views["value"] - mean, cov)


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
    names, off : sequence of str
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
        off: Sequence[str] = (),
        until: int | None = None,
        without: Sequence[str] = (),
    ) -> None:
        self.observed, self.names, self.off = observed, tuple(names), tuple(off)
        views = observed.views
        fitted = np.ones(len(views), dtype=np.bool_)
        if until is not None:
            fitted &= views["month"] < until * CELL_MONTHS
        left_out = np.array([observed.states[i] in without for i in views["state"]], dtype=np.bool_)
        self.fitted = fitted & (~left_out | first_of_series(views))

    def errors(self, values: Floats) -> Floats:
        """Standard deviations of the reference series' error, of other pollsters' and of offsets, shape (n, 3)."""
        places = [self.names.index(name) for name in ("survey_error", "pollster_error", "state_offset")]
        return np.ascontiguousarray(values[:, places])

    def log_likelihood(self, values: Floats) -> Floats:
        """Log likelihood of the fitted figures, shape (n,)."""
        total = np.zeros(len(values))
        rows = rows_of(values, self.names, self.off)
        arrays = self.observed.arrays
        for power in (0, 1):
            views = self.observed.views[self.fitted & (self.observed.views["power"] == power)]
            if len(views):
                _opinion(
                    rows, self.errors(values), power, arrays.stimuli, arrays.states, views,
                    np.unique(views["state"]), total,
                )  # fmt: skip
        return _finite(total)

    def moments(self, values: Floats, power: int) -> tuple[Floats, Floats, NDArray[np.intp]]:
        """Mean (n, K), covariance (n, K, K) and places in ``observed.views`` of one power's figures, fitted or not."""
        arrays, places = self.observed.arrays, np.flatnonzero(self.observed.views["power"] == power)
        views = self.observed.views[places]
        mean = np.empty((len(values), len(views)))
        cov = np.empty((len(values), len(views), len(views)))
        if len(views):
            _opinion_moments(
                rows_of(values, self.names, self.off), self.errors(values), power, arrays.stimuli, arrays.states,
                views, np.unique(views["state"]), mean, cov,
            )  # fmt: skip
        return mean, cov, places


def first_of_series(figures: Records, key: str = "series") -> NDArray[np.bool_]:
    """Marks the first figure of each series (or state)."""
    marks = np.zeros(len(figures), dtype=np.bool_)
    for value in np.unique(figures[key]):
        own = np.flatnonzero(figures[key] == value)
        marks[own[np.argmin(figures["month"][own])]] = True
    return marks


# -------------------------------------------------------------------------------------------------------- trade


@compiled
def _log_odds(share: float) -> float:
    return math.log(share / (1.0 - share))


@compiled
def _trade_moments(
    p: Any, error: float, stimuli: Floats, states: Records, figures: Records, mean: Floats, cov: Floats
) -> None:
    """Mean and covariance of log odds of export shares; growth of log odds does not depend on the share."""
    calm = _log_odds(rules.dependence_after_month(0.5, 0.0, 0.0, p))
    step = _log_odds(rules.dependence_after_month(0.5, 0.0, 1.0, p)) - calm
    for k in range(len(figures)):
        figure = figures[k]
        same = k > 0 and figures[k - 1].state == figure.state and figures[k - 1].month <= figure.month
        first = figures[k - 1].month + 1 if same else 0
        level = mean[k - 1] if same else _log_odds(states[figure.state].dependence)
        for t in range(first, figure.month + 1):
            punishment = stimuli[t, figure.state, PUNISHMENT]
            grown = calm
            if punishment > 0.0:
                grown = _log_odds(rules.dependence_after_month(0.5, punishment, 0.0, p))
            level += grown
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
                total[k, i] = _gaussian(mine["value"] - mean, cov)


class Trade:
    """Shares of exports to the challenger; arguments as in `Views`."""

    name = "trade"

    def __init__(
        self,
        observed: Observed,
        names: Sequence[str] = BLOCKS["trade"],
        off: Sequence[str] = (),
        until: int | None = None,
        without: Sequence[str] = (),
    ) -> None:
        self.observed, self.names, self.off = observed, tuple(names), tuple(off)
        figures = observed.trade
        fitted = np.ones(len(figures), dtype=np.bool_)
        if until is not None:
            fitted &= figures["month"] < until * CELL_MONTHS
        left_out = np.array([observed.states[i] in without for i in figures["state"]], dtype=np.bool_)
        self.fitted = fitted & (~left_out | first_of_series(figures, "state"))

    def log_likelihood(self, values: Floats) -> Floats:
        """Log likelihood of the fitted shares, shape (n,)."""
        arrays = self.observed.arrays
        total = np.zeros((len(values), len(self.observed.states)))
        error = np.ascontiguousarray(values[:, self.names.index("trade_error")])
        figures = self.observed.trade[self.fitted]
        _trade(rows_of(values, self.names, self.off), error, arrays.stimuli, arrays.states, figures, total)
        return _finite(total.sum(axis=1))

    def moments(self, values: Floats) -> tuple[Floats, Floats]:
        """Mean (n, K) and covariance (n, K, K) of all shares, fitted or not."""
        arrays, figures = self.observed.arrays, self.observed.trade
        mean = np.empty((len(values), len(figures)))
        cov = np.empty((len(values), len(figures), len(figures)))
        rows = rows_of(values, self.names, self.off)
        for k in range(len(values)):
            error = values[k, self.names.index("trade_error")]
            _trade_moments(rows[k], error, arrays.stimuli, arrays.states, figures, mean[k], cov[k])
        return mean, cov


# ------------------------------------------------------------------------------------------------ habits and marks


@compiled
def _habit_rates(
    p: Any, t: int, i: int, me: Any, since: Integers, around: Floats, hub: Any, challenger: Any, rates: Floats
) -> None:
    """Rates a year of the six kinds of act on one state in one month, under the documented habits."""
    rates[0] = rules.coercion_rate(me.dispute, challenger.assertiveness, 0.0, challenger.spiral, p)
    rates[1] = rules.punishment_rate(
        me.dispute, me.dependence, since[0, t, i], challenger.punitiveness, challenger.patience, p
    )
    rates[2] = rules.accommodation_rate(since[1, t, i], challenger.accommodation, p)
    rates[3] = rules.offer_rate_challenger(
        me.dispute, around[t, i, ALIGNMENT], me.dependence, me.is_ally, challenger.inducement, challenger.loosest,
        challenger.dependent, challenger.nearest, p,
    )  # fmt: skip
    rates[4] = rules.offer_rate_hub(
        math.tanh(me.home),
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
        off: Sequence[str] = (),
        until: int | None = None,
        without: Sequence[str] = (),
    ) -> None:
        self.observed, self.names, self.off = observed, tuple(names), tuple(off)
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
        self.around = surroundings(observed)

    def log_likelihood(self, values: Floats) -> Floats:
        """Log likelihood of onsets, intensities and durations, shape (n,)."""
        rows, arrays = rows_of(values, self.names, self.off), self.observed.arrays
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
        return _finite(total)


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


class Marks:
    """Weights of steps; other arguments have no effect, since a weight has no date."""

    name = "marks"

    def __init__(
        self,
        observed: Observed,
        names: Sequence[str] = BLOCKS["marks"],
        off: Sequence[str] = (),
        until: int | None = None,
        without: Sequence[str] = (),
    ) -> None:
        self.observed, self.names = observed, tuple(names)

    def log_likelihood(self, values: Floats) -> Floats:
        """Multinomial log likelihood of the weights, shape (n,)."""
        one = 1.0 - values.sum(axis=1)
        shares = np.column_stack([one, values])
        with np.errstate(divide="ignore", invalid="ignore"):
            total = (np.log(shares) * self.observed.marks).sum(axis=1)
        return np.where(one > 0.0, total, IMPOSSIBLE)


TARGETS: dict[str, Any] = {
    "responses": Responses,
    "opinion": Views,
    "trade": Trade,
    "habits": Habits,
    "marks": Marks,
}
"""Block -> its likelihood."""


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, IMPOSSIBLE)
