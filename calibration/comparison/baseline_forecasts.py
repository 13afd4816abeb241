"""The forecasts of the baselines, case by case, in the same form as those of the model.

``until`` is the cut: everything before it is known. Without a cut each state is forecast from the others alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from calibration.comparison import baselines
from calibration.comparison.forecasts import Answers, Counts, Figures, count_chances, windows_of
from calibration.evidence import sides
from calibration.evidence.observed import CELL_MONTHS, Observed
from calibration.likelihood import Trade, Views
from sim.model.rules import HUB

Mask = NDArray[np.bool_]


def counts(observed: Observed, until: int | None) -> dict[str, Counts]:
    """Steps from the cut on, or of each state without its own past.

    The region's half-year mean knows the present, so that it is no forecast; a state without a past has no last years.
    """
    models = [
        m
        for m in baselines.STEP_BASELINES
        if m not in (("last", "drift") if until is None else ("half_year",))
    ]
    return {model: _counts(observed, model, until) for model in models}


def _counts(observed: Observed, model: str, until: int | None) -> Counts:
    years, steps, start = baselines.years_of(observed), observed.steps, until or 0
    sides, states, cells = np.indices(steps[:, :, start:].shape).reshape(3, -1)
    most = int(steps.max(initial=0))
    chances = np.empty((*steps[:, :, start:].shape, most + 1))
    mean = np.empty(chances.shape[:3])
    everyone = range(len(observed.states))
    places = [slice(None)] if until is not None else [slice(i, i + 1) for i in everyone]
    for side, (own, lines) in enumerate(zip(steps, baselines.lines_of_leaders(observed), strict=True)):
        for place in places:
            rest = own[:, :until] if until is not None else np.delete(own, place, axis=0)
            led = lines if until is not None else np.delete(lines, place, axis=0)
            rates = baselines.rates_of(model, rest, years, rest if model == "half_year" else None, led)
            size, rate, exposure = baselines.step_forecast(rates, own[place], years, start, lines[place])
            size, rate = size[:, None], rate[:, None]
            chances[side, place] = count_chances(size, rate, exposure, most)
            mean[side, place] = size / rate * exposure
    return Counts(
        sides, states, cells + start, steps[sides, states, cells + start], chances.reshape(-1, most + 1),
        mean.reshape(-1),
    )  # fmt: skip


def answers(observed: Observed, until: int | None) -> dict[str, Answers]:
    """Answers in each half-year in which an offer is open, at constant hazards by side."""
    windows = windows_of(observed, (until or 0) * CELL_MONTHS)
    side = observed.offers["side"][windows["offer"]]
    chances = np.empty((len(windows), 3))
    for i in np.unique(windows["state"]):
        own = windows["state"] == i
        hazards = baselines.offer_hazards(observed, until, int(i) if until is None else None)
        yes, no = hazards[np.where(side[own] == HUB, sides.HUB, sides.CHALLENGER)].T
        months = windows["last"][own] - windows["first"][own] + 1
        ends = -np.expm1(-(yes + no) * months / baselines.YEAR)
        chances[own] = np.column_stack([ends * yes / (yes + no), ends * no / (yes + no), 1.0 - ends])
    return {"constant": Answers(windows["state"], windows["first"], windows["became"], side, chances)}


def views(observed: Observed, power: int, until: int | None) -> dict[str, Figures]:
    """Survey figures of one power."""
    figures, places = baselines.views_of(observed, power)
    trains = [train[places] for train in _trains(Views, observed, until)]
    return _figures(observed.views[places], figures, places, trains)


def trade(observed: Observed, until: int | None) -> dict[str, Figures]:
    """Log odds of export shares."""
    figures = baselines.shares_of(observed)
    return _figures(observed.trade, figures, np.arange(len(observed.trade)), _trains(Trade, observed, until))


def _trains(target: type[Views] | type[Trade], observed: Observed, until: int | None) -> list[Mask]:
    """Masks of the figures that may be known: one for all states after a cut, otherwise one for each."""
    if until is not None:
        return [target(observed, until=until).fitted]
    return [target(observed, without=(code,)).fitted for code in observed.states]


def _figures(
    rows: NDArray[np.void], figures: baselines.Figures, places: NDArray[np.intp], trains: Sequence[Mask]
) -> dict[str, Figures]:
    forecasts = {}
    for model in baselines.FIGURE_BASELINES:
        mean, spread = np.zeros(len(rows)), np.full(len(rows), np.nan)
        for i, train in enumerate(trains):
            wanted = ~train if len(trains) == 1 else ~train & (rows["state"] == i)
            if wanted.any():
                levels = baselines.levels_of(model, figures, train)
                mean[wanted], spread[wanted] = baselines.figure_forecast(levels, figures, train, wanted)
        held = np.isfinite(spread)
        forecasts[model] = Figures(
            rows["state"][held], rows["month"][held], places[held], rows["value"][held], mean[None, held],
            spread[None, held], np.ones((1, int(held.sum()))),
        )  # fmt: skip
    return forecasts
