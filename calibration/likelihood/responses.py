"""Unprompted steps, initiatives, answers to offers, and answers to open invitations, by month."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.evidence import sides
from calibration.evidence.observed import CELL_MONTHS, INITIATIVES, UNPROMPTED, Observed, by_half_year
from calibration.hypotheses.priors import BLOCKS, rows_of
from calibration.likelihood.neighbours import (
    ACCOMMODATION,
    ALIGNMENT,
    COERCED,
    COERCION,
    COURTSHIP_CHALLENGER,
    COURTSHIP_HUB,
    CREDIBILITY,
    FIT,
    LEADER,
    PARTNERS,
    PRESSURE,
    PUNISHED,
    PUNISHMENT,
    REPUTATION_CHALLENGER,
    REPUTATION_HUB,
    SHOCK,
    WAR,
    neighbours,
)
from calibration.likelihood.target import finite
from sim.engine.arrays import Records
from sim.model import rules
from sim.model.jit import compiled
from sim.model.rules import INVITATION_SPREAD, MONTH
from sim.types import Floats

Integers = NDArray[np.int64]

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(5)
NODES: Floats = np.asarray(_NODES)
LOG_WEIGHTS: Floats = np.log(np.asarray(_WEIGHTS) / np.sum(_WEIGHTS))
"""Quadrature of a standard normal."""
EVENT_TYPE = np.dtype([(name, "i8") for name in ("stream", "side", "state", "month", "count")])
"""Moves of one state in one month, of one stream and toward one side."""


@compiled
def _paths(
    stimuli: Floats, around: Floats, years: Floats, states: Records, p: Any, rates: Floats, alerts: Floats
) -> None:
    """Expected moves of a state of activity one at a home alignment of zero, by stream, side and month; and alert.

    ``rates`` has shape (2, 2, N, T), ``alerts`` (T, N); both are written. Opinion and dependence follow the rules
    without noise.
    """
    left = rules.decay_factor(p.alert_memory)
    for i in range(len(states)):
        me = states[i]
        alert, entrapment, doubt, pressed_hub, pressed_challenger = 0.0, 0.0, 0.0, 0.0, 0.0
        challenger, hub, dependence = me.rest_challenger, me.rest_hub, me.dependence
        home = rules.alignment_of(me.home, 0.0, 0.0)
        for t in range(len(stimuli)):
            felt, seen = stimuli[t, i], around[t, i]
            level = rules.alert_level(
                felt[COERCION], felt[PUNISHMENT], felt[ACCOMMODATION], seen[COERCED], felt[WAR], felt[SHOCK],
                me.dispute, me.openness, p,
            )  # fmt: skip
            alert = rules.settling(alert, level, left)
            pressed_challenger = rules.settling(pressed_challenger, felt[COERCION] + felt[PUNISHMENT], left)
            pressed_hub = rules.settling(pressed_hub, felt[PRESSURE], left)
            alerts[t, i] = alert
            gap = 0.0
            if p.abandonment != 0.0:
                doubt = rules.settling(doubt, max(-felt[CREDIBILITY], 0.0), left)
            if p.entrapment != 0.0:
                entrapment = rules.entrapment_after_month(entrapment, felt[PRESSURE], p)
            if p.opinion_pull != 0.0:
                challenger = rules.opinion_of_challenger_after_month(
                    challenger, me.rest_challenger, felt[COERCION], felt[PUNISHMENT], felt[ACCOMMODATION],
                    felt[REPUTATION_CHALLENGER], 0.0, 0.0, p,
                )  # fmt: skip
                hub = rules.opinion_of_hub_after_month(
                    hub, me.rest_hub, felt[PRESSURE], felt[CREDIBILITY], felt[REPUTATION_HUB], 0.0, p
                )
                gap = (challenger - me.rest_challenger) - (hub - me.rest_hub)
            if p.compliance != 0.0:
                dependence = rules.dependence_after_month(dependence, felt[PUNISHMENT], 0.0, p)
            moved = seen[ALIGNMENT] - home
            leaning = rules.lean(
                0.0, moved, felt[LEADER] - me.first_leader, gap, me.openness, entrapment, doubt,
                seen[PARTNERS] - seen[ALIGNMENT] + moved, seen[FIT], p,
            )  # fmt: skip
            toward_hub = rules.lift_toward_hub(alert, pressed_hub, p)
            toward_challenger = rules.lift_toward_challenger(pressed_hub, pressed_challenger, p)
            rates[UNPROMPTED, sides.HUB, i, t] = MONTH * rules.rate_toward_hub(
                1.0, leaning, toward_hub, felt[COURTSHIP_HUB], felt[CREDIBILITY], seen[PUNISHED], felt[COERCION],
                years[t], p,
            )  # fmt: skip
            rates[UNPROMPTED, sides.CHALLENGER, i, t] = MONTH * rules.rate_toward_challenger(
                1.0, leaning, toward_challenger, alert, felt[COURTSHIP_CHALLENGER], felt[PUNISHMENT], dependence,
                years[t], p,
            )  # fmt: skip
            if t == 0:  # what is open at the start has not been opened in the record
                rates[INITIATIVES, :, i, t] = 0.0
                continue
            rates[INITIATIVES, sides.HUB, i, t] = MONTH * rules.initiatives_toward_hub(
                1.0, leaning, toward_hub, years[t], p
            )
            rates[INITIATIVES, sides.CHALLENGER, i, t] = MONTH * rules.initiatives_toward_challenger(
                1.0, leaning, toward_challenger, years[t], p
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
    whole: bool, p: Any, answers: Floats,
) -> None:  # fmt: skip
    """Log probability of the answers before month ``cut`` and of all, by state and node: ``answers`` (2, N, nodes).

    If not ``whole``, of those before the cut alone.
    """
    answers[:] = 0.0
    for number in range(len(offers)):
        offer = offers[number]
        i = offer.state
        end = offer.last + 1 if whole else min(offer.last + 1, cut)
        for t in range(offer.first, end):
            outcome = offer.outcome if t == offer.last else 0
            for node in range(lifts.shape[1]):
                e = odds[t, i] * lifts[i, node]
                yes, no = rules.answer_hazards(
                    offer.side, offer.threshold, (e - 1.0) / (e + 1.0), stimuli[t, i, LEADER], alerts[t, i],
                    states[i].dependence, offer.initiative, p,
                )  # fmt: skip
                term = _log_answer(yes, no, outcome)
                answers[1, i, node] += term
                if t < cut:
                    answers[0, i, node] += term


@compiled
def _takers(
    invitations: Records, odds: Floats, stimuli: Floats, alerts: Floats, states: Records, nodes: Floats, p: Any,
    by_node: Floats,
) -> None:  # fmt: skip
    """Log probability of who took up each open invitation, by node of its own effect: (invitations, nodes)."""
    by_node[:] = 0.0
    for number in range(len(invitations)):
        invitation = invitations[number]
        i = invitation.state
        for t in range(invitation.first, invitation.last + 1):
            for node in range(len(nodes)):
                e = odds[t, i]
                yes, _ = rules.answer_hazards(
                    invitation.side, invitation.threshold - INVITATION_SPREAD * nodes[node], (e - 1.0) / (e + 1.0),
                    stimuli[t, i, LEADER], alerts[t, i], states[i].dependence, 0, p,
                )  # fmt: skip
                outcome = 1 if invitation.joined == 1 and t == invitation.last else 0
                by_node[invitation.invitation, node] += _log_answer(yes, 0.0, outcome)


@compiled
def _log_sum(terms: Floats, log_weights: Floats) -> float:
    """Log of the weighted sum of exponentials."""
    top = np.max(terms + log_weights)
    total = 0.0
    for k in range(len(terms)):
        total += math.exp(terms[k] + log_weights[k] - top)
    return top + math.log(total)


@compiled
def _sums(rates: Floats, events: Records, cut: int, sums: Floats) -> None:
    """What the moves of each state say, before month ``cut`` and in all: ``sums`` (2, streams, states, 4) is written.

    Expected moves toward the hub and toward the challenger; net number of moves toward the hub; number of moves. The
    log probability of the months of moves, which no error of home changes, is `_log_months`.
    """
    sums[:] = 0.0
    for stream in range(rates.shape[0]):
        for i in range(rates.shape[2]):
            for side in range(2):
                before, after = 0.0, 0.0
                for t in range(cut):
                    before += rates[stream, side, i, t]
                for t in range(cut, rates.shape[3]):
                    after += rates[stream, side, i, t]
                sums[0, stream, i, side] = before
                sums[1, stream, i, side] = before + after
    for number in range(len(events)):
        event = events[number]
        sign = 1 if event.side == sides.HUB else -1
        for part in range(2):
            if part == 1 or event.month < cut:
                sums[part, event.stream, event.state, 2] += sign * event.count
                sums[part, event.stream, event.state, 3] += event.count


@compiled
def _log_months(rates: Floats, events: Records, cut: int, logs: Floats) -> None:
    """Log rates of the months in which each state moved, before month ``cut`` and in all: (2, streams, states)."""
    logs[:] = 0.0
    for number in range(len(events)):
        event = events[number]
        rate = rates[event.stream, event.side, event.state, event.month]
        term = event.count * math.log(max(rate, 1e-300)) - math.lgamma(event.count + 1.0)
        logs[1, event.stream, event.state] += term
        if event.month < cut:
            logs[0, event.stream, event.state] += term


@compiled
def _log_moves(steps: Floats, initiatives: Floats, tilt: float, shape: float) -> float:
    """Log probability of one state's moves at an error of home, but for their months; activity is integrated."""
    lift = math.exp(tilt)
    expected = lift * (steps[0] + initiatives[0]) + (steps[1] + initiatives[1]) / lift
    net, count = steps[2] + initiatives[2], steps[3] + initiatives[3]
    return (
        net * tilt + shape * math.log(shape) - math.lgamma(shape) + math.lgamma(shape + count)
        - (shape + count) * math.log(shape + expected)
    )  # fmt: skip


