"""Edits of the documented record: drop, scale, shift, add.

An edit is a pure function from rows to rows. It concerns the rows that its selector picks, in its window of months:

* of an act that lasts, the months inside the window; the months before and after stay as they were, and every
  part remembers the month in which the act began (``onset``), so that habituation does not start again;
* an offer counts from its opening on, so it is edited whole if it opens in the window, and not otherwise;
* ``shift`` moves whole rows that start in the window;
* a row that presupposes one which an edit takes out, or moves to after it, goes too.

Rows are returned sorted by start and id, so the order in which a record lists them never matters.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from sim.errors import InputError
from sim.months import month_number, month_text
from sim.scenario.record import MOST_ROWS, Stimulus
from sim.scenario.schema import Add, Edit, Scale, Scenario, Selector, Shift

Rows = tuple[Stimulus, ...]
FOREVER = 10**6


@dataclass(frozen=True)
class Effect:
    """What an edit did: the ids of the rows that it changed, took out or added."""

    edit: Edit
    rows: tuple[str, ...]


def apply_edits(stimuli: Iterable[Stimulus], scenario: Scenario) -> Rows:
    """The rows of a scenario: the record up to its end, what still goes on then carried on, and every edit in turn.

    Parameters
    ----------
    stimuli : iterable of Stimulus
        The documented rows.
    scenario : Scenario
        Resolved.

    Raises
    ------
    InputError
        If a shift would move a row to before the branch.
    """
    return trace_edits(stimuli, scenario)[0]


def trace_edits(stimuli: Iterable[Stimulus], scenario: Scenario) -> tuple[Rows, tuple[Effect, ...]]:
    """The rows of a scenario, as :func:`apply_edits`, with what each edit did."""
    rows = _in_order(carried_on(stimuli, scenario))
    branch = month_number(scenario.branch)
    effects = []
    for edit in scenario.edits:
        rows, touched = edited(rows, edit, branch)
        effects.append(Effect(edit, touched))
    return rows, tuple(effects)


def carried_on(stimuli: Iterable[Stimulus], scenario: Scenario) -> Rows:
    """The record up to its last month; an act that had begun earlier and is still on then goes on to the end.

    Offers are left alone: the end of an offer is its outcome, which no rule may see.
    """
    if scenario.record_until is None:
        return tuple(stimuli)
    last = month_number(scenario.record_until)
    end = max(month_number(scenario.until), last)
    return tuple(
        replace(row, end=end) if row.kind != "offer" and _goes_on(row, last) else row
        for row in stimuli
        if row.start <= last
    )


def _goes_on(row: Stimulus, last: int) -> bool:
    return row.end > last or row.start < last == row.end


def edited(rows: Rows, edit: Edit, branch: int = 0) -> tuple[Rows, tuple[str, ...]]:
    """The rows after one edit, and the ids of those that it changed, took out or added.

    Parameters
    ----------
    rows : tuple of Stimulus
    edit : Edit
        Without ``from`` it has no first month.
    branch : int
        Month number before which nothing may be moved.

    Raises
    ------
    InputError
        If a shift would move a row to before the branch, or there would be too many rows.
    """
    if edit.add is not None:
        row = added(edit.add, {row.id for row in rows})
        return _in_order((*rows, row)), (row.id,)
    selector = edit.selector
    assert selector is not None
    first = month_number(selector.start) if selector.start else 0
    last = month_number(selector.end) if selector.end else FOREVER
    after: list[Stimulus] = []
    touched = set()
    for row in rows:
        inside = row.start <= last and row.end >= first and picks(selector, row)
        parts = _changed(row, selector, first, last, branch) if inside else (row,)
        after.extend(parts)
        if parts != (row,):
            touched.add(row.id)
    if len(after) > MOST_ROWS:
        raise InputError(f"the edits cut the record into more than {MOST_ROWS:,} rows")
    left = standing(after)
    gone = {row.id for row in after}.difference(row.id for row in left)
    return _in_order(left), tuple(row.id for row in rows if row.id in touched or row.id in gone)


def standing(rows: Iterable[Stimulus]) -> Rows:
    """The rows that can stand: what each of them presupposes is among them, and begins no later."""
    rows = tuple(rows)
    begins, needs = first_months(rows), {record_id(row): row.presupposes for row in rows}
    dependent: dict[str, list[str]] = {}
    for name, needed in needs.items():
        if needed:
            dependent.setdefault(needed, []).append(name)
    gone: set[str] = set()
    falling = [name for name, needed in needs.items() if not stands(needed, begins[name], begins)]
    while falling:
        name = falling.pop()
        if name not in gone:
            gone.add(name)
            falling.extend(dependent.get(name, ()))
    return tuple(row for row in rows if record_id(row) not in gone) if gone else rows


def first_months(rows: Iterable[Stimulus]) -> dict[str, int]:
    """Id in the record -> number of the first month of the row, or of its first part."""
    begins: dict[str, int] = {}
    for row in rows:
        name = record_id(row)
        begins[name] = min(begins.get(name, row.start), row.start)
    return begins


def stands(presupposed: str, month: int, begins: Mapping[str, int]) -> bool:
    """Whether what is presupposed in a month (empty: nothing is) has begun by then."""
    return not presupposed or begins.get(presupposed, FOREVER) <= month


def picks(selector: Selector, row: Stimulus) -> bool:
    """Whether every key of the selector agrees with the row (its months aside)."""
    return (
        selector.kind in ("", row.kind)
        and selector.sender in ("", row.sender)
        and selector.target in ("", row.target)
        and selector.domain in ("", row.domain)
        and selector.institution in ("", row.institution)
        and selector.id in ("", record_id(row))
    )


def record_id(row: Stimulus) -> str:
    """The id in the record of a row or of a part of one (parts are named ``S005@2016-07``)."""
    return row.id.partition("@")[0]


def added(event: Add, taken: set[str]) -> Stimulus:
    """The row of an added event.

    Its id is made from what the event is and not from its place in the list, so that draws keyed to it stay the same
    when other events are added before it.
    """
    content = (
        event.kind,
        event.sender,
        event.target,
        event.start,
        event.end,
        repr(event.intensity),
        event.domain,
        event.institution,
    )
    name = "A" + hashlib.sha256("|".join(content).encode()).hexdigest()[:8]
    copies = sum(row_id == name or row_id.startswith(f"{name}.") for row_id in taken)
    return Stimulus(
        id=f"{name}.{copies + 1}" if copies else name,
        start=month_number(event.start),
        end=month_number(event.end),
        sender=event.sender,
        target=event.target,
        kind=event.kind,
        domain=event.domain,
        intensity=event.intensity,
        institution=event.institution,
        opened_by="sender" if event.kind == "offer" else "",
        basis="scenario",
        check="assumed",
        title=event.title,
        reference=event.source,
    )


def _changed(row: Stimulus, selector: Selector, first: int, last: int, branch: int) -> Rows:
    if isinstance(selector, Shift):
        return (_shifted(row, selector.months, branch),) if first <= row.start <= last else (row,)
    if isinstance(selector, Scale) and selector.by == 1:
        return (row,)
    before, inside, after = _split(row, first, last)
    if inside is None:
        return (row,)
    kept = [_scaled(inside, selector.by)] if isinstance(selector, Scale) and selector.by > 0 else []
    return tuple(part for part in (before, *kept, after) if part is not None)


def _split(row: Stimulus, first: int, last: int) -> tuple[Stimulus | None, Stimulus | None, Stimulus | None]:
    """The parts of a row before, inside and after a window; an offer is inside if it opens there."""
    if row.kind == "offer":
        return (None, row, None) if first <= row.start <= last else (row, None, None)
    return _part(row, row.start, first - 1), _part(row, first, last), _part(row, last + 1, row.end)


def _part(row: Stimulus, first: int, last: int) -> Stimulus | None:
    start, end = max(row.start, first), min(row.end, last)
    if start > end:
        return None
    if (start, end) == (row.start, row.end):
        return row
    name = row.id if start == row.start else f"{record_id(row)}@{month_text(start)}"
    return replace(row, id=name, start=start, end=end)


def _scaled(row: Stimulus, by: float) -> Stimulus:
    return replace(row, intensity=max(-1.0, min(1.0, row.intensity * by)))


def _shifted(row: Stimulus, months: int, branch: int) -> Stimulus:
    if row.start + months < branch:
        raise InputError(
            f"this would move {row.id} from {month_text(row.start)} to {month_text(row.start + months)}, "
            f"before the branch, {month_text(branch)}"
        )
    return replace(row, start=row.start + months, end=row.end + months, onset=row.onset + months)


def _in_order(rows: Iterable[Stimulus]) -> Rows:
    return tuple(sorted(rows, key=lambda row: (row.start, row.id)))
