"""Surveys and trade shares as the arrays that a lane and a fit read."""

from dataclasses import replace

import numpy as np

from calibration.evidence import sides
from sim.conditioning.figures import (
    JUDGED_CHALLENGER,
    JUDGED_HUB,
    OF_CHALLENGER,
    OF_HUB,
    OF_TRADE,
    figures_of,
    trade_of,
    views_of,
)
from sim.months import month_number
from tests.documented import Documented


def test_powers_are_counted_as_a_fit_counts_sides() -> None:
    assert (sides.HUB, sides.CHALLENGER) == (JUDGED_HUB, JUDGED_CHALLENGER)


def test_every_figure_that_a_fit_sees_is_there_once(documented: Documented) -> None:
    world, targets, arrays, figures, _ = documented
    views, series = views_of(targets.opinion, world, arrays.months)
    trade = trade_of(targets.trade, world, arrays.months)
    for kind, of in (
        (OF_HUB, views[views["power"] == JUDGED_HUB]),
        (OF_CHALLENGER, views[views["power"] == JUDGED_CHALLENGER]),
        (OF_TRADE, trade),
    ):
        own = figures[figures["kind"] == kind]
        for name in ("state", "month", "value", "key"):
            np.testing.assert_array_equal(np.sort(own[name]), np.sort(of[name]))
    assert len(set(views["series_key"])) == len(series)


def test_no_two_figures_share_an_address(documented: Documented) -> None:
    figures = documented.figures
    assert len(np.unique(figures[["state", "month", "key"]])) == len(figures) > 400
    assert len(np.unique(figures["key"])) == len(figures)


def test_figures_that_hang_together_lie_together_by_month(documented: Documented) -> None:
    figures = documented.figures
    same = figures["group"][1:] == figures["group"][:-1]
    assert (np.diff(figures["group"]) >= 0).all()
    assert (np.diff(figures["month"])[same] >= 0).all()
    for group in np.unique(figures["group"]):
        own = figures[figures["group"] == group]
        assert len(set(own["kind"])) == 1
        assert own["kind"][0] == OF_CHALLENGER or len(set(own["state"])) == 1
        for number, of in (("level", "state"), ("series", "series_key")):
            pairs = set(zip(own[number].tolist(), own[of].tolist(), strict=True))
            assert sorted(pair[0] for pair in pairs) == list(range(len(set(own[of]))))


def test_what_is_published_later_is_as_if_it_had_never_been(documented: Documented) -> None:
    world, targets, arrays, figures, _ = documented
    cut = int(arrays.months[0]) + 100
    known = replace(
        targets,
        opinion=tuple(row for row in targets.opinion if (row.first + row.last) // 2 < cut),
        trade=tuple(row for row in targets.trade if month_number(f"{row.year}-07") < cut),
    )
    early = figures_of(targets, world, arrays.months[:100])
    np.testing.assert_array_equal(early, figures_of(known, world, arrays.months))
    assert set(early["key"]) < set(figures["key"])
