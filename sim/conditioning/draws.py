"""Draws that the record decides, one small pure function each: abduction by the lane's own uniforms.

Given what happened, a draw is no longer free: it lies where it must have lain. Each function takes the uniform that the
lane has at the usual address and returns the draw from its conditional distribution, so that lanes, pairs and the order of
states stay as addressable as without a record.

References
----------
Pearl (2009), Causality, 2nd edition, section 7.1, for abduction, action and prediction.
"""

from __future__ import annotations

import math

from sim.model.draws import poisson_quantile
from sim.model.jit import compiled


@compiled
def steps_of_twin(u: float, recorded: int, mean: float, twin_mean: float, most: int) -> int:
    """Steps in a month of the twin, whose expected number is ``twin_mean``, given those on record.

    The draw behind ``recorded`` Poisson events of expected number ``mean`` is uniform between the two ends of their
    probability; ``u`` says where. The twin reads the same draw: one recorded step falls away with chance
    ``1 - twin_mean / mean``, and none that history lacks is added while the rate is no higher.

    >>> steps_of_twin(0.5, 1, 0.02, 0.02, 4), steps_of_twin(0.9, 1, 0.02, 0.0, 4)
    (1, 0)
    """
    if twin_mean == mean:
        return recorded
    probability = math.exp(-mean)
    below = 0.0
    for count in range(recorded):
        below += probability
        probability *= mean / (count + 1)
    return poisson_quantile(below + u * probability, twin_mean, most)


@compiled
def threshold_within(threshold: float, before: float, after: float) -> float:
    """A unit-exponential threshold, given that the summed hazard passed it in the month from ``before`` to ``after``.

    >>> 0.2 < threshold_within(1.3, 0.2, 0.25) <= 0.25
    True
    """
    width = after - before
    share = math.exp(-threshold)  # uniform, and small if the threshold is high
    inside = before - math.log1p(-(1.0 - share) * -math.expm1(-width))
    return min(max(inside, math.nextafter(before, math.inf)), after)


@compiled
def share_of_month(threshold: float, before: float, after: float) -> float:
    """How far into the month a summed hazard reached a threshold, 0 to 1."""
    return (threshold - before) / (after - before) if after > before else 1.0


@compiled
def threshold_beyond(threshold: float, reached: float) -> float:
    """A unit-exponential threshold, given that a summed hazard of ``reached`` has not passed it: it has no memory."""
    return reached + threshold
