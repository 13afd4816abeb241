"""A figure to disk: PNG for screens, SVG for presses, the run's identity inside both."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from sim import __version__
from sim.figures.kit.sheet import Sheet

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
    png, svg = folder / f"{name}.png", folder / f"{name}.svg"
    _write_png(
        sheet,
        png,
        {
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


def _write_png(sheet: Sheet, path: Path, words: Mapping[str, str]) -> None:
    """The page is opaque, so that no fourth channel is written."""
    screen = sheet.figure.dpi
    sheet.figure.set_dpi(DOTS_PER_INCH)
    canvas = FigureCanvasAgg(sheet.figure)
    canvas.draw()
    image = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    sheet.figure.set_dpi(screen)
    information = PngInfo()
    for key, value in words.items():
        information.add_text(key, value)
    image.save(path, pnginfo=information, dpi=(DOTS_PER_INCH, DOTS_PER_INCH), compress_level=3)
