"""Two blocs of least energy: the landscape theory of alliances, with the two powers as the poles.

References
----------
Axelrod & Bennett (1993), "A Landscape Theory of Aggregation", British Journal of Political Science 23(2), 211-233:
the energy of a partition is the size-weighted sum, over pairs, of propensity to work together times distance (0 in one
bloc, 1 in two); a partition is stable if no actor lowers the energy by changing sides.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.model.jit import compiled
from sim.types import Floats

Integers = NDArray[np.int64]
LEAST_GAIN = 1e-12
"""Two gains, or two energies, nearer than this count as the same."""


class Links(NamedTuple):
    """Propensities of those actors that have one, actor by actor: work grows with them and not with all pairs.

    Each link stands twice, once with either actor; those of one actor stand together, in the order of the others.
    """

    first: Integers  # (actors + 1,) where the links of each actor begin; the last entry is where all end
    other: Integers  # (links,) the other actor
    weight: Floats  # (links,) propensity, positive for partners


@compiled
def energy(size: Floats, links: Links, side: Integers) -> float:
    """Energy of a partition: over ordered pairs of actors on two sides, size times size times propensity.

    Parameters
    ----------
    size : float array, shape (actors,)
    links : Links
        Propensities, the same in both directions.
    side : int array, shape (actors,)
        Two labels.
    """
    total = 0.0
    for i in range(len(size)):
        for number in range(links.first[i], links.first[i + 1]):
            j = links.other[number]
            if side[i] != side[j]:
                total += size[i] * size[j] * links.weight[number]
    return total


@compiled
def frustration(size: Floats, links: Links, side: Integers, i: int) -> float:
    """What keeps actor ``i`` uneasy: summed size times propensity of those in the other bloc."""
    total = 0.0
    for number in range(links.first[i], links.first[i + 1]):
        j = links.other[number]
        if side[j] != side[i]:
            total += size[j] * links.weight[number]
    return total


@compiled
def pull_of_other_bloc(size: Floats, links: Links, side: Integers, i: int) -> float:
    """How much better actor ``i`` fits the other bloc than its own; positive means that it would gain by changing."""
    total = 0.0
    for number in range(links.first[i], links.first[i + 1]):
        j = links.other[number]
        total += size[j] * links.weight[number] * (1.0 if side[j] != side[i] else -1.0)
    return total


@compiled
def _better(gain: Floats, a: int, b: int) -> int:
    """Of two actors (``a`` first in order; -1 is nobody) the one that gains more."""
    if a < 0 or b < 0:
        return max(a, b)
    return b if gain[b] > gain[a] + LEAST_GAIN else a


@compiled
def _play(best: Integers, gain: Floats, leaves: int, i: int) -> None:
    """Who gains most, after the gain of actor ``i`` changed: a match a round, up to the final at place 1."""
    place = (leaves + i) >> 1
    while place >= 1:
        best[place] = _better(gain, best[2 * place], best[2 * place + 1])
        place >>= 1


@compiled
def descend(size: Floats, links: Links, side: Integers, free: int) -> None:
    """Steepest descent: of the first ``free`` actors, the one that lowers the energy most changes sides, until none does.

    Only those linked to the one that changed are asked again, and the best is kept as in a tournament.
    """
    leaves = 1
    while leaves < free:
        leaves *= 2
    gain, best = np.empty(free), np.full(2 * leaves, -1)
    for i in range(free):
        gain[i] = size[i] * pull_of_other_bloc(size, links, side, i)
        best[leaves + i] = i
    for place in range(leaves - 1, 0, -1):
        best[place] = _better(gain, best[2 * place], best[2 * place + 1])
    while best[1] >= 0 and gain[best[1]] > LEAST_GAIN:
        changed = best[1]
        side[changed] = 1 - side[changed]
        gain[changed] = size[changed] * pull_of_other_bloc(size, links, side, changed)
        _play(best, gain, leaves, changed)
        for number in range(links.first[changed], links.first[changed + 1]):
            j = links.other[number]
            if j < free:
                gain[j] = size[j] * pull_of_other_bloc(size, links, side, j)
                _play(best, gain, leaves, j)


@compiled
def _with_powers(ties: Links) -> Links:
    """The links of states and, with weights still to be filled in, those of each state with the two powers at the end."""
    states = len(ties.first) - 1
    first, links = np.empty(states + 3, np.int64), len(ties.other) + 4 * states + 2
    other, weight = np.empty(links, np.int64), np.empty(links)
    number = 0
    for i in range(states):
        first[i] = number
        for tie in range(ties.first[i], ties.first[i + 1]):
            other[number], weight[number] = ties.other[tie], ties.weight[tie]
            number += 1
        other[number], other[number + 1] = states, states + 1
        number += 2
    for power in range(2):
        first[states + power] = number
        for i in range(states):
            other[number + i] = i
        number += states
        other[number], weight[number] = states + 1 - power, -1.0
        number += 1
    first[states + 2] = number
    return Links(first, other, weight)


@compiled
def _lean(links: Links, alignment: Floats) -> None:
    """Fill in the propensities of states and powers: the alignment of each state, with its sign."""
    states = len(alignment)
    for i in range(states):
        end = links.first[i + 1]
        links.weight[end - 2], links.weight[end - 1] = alignment[i], -alignment[i]
        links.weight[links.first[states] + i] = alignment[i]
        links.weight[links.first[states + 1] + i] = -alignment[i]


@compiled
def _least(alignment: Floats, sizes: Floats, links: Links) -> tuple[float, float]:
    states = len(alignment)
    least, frustrated = np.inf, 0.0
    for start in range(3):
        side = np.zeros(states + 2, np.int64)
        side[states + 1] = 1
        for i in range(states):
            side[i] = start if start < 2 else (0 if alignment[i] >= 0.0 else 1)
        descend(sizes, links, side, states)
        found = energy(sizes, links, side)
        if found < least - LEAST_GAIN:
            least, frustrated = found, 0.0
            for i in range(states):
                if frustration(sizes, links, side, i) > 0.0:
                    frustrated += 1.0
    return least, frustrated


@compiled
def _least_of_lanes(alignment: Floats, size: Floats, ties: Links) -> tuple[Floats, Floats]:
    states = len(size)
    sizes, total, links = np.ones(states + 2), size.sum(), _with_powers(ties)
    for i in range(states):
        sizes[i] = size[i] / total if total > 0.0 else 1.0 / states
    least, frustrated = np.empty(len(alignment)), np.empty(len(alignment))
    for lane in range(len(alignment)):
        _lean(links, alignment[lane])
        least[lane], frustrated[lane] = _least(alignment[lane], sizes, links)
    return least, frustrated


def least_energy_blocs(alignment: Floats, size: Floats, ties: Links) -> tuple[Floats, Floats]:
    """Least energy of two blocs around the powers, and the number of states frustrated in it, lane by lane.

    The propensity of two states is their tie; of a state and a power, its alignment. The powers do not change sides;
    each has the size of all states together. Descent starts from everyone with the hub, everyone with the challenger
    and the signs of alignment, and keeps the lowest found: stable to a change of any one state, and now and then (under
    1 % of random small worlds) above the least of all partitions.

    Parameters
    ----------
    alignment : float array, shape (lanes, states)
    size : float array, shape (states,)
    ties : Links
        Ties among the states.
    """
    return _least_of_lanes(np.ascontiguousarray(alignment), np.ascontiguousarray(size), ties)
