"""The lane engine: the rules of ``sim.model.rules`` over thousands of lanes, compiled.

One lane is one possible history. Lanes are independent; each is a function of (arrays, parameters, seed, number), so
a block of lanes can be cut, spread over threads or made again anywhere. ``me`` is one state's record.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.conditioning.draws import share_of_month, steps_of_twin, threshold_beyond, threshold_within
from sim.conditioning.invitations import inviting_of
from sim.conditioning.maps import level_moved, share_moved
from sim.conditioning.pins import FREE, RECORDED, TWIN, Known, nothing_known
from sim.conditioning.states import know
from sim.engine.arrays import (
    ANSWERED,
    EMPTY,
    EPISODE_KINDS,
    HUB_OPENS,
    OPEN,
    STATES_OPEN,
    TRAJECTORIES,
    UNOPENED,
    Arrays,
    Integers,
    Records,
    Variable,
)
from sim.model import rules
from sim.model.channels import (
    ACCOMMODATION,
    CHANNELS,
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
from sim.model.draws import (
    GROUP_COMMON,
    GROUP_EPISODE,
    GROUP_EXIT,
    GROUP_GENERATED_OFFER,
    GROUP_INITIATIVES,
    GROUP_LANE,
    GROUP_NOISE,
    GROUP_OFFERS,
    GROUP_ONSETS,
    GROUP_OPENED,
    GROUP_ROW,
    GROUP_STEPS,
    GROUP_WEIGHTS_CHALLENGER,
    GROUP_WEIGHTS_HUB,
    exponential_threshold,
    gamma_unit_quantile,
    normal_quantile,
    poisson_quantile,
    uniforms,
)
from sim.model.jit import compiled, seldom
from sim.model.rules import (
    ALIGNED,
    DURATION_SPREAD,
    INTENSITY_SPREAD,
    MONTH,
    MOST_STEPS,
    NEW_ACT,
    OPEN_OFFERS,
)
from sim.types import Floats

EPISODE_CHANNELS = tuple(CHANNELS.index(kind) for kind in EPISODE_KINDS)
COERCE, PUNISH, EASE, PRESS = map(
    EPISODE_KINDS.index, ("coercion", "punishment", "accommodation", "pressure")
)
MOST_INSTITUTIONS = 63


class Memory(NamedTuple):
    """Shares of what is felt, of fear of entrapment and of old steps that a month leaves: the same all through a lane."""

    alert: float
    entrapment: float
    steps: float


class Lane(NamedTuple):
    """One lane between two months: everything that it remembers. ``N`` states, ``K`` institutions."""

    states: Records  # (N,)
    offers: Records  # (offers of the record,)
    slots: Records  # (2, N, OPEN_OFFERS)
    memberships: Records  # (K, N)
    episodes: Records  # (kinds, N)
    felt: Floats  # (N, channels), what reached each state last month
    coalition_at_start: Floats  # (1,), the hub's coalition when the challenger's strategy began
    next_row: NDArray[np.int64]  # (N,), the next recorded step that no rule decides


@seldom
def _join(me: Any, k: int, institution: Any, place: Any, seed: int, lane: int, month: int) -> None:
    """Become a member, with a threshold of exit; founding members are members already."""
    u = uniforms(seed, lane, month, me.site, GROUP_EXIT + institution.key)
    me.memberships |= 1 << k
    place.exit_sum = 0.0
    place.exit_threshold = (
        place.known_threshold if place.known_threshold > 0.0 else exponential_threshold(u[0])
    )


@seldom
def _open(offer: Any, me: Any, seed: int, lane: int, month: int) -> None:
    """An offer of the record opens."""
    offer.status = OPEN
    if offer.known == 0:
        u = uniforms(seed, lane, month, me.site, GROUP_ROW + offer.key)
        offer.yes_threshold, offer.no_threshold = exponential_threshold(u[0]), exponential_threshold(u[1])


@seldom
def _invite(
    offers: Records, invitations: Integers, known: Floats, first_month: int, seed: int, lane: int
) -> None:
    """Say how inviting each opening to all is, to all that it addresses."""
    for number in range(len(offers)):
        offer = offers[number]
        if offer.to_all == 1:
            month = first_month + offer.month
            offer.inviting = inviting_of(offer.key, month, invitations, known, seed, lane)


@seldom
def _begin(
    states: Records, institutions: Records, memberships: Records, known: Records, p: Any, mode: int, seed: int,
    lane: int, month: int,
) -> None:  # fmt: skip
    """What a lane starts with: activity, errors of home and of levels of opinion; thresholds of exit of founding members."""
    for i in range(len(states)):
        me = states[i]
        if mode == FREE:
            u = uniforms(seed, lane, month, me.site, GROUP_LANE)
            me.activity = gamma_unit_quantile(normal_quantile(u[0]), p.activity_shape)
            me.home = me.home + p.home_spread * me.home_error * normal_quantile(u[1])
            level_challenger, level_hub = normal_quantile(u[2]), normal_quantile(u[3])
        else:
            me.activity = known[i].activity
            me.home = me.home + p.home_spread * me.home_error * known[i].home
            me.dependence = share_moved(me.dependence, known[i].start)
            level_challenger, level_hub = known[i].level_challenger, known[i].level_hub
        me.rest_challenger = level_moved(me.rest_challenger, p.state_offset * level_challenger)
        me.rest_hub = level_moved(me.rest_hub, p.state_offset * level_hub)
        me.opinion_challenger, me.opinion_hub = me.rest_challenger, me.rest_hub
        me.home_alignment = rules.alignment_of(me.home, 0.0, 0.0)
        me.alignment = me.home_alignment
        me.appeal = rules.appeal_to_hub(me.home_alignment, p)
        for k in range(len(institutions)):
            if me.memberships >> k & 1 == 1:
                _join(me, k, institutions[k], memberships[k, i], seed, lane, month)


@compiled
def _coalition(states: Records) -> float:
    aligned, total = 0.0, 0.0
    for i in range(len(states)):
        total += states[i].capability
        if states[i].alignment > ALIGNED:
            aligned += states[i].capability
    return aligned / total if total > 0.0 else 0.0


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
def _open_offer(
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
        if _open_offer(slots, 1, i, me, size, plan.delivery, GROUP_GENERATED_OFFER, seed, lane, month, t):
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
        if _open_offer(slots, 0, i, me, size, 1.0, GROUP_GENERATED_OFFER, seed, lane, month, t):
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
def _powers_act(
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
def _fade(states: Records) -> None:
    """Courtship by a strategy's offers fades with each month."""
    for i in range(len(states)):
        me = states[i]
        me.courtship_hub = rules.fading(me.courtship_hub, 1.0)
        me.courtship_challenger = rules.fading(me.courtship_challenger, 1.0)


