"""Who belongs to what: share of lanes in which a state is a member, month by month."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from sim.figures.kit.about import (
    About,
    about,
    institution_sides,
    institution_titles,
    month_numbers,
    state_names,
)
from sim.figures.kit.axis import time_axis, time_span, time_words, years
from sim.figures.kit.ink import Pen
from sim.figures.kit.sheet import Sheet
from sim.figures.kit.style import LABEL, OTHER, RULE, SIDE_COLOUR, TINY, number
from sim.figures.kit.text import fit, wrap
from sim.types import Floats
from sim.words import listed, possessive

_ROW, _TITLE, _TICKS, _GAP, _NAMES = 0.135, 0.155, 0.36, 0.30, 0.86
LEAST_SHARE = 0.05


class _Block(NamedTuple):
    title: list[str]
    side: str
    names: list[str]
    shares: Floats

    @property
    def height(self) -> float:
        return _TITLE * (len(self.title) + bool(self.side)) + 0.02 + _ROW * len(self.names) + _TICKS


def _blocks(quantiles: xr.Dataset, space: float) -> tuple[list[_Block], list[str]]:
    titles, sides = institution_titles(quantiles), institution_sides(quantiles)
    names = list(state_names(quantiles).values())
    membership = quantiles["membership"].transpose("institution", "state", "month").values
    blocks, empty = [], []
    for place, key in enumerate(titles):
        shares = np.nan_to_num(membership[place])
        ever = np.flatnonzero(shares.max(axis=1) >= LEAST_SHARE)
        if not ever.size:
            empty.append(titles[key])
            continue
        ever = ever[np.argsort(-shares[ever].mean(axis=1), kind="stable")]
        title = wrap(titles[key], space, LABEL, "bold", lines=2)
        blocks.append(_Block(title, sides[key], [names[index] for index in ever], shares[ever]))
    return blocks, empty


def _columns(blocks: list[_Block], columns: int) -> list[list[_Block]]:
    """Blocks in reading order over columns, as level at the foot as that order allows."""
    heights = np.array([block.height for block in blocks])
    limits = np.unique(
        np.add.outer(np.concatenate([[0.0], heights.cumsum()]), -np.concatenate([[0.0], heights.cumsum()]))
    )
    for limit in limits[limits >= heights.max() - 1e-9]:
        found: list[list[_Block]] = [[]]
        filled = 0.0
        for block in blocks:
            if found[-1] and filled + block.height > limit + 1e-9:
                found.append([])
                filled = 0.0
            found[-1].append(block)
            filled += block.height
        if len(found) <= columns:
            return found
    return [blocks]


def draw_membership(quantiles: xr.Dataset) -> Sheet | None:
    """A block an institution, a row a state that is ever a member in 5 % of lanes; height: share of lanes.

    Parameters
    ----------
    quantiles : xarray.Dataset
        ``membership`` over institution, month and state, 0 to 1.

    Returns
    -------
    Sheet or None
        None if nobody is ever a member of anything.
    """
    run, months = about(quantiles), month_numbers(quantiles)
    count = min(3, max(1, quantiles.sizes["institution"]))
    wide = (Sheet.WIDTH - (count - 1) * _GAP) / count
    blocks, empty = _blocks(quantiles, wide)
    if not blocks:
        return None
    columns = _columns(blocks, count)
    notes = (
        [f"No state is ever a member in {LEAST_SHARE:.0%} of lanes of: {listed(empty)}.".replace("%", " %")]
        if empty
        else []
    )
    sheet = Sheet(
        _headline(quantiles, months),
        f"Share of lanes in which a state is a member, month by month; a full bar is all of {run.sample}. "
        f"Listed: states that are members in {LEAST_SHARE * 100:.0f} % of lanes or more at some time."
        f"{time_words(months, run)}",
        run,
        max(sum(block.height for block in column) for column in columns) - 0.10,
        notes,
    )
    for place, column in enumerate(columns):
        top = 0.0
        for block in column:
            _draw_block(sheet, block, place * (wide + _GAP), top, wide, months, run)
            top += block.height
    return sheet


def _headline(quantiles: xr.Dataset, months: NDArray[np.int64]) -> str:
    """The institutions that gain and lose most members on average over lanes."""
    members = np.nan_to_num(quantiles["membership"].transpose("institution", "state", "month").values).sum(
        axis=1
    )
    change = members[:, -1] - members[:, 0]
    titles = list(institution_titles(quantiles).values())
    parts = [
        f"\u201c{titles[place]}\u201d {verb} most members ({number(float(change[place]), signed=True, digits=1)})"
        for verb, place, moved in (
            ("gains", int(change.argmax()), change.max() >= LEAST_SHARE),
            ("loses", int(change.argmin()), change.min() <= -LEAST_SHARE),
        )
        if moved
    ]
    span = f"{months[0] // 12} to {months[-1] // 12}, on average over lanes"
    return f"{listed(parts)}, {span}" if parts else f"No institution gains or loses members, {span}"


def _draw_block(
    sheet: Sheet, block: _Block, left: float, top: float, wide: float, months: NDArray[np.int64], run: About
) -> None:
    colour = SIDE_COLOUR.get(block.side, OTHER)
    for line in block.title:
        sheet.text(left, top + 0.11, line, size=LABEL, weight="bold")
        top += _TITLE
    if block.side:
        sheet.text(
            left,
            top + 0.10,
            fit(f"{possessive(run.side_name(block.side))} side", wide, TINY),
            size=TINY,
            color=colour,
        )
        top += _TITLE
    top += 0.02
    rows = len(block.names)
    for row, name in enumerate(block.names):
        sheet.text(left, top + _ROW * (row + 0.55), fit(name, _NAMES - 0.06, TINY), size=TINY, va="center")
    panel = sheet.panel(left + _NAMES, top, wide - _NAMES, _ROW * rows, time_span(months), (rows, 0))
    time_axis(panel, months, run)
    panel.levels(range(1, rows), Pen(1.0, line=RULE, weight=0.35))
    for row, shares in enumerate(block.shares):
        outline = skyline(months, shares, row + 1.0)
        panel.area(outline[:, 0], outline[:, 1], Pen(2.0, colour, 0.85))


def skyline(months: NDArray[np.int64], shares: Floats, floor: float) -> Floats:
    """Corners of a stepped area over a floor, shape ``(points, 2)``; y goes down, a full share is 0.86 high."""
    change = np.flatnonzero(np.diff(shares))
    month = np.concatenate([[0], np.repeat(change + 1, 2), [len(months)]])
    height = shares[np.concatenate([[0], np.column_stack([change, change + 1]).ravel(), [len(months) - 1]])]
    x = years(months[0] + month)
    outline = np.column_stack([x, floor - 0.86 * height])
    return np.vstack([[x[0], floor], outline, [x[-1], floor]])
