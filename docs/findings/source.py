"""What the page is made from: the shipped posterior, the tables beside it, and the record."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from calibration.comparison.explanations import FORWARD as FORWARD_UNTIL
from calibration.evidence.observed import Observed, observe
from calibration.findings.half_years import half_year_errors
from calibration.hypotheses.rivals import MAIN, REFERENCE
from calibration.store import FORWARD
from docs.findings.words import listed
from sim.io.library import posterior_root
from sim.scenario.posterior import Posterior, read_posterior

DRAWS = 400
"""Draws of the posterior that the slower parts of the page use, evenly spaced."""
HALF_YEAR_DRAWS = 200
"""Draws of each explanation for errors over half-years."""
SPLITS = {"left_out": "each state left out", "forward": "fit to 2019-12, forecast 2020-01 to 2024-07"}
"""Held-out designs, and what the page calls them."""
NOT_YET = "Not computed yet: `wedge calibrate {}` writes `{}.csv`."
"""Stands where a table is missing."""
EARLIER = "Not computed yet: the posterior is of an earlier form, without {}; `make posterior` fits it again."
"""Stands where the posterior lacks parameters."""
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
    def main(self) -> pd.DataFrame | None:
        """Draws of the explanation that simulations draw from, if the posterior holds it."""
        table = self.posterior.tables.get(MAIN)
        return None if table is None else pd.DataFrame(dict(table))

    @cached_property
    def half_years(self) -> pd.DataFrame:
        """Errors over half-years of the differences between explanations; empty if the posterior lacks what they need."""
        splits = {"left_out": ("", None), "forward": (FORWARD, self.observed.cell_of(FORWARD_UNTIL))}
        return half_year_errors(self.posterior.tables, self.observed, splits, HALF_YEAR_DRAWS)

    def lacking(self, names: Iterable[str]) -> str:
        """A sentence that stands where the posterior does not hold what a section needs; nothing if it does."""
        missing = [f"`{name}`" for name in names if name not in self.draws]
        return EARLIER.format(listed(missing)) if missing else ""

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
