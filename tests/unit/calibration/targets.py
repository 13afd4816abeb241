"""Targets with known posteriors, for tests of the sampler. The prior of every parameter is standard normal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sim.types import Floats


@dataclass(frozen=True)
class Toy:
    """A block whose log likelihood is a plain function of standard normal scores."""

    name: str
    names: tuple[str, ...]
    function: Callable[[Floats], Floats]

    def log_likelihood(self, values: Floats) -> Floats:
        return self.function(values)


def same(z: Floats, names: Sequence[str]) -> Floats:
    """Values that are their own scores."""
    return z


class Gauss:
    """A correlated normal likelihood; posterior and evidence in closed form."""

    def __init__(self, dimensions: int) -> None:
        random = np.random.Generator(np.random.Philox(key=5))
        half = random.standard_normal((dimensions, dimensions))
        self.precision, self.centre = half @ half.T, random.standard_normal(dimensions)
        self.covariance = np.linalg.inv(self.precision + np.eye(dimensions))
        self.mean = self.covariance @ self.precision @ self.centre
        spread = np.linalg.inv(self.precision) + np.eye(dimensions)
        self.log_evidence = -0.5 * float(
            np.linalg.slogdet(self.precision)[1]
            + np.linalg.slogdet(spread)[1]
            + self.centre @ np.linalg.solve(spread, self.centre)
        )
        self.toy = Toy("gauss", tuple(f"p{k}" for k in range(dimensions)), self._log_likelihood)

    def _log_likelihood(self, z: Floats) -> Floats:
        away = z - self.centre
        return -0.5 * np.einsum("ni,ij,nj->n", away, self.precision, away)


def banana(z: Floats) -> Floats:
    return -0.5 * ((z[:, 0] - 1) / 0.3) ** 2 - 0.5 * ((z[:, 1] - z[:, 0] ** 2 + 0.5) / 0.1) ** 2


def two_hills(z: Floats) -> Floats:
    """Hills at (-1.5, -1.5) and (1.5, 1.5), as high as 7 to 3."""
    right = np.log(0.3) - 0.5 * (((z - 1.5) / 0.2) ** 2).sum(axis=1)
    left = np.log(0.7) - 0.5 * (((z + 1.5) / 0.2) ** 2).sum(axis=1)
    return np.logaddexp(right, left)
