"""Stored calibrations that say something odd, every checksum right: refused in one line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from calibration.store import KIND, NUMBERS, Calibration, _opened
from sim.errors import WedgeError
from sim.runs.folder import publish
from tests.fuzz.conftest import refusal

COLUMNS = ("rival,parameter", "block,unit", *NUMBERS[:7], "learned", *NUMBERS[7:])
HEADER = ",".join(COLUMNS)
ROW = "full,step_rate,steps,a year," + "0.5," * 7 + "learned,1.0,0.1"
TABLES = {
    "empty": "",
    "no row names": "a,b\n1,2\n",
    "a column missing": HEADER.removesuffix(",error") + "\n" + ROW.removesuffix(",0.1") + "\n",
    "text for a number": f"{HEADER}\n{ROW.replace('0.5', 'half', 1)}\n",
    "a unit that is obeyed": f"{HEADER}\n{ROW.replace('a year', chr(27) + '[2J')}\n",
    "a unit that turns round": f"{HEADER}\n{ROW.replace('a year', chr(0x202E))}\n",
    "too many fields": f"{HEADER}\n{ROW}\n{ROW},1,2,3\n",
    "an open quote": f'{HEADER}\n"{ROW}\n',
}


def calibration(folder: Path, table: str) -> Calibration:
    (folder / "parameters.csv").write_text(table, encoding="utf-8")
    return Calibration(folder, {}, found=True)


def test_a_sound_table_of_parameters_is_read(place: Path) -> None:
    table = calibration(place, f"{HEADER}\n{ROW}\n").parameters()
    assert table.loc[("full", "step_rate"), "unit"] == "a year"


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_another_table_is_refused(place: Path, table: str) -> None:
    with pytest.raises(WedgeError) as caught:
        calibration(place, table).parameters()
    assert "parameters.csv" in refusal(caught)


def test_a_table_that_is_a_link_out_of_the_folder_is_refused(place: Path) -> None:
    (place / "parameters.csv").symlink_to("/etc/passwd")
    with pytest.raises(WedgeError, match=r"parameters\.csv"):
        Calibration(place, {}, found=True).parameters()


def test_draws_are_those_of_the_checked_posterior(place: Path) -> None:
    stored = Calibration(place, {}, found=True)
    draws = stored.draws("main")
    assert draws is not None
    assert len(draws) == 3
    assert stored.draws("../main") is None
    (place / "posterior" / "main.parquet").write_bytes(b"")
    with pytest.raises(WedgeError, match=r"main\.parquet"):
        stored.draws("main")


MANIFESTS: dict[str, Callable[[dict[str, Any]], object]] = {
    "another kind": lambda told: told.update(kind="run"),
    "no identity": lambda told: told.pop("identity"),
    "no fits": lambda told: told.pop("fits"),
    "fits that are empty": lambda told: told.update(fits={}),
    "fits that are a list": lambda told: told.update(fits=[]),
    "no parameters": lambda told: told.update(fits={"full": {"trade": {"parameters": {}}}}),
    "a draw that is text": lambda told: told.update(draws="2"),
    "a scale reduction that is text": lambda told: told.update(
        fits={"full": {"trade": {"parameters": {"x": {"scale_reduction": "1"}}}}}
    ),
    "no rivals": lambda told: told.update(rivals=[]),
    "an unknown rival": lambda told: told.update(rivals=["magic"]),
    "rivals that are lists": lambda told: told.update(rivals=[[]]),
    "no worst": lambda told: told.pop("worst"),
    "a scenario that is obeyed": lambda told: told.update(scenario="\x9b2J"),
    "a seed that is nothing": lambda told: told.update(seed=None),
}


@pytest.mark.parametrize("change", MANIFESTS.values(), ids=MANIFESTS.keys())
def test_a_sealed_manifest_that_says_something_odd_is_refused(
    tmp_path: Path, change: Callable[..., object]
) -> None:
    fits = {"full": {"trade": {"parameters": {"x": {"scale_reduction": 1.0}}}}}
    told = {
        "kind": KIND,
        "identity": "x",
        "rivals": ["full"],
        "scenario": "s",
        "evidence": "e",
        "code": "c",
        "fits": fits,
    }
    told |= {"seed": 1, "draws": 2, "worst": 1.0}
    plan: Any = SimpleNamespace(folder=tmp_path / "one", identity="x")
    publish(plan.folder, dict(told), lambda aside: None)
    assert _opened(plan, found=True).agreed
    change(told)
    plan.folder = tmp_path / "two"
    publish(plan.folder, dict(told), lambda aside: None)
    with pytest.raises(WedgeError) as caught:
        _opened(plan, found=True)
    refusal(caught)
