"""Forms of the reference beside it, and what is felt moved in time."""

import numpy as np
import pytest

from calibration.comparison import forms
from calibration.comparison.forms import FELT, felt_early, form_table
from calibration.evidence.observed import Observed
from calibration.fitting.fit import Sample
from calibration.hypotheses.priors import values_of
from calibration.hypotheses.rivals import FORMS


@pytest.mark.parametrize("months", [1, 12])
def test_what_is_felt_comes_early_and_nothing_else_does(observed: Observed, months: int) -> None:
    early, true = felt_early(observed, months).arrays.stimuli, observed.arrays.stimuli
    others = [channel for channel in range(true.shape[2]) if channel not in FELT]
    felt = list(FELT)
    np.testing.assert_array_equal(early[:-months, :, felt], true[months:, :, felt])
    assert (early[-months:, :, felt] == true[-1, :, felt].T).all()
    np.testing.assert_array_equal(early[:, :, others], true[:, :, others])
    assert felt_early(observed, months).fingerprint != observed.fingerprint


def test_each_form_is_held_against_the_reference(observed: Observed, monkeypatch: pytest.MonkeyPatch) -> None:
    """With one draw in place of a fit the left-out density is the likelihood, so differences can be checked."""

    def middle(target: object, **settings: object) -> Sample:
        values = values_of(np.full((4, len(target.names)), 0.3), target.names)
        return Sample(
            "responses",
            target.names,
            values,
            target.log_likelihood(values),
            -1.0,
            {"log_evidence_error": 0.1},
        )

    monkeypatch.setattr(forms, "sample", middle)
    table = form_table(observed, {}, [FORMS["no_war"], FORMS["exponential"]], early=(6,)).set_index("form")
    assert list(table.index) == ["backlash", "no_war", "exponential", "early_6"]
    assert table.loc["backlash", "difference"] == 0.0
    gaps = table.loc["backlash", "left_out"] - table["left_out"]
    np.testing.assert_allclose(table["difference"], gaps, atol=1e-9)
    assert (table["left_out"][1:] != table.loc["backlash", "left_out"]).all()
    assert (table["error"][1:] > 0.0).all()
