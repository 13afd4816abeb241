"""What a fitted model expects of single states and half-years, given what the states did in the others.

A state's activity and the error of its home position are learned from its own counts outside the half-years in
question, so that these are compared with the rest of its record and not with themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calibration.comparison.cross_validation import conditional
from calibration.comparison.forecasts import Figures
from calibration.evidence import sides
from calibration.evidence.observed import UNPROMPTED, Observed, by_half_year
from calibration.fitting.sampler import keyed_generator
from calibration.hypotheses.priors import BLOCKS, rows_of
from calibration.likelihood import (
    ACCOMMODATION,
    COERCION,
    CREDIBILITY,
    LOG_WEIGHTS,
    NODES,
    PRESSURE,
    PUNISHMENT,
    REPUTATION_CHALLENGER,
    REPUTATION_HUB,
    Responses,
    Views,
    alignment_at_nodes,
)
from sim.engine.arrays import Arrays, Records, pack
from sim.engine.timeline import build_timeline
from sim.model import rules
from sim.model.jit import compiled
from sim.months import month_text
from sim.scenario.schema import Drop, Edit
from sim.types import Floats

Mask = NDArray[np.bool_]


def expected_steps(
    target: Responses, values: Floats, hidden: Mask | None = None, arrays: Arrays | None = None
) -> Floats:
    """Unprompted steps that each draw expects of each state, given its own moves.

    Parameters
    ----------
    target : Responses
    values : float array, shape (n, len(target.names))
    hidden : bool array, shape (N, H), optional
        Half-years that are not used to learn of the state.
    arrays : Arrays, optional
        Other stimuli than the documented ones; what is learned of a state is learned under the documented ones.

    Returns
    -------
    float array, shape (n, 2, N, H)
    """
    exposures = target.exposures(values)
    shares, size, rate, lifts = _learned(target, values, exposures, hidden)
    if arrays is not None:
        exposures = _exposures_under(target, values, arrays)
    activity = shares * size[:, :, None] / rate
    return exposures[:, UNPROMPTED] * np.einsum("nik,nsik->nsi", activity, lifts)[..., None]


def drawn_steps(
    target: Responses, values: Floats, hidden: Mask, state: int, cells: slice, seed: int = 1
) -> NDArray[np.int64]:
    """One drawn total of unprompted steps toward either side in some half-years, for each draw: int array, shape (n, 2)."""
    exposures = target.exposures(values)
    shares, size, rate, lifts = _learned(target, values, exposures, hidden)
    random = keyed_generator(seed, "windows", target.observed.states[state], cells.start, cells.stop)
    ends = np.cumsum(shares[:, state], axis=1)
    node = np.minimum((random.random(len(values))[:, None] > ends).sum(axis=1), len(NODES) - 1)
    every = np.arange(len(values))
    activity = random.gamma(size[:, state]) / rate[every, state, node]
    lift = lifts[every, :, state, node]
    return random.poisson(activity[:, None] * lift * exposures[:, UNPROMPTED, :, state, cells].sum(axis=2))


def _learned(
    target: Responses, values: Floats, exposures: Floats, hidden: Mask | None
) -> tuple[Floats, Floats, Floats, Floats]:
    """Weights of the nodes of home (n, N, nodes); size (n, N) and rate (n, N, nodes) of activity; lifts (n, 2, N, nodes)."""
    observed = target.observed
    known = np.ones(observed.steps.shape[1:], dtype=np.bool_) if hidden is None else ~hidden
    rows = rows_of(values, target.names, target.held)
    moves = (by_half_year(observed.moves) * known).sum(axis=(0, 3))
    tilt = rows["alignment_slope"][:, None, None] * alignment_at_nodes(observed, rows["home_spread"])
    lifts = np.exp(np.stack([tilt, -tilt], axis=1))
    size = rows["activity_shape"][:, None] + moves.sum(axis=0)
    expected = (exposures * known).sum(axis=(1, 4))
    rate = rows["activity_shape"][:, None, None] + (expected[..., None] * lifts).sum(axis=1)
    net = moves[sides.HUB] - moves[sides.CHALLENGER]
    logs = LOG_WEIGHTS + net[None, :, None] * tilt - size[:, :, None] * np.log(rate)
    shares = np.exp(logs - logs.max(axis=2, keepdims=True))
    return shares / shares.sum(axis=2, keepdims=True), size, rate, lifts


def _exposures_under(target: Responses, values: Floats, arrays: Arrays) -> Floats:
    other = Responses(replace(target.observed, arrays=arrays), target.names, target.held)
    return other.exposures(values)


def without_rows(observed: Observed, ids: Iterable[str]) -> Arrays:
    """The documented arrays without some rows of the record.

    Raises
    ------
    ValueError
        If one of the rows does not exist or does nothing.
    """
    scenario = observed.scenario
    start = month_text(int(observed.months[0]))
    wanted = list(ids)
    known = {event.id for event in build_timeline(scenario).events}
    if missing := [row for row in wanted if row not in known]:
        raise ValueError(f"the record has no row {', '.join(missing)}")
    drops = tuple(Edit(drop=Drop(id=row, start=start)) for row in wanted)
    return pack(build_timeline(scenario.model_copy(update={"edits": (*scenario.edits, *drops)})))


@compiled
def _opinion_paths(rows: Records, stimuli: Floats, states: Records, out: Floats) -> None:
    for k in range(len(rows)):
        p = rows[k]
        for i in range(len(states)):
            me = states[i]
            challenger, hub = me.rest_challenger, me.rest_hub
            for t in range(len(stimuli)):
                felt = stimuli[t, i]
                challenger = rules.opinion_of_challenger_after_month(
                    challenger, me.rest_challenger, felt[COERCION], felt[PUNISHMENT], felt[ACCOMMODATION],
                    felt[REPUTATION_CHALLENGER], 0.0, 0.0, p,
                )  # fmt: skip
                hub = rules.opinion_of_hub_after_month(
                    hub, me.rest_hub, felt[PRESSURE], felt[CREDIBILITY], felt[REPUTATION_HUB], 0.0, p
                )
                out[k, sides.HUB, t, i], out[k, sides.CHALLENGER, t, i] = hub, challenger


def opinion_paths(
    values: Floats, names: Sequence[str], arrays: Arrays, held: Mapping[str, float] | None = None
) -> Floats:
    """Opinion of the hub and of the challenger that stimuli alone would give, without noise.

    Returns
    -------
    float array, shape (n, 2, T, N)
    """
    rows = rows_of(values, names, held or {})
    out = np.empty((len(rows), 2, len(arrays.stimuli), len(arrays.states)))
    _opinion_paths(rows, arrays.stimuli, arrays.states, out)
    return out


@dataclass(frozen=True)
class Account:
    """Steps of one state toward one side over some half-years, beside what the model expects from its other years.

    Attributes
    ----------
    side : str
        ``hub`` or ``challenger``.
    first, last : str
        First and last month.
    observed : int
    expected, low, high : float
        Mean and 90 % interval of the predictive distribution.
    chance : float
        Two-sided: probability of a count at least as far out, never less than the draws can show.
    """

    state: str
    side: str
    first: str
    last: str
    observed: int
    expected: float
    low: float
    high: float
    chance: float

    @property
    def surprising(self) -> bool:
        """Whether the count lies outside the interval."""
        return not self.low <= self.observed <= self.high


def accounts(
    target: Responses, values: Floats, state: str, first: str, last: str, seed: int = 1
) -> tuple[Account, Account]:
    """Both sides' steps of a state in the half-years that hold the months ``first`` to ``last`` (``YYYY-MM``)."""
    observed = target.observed
    i, cells = observed.states.index(state), slice(observed.cell_of(first), observed.cell_of(last) + 1)
    hidden = np.zeros(observed.steps.shape[1:], dtype=np.bool_)
    hidden[i, cells] = True
    expected = expected_steps(target, values, hidden)[:, :, i, cells].sum(axis=2).mean(axis=0)
    drawn = drawn_steps(target, values, hidden, i, cells, seed)
    found = []
    for number, side in enumerate(sides.SIDES):
        count = int(observed.steps[number, i, cells].sum())
        low, high = np.quantile(drawn[:, number], [0.05, 0.95], method="inverted_cdf")
        tails = (drawn[:, number] <= count).sum(), (drawn[:, number] >= count).sum()
        chance = min(1.0, 2.0 * (float(min(tails)) + 1.0) / (len(drawn) + 1.0))
        mean = float(expected[number])
        found.append(Account(state, side, first, last, count, mean, float(low), float(high), chance))
    return found[0], found[1]