@compiled
def _responses(
    rows: Records, stimuli: Floats, around: Floats, years: Floats, states: Records, offers: Records,
    invitations: Records, odds: Floats, events: Records, cut: int, parts: int, nodes: Floats, log_weights: Floats,
    by_state: Floats, by_invitation: Floats,
) -> None:  # fmt: skip
    """Log likelihood by state, (n, parts, N), and by open invitation, (n, invitations).

    The parts: all before month ``cut``; steps after it, too; initiatives, too; answers, too.
    """
    rates = np.zeros((2, 2, len(states), len(stimuli)))
    sums, months = np.zeros((2, 2, len(states), 4)), np.zeros((2, 2, len(states)))
    alerts = np.zeros((len(stimuli), len(states)))
    answers = np.zeros((2, len(states), len(nodes)))
    by_node = np.zeros((by_invitation.shape[1], len(nodes)))
    terms, lifts = np.zeros(len(nodes)), np.ones((len(states), len(nodes)))
    for k in range(len(rows)):
        p = rows[k]
        _paths(stimuli, around, years, states, p, rates, alerts)
        _sums(rates, events, cut, sums)
        _log_months(rates, events, cut, months)
        for i in range(len(states)):
            for node in range(len(nodes)):
                lifts[i, node] = rules.odds_of(p.home_spread * states[i].home_error * nodes[node])
        _answers(offers, odds, stimuli, alerts, states, lifts, cut, parts > 1, p, answers)
        for i in range(len(states)):
            for part in range(parts):
                a, b, c = int(part >= 1), int(part >= 2), int(part >= 3)
                for node in range(len(nodes)):
                    error = p.home_spread * states[i].home_error * nodes[node]
                    tilt = p.alignment_slope * rules.alignment_of(states[i].home, error, 0.0)
                    terms[node] = answers[c, i, node] + _log_moves(
                        sums[a, UNPROMPTED, i], sums[b, INITIATIVES, i], tilt, p.activity_shape
                    )
                by_state[k, part, i] = (
                    months[a, UNPROMPTED, i] + months[b, INITIATIVES, i] + _log_sum(terms, log_weights)
                )
        _takers(invitations, odds, stimuli, alerts, states, nodes, p, by_node)
        for number in range(len(by_node)):
            by_invitation[k, number] = _log_sum(by_node[number], log_weights)


