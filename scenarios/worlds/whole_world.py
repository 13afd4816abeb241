"""The members of the United Nations on 1 January 2013, from observations of 2005 to 2012 and no later ones."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from scenarios.worlds.indo_pacific import (
    dependences,
    disputes,
    freedom_ratings,
    opinions,
    rivalries,
    tie_rules,
)
from scenarios.worlds.inputs import (
    CHALLENGER,
    HUB,
    SOURCES,
    Data,
    any_number,
    code,
    home_at,
    key,
    quantity,
    read_institutions,
    read_powers,
    read_sources,
    read_units,
    share,
    table,
    tie,
)
from sim.io.csv_tables import Row, optional, text
from sim.scenario.world import RANGES

POWERS = {"USA": HUB, "CHN": CHALLENGER}
NEAR = SOURCES / "indo_pacific"
SHARED = ("disputes", "cia_factbook", "assumption:unlisted_partner", "pew", "assumption:no_survey")
"""Sources of the Indo-Pacific world on which this one rests as well."""


def whole_world() -> Data:
    """191 states between Washington and Beijing: all members of the United Nations but the two powers themselves."""
    folder = SOURCES / "world"
    rows = {
        row["code"]: row
        for row in table(
            folder / "states.csv",
            code=code, name=text, cinc=share, polyarchy=optional(share), ideal_point=any_number,
        )
    }  # fmt: skip
    capability = {state: quantity(row["cinc"], "cow_nmc", digits=6) for state, row in rows.items()}
    states = sorted(rows.keys() - POWERS.keys())
    pacts = [(row["a"], row["b"]) for row in table(folder / "defence_pacts.csv", a=code, b=code)]
    institutions = read_institutions(folder, POWERS)
    measured: dict[str, Mapping[str, Data]] = {
        "capability": capability,
        "home": homes(rows, pacts),
        "dispute": filled(states, 0.0, "assumption:no_dispute_coded", disputes_of(folder)),
        "openness": opennesses(folder, rows),
        "dependence": dependences_of(states),
        "opinion_of_challenger": opinions(NEAR / "favourability.csv", "CHN", states),
        "opinion_of_hub": opinions(NEAR / "favourability.csv", "USA", states),
    }
    near = {row["key"]: row["text"] for row in table(NEAR / "sources.csv", key=key, text=text)}
    return {
        "name": "world",
        "title": "The members of the United Nations between Washington and Beijing",
        "hub": "USA",
        "challenger": "CHN",
        "start": "2013-01",
        "units": read_units(),
        "sources": read_sources(folder, institutions) | {name: near[name] for name in SHARED},
        "powers": read_powers(folder / "powers.csv", capability),
        "states": [
            {"code": state, "name": rows[state]["name"]} | {name: measured[name][state] for name in RANGES}
            for state in states
        ],
        "ties": ties(states, pacts),
        "institutions": [institution for institution, _ in institutions],
    }


def homes(rows: Mapping[str, Row], pacts: Iterable[tuple[str, str]]) -> dict[str, Data]:
    """Starting position of each state: mean of its votes and its treaty, each -1 (Beijing) to 1 (Washington)."""
    signs: dict[str, float] = defaultdict(float)
    for a, b in pacts:
        for state, other in ((a, b), (b, a)):
            signs[state] += {"USA": 1.0, "CHN": -1.0}.get(other, 0.0)
    far, near = rows["CHN"]["ideal_point"], rows["USA"]["ideal_point"]
    found = {}
    for state, row in rows.items():
        votes = max(-1.0, min(1.0, 2 * (row["ideal_point"] - far) / (near - far) - 1))
        mean = max(-0.9, min(0.9, statistics.fmean([votes, signs[state]])))
        found[state] = home_at(mean, "home_indicators")
    return found


def filled(
    states: Iterable[str], value: float, assumption: str, measured: Mapping[str, Data]
) -> dict[str, Data]:
    """What is measured, and one assumed value for every other state."""
    return dict.fromkeys(states, quantity(value, assumption)) | dict(measured)


def disputes_of(folder: Path) -> dict[str, Data]:
    """Disputes with the challenger: those of the Indo-Pacific world, and those coded beside it."""
    elsewhere = disputes(folder / "disputes.csv")
    return disputes(NEAR / "disputes.csv") | {
        state: quantity(found["value"], "border") for state, found in elsewhere.items()
    }


def opennesses(folder: Path, rows: Mapping[str, Row]) -> dict[str, Data]:
    """Openness of government; where V-Dem is not at hand, from the ratings of Freedom House."""
    measured = {
        state: quantity(row["polyarchy"], "vdem")
        for state, row in rows.items()
        if row["polyarchy"] is not None
    }
    return measured | freedom_ratings(folder / "freedom_ratings.csv")


def dependences_of(states: Iterable[str]) -> dict[str, Data]:
    """Share of exports to the challenger as the Indo-Pacific world has it; elsewhere the median of those states."""
    measured = dependences(NEAR / "exports.csv")
    middle = statistics.median(measured[state]["value"] for state in measured.keys() & set(states))
    return filled(states, middle, "assumption:no_export_share", measured)


def ties(states: Iterable[str], pacts: Iterable[tuple[str, str]]) -> list[Data]:
    """Ties among the states: duties of defence, and the rivalries that the Indo-Pacific world holds."""
    between, rule = set(states), tie_rules(NEAR)["defence"]
    weights: dict[tuple[str, str], list[tuple[float, str]]] = defaultdict(list)
    for a, b in pacts:
        if {a, b} <= between:
            weights[min(a, b), max(a, b)].append((rule["weight"], rule["source"]))
    for row in rivalries(NEAR):
        weights[min(row["a"], row["b"]), max(row["a"], row["b"])].append((row["weight"], "rivalry"))
    return [tie(a, b, parts) for (a, b), parts in sorted(weights.items())]
