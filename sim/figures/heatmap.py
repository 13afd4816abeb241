"""What was done to whom: the strongest act of each kind upon each state, year by year."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from matplotlib.colors import to_hex, to_rgb

from sim.figures.kit.about import About, about, month_numbers, state_names
from sim.figures.kit.axis import year_ticks
from sim.figures.kit.ink import Pen
from sim.figures.kit.panel import Panel
from sim.figures.kit.sheet import Sheet, columns_for
from sim.figures.kit.strip import EVERYONE
from sim.figures.kit.style import CHALLENGER, HUB, INK, LABEL, OTHER, PAPER, RULE, SMALL, SOFT, TINY, WASH
from sim.figures.kit.text import fit, plain
from sim.types import Floats
from sim.words import counted, listed, possessive, with_article

if TYPE_CHECKING:
    from sim.scenario.record import Stimulus

_ROW, _NAMES, _GAP, _TITLE, _TICKS = 0.142, 0.98, 0.20, 0.36, 0.40
MOST_ROWS = 40
"""States that the figure has room for; of more, those with most coercion and punishment are drawn."""
COURTSHIP = "offer"
_ORDER = (
    "coercion",
    "punishment",
    "pressure",
    "accommodation",
    "offer.challenger",
    "offer.hub",
    "offer.third",
    "reassurance",
    "shock",
)
"""Kinds as panels; offers are parted by side."""


def panel_of(event: Stimulus, run: About) -> str | None:
    """Panel of the heat map that an act belongs to; none for a stance."""
    if event.kind == "stance":
        return None
    return f"{event.kind}.{run.side(event.sender)}" if event.kind == COURTSHIP else event.kind


def acts(events: Sequence[Stimulus]) -> int:
    """Number of acts; the parts of one that an edit or a strategy cut count once."""
    return len({(event.id.partition("@")[0], event.onset) for event in events})


def strongest(events: Sequence[Stimulus], states: Sequence[str], first_year: int, last_year: int) -> Floats:
    """Intensity of the strongest act under way in each year, shape ``(states, years)``; NaN without such an act.

    Of acts equally strong, the first counts; an act of negative intensity counts by its size and keeps its sign.
    """
    rows = {state: row for row, state in enumerate(states)}
    grid = np.full((len(states), last_year - first_year + 1), np.nan)
    for event in sorted(events, key=lambda event: (event.start, event.id)):
        span = slice(max(event.start // 12 - first_year, 0), max(event.end // 12 - first_year + 1, 0))
        targets = (
            range(len(states))
            if event.target == EVERYONE
            else [rows[event.target]]
            if event.target in rows
            else []
        )
        for row in targets:
            cells = grid[row, span]
            cells[~(np.abs(cells) >= abs(event.intensity))] = event.intensity
    return grid


def draw_heatmap(quantiles: xr.Dataset, events: Sequence[Stimulus]) -> Sheet | None:
    """A panel a kind of act, a row a state, a column a year.

    Parameters
    ----------
    quantiles : xarray.Dataset
        For states, names, months and attributes.
    events : sequence of Stimulus

    Returns
    -------
    Sheet or None
        None if no act falls on a state within the run.
    """
    run, months, names = about(quantiles), month_numbers(quantiles), state_names(quantiles)
    inside = [
        event
        for event in events
        if event.start <= months[-1]
        and event.end >= months[0]
        and (event.target == EVERYONE or event.target in names)
    ]
    kinds = _by_panel(inside, run)
    if not kinds:
        return None
    first = int(max(min(event.start for group in kinds.values() for event in group), months[0])) // 12
    last = int(min(max(event.end for group in kinds.values() for event in group), months[-1])) // 12
    grids = {panel: strongest(group, list(names), first, last) for panel, group in kinds.items()}
    burden = sum(
        np.nan_to_num(grids[panel]).sum(axis=1) for panel in ("coercion", "punishment") if panel in grids
    )
    order = np.argsort(-np.broadcast_to(burden, len(names)), kind="stable")[:MOST_ROWS]
    columns = columns_for(len(grids), 4)
    deep = _ROW * len(order)
    cell = _TITLE + deep + _TICKS
    total = sum(acts(group) for group in kinds.values())
    sheet = Sheet(
        _headline(kinds, names, run),
        f"Strongest act under way in each year, by kind: {counted(total, 'act')} of the record and of the scenario, {first} to "
        f"{last}. Darker is stronger, on the 0 to 1 scale of the codebook; blank means no act. States with most coercion and "
        f"punishment on top{_first(len(order), len(names))}. Inputs, not results: no uncertainty is drawn.",
        run,
        -(-len(grids) // columns) * cell + 0.36,
    )
    wide = (sheet.width - _NAMES - (columns - 1) * _GAP) / columns
    labels = [list(names.values())[index] for index in order]
    for place, (panel, grid) in enumerate(grids.items()):
        left, top = _NAMES + (place % columns) * (wide + _GAP), (place // columns) * cell
        if place % columns == 0:
            for row, label in enumerate(labels):
                sheet.text(
                    0.0,
                    top + _TITLE + _ROW * (row + 0.5),
                    fit(label, _NAMES - 0.08, TINY),
                    size=TINY,
                    va="center",
                )
        sheet.text(left, top + 0.11, fit(_title(panel, run), wide, LABEL, "bold"), size=LABEL, weight="bold")
        sheet.text(left, top + 0.27, counted(acts(kinds[panel]), "act"), size=TINY, color=SOFT)
        area = sheet.panel(left, top + _TITLE, wide, deep, (first, last + 1), (len(labels), 0))
        _draw_grid(area, grid[order], first, last, _dark(panel))
    _scale(sheet, _NAMES, -(-len(grids) // columns) * cell - 0.02, "reassurance" in grids)
    return sheet


def _headline(kinds: Mapping[str, Sequence[Stimulus]], names: Mapping[str, str], run: About) -> str:
    """Who meets most coercion and punishment, and to whom each side offers most."""
    parts = []
    for words, panels in (
        ("coercion and punishment fall", ("coercion", "punishment")),
        (f"offers of {possessive(with_article(run.hub))} side go", ("offer.hub",)),
        (f"those of {possessive(with_article(run.challenger))} side", ("offer.challenger",)),
    ):
        found = [event for panel in panels for event in kinds.get(panel, ())]
        counts = {code: acts([e for e in found if e.target == code]) for code in names}
        most = max(counts, key=lambda code: counts[code])
        if counts[most]:
            where = f"{'on' if 'punishment' in panels else 'to'} {with_article(plain(names[most]))}"
            parts.append(f"{words} most often {where} ({counted(counts[most], 'act')})")
    text = (
        listed(parts)
        or f"{counted(sum(map(acts, kinds.values())), 'act')} fall on {counted(len(names), 'state')}"
    )
    return text[:1].upper() + text[1:]


def _first(shown: int, states: int) -> str:
    return f"; the first {shown} of {states} are drawn" if shown < states else ""


def _by_panel(events: Sequence[Stimulus], run: About) -> dict[str, list[Stimulus]]:
    groups: dict[str, list[Stimulus]] = {}
    for event in events:
        if panel := panel_of(event, run):
            groups.setdefault(panel, []).append(event)
    return {
        panel: groups[panel]
        for panel in sorted(groups, key=lambda p: _ORDER.index(p) if p in _ORDER else len(_ORDER))
    }


def _title(panel: str, run: About) -> str:
    kind, _, side = panel.partition(".")
    if side:
        return "Offers of others" if side == "third" else f"Offers, {possessive(run.side_name(side))} side"
    plural: Mapping[str, str] = {
        "shock": "Shocks",
        "accommodation": "Accommodation",
        "reassurance": "Reassurance, doubt",
    }
    return plural.get(kind, kind.capitalize())


def _dark(panel: str) -> str:
    """Hue of a panel."""
    return {"offer.hub": HUB, "reassurance": HUB, "shock": INK, "pressure": INK, "offer.third": OTHER}.get(
        panel, CHALLENGER
    )


def shade(hue: str, intensity: float) -> str:
    """Colour of an intensity, 0 to 1: from the wash over the hue to a dark of the same hue."""
    wash, full = to_rgb(WASH), to_rgb(hue)
    place = 2 * min(abs(intensity), 1.0)
    if place > 1:
        wash, full, place = full, (0.45 * full[0], 0.45 * full[1], 0.45 * full[2]), place - 1
    red, green, blue = (light + place * (dark - light) for light, dark in zip(wash, full, strict=True))
    return to_hex((red, green, blue))


def _draw_grid(panel: Panel, grid: Floats, first: int, last: int, hue: str) -> None:
    panel.levels(range(1, len(grid)), Pen(1.0, line=RULE, weight=0.35))
    sizes = np.abs(grid)
    for size in np.unique(sizes[np.isfinite(sizes)]):
        row, column = np.nonzero(sizes == size)
        panel.boxes(first + column, first + column + 1, row, row + 1, Pen(2.0, shade(hue, size)), inset=0.3)
    row, column = np.nonzero(grid < 0)
    x, y, arm = first + column + 0.5, row + 0.5, 1.6 / 72
    across, along = arm * (last + 1 - first) / panel.width, arm * len(grid) / panel.height
    for turn in (1, -1):
        panel.lines(
            x - across, x + across, y - turn * along, y + turn * along, Pen(3.0, line=PAPER, weight=0.9)
        )
    ticks = year_ticks(first, last, 0.75 * panel.width)
    panel.ticks([tick + 0.5 for tick in ticks], [str(tick) for tick in ticks])


def _scale(sheet: Sheet, left: float, top: float, doubts: bool) -> None:
    panel = sheet.panel(left, top + 0.05, 1.5, 0.11, (0, 10), (0, 1))
    for step in range(10):
        panel.boxes(step, step + 1, 0, 1, Pen(2.0, shade(OTHER, (step + 0.5) / 10)), inset=0.3)
    sheet.text(left - 0.06, top + 0.105, "weak", size=SMALL, color=SOFT, ha="right", va="center")
    words = "strong" + (" (a cross: reassurance below zero, which casts doubt)" if doubts else "")
    sheet.text(left + 1.56, top + 0.105, words, size=SMALL, color=SOFT, va="center")
