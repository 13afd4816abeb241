"""How to read a figure: marks and words set in the empty cell of a grid."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from matplotlib.patches import Rectangle

from sim.figures.sheet import Sheet
from sim.figures.style import INK, RULE, SMALL, TINY
from sim.figures.text import fit

STEP = 0.142
_MARK, _WORDS = 0.22, 0.30


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
    axes = sheet.axes(left, top, wide, high)
    axes.set_axis_off()
    axes.set_xlim(0, wide)
    axes.set_ylim(high, 0)
    axes.add_patch(Rectangle((0, 0.0), wide, 0.012, color=RULE, linewidth=0))
    axes.text(0, 0.14, title, fontsize=SMALL, fontweight="bold", va="center")
    for place, entry in enumerate(entries):
        y = 0.14 + STEP * (place + 1.15)
        if entry.mark == "block":
            axes.add_patch(
                Rectangle((0, y - 0.05), _MARK, 0.1, color=entry.colour, alpha=entry.opacity, linewidth=0)
            )
        elif entry.mark == "tick":
            axes.add_patch(Rectangle((0, y - 0.05), _MARK, 0.1, color=entry.colour, alpha=0.30, linewidth=0))
            axes.add_patch(Rectangle((0, y - 0.05), 0.025, 0.1, color=entry.colour, linewidth=0))
        elif entry.mark:
            style = {"line": "-", "dashed": (0, (3, 1.6)), "dotted": (0, (1.2, 1.6))}[entry.mark]
            axes.plot([0, _MARK], [y, y], color=entry.colour, linewidth=1.1, linestyle=style)
        indent = _WORDS if entry.mark else 0.0
        axes.text(indent, y, fit(entry.words, wide - indent, TINY), fontsize=TINY, va="center")
