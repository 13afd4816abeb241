"""Rival explanations of the same record: each a set of switches on the same rules, fitted in the same way.

The first is no rival but their sum: all levers are fitted besides the core, each under its own prior, so that what a
simulation assumes and what the record taught fit together. It is what simulations draw from.

All keep the noise, the home position, the acceptance of offers and the common walk of opinion; all but the last keep
leaders. Shocks from elsewhere (wars, tests, pandemic, reputation) are given to every rival that argues about what the
powers do to states, so that none wins by standing in for a trend that all states share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from calibration.hypotheses.priors import BLOCKS
from sim.model.parameters import LEVERS

_CHALLENGER = ("alert_coercion", "alert_punishment")
_ALARM = (*_CHALLENGER, "alert_war", "alert_shock", "alert_pressure")
_FELT = (*_ALARM, "yielding", "acceptance_alert_hub", "acceptance_alert_challenger")
_VIEWS = ("opinion_pressure", "opinion_accommodation")
_SIGNALS = ("opinion_reputation", "opinion_credibility", "opinion_pressure_hub")
_LEADERS = ("leader_slope", "acceptance_leader_hub", "acceptance_leader_challenger")
_TRENDS = (
    "trend_steps_hub",
    "trend_steps_challenger",
    "trend_initiatives_hub",
    "trend_initiatives_challenger",
)
_APART = {"initiative_alarm": 0.0}


@dataclass(frozen=True)
class Rival:
    """One explanation, or one form of the rules.

    Attributes
    ----------
    name, title, claim : str
        Key, heading, and one sentence of what moves states.
    off : tuple of str
        Parameters of the core held at zero.
    free : tuple of str
        Levers fitted besides the core; all other levers are at zero.
    at : mapping
        Parameters held at other values than zero, and forms of rules chosen.
    """

    name: str
    title: str
    claim: str
    off: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    at: Mapping[str, float] = field(default_factory=dict)

    @property
    def zero(self) -> tuple[str, ...]:
        """Everything that the explanation holds at zero: parameters of the core, and levers."""
        return (*self.off, *(lever for lever in LEVERS if lever not in self.free))

    @property
    def held(self) -> dict[str, float]:
        """Everything that the explanation holds at a value: what is at zero, and what it sets."""
        return dict.fromkeys(self.zero, 0.0) | dict(self.at)


_ALL = (
    Rival(
        "full",
        "All mechanisms at once",
        "Everything that theory names moves states; assumptions stay as wide as their priors where the record is silent.",
        free=(*LEVERS, "entrapment_memory"),
    ),
    Rival(
        "backlash",
        "Alarm and yielding",
        "Pressure of either power, wars and shocks move states, by signs and sizes that are learned, and opinion of the "
        "power that presses falls.",
    ),
    Rival(
        "compliance",
        "Compliance",
        "Pressure of the challenger alarms nobody: coerced states step toward the hub less often, and those under pressure yield.",
        _CHALLENGER,
        ("compliance", "intimidation"),
    ),
    Rival(
        "hub_push",
        "Push by the hub",
        "Offers and pressure of the hub, and partners' alignment, move states; what the challenger does to them does not.",
        (*_CHALLENGER, "yielding", *_VIEWS),
        ("hub_offer_pull", "entrapment", "entrapment_memory", "peer_influence"),
    ),
    Rival(
        "shock",
        "Shocks from elsewhere",
        "Wars, tests, other shocks and the hub move states; what the challenger does to one of them does not.",
        (*_CHALLENGER, "yielding", *_VIEWS),
    ),
    Rival(
        "leaders",
        "Leaders",
        "The declared lines of leaders move states; what happens to a state does not.",
        (*_FELT, *_VIEWS, *_SIGNALS),
    ),
    Rival(
        "inertia",
        "Inertia",
        "States keep their own rates, whatever happens and whoever leads.",
        (*_FELT, *_VIEWS, *_SIGNALS, *_LEADERS),
    ),
)

RIVALS: Mapping[str, Rival] = MappingProxyType({rival.name: rival for rival in _ALL})
"""Name -> rival; the first is the one that simulations draw from by default."""
MAIN = "full"
"""The explanation that is fitted unless another is named."""
REFERENCE = "backlash"
"""The rival that the others are held against."""

_FORMS = (
    Rival("no_alarm", "No alarm", "Nothing that is done to states moves them.", (*_ALARM, "yielding")),
    Rival(
        "initiatives_apart", "Initiatives apart", "Alarm and yielding move steps, not initiatives.", at=_APART
    ),
    Rival("long_memory", "Three-year memory", "Pressure is felt for three years.", at={"alert_memory": 3.0}),
    Rival("no_hub_pressure", "No hub pressure", "Pressure of the hub alarms nobody.", ("alert_pressure",)),
    Rival("no_war", "No war", "Wars elsewhere alarm nobody.", ("alert_war",)),
    Rival("no_pressure", "No pressure of the challenger", "It alarms nobody; some yield to it.", _CHALLENGER),
    Rival(
        "no_punishment", "No punishment", "Punishment alarms nobody; coercion does.", ("alert_punishment",)
    ),
    Rival(
        "no_yielding",
        "No yielding",
        "Pressure moves states away from who presses, or not at all.",
        ("yielding",),
    ),
    Rival("no_trend", "No trend", "Recording has not changed.", _TRENDS),
    Rival("exponential", "Exponential link", "What is felt multiplies rates.", at={"exponential_link": 1.0}),
    Rival(
        "first_form",
        "First build",
        "Coercion, war and shocks lift unprompted steps toward the hub; nothing lifts steps toward the challenger.",
        ("alert_punishment", "alert_pressure", "yielding", *_TRENDS),
        at=_APART,
    ),
)
FORMS: Mapping[str, Rival] = MappingProxyType({form.name: form for form in _FORMS})
"""Name -> the reference in another form, or without one of its parts: they differ from it in the block of responses alone."""


def names_of(rival: Rival, block: str) -> tuple[str, ...]:
    """Parameters of a block that a rival fits.

    The memory of alert is dropped where nothing is felt: it would have no effect, and it may not be zero.

    >>> names_of(RIVALS["inertia"], "opinion")[0]
    'opinion_memory'
    """
    names = tuple(name for name in BLOCKS[block] if name not in rival.off and name not in rival.at)
    if not any(name in names for name in (*_ALARM, "yielding")):
        names = tuple(name for name in names if name != "alert_memory")
    return names + (rival.free if block == "responses" else ())


def held_of(rival: Rival, block: str) -> dict[str, float]:
    """Parameters of a block that a rival holds, with their values; forms of rules belong to responses."""
    forms = {name: value for name, value in rival.at.items() if block == "responses"}
    return {name: 0.0 for name in BLOCKS[block] if name in rival.off} | forms
