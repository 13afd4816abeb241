"""Alignment of every state through time: a fan each, with the documented acts in a strip below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from sim.figures.kit.about import About, about, month_numbers, state_names
from sim.figures.kit.axis import time_axis, time_span, years
from sim.figures.kit.ink import Pen
from sim.figures.kit.key import Entry, draw_key
from sim.figures.kit.measures import NO_MEDIANS, alignment_median
from sim.figures.kit.panel import Panel
from sim.figures.kit.sheet import Sheet, columns_for
from sim.figures.kit.strip import ROW_HEIGHT, ROWS, draw_strip, on_state, row_of, strip_key
from sim.figures.kit.style import (
    CHALLENGER,
    HUB,
    INK,
    LABEL,
    NARROW_BAND,
    PAPER,
    RULE,
    SMALL,
    SOFT,
    WIDE_BAND,
    number,
)
from sim.figures.kit.text import fit, plain
from sim.types import Floats
from sim.words import listed, month_short, month_words, possessive, with_article

if TYPE_CHECKING:
    from sim.scenario.record import Stimulus

MOST_FANS = 27
"""States that a figure of fans has room for; of more, those that move most are drawn."""
LEAST = 0.02
"""Smallest difference from a base for which a state is drawn: about what a printed panel can show."""
_GAP, _LEFT = 0.26, 0.20
_NAME, _FAN, _SPACE, _TICKS = 0.20, 1.12, 0.06, 0.34


def draw_fans(
    quantiles: xr.Dataset,
    events: Sequence[Stimulus] = (),
    base: xr.Dataset | None = None,
    base_name: str = "the base scenario",
    medians: Mapping[str, float] = NO_MEDIANS,
) -> Sheet | None:
    """Small multiples of alignment, one panel a state, from the hub's closest to the challenger's closest.

    With a base only those states are drawn whose median or quartiles differ from it by ``LEAST`` in some month. Of more than
    ``MOST_FANS`` states only those are drawn whose median moves most: from the first to the last month or, with a base,
    away from it in the last month.

    Parameters
    ----------
    quantiles : xarray.Dataset
        ``alignment`` over quantile (.05 .25 .5 .75 .95), month and state.
    events : sequence of Stimulus
        Acts to mark below the fans; none leaves the strip out.
    base : xarray.Dataset, optional
        Quantiles of another scenario, whose median is drawn dashed.
    base_name : str
        Its name.
    medians : mapping of str to float
        Outcome column -> exact median, for the figures printed at report dates.

    Returns
    -------
    Sheet or None
        None if there is a base and no state differs from it.
    """
    run, months, names = about(quantiles), month_numbers(quantiles), state_names(quantiles)
    fan = quantiles["alignment"].transpose("state", "quantile", "month").values
    codes = list(names)
    other = None
    if base is not None:
        base, quantiles = xr.align(base, quantiles, join="inner")
        months, fan = (
            month_numbers(quantiles),
            quantiles["alignment"].transpose("state", "quantile", "month").values,
        )
        other = base["alignment"].transpose("state", "quantile", "month").values
    last = [
        alignment_median(medians, code, int(months[-1]), float(fan[index, 2, -1]))
        for index, code in enumerate(codes)
    ]
    order, alike = _order(fan, np.array(last), other)
    if not order.size:
        return None
    shown = [event for event in events if row_of(event, run.side(event.sender)) is not None]
    strip = _SPACE + ROWS * ROW_HEIGHT if shown else 0.0
    columns = columns_for(len(order) + 1, 4)
    rows = -(-(len(order) + 1) // columns)
    cell = _NAME + _FAN + strip + _TICKS
    sheet = Sheet(
        _headline(run, [names[code] for code in codes], fan, np.array(last), other, months, base_name),
        _standfirst(
            run,
            months,
            bool(shown),
            base_name if base is not None else None,
            len(order) + len(alike) < len(codes),
        ),
        run,
        rows * cell - 0.12,
        [
            unchanged_states([names[codes[index]] for index in alike], f"by {LEAST} in median or quartiles")
            for _ in alike[:1]
        ],
    )
    wide = (sheet.width - _LEFT - (columns - 1) * _GAP) / columns
    for place, index in enumerate(order):
        left, top = _LEFT + (place % columns) * (wide + _GAP), (place // columns) * cell
        _name(sheet, left, top, wide, names[codes[index]], last[index])
        panel = sheet.panel(
            left, top + _NAME, wide, _FAN + strip, time_span(months), (-1 - strip * 2 / _FAN, 1)
        )
        time_axis(panel, months, run, base=False)
        if place % columns == 0:
            panel.side_ticks([-1, 0, 1], ["\u22121", "0", "+1"])
        draw_fan(panel, months, fan[index])
        if base is not None:
            _base_median(panel, base, codes[index])
        if shown:
            draw_strip(
                panel, on_state(shown, codes[index]), run, -1 - _SPACE * 2 / _FAN, ROW_HEIGHT * 2 / _FAN
            )
    place = len(order)
    left, top = _LEFT + (place % columns) * (wide + _GAP), (place // columns) * cell
    draw_key(
        sheet,
        left,
        top + 0.05,
        min(wide, 2.6),
        _key(run, months, bool(shown), None if base is None else base_name),
    )
    return sheet


def _order(fan: Floats, last: Floats, base: Floats | None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """States to draw, the hub's closest first, at most the ``MOST_FANS`` that move most; and those like the base."""
    moved, last = np.abs(last - fan[:, 2, 0]), np.nan_to_num(last)
    differs = np.ones(len(fan), dtype=bool)
    if base is not None:
        moved = np.abs(fan[:, 2, -1] - base[:, 2, -1])
        differs = np.nan_to_num(np.abs(fan - base))[:, 1:4].max(axis=(1, 2)) >= LEAST
    some = np.flatnonzero(differs)
    chosen = np.sort(some[np.argsort(-np.nan_to_num(moved[some]), kind="stable")[:MOST_FANS]])
    return chosen[np.argsort(-last[chosen], kind="stable")], np.flatnonzero(~differs)


