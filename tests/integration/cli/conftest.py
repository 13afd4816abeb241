"""Commands run in a folder of their own, in this process, with stdout and stderr apart."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from sim.cli import app
from tests.integration.cli.answers import Wedge


@pytest.fixture
def wedge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Wedge:
    """``wedge("run", "history")`` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()
    return lambda *words: runner.invoke(app, [str(word) for word in words], prog_name="wedge")
