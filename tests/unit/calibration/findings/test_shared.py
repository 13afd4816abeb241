"""Two fits beside each other."""

import numpy as np
import pytest

from calibration.findings.effects import prior_draws
from calibration.findings.shared import side_by_side


def test_only_what_both_learn_is_shared() -> None:
    draws = prior_draws(200, seed=4)
    found = side_by_side(draws.assign(alert_war=0.0), draws.drop(columns="yielding"))
    assert "alert_war" not in found.index
    assert "yielding" not in found.index
    assert found["same"].all()
    assert (found["apart"] == 0.0).all()


def test_distance_is_in_spreads_of_the_second_on_the_scale_of_the_prior() -> None:
    draws = prior_draws(500, seed=4)
    narrow = draws["alert_coercion"].median() + 0.2 * (
        draws["alert_coercion"] - draws["alert_coercion"].median()
    )
    second = draws.assign(alert_coercion=narrow)
    first = second.assign(
        alert_coercion=narrow + 1.5 * narrow.std(ddof=0),
        step_rate=draws["step_rate"] * np.exp(0.5 * np.log(draws["step_rate"]).std(ddof=0)),
    )
    found = side_by_side(first, second)
    assert found.loc["alert_coercion", "apart"] == pytest.approx(1.5)
    assert found.loc["step_rate", "apart"] == pytest.approx(0.5)
    assert not found.loc["step_rate", "same"]
    assert found.loc["decline_hub", "same"]
