"""Each rule by its closed form, its bounds, its direction and its fixed points; compiled and in plain Python alike."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sim.model import rules
from sim.model.draws import exponential_threshold, uniforms
from sim.model.parameters import PARAMETERS
from sim.model.rules import (
    CHALLENGER,
    HUB,
    LEAST_LEVERAGE,
    LEAST_LIFT,
    MEMORY_MONTHS,
    MONTH,
    NEVER,
    PROVOCATION_MONTHS,
    WEAR_FLOOR,
)
from sim.scenario.lane_parameters import parameter_rows

Row = Any
few = settings(max_examples=40)


def lane(**changes: float) -> Row:
    """One lane's parameters: the documented defaults and what a test changes."""
    return parameter_rows("default", changes, {}, 0, 0, 1).view(np.recarray)[0]


DEFAULT = lane()
NO_LEVERS = lane(**{name: 0.0 for name, p in PARAMETERS.items() if p.kind == "lever" and p.unit != "years"})


@functools.cache
def drawn(seed: int) -> Row:
    return parameter_rows("prior", {}, {}, seed, 0, 1).view(np.recarray)[0]


rows = st.integers(0, 300).map(drawn)
share = st.floats(0.0, 1.0)
signed = st.floats(-1.0, 1.0)
normal = st.floats(-6.5, 6.5)
level = st.floats(0.0, 20.0)
side = st.sampled_from([HUB, CHALLENGER])

ARGUMENTS: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(
        "coercion punishment accommodation coerced_partners punished_partners war shock dispute openness pressure "
        "entrapment doubt intensity first second reputation patience is_ally aligned_partners".split(),
        share,
    ),
    **dict.fromkeys(
        "opinion rest home_alignment alignment partners_alignment fit credibility leave_below".split(), signed
    ),
    **dict.fromkeys("leader opinion_gap".split(), st.floats(-2.0, 2.0)),
    **dict.fromkeys("common own z".split(), normal),
    **dict.fromkeys("yes no yes_threshold no_threshold yes_hazard no_hazard".split(), level),
    **dict.fromkeys(
        "punitiveness assertiveness inducement spiral offer_rate multilateralism rate".split(),
        st.floats(0.0, 10.0),
    ),
    **dict.fromkeys("loosest dependent nearest leaning threshold".split(), st.floats(-5.0, 5.0)),
    **dict.fromkeys(
        "home position accumulated_steps institutional_lock_in net_weight".split(), st.floats(-12.0, 12.0)
    ),
    **dict.fromkeys(
        "months_since_step months_since_pressure months_since_coercion".split(),
        st.integers(0, 24) | st.just(-NEVER),
    ),
    "age": st.floats(0.0, 1200.0),
    "years": st.floats(-10.0, 10.0),
    "initiative": st.sampled_from([0, 1]),
    **dict.fromkeys("alert felt".split(), st.floats(-20.0, 20.0)),
    **dict.fromkeys("pressed_hub pressed_challenger remembered lifted".split(), st.floats(0.0, 2.0)),
    "dependence": st.floats(1e-6, 1.0 - 1e-6),
    "activity": st.floats(0.0, 5.0),
    "courtship": share,
    "coalition_growth": signed,
    "value": level,
    "level": level,
    "left": share,
    "memory": st.floats(0.01, 50.0),
    "alarm": st.floats(0.0, 8.0),
    "appeal": st.floats(0.0, 100.0),
    "u": st.floats(1e-9, 1.0 - 1e-9),
    "side": side,
    "mean": share,
    "median": st.floats(0.1, 60.0),
    "spread": st.floats(0.0, 2.0),
    "p": rows,
}
"""What each argument of a rule can be, by its name."""

RULES: dict[str, Callable[..., Any]] = {
    name: function
    for name, function in vars(rules).items()
    if callable(function)
    and getattr(function, "__module__", "") == rules.__name__
    and name not in ("rule", "_Rule")
}
RATES = [
    name
    for name in RULES
    if "rate" in name or name.startswith(("initiative", "lift")) or name in ("exit_hazard", "chance_in_month")
]


def plain(rule: Callable[..., Any]) -> Callable[..., Any]:
    """The rule as plain Python."""
    return getattr(rule, "py_func", rule)


def arguments(name: str) -> st.SearchStrategy[dict[str, Any]]:
    names = inspect.signature(plain(RULES[name])).parameters
    return st.fixed_dictionaries({argument: ARGUMENTS[argument] for argument in names})


def each(value: Any) -> tuple[float, ...]:
    return value if isinstance(value, tuple) else (value,)


def test_every_rule_is_under_test() -> None:
    assert len(RULES) > 25
    for rule in RULES.values():
        assert set(inspect.signature(plain(rule)).parameters) <= set(ARGUMENTS)


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=25)
@given(data=st.data())
def test_a_rule_is_finite_and_the_same_in_plain_python(name: str, data: st.DataObject) -> None:
    given_ = data.draw(arguments(name))
    compiled = each(RULES[name](**given_))
    assert all(math.isfinite(value) for value in compiled)
    if name in RATES or name == "answer_hazards":
        assert min(compiled) >= 0.0
    assert each(plain(RULES[name])(**given_)) == pytest.approx(compiled, rel=4e-15, abs=1e-15)


@pytest.mark.parametrize("end", ["low", "high"])
@pytest.mark.parametrize("parameter", PARAMETERS)
def test_a_rule_is_finite_at_both_ends_of_each_parameter(parameter: str, end: str) -> None:
    """What a scenario may set must not make a rule fail."""
    p = lane(**{parameter: getattr(PARAMETERS[parameter], end)})
    calm = dict.fromkeys(ARGUMENTS, 0.5) | {"months_since_step": 3, "p": p, "side": HUB}
    for name, rule in RULES.items():
        if parameter not in plain(rule).__code__.co_names:
            continue
        values = each(rule(*[calm[argument] for argument in inspect.signature(plain(rule)).parameters]))
        assert all(math.isfinite(value) for value in values), f"{name} is {values}"


@few
@given(st.floats(1e-9, 1.0 - 1e-9), st.floats(0.0, 10.0))
def test_an_event_happens_below_its_chance(u: float, rate: float) -> None:
    assert rules.happens_in_month(u, rate) == (u < rules.chance_in_month(rate))


