"""The documented acts upon a state as a strip of blocks: row by kind, colour by side, height by intensity."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.figures.kit.about import About
from sim.figures.kit.ink import Pen
from sim.figures.kit.key import Entry
from sim.figures.kit.panel import Panel
from sim.figures.kit.style import CHALLENGER, HUB, OTHER, PAPER, RULE, SIDE_COLOUR
from sim.words import possessive, with_article

if TYPE_CHECKING:
    from sim.scenario.record import Stimulus

EVERYONE = "ALL"
ROW_HEIGHT = 0.085
"""Inches."""
ROWS = 5
_TAIL = 0.30


def row_of(event: Stimulus, side: str) -> int | None:
    """Row of the strip that shows an act; none for a stance, whose target is not a state."""
    if event.kind == "stance":
        return None
    if event.kind in ("coercion", "punishment", "pressure"):
        return 0 if event.kind == "coercion" else 1
    if event.kind in ("offer", "accommodation", "reassurance") and side in ("hub", "challenger"):
        return 2 if side == "hub" else 3
    return 4


def on_state(events: Sequence[Stimulus], state: str) -> list[Stimulus]:
    """Acts upon one state, those upon all states among them."""
    return [event for event in events if event.target in (state, EVERYONE)]


def draw_strip(panel: Panel, events: Sequence[Stimulus], run: About, top: float, step: float) -> None:
    """Draw acts from their first to their last month, the first months in full colour.

    A reassurance below zero, which casts doubt, is left hollow.

    Parameters
    ----------
    panel : Panel
        Its values across are decimal years.
    events : sequence of Stimulus
    run : About
    top, step : float
        Where the first row begins and how deep a row is, in values along; rows go down.
    """
    first, last = panel.across
    panel.levels([top - (row + 1) * step for row in range(ROWS)], Pen(1.0, line=RULE, weight=0.35))
    for event in events:
        side = run.side(event.sender)
        row = row_of(event, side)
        start, end = max(event.start / 12, first), min((event.end + 1) / 12, last)
        if row is None or start >= end:
            continue
        floor = top - (row + 1) * step
        roof = floor + 0.90 * step * min(abs(event.intensity), 1.0)
        head, colour = min(start + 0.011 * (last - first), last), SIDE_COLOUR[side]
        if event.intensity >= 0:
            panel.boxes(start, max(end, head), floor, roof, Pen(2.5, colour, _TAIL))
            panel.boxes(start, head, floor, roof, Pen(2.6, colour))
        else:
            panel.boxes(start, head, floor, roof, Pen(2.7, PAPER, line=colour, weight=0.4))


def strip_key(run: About) -> list[Entry]:
    """Lines of the key for the rows from top to bottom, and for the sides."""
    return [
        Entry("", "Acts by row, top to bottom; height: intensity"),
        Entry("tick", "1  coercion", CHALLENGER),
        Entry("tick", "2  punishment, pressure", CHALLENGER),
        Entry("tick", f"3  courtship by {possessive(with_article(run.hub))} side", HUB),
        Entry("tick", f"4  courtship by {possessive(with_article(run.challenger))} side", CHALLENGER),
        Entry("tick", "5  shocks and acts of others", OTHER),
    ]
