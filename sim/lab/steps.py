"""The dated steps of a record that would not have been taken in a what-if, each with its probability."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

import pandas as pd

from sim.conditioning.places import Placed
from sim.engine.timeline import build_timeline
from sim.months import month_text
from sim.results.outcomes import parse_column
from sim.scenario.case import Case

LEAST = 0.1
"""Share of lanes from which on a step is listed."""
COLUMNS = ("month", "state", "direction", "weight", "probability", "depends", "unoffered", "title")


def recorded_responses(case: Case) -> tuple[Placed, ...]:
    """The responses that the lanes of a case are held to; none where they are left to chance."""
    return build_timeline(case).responses


def steps_between(
    responses: Sequence[Placed],
    columns: Collection[str],
    base: Callable[[list[str]], pd.DataFrame],
    alternative: Callable[[list[str]], pd.DataFrame],
    acts: Collection[str] = (),
) -> pd.DataFrame:
    """Every recorded response with a direction, and in what share of lanes the what-if lacks it, the likeliest first.

    Parameters
    ----------
    responses : sequence of Placed
        Those that the lanes of both runs are held to.
    columns : collection of str
        Outcomes that both runs have.
    base, alternative : callable
        Columns of outcomes -> one row a lane, in the same lanes.
    acts : collection of str
        Ids of the acts of the what-if.

    Returns
    -------
    DataFrame
        Index ``id`` of the response; ``month``, ``state``, ``direction`` (1 toward the hub, -1 toward the challenger),
        ``weight``, ``probability`` (share of lanes), ``depends`` (whether it stands or falls with an offer that the state
        has accepted), ``unoffered`` (whether it answers an offer that the what-if takes out), ``title``.
    """
    names = {f"happens.{part.row.id}": part for part in responses if part.row.direction}
    shared = [name for name in names if name in columns]
    lost = base(shared) - alternative(shared) if shared else pd.DataFrame()
    rows = [
        (part.row.id, month_text(part.row.date), part.row.state, part.row.direction, part.row.weight,
         float(lost[name].mean()), part.role == "follows",
         bool(part.offer and part.offer.id not in acts), part.row.title)
        for name, part in names.items() if name in shared
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["id", *COLUMNS]).set_index("id")
    return table.sort_values(["probability", "month"], ascending=[False, True], kind="stable")


def is_of_a_response(column: str) -> bool:
    """Whether an outcome is that of one response of the record, which tables of outcomes leave to the list of steps."""
    return parse_column(column).outcome.scope == "response"
