"""What a user waits for: starting up, memory, and a run on two workers, each in processes of their own."""

from __future__ import annotations

import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import time

from benchmarks.rows import Row, per_unit

WEDGE = (sys.executable, "-m", "wedge")
STARTS = 7
MEMORY_LANES, MANY_LANES = (1_000, 10_000), 100_000
SPEED_LANES, SPEED_REPEATS = (256, 1_024), 3
DASK_ABSENT = "Two Dask workers are left out: the `dask` extra was not there."


def wall(*command: str) -> float:
    """Wall seconds of a command.

    Raises
    ------
    CalledProcessError
        If it fails.
    """
    start = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - start


def processor(*command: str) -> float:
    """Processor seconds of a command, its threads and the system's work for it included.

    Raises
    ------
    CalledProcessError
        If it fails.
    """
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return usage.ru_utime + usage.ru_stime


def run_command(lanes: int, folder: str, *options: str) -> tuple[str, ...]:
    """The command that simulates so many lanes of ``history`` and draws nothing."""
    usual = ("--seed", "1", "--out", folder, "--no-figures", "--levers", "0", "--json", "--force")
    return (*WEDGE, "run", "history", "--lanes", str(lanes), *usual, *options)


def peak_mib(command: tuple[str, ...]) -> float:
    """Peak memory of a command, MiB. A child's peak counts from its parent's, so measure while this process is small."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return usage.ru_maxrss / 1024


def start_up() -> list[Row]:
    """Processor time from a bare interpreter to a first run with code compiled before."""
    with tempfile.TemporaryDirectory() as folder:
        commands = {
            "bare `python -c pass`": (sys.executable, "-c", "pass"),
            "`import wedge`": (sys.executable, "-c", "import wedge"),
            "`wedge --help`": (*WEDGE, "--help"),
            "`wedge check history`": (*WEDGE, "check", "history"),
            "`wedge run history --lanes 1`, code compiled before": run_command(1, folder),
        }
        wall(*run_command(1, folder))
        times = {
            name: statistics.median(processor(*line) for _ in range(STARTS))
            for name, line in commands.items()
        }
    bare = next(iter(times.values()))
    return [
        Row("start-up", name, value, "s", value / bare, "of bare Python") for name, value in times.items()
    ]


def memory(full: bool) -> list[Row]:
    """Peak memory of runs of a thousand lanes and more."""
    sizes = (*MEMORY_LANES, MANY_LANES) if full else MEMORY_LANES
    with tempfile.TemporaryDirectory() as folder:
        peaks = {lanes: peak_mib(run_command(lanes, folder)) for lanes in sizes}
    least = peaks[sizes[0]]
    return [
        Row(*memory_name(lanes), peak, "MiB", peak / least, "of 1,000 lanes") for lanes, peak in peaks.items()
    ]


def memory_name(lanes: int) -> tuple[str, str]:
    """Group and name of a row on memory."""
    return "peak memory", f"{lanes:,} lanes"


def parallel() -> tuple[list[Row], str]:
    """Lanes a second on one thread, two threads and two Dask workers; and a note if Dask is not there."""
    ways = {"1 thread": ("--threads", "1"), "2 threads": ("--threads", "2")}
    if has_dask():
        ways["2 Dask workers"] = ("--dask", "local:2")
    cost = _wall_a_lane(ways)
    one = cost["1 thread"]
    rows = [
        Row(
            "parallel",
            name,
            1.0 / value,
            "lanes/s",
            one / value / (1 if name == "1 thread" else 2),
            "efficiency",
        )
        for name, value in cost.items()
    ]
    return rows, "" if has_dask() else DASK_ABSENT


def _wall_a_lane(ways: dict[str, tuple[str, ...]]) -> dict[str, float]:
    """Wall seconds of one more lane in each way: medians over rounds in which every way is measured once."""
    times: dict[tuple[str, int], list[float]] = {(name, lanes): [] for name in ways for lanes in SPEED_LANES}
    for _ in range(SPEED_REPEATS):
        for name, lanes in times:
            with tempfile.TemporaryDirectory() as folder:
                times[name, lanes].append(wall(*run_command(lanes, folder, *ways[name])))
    return {
        name: per_unit([statistics.median(times[name, lanes]) for lanes in SPEED_LANES], SPEED_LANES)
        for name in ways
    }


def has_dask() -> bool:
    """Whether runs can be spread over Dask workers here."""
    if importlib.util.find_spec("distributed") is None:
        return False
    told = subprocess.run((*WEDGE, "run", "--help"), check=True, capture_output=True, text=True).stdout
    return "--dask" in told
