"""Agreement of populations: the measures see what they are for."""

import numpy as np
import pytest

from calibration.fitting.convergence import monte_carlo_error, scale_reduction
from calibration.fitting.sampler import keyed_generator

DRAWS = keyed_generator("convergence").standard_normal((4, 1000))


def test_draws_of_one_distribution_agree() -> None:
    assert scale_reduction(DRAWS) == pytest.approx(1.0, abs=0.005)


def test_a_population_that_stands_elsewhere_is_seen() -> None:
    assert scale_reduction(DRAWS + np.array([[0.0], [0.0], [0.0], [1.0]])) > 1.1


def test_a_population_that_is_narrower_is_seen() -> None:
    assert scale_reduction(DRAWS * np.array([[1.0], [1.0], [1.0], [0.3]])) > 1.1


def test_only_ranks_count() -> None:
    assert scale_reduction(np.exp(DRAWS)) == pytest.approx(scale_reduction(DRAWS), abs=0.005)


def test_the_error_is_that_of_independent_draws_or_more() -> None:
    independent = DRAWS.std() / np.sqrt(DRAWS.size)
    assert independent <= monte_carlo_error(DRAWS) < 3 * independent
    assert monte_carlo_error(DRAWS + np.arange(4)[:, None]) == pytest.approx(np.sqrt(5 / 3) / 2, rel=0.1)
    assert monte_carlo_error(DRAWS[:1]) == pytest.approx(DRAWS[0].std() / np.sqrt(1000))
