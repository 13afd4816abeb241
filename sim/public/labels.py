"""A table of outcomes as labelled arrays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from sim.results.outcomes import parse_column
from sim.results.summary import unit_of

SIDES = ("hub", "challenger")
PARTS = {
    "institution": "institution",
    "state": "state",
    "response": "response",
    "side": "power",
    "month": "date",
}
"""Dimension -> the part of a column's name that it takes its labels from (`sim.results.outcomes.Column`)."""


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
        Dimension lane and those of ``PARTS``; NaN where there is no such outcome.
    """
    columns = {
        str(name): {
            dimension: label
            for dimension, part in PARTS.items()
            if (label := getattr(parse_column(str(name)), part))
        }
        for name in outcomes.columns
    }
    months = sorted({place["month"] for place in columns.values() if "month" in place})
    labels = {
        "state": [str(code) for code in quantiles["state"].values],
        "institution": [str(key) for key in quantiles["institution"].values],
        "response": [place["response"] for place in columns.values() if "response" in place],
        "month": months,
        "side": list(SIDES),
    }
    data: dict[str, xr.Variable] = {}
    for name, place in columns.items():
        outcome = parse_column(name).outcome
        if outcome.name not in data:
            shape = (len(outcomes), *(len(labels[dimension]) for dimension in place))
            about = {"units": unit_of(outcome.name), "long_name": outcome.title}
            data[outcome.name] = xr.Variable(("lane", *place), np.full(shape, np.nan), about)
        index: Any = tuple(labels[dimension].index(label) for dimension, label in place.items())
        data[outcome.name].values[:, *index] = outcomes[name].to_numpy()
    named = {name: quantiles.coords[name] for name in ("state_name", "institution_title")}
    coordinates = (
        labels | named | {"lane": outcomes.index.to_numpy(), "month": np.array(months, "datetime64[ns]")}
    )
    return xr.Dataset(data, coordinates, quantiles.attrs)