@compiled
def _feel(
    states: Records, felt: Floats, today: Floats, episodes: Records, reassurance: float, t: int
) -> None:
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
def _look_around(states: Records, ties: Records, felt: Floats) -> None:
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


@seldom
def _weight_of_steps(count: int, group: int, me: Any, p: Any, seed: int, lane: int, month: int) -> float:
    w, total = uniforms(seed, lane, month, me.site, group), 0.0
    for number in range(count):
        total += rules.step_weight(w[number], p)
    return total


@seldom
def _steps_held(
    me: Any, pin: Any, cell: Any, held: int, toward_hub: float, toward_challenger: float, u: Any, p: Any,
    happens: Integers, seed: int, lane: int, month: int, t: int,
) -> None:  # fmt: skip
    """Unprompted steps of a month of the record: as recorded, or as the twin's rates leave them."""
    hub, challenger = pin.steps_hub, pin.steps_challenger
    if held == RECORDED:
        cell.mean_hub, cell.mean_challenger = toward_hub, toward_challenger
    else:
        hub = steps_of_twin(u[0], hub, cell.mean_hub, toward_hub, MOST_STEPS)
        challenger = steps_of_twin(u[1], challenger, cell.mean_challenger, toward_challenger, MOST_STEPS)
    for number in range(min(hub, pin.steps_hub)):
        me.steps_hub += pin.weights_hub[number]
        happens[pin.rows_hub[number]] = t
    for number in range(min(challenger, pin.steps_challenger)):
        me.steps_challenger += pin.weights_challenger[number]
        happens[pin.rows_challenger[number]] = t
    if hub > pin.steps_hub:
        me.steps_hub += _weight_of_steps(hub - pin.steps_hub, GROUP_WEIGHTS_HUB, me, p, seed, lane, month)
    if challenger > pin.steps_challenger:
        me.steps_challenger += _weight_of_steps(
            challenger - pin.steps_challenger, GROUP_WEIGHTS_CHALLENGER, me, p, seed, lane, month
        )


@seldom
def _open_itself(
    me: Any, i: int, slots: Records, side: int, size: float, p: Any, seed: int, lane: int, month: int, t: int
) -> None:
    """A state opens an offer of its own to a power that history has not seen."""
    mean = p.offer_intensity_hub if side == 0 else p.offer_intensity_challenger
    size = rules.act_intensity(normal_quantile(size), mean, INTENSITY_SPREAD)
    _open_offer(slots, side, i, me, size, 1.0, GROUP_OPENED, seed, lane, month, t)


