"""Addressable chance: draw = f(seed, lane, month, site, channel), so an edit that does not concern a draw never changes it.

The generator is Philox4x32-10 (counter-based): the counter is the address, the key is the seed. One counter gives four
32-bit words, so channels come in groups of four: channel ``c`` is word ``c % 4`` of group ``c // 4``.

References
----------
Salmon, Moraes, Dror & Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3", SC '11, doi:10.1145/2063384.2063405.
Wichura (1988), "Algorithm AS 241", Applied Statistics 37, for the normal quantile.
"""

from __future__ import annotations

import math
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.model.jit import compiled
from sim.types import Floats

# Groups of four channels. The number of a group is part of the meaning of every past result: never re-use one.
GROUP_LANE = 0  # once a lane and state: activity, home, levels of opinion of both powers
GROUP_NOISE = 1  # monthly: opinion of the challenger, opinion of the hub, dependence, (free)
GROUP_STEPS = 2  # monthly: steps toward the hub, steps toward the challenger, (free), (free)
GROUP_WEIGHTS_HUB = 3  # weights of up to four steps toward the hub
GROUP_WEIGHTS_CHALLENGER = 4
GROUP_COMMON = 5  # monthly, site 0: common noise of opinion
GROUP_ONSETS = 6  # monthly: new coercion, punishment, accommodation, pressure
GROUP_OFFERS = 7  # monthly: new offer of the hub, of the challenger, sizes of both
GROUP_EPISODE = 8  # + kind (four groups): intensity, duration of an act that began
GROUP_GENERATED_OFFER = 12  # + side: acceptance, refusal of an offer that opened this month
GROUP_INITIATIVES = 14  # monthly: initiatives toward the hub, toward the challenger, sizes of both
GROUP_OPENED = 15  # + side: acceptance, refusal of an offer that a state has opened itself
GROUP_FIGURE = 1 << 28  # + key of a published figure: its error
GROUP_SERIES = 2 << 28  # + key of a series of figures: its offset
GROUP_EXIT = 1 << 30  # + key of an institution: exit of a member that joined this month
GROUP_ROW = 1 << 31  # + key of a row of the record: acceptance and refusal of it; site 0: how inviting it is
GROUP_PARAMETER = 3 << 30  # + key of a parameter: its draw from the prior

_MULTIPLIER_0, _MULTIPLIER_1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_WEYL_0, _WEYL_1 = np.uint32(0x9E3779B9), np.uint32(0xBB67AE85)
_MASK, _SHIFT = np.uint64(0xFFFFFFFF), np.uint64(32)
Words = tuple[Any, Any, Any, Any]


@compiled
def philox(c0: Any, c1: Any, c2: Any, c3: Any, k0: Any, k1: Any) -> Words:
    """Philox4x32-10: four 32-bit words from a 128-bit counter and a 64-bit key."""
    x0, x1, x2, x3 = np.uint32(c0), np.uint32(c1), np.uint32(c2), np.uint32(c3)
    a, b = np.uint32(k0), np.uint32(k1)
    for _ in range(10):
        p0 = _MULTIPLIER_0 * np.uint64(x0)
        p1 = _MULTIPLIER_1 * np.uint64(x2)
        x0, x1, x2, x3 = (
            np.uint32(p1 >> _SHIFT) ^ x1 ^ a,
            np.uint32(p1 & _MASK),
            np.uint32(p0 >> _SHIFT) ^ x3 ^ b,
            np.uint32(p0 & _MASK),
        )
        a = np.uint32(a + _WEYL_0)
        b = np.uint32(b + _WEYL_1)
    return x0, x1, x2, x3


@compiled
def uniforms(seed: int, lane: int, month: int, site: int, group: int) -> tuple[float, float, float, float]:
    """Four independent uniforms in the open interval (0, 1) at an address, on a grid of 2^-32.

    Parameters
    ----------
    seed : int
        0 to 2^63 - 1.
    lane, month, site, group : int
        0 to 2^32 - 1 each; ``site`` is the stable number of a state (``site_number``), not its place in a list.
    """
    low, high = np.uint64(seed) & _MASK, np.uint64(seed) >> _SHIFT
    w0, w1, w2, w3 = philox(lane, month, site, group, low, high)
    return (
        (w0 + 0.5) / 4294967296.0,
        (w1 + 0.5) / 4294967296.0,
        (w2 + 0.5) / 4294967296.0,
        (w3 + 0.5) / 4294967296.0,
    )