@few
@given(st.floats(-10.0, 10.0), level, share, rows)
def test_old_steps_fade_and_new_ones_add(position: float, weight: float, left: float, p: Row) -> None:
    assert rules.accumulate_steps(position, weight, left, p) == pytest.approx(
        position * left + p.step_size * weight
    )
    assert rules.accumulate_steps(
        position, weight, rules.decay_factor(p.step_memory), p
    ) == rules.accumulated_steps_after_month(position, weight, p)


# --- stimuli -----------------------------------------------------------------------------------------------------


def test_habituation_has_its_closed_form() -> None:
    assert rules.habituated(0.8, 0.0) == pytest.approx(0.8)
    assert rules.habituated(0.8, 12.0) == pytest.approx(0.8 * (0.3 + 0.7 / math.e))
    assert rules.habituated(0.8, 1e4) == pytest.approx(0.8 * WEAR_FLOOR)
    assert rules.fading(0.8, 0.0) == 0.8
    assert rules.fading(0.8, 24.0) == pytest.approx(0.8 * math.exp(-2.0))


@few
@given(share, st.floats(0.0, 600.0), st.floats(0.0, 600.0))
def test_acts_wear_off_and_offers_fade(intensity: float, age: float, more: float) -> None:
    assert 0.0 <= rules.habituated(intensity, age + more) <= rules.habituated(intensity, age) <= intensity
    assert 0.0 <= rules.fading(intensity, age + more) <= rules.fading(intensity, age) <= intensity
    assert rules.fading(intensity, age) <= rules.habituated(intensity, age)


@few
@given(share, share, share)
def test_acts_join_in_any_order_and_never_pass_one(a: float, b: float, c: float) -> None:
    assert rules.combine(a, b) == rules.combine(b, a)
    assert max(a, b) - 1e-15 <= rules.combine(a, b) <= 1.0
    assert rules.combine(a, 0.0) == pytest.approx(a, abs=1e-15)
    assert rules.combine(a, 1.0) == 1.0
    once = rules.combine(rules.combine(a, b), c)
    assert once == pytest.approx(rules.combine(a, rules.combine(b, c)), abs=1e-15)


@few
@given(level, level, st.floats(0.01, 50.0), st.floats(0.01, 50.0))
def test_what_settles_stays_between_and_long_memories_keep_more(
    value: float, goal: float, memory: float, other: float
) -> None:
    short, long = sorted((memory, other))
    assert 0.0 < rules.decay_factor(short) <= rules.decay_factor(long) < 1.0
    assert rules.decay_factor(1.0) ** 12 == pytest.approx(1.0 / math.e)
    low, high = sorted((value, goal))
    assert low - 1e-14 <= rules.settling(value, goal, rules.decay_factor(memory)) <= high + 1e-14
    assert rules.settling(goal, goal, rules.decay_factor(memory)) == goal
    assert rules.settling(value, goal, 0.0) == goal


# --- alert and entrapment ----------------------------------------------------------------------------------------

STIMULI = dict.fromkeys(
    "coercion punishment accommodation coerced_partners war shock dispute openness".split(), share
)
alerting = st.fixed_dictionaries({"alert": st.floats(-20.0, 20.0), **STIMULI, "p": rows})
ALARM = lane(
    alert_coercion=2.0, alert_punishment=1.2, alert_war=1.5, alert_shock=-0.5, bystander_alert=0.3,
    accommodation_relief=0.3,
)  # fmt: skip


def alert_after(years: float, alert: float, **stimuli: float) -> float:
    """Alert under constant stimuli."""
    p = stimuli.pop("p", ALARM)
    felt = dict.fromkeys(STIMULI, 0.0) | stimuli
    for _ in range(round(years * 12)):
        alert = rules.alert_after_month(alert, *[felt[name] for name in STIMULI], p)
    return alert


@pytest.mark.parametrize(
    ("stimuli", "level_reached"),
    [
        ({}, 0.0),
        ({"coercion": 1.0, "dispute": 1.0}, 2.0),
        ({"coercion": 1.0}, 1.0),
        ({"coercion": 0.5, "dispute": 0.5}, 0.75),
        ({"war": 1.0, "openness": 0.5}, 1.5),
        ({"war": 1.0, "openness": 0.0}, 0.0),
        ({"shock": 1.0}, -0.5),
        ({"coerced_partners": 1.0}, 0.3),
        ({"punishment": 1.0}, 1.2),
        ({"coercion": 1.0, "dispute": 1.0, "accommodation": 1.0}, 1.7),
        ({"accommodation": 1.0}, -0.3),
    ],
)
def test_alert_settles_where_its_parameters_say(stimuli: dict[str, float], level_reached: float) -> None:
    order = {name: stimuli.get(name, 0.0) for name in STIMULI}
    assert alert_after(20.0, 5.0, **order) == pytest.approx(level_reached, abs=1e-9)
    assert alert_after(1 / 12, level_reached, **order) == pytest.approx(level_reached, abs=1e-15)


def test_alert_fades_to_a_third_in_its_memory() -> None:
    assert alert_after(0.25, 1.0, p=lane(alert_memory=0.25)) == pytest.approx(1.0 / math.e)


SIZE_OF = {
    "coercion": "alert_coercion",
    "punishment": "alert_punishment",
    "war": "alert_war",
    "shock": "alert_shock",
    "coerced_partners": "bystander_alert",
    "accommodation": "accommodation_relief",
}


@few
@given(alerting, st.sampled_from(list(SIZE_OF)), share)
def test_more_of_a_stimulus_moves_alert_as_the_sign_of_its_size_says(
    given_: dict[str, Any], name: str, more: float
) -> None:
    lifted = given_ | {name: given_[name] + more * (1.0 - given_[name])}
    before, after = (rules.alert_after_month(**values) for values in (given_, lifted))
    sign = np.sign(given_["p"][SIZE_OF[name]]) * (-1.0 if name == "accommodation" else 1.0)
    assert sign * (after - before) >= -1e-12


