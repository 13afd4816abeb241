"""What every suite shares: hypothesis without a clock, a small scenario, and commands run in this process."""

from pathlib import Path

import pytest
from hypothesis import settings
from typer.testing import CliRunner

from sim.cli import app
from sim.scenario.schema import Parameters, Scenario
from tests.integration.cli.answers import Wedge

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


@pytest.fixture
def wedge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wedge:
    """``wedge("run", "history")`` in an empty folder, in this process, with stdout and stderr apart."""
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    return lambda *words: runner.invoke(app, [str(word) for word in words], prog_name="wedge")
