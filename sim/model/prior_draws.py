"""Draws of a parameter from its prior."""

from __future__ import annotations

import numpy as np

from sim.model.draws import normal_quantiles
from sim.model.parameters import Parameter
from sim.types import Floats


def prior_quantiles(parameter: Parameter, u: Floats, around: Floats | float = 0.0) -> Floats:
    """Quantiles of a parameter's prior at ``u`` in (0, 1), held inside its range.

    Parameters
    ----------
    around : float or float array
        Values of the parameter that its prior stands around, if there is one.
    """
    family, location, spread = parameter.prior
    if family == "fixed":
        return np.full(len(u), location)
    if family == "uniform":
        return location + (spread - location) * u
    z = normal_quantiles(np.ascontiguousarray(u))
    draws = location * np.exp(spread * z) if family == "lognormal" else location + around + spread * z
    return np.clip(draws, parameter.low, parameter.high)
