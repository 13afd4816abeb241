"""Answers of the states of a compiled lane to offers, steps on record that follow them, and exits."""

from __future__ import annotations

from typing import Any

from sim.conditioning.draws import share_of_month, threshold_beyond, threshold_within
from sim.conditioning.pins import RECORDED, TWIN
from sim.engine.arrays import (
    ANSWERED,
    EMPTY,
    HUB_OPENS,
    OPEN,
    UNOPENED,
    Integers,
    Records,
)
from sim.engine.lane_acts import open_offer
from sim.engine.lane_moves import count_step, join
from sim.model import rules
from sim.model.draws import (
    GROUP_GENERATED_OFFER,
    GROUP_OFFERS,
    GROUP_ROW,
    exponential_threshold,
    normal_quantile,
    uniforms,
)
from sim.model.jit import compiled, seldom
from sim.model.rules import (
    INTENSITY_SPREAD,
    MONTH,
    OPEN_OFFERS,
)


@seldom
def _open(offer: Any, me: Any, seed: int, lane: int, month: int) -> None:
    """An offer of the record opens."""
    offer.status = OPEN
    if offer.known == 0:
        u = uniforms(seed, lane, month, me.site, GROUP_ROW + offer.key)
        offer.yes_threshold, offer.no_threshold = exponential_threshold(u[0]), exponential_threshold(u[1])


@seldom
def _accepted(offers: Records, first: int, end: int, recorded: int) -> bool:
    """Whether an offer of the record has been accepted."""
    for number in range(first, end):
        if offers[number].recorded == recorded:
            return offers[number].accepted == 1
    return False


@seldom
def take_row(
    me: Any, row: Any, offers: Records, first: int, institutions: Records, memberships: Records,
    happens: Integers, seed: int, lane: int, month: int,
) -> None:  # fmt: skip
    """A recorded step that no rule decides; one that follows an offer needs it to have been accepted."""
    if row.offer >= 0 and not _accepted(offers, first, me.end_offer, row.offer):
        return
    count_step(me, row.side, row.weight)
    happens[row.row] = row.month
    k = row.institution
    if k >= 0 and me.memberships >> k & 1 == 0:
        join(me, k, institutions[k], memberships[k, row.state], seed, lane, month)
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
def offered_afresh(
    me: Any, i: int, slots: Records, cell: Any, p: Any, seed: int, lane: int, month: int, t: int
) -> None:
    """The hub makes an offer that history has not seen, where its habit would make more of them than on record."""
    before, now = _offer_rates(me, cell, p, t)
    u = uniforms(seed, lane, month, me.site, GROUP_OFFERS)
    if now > before and rules.happens_in_month(u[0], now - before):
        size = rules.act_intensity(normal_quantile(u[2]), p.offer_intensity_hub, INTENSITY_SPREAD)
        open_offer(slots, 0, i, me, size, 1.0, GROUP_GENERATED_OFFER, seed, lane, month, t)


@compiled
def answer_record(
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
            if held == TWIN and offer.standing == 1:
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
                join(me, k, institutions[k], memberships[k, i], seed, lane, month)
                me.institutional_lock_in += institutions[k].side * institutions[k].lock_in
            count_step(me, offer.side, offer.answer_weight if offer.answer_weight > 0.0 else weight)
        elif offer.refusal != 0.0:
            count_step(me, offer.refusal, abs(offer.refusal))


@compiled
def answer_strategies(me: Any, i: int, slots: Records, leader: float, p: Any) -> None:
    """Answer the open offers that no record knows: those of strategies, of habits, and a state's own."""
    for side in range(2):
        for slot in range(OPEN_OFFERS):
            offer = slots[side, i, slot]
            if offer.status == OPEN:
                outcome = _answer(offer, me, 0.0, leader, p)
                if outcome != 0:
                    offer.status = EMPTY
                    me.open_slots -= 1
                if outcome == 1:
                    count_step(me, offer.side, offer.delivery * rules.offer_weight(offer.intensity))


@compiled
def leave(
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
                count_step(me, -side, institution.weight)
        k, ahead = k + 1, ahead >> 1
