"""What lies before the first lane, in a process that has done it before: reading a scenario, and its timeline."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from benchmarks.rows import Row
from sim.engine.timeline import build_timeline
from sim.scenario.loading import load_case

REPEATS = 15


def measure() -> list[Row]:
    """Processor time of the second and later times; the timeline's is compared with the reading."""
    case = load_case("history")
    build_timeline(case)
    read, built = (_median(work) for work in (lambda: load_case("history"), lambda: build_timeline(case)))
    return [
        Row("in memory", "`load_case('history')`, once warm", 1000 * read, "ms", 1.0, "of the reading"),
        Row("in memory", "`build_timeline` of it", 1000 * built, "ms", built / read, "of the reading"),
    ]


def _median(work: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return statistics.median(times)