@compiled
def normal_quantile(p: float) -> float:
    """The standard normal quantile of ``p`` in (0, 1), accurate to about 1e-16 (AS 241)."""
    q = p - 0.5
    if abs(q) <= 0.425:
        r = 0.180625 - q * q
        top = ((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r
                 + 45921.953931549871457) * r + 13731.693765509461125) * r + 1971.5909503065514427) * r
               + 133.14166789178437745) * r + 3.387132872796366608  # fmt: skip
        bottom = ((((((5226.495278852545925 * r + 28729.085735721942674) * r + 39307.89580009271061) * r
                    + 21213.794301586595867) * r + 5394.1960214247511077) * r + 687.1870074920579083) * r
                  + 42.313330701600911252) * r + 1.0  # fmt: skip
        return q * top / bottom
    r = math.sqrt(-math.log(p if q < 0 else 1.0 - p))
    if r <= 5.0:
        r -= 1.6
        top = ((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r
                 + 1.27045825245236838258) * r + 3.64784832476320460504) * r + 5.7694972214606914055) * r
               + 4.6303378461565452959) * r + 1.42343711074968357734  # fmt: skip
        bottom = ((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r
                    + 0.14810397642748007459) * r + 0.68976733498510000455) * r + 1.6763848301838038494) * r
                  + 2.05319162663775882187) * r + 1.0  # fmt: skip
    else:
        r -= 5.0
        top = ((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r
                 + 0.026532189526576123093) * r + 0.29656057182850489123) * r + 1.7848265399172913358) * r
               + 5.4637849111641143699) * r + 6.6579046435011037772  # fmt: skip
        bottom = ((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r
                    + 7.868691311456132591e-4) * r + 0.0148753612908506148525) * r + 0.13692988092273580531) * r
                  + 0.59983220655588793769) * r + 1.0  # fmt: skip
    z = top / bottom
    return -z if q < 0 else z


@compiled
def normal_quantiles(p: Floats) -> Floats:
    """`normal_quantile` of each number of an array of one dimension."""
    z = np.empty(len(p))
    for number in range(len(p)):
        z[number] = normal_quantile(p[number])
    return z


@compiled
def poisson_quantile(u: float, mean: float, most: int) -> int:
    """The Poisson quantile of ``u``, at most ``most``: monotone in ``u`` and in ``mean``."""
    if u < 1.0 - mean:  # and so under exp(-mean), the chance of none
        return 0
    probability = math.exp(-mean)
    total = probability
    count = 0
    while u > total and count < most:
        count += 1
        probability *= mean / count
        total += probability
    return count


@compiled
def gamma_unit_quantile(z: float, shape: float) -> float:
    """A Gamma variate of mean 1 from a standard normal, by Wilson and Hilferty (1931), PNAS 17(12).

    Within 0.01 of the exact quantile for shapes of 3 and more between the 1st and 99th percentile.
    """
    cube = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * math.sqrt(shape))
    return cube**3 if cube > 0.0 else 0.0


@compiled
def exponential_threshold(u: float) -> float:
    """The unit-exponential threshold of ``u``: something happens when its summed hazard passes it."""
    return -math.log(u)


def site_number(code: str) -> int:
    """The stable site of a state: its code's letters in base 32, whatever order a file lists states in.

    >>> site_number("JPN") == site_number("JPN"), site_number("JPN") != site_number("KOR")
    (True, True)
    """
    number = 0
    for letter in code:
        number = number * 32 + (ord(letter) & 31)
    return number


def row_key(text: str) -> int:
    """A stable 30-bit key of an identifier (a record row, an institution).

    >>> 0 <= row_key("S001") < 2**30
    True
    """
    return zlib.crc32(text.encode()) >> 2


@compiled
def parameter_uniforms(seed: int, first_lane: int, lanes: int, keys: NDArray[np.int64]) -> Floats:
    """Uniform draws for parameters by their keys, shape ``(lanes, len(keys))``; month and site are 0."""
    table = np.empty((lanes, len(keys)))
    for k in range(lanes):
        for column in range(len(keys)):
            table[k, column] = uniforms(seed, first_lane + k, 0, 0, GROUP_PARAMETER + keys[column])[0]
    return table
