"""Unprompted steps of the states of a compiled lane, and offers that they open themselves: free, as recorded, or as a twin's."""

from __future__ import annotations

from typing import Any

from sim.conditioning.draws import steps_of_twin
from sim.conditioning.pins import FREE, RECORDED, TWIN
from sim.engine.arrays import (
    STATES_OPEN,
    Integers,
    Records,
)
from sim.engine.lane_acts import open_offer
from sim.model import rules
from sim.model.channels import (
    COERCION,
    COURTSHIP_CHALLENGER,
    COURTSHIP_HUB,
    CREDIBILITY,
    LEADER,
    PUNISHMENT,
)
from sim.model.draws import (
    GROUP_EXIT,
    GROUP_INITIATIVES,
    GROUP_OPENED,
    GROUP_STEPS,
    GROUP_WEIGHTS_CHALLENGER,
    GROUP_WEIGHTS_HUB,
    exponential_threshold,
    normal_quantile,
    poisson_quantile,
    uniforms,
)
from sim.model.jit import compiled, seldom
from sim.model.rules import (
    INTENSITY_SPREAD,
    MONTH,
    MOST_STEPS,
)
from sim.types import Floats


@seldom
def join(me: Any, k: int, institution: Any, place: Any, seed: int, lane: int, month: int) -> None:
    """Become a member, with a threshold of exit; founding members are members already."""
    u = uniforms(seed, lane, month, me.site, GROUP_EXIT + institution.key)
    me.memberships |= 1 << k
    place.exit_sum = 0.0
    place.exit_threshold = (
        place.known_threshold if place.known_threshold > 0.0 else exponential_threshold(u[0])
    )


@seldom
def _weight_of_steps(count: int, group: int, me: Any, p: Any, seed: int, lane: int, month: int) -> float:
    w, total = uniforms(seed, lane, month, me.site, group), 0.0
    for number in range(count):
        total += rules.step_weight(w[number], p)
    return total


@compiled
def count_step(me: Any, side: float, weight: float) -> None:
    """Add the weight of a step toward a side to those of the month."""
    if side > 0.0:
        me.steps_hub += weight
    else:
        me.steps_challenger += weight


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
    open_offer(slots, side, i, me, size, 1.0, GROUP_OPENED, seed, lane, month, t)


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
def move(
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
def found(me: Any, k: int, institutions: Records, place: Any, seed: int, lane: int, month: int) -> None:
    """Found or join an institution by an unprompted step toward its side, if the step is taken."""
    taken = me.steps_hub if institutions[k].side > 0.0 else me.steps_challenger
    if taken > 0.0 and me.memberships >> k & 1 == 0:
        join(me, k, institutions[k], place, seed, lane, month)
        me.institutional_lock_in += institutions[k].side * institutions[k].lock_in
