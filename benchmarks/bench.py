"""Speed and memory, measured in one run and reported as ratios: ``make bench``.

Timings are of this machine and this moment; the ratios are what to compare. Results are appended to
``benchmarks/history.jsonl`` with the versions that made them.
"""

from __future__ import annotations

import json
import platform
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

HISTORY = Path(__file__).with_name("history.jsonl")
LANES, MESA_LANES, MANY_LANES = 128, 1, 10_000
MEMORY_SCRIPT = (
    "import resource; from sim.ensemble import simulate; from sim.scenario import load_scenario\n"
    "simulate(load_scenario('history'), lanes={lanes}, seed=1)\n"
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
)


def seconds(work: Callable[[], object], repeat: int) -> float:
    """Median processor time of a piece of work: other programs on the machine count less than in wall time."""
    times = []
    for _ in range(repeat):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)


def engines() -> dict[str, float]:
    """Lanes a second of either engine on one core: the same lanes, the same months, trajectories only."""
    from sim.arrays import pack
    from sim.lanes import run_block
    from sim.model import run_block_in_mesa
    from sim.parameters import parameter_rows
    from sim.scenario import load_scenario
    from sim.timeline import build_timeline

    timeline = build_timeline(load_scenario("history"))
    arrays, rows = pack(timeline), parameter_rows("default", {}, {}, 1, 0, LANES)
    run_block(arrays, rows[:1], 1, 0)
    lanes = LANES / seconds(lambda: run_block(arrays, rows, 1, 0), 5)
    mesa = MESA_LANES / seconds(lambda: run_block_in_mesa(timeline, rows[:MESA_LANES], 1, 0), 3)
    return {"lanes_per_second": lanes, "mesa_lanes_per_second": mesa, "ratio": lanes / mesa}


def draws_alone() -> dict[str, float]:
    """Cost of a lane against the cost of the monthly draws that it cannot do without (noise and steps)."""
    from numba import njit

    from sim.draws import GROUP_NOISE, GROUP_STEPS, normal_quantile, uniforms

    @njit
    def floor(lanes: int, months: int, states: int) -> float:
        total = 0.0
        for lane in range(lanes):
            for month in range(months):
                for site in range(states):
                    u = uniforms(1, lane, month, site, GROUP_NOISE)
                    v = uniforms(1, lane, month, site, GROUP_STEPS)
                    total += (
                        normal_quantile(u[0]) + normal_quantile(u[1]) + normal_quantile(u[2]) + v[0] + v[1]
                    )
        return total

    floor(1, 1, 1)
    return {"draws_lanes_per_second": LANES / seconds(lambda: floor(LANES, 312, 22), 5)}


def whole_ensemble() -> dict[str, float]:
    """Lanes a second with outcomes and quantiles, one and two threads (wall time)."""
    from sim.ensemble import simulate
    from sim.scenario import load_scenario

    scenario, result = load_scenario("history"), {}
    simulate(scenario, lanes=2)
    for threads in (1, 2):
        start = time.perf_counter()
        simulate(scenario, lanes=512, threads=threads)
        result[f"ensemble_lanes_per_second_{threads}_threads"] = 512 / (time.perf_counter() - start)
    return result


def start_up() -> dict[str, float]:
    """Wall time of ``wedge --help`` and of a bare interpreter, median of seven."""
    result = {}
    for name, command in {
        "python_seconds": [sys.executable, "-c", "pass"],
        "help_seconds": [sys.executable, "-c", "from sim.cli import main; main()", "--help"],
    }.items():
        times = []
        for _ in range(7):
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            times.append(time.perf_counter() - start)
        result[name] = statistics.median(times)
    return result


def memory(lanes: int) -> dict[str, float]:
    """Peak memory of an ensemble in a process of its own, MiB, and the wall time that it took."""
    start = time.perf_counter()
    output = subprocess.run(
        [sys.executable, "-c", MEMORY_SCRIPT.format(lanes=lanes)], check=True, capture_output=True, text=True
    ).stdout
    return {
        f"peak_mib_{lanes}_lanes": int(output) / 1024,
        f"seconds_{lanes}_lanes": time.perf_counter() - start,
    }


def main() -> None:
    """Measure, print, append."""
    # A child's peak counts from its parent's: measure memory while this process is still small.
    figures = memory(1_000) | memory(MANY_LANES) | start_up() | engines() | draws_alone() | whole_ensemble()
    figures["cost_against_draws"] = figures["draws_lanes_per_second"] / figures["lanes_per_second"]
    for name, value in figures.items():
        print(f"{name:44s} {value:12.4g}")
    record = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        **{name: version(name) for name in ("numba", "numpy", "mesa")},
        "machine": platform.machine(),
        "self_peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        **{name: round(value, 4) for name, value in figures.items()},
    }
    with HISTORY.open("a", encoding="utf-8") as file:
        file.write(json.dumps(record) + "\n")


if __name__ == "__main__":
    main()
