"""How to read a figure: marks and words set in the empty cell of a grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sim.figures.kit.ink import Pen
from sim.figures.kit.sheet import Sheet
from sim.figures.kit.style import INK, RULE, SMALL, TINY
from sim.figures.kit.text import fit

STEP = 0.142
_MARK, _WORDS = 0.22, 0.30
_DASHES: dict[str, tuple[float, ...]] = {"line": (), "dashed": (3, 1.6), "dotted": (1.2, 1.6)}


class Entry(NamedTuple):
    """A line of a key: a mark (``line``, ``dashed``, ``dotted``, ``block``, ``tick`` or none) and its words."""

    mark: str
    words: str
    colour: str = INK
    opacity: float = 1.0


def draw_key(
    sheet: Sheet, left: float, top: float, wide: float, entries: Sequence[Entry], title: str = "How to read"
) -> None:
    """Set a key into a cell, in inches from the top left of the body."""
    high = STEP * (len(entries) + 1.6)
    panel = sheet.panel(left, top, wide, high, (0, wide), (high, 0))
    panel.boxes(0, wide, 0, 0.012, Pen(fill=RULE))
    sheet.text(left, top + 0.14, title, size=SMALL, weight="bold", va="center")
    for place, entry in enumerate(entries):
        y = 0.14 + STEP * (place + 1.15)
        if entry.mark == "block":
            panel.boxes(0, _MARK, y - 0.05, y + 0.05, Pen(2.0, entry.colour, entry.opacity))
        elif entry.mark == "tick":
            panel.boxes(0, _MARK, y - 0.05, y + 0.05, Pen(2.5, entry.colour, 0.30))
            panel.boxes(0, 0.025, y - 0.05, y + 0.05, Pen(2.6, entry.colour))
        elif entry.mark:
            panel.lines(0, _MARK, y, y, Pen(2.0, line=entry.colour, weight=1.1, dashes=_DASHES[entry.mark]))
        indent = _WORDS if entry.mark else 0.0
        sheet.text(left + indent, top + y, fit(entry.words, wide - indent, TINY), size=TINY, va="center")
