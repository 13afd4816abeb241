"""Sizes of effects that others have published, as bounds on what the rules say at their defaults.

Fuchs and Klann (2013), "Paying a visit: The Dalai Lama effect on international trade", Journal of International
Economics 91(1), 164-177: states whose leaders receive the Dalai Lama export less to China, and the effect is gone within
two years. The working paper (cege Discussion Paper 113, October 2010) puts the loss at 8.1 per cent. The visits they pool
were answered by anything from frozen contacts to measures on trade, so their mean must lie between the loss under a mild
and under a full punishment. What the rules do not follow is the return: here lost trade stays lost.
"""

from __future__ import annotations

import numpy as np
import pytest

from sim.model import rules
from sim.model.parameters import PARAMETER_TYPE, PARAMETERS

DALAI_LAMA = 0.081
YEARS = 2
MILD, FULL = 0.3, 1.0
"""Rungs of the codebook: contacts of leaders frozen; trade cut."""


def mean_loss(intensity: float, months: int, diversion: float) -> float:
    """Mean loss of exports over two years after a punishment that wears off and ends, for a tenth of exports."""
    row = np.zeros(1, dtype=PARAMETER_TYPE)
    row["diversion"] = diversion
    share, losses = 0.1, []
    for age in range(12 * YEARS):
        felt = rules.habituated(intensity, age) if age < months else 0.0
        share = rules.dependence_after_month(share, felt, 0.0, row.view(np.recarray)[0])
        losses.append(1.0 - share / 0.1)
    return float(np.mean(losses))


def test_the_published_loss_lies_between_mild_and_full_punishment() -> None:
    diversion = PARAMETERS["diversion"].default
    assert 0.0 < mean_loss(MILD, 12, diversion) < DALAI_LAMA < mean_loss(FULL, 24, diversion)


@pytest.mark.parametrize("factor", [1 / 4, 4])
def test_the_bound_would_notice_another_order_of_magnitude(factor: float) -> None:
    diversion = factor * PARAMETERS["diversion"].default
    assert not mean_loss(MILD, 12, diversion) < DALAI_LAMA < mean_loss(FULL, 24, diversion)
