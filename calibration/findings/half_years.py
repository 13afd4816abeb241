"""How far a comparison of explanations rests on single half-years: shocks reach all states at once.

What a state did is predicted half-year by half-year, each given those before it, so that the log densities of its
half-years add up to that of the whole (`calibration.comparison.cross_validation`). Their differences between two
explanations can then be summed over states within a half-year, and the error of their total be taken over half-years.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from calibration.comparison.cross_validation import STREAMS, paired, parts_of
from calibration.comparison.psis import log_sum, smoothed_weights
from calibration.evidence.observed import CELL_MONTHS, Observed
from calibration.hypotheses.rivals import REFERENCE, RIVALS, Rival, held_of, names_of
from calibration.likelihood import Responses
from sim.types import Floats

BLOCK = "responses"
TOTAL = "responses"
"""Stream that is the sum of the others."""
KEYS = ("split", "stream", "model")
ERRORS = ("difference", "error_states", "error_half_years")
"""Columns of the table of errors."""


def until_month(observed: Observed, month: int) -> Observed:
    """The responses up to a month, the answers to offers that were open then not known; no open invitations."""
    arrays, offers = observed.arrays, observed.offers
    kept = offers[offers["first"] < month].copy()
    kept["outcome"][kept["last"] >= month] = 0
    kept["last"] = np.minimum(kept["last"], month - 1)
    return replace(
        observed,
        months=observed.months[:month],
        arrays=arrays._replace(
            months=arrays.months[:month], stimuli=arrays.stimuli[:month], years=arrays.years[:month]
        ),
        position=observed.position[:month],
        moves=np.ascontiguousarray(observed.moves[..., :month]),
        offers=kept,
        invitations=observed.invitations[:0],
        fingerprint=f"{observed.fingerprint} until month {month}",
    )


def densities(
    rival: Rival, observed: Observed, draws: pd.DataFrame, until: int | None = None
) -> dict[str, Floats]:
    """Log predictive density of each state's half-years, each given those before it.

    Parameters
    ----------
    draws : DataFrame
        Of the fit to all states or, with ``until``, of the fit to what came before that half-year.
    until : int, optional
        First half-year that is predicted. Without one every state is predicted from all others, by importance weights.

    Returns
    -------
    dict
        Stream, and `TOTAL` -> float array, shape (N, half-years); the sums over half-years are those of
        `calibration.comparison.cross_validation.forward` and ``leave_one_out``.

    Raises
    ------
    KeyError
        If the draws lack a parameter.
    """
    names, held = names_of(rival, BLOCK), held_of(rival, BLOCK)
    values = draws[list(names)].to_numpy()

    def target(month: int) -> Responses:
        return Responses(until_month(observed, month), names, held, until)

    streams, states, months = STREAMS[BLOCK], len(observed.states), len(observed.months)
    weights = np.full((len(values), states), -np.log(len(values)))
    if until is None:
        whole = parts_of(target(months), values)[streams[-1]]
        for i in np.flatnonzero(whole.any(axis=0)):
            weights[:, i] = smoothed_weights(-whole[:, i])[0]
    ends = [min(cell * CELL_MONTHS, months) for cell in range((until or 0) + 1, observed.cells + 1)]
    totals = np.zeros((len(streams), states, len(ends) + 1))
    for k, month in enumerate(ends):
        parts = parts_of(target(month), values, until)
        for row, stream in enumerate(streams):
            logs = weights + parts[stream]
            totals[row, :, k + 1] = [log_sum(logs[:, i]) for i in range(states)]
    cells = np.diff(totals, axis=2)
    found = dict(zip(streams, np.diff(cells, axis=0, prepend=0.0), strict=True))
    return found | {TOTAL: cells[-1]}


def half_year_errors(
    tables: Mapping[str, Any],
    observed: Observed,
    splits: Mapping[str, tuple[str, int | None]],
    most: int,
    rivals: Sequence[str] = tuple(RIVALS),
) -> pd.DataFrame:
    """Standard errors over states and over half-years of how far the reference is ahead of other explanations.

    Parameters
    ----------
    tables : mapping
        Name of a fit -> its draws, a column a parameter. Fits that are missing, or lack a parameter, are passed over.
    splits : mapping
        Split -> end of the names of its fits, and the half-year from which it predicts.
    most : int
        Draws of each fit that are used, evenly spaced.

    Returns
    -------
    DataFrame
        A row a ``split``, ``stream`` and ``model``: ``difference`` (reference less model), ``error_states``,
        ``error_half_years``.
    """
    rows = []
    for split, (end, until) in splits.items():
        found = {
            name: densities(RIVALS[name], observed, _thinned(tables[name + end], most), until)
            for name in rivals
            if set(names_of(RIVALS[name], BLOCK)) <= set(tables.get(name + end, ()))
        }
        for name in found if REFERENCE in found else ():
            if name == REFERENCE:
                continue
            for stream, own in found[name].items():
                difference, states, half_years = errors_of(found[REFERENCE][stream] - own)
                rows.append((split, stream, name, difference, states, half_years))
    table = pd.DataFrame(rows, columns=[*KEYS, *ERRORS])
    return table.astype(dict.fromkeys(ERRORS, np.float64) | dict.fromkeys(KEYS, str))


def errors_of(gaps: Floats) -> tuple[float, float, float]:
    """Sum of differences, (states, half-years), and its standard error over states and over half-years.

    >>> errors_of(np.array([[1.0, -1.0], [1.0, -1.0]]))  # every state alike, every half-year another
    (0.0, 0.0, 4.0)
    """
    difference, states = paired(gaps.sum(axis=1))
    return difference, states, paired(gaps.sum(axis=0))[1]


def _thinned(table: Any, most: int) -> pd.DataFrame:
    draws = pd.DataFrame(dict(table))
    places = np.linspace(0, len(draws) - 1, min(most, len(draws))).round().astype(int)
    return draws.iloc[places].reset_index(drop=True)
