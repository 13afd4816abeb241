"""The figure of a what-if's answer: its sentence on top, a panel for each thing that moved, one line for the rest."""

from __future__ import annotations

import pytest
from matplotlib.text import Text

from sim.figures.headline import draw_headline
from sim.figures.kit.sheet import Sheet
from sim.figures.kit.style import house
from tests.unit.figures.made_up import Answer, make_answer, make_quantiles


def draw(answer: Answer) -> Sheet:
    base, quantiles = make_quantiles(3, lanes=30), make_quantiles(3, lanes=30, drift=0.3)
    quantiles.attrs |= {"scenario": "charm", "title": "Charm"}
    with house():
        return draw_headline(quantiles, base, "history", answer)


def texts(sheet: Sheet) -> list[str]:
    return [text.get_text() for text in sheet.figure.findobj(Text)]


def test_the_sentence_is_the_headline() -> None:
    answer = make_answer(make_quantiles(3, lanes=30))
    assert draw(answer).headline == answer.sentence
    assert {"what-if: charm", "base: history"} <= set(texts(draw(answer)))


@pytest.mark.parametrize("most", [1, 2, 4, 8])
def test_each_thing_that_moved_has_a_panel_with_its_largest_difference(most: int) -> None:
    answer = make_answer(make_quantiles(3, lanes=30), most)
    words = texts(draw(answer))
    assert words.count("difference") == most
    shown = [("+" if one.change > 0 else "\u2212") + one.amount for one in answer.highlights]
    signs = [f"{size}, Jun 2030" for size in shown]
    assert [word for word in words if word.endswith(", Jun 2030")] == signs
    assert words.count("Australia: view of China") == (most > 2)
    assert words.count("Australia: net steps") == (most > 7)


def test_what_did_not_move_is_one_line() -> None:
    words = texts(
        draw(Answer("No visible difference", (), ("steps", "alignment", "opinion_hub", "membership")))
    )
    assert "No visible change: net steps, alignment, views of the United States and memberships." in words
    assert not [word for word in words if word in ("difference", "base: history")]
