"""Published figures as arrays: what surveys and trade statistics say of the paths of opinion and dependence."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sim.model.draws import row_key
from sim.months import month_number
from sim.scenario.targets import Opinion, Targets, TradeShare
from sim.scenario.world import World

Integers = NDArray[np.int64]
Records = NDArray[np.void]

JUDGED_HUB, JUDGED_CHALLENGER = range(2)
"""Which power a survey figure judges."""

VIEW_TYPE = np.dtype(
    [("power", "i8"), ("state", "i8"), ("month", "i8"), ("series", "i8"), ("value", "f8"), ("error", "f8"),
     ("reference", "i8"), ("key", "i8"), ("series_key", "i8")]
)  # fmt: skip
"""One survey figure on the scale -1 to 1; ``power`` is one of the two above; standard error of sampling; 1 = reference
series; keys of the figure and of its series, 28 bits each, are addresses of draws."""
TRADE_TYPE = np.dtype(
    [("state", "i8"), ("month", "i8"), ("value", "f8"), ("key", "i8"), ("series_key", "i8")]
)
"""Log odds of one year's export share, at the middle of the year; keys as above, a series is a state's."""

VIEWS: dict[str, tuple[float, float]] = {
    "net_favourability": (0.01, 0.0),
    "net_trust": (0.01, 0.0),
    "favourable": (0.02, -1.0),
    "trust": (0.02, -1.0),
    "trust_act_responsibly": (0.02, -1.0),
    "confidence_xi": (0.02, -1.0),
    "feel_close": (0.02, -1.0),
    "friendly_towards": (0.02, -1.0),
    "unfavourable_impression": (-0.02, 1.0),
    "favourability_0_10": (0.2, -1.0),
}
"""Measure -> (factor, shift) to net opinion, -1 to 1. Threats, interests, choices between powers are other questions."""
REFERENCE = "net_favourability"
SERIES_SPREAD = 0.4
"""Standard deviation of the offset of a series that asks another question than the reference series."""
START_SPREAD = 0.3
"""Standard deviation of the log odds of dependence at the world's start round the world file's figure."""


OF_CHALLENGER, OF_HUB, OF_TRADE = range(3)
"""What a figure measures, in the order of the draws of noise at one address (``GROUP_NOISE``)."""
FIGURE_TYPE = np.dtype(
    [("group", "i8"), ("kind", "i8"), ("state", "i8"), ("level", "i8"), ("month", "i8"), ("series", "i8"),
     ("value", "f8"), ("error", "f8"), ("reference", "i8"), ("key", "i8"), ("series_key", "i8")]
)  # fmt: skip
"""One figure of any kind: opinion or log odds. The figures of a group hang together: all of opinion of the challenger,
which has common noise, and those of one state on the hub and of its trade. ``level`` and ``series`` number the states
and the series of a group; other fields as above."""


def figures_of(targets: Targets, world: World, months: Integers) -> Records:
    """All figures that decide the noise of a lane, those of one group together, by month.

    Parameters
    ----------
    months : int array
        Numbers of the months, from the world's start, whose figures count; all others are left out, as if they had
        never been published.

    Returns
    -------
    structured array of `FIGURE_TYPE`, shape (K,)
    """
    views, _ = views_of(targets.opinion, world, months)
    trade = trade_of(targets.trade, world, months)
    figures = np.zeros(len(views) + len(trade), dtype=FIGURE_TYPE)
    for name in ("state", "month", "value", "key", "series_key"):
        figures[name] = np.concatenate([views[name], trade[name]])
    for name in ("error", "reference"):
        figures[name][: len(views)] = views[name]
    figures["kind"] = OF_TRADE
    figures["kind"][: len(views)] = np.where(views["power"] == JUDGED_HUB, OF_HUB, OF_CHALLENGER)
    together = figures["kind"] == OF_CHALLENGER
    figures["group"] = np.where(together, 0, 1 + figures["kind"] * len(world.codes) + figures["state"])
    for group in np.unique(figures["group"]):
        own = figures["group"] == group
        for number, of in (("level", "state"), ("series", "series_key")):
            figures[number][own] = np.unique(figures[of][own], return_inverse=True)[1]
    return np.sort(figures, order=("group", "month"), kind="stable")


def views_of(opinion: Sequence[Opinion], world: World, months: Integers) -> tuple[Records, tuple[str, ...]]:
    """Survey figures since the world's start on one scale; a series taken once shows no change and is left out.

    Returns
    -------
    views : structured array of `VIEW_TYPE`
        In the order of the table.
    series : tuple of str
        Name of each series: state, power, pollster, measure.
    """
    first, last = int(months[0]), int(months[-1])
    powers = {world.hub: JUDGED_HUB, world.challenger: JUDGED_CHALLENGER}
    kept: list[tuple[str, Opinion]] = []
    for figure in opinion:
        middle = (figure.first + figure.last) // 2
        if figure.target in powers and figure.measure in VIEWS and first <= middle <= last:
            kept.append((f"{figure.state} {figure.target} {figure.pollster} {figure.measure}", figure))
    names = [name for name, _ in kept]
    kept = [(name, figure) for name, figure in kept if names.count(name) > 1 or figure.measure == REFERENCE]
    series = tuple(dict.fromkeys(name for name, _ in kept))
    rows = []
    for name, figure in kept:
        factor, shift = VIEWS[figure.measure]
        value = factor * figure.value + shift
        error = np.sqrt(max(1.0 - value * value, 0.1) / (figure.respondents or 1000))
        rows.append(
            (
                powers[figure.target],
                world.codes.index(figure.state),
                (figure.first + figure.last) // 2 - first,
                series.index(name),
                value,
                error,
                figure.measure == REFERENCE,
                figure_key(f"{name} {figure.date}"),
                figure_key(name),
            )
        )
    return np.array(rows, dtype=VIEW_TYPE), series


def trade_of(shares: Sequence[TradeShare], world: World, months: Integers) -> Records:
    """Printed shares of exports to the challenger; a share below the printed list is unknown and left out."""
    rows = []
    for row in shares:
        month = month_number(f"{row.year}-07") - int(months[0])
        if row.flow != "exports" or row.partner != world.challenger or not row.share:
            continue
        if 0 <= month < len(months) and row.share < 100.0:
            name, value = f"{row.state} {row.partner} {row.flow}", np.log(row.share / (100.0 - row.share))
            keys = figure_key(f"{name} {row.year}"), figure_key(name)
            rows.append((world.codes.index(row.state), month, value, *keys))
    return np.array(rows, dtype=TRADE_TYPE)


def figure_key(text: str) -> int:
    """A stable 28-bit key of a figure or of a series.

    >>> 0 <= figure_key("AUS CHN Lowy 2015") < 2**28
    True
    """
    return row_key(text) >> 2
