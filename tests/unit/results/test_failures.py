"""A faulty rule is found, named and left out, and the command that is told shows it again."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.engine.arrays import TRAJECTORIES
from sim.engine.timeline import Timeline, build_timeline
from sim.model import rules
from sim.results.failures import RULES, Failure, failure_table, failures_of
from sim.scenario.schema import Scenario


@pytest.fixture(scope="module")
def timeline(small: Scenario) -> Timeline:
    return build_timeline(small)


def lanes_of(timeline: Timeline, lanes: int = 3) -> NDArray[np.float64]:
    """Lanes in which every number is 0.5."""
    return np.full((lanes, len(TRAJECTORIES), len(timeline.months), len(timeline.states)), 0.5)


def test_every_variable_has_a_rule_and_bounds() -> None:
    assert set(RULES) == set(TRAJECTORIES)
    for rule, low, high in RULES.values():
        assert hasattr(rules, rule)
        assert low < high


@pytest.mark.parametrize("name", TRAJECTORIES)
@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf, -1.5])
def test_what_is_not_finite_or_out_of_bounds_is_found(timeline: Timeline, name: str, value: float) -> None:
    lanes = lanes_of(timeline)
    lanes[1, TRAJECTORIES.index(name), 4, 2] = value
    found = failures_of(timeline, lanes, 100)
    if RULES[name][1] < value < RULES[name][2]:
        assert (name, found) == ("alert", [])  # alarm may lie below zero
        return
    [failure] = found
    assert (failure.lane, failure.month, failure.state) == (101, "2010-05", timeline.states[2])
    assert (failure.variable, failure.rule) == (name, RULES[name][0])
    assert failure.value == value or np.isnan(value)


def test_the_first_is_told_in_the_order_in_which_a_month_makes_them(timeline: Timeline) -> None:
    lanes = lanes_of(timeline, 1)
    for name, month, state in (("alignment", 3, 0), ("alert", 3, 5), ("alert", 3, 4), ("opinion_hub", 2, 9)):
        lanes[0, TRAJECTORIES.index(name), month, state] = np.nan
    assert failures_of(timeline, lanes, 0)[0].variable == "opinion_hub"
    lanes[0, TRAJECTORIES.index("opinion_hub"), 2] = 0.0
    [failure] = failures_of(timeline, lanes, 0)
    assert (failure.variable, failure.state) == ("alert", timeline.states[4])


def test_bounds_themselves_are_allowed(timeline: Timeline) -> None:
    lanes = lanes_of(timeline, 2)
    for name, (_, low, high) in RULES.items():
        lanes[0, TRAJECTORIES.index(name)], lanes[1, TRAJECTORIES.index(name)] = low, high
    assert failures_of(timeline, lanes, 0) == []


def test_each_has_the_command_that_makes_it_again() -> None:
    failures = [
        Failure(lane, "2012-05", "KOR", "alert", float("nan"), "alert_after_month") for lane in (9, 4)
    ]
    table = failure_table(failures, "wedge replay x{}")
    assert list(table.index) == [4, 9]
    assert list(table["command"]) == ["wedge replay x{} --lane 4", "wedge replay x{} --lane 9"]
