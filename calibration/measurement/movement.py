"""What else moves with the scale: a further course of each state, and how far positions follow it.

Its coefficient enters the model linearly and its prior is normal, so that given the other parameters its posterior is exact;
draws of the others are weighted by how well the course serves each of them.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from calibration.measurement.factor import expected, given
from calibration.measurement.indicators import Panel
from calibration.measurement.parameters import Parameters
from sim.io.library import record_folder
from sim.months import month_number
from sim.scenario.targets import load_responses
from sim.scenario.world import load_world
from sim.types import Floats

FOREVER = 1e9
"""A memory in years that loses nothing."""


def memberships(panel: Panel) -> Floats:
    """Memberships joined in each month since January 2010, hub positive, shape (months, states)."""
    world, first = load_world("indo_pacific"), month_number("2010-01")
    sides = {part.key: 1 if part.side == "hub" else -1 for part in world.institutions}
    joined = {(part.key, state) for part in world.institutions for state in part.members}
    found = np.zeros_like(panel.steps, dtype=np.float64)
    for row in sorted(load_responses(record_folder("indo_pacific")), key=lambda row: (row.date, row.id)):
        place = (row.institution, row.state)
        if sides.get(row.institution) == row.direction and place not in joined:
            joined.add(place)
            found[row.date - first, panel.states.index(row.state)] += row.direction
    return found


def later_steps(panel: Panel, years: int = 3) -> Floats:
    """The recorded steps as if each had been taken some years earlier than it was, shape (months, states)."""
    assert panel.steps is not None
    found = np.zeros_like(panel.steps)
    found[: -12 * years] = panel.steps[12 * years :]
    return found


def coefficient(
    panel: Panel, p: Parameters, course: Floats, memory: Floats | float = FOREVER, prior: float = 1.0
) -> tuple[float, float]:
    """How far positions follow a course beyond what the model already holds.

    Parameters
    ----------
    course : float array, shape (months, states)
        What is added in each month.
    memory : float or float array, shape (particles,)
        Years that it lasts.
    prior : float
        Standard deviation of the coefficient before, around zero, units of the scale.

    Returns
    -------
    mean, error : float
        Of the coefficient, units of the scale for one unit of the course.
    """
    ones = np.ones_like(p.step)
    shape = expected(replace(panel, steps=course), replace(p, step=ones, memory=memory * ones))
    shape = np.where(np.isnan(panel.values), 0.0, shape)
    known = given(panel, p)
    information, pull, common = np.zeros(len(ones)), np.zeros(len(ones)), np.zeros_like(known.shared_mean)
    for group in known.groups:
        own = shape[:, group.states]
        weighted = own @ group.precision
        residual = known.residual[:, group.states] - known.shared_mean[:, None]
        information += (weighted * own).sum(axis=(1, 2))
        pull += (weighted * residual).sum(axis=(1, 2))
        common += weighted.sum(axis=1)
    information -= np.einsum("nj,njk,nk->n", common, known.shared_covariance, common)
    precision = information + prior**-2
    means = pull / precision
    logs = 0.5 * (pull * means - np.log(precision))
    weights = np.exp(logs - logs.max()) / np.exp(logs - logs.max()).sum()
    mean = float(weights @ means)
    return mean, float(np.sqrt(weights @ (1 / precision + (means - mean) ** 2)))