@few
@given(share, share, rows)
def test_pressure_is_remembered_as_long_as_alert(remembered: float, pressure: float, p: Row) -> None:
    left = rules.decay_factor(p.alert_memory)
    after = rules.pressure_remembered(remembered, pressure, p)
    assert after == pytest.approx(pressure + (remembered - pressure) * left, abs=1e-15)
    assert rules.doubt_after_month(remembered, -pressure, p) == after
    assert rules.doubt_after_month(remembered, pressure, p) == pytest.approx(remembered * left, abs=1e-15)


def test_what_is_felt_lifts_moves_in_proportion_and_never_below_a_twentieth() -> None:
    assert [rules.lift(felt, DEFAULT) for felt in (0.0, 1.0, 6.0, -0.5, -0.95, -3.0)] == pytest.approx(
        [1.0, 2.0, 7.0, 0.5, LEAST_LIFT, LEAST_LIFT]
    )
    curved = lane(exponential_link=1.0)
    assert [rules.lift(felt, curved) for felt in (0.0, 1.0, -3.0)] == pytest.approx(
        [1.0, math.exp(0.5), math.exp(-1.5)]
    )
    assert rules.lift(100.0, curved) == pytest.approx(math.exp(4.0))


@few
@given(st.floats(-20.0, 20.0), st.floats(0.0, 2.0), st.floats(0.0, 2.0), st.floats(-5.0, 5.0))
def test_alarm_and_yielding_are_alike_on_both_sides(
    size: float, pressed: float, other: float, yielding: float
) -> None:
    """What the challenger's pressure does to moves toward the hub, the hub's does to moves toward the challenger."""
    p = lane(alert_pressure=size, yielding=yielding)
    toward_challenger = rules.lift_toward_challenger(pressed, other, p)
    assert toward_challenger == rules.lift_toward_hub(size * pressed, other, p)
    assert toward_challenger == pytest.approx(max(LEAST_LIFT, 1.0 + size * pressed + yielding * other))


@few
@given(share, share, share, rows)
def test_entrapment_moves_toward_pressure_and_stays_a_share(
    entrapment: float, pressure: float, more: float, p: Row
) -> None:
    after = rules.entrapment_after_month(entrapment, pressure, p)
    low, high = sorted((entrapment, pressure))
    assert low - 1e-15 <= after <= high + 1e-15
    assert rules.entrapment_after_month(pressure, pressure, p) == pressure
    assert rules.entrapment_after_month(entrapment, max(pressure, more), p) >= after - 1e-15


# --- opinion and trade -------------------------------------------------------------------------------------------

OPINION = dict.fromkeys("coercion punishment accommodation reputation".split(), share) | dict.fromkeys(
    ("common", "own"), normal
)


@few
@given(signed, signed, st.fixed_dictionaries(OPINION), rows)
def test_opinion_of_the_challenger_stays_in_its_range_and_goes_the_right_way(
    opinion: float, rest: float, felt: dict[str, float], p: Row
) -> None:
    def after(**changes: float) -> float:
        return rules.opinion_of_challenger_after_month(opinion, rest, p=p, **(felt | changes))

    now = after()
    assert -1.0 <= now <= 1.0
    for name in ("coercion", "punishment", "reputation"):
        assert after(**{name: 1.0}) <= now + 1e-15 <= after(**{name: 0.0}) + 2e-15
    for name in ("accommodation", "own", "common"):
        top = 1.0 if name == "accommodation" else 6.5
        assert after(**{name: top}) >= now - 1e-15


def test_opinion_of_the_challenger_has_its_closed_form() -> None:
    after = rules.opinion_of_challenger_after_month
    calm = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    assert after(0.2, 0.2, *calm, DEFAULT) == 0.2
    assert after(0.2, -0.4, *calm, DEFAULT) == pytest.approx(0.2 - 0.6 / 6.0 / 12)
    assert after(0.2, 0.2, 0.5, 0.25, 0.0, 0.0, 0.0, 0.0, DEFAULT) == pytest.approx(
        0.2 - 0.55 * 0.75 * 1.2 / 12
    )
    assert after(0.2, 0.2, 0.9, 0.9, 0.0, 0.0, 0.0, 0.0, DEFAULT) == pytest.approx(0.2 - 0.55 * 1.2 / 12)
    assert after(0.2, 0.2, 0.0, 0.0, 0.5, 0.0, 0.0, 0.0, DEFAULT) == pytest.approx(
        0.2 + 0.19 * 0.5 * 0.8 / 12
    )
    assert after(0.2, 0.2, 0.0, 0.0, 0.0, 0.5, 0.0, 0.0, DEFAULT) == pytest.approx(
        0.2 - 0.32 * 0.5 * 1.2 / 12
    )
    noise = (0.06 * 2.0 - 0.10) / math.sqrt(12)
    assert after(0.2, 0.2, 0.0, 0.0, 0.0, 0.0, 2.0, -1.0, DEFAULT) == pytest.approx(0.2 + noise)
    assert after(-1.0, -1.0, 1.0, 1.0, 0.0, 1.0, 0.0, 0.0, DEFAULT) == -1.0


@few
@given(signed, signed, signed, share, normal, rows)
def test_opinion_of_the_hub_stays_in_its_range_and_goes_the_right_way(
    opinion: float, rest: float, credibility: float, reputation: float, own: float, p: Row
) -> None:
    def after(credibility: float, reputation: float, pressure: float = 0.0) -> float:
        return rules.opinion_of_hub_after_month(opinion, rest, pressure, credibility, reputation, own, p)

    assert -1.0 <= after(-1.0, reputation) <= after(credibility, reputation) <= after(1.0, reputation) <= 1.0
    assert after(credibility, 1.0) <= after(credibility, reputation) <= after(credibility, 0.0)
    assert after(credibility, reputation, 1.0) <= after(credibility, reputation, 0.5) + 1e-15
    assert rules.opinion_of_hub_after_month(rest, rest, 0.0, 0.0, 0.0, 0.0, p) == rest


