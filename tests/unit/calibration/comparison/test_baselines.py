"""Baselines: their densities against integrals and known laws, and that none sees what it predicts."""

import itertools

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import gamma, multivariate_normal, nbinom, poisson

from calibration.comparison import baselines
from calibration.comparison.baselines import (
    STEP_BASELINES,
    Figures,
    Levels,
    Rates,
    figure_forecast,
    figure_log_density,
    figures_by_state,
    levels_of,
    moves_by_state,
    offer_hazards,
    offers_by_state,
    rates_of,
    shares_of,
    step_forecast,
    step_log_density,
    years_of,
)
from calibration.evidence.observed import INITIATIVES, OFFER_TYPE, UNPROMPTED, Observed
from calibration.fitting.sampler import keyed_generator
from calibration.likelihood import Trade

CUT = 20
YEARS = np.full(12, 0.5)


# -------------------------------------------------------------------------------------------------------- steps


def test_counts_are_poisson_at_a_gamma_rate() -> None:
    rates = Rates(2.0, 1.5, np.exp(0.2 * np.arange(3)), 0)
    counts, years = np.array([[1, 0, 3]]), np.array([0.5, 0.5, 0.25])

    def density(rate: float) -> float:
        chance = poisson.pmf(counts[0], rate * years * rates.profile).prod()
        return float(gamma.pdf(rate, 2.0, scale=1.5 / 2.0) * chance)

    assert step_log_density(rates, counts, years)[0] == pytest.approx(np.log(quad(density, 0, 40)[0]))


@pytest.mark.parametrize("window", [0, 4])
def test_chances_of_all_counts_add_up_to_one(window: int) -> None:
    rates = Rates(3.0, 0.8, np.ones(6), window)
    past = [2, 0, 1, 1]
    futures = np.array([[*past, *pair] for pair in itertools.product(range(40), repeat=2)])
    for start in (0, 4):
        logs = step_log_density(rates, futures, YEARS[:6], start)
        known = 0.0 if start else step_log_density(rates, np.array([past]), YEARS[:4])[0]
        assert np.exp(logs - known).sum() == pytest.approx(1.0, abs=1e-6)


def test_a_window_forgets_what_lies_before_it() -> None:
    one, other = np.array([[9, 9, 0, 1, 0, 0, 1, 2]]), np.array([[0, 0, 0, 1, 0, 0, 1, 2]])
    short, long = (Rates(1.0, 1.0, np.ones(8), window) for window in (4, 0))
    assert step_log_density(short, one, YEARS[:8], 6) == step_log_density(short, other, YEARS[:8], 6)
    assert step_log_density(long, one, YEARS[:8], 6) != step_log_density(long, other, YEARS[:8], 6)


def test_a_forecast_is_the_gamma_that_the_density_uses() -> None:
    rates = Rates(2.0, 0.7, np.exp(0.1 * np.arange(8)), 4)
    counts = np.array([[1, 0, 2, 0, 1, 1, 3, 0], [0, 0, 0, 0, 0, 0, 0, 0]])
    shape, rate, exposure = step_forecast(rates, counts, YEARS[:8], 7)
    chance = rate / (rate + exposure[:, 0])
    expected = nbinom.logpmf(counts[:, 7], shape, chance)
    assert step_log_density(rates, counts, YEARS[:8], 7) == pytest.approx(expected)


def synthetic(slope: float, wave: float, states: int = 400) -> np.ndarray:
    random = keyed_generator("baseline", slope, wave)
    middle = (np.arange(12) - 5.5) / 2
    common = np.exp(slope * middle) * np.exp(wave * random.standard_normal(12) - wave**2 / 2)
    rates = 1.2 * random.gamma(4.0, 0.25, states)
    return random.poisson(rates[:, None] * common * 0.5)


def test_shape_mean_and_slope_are_recovered() -> None:
    found = rates_of("trend", synthetic(0.2, 0.0), YEARS)
    assert found.shape == pytest.approx(4.0, rel=0.3)
    assert found.mean == pytest.approx(1.2, rel=0.1)
    assert np.diff(np.log(found.profile)) / 0.5 == pytest.approx(0.2, abs=0.03)


