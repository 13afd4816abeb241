"""Steps drawn again from a fit follow the rates and what each state has shown of itself."""

import numpy as np
import pytest

from calibration.evidence.observed import UNPROMPTED, Observed
from calibration.hypotheses.priors import PRIORS
from calibration.likelihood import Responses
from calibration.report.figures import steps_again
from tests.moves import with_steps


def target_and_values(observed: Observed, draws: int, **given: float) -> tuple[Responses, np.ndarray]:
    target = Responses(observed)
    values = np.array([PRIORS[name].values(np.zeros(1))[0] for name in target.names])
    for name, value in given.items():
        values[target.names.index(name)] = value
    return target, np.tile(values, (draws, 1))


def test_states_that_are_all_alike_step_at_the_rules_rate(observed: Observed) -> None:
    target, values = target_and_values(
        observed, 3000, activity_shape=1e6, home_spread=1e-6, alignment_slope=0.9
    )
    again = steps_again(target, values, 1)
    tilt = 0.9 * np.tanh(observed.home / 2)
    lift = np.exp(np.stack([tilt, -tilt]))[:, :, None]
    expected = (target.exposures(values[:1])[0, UNPROMPTED] * lift).sum(axis=1)
    assert again.shape == (3000, *expected.shape)
    assert np.abs((again.mean(axis=0) - expected) / np.sqrt(expected / 3000)).max() < 4.5


def test_activity_follows_each_states_own_count(observed: Observed) -> None:
    alone = with_steps(observed, observed.steps, initiatives=False)
    target, values = target_and_values(
        alone, 2000, activity_shape=0.01, step_rate=1.0, initiative_rate=1e-9, home_spread=1e-6
    )
    total = observed.steps.sum()
    again = steps_again(target, values, 1).sum(axis=(1, 2))
    assert again.mean() == pytest.approx(total, abs=4.5 * np.sqrt(2 * total / 2000))


def test_the_error_of_home_follows_the_direction_of_steps(observed: Observed) -> None:
    hub = np.zeros_like(observed.steps)
    hub[0, :, ::3] = 1
    lopsided = with_steps(observed, hub)
    target, values = target_and_values(lopsided, 500, home_spread=1.5, alignment_slope=2.0)
    fixed, alike = target_and_values(lopsided, 500, home_spread=1e-6, alignment_slope=2.0)
    share = [
        again[:, 0].sum() / again.sum()
        for again in (steps_again(target, values, 1), steps_again(fixed, alike, 1))
    ]
    assert share[0] > share[1] + 0.1


def test_the_seed_decides(observed: Observed) -> None:
    target, values = target_and_values(observed, 5)
    assert np.array_equal(steps_again(target, values, 1), steps_again(target, values, 1))
    assert not np.array_equal(steps_again(target, values, 1), steps_again(target, values, 2))
