"""A free-running simulation reads no target: what states did may change or be missing, and nothing moves."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from sim.runs.ensemble import simulate
from sim.scenario.case import resolve
from sim.scenario.schema import Scenario
from sim.scenario.targets import TABLES
from tests.places import ROOT

RECORD = ROOT / "scenarios" / "records" / "indo_pacific"


def reversed_rows(path: Path) -> None:
    """The rows in another order and half of them gone: still a table, and another one."""
    header, *rows = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([header, *rows[::-2]]) + "\n", encoding="utf-8")


@pytest.fixture(scope="module")
def numbers(small: Scenario) -> tuple[str, str]:
    """Hash and digest with the record as it ships."""
    return resolve(small).hash, simulate(small, lanes=4, seed=3).digest


@pytest.mark.parametrize(
    "spoil",
    [Path.unlink, reversed_rows, lambda path: path.write_text("no table", encoding="utf-8")],
    ids=["missing", "changed", "unreadable"],
)
def test_targets_move_no_simulation(
    small: Scenario, numbers: tuple[str, str], tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    folder = Path(shutil.copytree(RECORD, tmp_path / "record"))
    for name in TABLES:
        spoil(folder / name)
    copied = small.model_copy(update={"record": str(folder)})
    assert (resolve(copied).hash, simulate(copied, lanes=4, seed=3).digest) == numbers


def test_a_recorded_run_reads_them(small: Scenario, tmp_path: Path) -> None:
    """The same change is seen by a scenario that asks for what states did."""
    recorded = small.model_copy(update={"responses": "recorded"})
    folder = Path(shutil.copytree(RECORD, tmp_path / "record"))
    reversed_rows(folder / "responses.csv")
    copied = recorded.model_copy(update={"record": str(folder)})
    assert len({resolve(case).hash for case in (small, recorded, copied)}) == 3


def test_a_stimulus_moves_both(small: Scenario, numbers: tuple[str, str], tmp_path: Path) -> None:
    """The comparison above can fail: tables that a simulation does read change hash and digest."""
    folder = Path(shutil.copytree(RECORD, tmp_path / "record"))
    table = pd.read_csv(folder / "stimuli.csv", dtype=str, keep_default_na=False)
    unneeded = ~table["id"].isin(table["presupposes"])
    table[~unneeded | (table.index % 2 == 0)].to_csv(folder / "stimuli.csv", index=False)
    copied = small.model_copy(update={"record": str(folder)})
    assert resolve(copied).hash != numbers[0]
    assert simulate(copied, lanes=4, seed=3).digest != numbers[1]
