"""Who the states of a lane are, given what they did: activity and error of home.

The record's moves and answers are Poisson events and competing hazards at the rules' rates, as in
``calibration.likelihood``. Given one lane's parameters the error of home is drawn on a grid and the activity, given it,
from its Gamma distribution: ``G ~ Gamma(k + n, k + E)``, where ``n`` unprompted steps and initiatives were made and
``E`` were expected at activity one.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.conditioning.figures import OF_CHALLENGER, OF_HUB, OF_TRADE
from sim.conditioning.grid import CELLS, drawn_on_grid, point_of
from sim.conditioning.invitations import draw_invitations
from sim.conditioning.maps import level_moved, share_moved
from sim.conditioning.noise import conditioned_noise
from sim.conditioning.pins import Integers, Known, Pins, Records
from sim.model import rules
from sim.model.channels import (
    ACCOMMODATION,
    COERCION,
    COURTSHIP_CHALLENGER,
    COURTSHIP_HUB,
    CREDIBILITY,
    LEADER,
    PRESSURE,
    PUNISHMENT,
    REPUTATION_CHALLENGER,
    REPUTATION_HUB,
    SHOCK,
    WAR,
)
from sim.model.draws import GROUP_LANE, gamma_unit_quantile, normal_quantile, uniforms
from sim.model.jit import compiled, seldom
from sim.model.rules import MONTH
from sim.types import Floats

LEAST_CHANCE = 1e-12
"""Chance that an answer on record is given at least, whatever the parameters say."""
ANSWER_NODES = (-4.0, -2.0, 0.0, 2.0, 4.0)
"""Errors of home at which answers are computed; between them their log probability is interpolated."""


@compiled
def _positions(states: Records, pins: Pins, p: Any, positions: Floats, alignments: Floats) -> None:
    """Each state at the start of each month, by its recorded steps and the middle of its home: (T, N)."""
    left = rules.decay_factor(p.step_memory)
    for i in range(len(states)):
        accumulated, lock_in = 0.0, 0.0
        for t in range(pins.months):
            positions[t, i] = states[i].home + accumulated + lock_in
            alignments[t, i] = rules.alignment_of(positions[t, i], 0.0, 0.0)
            accumulated = rules.accumulate_steps(accumulated, pins.cells[t, i].net, left, p)
            lock_in = pins.cells[t, i].lock_in


@compiled
def _expected(
    i: int, states: Records, ties: Records, stimuli: Floats, years: Floats, alignments: Floats, pins: Pins,
    known: Known, p: Any,
) -> tuple[float, float]:  # fmt: skip
    """Expected steps and initiatives toward either side at activity one and home alignment zero.

    What a state remembers and thinks, whatever it does, goes into ``known``.
    """
    me = states[i]
    alert, entrapment, doubt, pressed_hub, pressed_challenger = 0.0, 0.0, 0.0, 0.0, 0.0
    own_spread, person = p.state_offset, known.states[i]
    rest_challenger = level_moved(me.rest_challenger, own_spread * person.level_challenger)
    rest_hub = level_moved(me.rest_hub, own_spread * person.level_hub)
    challenger, hub = rest_challenger, rest_hub
    dependence = share_moved(me.dependence, person.start)
    toward_hub, toward_challenger = 0.0, 0.0
    home = rules.alignment_of(me.home, 0.0, 0.0)
    alarm_left, fear_left = rules.decay_factor(p.alert_memory), rules.decay_factor(p.entrapment_memory)
    for t in range(pins.months):
        felt, cell = stimuli[t, i], known.cells[t, i]
        coerced, punished, partners, friends, fit = 0.0, 0.0, 0.0, 0.0, 0.0
        for number in range(me.first_tie, me.end_tie):
            other, weight = ties[number].other, ties[number].partner
            coerced += weight * stimuli[t, other, COERCION]
            punished += weight * stimuli[t, other, PUNISHMENT]
            partners += weight * alignments[t, other]
            friends += weight
            fit += ties[number].fit * alignments[t, other]
        moved = alignments[t, i] - home
        partners = partners - alignments[t, i] + moved if friends > 0.0 else moved
        level = rules.alert_level(
            felt[COERCION], felt[PUNISHMENT], felt[ACCOMMODATION], coerced, felt[WAR], felt[SHOCK], me.dispute,
            me.openness, p,
        )  # fmt: skip
        alert = rules.settling(alert, level, alarm_left)
        pressed_challenger = rules.settling(pressed_challenger, felt[COERCION] + felt[PUNISHMENT], alarm_left)
        pressed_hub = rules.settling(pressed_hub, felt[PRESSURE], alarm_left)
        doubt = rules.settling(doubt, max(-felt[CREDIBILITY], 0.0), alarm_left)
        entrapment = rules.settling(entrapment, felt[PRESSURE], fear_left)
        challenger = rules.opinion_of_challenger_after_month(
            challenger, rest_challenger, felt[COERCION], felt[PUNISHMENT], felt[ACCOMMODATION],
            felt[REPUTATION_CHALLENGER], known.common[t], cell.own_challenger, p,
        )  # fmt: skip
        hub = rules.opinion_of_hub_after_month(
            hub, rest_hub, felt[PRESSURE], felt[CREDIBILITY], felt[REPUTATION_HUB], cell.own_hub, p
        )
        dependence = rules.dependence_after_month(dependence, felt[PUNISHMENT], cell.own_dependence, p)
        cell.alert, cell.pressed_hub, cell.pressed_challenger = alert, pressed_hub, pressed_challenger
        cell.doubt, cell.entrapment, cell.dependence = doubt, entrapment, dependence
        cell.opinion_challenger, cell.opinion_hub = challenger, hub
        gap = (challenger - rest_challenger) - (hub - rest_hub)
        leaning = rules.lean(
            0.0, moved, felt[LEADER] - me.first_leader, gap, me.openness, entrapment, doubt, partners,
            fit, p,
        )  # fmt: skip
        lifted = rules.lift_toward_hub(alert, pressed_hub, p)
        toward_hub += MONTH * rules.rate_toward_hub(
            1.0,
            leaning,
            lifted,
            felt[COURTSHIP_HUB],
            felt[CREDIBILITY],
            punished,
            felt[COERCION],
            years[t],
            p,
        )
        if t > 0:  # offers that are open at the start have not been opened in the record
            toward_hub += MONTH * rules.initiatives_toward_hub(1.0, leaning, lifted, years[t], p)
        lifted = rules.lift_toward_challenger(pressed_hub, pressed_challenger, p)
        toward_challenger += MONTH * rules.rate_toward_challenger(
            1.0, leaning, lifted, alert, felt[COURTSHIP_CHALLENGER], felt[PUNISHMENT], dependence, years[t], p
        )
        if t > 0:
            toward_challenger += MONTH * rules.initiatives_toward_challenger(
                1.0, leaning, lifted, years[t], p
            )
    return toward_hub, toward_challenger


@compiled
def _log_answers(
    i: int, states: Records, offers: Records, institutions: Records, stimuli: Floats, positions: Floats,
    pins: Pins, known: Known, p: Any, lifts: Floats, terms: Floats,
) -> None:  # fmt: skip
    """Log probability of what became of one state's offers, by node of its error of home; ``terms`` is written.

    ``lifts`` are the factors of the nodes on the odds behind an alignment.
    """
    me = states[i]
    terms[:] = 0.0
    for number in range(me.first_offer, me.end_offer):
        offer = offers[number]
        if offer.informs == 0:
            continue
        threshold = institutions[offer.institution].threshold if offer.institution >= 0 else 0.0
        last = offer.answer_month if offer.answer != 0 else pins.months - 1
        for t in range(offer.month, last + 1):
            leader, cell = stimuli[t, i, LEADER], known.cells[t, i]
            odds = rules.odds_of(positions[t, i])
            for node in range(len(ANSWER_NODES)):
                shifted = odds * lifts[node]
                alignment = (shifted - 1.0) / (shifted + 1.0)
                yes, no = rules.answer_hazards(
                    offer.side, threshold, alignment, leader, cell.alert, cell.dependence, offer.initiative, p
                )
                terms[node] -= (yes + no) * MONTH
                if t == last and offer.answer != 0:
                    terms[node] += math.log(max((yes if offer.answer > 0 else no) * MONTH, LEAST_CHANCE))


@compiled
def _interpolated(terms: Floats, z: float) -> float:
    """The polynomial through the terms at ``ANSWER_NODES``, at ``z``."""
    total = 0.0
    for node in range(len(ANSWER_NODES)):
        share = terms[node]
        for other in range(len(ANSWER_NODES)):
            if other != node:
                share *= (z - ANSWER_NODES[other]) / (ANSWER_NODES[node] - ANSWER_NODES[other])
        total += share
    return total


@compiled
def _draw_states(
    states: Records, ties: Records, offers: Records, institutions: Records, stimuli: Floats, years: Floats,
    pins: Pins, p: Any, seed: int, lane: int, month: int, known: Known,
) -> None:  # fmt: skip
    """Draw the activity and the error of home of each state and how inviting openings to all are, given record and noise.

    Partners are seen where their recorded steps and the middle of their home put them, as in the fit.
    """
    positions, alignments = np.zeros((pins.months, len(states))), np.zeros((pins.months, len(states)))
    _positions(states, pins, p, positions, alignments)
    nodes, lifts = np.array(ANSWER_NODES), np.ones(len(ANSWER_NODES))
    terms, log_density = np.zeros(len(ANSWER_NODES)), np.zeros(CELLS + 1)
    for i in range(len(states)):
        me = states[i]
        spread = p.home_spread * me.home_error
        for node in range(len(nodes)):
            lifts[node] = rules.odds_of(spread * nodes[node])
        toward_hub, toward_challenger = _expected(i, states, ties, stimuli, years, alignments, pins, known, p)
        _log_answers(i, states, offers, institutions, stimuli, positions, pins, known, p, lifts, terms)
        hub, challenger = 0, 0
        for t in range(pins.months):
            hub += pins.cells[t, i].steps_hub + pins.cells[t, i].initiatives_hub
            challenger += pins.cells[t, i].steps_challenger + pins.cells[t, i].initiatives_challenger
        shape = p.activity_shape + hub + challenger
        for point in range(CELLS + 1):
            z = point_of(point)
            tilt = p.alignment_slope * rules.alignment_of(me.home, spread * z, 0.0)
            expected = math.exp(tilt) * toward_hub + math.exp(-tilt) * toward_challenger
            log_density[point] = (
                -0.5 * z * z + _interpolated(terms, z) + (hub - challenger) * tilt
                - shape * math.log(p.activity_shape + expected)
            )  # fmt: skip
        u = uniforms(seed, lane, month, me.site, GROUP_LANE)
        z = drawn_on_grid(log_density, u[1])
        tilt = p.alignment_slope * rules.alignment_of(me.home, spread * z, 0.0)
        expected = math.exp(tilt) * toward_hub + math.exp(-tilt) * toward_challenger
        known.states[i].home = z
        known.states[i].activity = (
            gamma_unit_quantile(normal_quantile(u[0]), shape) * shape / (p.activity_shape + expected)
        )
    draw_invitations(states, offers, institutions, stimuli, alignments, month, pins, p, seed, lane, known)


@seldom
def know(
    states: Records, ties: Records, offers: Records, institutions: Records, stimuli: Floats, years: Floats,
    months: Integers, pins: Pins, p: Any, seed: int, lane: int, known: Known,
) -> None:  # fmt: skip
    """Draw what the record decides before a lane's first month: noise, who the states are, how inviting openings are.

    Parameters
    ----------
    states, ties, offers, institutions, stimuli, years, months : arrays of ``sim.engine.arrays.Arrays``
        Of the recorded timeline.
    p : record of ``PARAMETER_TYPE``
    known : Known
        Written, but for the expected steps, which the lane itself comes to know.
    """
    noise = conditioned_noise(states, stimuli, months[: max(pins.months, 1)], pins.figures, p, seed, lane)
    for t in range(pins.months):
        known.common[t] = noise.common[t]
        for i in range(len(states)):
            cell = known.cells[t, i]
            cell.own_challenger, cell.own_hub = noise.own[OF_CHALLENGER, t, i], noise.own[OF_HUB, t, i]
            cell.own_dependence = noise.own[OF_TRADE, t, i]
    for i in range(len(states)):
        person = known.states[i]
        person.start = noise.start[i]
        person.level_challenger, person.level_hub = noise.level[OF_CHALLENGER, i], noise.level[OF_HUB, i]
    _draw_states(states, ties, offers, institutions, stimuli, years, pins, p, seed, lane, months[0], known)
