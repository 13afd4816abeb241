"""The store of runs: simulated block by block, continued where it was stopped, found again, checked before it is used."""

from __future__ import annotations

import csv
import math
import os
import re
import shlex
import shutil
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.errors import InputError, StoreError
from sim.io.digests import sha256_of
from sim.io.files import resolved
from sim.io.staging import remove_leftovers
from sim.io.values import as_path
from sim.results.failures import Failure, failure_table
from sim.results.summary import Summary
from sim.results.tally import Tally, labelled_quantiles, labelled_trajectories
from sim.runs.blocks import Job, check_size, packed, simulate_block
from sim.runs.checked_files import (
    TRAJECTORY_VARIABLES,
    open_arrays,
    read_failures,
    read_quantiles,
)
from sim.runs.checkpoints import BlockFiles
from sim.runs.event_table import read_events, write_events
from sim.runs.folder import MANIFEST, REMEDY, exclusive_lock, publish, verify
from sim.runs.manifest import FORMAT, RunManifest
from sim.runs.model_hash import model_hash
from sim.runs.outcome_table import OutcomeWriter, checked_columns, read_outcomes, summary_of
from sim.runs.threads import Progress, ProgressCounter, check_threads, in_threads
from sim.scenario.case import Case, resolve
from sim.scenario.lane_parameters import levers_of
from sim.scenario.record import Stimulus
from sim.types import Engine

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from sim.scenario.schema import Scenario

OUTCOMES, QUANTILES, EVENTS = "outcomes.parquet", "quantiles.nc", "events.parquet"
SUMMARY, FAILURES, SCENARIO, TRAJECTORIES = "summary.csv", "failures.csv", "scenario.yaml", "trajectories"

_TRAJECTORY = re.compile(TRAJECTORIES + r"/lanes-([0-9]{10})-([0-9]{10})\.nc")


