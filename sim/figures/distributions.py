"""Distributions of outcomes over lanes, one panel an outcome."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from sim.figures.kit.about import About, about
from sim.figures.kit.ink import Pen
from sim.figures.kit.measures import (
    EXPECTED,
    Spread,
    common_edges,
    draw_bars,
    draw_interval,
    heights,
    measure_title,
    measure_unit,
    measures,
    value_ticks,
)
from sim.figures.kit.sheet import Sheet, columns_for
from sim.figures.kit.style import HUB, INK, LABEL, RULE, SMALL, SOFT, TINY, number
from sim.figures.kit.text import fit, wrap

_TITLE, _WORDS, _HIGH, _INTERVAL, _TICKS, _GAP = 0.15, 0.17, 0.74, 0.16, 0.42, 0.34


def draw_distributions(quantiles: xr.Dataset, outcomes: pd.DataFrame) -> Sheet | None:
    """Small multiples of the outcomes that are one number a lane.

    An outcome and what is expected of it without the cause (``backfire`` and ``backfire_expected``) share a panel.

    Parameters
    ----------
    quantiles : xarray.Dataset
        For the attributes.
    outcomes : pandas.DataFrame
        A row a lane, a column an outcome.

    Returns
    -------
    Sheet or None
        None if there is no such outcome.
    """
    run, shown = about(quantiles), measures(outcomes.columns)
    if not shown:
        return None
    columns = columns_for(len(shown), 4)
    pairs = any(column + EXPECTED in outcomes for column in shown)
    wide = (Sheet.WIDTH - (columns - 1) * _GAP) / columns
    titles = [
        wrap(measure_title(column, run) + measure_unit(column), wide, LABEL, "bold", lines=2)
        for column in shown
    ]
    head = _TITLE * max(len(lines) for lines in titles) + _WORDS
    cell = head + _HIGH + _INTERVAL + _TICKS
    sheet = Sheet(
        _headline(outcomes, shown, run),
        f"Share of lanes by value, over {run.sample}. Under each panel: median (dot, and figure on top), 50 % of lanes (thick), "
        "90 % (thin, and in brackets)."
        + (" Outline and pale dot: the share expected without the cause." if pairs else ""),
        run,
        -(-len(shown) // columns) * cell - 0.12,
    )
    for place, (column, lines) in enumerate(zip(shown, titles, strict=True)):
        left, top = (place % columns) * (wide + _GAP), (place // columns) * cell
        expected = Spread.of(outcomes[column + EXPECTED]) if column + EXPECTED in outcomes else None
        spread = Spread.of(outcomes[column])
        for row, line in enumerate(lines):
            sheet.text(left, top + 0.11 + _TITLE * row, line, size=LABEL, weight="bold")
        sheet.text(
            left,
            top + 0.11 + _TITLE * len(lines),
            fit(spread.words(), wide - 0.8, SMALL),
            size=SMALL,
            color=SOFT,
        )
        if spread.values.size:
            _panel(sheet, left, top + head, wide, spread, expected)
    return sheet


def _headline(outcomes: pd.DataFrame, shown: list[str], run: About) -> str:
    """The first outcome that differs between lanes, in words."""
    spreads = {column: Spread.of(outcomes[column]) for column in shown}
    column = next((c for c in shown if spreads[c].values.size and not spreads[c].constant), None)
    if column is None:
        return "No outcome differs between lanes"
    low, middle, high = (number(float(value)) for value in spreads[column].quantile((0.05, 0.5, 0.95)))
    title = measure_title(column, run) + measure_unit(column)
    return f"{title} ends at {middle} in the median lane, and between {low} and {high} in 90 % of lanes"


def _panel(
    sheet: Sheet, left: float, top: float, wide: float, spread: Spread, expected: Spread | None
) -> None:
    edges = common_edges([spread] if expected is None else [spread, expected])
    share = heights(spread, edges)
    other = heights(expected, edges) if expected is not None else np.zeros(1)
    peak, floor = max(float(share.max()), float(other.max())), -_INTERVAL / _HIGH
    panel = sheet.panel(
        left, top, wide, _HIGH + _INTERVAL, (edges[0], edges[-1]), (1.08 * floor * peak, 1.04 * peak)
    )
    gap = 0.88 if spread.whole and len(edges) < 32 else 0.97
    draw_bars(panel, edges, share, HUB, 0.75, gap)
    panel.levels(0, Pen(1.0, line=RULE))
    panel.levels(peak, Pen(0.0, line=RULE, weight=0.4))
    sheet.text(left + wide, top - 0.03, f"{100 * peak:.0f} % of lanes", TINY, color=SOFT, ha="right")
    draw_interval(panel, spread, (0.35 if expected is not None else 0.55) * floor * peak)
    if expected is not None:
        outline = np.concatenate([[0.0], np.repeat(other, 2), [0.0]])
        panel.line(np.repeat(edges, 2), outline, Pen(3.0, line=INK, weight=0.9))
        draw_interval(panel, expected, 0.80 * floor * peak, SOFT)
    value_ticks(panel, spread.whole)
