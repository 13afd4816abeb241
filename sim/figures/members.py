"""How large each institution is at the end of a run: members by share of lanes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from sim.figures.about import about, institution_sides, institution_titles, month_numbers
from sim.figures.sheet import Sheet
from sim.figures.style import INK, LABEL, OTHER, PAPER, RULE, SIDE_COLOUR, SMALL, SOFT, number
from sim.figures.text import fit


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
        f"How large each circle is by {last // 12}",
        f"Members of each institution at the end of the run. Area of a square: share of {run.sample}; "
        "ring: median; at right: median and 90 % of lanes.",
        run,
        row * len(found) + 0.55,
    )
    wide = sheet.width - names - value
    axes = sheet.axes(names, 0.12, wide, row * len(found))
    axes.set_xlim(-0.6, most + 0.6)
    axes.set_ylim(len(found) - 0.5, -0.5)
    axes.set_xticks(np.arange(0, most + 1, 1 if most <= 25 else 5))
    axes.set_xlabel("members", fontsize=SMALL)
    axes.hlines(range(len(found)), -0.6, most + 0.6, colors=RULE, linewidth=0.4, zorder=1)
    cell = min(row, wide / (most + 1.2)) * 72 * 0.92
    for place, (key, counts) in enumerate(found.items()):
        colour = SIDE_COLOUR.get(sides[key], OTHER)
        y = 0.12 + row * (place + 0.5)
        sheet.text(0.0, y, fit(titles[key], names - 0.15, LABEL), size=LABEL, va="center")
        low, middle, high = np.quantile(counts, (0.05, 0.5, 0.95), method="inverted_cdf")
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
        axes.scatter(
            sizes,
            np.full(len(sizes), place),
            s=np.maximum(cell**2 * tally / len(counts), 0.8),
            marker="s",
            color=colour,
            alpha=0.85,
            linewidth=0,
            zorder=2,
        )
        axes.scatter([middle], [place], s=16, facecolor=PAPER, edgecolor=INK, linewidth=0.8, zorder=3)
    return sheet
