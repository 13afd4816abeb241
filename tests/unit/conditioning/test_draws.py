"""Draws that the record decides: exact conditional distributions, and the same draw read again."""

import numpy as np
import pytest
from scipy import stats

from sim.conditioning.draws import steps_of_twin, threshold_beyond, threshold_within
from sim.model.draws import poisson_quantile

MOST = 20


@pytest.mark.parametrize("twin_mean", [0.0, 0.3, 0.8, 1.7])
def test_twins_of_poisson_counts_are_poisson_counts(twin_mean: float) -> None:
    mean, u = 0.8, (np.arange(400) + 0.5) / 400
    found = np.zeros(8)
    for recorded in range(12):
        weight = stats.poisson.pmf(recorded, mean) / len(u)
        for part in u:
            found[min(steps_of_twin(part, recorded, mean, twin_mean, MOST), 7)] += weight
    expected = stats.poisson.pmf(np.arange(8), twin_mean)
    np.testing.assert_allclose(found[:7], expected[:7], atol=3e-3)


def test_one_recorded_step_stays_by_the_ratio_of_the_rates() -> None:
    u = (np.arange(4000) + 0.5) / 4000
    kept = np.mean([steps_of_twin(part, 1, 0.02, 0.015, MOST) for part in u])
    # F(0; .015) - F(0; .02) of the draws behind one step lie where the lower rate has none
    gone = (np.exp(-0.015) - np.exp(-0.02)) / (0.02 * np.exp(-0.02))
    assert kept == pytest.approx(1 - gone, abs=1e-3)
    assert gone == pytest.approx(1 - 0.015 / 0.02, abs=0.01)


def test_a_twin_with_the_same_rate_does_the_same() -> None:
    for recorded in range(4):
        for mean in (1e-9, 0.01, 2.0):
            assert steps_of_twin(0.999999, recorded, mean, mean, MOST) == recorded


def test_more_rate_never_means_fewer_steps() -> None:
    for recorded in range(3):
        counts = [steps_of_twin(0.4, recorded, 0.5, mean, MOST) for mean in (0.1, 0.5, 0.9, 3.0)]
        assert counts == sorted(counts)


def test_the_draw_behind_a_count_is_one_that_gives_it() -> None:
    for recorded in range(4):
        for u in (1e-6, 0.3, 0.999):
            below, at = stats.poisson.cdf(recorded - 1, 0.7), stats.poisson.pmf(recorded, 0.7)
            assert poisson_quantile(below + u * at, 0.7, MOST) == recorded


def test_thresholds_within_a_month_are_cut_exponentials() -> None:
    before, after = 0.4, 0.9
    thresholds = -np.log((np.arange(2000) + 0.5) / 2000)
    inside = np.array([threshold_within(part, before, after) for part in thresholds])
    assert (inside > before).all()
    assert (inside <= after).all()
    cut = stats.truncexpon(b=after - before, loc=before)
    assert stats.kstest(inside, cut.cdf).statistic < 1e-3


def test_thresholds_within_the_smallest_month_are_after_its_start() -> None:
    assert 0.4 < threshold_within(3.0, 0.4, 0.4 + 1e-15) <= 0.4 + 1e-15


def test_a_threshold_has_no_memory() -> None:
    assert threshold_beyond(0.7, 2.0) == 2.7