@seldom
def _initiatives_held(
    me: Any, i: int, slots: Records, pin: Any, cell: Any, held: int, to_hub: float, to_challenger: float, p: Any,
    seed: int, lane: int, month: int, t: int,
) -> tuple[int, int]:  # fmt: skip
    """Initiatives of a month of the record toward either side that are made: as recorded, or as the twin's rates leave them."""
    hub, challenger = pin.initiatives_hub, pin.initiatives_challenger
    if held == RECORDED:
        cell.mean_opened_hub, cell.mean_opened_challenger = to_hub, to_challenger
        return hub, challenger
    u = uniforms(seed, lane, month, me.site, GROUP_INITIATIVES)
    hub = steps_of_twin(u[0], hub, cell.mean_opened_hub, to_hub, MOST_STEPS)
    challenger = steps_of_twin(u[1], challenger, cell.mean_opened_challenger, to_challenger, MOST_STEPS)
    if hub > pin.initiatives_hub:
        _open_itself(me, i, slots, 0, u[2], p, seed, lane, month, t)
    if challenger > pin.initiatives_challenger:
        _open_itself(me, i, slots, 1, u[3], p, seed, lane, month, t)
    return hub, challenger


@compiled
def _move(
    me: Any, i: int, felt: Floats, years: float, slots: Records, opens: int, pin: Any, cell: Any, held: int,
    p: Any, happens: Integers, seed: int, lane: int, month: int, t: int,
) -> tuple[int, int]:  # fmt: skip
    """Take unprompted steps, and open offers; the initiatives of the record that are made, toward either side.

    ``opens``: who opens offers that history has not seen.
    """
    gap = (me.opinion_challenger - me.rest_challenger) - (me.opinion_hub - me.rest_hub)
    leaning = rules.lean(
        me.home_alignment, me.alignment, felt[LEADER] - me.first_leader, gap, me.openness, me.entrapment, me.doubt,
        me.partners_alignment, me.fit, p,
    )  # fmt: skip
    lifted = rules.lift_toward_hub(me.alert, me.pressed_hub, p)
    toward_hub = MONTH * rules.rate_toward_hub(
        me.activity, leaning, lifted, felt[COURTSHIP_HUB], felt[CREDIBILITY], me.punished_partners, felt[COERCION],
        years, p,
    )  # fmt: skip
    to_hub = MONTH * rules.initiatives_toward_hub(me.activity, leaning, lifted, years, p)
    lifted = rules.lift_toward_challenger(me.pressed_hub, me.pressed_challenger, p)
    toward_challenger = MONTH * rules.rate_toward_challenger(
        me.activity, leaning, lifted, me.alert, felt[COURTSHIP_CHALLENGER], felt[PUNISHMENT], me.dependence, years, p
    )  # fmt: skip
    to_challenger = MONTH * rules.initiatives_toward_challenger(me.activity, leaning, lifted, years, p)
    u = uniforms(seed, lane, month, me.site, GROUP_STEPS)
    if held != FREE:
        _steps_held(me, pin, cell, held, toward_hub, toward_challenger, u, p, happens, seed, lane, month, t)
        if held == TWIN and opens < STATES_OPEN:
            return pin.initiatives_hub, pin.initiatives_challenger
        return _initiatives_held(
            me, i, slots, pin, cell, held, to_hub, to_challenger, p, seed, lane, month, t
        )
    count = poisson_quantile(u[0], toward_hub, MOST_STEPS)
    if count > 0:
        me.steps_hub += _weight_of_steps(count, GROUP_WEIGHTS_HUB, me, p, seed, lane, month)
    count = poisson_quantile(u[1], toward_challenger, MOST_STEPS)
    if count > 0:
        me.steps_challenger += _weight_of_steps(count, GROUP_WEIGHTS_CHALLENGER, me, p, seed, lane, month)
    if opens >= STATES_OPEN:
        u = uniforms(seed, lane, month, me.site, GROUP_INITIATIVES)
        if poisson_quantile(u[0], to_hub, MOST_STEPS) > 0:
            _open_itself(me, i, slots, 0, u[2], p, seed, lane, month, t)
        if poisson_quantile(u[1], to_challenger, MOST_STEPS) > 0:
            _open_itself(me, i, slots, 1, u[3], p, seed, lane, month, t)
    return 0, 0


@seldom
def _found(me: Any, k: int, institutions: Records, place: Any, seed: int, lane: int, month: int) -> None:
    """Found or join an institution by an unprompted step toward its side, if the step is taken."""
    taken = me.steps_hub if institutions[k].side > 0.0 else me.steps_challenger
    if taken > 0.0 and me.memberships >> k & 1 == 0:
        _join(me, k, institutions[k], place, seed, lane, month)
        me.institutional_lock_in += institutions[k].side * institutions[k].lock_in


@seldom
def _accepted(offers: Records, first: int, end: int, recorded: int) -> bool:
    """Whether an offer of the record has been accepted."""
    for number in range(first, end):
        if offers[number].recorded == recorded:
            return offers[number].accepted == 1
    return False


