"""Scores, standard errors over states, coverage and verdicts, on cases small enough to work out by hand."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from calibration.comparison.scores import (
    FALSE_ALARM,
    Scores,
    combined,
    compared,
    covered,
    mean_by_state,
    thinned,
    verdict,
)

pytestmark = pytest.mark.statistical


def cases(model: str, states: str, **columns: list[float]) -> pd.DataFrame:
    frame = pd.DataFrame({"state": list(states), "model": model, **columns})
    frame = frame.assign(split="s", stream="steps", side="hub", month="2000-01", case=range(len(states)))
    for name in ("log", "brier", "crps", "lower", "upper"):
        if name not in frame:
            frame[name] = np.nan
    return frame


def test_the_cases_of_a_state_count_as_one() -> None:
    mean, error, states = mean_by_state(pd.Series([1.0, 3.0, 5.0, 7.0]), pd.Series(list("AABC")))
    assert (mean, states) == (4.0, 3)
    assert error == pytest.approx(np.sqrt(3 / 2 * (4.0**2 + 1.0**2 + 3.0**2)) / 4)
    assert np.isnan(mean_by_state(pd.Series([1.0, 2.0]), pd.Series(["A", "A"]))[1])


def test_a_gain_is_an_improvement_whichever_way_a_score_runs() -> None:
    own = cases(
        "ours", "ABCDEF", log=[-1.0, -1.1, -1.0, -0.9, -1.0, -1.0], brier=[0.3, 0.3, 0.31, 0.3, 0.3, 0.29]
    )
    other = cases("last", "ABCDEF", log=[-2.0] * 6, brier=[0.1] * 6)
    table = compared(pd.concat([own, other]), "ours", "s", "steps").set_index("score")
    assert table.loc["log score", "gain"] == pytest.approx(1.0)
    assert table.loc["log score", "verdict"] == "better"
    assert table.loc["Brier score", "gain"] == pytest.approx(-0.2)
    assert table.loc["Brier score", "verdict"] == "worse"
    assert "CRPS" not in table.index


def test_models_are_compared_on_the_cases_that_both_have() -> None:
    own, other = cases("ours", "ABC", log=[-1.0, -1.0, -9.0]), cases("last", "AB", log=[-2.0, -2.0])
    row = compared(pd.concat([own, other]), "ours", "s", "steps").iloc[0]
    assert (row["cases"], row["value"], row["gain"]) == (2, -1.0, 1.0)


@pytest.mark.parametrize(
    ("gain", "error", "states", "word"),
    [
        (3.0, 1.0, 20, "better"),
        (-3.0, 1.0, 20, "worse"),
        (2.0, 1.0, 20, "cannot tell"),
        (2.4, 1.0, 6, "cannot tell"),
        (99.0, 1.0, 4, "cannot tell"),
        (1.0, 0.0, 20, "cannot tell"),
        (1.0, float("nan"), 20, "cannot tell"),
    ],
)
def test_a_verdict_needs_states_and_a_margin(gain: float, error: float, states: int, word: str) -> None:
    assert verdict(gain, error, states) == word


def test_verdicts_without_a_difference_come_as_often_as_is_stated() -> None:
    """2,000 tables of twelve states with no difference: the share of verdicts within 4 standard errors (1 in 16,000)."""
    random = np.random.default_rng(5)
    states = pd.Series(np.repeat(list("ABCDEFGHIJKL"), 4))
    found = 0
    for _ in range(2000):
        gains = np.repeat(random.standard_normal(12), 4) + random.standard_normal(48)
        found += verdict(*mean_by_state(pd.Series(gains), states)) != "cannot tell"
    assert abs(found / 2000 - FALSE_ALARM) < 4 * np.sqrt(FALSE_ALARM * (1 - FALSE_ALARM) / 2000)


def ranks_of_counts(
    rate: float, forecast: float, random: np.random.Generator
) -> tuple[NDArray[np.float64], ...]:
    from scipy.stats import poisson

    counts = random.poisson(rate, 4000)
    return poisson.cdf(counts - 1, forecast), poisson.cdf(counts, forecast)


@pytest.mark.parametrize(("forecast", "word"), [(0.4, "no fault found"), (2.5, "too narrow")])
def test_coverage_of_counts_is_exact_where_the_forecast_is(forecast: float, word: str) -> None:
    lower, upper = ranks_of_counts(0.4, forecast, np.random.default_rng(2))
    points = cases("ours", "ABCDEFGH" * 500, lower=lower, upper=upper)
    for level in (0.5, 0.9):
        result = covered(points, level)
        assert (abs(float(result["share"]) - level) < 0.02) is (forecast == 0.4)
    assert covered(points, 0.5)["verdict"] == word


def test_coverage_of_figures_counts_those_inside() -> None:
    ranks = [0.1, 0.3, 0.5, 0.7, 0.97]
    points = cases("ours", "ABCDE", lower=ranks, upper=ranks)
    assert (covered(points, 0.5)["share"], covered(points, 0.9)["share"]) == (0.6, 0.8)


def test_nothing_to_score_is_an_empty_table() -> None:
    scores = Scores(combined([]), {"s": "ours"})
    assert scores.table().empty
    assert scores.coverage().empty


def test_draws_are_thinned_evenly() -> None:
    draws = pd.DataFrame({"x": np.arange(1000.0)})
    assert thinned(draws, 5)["x"].tolist() == [0.0, 250.0, 500.0, 749.0, 999.0]
    assert thinned(draws, 1000) is draws
