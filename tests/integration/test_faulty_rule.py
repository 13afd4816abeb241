"""A rule that goes wrong is told by the commands, and both engines show the same."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from tests.places import ROOT


@pytest.mark.slow
def test_a_faulty_rule_is_seen_again_by_the_command_that_is_told(tmp_path: Path) -> None:
    """A copy of the package in which one rule gives an impossible number now and then: both engines show it."""
    for package in ("sim", "scenarios", "calibration"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    path = tmp_path / "sim" / "model" / "rules.py"
    faulty = path.read_text(encoding="utf-8").replace(
        "    odds = dependence / (1.0 - dependence)\n",
        "    if dependence > 0.97:\n        return 7.0\n    odds = dependence / (1.0 - dependence)\n",
    )
    path.write_text(faulty, encoding="utf-8")

    def wedge(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from sim.cli import main; main()", *words],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )

    until = ("--set", "until=2023-12")
    result = wedge("run", "history", *until, "--runs", "60", "--levers", "0", "--json", "--no-figures")
    assert result.returncode == 3, result.stderr
    told = json.loads(result.stdout)
    assert 0 < told["failed"] < 60
    table = pd.read_csv(tmp_path / told["run"] / "failures.csv")
    first = table.iloc[0]
    assert (first["rule"], first["value"]) == ("dependence_after_month", 7.0)
    name, *words = shlex.split(first["command"])
    assert name == "wedge"
    story = wedge(*words, "--state", first["state"], "--to", first["month"])
    assert story.returncode == 0, story.stderr
    assert "export dependence" in story.stdout
    assert "to +7.00" in story.stdout
