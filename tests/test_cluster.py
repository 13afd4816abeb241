"""Blocks on a cluster: the same bytes, whoever does them, and whoever dies meanwhile."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim import cluster
from sim.blocks import Job, packed, simulate_block
from sim.cluster import on_cluster
from sim.ensemble import simulate
from sim.errors import InputError, WedgeError
from sim.scenario import Scenario
from sim.store import run_or_find

ROOT = Path(__file__).parents[1]
LANES = 1200


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """The address of a cluster of two workers, each a process of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    dask = (sys.executable, "-m", "distributed.cli")
    quiet = {"env": os.environ | {"PYTHONPATH": str(ROOT)}, "stderr": subprocess.DEVNULL}
    processes = [
        subprocess.Popen(
            [
                *dask[:-1],
                "distributed.cli.dask_scheduler",
                "--host",
                "127.0.0.1",
                "--port",
                str(port),
                "--no-dashboard",
            ],
            **quiet,
        )
    ]
    processes += [
        subprocess.Popen(
            [*dask[:-1], "distributed.cli.dask_worker", address, "--nthreads", "1", "--no-dashboard"], **quiet
        )
        for _ in range(2)
    ]
    yield address
    for process in reversed(processes):
        process.terminate()
    for process in processes:
        process.wait(timeout=30)


@pytest.mark.parametrize("address", ["local", "local:2"])
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
    for span, content in on_cluster(job, job.spans, scheduler):
        assert content == packed(simulate_block(job, job.rows(span), span.start))


def test_a_worker_that_dies_is_replaced_and_the_digest_is_the_same(small: Scenario, tmp_path: Path) -> None:
    import psutil

    killed: list[int] = []

    def kill_one(done: int, total: int) -> None:
        """Kill the process that does the work, not the nanny that starts another."""
        if done >= total // 4 and not killed:
            workers = [
                p for p in psutil.Process().children(recursive=True) if "spawn_main" in " ".join(p.cmdline())
            ]
            os.kill(workers[-1].pid, signal.SIGKILL)
            killed.append(workers[-1].pid)

    run = run_or_find(small, lanes=LANES, out=tmp_path, cluster="local:2", progress=kill_one)
    assert killed
    assert run.digest == simulate(small, lanes=LANES).digest


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


@pytest.mark.parametrize(
    "address", ["", "here", "local:", "local:0", "local:999", "http://x", "tcp://", "tcp://a b"]
)
def test_what_is_no_cluster_is_refused(small: Scenario, address: str) -> None:
    job = Job.of(small, 4, 1)
    with pytest.raises(InputError, match="--dask"):
        list(on_cluster(job, job.spans, address))


def test_a_cluster_that_does_not_answer_is_one_line(small: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "PATIENCE", 1)
    job, start = Job.of(small, 4, 1), time.monotonic()
    with pytest.raises(WedgeError, match="does not answer"):
        list(on_cluster(job, job.spans, "tcp://127.0.0.1:9"))
    assert time.monotonic() - start < 30


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
