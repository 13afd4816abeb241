"""States left out by reweighting, against plain importance weights."""

import numpy as np
import pytest

from calibration.evidence.observed import Observed
from calibration.findings.effects import EFFECTS, prior_draws
from calibration.findings.external import columns
from calibration.findings.influence import influence, with_errors
from calibration.hypotheses.priors import PRIORS, rows_of
from calibration.likelihood import Responses


def test_weights_are_those_of_the_state(observed: Observed) -> None:
    prior = prior_draws(300, seed=6)
    centre = prior.median()
    draws = centre + 0.1 * (prior - centre)
    found = influence(observed, draws, ["coercion on steps"]).set_index("state")
    names, values = columns(draws, "responses")
    alone = Responses(observed, names).by_state(values)[1]
    size = EFFECTS["coercion on steps"].size(rows_of(values, names))
    order, wanted = np.argsort(size), {}
    for i, code in enumerate(observed.states):
        cumulative = np.cumsum(np.exp(-alone[order, i] + alone[:, i].min()))
        wanted[code] = size[order][np.searchsorted(cumulative / cumulative[-1], 0.5)]
    kept = found.index[found["reliable"]]
    shift = np.array([wanted[code] for code in kept]) - np.median(size)
    assert len(kept) > 15
    assert np.corrcoef(shift, found.loc[kept, "shift"])[0, 1] > 0.95
    assert found.loc[kept, "middle"].to_numpy() - np.median(size) == pytest.approx(
        shift, abs=0.1 * size.std()
    )


def test_errors_of_measurement_stand_at_the_middle_of_their_priors() -> None:
    draws = prior_draws(5)
    assert with_errors(draws).equals(draws)
    filled = with_errors(draws.drop(columns="survey_error"))
    assert (filled["survey_error"] == PRIORS["survey_error"].location).all()
