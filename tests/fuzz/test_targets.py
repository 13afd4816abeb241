"""Whatever bytes come in, only the program's own error comes out: chance, mutated sound files, and what fuzzing has kept."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calibration.findings.external import load_cases
from sim.scenario.loading import load_scenario
from sim.scenario.posterior import read_posterior
from sim.scenario.record import load_extent, load_leaders, load_stimuli
from sim.scenario.targets import load_opinion, load_responses, load_trade
from sim.scenario.world import load_world
from tests.fuzz.places import sound
from tests.fuzz.run import CORPUS, LARGEST_KEPT
from tests.fuzz.targets import TARGETS

KEPT = sorted(CORPUS.glob("*/*"))


def test_the_files_that_mutations_start_from_are_sound() -> None:
    folder = sound()
    world = load_world(folder / "world.yaml")
    assert len(load_scenario(folder / "scenario.yaml").edits) == 5
    assert len(load_stimuli(folder / "record", world)) == 4
    assert len(load_leaders(folder / "record", world)) == 2
    assert load_extent(folder / "record") is not None
    record = folder / "record"
    tables = (load_responses(record), load_opinion(record), load_trade(record))
    assert [len(table) for table in tables] == [2, 2, 2]
    assert len(load_cases(folder / "external" / "coercion_cases.csv")) == 1
    assert len(read_posterior(folder / "posterior").tables["main"]) == 3


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=20)
@given(chance=st.randoms(use_true_random=False), times=st.integers(1, 3))
def test_a_spoilt_file_is_read_or_refused(name: str, chance: Random, times: int) -> None:
    target = TARGETS[name]
    data = target.seed()
    for _ in range(times):
        data = target.mutate(data, chance)
    target.run(data)


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=15)
@given(data=st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode()))
def test_any_bytes_are_read_or_refused(name: str, data: bytes) -> None:
    TARGETS[name].run(data)


@pytest.mark.parametrize("path", KEPT, ids=lambda path: f"{path.parent.name}/{path.name[:12]}")
def test_what_fuzzing_has_kept_is_read_or_refused(path: Path) -> None:
    TARGETS[path.parent.name].run(path.read_bytes())


def test_what_is_kept_is_small_and_belongs_to_a_target() -> None:
    assert {path.parent.name for path in KEPT} <= set(TARGETS)
    assert all(path.stat().st_size <= LARGEST_KEPT for path in KEPT)
    assert sum(path.stat().st_size for path in KEPT) < 1_000_000
