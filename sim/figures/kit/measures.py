"""Outcomes as figures name them and as figures draw them: titles, bins, intervals, what is undefined."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from sim.figures.kit.about import About
from sim.figures.kit.axis import round_ticks
from sim.figures.kit.ink import Pen
from sim.figures.kit.panel import Panel
from sim.figures.kit.style import INK, PAPER, number
from sim.months import month_text
from sim.results.outcomes import OUTCOMES
from sim.results.titles import title_of
from sim.types import Floats
from sim.words import counted

EXPECTED = "_expected"
NO_MEDIANS: Mapping[str, float] = MappingProxyType({})
_BINS, _MOST_WHOLE = 24, 30


def measure_title(column: str, run: About) -> str:
    """Title of an outcome column; of one that is not an outcome of ours, its name."""
    if column.partition(".")[0] not in OUTCOMES:
        return column.replace("_", " ").capitalize()
    return title_of(column, run.hub, run.challenger, {})


def measure_unit(column: str) -> str:
    """Unit of an outcome column in brackets with a space before; empty for a bare number or where the title says it."""
    name = column.partition(".")[0]
    if name not in OUTCOMES:
        return ""
    unit = OUTCOMES[name].unit
    return (
        ""
        if unit == "1" or unit in OUTCOMES[name].title.lower()
        else " " + f"({unit})".replace("-1", "\u22121").replace(" ", "\u00a0")
    )


def measures(columns: Iterable[str]) -> list[str]:
    """Columns that stand alone: neither a state's, an institution's nor a response's, nor one that belongs beside another."""
    found = [column for column in columns if not _of_one_actor(column)]
    return [
        column
        for column in found
        if not (column.endswith(EXPECTED) and column.removesuffix(EXPECTED) in found)
    ]


def _of_one_actor(column: str) -> bool:
    """Whether there is a column for every state, institution or response, drawn in figures of their own or listed in tables."""
    outcome = OUTCOMES.get(column.partition(".")[0])
    return outcome is not None and outcome.scope in ("state", "institution", "response")


def alignment_median(medians: Mapping[str, float], state: str, month: int, drawn: float) -> float:
    """The median that tables show for a state and a report date; in other months the one that is drawn."""
    return medians.get(f"alignment.{state}.{month_text(month)}", drawn)


@dataclass(frozen=True)
class Spread:
    """An outcome over lanes.

    Attributes
    ----------
    values : array of float, shape (defined lanes,)
    lanes : int
        Lanes in all.
    whole : bool
        All values are whole numbers.
    """

    values: Floats
    lanes: int
    whole: bool

    @classmethod
    def of(cls, column: ArrayLike) -> Spread:
        """The finite values of a column."""
        every = np.asarray(column, dtype=np.float64)
        values = every[np.isfinite(every)]
        return cls(values, len(every), bool(values.size and np.all(values == np.round(values))))

    @property
    def constant(self) -> bool:
        """Every lane where it is defined says the same."""
        return bool(
            self.values.size and np.ptp(self.values) <= 1e-12 * max(1.0, float(np.abs(self.values).max()))
        )

    def quantile(self, levels: Sequence[float]) -> Floats:
        """Quantiles, by the same interpolation as in the tables of a run."""
        return np.quantile(self.values, levels)

    def words(self, signed: bool = False) -> str:
        """The spread in a line: median and 90 % of lanes, and lanes where it is undefined."""
        if not self.values.size:
            return "not defined in any lane"
        if self.constant:
            text = f"{number(float(self.values[0]), signed)} in every lane"
        else:
            low, middle, high = (number(float(value), signed) for value in self.quantile((0.05, 0.5, 0.95)))
            text = middle if low == high else f"{middle} ({low} to {high})"
        left_out = self.lanes - self.values.size
        return f"{text}; undefined in {counted(left_out, 'lane')}" if left_out else text


def common_edges(spreads: Iterable[Spread]) -> Floats:
    """Bin edges that suit all spreads: whole numbers get a bin each, if they are few; a constant gets room."""
    some = [spread for spread in spreads if spread.values.size]
    if not some:
        return np.array([0.0, 1.0])
    low, high = min(s.values.min() for s in some), max(s.values.max() for s in some)
    if all(s.whole for s in some) and high - low <= _MOST_WHOLE:
        room = 2.5 if high == low else 0.5
        return np.arange(low - room, high + room + 0.5)
    if high - low <= 1e-9 * max(1.0, abs(low), abs(high)):
        room = max(0.5, abs(low) / 2)
        return low + room * np.linspace(-1, 1, _BINS + 2)
    return np.linspace(low, high, _BINS + 1)


def heights(spread: Spread, edges: Floats) -> Floats:
    """Share of all lanes in each bin."""
    return np.histogram(spread.values, edges)[0] / max(spread.lanes, 1)


def draw_bars(
    panel: Panel,
    edges: Floats,
    share: Floats,
    colour: str,
    opacity: float,
    full: float = 0.94,
) -> None:
    """Bars from zero to the share of each bin, as wide as ``full`` of it; empty bins are left out."""
    room = np.diff(edges) * (1 - full) / 2
    left, right, some = edges[:-1] + room, edges[1:] - room, share != 0
    panel.boxes(left[some], right[some], 0.0, share[some], Pen(2.0, colour, opacity))


def draw_interval(panel: Panel, spread: Spread, y: float, colour: str = INK) -> None:
    """Median, 50 % and 90 % of lanes as a dot on a thick and a thin line."""
    if not spread.values.size:
        return
    low, lower, middle, upper, high = spread.quantile((0.05, 0.25, 0.5, 0.75, 0.95))
    panel.lines(low, high, y, y, Pen(4.0, line=colour, weight=0.9))
    panel.lines(lower, upper, y, y, Pen(4.0, line=colour, weight=3.0))
    panel.marks(middle, y, 4.47, Pen(5.0, colour, line=PAPER, weight=0.7))


def value_ticks(panel: Panel, whole: bool, most: int = 5, base: bool = True) -> None:
    """Few, round, plainly written ticks on the value axis, none at the very ends."""
    ticks = round_ticks(*panel.across, most, whole)
    panel.ticks(ticks, [f"{tick:,.6g}".replace("-", "\u2212") for tick in ticks], base)
