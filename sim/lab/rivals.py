"""What rival explanations answer: the same pair of scenarios, with parameters drawn from each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import pandas as pd

from sim.lab.answer import answer_between
from sim.lab.answer_parts import Answer
from sim.lab.asked import Compared
from sim.runs.ensemble import Ensemble, simulate
from sim.scenario.case import Case
from sim.scenario.schema import Asks

LANES = 100
"""Most lanes of each rival: the sign of a mean needs fewer than its size."""


def rivals_of(case: Case) -> tuple[str, ...]:
    """The explanations of a case's posterior with a weight, but for the one that it draws from; none without a posterior."""
    posterior = case.posterior
    if posterior is None:
        return ()
    source = case.scenario.parameters.source
    own = posterior.main if source == "posterior" else source
    return tuple(name for name, weight in posterior.weights.items() if name != own and weight > 0)


def rival_answers(
    pairs: Sequence[tuple[Case, Case]],
    asks: Asks,
    *,
    lanes: int,
    seed: int = 1,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Answer]:
    """The answer of each rival.

    Parameters
    ----------
    pairs : sequence of pair of Case
        Base and what-if with the parameters of one rival each.
    asks : Asks
        What is asked.
    lanes : int
        Of each run.
    progress : callable, optional
        Called with (rivals answered, rivals in all).
    """
    found = []
    for place, pair in enumerate(pairs, 1):
        runs = [simulate(case, lanes=lanes, seed=seed, threads=threads) for case in pair]
        shared = runs[0].outcomes.index.intersection(runs[1].outcomes.index)
        sides = [side_of_run(run, case, shared) for run, case in zip(runs, pair, strict=True)]
        found.append(answer_between(*sides, asks=asks))
        if progress is not None:
            progress(place, len(pairs))
    return found


def side_of_run(run: Ensemble, case: Case, lanes: pd.Index) -> Compared:
    """One of two runs in memory, as an answer sets them side by side, in some of its lanes."""
    table = run.outcomes.loc[lanes]
    return Compared(
        case.scenario.plain(),
        run.timeline.events,
        run.quantiles,
        frozenset(map(str, table.columns)),
        partial(_columns, table),
    )


def _columns(table: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    return table[names]
