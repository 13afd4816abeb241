"""The targets of a record: what states did, what polls found, with whom states trade.

They lie beside what was done to states, in one folder. A model is held against them; a simulation that runs freely
reads none of them. An error names file, line and column.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sim.errors import nearest
from sim.io.csv_tables import (
    Column,
    Row,
    check_unique,
    flag,
    month,
    number,
    optional,
    pattern,
    read_table,
    text,
    whole,
    word,
    year,
)
from sim.months import month_number, month_text
from sim.scenario.record import STIMULUS_ID, Record, Stimulus, check_presupposed
from sim.scenario.world import World

RESPONSES, OPINION, TRADE = "responses.csv", "opinion.csv", "trade.csv"
TABLES = (RESPONSES, OPINION, TRADE)
"""Files of a record that hold targets; the last two may be missing."""

RESPONSE_KINDS = (
    "treaty_upgrade", "treaty_downgrade", "basing", "deployment", "logistics", "arms", "exercise", "strategy",
    "legislation", "legal", "minilateral", "partnership", "membership", "summit", "vote", "statement", "trade",
    "finance", "economic", "accommodation",
)  # fmt: skip

DIRECTIONS = {"hub": 1, "challenger": -1}
"""Side of a power -> direction of a response toward it."""

#: Lowest and highest value of each unit of opinion.
OPINION_UNITS: dict[str, tuple[float, float]] = {
    "pct": (0.0, 100.0),
    "net_pct": (-100.0, 100.0),
    "score_0_10": (0.0, 10.0),
}

_state = pattern("[A-Z]{3}", "a code of three capital letters")
_percent = number(0, 100)


@dataclass(frozen=True)
class Response:
    """Something that a state did.

    Attributes
    ----------
    date : int
        Month number of the act.
    direction : int
        1 nearer to the hub, -1 nearer to the challenger, 0 hedging.
    weight : int
        Size, 1 to 3 by the rubric of the codebook.
    institution : str
        Lasting arrangement that the act joins, raises, lowers or leaves; empty if none.
    mass : bool
        One of many states that acted on one day or within one process open to all.
    binding : bool
        Lasting or binding security move.
    decided : int or None
        Number of the first month in which the decision was public, where that was before ``date``.
    presupposes : str
        Id of the stimulus without which the act cannot stand; empty if there is none.
    answers : str
        Id of the stimulus that it is recorded to answer; empty if none. It lies after the act: never predict by it.
    """

    id: str
    date: int
    state: str
    direction: int
    kind: str
    institution: str
    weight: int
    mass: bool
    binding: bool
    answers: str
    basis: str
    check: str
    title: str
    reference: str
    decided: int | None = None
    presupposes: str = ""

    @property
    def decision(self) -> int:
        """Number of the month that counts when causes are sought: in which it was decided in public."""
        return self.date if self.decided is None else self.decided


@dataclass(frozen=True)
class Opinion:
    """One published figure of what the public (or an elite) of a state thinks of a power.

    Attributes
    ----------
    date : str
        ``YYYY`` or ``YYYY-MM`` of the survey.
    target : str
        Code of the power that is judged.
    value : float
        In ``unit``: ``pct`` 0 to 100, ``net_pct`` -100 to 100, ``score_0_10``.
    favourable, unfavourable : float or None
        Percent of all respondents, where the figure is their difference.
    respondents : int or None
        Number of people asked.
    derived : bool
        Arithmetic on printed numbers.
    """

    state: str
    date: str
    target: str
    pollster: str
    measure: str
    value: float
    unit: str
    favourable: float | None
    unfavourable: float | None
    respondents: int | None
    derived: bool
    source: str
    note: str

    @property
    def first(self) -> int:
        """Number of the first month in which the survey can have been taken."""
        return month_number(self.date if len(self.date) == 7 else f"{self.date}-01")

    @property
    def last(self) -> int:
        """Number of the last month in which the survey can have been taken."""
        return month_number(self.date if len(self.date) == 7 else f"{self.date}-12")


@dataclass(frozen=True)
class TradeShare:
    """Share of a state's goods exports or imports with one partner in one year.

    Attributes
    ----------
    share : float or None
        Percent; None if the partner was not printed: censored, not zero.
    smallest_listed : float
        Percent of the smallest partner printed; an upper bound of a share that was not.
    """

    state: str
    year: int
    flow: str
    partner: str
    share: float | None
    smallest_listed: float
    source: str


RESPONSE_COLUMNS = (
    Column("id", pattern("R[0-9]{3,6}", "R and three digits or more"), "row name"),
    Column("date", month, "month of the act"),
    Column("state", _state, "who acts"),
    Column("direction", whole(-1, 1), "1 nearer to the hub, 0 hedging, -1 nearer to the challenger"),
    Column("kind", word(*RESPONSE_KINDS), "what sort of act"),
    Column(
        "institution",
        optional(pattern("[a-z][a-z0-9_]*", "a key of lower-case letters and underscores"), ""),
        "lasting arrangement that the act joins, raises, lowers or leaves",
    ),
    Column("weight", whole(1, 3), "size by the rubric"),
    Column("mass", flag, "1 = one of many states in one process open to all"),
    Column("binding", flag, "1 = lasting or binding security move"),
    Column("answers", optional(STIMULUS_ID, ""), "stimulus answered"),
    Column("basis", word("article", "public"), "a news article or the public record"),
    Column("check", word("verified", "known"), "whether a page was read while the table was checked"),
    Column("title", text, "one line for people"),
    Column("reference", text, "where the fact can be found"),
    Column("decided", optional(month), "first month in which the decision was public", required=False),
    Column(
        "presupposes",
        optional(STIMULUS_ID, ""),
        "stimulus without which the act cannot stand",
        required=False,
    ),
)

OPINION_COLUMNS = (
    Column("state", _state, "who was asked"),
    Column(
        "date",
        pattern("(19|20)[0-9]{2}(-(0[1-9]|1[0-2]))?", "YYYY or YYYY-MM"),
        "year or month of the survey",
    ),
    Column("target", _state, "power that is judged"),
    Column("pollster", text, "who asked"),
    Column("measure", pattern("[a-z][a-z0-9_]*", "a key of lower-case letters"), "what was asked"),
    Column("value", number(-100, 100), "the figure, in unit"),
    Column("unit", word(*OPINION_UNITS), "unit of value"),
    Column("favourable", optional(_percent), "percent of all respondents"),
    Column("unfavourable", optional(_percent), "percent of all respondents"),
    Column("respondents", optional(whole(1, 10_000_000)), "number of people asked"),
    Column("derived", flag, "1 = arithmetic on printed numbers"),
    Column("source", text, "page or data set read"),
    Column("note", optional(text, ""), "for people"),
)

TRADE_COLUMNS = (
    Column("state", _state, "who trades"),
    Column("year", year, "reference year printed with the entry"),
    Column("flow", word("exports", "imports"), "direction of the goods"),
    Column("partner", _state, "with whom"),
    Column("share", optional(_percent), "percent of the flow; empty = not printed, so censored"),
    Column("smallest_listed", _percent, "percent of the smallest partner printed"),
    Column("source", text, "edition read"),
)


@dataclass(frozen=True)
class Targets:
    """What is documented of the states themselves; see the module's text.

    Attributes
    ----------
    responses : tuple of Response
    opinion : tuple of Opinion
    trade : tuple of TradeShare
        Each in the order of its file; opinion and trade are empty if the record has no such file.
    """

    responses: tuple[Response, ...]
    opinion: tuple[Opinion, ...] = ()
    trade: tuple[TradeShare, ...] = ()


def has_responses(folder: Path) -> bool:
    """Whether a record says what states did."""
    return os.path.lexists(Path(folder) / RESPONSES)


def load_targets(folder: Path, world: World, record: Record) -> Targets:
    """The targets in a record's folder, checked against its world and its stimuli.

    Parameters
    ----------
    folder : Path
        Holds ``responses.csv``, and ``opinion.csv`` and ``trade.csv`` if there are any.
    world : World
        Knows every state and power that they name.
    record : Record
        Holds every stimulus that a response answers, and says which months are covered.

    Raises
    ------
    InputError
        At the first bad row, with file, line, column and what is allowed.

    Examples
    --------
    >>> from sim.io.library import record_folder
    >>> from sim.scenario.record import load_record
    >>> from sim.scenario.world import load_world
    >>> folder, world = record_folder("indo_pacific"), load_world("indo_pacific")
    >>> targets = load_targets(folder, world, load_record(folder, world))
    >>> len(targets.responses), targets.responses[0].title
    (343, 'Revised US-Japan defence guidelines')
    """
    folder = Path(folder)
    return Targets(
        load_responses(folder, world, record),
        load_opinion(folder, world) if os.path.lexists(folder / OPINION) else (),
        load_trade(folder, world) if os.path.lexists(folder / TRADE) else (),
    )


def load_responses(
    folder: Path, world: World | None = None, record: Record | None = None
) -> tuple[Response, ...]:
    """What states did, in the order of the file.

    Parameters
    ----------
    folder : Path
        The record's folder; holds ``responses.csv``.
    world : World, optional
        If given, states must be known to it.
    record : Record, optional
        If given, with the world: dates lie within it, and an answer names one of its stimuli, is not given before the
        offer opens, and does not contradict another of the same state and month. What a row presupposes is one of its
        stimuli, too, and begins no later.

    Raises
    ------
    InputError
        At the first bad row, with file, line, column and what is allowed.
    """
    rows = read_table(Path(folder) / RESPONSES, RESPONSE_COLUMNS)
    check_unique(rows, "id")
    _check_states(rows, world)
    _check_decided(rows, record)
    if record is not None:
        _check_dates(rows, record)
        _check_answers(rows, world, record)
        _check_presupposed(rows, record)
    return tuple(Response(**row.values) for row in rows)


def load_opinion(folder: Path, world: World | None = None) -> tuple[Opinion, ...]:
    """What polls found, in the order of the file; errors as `load_responses`.

    With a world, states and powers must be known to it.
    """
    rows = read_table(Path(folder) / OPINION, OPINION_COLUMNS)
    _check_states(rows, world)
    _check_powers(rows, world)
    check_unique(rows, "state", "date", "target", "pollster", "measure")
    for row in rows:
        _check_opinion(row)
    return tuple(Opinion(**row.values) for row in rows)


def load_trade(folder: Path, world: World | None = None) -> tuple[TradeShare, ...]:
    """Trade shares, in the order of the file; errors as `load_responses`. With a world, states must be known to it."""
    rows = read_table(Path(folder) / TRADE, TRADE_COLUMNS)
    _check_states(rows, world)
    check_unique(rows, "state", "year", "flow", "partner")
    for row in rows:
        if row["share"] is not None and row["share"] < row["smallest_listed"]:
            raise row.error("share", f"below the smallest share printed, {row['smallest_listed']:g}")
    return tuple(TradeShare(**row.values) for row in rows)


def _check_states(rows: Iterable[Row], world: World | None) -> None:
    for row in rows:
        if world and row["state"] not in world.place:
            raise row.error(
                "state", f"no state {row['state']} in the world{nearest(row['state'], world.codes)}"
            )


def _check_powers(rows: Iterable[Row], world: World | None) -> None:
    powers = [power.code for power in world.powers] if world else []
    for row in rows:
        target = row["target"]
        if world and target not in powers:
            listed = ", ".join(sorted(powers))
            raise row.error(
                "target", f"no power {target} in the world; there are {listed}{nearest(target, powers)}"
            )


def _check_dates(rows: Iterable[Row], record: Record) -> None:
    if record.extent is None:
        return
    first, last = record.extent
    for row in rows:
        if not first <= row["date"] <= last:
            raise row.error(
                "date",
                f"{month_text(row['date'])} lies outside the record, {month_text(first)} to {month_text(last)}",
            )


def _check_decided(rows: Iterable[Row], record: Record | None) -> None:
    """A decision comes before the act, and lies within the record."""
    extent = record.extent if record else None
    for row in rows:
        decided = row["decided"]
        if decided is None:
            continue
        if decided >= row["date"]:
            message = (
                f"{month_text(decided)} is not before the act, {month_text(row['date'])}; leave it empty"
            )
            raise row.error("decided", message)
        if extent and decided < extent[0]:
            message = f"{month_text(decided)} is before the record, which starts in {month_text(extent[0])}"
            raise row.error("decided", f"{message}; leave it empty")


def _check_presupposed(rows: Sequence[Row], record: Record) -> None:
    """What a response presupposes is a stimulus that begins no later; an answer to an offer says it by ``answers``."""
    check_presupposed(rows, {stimulus.id: stimulus.start for stimulus in record.stimuli}, "date")
    offers = {stimulus.id for stimulus in record.stimuli if stimulus.kind == "offer"}
    for row in rows:
        if row["presupposes"] and row["answers"] in offers:
            message = f"the row answers the offer {row['answers']}; only that offer may presuppose {row['presupposes']}"
            raise row.error("presupposes", message)


def _check_answers(rows: Sequence[Row], world: World | None, record: Record) -> None:
    """Answers name a stimulus, follow the opening of an offer, and say yes or no to it in one month."""
    stimuli = {stimulus.id: stimulus for stimulus in record.stimuli}
    given: dict[tuple[str, str, int], tuple[bool, Row]] = {}
    for row in rows:
        if not row["answers"]:
            continue
        act = stimuli.get(row["answers"])
        if act is None:
            raise row.error("answers", f"no stimulus {row['answers']}{nearest(row['answers'], stimuli)}")
        if act.kind != "offer":
            continue
        if row["date"] < act.start:
            message = f"{month_text(row['date'])} is before {act.id} opens, {month_text(act.start)}"
            raise row.error("date", message)
        accepts = world is not None and accepted(row["direction"], act, world)
        first, other = given.setdefault((act.id, row["state"], row["date"]), (accepts, row))
        if accepts != first:
            verb = {True: "accepts", False: "declines"}
            message = f"{verb[accepts]} {act.id} in the month in which {other['id']} on line {other.line} {verb[first]} it"
            raise row.error("direction", message)


def accepted(direction: int, offer: Stimulus, world: World) -> bool:
    """Whether a response of this direction to an offer takes it: it leads toward the side that offers."""
    return direction == DIRECTIONS.get(world.power(offer.sender).side)


def _check_opinion(row: Row) -> None:
    low, high = OPINION_UNITS[row["unit"]]
    if not low <= row["value"] <= high:
        raise row.error("value", f"{row['value']:g} is not allowed; {row['unit']} runs {low:g} to {high:g}")
    parts = (row["favourable"], row["unfavourable"])
    if None in parts:
        if parts != (None, None):
            raise row.error("unfavourable", "give both favourable and unfavourable or neither")
        return
    if abs(row["favourable"] - row["unfavourable"] - row["value"]) > 0.15:
        raise row.error("value", "is not favourable less unfavourable")
