"""Initiatives of states: which offers are one, and that the likelihood and the lanes count the same."""

import numpy as np
import pytest

from calibration.evidence import sides
from calibration.evidence.observed import observe
from sim.conditioning.places import is_initiative, openings_of
from sim.engine.timeline import build_timeline
from sim.months import month_number
from sim.scenario.loading import load_case
from sim.scenario.record import ALL, Stimulus
from tests.small_world import make_world

WORLD = make_world()
START = month_number(WORLD.start)


def offer(**values: object) -> Stimulus:
    usual = {"sender": "HUB", "target": "AAA", "kind": "offer", "domain": "trade", "intensity": 0.4}
    given = usual | {"opened_by": "target", "start": START + 3} | values
    return Stimulus(id="S001", **({"end": given["start"]} | given))


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ({}, True),
        ({"opened_by": "mutual"}, True),
        ({"opened_by": "sender"}, False),
        ({"opened_by": "unknown"}, False),
        ({"opened_by": "unknown", "circular": True}, True),
        ({"opened_by": "sender", "circular": True}, True),
    ],
)
def test_an_initiative_is_opened_by_its_target_or_not_dated_apart(
    values: dict[str, object], counts: bool
) -> None:
    assert is_initiative(offer(**values)) == counts
    assert len(openings_of([offer(**values)], WORLD, START, 12)) == counts


@pytest.mark.parametrize(
    "values",
    [
        {"target": ALL},
        {"kind": "reassurance"},
        {"start": START},
        {"start": START - 5},
        {"start": START + 12},
    ],
    ids=str,
)
def test_what_is_no_event_of_the_record(values: dict[str, object]) -> None:
    """Offers to all, other acts, and what is open at the start or opens after the end."""
    assert openings_of([offer(**values)], WORLD, START, 12) == ()


def test_an_opening_says_who_when_and_toward_whom() -> None:
    hub, challenger = openings_of([offer(), offer(sender="CHA", target="BBB")], WORLD, START, 12)
    assert (hub.state, hub.month, hub.side) == (WORLD.place["AAA"], 3, 1.0)
    assert (challenger.state, challenger.side) == (WORLD.place["BBB"], -1.0)


def test_lanes_and_likelihood_count_the_same_initiatives() -> None:
    observed, timeline = observe(), build_timeline(load_case("history", {"until": "2024-07"}))
    assert timeline.pins is not None
    for side, name in enumerate(sides.SIDES):
        pinned = timeline.pins.cells[f"initiatives_{name}"].T
        np.testing.assert_array_equal(pinned, observed.moves[1, side])
    assert observed.moves[1].sum() == 78
