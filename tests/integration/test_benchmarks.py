"""What ``make bench`` is made of: worlds of other sizes, the table and its history. No timing is checked."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.rows import (
    HISTORY,
    Row,
    append,
    per_unit,
    provenance,
    records,
    rows_of,
    significant,
    table,
    taken_over,
)
from benchmarks.worlds import copies, with_ties
from sim.engine.arrays import pack
from sim.engine.kernel import run_block
from sim.engine.timeline import build_timeline
from sim.scenario.lane_parameters import parameter_rows
from sim.scenario.schema import Scenario
from tests.places import ROOT

PAGE = ROOT / "docs" / "performance.md"
ABOUT = {
    "at": "2026-01-02T03:04:05+00:00",
    "python": "3.11",
    "numba": "1",
    "numpy": "2",
    "mesa": "3",
    "machine": "x",
    "cores": 2,
    "note": "",
}
ROWS = [Row("memory", "1,000 lanes", 400.0, "MiB", 1.0, "of 1,000 lanes"), Row("memory", "more", 0.5, "GiB")]


def test_the_page_lists_every_row_of_the_last_record() -> None:
    last, text = records(HISTORY)[-1], PAGE.read_text(encoding="utf-8")
    assert table(last) in text
    assert provenance(last) in text
    rows = rows_of(last)
    assert {row.group for row in rows} == {
        "engines",
        "in memory",
        "states",
        "ties",
        "months",
        "parallel",
        "start-up",
        "peak memory",
    }
    assert all(f"| {row.what} | {significant(row.value)} {row.unit}" in text for row in rows)
    assert all(row.value > 0.0 for row in rows)


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    history = tmp_path / "history.jsonl"
    history.write_text('{"at": "2025-12-31T00:00:00+00:00", "of": "an old kind"}\n', encoding="utf-8")
    append(ABOUT, ROWS, history)
    old, new = records(history)
    assert rows_of(old) == []
    assert rows_of(new) == ROWS
    assert table(new).count("\n") == 3


def test_a_figure_that_is_taken_over_keeps_its_day(tmp_path: Path) -> None:
    history, name = tmp_path / "history.jsonl", ("memory", "more")
    append(ABOUT, ROWS, history)
    (kept,) = taken_over([name, ("memory", "never measured")], history)
    assert (kept.value, kept.measured) == (0.5, "2026-01-02")
    append(ABOUT | {"at": "2026-05-05T00:00:00+00:00"}, [kept], history)
    assert taken_over([name], history) == [kept]
    assert "0.500 GiB (2026-01-02)" in table(records(history)[-1])


@given(st.floats(0.0, 10.0), st.floats(0.0, 10.0), st.integers(1, 50), st.integers(1, 50))
def test_what_two_sizes_share_does_not_count(start: float, each: float, few: int, more: int) -> None:
    sizes = (few, few + more)
    assert per_unit([start + each * size for size in sizes], sizes) == pytest.approx(each, abs=1e-9)


@pytest.mark.parametrize("number", [1, 3])
def test_copies_meet_their_own_chance_in_their_own_world(small: Scenario, number: int) -> None:
    arrays = pack(build_timeline(small))
    rows, size = parameter_rows("default", {}, {}, 1, 0, 2), len(arrays.states)
    alone, clubs, _ = run_block(arrays, rows, 1, 0)
    many, all_clubs, _ = run_block(copies(arrays, number), rows, 1, 0)
    assert many.shape[-1] == number * size
    np.testing.assert_array_equal(many[..., :size], alone)
    np.testing.assert_array_equal(all_clubs[..., :size], clubs)
    for copy in range(1, number):
        assert (many[..., copy * size : (copy + 1) * size] != alone).any()


@pytest.mark.parametrize("times", [0, 1, 2, 4])
def test_more_ties_weigh_as_much(small: Scenario, times: int) -> None:
    arrays = pack(build_timeline(small))
    changed = with_ties(arrays, times)
    assert len(changed.ties) == times * len(arrays.ties)
    for before, after in zip(arrays.states, changed.states, strict=True):
        was = arrays.ties[before["first_tie"] : before["end_tie"]]
        now = changed.ties[after["first_tie"] : after["end_tie"]]
        assert len(now) == times * len(was)
        assert now["partner"].sum() == pytest.approx(was["partner"].sum() if times else 0.0)
    lanes, *_ = run_block(changed, parameter_rows("default", {}, {}, 1, 0, 1), 1, 0)
    assert np.isfinite(lanes).all()
    if times == 1:
        plain, *_ = run_block(arrays, parameter_rows("default", {}, {}, 1, 0, 1), 1, 0)
        np.testing.assert_array_equal(lanes, plain)
