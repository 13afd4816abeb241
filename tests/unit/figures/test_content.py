"""What figures show is what was computed: strips, heat maps, skylines, spreads, dates, words and colours."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.backend_bases import RendererBase
from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

from sim.errors import WedgeError
from sim.figures.fans import spells
from sim.figures.heatmap import shade, strongest
from sim.figures.kit.about import About, about, month_numbers
from sim.figures.kit.ink import Pen
from sim.figures.kit.measures import Spread, common_edges, heights, measures
from sim.figures.kit.panel import Panel
from sim.figures.kit.sheet import Sheet
from sim.figures.kit.strip import on_state, row_of
from sim.figures.kit.style import ALTERNATIVE, CHALLENGER, HUB, OTHER, PAPER, SANS, WASH, house, number
from sim.figures.kit.text import fit, plain, width, wrap
from sim.figures.membership import skyline
from sim.figures.spectrum import chosen_months
from sim.months import month_number
from sim.scenario.record import Stimulus
from tests.unit.figures.made_up import make_quantiles


def act(kind: str = "coercion", target: str = "JPN", start: str = "2012-11", end: str = "2013-02", intensity: float = 0.4,
        sender: str = "CHN", name: str = "S001") -> Stimulus:  # fmt: skip
    return Stimulus(id=name, start=month_number(start), end=month_number(end), sender=sender, target=target, kind=kind,
                    domain="maritime", intensity=intensity, title="An act", reference="made up",
                    onset=month_number(start))  # fmt: skip


@pytest.fixture
def run() -> About:
    return about(make_quantiles(2, lanes=20))


def test_the_strongest_act_under_way_fills_each_year_it_touches() -> None:
    acts = [act(), act(intensity=0.7, start="2013-05", end="2013-05", name="S002"),
            act("reassurance", "ALL", "2015-01", "2015-03", -0.3, "USA", "S003")]  # fmt: skip
    grid = strongest(acts, ["JPN", "KOR"], 2011, 2015)
    expected = np.array([[np.nan, 0.4, 0.7, np.nan, -0.3], [np.nan, np.nan, np.nan, np.nan, -0.3]])
    np.testing.assert_array_equal(grid, expected)


def test_acts_outside_the_years_are_clipped() -> None:
    grid = strongest([act(start="2008-01", end="2010-06")], ["JPN"], 2010, 2011)
    np.testing.assert_array_equal(grid, [[0.4, np.nan]])


def test_each_act_has_its_row_of_the_strip(run: About) -> None:
    rows = [row_of(act(kind, sender=sender), run.side(sender)) for kind, sender in (
        ("coercion", "CHN"), ("punishment", "CHN"), ("pressure", "USA"), ("offer", "NATO"), ("reassurance", "USA"),
        ("offer", "RUS"), ("accommodation", "CHN"), ("offer", "PRK"), ("shock", "RUS"), ("stance", "NATO"))]  # fmt: skip
    assert rows == [0, 1, 1, 2, 2, 3, 3, 4, 4, None]


def test_an_act_upon_all_is_upon_each() -> None:
    acts = [act(), act(target="ALL", name="S002"), act(target="KOR", name="S003")]
    assert [event.id for event in on_state(acts, "KOR")] == ["S002", "S003"]


def test_a_skyline_has_the_area_of_its_shares() -> None:
    months = np.arange(24120, 24132)
    shares = np.array([0, 0, 0.5, 0.5, 1, 1, 1, 0.25, 0.25, 0.25, 0.25, 1.0])
    x, y = skyline(months, shares, 1.0).T
    area = abs(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2
    assert area == pytest.approx(0.86 * shares.sum() / 12, rel=1e-6)
    assert (x.min(), x.max()) == (24120 / 12, 24132 / 12)


def test_shares_count_every_lane() -> None:
    spread = Spread.of([1.0, 2.0, 2.0, np.nan, np.inf])
    edges = common_edges([spread])
    assert heights(spread, edges).sum() == pytest.approx(3 / 5)
    assert spread.whole
    assert spread.words() == "2 (1.10 to 2); undefined in 2 lanes"


@pytest.mark.parametrize("values", [[3.0] * 4, [0.1] * 4, [0.0] * 4, [1e-9, 1e9, -1e9, 0.5], [-0.25, 0.5]])
def test_every_value_lies_in_a_bin(values: list[float]) -> None:
    spread = Spread.of(values)
    edges = common_edges([spread])
    assert np.all(np.diff(edges) > 0)
    assert heights(spread, edges).sum() == pytest.approx(1.0)


def test_an_expected_share_stands_beside_its_outcome() -> None:
    columns = ["alignment.JPN.2024-07", "members.quad", "backfire", "backfire_expected", "cohesion.hub"]
    assert measures(columns) == ["backfire", "cohesion.hub"]
    assert measures(["backfire_expected"]) == ["backfire_expected"]


def test_dates_of_the_spectrum(run: About) -> None:
    months = month_numbers(make_quantiles(2, lanes=20))
    assert chosen_months(months, run) == [month_number(date) for date in ("2010-01", "2024-07", "2035-12")]
    assert chosen_months(months, run, ["2020-01", "2015-01"]) == [
        month_number("2015-01"),
        month_number("2020-01"),
    ]
    with pytest.raises(WedgeError, match="2040-01; it holds 2010-01 to 2035-12"):
        chosen_months(months, run, ["2040-01"])
    with pytest.raises(WedgeError, match="one to 4"):
        chosen_months(months, run, [f"20{year}-01" for year in range(11, 16)])


@pytest.mark.parametrize(
    "text", ["Japan", "Democratic Socialist Republic of Sri Lanka", "W" * 60, "A (B)", "\u6771\u4eac $x$"]
)
@pytest.mark.parametrize("space", [0.4, 1.0, 3.0])
def test_fitted_words_fit(text: str, space: float) -> None:
    assert width(fit(text, space)) <= space
    assert all(width(line) <= space for line in wrap(text, space))


@pytest.mark.parametrize("weight", ["normal", "bold"])
def test_measured_words_are_as_wide_as_drawn_ones(weight: str) -> None:
    words = "Treaty between AVA, To and Wa: 5 % of 1,000 lanes"
    properties = FontProperties(family=SANS, size=8.0, weight=weight)
    drawn = TextToPath().get_text_width_height_descent(words, properties, False)[0] / 72
    assert drawn <= width(words, 8.0, weight) <= 1.12 * drawn


@pytest.fixture
def panel(run: About) -> Panel:
    with house():
        return Sheet("A headline", "A standfirst", run, 3.0).panel(
            1.0, 0.5, 4.0, 2.0, (2010.0, 2020.0), (-1.0, 1.0)
        )


def test_values_are_set_to_scale(panel: Panel) -> None:
    corner = np.array(panel.sheet.inches(1.0, 2.5))
    np.testing.assert_allclose(panel.inches(2010.0, -1.0), corner)
    further = panel.inches([2015.0, 2020.0], [0.0, 1.0]) - corner
    np.testing.assert_allclose(further, [[2.0, 1.0], [4.0, 2.0]])


def test_each_pen_draws_once_in_its_order(panel: Panel) -> None:
    class Recorder(RendererBase):
        def __init__(self) -> None:
            super().__init__()
            self.drawn: list[tuple[int, object]] = []

        def draw_path(self, gc, path, transform, rgbFace=None) -> None:
            self.drawn.append((len(path.to_polygons(closed_only=False)), rgbFace))

    for place in range(3):
        panel.boxes(2011 + place, 2012 + place, 0, 1, Pen(3.0, HUB, 0.5))
    panel.line([2011, 2012, 2013, 2014, 2015], [0, 1, np.nan, 1, 0], Pen(1.0, line=CHALLENGER))
    recorder = Recorder()
    panel.sheet.ink.draw(recorder)
    rules = [(1, None), (1, None)]
    assert recorder.drawn == [(2, None), *rules, (3, (*to_rgb(HUB), 0.5))]


def test_spells_and_shades() -> None:
    assert spells(np.array([False, True, True, False, True])) == [(1, 3), (4, 5)]
    assert spells(np.zeros(3, dtype=bool)) == []
    assert (shade(HUB, 0.0), shade(HUB, 0.5), shade(HUB, -0.5)) == (WASH.lower(), HUB.lower(), HUB.lower())
    lights = [luminance(seen(shade(CHALLENGER, step / 10), "all")) for step in range(11)]
    assert all(np.diff(lights) < 0)


def test_letters_that_no_font_here_has_are_replaced() -> None:
    assert plain("Tokyo \u6771\u4eac\nbay") == "Tokyo \u00b7\u00b7 bay"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (0.0031, "0.003"),
        (100.0, "100"),
        (1200.0, "1,200"),
        (-12.345, "\u221212.3"),
        (1e9, "1.0e9"),
        (2e-7, "\u2248\u00a00"),
        (float("nan"), "undefined"),
    ],
)
def test_numbers_as_print_shows_them(value: float, words: str) -> None:
    assert number(value) == words


def luminance(colour: np.ndarray) -> float:
    return float(np.array([0.2126, 0.7152, 0.0722]) @ colour)


def seen(colour: str, kind: str) -> np.ndarray:
    """Linear light of a colour as a dichromat sees it (Vienot, Brettel and Mollon 1999)."""
    linear = np.array(
        [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in to_rgb(colour)]
    )
    matrix = {
        "all": np.eye(3),
        "deuteranope": np.array([[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]]),
        "protanope": np.array([[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]]),
    }[kind]
    return np.clip(matrix @ linear, 0, 1)


@pytest.mark.parametrize("kind", ["all", "deuteranope", "protanope"])
def test_colours_stay_apart_for_every_eye(kind: str) -> None:
    for one, other in ((HUB, CHALLENGER), (HUB, OTHER), (CHALLENGER, OTHER), (HUB, ALTERNATIVE)):
        assert np.linalg.norm(seen(one, kind) ** (1 / 2.2) - seen(other, kind) ** (1 / 2.2)) > 0.15, (
            one,
            other,
        )


def test_colours_are_dark_enough_for_grey_print() -> None:
    for colour in (HUB, CHALLENGER, OTHER, ALTERNATIVE):
        contrast = (luminance(seen(PAPER, "all")) + 0.05) / (luminance(seen(colour, "all")) + 0.05)
        assert contrast > 3.0, colour
