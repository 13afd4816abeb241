"""The measured scale as files: homes for the world, findings for the pages."""

from __future__ import annotations

from pathlib import Path

from calibration.measurement.indicators import LAST_YEAR_BEFORE, TABLES, observed
from calibration.measurement.scale import Scale, measured
from sim.io.library import data_root


def homes(folder: Path = TABLES) -> Scale:
    """The scale by what was observed to the end of 2009, and nothing later: homes and parameters alike."""
    return measured(observed(last=LAST_YEAR_BEFORE, folder=folder), "homes")


def homes_text(scale: Scale) -> str:
    """Homes with their errors as a table."""
    rows = [f"{state},{mean:.4f},{error:.4f}" for state, (mean, error) in scale.home().items()]
    return "\n".join(["state,home,error", *rows]) + "\n"


def main() -> None:
    """Measure and write."""
    path = data_root() / "worlds" / "sources" / "indo_pacific" / "homes.csv"
    path.write_text(homes_text(homes()), encoding="utf-8", newline="\n")
    print(path)
