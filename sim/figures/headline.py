"""The answer of a what-if in one figure: what moved, against the base, through time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from sim.figures.kit.about import About, about, month_numbers
from sim.figures.kit.axis import round_ticks, time_axis, time_span, time_words, years
from sim.figures.kit.ink import Pen
from sim.figures.kit.panel import Panel
from sim.figures.kit.sheet import Sheet
from sim.figures.kit.style import (
    ALTERNATIVE,
    BASE,
    INK,
    LABEL,
    NARROW_BAND,
    PAPER,
    RULE,
    SMALL,
    SOFT,
    WIDE_BAND,
)
from sim.figures.kit.text import fit, wrap
from sim.types import Floats
from sim.words import listed, month_short, with_article

MEMBERSHIP = "membership"
_GAP, _LEFT, _KEY, _HEAD, _SPACE, _STRIP, _TICKS = 0.26, 0.34, 0.34, 0.38, 0.24, 0.42, 0.40
_LINE = 0.17


class Moved(Protocol):
    """One thing of one state that a what-if moves."""

    @property
    def state(self) -> str:
        """Code of the state."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def variable(self) -> str:
        """Name in the quantiles."""

    @property
    def institution(self) -> str:
        """Key of the institution; empty unless the variable is membership."""

    @property
    def title(self) -> str:
        """Its title."""

    @property
    def month(self) -> int:
        """Month number in which the mean difference is largest."""

    @property
    def change(self) -> float:
        """That difference, in the unit that `scale` gives."""

    @property
    def amount(self) -> str:
        """Its size in words, with the unit."""

    @property
    def scale(self) -> float:
        """Factor from the data to the unit."""


class Answer(Protocol):
    """What a what-if did."""

    @property
    def sentence(self) -> str:
        """What it did, without the full stop."""

    @property
    def highlights(self) -> Sequence[Moved]:
        """What to draw, a panel each."""

    @property
    def still(self) -> Sequence[str]:
        """Variables that did not move."""


