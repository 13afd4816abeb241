"""Checks of a scenario file against its world and record: names that exist, months that make sense.

Each check raises an :class:`~sim.errors.InputError` at the file and line where the name or month is written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sim.errors import unknown
from sim.io.yaml_files import KeyPath
from sim.model.parameters import LEVERS, PARAMETERS
from sim.model.strategies import COEFFICIENTS, PLANS
from sim.months import month_number, month_text
from sim.scenario.chain import Document
from sim.scenario.record import ALL, Stimulus
from sim.scenario.schema import MEMBER, MOST_MONTHS, Add, Asks, Edit, Strategy
from sim.scenario.world import World


def check_until(document: Document, until: str, world: World) -> None:
    """The end lies after the start of the world, and not so far that a run would never end."""
    start = month_number(world.start)
    if month_number(until) < start:
        raise document.error(
            ("until",), f"{until} is before {world.start}, where the world '{world.name}' starts"
        )
    if month_number(until) - start >= MOST_MONTHS:
        latest = month_text(start + MOST_MONTHS - 1)
        raise document.error(("until",), f"{until} is too far off; {latest} is the last month allowed")


def check_record_until(document: Document, month: str, world: World, extent: tuple[int, int] | None) -> None:
    """The record is cut inside what it covers."""
    first, last = extent or (month_number(world.start), month_number(month))
    if not max(first, month_number(world.start)) <= month_number(month) <= last:
        raise document.error(
            ("record_until",),
            f"{month} is outside the record, which covers {month_text(first)} to {month_text(last)}",
        )


def check_branch(document: Document, branch: str, world: World, record_until: str | None) -> None:
    """The branch lies between the start of the world and the month after the record."""
    if month_number(branch) < month_number(world.start):
        raise document.error(
            ("branch",), f"{branch} is before {world.start}, where the world '{world.name}' starts"
        )
    if record_until and month_number(branch) > month_number(record_until) + 1:
        latest = month_text(month_number(record_until) + 1)
        raise document.error(
            ("branch",), f"{branch} leaves a gap after the record; {latest} is the last month allowed"
        )


def check_asks(document: Document, asks: Asks, world: World) -> None:
    """The states and institutions of a question exist."""
    for number, code in enumerate(asks.states or ()):
        if code not in world.place:
            raise document.error(("asks", "states", number), unknown("state", code, world.codes))
    keys = [institution.key for institution in world.institutions]
    for number, outcome in enumerate(asks.outcomes):
        key = outcome.removeprefix(MEMBER)
        if key != outcome and key not in keys:
            raise document.error(("asks", "outcomes", number), unknown("institution", key, keys))


def check_asked_months(document: Document, asks: Asks, report: Sequence[str]) -> None:
    """A question is about months at which outcomes are tabled."""
    for number, month in enumerate(asks.at):
        if month not in report:
            message = f"{unknown('report date', month, report)}; 'report' adds one, in the base as well"
            raise document.error(("asks", "at", number), message)


def check_edit(
    document: Document, number: int, edit: Edit, world: World, rows: Mapping[str, Stimulus]
) -> None:
    """The codes, ids and institutions of an edit exist."""
    place: KeyPath = ("edits", number, edit.verb)
    part = edit.add or edit.selector
    assert part is not None
    powers = [power.code for power in world.powers]
    if part.sender and part.sender not in powers:
        raise document.error((*place, "sender"), unknown("power", part.sender, powers))
    _check_institution(document, (*place, "institution"), part.institution, world)
    if edit.add is not None:
        _check_event(document, place, edit.add, world)
        return
    assert edit.selector is not None
    _check_target(document, place, part.target, [*world.codes, ALL, world.challenger])
    if edit.selector.id and edit.selector.id not in rows:
        raise document.error((*place, "id"), unknown("row of the record", edit.selector.id, rows))


def _check_event(document: Document, place: KeyPath, event: Add, world: World) -> None:
    if event.kind == "stance":
        _check_target(document, place, event.target, [world.challenger])
        return
    _check_target(document, place, event.target, [*world.codes, ALL])
    if event.sender == event.target:
        raise document.error((*place, "target"), f"{event.target} cannot act upon itself")
    side = world.power(event.sender).side
    if event.institution and world.institution(event.institution).side != side:
        other = world.institution(event.institution).side
        message = (
            f"'{event.institution}' is an institution of the {other}; {event.sender} acts for the {side}"
        )
        raise document.error((*place, "institution"), message)


def _check_target(document: Document, place: KeyPath, target: str, allowed: Iterable[str]) -> None:
    if target and target not in (codes := set(allowed)):
        raise document.error((*place, "target"), unknown("state", target, codes))


def _check_institution(document: Document, place: KeyPath, key: str, world: World) -> None:
    keys = [institution.key for institution in world.institutions]
    if key and key not in keys:
        raise document.error(place, unknown("institution", key, keys))


def check_window(document: Document, number: int, edit: Edit, branch: str) -> None:
    """Nothing before the branch is edited."""
    if edit.add is not None:
        start, key = edit.add.start, "start"
    else:
        assert edit.selector is not None
        start, key = edit.selector.start, "from"
        if edit.selector.end and edit.selector.end < start:
            place: KeyPath = ("edits", number, edit.verb, "to")
            raise document.error(place, f"the window ends ({edit.selector.end}) before it starts ({start})")
    if start < branch:
        message = f"{start} is before the branch, {branch}; what came before it is kept as documented"
        raise document.error(("edits", number, edit.verb, key), message)


def check_strategy(document: Document, code: str, strategy: Strategy, world: World, branch: str) -> None:
    """The power decides for itself, and its plan, coefficients, targets and first month are possible."""
    place: KeyPath = ("strategies", code)
    sides = {world.hub: "hub", world.challenger: "challenger"}
    if code not in sides:
        raise document.error(
            place, f"'{code}' cannot have a strategy; allowed are {', '.join(sorted(sides))}"
        )
    side = sides[code]
    if strategy.plan not in PLANS[side]:
        raise document.error((*place, "plan"), unknown(f"plan of the {side}", strategy.plan, PLANS[side]))
    for name in strategy.coefficients:
        if name not in COEFFICIENTS[side]:
            raise document.error(
                (*place, name), unknown(f"coefficient of the {side}", name, COEFFICIENTS[side])
            )
    for number, target in enumerate(strategy.targets or ()):
        if target not in world.place:
            raise document.error((*place, "targets", number), unknown("state", target, world.codes))
    if strategy.start < branch:
        message = f"{strategy.start} is before the branch, {branch}; until then the record is kept"
        raise document.error((*place, "from"), message)


def check_numbers(document: Document) -> None:
    """The parameters and levers exist, and the values lie in their ranges."""
    for name, value in document.entry.parameters.values.items():
        place: KeyPath = ("parameters", "values", name)
        if name not in PARAMETERS:
            raise document.error(place, unknown("parameter", name, PARAMETERS))
        low, high = PARAMETERS[name].low, PARAMETERS[name].high
        if not low <= value <= high:
            raise document.error(place, f"{value:g} is out of range; it must be {low:g} to {high:g}")
    for name in document.entry.levers:
        if name not in LEVERS:
            raise document.error(("levers", name), unknown("lever", name, LEVERS))


def check_ties(document: Document, world: World) -> None:
    """Ties join two different states of the world, each pair once."""
    seen = set()
    for number, tie in enumerate(document.entry.ties):
        for end in ("a", "b"):
            if getattr(tie, end) not in world.place:
                raise document.error(("ties", number, end), unknown("state", getattr(tie, end), world.codes))
        pair = frozenset((tie.a, tie.b))
        if len(pair) == 1:
            raise document.error(("ties", number), f"joins {tie.a} to itself")
        if pair in seen:
            raise document.error(("ties", number), f"the tie of {tie.a} and {tie.b} is set twice")
        seen.add(pair)
