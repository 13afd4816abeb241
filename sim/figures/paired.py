"""A what-if beside its base: both distributions of each outcome and the lane-by-lane difference."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from sim.errors import WedgeError
from sim.figures.kit.about import About, about
from sim.figures.kit.ink import Pen
from sim.figures.kit.measures import (
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
from sim.figures.kit.sheet import Sheet
from sim.figures.kit.style import ALTERNATIVE, BASE, INK, LABEL, PAPER, RULE, SMALL, SOFT, decimals, number
from sim.figures.kit.text import fit, wrap
from sim.types import Floats
from sim.words import listed

_NAMES, _GAP, _ROW, _PLOT, _HEAD = 2.05, 0.30, 0.90, 0.56, 0.44
NORMAL_95 = 1.96
LEAST = 0.02
"""Smallest change that is drawn, as a part of the range of 90 % of the base's lanes: about what a panel can show."""


def require_same_lanes(base: pd.DataFrame, alternative: pd.DataFrame) -> None:
    """Refuse to pair tables of different lanes.

    Raises
    ------
    WedgeError
        If the tables do not hold the same lanes.
    """
    if not base.index.equals(alternative.index):
        raise WedgeError("the two runs do not hold the same lanes, so their lanes cannot be paired")


def differences(base: pd.DataFrame, alternative: pd.DataFrame, column: str) -> Floats:
    """Alternative minus base, lane by lane, shape ``(lanes,)``; NaN where either is undefined."""
    left, right = base[column].to_numpy(float), alternative[column].to_numpy(float)
    return right - left


def draw_paired(
    quantiles: xr.Dataset, base_name: str, base: pd.DataFrame, name: str, alternative: pd.DataFrame
) -> Sheet | None:
    """A row an outcome: base above the line and alternative below it; then the paired difference.

    Parameters
    ----------
    quantiles : xarray.Dataset
        Of the alternative, for the attributes.
    base_name, name : str
        Names of the two scenarios.
    base, alternative : pandas.DataFrame
        Outcomes, the same lanes in both.

    Returns
    -------
    Sheet or None
        None if the two share no outcome. Outcomes without a visible change are named in a line.
    """
    run = about(quantiles)
    shared = [column for column in measures(base.columns) if column in alternative]
    if not shared:
        return None
    changes = {column: Spread.of(differences(base, alternative, column)) for column in shared}
    shown = [column for column in shared if _moves(changes[column], Spread.of(base[column]))]
    same = [measure_title(column, run) for column in shared if column not in shown]
    sheet = Sheet(
        _headline({column: changes[column] for column in shown}, base, base_name, run),
        f"Each outcome over {run.sample}"
        + (
            ": on the left both scenarios, on the right the difference between the two in the same "
            "lane, with the same draws. Dot: median; thick and thin line: 50 % and 90 % of lanes. "
            "In words: mean difference with its 95 % Monte Carlo error, and the range of 90 % of lanes."
            if shown
            else ", in the same lanes with the same draws. In the mean and in 90 % of lanes each differs by less than "
            f"{100 * LEAST:.0f} % of its own range."
        ),
        run,
        _HEAD + _ROW * len(shown) if shown else 0.0,
        [
            *(f"Without a visible change, and not drawn: {listed(same)}." for _ in same[:1]),
            f"Base: {base_name}. What-if: {name}.",
        ],
    )
    if not shown:
        return sheet
    wide = (sheet.width - _NAMES - _GAP) / 2
    sheet.text(
        _NAMES,
        0.10,
        f"\u25b2 {fit(base_name, wide - 0.2, LABEL, 'bold')}",
        size=LABEL,
        weight="bold",
        color=SOFT,
        va="center",
    )
    sheet.text(
        _NAMES,
        0.27,
        f"\u25bc {fit(name, wide - 0.2, LABEL, 'bold')}",
        size=LABEL,
        weight="bold",
        color=ALTERNATIVE,
        va="center",
    )
    sheet.text(_NAMES + wide + _GAP, 0.10, "Difference, lane by lane", size=LABEL, weight="bold", va="center")
    sheet.text(_NAMES + wide + _GAP, 0.27, "what-if minus base", size=SMALL, color=SOFT, va="center")
    for row, column in enumerate(shown):
        top = _HEAD + _ROW * row
        lines = wrap(measure_title(column, run) + measure_unit(column), _NAMES - 0.25, LABEL, "bold", lines=2)
        for line, words in enumerate(lines):
            sheet.text(0.0, top + 0.17 + 0.15 * line, words, size=LABEL, weight="bold", va="center")
        change = changes[column]
        for line, words in enumerate(_change_words(change), start=len(lines)):
            small = fit(words, _NAMES - 0.15, SMALL)
            sheet.text(0.0, top + 0.16 + 0.145 * line, small, size=SMALL, color=SOFT, va="center")
        pair = Spread.of(base[column]), Spread.of(alternative[column])
        _marginals(sheet, _NAMES, top, wide, *pair)
        _difference(sheet, _NAMES + wide + _GAP, top, wide, change, pair[0].whole and pair[1].whole)
    return sheet


