"""Half-years add up to what the comparison of explanations says, and errors over them see shocks that are common."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from calibration.comparison.cross_validation import forward, leave_one_out
from calibration.evidence.observed import CELL_MONTHS, Observed
from calibration.findings.effects import prior_draws
from calibration.findings.half_years import TOTAL, densities, errors_of, half_year_errors, until_month
from calibration.hypotheses.rivals import REFERENCE, RIVALS, held_of, names_of
from calibration.likelihood import Responses

UNTIL = 20
RIVAL = RIVALS["shock"]
NAMES = names_of(RIVAL, "responses")


@pytest.fixture(scope="module")
def draws() -> pd.DataFrame:
    before = prior_draws(12, seed=2)
    return before.median() + 0.2 * (before - before.median())


@pytest.fixture(scope="module")
def short(observed: Observed) -> Observed:
    """The first eleven years and a month, so that the last half-year is cut short."""
    return until_month(observed, 22 * CELL_MONTHS + 1)


@pytest.mark.parametrize("until", [None, UNTIL])
def test_half_years_add_up_to_the_whole(short: Observed, draws: pd.DataFrame, until: int | None) -> None:
    found = densities(RIVAL, short, draws, until)
    target = Responses(short, NAMES, held_of(RIVAL, "responses"), until)
    values = draws[list(NAMES)].to_numpy()
    whole = leave_one_out(target, values) if until is None else forward(target, values, until)
    for stream, density in whole.items():
        assert found[stream].shape == (len(short.states), 23 - (until or 0))
        np.testing.assert_allclose(found[stream].sum(axis=1), density.lpd, atol=1e-9)
        assert (found[stream] != 0.0).any(axis=0).all(), "every half-year says something"
    np.testing.assert_allclose(found[TOTAL], sum(found[stream] for stream in whole), atol=1e-9)


def test_a_half_year_knows_nothing_of_later_ones(short: Observed, draws: pd.DataFrame) -> None:
    """The first of three half-years after the cut keeps its density whatever is done and answered in the others."""
    later = (UNTIL + 1) * CELL_MONTHS
    stimuli, moves = short.arrays.stimuli.copy(), short.moves.copy()
    stimuli[later:] = 0.5
    moves[..., later:] += 1
    other = replace(short, arrays=short.arrays._replace(stimuli=stimuli), moves=moves)
    one, two = (densities(RIVAL, record, draws, UNTIL)[TOTAL] for record in (short, other))
    np.testing.assert_allclose(one[:, 0], two[:, 0], atol=1e-9)
    assert not np.allclose(one[:, 1], two[:, 1])


def test_an_offer_open_at_the_end_has_no_answer(observed: Observed) -> None:
    answered = observed.offers[observed.offers["outcome"] != 0]
    month = int(answered["last"].max())
    cut = until_month(observed, month)
    assert (cut.offers["last"] < month).all()
    assert (cut.offers["outcome"] != 0).sum() == (answered["last"] < month).sum() < len(answered)
    assert cut.moves.shape[-1] == len(cut.months) == month


def test_errors_by_hand() -> None:
    alike = np.array([[1.0, -1.0, 3.0], [1.0, -1.0, 3.0]])
    difference, states, half_years = errors_of(alike)
    assert (difference, states) == (6.0, 0.0)
    assert half_years == pytest.approx(np.sqrt(3 * np.var([2.0, -2.0, 6.0], ddof=1)))
    assert errors_of(alike.T)[1:] == (half_years, 0.0)


def test_fits_that_lack_a_parameter_are_passed_over(observed: Observed, draws: pd.DataFrame) -> None:
    short = until_month(observed, 4 * CELL_MONTHS)
    tables = {
        REFERENCE: draws,
        "shock": draws,
        "leaders": draws.drop(columns="step_rate"),
    }
    found = half_year_errors(tables, short, {"left_out": ("", None), "forward": ("-2019", 3)}, most=5)
    assert set(found["model"]) == {"shock"}
    assert set(found["split"]) == {"left_out"}
    assert (found["error_half_years"] > 0.0).all()
    assert half_year_errors({}, short, {"left_out": ("", None)}, most=5).empty
