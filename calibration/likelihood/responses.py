"""Steps, answers to offers, and answers to open invitations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.evidence import sides
from calibration.evidence.observed import CELL_MONTHS, Observed
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
from sim.model.rules import MONTH
from sim.types import Floats

Integers = NDArray[np.int64]

_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(5)
NODES: Floats = np.asarray(_NODES)
LOG_WEIGHTS: Floats = np.log(np.asarray(_WEIGHTS) / np.sum(_WEIGHTS))
"""Quadrature of a standard normal."""
INVITATION_SPREAD = 1.5
"""Standard deviation (log odds) of how inviting an open invitation is, beyond what each state feels."""


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
            exposures[sides.HUB, i, cell] += MONTH * rules.rate_toward_hub(
                1.0, leaning, alert, felt[COURTSHIP_HUB], felt[CREDIBILITY], seen[PUNISHED], felt[COERCION], p
            )
            exposures[sides.CHALLENGER, i, cell] += MONTH * rules.rate_toward_challenger(
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
                    stimuli[t, i, LEADER], alerts[t, i], states[i].dependence, p,
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
def _counts(steps: Integers, exposures: Floats, tilt: float, shape: float, end: int, i: int) -> float:
    """Log probability of one state's counts in half-years before ``end``: Poisson mixed over a Gamma activity."""
    total, expected, term = 0.0, 0.0, 0.0
    for side in range(2):
        lift = math.exp(tilt if side == sides.HUB else -tilt)
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
    rows: Records, stimuli: Floats, around: Floats, states: Records, offers: Records, invitations: Records,
    odds: Floats, steps: Integers, cut: int, nodes: Floats, log_weights: Floats, by_state: Floats,
    by_invitation: Floats,
) -> None:  # fmt: skip
    """Log likelihood by state before month ``cut`` and in all, (n, 2, N), and by open invitation, (n, invitations)."""
    exposures = np.zeros(steps.shape)
    alerts = np.zeros((len(stimuli), len(states)))
    answers = np.zeros((2, len(states), len(nodes)))
    by_node = np.zeros((by_invitation.shape[1], len(nodes)))
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
                by_state[k, part, i] = _log_sum(terms, log_weights)
        _takers(invitations, odds, stimuli, alerts, states, nodes, p, by_node)
        for number in range(len(by_node)):
            by_invitation[k, number] = _log_sum(by_node[number], log_weights)


@compiled
def _exposures(rows: Records, stimuli: Floats, around: Floats, states: Records, expected: Floats) -> None:
    alerts = np.zeros((len(stimuli), len(states)))
    for k in range(len(rows)):
        _paths(stimuli, around, states, rows[k], expected[k], alerts)


class Responses:
    """Steps, answers to offers and answers to open invitations.

    Parameters
    ----------
    names : sequence of str
        Free parameters; the others stand at their defaults, levers at zero.
    off : sequence of str
        Parameters held at zero (a rival's switches).
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
        off: Sequence[str] = (),
        until: int | None = None,
        without: Sequence[str] = (),
    ) -> None:
        self.observed, self.names, self.off = observed, tuple(names), tuple(off)
        self.until = until
        self.cut = len(observed.months) if until is None else until * CELL_MONTHS
        self.included = np.array([code not in without for code in observed.states])
        self.around = neighbours(observed)
        self.odds = np.exp(2.0 * (observed.home + observed.position))
        self.invitations = len(np.unique(observed.invitations["invitation"]))
        self.early = np.array(
            [
                self.cut > max(observed.invitations["last"][observed.invitations["invitation"] == d])
                for d in range(self.invitations)
            ]
        )

    def by_state(self, values: Floats) -> tuple[Floats, Floats, Floats]:
        """Log likelihood of each state's steps and answers.

        Returns
        -------
        fitted, whole : float arrays, shape (n, N)
            Of what happened before ``until``, and of all that happened.
        invitations : float array, shape (n, open invitations)
        """
        observed, n = self.observed, len(values)
        by_state = np.empty((n, 2, len(observed.states)))
        by_invitation = np.empty((n, self.invitations))
        _responses(
            rows_of(values, self.names, self.off), observed.arrays.stimuli, self.around, observed.arrays.states,
            observed.offers, observed.invitations, self.odds, observed.steps, self.cut, NODES, LOG_WEIGHTS,
            by_state, by_invitation,
        )  # fmt: skip
        return by_state[:, 0], by_state[:, 1], by_invitation

    def log_likelihood(self, values: Floats) -> Floats:
        """Log likelihood of what is fitted, shape (n,)."""
        fitted, _, invitations = self.by_state(values)
        return finite(fitted[:, self.included].sum(axis=1) + invitations[:, self.early].sum(axis=1))

    def exposures(self, values: Floats) -> Floats:
        """Expected steps of a state of activity one and home alignment zero, shape (n, 2, N, H)."""
        observed = self.observed
        expected = np.empty((len(values), *observed.steps.shape))
        rows = rows_of(values, self.names, self.off)
        _exposures(rows, observed.arrays.stimuli, self.around, observed.arrays.states, expected)
        return expected
