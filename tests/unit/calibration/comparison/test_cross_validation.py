"""Held-out densities against differences of likelihoods and against fits without the state."""

import numpy as np
import pytest

from calibration.comparison.cross_validation import counts_of, forward, leave_one_out, parts_of
from calibration.comparison.psis import RELIABLE, log_mean
from calibration.evidence.observed import INITIATIVES, UNPROMPTED, Observed
from calibration.fitting.fit import sample
from calibration.fitting.sampler import keyed_generator
from calibration.hypotheses.priors import BLOCKS, values_of
from calibration.likelihood import Responses, Trade, Views

pytestmark = pytest.mark.statistical

CUT = 20


def some(block: str, count: int = 3) -> np.ndarray:
    z = 0.3 * keyed_generator("heldout", block).standard_normal((count, len(BLOCKS[block])))
    return values_of(z, BLOCKS[block])


@pytest.mark.parametrize(("kind", "block"), [(Views, "opinion"), (Trade, "trade")])
def test_a_state_given_the_others_is_what_its_figures_add(
    observed: Observed, kind: type[Views | Trade], block: str
) -> None:
    values = some(block)
    parts = parts_of(kind(observed), values)
    last = list(parts)[-1]
    whole = kind(observed).log_likelihood(values)
    for i, code in enumerate(observed.states):
        without = kind(observed, without=(code,)).log_likelihood(values)
        assert parts[last][:, i] == pytest.approx(whole - without, abs=1e-6)


def test_trade_after_a_cut_adds_up_over_states(observed: Observed) -> None:
    values = some("trade")
    early = Trade(observed, until=CUT)
    added = Trade(observed).log_likelihood(values) - early.log_likelihood(values)
    assert parts_of(early, values, CUT)["trade"].sum(axis=1) == pytest.approx(added, abs=1e-6)


def test_opinion_after_a_cut_is_conditional_on_all_before(observed: Observed) -> None:
    values, early = some("opinion"), Views(observed, until=CUT)
    parts = parts_of(early, values, CUT)["opinion_hub"]
    state = int(observed.views["state"][~early.fitted][0])
    both = Views(observed, until=CUT)
    both.fitted = early.fitted | (observed.views["state"] == state)
    added = both.log_likelihood(values) - early.log_likelihood(values)
    assert parts[:, state] == pytest.approx(added, abs=1e-6)


def test_responses_are_steps_and_then_initiatives_and_answers(observed: Observed) -> None:
    values = some("responses")
    whole = Responses(observed)
    parts = parts_of(whole, values)
    assert parts["offers"] == pytest.approx(whole.by_state(values)[0], abs=1e-12)
    quiet = observed.moves.copy()
    quiet[INITIATIVES] = 0
    other = parts_of(Responses(observed.with_targets(moves=quiet)), values)
    assert np.array_equal(other["steps"], parts["steps"])
    moved = observed.initiatives.any(axis=(0, 2))
    assert (other["initiatives"][:, moved] != parts["initiatives"][:, moved]).all()
    asked = np.isin(np.arange(len(observed.states)), observed.offers["state"])
    assert np.array_equal(parts["initiatives"][:, ~asked], parts["offers"][:, ~asked])
    assert (parts["initiatives"][:, asked] > parts["offers"][:, asked]).all()


def test_steps_after_a_cut_do_not_see_later_answers(observed: Observed) -> None:
    values = some("responses")
    offers = observed.offers.copy()
    later = offers["last"] >= CUT * 6
    offers["outcome"][later] = -1 * offers["outcome"][later]
    other = observed.with_targets(offers=offers)
    one, two = (parts_of(Responses(o, until=CUT), values, CUT) for o in (observed, other))
    assert np.array_equal(one["steps"], two["steps"])
    assert np.array_equal(one["initiatives"], two["initiatives"])
    assert not np.array_equal(one["offers"], two["offers"])


def test_later_steps_do_not_enter_what_is_given(observed: Observed) -> None:
    values, moves = some("responses"), observed.moves.copy()
    moves[UNPROMPTED, :, 0, CUT * 6 :] += 1
    other = observed.with_targets(moves=moves)
    one, two = (parts_of(Responses(o, until=CUT), values, CUT) for o in (observed, other))
    assert np.array_equal(one["steps"][:, 1:], two["steps"][:, 1:])
    assert (one["steps"][:, 0] != two["steps"][:, 0]).all()


def test_everything_is_counted_once(observed: Observed) -> None:
    responses = counts_of(Responses(observed))
    assert responses["steps"].sum() == observed.steps.sum()
    assert responses["initiatives"].sum() == observed.initiatives.sum()
    assert responses["offers"].sum() == len(observed.offers)
    opinion = counts_of(Views(observed))
    assert sum(part.sum() for part in opinion.values()) == len(observed.views) - len(observed.series)
    early = counts_of(Trade(observed, until=CUT), CUT)
    assert early["trade"].sum() == (observed.trade["month"] >= CUT * 6).sum()


def test_reweighted_draws_agree_with_fits_without_the_state(observed: Observed) -> None:
    target = Trade(observed)
    found = sample(target, particles=400, seed=4)
    reweighted = leave_one_out(target, found.values)["trade"]
    state = int(np.argsort(reweighted.lpd)[len(observed.states) // 4])
    code = observed.states[state]

    def refit(code: str) -> np.ndarray:
        return sample(Trade(observed, without=(code,)), particles=400, seed=5).values

    assert reweighted.shape[state] < RELIABLE
    refitted = log_mean(parts_of(target, refit(code))["trade"][:, state])
    assert reweighted.lpd[state] == pytest.approx(refitted, abs=0.2)


def test_weights_that_cannot_be_trusted_are_not_used(observed: Observed) -> None:
    target, values = Trade(observed), some("trade", 8)
    asked: list[str] = []

    def refit(code: str) -> np.ndarray:
        asked.append(code)
        return values

    found = leave_one_out(target, values, refit)["trade"]
    assert asked == [code for code, made in zip(observed.states, found.refitted, strict=True) if made]
    assert len(asked) == (found.count > 0).sum()


def test_a_weighted_forecast_counts_draws_by_weight(observed: Observed) -> None:
    target, values = Trade(observed, until=CUT), some("trade", 2)
    only = forward(target, values[1:], CUT)["trade"].lpd
    weighted = forward(target, values, CUT, np.log(np.array([1e-300, 1.0])))["trade"].lpd
    assert weighted == pytest.approx(only)