def _headline(changes: Mapping[str, Spread], base: pd.DataFrame, base_name: str, run: About) -> str:
    """The outcome that moves most on average, by the spread of the base over lanes."""
    if not changes:
        return f"No outcome of all states together differs visibly from {base_name}"

    def size(column: str) -> float:
        spread = float(base[column].std(ddof=0)) or 1.0
        return abs(float(changes[column].values.mean())) / spread

    most = max(changes, key=size)
    mean = float(changes[most].values.mean())
    return (
        f"{measure_title(most, run)} moves most against {base_name}: "
        f"{number(mean, signed=True)} on average{measure_unit(most)}"
    )


def _moves(change: Spread, base: Spread) -> bool:
    """Whether a panel can show the change: in the mean, or in 90 % of lanes, by the `LEAST` part of the base's range."""
    if not change.values.size:
        return False
    low, high = base.quantile((0.05, 0.95)) if base.values.size else (0.0, 0.0)
    largest = float(np.abs([*change.quantile((0.05, 0.95)), change.values.mean()]).max())
    return largest > 0 and largest >= LEAST * (high - low)


def _change_words(change: Spread) -> list[str]:
    """Mean difference with its Monte Carlo error, and 90 % of lanes; at most two lines."""
    if change.constant:
        return [f"{number(float(change.values[0]), signed=True)} in every lane"]
    low, high = change.quantile((0.05, 0.95))
    half = NORMAL_95 * float(change.values.std(ddof=1)) / change.values.size**0.5
    digits = decimals(half)
    mean, error = number(float(change.values.mean()), True, digits), number(half, digits=digits)
    paired = change.values.size
    return [
        f"mean {mean} \u00b1 {error}",
        f"90 %: {number(float(low), True, digits)} to {number(float(high), True, digits)}"
        + (f"; {paired:,} lanes" if paired < change.lanes else ""),
    ]


def _marginals(sheet: Sheet, left: float, top: float, wide: float, base: Spread, alternative: Spread) -> None:
    if not (base.values.size or alternative.values.size):
        return
    edges = common_edges([base, alternative])
    above, below = heights(base, edges), heights(alternative, edges)
    peak = max(above.max(), below.max(), 1e-12)
    panel = sheet.panel(left, top, wide, _PLOT + 0.10, (edges[0], edges[-1]), (-1.5 * peak, 1.5 * peak))
    draw_bars(panel, edges, above, BASE, 0.55)
    draw_bars(panel, edges, -below, ALTERNATIVE, 0.60)
    panel.levels(0, Pen(3.0, line=PAPER, weight=1.2))
    draw_interval(panel, base, 1.3 * peak)
    draw_interval(panel, alternative, -1.28 * peak)
    value_ticks(panel, base.whole and alternative.whole)


def _difference(sheet: Sheet, left: float, top: float, wide: float, change: Spread, whole: bool) -> None:
    reach = float(np.abs(change.values).max()) or 1.0
    if whole and reach <= 15:
        edges = np.arange(-max(reach, 2) - 0.5, max(reach, 2) + 1)
    else:
        edges = reach * np.linspace(-1.02, 1.02, 42)
    share = heights(change, edges)
    peak = share.max()
    panel = sheet.panel(left, top, wide, _PLOT + 0.10, (edges[0], edges[-1]), (-0.38 * peak, 1.1 * peak))
    draw_bars(panel, edges, share, ALTERNATIVE, 0.60)
    panel.levels(0, Pen(1.0, line=RULE))
    panel.uprights(0, Pen(3.0, line=INK, weight=0.8))
    draw_interval(panel, change, -0.19 * peak)
    value_ticks(panel, whole, most=7)
