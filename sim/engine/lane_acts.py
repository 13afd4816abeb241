"""What the powers do to the states of a compiled lane by their strategies, and what reaches each state."""

from __future__ import annotations

from typing import Any

from sim.engine.arrays import (
    EMPTY,
    EPISODE_KINDS,
    OPEN,
    Records,
)
from sim.model import rules
from sim.model.channels import (
    CHANNELS,
    COERCION,
    COURTSHIP_CHALLENGER,
    COURTSHIP_HUB,
    CREDIBILITY,
    PUNISHMENT,
)
from sim.model.draws import (
    GROUP_EPISODE,
    GROUP_GENERATED_OFFER,
    GROUP_OFFERS,
    GROUP_ONSETS,
    GROUP_OPENED,
    exponential_threshold,
    normal_quantile,
    uniforms,
)
from sim.model.jit import compiled, seldom
from sim.model.rules import (
    ALIGNED,
    DURATION_SPREAD,
    INTENSITY_SPREAD,
    NEW_ACT,
    OPEN_OFFERS,
)
from sim.types import Floats

EPISODE_CHANNELS = tuple(CHANNELS.index(kind) for kind in EPISODE_KINDS)
COERCE, PUNISH, EASE, PRESS = map(
    EPISODE_KINDS.index, ("coercion", "punishment", "accommodation", "pressure")
)


@seldom
def _begin_episode(
    episode: Any, me: Any, kind: int, mean: float, median: float, seed: int, lane: int, month: int, t: int
) -> None:
    u = uniforms(seed, lane, month, me.site, GROUP_EPISODE + kind)
    episode.start = t
    episode.end = t + rules.act_months(normal_quantile(u[1]), median, DURATION_SPREAD)
    episode.intensity = rules.act_intensity(normal_quantile(u[0]), mean, INTENSITY_SPREAD)


@compiled
def _challenge(
    me: Any, episodes: Records, i: int, plan: Any, p: Any, alarm: float, u: Any,
    seed: int, lane: int, month: int, t: int,
) -> None:  # fmt: skip
    """The challenger begins to coerce, punish or ease."""
    if episodes[COERCE, i].end <= t:
        rate = rules.coercion_rate(me.dispute, plan.assertiveness, alarm, p)
        if rules.happens_in_month(u[0], rate):
            mean, median = p.coercion_intensity, p.coercion_months
            _begin_episode(episodes[COERCE, i], me, COERCE, mean, median, seed, lane, month, t)
    if episodes[PUNISH, i].end <= t:
        since = t - me.last_step
        rate = rules.punishment_rate(me.dispute, me.dependence, since, plan.punitiveness, plan.patience, p)
        if rules.happens_in_month(u[1], rate):
            mean, median = p.punishment_intensity, p.punishment_months
            _begin_episode(episodes[PUNISH, i], me, PUNISH, mean, median, seed, lane, month, t)
    if episodes[EASE, i].end <= t:
        rate = rules.accommodation_rate(t - me.last_pressure, plan.accommodation, p)
        if rules.happens_in_month(u[2], rate):
            mean, median = p.accommodation_intensity, p.accommodation_months
            _begin_episode(episodes[EASE, i], me, EASE, mean, median, seed, lane, month, t)


@compiled
def _press(
    me: Any, episode: Any, plan: Any, p: Any, u: float, seed: int, lane: int, month: int, t: int
) -> None:
    """The hub begins to press a state to choose."""
    if episode.end <= t and rules.happens_in_month(u, rules.pressure_rate(plan.pressure, p)):
        _begin_episode(episode, me, PRESS, p.pressure_intensity, p.pressure_months, seed, lane, month, t)


@seldom
def open_offer(
    slots: Records, side: int, i: int, me: Any, size: float, delivery: float, group: int, seed: int, lane: int,
    month: int, t: int,
) -> bool:  # fmt: skip
    """Put an offer that nothing documents into a free slot; false if the state has as many open as it can look at.

    ``group`` is that of the draws behind its answer, and says whose offer it is.
    """
    for slot in range(OPEN_OFFERS):
        offer = slots[side, i, slot]
        if offer.status == EMPTY:
            u = uniforms(seed, lane, month, me.site, group + side)
            offer.status, offer.month, offer.intensity, offer.delivery = OPEN, t, size, delivery
            offer.initiative = 1 if group == GROUP_OPENED else 0
            offer.yes, offer.no = 0.0, 0.0
            offer.yes_threshold, offer.no_threshold = exponential_threshold(u[0]), exponential_threshold(u[1])
            me.open_slots += 1
            return True
    return False


@compiled
def _challenger_offers(
    me: Any, i: int, slots: Records, plan: Any, p: Any, u: Any, seed: int, lane: int, month: int, t: int
) -> None:
    rate = rules.offer_rate_challenger(
        me.dispute, me.alignment, me.dependence, me.is_ally, plan.inducement, plan.loosest, plan.dependent,
        plan.nearest, p,
    )  # fmt: skip
    if me.challenger_target == 1 and rules.happens_in_month(u[1], rate):
        size = rules.act_intensity(normal_quantile(u[3]), p.offer_intensity_challenger, INTENSITY_SPREAD)
        if open_offer(slots, 1, i, me, size, plan.delivery, GROUP_GENERATED_OFFER, seed, lane, month, t):
            me.courtship_challenger = rules.combine(me.courtship_challenger, size * plan.delivery)


