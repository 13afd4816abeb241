"""A table of outcomes as labelled arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from sim.results.outcomes import OUTCOMES
from sim.results.summary import unit_of

SIDES = ("hub", "challenger")
DIMENSIONS = {
    "alignment": ("state", "month"),
    "view": ("state", "month"),
    "dependence": ("state", "month"),
    "members": ("institution",),
    "member": ("institution", "state"),
    "cohesion": ("side",),
    "opinion": ("side",),
}
"""Outcome -> what the parts of its columns' names are, after the outcome; an outcome that is not here has one column."""


def labelled_outcomes(outcomes: pd.DataFrame, quantiles: xr.Dataset) -> xr.Dataset:
    """A variable for each outcome, on the states and institutions of the run's quantiles.

    Parameters
    ----------
    outcomes : DataFrame
        Index lane, one column an outcome.
    quantiles : Dataset
        For the names of states and institutions, and what the run says of itself.

    Returns
    -------
    Dataset
        Dimension lane and those of ``DIMENSIONS``; NaN where there is no such outcome.
    """
    columns = {str(name): tuple(str(name).split(".")) for name in outcomes.columns}
    months = sorted(
        {parts[2] for parts in columns.values() if DIMENSIONS.get(parts[0]) == ("state", "month")}
    )
    labels = {
        "state": [str(code) for code in quantiles["state"].values],
        "institution": [str(key) for key in quantiles["institution"].values],
        "month": months,
        "side": list(SIDES),
    }
    data: dict[str, xr.Variable] = {}
    for name, (outcome, *parts) in columns.items():
        dimensions = DIMENSIONS.get(outcome, ())
        if outcome not in data:
            shape = (len(outcomes), *(len(labels[dimension]) for dimension in dimensions))
            about = {"units": unit_of(outcome), "long_name": OUTCOMES[outcome].title}
            data[outcome] = xr.Variable(("lane", *dimensions), np.full(shape, np.nan), about)
        place: Any = tuple(
            labels[dimension].index(part) for dimension, part in zip(dimensions, parts, strict=True)
        )
        data[outcome].values[:, *place] = outcomes[name].to_numpy()
    named = {name: quantiles.coords[name] for name in ("state_name", "institution_title")}
    coordinates = (
        labels | named | {"lane": outcomes.index.to_numpy(), "month": np.array(months, "datetime64[ns]")}
    )
    return xr.Dataset(data, coordinates, quantiles.attrs)
