"""Many lanes of one scenario: what to run, who runs it, and what is kept."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import islice
from typing import Literal

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from sim.arrays import Arrays, pack
from sim.errors import InputError
from sim.lanes import MOST_INSTITUTIONS, run_block
from sim.outcomes import digest, measure
from sim.parameters import parameter_rows, uncertainty_of
from sim.posterior import posterior_for
from sim.scenario import Scenario
from sim.summaries import Tally, labelled_quantiles, labelled_trajectories
from sim.timeline import Timeline, build_timeline

Engine = Literal["lanes", "mesa"]
Progress = Callable[[int, int], None]
BLOCK_LANES = 32
"""Lanes in a block; any number gives the same result."""


@dataclass(frozen=True)
class Ensemble:
    """The result of many lanes.

    Attributes
    ----------
    outcomes : DataFrame
        One row a lane, one column an outcome (``sim.outcomes``).
    quantiles : Dataset
        5, 25, 50, 75 and 95 % of every state variable by month, and shares of membership.
    trajectories : Dataset or None
        Every lane month by month, if kept.
    digest : str
        SHA-256 of the outcomes.
    """

    outcomes: pd.DataFrame
    quantiles: xr.Dataset
    trajectories: xr.Dataset | None
    digest: str
    seconds: float
    engine: Engine
    seed: int
    lanes: int
    timeline: Timeline

    def _repr_html_(self) -> str:
        title = f"<b>{self.timeline.scenario.title}</b>: {self.lanes} lanes, seed {self.seed}, digest {self.digest[:12]}"
        return title + self.outcomes.describe().T.to_html()


@dataclass(frozen=True)
class _Block:
    outcomes: pd.DataFrame
    trajectories: NDArray[np.float64]
    members: NDArray[np.int64]


def simulate(
    scenario: Scenario,
    *,
    lanes: int,
    seed: int = 1,
    engine: Engine = "lanes",
    threads: int | None = None,
    keep: bool = False,
    progress: Progress | None = None,
) -> Ensemble:
    """Run an ensemble; the result depends on scenario, lanes and seed, not on engine or threads.

    Parameters
    ----------
    lanes : int
        Number of lanes, 1 or more.
    seed : int
        0 to 2^63 - 1.
    engine : {"lanes", "mesa"}
        The compiled engine, or the same model stepped in Mesa.
    threads : int, optional
        Threads of the compiled engine; all processors if left out.
    keep : bool
        Keep every lane's trajectory (8 bytes x variables x months x states a lane).
    progress : callable, optional
        Called with (lanes done, lanes) after each block.

    Raises
    ------
    InputError
        If a number is out of range.
    """
    _check(lanes, seed, threads)
    start = time.perf_counter()
    timeline = build_timeline(scenario)
    if len(timeline.world.institutions) > MOST_INSTITUTIONS:
        raise InputError(f"the world has more than {MOST_INSTITUTIONS} institutions")
    tally = Tally.empty(timeline)
    frames: list[pd.DataFrame] = []
    kept: list[_Block] = []
    for block in _blocks(timeline, lanes, seed, engine, threads):
        tally.add(block.trajectories, block.members)
        frames.append(block.outcomes)
        if keep:
            kept.append(block)
        if progress is not None:
            progress(sum(map(len, frames)), lanes)
    outcomes = pd.concat(frames).sort_index()
    attributes = _attributes(timeline, lanes, seed)
    trajectories = None
    if keep:
        kept.sort(key=lambda block: int(block.outcomes.index[0]))
        joined = np.concatenate([block.trajectories for block in kept])
        trajectories = labelled_trajectories(timeline, joined, attributes)
    return Ensemble(
        outcomes,
        labelled_quantiles(timeline, tally, attributes),
        trajectories,
        digest(outcomes),
        time.perf_counter() - start,
        engine,
        seed,
        lanes,
        timeline,
    )


def _check(lanes: int, seed: int, threads: int | None) -> None:
    for name, value, low, high in (
        ("lanes", lanes, 1, 2**31),
        ("seed", seed, 0, 2**63 - 1),
        ("threads", threads or 1, 1, 1024),
    ):
        if not low <= value <= high:
            raise InputError(f"{name} is {value}; allowed is {low} to {high}")


def _blocks(
    timeline: Timeline, lanes: int, seed: int, engine: Engine, threads: int | None
) -> Iterator[_Block]:
    arrays, scenario = pack(timeline), timeline.scenario
    chosen = scenario.parameters
    posterior = posterior_for(chosen)
    starts = iter(range(0, lanes, BLOCK_LANES))

    def work(first: int) -> _Block:
        count = min(BLOCK_LANES, lanes - first)
        rows = parameter_rows(chosen.source, chosen.values, scenario.levers, seed, first, count, posterior)
        trajectories, members = _run(timeline, arrays, rows, seed, first, engine)
        return _Block(measure(timeline, arrays, trajectories, members, first), trajectories, members)

    if engine == "mesa" or threads == 1 or lanes <= BLOCK_LANES:
        yield from map(work, starts)
        return
    import os

    workers = threads or os.cpu_count() or 1
    with ThreadPoolExecutor(workers) as pool:
        running: set[Future[_Block]] = {pool.submit(work, first) for first in islice(starts, workers + 1)}
        try:
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    running |= {pool.submit(work, first) for first in islice(starts, 1)}
                    yield future.result()
        finally:
            for future in running:
                future.cancel()


def _run(
    timeline: Timeline, arrays: Arrays, rows: NDArray[np.void], seed: int, first: int, engine: Engine
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    if engine == "lanes":
        return run_block(arrays, rows, seed, first)
    from sim.model import run_block_in_mesa

    return run_block_in_mesa(timeline, rows, seed, first)


def _attributes(timeline: Timeline, lanes: int, seed: int) -> dict[str, str | int]:
    scenario, world = timeline.scenario, timeline.world
    return {
        "title": scenario.title,
        "scenario": scenario.name,
        "scenario_hash": scenario.hash,
        "seed": str(seed),
        "lanes": lanes,
        "hub": world.hub,
        "hub_name": world.power(world.hub).name,
        "challenger": world.challenger,
        "challenger_name": world.power(world.challenger).name,
        "sides": " ".join(f"{power.code}={power.side}" for power in world.powers),
        "branch": scenario.branch,
        "record_until": scenario.record_until or "",
        "uncertainty": uncertainty_of(scenario.parameters.source),
    }