@few
@given(signed, signed, share)
def test_pressure_lowers_opinion_of_either_power_by_one_rule(
    opinion: float, rest: float, pressure: float
) -> None:
    p = lane(opinion_pressure=0.4, opinion_pressure_hub=0.4)
    challenger = rules.opinion_of_challenger_after_month(opinion, rest, pressure, 0.0, 0.0, 0.0, 0.0, 0.0, p)
    hub = rules.opinion_of_hub_after_month(opinion, rest, pressure, 0.0, 0.0, 0.0, p)
    assert hub == pytest.approx(challenger, abs=1e-15)


def test_opinion_of_the_hub_has_its_closed_form() -> None:
    p = lane(opinion_pressure_hub=0.3)
    after = rules.opinion_of_hub_after_month(0.2, -0.1, 0.4, 0.5, 0.25, 1.5, p)
    change = (-0.3 * 0.4 * 1.2 + 0.2 * 0.5 - 0.32 * 0.25 * 1.2 - 0.3 / 6.0) / 12
    assert after == pytest.approx(0.2 + change + 0.115 * 1.5 / math.sqrt(12))


@few
@given(st.floats(0.0, 1.0, exclude_min=True, exclude_max=True), share, share, normal, rows)
def test_dependence_stays_a_share_and_punishment_diverts_trade(
    dependence: float, punishment: float, more: float, own: float, p: Row
) -> None:
    after = rules.dependence_after_month(dependence, punishment, own, p)
    assert 0.0 < after < 1.0
    assert rules.dependence_after_month(dependence, max(punishment, more), own, p) <= after
    assert rules.dependence_after_month(dependence, punishment, own + more, p) >= after


def test_dependence_has_its_closed_form() -> None:
    still = lane(dependence_trend=0.0)
    assert rules.dependence_after_month(0.3, 0.0, 0.0, still) == pytest.approx(0.3)
    assert rules.dependence_after_month(1e-4, 0.0, 0.0, DEFAULT) == pytest.approx(
        1e-4 * math.exp(0.04 / 12), rel=1e-5
    )
    odds = 0.25 / 0.75 * math.exp((0.04 - 0.23 * 0.5) / 12 + 0.15 * 2.0 / math.sqrt(12))
    assert rules.dependence_after_month(0.25, 0.5, 2.0, DEFAULT) == pytest.approx(odds / (1.0 + odds))


# --- steps -------------------------------------------------------------------------------------------------------


def test_lean_adds_what_its_terms_say() -> None:
    p = lane(
        position_feedback=0.5, alignment_slope=0.9, leader_slope=0.4, entrapment=0.25, abandonment=-0.4, opinion_pull=0.2,
        peer_influence=0.27, bloc_fit=0.2,
    )  # fmt: skip
    assert rules.lean(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, p) == 0.0
    lean = rules.lean(0.4, 0.6, 0.5, 0.3, 0.8, 0.25, 0.3, -0.2, 0.7, p)
    expected = (
        0.9 * (0.4 + 0.5 * 0.2)
        + 0.4 * 0.5
        - 0.2 * 0.8 * 0.3
        - 0.25 * 0.25
        - 0.4 * 0.3
        + 0.27 * (-0.8)
        + 0.2 * 0.7
    )
    assert lean == pytest.approx(expected)


@few
@given(st.tuples(signed, signed, signed, signed), share, share, share, signed, rows)
def test_lean_is_a_mirror(
    position: tuple[float, ...], openness: float, entrapment: float, doubt: float, fit: float, p: Row
) -> None:
    """All signs turned round, fear of entrapment and doubt aside, the lean turns round."""
    own, now, leader, gap = position
    partners = -now / 2
    fixed = p.abandonment * doubt - p.entrapment * entrapment
    there = rules.lean(own, now, leader, gap, openness, entrapment, doubt, partners, fit, p) - fixed
    back = rules.lean(-own, -now, -leader, -gap, openness, entrapment, doubt, -partners, -fit, p) - fixed
    assert there == pytest.approx(-back, abs=1e-12)


@few
@given(st.floats(0.0, 5.0), st.floats(-2.0, 2.0), st.floats(-7.0, 7.0), st.floats(0.05, 8.0))
def test_in_calm_the_two_sides_are_mirrors(
    activity: float, leaning: float, years: float, lifted: float
) -> None:
    """But for the balance of all states and the growth of recording, which each side has of its own."""
    p = lane(trend_steps_hub=0.03, trend_steps_challenger=-0.05)
    toward_hub = rules.rate_toward_hub(activity, leaning, lifted, 0.0, 0.0, 0.0, 0.0, years, p)
    toward_challenger = rules.rate_toward_challenger(activity, -leaning, lifted, 0.0, 0.0, 0.0, 0.1, years, p)
    base = activity * p.step_rate * math.exp(leaning) * lifted
    assert toward_hub == pytest.approx(base * math.exp(p.step_balance + 0.03 * years))
    assert toward_challenger == pytest.approx(base * math.exp(-p.step_balance - 0.05 * years))


@few
@given(st.floats(0.0, 5.0), st.floats(-2.0, 2.0), st.floats(-7.0, 7.0), st.floats(0.05, 8.0))
def test_initiatives_follow_what_steps_follow(
    activity: float, leaning: float, years: float, lifted: float
) -> None:
    p = lane(trend_initiatives_hub=0.03, trend_initiatives_challenger=-0.05)
    base = activity * p.initiative_rate * lifted
    assert rules.initiatives_toward_hub(activity, leaning, lifted, years, p) == pytest.approx(
        base * math.exp(p.initiative_balance + leaning + 0.03 * years)
    )
    assert rules.initiatives_toward_challenger(activity, leaning, lifted, years, p) == pytest.approx(
        base * math.exp(-p.initiative_balance - leaning - 0.05 * years)
    )
    apart = lane(initiative_alarm=0.0)
    assert rules.initiatives_toward_hub(1.0, leaning, lifted, 0.0, apart) == pytest.approx(
        rules.initiatives_toward_hub(1.0, leaning, 1.0, 0.0, apart)
    )


