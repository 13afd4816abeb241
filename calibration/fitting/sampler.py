"""Adaptive tempered sequential Monte Carlo, in the space where every prior is standard normal.

A population of particles starts as a sample of the prior. The likelihood is then raised to powers (temperatures) that
grow from 0 to 1, each step so small that the particles' effective number falls to a stated share; they are resampled,
and Metropolis moves spread them until they have forgotten where they stood. What is left at temperature 1 is a sample
of the posterior, and the product of the mean weights is the evidence.

Every random number has an address (seed, block, population, stage, move), and a unit of work is a function of the
state that it is given: a population that goes on from a saved state is the same to the bit as one that never stopped.

References
----------
Del Moral, Doucet and Jasra (2006), Sequential Monte Carlo samplers; Neal (1998) on the moves that keep a normal
distribution unchanged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.types import Floats

Density = Callable[[Floats], Floats]
"""Scores (n, d) to log likelihoods (n,); minus infinity where the data are impossible."""

SHARE = 0.5
"""Effective number of particles, as a share, that a rise of the temperature leaves."""
FEWEST_MOVES, MOST_MOVES = 2, 60
FORGOTTEN, FORGOTTEN_AT_LAST = 0.2, 0.05
"""Mean correlation with where the particles stood before the moves of a stage: low enough, and at temperature 1."""
SIZES = (0.4, 1.0, 2.0)
"""Factors of a step's size; each particle draws its own."""
LOWEST = -1e25
"""Log likelihoods below this are taken for impossible."""
WIDER = 1.1
"""Factor on the particles' spread in the steps' shape, so that tails which few particles show are reached."""
ACCEPTED = 0.3
"""Share of accepted moves that the size of the steps is fitted to."""


@dataclass(frozen=True)
class Population:
    """Particles on their way from the prior to the posterior.

    Attributes
    ----------
    z : float array, shape (n, d)
        Scores; the prior is standard normal.
    log_likelihood : float array, shape (n,)
    start, centre, factor : float arrays, shapes (n, d), (d,), (d, d)
        The particles before the moves of this stage, their mean, and the Cholesky factor of their covariance.
    ancestors : int array, shape (n,)
        Which draw of the prior each particle descends from.
    near, far : float
        Size of the random-walk steps, and share of a particle's place that the other steps draw again.
    temperatures : float array, shape (stages,)
    tried, accepted : int
        Moves of particles, at all stages.
    """

    z: Floats
    log_likelihood: Floats
    start: Floats
    centre: Floats
    factor: Floats
    ancestors: NDArray[np.int64]
    temperature: float = 0.0
    log_evidence: float = 0.0
    stage: int = 0
    move: int = 0
    near: float = 1.0
    far: float = 0.7
    temperatures: Floats = field(default_factory=lambda: np.zeros(0))
    tried: int = 0
    accepted: int = 0

    @property
    def done(self) -> bool:
        """Whether the particles are a sample of the posterior."""
        return self.temperature == 1.0 and self.settled

    @property
    def settled(self) -> bool:
        """Whether this stage has moved its particles enough."""
        return self.move >= MOST_MOVES or (self.move >= FEWEST_MOVES and self.forgotten)

    @property
    def forgotten(self) -> bool:
        """Whether places, and distances from the centre, no longer go with those at which this stage began."""
        enough = FORGOTTEN_AT_LAST if self.temperature == 1.0 else FORGOTTEN
        *places, distance = self._likeness()
        noise = 1 / np.sqrt(len(self.z))
        return bool(
            np.mean(places) < max(enough, 2 * noise / np.sqrt(len(places))) and distance < enough + noise
        )

    @property
    def progress(self) -> float:
        """About how much of the way is done, 0 to 1: by the logarithm of the temperature."""
        if not len(self.temperatures):
            return 0.0
        first = min(float(self.temperatures[0]), 0.5)
        return float(min(1.0, max(0.0, 1 - np.log(self.temperature) / np.log(first)))) * 0.9 + 0.1 * self.done

    def _likeness(self) -> Floats:
        """Correlation between start and now in the particles' own axes and in their distance, shape (d + 1,)."""
        before, now = (whitened(z, self.centre, self.factor) for z in (self.start, self.z))
        before, now = (np.column_stack([u, (u**2).sum(axis=1)]) for u in (before, now))
        before, now = before - before.mean(axis=0), now - now.mean(axis=0)
        spread = np.sqrt((before**2).sum(axis=0) * (now**2).sum(axis=0))
        return (before * now).sum(axis=0) / np.where(spread > 0, spread, 1.0)


@dataclass(frozen=True)
class Address:
    """Where the random numbers of a population come from."""

    seed: int
    block: str
    population: int

    def generator(self, stage: int, move: int) -> np.random.Generator:
        """The generator of one unit of work."""
        return keyed_generator(self.seed, self.block, self.population, stage, move)


def keyed_generator(*address: Any) -> np.random.Generator:
    """A Philox generator whose key is a hash of an address.

    >>> float(keyed_generator(1, "trade").random()) == float(keyed_generator(1, "trade").random())
    True
    """
    digest = hashlib.sha256(repr(address).encode()).digest()
    return np.random.Generator(np.random.Philox(key=int.from_bytes(digest[:16], "little")))


def begin(density: Density, particles: int, dimensions: int, address: Address) -> Population:
    """A population drawn from the prior.

    Raises
    ------
    FloatingPointError
        If the likelihood is not a number somewhere, or zero everywhere.
    """
    z = address.generator(0, 0).standard_normal((particles, dimensions))
    log_likelihood = _evaluated(density, z)
    if not np.isfinite(log_likelihood).any():
        raise FloatingPointError(f"{address.block}: the likelihood is zero at every draw of the prior")
    return Population(
        z, log_likelihood, z, np.zeros(dimensions), np.eye(dimensions), np.arange(particles, dtype=np.int64)
    )


