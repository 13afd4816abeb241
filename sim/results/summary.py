"""Distributions over lanes: how an outcome spreads, and how well its mean is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.results.outcomes import parse_column
from sim.results.tally import QUANTILES
from sim.types import Floats

if TYPE_CHECKING:
    import pandas as pd

NORMAL_95 = 1.959963984540054
"""Half-width of a 95 % interval of the normal distribution, in standard errors."""


@dataclass(frozen=True)
class Summary:
    """How one outcome is distributed over the lanes that define it: a row of ``summary.csv``.

    Attributes
    ----------
    unit : str
    mean, sd : float
        Of a sample; NaN of too few lanes.
    q05, q25, q50, q75, q95 : float
        Quantiles.
    lanes : int
        Lanes that define the outcome.
    holds : str
        What the interval holds, such as ``chance and parameters``.
    """

    unit: str
    mean: float
    sd: float
    q05: float
    q25: float
    q50: float
    q75: float
    q95: float
    lanes: int
    holds: str


def unit_of(outcome: str) -> str:
    """The unit of an outcome column such as ``alignment.KOR.2024-07``."""
    return parse_column(outcome).outcome.unit


def distribution(values: Floats) -> dict[str, NDArray[Any]]:
    """Mean, spread and quantiles of each column over the lanes in which it is defined.

    Parameters
    ----------
    values : float array, shape (lanes, columns)
        NaN where a lane does not define the outcome.

    Returns
    -------
    dict
        ``mean``, ``sd`` (sample), ``q05`` to ``q95``, and ``lanes``, the number that define it; shape (columns,) each.

    Examples
    --------
    >>> distribution(np.array([[1.0], [3.0], [np.nan]]))["mean"]
    array([2.])
    """
    columns = np.ascontiguousarray(values.T)
    defined = ~np.isnan(columns)
    lanes = defined.sum(axis=1)
    mean = _ratio(np.where(defined, columns, 0.0).sum(axis=1), lanes)
    squares = np.where(defined, (mean[:, None] - columns) ** 2, 0.0)
    table: dict[str, NDArray[Any]] = {"mean": mean, "sd": np.sqrt(_ratio(squares.sum(axis=1), lanes - 1))}
    quantiles = np.full((len(QUANTILES), len(columns)), np.nan)
    full = (lanes > 0) & (lanes == len(values))
    if full.any():  # all at once; the rest one by one
        quantiles[:, full] = np.quantile(columns[full], QUANTILES, axis=1)
    for place in np.flatnonzero((lanes > 0) & ~full):
        quantiles[:, place] = np.quantile(columns[place, defined[place]], QUANTILES)
    table |= {f"q{round(100 * level):02d}": row for level, row in zip(QUANTILES, quantiles, strict=True)}
    return table | {"lanes": lanes}


def _ratio(total: Floats, number: NDArray[np.int64]) -> Floats:
    return total / np.where(number > 0, number, np.nan)


def summarise(columns: Sequence[str], values: Floats, holds: str) -> dict[str, Summary]:
    """The rows of ``summary.csv``: each outcome's unit, distribution, and what the interval holds.

    Parameters
    ----------
    columns : sequence of str
        Names of outcomes.
    values : float array, shape (lanes, columns)
    holds : str
        What the interval holds.

    Raises
    ------
    KeyError
        If a column is no outcome of ``sim.results.outcomes.OUTCOMES``.

    Examples
    --------
    >>> summarise(["coalition"], np.array([[0.2], [0.4]]), "chance")["coalition"].unit
    'share of capability'
    """
    table = {name: column.tolist() for name, column in distribution(values).items()}
    return {
        name: Summary(unit_of(name), **{key: column[place] for key, column in table.items()}, holds=holds)
        for place, name in enumerate(columns)
    }


def interval_of_mean(mean: pd.Series, sd: pd.Series, lanes: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The 95 % Monte-Carlo interval of a mean over lanes; NaN where one lane or none defines it."""
    half = NORMAL_95 * sd / np.sqrt(lanes.where(lanes > 0))
    return mean - half, mean + half
