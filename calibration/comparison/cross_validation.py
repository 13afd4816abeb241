"""How likely a fitted model finds what it was not fitted to: one state left out, or the years after a cut.

A stream is a part of what a state did: ``steps`` (unprompted), ``initiatives`` (given its steps), ``offers`` (answers,
given both), ``opinion_challenger``,
``opinion_hub`` (given the former) and ``trade``; the streams of one block add up to the log density of the block.

``left_out``  a state given all others; of surveys and trade, what follows the first figure of each series.
``forward``   a state after the cut given everything before it.

Both are conditional on the documented stimuli of the held-out part.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from calibration.comparison.psis import RELIABLE, log_mean, log_sum, smoothed_weights
from calibration.evidence import sides
from calibration.evidence.observed import CELL_MONTHS, INITIATIVES, UNPROMPTED
from calibration.likelihood import Responses, Trade, Views
from sim.types import Floats

Parts = Mapping[str, Floats]
"""Stream -> log density (n, N) by draw and state. Each stream includes those that stand before it in its block."""

CHUNK = 100
"""Draws whose covariances are held in memory at once."""
OPINION: Mapping[str, int] = {"opinion_challenger": sides.CHALLENGER, "opinion_hub": sides.HUB}
"""Stream of opinion -> the side that is judged; the hub's is predicted given the challenger's."""
STREAMS: Mapping[str, tuple[str, ...]] = {
    "responses": ("steps", "initiatives", "offers"),
    "opinion": tuple(OPINION),
    "trade": ("trade",),
}
"""Block -> streams."""


@dataclass(frozen=True)
class Density:
    """Log predictive density of one stream, by state.

    Attributes
    ----------
    lpd : float array, shape (N,)
        Zero where a state has nothing to predict.
    count : int array, shape (N,)
        Steps, answers or figures that are predicted.
    shape : float array, shape (N,)
        Tail of the importance weights, ``nan`` where none are used.
    refitted : bool array, shape (N,)
    """

    lpd: Floats
    count: NDArray[np.int64]
    shape: Floats
    refitted: NDArray[np.bool_]


def counts_of(target: Any, until: int | None = None) -> dict[str, NDArray[np.int64]]:
    """Stream -> number of held-out things by state, shape (N,)."""
    observed, first = target.observed, until or 0
    states = len(observed.states)
    if target.name == "responses":
        moves = observed.moves[..., first * CELL_MONTHS :].sum(axis=(1, 3))
        offers = observed.offers[observed.offers["last"] >= first * CELL_MONTHS]
        answers = np.bincount(offers["state"], minlength=states)
        return {"steps": moves[UNPROMPTED], "initiatives": moves[INITIATIVES], "offers": answers}
    figures = observed.views if target.name == "opinion" else observed.trade
    held = held_out_figures(target, until)
    if target.name == "trade":
        return {"trade": np.bincount(figures["state"][held], minlength=states)}
    return {
        stream: np.bincount(figures["state"][held & (figures["power"] == power)], minlength=states)
        for stream, power in OPINION.items()
    }


def held_out_figures(target: Any, until: int | None = None) -> NDArray[np.bool_]:
    """Mask of the figures that are predicted: those after the cut, or all but the first of each series."""
    if until is not None:
        return ~target.fitted
    return ~type(target)(target.observed, target.names, target.held, without=target.observed.states).fitted


def parts_of(target: Any, values: Floats, until: int | None = None) -> Parts:
    """Log density of each state's held-out part at each draw.

    Parameters
    ----------
    target : Responses, Views or Trade
        Made with the same cut.
    until : int, optional
        The cut: half-years from this one on are held out, given all before. Without one, a state is held out given all
        other states and the first figures of its own series.
    """
    parts: Mapping[str, Callable[[Any, Floats, int | None], Parts]] = {
        "responses": _responses,
        "opinion": _opinion,
        "trade": _trade,
    }
    return parts[target.name](target, values, until)


def leave_one_out(
    target: Any,
    values: Floats,
    refit: Callable[[str], Floats] | None = None,
    log_ratios: Floats | None = None,
) -> dict[str, Density]:
    """Log predictive density of each state given the others, from draws of the posterior of all.

    Parameters
    ----------
    target : Responses, Views or Trade
        Without a cut.
    values : float array, shape (n, d)
    refit : callable, optional
        State -> draws of a fit without it, used where the weights cannot be trusted.
    log_ratios : float array, shape (n,), optional
        Log weights of the draws, if they are not draws of the posterior itself.
    """
    parts, counts = parts_of(target, values), counts_of(target)
    states, streams = len(target.observed.states), STREAMS[target.name]
    whole = parts[streams[-1]]
    sums = np.zeros((len(streams), states))
    shape, refitted = np.full(states, np.nan), np.zeros(states, dtype=np.bool_)
    for i in range(states):
        if not whole[:, i].any():
            continue
        weights, shape[i] = smoothed_weights((0.0 if log_ratios is None else log_ratios) - whole[:, i])
        if shape[i] > RELIABLE and refit is not None:
            refitted[i] = True
            fresh = parts_of(target, refit(target.observed.states[i]))
            sums[:, i] = [log_mean(fresh[stream][:, i]) for stream in streams]
        else:
            sums[:, i] = [log_sum(weights + parts[stream][:, i]) for stream in streams]
    return _densities(streams, sums, counts, shape, refitted)


def forward(target: Any, values: Floats, until: int, log_weights: Floats | None = None) -> dict[str, Density]:
    """Log predictive density of what each state did after the cut, from draws of the fit to what came before.

    Parameters
    ----------
    log_weights : float array, shape (n,), optional
        Of the draws, adding up to one.
    """
    parts, counts = parts_of(target, values, until), counts_of(target, until)
    states, streams = len(target.observed.states), STREAMS[target.name]
    weights = np.full(len(values), -np.log(len(values))) if log_weights is None else log_weights
    sums = np.array([[log_sum(weights + parts[stream][:, i]) for i in range(states)] for stream in streams])
    return _densities(streams, sums, counts, np.full(states, np.nan), np.zeros(states, dtype=np.bool_))


def _densities(
    streams: Sequence[str],
    sums: Floats,
    counts: Mapping[str, Any],
    shape: Floats,
    refitted: NDArray[np.bool_],
) -> dict[str, Density]:
    """From sums over the first streams of a block to each stream given those before it."""
    steps = np.diff(sums, axis=0, prepend=0.0)
    return {stream: Density(steps[k], counts[stream], shape, refitted) for k, stream in enumerate(streams)}


# ------------------------------------------------------------------------------------------------------- blocks


def _responses(target: Responses, values: Floats, until: int | None) -> Parts:
    parts = target.parts(values, (until or 0) * CELL_MONTHS)
    return {stream: parts[:, k + 1] - parts[:, 0] for k, stream in enumerate(STREAMS["responses"])}


def _opinion(target: Views, values: Floats, until: int | None) -> Parts:
    views, held = target.observed.views, held_out_figures(target, until)
    parts, total = {}, np.zeros((len(values), len(target.observed.states)))
    for stream, power in OPINION.items():
        places = np.flatnonzero(views["power"] == power)
        for rows in _chunks(len(values)):
            mean, cov, _ = target.moments(values[rows], power)
            total[rows] += _of_states(
                views["value"][places] - mean, cov, views["state"][places], held[places], target, until
            )
        parts[stream] = total.copy()
    return parts


def _trade(target: Trade, values: Floats, until: int | None) -> Parts:
    figures, held = target.observed.trade, held_out_figures(target, until)
    total = np.zeros((len(values), len(target.observed.states)))
    for rows in _chunks(len(values)):
        mean, cov = target.moments(values[rows])
        for i in np.unique(figures["state"]):
            mine = figures["state"] == i
            own = cov[:, mine][:, :, mine]
            total[rows] += _of_states(
                (figures["value"] - mean)[:, mine], own, figures["state"][mine], held[mine], target, until
            )
    return {"trade": total}


def _chunks(count: int) -> list[slice]:
    return [slice(start, start + CHUNK) for start in range(0, count, CHUNK)]


def _of_states(
    residual: Floats, cov: Floats, state: Any, held: NDArray[np.bool_], target: Any, until: int | None
) -> Floats:
    """Log density (n, N) of each state's held-out figures given what is known in its split."""
    total = np.zeros((len(residual), len(target.observed.states)))
    if until is None:
        precision = np.linalg.inv(cov)
        pull = np.einsum("nkm,nm->nk", precision, residual)
        for i in np.unique(state[held]):
            mine = held & (state == i)
            spread = np.linalg.inv(precision[:, mine][:, :, mine])
            total[:, i] = normal_log_density(np.einsum("nkm,nm->nk", spread, pull[:, mine]), spread)
        return total
    distance, spread = conditional(residual, cov, held, ~held)
    for i in np.unique(state[held]):
        mine = state[held] == i
        total[:, i] = normal_log_density(distance[:, mine], spread[:, mine][:, :, mine])
    return total


