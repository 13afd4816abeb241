"""Sizes and signs of mechanisms against what can be worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from calibration.findings.effects import prior_draws
from calibration.findings.mechanisms import LENGTH, MECHANISMS, mechanisms, sign
from calibration.hypotheses.priors import BLOCKS
from calibration.hypotheses.rivals import FORMS
from sim.model.rules import LEAST_LIFT


def draws(**values: list[float]) -> pd.DataFrame:
    count = len(next(iter(values.values())))
    middle = {name: [1.0] * count for one, kind in MECHANISMS.items() for name in (one, kind.beside) if name}
    return pd.DataFrame(middle | values)


def test_sizes_are_in_their_units() -> None:
    found = mechanisms(
        draws(
            alert_war=[0.5], yielding=[-3.0], trend_steps_hub=[np.log(1.1)], initiative_balance=[np.log(2.0)],
            completion_hub=[0.6], acceptance_hub=[0.2], alert_memory=[0.7],
        )
    )["middle"]  # fmt: skip
    assert found["alert_war"] == pytest.approx(1.5)
    assert found["yielding"] == LEAST_LIFT
    assert found["trend_steps_hub"] == pytest.approx(10.0)
    assert found["initiative_balance"] == pytest.approx(2.0)
    assert found["completion_hub"] == pytest.approx(3.0)
    assert found["alert_memory"] == pytest.approx(0.7)


def test_the_sign_is_that_of_the_effect_and_not_of_the_parameter() -> None:
    """A rate of completion is positive; its effect is to be above the rate of acceptance."""
    found = mechanisms(
        draws(
            completion_hub=[0.1, 0.1, 0.1, 0.4], acceptance_hub=[0.2] * 4, alert_war=[-1.0, 1.0, 2.0, 3.0],
            yielding=[-1.0] * 4,
        )
    )  # fmt: skip
    assert found["above"][["completion_hub", "alert_war", "yielding"]].tolist() == [0.25, 0.75, 0.0]
    assert found["word"][["completion_hub", "yielding"]].tolist() == ["cannot tell", "fewer"]
    assert not found["signed"][found["kind"] == LENGTH].any()


@pytest.mark.parametrize(
    ("above", "word"), [(0.95, "more"), (0.94, "cannot tell"), (0.05, "fewer"), (0.06, "cannot tell")]
)
def test_a_sign_needs_nineteen_draws_of_twenty(above: float, word: str) -> None:
    assert sign(above) == word


def test_the_prior_has_learned_nothing_and_half_of_its_width_is_partly_learned() -> None:
    before = prior_draws(2000, seed=3)
    assert set(mechanisms(before)["learned"]) == {"prior"}
    half = before.median() + 0.6 * (before - before.median())
    assert mechanisms(half).loc["alert_pressure", "learned"] == "partly"


def test_priors_of_both_powers_are_alike() -> None:
    """Quantiles of 4,000 prior draws of factors that go to seven: five standard errors of the median are 0.3."""
    found = mechanisms(prior_draws(50))
    both = found.loc[["alert_coercion", "alert_pressure", "yielding"]]
    assert np.ptp(both["prior"]) < 0.3
    assert both["prior"].between(0.7, 1.3).all()


def test_every_mechanism_is_fitted_and_every_form_exists() -> None:
    assert set(MECHANISMS) <= set(BLOCKS["responses"])
    assert {one.form for one in MECHANISMS.values() if one.form} <= set(FORMS)