@few
@given(st.floats(-8.0, 8.0), st.floats(0.05, 20.0), share, signed, share, share, rows)
def test_steps_toward_the_hub_are_lifted_in_proportion(
    leaning: float,
    lifted: float,
    courtship: float,
    credibility: float,
    punished: float,
    coercion: float,
    p: Row,
) -> None:
    calm = rules.rate_toward_hub(1.0, leaning, 1.0, courtship, credibility, punished, coercion, 0.0, p)
    alarmed = rules.rate_toward_hub(1.0, leaning, lifted, courtship, credibility, punished, coercion, 0.0, p)
    assert alarmed == pytest.approx(calm * lifted)
    assert calm <= p.step_rate * math.exp(4.0) * (1 + 1e-12)


def test_what_moves_steps_toward_the_hub() -> None:
    p = lane(hub_offer_pull=0.6, demonstration=-0.5, intimidation=0.7, step_rate=0.19, step_balance=-0.1)
    rate = rules.rate_toward_hub(2.0, 0.4, 1.5, 0.4, 0.25, 0.2, 0.3, 0.0, p)
    assert rate == pytest.approx(2.0 * 0.19 * math.exp(0.3 + 0.6 * 0.4 * 1.25 - 0.5 * 0.2 - 0.7 * 0.3) * 1.5)
    assert rules.rate_toward_hub(1.0, 0.1, 1.0, 0.4, -1.0, 0.0, 0.0, 0.0, p) == pytest.approx(0.19)


@few
@given(st.floats(-4.0, 3.0), st.floats(0.05, 20.0), share, st.floats(0.0, 3.0))
def test_intimidation_holds_coerced_states_back_and_no_others(
    leaning: float, lifted: float, coercion: float, size: float
) -> None:
    """Schelling (1966): with the lever on, the same coercion brings fewer steps toward the hub."""
    cowed, defiant = lane(intimidation=size), lane(intimidation=0.0)
    held = rules.rate_toward_hub(1.0, leaning, lifted, 0.0, 0.0, 0.0, coercion, 0.0, cowed)
    free = rules.rate_toward_hub(1.0, leaning, lifted, 0.0, 0.0, 0.0, coercion, 0.0, defiant)
    assert held == pytest.approx(free * math.exp(-size * coercion))
    assert rules.rate_toward_hub(1.0, leaning, lifted, 0.0, 0.0, 0.0, 0.0, 0.0, cowed) == free


def test_what_moves_steps_toward_the_challenger() -> None:
    p = lane(challenger_offer_pull=0.6, compliance=0.7, step_rate=0.19, step_balance=-0.1)
    rate = rules.rate_toward_challenger(2.0, 0.4, 1.5, 1.0, 0.4, 0.5, 0.25, 0.0, p)
    lifted = 1.5 * (1.0 + 0.7 * 0.5 * 0.25)
    assert rate == pytest.approx(2.0 * 0.19 * math.exp(-0.3 + 0.6 * 0.4 / 2.0) * lifted)
    quiet = rules.rate_toward_challenger(2.0, 0.4, 1.5, -3.0, 0.4, 0.5, 0.25, 0.0, p)
    assert quiet == pytest.approx(2.0 * 0.19 * math.exp(-0.3 + 0.6 * 0.4) * lifted)


@few
@given(st.floats(-8.0, 8.0), level, share, share, share, st.floats(0.01, 0.99), rows)
def test_punishment_moves_dependent_states_and_alert_dampens_courtship(
    leaning: float, alert: float, courtship: float, punishment: float, more: float, dependence: float, p: Row
) -> None:
    rate = rules.rate_toward_challenger(1.0, leaning, 1.0, alert, courtship, punishment, dependence, 0.0, p)
    harder = rules.rate_toward_challenger(
        1.0, leaning, 1.0, alert, courtship, max(punishment, more), dependence, 0.0, p
    )
    uncourted = rules.rate_toward_challenger(1.0, leaning, 1.0, alert, 0.0, punishment, dependence, 0.0, p)
    unmoved = rules.rate_toward_challenger(1.0, leaning, 1.0, 1e9, courtship, punishment, dependence, 0.0, p)
    assert harder >= rate
    assert unmoved == pytest.approx(uncourted, rel=1e-6)


@few
@given(rows)
def test_weights_of_steps_have_their_shares(p: Row) -> None:
    assume(p.weight_two + p.weight_three < 1.0)
    edge, second = p.weight_three, p.weight_three + p.weight_two
    cases = [(0.5 * edge, 3.0), (edge, 2.0), (0.5 * (edge + second), 2.0), (second, 1.0), (1.0, 1.0)]
    assert [rules.step_weight(u, p) for u, _ in cases] == [weight for _, weight in cases]


def test_weights_of_offers_follow_the_rungs() -> None:
    rungs = {0.1: 1, 0.2: 1, 0.3: 1, 0.4: 2, 0.5: 2, 0.6: 2, 0.7: 3, 0.8: 3, 1.0: 3}
    assert {size: rules.offer_weight(size) for size in rungs} == rungs


def test_steps_add_up_and_fade() -> None:
    p = lane(step_size=0.06, step_memory=6.0)
    after = rules.accumulated_steps_after_month(0.5, 2.0, p)
    assert after == pytest.approx(0.5 * math.exp(-1 / 72) + 0.12)
    position = 1.0
    for _ in range(72):
        position = rules.accumulated_steps_after_month(position, 0.0, p)
    assert position == pytest.approx(1.0 / math.e)
    assert rules.accumulated_steps_after_month(0.0, 0.0, p) == 0.0


@few
@given(st.floats(-20.0, 20.0), st.floats(-20.0, 20.0), st.floats(-3.0, 3.0), share)
def test_alignment_is_odd_bounded_and_rises(home: float, steps: float, lock_in: float, more: float) -> None:
    now = rules.alignment_of(home, steps, lock_in)
    assert -1.0 <= now <= 1.0
    assert rules.alignment_of(-home, -steps, -lock_in) == -now
    assert rules.alignment_of(home, steps + more, lock_in) >= now
    assert rules.alignment_of(home, 0.0, 0.0) == pytest.approx(math.tanh(home / 2.0), rel=1e-15)


