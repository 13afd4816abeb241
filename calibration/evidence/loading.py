"""Read the targets of a record by their schema; an error names file, line and column."""

from __future__ import annotations

from collections.abc import Collection, Iterable
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

TABLES = ("responses.csv", "opinion.csv", "trade.csv")
"""Files of a record that hold targets; the last two may be missing."""

RESPONSE_KINDS = (
    "treaty_upgrade", "treaty_downgrade", "basing", "deployment", "logistics", "arms", "exercise", "strategy",
    "legislation", "legal", "minilateral", "partnership", "membership", "summit", "vote", "statement", "trade",
    "finance", "economic", "accommodation",
)  # fmt: skip

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
    Column("answers", optional(pattern("S[0-9]{3,6}", "the id of a stimulus"), ""), "stimulus answered"),
    Column("basis", word("article", "public"), "a news article or the public record"),
    Column("check", word("verified", "known"), "whether a page was read while the table was checked"),
    Column("title", text, "one line for people"),
    Column("reference", text, "where the fact can be found"),
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


def load_responses(
    folder: Path,
    stimuli: Iterable[str] | None = None,
    states: Collection[str] | None = None,
    span: tuple[int, int] | None = None,
) -> tuple[Response, ...]:
    """What states did, in the order of the file.

    Parameters
    ----------
    folder : Path
        The record's folder; holds ``responses.csv``.
    stimuli : iterable of str, optional
        Ids of the record's stimuli; if given, ``answers`` must name one of them.
    states : collection of str, optional
        Codes of the world; if given, ``state`` must be one of them.
    span : tuple of int, optional
        First and last month number of the record; if given, ``date`` must lie between them.

    Raises
    ------
    InputError
        At the first bad row, with file, line, column and what is allowed.
    """
    rows = read_table(Path(folder) / "responses.csv", RESPONSE_COLUMNS)
    check_unique(rows, "id")
    if stimuli is not None:
        ids = set(stimuli)
        for row in rows:
            if row["answers"] and row["answers"] not in ids:
                raise row.error("answers", f"no stimulus {row['answers']}{nearest(row['answers'], ids)}")
    _check_states(rows, states)
    for row in rows:
        if span and not span[0] <= row["date"] <= span[1]:
            raise row.error(
                "date",
                f"{month_text(row['date'])} lies outside the record, {month_text(span[0])} to {month_text(span[1])}",
            )
    return tuple(Response(**row.values) for row in rows)


def load_opinion(
    folder: Path, states: Collection[str] | None = None, powers: Collection[str] | None = None
) -> tuple[Opinion, ...]:
    """What polls found, in the order of the file; ``states`` and errors as `load_responses`.

    If ``powers`` is given, ``target`` must be one of them.
    """
    rows = read_table(Path(folder) / "opinion.csv", OPINION_COLUMNS)
    _check_states(rows, states)
    _check_targets(rows, powers)
    check_unique(rows, "state", "date", "target", "pollster", "measure")
    for row in rows:
        _check_opinion(row)
    return tuple(Opinion(**row.values) for row in rows)


def load_trade(folder: Path, states: Collection[str] | None = None) -> tuple[TradeShare, ...]:
    """Trade shares, in the order of the file; ``states`` and errors as `load_responses`."""
    rows = read_table(Path(folder) / "trade.csv", TRADE_COLUMNS)
    _check_states(rows, states)
    check_unique(rows, "state", "year", "flow", "partner")
    for row in rows:
        if row["share"] is not None and row["share"] < row["smallest_listed"]:
            raise row.error("share", f"below the smallest share printed, {row['smallest_listed']:g}")
    return tuple(TradeShare(**row.values) for row in rows)


def _check_states(rows: Iterable[Row], states: Collection[str] | None) -> None:
    for row in rows:
        if states is not None and row["state"] not in states:
            raise row.error("state", f"no state {row['state']} in the world{nearest(row['state'], states)}")


def _check_targets(rows: Iterable[Row], powers: Collection[str] | None) -> None:
    for row in rows:
        target = row["target"]
        if powers is not None and target not in powers:
            listed = ", ".join(sorted(powers))
            raise row.error(
                "target", f"no power {target} in the world; there are {listed}{nearest(target, powers)}"
            )


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
