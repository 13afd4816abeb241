"""A panel of a sheet: data set to scale on the page, without the weight of a plotting library's axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from matplotlib.path import Path
from matplotlib.text import Text
from numpy.typing import ArrayLike

from sim.figures.kit.ink import Ink, Pen
from sim.figures.kit.style import RULE, SOFT, TINY
from sim.types import Floats

_TICK, _PAD = 2.5 / 72, 2.0 / 72
_CIRCLE = Path.unit_circle()
_SHAPES = {
    "circle": Path(0.5 * np.asarray(_CIRCLE.vertices), _CIRCLE.codes),
    "square": Path([(-0.5, -0.5), (0.5, -0.5), (0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5)], closed=True),
    "diamond": Path([(-0.707, 0), (0, -0.707), (0.707, 0), (0, 0.707), (-0.707, 0)], closed=True),
}


class Page(Protocol):
    """What a panel needs of the sheet that it lies on."""

    ink: Ink

    def inches(self, left: float, top: float) -> tuple[float, float]:
        """A place in the body as inches from the lower left corner of the page."""

    def words(self, x: float, y: float, words: str, size: float = ..., **style: Any) -> Text:
        """Words at a place on the page, in inches from its lower left corner."""


class Panel:
    """A rectangle of a sheet with a scale each way.

    Parameters
    ----------
    sheet : Page
    left, top, width, height : float
        Inches, from the top left corner of the sheet's body.
    across : pair of float
        Values at the left and the right edge.
    along : pair of float
        Values at the lower and the upper edge.
    """

    def __init__(
        self,
        sheet: Page,
        left: float,
        top: float,
        width: float,
        height: float,
        across: tuple[float, float],
        along: tuple[float, float],
    ) -> None:
        self.sheet, self.left, self.top, self.width, self.height = sheet, left, top, width, height
        self.across, self.along = across, along
        self._origin = sheet.inches(left, top + height)

    def inches(self, x: ArrayLike, y: ArrayLike) -> Floats:
        """Values as inches on the page, shape ``(..., 2)``."""
        first, last = self.across
        low, high = self.along
        x, y = np.broadcast_arrays(np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64))
        return np.stack(
            [
                self._origin[0] + (x - first) / (last - first) * self.width,
                self._origin[1] + (y - low) / (high - low) * self.height,
            ],
            axis=-1,
        )

    def line(self, x: ArrayLike, y: ArrayLike, pen: Pen) -> None:
        """A line through points, shape ``(points,)``; it breaks where a value is missing."""
        points = self.inches(x, y)
        known = np.isfinite(points).all(axis=1)
        for run in np.split(points, np.flatnonzero(~known)):
            if len(run := run[np.isfinite(run).all(axis=1)]) > 1:
                self.sheet.ink.add(pen, Path(run))

    def lines(self, x0: ArrayLike, x1: ArrayLike, y0: ArrayLike, y1: ArrayLike, pen: Pen) -> None:
        """Straight lines, each from one point to another."""
        ends = np.broadcast_arrays(*(np.atleast_1d(value) for value in (x0, x1, y0, y1)))
        starts, stops = self.inches(ends[0], ends[2]), self.inches(ends[1], ends[3])
        self.sheet.ink.add(pen, *(Path([start, stop]) for start, stop in zip(starts, stops, strict=True)))

    def levels(self, y: ArrayLike, pen: Pen) -> None:
        """Lines from edge to edge."""
        self.lines(*self.across, y, y, pen)

    def uprights(self, x: ArrayLike, pen: Pen) -> None:
        """Lines from the lower to the upper edge."""
        self.lines(x, x, *self.along, pen)

    def area(self, x: ArrayLike, y: ArrayLike, pen: Pen) -> None:
        """A filled shape by its corners; a corner with a missing value is left out."""
        corners = self.inches(x, y)
        corners = corners[np.isfinite(corners).all(axis=1)]
        self.sheet.ink.add(pen, Path(np.vstack([corners, corners[:1]]), closed=True))

    def boxes(
        self, x0: ArrayLike, x1: ArrayLike, y0: ArrayLike, y1: ArrayLike, pen: Pen, inset: float = 0.0
    ) -> None:
        """Upright rectangles, each ``inset`` points smaller at every edge."""
        ends = np.broadcast_arrays(*(np.atleast_1d(value) for value in (x0, x1, y0, y1)))
        one, other = self.inches(ends[0], ends[2]), self.inches(ends[1], ends[3])
        low, high = np.minimum(one, other) + inset / 72, np.maximum(one, other) - inset / 72
        for (left, floor), (right, roof) in zip(low, high, strict=True):
            corners = [(left, floor), (right, floor), (right, roof), (left, roof), (left, floor)]
            self.sheet.ink.add(pen, Path(corners, closed=True))

    def marks(self, x: ArrayLike, y: ArrayLike, size: ArrayLike, pen: Pen, shape: str = "circle") -> None:
        """Marks of ``size`` points across (a diamond: along its edge)."""
        outline, places = _SHAPES[shape], np.atleast_2d(self.inches(x, y))
        scales = np.broadcast_to(np.asarray(size, dtype=np.float64) / 72, len(places))
        for place, scale in zip(places, scales, strict=True):
            self.sheet.ink.add(pen, Path(np.asarray(outline.vertices) * scale + place, outline.codes))

    def ticks(self, places: Sequence[float], labels: Sequence[str], base: bool = True) -> None:
        """Ticks with labels below the lower edge, which is drawn unless ``base`` is false."""
        low = self.along[0]
        if base:
            self.levels(low, Pen(1.0, line=RULE))
        for (across, up), label in zip(self.inches(places, low), labels, strict=True):
            self.sheet.ink.add(Pen(1.0, line=RULE, snap=True), Path([(across, up), (across, up - _TICK)]))
            self.sheet.words(across, up - _TICK - _PAD, label, size=TINY, color=SOFT, ha="center", va="top")

    def side_ticks(self, places: Sequence[float], labels: Sequence[str]) -> None:
        """Labels to the left of the left edge."""
        for (across, up), label in zip(self.inches(self.across[0], places), labels, strict=True):
            self.sheet.words(
                across - _PAD, up, label, size=TINY, color=SOFT, ha="right", va="center_baseline"
            )
