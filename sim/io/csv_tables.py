"""Small tables of evidence: CSV files read by a declared schema, every error with its place.

A table is declared as a sequence of `Column`: a name, a parser that turns the text of a field into a
value, and its meaning. A parser raises `ValueError` with what is allowed; `read_table` adds the file, the
line and the column.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.errors import InputError, nearest
from sim.io.files import read_file
from sim.months import month_number

Parser = Callable[[str], Any]

BYTES_ALLOWED = 8_000_000
ROWS_ALLOWED = 100_000
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?")


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name : str
        As written in the header row.
    parse : callable
        Text of one field to its value; raises `ValueError` saying what is allowed.
    meaning : str
        What the column holds, with its unit, for people.
    required : bool
        Whether every table has the column; where one that is not required is missing, its fields are read as empty.
    """

    name: str
    parse: Parser
    meaning: str = ""
    required: bool = True


@dataclass(frozen=True)
class Row:
    """One parsed row: its values by column name and the line of the file it starts on."""

    values: dict[str, Any]
    file: Path
    line: int

    def __getitem__(self, column: str) -> Any:
        return self.values[column]

    def error(self, column: str, message: str) -> InputError:
        """An `InputError` that names this row's file and line and the column."""
        return InputError(message, file=self.file, line=self.line, key=column)


def read_table(path: Path, columns: Sequence[Column]) -> list[Row]:
    """Read a CSV file by its schema.

    Parameters
    ----------
    path : Path
        No link that leads out of its folder. UTF-8, comma separated, one header row that names the columns, in any
        order; all that are required and no others.
    columns : sequence of Column
        The schema.

    Returns
    -------
    list of Row
        In the order of the file.

    Raises
    ------
    InputError
        If the file is missing, too large, not text, or any header, row or field breaks the schema.
    """
    records = _records(path, _text(path))
    line, header = next(records, (1, []))
    _check_header(path, line, header, columns)
    parsers = {column.name: column.parse for column in columns}
    absent = {column.name: "" for column in columns if column.name not in header}
    rows: list[Row] = []
    for line, fields in records:
        if len(fields) != len(header):
            raise InputError(
                f"the row has {len(fields)} fields, the header has {len(header)}; "
                "a field with a comma needs double quotes",
                file=path,
                line=line,
            )
        if len(rows) == ROWS_ALLOWED:
            raise InputError(f"more than {ROWS_ALLOWED:,} rows", file=path, line=line)
        rows.append(_parsed(path, line, dict(zip(header, fields, strict=True)) | absent, parsers))
    return rows


def _text(path: Path) -> str:
    raw = read_file(path, BYTES_ALLOWED, inside=path.parent)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InputError("not UTF-8 text", file=path, line=line) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError("a binary file, not a table", file=path, line=line)
    return text


def _records(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Fields of each record with the line it starts on; blank lines are skipped."""
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    start = 1
    try:
        for fields in reader:
            if fields:
                yield start, fields
            start = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"not a well-formed table: {error}", file=path, line=start) from None


def _check_header(path: Path, line: int, header: list[str], columns: Sequence[Column]) -> None:
    names = [column.name for column in columns]
    if not header:
        raise InputError("the table is empty; its first row names the columns", file=path, line=line)
    for name in header:
        if name not in names:
            allowed = ", ".join(names)
            raise InputError(
                f"unknown column; allowed are {allowed}{nearest(name, names)}", file=path, line=line, key=name
            )
        if header.count(name) > 1:
            raise InputError("the column is named twice", file=path, line=line, key=name)
    for column in columns:
        if column.required and column.name not in header:
            raise InputError("the column is missing", file=path, line=line, key=column.name)


def _parsed(path: Path, line: int, fields: dict[str, str], parsers: dict[str, Parser]) -> Row:
    values = {}
    for name, field in fields.items():
        try:
            values[name] = parsers[name](field)
        except ValueError as error:
            raise InputError(str(error), file=path, line=line, key=name) from None
    return Row(values, path, line)


def check_unique(rows: Sequence[Row], *names: str) -> None:
    """Raise `InputError` at the first row whose values of the named columns occurred before."""
    seen: dict[tuple[Any, ...], int] = {}
    for row in rows:
        value = tuple(row[name] for name in names)
        if value in seen:
            shown = ", ".join(str(part) for part in value)
            raise row.error("+".join(names), f"{shown} is already on line {seen[value]}")
        seen[value] = row.line


def text(field: str) -> str:
    """Any text on one line that is not blank."""
    if not field.strip():
        raise ValueError("must not be empty")
    if not field.isprintable():
        raise ValueError("holds a control character; write one line of plain text")
    return field


def flag(field: str) -> bool:
    """``1`` or ``0``."""
    if field not in ("0", "1"):
        raise ValueError(f"{field!r} is not allowed; write 0 or 1")
    return field == "1"


def month(field: str) -> int:
    """A month ``YYYY-MM``, as its number."""
    return month_number(field)


def year(field: str) -> int:
    """A year of four digits."""
    if not re.fullmatch(r"(18|19|20|21)[0-9]{2}", field):
        raise ValueError(f"{field!r} is not a year; write four digits, for example 2016")
    return int(field)


def word(*allowed: str) -> Parser:
    """A parser for one of a few words."""

    def parse(field: str) -> str:
        if field not in allowed:
            listed = ", ".join(allowed)
            raise ValueError(f"{field!r} is not allowed; allowed are {listed}{nearest(field, allowed)}")
        return field

    return parse


def pattern(expression: str, described: str) -> Parser:
    """A parser for text that matches a regular expression, with a description for people."""
    compiled = re.compile(expression)

    def parse(field: str) -> str:
        if not compiled.fullmatch(field):
            raise ValueError(f"{field!r} is not allowed; write {described}")
        return field

    return parse


def number(low: float, high: float, *, step: float | None = None) -> Parser:
    """A parser for a finite number from ``low`` to ``high``, in whole multiples of ``step`` if given."""
    described = f"a number from {low:g} to {high:g}" + (f" in steps of {step:g}" if step else "")

    def parse(field: str) -> float:
        if not _NUMBER.fullmatch(field):
            raise ValueError(f"{field!r} is not a number; write {described}")
        value = float(field)
        if not low <= value <= high or (
            step and not math.isclose(value / step, round(value / step), abs_tol=1e-9)
        ):
            raise ValueError(f"{field!r} is not allowed; write {described}")
        return value

    return parse


def whole(low: int, high: int) -> Parser:
    """A parser for a whole number from ``low`` to ``high``."""

    def parse(field: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,12}", field) or not low <= int(field) <= high:
            raise ValueError(f"{field!r} is not allowed; write a whole number from {low} to {high}")
        return int(field)

    return parse


def optional(parse: Parser, empty: Any = None) -> Parser:
    """A parser that gives ``empty`` for an empty field and else what ``parse`` gives."""

    def parse_or_empty(field: str) -> Any:
        return empty if field == "" else parse(field)

    return parse_or_empty


def known(codes: Collection[str], what: str) -> Parser:
    """A parser for one of many codes, listed in the error only when they are few."""
    ordered = sorted(codes)

    def parse(field: str) -> str:
        if field not in codes:
            listed = ", ".join(ordered[:40]) + (" ..." if len(ordered) > 40 else "")
            raise ValueError(f"{field!r} is no {what}; there are {listed}{nearest(field, ordered)}")
        return field

    return parse