@seldom
def _take_row(
    me: Any, row: Any, offers: Records, first: int, institutions: Records, memberships: Records,
    happens: Integers, seed: int, lane: int, month: int,
) -> None:  # fmt: skip
    """A recorded step that no rule decides; one that follows an offer needs it to have been accepted."""
    if row.offer >= 0 and not _accepted(offers, first, me.end_offer, row.offer):
        return
    _count_step(me, row.side, row.weight)
    happens[row.row] = row.month
    k = row.institution
    if k >= 0 and me.memberships >> k & 1 == 0:
        _join(me, k, institutions[k], memberships[k, row.state], seed, lane, month)
        me.institutional_lock_in += institutions[k].side * institutions[k].lock_in


@compiled
def _hazards(offer: Any, me: Any, threshold: float, leader: float, p: Any) -> tuple[float, float]:
    return rules.answer_hazards(
        offer.side, threshold, me.alignment, leader, me.alert, me.dependence, offer.initiative, p
    )


@compiled
def _answer(offer: Any, me: Any, threshold: float, leader: float, p: Any) -> int:
    """Sum this month's hazards of one open offer and say what becomes of it."""
    yes, no = _hazards(offer, me, threshold, leader, p)
    outcome: int = rules.answer(offer.yes, offer.no, yes, no, offer.yes_threshold, offer.no_threshold)
    offer.yes += yes * MONTH
    offer.no += no * MONTH
    return outcome


@compiled
def _count_step(me: Any, side: float, weight: float) -> None:
    if side > 0.0:
        me.steps_hub += weight
    else:
        me.steps_challenger += weight


@seldom
def _answer_on_record(offer: Any, me: Any, threshold: float, leader: float, p: Any, t: int, last: int) -> int:
    """The recorded answer to an offer; its thresholds must have lain where they give that answer."""
    yes, no = _hazards(offer, me, threshold, leader, p)
    before_yes, before_no = offer.yes, offer.no
    offer.yes += yes * MONTH
    offer.no += no * MONTH
    if offer.answer != 0 and t >= offer.answer_month:
        if offer.answer == 1:
            offer.yes_threshold = threshold_within(offer.yes_threshold, before_yes, offer.yes)
            share = share_of_month(offer.yes_threshold, before_yes, offer.yes)
            offer.no_threshold = threshold_beyond(offer.no_threshold, before_no + share * no * MONTH)
        else:
            offer.no_threshold = threshold_within(offer.no_threshold, before_no, offer.no)
            share = share_of_month(offer.no_threshold, before_no, offer.no)
            offer.yes_threshold = threshold_beyond(offer.yes_threshold, before_yes + share * yes * MONTH)
        return 1 if offer.answer == 1 else -1
    if t == last:
        offer.yes_threshold = threshold_beyond(offer.yes_threshold, offer.yes)
        offer.no_threshold = threshold_beyond(offer.no_threshold, offer.no)
    return 0


@compiled
def _offer_rates(me: Any, cell: Any, p: Any, t: int) -> tuple[float, float]:
    """Rates a year of the hub's offers to a state: as it was on record, and in the twin."""
    before = rules.offer_rate_hub(me.appeal, int(cell.since_coercion), 0.0, 1.0, 0.0, p)
    return before, rules.offer_rate_hub(me.appeal, t - me.last_coercion, 0.0, 1.0, 0.0, p)


@seldom
def _made_again(
    offer: Any, me: Any, cell: Any, opens: int, p: Any, seed: int, lane: int, month: int, t: int
) -> bool:
    """Whether the hub makes a recorded offer in the twin too, where it acts by habit."""
    if opens < HUB_OPENS or offer.habitual == 0:
        return True
    before, now = _offer_rates(me, cell, p, t)
    stays: bool = uniforms(seed, lane, month, me.site, GROUP_ROW + offer.key)[2] * before < now
    return stays


@seldom
def _offered_afresh(
    me: Any, i: int, slots: Records, cell: Any, p: Any, seed: int, lane: int, month: int, t: int
) -> None:
    """The hub makes an offer that history has not seen, where its habit would make more of them than on record."""
    before, now = _offer_rates(me, cell, p, t)
    u = uniforms(seed, lane, month, me.site, GROUP_OFFERS)
    if now > before and rules.happens_in_month(u[0], now - before):
        size = rules.act_intensity(normal_quantile(u[2]), p.offer_intensity_hub, INTENSITY_SPREAD)
        _open_offer(slots, 0, i, me, size, 1.0, GROUP_GENERATED_OFFER, seed, lane, month, t)


