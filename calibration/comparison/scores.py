"""How good the forecasts were: scores of each case, means beside the baselines', and whether the difference is more than chance.

A case is a state, a side and a half-year (steps), an offer and a half-year (offers), or one figure (opinion, trade).
Every model is asked for the same cases, knows the same past, and is scored by the same rules.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from calibration.comparison.forecasts import Answers, Counts, Figures
from calibration.evidence import sides
from calibration.evidence.observed import CELL_MONTHS, Observed
from sim.months import month_text

LEVELS = (0.5, 0.9)
"""Intervals whose coverage is reported."""
SCORES: Mapping[str, tuple[str, float]] = {
    "log": ("log score", 1.0),
    "brier": ("Brier score", -1.0),
    "crps": ("CRPS", -1.0),
}
"""Column -> its name for people, and 1 where more is better, -1 where less is."""
FEWEST_STATES = 5
"""With fewer states than this a standard error means little, and no verdict is given."""
FALSE_ALARM = 0.05
"""Chance of a verdict where there is no difference: two-sided, by Student's distribution over states."""
LEAST_GAP = 0.05
"""A coverage nearer to its level than this is no fault, however sure."""
CASE = ["split", "stream", "side", "state", "month", "case"]
"""Columns that name a case; models are compared on the cases that both have."""


@dataclass(frozen=True)
class Scores:
    """Scores of all models on all cases.

    Attributes
    ----------
    points : DataFrame
        One row a model and case: `CASE`, ``model``, the scores ``log``, ``brier``, ``crps`` (missing where a score does
        not apply), and ``lower``, ``upper``: the forecast probability of less than, and of at most, what happened.
    models : dict
        Split -> the name of the simulator's model in it; all other models are baselines.
    notes : tuple of str
        What a reader must know of the numbers.
    """

    points: pd.DataFrame
    models: Mapping[str, str]
    notes: tuple[str, ...] = ()

    def table(self) -> pd.DataFrame:
        """Means, differences from each baseline with standard errors over states, and verdicts; see `compared`."""
        parts = [
            compared(own, self.models[str(split)], str(split), str(stream))
            for (split, stream), own in self.points.groupby(["split", "stream"], sort=False)
        ]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def coverage(self) -> pd.DataFrame:
        """Share of cases inside the central 50 and 90 % intervals; see `covered`."""
        keys = ["split", "stream", "model"]
        if self.points.empty:
            return pd.DataFrame()
        ranked = self.points.dropna(subset=["lower"])
        rows = [
            dict(zip(keys, names, strict=True)) | covered(own, level)
            for names, own in ranked.groupby(keys, sort=False)
            for level in LEVELS
        ]
        return pd.DataFrame(rows)


def points_of(
    forecast: Counts | Answers | Figures,
    observed: Observed,
    split: str,
    stream: str,
    model: str,
    side: str = "",
) -> pd.DataFrame:
    """The scores of one forecast, a row a case; see `Scores.points`."""
    months = forecast.cell * CELL_MONTHS if isinstance(forecast, Counts) else forecast.month
    frame = pd.DataFrame(
        {
            "split": split,
            "stream": stream,
            "side": side,
            "state": [observed.states[i] for i in forecast.state],
            "month": [month_text(int(observed.months[0] + month)) for month in months],
            "case": np.arange(len(months)),
            "model": model,
            "log": forecast.log_density,
            "brier": math.nan,
            "crps": math.nan,
            "lower": math.nan,
            "upper": math.nan,
        }
    )
    if isinstance(forecast, Counts):
        frame["side"] = np.array(sides.SIDES)[forecast.side]
        frame["brier"] = (forecast.none - (forecast.count == 0)) ** 2
        frame["lower"], frame["upper"] = forecast.rank
    elif isinstance(forecast, Answers):
        frame["side"] = np.where(forecast.side > 0, "hub", "challenger")
        frame["brier"] = forecast.brier
    else:
        frame["case"] = forecast.place
        frame["crps"] = forecast.crps
        frame["lower"] = frame["upper"] = forecast.rank
    return frame


