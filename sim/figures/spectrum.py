"""The spectrum of states: where each stands between challenger and hub at chosen dates, with its uncertainty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from sim.errors import WedgeError
from sim.figures.kit.about import About, about, month_numbers, state_names
from sim.figures.kit.ink import Pen
from sim.figures.kit.measures import NO_MEDIANS, alignment_median
from sim.figures.kit.panel import Panel
from sim.figures.kit.sheet import Sheet
from sim.figures.kit.style import CHALLENGER, HUB, INK, LABEL, PAPER, RULE, SMALL, SOFT, TINY, WASH, number
from sim.figures.kit.text import fit, plain
from sim.months import month_number, month_text
from sim.types import Floats
from sim.words import counted, listed, month_words, with_article

_ROW, _NAMES, _GAP, _HEAD, _VALUE = 0.235, 1.45, 0.22, 0.52, 0.42
_AT_MOST, _THICK = 4, 0.1
MOST_ROWS = 60
"""States that stand one below the other; more of them are drawn at one date, in columns."""
_CROWD_COLUMNS, _CROWD_ROW, _CROWD_NAMES, _CROWD_VALUE = 4, 0.150, 0.98, 0.30


def chosen_months(months: NDArray[np.int64], run: About, dates: Sequence[str] | None = None) -> list[int]:
    """Months to show: those asked for, or the first, the last before the scenario begins, the end of record, the last.

    Raises
    ------
    WedgeError
        If a date lies outside the run, or there is no date, or more than four.
    """
    first, last = int(months[0]), int(months[-1])
    if dates is None:
        return sorted({first, run.branch - 1, run.record_until, last} & set(range(first, last + 1)))
    chosen = sorted({month_number(date) for date in dates})
    outside = [month_text(month) for month in chosen if not first <= month <= last]
    if outside:
        raise WedgeError(
            f"no such month in the run: {', '.join(outside)}; it holds {month_text(first)} to {month_text(last)}"
        )
    if not 1 <= len(chosen) <= _AT_MOST:
        raise WedgeError(f"a spectrum shows one to {_AT_MOST} dates, not {len(chosen)}")
    return chosen


def draw_spectrum(
    quantiles: xr.Dataset, dates: Sequence[str] | None = None, medians: Mapping[str, float] = NO_MEDIANS
) -> Sheet:
    """One column a date, one row a state; the row order is that of the last date.

    More than ``MOST_ROWS`` states are drawn at the last date alone, with a ring for the first.

    Parameters
    ----------
    quantiles : xarray.Dataset
        ``alignment`` over quantile (.05 .25 .5 .75 .95), month and state.
    dates : sequence of str, optional
        ``YYYY-MM``, one to four.
    medians : mapping of str to float
        Outcome column -> exact median, for the figures printed at report dates.
    """
    run, months, names = about(quantiles), month_numbers(quantiles), state_names(quantiles)
    chosen = chosen_months(months, run, dates)
    places = [month - int(months[0]) for month in chosen]
    values = quantiles["alignment"].transpose("month", "state", "quantile").values[places]
    codes = list(names)
    printed = np.array(
        [
            [alignment_median(medians, code, month, float(values[row, i, 2])) for i, code in enumerate(codes)]
            for row, month in enumerate(chosen)
        ]
    )
    values[:, :, 2] = printed
    order = np.argsort(-np.nan_to_num(printed[-1]), kind="stable")
    values, printed, labels = values[:, order], printed[:, order], [names[codes[index]] for index in order]
    headline = _headline(run, labels, printed[-1], chosen[-1])
    if len(labels) > MOST_ROWS:
        return _crowd(run, headline, labels, values, printed[-1], chosen)
    depth = _ROW * len(labels)
    sheet = Sheet(
        headline,
        f"Alignment from +1 (wholly with {with_article(run.hub)}) to \u22121 (wholly with {with_article(run.challenger)}). "
        f"Dot and figure: median; thick and thin line: 50 % and 90 % of {run.sample}."
        + (" Open ring: median at the date before." if len(chosen) > 1 else ""),
        run,
        _HEAD + depth + 0.22,
    )
    wide = (sheet.width - _NAMES - len(chosen) * _VALUE - (len(chosen) - 1) * _GAP) / len(chosen)
    for row, label in enumerate(labels):
        sheet.text(
            0.0,
            _HEAD + _ROW * (row + 0.5),
            fit(label, _NAMES - 0.1, LABEL, "bold"),
            size=LABEL,
            weight="bold",
            va="center",
        )
    for place, month in enumerate(chosen):
        left = _NAMES + place * (wide + _VALUE + _GAP)
        sheet.text(left, 0.10, month_words(month), size=LABEL, weight="bold", va="center")
        half = wide / 2 - 0.05
        sheet.text(
            left,
            0.34,
            "\u2190 " + fit(run.challenger, half - 0.15, SMALL),
            size=SMALL,
            color=CHALLENGER,
            va="center",
        )
        sheet.text(
            left + wide,
            0.34,
            fit(run.hub, half - 0.15, SMALL) + " \u2192",
            size=SMALL,
            color=HUB,
            ha="right",
            va="center",
        )
        panel = sheet.panel(left, _HEAD, wide, depth, (-1.04, 1.04), (len(labels) - 0.5, -0.5))
        _column(panel, values[place], values[place - 1, :, 2] if place else None)
        for row, value in enumerate(printed[place]):
            sheet.text(
                left + wide + _VALUE - 0.02,
                _HEAD + _ROW * (row + 0.5),
                number(float(value), signed=True),
                size=SMALL,
                color=HUB if value >= 0 else CHALLENGER,
                ha="right",
                va="center",
            )
    return sheet


def _headline(run: About, labels: list[str], medians: Floats, month: int) -> str:
    """How many states stand on each side, and who stands furthest out; labels in order, the hub's closest first."""
    near, states = int((medians >= 0).sum()), len(labels)
    hub, challenger = with_article(run.hub), with_article(run.challenger)
    ends = [
        f"{with_article(plain(labels[place]))} ({number(float(medians[place]), signed=True)})"
        for place in ((0, -1) if states > 1 else (0,))
    ]
    return (
        f"{near} of {counted(states, 'state')} {'stands' if near == 1 else 'stand'} nearer {hub} in {month_words(month)}, "
        f"{states - near} nearer {challenger}; furthest out: {listed(ends)}"
    )