@compiled
def _answer_record(
    me: Any, i: int, offers: Records, institutions: Records, memberships: Records, leader: float, pin: Any,
    cell: Any, opens: int, made_hub: int, made_challenger: int, held: int, last: int, p: Any, happens: Integers,
    seed: int, lane: int, month: int, t: int,
) -> None:  # fmt: skip
    """Answer the offers of the record that are open; accepting one that opens an institution is joining it.

    ``made_hub``, ``made_challenger``: initiatives of this month of the record that are made; the others never open.
    """
    while me.first_offer < me.end_offer and offers[me.first_offer].status == ANSWERED:
        me.first_offer += 1
    for number in range(me.first_offer, me.end_offer):
        offer = offers[number]
        if offer.month > t:
            break
        if offer.status == ANSWERED:
            continue
        if offer.status == UNOPENED:
            if held == TWIN and offer.recorded >= 0:
                if offer.initiative == 0:
                    made = 1 if _made_again(offer, me, cell, opens, p, seed, lane, month, t) else 0
                elif offer.side > 0.0:
                    made = made_hub if pin.initiatives_hub > 0 else 1
                    made_hub -= 1
                else:
                    made = made_challenger if pin.initiatives_challenger > 0 else 1
                    made_challenger -= 1
                if made <= 0:
                    offer.status = ANSWERED
                    continue
            _open(offer, me, seed, lane, month - t + offer.month)
        k = offer.institution
        threshold = (institutions[k].threshold if k >= 0 else 0.0) - offer.inviting
        if held == RECORDED:
            outcome = _answer_on_record(offer, me, threshold, leader, p, t, last)
        else:
            outcome = _answer(offer, me, threshold, leader, p)
        if outcome == 0:
            continue
        offer.status = ANSWERED
        if offer.response >= 0 and outcome == offer.answer:
            happens[offer.response] = t
        if outcome == 1:
            offer.accepted = 1
            weight = rules.offer_weight(offer.intensity)
            if k >= 0 and me.memberships >> k & 1 == 0:
                weight = institutions[k].weight
                _join(me, k, institutions[k], memberships[k, i], seed, lane, month)
                me.institutional_lock_in += institutions[k].side * institutions[k].lock_in
            _count_step(me, offer.side, offer.answer_weight if offer.answer_weight > 0.0 else weight)
        elif offer.refusal != 0.0:
            _count_step(me, offer.refusal, abs(offer.refusal))


@compiled
def _answer_strategies(me: Any, i: int, slots: Records, leader: float, p: Any) -> None:
    for side in range(2):
        for slot in range(OPEN_OFFERS):
            offer = slots[side, i, slot]
            if offer.status == OPEN:
                outcome = _answer(offer, me, 0.0, leader, p)
                if outcome != 0:
                    offer.status = EMPTY
                    me.open_slots -= 1
                if outcome == 1:
                    _count_step(me, offer.side, offer.delivery * rules.offer_weight(offer.intensity))


@compiled
def _leave(
    me: Any, i: int, institutions: Records, memberships: Records, held: int, is_last: bool, p: Any
) -> None:
    """Members whose summed hazard of exit has passed its threshold leave: a step toward the other side.

    Nobody leaves in the months of a record but as recorded, so thresholds lie beyond what is summed by its end.
    """
    k, ahead = 0, me.memberships
    side, leave_below, hazard = 0.0, 0.0, 0.0
    while ahead != 0:
        if ahead & 1 == 1:
            place, institution = memberships[k, i], institutions[k]
            if institution.side != side or institution.leave_below != leave_below:
                side, leave_below = institution.side, institution.leave_below
                hazard = rules.exit_hazard(side, me.alignment, leave_below, p) * MONTH
            place.exit_sum += hazard
            if held == RECORDED:
                if is_last:
                    place.exit_threshold = threshold_beyond(place.exit_threshold, place.exit_sum)
            elif place.exit_sum >= place.exit_threshold:
                me.memberships &= ~(1 << k)
                me.institutional_lock_in -= side * institution.lock_in
                _count_step(me, -side, institution.weight)
        k, ahead = k + 1, ahead >> 1


