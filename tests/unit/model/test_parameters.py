"""Every number of the rules: documented, inside its range, drawn from the prior that it names, addressed by lane."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.model.draws import gamma_unit_quantile, row_key
from sim.model.parameters import LEVERS, MEASUREMENT, PARAMETER_TYPE, PARAMETERS, Parameter
from sim.model.prior_draws import prior_quantiles
from sim.model.rules import act_intensity, act_months
from sim.scenario.lane_parameters import parameter_rows

ALL = PARAMETERS | MEASUREMENT
parameters = pytest.mark.parametrize("parameter", ALL.values(), ids=ALL.keys())


FORMS = {name for name, parameter in PARAMETERS.items() if parameter.kind == "form"}
DRAWN = {name: parameter for name, parameter in PARAMETERS.items() if name not in FORMS}
drawn_parameters = pytest.mark.parametrize("parameter", DRAWN.values(), ids=DRAWN.keys())


def prior_of(parameter: Parameter, around: float | None = None) -> stats.rv_continuous:
    """The prior given the number that it stands around, which is at its default if not given."""
    family, location, spread = parameter.prior
    if parameter.around:
        location += PARAMETERS[parameter.around].default if around is None else around
    if family == "lognormal":
        return stats.lognorm(s=spread, scale=location)
    if family == "normal":
        return stats.norm(location, spread)
    assert family == "uniform"
    return stats.uniform(location, spread - location)


@parameters
def test_a_parameter_says_what_it_is_where_it_is_from_and_what_would_refute_it(parameter: Parameter) -> None:
    for words in (parameter.symbol, parameter.unit, parameter.meaning, parameter.source, parameter.falsifier):
        assert words.strip() == words != ""
    assert parameter.kind in ("core", "lever", "habit", "read-out", "form", "measurement")
    assert (parameter.kind == "measurement") == (parameter.name in MEASUREMENT)
    assert (parameter.source == "assumption: prior only") >= (parameter.kind == "lever")
    assert any(word in parameter.source for word in ("assumption:", "record", "convention", "choice of form"))


@drawn_parameters
def test_the_default_lies_in_the_range_and_in_the_prior(parameter: Parameter) -> None:
    assert math.isfinite(parameter.low)
    assert math.isfinite(parameter.high)
    assert parameter.low <= parameter.default <= parameter.high
    low, high = prior_of(parameter).ppf([0.0, 1.0])
    assert low <= parameter.default <= high
    if parameter.prior[0] != "uniform":
        assert parameter.default == pytest.approx(prior_of(parameter).median())


@drawn_parameters
def test_the_range_cuts_almost_nothing_off_the_prior(parameter: Parameter) -> None:
    prior = prior_of(parameter)
    assert prior.cdf(parameter.low) + prior.sf(parameter.high) < 1e-4


@drawn_parameters
def test_quantiles_of_the_prior_are_scipys(parameter: Parameter) -> None:
    around = PARAMETERS[parameter.around].default if parameter.around else 0.0
    wanted = np.array([1e-6, 0.05, 0.5, 0.95, 1.0 - 1e-6])
    exact = np.clip(prior_of(parameter).ppf(wanted), parameter.low, parameter.high)
    found = prior_quantiles(parameter, wanted, around)
    np.testing.assert_allclose(found, exact, rtol=1e-12, atol=1e-14)


def test_a_form_stands_at_its_value_and_a_shrunk_number_around_another() -> None:
    rows = parameter_rows("prior", {}, {}, 3, 0, 400)
    assert {"exponential_link", "initiative_alarm"} == FORMS
    for name in FORMS:
        assert (rows[name] == PARAMETERS[name].default).all()
    apart = rows["alert_punishment"] - rows["alert_coercion"]
    assert abs(apart.mean()) < 5 * apart.std() / 20
    assert np.corrcoef(rows["alert_punishment"], rows["alert_coercion"])[0, 1] > 0.6


def test_names_symbols_and_keys_are_unique() -> None:
    assert len({row_key(name) for name in ALL}) == len(ALL) == len(PARAMETERS) + len(MEASUREMENT)
    assert len({parameter.symbol for parameter in ALL.values()}) == len(ALL)
    assert PARAMETER_TYPE.names == tuple(ALL)


def test_levers_are_the_mechanisms_and_not_their_clocks() -> None:
    levers = {name for name, parameter in PARAMETERS.items() if parameter.kind == "lever"}
    assert set(LEVERS) == {name for name in levers if PARAMETERS[name].unit != "years"}


def test_defaults_are_the_documented_ones() -> None:
    rows = parameter_rows("default", {}, {}, 9, 5, 3)
    for name, parameter in ALL.items():
        assert (rows[name] == parameter.default).all()


def test_values_replace_defaults_and_draws_and_levers_scale_what_there_is() -> None:
    values, levers = (
        {"alert_coercion": 3.5, "bystander_alert": 0.8},
        {"bystander_alert": 0.5, "compliance": 0.0},
    )
    for source in ("default", "prior"):
        plain = parameter_rows(source, {}, {}, 1, 0, 4)
        rows = parameter_rows(source, values, levers, 1, 0, 4)
        assert (rows["alert_coercion"] == 3.5).all()
        assert (rows["bystander_alert"] == 0.4).all()
        assert (rows["compliance"] == 0.0).all()
        for name in set(ALL) - set(values) - set(levers):
            assert (rows[name] == plain[name]).all(), name
    doubled = parameter_rows("prior", {}, {"entrapment": 2.0}, 1, 0, 4)
    np.testing.assert_array_equal(doubled["entrapment"], 2.0 * plain["entrapment"])


def test_an_unknown_parameter_is_refused() -> None:
    with pytest.raises(ValueError, match="no_such"):
        parameter_rows("default", {"no_such": 1.0}, {}, 1, 0, 1)


@settings(max_examples=20)
@given(st.integers(0, 2**62), st.integers(0, 1000), st.integers(1, 6), st.integers(0, 6))
def test_more_lanes_and_other_blocks_change_no_lane(seed: int, first: int, lanes: int, more: int) -> None:
    few = parameter_rows("prior", {}, {}, seed, first, lanes)
    many = parameter_rows("prior", {}, {}, seed, first, lanes + more)
    np.testing.assert_array_equal(few, many[:lanes])
    np.testing.assert_array_equal(few[-1:], parameter_rows("prior", {}, {}, seed, first + lanes - 1, 1))


def test_draws_follow_the_priors_and_not_each_other() -> None:
    """Kolmogorov-Smirnov for each parameter over 2,000 lanes and correlation of all pairs within 5.5 standard errors.

    False alarm for about 2 seeds in 10,000.
    """
    rows = parameter_rows("prior", {}, {}, 11, 0, 2_000)
    ranks = np.array(
        [
            prior_of(parameter, rows[parameter.around] if parameter.around else None).cdf(rows[name])
            for name, parameter in DRAWN.items()
        ]
    )
    for own in ranks:
        assert stats.kstest(own, "uniform").pvalue > 1e-6
    related = np.corrcoef(ranks) - np.eye(len(ranks))
    assert np.abs(related).max() < 5.5 / math.sqrt(2_000)


def test_seeds_give_other_draws() -> None:
    one, other = (parameter_rows("prior", {}, {}, seed, 0, 1) for seed in (1, 2))
    assert all(one[name][0] != other[name][0] for name in DRAWN)


@pytest.mark.parametrize("end", ["low", "high"])
def test_what_a_lane_draws_is_finite_at_both_ends_of_its_parameters(end: str) -> None:
    """Shape of activity and size of acts are used outside the rules."""
    at = {name: getattr(parameter, end) for name, parameter in PARAMETERS.items()}
    for z in (-6.0, 0.0, 6.0):
        assert math.isfinite(gamma_unit_quantile(z, at["activity_shape"]))
        for act in ("coercion", "punishment", "accommodation", "pressure"):
            assert 0.1 <= act_intensity(z, at[f"{act}_intensity"], 0.17) <= 1.0
            assert 1 <= act_months(z, at[f"{act}_months"], 1.2) <= 240


def test_shares_and_sizes_of_acts_cannot_be_set_above_one() -> None:
    shares = {name: p.high for name, p in PARAMETERS.items() if p.unit in ("share", "codebook")}
    assert len(shares) > 5
    assert {name: high for name, high in shares.items() if high > 1.0} == {}
