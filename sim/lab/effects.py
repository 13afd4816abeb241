"""What moves between a base and a what-if: by how much, when, and whether it can be seen.

For each state the monthly means of base and what-if are subtracted. Both run the same lanes with the same chance, so that
this is the mean of the paired differences. An effect is quoted in the month in which the difference is largest. It is
*visible* if it reaches the least size of its quantity (`QUANTITIES`) and lies clear of chance: beyond `CLEAR` standard
errors either in that month, taken as if the lanes of the two runs were independent, or lane by lane at a report date.
Of membership only what lasts a year counts: one that comes a month later than on record makes no difference.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from sim.months import month_number, month_text
from sim.results.summary import NORMAL_95
from sim.types import Floats

CLEAR = 3.0
"""Standard errors beyond which a difference is clear of chance; not two, as the largest of many months is looked at."""
HARDLY = 0.005
"""Least size of a visible difference of an outcome that is none of `QUANTITIES`, whatever its unit."""
LASTING = 12
"""Months for which a difference of membership has to last."""
MEMBERSHIP = "membership"
STEPS = "steps"


@dataclass(frozen=True)
class Quantity:
    """A thing that may move: where it stands in the data, its unit in sentences, and how much of it is worth a word.

    Attributes
    ----------
    outcome : str
        Outcome whose columns hold it lane by lane; empty if none does.
    scale : float
        Factor from the data to the unit.
    unit : str
        Empty for a bare number.
    least : float
        Smallest visible difference, in the unit.
    digits : int
        Decimals that are printed.
    """

    outcome: str
    scale: float
    unit: str
    least: float
    digits: int = 0


QUANTITIES = {
    STEPS: Quantity("steps", 1.0, "steps", 0.25, 1),
    "alignment": Quantity("alignment", 1.0, "", 0.02, 2),
    "opinion_challenger": Quantity("view", 100.0, "points", 2.0),
    "opinion_hub": Quantity("", 100.0, "points", 2.0),
    "dependence": Quantity("dependence", 100.0, "percentage points", 1.0),
    MEMBERSHIP: Quantity("member", 100.0, "lanes in 100", 2.0),
}
"""Variable of the quantiles -> quantity. Steps are net and signed, toward the hub, since the start. Views are net opinion, in points from -100 to 100."""


@dataclass(frozen=True)
class Paired:
    """A mean difference lane by lane at a date, with its 95 % Monte Carlo interval, in the unit of its quantity."""

    date: str
    mean: float
    low: float
    high: float

    @property
    def error(self) -> float:
        """Standard error of the mean; NaN of a single lane."""
        return (self.high - self.low) / (2 * NORMAL_95)


@dataclass(frozen=True)
class Effect:
    """What a what-if does to one thing of one state.

    Attributes
    ----------
    state, name : str
        Code and name of the state.
    variable : str
        Key of `QUANTITIES`.
    institution, title : str
        Key and title of the institution; empty unless the variable is membership.
    month : int
        Month number in which the difference is largest.
    base, alternative : float
        Means over lanes in that month, in the quantity's unit.
    paired : Paired or None
        The difference at the report date next to that month, if the outcomes hold it.
    visible : bool
        By the rule of this module.
    """

    state: str
    name: str
    variable: str
    institution: str
    title: str
    month: int
    base: float
    alternative: float
    paired: Paired | None
    visible: bool

    @property
    def change(self) -> float:
        """What-if minus base in that month, in the quantity's unit."""
        return self.alternative - self.base

    @property
    def scale(self) -> float:
        """Factor from the data to the quantity's unit."""
        return QUANTITIES[self.variable].scale

    @property
    def amount(self) -> str:
        """Size of the change with its unit: ``0.12``, ``2.3 steps``, ``1 percentage point``, ``12 lanes in 100``."""
        quantity, size = QUANTITIES[self.variable], abs(self.change)
        number = f"{size:.{quantity.digits}f}"
        unit = quantity.unit.replace("points", "point") if number == "1" else quantity.unit
        return f"{number} {unit}".rstrip()

    @property
    def size(self) -> float:
        """Size of the change in multiples of the least visible one, by which unlike effects are put in order."""
        return abs(self.change) / QUANTITIES[self.variable].least


def effects_between(base: xr.Dataset, alternative: xr.Dataset, table: pd.DataFrame) -> list[Effect]:
    """Every difference that reaches the least size of its quantity in some month, largest first.

    Parameters
    ----------
    base, alternative : xarray.Dataset
        Quantiles, means and spreads of the two runs, as `sim.results.tally.labelled_quantiles` makes them.
    table : DataFrame
        Paired differences of outcomes, as `sim.lab.compare.paired_difference` makes them; others than those of
        `QUANTITIES` are passed over.
    """
    base, alternative = xr.align(base, alternative, join="inner")
    months = alternative["month"].values.astype("datetime64[M]").astype(int) + 1970 * 12
    states = names_of(alternative, "state", "state_name")
    institutions = names_of(alternative, "institution", "institution_title")
    pairs = _pairs(table, month_text(int(months[-1])))
    found = []
    for variable, quantity in QUANTITIES.items():
        keys = list(institutions) if variable == MEMBERSHIP else [""]
        before, after = _moments(base, variable), _moments(alternative, variable)
        change = np.nan_to_num(after[0] - before[0])
        lasting = lasting_change(change, LASTING) if variable == MEMBERSHIP else change
        peak = peak_of(lasting, change)
        height = np.take_along_axis(lasting, peak[:, None], axis=1)[:, 0]
        for k, i in np.argwhere(np.abs(height) >= quantity.least):
            place, step, code = (k, peak[k, i], i), float(height[k, i]), list(states)[i]
            month, error = int(months[place[1]]), float(np.hypot(before[1][place], after[1][place]))
            dated = pairs.get((quantity.outcome, keys[k], code), [])
            visible = not abs(step) <= CLEAR * error or any(_clear(pair, step, quantity) for pair in dated)
            nearest = min(dated, key=lambda pair: abs(month_number(pair.date) - month), default=None)
            found.append(
                Effect(
                    code,
                    states[code],
                    variable,
                    keys[k],
                    institutions.get(keys[k], ""),
                    month,
                    float(before[0][place]),
                    float(after[0][place]),
                    nearest,
                    visible,
                )
            )
    return sorted(found, key=lambda effect: -effect.size)