def compared(points: pd.DataFrame, model: str, split: str, stream: str) -> pd.DataFrame:
    """The simulator beside each baseline on one stream.

    Returns
    -------
    DataFrame
        A row a score and baseline: ``cases``, ``states``, ``value`` and ``baseline_value`` (means over cases),
        ``gain`` (positive: the simulator is better, whichever way the score runs), ``error`` (standard error of the
        gain, from the differences summed by state), ``verdict``: better, worse, or cannot tell.
    """
    own = points[points["model"] == model]
    rows = []
    for score, (title, sign) in SCORES.items():
        if own[score].isna().all():
            continue
        for baseline in [name for name in points["model"].unique() if name != model]:
            both = own.merge(points[points["model"] == baseline], on=CASE, suffixes=("", "_baseline"))
            both = both.dropna(subset=[f"{score}_baseline"])
            if both.empty:
                continue
            gain, error, states = mean_by_state(
                sign * (both[score] - both[f"{score}_baseline"]), both["state"]
            )
            rows.append(
                {
                    "split": split,
                    "stream": stream,
                    "score": title,
                    "model": model,
                    "value": both[score].mean(),
                    "baseline": baseline,
                    "baseline_value": both[f"{score}_baseline"].mean(),
                    "gain": gain,
                    "error": error,
                    "cases": len(both),
                    "states": states,
                    "verdict": verdict(gain, error, states),
                }
            )
    return pd.DataFrame(rows)


def covered(points: pd.DataFrame, level: float) -> dict[str, float | str]:
    """Share of cases inside a central interval, its standard error over states, and what that says.

    A count is inside by the share of its own probability that is inside, so that a calibrated forecast of counts
    covers just the level, too.

    References
    ----------
    Czado, Gneiting and Held (2009), Biometrics 65: the rank of a count that is not randomised.
    """
    low, high = 0.5 - level / 2.0, 0.5 + level / 2.0
    lower, upper = points["lower"].to_numpy(), points["upper"].to_numpy()
    width = np.maximum(upper - lower, 1e-12)
    overlap = np.clip(np.minimum(upper, high) - np.maximum(lower, low), 0.0, None) / width
    inside = np.where(upper > lower, overlap, (lower >= low) & (lower <= high))
    share, error, states = mean_by_state(pd.Series(inside), points["state"].reset_index(drop=True))
    said = verdict(share - level, error, states) if abs(share - level) > LEAST_GAP else "cannot tell"
    words = {"better": "too wide", "worse": "too narrow", "cannot tell": "no fault found"}
    return {"level": level, "share": share, "error": error, "cases": len(points), "verdict": words[said]}


def mean_by_state(values: pd.Series, state: pd.Series) -> tuple[float, float, int]:
    """Mean over cases, its standard error with the cases of a state taken as one, and the number of states."""
    mean = float(values.mean())
    own = pd.DataFrame({"value": values.to_numpy() - mean, "state": state.to_numpy()})
    sums = own.groupby("state")["value"].sum().to_numpy()
    states = len(sums)
    if states < 2:
        return mean, math.nan, states
    return mean, math.sqrt(states / (states - 1) * float((sums**2).sum())) / len(values), states


def verdict(gain: float, error: float, states: int) -> str:
    """``better`` or ``worse`` if a difference of this size comes by chance less than one time in twenty."""
    if states < FEWEST_STATES or not error > 0.0:
        return "cannot tell"
    from scipy.stats import t

    if abs(gain) <= float(t.ppf(1.0 - FALSE_ALARM / 2.0, states - 1)) * error:
        return "cannot tell"
    return "better" if gain > 0.0 else "worse"


def thinned(draws: pd.DataFrame, most: int) -> pd.DataFrame:
    """At most so many draws, evenly spaced."""
    if len(draws) <= most:
        return draws
    return draws.iloc[np.linspace(0, len(draws) - 1, most).round().astype(int)].reset_index(drop=True)


def combined(parts: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One table of points; empty tables are passed over."""
    kept = [part for part in parts if len(part)]
    return pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=[*CASE, "model", *SCORES])