def _crowd(
    run: About,
    headline: str,
    labels: list[str],
    values: Floats,
    printed: Floats,
    chosen: list[int],
) -> Sheet:
    """Many states at the last date, in columns to be read downwards, each from the hub's closest on."""
    deep = -(-len(labels) // _CROWD_COLUMNS)
    ring = f" Open ring: median in {month_words(chosen[0])}." if len(chosen) > 1 else ""
    sheet = Sheet(
        headline,
        f"Alignment from +1 (right: wholly with {with_article(run.hub)}) to \u22121 (left: wholly with {with_article(run.challenger)}), "
        f"in order, column by column. Dot and figure: median; thick and thin line: 50 % and 90 % of {run.sample}.{ring}",
        run,
        _CROWD_ROW * deep + 0.30,
    )
    step = (sheet.width + _GAP) / _CROWD_COLUMNS
    wide = step - _GAP - _CROWD_NAMES - _CROWD_VALUE
    for place in range(0, len(labels), deep):
        left = place // deep * step
        some = slice(place, min(place + deep, len(labels)))
        rows = some.stop - some.start
        for row, label in enumerate(labels[some]):
            y = _CROWD_ROW * (row + 0.5)
            value = float(printed[place + row])
            sheet.text(left, y, fit(label, _CROWD_NAMES - 0.06, TINY), size=TINY, va="center")
            sheet.text(
                left + step - _GAP,
                y,
                number(value, signed=True),
                size=TINY,
                color=HUB if value >= 0 else CHALLENGER,
                ha="right",
                va="center",
            )
        panel = sheet.panel(
            left + _CROWD_NAMES, 0.0, wide, _CROWD_ROW * rows, (-1.04, 1.04), (rows - 0.5, -0.5)
        )
        _column(panel, values[-1, some], values[0, some, 2] if len(chosen) > 1 else None, (-1, 0, 1))
    return sheet


def _column(
    panel: Panel,
    values: Floats,
    before: Floats | None,
    ticks: Sequence[float] = (-1, -0.5, 0, 0.5, 1),
) -> None:
    rows = np.arange(len(values))
    panel.boxes(*panel.across, rows[::2] - 0.5, rows[::2] + 0.5, Pen(0.0, WASH))
    panel.uprights([-1, -0.5, 0.5, 1], Pen(1.0, line=RULE, weight=0.5))
    panel.uprights(0, Pen(1.0, line=SOFT, weight=0.8))
    panel.ticks(ticks, [f"{tick:+g}".replace("-", "\u2212") if tick else "0" for tick in ticks], base=False)
    nearer = values[:, 2] >= 0
    for colour, some in ((HUB, nearer), (CHALLENGER, ~nearer)):
        low, lower, middle, upper, high = values[some].T
        row = rows[some]
        panel.lines(low, high, row, row, Pen(3.0, line=colour, weight=1.0))
        panel.boxes(lower, upper, row - _THICK, row + _THICK, Pen(3.0, colour, 0.55))
        panel.marks(middle, row, 4.9, Pen(5.0, colour, line=PAPER))
    if before is not None:
        panel.marks(before, rows, 3.87, Pen(4.0, PAPER, line=INK, weight=0.7))