@few
@given(st.floats(-12.0, 12.0), st.floats(-3.0, 3.0))
def test_odds_belong_to_alignment_and_an_error_of_home_multiplies_them(home: float, error: float) -> None:
    alignment = rules.alignment_of(home, 0.0, 0.0)
    assert rules.odds_of(home) * (1.0 - alignment) == pytest.approx(1.0 + alignment, rel=1e-9)
    assert rules.odds_of(home + error) == pytest.approx(rules.odds_of(home) * rules.odds_of(error))
    assert rules.odds_of(0.0) == 1.0


# --- offers and institutions -------------------------------------------------------------------------------------

answering = st.fixed_dictionaries(
    {
        "side": side,
        "threshold": st.floats(-2.0, 2.0),
        "alignment": signed,
        "leader": signed,
        "alert": st.floats(-20.0, 20.0),
        "dependence": share,
        "initiative": st.just(0),
    }
)


@few
@given(rows)
def test_a_neutral_state_answers_at_the_documented_rates(p: Row) -> None:
    hub = rules.answer_hazards(HUB, 0.0, 0.0, 0.0, 0.0, 0.0, 0, p)
    challenger = rules.answer_hazards(CHALLENGER, 0.0, 0.0, 0.0, 0.0, 0.9, 0, p)
    assert hub == (p.acceptance_hub, p.decline_hub)
    assert challenger == (p.acceptance_challenger, p.decline_challenger)


@few
@given(answering, st.floats(-20.0, 20.0), rows)
def test_an_initiative_has_rates_of_its_own_and_no_alarm(
    given_: dict[str, float], alert: float, p: Row
) -> None:
    own = given_ | {"initiative": 1}
    yes, no = rules.answer_hazards(**own, p=p)
    assert (yes, no) == rules.answer_hazards(**(own | {"alert": alert}), p=p)
    calm = rules.answer_hazards(**(given_ | {"alert": 0.0}), p=p)
    name = "hub" if given_["side"] == HUB else "challenger"
    assert yes == pytest.approx(calm[0] * p[f"completion_{name}"] / p[f"acceptance_{name}"])
    assert no == pytest.approx(calm[1] * p[f"withdrawal_{name}"] / p[f"decline_{name}"])


@few
@given(answering, rows)
def test_what_acceptance_gains_refusal_loses(given_: dict[str, float], p: Row) -> None:
    yes, no = rules.answer_hazards(**given_, p=p)
    names = ("hub", "hub") if given_["side"] == HUB else ("challenger", "challenger")
    accept, decline = p[f"acceptance_{names[0]}"], p[f"decline_{names[1]}"]
    assert yes / accept + no / decline == pytest.approx(2.0)
    assert 0.0 <= yes <= 2.0 * accept
    assert 0.0 <= no <= 2.0 * decline


def test_acceptance_has_its_closed_form() -> None:
    p = lane(
        punishment_fear=0.3, acceptance_alignment=0.3, acceptance_leader_hub=1.1, acceptance_leader_challenger=0.5,
        acceptance_alert_hub=0.2, acceptance_alert_challenger=-1.0, acceptance_hub=0.4, decline_hub=0.2,
        acceptance_challenger=0.18, decline_challenger=0.13,
    )  # fmt: skip
    z = 0.3 * 0.5 + 1.1 * 0.5 + 0.2 * (2.0 / 3.0) - 0.3 * 0.4 - 0.7
    yes, no = rules.answer_hazards(HUB, 0.7, 0.5, 0.5, 2.0, 0.4, 0, p)
    assert (yes, no) == (
        pytest.approx(0.8 / (1.0 + math.exp(-z))),
        pytest.approx(0.4 / (1.0 + math.exp(z))),
    )
    z = -0.3 * 0.5 - 0.5 * 0.5 - 1.0 * (2.0 / 3.0) - 0.7
    yes, no = rules.answer_hazards(CHALLENGER, 0.7, 0.5, 0.5, 2.0, 0.4, 0, p)
    assert (yes, no) == (
        pytest.approx(0.36 / (1.0 + math.exp(-z))),
        pytest.approx(0.26 / (1.0 + math.exp(z))),
    )


DIRECTIONS = [
    ("threshold", HUB, -1),
    ("threshold", CHALLENGER, -1),
    ("alignment", HUB, 1),
    ("alignment", CHALLENGER, -1),
    ("leader", HUB, 1),
    ("leader", CHALLENGER, -1),
    ("alert", HUB, 1),
    ("alert", CHALLENGER, -1),
    ("dependence", HUB, -1),
    ("dependence", CHALLENGER, 0),
]


@pytest.mark.parametrize(("name", "of", "direction"), DIRECTIONS)
@settings(max_examples=25)
@given(given_=answering, more=st.floats(0.01, 1.0))
def test_what_makes_acceptance_more_likely(
    name: str, of: float, direction: int, given_: dict[str, float], more: float
) -> None:
    less = given_ | {"side": of}
    lifted = less | {name: less[name] + more}
    (yes, no), (yes_after, no_after) = (
        rules.answer_hazards(**values, p=DEFAULT) for values in (less, lifted)
    )
    assert np.sign(yes_after - yes) == direction
    assert np.sign(no_after - no) == -direction


def months_to_answer(yes_hazard: float, no_hazard: float, thresholds: tuple[float, float]) -> tuple[int, int]:
    """The answer under constant hazards and the month (counted from 1) in which it comes."""
    yes = no = 0.0
    month = 0
    while True:
        month += 1
        answer = rules.answer(yes, no, yes_hazard, no_hazard, *thresholds)
        if answer != 0:
            return answer, month
        yes += yes_hazard * MONTH
        no += no_hazard * MONTH


def test_answers_come_as_competing_hazards_say() -> None:
    """Waiting is geometric with hazard yes + no, acceptance has the share yes / (yes + no), whatever the month.

    20,000 offers; each of three means within 5 standard errors: false alarm for 2 seeds in a million.
    """
    yes_hazard, no_hazard, count = 2.4, 1.2, 20_000
    draws = [uniforms(3, k, 0, 0, 0) for k in range(count)]
    found = np.array(
        [
            months_to_answer(
                yes_hazard, no_hazard, (exponential_threshold(u[0]), exponential_threshold(u[1]))
            )
            for u in draws
        ]
    )
    accepted, months = found[:, 0] == 1, found[:, 1]
    chance = 1.0 - math.exp(-(yes_hazard + no_hazard) * MONTH)
    error = math.sqrt(1.0 - chance) / chance / math.sqrt(count)
    assert abs(months.mean() - 1.0 / chance) < 5 * error
    share_ = yes_hazard / (yes_hazard + no_hazard)
    error = math.sqrt(share_ * (1 - share_) / count)
    assert abs(accepted.mean() - share_) < 5 * error
    first = months == 1
    assert abs(accepted[first].mean() - share_) < 5 * math.sqrt(share_ * (1 - share_) / first.sum())


