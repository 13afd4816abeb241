"""Whom a what-if moves: the paired difference of alignment, state by state."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from sim.figures.fans import unchanged_states
from sim.figures.kit.about import About, about, state_names
from sim.figures.kit.ink import Pen
from sim.figures.kit.measures import Spread, value_ticks
from sim.figures.kit.sheet import Sheet
from sim.figures.kit.style import ALTERNATIVE, LABEL, PAPER, SMALL, SOFT, TINY, WASH, decimals, number
from sim.figures.kit.text import fit, plain
from sim.figures.paired import differences
from sim.months import month_number
from sim.words import listed, month_words, with_article

LEAST = 0.02
"""Smallest difference, of the mean or of 90 % of lanes, for which a state has a row."""
MOST_ROWS = 50
"""States that the figure has room for; of more, those with the largest mean effect are drawn."""


def effect_dates(base: pd.DataFrame, alternative: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Dates at which both tables hold alignments: up to three at which some lane differs, and those at which none does.

    If none differs anywhere, the last date is shown all the same.
    """
    columns = [c for c in base.columns if c.startswith("alignment.") and c in alternative]
    dates = sorted({column.split(".")[2] for column in columns})
    differ = {c.split(".")[2] for c in columns if np.nan_to_num(differences(base, alternative, c)).any()}
    shown = [date for date in dates if date in differ][-3:] or dates[-1:]
    return shown, [date for date in dates if date not in differ]


def draw_effects(
    quantiles: xr.Dataset, base_name: str, base: pd.DataFrame, name: str, alternative: pd.DataFrame
) -> Sheet | None:
    """Paired difference of alignment, a row a state, a column a date; largest mean effect on top.

    States without a difference of ``LEAST`` are named or counted in a line. Parameters are those of
    :func:`sim.figures.paired.draw_paired`; the result is None if no state has such a difference.
    """
    run, names = about(quantiles), state_names(quantiles)
    dates, alike = effect_dates(base, alternative)
    found = [code for code in names if dates and all(f"alignment.{code}.{date}" in base for date in dates)]
    if not found:
        return None
    spreads = {
        (code, date): Spread.of(differences(base, alternative, f"alignment.{code}.{date}"))
        for code in found
        for date in dates
    }
    found.sort(key=lambda code: (-abs(_mean(spreads[code, dates[-1]])), code))
    unmoved = [names[code] for code in found if not any(_moves(spreads[code, date]) for date in dates)]
    found = [code for code in found if any(_moves(spreads[code, date]) for date in dates)]
    if not found:
        return None
    states, found = len(found), found[:MOST_ROWS]
    shown = [spreads[code, date] for code in found for date in dates]
    reach = max(
        float(np.abs([*spread.quantile((0.05, 0.95)), _mean(spread)]).max())
        for spread in shown
        if spread.values.size
    )
    digits = decimals(reach / 10)
    row, head, names_wide, value, gap = 0.235, 0.52, 1.45, 0.50, 0.24
    sheet = Sheet(
        _headline(run, names, {place: _mean(spread) for place, spread in spreads.items()}, base_name, digits),
        f"Change of alignment against {base_name}, in the same lane with the same draws; to the right: nearer "
        f"{with_article(run.hub)}, to the left: nearer {with_article(run.challenger)}. Diamond and figure: mean; thick and thin line: 50 % and 90 % of "
        f"{run.sample}."
        + (
            f" Drawn: the {len(found)} of the {states} states that move with the largest mean."
            if states > len(found)
            else ""
        ),
        run,
        head + row * len(found) + 0.22,
        [unchanged_states(unmoved, f"by {LEAST}") for _ in unmoved[:1]]
        + [f"Base: {base_name}. What-if: {name}."]
        + [
            f"No lane differs in {listed([month_words(month_number(date)) for date in alike])}."
            for _ in alike[:1]
        ],
    )
    wide = (sheet.width - names_wide - len(dates) * value - (len(dates) - 1) * gap) / len(dates)
    for place, code in enumerate(found):
        sheet.text(
            0.0,
            head + row * (place + 0.5),
            fit(names[code], names_wide - 0.1, LABEL, "bold"),
            size=LABEL,
            weight="bold",
            va="center",
        )
    for place, date in enumerate(dates):
        left = names_wide + place * (wide + value + gap)
        column = [spreads[code, date] for code in found]
        _effect_column(sheet, run, left, head, wide, row, date, column, reach)
        for line, spread in enumerate(column):
            words = number(_mean(spread), True, digits) if spread.values.size else "undefined"
            sheet.text(
                left + wide + value - 0.02,
                head + row * (line + 0.5),
                words,
                size=TINY if not spread.values.size else SMALL,
                color=SOFT,
                ha="right",
                va="center",
            )
    return sheet


def _moves(spread: Spread) -> bool:
    """Whether there is something to see in a row: in the mean, or in 90 % of lanes."""
    if not spread.values.size:
        return False
    return bool(np.abs([*spread.quantile((0.05, 0.95)), spread.values.mean()]).max() >= LEAST)


def _headline(
    run: About, names: dict[str, str], means: dict[tuple[str, str], float], base_name: str, digits: int
) -> str:
    """Where the mean is largest, and when."""
    (code, date), mean = max(means.items(), key=lambda item: abs(item[1]))
    name = names[code]
    side = with_article(run.hub if mean > 0 else run.challenger)
    when = month_words(month_number(date))
    if abs(mean) < LEAST:
        return f"Alignment hardly differs on average from {base_name}; single lanes differ more"
    return (
        f"Alignment moves most in {with_article(plain(name))}: "
        f"{number(mean, True, digits)} on average against {base_name} in {when}, nearer {side}"
    )


def _mean(spread: Spread) -> float:
    return float(spread.values.mean()) if spread.values.size else 0.0


def _effect_column(
    sheet: Sheet,
    run: About,
    left: float,
    top: float,
    wide: float,
    row: float,
    date: str,
    column: list[Spread],
    reach: float,
) -> None:
    sheet.text(left, 0.10, month_words(month_number(date)), size=LABEL, weight="bold", va="center")
    half = wide / 2 - 0.05
    sheet.text(
        left, 0.34, "\u2190 " + fit(run.challenger, half - 0.15, SMALL), size=SMALL, color=SOFT, va="center"
    )
    sheet.text(
        left + wide,
        0.34,
        fit(run.hub, half - 0.15, SMALL) + " \u2192",
        size=SMALL,
        color=SOFT,
        ha="right",
        va="center",
    )
    panel = sheet.panel(
        left, top, wide, row * len(column), (-1.08 * reach, 1.08 * reach), (len(column) - 0.5, -0.5)
    )
    even = np.arange(0, len(column), 2)
    panel.boxes(*panel.across, even - 0.5, even + 0.5, Pen(0.0, WASH))
    panel.uprights(0, Pen(1.0, line=SOFT, weight=0.8))
    for place, spread in enumerate(column):
        if spread.values.size:
            low, lower, upper, high = spread.quantile((0.05, 0.25, 0.75, 0.95))
            panel.lines(low, high, place, place, Pen(3.0, line=ALTERNATIVE, weight=1.0))
            panel.boxes(lower, upper, place - 0.1, place + 0.1, Pen(3.0, ALTERNATIVE, 0.55))
            panel.marks(_mean(spread), place, 4.0, Pen(5.0, ALTERNATIVE, line=PAPER), "diamond")
    value_ticks(panel, whole=False, most=4, base=False)
