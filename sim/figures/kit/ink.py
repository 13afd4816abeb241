"""Ink on a page: shapes gathered by style, so that a sheet is drawn in few strokes and its SVG stays small."""

from __future__ import annotations

from typing import NamedTuple

from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.colors import to_rgba
from matplotlib.path import Path

from sim.figures.kit.style import INK


class Pen(NamedTuple):
    """How shapes are drawn.

    Attributes
    ----------
    order : float
        Later pens draw over earlier ones.
    fill, line : str or None
        Colours; none leaves the area or the outline out.
    opacity : float
        Of the area, 0 to 1. Shapes of one pen that overlap do not darken each other.
    weight : float
        Of the line, in points.
    dashes : tuple of float
        On and off, as multiples of the weight; empty for an unbroken line.
    snap : bool or None
        Set edges on whole pixels; none does so for upright rectangles if they are few.
    """

    order: float = 2.0
    fill: str | None = None
    opacity: float = 1.0
    line: str | None = None
    weight: float = 0.6
    dashes: tuple[float, ...] = ()
    snap: bool | None = None


class Ink(Artist):
    """All shapes of a figure, in inches from the lower left corner of the page; one path for each pen."""

    def __init__(self) -> None:
        super().__init__()
        self.set_zorder(1)
        self._shapes: dict[Pen, list[Path]] = {}

    def add(self, pen: Pen, *shapes: Path) -> None:
        """Lay shapes down with a pen."""
        self._shapes.setdefault(pen, []).extend(shapes)

    def draw(self, renderer: RendererBase) -> None:
        """Draw every pen's shapes, in the order of the pens."""
        figure = self.get_figure(root=True)
        assert figure is not None
        for pen in sorted(self._shapes, key=lambda pen: pen.order):
            context = renderer.new_gc()
            context.set_foreground(to_rgba(pen.line or INK), isRGBA=True)
            context.set_linewidth(pen.weight if pen.line else 0.0)
            if pen.dashes:
                context.set_dashes(0, [pen.weight * part for part in pen.dashes])
            context.set_snap(pen.snap)
            area = to_rgba(pen.fill, pen.opacity) if pen.fill else None
            whole = Path.make_compound_path(*self._shapes[pen])
            renderer.draw_path(context, whole, figure.dpi_scale_trans, area)
            context.restore()
        self.stale = False
