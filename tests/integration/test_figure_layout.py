"""Nothing overlaps and nothing leaves the page, whatever the size of the world."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from sim.figures.distributions import draw_distributions
from sim.figures.effects import draw_effects
from sim.figures.fans import draw_fans
from sim.figures.headline import draw_headline
from sim.figures.heatmap import draw_heatmap
from sim.figures.kit.sheet import Sheet
from sim.figures.kit.style import house
from sim.figures.members import draw_members
from sim.figures.membership import draw_membership
from sim.figures.paired import draw_paired
from sim.figures.spectrum import draw_spectrum
from tests.unit.figures.made_up import STATES, make_answer, make_events, make_outcomes, make_quantiles

FIGURES = (
    "headline",
    "fans",
    "quiet fans",
    "compared fans",
    "spectrum",
    "outcomes",
    "membership",
    "members",
    "stimuli",
    "paired",
    "effects",
)
LONG = "a-very-long-name-of-a-scenario-that-goes-on-to-sixty-letters"


def draw(figure: str, states: int) -> Sheet | None:
    quantiles = make_quantiles(states, lanes=60)
    outcomes = make_outcomes(quantiles, lanes=60)
    events = make_events(quantiles)
    changed = make_outcomes(quantiles, lanes=60, effect=0.5)
    return {
        "fans": lambda: draw_fans(quantiles, events),
        "quiet fans": lambda: draw_fans(quantiles, ()),
        "compared fans": lambda: draw_fans(quantiles, (), make_quantiles(states, lanes=60, drift=0.5), LONG),
        "spectrum": lambda: draw_spectrum(quantiles),
        "outcomes": lambda: draw_distributions(quantiles, outcomes),
        "membership": lambda: draw_membership(quantiles),
        "members": lambda: draw_members(quantiles, outcomes),
        "stimuli": lambda: draw_heatmap(quantiles, events),
        "headline": lambda: draw_headline(
            quantiles, make_quantiles(states, lanes=60, drift=0.5), LONG, make_answer(quantiles)
        ),
        "paired": lambda: draw_paired(quantiles, "history", outcomes, LONG, changed),
        "effects": lambda: draw_effects(quantiles, LONG, outcomes, "other", changed),
    }[figure]()


def boxes(sheet: Sheet) -> list[tuple[str, Bbox]]:
    """Every visible piece of text with its box in pixels at 100 dots an inch."""
    canvas = FigureCanvasAgg(sheet.figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    found = []
    for text in sheet.figure.findobj(Text):
        assert isinstance(text, Text)
        words = text.get_text().strip()
        if words and text.get_visible():
            found.append((words, text.get_window_extent(renderer)))
    return found


@pytest.mark.parametrize(
    ("figure", "states"),
    [
        *product(FIGURES, (2, 22)),
        *product(("fans", "stimuli", "spectrum"), (15,)),
        *product(("fans", "compared fans", "stimuli", "spectrum", "effects"), (191,)),
    ],
)
def test_no_text_overlaps_or_leaves_the_page(figure: str, states: int) -> None:
    with house():
        sheet = draw(figure, states)
        assert sheet is not None
        placed = boxes(sheet)
    page = sheet.figure.bbox
    for words, box in placed:
        inside = page.x0 <= box.x0 and box.x1 <= page.x1 and page.y0 <= box.y0 and box.y1 <= page.y1
        assert inside, f"{words!r} leaves the page"
    for (words, box), (others, other) in combinations(placed, 2):
        across = min(box.x1, other.x1) - max(box.x0, other.x0)
        along = min(box.y1, other.y1) - max(box.y0, other.y0)
        assert across <= 1.0 or along <= 1.0, (
            f"{words!r} overlaps {others!r} by {across:.1f} x {along:.1f} pixels"
        )


def drawn_states(sheet: Sheet) -> int:
    """Labels that name a state, however shortened."""
    words = [text.get_text() for text in sheet.figure.findobj(Text)]
    known = tuple(name.split()[0] for name in STATES.values())
    return sum(word.startswith(("Small ", "State wi", *known)) for word in words)


@pytest.mark.parametrize(
    ("figure", "count", "said"),
    [
        ("spectrum", 191, "Open ring: median in January 2010."),
        ("fans", 27, "from the first to the last month."),
        ("compared fans", 27, "away from the dashed line in the last month."),
        ("effects", 50, "states that move with the largest mean."),
        ("stimuli", 40, "the first 40 of 191 are drawn."),
    ],
)
def test_a_large_world_fits_and_says_which_states_are_drawn(figure: str, count: int, said: str) -> None:
    with house():
        sheet = draw(figure, 191)
    assert sheet is not None
    assert sheet.page_height < 18.0
    assert drawn_states(sheet) == count * (2 if figure == "stimuli" else 1)
    assert said in " ".join(text.get_text() for text in sheet.figure.findobj(Text))


def test_an_overlap_would_be_found() -> None:
    with house():
        sheet = draw("spectrum", 2)
        assert sheet is not None
        sheet.text(0.0, 1.0, "one line")
        sheet.text(0.1, 1.0, "another line")
        placed = [
            box
            for words, box in boxes(sheet)
            if ("line" in words and "another" in words) or words == "one line"
        ]
    assert min(placed[0].x1, placed[1].x1) > max(placed[0].x0, placed[1].x0)


def test_long_names_are_shortened_and_hold() -> None:
    quantiles = make_quantiles(3, lanes=30)
    long = ["The United and Indivisible Federal Republic of Somewhere Far"] * 3
    quantiles = quantiles.assign_coords(state_name=("state", long))
    with house():
        sheet = draw_spectrum(quantiles)
        words = [words for words, _ in boxes(sheet)]
    assert sum(word.endswith("\u2026") for word in words) == 3


def test_empty_outcomes_make_no_figure() -> None:
    quantiles = make_quantiles(2, lanes=20)
    nothing = pd.DataFrame(index=pd.RangeIndex(20, name="lane"))
    with house():
        assert draw_distributions(quantiles, nothing) is None
        assert draw_members(quantiles, nothing) is None
        assert draw_paired(quantiles, "a", nothing, "b", nothing) is None
        assert draw_effects(quantiles, "a", nothing, "b", nothing) is None
        assert draw_heatmap(quantiles, ()) is None


def test_undefined_and_constant_outcomes_are_said_in_words() -> None:
    quantiles = make_quantiles(2, lanes=20)
    outcomes = pd.DataFrame(
        {"circle": np.full(20, 4.0), "backfire": np.full(20, np.nan), "energy": np.full(20, -1.25)}
    )
    with house():
        sheet = draw_distributions(quantiles, outcomes)
        assert sheet is not None
        words = [words for words, _ in boxes(sheet)]
        same = draw_paired(quantiles, "a", outcomes, "b", outcomes)
        assert same is not None
        compared = [words for words, _ in boxes(same)]
        small = draw_paired(quantiles, "a", outcomes, "b", outcomes + 0.25)
        assert small is not None
        higher = [words for words, _ in boxes(small)]
    assert "4 in every lane" in words
    assert "\u22121.25 in every lane" in words
    assert "not defined in any lane" in words
    assert same.headline == "No outcome of all states together differs visibly from a"
    assert (
        "Without a visible change, and not drawn: Largest circle, Backfire and Energy of the blocs."
        in compared
    )
    assert higher.count("+0.25 in every lane") == 2
