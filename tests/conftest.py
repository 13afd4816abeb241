"""What every suite shares: hypothesis without a clock, and a scenario small enough to run in a moment."""

import pytest
from hypothesis import settings

from sim.scenario.schema import Parameters, Scenario

settings.register_profile("wedge", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("wedge")


@pytest.fixture(scope="session")
def small() -> Scenario:
    """Three years of the documented record."""
    return Scenario(
        name="small",
        title="Three years",
        question="Does everything run?",
        basis="made for tests",
        world="indo_pacific",
        record="indo_pacific",
        record_until="2011-12",
        branch="2012-01",
        until="2012-12",
        report=("2011-12", "2012-12"),
        parameters=Parameters(source="default"),
    )