@compiled
def _live(
    me: Any, felt: Floats, common: float, cell: Any, held: int, memory: Memory, p: Any, seed: int, lane: int,
    month: int,
) -> None:  # fmt: skip
    """Alert and what else is remembered, opinion and trade of one state in one month; on record known from the start."""
    if held == RECORDED:
        me.alert, me.pressed_hub, me.pressed_challenger = (
            cell.alert,
            cell.pressed_hub,
            cell.pressed_challenger,
        )
        me.doubt, me.entrapment, me.dependence = cell.doubt, cell.entrapment, cell.dependence
        me.opinion_challenger, me.opinion_hub = cell.opinion_challenger, cell.opinion_hub
        return
    if held == TWIN:
        noise = (cell.own_challenger, cell.own_hub, cell.own_dependence)
    else:
        u = uniforms(seed, lane, month, me.site, GROUP_NOISE)
        noise = (normal_quantile(u[0]), normal_quantile(u[1]), normal_quantile(u[2]))
    coercion, punishment, accommodation = felt[COERCION], felt[PUNISHMENT], felt[ACCOMMODATION]
    level = rules.alert_level(
        coercion, punishment, accommodation, me.coerced_partners, felt[WAR], felt[SHOCK], me.dispute, me.openness, p
    )  # fmt: skip
    me.alert = rules.settling(me.alert, level, memory.alert)
    me.pressed_challenger = rules.settling(me.pressed_challenger, coercion + punishment, memory.alert)
    me.pressed_hub = rules.settling(me.pressed_hub, felt[PRESSURE], memory.alert)
    me.doubt = rules.settling(me.doubt, max(-felt[CREDIBILITY], 0.0), memory.alert)
    me.entrapment = rules.settling(me.entrapment, felt[PRESSURE], memory.entrapment)
    me.opinion_challenger = rules.opinion_of_challenger_after_month(
        me.opinion_challenger, me.rest_challenger, coercion, punishment, accommodation, felt[REPUTATION_CHALLENGER],
        common, noise[0], p,
    )  # fmt: skip
    me.opinion_hub = rules.opinion_of_hub_after_month(
        me.opinion_hub, me.rest_hub, felt[PRESSURE], felt[CREDIBILITY], felt[REPUTATION_HUB], noise[1], p
    )
    me.dependence = rules.dependence_after_month(me.dependence, punishment, noise[2], p)


@compiled
def _settle(states: Records, felt: Floats, trajectory: Floats, members: Any, t: int) -> None:
    """Read the new positions off, all at once, and keep the month."""
    for i in range(len(states)):
        me = states[i]
        me.alignment = rules.alignment_of(me.home, me.accumulated_steps, me.institutional_lock_in)
        trajectory[Variable.alignment, t, i] = me.alignment
        trajectory[Variable.alert, t, i] = me.alert
        trajectory[Variable.opinion_challenger, t, i] = me.opinion_challenger
        trajectory[Variable.opinion_hub, t, i] = me.opinion_hub
        trajectory[Variable.dependence, t, i] = me.dependence
        trajectory[Variable.entrapment, t, i] = me.entrapment
        trajectory[Variable.coercion, t, i] = felt[i, COERCION]
        trajectory[Variable.punishment, t, i] = felt[i, PUNISHMENT]
        trajectory[Variable.steps_hub, t, i] = me.steps_hub
        trajectory[Variable.steps_challenger, t, i] = me.steps_challenger
        members[t, i] = me.memberships


@seldom
def begin(arrays: Arrays, p: Any, mode: int, known: Known, seed: int, lane: int) -> Lane:
    """A lane before its first month: who its states are, and nothing has happened yet.

    Parameters
    ----------
    mode : {FREE, RECORDED, TWIN}
    known : Known
        What the record decides; drawn here for a recorded lane, read for its twin, of no use to a free one.
    """
    mine = Lane(
        arrays.states.copy(),
        arrays.offers.copy(),
        arrays.slots.copy(),
        arrays.memberships.copy(),
        arrays.episodes.copy(),
        np.zeros((len(arrays.states), arrays.stimuli.shape[2])),
        np.zeros(1),
        arrays.pins.first_row.copy(),
    )
    if mode == RECORDED:
        know(
            arrays.states, arrays.ties, arrays.offers, arrays.institutions, arrays.stimuli, arrays.years,
            arrays.months, arrays.pins, p, seed, lane, known,
        )  # fmt: skip
    _begin(
        mine.states,
        arrays.institutions,
        mine.memberships,
        known.states,
        p,
        mode,
        seed,
        lane,
        arrays.months[0],
    )
    _invite(mine.offers, arrays.pins.invitations, known.inviting, arrays.months[0], seed, lane)
    return mine


@seldom
def snapshot(mine: Lane) -> Lane:
    """A copy of a lane as it stands: advancing one leaves the other as it is."""
    return Lane(
        mine.states.copy(),
        mine.offers.copy(),
        mine.slots.copy(),
        mine.memberships.copy(),
        mine.episodes.copy(),
        mine.felt.copy(),
        mine.coalition_at_start.copy(),
        mine.next_row.copy(),
    )


