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
import gc, json, os, sys

opened = []
sys.addaudithook(lambda event, given: opened.append(str(given[0])) if event == "open" else None)
sys.argv = ["wedge", *sys.argv[1:], "--json"]
from sim.cli import main
try:
    main()
except SystemExit as left:
    code = left.code
print(json.dumps({"code": code, "opened": opened, "frozen": gc.get_freeze_count(), "loaded": [name for name in sys.modules if "." not in name]}))
"""


def traced(*words: str) -> dict:
    """What a command loaded and opened."""
    result = subprocess.run(
        [sys.executable, "-c", CODE, *words], capture_output=True, text=True, cwd=ROOT, check=True
    )
    found = json.loads(result.stdout.splitlines()[-1])
    assert not found["code"], result.stderr
    return found


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> dict:
    words = ("--lanes", "1", "--no-figures", "--levers", "0", "--set", "until=2012-12")
    return traced("run", "history", *words, "--out", str(tmp_path_factory.mktemp("runs")))


def test_a_run_loads_nothing_that_only_figures_clusters_or_tables_in_python_need(run: dict) -> None:
    assert not {"dask", "distributed", "matplotlib", "mesa", "pandas", "xarray"} & {*run["loaded"]}


def test_a_check_loads_nothing_that_only_simulating_needs() -> None:
    heavy = {"h5netcdf", "h5py", "matplotlib", "mesa", "numba", "pandas", "pyarrow", "scipy", "xarray"}
    assert not heavy & {*traced("check", "history")["loaded"]}


def test_a_command_does_not_look_for_garbage_in_what_it_loaded_when_it_ends(run: dict) -> None:
    assert run["frozen"] > 10_000


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
