"""Headlines say what the data say, each found again here in another way; comparisons draw what moves and no more."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.text import Text

from sim.figures import draw_run
from sim.figures.distributions import draw_distributions
from sim.figures.effects import draw_effects
from sim.figures.fans import draw_fans
from sim.figures.heatmap import draw_heatmap
from sim.figures.kit.axis import round_ticks
from sim.figures.kit.sheet import Sheet
from sim.figures.kit.style import house, number
from sim.figures.members import draw_members
from sim.figures.membership import draw_membership
from sim.figures.paired import draw_paired
from sim.figures.spectrum import draw_spectrum
from sim.scenario.record import Stimulus
from tests.unit.figures.made_up import make_quantiles


@pytest.fixture(autouse=True)
def style() -> object:
    with house():
        yield


def texts(sheet: Sheet | None) -> list[str]:
    assert sheet is not None
    return [text.get_text() for text in sheet.figure.findobj(Text)]


def headline(sheet: Sheet | None) -> str:
    assert sheet is not None
    assert sheet.run.title in texts(sheet)
    return sheet.headline


def numbers(text: str) -> list[float]:
    return [float(word.replace("\u2212", "-")) for word in re.findall(r"[+\u2212][0-9.]+", text)]


def test_the_fans_name_who_rises_and_falls_most(quantiles: xr.Dataset) -> None:
    median = quantiles["alignment"].sel(quantile=0.5)
    change = (median.isel(month=-1) - median.isel(month=0)).values
    line = headline(draw_fans(quantiles))
    rise, fall = numbers(line)
    assert (rise, fall) == pytest.approx((float(change.max()), float(change.min())), abs=0.005)
    names = quantiles["state_name"].values
    assert line.index(str(names[change.argmax()]).split(" (")[0]) < line.index(
        str(names[change.argmin()]).split(" (")[0]
    )


def test_the_spectrum_counts_both_sides(quantiles: xr.Dataset) -> None:
    last = quantiles["alignment"].sel(quantile=0.5).isel(month=-1)
    near = int((last >= 0).sum())
    line = headline(draw_spectrum(quantiles))
    assert line.startswith(
        f"{near} of 22 states stand nearer the United States in December 2035, {22 - near} nearer China"
    )
    assert numbers(line) == pytest.approx([float(last.max()), float(last.min())], abs=0.005)


def test_printed_medians_are_those_of_the_table(quantiles: xr.Dataset) -> None:
    """The grid that bands are drawn from is coarser than the outcomes."""
    codes = [str(code) for code in quantiles["state"].values]
    exact = {f"alignment.{code}.2035-12": 0.0137 * place - 0.111 for place, code in enumerate(codes)}
    expected = sorted(number(value, signed=True) for value in exact.values())
    for sheet in (draw_fans(quantiles, medians=exact), draw_spectrum(quantiles, ["2035-12"], exact)):
        printed = [words for words in texts(sheet) if words in expected]
        assert sorted(printed) == expected
    both = make_quantiles(70, lanes=20)
    crowd = texts(draw_spectrum(both, medians={"alignment.AUS.2035-12": 0.9876}))
    assert "+0.99" in crowd


def test_the_outcomes_begin_with_the_first_that_differs(quantiles: xr.Dataset) -> None:
    lanes = np.arange(101.0)
    outcomes = pd.DataFrame({"wedged": np.zeros(101), "hedgers": lanes, "circle": lanes[::-1]})
    assert headline(draw_distributions(quantiles, outcomes)) == (
        "Hedgers (states) ends at 50 in the median lane, and between 5 and 95 in 90\u00a0% of lanes"
    )
    assert headline(draw_distributions(quantiles, outcomes[["wedged"]])) == "No outcome differs between lanes"


def test_the_tables_and_figures_interpolate_alike(quantiles: xr.Dataset) -> None:
    outcomes = pd.DataFrame({"wedged": [0.0, 1.0, 2.0, 5.0], "members.quad": [1.0, 2.0, 4.0, 4.0]})
    assert "1.50 (0.15 to 4.55)" in texts(draw_distributions(quantiles, outcomes))
    middle = outcomes["members.quad"].median()
    assert middle == 3
    assert "3 (1.15 to 4)" in texts(draw_members(quantiles, outcomes))


def test_institutions_are_named_by_what_they_gain_and_what_they_have(quantiles: xr.Dataset) -> None:
    members = quantiles["membership"].sum("state")
    change = (members.isel(month=-1) - members.isel(month=0)).values
    titles = quantiles["institution_title"].values
    line = headline(draw_membership(quantiles))
    assert line.startswith(f"\u201c{titles[change.argmax()]}\u201d gains most members (")
    assert f"\u201c{titles[change.argmin()]}\u201d loses most members" in line
    assert numbers(line) == pytest.approx([change.max(), change.min()], abs=0.05)
    outcomes = pd.DataFrame({"members.quad": [2.0, 2.0, 5.0], "members.sco": [1.0, 3.0, 3.0]})
    assert headline(draw_members(quantiles, outcomes)) == (
        "\u201cShanghai Cooperation Organisation\u201d is largest in December 2035: 3 members in the median lane"
    )


def test_acts_are_counted_by_whom_they_fall_upon(quantiles: xr.Dataset, events: Sequence[Stimulus]) -> None:
    line = headline(draw_heatmap(quantiles, events))
    names = dict(zip(quantiles["state"].values, quantiles["state_name"].values, strict=True))
    harsh = [
        event.target for event in events if event.kind in ("coercion", "punishment") and event.target in names
    ]
    code = max(names, key=harsh.count)
    assert re.match(
        rf"Coercion and punishment fall most often on (the )?{names[code]} \({harsh.count(code)} acts\)", line
    )


def alignments(lanes: int = 200) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    codes = ("JPN", "KOR", "PHL", "THA")
    columns = {f"alignment.{code}.2030-12": rng.normal(0.2, 0.1, lanes) for code in codes}
    return pd.DataFrame(
        columns | {"coalition": rng.normal(0.5, 0.1, lanes), "hedgers": rng.normal(9, 1, lanes)}
    )


@pytest.fixture
def world() -> xr.Dataset:
    quantiles = make_quantiles(22, lanes=20)
    return quantiles.sel(state=["JPN", "KOR", "PHL", "THA"])


def test_only_states_that_move_have_a_row(world: xr.Dataset) -> None:
    base = alignments()
    other = base.copy()
    other["alignment.KOR.2030-12"] -= 0.111
    other.loc[:4, "alignment.JPN.2030-12"] += 0.3
    sheet = draw_effects(world, "history", base, "charm", other)
    assert headline(sheet) == (
        "Alignment moves most in South Korea: \u22120.111 on average against history in December 2030, nearer China"
    )
    words = texts(sheet)
    assert "South Korea" in words
    assert not {"Japan", "Philippines", "Thailand"} & set(words)
    assert "No change by 0.02, and not drawn: Japan, Philippines and Thailand." in words
    assert draw_effects(world, "history", base, "charm", base.copy()) is None


def test_only_outcomes_that_move_have_a_panel(world: xr.Dataset) -> None:
    base = alignments()
    other = base.assign(coalition=base["coalition"] + 0.05, hedgers=base["hedgers"] + 1e-4)
    sheet = draw_paired(world, "history", base, "charm", other)
    assert headline(sheet) == (
        "United States\u2019 coalition moves most against history: +0.05 on average (share\u00a0of\u00a0capability)"
    )
    assert "Without a visible change, and not drawn: Hedgers." in texts(sheet)
    assert not [words for words in texts(sheet) if words.startswith("Hedgers (")]


def test_only_fans_that_differ_from_the_base_are_drawn(world: xr.Dataset) -> None:
    other = world.copy(deep=True)
    other.attrs |= {"title": "Charm"}
    other["alignment"][:, -1, list(world["state"].values).index("KOR")] -= 0.3
    sheet = draw_fans(other, (), world, "history")
    assert (
        headline(sheet)
        == "Median alignment is lower most in South Korea (\u22120.30), against history, December 2035"
    )
    assert (
        "No change by 0.02 in median or quartiles, and not drawn: Japan, Philippines and Thailand."
        in texts(sheet)
    )
    assert not {"Japan", "Thailand"} & set(texts(sheet))
    assert draw_fans(world, (), world, "history") is None


@pytest.mark.parametrize("reach", [0.1, 0.5, 0.95, 1.0, 1.9, 3.0, 7.0])
def test_an_axis_has_more_than_a_zero(reach: float) -> None:
    ticks = round_ticks(-1.08 * reach, 1.08 * reach, 4)
    assert len(ticks) >= 3
    assert 0.0 in ticks


@pytest.mark.parametrize("states", [1, 193])
def test_a_run_without_acts_or_dates_or_members_draws(states: int, tmp_path: Path) -> None:
    quantiles = make_quantiles(states, "2015-01", "2015-12", lanes=8)
    quantiles["membership"][:] = 0.0
    del quantiles.attrs["record_until"], quantiles.attrs["branch"]
    paths = draw_run(quantiles, pd.DataFrame({"coalition": np.linspace(0, 1, 8)}), (), {}, tmp_path)
    assert {path.stem for path in paths} == {"alignment", "spectrum", "outcomes"}
