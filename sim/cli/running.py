"""How commands load scenarios and obtain their runs: found in the store, or simulated with a bar."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli.boundary import FULL, fail, note, writing
from sim.cli.options import settings
from sim.cli.progress import progress_bar
from sim.cli.stopping import INTERRUPTED
from sim.errors import InputError, escape_invisible

if TYPE_CHECKING:
    from sim.runs.store import Run
    from sim.scenario.case import Case


def load_all(names: Sequence[str], pairs: Sequence[str] | None, posterior: Path | None = None) -> list[Case]:
    """Load every scenario before anything runs, so that bad input writes nothing.

    Raises
    ------
    InputError
        If one is bad, or two have the same name.
    """
    from sim.scenario.chain import parsed_settings
    from sim.scenario.loading import load_case

    changes = parsed_settings(settings(pairs))
    cases = [load_case(name, changes, posterior, place="--set") for name in names]
    taken: set[str] = set()
    for case in cases:
        if case.scenario.name in taken:
            raise InputError(f"two scenarios are named '{case.scenario.name}'; give each its own name")
        taken.add(case.scenario.name)
    return cases


def stored_run(case: Case, **options: Any) -> Run:
    """`sim.runs.store.run_or_find` with a bar and the command line; an interruption says how to go on."""
    from sim.runs.store import run_or_find

    out = options["out"]
    try:
        with writing(out), progress_bar(case.scenario.name) as progress:
            return run_or_find(case, progress=progress, notify=note, command=command_line(), **options)
    except KeyboardInterrupt:
        if _keeps_lanes(case, options):
            fail(
                f"interrupted; finished lanes are kept, and this goes on with them: {again('--force')}",
                INTERRUPTED,
            )
        fail("interrupted before the first block of lanes was finished; nothing is kept", INTERRUPTED)
    except OSError as error:
        if error.errno not in FULL:
            raise
        fail(f"{out}: {error.strerror}; finished lanes are kept, and the same command goes on with them", 1)


def _keeps_lanes(case: Case, options: dict[str, Any]) -> bool:
    """Whether a run that was interrupted left finished blocks."""
    from sim.runs.store import folder_of, identity, unfinished_of

    key = identity(case, options["lanes"], options["seed"], options["engine"], options.get("keep", False))
    return any(unfinished_of(folder_of(options["out"], case, key)).glob("*.block"))


def command_line() -> str:
    """The command as it was typed, for the manifest; invisible characters are escaped."""
    return escape_invisible(
        shlex.join(["wedge", *sys.argv[1:]]), lambda character: character.encode("unicode_escape").decode()
    )


def again(without: str) -> str:
    """The command line, less an option that would start over."""
    return shlex.join(word for word in ["wedge", *sys.argv[1:]] if word != without)


def replay_of(name: str, changes: Sequence[str] | None, posterior: Path | None, seed: int) -> str:
    """The command that replays a lane of a run, as its user would type it, less the lane."""
    words = ["wedge", "replay", name, *(word for pair in changes or () for word in ("--set", pair))]
    if posterior is not None:
        words += ["--posterior", str(posterior)]
    return shlex.join([*words, "--seed", str(seed)])
