"""What depends on each lever, a mechanism that the record cannot teach: as ``run`` and ``compare`` print it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sim.cli.printing import number, print_table, print_text

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

MOST_LINES = 2
"""Effects printed by default, the largest of any lever on any of the outcomes that are shown."""
SMALL = 0.01
"""Changes below this are printed with more decimals."""
MOST_LEVERS = 3
"""Levers printed for each outcome if everything is asked for; the table on disk has all of them."""


def assumptions_as_object(assumed: pd.DataFrame | None) -> dict[str, Any] | None:
    """What each lever does, for ``--json``: outcome -> lever -> difference; outcomes of one state are in the file."""
    from sim.results.outcomes import aggregates

    if assumed is None:
        return None
    columns = ["difference", "standard_error", "lanes"]
    tables = {str(outcome): rows for outcome, rows in assumed.groupby("outcome", sort=False)}
    return {
        outcome: {
            str(lever): row[columns].to_dict()
            for lever, row in tables[outcome].droplevel("outcome").iterrows()
        }
        for outcome in aggregates(tables)
    }


def print_levers(
    screen: Console,
    levers: Sequence[str],
    assumed: pd.DataFrame | None,
    scales: Mapping[str, float],
    titled: Callable[[str], str],
    everything: bool = False,
) -> None:
    """Say how many levers a result depends on, and what changes most if one is switched off.

    Parameters
    ----------
    levers : sequence of str
        Those in force.
    assumed : DataFrame or None
        As of `sim.lab.levers.lever_effects`; None if it was not worked out.
    scales : mapping of str to float
        The outcomes that are shown, in their order, and how large a change of each is large.
    titled : callable
        The title of an outcome.
    everything : bool
        Print the largest effects on each outcome, not only the largest of all.
    """
    if not levers:
        return
    depends = f"Depends on {len(levers)} levers, mechanisms that the record cannot tell apart"
    if assumed is None or not scales:
        named = f": {', '.join(levers)}" if everything else ""
        print_text(screen, f"{depends}{named}. Switch one off with --set levers.NAME=0.")
        return
    shown = _largest(assumed, scales, everything)
    lanes = f"On the first {int(assumed['lanes'].max())} lanes"
    if not len(shown):
        print_text(screen, f"{depends}. {lanes}, switching one off changes none of these outcomes visibly.")
        return
    print_text(screen, f"{depends}. {lanes}, switching one off changes most:")
    rows = [
        (
            titled(row["outcome"]),
            row["lever"],
            _change(row["difference"], row["standard_error"]),
        )
        for row in shown.to_dict("records")
    ]
    print_table(screen, ("", "", ""), rows)


def _change(difference: float, error: float) -> str:
    digits = 3 if abs(difference) >= SMALL else 5
    return f"{number(difference, signed=True, digits=digits)} ± {number(error, digits=digits)}"


def _largest(assumed: pd.DataFrame, scales: Mapping[str, float], everything: bool) -> pd.DataFrame:
    """The visible effects of single levers on the outcomes shown, the largest on their scale first."""
    from sim.lab.levers import ALL, visible

    rows = assumed[visible(assumed)].reset_index()
    rows = rows[rows["outcome"].isin(list(scales)) & ((rows["lever"] != ALL) | everything)]
    scale = rows["outcome"].map(scales).astype(float)
    rows = rows.assign(size=(rows["difference"].abs() / scale.where(scale > 0, math.nan)).fillna(math.inf))
    rows = rows.sort_values("size", ascending=False, kind="stable")
    if not everything:
        return rows.head(MOST_LINES)
    order = {outcome: place for place, outcome in enumerate(scales)}
    rows = rows.groupby("outcome", sort=False).head(MOST_LEVERS)
    return rows.sort_values("outcome", key=lambda names: names.map(order), kind="stable")
