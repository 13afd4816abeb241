"""The rule by which a question gets yes, no or cannot tell, and how often it says so.

The *effect* is the what-if minus its base, lane by lane: of steps the sum over the states asked about, of other outcomes
their mean. *Yes*: in 90 of 100 lanes or more it reaches the least size of its outcome in one direction. *No*: in as many
lanes it stays below that size. Else *cannot tell*. Of membership, which a lane has or has not, the effect is the
difference of two shares of lanes, and the 90 % are those of its Monte Carlo error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sim.types import Floats

Verdict = Literal["yes", "no", "cannot tell", "cannot be asked of this model"]
UNASKABLE: Verdict = "cannot be asked of this model"
SURE = 0.9
"""Share of lanes from which on a verdict is given."""
LEAST = {"steps": 1.0, "alignment": 0.1, "view": 0.1, "dependence": 0.05, "member": 0.1}
"""Outcome -> least effect that makes a difference: one net step; 10 points of net opinion; 5 percentage points of exports;
10 lanes in 100."""


LEAST_POSITION = 0.1
"""Least effect on position that makes a difference: a tenth of the usual distance between states."""


@dataclass(frozen=True)
class Odds:
    """How likely an effect is to matter: shares of lanes, or probabilities given the Monte Carlo error.

    Attributes
    ----------
    rises, falls : float
        It reaches the least size upward, or downward.
    small : float
        It stays below.
    """

    rises: float
    falls: float
    small: float

    def verdict(self, expected: int = 0) -> Verdict:
        """Yes, no or cannot tell.

        Parameters
        ----------
        expected : int
            1 or -1: an effect that surely goes the other way answers no. 0: either direction answers yes.

        Examples
        --------
        >>> Odds(0.0, 0.95, 0.05).verdict(), Odds(0.0, 0.95, 0.05).verdict(1), Odds(0.4, 0.3, 0.3).verdict()
        ('yes', 'no', 'cannot tell')
        """
        if self.rises >= SURE:
            return "no" if expected < 0 else "yes"
        if self.falls >= SURE:
            return "no" if expected > 0 else "yes"
        return "no" if self.small >= SURE else "cannot tell"


def odds_of_lanes(effect: Floats, least: float) -> Odds:
    """Shares of lanes in which an effect reaches its least size, shape (lanes,); NaN of no lane.

    Examples
    --------
    >>> odds_of_lanes(np.array([-2.0, -1.0, 0.0, 0.5]), 1.0)
    Odds(rises=0.0, falls=0.5, small=0.5)
    """
    if not len(effect):
        return Odds(math.nan, math.nan, math.nan)
    tight = least * (1 - 1e-9)  # a difference of 0.3 and 0.2 counts as 0.1
    rises, falls = float((effect >= tight).mean()), float((effect <= -tight).mean())
    return Odds(rises, falls, 1.0 - rises - falls)


def odds_of_share(effect: float, error: float, least: float) -> Odds:
    """Probabilities that a difference of shares of lanes reaches its least size, given its standard error.

    Examples
    --------
    >>> odds_of_share(-0.3, 0.0, 0.1)
    Odds(rises=0.0, falls=1.0, small=0.0)
    """
    if error <= 0:
        return odds_of_lanes(np.array([effect]), least)
    rises, falls = (_normal((way * effect - least) / error) for way in (1, -1))
    return Odds(rises, falls, 1.0 - rises - falls)


def _normal(value: float) -> float:
    """The standard normal distribution function."""
    return 0.5 * math.erfc(-value / math.sqrt(2.0))
