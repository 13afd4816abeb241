"""What is written: both formats, the run's identity inside, the same bytes again, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import matplotlib
import pandas as pd
import pytest
import xarray as xr
from PIL import Image

from sim.errors import WedgeError
from sim.figures import draw_comparison, draw_run
from sim.scenario.record import Stimulus
from tests.unit.figures.made_up import Answer, make_answer, make_events, make_outcomes, make_quantiles

RUN = ["alignment", "spectrum", "outcomes", "membership", "members", "stimuli"]


@pytest.fixture(scope="module")
def quantiles() -> xr.Dataset:
    return make_quantiles()


@pytest.fixture(scope="module")
def outcomes(quantiles: xr.Dataset) -> pd.DataFrame:
    return make_outcomes(quantiles)


@pytest.fixture(scope="module")
def events(quantiles: xr.Dataset) -> tuple[Stimulus, ...]:
    return make_events(quantiles)


def suffixes(names: list[str]) -> list[str]:
    return [f"{name}{suffix}" for name in names for suffix in (".png", ".svg")]


def draw_small(folder: Path, events: tuple[Stimulus, ...]) -> list[Path]:
    quantiles = make_quantiles(3, lanes=40)
    return draw_run(quantiles, make_outcomes(quantiles, lanes=40), events, {}, folder)


def test_a_run_has_every_figure_in_both_formats(
    tmp_path: Path, quantiles: xr.Dataset, outcomes: pd.DataFrame, events: tuple[Stimulus, ...]
) -> None:
    settings = dict(matplotlib.rcParams)
    paths = draw_run(quantiles, outcomes, events, {}, tmp_path / "figures")
    assert [path.name for path in paths] == suffixes(RUN)
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == sorted(suffixes(RUN))
    assert dict(matplotlib.rcParams) == settings
    for path in paths:
        if path.suffix == ".png":
            with Image.open(path) as image:
                image.load()
                assert image.info["wedge:scenario_hash"] == quantiles.attrs["scenario_hash"]
                assert image.info["wedge:seed"] == "1"
                assert image.info["wedge:lanes"] == "200"
                assert image.width == 2000
                grey = image.convert("L").getextrema()
                assert grey == (grey[0], 255)
                assert grey[0] < 60
        else:
            ElementTree.parse(path)
            text = path.read_text(encoding="utf-8")
            assert f"{quantiles.attrs['scenario_hash']}-1" in text
            assert "seed 1; lanes 200" in text
            assert not re.search(r"<dc:date>", text)


def test_the_same_run_gives_the_same_bytes_whatever_the_style_of_the_session(
    tmp_path: Path, events: tuple[Stimulus, ...]
) -> None:
    first = draw_small(tmp_path / "a", events)
    with matplotlib.rc_context({"font.size": 30.0, "axes.grid": True, "lines.linewidth": 9.0}):
        second = draw_small(tmp_path / "b", events)
    assert [path.name for path in first] == [path.name for path in second] == suffixes(RUN)
    for one, other in zip(first, second, strict=True):
        assert one.read_bytes() == other.read_bytes(), one.name


def test_a_comparison_draws_each_alternative(tmp_path: Path) -> None:
    base, other = make_quantiles(3, lanes=40), make_quantiles(3, lanes=40, drift=0.4)
    other.attrs |= {"scenario": "charm", "title": "Charm", "scenario_hash": "c" * 64}
    outcomes, changed = make_outcomes(base, lanes=40), make_outcomes(other, lanes=40, effect=0.4)
    answers = {"charm": make_answer(other)}
    paths = draw_comparison(
        "history", outcomes, {"charm": changed}, base, {"charm": other}, answers, tmp_path
    )
    names = ["headline", "difference-charm", "states-charm", "alignment-charm"]
    assert [path.name for path in paths] == suffixes(names)
    with Image.open(tmp_path / "states-charm.png") as image:
        image.load()
        assert image.info["wedge:scenario_hash"] == "c" * 64


def test_lanes_that_do_not_pair_are_refused(tmp_path: Path) -> None:
    base = make_quantiles(2, lanes=20)
    outcomes = make_outcomes(base, lanes=20)
    with pytest.raises(WedgeError, match="same lanes"):
        draw_comparison(
            "history",
            outcomes,
            {"other": outcomes.iloc[:10]},
            base,
            {"other": base},
            {"other": Answer("None")},
            tmp_path,
        )
    assert list(tmp_path.iterdir()) == []


def test_quantiles_that_do_not_say_whose_they_are_are_refused(tmp_path: Path, outcomes: pd.DataFrame) -> None:
    quantiles = make_quantiles(2, lanes=20)
    del quantiles.attrs["scenario_hash"], quantiles.attrs["seed"]
    with pytest.raises(WedgeError, match="scenario_hash, seed"):
        draw_run(quantiles, outcomes, (), {}, tmp_path)
