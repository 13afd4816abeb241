"""Fits of the scale: draws of its parameters, of homes and of positions, and what they say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from calibration.fitting.sampler import Address, advanced, begin
from calibration.measurement.factor import given, places
from calibration.measurement.indicators import Panel
from calibration.measurement.parameters import Parameters, layout, parameters_of
from sim.types import Floats

PARTICLES = 600
REPEATS = 8
"""Draws of homes for each particle, which costs little and takes noise out of the means."""
SEED = 2009
JULY_2024 = 14 + 7 / 12
"""End of July 2024, in years from the end of 2009."""


@dataclass(frozen=True)
class Scale:
    """A measured scale.

    Attributes
    ----------
    panel : Panel
    parameters : Parameters
        Draws from the posterior.
    homes, positions : float arrays, shape (draws, states)
        In units of the scale: in each draw homes have mean 0 and standard deviation 1.
    unit : float array, shape (draws,)
        One unit as the parameters have it: what the homes' standard deviation was before.
    log_evidence : float
    """

    panel: Panel
    parameters: Parameters
    homes: Floats
    positions: Floats
    unit: Floats
    log_evidence: float

    def home(self) -> dict[str, tuple[float, float]]:
        """Mean and standard deviation of each home by state."""
        return _summarised(self.panel.states, self.homes)

    def position(self) -> dict[str, tuple[float, float]]:
        """Mean and standard deviation of each later position by state."""
        return _summarised(self.panel.states, self.positions)

    def nearer(self, a: str, b: str, *, later: bool = False) -> float:
        """Probability that state ``a`` stands nearer the hub than state ``b``, at the start or later."""
        draws = self.positions if later else self.homes
        own, other = (draws[:, self.panel.states.index(state)] for state in (a, b))
        return float((own > other).mean())


def _summarised(states: tuple[str, ...], draws: Floats) -> dict[str, tuple[float, float]]:
    return {
        state: (float(mean), float(error))
        for state, mean, error in zip(states, draws.mean(axis=0), draws.std(axis=0), strict=True)
    }


def measured(
    panel: Panel, name: str, *, when: float = 0.0, particles: int = PARTICLES, seed: int = SEED
) -> Scale:
    """Fit the scale to a panel.

    Parameters
    ----------
    panel : Panel
    name : str
        Part of the address of every random number.
    when : float
        Time of the positions, years from the end of 2009.
    """

    def density(z: Floats) -> Floats:
        return given(panel, parameters_of(z, panel)).log_likelihood

    address = Address(seed, f"scale {name}", 0)
    population = begin(density, particles, len(layout(panel)), address)
    while not population.done:
        population = advanced(population, density, address)
    p = parameters_of(np.tile(population.z, (REPEATS, 1)), panel)
    homes, positions = places(panel, p, when, address.generator(-1, 0))
    centre, unit = homes.mean(axis=1, keepdims=True), homes.std(axis=1, keepdims=True)
    return Scale(
        panel, p, (homes - centre) / unit, (positions - centre) / unit, unit[:, 0], population.log_evidence
    )
