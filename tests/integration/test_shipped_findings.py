"""Every shipped what-if has an answer in words, drawn in one figure."""

from __future__ import annotations

import re

import pytest

from sim.figures.headline import draw_headline
from sim.figures.kit.style import house
from sim.io.library import data_root, names_in
from sim.io.yaml_files import read_yaml
from sim.lab.compare import compare_runs
from sim.lab.finding import finding_of
from sim.runs.store import Run, run_or_find
from sim.scenario.loading import load_scenario

pytestmark = pytest.mark.slow
LANES = 4
WHAT_IFS = {
    name: parent
    for name in names_in(data_root())
    if (parent := read_yaml(data_root() / f"{name}.yaml")[0].get("extends"))
}
SHORT = {"history": {"until": "2026-12", "report": "2016-12,2024-07,2026-12"},
         "whole-world": {"until": "2014-12", "report": "2014-12"}}  # fmt: skip


def test_the_what_ifs_are_those_that_extend_another() -> None:
    assert len(WHAT_IFS) >= 13
    assert set(WHAT_IFS.values()) == set(SHORT)


@pytest.fixture(scope="module")
def bases(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Run]:
    out = tmp_path_factory.mktemp("runs")
    return {name: run_or_find(load_scenario(name, SHORT[name]), lanes=LANES, out=out) for name in SHORT}


@pytest.mark.parametrize("name", WHAT_IFS)
def test_a_shipped_what_if_has_a_sentence_and_a_figure(name: str, bases: dict[str, Run]) -> None:
    base = bases[WHAT_IFS[name]]
    out = base.folder.parent
    run = run_or_find(load_scenario(name, SHORT[base.name]), lanes=LANES, out=out)
    finding = finding_of(compare_runs(base, [run], out=out))
    assert re.match(
        r"No visible difference|.*(would (have been|be|have taken|take) |hardly differ)", finding.sentence
    )
    codes = set(run.manifest["states"])
    assert not codes & set(re.findall(r"\b[A-Z]{3}\b", finding.sentence))
    assert set(finding.states) <= codes
    assert {effect.state for effect in finding.highlights} <= codes
    with house():
        sheet = draw_headline(run.quantiles(), base.quantiles(), base.name, finding)
    assert sheet.headline == finding.sentence
