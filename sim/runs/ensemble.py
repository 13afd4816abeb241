"""Many lanes of one scenario in memory: what a notebook or a test asks for. `sim.runs.store` keeps them on disk instead."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from sim.engine.timeline import Timeline
from sim.results.failures import Failure
from sim.results.lane_table import LaneTable
from sim.results.outcomes import digest
from sim.results.tally import Tally, labelled_quantiles, labelled_trajectories
from sim.runs.blocks import Block, Job, simulate_block
from sim.runs.threads import Progress, ProgressCounter, check_threads, in_threads
from sim.scenario.case import Case
from sim.scenario.schema import Scenario
from sim.types import Engine, Floats


@dataclass(frozen=True, repr=False)
class Ensemble:
    """The result of many lanes.

    Attributes
    ----------
    outcomes : DataFrame
        One row a lane, one column an outcome (``sim.results.outcomes``).
    quantiles : Dataset
        5, 25, 50, 75 and 95 %, mean and spread of every state variable by month, and shares of membership.
    trajectories : Dataset or None
        Every lane month by month, if kept.
    failures : tuple of Failure
        Lanes that went wrong, and are in none of the others.
    digest : str
        SHA-256 of the outcomes.
    """

    outcomes: pd.DataFrame
    quantiles: xr.Dataset
    trajectories: xr.Dataset | None
    failures: tuple[Failure, ...]
    digest: str
    seconds: float
    engine: Engine
    seed: int
    lanes: int
    timeline: Timeline

    def __repr__(self) -> str:
        name = self.timeline.scenario.name
        return f"<Ensemble of {name}: {self.lanes:,} lanes, seed {self.seed}, digest {self.digest[:8]}>"


def simulate(
    scenario: Scenario | Case,
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
        Called with (lanes done, lanes) after every few lanes, by whichever thread did them.

    Raises
    ------
    InputError
        If a number is out of range, or there is no such engine.

    Examples
    --------
    >>> from sim.scenario.loading import load_scenario
    >>> simulate(load_scenario("history", {"until": "2010-12", "parameters": "default"}), lanes=2)
    <Ensemble of history: 2 lanes, seed 1, digest ...>
    """
    return simulate_job(Job.of(scenario, lanes, seed, engine, keep), threads, progress)


def simulate_job(job: Job, threads: int | None = None, progress: Progress | None = None) -> Ensemble:
    """As `simulate`, of a job that is made already."""
    check_threads(threads)
    start = time.perf_counter()
    report = ProgressCounter(progress, job.lanes)

    def work(span: range, stopped: Callable[[], bool]) -> Block:
        return simulate_block(job, job.rows(span), span.start, report, stopped)

    tally = Tally.empty(job.timeline, job.lanes)
    tables: list[LaneTable] = []
    failures: list[Failure] = []
    kept: list[Floats] = []
    for block in _in_order(in_threads(work, job.spans, 1 if job.engine == "mesa" else threads)):
        tally.merge(block.tally)
        tables.append(block.outcomes)
        failures += block.failures
        if block.trajectories is not None:
            kept.append(block.trajectories)
    table, attributes, trajectories = LaneTable.joined(tables), job.about, None
    if job.keep:
        trajectories = labelled_trajectories(
            job.timeline, np.concatenate(kept), table.lanes, attributes
        ).to_xarray()
    outcomes = table.to_pandas()
    return Ensemble(
        outcomes,
        labelled_quantiles(job.timeline, tally, attributes).to_xarray(),
        trajectories,
        tuple(failures),
        digest(outcomes),
        time.perf_counter() - start,
        job.engine,
        job.seed,
        job.lanes,
        job.timeline,
    )


def _in_order(blocks: Iterable[Block]) -> Iterator[Block]:
    """Blocks by the number of their first lane, as soon as all before them are there."""
    early: dict[int, Block] = {}
    wanted = 0
    for block in blocks:
        early[block.first] = block
        while (following := early.pop(wanted, None)) is not None:
            wanted += following.lanes
            yield following
