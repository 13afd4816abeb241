"""``wedge evidence``: the tables of a record, filtered, with the source of every row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any

import typer

from sim.cli.options import AllOption, JsonOption, RecordOption, month_option, record_option
from sim.cli.places import show_places
from sim.cli.printing import console, print_json, print_table
from sim.cli.streams import say
from sim.errors import InputError, unknown
from sim.io.library import THEATRE, record_folder

ROWS_SHOWN = 25
SENTENCES = ("what", "leader", "source")
"""Columns whose text may be broken between words."""


@dataclass(frozen=True)
class View:
    """How one table is filtered and shown.

    Parameters
    ----------
    load : callable
        Gives the rows.
    state, kind, sender : str or None
        Attribute that the option of that name filters; None if the table has none.
    span : callable
        First and last month number of a row.
    columns : dict
        Heading to the text of a row under it.
    """

    load: Callable[[], Sequence[Any]]
    state: str
    kind: str | None
    sender: str | None
    span: Callable[[Any], tuple[int, int]]
    columns: dict[str, Callable[[Any], str]]


def evidence(
    table: Annotated[
        str, typer.Argument(help="stimuli, leaders, responses, opinion or trade.", show_default=True)
    ] = "stimuli",
    state: Annotated[
        str | None, typer.Option(help="Code of a state; rows about all states are kept.")
    ] = None,
    kind: Annotated[
        str | None, typer.Option(help="Kind of act; for opinion the measure, for trade the flow.")
    ] = None,
    sender: Annotated[str | None, typer.Option(help="Code of the power that acted (stimuli).")] = None,
    first: Annotated[str | None, typer.Option("--from", help="Year or month, YYYY or YYYY-MM.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Year or month, YYYY or YYYY-MM.")] = None,
    limit: Annotated[
        int | None,
        typer.Option(min=1, help=f"Rows to show; {ROWS_SHOWN} in a table and all in JSON if not given."),
    ] = None,
    record: RecordOption = None,
    use: Annotated[
        bool, typer.Option("--use", help="Show where each response belongs if lanes do what it says.")
    ] = False,
    world: Annotated[
        str | None, typer.Option(metavar="FILE", help="With --use: world of the record; indo_pacific.")
    ] = None,
    all_rows: AllOption = False,
    json: JsonOption = False,
) -> None:
    """List and filter a record, with the source of each row.

    stimuli: what was done to states. leaders: who led them. responses: what states did. opinion: what polls found.
    trade: shares of exports and imports.

    \b
    Examples:
      wedge evidence --state AUS --kind punishment --from 2017
      wedge evidence responses --use --all --state KOR
    """
    from sim.scenario.record import ALL

    _check_use(use, table, {"--world": world is not None, "--all": all_rows})
    folder = record_option(record) or record_folder(THEATRE)
    table = "responses" if use else table
    view = _view(table, folder)
    everything = rows = view.load()
    wanted = {"state": (view.state, state), "kind": (view.kind, kind), "sender": (view.sender, sender)}
    for option, (attribute, value) in wanted.items():
        if value is not None:
            _refuse_unknown(everything, table, option, attribute, value)
            rows = [row for row in rows if getattr(row, str(attribute)) in (value, ALL)]
    start, end = _month(first, "--from", "-01"), _month(last, "--to", "-12")
    if start is not None and end is not None and start > end:
        raise InputError(f"{last} is before --from {first}", key="--to")
    rows = [row for row in rows if _overlaps(view.span(row), start, end)]
    if use:
        ids = {row.id for row in rows}
        show_places(folder, world or THEATRE, ids, limit=limit, all_rows=all_rows, as_json=json)
        return
    shown = rows[: limit or (None if json else ROWS_SHOWN)]
    if json:
        print_json(
            {"table": table, "total": len(rows), "shown": len(shown), "rows": [_plain(r) for r in shown]}
        )
        return
    if shown:
        cells = [[text(row) for text in view.columns.values()] for row in shown]
        sentences = [place for place, heading in enumerate(view.columns) if heading in SENTENCES]
        print_table(console(), list(view.columns), cells, sentences)
    more = "" if len(shown) == len(rows) else f"; --limit {len(rows)} shows all"
    say(f"{len(shown)} of {len(rows)} rows{more}")


def _check_use(use: bool, table: str, given: dict[str, bool]) -> None:
    """``--use`` is about responses, and some options are about ``--use``."""
    if use and table not in ("stimuli", "responses"):
        raise InputError(f"is about responses, not about {table}", key="--use")
    for option, said in given.items():
        if said and not use:
            raise InputError("says something only together with --use", key=option)


def _view(table: str, folder: Path) -> View:
    views = _views(folder)
    if table not in views:
        raise InputError(unknown("table", table, views))
    return views[table]


def _views(folder: Path) -> dict[str, View]:
    from sim.months import month_text
    from sim.scenario.record import load_leaders, load_stimuli
    from sim.scenario.targets import load_opinion, load_responses, load_trade

    def when(row: Any) -> str:
        return month_text(row.start) + ("" if row.start == row.end else f" to {month_text(row.end)}")

    return {
        "stimuli": View(
            lambda: load_stimuli(folder), "target", "kind", "sender", lambda row: (row.start, row.end),
            {
                "id": lambda row: row.id,
                "when": when,
                "who": lambda row: f"{row.sender} > {row.target}",
                "kind": lambda row: row.kind,
                "size": lambda row: f"{row.intensity:.1f}",
                "what": lambda row: row.title,
                "source": lambda row: f"{row.reference} ({row.check})",
            },
        ),
        "leaders": View(
            lambda: load_leaders(folder), "state", None, None, lambda row: (row.start, row.end),
            {
                "state": lambda row: row.state,
                "when": when,
                "leader": lambda row: row.leader,
                "orientation": lambda row: f"{row.orientation:+.1f}",
                "source": lambda row: f"{row.reference} ({row.check})",
            },
        ),
        "responses": View(
            lambda: load_responses(folder), "state", "kind", None, lambda row: (row.date, row.date),
            {
                "id": lambda row: row.id,
                "when": lambda row: month_text(row.date),
                "state": lambda row: row.state,
                "kind": lambda row: row.kind,
                "step": lambda row: f"{row.direction:+d} x {row.weight}" if row.direction else "0",
                "what": lambda row: row.title,
                "source": lambda row: f"{row.reference} ({row.check})",
            },
        ),
        "opinion": View(
            lambda: load_opinion(folder), "state", "measure", None, lambda row: (row.first, row.last),
            {
                "state": lambda row: row.state,
                "when": lambda row: row.date,
                "of": lambda row: row.target,
                "measure": lambda row: row.measure,
                "value": lambda row: f"{row.value:g} {row.unit}",
                "source": lambda row: f"{row.pollster}: {row.source}",
            },
        ),
        "trade": View(
            lambda: load_trade(folder), "state", "flow", None, lambda row: (row.year * 12, row.year * 12 + 11),
            {
                "state": lambda row: row.state,
                "when": lambda row: str(row.year),
                "flow": lambda row: row.flow,
                "partner": lambda row: row.partner,
                "share": lambda row: f"< {row.smallest_listed:g} %" if row.share is None else f"{row.share:g} %",
                "source": lambda row: row.source,
            },
        ),
    }  # fmt: skip


def _refuse_unknown(rows: Sequence[Any], table: str, option: str, attribute: str | None, value: str) -> None:
    from sim.scenario.record import ALL

    if attribute is None:
        raise InputError(f"the table {table} has no {option}", key=f"--{option}")
    allowed = {getattr(row, attribute) for row in rows} - {ALL}
    if value not in allowed:
        raise InputError(unknown(option, value, allowed), key=f"{table} --{option}")


def _month(given: str | None, option: str, completed_by: str) -> int | None:
    year_only = given is not None and len(given) == 4
    return month_option(f"{given}{completed_by}" if year_only else given, option)


def _overlaps(span: tuple[int, int], first: int | None, last: int | None) -> bool:
    return (first is None or span[1] >= first) and (last is None or span[0] <= last)


def _plain(row: Any) -> dict[str, Any]:
    """A row for JSON: months as ``YYYY-MM``."""
    from sim.months import month_text

    plain = {part.name: getattr(row, part.name) for part in fields(row) if part.name != "onset"}
    for name in ("start", "end", "date", "decided"):
        if isinstance(plain.get(name), int):
            plain[name] = month_text(plain[name])
    return plain
