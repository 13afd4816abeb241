"""What the scale does not know of its indicators, with what is believed of it before.

Every parameter is a function of a standard normal score, as the sampler wants it. Priors are wide and by kind, in standard
deviations of an indicator; the first indicator points to the hub, which says which way the scale runs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, ndtr, ndtri

from calibration.measurement.indicators import Panel
from sim.types import Floats

Transform = Callable[[Floats], Floats]


def normal(mean: float, spread: float) -> Transform:
    """A normal distribution."""
    return lambda z: mean + spread * z


def lognormal(median: float, spread: float) -> Transform:
    """A positive number with this median."""
    return lambda z: median * np.exp(spread * z)


def logitnormal(centre: float, spread: float) -> Transform:
    """A share."""
    return lambda z: expit(centre + spread * z)


def positive(z: Floats) -> Floats:
    """The standard normal distribution cut to what is above zero."""
    return np.asarray(ndtri(0.5 + 0.5 * ndtr(z)))


LOADING = normal(0.0, 1.0)
OFFSET = NOISE = lognormal(0.4, 0.8)
YEAR_EFFECT = lognormal(0.15, 0.8)
LASTING_SHARE = logitnormal(0.0, 1.5)
PERSISTENCE = logitnormal(0.8, 1.0)
WALK = lognormal(0.08, 0.8)
STEP = normal(0.0, 0.1)
MEMORY = lognormal(6.0, 0.7)
STEP_LOADING = lognormal(1.0, 0.5)


@dataclass(frozen=True)
class Parameters:
    """Parameters of many particles at once; arrays by indicator have shape (particles, indicators).

    Attributes
    ----------
    loading : float array
        Standard deviations of the indicator for one unit of the scale.
    offset : float array
        Standard deviation of lasting offsets of states.
    noise : float array
        Standard deviation of what changes from year to year.
    lasting, persistence : float array
        Share of its variance that carries over to other years, and correlation from one year to the next.
    year : float array
        Standard deviation of what all states share in a year.
    step_loading : float array
        Factor on movement against level; zero where only the level counts.
    walk : float array, shape (particles,)
        Standard deviation of unrecorded movement, units of the scale for the square root of a year.
    step, memory : float array, shape (particles,)
        Units of the scale for one recorded step of weight 1, and years that it lasts.
    """

    loading: Floats
    offset: Floats
    noise: Floats
    lasting: Floats
    persistence: Floats
    year: Floats
    step_loading: Floats
    walk: Floats
    step: Floats
    memory: Floats


def layout(panel: Panel) -> list[tuple[str, int, Transform]]:
    """Name, indicator (-1: none) and prior of each parameter, in the order of the scores."""
    found: list[tuple[str, int, Transform]] = []
    for k, indicator in enumerate(panel.indicators):
        found.append(("loading", k, LOADING if k else positive))
        found.append(("offset", k, OFFSET))
        if indicator.yearly:
            found += [("noise", k, NOISE), ("lasting", k, LASTING_SHARE), ("persistence", k, PERSISTENCE)]
            found.append(("year", k, YEAR_EFFECT))
        if indicator.moves and panel.steps is not None:
            found.append(("step_loading", k, STEP_LOADING))
    found.append(("walk", -1, WALK))
    if panel.steps is not None:
        found += [("step", -1, STEP), ("memory", -1, MEMORY)]
    return found


def parameters_of(z: Floats, panel: Panel) -> Parameters:
    """Parameters from scores of shape (particles, number of parameters)."""
    moves = [float(indicator.moves) for indicator in panel.indicators]
    columns = {name: np.zeros((len(z), len(moves))) for name in Parameters.__annotations__}
    columns["step_loading"] += moves
    alone = {"walk": np.zeros(len(z)), "step": np.zeros(len(z)), "memory": np.ones(len(z))}
    for score, (name, k, transform) in zip(z.T, layout(panel), strict=True):
        if k < 0:
            alone[name] = transform(score)
        else:
            columns[name][:, k] = transform(score)
    floors = np.array([indicator.floor for indicator in panel.indicators])
    columns["offset"] = np.hypot(columns["offset"], floors)
    return Parameters(**(columns | alone))
