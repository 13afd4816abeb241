"""Plans of the two powers: dials inside their ranges, and plans that are what their names say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.model.strategies import COEFFICIENTS, PLANS, coefficients
from sim.types import Side

NAMES = [(side, plan) for side, plans in PLANS.items() for plan in plans]
DIALS = [(side, dial) for side, dials in COEFFICIENTS.items() for dial in dials]


def test_both_sides_have_plans_and_dials() -> None:
    assert set(COEFFICIENTS) == set(PLANS) == {"hub", "challenger"}
    assert all("documented_habit" in plans for plans in PLANS.values())


def test_a_dial_belongs_to_one_side() -> None:
    """A scenario writes dials of both sides in one list of keys."""
    assert not set(COEFFICIENTS["hub"]) & set(COEFFICIENTS["challenger"])


@pytest.mark.parametrize(("side", "dial"), DIALS)
def test_a_dial_has_a_meaning_and_its_default_is_allowed(side: Side, dial: str) -> None:
    about = COEFFICIENTS[side][dial]
    assert about.meaning.strip()
    assert about.low <= about.default <= about.high
    assert about.low < about.high


@pytest.mark.parametrize(("side", "plan"), NAMES)
def test_a_plan_turns_its_own_dials_and_only_within_their_ranges(side: Side, plan: str) -> None:
    values = coefficients(side, plan)
    assert list(values) == list(COEFFICIENTS[side])
    for name, value in values.items():
        about = COEFFICIENTS[side][name]
        assert about.low <= value <= about.high
        assert value == PLANS[side][plan].get(name, about.default)


@pytest.mark.parametrize("side", ["hub", "challenger"])
def test_plans_differ_from_each_other_and_the_habit_is_as_documented(side: Side) -> None:
    habit = coefficients(side, "documented_habit")
    assert habit == {name: about.default for name, about in COEFFICIENTS[side].items()}
    found = [tuple(coefficients(side, plan).values()) for plan in PLANS[side]]
    assert len(set(found)) == len(found)


@pytest.mark.parametrize(
    ("plan", "more", "less"),
    [
        (
            "disciplined_wedge",
            ("accommodation", "patience", "loosest", "inducement"),
            ("punitiveness", "assertiveness"),
        ),
        ("charm", ("inducement", "accommodation"), ("punitiveness", "assertiveness")),
        ("bloc_building", ("inducement", "nearest"), ()),
        ("restraint", ("accommodation", "patience"), ("punitiveness", "assertiveness")),
        ("maximum_pressure", ("assertiveness", "punitiveness"), ("inducement", "accommodation")),
        ("lattice", ("offer_rate", "multilateralism"), ()),
        ("hub_and_spoke", (), ("pressure",)),
        ("retrenchment", (), ("offer_rate", "reassurance", "pressure")),
        ("bloc_confrontation", ("offer_rate", "multilateralism", "pressure"), ()),
    ],
)
def test_a_plan_does_what_its_name_says(plan: str, more: tuple[str, ...], less: tuple[str, ...]) -> None:
    side: Side = "hub" if plan in PLANS["hub"] else "challenger"
    values, habit = coefficients(side, plan), coefficients(side, "documented_habit")
    assert {name for name in values if values[name] > habit[name]} == set(more)
    assert {name for name in values if values[name] < habit[name]} == set(less)


def test_a_disciplined_wedge_punishes_no_one_and_a_retrenching_hub_is_doubted() -> None:
    assert coefficients("challenger", "disciplined_wedge")["punitiveness"] == 0.0
    assert coefficients("challenger", "restraint")["assertiveness"] == 0.0
    assert coefficients("hub", "retrenchment")["reassurance"] < 0.0


@given(st.sampled_from(NAMES), st.data())
def test_overrides_come_last_and_leave_the_rest(chosen: tuple[Side, str], data: st.DataObject) -> None:
    side, plan = chosen
    dial = data.draw(st.sampled_from(list(COEFFICIENTS[side])))
    about = COEFFICIENTS[side][dial]
    value = data.draw(st.floats(about.low, about.high))
    values, plain = coefficients(side, plan, {dial: value}), coefficients(side, plan)
    assert values[dial] == value
    assert {name: x for name, x in values.items() if name != dial} == {
        name: x for name, x in plain.items() if name != dial
    }
    assert coefficients(side, plan) == plain, "an override must not stay"


@pytest.mark.parametrize(
    ("side", "plan", "overrides", "named"),
    [
        ("hub", "charm", {}, "charm"),
        ("challenger", "lattice", {}, "lattice"),
        ("hub", "lattice", {"punitiveness": 1.0}, "punitiveness"),
        ("challenger", "charm", {"zeal": 1.0, "ardour": 1.0}, "ardour"),
    ],
)
def test_plans_and_dials_of_the_other_side_are_refused(
    side: Side, plan: str, overrides: dict[str, float], named: str
) -> None:
    with pytest.raises(KeyError, match=named):
        coefficients(side, plan, overrides)


def test_tables_cannot_be_changed() -> None:
    with pytest.raises(TypeError):
        COEFFICIENTS["hub"] = {}
    with pytest.raises(TypeError):
        PLANS["hub"] = {}
