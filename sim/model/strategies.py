"""Strategies of the two powers: coefficients on the documented habit, and named presets.

A strategy never names a rule of its own. It scales what the record shows a power to do (1 = as documented), turns
targeting on, or sets the level of a signal. The documented rates themselves are parameters (``sim.model.parameters``).
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from sim.types import Side


@dataclass(frozen=True)
class Coefficient:
    """One dial of a strategy: its documented value, allowed range and meaning."""

    default: float
    low: float
    high: float
    meaning: str


COEFFICIENTS: MappingProxyType[str, dict[str, Coefficient]] = MappingProxyType(
    {
        "challenger": {
            "assertiveness": Coefficient(1.0, 0.0, 10.0, "times the documented rate of new coercion"),
            "punitiveness": Coefficient(1.0, 0.0, 10.0, "times the documented rate of new punishment"),
            "inducement": Coefficient(1.0, 0.0, 10.0, "times the documented rate of new offers"),
            "delivery": Coefficient(
                1.0,
                0.0,
                1.0,
                "share of an offer that is delivered: of its pull, and of the step of accepting it",
            ),
            "accommodation": Coefficient(
                1.0, 0.0, 10.0, "times the documented rate of easing after pressure"
            ),
            "patience": Coefficient(0.0, 0.0, 1.0, "share of provocations that go unpunished"),
            "spiral": Coefficient(1.0, 0.0, 10.0, "times the security-dilemma lever on coercion"),
            "loosest": Coefficient(
                0.0, -5.0, 5.0, "log rate of offers for the least aligned of the hub's treaty allies"
            ),
            "dependent": Coefficient(0.0, -5.0, 5.0, "log rate of offers per unit of export dependence"),
            "nearest": Coefficient(
                0.0, -5.0, 5.0, "log rate of offers per unit of alignment with the challenger"
            ),
        },
        "hub": {
            "offer_rate": Coefficient(1.0, 0.0, 10.0, "times the documented rate of new offers"),
            "multilateralism": Coefficient(
                0.0, 0.0, 5.0, "added share of offers to states whose partners are aligned"
            ),
            "reassurance": Coefficient(
                -0.01,
                -1.0,
                1.0,
                "credibility signalled each month (codebook scale, signed); the record's mean",
            ),
            "pressure": Coefficient(1.0, 0.0, 10.0, "times the documented rate of new pressure to choose"),
        },
    }
)
"""Side -> coefficient name -> what it means. Targeting coefficients are ``loosest``, ``dependent``, ``nearest``."""

PLANS: MappingProxyType[str, dict[str, dict[str, float]]] = MappingProxyType(
    {
        "challenger": {
            "documented_habit": {},
            # Crawford (2011): accommodate the ally that can be detached, punish no one.
            "disciplined_wedge": {
                "assertiveness": 0.3,
                "punitiveness": 0.0,
                "inducement": 1.5,
                "accommodation": 3.0,
                "patience": 1.0,
                "loosest": 1.5,
            },
            "charm": {"assertiveness": 0.5, "punitiveness": 0.2, "inducement": 3.0, "accommodation": 2.0},
            "bloc_building": {"inducement": 3.0, "nearest": 2.0},
            "restraint": {"assertiveness": 0.0, "punitiveness": 0.0, "patience": 1.0, "accommodation": 2.0},
            "maximum_pressure": {
                "assertiveness": 3.0,
                "punitiveness": 3.0,
                "inducement": 0.5,
                "accommodation": 0.2,
            },
        },
        "hub": {
            "documented_habit": {},
            "lattice": {"offer_rate": 1.5, "multilateralism": 1.0},
            "hub_and_spoke": {"multilateralism": 0.0, "offer_rate": 1.0, "pressure": 0.5},
            "retrenchment": {"offer_rate": 0.2, "reassurance": -0.3, "pressure": 0.5},
            "bloc_confrontation": {"offer_rate": 2.0, "multilateralism": 2.0, "pressure": 4.0},
        },
    }
)
"""Side -> plan -> coefficients that differ from the documented habit.

References
----------
Crawford (2011), "Preventing Enemy Coalitions: How Wedge Strategies Shape Power Politics", International Security
35(4), for ``disciplined_wedge``. The sizes are assumptions, to be varied.
"""


def coefficients(side: Side, plan: str, overrides: dict[str, float] | None = None) -> dict[str, float]:
    """All coefficients of a plan, in the order of ``COEFFICIENTS``, overrides last.

    Raises
    ------
    KeyError
        If the plan or an override is unknown for the side.
    """
    values = {name: dial.default for name, dial in COEFFICIENTS[side].items()}
    changes = PLANS[side][plan] | (overrides or {})
    unknown = set(changes) - set(values)
    if unknown:
        raise KeyError(sorted(unknown)[0])
    return values | changes