def normal_log_density(residual: Floats, cov: Floats) -> Floats:
    """Log density of normal vectors (n, k) with covariances (n, k, k), shape (n,)."""
    factor = np.linalg.cholesky(cov)
    score = np.linalg.solve(factor, residual[:, :, None])[:, :, 0]
    logs = np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
    return -0.5 * (score**2).sum(axis=1) - logs - 0.5 * residual.shape[1] * np.log(2 * np.pi)


def conditional(
    residual: Floats, cov: Floats, wanted: NDArray[np.bool_], given: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """Residual from the conditional mean (n, k) and conditional covariance (n, k, k) of some entries given others.

    Parameters
    ----------
    residual : float array, shape (n, K)
    cov : float array, shape (n, K, K)
    wanted, given : bool array, shape (K,)
    """
    distance, spread = residual[:, wanted], cov[:, wanted][:, :, wanted]
    if given.any():
        cross = cov[:, given][:, :, wanted]
        solved = np.linalg.solve(cov[:, given][:, :, given], cross)
        distance = distance - np.einsum("ngk,ng->nk", solved, residual[:, given])
        spread = spread - np.einsum("ngk,ngm->nkm", solved, cross)
    return distance, spread


def paired(gaps: Floats) -> tuple[float, float]:
    """Sum of differences by state, and its standard error if states are independent.

    >>> paired(np.array([1.0, 1.0, 1.0]))
    (3.0, 0.0)
    """
    if len(gaps) < 2:
        return float(gaps.sum()), float("nan")
    return float(gaps.sum()), float(np.sqrt(len(gaps) * gaps.var(ddof=1)))
