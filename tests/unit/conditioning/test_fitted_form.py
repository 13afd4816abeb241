"""Who the states of a recorded lane are is drawn from the form that the likelihood fits."""

import numpy as np
import pytest

from calibration.evidence.observed import observe
from calibration.hypotheses.priors import BLOCKS, rows_of, values_of
from calibration.likelihood import Responses
from sim.conditioning import states
from sim.conditioning.pins import nothing_known
from sim.engine.arrays import pack
from sim.engine.timeline import build_timeline
from sim.scenario.loading import load_case

NAMES = BLOCKS["responses"]


@pytest.fixture(scope="module")
def values() -> np.ndarray:
    z = np.random.default_rng(4).standard_normal((1, len(NAMES))) * 0.5
    return values_of(z, NAMES)


def test_expected_moves_are_those_of_the_likelihood(values: np.ndarray) -> None:
    """Without levers and noise the two must agree to rounding, for steps and initiatives together."""
    arrays = pack(build_timeline(load_case("history", {"until": "2024-07"})))
    p, pins = rows_of(values, NAMES).view(np.recarray)[0], arrays.pins
    known = nothing_known(pins)
    positions, alignments = (np.zeros((pins.months, len(arrays.states))) for _ in range(2))
    states._positions(arrays.states, pins, p, positions, alignments)
    found = [
        states._expected(
            i,
            arrays.states,
            arrays.ties,
            arrays.stimuli,
            arrays.years,
            alignments,
            pins,
            known,
            p,
        )
        for i in range(len(arrays.states))
    ]
    wanted = Responses(observe()).rates(values)[0].sum(axis=(0, 3))
    np.testing.assert_allclose(np.array(found).T, wanted, rtol=1e-10)


def test_activity_follows_moves_of_both_streams(values: np.ndarray) -> None:
    """More initiatives on record make a state more active, by the lane's own draw."""
    arrays = pack(build_timeline(load_case("history", {"until": "2024-07"})))
    p = rows_of(values, NAMES).view(np.recarray)[0]

    def activity(more: int) -> float:
        cells = arrays.pins.cells.copy()
        cells["initiatives_hub"][40, 0] += more
        cells["initiatives_challenger"][50, 0] += more
        pins = arrays.pins._replace(cells=cells)
        known = nothing_known(pins)
        states.know(
            arrays.states, arrays.ties, arrays.offers, arrays.institutions, arrays.stimuli, arrays.years,
            arrays.months, pins, p, 1, 0, known,
        )  # fmt: skip
        return float(known.states["activity"][0])

    assert activity(0) < activity(2) < activity(6)
