"""Make a calibration the one that comes with Wedge: ``python -m calibration.ship outputs/calibrate-all-...``."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pandas as pd

from calibration.findings.effects import prior_draws
from calibration.hypotheses.rivals import MAIN, RIVALS
from calibration.store import FORWARD
from sim.errors import InputError, WedgeError
from sim.io.library import posterior_root
from sim.io.staging import staged
from sim.runs.folder import verify
from sim.scenario.posterior import UNFITTED, read_posterior, write_posterior

TABLES = ("heldout", "summary", "levers", "placebos", "forms", "weights", "parameters")
"""What a comparison of all explanations leaves beside its posterior."""
CHECKS = "checks"


def ship(folder: Path, place: Path | None = None) -> Path:
    """Copy the posterior of a checked comparison, and its tables, to where a simulation finds them.

    Draws from the priors join it (`sim.scenario.posterior.UNFITTED`), so that an answer can be held against what was believed
    before.

    Parameters
    ----------
    folder : Path
        What ``wedge calibrate --rival all --check`` wrote.
    place : Path, optional
        Where to; `sim.io.library.posterior_root` if omitted. What is there is replaced.

    Returns
    -------
    Path
        The place.

    Raises
    ------
    InputError
        If an explanation, its forward fit or a table is missing, or the folder is damaged.
    """
    place = place or posterior_root()
    verify(folder)
    found = read_posterior(folder / "posterior")
    for name in (*RIVALS, *(f"{name}{FORWARD}" for name in RIVALS)):
        if name not in found.tables:
            raise InputError(f"holds no fit of {name}; ship what 'wedge calibrate --rival all' wrote", folder)
    if found.main != MAIN:
        raise InputError(
            f"is a calibration of {found.main} first; {MAIN} is what simulations draw from", folder
        )
    tables = [folder / f"{name}.csv" for name in TABLES]
    checked = folder / CHECKS / f"{CHECKS}.csv"
    for path in (*tables, checked):
        if not path.is_file():
            raise InputError("missing; run 'wedge calibrate --rival all --check'", path)
    draws = {name: pd.DataFrame(dict(found.tables[name])) for name in found.tables} | {
        UNFITTED: prior_draws()
    }
    weights = dict.fromkeys(draws, 0.0) | dict(found.weights) if found.weights else None
    with staged(place) as staging:
        write_posterior(staging, draws, {**found.about, "main": found.main, "weights": weights})
        for path in (*tables, checked):
            shutil.copy(path, staging / path.name)
    return place


if __name__ == "__main__":
    try:
        print(ship(Path(sys.argv[1])))
    except (WedgeError, IndexError) as error:
        sys.exit(f"error: {error}" if isinstance(error, WedgeError) else __doc__)