def draw_headline(
    quantiles: xr.Dataset,
    base: xr.Dataset,
    base_name: str,
    answer: Answer,
) -> Sheet:
    """A panel for each thing that moved: what-if over base, and below them the mean difference.

    Parameters
    ----------
    quantiles, base : xarray.Dataset
        Of the what-if and of its base: for each variable that moved its quantiles (.05 .25 .5 .75 .95) and its mean, or
        the share of members.
    base_name : str
    answer : Answer
        Its sentence becomes the headline; each highlight has a panel, and what did not move is a line of text.
    """
    run, moved = about(quantiles), answer.highlights
    base, quantiles = xr.align(base, quantiles, join="inner")
    months = month_numbers(quantiles)
    columns = {0: 1, 1: 1, 2: 2, 4: 2}.get(len(moved), 3)
    high = {1: 2.3, 2: 1.9}.get(columns, 1.5)
    cell = _HEAD + high + _SPACE + _STRIP + _TICKS
    rows = -(-len(moved) // columns)
    unmoved = _unmoved(run, answer.still)
    lines = wrap(unmoved, Sheet.WIDTH, LABEL) if unmoved else []
    top = _KEY if moved else 0.0
    sheet = Sheet(
        answer.sentence,
        f"\u201c{run.title}\u201d against {base_name}, over {run.sample}, both with the same chance."
        + (
            " Line and bands: median, 50 % and 90 % of lanes; of membership, lanes in 100. Below each: what-if minus base, "
            f"the mean over lanes, and where it is largest.{time_words(months, run)}"
            if moved
            else ""
        ),
        run,
        top + rows * cell + _LINE * len(lines) + 0.02,
    )
    if moved:
        _key(sheet, run, base_name)
    wide = (sheet.width - (columns - 1) * _GAP) / columns - _LEFT
    for place, one in enumerate(moved):
        left = (place % columns) * (wide + _LEFT + _GAP)
        _draw(
            sheet,
            left,
            top + (place // columns) * cell,
            wide,
            high,
            one,
            _Series.of(quantiles, one),
            _Series.of(base, one),
            months,
            run,
        )
    for row, line in enumerate(lines):
        sheet.text(0.0, top + rows * cell + _LINE * (row + 0.4), line, size=LABEL, va="center")
    return sheet


class _Series:
    """One thing through time in the unit of its panel: quantiles, shape (levels, months), and mean, shape (months,)."""

    def __init__(self, levels: Floats, mean: Floats) -> None:
        self.levels, self.mean = levels, mean

    @classmethod
    def of(cls, data: xr.Dataset, one: Moved) -> _Series:
        own = data.sel(state=one.state)
        if one.variable == MEMBERSHIP:
            share = one.scale * own[MEMBERSHIP].sel(institution=one.institution).values
            return cls(share[None], share)
        levels = own[one.variable].transpose("quantile", "month").values
        return cls(one.scale * levels, one.scale * own[f"{one.variable}_mean"].values)


def _key(sheet: Sheet, run: About, base_name: str) -> None:
    """Which colour is whose."""
    half = sheet.width / 2
    panel = sheet.panel(0.0, 0.0, sheet.width, 0.2, (0, sheet.width), (0.2, 0))
    for left, colour, words in ((0.0, ALTERNATIVE, run.scenario), (half, BASE, base_name)):
        panel.boxes(left, left + 0.3, 0.03, 0.17, Pen(2.0, colour, NARROW_BAND))
        dashes = (3.0, 1.6) if colour == BASE else ()
        panel.lines(left, left + 0.3, 0.1, 0.1, Pen(3.0, line=_dark(colour), weight=1.4, dashes=dashes))
        label = f"{'base: ' if colour == BASE else 'what-if: '}{words}"
        sheet.text(left + 0.38, 0.1, fit(label, half - 0.5, LABEL, "bold"), LABEL, weight="bold", va="center")


def _dark(colour: str) -> str:
    return SOFT if colour == BASE else INK


def _draw(
    sheet: Sheet,
    left: float,
    top: float,
    wide: float,
    high: float,
    one: Moved,
    what_if: _Series,
    base: _Series,
    months: NDArray[np.int64],
    run: About,
) -> None:
    """Heading, both series, and the strip with their difference."""
    whole = wide + _LEFT
    heading, unit = _heading(one, run)
    sheet.text(left, top + 0.13, fit(heading, whole, LABEL, "bold"), size=LABEL, weight="bold")
    sheet.text(left, top + 0.28, fit(unit, whole, SMALL), size=SMALL, color=SOFT)
    top, x = top + _HEAD, years(months) + 0.5 / 12
    low = float(min(np.nanmin(what_if.levels), np.nanmin(base.levels)))
    high_end = float(max(np.nanmax(what_if.levels), np.nanmax(base.levels)))
    room = 0.06 * (high_end - low) or 0.06
    panel = sheet.panel(left + _LEFT, top, wide, high, time_span(months), (low - room, high_end + room))
    time_axis(panel, months, run, base=False, labels=False)
    ticks = round_ticks(*panel.along, 5)
    panel.levels(ticks, Pen(1.0, line=RULE, weight=0.35))
    if panel.along[0] < 0 < panel.along[1]:
        panel.levels(0, Pen(2.2, line=SOFT, weight=0.6))
    panel.side_ticks(ticks, [_tick(tick) for tick in ticks])
    for series, colour, order in ((base, BASE, 0.0), (what_if, ALTERNATIVE, 1.0)):
        _bands(panel, x, series, colour, order)
    below = sheet.panel(
        left + _LEFT,
        top + high + _SPACE,
        wide,
        _STRIP,
        time_span(months),
        _reach(what_if.mean - base.mean),
    )
    _difference(below, x, what_if.mean - base.mean, one, months, run)


def _bands(panel: Panel, x: Floats, series: _Series, colour: str, order: float) -> None:
    levels = series.levels
    middle = len(levels) // 2
    for edge, opacity in zip(range(middle), (WIDE_BAND, NARROW_BAND), strict=False):
        corners = np.concatenate([levels[edge], levels[-1 - edge][::-1]])
        panel.area(
            np.concatenate([x, x[::-1]]), corners, Pen(1.5 + order + 0.1 * edge, colour, 0.8 * opacity)
        )
    dashes = (3.0, 1.6) if colour == BASE else ()
    panel.line(x, levels[middle], Pen(3.0 + order, line=PAPER, weight=2.0))
    panel.line(x, levels[middle], Pen(3.1 + order, line=_dark(colour), weight=1.3, dashes=dashes))


def _reach(change: Floats) -> tuple[float, float]:
    low, high = min(float(np.nanmin(change)), 0.0), max(float(np.nanmax(change)), 0.0)
    room = 0.1 * (high - low) or 1.0
    return low - room, high + room


def _difference(
    panel: Panel,
    x: Floats,
    change: Floats,
    one: Moved,
    months: NDArray[np.int64],
    run: About,
) -> None:
    time_axis(panel, months, run)
    panel.area(
        np.concatenate([x, x[::-1]]),
        np.concatenate([change, np.zeros_like(change)]),
        Pen(2.0, ALTERNATIVE, 0.45),
    )
    panel.line(x, change, Pen(3.0, line=ALTERNATIVE, weight=1.1))
    panel.levels(0, Pen(2.5, line=SOFT, weight=0.6))
    panel.side_ticks([0.0], ["0"])
    peak = one.month - int(months[0])
    panel.marks(x[peak], change[peak], 4.2, Pen(5.0, INK, line=PAPER, weight=0.7))
    across, up = panel.inches(panel.across, panel.along[1])[:, 0], panel.inches(0, panel.along[1])[1] + 0.09
    sign = "+" if one.change > 0 else "\u2212"
    words = f"{sign}{one.amount}, {month_short(one.month)}"
    panel.sheet.words(across[0] - _LEFT, up, "difference", SMALL, color=SOFT, va="center")
    panel.sheet.words(across[1], up, words, SMALL, ha="right", va="center")


def _tick(value: float) -> str:
    return f"{value:g}".replace("-", "\u2212")


def _heading(one: Moved, run: About) -> tuple[str, str]:
    """What a panel shows, and its unit."""
    hub, challenger = with_article(run.hub), with_article(run.challenger)
    what, unit = {
        "steps": ("net steps", f"weight toward {hub} less away"),
        "alignment": ("alignment", f"+1 wholly with {hub}, \u22121 wholly with {challenger}"),
        "opinion_challenger": (f"view of {challenger}", "net opinion, points from \u2212100 to 100"),
        "opinion_hub": (f"view of {hub}", "net opinion, points from \u2212100 to 100"),
        "dependence": (f"exports to {challenger}", "per cent of exports"),
        MEMBERSHIP: ("member in lanes of 100", one.title),
    }[one.variable]
    return f"{one.name}: {what}", unit


def _unmoved(run: About, still: Sequence[str]) -> str:
    """The line on what did not move; empty if everything did."""
    names = {
        "steps": "net steps",
        "alignment": "alignment",
        "opinion_challenger": f"views of {with_article(run.challenger)}",
        "opinion_hub": f"views of {with_article(run.hub)}",
        "dependence": f"exports to {with_article(run.challenger)}",
        MEMBERSHIP: "memberships",
    }
    return f"No visible change: {listed([names[one] for one in still])}." if still else ""
