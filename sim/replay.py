"""One lane told as a story: who did what to whom, what moved and by how much, which draw decided."""

from __future__ import annotations

from dataclasses import dataclass

from sim.errors import InputError, nearest
from sim.model import AllianceModel, StoryLine
from sim.months import month_number, month_text
from sim.scenario import Scenario


@dataclass(frozen=True)
class Story:
    """What happened in one lane, in order.

    Attributes
    ----------
    scenario : Scenario
    lane, seed : int
    told : tuple of StoryLine
    states : tuple of str
        Codes of the states there are.
    first : str
        First month simulated, ``YYYY-MM``.
    """

    scenario: Scenario
    lane: int
    seed: int
    told: tuple[StoryLine, ...]
    states: tuple[str, ...]
    first: str

    def lines(
        self, state: str | None = None, first: int | None = None, last: int | None = None
    ) -> list[StoryLine]:
        """The lines of one state (those to all states among them) between two months (numbers), or all.

        Raises
        ------
        InputError
            If there is no such state, or a month is not simulated.
        """
        if state is not None and state not in self.states:
            there = ", ".join(self.states)
            raise InputError(
                f"no state '{state}'; there are {there}{nearest(state, self.states)}", key="--state"
            )
        months = (month_number(self.first), month_number(self.scenario.until))
        for month in (first, last):
            if month is not None and not months[0] <= month <= months[1]:
                raise InputError(
                    f"{month_text(month)} is not simulated; months are {self.first} to {self.scenario.until}"
                )
        return [
            line
            for line in self.told
            if (state is None or line.state in (state, "ALL"))
            and (first is None or month_number(line.month) >= first)
            and (last is None or month_number(line.month) <= last)
        ]


def replay(scenario: Scenario, lane: int = 0, seed: int = 1) -> Story:
    """Make one lane again in Mesa and keep its story."""
    model = AllianceModel(scenario, lane, seed, tell=True).run()
    return Story(scenario, lane, seed, model.story, model.timeline.states, model.timeline.world.start)
