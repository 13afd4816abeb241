"""What is expected of single states and half-years, against closed forms and against the likelihood's own moments."""

import numpy as np
import pandas as pd
import pytest

from calibration.evidence import sides
from calibration.evidence.observed import UNPROMPTED, Observed
from calibration.findings.effects import prior_draws
from calibration.findings.episodes import (
    accounts,
    drawn_steps,
    expected_steps,
    opinion_paths,
    view_accounts,
    without_rows,
)
from calibration.findings.external import columns
from calibration.hypotheses.priors import BLOCKS, values_of
from calibration.likelihood import ACCOMMODATION, COERCION, Responses, Views


@pytest.fixture(scope="module")
def draws() -> pd.DataFrame:
    """Near enough to the middle of the priors that opinion stays inside its bounds."""
    wide = prior_draws(30, seed=4)
    return wide.median() + 0.2 * (wide - wide.median())


def test_a_state_without_its_past_has_mean_activity(observed: Observed) -> None:
    names = BLOCKS["responses"]
    values = values_of(np.zeros((1, len(names))), names)
    values[0, names.index("home_spread")], values[0, names.index("alignment_slope")] = 1e-9, 0.7
    target = Responses(observed, names)
    unseen = np.ones(observed.steps.shape[1:], dtype=bool)
    tilt = np.exp(0.7 * np.tanh(observed.home / 2))
    wanted = target.exposures(values)[0, UNPROMPTED] * np.stack([tilt, 1.0 / tilt])[:, :, None]
    np.testing.assert_allclose(expected_steps(target, values, unseen)[0], wanted, rtol=1e-6)


def test_activity_is_learned_as_gamma_from_poisson(observed: Observed) -> None:
    names = BLOCKS["responses"]
    values = values_of(np.zeros((1, len(names))), names)
    values[0, names.index("home_spread")], values[0, names.index("alignment_slope")] = 1e-9, 0.0
    target, shape = Responses(observed, names), values[0, names.index("activity_shape")]
    exposures = target.exposures(values)[0]
    counts, expected = observed.moves.sum(axis=(0, 1, 3)), exposures.sum(axis=(0, 1, 3))
    wanted = (shape + counts) / (shape + expected) * exposures[UNPROMPTED].sum(axis=(0, 2))
    np.testing.assert_allclose(expected_steps(target, values)[0].sum(axis=(0, 2)), wanted, rtol=1e-6)


def test_drawn_steps_have_the_expected_mean(observed: Observed, draws: pd.DataFrame) -> None:
    names, values = columns(draws, "responses")
    target, state, cells = Responses(observed, names), observed.states.index("PHL"), slice(12, 21)
    hidden = np.zeros(observed.steps.shape[1:], dtype=bool)
    hidden[state, cells] = True
    many = np.repeat(values[:3], 1500, axis=0)
    expected = expected_steps(target, values[:3], hidden)[:, :, state, cells].sum(axis=2)
    drawn = drawn_steps(target, many, hidden, state, cells, seed=1).reshape(3, 1500, 2)
    error = drawn.std(axis=1) / np.sqrt(1500)
    assert (np.abs(drawn.mean(axis=1) - expected) < 4.0 * error).all()


def test_an_account_compares_the_count_with_the_other_years(observed: Observed, draws: pd.DataFrame) -> None:
    names, values = columns(draws, "responses")
    hub, challenger = accounts(Responses(observed, names), values, "KHM", "2010-01", "2024-07")
    assert (hub.observed, challenger.observed) == tuple(
        observed.steps[:, observed.states.index("KHM")].sum(axis=1)
    )
    for one in (hub, challenger):
        assert one.low <= one.expected <= one.high
        assert one.surprising == (not one.low <= one.observed <= one.high)
        assert 2.0 / 31.0 <= one.chance <= 1.0


def test_only_the_dropped_rows_and_what_presupposes_them_are_missing(observed: Observed) -> None:
    """Without the stand-off at Scarborough Shoal (S003) no fishing access there can be eased again (S024)."""
    arrays = without_rows(observed, ["S003"])
    apart = observed.arrays.stimuli - arrays.stimuli
    months, states, channels = np.nonzero(apart)
    assert set(states) == {observed.states.index("PHL")}
    assert set(channels) == {COERCION, ACCOMMODATION}
    spans = {COERCION: ("2012-04", "2012-06"), ACCOMMODATION: ("2016-10", "2019-12")}
    for channel, span in spans.items():
        own = months[channels == channel]
        assert (own.min(), own.max()) == tuple(map(observed.month, span))
    with pytest.raises(ValueError, match="S999"):
        without_rows(observed, ["S999"])


def test_paths_are_the_means_that_the_likelihood_uses(observed: Observed, draws: pd.DataFrame) -> None:
    names, values = columns(draws, "opinion")
    paths = opinion_paths(values, names, observed.arrays)
    for power in (sides.HUB, sides.CHALLENGER):
        mean, _, places = Views(observed, names).moments(values, power)
        views = observed.views[places]
        np.testing.assert_allclose(paths[:, power, views["month"], views["state"]], mean, atol=1e-10)


def test_figures_of_a_window_are_forecast_from_the_others(observed: Observed, draws: pd.DataFrame) -> None:
    hub, challenger = view_accounts(observed, draws, "PHL", "2016-07", "2020-06")
    views, state = observed.views, observed.states.index("PHL")
    span = (views["month"] >= observed.month("2016-07")) & (views["month"] <= observed.month("2020-06"))
    own = span & (views["state"] == state)
    judged = [views["value"][own & (views["power"] == power)] for power in (sides.HUB, sides.CHALLENGER)]
    assert [hub.count, challenger.count] == [len(values) for values in judged]
    assert [hub.observed, challenger.observed] == pytest.approx([values.mean() for values in judged])
    assert hub.observed > 0 > challenger.observed, (
        "Filipinos thought well of the United States in these years"
    )
    assert abs(challenger.expected - challenger.observed) < 0.5
    assert 0 < challenger.covered <= challenger.count
    assert view_accounts(observed, draws, "KHM", "2016-07", "2020-06")[0].count == 0