@dataclass(frozen=True)
class ViewAccount:
    """Survey figures of one power in one state over some months, beside what the model expects given all others.

    Attributes
    ----------
    count : int
    observed, expected : float
        Means over the figures, net opinion -1 to 1; ``nan`` if there is no figure.
    covered : int
        Figures inside their 90 % intervals.
    """

    state: str
    power: str
    count: int
    observed: float
    expected: float
    covered: int


def view_accounts(
    observed: Observed, draws: pd.DataFrame, state: str, first: str, last: str
) -> tuple[ViewAccount, ...]:
    """Figures on the hub and on the challenger from ``first`` to ``last`` (``YYYY-MM``), each against its forecast.

    Parameters
    ----------
    draws : DataFrame
        A row a draw, a column a parameter, errors of measurement among them.
    """
    names = tuple(name for name in BLOCKS["opinion"] if name in draws)
    target, views = Views(observed, names), observed.views
    span = (observed.month(first) <= views["month"]) & (views["month"] <= observed.month(last))
    hidden = span & (views["state"] == observed.states.index(state))
    found = []
    values = draws[list(names)].to_numpy()
    for power, name in enumerate(sides.SIDES):
        own = hidden & (views["power"] == power)
        if not own.any():
            found.append(ViewAccount(state, name, 0, np.nan, np.nan, 0))
            continue
        mean, cov, places = target.moments(values, power)
        asked = hidden[places]
        apart, spread = conditional(views["value"][places] - mean, cov, asked, ~asked)
        spreads = np.sqrt(np.diagonal(spread, axis1=1, axis2=2))
        kept, weights = views[places][asked], np.full(apart.shape, 1.0 / len(values))
        figures = Figures(
            kept["state"],
            kept["month"],
            places[asked],
            kept["value"],
            kept["value"] - apart,
            spreads,
            weights,
        )
        low, high = figures.quantile(0.05), figures.quantile(0.95)
        covered = int(((low <= figures.value) & (figures.value <= high)).sum())
        found.append(
            ViewAccount(
                state, name, len(low), float(figures.value.mean()), float(figures.mean.mean()), covered
            )
        )
    return tuple(found)
