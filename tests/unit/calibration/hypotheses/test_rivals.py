"""Rival explanations: sets of switches on the same rules."""

from dataclasses import replace

import numpy as np
import pytest

from calibration.evidence.observed import Observed
from calibration.fitting.sampler import keyed_generator
from calibration.hypotheses.priors import BLOCKS, values_of
from calibration.hypotheses.rivals import FORMS, MAIN, REFERENCE, RIVALS, Rival, held_of, names_of
from calibration.likelihood import TARGETS
from sim.model.parameters import LEVERS, PARAMETERS


def log_likelihood(observed: Observed, rival: Rival, block: str, given: dict[str, float]) -> float:
    names = names_of(rival, block)
    z = keyed_generator("rivals").standard_normal((1, len(BLOCKS[block]))) * 0.3
    middle = dict(zip(BLOCKS[block], values_of(z, BLOCKS[block])[0], strict=True))
    known = {name: part.default for name, part in PARAMETERS.items()} | middle | given
    values = np.array([[known[name] for name in names]])
    return float(TARGETS[block](observed, names, held_of(rival, block)).log_likelihood(values)[0])


@pytest.mark.parametrize("rival", [*RIVALS.values(), *FORMS.values()], ids=lambda rival: rival.name)
def test_switches_name_parameters_that_may_be_zero(rival: Rival) -> None:
    fitted = {name for names in BLOCKS.values() for name in names}
    assert set(rival.off) <= fitted
    assert all(PARAMETERS[name].low <= 0.0 for name in rival.off)
    assert all(PARAMETERS[name].low <= value <= PARAMETERS[name].high for name, value in rival.held.items())
    assert set(rival.free) <= {*LEVERS, "entrapment_memory"}
    assert not set(rival.off) & set(rival.free)


def test_no_two_rivals_are_the_same() -> None:
    every = [*RIVALS.values(), *FORMS.values()]
    fits = {
        tuple((names_of(rival, block), tuple(held_of(rival, block).items())) for block in BLOCKS)
        for rival in every
    }
    assert len(fits) == len(every) == len({rival.name for rival in every})
    assert names_of(RIVALS[REFERENCE], "responses") == BLOCKS["responses"]


def test_memory_of_alert_is_fitted_only_where_something_raises_alert() -> None:
    having = {name for name, rival in RIVALS.items() if "alert_memory" in names_of(rival, "responses")}
    assert having == set(RIVALS) - {"leaders", "inertia"}


@pytest.mark.parametrize("name", ["compliance", "hub_push", "shock"])
def test_a_rival_with_its_levers_at_zero_is_the_reference_without_the_challengers_pressure(
    observed: Observed, name: str
) -> None:
    rival = RIVALS[name]
    free = {key: 0.0 for key in rival.free if key != "entrapment_memory"}
    blind = dict.fromkeys(("alert_coercion", "alert_punishment", "yielding"), 0.0)
    if name == "compliance":
        del blind["yielding"]
    without = log_likelihood(observed, RIVALS[REFERENCE], "responses", blind)
    assert log_likelihood(observed, rival, "responses", free) == pytest.approx(without, abs=1e-9)
    assert log_likelihood(observed, RIVALS[REFERENCE], "responses", {}) != pytest.approx(without, abs=0.01)


@pytest.mark.parametrize("name", ["leaders", "inertia"])
@pytest.mark.parametrize("block", ["responses", "opinion"])
def test_what_happens_to_states_moves_nothing_where_nothing_is_said_to(
    observed: Observed, name: str, block: str
) -> None:
    calm = observed.arrays.stimuli.copy()
    calm[:, :, :11] = 0.0
    quiet = replace(observed, arrays=observed.arrays._replace(stimuli=calm))
    rival = RIVALS[name]
    assert log_likelihood(quiet, rival, block, {}) == log_likelihood(observed, rival, block, {})
    reference = RIVALS[REFERENCE]
    assert log_likelihood(quiet, reference, block, {}) != log_likelihood(observed, reference, block, {})


def test_only_inertia_is_blind_to_leaders(observed: Observed) -> None:
    plain = observed.arrays.stimuli.copy()
    plain[:, :, 11] = plain[:1, :, 11]
    steady = replace(observed, arrays=observed.arrays._replace(stimuli=plain))
    for rival in RIVALS.values():
        same = log_likelihood(steady, rival, "responses", {}) == log_likelihood(
            observed, rival, "responses", {}
        )
        assert same == (rival.name == "inertia"), rival.name


def test_the_sum_of_all_mechanisms_with_its_levers_at_zero_is_the_reference(observed: Observed) -> None:
    free = dict.fromkeys(LEVERS, 0.0)
    without = log_likelihood(observed, RIVALS[MAIN], "responses", free)
    assert without == pytest.approx(log_likelihood(observed, RIVALS[REFERENCE], "responses", {}), abs=1e-9)


def test_every_lever_is_either_fitted_or_held_at_zero() -> None:
    for rival in (*RIVALS.values(), *FORMS.values()):
        assert {lever for lever in LEVERS if lever in rival.free} | {
            name for name in rival.zero if name in LEVERS
        } == set(LEVERS)
    assert not RIVALS[MAIN].zero


@pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.name)
def test_a_form_differs_from_the_reference_in_responses_alone(observed: Observed, form: Rival) -> None:
    for block in BLOCKS:
        same = names_of(form, block) == BLOCKS[block] and not held_of(form, block)
        assert same == (block != "responses")
    assert log_likelihood(observed, form, "responses", {}) != log_likelihood(
        observed, RIVALS[REFERENCE], "responses", {}
    )


def test_the_linear_and_the_exponential_link_agree_where_little_is_felt(observed: Observed) -> None:
    calm = dict.fromkeys(
        ("alert_coercion", "alert_punishment", "alert_war", "alert_shock", "alert_pressure", "yielding"), 0.0
    )
    curved = log_likelihood(observed, FORMS["exponential"], "responses", calm)
    assert curved == pytest.approx(log_likelihood(observed, RIVALS[REFERENCE], "responses", calm), abs=1e-9)