@compiled
def _expected(
    rows: Records, stimuli: Floats, around: Floats, years: Floats, states: Records, rates: Floats
) -> None:
    alerts = np.zeros((len(stimuli), len(states)))
    for k in range(len(rows)):
        _paths(stimuli, around, years, states, rows[k], rates[k], alerts)


def known_before(observed: Observed, month: int) -> Observed:
    """The evidence with every state standing from a month on where its steps before it have put it."""
    if month >= len(observed.position):
        return observed
    position = observed.position.copy()
    position[month:] = position[month]
    return replace(observed, position=position)


def alignment_at_nodes(observed: Observed, spread: Floats) -> Floats:
    """Alignment of each home at the nodes of its error, shape (n, N, nodes); ``spread`` is ``home_spread``, (n,)."""
    error = observed.arrays.states["home_error"][:, None] * NODES
    return np.tanh((observed.home[None, :, None] + spread[:, None, None] * error) / 2.0)


class Responses:
    """Unprompted steps, initiatives, answers to offers and answers to open invitations.

    Parameters
    ----------
    names : sequence of str
        Free parameters; the others stand at their defaults, levers at zero.
    held : mapping, optional
        Parameter -> value at which it is held (a rival's switches).
    until : int, optional
        Half-years before this one are fitted; all if omitted.
    without : sequence of str
        States left out of the fit.
    """

    name = "responses"

    def __init__(
        self,
        observed: Observed,
        names: Sequence[str] = BLOCKS["responses"],
        held: Mapping[str, float] | None = None,
        until: int | None = None,
        without: Sequence[str] = (),
    ) -> None:
        self.observed, self.names, self.held = observed, tuple(names), dict(held or {})
        self.until = until
        self.cut = len(observed.months) if until is None else until * CELL_MONTHS
        self.included = np.array([code not in without for code in observed.states])
        seen = observed if until is None else known_before(observed, self.cut)
        self.around = neighbours(seen)
        self.odds = np.exp(seen.home + seen.position)
        self.events = _events(observed.moves)
        self.invitations = len(np.unique(observed.invitations["invitation"]))
        self.early = np.array(
            [
                self.cut > max(observed.invitations["last"][observed.invitations["invitation"] == d])
                for d in range(self.invitations)
            ],
            dtype=np.bool_,
        )

    def parts(self, values: Floats, cut: int) -> Floats:
        """Log likelihood of each state's responses, shape (n, 4, N).

        All before month ``cut``; all before it, and steps after it; initiatives after it, too; answers after it, too.
        """
        return self._run(values, cut, 4)[0]

    def by_state(self, values: Floats) -> tuple[Floats, Floats, Floats]:
        """Log likelihood of each state's moves and answers.

        Returns
        -------
        fitted, whole : float arrays, shape (n, N)
            Of what happened before ``until``, and of all that happened.
        invitations : float array, shape (n, open invitations)
        """
        parts, invitations = self._run(values, self.cut, 4)
        return parts[:, 0], parts[:, 3], invitations

    def log_likelihood(self, values: Floats) -> Floats:
        """Log likelihood of what is fitted, shape (n,)."""
        parts, invitations = self._run(values, self.cut, 1)
        return finite(parts[:, 0, self.included].sum(axis=1) + invitations[:, self.early].sum(axis=1))

    def _run(self, values: Floats, cut: int, parts: int) -> tuple[Floats, Floats]:
        observed, n = self.observed, len(values)
        by_state = np.empty((n, parts, len(observed.states)))
        by_invitation = np.empty((n, self.invitations))
        _responses(
            rows_of(values, self.names, self.held), observed.arrays.stimuli, self.around, observed.arrays.years,
            observed.arrays.states, observed.offers, observed.invitations, self.odds, self.events, cut, parts, NODES,
            LOG_WEIGHTS, by_state, by_invitation,
        )  # fmt: skip
        return by_state, by_invitation

    def rates(self, values: Floats) -> Floats:
        """Expected moves of a state of activity one and home alignment zero by month, shape (n, 2, 2, N, T)."""
        observed = self.observed
        rates = np.empty((len(values), *observed.moves.shape))
        rows = rows_of(values, self.names, self.held)
        _expected(
            rows, observed.arrays.stimuli, self.around, observed.arrays.years, observed.arrays.states, rates
        )
        return rates

    def exposures(self, values: Floats) -> Floats:
        """`rates` by half-year, shape (n, 2, 2, N, H)."""
        return by_half_year(self.rates(values))


def _events(moves: Integers) -> Records:
    """The months in which states moved, those of one state together."""
    found = np.argwhere(moves)
    events = np.zeros(len(found), dtype=EVENT_TYPE)
    for column, name in enumerate(("stream", "side", "state", "month")):
        events[name] = found[:, column]
    events["count"] = moves[tuple(found.T)]
    return events
