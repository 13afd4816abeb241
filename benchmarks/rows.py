"""What a measurement is, where records of them are kept, and the table that shows the last record."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

HISTORY = Path(__file__).with_name("history.jsonl")


@dataclass(frozen=True)
class Row:
    """One measured figure.

    Attributes
    ----------
    group, what : str
        Part of the table, and what was measured; together they are the row's name.
    value : float
        The figure, in ``unit``.
    ratio : float or None
        What it is ``of``: the figure that can be compared between machines.
    measured : str
        Day of the measurement, ``YYYY-MM-DD``, if it was taken over from an earlier record.
    """

    group: str
    what: str
    value: float
    unit: str
    ratio: float | None = None
    of: str = ""
    measured: str = ""


def records(history: Path = HISTORY) -> list[dict[str, Any]]:
    """All records of a history file, oldest first."""
    return [json.loads(line) for line in history.read_text(encoding="utf-8").splitlines()]


def rows_of(record: dict[str, Any]) -> list[Row]:
    """The rows of a record; the oldest records have none."""
    return [Row(**row) for row in record.get("rows", ())]


def append(record: dict[str, Any], rows: Iterable[Row], history: Path = HISTORY) -> None:
    """Add a record to a history file."""
    listed = [asdict(row) for row in rows]
    with history.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record | {"rows": listed}, ensure_ascii=False) + "\n")


def taken_over(names: Iterable[tuple[str, str]], history: Path = HISTORY) -> list[Row]:
    """The last measurements of some rows in earlier records, each with the day on which it was made."""
    found: dict[tuple[str, str], Row] = {}
    for record in records(history):
        for row in rows_of(record):
            found[row.group, row.what] = replace(row, measured=row.measured or record["at"][:10])
    return [found[name] for name in names if name in found]


def table(record: dict[str, Any]) -> str:
    """The record as a Markdown table, one line a row."""
    lines = ["| | measured | | ratio |", "| --- | --- | --- | --- |"]
    group = ""
    for row in rows_of(record):
        first = f"**{row.group}**" if row.group != group else ""
        group = row.group
        value = f"{significant(row.value)} {row.unit}" + (f" ({row.measured})" if row.measured else "")
        ratio = "" if row.ratio is None else (f"{row.ratio:.0f}" if row.ratio >= 100 else f"{row.ratio:.2f}")
        lines.append(f"| {first} | {row.what} | {value} | {' '.join((ratio, row.of)).strip()} |")
    return "\n".join(lines)


def provenance(record: dict[str, Any]) -> str:
    """When and with what a record was made, and what it leaves out."""
    versions = ", ".join(f"{name} {record[name]}" for name in ("python", "numba", "numpy", "mesa"))
    line = f"Measured {record['at'][:10]} on {record['cores']} cores ({record['machine']}) with {versions}."
    return f"{line} {record['note']}".strip()


def significant(value: float) -> str:
    """Three digits, without an exponent.

    >>> significant(0.0213), significant(3.666), significant(1234.5)
    ('0.0213', '3.67', '1234')
    """
    if abs(value) >= 100:
        return f"{value:.0f}"
    return f"{value:#.3g}".rstrip(".")


def per_unit(values: Sequence[float], sizes: Sequence[float]) -> float:
    """Cost of one more lane from the costs of two sizes: what both have in common, starting up, does not count."""
    (small, large), (few, many) = values, sizes
    return (large - small) / (many - few)
