"""Every scenario that ships runs with its figures, and so does one whose edits leave nothing of the record."""

from pathlib import Path

import pytest

from sim.cli.run import draw
from sim.engine.timeline import build_timeline
from sim.months import month_number, month_text
from sim.runs.folder import figures_intact
from sim.runs.store import Run, run_or_find
from sim.scenario.chain import library
from sim.scenario.loading import load_case

NAMES = [path.stem for path in library()]
DRAWN = {(case.scenario.world, case.scenario.record): case.scenario.name for case in map(load_case, NAMES)}
"""One scenario of each world and record: their figures have the same panels."""
NOTHING_LEFT = """\
title: Nothing was done
question: What if nothing had been done to anyone?
extends: history
branch: 2010-01
until: 2010-12
report: [2010-12]
edits:
"""


def short_run(name: str | Path, out: Path) -> Run:
    """Two lanes of a scenario up to a year after its branch."""
    end = month_text(month_number(load_case(name).scenario.branch) + 11)
    return run_or_find(load_case(name, {"until": end}), lanes=2, out=out)


def drawn(run: Run) -> set[str]:
    files = {path.name for path in draw(run)}
    assert figures_intact(run.folder)
    return files


@pytest.mark.parametrize("name", NAMES)
def test_what_the_figures_of_a_shipped_scenario_need_is_stored(name: str, tmp_path: Path) -> None:
    run = short_run(name, tmp_path)
    case = load_case(run.folder / "scenario.yaml")
    assert run.events() == build_timeline(case).events
    assert run.quantiles().sizes["state"] == len(case.world.states)
    assert len(run.outcomes()) == 2


@pytest.mark.parametrize("name", DRAWN.values())
def test_a_shipped_scenario_is_drawn(name: str, tmp_path: Path) -> None:
    assert {"alignment.png", "alignment.svg"} <= drawn(short_run(name, tmp_path))


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted({*NAMES} - {*DRAWN.values()}))
def test_every_other_shipped_scenario_is_drawn(name: str, tmp_path: Path) -> None:
    assert {"alignment.png", "alignment.svg"} <= drawn(short_run(name, tmp_path))


def test_a_scenario_that_drops_every_row_is_drawn(tmp_path: Path) -> None:
    path = tmp_path / "nothing-left.yaml"
    senders = {row.sender for row in load_case("history").record.stimuli}
    drops = "".join(f"- drop: {{sender: {sender}}}\n" for sender in sorted(senders))
    path.write_text(NOTHING_LEFT + drops, encoding="utf-8")
    run = short_run(path, tmp_path)
    assert run.events() == ()
    assert "alignment.png" in drawn(run)