def _base_median(panel: Panel, base: xr.Dataset, state: str) -> None:
    median = base["alignment"].sel(quantile=0.5, state=state).values
    x = years(month_numbers(base)) + 0.5 / 12
    panel.line(x, median, Pen(4.0, line=INK, weight=0.9, dashes=(3, 1.6)))


def _key(run: About, months: NDArray[np.int64], strip: bool, base_name: str | None) -> list[Entry]:
    entries = [
        Entry("line", "median"),
        Entry("block", "50 % of lanes (dark), 90 % (light)", HUB, NARROW_BAND),
        Entry("block", f"above 0: nearer {with_article(run.hub)}", HUB, NARROW_BAND),
        Entry("block", f"below 0: nearer {with_article(run.challenger)}", CHALLENGER, NARROW_BAND),
    ]
    if base_name:
        entries.append(Entry("dashed", f"median of {base_name}"))
    if months[0] < run.branch <= months[-1]:
        entries.append(Entry("dotted", f"scenario begins, {month_short(run.branch)}"))
    if months[0] <= run.record_until < months[-1]:
        entries.append(Entry("block", f"after the record ({month_short(run.record_until)})", RULE))
    return entries + (strip_key(run) if strip else [])


def _headline(
    run: About,
    names: list[str],
    fan: Floats,
    last: Floats,
    base: Floats | None,
    months: NDArray[np.int64],
    base_name: str,
) -> str:
    """Whose median rises and falls most: from the first to the last month, or against a base in the last month."""
    change = np.nan_to_num(last - fan[:, 2, 0] if base is None else fan[:, 2, -1] - base[:, 2, -1])
    when = f"{months[0] // 12} to {months[-1] // 12}"
    if base is not None:
        when = f"against {base_name}, {month_words(int(months[-1]))}"
    rises, falls = ("rises", "falls") if base is None else ("is higher", "is lower")
    parts = [
        f"{verb} most in {with_article(plain(names[place]))} ({number(float(change[place]), signed=True)})"
        for verb, place, far in (
            (rises, int(change.argmax()), change.max() >= LEAST / 2),
            (falls, int(change.argmin()), change.min() <= -LEAST / 2),
        )
        if far
    ]
    if len(names) == 1 and parts:
        word = "rises" if change[0] > 0 else "falls"
        if base is not None:
            word = "is higher" if change[0] > 0 else "is lower"
        by = number(abs(float(change[0])))
        return f"{possessive(with_article(plain(names[0])))} median alignment {word} by {by}, {when}"
    if not parts:
        return f"Median alignment hardly {'moves' if base is None else 'differs'}, {when}"
    return f"Median alignment {listed(parts)}, {when}"