def test_an_answer_at_exact_thresholds() -> None:
    answer = rules.answer
    assert answer(0.0, 0.0, 12.0, 0.0, 1.0, 1.0) == 1
    assert answer(0.0, 0.0, 0.0, 12.0, 1.0, 1.0) == -1
    assert answer(0.0, 0.0, 11.9, 11.9, 1.0, 1.0) == 0
    assert answer(0.5, 0.0, 6.0, 12.0, 1.0, 0.4) == -1, "refusal was reached earlier in the month"
    assert answer(0.5, 0.0, 12.0, 12.0, 1.0, 0.6) == 1, "acceptance was reached earlier in the month"


hazards = st.lists(st.tuples(st.floats(0.01, 4.0), st.floats(0.01, 4.0)), min_size=24, max_size=24)


@few
@given(hazards, st.floats(0.01, 4.0), st.floats(0.01, 4.0), st.floats(1.0, 3.0))
def test_more_hazard_of_acceptance_moves_an_answer_earlier_and_never_redraws_it(
    path: list[tuple[float, float]], yes_threshold: float, no_threshold: float, factor: float
) -> None:
    def answered(by: float) -> tuple[int, int]:
        yes = no = 0.0
        for month, (yes_hazard, no_hazard) in enumerate(path):
            answer = rules.answer(yes, no, yes_hazard * by, no_hazard, yes_threshold, no_threshold)
            if answer != 0:
                return answer, month
            yes += yes_hazard * by * MONTH
            no += no_hazard * MONTH
        return 0, len(path)

    (before, month), (after, month_after) = answered(1.0), answered(factor)
    assert month_after <= month
    assert after >= before if before == 1 else after in (before, 1)


@few
@given(side, signed, signed, share, rows)
def test_members_leave_as_they_fall_below_the_threshold(
    of: float, alignment: float, leave_below: float, more: float, p: Row
) -> None:
    hazard = rules.exit_hazard(of, alignment, leave_below, p)
    assert 0.0 <= hazard <= 2.0 * p.leaving_rate
    assert rules.exit_hazard(of, alignment + of * more, leave_below, p) <= hazard
    assert rules.exit_hazard(of, of * leave_below, leave_below, p) == pytest.approx(p.leaving_rate)
    assert rules.exit_hazard(-of, -alignment, leave_below, p) == hazard


# --- habits of the powers ----------------------------------------------------------------------------------------


@few
@given(st.floats(0.0, 50.0), st.floats(0.0, 50.0))
def test_chances_of_a_month_compose(rate: float, other: float) -> None:
    together = rules.chance_in_month(rate + other)
    apart = rules.combine(rules.chance_in_month(rate), rules.chance_in_month(other))
    assert together == pytest.approx(apart, abs=1e-14)
    assert 0.0 <= rules.chance_in_month(rate) <= together < 1.0
    assert rules.chance_in_month(12.0 * math.log(2.0)) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("dispute", "rate"), [(0.0, 0.025), (0.1, 0.12), (0.5, 0.12), (0.74, 0.12), (0.75, 0.41), (1.0, 0.41)]
)
def test_coercion_goes_by_dispute(dispute: float, rate: float) -> None:
    assert rules.coercion_rate(dispute, 1.0, 1.0, DEFAULT) == pytest.approx(rate)
    assert rules.coercion_rate(dispute, 2.5, 1.0, DEFAULT) == pytest.approx(2.5 * rate)
    assert rules.coercion_rate(dispute, 0.0, 1.5, DEFAULT) == 0.0


@few
@given(share, signed, signed, st.floats(0.0, 10.0), rows)
def test_the_security_dilemma_feeds_coercion(
    dispute: float, growth: float, other: float, spiral: float, p: Row
) -> None:
    def rate(growth: float, spiral: float, p: Row = p) -> float:
        return rules.coercion_rate(dispute, 1.0, rules.alarm_at_coalition(growth, spiral, p), p)

    calm = rate(0.0, spiral)
    low, high = (rate(g, spiral) for g in sorted((growth, other)))
    assert low <= high
    assert calm * math.exp(-2.0) * (1 - 1e-12) <= low
    assert high <= calm * math.exp(2.0) * (1 + 1e-12)
    assert rate(growth, 0.0) == calm
    assert rate(0.4, 1.0, DEFAULT) == pytest.approx(rate(0.0, 1.0, DEFAULT) * math.exp(0.2))


def test_punishment_of_a_provocation_needs_leverage_memory_and_impatience() -> None:
    usual, harsh = 0.03 * (1.0 + 3.0 * 0.5), 0.03 * (1.0 + 3.0 * 0.5) * 2.6

    def rate(months: int = 0, dependence: float = 0.3, patience: float = 0.0) -> float:
        return rules.punishment_rate(0.5, dependence, months, 1.0, patience, DEFAULT)

    assert rate() == pytest.approx(harsh)
    assert rate(months=PROVOCATION_MONTHS) == pytest.approx(harsh)
    assert rate(months=PROVOCATION_MONTHS + 1) == pytest.approx(usual)
    assert rate(months=-NEVER) == pytest.approx(usual)
    assert rate(dependence=LEAST_LEVERAGE) == pytest.approx(harsh)
    assert rate(dependence=LEAST_LEVERAGE - 1e-9) == pytest.approx(usual)
    assert rate(patience=1.0) == pytest.approx(usual)
    assert rate(patience=0.5) == pytest.approx(usual * 1.8)
    assert rules.punishment_rate(0.0, 0.0, -NEVER, 1.0, 0.0, DEFAULT) == pytest.approx(0.03)