@dataclass(frozen=True, repr=False)
class Run:
    """A stored run whose files have been checked.

    Attributes
    ----------
    folder : Path
        Where it lies.
    manifest : dict
        What ``manifest.json`` says: versions, the resolved scenario, seed, lanes, engine, digest, checksums.
    found : bool
        Whether it was there before and was not simulated again.
    """

    folder: Path
    manifest: dict[str, Any]
    found: bool = True

    def __repr__(self) -> str:
        return f"<Run {self.folder}: {self.manifest['lanes']:,} lanes, digest {self.digest[:8]}>"

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.manifest["scenario"]["name"]

    @property
    def digest(self) -> str:
        """SHA-256 of the outcomes table."""
        return self.manifest["digest"]

    @property
    def failed(self) -> int:
        """Number of lanes that went wrong and are excluded."""
        return self.manifest.get("failed", 0)

    @cached_property
    def columns(self) -> list[str]:
        """Names of the outcomes, in the order of the table."""
        dates, lanes = self.manifest["scenario"]["report"], self.manifest["lanes"]
        return checked_columns(
            self.folder / OUTCOMES,
            lanes - self.failed,
            self.manifest["states"],
            dates,
        )

    def outcomes(self, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """One row a lane, one column an outcome; all of them, or those asked for."""
        known = self.columns
        return read_outcomes(self.folder / OUTCOMES, known if columns is None else columns)

    def summary(self) -> dict[str, Summary]:
        """Outcome -> its distribution, in the order of the table (see `sim.results.summary.summarise`)."""
        return summary_of(self.folder / OUTCOMES, self.columns, self.manifest["uncertainty"])

    def failures(self) -> pd.DataFrame:
        """The lanes that went wrong, index lane: where, what, by which rule, and the command that makes each again."""
        if not self.failed:
            return failure_table((), "")
        return read_failures(self.folder / FAILURES, self.failed)

    def trajectories(self, lanes: Iterable[int] | None = None) -> xr.Dataset:
        """Lanes month by month, in single precision; all of them, or those asked for, less those that went wrong.

        Raises
        ------
        InputError
            If the run does not have a lane that was asked for.
        StoreError
            If the run was made without them.
        """
        files = [found for name in sorted(self.manifest["files"]) if (found := _TRAJECTORY.fullmatch(name))]
        if not files:
            raise StoreError(
                f"{self.folder}: holds no trajectories; run with --trajectories (in Python trajectories=True) to have them"
            )
        every = self.manifest["lanes"]
        wanted = np.arange(every) if lanes is None else np.unique(np.array([*lanes], dtype=np.int64))
        if len(wanted) and not 0 <= wanted[0] <= wanted[-1] < every:
            raise InputError(f"lanes {wanted[0]} to {wanted[-1]}; this run has 0 to {every - 1}")
        import xarray as xr

        parts = []
        for number, file in enumerate(files):
            first, last = map(int, file.groups())
            if number == 0 or ((first <= wanted) & (wanted <= last)).any():
                path = self.folder / file[0]
                with open_arrays(path, TRAJECTORY_VARIABLES) as data:
                    parts.append(data.sel(lane=data["lane"].isin(wanted)).load())
        return xr.concat(parts, "lane", data_vars="minimal", combine_attrs="override")

    def quantiles(self) -> xr.Dataset:
        """Quantiles, mean and spread of every state variable by month, and shares of lanes by membership."""
        return read_quantiles(self.folder / QUANTILES)

    def events(self) -> tuple[Stimulus, ...]:
        """The record as this run used it, after the scenario's edits."""
        return read_events(self.folder / EVENTS)


def run_or_find(
    scenario: Scenario | Case,
    *,
    lanes: int,
    seed: int = 1,
    engine: Engine = "lanes",
    threads: int | None = None,
    cluster: str | None = None,
    keep: bool = False,
    out: str | Path = Path("outputs"),
    force: bool = False,
    progress: Progress | None = None,
    notify: Callable[[str], None] = lambda line: None,
    command: str = "",
    replay: str = "",
) -> Run:
    """The stored run of a scenario, simulated now unless an identical one is there.

    Finished blocks are kept beside its place until it is whole: a run that was stopped, however it was stopped, goes on
    with those that are missing, and its numbers are the same to the bit.

    Parameters
    ----------
    scenario : Scenario or Case
        Resolved.
    lanes, seed, engine, threads, progress
        As in `sim.runs.ensemble.simulate`.
    cluster : str, optional
        Where the blocks are simulated if not here (`sim.runs.cluster.on_cluster`).
    keep : bool
        Store every lane's trajectory, too.
    out : str or Path
        Folder that holds the runs; made if missing.
    force : bool
        Simulate again from the start, and replace what is there, damaged or not.
    notify : callable
        Given a line for people if this has to wait for another process.
    command : str
        The command line, for the manifest.

    Raises
    ------
    InputError
        If a number is out of range, there is no such engine, or the path of ``out`` contains invisible characters.
    StoreError
        If the stored run is damaged; it names the file. Nothing damaged is ever used.
    OSError
        If ``out`` cannot be written; finished blocks stay, and nothing half-written does.
    """
    check_threads(threads)
    lanes, seed, engine = check_size(lanes, seed, engine)
    out = as_path(out, "out")
    resolved(out)
    case = resolve(scenario)
    key = identity(case, lanes, seed, engine, keep)
    folder = folder_of(out, case, key)
    if not force and os.path.lexists(folder):
        return _expect(open_run(folder), key)
    job = Job.of(case, lanes, seed, engine, keep)
    out.mkdir(parents=True, exist_ok=True)
    with exclusive_lock(folder, notify):
        if not force and os.path.lexists(folder):
            return _expect(open_run(folder), key)
        remove_leftovers(folder)
        unfinished = unfinished_of(folder)
        if force:
            shutil.rmtree(unfinished, ignore_errors=True)
        files, start = BlockFiles(unfinished, job), time.perf_counter()
        _simulate_missing(job, files, threads, cluster, progress, notify)
        again = replay or f"wedge replay {shlex.quote(str(folder / SCENARIO))} --seed {seed}"
        manifest = _manifest(job, key, command) | {"seconds": round(time.perf_counter() - start, 3)}
        published = publish(
            folder, manifest, lambda staging: _write_run(files, staging, again, manifest), force=force
        )
        files.remove()
    return _expect(open_run(folder, found=not published), key)


def folder_of(out: Path, case: Case, key: str) -> Path:
    """Where a run lies; ``key`` is its `identity`."""
    return out / f"{case.scenario.name}-{key[:8]}"


def unfinished_of(folder: Path) -> Path:
    """Where the finished blocks of a run lie until all are there."""
    return folder.with_name(f".{folder.name}.unfinished")


def open_run(folder: str | Path, *, found: bool = True) -> Run:
    """A stored run, every file checked.

    Raises
    ------
    StoreError
        If the folder is not a run, or a file is missing or altered.
    """
    folder = as_path(folder, "folder")
    manifest = verify(folder, RunManifest)
    needed = {OUTCOMES, QUANTILES, EVENTS, SUMMARY, SCENARIO} | (
        {FAILURES} if manifest.get("failed") else set()
    )
    missing = needed - set(manifest["files"])
    if missing:
        raise StoreError(f"{folder / min(missing)}: not listed by {MANIFEST}; {REMEDY}")
    return Run(folder, manifest, found)


def identity(case: Case, lanes: int, seed: int, engine: str, keep: bool = False) -> str:
    """SHA-256 of everything that decides a run's files, the model's own source included."""
    kept = [TRAJECTORIES] if keep else []
    return sha256_of([FORMAT, case.hash, lanes, seed, engine, model_hash(), *kept])


def _simulate_missing(
    job: Job,
    files: BlockFiles,
    threads: int | None,
    cluster: str | None,
    progress: Progress | None,
    notify: Callable[[str], None],
) -> None:
    report = ProgressCounter(progress, job.lanes, files.lanes)
    report(0)
    if cluster is not None:
        from sim.runs.cluster import on_cluster

        for span, content in on_cluster(job, files.missing, cluster, notify):
            files.keep(span, content)
            report(len(span))
        return

    def work(span: range, stopped: Callable[[], bool]) -> tuple[range, bytes]:
        return span, packed(simulate_block(job, job.rows(span), span.start, report, stopped))

    for span, content in in_threads(work, files.missing, 1 if job.engine == "mesa" else threads):
        files.keep(span, content)


def _manifest(job: Job, key: str, command: str) -> dict[str, Any]:
    """What a run's manifest says of what was asked for; what came out is added when it is written."""
    case, scenario = job.timeline.case, job.timeline.scenario
    return {
        "kind": "run",
        "identity": key,
        "command": command,
        "scenario": scenario.plain(),
        "scenario_hash": case.hash,
        "model_hash": model_hash(),
        "seed": job.seed,
        "lanes": job.lanes,
        "engine": job.engine,
        "uncertainty": job.about["uncertainty"],
        "levers": list(levers_of(case)),
        "hub": job.about["hub_name"],
        "challenger": job.about["challenger_name"],
        "states": {state.code: state.name for state in job.timeline.world.states},
    }


def _write_run(files: BlockFiles, folder: Path, again: str, manifest: dict[str, Any]) -> None:
    """Merge the blocks, one at a time, into the files of a run; digest and number of failures go into the manifest.

    ``again`` is the command that replays a lane, without the lane.
    """
    job = files.job
    timeline, attributes = job.timeline, job.about
    tally = Tally.empty(timeline, job.lanes)
    failures: list[Failure] = []
    with OutcomeWriter(folder / OUTCOMES) as writer:
        for block in files:
            writer.write(block.outcomes)
            tally.merge(block.tally)
            failures += block.failures
            if block.trajectories is not None and len(block.outcomes):
                lanes = block.outcomes.lanes
                (folder / TRAJECTORIES).mkdir(exist_ok=True)
                labelled = labelled_trajectories(timeline, block.trajectories, lanes, attributes)
                labelled.write(folder / TRAJECTORIES / f"lanes-{lanes[0]:010d}-{lanes[-1]:010d}.nc")
    manifest |= {"digest": writer.digest(), "failed": len(failures)}
    summary = summary_of(folder / OUTCOMES, writer.columns, manifest["uncertainty"])
    _write_summary(folder / SUMMARY, summary)
    labelled_quantiles(timeline, tally, attributes).write(folder / QUANTILES)
    write_events(folder / EVENTS, timeline.events)
    (folder / SCENARIO).write_text(timeline.scenario.to_yaml(), encoding="utf-8")
    if failures:
        failure_table(failures, again).to_csv(folder / FAILURES, lineterminator="\n")


def _write_summary(path: Path, summary: Mapping[str, Summary]) -> None:
    def cell(value: str | float) -> str | float:
        return value if not isinstance(value, float) else "" if math.isnan(value) else f"{value:.6g}"

    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(["outcome", *(field.name for field in fields(Summary))])
        table.writerows([name, *map(cell, vars(row).values())] for name, row in summary.items())


def _expect(run: Run, key: str) -> Run:
    """The run, unless eight letters of two different hashes happen to agree."""
    if run.manifest["identity"] != key:
        raise StoreError(f"{run.folder}: holds another run; {REMEDY}")
    return run