def test_the_pull_of_leaders_is_recovered_and_told_ahead() -> None:
    """States whose leader leans to a side take more of its steps, also after a cut and in a state left out."""
    random = keyed_generator("baseline", "leaders")
    lines = np.where(np.arange(12) < 6, -1.0, 1.0) * random.choice([-1.0, 1.0], (400, 1))
    counts = random.poisson(0.6 * random.gamma(4.0, 0.25, (400, 1)) * np.exp(0.7 * lines))
    found = rates_of("leaders", counts, YEARS, lines=lines)
    assert found.pull == pytest.approx(0.7, abs=0.1)
    plain = rates_of("trend", counts, YEARS)
    for start in (0, 6):
        gain = step_log_density(found, counts, YEARS, start, lines) - step_log_density(
            plain, counts, YEARS, start
        )
        assert gain.sum() > 20
    shape, rate, exposure = step_forecast(found, counts, YEARS, 6, lines)
    rising = lines[:, -1] > 0
    assert ((shape / rate) * exposure[:, -1])[rising].mean() > ((shape / rate) * exposure[:, -1])[
        ~rising
    ].mean()


@pytest.mark.parametrize(
    ("better", "worse", "slope", "wave"),
    [
        ("trend", "constant", 0.3, 0.0),
        ("drift", "last", 0.3, 0.0),
        ("constant", "last", 0.0, 0.0),
        ("half_year", "trend", 0.0, 0.8),
    ],
)
def test_each_baseline_wins_where_it_is_true(better: str, worse: str, slope: float, wave: float) -> None:
    counts = synthetic(slope, wave)
    train, test = counts[:200], counts[200:]

    def total(model: str) -> float:
        return float(step_log_density(rates_of(model, train, YEARS, train), test, YEARS).sum())

    assert total(better) > total(worse) + 3


def test_months_of_a_half_year_are_alike_to_a_baseline() -> None:
    """Given the number of moves in a half-year, the chances of all ways to spread them over its months add up to one."""
    spread = [own for own in itertools.product(range(3), repeat=6) if sum(own) == 2]
    chances = [np.exp(baselines._log_within_half_years(np.array([[own]]))[0]) for own in spread]
    assert sum(chances) == pytest.approx(1.0)
    short = baselines._log_within_half_years(np.array([[[0] * 6 + [1, 0]]]))[0]
    assert short == pytest.approx(np.log(1 / 2))


@pytest.mark.parametrize("stream", [UNPROMPTED, INITIATIVES])
@pytest.mark.parametrize("model", STEP_BASELINES)
def test_no_move_is_predicted_from_itself(observed: Observed, model: str, stream: int) -> None:
    """A state's later moves change what is said of it, and nothing that is said of others."""
    if model == "half_year":
        with pytest.raises(ValueError, match="not known in advance"):
            moves_by_state(observed, model, CUT)
        return
    moves = observed.moves.copy()
    moves[:, :, 0, CUT * 6 :] += 2
    one = moves_by_state(observed, model, CUT, stream)
    two = moves_by_state(observed.with_targets(moves=moves), model, CUT, stream)
    assert np.array_equal(one[1:], two[1:])
    assert one[0] != two[0]


def test_the_last_half_year_may_be_short(observed: Observed) -> None:
    years = years_of(observed)
    assert years.sum() == pytest.approx(len(observed.months) / 12)
    assert years[:-1] == pytest.approx(np.full(observed.cells - 1, 0.5))


# ------------------------------------------------------------------------------------------------------- offers


def test_answers_of_one_offer_add_up_to_one(observed: Observed) -> None:
    answers = [(0, 170, t, outcome, 0, 1.0, 0.0) for t in range(170, 175) for outcome in (1, -1)]
    total = 0.0
    for answer in [*answers, (0, 170, 174, 0, 0, 1.0, 0.0)]:
        offers = np.append(
            observed.offers[observed.offers["state"] != 0], np.array([answer], dtype=OFFER_TYPE)
        )
        total += np.exp(offers_by_state(observed.with_targets(offers=offers))[0])
    assert total == pytest.approx(1.0)


def test_hazards_are_events_by_open_years(observed: Observed) -> None:
    rows = [(0, 0, 11, 1, 0, 1.0, 0.0), (1, 0, 23, -1, 0, 1.0, 0.0), (2, 100, 111, 1, 1, 1.0, 0.0)]
    some = observed.with_targets(offers=np.array(rows, dtype=OFFER_TYPE))
    assert offer_hazards(some)[0] == pytest.approx([2.5 / 5.0, 1.5 / 5.0])
    assert offer_hazards(some, until=4)[0] == pytest.approx([1.5 / 4.0, 1.5 / 4.0])
    assert offer_hazards(some, until=2)[0] == pytest.approx([1.5 / 3.0, 0.5 / 3.0])
    assert offer_hazards(some, without=0)[0] == pytest.approx([1.5 / 4.0, 1.5 / 4.0])


