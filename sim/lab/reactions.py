"""What an effect is if others react less, or more: the same what-if under each value of ``reactions``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import get_args

from sim.engine.timeline import build_timeline
from sim.lab.answer import answer_between
from sim.lab.answer_parts import Answer
from sim.lab.rivals import side_of_run
from sim.runs.ensemble import simulate
from sim.scenario.case import Case
from sim.types import Reactions

LANES = 200
"""Most lanes of each run: a mean needs fewer than a share of lanes."""


def reacts(case: Case) -> bool:
    """Whether others can react: the case is a what-if that departs from the record while it lasts."""
    return case.targets is not None and build_timeline(case).base is not None


def answers_by_reactions(
    base: Case,
    alternatives: Sequence[Case],
    *,
    lanes: int,
    seed: int = 1,
    threads: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, dict[Reactions, Answer]]:
    """The answers of what-ifs under the reactions that they do not have.

    Parameters
    ----------
    lanes : int
        Of each run.
    progress : callable, optional
        Called with (runs done, runs in all).

    Returns
    -------
    dict
        Name of a what-if in which others can react -> reactions -> answer.
    """
    wanted: list[tuple[Case, Reactions]] = [
        (case, kind)
        for case in alternatives
        if reacts(case)
        for kind in get_args(Reactions)
        if kind != case.scenario.reactions
    ]
    found: dict[str, dict[Reactions, Answer]] = {}
    if not wanted:
        return found
    history = simulate(base, lanes=lanes, seed=seed, threads=threads)
    for done, (case, kind) in enumerate(wanted, 1):
        other = replace(case, scenario=case.scenario.model_copy(update={"reactions": kind}))
        run = simulate(other, lanes=lanes, seed=seed, threads=threads)
        shared = history.outcomes.index.intersection(run.outcomes.index)
        sides = side_of_run(history, base, shared), side_of_run(run, other, shared)
        found.setdefault(case.scenario.name, {})[kind] = answer_between(*sides, asks=case.scenario.asks)
        if progress is not None:
            progress(done, len(wanted))
    return found
