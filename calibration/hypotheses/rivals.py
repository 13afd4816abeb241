"""Rival explanations of the same record: each a set of switches on the same rules, fitted in the same way.

The first is no rival but their sum: all levers are fitted besides the core, each under its own prior, so that what a
simulation assumes and what the record taught fit together. It is what simulations draw from.

All keep the noise, the home position, the acceptance of offers and the common walk of opinion; all but the last keep
leaders. Shocks from elsewhere (wars, tests, pandemic, reputation) are given to every rival that argues about what the
powers do to states, so that none wins by standing in for a trend that all states share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from calibration.hypotheses.priors import BLOCKS
from sim.model.parameters import LEVERS

_ALERT = ("alert_coercion", "alert_war", "alert_shock", "acceptance_alert_hub", "acceptance_alert_challenger")
_VIEWS = ("opinion_pressure", "opinion_accommodation")
_SIGNALS = ("opinion_reputation", "opinion_credibility")
_LEADERS = ("leader_slope", "acceptance_leader_hub", "acceptance_leader_challenger")


@dataclass(frozen=True)
class Rival:
    """One explanation.

    Attributes
    ----------
    name, title, claim : str
        Key, heading, and one sentence of what moves states.
    off : tuple of str
        Parameters of the core held at zero.
    free : tuple of str
        Levers fitted besides the core; all other levers are at zero.
    """

    name: str
    title: str
    claim: str
    off: tuple[str, ...] = ()
    free: tuple[str, ...] = ()

    @property
    def zero(self) -> tuple[str, ...]:
        """Everything that the explanation holds at zero: parameters of the core, and levers."""
        return (*self.off, *(lever for lever in LEVERS if lever not in self.free))


_ALL = (
    Rival(
        "full",
        "All mechanisms at once",
        "Everything that theory names moves states; assumptions stay as wide as their priors where the record is silent.",
        free=(*LEVERS, "entrapment_memory"),
    ),
    Rival(
        "backlash",
        "Backlash",
        "States step toward the hub more often while the challenger coerces them, and their opinion of it falls.",
    ),
    Rival(
        "compliance",
        "Compliance",
        "Coercion lowers steps toward the hub, and punishment raises steps away from it in dependent states.",
        ("alert_coercion",),
        ("compliance", "intimidation"),
    ),
    Rival(
        "hub_push",
        "Push by the hub",
        "Offers and pressure of the hub, and partners' alignment, move states; what the challenger does to them does not.",
        ("alert_coercion", *_VIEWS),
        ("hub_offer_pull", "entrapment", "entrapment_memory", "peer_influence"),
    ),
    Rival(
        "shock",
        "Shocks from elsewhere",
        "Wars, tests and other shocks that reach all states move them; what the challenger does to one of them does not.",
        ("alert_coercion", *_VIEWS),
    ),
    Rival(
        "leaders",
        "Leaders",
        "The declared lines of leaders move states; what happens to a state does not.",
        (*_ALERT, *_VIEWS, *_SIGNALS),
    ),
    Rival(
        "inertia",
        "Inertia",
        "States keep their own rates, whatever happens and whoever leads.",
        (*_ALERT, *_VIEWS, *_SIGNALS, *_LEADERS),
    ),
)

RIVALS: Mapping[str, Rival] = MappingProxyType({rival.name: rival for rival in _ALL})
"""Name -> rival; the first is the one that simulations draw from by default."""
MAIN = "full"
"""The explanation that is fitted unless another is named."""
REFERENCE = "backlash"
"""The rival that the others are held against."""


def names_of(rival: Rival, block: str) -> tuple[str, ...]:
    """Parameters of a block that a rival fits.

    The memory of alert is dropped where nothing raises alert: it would have no effect, and it may not be zero.

    >>> names_of(RIVALS["inertia"], "opinion")[0]
    'opinion_memory'
    """
    names = tuple(name for name in BLOCKS[block] if name not in rival.off)
    if not any(name in names for name in _ALERT[:3]):
        names = tuple(name for name in names if name != "alert_memory")
    return names + (rival.free if block == "responses" else ())


def off_of(rival: Rival, block: str) -> tuple[str, ...]:
    """Parameters of a block that a rival holds at zero."""
    return tuple(name for name in BLOCKS[block] if name in rival.off)
