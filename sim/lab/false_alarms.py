"""How often the rule of an answer says yes where the truth is no difference.

Two sorts of trial, in both of which nothing that is done to states can move their steps. *Twins*: a what-if of the past
with the parameters and levers at zero by which acts reach steps, base and what-if paired as always. *Two seeds*: one
scenario without any edit, run with two seeds and compared as if lane k of one were paired with lane k of the other, for
each state in the last month. The first shows that pairing lets no chance through, the second what the rule makes of chance
alone. Neither says how often a posterior is wrong about the mechanisms themselves; calibrations are checked for that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import pandas as pd

from sim.lab.verdict import LEAST, Verdict, odds_of_lanes
from sim.model.parameters import LEVERS
from sim.runs.ensemble import Ensemble, simulate
from sim.scenario.loading import load_case

REACH_STEPS = (
    "alert_coercion",
    "alert_punishment",
    "alert_war",
    "alert_shock",
    "alert_pressure",
    "yielding",
    "acceptance_alert_hub",
    "acceptance_alert_challenger",
)
"""Parameters of the core by which acts reach steps; beside them only levers do."""
VERDICTS: tuple[Verdict, ...] = ("yes", "cannot tell", "no")


def false_alarms(
    base: str,
    what_ifs: Sequence[str],
    *,
    lanes: int = 40,
    seeds: Iterable[int] = range(1, 6),
    threads: int | None = None,
) -> pd.DataFrame:
    """Verdicts on steps where nothing moves them.

    Parameters
    ----------
    base : str
        A scenario with a record.
    what_ifs : sequence of str
        What-ifs of it that take acts out and leave offers alone.
    lanes : int
        Of each trial.
    seeds : iterable of int
        One trial of each what-if for each.
    threads : int, optional

    Returns
    -------
    DataFrame
        Index ``trial`` (the name of a what-if, or ``two seeds``), one row each; ``yes``, ``cannot tell`` and ``no``, numbers
        of verdicts.

    Examples
    --------
    >>> false_alarms("history", ["thaad-without-punishment"], lanes=12, seeds=[1])["yes"].tolist()
    [0, 0]
    """
    numbers: dict[str, object] = {"levers": dict.fromkeys(LEVERS, 0.0)}
    numbers |= {f"parameters.{name}": 0.0 for name in REACH_STEPS}
    seeds = list(seeds)
    counts: dict[str, Counter[Verdict]] = {name: Counter() for name in [*what_ifs, "two seeds"]}
    for seed in seeds:
        for name in what_ifs:
            case = load_case(name, numbers)
            month = case.scenario.asks.at[0]
            cases = [load_case(part, numbers | {"until": month, "report": [month]}) for part in (base, name)]
            one, other = (simulate(part, lanes=lanes, seed=seed, threads=threads) for part in cases)
            counts[name].update(_verdicts(one, other, month, case.scenario.asks.states or case.world.codes))
    free = load_case(base)
    month = free.scenario.report[-1]
    runs = [simulate(free, lanes=lanes, seed=seed, threads=threads) for seed in (*seeds, max(seeds) + 1)]
    for one, other in pairwise(runs):
        counts["two seeds"].update(_verdicts(one, other, month, free.world.codes))
    rows = [[found[verdict] for verdict in VERDICTS] for found in counts.values()]
    return pd.DataFrame(rows, index=pd.Index([*counts], name="trial"), columns=[*VERDICTS])


def _verdicts(base: Ensemble, what_if: Ensemble, month: str, states: Iterable[str]) -> list[Verdict]:
    """The verdict on the steps of each state."""
    names = [f"steps.{code}.{month}" for code in states]
    effects = what_if.outcomes[names].to_numpy() - base.outcomes[names].to_numpy()
    return [odds_of_lanes(effect, LEAST["steps"]).verdict() for effect in effects.T]
