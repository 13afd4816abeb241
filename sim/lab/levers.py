"""Assumptions: what a run's numbers owe to each lever, a mechanism that the record cannot teach.

Every lever in force is switched off in turn, and all of them together, and the same lanes are simulated again with the
same chance: the paired difference is what the assumption does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing

import numpy as np
import pandas as pd

from sim.engine.arrays import pack, pack_base
from sim.engine.kernel import run_block
from sim.engine.timeline import build_timeline
from sim.io.values import whole_number
from sim.model.parameters import LEVERS
from sim.results.outcomes import measure
from sim.results.summary import unit_of
from sim.runs.blocks import BATCH_LANES
from sim.runs.threads import Progress, in_threads
from sim.scenario.case import Case, resolve
from sim.scenario.lane_parameters import lane_parameters, levers_of
from sim.scenario.schema import Scenario

ALL = "all of them"
"""Name of the row in which every lever in force is switched off at once."""
VISIBLE = 2.0
"""Standard errors beyond which a difference is called visible."""
MOST_LANES = 10_000
FILE = "assumptions.csv"
_AS_IT_IS = ""
_Place = tuple[int, str, int]
"""Number of the scenario, what is switched off, first lane."""


def lever_effects(
    scenario: Scenario | Case,
    *,
    lanes: int,
    seed: int = 1,
    threads: int | None = None,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Mean change of every outcome if a lever is switched off.

    Parameters
    ----------
    lanes : int
        Lanes of each pair, 1 to ``MOST_LANES``: the first ones of a run with the same seed.
    threads : int, optional
        All processors if left out; any number gives the same result.
    progress : callable, optional
        Called with (lanes simulated, lanes in all).

    Returns
    -------
    DataFrame
        Index (lever, outcome), the row ``ALL`` last; ``unit``, ``difference`` (without the lever minus with it),
        ``standard_error`` (NaN where fewer than two lanes define the outcome), ``lanes`` that define it in both. No
        rows where no lever is in force.

    Raises
    ------
    InputError
        If the number of lanes is out of range.
    """
    case = resolve(scenario)
    [outcomes] = _simulated([case], levers_of(case), lanes, seed, threads, progress)
    return _table({name: frame - outcomes[_AS_IT_IS] for name, frame in outcomes.items()})


def lever_effects_on_differences(
    base: Scenario | Case,
    alternatives: Sequence[Scenario | Case],
    *,
    lanes: int,
    seed: int = 1,
    threads: int | None = None,
    progress: Progress | None = None,
) -> dict[str, pd.DataFrame]:
    """Mean change of the effect of a what-if if a lever is switched off on both sides.

    Parameters
    ----------
    base, alternatives : Scenario
        The effect is alternative minus base, lane by lane.
    lanes, seed, threads, progress
        As in `lever_effects`.

    Returns
    -------
    dict
        Name of the alternative -> table as of `lever_effects`.
    """
    cases = [resolve(scenario) for scenario in (base, *alternatives)]
    leaned = {lever for case in cases for lever in levers_of(case)}
    levers = tuple(lever for lever in LEVERS if lever in leaned)
    ground, *others = _simulated(cases, levers, lanes, seed, threads, progress)
    tables = {}
    for case, outcomes in zip(cases[1:], others, strict=True):
        shared = ground[_AS_IT_IS].columns.intersection(outcomes[_AS_IT_IS].columns, sort=False)
        effects = {name: outcomes[name][shared] - ground[name][shared] for name in outcomes}
        changes = {name: effect - effects[_AS_IT_IS] for name, effect in effects.items()}
        tables[case.scenario.name] = _table(changes)
    return tables


def visible(table: pd.DataFrame) -> pd.Series:
    """Whether each difference is larger than ``VISIBLE`` standard errors."""
    return table["difference"].abs() > VISIBLE * table["standard_error"]


def _simulated(
    cases: Sequence[Case],
    levers: Sequence[str],
    lanes: int,
    seed: int,
    threads: int | None,
    progress: Progress | None,
) -> list[dict[str, pd.DataFrame]]:
    """For each scenario, what is switched off -> outcomes, index lane; as it is comes first."""
    lanes = whole_number(lanes, "lanes", 1, MOST_LANES)
    variants: dict[str, tuple[str, ...]] = {_AS_IT_IS: (), **{lever: (lever,) for lever in levers}}
    if levers:
        variants[ALL] = tuple(levers)
    makers = [_maker(case, variants, lanes, seed) for case in cases]
    starts = range(0, lanes, BATCH_LANES)
    places = [(number, name, first) for number in range(len(cases)) for name in variants for first in starts]

    def work(place: _Place, stopped: Callable[[], bool]) -> tuple[_Place, pd.DataFrame]:
        number, name, first = place
        return place, makers[number](name, first)

    parts: dict[_Place, pd.DataFrame] = {}
    total, done = lanes * len(variants) * len(cases), 0
    with closing(in_threads(work, places, threads)) as results:
        for place, outcomes in results:
            parts[place] = outcomes
            done += len(outcomes)
            if progress is not None:
                progress(done, total)
    return [
        {name: pd.concat([parts[number, name, first] for first in starts]) for name in variants}
        for number in range(len(cases))
    ]


def _maker(
    case: Case, variants: Mapping[str, tuple[str, ...]], lanes: int, seed: int
) -> Callable[[str, int], pd.DataFrame]:
    """A function that simulates one block of lanes with some levers switched off."""
    timeline = build_timeline(case)
    arrays, base, rows = pack(timeline), pack_base(timeline), lane_parameters(case, seed, 0, lanes)

    def make(name: str, first: int) -> pd.DataFrame:
        own = rows[first : first + BATCH_LANES].copy()
        for lever in variants[name]:
            own[lever] = 0.0
        trajectories, members, happens = run_block(arrays, own, seed, first, base, timeline.branch)
        lanes = np.arange(first, first + len(own))
        return measure(timeline, arrays, trajectories, members, happens, lanes).to_pandas()

    return make


def _table(changes: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Mean and standard error of lane-by-lane changes; the one of what is left as it is says nothing and is left out."""
    frames = {}
    for name, change in changes.items():
        if name == _AS_IT_IS:
            continue
        defined = change.notna().sum()
        frames[name] = pd.DataFrame(
            {
                "unit": [unit_of(str(outcome)) for outcome in change.columns],
                "difference": change.mean(),
                "standard_error": change.std(ddof=1) / np.sqrt(defined.where(defined > 1)),
                "lanes": defined,
            }
        )
    if not frames:
        empty = pd.MultiIndex.from_arrays([[], []], names=["lever", "outcome"])
        return pd.DataFrame(columns=["unit", "difference", "standard_error", "lanes"], index=empty)
    return pd.concat(frames, names=["lever", "outcome"])
