"""One lane as a story: who did what to whom, what moved and by how much, which draw decided."""

from __future__ import annotations

from dataclasses import dataclass

from sim.engine.mesa_model import AllianceModel, StoryLine
from sim.errors import InputError, unknown
from sim.months import month_number, month_text
from sim.scenario.case import Case
from sim.scenario.schema import Scenario


@dataclass(frozen=True)
class Departure:
    """A response of the record that a twin does not give, or gives in another month.

    Attributes
    ----------
    recorded : str
        Month on record, ``YYYY-MM``.
    state, title : str
        Who gave it, and what it was.
    instead : str
        Month in the twin; empty if it does not happen before the story ends.
    """

    recorded: str
    state: str
    title: str
    instead: str


@dataclass(frozen=True, repr=False)
class Story:
    """What happened in one lane, in order.

    Attributes
    ----------
    case : Case
    lane, seed : int
    entries : tuple of StoryLine
    held : bool
        States do what the record says, or what a twin of that does.
    departures : tuple of Departure
        Where a twin departs from the record, by month.
    """

    case: Case
    lane: int
    seed: int
    entries: tuple[StoryLine, ...]
    held: bool = False
    departures: tuple[Departure, ...] = ()

    def __repr__(self) -> str:
        name = self.case.scenario.name
        return f"<Story of {name}, lane {self.lane}, seed {self.seed}: {len(self.entries)} lines>"

    def lines(
        self, state: str | None = None, first: int | None = None, last: int | None = None
    ) -> list[StoryLine]:
        """The lines of one state (those to all states among them) between two months (numbers), or all.

        Raises
        ------
        InputError
            If there is no such state, or a month is not simulated.
        """
        require_simulated(self.case, state, first, last)
        return [
            line
            for line in self.entries
            if (state is None or line.state in (state, "ALL"))
            and (first is None or month_number(line.month) >= first)
            and (last is None or month_number(line.month) <= last)
        ]


def require_simulated(case: Case, state: str | None, *months: int | None) -> None:
    """Raise `InputError` if a case has no such state, or does not simulate one of the months (numbers)."""
    world, scenario = case.world, case.scenario
    if state is not None and state not in world.place:
        raise InputError(unknown("state", state, world.codes), key="--state")
    for month in months:
        if month is not None and not month_number(world.start) <= month <= month_number(scenario.until):
            raise InputError(
                f"{month_text(month)} is not simulated; months are {world.start} to {scenario.until}"
            )


def replay(scenario: Scenario | Case, lane: int = 0, seed: int = 1, last: int | None = None) -> Story:
    """Make one lane again in Mesa, to a month (number) or to its end, and keep its story."""
    model = AllianceModel(scenario, lane, seed, keep_story=True)
    months = model.timeline.months
    for _ in months if last is None else months[months <= last]:
        model.step()
    held = model.timeline.pins is not None
    return Story(model.timeline.case, lane, seed, model.story, held, _departures(model))


def _departures(model: AllianceModel) -> tuple[Departure, ...]:
    """Where a lane departs from the record in the months that it has lived."""
    first, found = int(model.timeline.months[0]), []
    for number, part in enumerate(model.timeline.responses):
        row, happens = part.row, model.happens.get(number)
        if part.month >= first + model.month or happens == part.month - first:
            continue
        instead = "" if happens is None else month_text(first + happens)
        found.append(Departure(month_text(part.month), row.state, row.title, instead))
    return tuple(sorted(found, key=lambda departure: departure.recorded))
