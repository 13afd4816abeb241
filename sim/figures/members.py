"""How large each institution is at the end of a run: members by share of lanes."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import xarray as xr

from sim.figures.kit.about import About, about, institution_sides, institution_titles, month_numbers
from sim.figures.kit.ink import Pen
from sim.figures.kit.sheet import Sheet
from sim.figures.kit.style import INK, LABEL, OTHER, PAPER, RULE, SIDE_COLOUR, SMALL, SOFT, number
from sim.figures.kit.text import fit, plain
from sim.words import listed, month_words, possessive, with_article


def _sides_words(run: About, sides: Iterable[str]) -> str:
    """Whose circles the colours are, as a sentence with a space before it; empty where the run does not say."""
    if not {"hub", "challenger"} <= set(sides):
        return ""
    hub, challenger = possessive(with_article(run.hub)), possessive(with_article(run.challenger))
    return f" Blue: {hub} side; orange: {challenger}."


def _headline(medians: dict[str, float], last: int) -> str:
    """The largest institutions."""
    largest = max(medians.values())
    names = [f"\u201c{plain(title)}\u201d" for title, median in medians.items() if median == largest]
    if largest == 0:
        return f"In the median lane no institution has a member in {month_words(last)}"
    who = listed(names) if len(names) <= 3 else f"{len(names)} institutions"
    are = "is" if len(names) == 1 else "are"
    return f"{who} {are} largest in {month_words(last)}: {_members(largest)} in the median lane"


def _members(median: float) -> str:
    """A median number of members in words."""
    return f"{number(median)} member{'' if median == 1 else 's'}"


def draw_members(quantiles: xr.Dataset, outcomes: pd.DataFrame) -> Sheet | None:
    """How many members each institution has in the end: a row each, darkness and dots by share of lanes.

    Parameters
    ----------
    quantiles : xarray.Dataset
        For titles and attributes.
    outcomes : pandas.DataFrame
        Columns ``members.{institution}``.

    Returns
    -------
    Sheet or None
        None if no such column is defined in any lane.
    """
    run, titles, sides = about(quantiles), institution_titles(quantiles), institution_sides(quantiles)
    found = {
        key: counts
        for key in titles
        if f"members.{key}" in outcomes
        and (counts := outcomes[f"members.{key}"].dropna().to_numpy(float)).size
    }
    if not found:
        return None
    last = int(month_numbers(quantiles)[-1])
    most = max(1, int(max(counts.max() for counts in found.values())))
    row, names, value = 0.25, 3.35, 1.0
    sheet = Sheet(
        _headline({titles[key]: float(np.median(counts)) for key, counts in found.items()}, last),
        f"Members of each institution at the end of the run. Area of a square: share of {run.sample}; "
        f"ring: median; at right: median and 90 % of lanes.{_sides_words(run, sides.values())}",
        run,
        row * len(found) + 0.55,
    )
    wide = sheet.width - names - value
    panel = sheet.panel(names, 0.12, wide, row * len(found), (-0.6, most + 0.6), (len(found) - 0.5, -0.5))
    ticks = range(0, most + 1, 1 if most <= 25 else 5)
    panel.ticks(ticks, [str(tick) for tick in ticks])
    sheet.text(names + wide / 2, 0.44 + row * len(found), "members", SMALL, color=SOFT, ha="center")
    panel.levels(range(len(found)), Pen(1.0, line=RULE, weight=0.4))
    cell = min(row, wide / (most + 1.2)) * 72 * 0.92
    for place, (key, counts) in enumerate(found.items()):
        colour = SIDE_COLOUR.get(sides[key], OTHER)
        y = 0.12 + row * (place + 0.5)
        sheet.text(0.0, y, fit(titles[key], names - 0.15, LABEL), size=LABEL, va="center")
        low, middle, high = np.quantile(counts, (0.05, 0.5, 0.95))
        sheet.text(
            sheet.width,
            y,
            number(middle) if low == high else f"{number(middle)} ({number(low)} to {number(high)})",
            size=SMALL,
            color=SOFT,
            ha="right",
            va="center",
        )
        sizes, tally = np.unique(counts, return_counts=True)
        edge = np.sqrt(np.maximum(cell**2 * tally / len(counts), 0.8))
        panel.marks(sizes, place, edge, Pen(2.0, colour, 0.85), "square")
        panel.marks(middle, place, 4.0, Pen(3.0, PAPER, line=INK, weight=0.8))
    return sheet
