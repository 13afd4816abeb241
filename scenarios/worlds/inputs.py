"""The tables in ``sources/``, and the parts that every world reads from them alike."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sim.io.csv_tables import (
    Column,
    Row,
    flag,
    number,
    optional,
    pattern,
    read_table,
    text,
    whole,
    word,
    year,
)
from sim.scenario.world import SOURCES_JOINED_BY

SOURCES = Path(__file__).resolve().parent / "sources"
HUB, CHALLENGER = "hub", "challenger"
INSTITUTION_KINDS = ("treaty", "circle", "framework")

Data = dict[str, Any]

code = pattern("[A-Z]{3,4}", "a code of capital letters")
key = pattern(r"[a-z][a-z0-9_:]*", "a key of lower-case letters")
any_number = number(-1e9, 1e9)
share = number(0, 1)
checked = word("verified", "known")


def table(path: Path, **columns: Callable[[str], Any]) -> list[Row]:
    """Rows of a source table; the keywords are its columns."""
    return read_table(path, [Column(name, parse) for name, parse in columns.items()])


def alliances(path: Path) -> list[Row]:
    """Pairs with a defence or consultation obligation."""
    return table(path, a=code, b=code, year=year, defence=flag, consultation=flag)


def yearly(path: Path, column: str) -> dict[str, list[float]]:
    """Values of one column by state, in the order of the years; empty fields are left out."""
    header = path.read_text(encoding="utf-8").splitlines()[0].split(",")
    columns = {name: optional(any_number) for name in header} | {"state": code, "year": year}
    values: dict[str, list[float]] = defaultdict(list)
    for row in table(path, **columns):
        if row[column] is not None:
            values[row["state"]].append(row[column])
    return dict(values)


def means(path: Path, column: str, source: str, *, digits: int = 4) -> dict[str, Data]:
    """Mean of a column over the years by state, as quantities."""
    return {
        state: quantity(statistics.fmean(values), source, digits=digits)
        for state, values in yearly(path, column).items()
    }


def quantity(value: float, source: str, *, digits: int = 4) -> Data:
    """A rounded number with its source."""
    return {"value": round(float(value), digits) + 0.0, "source": source}


def home_at(alignment: float, source: str) -> Data:
    """The home of a state with this starting alignment, which is ``tanh(home / 2)``."""
    return quantity(2 * math.atanh(alignment), source)


def tie(a: str, b: str, parts: list[tuple[float, str]]) -> Data:
    """One tie out of its parts."""
    weight = max(-1.0, min(1.0, sum(weight for weight, _ in parts)))
    sources = dict.fromkeys(source for _, source in parts)
    return {"a": a, "b": b, "weight": round(weight, 4), "source": SOURCES_JOINED_BY.join(sources)}


def read_units() -> dict[str, str]:
    """Unit of each quantity of a state."""
    return {row["quantity"]: row["unit"] for row in table(SOURCES / "units.csv", quantity=key, unit=text)}


def read_powers(path: Path, capability: Mapping[str, Data]) -> list[Data]:
    """The powers, with the capability of those that have one."""
    side = word(HUB, CHALLENGER, "third")
    return [
        {"code": row["code"], "name": row["name"], "side": row["side"]}
        | ({"capability": capability[row["code"]]} if row["code"] in capability else {})
        for row in table(path, code=code, name=text, side=side)
    ]


def institution_kinds() -> dict[str, Row]:
    """Threshold and leaving point by kind of institution."""
    rows = table(
        SOURCES / "institution_kinds.csv",
        kind=word(*INSTITUTION_KINDS), threshold=any_number, leave_below=number(-1, 1), meaning=text,
    )  # fmt: skip
    return {row["kind"]: row for row in rows}


def read_institutions(folder: Path, sides: Mapping[str, str]) -> list[tuple[Data, str]]:
    """The institutions of a world, each with its kind."""
    kinds = institution_kinds()
    members = optional(pattern("[A-Z]{3}( [A-Z]{3})*", "codes of states with blanks between"), "")
    rows = table(
        folder / "institutions.csv",
        key=key, title=text, sponsor=word(*sides), kind=word(*INSTITUTION_KINDS), weight=whole(1, 3),
        members=members, closed_to=members, minilateral=flag, hypothetical=flag, reference=text,
    )  # fmt: skip
    return [
        (
            {
                "key": row["key"],
                "title": row["title"],
                "side": sides[row["sponsor"]],
                "sponsor": row["sponsor"],
                "members": row["members"].split(),
                "closed_to": row["closed_to"].split(),
                "weight": row["weight"],
                "threshold": kinds[row["kind"]]["threshold"],
                "leave_below": kinds[row["kind"]]["leave_below"],
                "lock_in": 0.0,
                "minilateral": row["minilateral"],
                "hypothetical": row["hypothetical"],
                "source": SOURCES_JOINED_BY.join((row["key"], f"assumption:{row['kind']}")),
            },
            row["kind"],
        )
        for row in rows
    ]


def read_sources(folder: Path, institutions: list[tuple[Data, str]]) -> dict[str, str]:
    """Texts of the source keys: those of the folder, the document behind each institution, and its kind."""
    texts = {row["key"]: row["text"] for row in table(folder / "sources.csv", key=key, text=text)}
    header = ("title", "sponsor", "kind", "weight", "members", "closed_to", "minilateral", "hypothetical")
    columns = {"key": key, "reference": text} | dict.fromkeys(header, str)
    texts |= {row["key"]: row["reference"] for row in table(folder / "institutions.csv", **columns)}
    used = {kind for _, kind in institutions}
    for kind, row in institution_kinds().items():
        if kind in used:
            texts[f"assumption:{kind}"] = (
                f"{row['meaning']}. Threshold and leave_below are set by kind "
                "(sources/institution_kinds.csv) and not measured; lock_in is 0, since measured positions of members "
                "speak against any (docs/scale.md)"
            )
    return texts
