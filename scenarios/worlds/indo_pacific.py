"""The Indo-Pacific on 1 January 2010, from observations of 2005 to 2009 and no later ones."""

from __future__ import annotations

import itertools
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from scenarios.worlds.inputs import (
    CHALLENGER,
    HUB,
    SOURCES,
    Data,
    alliances,
    any_number,
    checked,
    code,
    key,
    means,
    quantity,
    read_institutions,
    read_powers,
    read_sources,
    read_units,
    share,
    table,
    tie,
)
from sim.io.csv_tables import Row, number, optional, text, whole, year
from sim.scenario.world import RANGES


def indo_pacific() -> Data:
    """22 states between Washington and Beijing as they stood before the record opens."""
    folder = SOURCES / "indo_pacific"
    names = {row["code"]: row["name"] for row in table(folder / "states.csv", code=code, name=text)}
    institutions = read_institutions(folder, {"USA": HUB, "NATO": HUB, "CHN": CHALLENGER, "RUS": CHALLENGER})
    measured: dict[str, Mapping[str, Data]] = {
        "capability": means(folder / "attributes.csv", "cinc", "cow_nmc", digits=6),
        "home": homes(folder),
        "dispute": disputes(folder / "disputes.csv"),
        "openness": opennesses(folder),
        "dependence": dependences(folder / "exports.csv"),
        "opinion_of_challenger": opinions(folder / "favourability.csv", "CHN", names),
        "opinion_of_hub": opinions(folder / "favourability.csv", "USA", names),
    }
    return {
        "name": "indo_pacific",
        "title": "The Indo-Pacific between Washington and Beijing",
        "hub": "USA",
        "challenger": "CHN",
        "start": "2010-01",
        "units": read_units(),
        "sources": read_sources(folder, institutions),
        "powers": read_powers(folder / "powers.csv", measured["capability"]),
        "states": [
            {"code": state, "name": names[state]} | {name: measured[name][state] for name in RANGES}
            for state in sorted(names)
        ],
        "ties": ties(folder, names, institutions),
        "institutions": [institution for institution, _ in institutions],
    }


def homes(folder: Path) -> dict[str, Data]:
    """Measured position of each state at the end of 2009 with its error; ``python -m calibration.measurement`` writes it."""
    rows = table(folder / "homes.csv", state=code, home=any_number, error=any_number)
    return {
        row["state"]: {"value": row["home"], "error": row["error"], "source": "measured_home"} for row in rows
    }


def disputes(path: Path) -> dict[str, Data]:
    """Dispute of each state with the challenger, coded by hand with a citation in each row."""
    rows = table(path, state=code, dispute=share, subject=text, check=checked, reference=text)
    return {row["state"]: quantity(row["dispute"], "disputes") for row in rows}


def opennesses(folder: Path) -> dict[str, Data]:
    """Openness of government; where V-Dem is not at hand, from the ratings of Freedom House."""
    measured = means(folder / "attributes.csv", "polyarchy", "vdem")
    return measured | freedom_ratings(folder / "freedom_ratings.csv")


def freedom_ratings(path: Path) -> dict[str, Data]:
    """Openness of government by the two ratings of Freedom House, 1 (most free) to 7, as if on the scale of V-Dem."""
    rating = whole(1, 7)
    rows = table(
        path, state=code, political_rights=rating, civil_liberties=rating, check=checked, reference=text
    )
    return {
        row["state"]: quantity(
            (14 - row["political_rights"] - row["civil_liberties"]) / 12, "assumption:freedom_rating"
        )
        for row in rows
    }


def dependences(path: Path) -> dict[str, Data]:
    """Share of exports to the challenger; an unlisted partner counts half of the smallest share printed."""
    shares: dict[str, list[float]] = defaultdict(list)
    censored = set()
    for row in table(path, state=code, year=year, share_chn=optional(any_number), smallest_listed=any_number):
        if row["share_chn"] is None:
            censored.add(row["state"])
        listed = row["smallest_listed"] / 2 if row["share_chn"] is None else row["share_chn"]
        shares[row["state"]].append(listed / 100)
    sources = {
        state: "assumption:unlisted_partner" if state in censored else "cia_factbook" for state in shares
    }
    return {state: quantity(statistics.fmean(shares[state]), sources[state]) for state in shares}


def opinions(path: Path, target: str, states: Iterable[str]) -> dict[str, Data]:
    """Net favourability of a power; a state without a wave gets the median of those that have one."""
    waves: dict[str, list[float]] = defaultdict(list)
    for row in table(path, state=code, year=year, target=code, net=any_number):
        if row["target"] == target:
            waves[row["state"]].append(row["net"] / 100)
    means_of_waves = {state: statistics.fmean(values) for state, values in waves.items()}
    unsurveyed = quantity(statistics.median(means_of_waves.values()), "assumption:no_survey")
    measured = {state: quantity(mean, "pew") for state, mean in means_of_waves.items()}
    return {state: measured.get(state, unsurveyed) for state in states}


def ties(folder: Path, states: Iterable[str], institutions: list[tuple[Data, str]]) -> list[Data]:
    """Ties among the states: obligations, common membership and rivalries, added up and cut to -1..1."""
    rules = tie_rules(folder)
    weights: dict[tuple[str, str], list[tuple[float, str]]] = defaultdict(list)

    def add(a: str, b: str, weight: float, source: str) -> None:
        weights[min(a, b), max(a, b)].append((weight, source))

    def add_all(rule: str, members: Iterable[str]) -> None:
        for a, b in itertools.combinations(sorted(members), 2):
            add(a, b, rules[rule]["weight"], rules[rule]["source"])

    for row in alliances(folder / "alliances.csv"):
        rule = rules["defence" if row["defence"] else "consultation"]
        if row["a"] in states and row["b"] in states:
            add(row["a"], row["b"], rule["weight"], rule["source"])
    groups = table(folder / "groups.csv", group=key, state=code)
    add_all("asean", [row["state"] for row in groups if row["group"] == "asean"])
    add_all("hub_ally", hub_allies(institutions))
    for row in rivalries(folder):
        add(row["a"], row["b"], row["weight"], "rivalry")
    return [tie(a, b, parts) for (a, b), parts in sorted(weights.items())]


def tie_rules(folder: Path) -> dict[str, Row]:
    """Weights of ties by rule."""
    rows = table(folder / "tie_rules.csv", rule=key, weight=share, source=key, meaning=text, reference=text)
    return {row["rule"]: row for row in rows}


def rivalries(folder: Path) -> list[Row]:
    """Pairs of states at odds, with the weight of their tie."""
    hostile = number(-1, 0)
    return table(
        folder / "rivalries.csv", a=code, b=code, weight=hostile, subject=text, check=checked, reference=text
    )


def hub_allies(institutions: list[tuple[Data, str]]) -> set[str]:
    """States that belong at the start to a treaty sponsored by the hub's side."""
    return {
        member
        for institution, kind in institutions
        if kind == "treaty" and institution["side"] == HUB
        for member in institution["members"]
    }
