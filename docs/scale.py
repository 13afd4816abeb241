"""The tables of ``docs/scale.md``, from what ``python -m calibration.measurement`` found."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from calibration.measurement.indicators import CORE, TROOPS
from calibration.measurement.summary import SUMMARY
from sim.scenario.world import DEFAULT_HOME_ERROR, load_world

WORLD = "indo_pacific"
NAMED = {part.key: part.meaning for part in (*CORE, TROOPS)}
Table = Callable[[Iterable[str], Iterable[Iterable[object]]], str]


def found() -> dict[str, Any]:
    """What was measured."""
    held: dict[str, Any] = json.loads(SUMMARY.read_text(encoding="utf-8"))
    return held


def signed(value: float, digits: int = 1) -> str:
    """A number with its sign."""
    return f"{value:+.{digits}f}".replace("-", "−")


def with_error(pair: list[float], digits: int = 1) -> str:
    """A number and its standard error."""
    return f"{signed(pair[0], digits)} ± {pair[1]:.{digits}f}"


def ninety(of: dict[str, float], digits: int = 2) -> str:
    """A median with the middle 90 %."""
    return f"{of['50']:.{digits}f} ({of['5']:.{digits}f} to {of['95']:.{digits}f})".replace("-", "−")


def places(table: Table) -> str:
    """Homes and later positions, with errors."""
    held, world = found(), load_world(WORLD)
    order = sorted(held["homes"], key=lambda state: -held["homes"][state][0])
    rows = (
        (
            world.state(state).name,
            with_error(held["homes"][state]),
            with_error(held["homes, all years"][state]),
            with_error(held["positions 2024-07"][state]),
            with_error(held["change since 2009"]["states"][state]),
        )
        for state in order
    )
    return table(("state", "home", "home by all years", "July 2024", "change"), rows)


def unit(table: Table) -> str:
    """What one unit is, in words that need no scale."""
    held = found()
    one, choice, step = held["one unit"], held["forced choice"], held["step"]
    asked = choice["percent at zero"], choice["percent at zero"] + choice["percent for one unit"]
    rows = [
        ("one unit", "standard deviation of the homes of the 22 states"),
        ("two states taken at random", f"{held['usual distance']:.1f} units apart"),
        ("Japan to Cambodia", f"{one['Japan to Cambodia']:.1f} ± {one['Japan to Cambodia, error']:.1f} units"),
        ("votes", f"{100 * one['votes']:.0f} % of the way from China's point to that of the United States"),
        ("arms", f"the ratio of deliveries from the United States to those from China times {one['arms ratio']:.1f}"),
        ("forced choice", f"from {asked[0]:.0f} to {asked[1]:.0f} % who would side with the United States (10 states, later positions)"),
        ("recorded steps", f"about {1 / step['50']:.0f} of weight 1; with 95 % probability more than {1 / step['95']:.0f}"),
        ("error where none is given", f"{DEFAULT_HOME_ERROR:g}, about half the distance of two states taken at random: an assumption"),
    ]  # fmt: skip
    return table(("", "size"), rows)


def explained(table: Table) -> str:
    """Share of each indicator's lasting differences that goes with the scale."""
    held = found()
    early, late, troops = (
        held["explained by 2009"],
        held["explained, all years"],
        held["rivals"]["with troops"]["explained"],
    )
    rows = (
        (NAMED[key], *(ninety(of[key]) if key in of else "not in it" for of in (early, late, troops)))
        for key in NAMED
    )
    return table(("indicator", "to 2009", "all years", "to 2009, with troops"), rows)


def movement(table: Table) -> str:
    """What is learned of changes."""
    held = found()
    step, memory, change = held["step"], held["memory"], held["change since 2009"]
    rows = [
        ("one recorded step of weight 1, units", ninety(step), ninety(step["prior"])),
        ("probability that it points where the record says", f"{step['above zero']:.2f}", "0.50"),
        ("memory of a step, years", ninety(memory, 1), ninety(memory["prior"], 1)),
        ("one membership joined, units, besides the step", with_error(held["membership"], 2), "+0.00 ± 1.00"),
        ("a step that comes three years later, units, besides past ones", with_error(held["steps three years later"], 2), "+0.00 ± 0.10"),
        ("change of a state since 2009, typical size, units", f"{change['typical size']:.2f}", ""),
        ("its error", f"{change['typical error']:.2f}", ""),
    ]  # fmt: skip
    return table(("", "posterior", "prior"), rows)


def checks(table: Table) -> str:
    """The survey left outside, and homes by other indicators."""
    held, world = found(), load_world(WORLD)
    choice = held["forced choice"]
    rows = [
        (
            f"forced choice, rank correlation with {words}",
            f"{choice[key]['of means']:.2f}; over draws {ninety(choice[key])}",
        )
        for key, words in (("homes", "homes"), ("positions 2024-07", "positions of July 2024"))
    ]
    for name, rival in held["rivals"].items():
        rows.append(
            (
                f"homes {name}" if name.startswith("with") else f"homes, {name}",
                f"rank correlation {rival['rank correlation']:.2f}; largest difference {rival['largest difference']:.1f} units ({world.state(rival['state of it']).name})",
            )
        )
    for pair in held["nearer the hub"]:
        a, b = (world.state(pair[side]).name for side in "ab")
        rows.append(
            (
                f"P({a} nearer the hub than {b})",
                f"{pair['start']:.2f} at the start, {pair['2024-07']:.2f} in July 2024",
            )
        )
    return table(("check", "result"), rows)
