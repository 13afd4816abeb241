"""The lane engine: the rules of ``sim.model.rules`` over thousands of lanes, compiled.

One lane is one possible history. Lanes are independent; each is a function of (arrays, parameters, seed, number), so
a block of lanes can be cut, spread over threads or made again anywhere. ``me`` is one state's record.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.conditioning.invitations import inviting_of
from sim.conditioning.maps import level_moved, share_moved
from sim.conditioning.pins import FREE, RECORDED, TWIN, Known, nothing_known
from sim.conditioning.states import know
from sim.engine.arrays import (
    HUB_OPENS,
    TRAJECTORIES,
    Arrays,
    Integers,
    Records,
    Variable,
)
from sim.engine.lane_acts import fade, feel, look_around, powers_act
from sim.engine.lane_answers import answer_record, answer_strategies, leave, offered_afresh, take_row
from sim.engine.lane_moves import found, join, move
from sim.model import rules
from sim.model.channels import (
    ACCOMMODATION,
    COERCION,
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
    GROUP_LANE,
    GROUP_NOISE,
    gamma_unit_quantile,
    normal_quantile,
    uniforms,
)
from sim.model.jit import compiled, seldom
from sim.model.rules import (
    ALIGNED,
)
from sim.types import Floats

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
                join(me, k, institutions[k], memberships[k, i], seed, lane, month)


@compiled
def _coalition(states: Records) -> float:
    aligned, total = 0.0, 0.0
    for i in range(len(states)):
        total += states[i].capability
        if states[i].alignment > ALIGNED:
            aligned += states[i].capability
    return aligned / total if total > 0.0 else 0.0


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
            fade(states)
            powers_act(
                states, arrays.ties, episodes, mine.slots, hub, challenger, p, growth, seed, lane, month, t
            )
        feel(states, felt, arrays.stimuli[t], episodes, hub.reassurance if t >= hub.start else 0.0, t)
        look_around(states, arrays.ties, felt)
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
            made_hub, made_challenger = move(
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
                offered_afresh(me, i, mine.slots, cell, p, seed, lane, month, t)
            if held != FREE and pin.founds >= 0:
                found(me, pin.founds, institutions, mine.memberships[pin.founds, i], seed, lane, month)
            answer_record(
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
                take_row(
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
                answer_strategies(me, i, mine.slots, own[LEADER], p)
            leave(me, i, institutions, mine.memberships, held, t == last, p)
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
