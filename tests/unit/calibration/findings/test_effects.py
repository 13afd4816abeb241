"""Effects in plain units against what can be worked out by hand."""

import numpy as np
import pandas as pd
import pytest

from calibration.findings.effects import EFFECTS, OFFER_MONTHS, YEAR, effects, prior_draws
from calibration.hypotheses.priors import rows_of
from sim.model import rules


def size(name: str, **values: float) -> float:
    rows = rows_of(np.array([list(values.values())]), list(values))
    return float(EFFECTS[name].size(rows)[0])


def test_coercion_that_is_felt_at_once() -> None:
    worn = np.mean([rules.habituated(1.0, age) for age in range(YEAR)])
    found = size("coercion on steps", alert_coercion=2.0, alert_memory=1e-3)
    assert found == pytest.approx(1.0 + 2.0 * worn)
    assert size("coercion on steps, no dispute", alert_coercion=2.0, alert_memory=1e-3) == pytest.approx(
        1.0 + worn
    )


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        ("punishment on steps", "alert_punishment"),
        ("punishment on steps toward the challenger", "yielding"),
        ("pressure of the hub on steps", "alert_pressure"),
    ],
)
def test_pressure_that_is_felt_at_once_on_either_side(name: str, parameter: str) -> None:
    worn = np.mean([rules.habituated(1.0, age) for age in range(YEAR)])
    still = dict.fromkeys(("alert_coercion", "alert_punishment", "alert_pressure", "yielding"), 0.0)
    for felt in (1.5, -0.4):
        assert size(name, **(still | {parameter: felt, "alert_memory": 1e-3})) == pytest.approx(
            1.0 + felt * worn
        )


def test_punishment_that_diverts_trade() -> None:
    worn = sum(rules.habituated(1.0, age) for age in range(YEAR)) * rules.MONTH
    odds = 0.2 / 0.8 * np.exp(-0.5 * worn)
    found = size("punishment on trade", diversion=0.5, dependence_trend=0.0)
    assert found == pytest.approx(odds / (1.0 + odds) / 0.2)


def test_an_offer_meets_two_hazards() -> None:
    values = {"acceptance_hub": 0.3, "decline_hub": 0.1, "acceptance_leader_hub": 0.0}
    gone = 1.0 - np.exp(-0.4 * OFFER_MONTHS / 12)
    assert size("offer of the hub", **values) == pytest.approx(0.75 * gone)
    assert size("leader on offers of the hub", **values) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        ("pressure on opinion", "opinion_pressure"),
        ("pressure of the hub on opinion", "opinion_pressure_hub"),
        ("reputation on opinion", "opinion_reputation"),
    ],
)
def test_pressure_lowers_opinion_and_none_leaves_it(name: str, parameter: str) -> None:
    assert size(name, **{parameter: 0.0}) == 0.0
    assert size(name, **{parameter: 0.3}) < size(name, **{parameter: 0.1}) < 0.0


def test_a_narrow_posterior_is_learned_and_the_prior_is_not() -> None:
    before = prior_draws(1000, seed=3)
    same, narrow = effects(before), effects(before.median() + 0.1 * (before - before.median()))
    assert set(same["learned"]) == {"prior"}
    assert (narrow.loc[narrow["signed"], "learned"] == "learned").all()
    assert ((same["low"] <= same["middle"]) & (same["middle"] <= same["high"])).all()


def test_direction_is_counted() -> None:
    draws = pd.DataFrame({"leader_slope": [0.1, 0.2, 0.3, -0.1]})
    assert effects(draws).loc["leader on steps", "above"] == 0.75
