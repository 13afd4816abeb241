"""``python -m tests.fuzz.guided TARGET [libFuzzer options]``: one target under atheris; ``tests.fuzz.run`` starts it."""

from __future__ import annotations

import shlex
import sys
from importlib import import_module
from random import Random

WATCHED = (
    "calibration.evidence", "sim.cli", "sim.errors", "sim.months", "sim.io.files", "sim.scenario.posterior", "sim.scenario.record", "sim.scenario",
    "sim.runs.checked_files", "sim.runs.store", "sim.io.csv_tables", "sim.scenario.world",
)  # fmt: skip
"""Modules whose branches guide the search; compiled rules cannot be watched."""


def main() -> None:
    """Never returns: the fuzzer leaves when its time is over or something breaks."""
    import atheris

    with atheris.instrument_imports(include=list(WATCHED)):
        for module in WATCHED:
            import_module(module)
    from tests.fuzz.mutations import of_bytes
    from tests.fuzz.targets import TARGETS

    name, *options = sys.argv[1:]
    target = TARGETS[name]

    def mutate(data: bytes, most: int, seed: int) -> bytes:
        chance = Random(seed)
        kind = chance.randrange(4)
        if kind == 0:
            return bytes(atheris.Mutate(data, most))
        return (of_bytes if kind == 1 else target.mutate)(data, chance)[:most]

    # what a merge starts anew; libFuzzer hands it to a shell as it stands
    again = f"{shlex.quote(sys.executable)} -m tests.fuzz.guided {name}"
    atheris.Setup([again, *options], target.run, custom_mutator=mutate)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