@compiled
def _hub_offers(
    me: Any, i: int, aligned: float, slots: Records, plan: Any, p: Any, u: Any,
    seed: int, lane: int, month: int, t: int,
) -> None:  # fmt: skip
    since = t - me.last_coercion
    rate = rules.offer_rate_hub(me.appeal, since, aligned, plan.offer_rate, plan.multilateralism, p)
    if me.hub_target == 1 and rules.happens_in_month(u[0], rate):
        size = rules.act_intensity(normal_quantile(u[2]), p.offer_intensity_hub, INTENSITY_SPREAD)
        if open_offer(slots, 0, i, me, size, 1.0, GROUP_GENERATED_OFFER, seed, lane, month, t):
            me.courtship_hub = rules.combine(me.courtship_hub, size)


@compiled
def _aligned_partners(me: Any, states: Records, ties: Records) -> float:
    """Weight of a state's partners that stand with the hub."""
    aligned = 0.0
    for number in range(me.first_tie, me.end_tie):
        if states[ties[number].other].alignment > ALIGNED:
            aligned += ties[number].partner
    return aligned


@compiled
def powers_act(
    states: Records, ties: Records, episodes: Records, slots: Records, hub: Any, challenger: Any, p: Any,
    growth: float, seed: int, lane: int, month: int, t: int,
) -> None:  # fmt: skip
    """Each power whose strategy has started acts upon every state, on what it saw last month."""
    alarm = rules.alarm_at_coalition(growth, challenger.spiral, p)
    for i in range(len(states)):
        me = states[i]
        onset = uniforms(seed, lane, month, me.site, GROUP_ONSETS)
        u = uniforms(seed, lane, month, me.site, GROUP_OFFERS)
        if t >= challenger.start:
            _challenge(me, episodes, i, challenger, p, alarm, onset, seed, lane, month, t)
            _challenger_offers(me, i, slots, challenger, p, u, seed, lane, month, t)
        if t >= hub.start:
            aligned = _aligned_partners(me, states, ties) if hub.multilateralism != 0.0 else 0.0
            _hub_offers(me, i, aligned, slots, hub, p, u, seed, lane, month, t)
            _press(me, episodes[PRESS, i], hub, p, onset[3], seed, lane, month, t)


@compiled
def fade(states: Records) -> None:
    """Courtship by a strategy's offers fades with each month."""
    for i in range(len(states)):
        me = states[i]
        me.courtship_hub = rules.fading(me.courtship_hub, 1.0)
        me.courtship_challenger = rules.fading(me.courtship_challenger, 1.0)


@compiled
def feel(states: Records, felt: Floats, today: Floats, episodes: Records, reassurance: float, t: int) -> None:
    """What reaches each state this month: the record and the strategies' acts, combined."""
    for i in range(len(states)):
        me = states[i]
        before = felt[i, COERCION]
        for channel in range(felt.shape[1]):
            felt[i, channel] = today[i, channel]
        for kind in range(len(EPISODE_CHANNELS)):
            episode = episodes[kind, i]
            if episode.start <= t < episode.end:
                channel = EPISODE_CHANNELS[kind]
                effective = rules.habituated(episode.intensity, float(t - episode.start))
                felt[i, channel] = rules.combine(felt[i, channel], effective)
        felt[i, COURTSHIP_HUB] = rules.combine(felt[i, COURTSHIP_HUB], me.courtship_hub)
        felt[i, COURTSHIP_CHALLENGER] = rules.combine(felt[i, COURTSHIP_CHALLENGER], me.courtship_challenger)
        felt[i, CREDIBILITY] = min(max(felt[i, CREDIBILITY] + reassurance, -1.0), 1.0)
        if felt[i, COERCION] > before + NEW_ACT:
            me.last_coercion = t
        if felt[i, COERCION] > NEW_ACT or felt[i, PUNISHMENT] > NEW_ACT:
            me.last_pressure = t


@compiled
def look_around(states: Records, ties: Records, felt: Floats) -> None:
    """What each state sees of those it is tied to: their coercion, punishment and last month's alignment."""
    for i in range(len(states)):
        me = states[i]
        coerced, punished, partners, friends, fit = 0.0, 0.0, 0.0, 0.0, 0.0
        for number in range(me.first_tie, me.end_tie):
            other, weight = ties[number].other, ties[number].partner
            coerced += weight * felt[other, COERCION]
            punished += weight * felt[other, PUNISHMENT]
            partners += weight * states[other].alignment
            friends += weight
            fit += ties[number].fit * states[other].alignment
        me.coerced_partners, me.punished_partners, me.fit = coerced, punished, fit
        me.partners_alignment = partners if friends > 0.0 else me.alignment
