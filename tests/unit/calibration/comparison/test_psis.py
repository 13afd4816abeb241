"""Smoothed importance weights and stacking against answers in closed form."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import genpareto, norm

from calibration.comparison.psis import (
    RELIABLE,
    bootstrap_weights,
    log_mean,
    log_sum,
    pareto_of,
    smoothed_weights,
    stacking_weights,
)
from calibration.fitting.sampler import keyed_generator


@pytest.mark.parametrize("shape", [-0.2, 0.3, 0.8])
def test_the_tail_of_a_pareto_sample_is_recovered(shape: float) -> None:
    points = (np.arange(4000) + 0.5) / 4000
    found, scale = pareto_of(np.sort(genpareto.ppf(points, shape, scale=2.0)))
    assert found == pytest.approx(shape, abs=0.05)
    assert scale == pytest.approx(2.0, rel=0.08)


@pytest.mark.parametrize("shape", [0.2, 0.5, 0.9])
def test_the_shape_tells_how_heavy_weights_are(shape: float) -> None:
    z = norm.ppf((np.arange(40_000) + 0.5) / 40_000)
    assert smoothed_weights(0.5 * shape * z**2)[1] == pytest.approx(shape, abs=0.15)


def test_weights_add_up_and_keep_their_order() -> None:
    logs = 2.0 * keyed_generator("weights").standard_normal(500)
    weights, _ = smoothed_weights(logs + 700.0)
    assert np.exp(weights).sum() == pytest.approx(1.0)
    assert np.array_equal(np.argsort(weights, kind="stable"), np.argsort(logs, kind="stable"))


def test_equal_ratios_give_equal_weights() -> None:
    weights, shape = smoothed_weights(np.full(400, -3.0))
    assert np.exp(weights) == pytest.approx(np.full(400, 1 / 400))
    assert shape < RELIABLE


def test_too_few_draws_cannot_be_trusted() -> None:
    assert smoothed_weights(np.zeros(10))[1] == np.inf


def test_a_case_left_out_of_a_normal_mean_is_predicted_as_in_closed_form() -> None:
    data = np.array([-0.4, 0.1, 0.3, 0.9, 1.1, 3.0])
    count = len(data)
    draws = data.mean() + norm.ppf((np.arange(4000) + 0.5) / 4000) / np.sqrt(count)
    for i in range(count):
        rest = np.delete(data, i)
        exact = norm.logpdf(data[i], rest.mean(), np.sqrt(1 + 1 / (count - 1)))
        terms = norm.logpdf(data[i], draws, 1.0)
        weights, shape = smoothed_weights(-terms)
        assert shape < RELIABLE
        assert log_sum(weights + terms) == pytest.approx(exact, abs=0.03)


def test_sums_and_means_of_logs() -> None:
    logs = np.array([-1000.0, -1001.0])
    assert log_mean(logs) == pytest.approx(-1000 + np.log((1 + np.exp(-1)) / 2))
    assert log_sum(np.full(3, -np.inf)) == -np.inf


@pytest.mark.parametrize("seed", range(5))
def test_stacking_finds_the_best_mixture(seed: int) -> None:
    densities = keyed_generator("stack", seed).standard_normal((22, 4)) - 3.0

    def loss(weights: np.ndarray) -> float:
        return -float(np.log(np.exp(densities) @ weights).sum())

    found = minimize(
        loss,
        np.full(4, 0.25),
        method="SLSQP",
        bounds=[(0, 1)] * 4,
        constraints=[{"type": "eq", "fun": lambda w: w.sum() - 1}],
        options={"ftol": 1e-12, "maxiter": 500},
    )
    weights = stacking_weights(densities)
    assert weights.sum() == pytest.approx(1.0)
    assert weights == pytest.approx(found.x, abs=2e-3)
    assert loss(weights) <= found.fun + 1e-6


def test_two_models_that_share_the_cases_share_the_weight() -> None:
    assert stacking_weights(np.array([[0.0, -5.0], [-5.0, 0.0]])) == pytest.approx([0.5, 0.5])


def test_bootstrapped_weights_tell_how_sure_a_ranking_is() -> None:
    sure = np.column_stack([np.zeros(20), np.full(20, -0.5)])
    assert bootstrap_weights(sure) == pytest.approx([1.0, 0.0], abs=1e-3)
    gaps = 0.5 * norm.ppf((np.arange(20) + 0.5) / 20)
    level = bootstrap_weights(np.column_stack([gaps, -gaps]))
    assert level == pytest.approx([0.5, 0.5], abs=0.03)
    doubtful = bootstrap_weights(np.column_stack([gaps + 0.1, -gaps]))
    assert 0.5 < doubtful[0] < 0.85
