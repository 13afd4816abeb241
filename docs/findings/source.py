"""What the page is made from: the shipped posterior, the tables beside it, and the record."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from calibration.evidence.observed import Observed, observe
from calibration.hypotheses.rivals import REFERENCE
from sim.io.library import posterior_root
from sim.scenario.posterior import Posterior, read_posterior

DRAWS = 400
"""Draws of the posterior that the slower parts of the page use, evenly spaced."""
SPLITS = {"left_out": "each state left out", "forward": "fit to 2019-12, forecast 2020-01 to 2024-07"}
"""Held-out designs, and what the page calls them."""
NOT_YET = "Not computed yet: `wedge calibrate {}` writes `{}.csv`."
"""Stands where a table is missing."""
RIVALS_COMMAND, CHECK_COMMAND = "--rival all", "--check"


@dataclass(frozen=True)
class Evidence:
    """Everything that the page is made from."""

    posterior: Posterior
    observed: Observed
    folder: Path

    @cached_property
    def draws(self) -> pd.DataFrame:
        """Draws of the explanation that the page is about: the core alone, so that no assumption speaks for the record."""
        return pd.DataFrame(dict(self.posterior.tables[REFERENCE]))

    @cached_property
    def few(self) -> pd.DataFrame:
        """Some of them."""
        places = np.linspace(0, len(self.draws) - 1, min(DRAWS, len(self.draws))).round().astype(int)
        return self.draws.iloc[places].reset_index(drop=True)

    def read(self, name: str) -> pd.DataFrame | None:
        """A table that the comparison or the checks left behind, or none."""
        path = self.folder / f"{name}.csv"
        return pd.read_csv(path) if path.exists() else None

    def name(self, code: str) -> str:
        """A state's name."""
        return self.observed.world.state(code).name


def load(folder: Path | None = None) -> Evidence:
    """The shipped posterior, or another one, with the record."""
    place = posterior_root() if folder is None else folder
    return Evidence(read_posterior(place), observe(), place)