def advanced(population: Population, density: Density, address: Address) -> Population:
    """The population after one more unit of work: a move of every particle, or a rise of the temperature."""
    if population.stage and not population.settled:
        return _moved(population, density, address)
    return population if population.done else _heated(population, address)


def next_temperature(log_likelihood: Floats, temperature: float, share: float = SHARE) -> float:
    """The temperature, at most 1, at which the effective number of particles is ``share`` of the possible ones.

    >>> next_temperature(np.zeros(8), 0.0)
    1.0
    """
    log_likelihood = log_likelihood[np.isfinite(log_likelihood)]
    if _effective_share(log_likelihood, 1.0 - temperature) >= share:
        return 1.0
    low, high = 0.0, 1.0 - temperature
    for _ in range(200):
        middle = 0.5 * (low + high)
        if not low < middle < high:
            break
        low, high = (middle, high) if _effective_share(log_likelihood, middle) >= share else (low, middle)
    return min(1.0, max(temperature + high, np.nextafter(temperature, 2.0)))


def whitened(z: Floats, centre: Floats, factor: Floats) -> Floats:
    """Places in the axes in which the particles have unit covariance, shape (n, d)."""
    inverse = np.linalg.solve(factor, np.eye(len(factor)))
    return np.einsum("nj,ij->ni", z - centre, inverse)


def _effective_share(log_likelihood: Floats, rise: float) -> float:
    weights = np.exp(rise * (log_likelihood - log_likelihood.max()))
    return float(weights.sum() ** 2 / (weights**2).sum() / len(weights))


def _heated(population: Population, address: Address) -> Population:
    """Raise the temperature, weight, resample (systematically), and measure the particles' spread."""
    stage, log_likelihood = population.stage + 1, population.log_likelihood
    temperature = next_temperature(log_likelihood, population.temperature)
    logs = (temperature - population.temperature) * log_likelihood
    weights = np.exp(logs - logs.max())
    count = len(weights)
    points = (np.arange(count) + address.generator(stage, 0).random()) / count
    chosen = np.minimum(np.searchsorted(np.cumsum(weights) / weights.sum(), points), count - 1)
    z = population.z[chosen]
    centre = z.mean(axis=0)
    return replace(
        population,
        z=z,
        log_likelihood=log_likelihood[chosen],
        start=z,
        centre=centre,
        factor=_spread_factor(z - centre),
        ancestors=population.ancestors[chosen],
        temperature=temperature,
        log_evidence=population.log_evidence + float(logs.max() + np.log(weights.mean())),
        stage=stage,
        move=0,
        temperatures=np.append(population.temperatures, temperature),
    )


def _spread_factor(centred: Floats) -> Floats:
    """Cholesky factor of the covariance, a little wider; with few particles, correlations are trusted less."""
    count, dimensions = centred.shape
    covariance = np.einsum("ni,nj->ij", centred, centred) / count
    trust = count / (count + dimensions)
    diagonal = np.maximum(np.diag(covariance), 1e-12)
    return WIDER * np.linalg.cholesky(trust * covariance + (1 - trust) * np.diag(diagonal))


def _moved(population: Population, density: Density, address: Address) -> Population:
    """One Metropolis move of every particle: half by random walk, half by a step that keeps their normal shape."""
    random = address.generator(population.stage, population.move + 1)
    z, count = population.z, len(population.z)
    far = random.random(count) < 0.5
    sizes = random.choice(SIZES, count)
    fresh = np.einsum("nj,ij->ni", random.standard_normal(z.shape), population.factor)
    near_step = population.near * 2.38 / np.sqrt(z.shape[1]) * sizes
    part = np.minimum(1.0, population.far * sizes)
    kept = np.where(far, np.sqrt(1 - part**2), 1.0)[:, None]
    centre = np.where(far[:, None], population.centre, 0.0)
    proposed = centre + kept * (z - centre) + np.where(far, part, near_step)[:, None] * fresh
    log_likelihood = _evaluated(density, proposed)
    old, new = (whitened(places, population.centre, population.factor) for places in (z, proposed))
    logs = population.temperature * (log_likelihood - population.log_likelihood)
    logs += 0.5 * ((z**2).sum(axis=1) - (proposed**2).sum(axis=1))
    logs += np.where(far, 0.5 * ((new**2).sum(axis=1) - (old**2).sum(axis=1)), 0.0)
    chance = np.exp(np.minimum(logs, 0.0))
    accepted = random.random(count) < chance
    return replace(
        population,
        z=np.where(accepted[:, None], proposed, z),
        log_likelihood=np.where(accepted, log_likelihood, population.log_likelihood),
        move=population.move + 1,
        near=_fitted(population.near, chance[~far], 3.0),
        far=_fitted(population.far, chance[far], 1.0),
        tried=population.tried + count,
        accepted=population.accepted + int(accepted.sum()),
    )


def _fitted(size: float, chance: Floats, largest: float) -> float:
    """A step's size after it has met this mean chance of acceptance."""
    if not len(chance):
        return size
    return float(np.clip(size * np.exp(chance.mean() - ACCEPTED), 0.02, largest))


def _evaluated(density: Density, z: Floats) -> Floats:
    log_likelihood = np.asarray(density(z), dtype=np.float64)
    bad = np.isnan(log_likelihood) | (log_likelihood == np.inf)
    if bad.any():
        raise FloatingPointError(
            f"the log likelihood is {log_likelihood[bad][0]} at scores {z[bad][0].tolist()}"
        )
    return np.where(log_likelihood < LOWEST, -np.inf, log_likelihood)
