"""Blocks on a cluster: the same bytes, whoever does them, and whoever dies meanwhile."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from sim.errors import InputError, WedgeError
from sim.runs import cluster
from sim.runs.blocks import Job, packed, simulate_block
from sim.runs.cluster import on_cluster
from sim.runs.ensemble import simulate
from sim.runs.store import run_or_find
from sim.scenario.schema import Scenario
from tests.places import ROOT
from tests.processes import WEDGE, interrupt, running, wait_until

LANES = 1200


def served(*words: str, **options: Any) -> AbstractContextManager[subprocess.Popen[str]]:
    """A part of a cluster, in a process of its own."""
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return running(sys.executable, "-m", *words, **({"cwd": ROOT} | silent | options))


@contextmanager
def cluster_of(workers: int) -> Iterator[tuple[str, list[subprocess.Popen[str]]]]:
    """The address of a cluster, and its processes: the scheduler first."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    address, quiet = f"tcp://127.0.0.1:{port}", "--no-dashboard"
    parts = [("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", port, quiet)]
    parts += [("distributed.cli.dask_worker", address, "--nthreads", "1", quiet)] * workers
    with ExitStack() as ends:
        yield address, [ends.enter_context(served(*part)) for part in parts]


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a cluster of two workers."""
    with cluster_of(2) as (address, _):
        yield address


@pytest.mark.parametrize("address", ["local", "local:1"])
def test_a_local_cluster_gives_the_same_digest(small: Scenario, tmp_path: Path, address: str) -> None:
    seen: list[tuple[int, int]] = []
    run = run_or_find(
        small,
        lanes=300,
        out=tmp_path,
        cluster=address,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert run.digest == simulate(small, lanes=300).digest
    assert seen[0] == (0, 300)
    assert seen[-1] == (300, 300)


def test_a_cluster_that_is_running_gives_the_same_digest(
    small: Scenario, tmp_path: Path, scheduler: str
) -> None:
    assert (
        run_or_find(small, lanes=300, out=tmp_path, cluster=scheduler).digest
        == simulate(small, lanes=300).digest
    )


def test_blocks_of_a_cluster_are_the_same_bytes(small: Scenario, scheduler: str) -> None:
    job = Job.of(small, 130, 2, keep=True)
    found = dict(on_cluster(job, job.spans, scheduler))
    assert set(found) == set(job.spans)
    for span, content in found.items():
        assert content == packed(simulate_block(job, job.rows(span), span.start))


def test_a_worker_that_dies_is_replaced_and_the_digest_is_the_same(small: Scenario, tmp_path: Path) -> None:
    import psutil

    killed: list[int] = []
    after: list[int] = []

    def kill_one(done: int, total: int) -> None:
        """Kill the process that does the work, not the nanny that starts another."""
        if killed:
            after.append(done)
        elif done >= 250:
            everyone = psutil.Process().children(recursive=True)
            workers = [one for one in everyone if "spawn_main" in " ".join(one.cmdline())]
            os.kill(workers[-1].pid, signal.SIGKILL)
            killed.append(workers[-1].pid)

    run = run_or_find(small, lanes=LANES, out=tmp_path, cluster="local:2", progress=kill_one)
    assert killed
    assert len(after) >= 3  # there was work left to do
    assert run.digest == simulate(small, lanes=LANES).digest


def test_a_cluster_that_goes_away_is_one_line_and_costs_only_what_was_under_way(
    small: Scenario, tmp_path: Path
) -> None:
    with cluster_of(1) as (address, processes):

        def stop_it(done: int, total: int) -> None:
            if 0 < done < LANES and processes[0].poll() is None:
                for process in processes:
                    process.kill()

        with pytest.raises(WedgeError, match="went away; finished blocks are kept"):
            run_or_find(small, lanes=LANES, out=tmp_path, cluster=address, progress=stop_it)
    seen: list[int] = []
    run = run_or_find(small, lanes=LANES, out=tmp_path, progress=lambda done, total: seen.append(done))
    assert seen[0] >= 250
    assert run.digest == simulate(small, lanes=LANES).digest


def test_an_interrupt_is_one_line_and_leaves_no_process(tmp_path: Path) -> None:
    """As a terminal does it: to the whole group. Another server holds the port that Dask would like to have."""
    import psutil

    with socket.socket() as taken:
        with suppress(OSError):
            taken.bind(("127.0.0.1", 8787))
            taken.listen()
        with running(
            *WEDGE, *"run history --lanes 1000000 --set until=2011-12 --dask local:2".split(), cwd=tmp_path
        ) as process:
            wait_until(lambda: list(tmp_path.glob("outputs/.*.unfinished/*.block")), process, seconds=300)
            workers = psutil.Process(process.pid).children(recursive=True)
            interrupt(process)
            _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stderr.startswith("error: interrupted; finished lanes are kept")
    assert len(stderr.splitlines()) == 1, stderr
    assert not psutil.wait_procs(workers, timeout=20)[1]


def test_a_run_begun_here_is_ended_on_a_cluster(small: Scenario, tmp_path: Path, scheduler: str) -> None:
    def give_up(done: int, total: int) -> None:
        if done >= 130:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_or_find(small, lanes=400, threads=1, out=tmp_path, progress=give_up)
    seen: list[int] = []
    run = run_or_find(
        small, lanes=400, out=tmp_path, cluster=scheduler, progress=lambda done, total: seen.append(done)
    )
    assert seen[0] == 100
    assert run.digest == simulate(small, lanes=400).digest


def test_only_a_few_blocks_are_handed_out_ahead(
    small: Scenario, scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The parameters of a block are drawn when it is handed out."""
    job, drawn, rows = Job.of(small, 2000, 2), [], Job.rows

    def watched(job: Job, span: range) -> object:
        drawn.append(span)
        return rows(job, span)

    monkeypatch.setattr(Job, "rows", watched)
    blocks = on_cluster(job, job.spans, scheduler)
    next(blocks)
    assert len(drawn) <= 2 * cluster.AHEAD + 1 < len(job.spans)
    blocks.close()