def lasting_change(change: Floats, months: int) -> Floats:
    """The part of a change that lasts some months from each on, or to the end; months are the second axis.

    Examples
    --------
    >>> lasting_change(np.array([[0.0, 3.0, 1.0, 1.0, -1.0, -2.0]]), 2)
    array([[ 0.,  1.,  1.,  0., -1., -2.]])
    """
    width = [(0, 0)] * change.ndim
    width[1] = (0, months - 1)
    ahead = np.lib.stride_tricks.sliding_window_view(np.pad(change, width, mode="edge"), months, axis=1)
    return np.asarray(np.maximum(ahead.min(axis=-1), 0.0) + np.minimum(ahead.max(axis=-1), 0.0))


def peak_of(lasting: Floats, change: Floats) -> NDArray[np.int64]:
    """The month (index) in which what lasts is largest; of several the one in which the change is hardly more than that."""
    return np.asarray((np.abs(lasting) - 1e-6 * np.abs(change - lasting)).argmax(axis=1))


def visible_differences(table: pd.DataFrame) -> pd.Series:
    """Whether each paired difference of outcomes is visible: at least the least size, and clear of chance.

    Parameters
    ----------
    table : DataFrame
        As `sim.lab.compare.paired_difference` makes it.

    Returns
    -------
    Series of bool
        Index outcome. The least size is that of `QUANTITIES` where the outcome is one of them, else `HARDLY`.
    """
    leasts = {one.outcome: one.least / one.scale for one in QUANTITIES.values() if one.outcome}
    least = [leasts.get(str(name).partition(".")[0], HARDLY) for name in table.index]
    error = (table["high"] - table["low"]) / (2 * NORMAL_95)
    size = table["difference_mean"].abs()
    return (size >= least) & ~(size <= CLEAR * error)


def grouped(effects: Iterable[Effect]) -> list[list[Effect]]:
    """Effects on one quantity, or on membership of one institution, together; the group that moves most in sum first."""
    groups: dict[tuple[str, str], list[Effect]] = {}
    for effect in effects:
        groups.setdefault((effect.variable, effect.institution), []).append(effect)
    return sorted(groups.values(), key=lambda group: -sum(effect.size for effect in group))


def names_of(data: xr.Dataset, dimension: str, label: str) -> dict[str, str]:
    """Codes along a dimension -> names, in the order of the data."""
    keys = [str(key) for key in data[dimension].values]
    names = data.coords[label].values if label in data.coords else keys
    return {key: str(name) for key, name in zip(keys, names, strict=True)}


def _moments(data: xr.Dataset, variable: str) -> tuple[Floats, Floats]:
    """Mean and its standard error in the unit, shape (institutions or 1, months, states)."""
    scale, lanes = QUANTITIES[variable].scale, int(data.attrs["lanes"])
    if variable == MEMBERSHIP:
        mean = data[variable].transpose("institution", "month", "state").values.astype(float)
        sd = np.sqrt(mean * (1 - mean))
    else:
        mean, sd = (
            data[f"{variable}_{moment}"].transpose("month", "state").values.astype(float)[None]
            for moment in ("mean", "sd")
        )
    return scale * mean, scale * sd / np.sqrt(lanes)


def _pairs(table: pd.DataFrame, end: str) -> dict[tuple[str, str, str], list[Paired]]:
    """(outcome, institution, state) -> paired differences by date; membership is that of the last month, ``end``."""
    scales = {quantity.outcome: quantity.scale for quantity in QUANTITIES.values() if quantity.outcome}
    pairs: dict[tuple[str, str, str], list[Paired]] = {}
    for column, mean, low, high in zip(
        table.index, table["difference_mean"], table["low"], table["high"], strict=True
    ):
        outcome, *parts = str(column).split(".")
        if outcome in scales and not np.isnan(mean):
            place, state, date = (parts[0], parts[1], end) if outcome == "member" else ("", *parts)
            numbers = (scales[outcome] * float(value) for value in (mean, low, high))
            pairs.setdefault((outcome, place, state), []).append(Paired(date, *numbers))
    return pairs


def _clear(pair: Paired, step: float, quantity: Quantity) -> bool:
    """A paired difference goes the way of the largest one, is no trifle itself, and is clear of chance."""
    return (
        pair.mean * step > 0 and abs(pair.mean) >= quantity.least / 2 and abs(pair.mean) > CLEAR * pair.error
    )
