"""Lanes that went wrong: a state whose numbers are not finite or left their bounds, found, named and left out.

No scenario that was accepted is meant to bring this about; a faulty rule or a number nobody foresaw may. What is found
is data: the lane, the month, the state, the variable, its value and the rule that makes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import TRAJECTORIES
from sim.engine.timeline import Timeline
from sim.model.jit import compiled
from sim.months import month_text
from sim.types import Floats

if TYPE_CHECKING:
    import pandas as pd

_FINITE = float(np.finfo(np.float64).max)

RULES: dict[str, tuple[str, float, float]] = {
    "coercion": ("combine", 0.0, 1.0),
    "punishment": ("combine", 0.0, 1.0),
    "alert": ("alert_after_month", -_FINITE, _FINITE),
    "entrapment": ("entrapment_after_month", 0.0, 1.0),
    "opinion_challenger": ("opinion_of_challenger_after_month", -1.0, 1.0),
    "opinion_hub": ("opinion_of_hub_after_month", -1.0, 1.0),
    "dependence": ("dependence_after_month", 0.0, 1.0),
    "steps_hub": ("rate_toward_hub", 0.0, _FINITE),
    "steps_challenger": ("rate_toward_challenger", 0.0, _FINITE),
    "alignment": ("alignment_of", -1.0, 1.0),
}
"""Variable -> the rule of ``sim.model.rules`` that makes it, and its bounds; in the order in which a month makes them."""

_PLACES = np.array([TRAJECTORIES.index(name) for name in RULES], dtype=np.int64)
_LOWS, _HIGHS = (np.array([bounds[side] for bounds in RULES.values()]) for side in (1, 2))


@dataclass(frozen=True)
class Failure:
    """The first number of a lane that is not finite or out of bounds.

    Attributes
    ----------
    lane : int
    month : str
        ``YYYY-MM``.
    state : str
        Code.
    variable, rule : str
        What it is, and the rule of ``sim.model.rules`` that makes it.
    value : float
    """

    lane: int
    month: str
    state: str
    variable: str
    value: float
    rule: str


@compiled
def _first_bad(trajectory: Floats, places: NDArray[np.int64], lows: Floats, highs: Floats) -> int:
    """Place of the first bad number, by month, then in the order of ``places``, then by state; -1 if all are good."""
    _, months, states = trajectory.shape
    found = -1
    for number in range(len(places)):
        values = trajectory[places[number]]
        for t in range(months):
            for i in range(states):
                if not lows[number] <= values[t, i] <= highs[number]:
                    place = (t * len(places) + number) * states + i
                    if found < 0 or place < found:
                        found = place
    return found


def failures_of(timeline: Timeline, trajectories: Floats, first: int) -> list[Failure]:
    """The lanes of a block in which something went wrong, each with the first thing that did.

    Parameters
    ----------
    trajectories : float array, shape (lanes, variables, months, states)
    first : int
        Number of the first lane.
    """
    names, found = list(RULES), []
    for lane, trajectory in enumerate(trajectories):
        place = _first_bad(trajectory, _PLACES, _LOWS, _HIGHS)
        if place < 0:
            continue
        place, i = divmod(place, len(timeline.states))
        t, number = divmod(place, len(names))
        variable, month = names[number], month_text(int(timeline.months[t]))
        value = float(trajectory[_PLACES[number], t, i])
        state = timeline.states[i]
        found.append(Failure(first + lane, month, state, variable, value, RULES[variable][0]))
    return found


def failure_table(failures: Sequence[Failure], command: str) -> pd.DataFrame:
    """One row a failed lane, with the command that makes it again: ``command`` and the lane."""
    import pandas as pd

    frame = pd.DataFrame(map(asdict, failures), columns=[field.name for field in fields(Failure)])
    frame["command"] = [f"{command} --lane {failure.lane}" for failure in failures]
    return frame.set_index("lane").sort_index()