NO_CLUSTER = [
    "",
    "here",
    "local:",
    "local:0",
    "local:999",
    "http://x",
    "tcp://",
    "tcp://a b:1",
    "tcp://127.0.0.1",
]
NO_CLUSTER += ["tcp://127.0.0.1:0", "tcp://127.0.0.1:99999", "ucx://127.0.0.1:1"]


@pytest.mark.parametrize("address", NO_CLUSTER)
def test_what_is_no_cluster_is_refused(small: Scenario, address: str) -> None:
    job = Job.of(small, 4, 1)
    with pytest.raises(InputError, match="--dask"):
        list(on_cluster(job, job.spans, address))


def test_a_cluster_that_does_not_answer_is_one_line(small: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    job, start = Job.of(small, 4, 1), time.monotonic()
    told: list[str] = []
    with pytest.raises(WedgeError, match="does not answer"):
        list(on_cluster(job, job.spans, "tcp://127.0.0.1:9", told.append))
    assert time.monotonic() - start < 30
    assert told == ["waiting for the cluster at tcp://127.0.0.1:9, 1 s at most"]


def test_a_cluster_that_wants_certificates_is_one_line(small: Scenario) -> None:
    job = Job.of(small, 4, 1)
    with pytest.raises(WedgeError, match=r"distributed\.comm\.tls"):
        list(on_cluster(job, job.spans, "tls://127.0.0.1:9"))


def test_a_cluster_without_workers_is_one_line(small: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 5)
    job = Job.of(small, 4, 1)
    with cluster_of(0) as (address, _), pytest.raises(WedgeError, match="has no worker"):
        list(on_cluster(job, job.spans, address))


def test_a_worker_that_has_no_wedge_is_named(small: Scenario, tmp_path: Path) -> None:
    job = Job.of(small, 4, 1)
    (tmp_path / "sim.py").write_text("raise ImportError('not here')")
    bare = {"cwd": tmp_path, "env": {"PYTHONPATH": str(tmp_path)}}
    with (
        cluster_of(0) as (address, _),
        served("distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard", **bare),
        pytest.raises(WedgeError, match="cannot load Wedge"),
    ):
        list(on_cluster(job, job.spans, address))


def test_workers_of_another_version_are_refused(
    small: Scenario, scheduler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "model_hash", lambda: "another")
    job = Job.of(small, 4, 1)
    with pytest.raises(WedgeError, match="another version of the model"):
        list(on_cluster(job, job.spans, scheduler))


def test_without_the_extra_it_says_what_to_install(small: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    job = Job.of(small, 4, 1)
    with pytest.raises(WedgeError, match=r"wedge\[dask\]"):
        list(on_cluster(job, job.spans, "local:1"))
