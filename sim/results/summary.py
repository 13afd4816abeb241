"""Distributions over lanes: how an outcome spreads, and how well its mean is known."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sim.results.outcomes import parse_column
from sim.results.tally import QUANTILES

NORMAL_95 = 1.959963984540054
"""Half-width of a 95 % interval of the normal distribution, in standard errors."""


def unit_of(outcome: str) -> str:
    """The unit of an outcome column such as ``alignment.KOR.2024-07``."""
    return parse_column(outcome).outcome.unit


def distribution(values: pd.DataFrame) -> pd.DataFrame:
    """Mean, spread and quantiles of each column over the lanes in which it is defined.

    Parameters
    ----------
    values : DataFrame
        One row a lane, one column an outcome; NaN where a lane does not define the outcome.

    Returns
    -------
    DataFrame
        Index outcome; columns ``mean``, ``sd`` (sample), ``q05`` to ``q95``, and ``lanes``, the number that define it.
    """
    frame = pd.DataFrame({"mean": values.mean(), "sd": values.std(ddof=1)})
    for level in QUANTILES:
        frame[f"q{round(100 * level):02d}"] = values.quantile(level)
    frame["lanes"] = values.notna().sum()
    frame.index.name = "outcome"
    return frame


def summarise(outcomes: pd.DataFrame, holds: str) -> pd.DataFrame:
    """The table of ``summary.csv``: each outcome's unit, distribution, and what the interval holds.

    Raises
    ------
    KeyError
        If a column is no outcome of ``sim.results.outcomes.OUTCOMES``.
    """
    frame = distribution(outcomes)
    frame.insert(0, "unit", [unit_of(name) for name in frame.index])
    frame["holds"] = holds
    return frame


def interval_of_mean(mean: pd.Series, sd: pd.Series, lanes: pd.Series) -> tuple[pd.Series, pd.Series]:
    """The 95 % Monte-Carlo interval of a mean over lanes; NaN where one lane or none defines it."""
    half = NORMAL_95 * sd / np.sqrt(lanes.where(lanes > 0))
    return mean - half, mean + half
