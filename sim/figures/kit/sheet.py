"""A sheet of newsprint: headline, standfirst, a body to place things on in inches, and a source line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.text import Text

from sim.figures.kit.about import About
from sim.figures.kit.ink import Ink, Pen
from sim.figures.kit.panel import Panel
from sim.figures.kit.style import BODY, HEADLINE, INK, LABEL, MARGIN, PAGE_WIDTH, RULE, SERIF, SMALL, SOFT
from sim.figures.kit.text import fit, wrap, wrap_evenly

_TOP, _BOTTOM = 0.30, 0.28
_HEADLINE_STEP, _BODY_STEP, _SMALL_STEP = 0.30, 0.165, 0.135
_SPACE = PAGE_WIDTH - 2 * MARGIN


class Sheet:
    """One figure of ten inches width.

    Parameters
    ----------
    headline : str
        The finding, as a sentence without a full stop; the title of the run's scenario stands above it.
    standfirst : str
        What is drawn and what the uncertainty holds.
    run : About
        The run behind the figure, for the source line.
    height : float
        Height of the body in inches.
    notes : sequence of str
        More lines for the foot, before the source line.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
    ink : Ink
        Where shapes go.
    width : float
        Width of the body in inches. Places in the body count from its top left corner.
    """

    WIDTH = _SPACE

    def __init__(
        self, headline: str, standfirst: str, run: About, height: float, notes: Sequence[str] = ()
    ) -> None:
        titles = wrap_evenly(headline, _SPACE, HEADLINE, "bold", tuple(SERIF))
        intro = wrap_evenly(standfirst, _SPACE, BODY)
        foot = [line for note in (*notes, run.source) for line in wrap(note, _SPACE, SMALL)]
        self.width = _SPACE
        self._top = _TOP + len(titles) * _HEADLINE_STEP + len(intro) * _BODY_STEP + 0.28
        self._foot = 0.16 + len(foot) * _SMALL_STEP + _BOTTOM
        self.page_height = self._top + height + self._foot
        self.figure = Figure(figsize=(PAGE_WIDTH, self.page_height))
        self.ink = Ink()
        self.figure.add_artist(self.ink)
        self.headline, self.run = " ".join(titles), run
        self._furniture(titles, intro, foot)

    def _furniture(self, titles: list[str], intro: list[str], foot: list[str]) -> None:
        self._line(0.0, -self._top + 0.20, 0.55, INK, 3.0)
        kicker = fit(self.run.title, self.width - 0.7, SMALL)
        self.text(0.68, -self._top + 0.20, kicker, size=SMALL, color=SOFT, va="center")
        y = _TOP - self._top
        for line in titles:
            self.text(0.0, y, line, size=HEADLINE, weight="bold", family=SERIF, va="top")
            y += _HEADLINE_STEP
        y += 0.06
        for line in intro:
            self.text(0.0, y, line, size=BODY, color=SOFT, va="top")
            y += _BODY_STEP
        y = self.page_height - self._top - self._foot + 0.10
        self._line(0.0, y, self.width, RULE, 0.6)
        y += 0.07
        for line in foot:
            self.text(0.0, y, line, size=SMALL, color=SOFT, va="top")
            y += _SMALL_STEP

    def inches(self, left: float, top: float) -> tuple[float, float]:
        """A place in the body as inches from the lower left corner of the page."""
        return MARGIN + left, self.page_height - self._top - top

    def _line(self, left: float, top: float, width: float, colour: str, weight: float) -> None:
        x, y = self.inches(left, top)
        self.ink.add(Pen(line=colour, weight=weight), Path([(x, y), (x + width, y)]))

    def text(self, left: float, top: float, words: str, size: float = LABEL, **style: Any) -> Text:
        """Words at a place in the body, in inches from its top left corner."""
        return self.words(*self.inches(left, top), words, size, **style)

    def words(self, x: float, y: float, words: str, size: float = LABEL, **style: Any) -> Text:
        """Words at a place on the page, in inches from its lower left corner."""
        text = Text(x, y, words, fontsize=size, transform=self.figure.dpi_scale_trans, **style)
        self.figure.add_artist(text)
        return text

    def panel(
        self,
        left: float,
        top: float,
        width: float,
        height: float,
        across: tuple[float, float],
        along: tuple[float, float],
    ) -> Panel:
        """A panel at a place in the body, in inches from its top left corner."""
        return Panel(self, left, top, width, height, across, along)


def columns_for(cells: int, most: int) -> int:
    """Columns of a grid of small multiples: as few empty cells as can be, never more than ``most``.

    >>> columns_for(23, 4), columns_for(3, 4), columns_for(9, 4)
    (4, 3, 3)
    """
    if cells <= most:
        return max(cells, 1)
    return min((most, most - 1), key=lambda columns: (-cells % columns, -columns))
