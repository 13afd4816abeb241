"""The made-up run that the figures are tried on."""

from __future__ import annotations

import pandas as pd
import pytest
import xarray as xr

from sim.scenario.record import Stimulus
from tests.unit.figures.made_up import make_events, make_outcomes, make_quantiles


@pytest.fixture(scope="session")
def quantiles() -> xr.Dataset:
    return make_quantiles()


@pytest.fixture(scope="session")
def outcomes(quantiles: xr.Dataset) -> pd.DataFrame:
    return make_outcomes(quantiles)


@pytest.fixture(scope="session")
def events(quantiles: xr.Dataset) -> tuple[Stimulus, ...]:
    return make_events(quantiles)