def _standfirst(
    run: About, months: NDArray[np.int64], strip: bool, base_name: str | None, chosen: bool
) -> str:
    scale = f"Alignment from +1 (wholly with {with_article(run.hub)}) to \u22121 (wholly with {with_article(run.challenger)})"
    bands = f"median and bands of 50 % and 90 % of {run.sample}."
    dashes = f"Dashed: median of \u201c{base_name}\u201d." if base_name else ""
    order = f"Ordered by the median of {month_words(int(months[-1]))}, printed beside each name."
    marks = "Strips below: documented acts upon the state." if strip else ""
    most = ""
    if chosen:
        least = (
            "away from the dashed line in the last month" if base_name else "from the first to the last month"
        )
        most = f"Drawn: those whose median moves furthest {least}."
    return " ".join(part for part in (f"{scale}: {bands}", dashes, most, order, marks) if part)


def _name(sheet: Sheet, left: float, top: float, wide: float, name: str, value: float) -> None:
    colour = HUB if value >= 0 else CHALLENGER
    sheet.text(
        left + wide,
        top + 0.14,
        number(value, signed=True),
        size=SMALL,
        color=colour,
        ha="right",
        weight="bold",
    )
    sheet.text(left, top + 0.14, fit(name, wide - 0.42, LABEL, "bold"), size=LABEL, weight="bold")


def draw_fan(panel: Panel, months: NDArray[np.int64], fan: Floats) -> None:
    """One fan: bands coloured by side of the middle line, and the median.

    Parameters
    ----------
    panel : Panel
    months : array of int, shape (months,)
    fan : array of float, shape (5, months)
        Quantiles .05 .25 .5 .75 .95 of alignment, -1 to 1.
    """
    x = years(months) + 0.5 / 12
    panel.levels([-1, 1], Pen(1.0, line=RULE, weight=0.5))
    for low, high, opacity in ((0, 4, WIDE_BAND), (1, 3, NARROW_BAND)):
        for colour, clip in ((HUB, (0, 2)), (CHALLENGER, (-2, 0))):
            lower, upper = np.clip(fan[low], *clip), np.clip(fan[high], *clip)
            for first, last in spells(upper > lower):
                part = slice(max(first - 1, 0), last + 1)
                corners = np.concatenate([lower[part], upper[part][::-1]])
                panel.area(
                    np.concatenate([x[part], x[part][::-1]]), corners, Pen(1.5 + opacity, colour, opacity)
                )
    panel.levels(0, Pen(2.2, line=SOFT, weight=0.6))
    panel.line(x, fan[2], Pen(3.0, line=PAPER, weight=1.9))
    panel.line(x, fan[2], Pen(3.1, line=INK, weight=1.1))


def unchanged_states(names: Sequence[str], by: str) -> str:
    """The line on states that are not drawn because they do not differ; a few are named, more are counted."""
    who = listed([plain(name) for name in names]) if len(names) <= 8 else f"{len(names)} states"
    return f"No change {by}, and not drawn: {who}."


def spells(state: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and one past the last index of each unbroken spell of true.

    >>> spells(np.array([True, True, False, True]))
    [(0, 2), (3, 4)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[False], state, [False]]).astype(int)))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]
