"""Measure, print, append to the history: ``python -m benchmarks [--full]``."""

from __future__ import annotations

import argparse
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version

from benchmarks import processes
from benchmarks.rows import append, significant, taken_over

BUSY = "Other programs were running when the measurement began: rows in wall time are too slow."


def main() -> None:
    """Measure all rows, in the order of the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure speed and memory.")
    parser.add_argument("--full", action="store_true", help="also measure what takes minutes")
    full = parser.parse_args().full
    busy = BUSY if os.getloadavg()[0] > (os.cpu_count() or 1) - 0.5 else ""
    # A child's peak counts from its parent's: measure memory before anything large is imported.
    memory = processes.memory(full)
    if not full:
        memory += taken_over([processes.memory_name(processes.MANY_LANES)])
    started = processes.start_up()
    spread, note = processes.parallel()
    from benchmarks import engines, loading

    rows = [*engines.measure(), *spread, *started, *loading.measure(), *memory]
    for row in rows:
        ratio = "" if row.ratio is None else f"{row.ratio:8.2f} {row.of}"
        print(f"{row.group:12s} {row.what:52s} {significant(row.value):>8s} {row.unit:8s}{ratio}")
    record = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "python": platform.python_version(),
        **{name: version(name) for name in ("numba", "numpy", "mesa")},
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "note": f"{note} {busy}".strip(),
    }
    append(record, rows)


if __name__ == "__main__":
    main()
