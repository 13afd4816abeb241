"""Two blocs of least energy: the landscape theory of alliances, with the two powers as the poles.

References
----------
Axelrod & Bennett (1993), "A Landscape Theory of Aggregation", British Journal of Political Science 23(2), 211-233:
the energy of a partition is the size-weighted sum, over pairs, of propensity to work together times distance (0 in one
bloc, 1 in two); a partition is stable if no actor lowers the energy by changing sides.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.compiled import compiled

Floats = NDArray[np.float64]


@compiled
def energy(size: Floats, propensity: Floats, side: NDArray[np.int64]) -> float:
    """Energy of a partition: over ordered pairs of actors on two sides, size times size times propensity.

    Parameters
    ----------
    size : float array, shape (actors,)
    propensity : float array, shape (actors, actors)
        Symmetric, positive for partners; the diagonal is not read.
    side : int array, shape (actors,)
        Two labels.
    """
    total = 0.0
    for i in range(len(size)):
        for j in range(len(size)):
            if i != j and side[i] != side[j]:
                total += size[i] * size[j] * propensity[i, j]
    return total


@compiled
def frustration(size: Floats, propensity: Floats, side: NDArray[np.int64], i: int) -> float:
    """What keeps actor ``i`` uneasy: summed size times propensity of those in the other bloc."""
    total = 0.0
    for j in range(len(size)):
        if j != i and side[j] != side[i]:
            total += size[j] * propensity[i, j]
    return total


@compiled
def pull_of_other_bloc(size: Floats, propensity: Floats, side: NDArray[np.int64], i: int) -> float:
    """How much better actor ``i`` fits the other bloc than its own; positive means that it would gain by changing."""
    total = 0.0
    for j in range(len(size)):
        if j != i:
            total += size[j] * propensity[i, j] * (1.0 if side[j] != side[i] else -1.0)
    return total


@compiled
def descend(size: Floats, propensity: Floats, side: NDArray[np.int64], free: int) -> None:
    """Steepest descent: of the first ``free`` actors, the one that lowers the energy most changes sides, until none does."""
    while True:
        best, which = 0.0, -1
        for i in range(free):
            gain = size[i] * pull_of_other_bloc(size, propensity, side, i)
            if gain > best + 1e-12:
                best, which = gain, i
        if which < 0:
            return
        side[which] = 1 - side[which]


@compiled
def _least(alignment: Floats, size: Floats, ties: Floats) -> tuple[float, float]:
    states = len(alignment)
    sizes, propensity = np.empty(states + 2), np.zeros((states + 2, states + 2))
    total = size.sum()
    for i in range(states):
        sizes[i] = size[i] / total if total > 0.0 else 1.0 / states
    sizes[states:] = 1.0
    propensity[:states, :states] = ties
    for i in range(states):
        propensity[i, states], propensity[states, i] = alignment[i], alignment[i]
        propensity[i, states + 1], propensity[states + 1, i] = -alignment[i], -alignment[i]
    propensity[states, states + 1], propensity[states + 1, states] = -1.0, -1.0
    least, frustrated = np.inf, 0.0
    for start in range(3):
        side = np.zeros(states + 2, np.int64)
        side[states + 1] = 1
        for i in range(states):
            side[i] = start if start < 2 else (0 if alignment[i] >= 0.0 else 1)
        descend(sizes, propensity, side, states)
        found = energy(sizes, propensity, side)
        if found < least - 1e-12:
            least, frustrated = found, 0.0
            for i in range(states):
                if frustration(sizes, propensity, side, i) > 0.0:
                    frustrated += 1.0
    return least, frustrated


@compiled
def _least_of_lanes(alignment: Floats, size: Floats, ties: Floats) -> tuple[Floats, Floats]:
    least, frustrated = np.empty(len(alignment)), np.empty(len(alignment))
    for lane in range(len(alignment)):
        least[lane], frustrated[lane] = _least(alignment[lane], size, ties)
    return least, frustrated


def least_energy_blocs(alignment: Floats, size: Floats, ties: Floats) -> tuple[Floats, Floats]:
    """Least energy of two blocs around the powers, and the number of states frustrated in it, lane by lane.

    The propensity of two states is their tie; of a state and a power, its alignment. The powers do not change sides;
    each has the size of all states together. Descent starts from everyone with the hub, everyone with the challenger
    and the signs of alignment, and keeps the lowest found: stable to a change of any one state, and now and then (under
    1 % of random small worlds) above the least of all partitions.

    Parameters
    ----------
    alignment : float array, shape (lanes, states)
    size : float array, shape (states,)
    ties : float array, shape (states, states)
    """
    return _least_of_lanes(np.ascontiguousarray(alignment), np.ascontiguousarray(size), ties)
