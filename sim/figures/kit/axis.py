"""Axes: years and round values to label, and where the record stops and the scenario begins."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sim.figures.kit.about import About
from sim.figures.kit.ink import Pen
from sim.figures.kit.panel import Panel
from sim.figures.kit.style import INK, TINY, WASH
from sim.figures.kit.text import width
from sim.types import Floats
from sim.words import month_short


def years(months: ArrayLike) -> Floats:
    """Month numbers as decimal years."""
    return np.asarray(months, dtype=np.float64) / 12.0


def year_ticks(first: float, last: float, space: float, size: float = TINY) -> list[int]:
    """Whole years to label between two decimal years, as many as ``space`` inches hold in ease.

    >>> year_ticks(2010.0, 2035.9, 2.0)
    [2010, 2020, 2030]
    """
    room = max(2.0, space / (1.5 * width("2000", size)))
    steps = (1, 2, 5, 10, 20, 50, 100, 200)
    step = next((step for step in steps if (last - first) / step + 1 <= room), steps[-1])
    ticks = list(range(int(np.ceil(first / step)) * step, int(last) + 1, step))
    return ticks or [round(first)]


def round_ticks(low: float, high: float, most: int, whole: bool = False) -> list[float]:
    """Few round values between two others, none at the very ends, and at least two unless whole numbers have no room.

    >>> round_ticks(-0.3, 1.1, 5), round_ticks(-1.02, 1.02, 4)
    ([0.0, 0.5, 1.0], [-0.5, 0.0, 0.5])
    """
    raw = max((high - low) / most, 1.0 if whole else 0.0)
    power = 10.0 ** np.floor(np.log10(raw))
    steps = [factor * power for factor in (10.0, 5.0, 2.0, 1.0, 0.5, 0.2)]
    first = max(place for place, step in enumerate(steps) if step >= raw * 0.999)
    edge, inside = 0.02 * (high - low), np.array([0.0])
    for step in steps[first:]:
        if whole and step < 1.0:
            break
        ticks = step * np.arange(np.ceil((low + edge) / step), np.floor((high - edge) / step) + 1)
        inside = np.round(ticks, 12) + 0.0
        if len(inside) > 1:
            break
    return [float(tick) for tick in inside]


def time_span(months: NDArray[np.int64]) -> tuple[float, float]:
    """From the begin of the first to the end of the last month, in decimal years."""
    return float(months[0]) / 12, float(months[-1] + 1) / 12


def time_axis(
    panel: Panel, months: NDArray[np.int64], run: About, base: bool = True, labels: bool = True
) -> None:
    """Give a panel that spans :func:`time_span` its years, a wash after the record, and a line where the scenario begins."""
    first, last = panel.across
    if labels:
        ticks = year_ticks(first, last, panel.width)
        panel.ticks(ticks, [str(year) for year in ticks], base)
    if months[0] <= run.record_until < months[-1]:
        panel.boxes((run.record_until + 1) / 12, last, *panel.along, Pen(0.0, WASH))
    if months[0] < run.branch <= months[-1]:
        panel.uprights(run.branch / 12, Pen(2.4, line=INK, weight=0.7, dashes=(1.2, 1.6)))


def time_words(months: NDArray[np.int64], run: About) -> str:
    """What :func:`time_axis` marks, as a sentence with a space before it; empty if nothing is marked."""
    marks = []
    if months[0] < run.branch <= months[-1]:
        marks.append(f"dotted line, the scenario begins ({month_short(run.branch)})")
    if months[0] <= run.record_until < months[-1]:
        marks.append(f"grey ground, after the documented record ({month_short(run.record_until)})")
    return f" Marked: {'; '.join(marks)}." if marks else ""
