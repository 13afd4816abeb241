"""The documented record: what was done to states month by month, and who led them.

These are inputs of a simulation. The folder of a record may also hold what states did in answer and what was measured
about them: targets of a calibration, which nothing here reads.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from sim.errors import InputError, nearest
from sim.io.csv_tables import (
    Column,
    Row,
    check_unique,
    flag,
    known,
    month,
    number,
    optional,
    pattern,
    read_table,
    text,
    word,
)
from sim.months import month_text
from sim.scenario.world import World

KINDS = ("coercion", "punishment", "pressure", "offer", "accommodation", "reassurance", "shock", "stance")
DOMAINS = (
    "maritime", "air", "border", "military", "nuclear", "war", "interference", "trade", "tourism",
    "investment", "finance", "energy", "health", "aid", "sanctions", "diplomatic", "summit", "partnership",
    "minilateral", "treaty", "basing", "deployment", "arms", "logistics", "technology", "strategy",
    "projects", "declaration", "credibility", "reputation",
)  # fmt: skip
OPENERS = ("sender", "target", "mutual", "unknown")
ALL = "ALL"
Extent = tuple[int, int] | None
"""First and last month number of a record, where it says so."""
MOST_ROWS = 20_000
"""Rows that a record may have, before and after edits; each edit looks at each of them."""

STIMULUS_ID = pattern("S[0-9]{3,6}", "S and three digits or more")
_key = pattern("[a-z][a-z0-9_]*", "a key of lower-case letters, digits and underscores")


@dataclass(frozen=True)
class Stimulus:
    """Something that an outside power did to a state.

    Attributes
    ----------
    start, end : int
        Month numbers of its first and last month.
    sender, target : str
        Code of the power that acts; code of the state acted upon, or ``ALL`` for every state.
    kind, domain : str
        What sort of act, and the field it lies in.
    intensity : float
        By the rubric of the codebook, 0.1 to 1; -1 to 1 for reassurance.
    institution : str
        Key of the institution that an offer opens to the target; empty if none.
    opened_by : str
        Who opened an offer in public; empty for other kinds.
    circular : bool
        The opening of the offer cannot be dated apart from its acceptance.
    basis, check, title, reference : str
        Where the fact comes from, for people.
    programme : str
        Key shared by the offers that one occasion makes to many states; empty if the row stands by itself.
    presupposes : str
        Id of the row without which this one cannot stand; empty if there is none.
    onset : int
        Month in which the act began for the target; differs from ``start`` only where an edit cut the row.
    """

    id: str
    start: int
    end: int
    sender: str
    target: str
    kind: str
    domain: str
    intensity: float
    institution: str = ""
    opened_by: str = ""
    circular: bool = False
    basis: str = ""
    check: str = ""
    title: str = ""
    reference: str = ""
    programme: str = ""
    presupposes: str = ""
    onset: int = -1

    def __post_init__(self) -> None:
        if self.onset < 0:
            object.__setattr__(self, "onset", self.start)


@dataclass(frozen=True)
class Leader:
    """A holder of the office that leads foreign policy, with the declared line at the start of the term.

    ``start`` and ``end`` are month numbers; ``orientation`` runs from -1 (the challenger is the stated main
    partner) to 1 (the tie with the hub is the stated centre of policy).
    """

    state: str
    start: int
    end: int
    leader: str
    orientation: float
    check: str
    reference: str


@dataclass(frozen=True)
class Record:
    """What is documented of a theatre, as a simulation may know it.

    Attributes
    ----------
    stimuli : tuple of Stimulus
        In the order of the file.
    leaders : tuple of Leader
        In the order of the file.
    extent : (int, int) or None
        First and last month number that the record covers, where it says so.
    """

    stimuli: tuple[Stimulus, ...] = ()
    leaders: tuple[Leader, ...] = ()
    extent: tuple[int, int] | None = None


EMPTY_RECORD = Record()
"""The record of a scenario that has none."""


def load_record(folder: Path, world: World) -> Record:
    """The record in a folder, checked against a world; errors as `load_stimuli`."""
    extent = load_extent(folder)
    return Record(_stimuli(folder, world, extent), _leaders(folder, world, extent), extent)


def stimulus_columns(world: World | None = None) -> tuple[Column, ...]:
    """The schema of ``stimuli.csv``; with a world, codes and institutions must be known to it."""
    sender = target = pattern("[A-Z]{3,4}", "a code of three or four capital letters")
    institution = _key
    if world:
        sender = known({power.code for power in world.powers}, "power of this world")
        target = known({*world.codes, world.challenger, ALL}, "state of this world")
        institution = known({part.key for part in world.institutions}, "institution of this world")
    return (
        Column("id", STIMULUS_ID, "row name"),
        Column("start", month, "first month of the act"),
        Column("end", month, "last month of the act"),
        Column("sender", sender, "who acts"),
        Column("target", target, "who is acted upon; ALL = every state"),
        Column("kind", word(*KINDS), "what sort of act"),
        Column("domain", word(*DOMAINS), "field of the act"),
        Column("intensity", number(-1.0, 1.0, step=0.1), "strength by the rubric, no unit"),
        Column("institution", optional(institution, ""), "institution that an offer opens to the target"),
        Column("opened_by", optional(word(*OPENERS), ""), "who opened an offer"),
        Column("circular", flag, "1 = opening not dated apart from acceptance"),
        Column("basis", word("article", "public"), "a news article or the public record"),
        Column("check", word("verified", "known"), "whether a page was read while the table was checked"),
        Column("title", text, "one line for people"),
        Column("reference", text, "where the fact can be found"),
        Column("programme", optional(_key, ""), "occasion shared with other offers", required=False),
        Column(
            "presupposes",
            optional(STIMULUS_ID, ""),
            "row without which this one cannot stand",
            required=False,
        ),
    )


def leader_columns(world: World | None = None) -> tuple[Column, ...]:
    """The schema of ``leaders.csv``; with a world, states must be known to it."""
    code = pattern("[A-Z]{3}", "a code of three capital letters")
    return (
        Column("state", known(world.codes, "state of this world") if world else code, "state led"),
        Column("start", month, "first month in office"),
        Column("end", month, "last month in office"),
        Column("leader", text, "name, with the office where not head of government"),
        Column("orientation", number(-1.0, 1.0, step=0.5), "declared line, -1 to 1"),
        Column("check", word("verified", "known"), "whether a page was read"),
        Column("reference", text, "where the fact can be found"),
    )


def load_stimuli(folder: Path, world: World | None = None) -> tuple[Stimulus, ...]:
    """The stimuli of a record, in the order of the file.

    Parameters
    ----------
    folder : Path
        The record's folder; holds ``stimuli.csv``.
    world : World, optional
        If given, senders, targets and institutions must be known to it.

    Raises
    ------
    InputError
        At the first bad row, with file, line, column and what is allowed.
    """
    return _stimuli(Path(folder), world, load_extent(folder))


def _stimuli(folder: Path, world: World | None, extent: Extent) -> tuple[Stimulus, ...]:
    rows = read_table(folder / "stimuli.csv", stimulus_columns(world))
    if len(rows) > MOST_ROWS:
        raise rows[MOST_ROWS].error("id", f"a record has at most {MOST_ROWS:,} rows")
    for row in rows:
        _check_stimulus(row)
        if world and (row["target"] == world.challenger) != (row["kind"] == "stance"):
            raise row.error("target", f"{world.challenger} is the target of stances and of nothing else")
        if extent:
            _check_within(row, "start", extent)
            _check_within(row, "end", extent)
    check_unique(rows, "id")
    check_presupposed(rows, {row["id"]: row["start"] for row in rows}, "start")
    _refuse_circles(rows)
    _check_programmes(rows)
    return tuple(Stimulus(**row.values) for row in rows)


def load_leaders(folder: Path, world: World | None = None) -> tuple[Leader, ...]:
    """The leaders of a record, in the order of the file; arguments and errors as `load_stimuli`.

    A term may begin before the record, as the first leader came to office before it.
    """
    return _leaders(Path(folder), world, load_extent(folder))


def _leaders(folder: Path, world: World | None, extent: Extent) -> tuple[Leader, ...]:
    rows = read_table(folder / "leaders.csv", leader_columns(world))
    for row in rows:
        _check_order(row)
        if extent:
            _check_within(row, "end", extent)
    _refuse_overlaps(rows)
    return tuple(Leader(**row.values) for row in rows)


def load_extent(folder: Path) -> Extent:
    """First and last month number that a record covers, from ``extent.csv``; None if it has no such file."""
    path = Path(folder) / "extent.csv"
    if not os.path.lexists(path):
        return None
    rows = read_table(path, (Column("first", month, "first month"), Column("last", month, "last month")))
    if len(rows) != 1:
        raise InputError(f"must hold one row, has {len(rows)}", file=path)
    return rows[0]["first"], rows[0]["last"]


def _check_stimulus(row: Row) -> None:
    _check_order(row)
    if row["kind"] != "reassurance" and row["intensity"] < 0:
        raise row.error("intensity", "must be 0.1 to 1; only reassurance may be negative")
    if row["intensity"] == 0:
        raise row.error("intensity", "0 is no act; leave the row out")
    if row["kind"] == "offer":
        if not row["opened_by"]:
            raise row.error("opened_by", f"an offer says who opened it: {', '.join(OPENERS)}")
        return
    for column in ("institution", "opened_by", "circular", "programme"):
        if row[column]:
            raise row.error(column, f"only offers may have it; this row is of kind {row['kind']}")


def check_presupposed(rows: Sequence[Row], begins: Mapping[str, int], column: str) -> None:
    """Check that what each row presupposes is a stimulus of the record that begins no later.

    Parameters
    ----------
    rows : sequence of Row
        Of a table with the column ``presupposes``.
    begins : mapping
        Id of a stimulus -> number of its first month.
    column : str
        Column of the table that holds the month of a row.

    Raises
    ------
    InputError
        At the first bad row, with file, line, column and what is allowed.
    """
    for row in rows:
        name = row["presupposes"]
        if not name:
            continue
        if name not in begins:
            raise row.error("presupposes", f"no stimulus {name}{nearest(name, begins)}")
        if name == row["id"]:
            raise row.error("presupposes", f"{name} cannot presuppose itself")
        if begins[name] > row[column]:
            message = (
                f"{name} begins in {month_text(begins[name])}, after this row, {month_text(row[column])}"
            )
            raise row.error("presupposes", message)


def _refuse_circles(rows: Sequence[Row]) -> None:
    """No row may presuppose, directly or by way of others, a row that presupposes it."""
    needs = {row["id"]: row["presupposes"] for row in rows}
    sound = {""}
    for row in rows:
        name, path = row["id"], []
        while name not in sound:
            path.append(name)
            sound.add(name)
            name = needs[name]
        if name in path:
            circle = " -> ".join([*path[path.index(name) :], name])
            raise row.error("presupposes", f"a circle: {circle}")


def _check_programmes(rows: Sequence[Row]) -> None:
    """Offers of one programme come from one sender in one month."""
    firsts: dict[str, Row] = {}
    for row in rows:
        if not row["programme"]:
            continue
        first = firsts.setdefault(row["programme"], row)
        for column in ("sender", "start"):
            if row[column] != first[column]:
                message = f"offers of one programme share the {column}; {first['id']} on line {first.line} has another"
                raise row.error("programme", message)


def _check_order(row: Row) -> None:
    if row["start"] > row["end"]:
        raise row.error("end", f"{month_text(row['end'])} is before the start, {month_text(row['start'])}")


def _check_within(row: Row, column: str, extent: tuple[int, int]) -> None:
    first, last = extent
    if not first <= row[column] <= last:
        raise row.error(column, f"outside the record, which runs {month_text(first)} to {month_text(last)}")


def _refuse_overlaps(rows: Sequence[Row]) -> None:
    """Two leaders of a state may share a month of handing over and no more."""
    by_state: dict[str, list[Row]] = {}
    for row in rows:
        by_state.setdefault(row["state"], []).append(row)
    for terms in by_state.values():
        terms.sort(key=lambda row: (row["start"], row["end"]))
        for earlier, later in pairwise(terms):
            if later["start"] < earlier["end"]:
                raise later.error("start", f"overlaps the term of {earlier['leader']} on line {earlier.line}")
