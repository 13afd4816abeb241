"""A figure to disk: PNG for screens, SVG for presses, the run's identity inside both."""

from __future__ import annotations

from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg

from sim import __version__
from sim.figures.sheet import Sheet

DOTS_PER_INCH = 200


def save(sheet: Sheet, folder: Path, name: str) -> list[Path]:
    """Write ``name.png`` (200 dots an inch) and ``name.svg``.

    The same sheet gives the same bytes again: nothing of the clock or the machine is written.

    Returns
    -------
    list of Path
        The two files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    run, maker = sheet.run, f"Wedge {__version__}"
    identity = (
        f"scenario {run.scenario}; scenario hash {run.scenario_hash}; seed {run.seed}; lanes {run.lanes}"
    )
    FigureCanvasAgg(sheet.figure)
    png, svg = folder / f"{name}.png", folder / f"{name}.svg"
    sheet.figure.savefig(
        png,
        dpi=DOTS_PER_INCH,
        pil_kwargs={"compress_level": 4},
        metadata={
            "Title": sheet.headline,
            "Description": identity,
            "Source": run.source,
            "Software": maker,
            "wedge:scenario": run.scenario,
            "wedge:scenario_hash": run.scenario_hash,
            "wedge:seed": str(run.seed),
            "wedge:lanes": str(run.lanes),
        },
    )
    sheet.figure.savefig(
        svg,
        metadata={
            "Title": sheet.headline,
            "Description": identity,
            "Source": run.source,
            "Identifier": f"{run.scenario_hash}-{run.seed}",
            "Creator": maker,
            "Date": None,
        },
    )
    return [png, svg]
