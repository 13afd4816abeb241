"""Making a calibration the one that comes with Wedge: whole, or not at all."""

from pathlib import Path

import pandas as pd
import pytest

from calibration.hypotheses.rivals import MAIN, RIVALS
from calibration.ship import CHECKS, TABLES, ship
from calibration.store import FORWARD
from sim.errors import InputError, StoreError
from sim.runs.folder import publish
from sim.scenario.posterior import UNFITTED, read_posterior, write_posterior

DRAWS = pd.DataFrame({"alert_coercion": [1.0, 2.0], "survey_error": [0.1, 0.2]})


def calibration(folder: Path, names: tuple[str, ...]) -> Path:
    def write(place: Path) -> None:
        write_posterior(place / "posterior", dict.fromkeys(names, DRAWS), {"main": names[0]})
        for table in TABLES:
            (place / f"{table}.csv").write_text("a\n1\n", "utf-8")

    publish(folder, {"kind": "calibration"}, write)
    return folder


def checked(folder: Path) -> Path:
    (folder / CHECKS).mkdir()
    (folder / CHECKS / f"{CHECKS}.csv").write_text("check,verdict,line\n", "utf-8")
    return folder


EVERY = (*RIVALS, *(f"{name}{FORWARD}" for name in RIVALS))


def test_draws_and_tables_arrive_and_replace_what_was_there(tmp_path: Path) -> None:
    made = checked(calibration(tmp_path / "made", EVERY))
    place = tmp_path / "posterior"
    place.mkdir()
    (place / "older.csv").write_text("gone", "utf-8")
    assert ship(made, place) == place
    before, after = read_posterior(made / "posterior"), read_posterior(place)
    assert set(after.tables) == {*before.tables, UNFITTED}
    assert (after.main, after.about) == (before.main, before.about)
    for name, table in before.tables.items():
        for parameter, draws in table.items():
            assert draws.tolist() == after.tables[name][parameter].tolist()
    assert len(after.tables[UNFITTED]["alert_coercion"]) > 100
    found = {path.stem for path in place.glob("*.csv")}
    assert found == {*TABLES, CHECKS}


@pytest.mark.parametrize(
    ("names", "with_checks", "words"),
    [
        (EVERY[:-1], True, f"holds no fit of {EVERY[-1]}"),
        ((*EVERY[1:], MAIN), True, f"is a calibration of {EVERY[1]} first"),
        (EVERY, False, "missing; run 'wedge calibrate --rival all --check'"),
    ],
    ids=["a fit is missing", "another comes first", "not checked"],
)
def test_what_is_not_whole_is_refused_and_changes_nothing(
    tmp_path: Path, names: tuple[str, ...], with_checks: bool, words: str
) -> None:
    made = calibration(tmp_path / "made", names)
    if with_checks:
        checked(made)
    with pytest.raises(InputError, match=words):
        ship(made, tmp_path / "posterior")
    assert not (tmp_path / "posterior").exists()


def test_a_damaged_one_is_refused(tmp_path: Path) -> None:
    made = checked(calibration(tmp_path / "made", EVERY))
    (made / "summary.csv").write_text("a\n2\n", "utf-8")
    with pytest.raises(StoreError, match="damaged"):
        ship(made, tmp_path / "posterior")
