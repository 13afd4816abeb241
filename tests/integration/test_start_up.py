"""A run loads and reads what it needs, once, and nothing that it does not need."""

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from sim.io.library import posterior_root
from sim.scenario.posterior import open_posterior
from tests.places import ROOT

MAIN = open_posterior(posterior_root()).main
CODE = """
import json, os, sys

opened = []
sys.addaudithook(lambda event, given: opened.append(str(given[0])) if event == "open" else None)
sys.argv = ["wedge", "run", "history", "--runs", "1", "--no-figures", "--levers", "0", "--set", "until=2012-12",
            "--out", sys.argv[1], "--json"]
from sim.cli import main
try:
    main()
except SystemExit as left:
    code = left.code
heavy = ["dask", "distributed", "matplotlib", "xarray", "mesa"]
print(json.dumps({"code": code, "opened": opened, "heavy": [name for name in heavy if name in sys.modules]}))
"""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> dict:
    out = tmp_path_factory.mktemp("runs")
    result = subprocess.run(
        [sys.executable, "-c", CODE, str(out)], capture_output=True, text=True, cwd=ROOT, check=True
    )
    return json.loads(result.stdout.splitlines()[-1])


def test_a_run_loads_nothing_that_only_figures_clusters_or_datasets_need(run: dict) -> None:
    assert not run["code"]
    assert run["heavy"] == []


def test_what_a_scenario_refers_to_is_opened_once(run: dict) -> None:
    opened = Counter(
        Path(name).resolve().relative_to(ROOT).as_posix()
        for name in run["opened"]
        if Path(name).resolve().is_relative_to(ROOT)
    )
    record = "scenarios/records/indo_pacific"
    for name in (
        "scenarios/history.yaml",
        "scenarios/worlds/indo_pacific.yaml",
        *(f"{record}/{table}.csv" for table in ("stimuli", "leaders", "extent")),
        "calibration/posterior/manifest.json",
        f"calibration/posterior/{MAIN}.parquet",
    ):
        assert opened[name] == 1, (name, opened[name])
    tables = [
        name for name in opened if name.startswith("calibration/posterior/") and name.endswith(".parquet")
    ]
    assert len(tables) == 1
