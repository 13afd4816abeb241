"""``wedge figures``: draw the figures of a stored run or comparison again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli.compare import draw as draw_comparison
from sim.cli.options import (
    OUT,
    EngineOption,
    JsonOption,
    LanesOption,
    OutOption,
    SeedOption,
    SetOption,
    ThreadsOption,
)
from sim.cli.printing import print_json
from sim.cli.run import draw as draw_run
from sim.cli.running import load_all, stored_run
from sim.cli.streams import say


def figures(
    target: Annotated[
        str, typer.Argument(metavar="FOLDER|SCENARIO", help="What run or compare wrote, or a scenario.")
    ],
    lanes: LanesOption = 1000,
    seed: SeedOption = 1,
    engine: EngineOption = "lanes",
    threads: ThreadsOption = None,
    changes: SetOption = None,
    out: OutOption = OUT,
    as_json: JsonOption = False,
) -> None:
    """Draw the figures of a run or a comparison again.

    Each is a PNG and an SVG. A folder is drawn from what it holds. A scenario is run first, unless its run is stored.

    \b
    Examples:
      wedge figures outputs/history-1a2b3c4d
      wedge figures history --lanes 1000
    """
    folder = Path(target)
    if folder.is_dir():
        files = draw_stored(folder)
    else:
        [scenario] = load_all([target], changes)
        run = stored_run(scenario, lanes=lanes, seed=seed, engine=engine, threads=threads, out=out)
        folder, files = run.folder, draw_run(run)
    if as_json:
        print_json({"folder": folder, "figures": files})
    else:
        for file in files:
            say(str(file))


def draw_stored(folder: Path) -> list[Path]:
    """Draw whatever a stored folder holds, a run or a comparison."""
    from sim.lab.compare import open_comparison
    from sim.runs.folder import verify
    from sim.runs.store import open_run

    if verify(folder)["kind"] == "comparison":
        return draw_comparison(open_comparison(folder))
    return draw_run(open_run(folder))
