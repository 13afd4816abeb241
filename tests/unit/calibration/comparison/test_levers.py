"""What the record says of assumptions."""

import numpy as np
import pytest

from calibration.comparison import levers
from calibration.comparison.levers import (
    UNTAUGHT,
    WITH,
    lever_table,
    log_bayes_factor,
    score_of,
    stratified_normal,
)
from calibration.evidence.observed import Observed
from calibration.fitting.fit import Sample
from calibration.fitting.sampler import keyed_generator
from calibration.hypotheses.priors import BLOCKS, PRIORS, values_of
from calibration.likelihood import TARGETS, Responses
from sim.model.parameters import LEVERS

pytestmark = pytest.mark.statistical


def test_one_score_in_each_slice() -> None:
    from scipy.special import ndtr

    z = stratified_normal(500, keyed_generator("slices"))
    assert sorted(np.floor(500 * ndtr(z)).astype(int)) == list(range(500))


@pytest.mark.parametrize("name", ["hub_offer_pull", "peer_influence", "intimidation"])
def test_scores_are_those_of_prior_quantiles(name: str) -> None:
    z = np.linspace(-3, 3, 13)
    assert score_of(name, PRIORS[name].values(z)) == pytest.approx(z, abs=1e-3)


def test_a_bayes_factor_in_closed_form() -> None:
    """One more parameter, normal with spread 0.5, on which the log likelihood ratio is 2 v - 3 v^2 / 2."""

    def ratio(draws: np.ndarray, values: np.ndarray) -> np.ndarray:
        return 2.0 * values - 1.5 * values**2

    assert PRIORS["step_balance"].spread == 0.5
    factor, pairs = log_bayes_factor(ratio, np.zeros((500, 1)), "step_balance", 4, seed=1)
    precision = 1 / 0.5**2 + 3.0
    exact = 0.5 * 2.0**2 / precision - 0.5 * np.log(precision * 0.5**2)
    assert factor == pytest.approx(exact, abs=0.01)
    assert 500 < pairs < 2000


def test_every_lever_but_those_said_to_be_untaught_moves_the_likelihood(observed: Observed) -> None:
    values = values_of(np.full((1, len(BLOCKS["responses"])), 0.3), BLOCKS["responses"])
    base = Responses(observed).log_likelihood(values)[0]
    for lever in LEVERS:
        names = (*BLOCKS["responses"], lever, *WITH.get(lever, ()))
        more = [PRIORS[name].values(np.ones(1))[0] for name in names[len(values[0]) :]]
        moved = Responses(observed, names).log_likelihood(np.append(values[0], more)[None])[0] != base
        assert moved == (lever not in UNTAUGHT), lever
    for lever in UNTAUGHT:
        names = (*BLOCKS["habits"], lever)
        habits = values_of(np.zeros((1, len(names))), names)
        with_it = TARGETS["habits"](observed, names).log_likelihood(habits)
        assert with_it == TARGETS["habits"](observed).log_likelihood(habits[:, :-1])


def test_the_table_of_levers(observed: Observed, monkeypatch: pytest.MonkeyPatch) -> None:
    def near(target: object, **settings: object) -> Sample:
        names = target.names
        values = values_of(0.1 * keyed_generator("near").standard_normal((160, len(names))), names)
        logs = target.log_likelihood(values)
        return Sample("responses", names, values, logs, 0.0, {})

    monkeypatch.setattr(levers, "sample", near)
    reported: list[tuple[int, int]] = []
    chosen = ("hub_offer_pull", "security_dilemma", "punishment_fear")
    found = lever_table(
        observed, {"seed": 1}, 20, chosen, lambda done, total: reported.append((done, total))
    ).set_index("lever")
    assert reported == [(1, 3), (2, 3), (3, 3)]
    assert found.loc["security_dilemma"].isna().all()
    rest = found.drop(index="security_dilemma")
    assert (rest["low"] < rest["median"]).all()
    assert (rest["median"] < rest["high"]).all()
    assert rest["learned"].between(0.05, 1.3).all()
    assert rest["above"].between(0, 1).all()
    assert np.isfinite(rest[["left_out", "left_out_error", "forward", "log_bayes_factor"]]).all(axis=None)