@few
@given(share, share, st.integers(0, 12), st.floats(0.0, 10.0), share, rows)
def test_punishment_scales_with_punitiveness(
    dispute: float, dependence: float, months: int, punitiveness: float, patience: float, p: Row
) -> None:
    one = rules.punishment_rate(dispute, dependence, months, 1.0, patience, p)
    assert rules.punishment_rate(dispute, dependence, months, punitiveness, patience, p) == pytest.approx(
        punitiveness * one
    )


def test_the_challenger_eases_only_after_its_own_pressure() -> None:
    assert rules.accommodation_rate(0, 1.0, DEFAULT) == pytest.approx(0.16)
    assert rules.accommodation_rate(MEMORY_MONTHS, 2.0, DEFAULT) == pytest.approx(0.32)
    assert rules.accommodation_rate(MEMORY_MONTHS + 1, 2.0, DEFAULT) == 0.0
    assert rules.accommodation_rate(-NEVER, 2.0, DEFAULT) == 0.0


def challenger_offers(
    dispute: float = 0.0,
    alignment: float = 0.5,
    dependence: float = 0.2,
    is_ally: float = 1.0,
    inducement: float = 1.0,
    **targeting: float,
) -> float:
    aim = [targeting.get(name, 0.0) for name in ("loosest", "dependent", "nearest")]
    return rules.offer_rate_challenger(dispute, alignment, dependence, is_ally, inducement, *aim, DEFAULT)


def test_offers_of_the_challenger_and_their_targets() -> None:
    usual = 0.16
    assert challenger_offers() == pytest.approx(usual)
    assert challenger_offers(dispute=1.0) == pytest.approx(usual * 1.9)
    assert challenger_offers(inducement=3.0) == pytest.approx(usual * 3.0)
    assert challenger_offers(loosest=1.5) == pytest.approx(usual * math.exp(1.5 * 0.25))
    assert challenger_offers(loosest=1.5, is_ally=0.0) == pytest.approx(usual)
    assert challenger_offers(dependent=2.0) == pytest.approx(usual * math.exp(0.4))
    assert challenger_offers(nearest=2.0) == pytest.approx(usual * math.exp(-1.0))
    assert challenger_offers(alignment=-0.5, nearest=2.0) == pytest.approx(usual * math.exp(1.0))
    assert challenger_offers(alignment=-0.2, loosest=1.0) > challenger_offers(alignment=0.8, loosest=1.0)


def test_offers_of_the_hub_go_to_the_aligned_and_the_coerced() -> None:
    usual = 0.20

    def rate(home_alignment: float, *seen: float) -> float:
        return rules.offer_rate_hub(rules.appeal_to_hub(home_alignment, DEFAULT), *seen, DEFAULT)

    assert rate(0.0, -NEVER, 0.0, 1.0, 0.0) == pytest.approx(usual)
    assert rate(0.5, -NEVER, 0.0, 1.0, 0.0) == pytest.approx(usual * math.exp(1.2))
    assert rate(0.0, MEMORY_MONTHS, 0.0, 1.0, 0.0) == pytest.approx(usual * 2.3)
    assert rate(0.0, MEMORY_MONTHS + 1, 0.0, 1.0, 0.0) == pytest.approx(usual)
    assert rate(0.0, -NEVER, 0.5, 2.0, 3.0) == pytest.approx(usual * 2.0 * 2.5)
    assert rules.pressure_rate(4.0, DEFAULT) == pytest.approx(4.0 * 0.037)


@few
@given(normal, normal, st.floats(0.0, 1.0), st.floats(0.0, 0.5))
def test_intensity_of_acts_stays_on_the_scale(z: float, other: float, mean: float, spread: float) -> None:
    low, high = (rules.act_intensity(x, mean, spread) for x in sorted((z, other)))
    assert 0.1 <= low <= high <= 1.0
    assert rules.act_intensity(0.0, mean, spread) == max(mean, 0.1)


@few
@given(normal, normal, st.floats(0.1, 60.0), st.floats(0.0, 2.0))
def test_acts_last_whole_months(z: float, other: float, median: float, spread: float) -> None:
    low, high = (rules.act_months(x, median, spread) for x in sorted((z, other)))
    assert isinstance(low, int)
    assert 1 <= low <= high <= 240
    assert rules.act_months(0.0, median, spread) == max(round(median), 1)
    assert rules.act_months(1.0, 9.8, 1.2) == round(9.8 * math.exp(1.2))


def test_without_levers_only_alert_opinion_and_position_act() -> None:
    """With every lever at zero, what the levers hear changes no rate."""
    loud = rules.lean(0.4, -0.3, 0.5, 1.0, 1.0, 1.0, 1.0, -1.0, 1.0, NO_LEVERS)
    assert loud == rules.lean(0.4, 0.9, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, NO_LEVERS)
    assert rules.rate_toward_hub(1.0, 0.2, 1.5, 1.0, 1.0, 1.0, 1.0, 2.0, NO_LEVERS) == rules.rate_toward_hub(
        1.0, 0.2, 1.5, 0.0, 0.0, 0.0, 0.0, 2.0, NO_LEVERS
    )
    assert rules.rate_toward_challenger(
        1.0, 0.2, 1.5, 0.5, 1.0, 1.0, 0.9, 2.0, NO_LEVERS
    ) == rules.rate_toward_challenger(1.0, 0.2, 1.5, 0.0, 0.0, 0.0, 0.1, 2.0, NO_LEVERS)
    calm = rules.alert_after_month(0.5, 0.3, 0.4, 0.0, 0.0, 0.2, 0.1, 0.5, 0.5, NO_LEVERS)
    assert calm == rules.alert_after_month(0.5, 0.3, 0.4, 1.0, 1.0, 0.2, 0.1, 0.5, 0.5, NO_LEVERS)
    assert rules.alarm_at_coalition(1.0, 10.0, NO_LEVERS) == 1.0
    assert rules.answer_hazards(HUB, 0.0, 0.2, 0.0, 0.0, 1.0, 0, NO_LEVERS) == rules.answer_hazards(
        HUB, 0.0, 0.2, 0.0, 0.0, 0.0, 0, NO_LEVERS
    )