# ------------------------------------------------------------------------------------------------------ figures

SERIES = np.array([0, 0, 0, 1, 1, 2])
FIGURES = Figures(
    SERIES,
    np.array([0, 0, 0, 0, 0, 1]),
    np.array([1.0, 2.0, 4.0, 1.0, 3.0, 2.0]),
    np.array([0.1, 0.3, -0.2, 0.0, 0.4, 0.5]),
    np.full(6, 0.05),
)
LEVELS = Levels(0.1, 0.02, 0.5, 0.2, 0.1, 0.3)


def test_figures_are_jointly_normal() -> None:
    found = figure_log_density(LEVELS, FIGURES, np.ones(6, dtype=np.bool_))
    for state in range(2):
        own = state == FIGURES.state
        years = FIGURES.years[own]
        cov = 0.5**2 + 0.2**2 * np.minimum.outer(years, years) + (0.1**2 + 0.05**2) * np.eye(own.sum())
        cov += 0.3**2 * np.equal.outer(SERIES[own], SERIES[own])
        expected = multivariate_normal.logpdf(FIGURES.value[own], 0.1 + 0.02 * years, cov)
        assert found[state] == pytest.approx(expected)


def test_a_forecast_of_one_figure_is_the_ratio_of_densities() -> None:
    wanted = np.arange(6) == 2
    mean, spread = figure_forecast(LEVELS, FIGURES, ~wanted, wanted)
    both = figure_log_density(LEVELS, FIGURES, np.ones(6, dtype=np.bool_))
    known = figure_log_density(LEVELS, FIGURES, ~wanted)
    expected = -0.5 * ((-0.2 - mean[0]) / spread[0]) ** 2 - np.log(spread[0] * np.sqrt(2 * np.pi))
    assert (both - known)[0] == pytest.approx(expected)


def test_without_error_the_last_value_is_the_forecast() -> None:
    exact = Figures(FIGURES.series, FIGURES.series, FIGURES.years, FIGURES.value, np.zeros(6))
    wanted = np.arange(6) == 2
    mean, spread = figure_forecast(Levels(0.0, 0.03, 50.0, 0.2, 1e-6), exact, ~wanted, wanted)
    assert mean[0] == pytest.approx(0.3 + 0.03 * 2.0, abs=1e-3)
    assert spread[0] == pytest.approx(0.2 * np.sqrt(2.0), abs=1e-3)


@pytest.mark.parametrize(("model", "walk", "error"), [("drift", 0.2, 0.05), ("trend", 0.0, 0.2)])
def test_levels_are_recovered(model: str, walk: float, error: float) -> None:
    random = keyed_generator("levels", model)
    series, length = 120, 12
    path = np.cumsum(walk * random.standard_normal((series, length)), axis=1)
    start = 0.3 + 0.6 * random.standard_normal((series, 1))
    years = np.tile(np.arange(1.0, length + 1), (series, 1))
    value = start + path + 0.05 * years + error * random.standard_normal((series, length))
    number = np.repeat(np.arange(series), length)
    figures = Figures(number, number, years.ravel(), value.ravel(), np.zeros(series * length))
    found = levels_of(model, figures, np.ones(series * length, dtype=np.bool_))
    assert found.slope == pytest.approx(0.05, abs=0.02)
    assert found.level == pytest.approx(0.6, rel=0.2)
    assert found.walk == pytest.approx(walk, rel=0.1)
    assert found.error == pytest.approx(error, rel=0.25)


def test_no_figure_is_predicted_from_itself(observed: Observed) -> None:
    figures = shares_of(observed)
    train = Trade(observed, until=CUT).fitted
    other = Figures(
        figures.series,
        figures.state,
        figures.years,
        figures.value + np.where(~train & (figures.state == 0), 1.0, 0.0),
        figures.error,
    )
    one, two = (figures_by_state("drift", part, [train], len(observed.states)) for part in (figures, other))
    assert np.array_equal(one[1:], two[1:])
    assert one[0] != two[0]
