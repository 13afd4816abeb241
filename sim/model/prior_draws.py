"""Draws of a parameter from its prior."""

from __future__ import annotations

import numpy as np

from sim.model.draws import normal_quantiles
from sim.model.parameters import Parameter
from sim.types import Floats


def prior_quantiles(parameter: Parameter, u: Floats) -> Floats:
    """Quantiles of a parameter's prior at ``u`` in (0, 1), held inside its range."""
    family, location, spread = parameter.prior
    if family == "uniform":
        return location + (spread - location) * u
    z = normal_quantiles(np.ascontiguousarray(u))
    draws = location * np.exp(spread * z) if family == "lognormal" else location + spread * z
    return np.clip(draws, parameter.low, parameter.high)
