"""Distributions over lanes: small tables worked out by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from sim.results.summary import NORMAL_95, distribution, interval_of_mean, summarise, unit_of

OUTCOMES = pd.DataFrame(
    {"coalition": [0.0, 0.1, 0.2, 0.3, 0.4], "backfire": [0.5, np.nan, 0.7, np.nan, np.nan]}
)


def test_mean_spread_and_quantiles_are_exact() -> None:
    row = distribution(OUTCOMES).loc["coalition"]
    assert row["mean"] == pytest.approx(0.2)
    assert row["sd"] == pytest.approx(math.sqrt(0.025))
    assert [row[name] for name in ("q05", "q25", "q50", "q75", "q95")] == pytest.approx(
        [0.02, 0.1, 0.2, 0.3, 0.38]
    )
    assert row["lanes"] == 5


def test_lanes_that_do_not_define_an_outcome_are_left_out_and_counted() -> None:
    row = distribution(OUTCOMES).loc["backfire"]
    assert (row["mean"], row["lanes"]) == (pytest.approx(0.6), 2)
    nothing = distribution(OUTCOMES[["backfire"]].iloc[1:2]).loc["backfire"]
    assert nothing["lanes"] == 0
    assert math.isnan(nothing["mean"])


def test_a_summary_says_its_unit_and_what_the_interval_holds() -> None:
    table = summarise(OUTCOMES, "chance")
    assert table.loc["coalition", "unit"] == unit_of("coalition") == "share of capability"
    assert set(table["holds"]) == {"chance"}
    assert unit_of("alignment.AAA.2024-07") == unit_of("alignment.BBB.2035-12")


def test_an_unknown_outcome_is_refused() -> None:
    with pytest.raises(KeyError):
        summarise(pd.DataFrame({"happiness": [1.0]}), "chance")


def test_interval_of_a_mean_narrows_with_the_root_of_lanes() -> None:
    mean, sd = pd.Series([1.0, 1.0, 1.0]), pd.Series([2.0, 2.0, np.nan])
    low, high = interval_of_mean(mean, sd, pd.Series([4, 16, 0]))
    assert list(high[:2] - 1.0) == pytest.approx([NORMAL_95, NORMAL_95 / 2])
    assert list(1.0 - low[:2]) == pytest.approx([NORMAL_95, NORMAL_95 / 2])
    assert math.isnan(low[2])
    assert math.isnan(high[2])
