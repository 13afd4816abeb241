"""Summaries that can be merged: quantiles read off a grid against exact ones, and shares of membership."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from sim.engine.arrays import TRAJECTORIES
from sim.engine.timeline import Plan, Timeline
from sim.model.channels import CHANNELS
from sim.model.strategies import coefficients
from sim.months import month_number
from sim.results import tally as tallies
from sim.results.tally import BINS, QUANTILES, RANGES, Tally
from sim.scenario.case import Case
from sim.scenario.record import EMPTY_RECORD
from sim.types import Floats
from tests.small_world import CODES, START, club, make_scenario, make_world

MONTHS = 2
CLUBS = (club("treaty", weight=3), club("bank", "challenger"))
ABOUT = {"title": "A title", "seed": "1"}


@functools.cache
def timeline() -> Timeline:
    """Two months of a world in which nothing happens."""
    months = np.arange(MONTHS) + month_number(START)
    quiet = np.zeros((len(CHANNELS), MONTHS, len(CODES)))
    everyone = np.ones(len(CODES), dtype=bool)
    plans = {
        side: Plan(MONTHS, coefficients(side, "documented_habit"), everyone) for side in ("hub", "challenger")
    }
    world = make_world(clubs=CLUBS)
    case = Case(make_scenario(), world, EMPTY_RECORD, None, None)
    return Timeline(
        case, world, months, CODES, quiet, (), np.zeros(MONTHS, dtype=np.int64), np.zeros(MONTHS), (), plans
    )


def labelled_quantiles(*arguments: Any) -> xr.Dataset:
    return tallies.labelled_quantiles(*arguments).to_xarray()


def labelled_trajectories(*arguments: Any) -> xr.Dataset:
    return tallies.labelled_trajectories(*arguments).to_xarray()


def lanes_of(values: Floats, name: str = "alignment") -> Floats:
    """Trajectories in which one variable of the first state in the first month has these values, a lane each."""
    table = np.zeros((len(values), len(TRAJECTORIES), MONTHS, len(CODES)))
    table[:, TRAJECTORIES.index("steps_hub" if name == "steps" else name), 0, 0] = values
    return table


def nobody(lanes: int) -> NDArray[np.int64]:
    return np.zeros((lanes, MONTHS, len(CODES)), dtype=np.int64)


def tally_of(*blocks: Floats) -> Tally:
    tally = Tally.empty(timeline())
    for block in blocks:
        tally.add(block, nobody(len(block)))
    return tally


def quantiles_of(values: Floats, name: str = "alignment") -> Floats:
    data = labelled_quantiles(timeline(), tally_of(lanes_of(values, name)), ABOUT)
    return data[name].isel(month=0, state=0).values.astype(float)


@pytest.mark.parametrize("name", RANGES)
@settings(max_examples=25)
@given(data=st.data())
def test_quantiles_are_within_one_bin_of_exact_ones(name: str, data: st.DataObject) -> None:
    low, high, *_ = RANGES[name]
    values = data.draw(arrays(float, st.integers(1, 200), elements=st.floats(low, high)))
    values = np.trunc(values) if name == "steps" else values
    width = (high - low) / BINS
    exact = np.quantile(values, QUANTILES, method="inverted_cdf")
    found = quantiles_of(values, name)
    assert (np.abs(found - exact) <= width * (1 + 1e-6) + 1e-6).all()
    assert (np.diff(found) >= 0).all()


def test_quantiles_of_a_smooth_spread_are_numpys() -> None:
    values = np.tanh(np.random.default_rng(1).normal(0.2, 0.5, 20_000))
    np.testing.assert_allclose(quantiles_of(values), np.quantile(values, QUANTILES), atol=2.0 / BINS / 2)


def test_values_outside_the_grid_count_at_its_ends() -> None:
    assert quantiles_of(np.full(9, 55.0), "alert") == pytest.approx(8.0, abs=12.0 / BINS)
    assert quantiles_of(np.full(9, -1.0)) == pytest.approx(-1.0, abs=2.0 / BINS)
    assert quantiles_of(np.full(9, 1.0)) == pytest.approx(1.0, abs=2.0 / BINS)
    assert quantiles_of(np.full(9, -1.0 - 1e-12)) == pytest.approx(-1.0, abs=2.0 / BINS)


def test_steps_add_up_month_by_month_and_their_quantiles_are_whole() -> None:
    block = np.zeros((20, len(TRAJECTORIES), MONTHS, len(CODES)))
    block[:, TRAJECTORIES.index("steps_hub"), :, 0] = np.arange(20)[:, None] // 10 + 1
    block[:, TRAJECTORIES.index("steps_challenger"), 1, 0] = 5
    data = labelled_quantiles(timeline(), tally_of(block), ABOUT)["steps"].isel(state=0)
    assert MONTHS == 2
    np.testing.assert_array_equal(data.isel(month=0), [1, 1, 1, 2, 2])
    np.testing.assert_array_equal(data.isel(month=1), [-3, -3, -3, -1, -1])


def test_each_month_and_state_is_counted_by_itself() -> None:
    block = np.zeros((10, len(TRAJECTORIES), MONTHS, len(CODES)))
    block[:, TRAJECTORIES.index("opinion_hub")] = np.linspace(-0.9, 0.9, MONTHS * len(CODES)).reshape(
        MONTHS, -1
    )
    data = labelled_quantiles(timeline(), tally_of(block), ABOUT)
    found = data["opinion_hub"].sel(quantile=0.5).values
    np.testing.assert_allclose(found, block[0, TRAJECTORIES.index("opinion_hub")], atol=2.0 / BINS)


@settings(max_examples=25)
@given(
    arrays(float, st.integers(2, 60), elements=st.floats(-1.0, 1.0)),
    st.lists(st.integers(1, 59), max_size=3),
    st.randoms(use_true_random=False),
)
def test_blocks_can_be_cut_and_counted_in_any_order(values: Floats, cuts: list[int], chance: object) -> None:
    whole = lanes_of(values)
    parts = [
        part for part in np.split(whole, sorted({cut for cut in cuts if cut < len(values)})) if len(part)
    ]
    shuffled = list(parts)
    chance.shuffle(shuffled)
    one, other = tally_of(whole), tally_of(*shuffled)
    assert one.lanes == other.lanes == len(values)
    for name in RANGES:
        np.testing.assert_array_equal(one.counts[name], other.counts[name])
    assert labelled_quantiles(timeline(), one, ABOUT).identical(labelled_quantiles(timeline(), other, ABOUT))


@settings(max_examples=25)
@given(arrays(bool, st.tuples(st.integers(1, 9), st.just(2), st.just(MONTHS), st.just(len(CODES)))))
def test_shares_of_membership_are_exact(belongs: NDArray[np.bool_]) -> None:
    """Axes: lane, institution, month, state."""
    members = belongs[:, 0].astype(np.int64) + 2 * belongs[:, 1]
    tally = Tally.empty(timeline())
    for lane in members:
        tally.add(np.zeros((1, len(TRAJECTORIES), MONTHS, len(CODES))), lane[None])
    share = labelled_quantiles(timeline(), tally, ABOUT)["membership"]
    assert share.dims == ("institution", "month", "state")
    np.testing.assert_array_equal(share.values, belongs.mean(axis=0).astype(np.float32))


def test_the_highest_institution_bit_counts() -> None:
    many = [club(f"club_{number}") for number in range(63)]
    whole = timeline()
    crowded = replace(whole, world=make_world(clubs=many))
    tally = Tally.empty(crowded)
    tally.add(lanes_of(np.zeros(1)), np.full((1, MONTHS, len(CODES)), 1 << 62))
    assert tally.members[62].sum() == MONTHS * len(CODES)
    assert tally.members[:62].sum() == 0


def test_a_run_of_no_lanes_has_no_members() -> None:
    data = labelled_quantiles(timeline(), Tally.empty(timeline()), ABOUT)
    assert (data["membership"] == 0).all()


def test_labels_units_and_resolution() -> None:
    data = labelled_quantiles(timeline(), tally_of(lanes_of(np.zeros(3))), ABOUT)
    moments = {f"{name}_{moment}" for name in RANGES for moment in ("mean", "sd")}
    assert set(data.data_vars) == {*RANGES, *moments, "membership"}
    assert data.attrs == ABOUT
    assert data["month"].values.astype("datetime64[D]").astype(str).tolist() == ["2000-01-01", "2000-02-01"]
    assert data["state"].values.tolist() == list(CODES)
    assert data["state_name"].values.tolist() == [f"State {code}" for code in CODES]
    assert data["institution"].values.tolist() == ["treaty", "bank"]
    assert data["institution_title"].values.tolist() == ["Treaty", "Bank"]
    assert data["quantile"].values.tolist() == [0.05, 0.25, 0.5, 0.75, 0.95]
    for name, (low, high, unit, title) in RANGES.items():
        assert data[name].dims == ("quantile", "month", "state")
        assert data[name].attrs == {"units": unit, "long_name": title, "resolution": (high - low) / BINS}


def test_trajectories_keep_every_number_under_its_name() -> None:
    values = np.random.default_rng(2).normal(size=(3, len(TRAJECTORIES), MONTHS, len(CODES)))
    data = labelled_trajectories(timeline(), values, np.array([0, 1, 5]), ABOUT)
    for number, name in enumerate(TRAJECTORIES):
        assert data[name].dims == ("lane", "month", "state")
        np.testing.assert_array_equal(data[name].values, values[:, number])
    assert data["lane"].values.tolist() == [0, 1, 5]
    assert data.attrs == ABOUT
