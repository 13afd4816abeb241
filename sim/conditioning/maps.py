"""The monthly maps of opinion and of trade, read off the rules: affine inside their bounds, with normal noise."""

from __future__ import annotations

import math
from typing import Any

from sim.model import rules
from sim.model.channels import (
    ACCOMMODATION,
    COERCION,
    CREDIBILITY,
    PRESSURE,
    PUNISHMENT,
    REPUTATION_CHALLENGER,
    REPUTATION_HUB,
)
from sim.model.jit import compiled
from sim.types import Floats

LEAST_SLOPE = 1e-3
"""Least slope of a monthly map; only parameters far from the record give a smaller one."""
MOST_LEVEL = 0.99
"""Bound of a long-run level of opinion that has been moved, either way."""
_NEAR = 0.01


@compiled
def _line(low: float, high: float) -> tuple[float, float]:
    """Slope and level at zero of the line through two points at either side of zero."""
    return max((high - low) / (2.0 * _NEAR), LEAST_SLOPE), (high + low) / 2.0


@compiled
def challenger_map(me: Any, felt: Floats, p: Any) -> tuple[float, float]:
    """Slope and shift of a state's opinion of the challenger in a month: opinion' = slope opinion + shift + noise.

    Parameters
    ----------
    me : record
        The state, with ``rest_challenger``.
    felt : float array, shape (channels,)
        What reaches it this month.
    p : record of ``PARAMETER_TYPE``
    """
    c, s, k, z = felt[COERCION], felt[PUNISHMENT], felt[ACCOMMODATION], felt[REPUTATION_CHALLENGER]
    low = rules.opinion_of_challenger_after_month(-_NEAR, me.rest_challenger, c, s, k, z, 0.0, 0.0, p)
    high = rules.opinion_of_challenger_after_month(_NEAR, me.rest_challenger, c, s, k, z, 0.0, 0.0, p)
    return _line(low, high)


@compiled
def hub_map(me: Any, felt: Floats, p: Any) -> tuple[float, float]:
    """Slope and shift of a state's opinion of the hub in a month; arguments as in `challenger_map`."""
    u, v, z = felt[PRESSURE], felt[CREDIBILITY], felt[REPUTATION_HUB]
    low = rules.opinion_of_hub_after_month(-_NEAR, me.rest_hub, u, v, z, 0.0, p)
    high = rules.opinion_of_hub_after_month(_NEAR, me.rest_hub, u, v, z, 0.0, p)
    return _line(low, high)


@compiled
def pull_of_rest(p: Any) -> float:
    """How much of a shift of a state's long-run level comes to its opinion of a power in a month."""
    return rules.opinion_of_hub_after_month(0.0, _NEAR, 0.0, 0.0, 0.0, 0.0, p) / _NEAR


@compiled
def level_moved(level: float, by: float) -> float:
    """A long-run level of opinion that lies ``by`` above the measured one, inside its bounds."""
    return level if by == 0.0 else min(max(level + by, -MOST_LEVEL), MOST_LEVEL)


@compiled
def log_odds(share: float) -> float:
    """Logarithm of the odds of a share."""
    return math.log(share / (1.0 - share))


@compiled
def growth(punishment: float, own: float, p: Any) -> float:
    """Growth of the log odds of dependence in a month, whatever the share; ``own`` is a standard normal draw."""
    return log_odds(rules.dependence_after_month(0.5, punishment, own, p))


@compiled
def share_moved(share: float, by: float) -> float:
    """The share whose log odds lie ``by`` above those of a share."""
    if by == 0.0:
        return share
    odds = share / (1.0 - share) * math.exp(by)
    return odds / (1.0 + odds)
