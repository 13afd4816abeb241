"""What a fit learned: the posterior on the scale of its prior."""

import numpy as np
import pytest
from scipy.special import ndtri

from calibration.fitting.fit import Fit, Sample
from calibration.fitting.posterior_summary import posterior_summary, scores, verdict
from calibration.fitting.sampler import keyed_generator
from calibration.hypotheses.priors import PRIORS

Z = keyed_generator("learned").standard_normal((4000, 2))
NAMES = ("diversion", "dependence_trend")


def fitted(spread: float, shift: float) -> Fit:
    values = np.column_stack([PRIORS[name].values(shift + spread * Z[:, k]) for k, name in enumerate(NAMES)])
    diagnostics = {"parameters": {name: {"scale_reduction": 1.0, "error": 0.1} for name in NAMES}}
    return Fit("backlash", (), {"trade": Sample("trade", NAMES, values, Z[:, 0], 0.0, diagnostics)}, 1)


@pytest.mark.parametrize("name", PRIORS)
def test_scores_undo_values(name: str) -> None:
    z = np.array([-0.8, -0.1, 0.5])
    values = PRIORS[name].values(z)
    inside = (values > PRIORS[name].low) & (values < PRIORS[name].high)
    assert inside.any()
    assert scores(PRIORS[name], values)[inside] == pytest.approx(z[inside])


def test_the_prior_itself_is_nothing_learned() -> None:
    table = posterior_summary([fitted(1.0, 0.0)])
    assert table["ratio"].to_list() == pytest.approx([1.0, 1.0], abs=0.05)
    assert table["learned"].to_list() == ["prior", "prior"]
    for place in ("q05", "q50", "q95"):
        assert table[place].to_list() == pytest.approx(table[f"prior_{place}"].to_list(), rel=0.1, abs=0.003)


def test_a_narrower_posterior_is_something_learned() -> None:
    table = posterior_summary([fitted(0.3, 1.0)])
    row = table.loc[("backlash", "diversion")]
    assert row["ratio"] == pytest.approx(0.3, rel=0.05)
    assert (row["learned"], row["block"], row["unit"]) == ("learned", "trade", "1/year")
    assert row["q95"] == pytest.approx(
        PRIORS["diversion"].values(np.array([1 + 0.3 * ndtri(0.95)]))[0], rel=0.05
    )


def test_the_words_follow_the_spread() -> None:
    assert [verdict(ratio) for ratio in (0.49, 0.5, 0.89, 0.9, 1.2)] == [
        "learned", "partly", "partly", "prior", "prior",
    ]  # fmt: skip
