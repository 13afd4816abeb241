"""Tempered sequential Monte Carlo against posteriors that are known otherwise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calibration.fitting.fit import sample
from calibration.fitting.sampler import (
    Address,
    Population,
    advanced,
    begin,
    keyed_generator,
    next_temperature,
    whitened,
)
from tests.unit.calibration.targets import Gauss, Toy, banana, same, two_hills

pytestmark = pytest.mark.statistical

ADDRESS = Address(1, "toy", 0)


def test_a_normal_posterior_and_its_evidence() -> None:
    gauss = Gauss(6)
    found = sample(gauss.toy, same, particles=4000, seed=3)
    spread = np.sqrt(np.diag(gauss.covariance))
    assert np.abs((found.values.mean(axis=0) - gauss.mean) / spread).max() < 0.08
    assert found.values.std(axis=0) / spread == pytest.approx(np.ones(6), abs=0.06)
    correlation = gauss.covariance / np.outer(spread, spread)
    assert np.abs(np.corrcoef(found.values.T) - correlation).max() < 0.08
    assert found.log_evidence == pytest.approx(gauss.log_evidence, abs=0.3)
    assert found.worst < 1.02


def test_a_bent_posterior_against_a_grid() -> None:
    found = sample(Toy("banana", ("a", "b"), banana), same, particles=4000, seed=2)
    line = np.linspace(-6, 6, 1501)
    grid = np.stack([axis.ravel() for axis in np.meshgrid(line, line, indexing="ij")], axis=1)
    weights = np.exp(banana(grid) - 0.5 * (grid**2).sum(axis=1))
    mean = weights @ grid / weights.sum()
    spread = np.sqrt(weights @ grid**2 / weights.sum() - mean**2)
    evidence = np.log(weights.sum() * (line[1] - line[0]) ** 2 / (2 * np.pi))
    assert np.abs((found.values.mean(axis=0) - mean) / spread).max() < 0.1
    assert found.values.std(axis=0) / spread == pytest.approx(np.ones(2), abs=0.08)
    assert found.log_evidence == pytest.approx(evidence, abs=0.2)


def test_two_hills_keep_their_shares() -> None:
    found = sample(Toy("hills", ("a", "b"), two_hills), same, particles=4000, seed=2)
    assert (found.values[:, 0] > 0).mean() == pytest.approx(0.3, abs=0.05)


def test_data_that_say_nothing_leave_the_prior() -> None:
    found = sample(Toy("flat", ("a", "b"), lambda z: np.zeros(len(z))), same, particles=4000)
    assert np.abs(found.values.mean(axis=0)).max() < 0.06
    assert found.values.std(axis=0) == pytest.approx(np.ones(2), abs=0.05)
    assert found.log_evidence == 0.0
    assert found.diagnostics["stages"] == [1, 1, 1, 1]


def test_values_that_the_data_exclude_are_left() -> None:
    found = sample(
        Toy("half", ("a",), lambda z: np.where(z[:, 0] > 0, 0.0, -np.inf)), same, particles=2000, seed=4
    )
    assert found.values.min() > 0
    assert found.log_evidence == pytest.approx(np.log(0.5), abs=0.1)
    assert found.values.mean() == pytest.approx(np.sqrt(2 / np.pi), abs=0.05)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_a_likelihood_that_is_no_number_is_refused(bad: float) -> None:
    with pytest.raises(FloatingPointError, match="log likelihood is"):
        sample(Toy("bad", ("a",), lambda z: np.where(z[:, 0] > 1, bad, 0.0)), same, particles=400)


def test_a_likelihood_of_nought_everywhere_is_refused() -> None:
    with pytest.raises(FloatingPointError, match="zero at every draw"):
        sample(Toy("none", ("a",), lambda z: np.full(len(z), -np.inf)), same, particles=400)


@given(
    spread=st.floats(0.01, 1e6), start=st.floats(0.0, 0.9), share=st.floats(0.2, 0.9), seed=st.integers(0, 99)
)
def test_a_rise_of_the_temperature_leaves_the_stated_share(
    spread: float, start: float, share: float, seed: int
) -> None:
    log_likelihood = spread * keyed_generator(seed).standard_normal(200)
    temperature = next_temperature(log_likelihood, start, share)
    assert start < temperature <= 1.0
    weights = np.exp((temperature - start) * (log_likelihood - log_likelihood.max()))
    effective = weights.sum() ** 2 / (weights**2).sum() / 200
    assert effective >= share - 1e-3 or temperature - start < 1e-12
    assert temperature == 1.0 or effective == pytest.approx(share, abs=1e-3) or temperature - start < 1e-12


def test_whitened_particles_have_unit_covariance() -> None:
    random = keyed_generator("white")
    factor = np.linalg.cholesky(np.array([[2.0, 0.6], [0.6, 0.5]]))
    z = random.standard_normal((50_000, 2)) @ factor.T + 3.0
    assert np.cov(whitened(z, np.full(2, 3.0), factor).T) == pytest.approx(np.eye(2), abs=0.03)


def finished(population: Population, gauss: Gauss) -> Population:
    while not population.done:
        population = advanced(population, gauss.toy.function, ADDRESS)
    return population


def test_a_population_does_not_know_where_it_was_stopped() -> None:
    gauss = Gauss(3)
    start = begin(gauss.toy.function, 100, 3, ADDRESS)
    halfway = start
    for _ in range(7):
        halfway = advanced(halfway, gauss.toy.function, ADDRESS)
    one, other = finished(start, gauss), finished(halfway, gauss)
    assert np.array_equal(one.z, other.z)
    assert (one.log_evidence, one.tried) == (other.log_evidence, other.tried)
    assert np.array_equal(advanced(one, gauss.toy.function, ADDRESS).z, one.z)


def test_progress_never_falls_and_ends_at_one() -> None:
    gauss = Gauss(3)
    population, shares = begin(gauss.toy.function, 100, 3, ADDRESS), [0.0]
    while not population.done:
        population = advanced(population, gauss.toy.function, ADDRESS)
        shares.append(population.progress)
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
