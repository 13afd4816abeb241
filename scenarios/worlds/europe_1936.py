"""Europe in January 1936, with the sizes and configurations of a published study."""

from __future__ import annotations

import itertools

from scenarios.worlds.inputs import (
    CHALLENGER,
    HUB,
    SOURCES,
    Data,
    any_number,
    code,
    key,
    quantity,
    read_institutions,
    read_sources,
    read_units,
    table,
    tie,
)
from sim.io.csv_tables import Row, number, text, whole
from sim.scenario.world import RANGES


def europe_1936() -> Data:
    """15 states between Britain and Germany, with the sizes and configurations of a published study."""
    folder = SOURCES / "europe_1936"
    side = whole(1, 2)
    rows = table(
        folder / "states.csv",
        code=code, name=text, size_percent=number(0, 100), configuration1_side=side, configuration2_side=side,
    )  # fmt: skip
    assumed = {
        row["quantity"]: row
        for row in table(folder / "assumptions.csv", quantity=key, value=any_number, key=key, text=text)
    }
    institutions = read_institutions(folder, {"GBR": HUB, "DEU": CHALLENGER})
    capability = {
        row["code"]: quantity(row["size_percent"] / 100, "axelrod_bennett", digits=6) for row in rows
    }
    powers = [row for row in rows if row["code"] in ("GBR", "DEU")]
    between = [row for row in rows if row not in powers]
    side_of_hub = next(row["configuration1_side"] for row in powers if row["code"] == "GBR")
    ceded = {
        row["state"] for row in table(folder / "territories.csv", state=code, territory=text, reference=text)
    }

    def state(row: Row) -> Data:
        sign = 1 if row["configuration1_side"] == side_of_hub else -1
        scale = {"home": sign, "dispute": row["code"] in ceded}
        spec: Data = {"code": row["code"], "name": row["name"], "capability": capability[row["code"]]}
        for name in RANGES:
            if name != "capability":
                spec[name] = quantity(assumed[name]["value"] * scale.get(name, 1), assumed[name]["key"])
        return spec

    return {
        "name": "europe_1936",
        "title": "Europe between Britain and Germany",
        "hub": "GBR",
        "challenger": "DEU",
        "start": "1936-01",
        "units": read_units(),
        "sources": read_sources(folder, institutions) | {row["key"]: row["text"] for row in assumed.values()},
        "powers": [
            {"code": row["code"], "name": row["name"], "side": HUB if row["code"] == "GBR" else CHALLENGER}
            | {"capability": capability[row["code"]]}
            for row in powers
        ],
        "states": [state(row) for row in between],
        "ties": configuration_ties(between, assumed["tie"]),
        "institutions": [institution for institution, _ in institutions],
    }


def configuration_ties(rows: list[Row], assumed: Row) -> list[Data]:
    """Partners are together in both configurations, rivals apart in both."""
    found = []
    for a, b in itertools.combinations(rows, 2):
        same = {a[column] == b[column] for column in ("configuration1_side", "configuration2_side")}
        if len(same) == 1:
            weight = assumed["value"] if same == {True} else -assumed["value"]
            found.append(tie(a["code"], b["code"], [(weight, assumed["key"])]))
    return found
