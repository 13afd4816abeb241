"""Two fits beside each other, on the parameters that they share."""

from __future__ import annotations

import numpy as np
import pandas as pd

from calibration.fitting.posterior_summary import scores
from calibration.hypotheses.priors import BLOCKS, PRIORS
from sim.types import Floats

APART = 0.5
"""Distance of two medians, in posterior spreads, from which fits count as different on a parameter."""


def side_by_side(first: pd.DataFrame, second: pd.DataFrame) -> pd.DataFrame:
    """Medians and intervals of both fits for every parameter that both learn.

    Parameters
    ----------
    first, second : DataFrame
        Draws: a row a draw, a column a parameter. A column without spread is held, and not learned.

    Returns
    -------
    DataFrame
        Indexed by parameter: ``block``; ``first_low``, ``first``, ``first_high`` and ``second_low``, ``second``,
        ``second_high`` (5, 50, 95 %); ``apart``, the first median less the second in posterior spreads of the second,
        on the scale on which the prior is normal; ``same``, whether the draws are the same.
    """
    rows = {}
    for block, names in BLOCKS.items():
        for name in names:
            if not (_learned(first, name) and _learned(second, name)):
                continue
            one, two = (table[name].to_numpy() for table in (first, second))
            before, after = (scores(PRIORS[name], values) for values in (one, two))
            rows[name] = {
                "block": block,
                **_quantiles(one, "first"),
                **_quantiles(two, "second"),
                "apart": float((np.median(before) - np.median(after)) / after.std()),
                "same": len(one) == len(two) and bool(np.allclose(np.sort(one), np.sort(two))),
            }
    return pd.DataFrame.from_dict(rows, orient="index")


def _learned(draws: pd.DataFrame, name: str) -> bool:
    return name in draws and float(np.ptp(draws[name].to_numpy())) > 0.0


def _quantiles(values: Floats, name: str) -> dict[str, float]:
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    return {f"{name}_low": float(low), name: float(middle), f"{name}_high": float(high)}