@seldom
def twin_of(branch: Lane, ahead: Lane, arrays: Arrays, known: Known, seed: int, lane: int) -> Lane:
    """The twin of a recorded lane, as it stands at the branch: the same states under other arrays.

    Parameters
    ----------
    branch, ahead : Lane
        The recorded lane as it stood at the branch, and at the end of the record; both left as they are.
    arrays : Arrays
        Of the twin.
    known : Known
        What the recorded lane knows.
    """
    copy = snapshot(branch)
    twin = Lane(
        copy.states, arrays.offers.copy(), copy.slots, copy.memberships, copy.episodes, copy.felt,
        copy.coalition_at_start, copy.next_row,
    )  # fmt: skip
    for i in range(len(twin.states)):
        me, own = twin.states[i], arrays.states[i]
        me.hub_target, me.challenger_target = own.hub_target, own.challenger_target
        me.first_offer, me.end_offer = own.first_offer, own.end_offer
        for k in range(len(arrays.institutions)):
            if ahead.states[i].memberships >> k & 1 == 1:
                place, threshold = twin.memberships[k, i], ahead.memberships[k, i].exit_threshold
                place.known_threshold = threshold
                if me.memberships >> k & 1 == 1:
                    place.exit_threshold = threshold
    for number in range(len(twin.offers)):
        offer = twin.offers[number]
        if offer.recorded >= 0:
            before, after = branch.offers[offer.recorded], ahead.offers[offer.recorded]
            offer.status, offer.accepted = before.status, before.accepted
            offer.yes, offer.no = before.yes, before.no
            offer.known = 1
            offer.yes_threshold, offer.no_threshold = after.yes_threshold, after.no_threshold
    _invite(twin.offers, arrays.pins.invitations, known.inviting, arrays.months[0], seed, lane)
    return twin


@seldom
def _tie(states: Records, periods: Integers, tie_spans: Integers, t: int) -> None:
    """Give each state the ties of the period that a month lies in."""
    period = 0
    while period + 1 < len(periods) and periods[period + 1] <= t:
        period += 1
    for i in range(len(states)):
        me = states[i]
        me.first_tie, me.end_tie = tie_spans[period, i]


@seldom
def advance(
    mine: Lane, arrays: Arrays, p: Any, mode: int, known: Known, seed: int, lane: int, first: int, end: int,
    trajectory: Floats, members: Integers, happens: Integers,
) -> None:  # fmt: skip
    """Live the months ``first`` to ``end - 1`` (indices) of a lane.

    Parameters
    ----------
    mine : Lane
        As `begin` made it, or as the month before left it; changed.
    p : record of ``PARAMETER_TYPE``
    mode, known
        As in `begin`; a recorded lane writes what it comes to know.
    trajectory : float array, shape (variables, months, states), written in these months
    members : int array, shape (months, states), written; bit ``k`` is membership of institution ``k``
    happens : int array, shape (responses,), written where one of the record's responses happens: the month (index)
    """
    states, felt, episodes = mine.states, mine.felt, mine.episodes
    institutions, pins, last = arrays.institutions, arrays.pins, arrays.pins.months - 1
    hub, challenger = arrays.hub[0], arrays.challenger[0]
    first_act = min(challenger.start, hub.start)
    memory = Memory(
        rules.decay_factor(p.alert_memory),
        rules.decay_factor(p.entrapment_memory),
        rules.decay_factor(p.step_memory),
    )
    for t in range(first, end):
        month = arrays.months[t]
        if len(arrays.periods) > 1:
            _tie(states, arrays.periods, arrays.tie_spans, t)
        growth = 0.0
        if t >= challenger.start:
            coalition = _coalition(states)
            if t == challenger.start:
                mine.coalition_at_start[0] = coalition
            growth = coalition - mine.coalition_at_start[0]
        if t >= first_act:
            _fade(states)
            _powers_act(
                states, arrays.ties, episodes, mine.slots, hub, challenger, p, growth, seed, lane, month, t
            )
        _feel(states, felt, arrays.stimuli[t], episodes, hub.reassurance if t >= hub.start else 0.0, t)
        _look_around(states, arrays.ties, felt)
        held, place = FREE, 0
        if t < pins.months:
            held, place = mode, t
            common = known.common[t]
        else:
            common = normal_quantile(uniforms(seed, lane, month, 0, GROUP_COMMON)[0])
        for i in range(len(states)):
            me, own = states[i], felt[i]
            pin, cell = pins.cells[place, i], known.cells[place, i]
            _live(me, own, common, cell, held, memory, p, seed, lane, month)
            me.steps_hub, me.steps_challenger = 0.0, 0.0
            opens = arrays.opens[t]
            made_hub, made_challenger = _move(
                me,
                i,
                own,
                arrays.years[t],
                mine.slots,
                opens,
                pin,
                cell,
                held,
                p,
                happens,
                seed,
                lane,
                month,
                t,
            )
            if held == RECORDED:
                cell.since_coercion = t - me.last_coercion
            elif held == TWIN and opens >= HUB_OPENS:
                _offered_afresh(me, i, mine.slots, cell, p, seed, lane, month, t)
            if held != FREE and pin.founds >= 0:
                _found(me, pin.founds, institutions, mine.memberships[pin.founds, i], seed, lane, month)
            _answer_record(
                me,
                i,
                mine.offers,
                institutions,
                mine.memberships,
                own[LEADER],
                pin,
                cell,
                opens,
                made_hub,
                made_challenger,
                held,
                last,
                p,
                happens,
                seed,
                lane,
                month,
                t,
            )
            while mine.next_row[i] < pins.end_row[i] and pins.rows[mine.next_row[i]].month <= t:
                row = pins.rows[mine.next_row[i]]
                first_offer = arrays.states[i].first_offer
                _take_row(
                    me,
                    row,
                    mine.offers,
                    first_offer,
                    institutions,
                    mine.memberships,
                    happens,
                    seed,
                    lane,
                    month,
                )
                mine.next_row[i] += 1
            if me.open_slots > 0:
                _answer_strategies(me, i, mine.slots, own[LEADER], p)
            _leave(me, i, institutions, mine.memberships, held, t == last, p)
            if me.steps_hub > 0.0:
                me.last_step = t
            me.accumulated_steps = rules.accumulate_steps(
                me.accumulated_steps, me.steps_hub - me.steps_challenger, memory.steps, p
            )
        _settle(states, felt, trajectory, members, t)


