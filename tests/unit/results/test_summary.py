"""Distributions over lanes: small tables worked out by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.results.summary import NORMAL_95, distribution, interval_of_mean, summarise, unit_of
from sim.results.tally import QUANTILES

nan = math.nan
COLUMNS = ("coalition", "backfire")
VALUES = np.array([[0.0, 0.5], [0.1, nan], [0.2, 0.7], [0.3, nan], [0.4, nan]])


def test_mean_spread_and_quantiles_are_exact() -> None:
    row = summarise(COLUMNS, VALUES, "chance")["coalition"]
    assert row.mean == pytest.approx(0.2)
    assert row.sd == pytest.approx(math.sqrt(0.025))
    assert (row.q05, row.q25, row.q50, row.q75, row.q95) == pytest.approx((0.02, 0.1, 0.2, 0.3, 0.38))
    assert row.lanes == 5


def test_lanes_that_do_not_define_an_outcome_are_left_out_and_counted() -> None:
    row = summarise(COLUMNS, VALUES, "chance")["backfire"]
    assert (row.mean, row.q50, row.lanes) == (pytest.approx(0.6), pytest.approx(0.6), 2)
    for few in (VALUES[1:2], VALUES[:0]):
        nothing = summarise(COLUMNS, few, "chance")["backfire"]
        assert nothing.lanes == 0
        assert all(map(math.isnan, (nothing.mean, nothing.sd, nothing.q05, nothing.q95)))
    one = summarise(COLUMNS, VALUES[:1], "chance")["backfire"]
    assert (one.mean, one.q05, one.q95, one.lanes) == (0.5, 0.5, 0.5, 1)
    assert math.isnan(one.sd)


@given(st.lists(st.lists(st.floats(-1e6, 1e6) | st.just(nan), min_size=3, max_size=3), min_size=1))
def test_a_distribution_is_that_of_pandas_to_the_bit(rows: list[list[float]]) -> None:
    table, frame = distribution(np.array(rows)), pd.DataFrame(np.array(rows, order="F"))
    expected = {"mean": frame.mean(), "sd": frame.std(ddof=1), "lanes": frame.notna().sum()}
    expected |= {f"q{round(100 * level):02d}": frame.quantile(level) for level in QUANTILES}
    assert set(table) == set(expected)
    for name, column in expected.items():
        np.testing.assert_array_equal(table[name], column)


def test_a_summary_says_its_unit_and_what_the_interval_holds() -> None:
    table = summarise(COLUMNS, VALUES, "chance")
    assert table["coalition"].unit == unit_of("coalition") == "share of capability"
    assert {row.holds for row in table.values()} == {"chance"}
    assert unit_of("alignment.AAA.2024-07") == unit_of("alignment.BBB.2035-12")


def test_an_unknown_outcome_is_refused() -> None:
    with pytest.raises(KeyError):
        summarise(["happiness"], np.ones((1, 1)), "chance")


def test_interval_of_a_mean_narrows_with_the_root_of_lanes() -> None:
    mean, sd = pd.Series([1.0, 1.0, 1.0]), pd.Series([2.0, 2.0, np.nan])
    low, high = interval_of_mean(mean, sd, pd.Series([4, 16, 0]))
    assert list(high[:2] - 1.0) == pytest.approx([NORMAL_95, NORMAL_95 / 2])
    assert list(1.0 - low[:2]) == pytest.approx([NORMAL_95, NORMAL_95 / 2])
    assert math.isnan(low[2])
    assert math.isnan(high[2])
