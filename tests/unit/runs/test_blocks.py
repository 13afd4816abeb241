"""Blocks: any cut gives the same lanes; what goes wrong is told; bytes and back."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import InputError
from sim.model.parameters import LEVERS, PARAMETERS
from sim.results.lane_table import LaneTable
from sim.results.tally import Tally, labelled_quantiles
from sim.runs import blocks
from sim.runs.blocks import MOST_BLOCKS, Block, Job, StoppedError, packed, simulate_block, unpacked
from sim.scenario.loading import load_scenario
from sim.scenario.schema import Scenario


@pytest.fixture(scope="module")
def job(small: Scenario) -> Job:
    return Job.of(small, 40, 3)


@pytest.fixture(scope="module")
def whole(job: Job) -> Block:
    return simulate_block(job, job.rows(range(40)), 0)


@pytest.fixture(scope="module")
def kept(small: Scenario) -> tuple[Job, Block]:
    job = Job.of(small, 5, 3, keep=True)
    return job, simulate_block(job, job.rows(range(5)), 0)


def assert_same(one: LaneTable, other: LaneTable) -> None:
    """To the bit."""
    pd.testing.assert_frame_equal(one.to_pandas(), other.to_pandas(), check_exact=True)


@given(st.integers(1, 10_000_000))
def test_blocks_cover_every_lane_once_and_are_not_many(lanes: int) -> None:
    spans = Job.spans.fget(dataclasses.make_dataclass("Lanes", ["lanes"])(lanes))
    assert spans[0].start == 0
    assert spans[-1].stop == lanes
    assert all(before.stop == after.start for before, after in itertools.pairwise(spans))
    assert len(spans) <= MOST_BLOCKS
    assert min(map(len, spans)) >= 1


def test_blocks_of_a_million_lanes_are_small_enough_to_lose() -> None:
    spans = Job.spans.fget(dataclasses.make_dataclass("Lanes", ["lanes"])(1_000_000))
    assert max(map(len, spans)) <= 2000


def test_any_cut_gives_the_same_lanes(job: Job, whole: Block) -> None:
    parts = [simulate_block(job, job.rows(span), span.start) for span in (range(17), range(17, 40))]
    assert_same(LaneTable.joined([part.outcomes for part in parts]), whole.outcomes)
    tally = Tally.empty(job.timeline)
    for part in parts:
        tally.merge(part.tally)
    assert tally.lanes == 40
    for name, counts in whole.tally.counts.items():
        np.testing.assert_array_equal(tally.counts[name], counts)
        np.testing.assert_allclose(tally.sums[name], whole.tally.sums[name], rtol=1e-12)
    np.testing.assert_array_equal(tally.members, whole.tally.members)


def test_how_many_lanes_are_in_memory_at_a_time_changes_no_bit(
    job: Job, whole: Block, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "BATCH_LANES", 7)
    again = simulate_block(job, job.rows(range(40)), 0)
    assert packed(again) == packed(whole)


def test_large_worlds_are_simulated_fewer_lanes_at_a_time(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    assert job.batch == blocks.BATCH_LANES
    monkeypatch.setattr(blocks, "BATCH_BYTES", 2**20)
    assert 1 <= job.batch < blocks.BATCH_LANES
    monkeypatch.setattr(blocks, "BATCH_BYTES", 1)
    assert job.batch == 1


def test_bytes_and_back(kept: tuple[Job, Block]) -> None:
    job, block = kept
    found = unpacked(job, packed(block))
    assert (found.first, found.lanes, found.failures) == (0, 5, ())
    assert_same(found.outcomes, block.outcomes)
    for name in block.tally.counts:
        np.testing.assert_array_equal(found.tally.counts[name], block.tally.counts[name])
        np.testing.assert_array_equal(found.tally.sums[name], block.tally.sums[name])
    np.testing.assert_array_equal(found.trajectories, block.trajectories.astype(np.float32))
    assert packed(found) == packed(block)


@pytest.mark.parametrize("content", [b"", b"PK", b"x" * 1000])
def test_what_is_no_block_is_refused(job: Job, content: bytes) -> None:
    with pytest.raises(ValueError, match="no block"):
        unpacked(job, content)


def test_a_block_of_another_run_is_refused(job: Job, kept: tuple[Job, Block], whole: Block) -> None:
    with pytest.raises(ValueError, match="no block"):
        unpacked(kept[0], packed(whole))  # it has no trajectories
    longer = Job.of(job.timeline.scenario.model_copy(update={"until": "2013-12"}), 40, 3)
    with pytest.raises(ValueError, match="reshape"):
        unpacked(longer, packed(whole))


def test_the_mean_and_spread_of_lanes(kept: tuple[Job, Block]) -> None:
    job, block = kept
    data = labelled_quantiles(job.timeline, block.tally, job.about).to_xarray()
    values = block.trajectories[:, 0]
    np.testing.assert_allclose(data["alignment_mean"], values.mean(axis=0), rtol=1e-6)
    np.testing.assert_allclose(data["alignment_sd"], values.std(axis=0, ddof=1), rtol=1e-5, atol=1e-7)
    alone = simulate_block(job, job.rows(range(1)), 0).tally
    assert np.isnan(alone.moments("alignment")[1]).all()


@pytest.mark.parametrize("parameter", ["dependence_trend", "opinion_memory", "alert_coercion", "step_size"])
def test_a_lane_that_goes_wrong_is_named_and_the_others_are_as_they_were(
    job: Job, whole: Block, parameter: str
) -> None:
    rows = job.rows(range(40)).copy()
    rows[parameter][7] = np.nan
    block = simulate_block(job, rows, 0)
    [failure] = block.failures
    assert failure.lane == 7
    assert failure.state in job.timeline.states
    assert failure.month.startswith("20")
    assert np.isnan(failure.value)
    assert {
        "dependence_trend": "dependence_after_month",
        "opinion_memory": "opinion_of_challenger_after_month",
        "alert_coercion": "alert_after_month",
        "step_size": "alignment_of",
    }[parameter] == failure.rule
    sound = np.arange(40) != 7
    assert_same(
        block.outcomes,
        LaneTable(np.flatnonzero(sound), whole.outcomes.columns, whole.outcomes.values[sound]),
    )
    assert block.tally.lanes == 39
    found = unpacked(job, packed(block))
    assert [dataclasses.replace(part, value=0.0) for part in found.failures] == [
        dataclasses.replace(failure, value=0.0)
    ]


def test_if_every_lane_goes_wrong_nothing_is_left(job: Job) -> None:
    rows = job.rows(range(40)).copy()
    rows["dependence_trend"] = np.inf
    block = unpacked(job, packed(simulate_block(job, rows, 0)))
    assert len(block.failures) == 40
    assert len(block.outcomes) == block.tally.lanes == 0


def test_no_number_that_a_scenario_may_hold_makes_a_lane_go_wrong() -> None:
    """Every parameter at either end of its range or as drawn, every lever scaled as far as a scenario may."""
    job = Job.of(load_scenario("bloc-confrontation"), 60, 1)
    chance, rows = np.random.default_rng(1), job.rows(range(60)).copy()
    for name, parameter in PARAMETERS.items():
        which = chance.integers(0, 3, len(rows))
        rows[name] = np.choose(which, [parameter.low, parameter.high, rows[name]])
        if name in LEVERS:
            rows[name] *= np.where(chance.random(len(rows)) < 0.5, 1.0, 100.0)
    assert simulate_block(job, rows, 0).failures == ()


def test_work_is_given_up_when_asked(job: Job) -> None:
    done: list[int] = []
    with pytest.raises(StoppedError):
        simulate_block(job, job.rows(range(40)), 0, done.append, lambda: bool(done))
    assert done == [blocks.BATCH_LANES]


@pytest.mark.parametrize(("lanes", "seed"), [(0, 1), (2**31 + 1, 1), (1, -1), (1, 2**63)])
def test_numbers_out_of_range_are_refused(small: Scenario, lanes: int, seed: int) -> None:
    with pytest.raises(InputError, match="allowed is"):
        Job.of(small, lanes, seed)