@seldom
def _run_lane(
    arrays: Arrays, base: Arrays, branch: int, mode: int, known: Known, p: Any, seed: int, lane: int,
    trajectory: Floats, members: Integers, happens: Integers,
) -> None:  # fmt: skip
    """One lane from the first month to the last; a twin after the recorded lane that it leaves at ``branch``."""
    first: Any = np.int64(0)  # a literal would be compiled for itself
    held: Any = np.int64(RECORDED)
    last = len(arrays.months)
    if mode != TWIN:
        mine = begin(arrays, p, mode, known, seed, lane)
        advance(mine, arrays, p, mode, known, seed, lane, first, last, trajectory, members, happens)
        return
    recorded = begin(base, p, held, known, seed, lane)
    advance(recorded, base, p, held, known, seed, lane, first, branch, trajectory, members, happens)
    ahead, elsewhere = snapshot(recorded), happens.copy()
    advance(ahead, base, p, held, known, seed, lane, branch, base.pins.months, trajectory, members, elsewhere)
    twin = twin_of(recorded, ahead, arrays, known, seed, lane)
    advance(twin, arrays, p, mode, known, seed, lane, branch, last, trajectory, members, happens)


@seldom
def _run_block(
    arrays: Arrays, base: Arrays, branch: int, mode: int, known: Known, parameters: Any, seed: int, first: int,
    trajectories: Floats, members: Integers, happens: Integers,
) -> None:  # fmt: skip
    for k in range(len(parameters)):
        _run_lane(
            arrays,
            base,
            branch,
            mode,
            known,
            parameters[k],
            seed,
            first + k,
            trajectories[k],
            members[k],
            happens[k],
        )


def run_block(
    arrays: Arrays,
    parameters: NDArray[np.void],
    seed: int,
    first: int,
    base: Arrays | None = None,
    branch: int = 0,
) -> tuple[Floats, Integers, Integers]:
    """Simulate a block of lanes: a pure function of its arguments.

    Parameters
    ----------
    parameters : record array, shape (lanes,)
        One row a lane.
    seed, first : int
        Seed and number of the block's first lane.
    base : Arrays, optional
        What happened on record, if these lanes are twins of recorded ones; ends no earlier than the record.
    branch : int
        First month (index) in which the twin's arrays differ from those of the record.

    Returns
    -------
    trajectories : float array, shape (lanes, variables, months, states)
        In the order of ``TRAJECTORIES``.
    members : int array, shape (lanes, months, states)
        Bit ``k`` is membership of institution ``k``.
    happens : int array, shape (lanes, responses)
        Month (index) in which each response of the record happens, `NEVER` where it does not; none in free lanes.
    """
    shape = (len(arrays.months), len(arrays.states))
    if arrays.pins.cells.shape[1] != shape[1]:
        raise ValueError(f"pins of {arrays.pins.cells.shape[1]} states do not fit {shape[1]} states")
    trajectories = np.empty((len(parameters), len(TRAJECTORIES), *shape))
    members = np.empty((len(parameters), *shape), dtype=np.int64)
    happens = np.full((len(parameters), arrays.pins.responses), rules.NEVER, dtype=np.int64)
    mode = TWIN if base is not None else RECORDED if arrays.pins.months else FREE
    known = nothing_known(arrays.pins)
    _run_block(
        arrays, base or arrays, branch, mode, known, parameters, seed, first, trajectories, members, happens
    )
    return trajectories, members, happens
