"""Hold a fitted model against what it has not seen: the shipped record's held-out parts, or any other record.

Nothing is fitted here. The draws of a posterior are taken as they are; what a forecast learns from the scored record
itself is the level of each state (activity, home position, survey series) from what came before the first month scored.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from calibration.comparison import baseline_forecasts
from calibration.comparison.cross_validation import STREAMS, parts_of
from calibration.comparison.explanations import FORWARD as FORWARD_UNTIL
from calibration.comparison.forecasts import forecast_responses, forecast_trade, forecast_views
from calibration.comparison.psis import RELIABLE, smoothed_weights
from calibration.comparison.scores import (
    CASE,
    FEWEST_STATES,
    SCORES,
    Scores,
    combined,
    mean_by_state,
    points_of,
    thinned,
    verdict,
)
from calibration.evidence import sides
from calibration.evidence.observed import CELL_MONTHS, Observed, observe
from calibration.fitting.sampler import keyed_generator
from calibration.hypotheses.priors import BLOCKS, values_of
from calibration.likelihood import Responses, Trade, Views
from calibration.store import FORWARD
from sim.errors import InputError
from sim.io.library import THEATRE, record_folder
from sim.months import month_number, month_text
from sim.runs.threads import Progress
from sim.scenario.posterior import Posterior
from sim.scenario.record import load_extent
from sim.scenario.schema import Scenario
from sim.scenario.world import load_world
from sim.types import Floats

MOST_DRAWS = 400
"""Draws of a posterior that a score uses, evenly spaced."""
LEFT_OUT = "each state left out"
ERRORS = {"opinion": ("survey_error", "pollster_error", "state_offset"), "trade": ("trade_error",)}
"""Errors of measurement, which belong to the figures and not to the model."""
CANDIDATES = 500
FEWEST_HALF_YEARS = FEWEST_STATES
"""With fewer half-years than this an error over half-years means little, and that over states stands alone."""


class ClusteredScores(Scores):
    """Scores whose differences carry the larger of two errors: over states, and over half-years."""

    def table(self) -> pd.DataFrame:
        """As `Scores.table`, with errors and verdicts of `with_half_years`."""
        return with_half_years(super().table(), self.points)


def with_half_years(table: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """A table of differences with errors over half-years, too: shocks reach all states at once.

    Parameters
    ----------
    table : DataFrame
        `calibration.comparison.scores.Scores.table`.
    points : DataFrame
        The cases behind it.

    Returns
    -------
    DataFrame
        With ``half_years``, their number; ``error_states`` and ``error_half_years``, standard errors with all cases of a
        state, or of a calendar half-year, as one; ``error``, the larger; ``verdict``, given only where both allow it.
        With fewer than `FEWEST_HALF_YEARS` half-years the error and the verdict over states stand alone.
    """
    columns = {title: (name, sign) for name, (title, sign) in SCORES.items()}
    rows = []
    for row in table.to_dict("records"):
        name, sign = columns[row["score"]]
        own = points[(points["split"] == row["split"]) & (points["stream"] == row["stream"])]
        both = own[own["model"] == row["model"]].merge(
            own[own["model"] == row["baseline"]], on=CASE, suffixes=("", "_baseline")
        )
        both = both.dropna(subset=[f"{name}_baseline"])
        gains = sign * (both[name] - both[f"{name}_baseline"])
        _, error, half_years = mean_by_state(gains, _half_year(both["month"]))
        row |= {"half_years": half_years, "error_states": row["error"], "error_half_years": error}
        if half_years >= FEWEST_HALF_YEARS:
            row["error"] = float(np.fmax(row["error"], error))
            if verdict(row["gain"], error, half_years) != row["verdict"]:
                row["verdict"] = "cannot tell"
        rows.append(row)
    return pd.DataFrame(rows)


def _half_year(months: pd.Series) -> pd.Series:
    """The calendar half-year of each month."""
    return months.map(lambda month: month_number(month) // CELL_MONTHS)


def score(
    world: str | Path, folder: Path, draws: pd.DataFrame, start: str | None = None, model: str = "wedge"
) -> Scores:
    """Score the draws of a posterior on a record.

    Parameters
    ----------
    world : str or Path
        Name of a world, or path of its file.
    folder : Path
        A record: ``stimuli.csv``, ``leaders.csv``, ``extent.csv``, ``responses.csv``; ``opinion.csv`` and ``trade.csv``
        if any.
    draws : DataFrame
        A row a draw of equal weight, a column a parameter; what it lacks stands at its default, levers at zero.
    start : str, optional
        First month scored, ``YYYY-MM``; see `first_scored`.

    Raises
    ------
    InputError
        At the first thing that is wrong, with file, line and column.
    """
    observed = observe(scenario_of(world, folder))
    first, note = first_scored(observed, start)
    cut = -(-first // CELL_MONTHS)
    begins = month_text(int(observed.months[0]) + cut * CELL_MONTHS)
    if cut >= observed.cells:
        after, end = month_text(int(observed.months[0]) + first), month_text(int(observed.months[-1]))
        if start is None:
            raise InputError(
                f"ends in {end}, before the first half-year after the shipped record, {begins}; carry it further, or "
                "name an earlier month with --from",
                folder / "extent.csv",
                2,
                key="last",
            )
        raise InputError(
            f"no half-year of {observed.world.name} begins at or after {after}; the record ends in {end}",
            key="--from",
        )
    if first % CELL_MONTHS:
        note = (*note, f"{begins} is the first half-year that begins at or after the first month scored")
    split = f"from {begins}"
    points = forward(observed, thinned(draws, MOST_DRAWS), cut, split, model)
    return ClusteredScores(points, {split: model}, (*note, *_seen(observed, cut)))


def scenario_of(world: str | Path, folder: Path) -> Scenario:
    """A world and the record in a folder as a scenario without strategies.

    Raises
    ------
    InputError
        If there is no such folder, or its extent does not fit the world.
    """
    if not folder.is_dir():
        raise InputError("there is no such folder of a record", folder)
    loaded = load_world(world)
    extent = load_extent(folder)
    if extent is None:
        raise InputError("missing; it says which months the record covers", folder / "extent.csv")
    first, last = extent
    if first != month_number(loaded.start):
        raise InputError(
            f"begins {month_text(first)}, and the world {loaded.name} in {loaded.start}; a record begins with its "
            "world (to go on from the shipped record, add rows to a copy of it)",
            folder / "extent.csv",
            2,
            key="first",
        )
    until = month_text(last)
    scenario = Scenario(
        name="score",
        title="Score",
        question="How good are the forecasts?",
        basis="the record given",
        world=loaded.name,
        record=None,
        record_until=until,
        responses="simulated",
        branch=month_text(last + 1),
        until=until,
        report=(until,),
    )
    return scenario.model_copy(update={"world": str(world), "record": str(folder.resolve())})


def first_scored(observed: Observed, start: str | None) -> tuple[int, tuple[str, ...]]:
    """Place of the first month scored, and a note where it was not given.

    The month after the shipped record ends, if this record carries it on; else the middle of the record.

    Raises
    ------
    InputError
        If no half-year would be left to learn from, or nothing to score.
    """
    first, last = int(observed.months[0]), int(observed.months[-1])
    if start is not None:
        month = month_number(start)
        if month > last:
            raise InputError(f"{start} is after the record ends, {month_text(last)}", key="--from")
        if month < first + CELL_MONTHS:
            raise InputError(
                f"{start} leaves nothing to learn from; allowed is {month_text(first + CELL_MONTHS)} to {month_text(last)}",
                key="--from",
            )
        return month - first, ()
    known = shipped_end(observed)
    if known is not None and known < last:
        return known + 1 - first, ("scored from the month after the shipped record ends",)
    middle = (last - first + 1) // 2
    return middle, ("scored from the middle of the record, as --from was not given",)


def _seen(observed: Observed, cut: int) -> tuple[str, ...]:
    """A warning where the shipped posterior was fitted to some of what is scored."""
    known = shipped_end(observed)
    if known is None or int(observed.months[0]) + cut * CELL_MONTHS > known:
        return ()
    return (
        f"no test of a posterior fitted to the shipped record: the fit used what happened up to {month_text(known)}",
    )


def held_out(
    posterior: Posterior, observed: Observed | None = None, progress: Progress | None = None
) -> Scores:
    """Score the shipped record's held-out parts: forward in time, and each state left out.

    The forward split needs a table fitted to what came before it; without one it is left out, with a note.
    """
    observed = observe() if observed is None else observed
    report = progress or (lambda done, total: None)
    model, table = posterior.main, posterior.main + FORWARD
    parts, models, notes = [], {}, []
    report(0, 2)
    if table in posterior.tables:
        split = f"from {FORWARD_UNTIL}"
        draws = thinned(draws_of(posterior, table), MOST_DRAWS)
        parts.append(forward(observed, draws, observed.cell_of(FORWARD_UNTIL), split, model))
        models[split] = model
    else:
        notes.append(
            f"no forward split: the posterior has no table '{table}', fitted to what came before {FORWARD_UNTIL}"
        )
    report(1, 2)
    draws = thinned(draws_of(posterior, model), MOST_DRAWS)
    points, doubts = leave_one_out(observed, draws, LEFT_OUT, model)
    report(2, 2)
    return ClusteredScores(combined([*parts, points]), {**models, LEFT_OUT: model}, (*notes, *doubts))


def draws_of(posterior: Posterior, rival: str) -> pd.DataFrame:
    """The draws of a rival, a column a parameter."""
    return pd.DataFrame({name: np.asarray(column) for name, column in posterior.tables[rival].items()})


def shipped_end(observed: Observed) -> int | None:
    """Month number of the last month of the shipped record, if the world is its own; None for any other world."""
    extent = load_extent(record_folder(THEATRE))
    return extent[1] if extent is not None and observed.world.name == THEATRE else None


def forward(observed: Observed, draws: pd.DataFrame, cut: int, split: str, model: str) -> pd.DataFrame:
    """Points of the model and of the baselines from half-year ``cut`` on, given all before it; see `Scores`."""
    draws = with_errors(draws, observed, cut)
    names, values = tuple(draws.columns), draws.to_numpy()
    parts = [_response_points(Responses(observed, names, until=cut), values, None, split, model)]
    parts += _figure_points(observed, names, values, {}, split, model, cut)
    return combined([*parts, *_baseline_points(observed, split, cut)])


def leave_one_out(
    observed: Observed, draws: pd.DataFrame, split: str, model: str
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Points of each state given all others, by importance weights of the draws of the fit to all, and notes."""
    draws = with_errors(draws, observed, None)
    names, values = tuple(draws.columns), draws.to_numpy()
    weights, shaky = {}, set()
    for target in (Responses(observed, names), Views(observed, names), Trade(observed, names)):
        weights[target.name], doubtful = _weights_without(target, values)
        shaky |= doubtful
    alone = Responses(observed, names, until=0)
    parts = [_response_points(alone, values, weights["responses"], split, model)]
    parts += _figure_points(observed, names, values, weights, split, model, None)
    note = f"weights that leave these out are not reliable: {', '.join(sorted(shaky))}" if shaky else ""
    points = combined([*parts, *_baseline_points(observed, split, None)])
    return points, ((note,) if note else ())


def _weights_without(target: Responses | Views | Trade, values: Floats) -> tuple[Floats, set[str]]:
    """Weights (n, N) of the draws in the forecast of each state from all others, and the states they fail for."""
    observed = target.observed
    density = parts_of(target, values)[STREAMS[target.name][-1]]
    weights, doubtful = np.full(density.shape, 1.0 / len(values)), set()
    for i in np.flatnonzero(density.any(axis=0)):
        logs, shape = smoothed_weights(-density[:, i])
        weights[:, i] = np.exp(logs)
        if shape > RELIABLE:
            doubtful.add(observed.states[i])
    return weights, doubtful


def _response_points(
    target: Responses, values: Floats, weights: Floats | None, split: str, model: str
) -> pd.DataFrame:
    counts, answers = forecast_responses(target, values, weights)
    observed = target.observed
    return combined(
        [
            points_of(counts, observed, split, "steps", model),
            points_of(answers, observed, split, "offers", model),
        ]
    )


def _figure_points(
    observed: Observed, names: Sequence[str], values: Floats, weights: Mapping[str, Floats], split: str,
    model: str, cut: int | None,
) -> list[pd.DataFrame]:  # fmt: skip
    """Points of opinion and trade, each where the tables hold any."""
    parts = []
    if len(observed.views):
        opinion = forecast_views(Views(observed, names, until=cut), values, cut, weights.get("opinion"))
        parts += [points_of(own, observed, split, "opinion", model, side) for side, own in opinion.items()]
    if len(observed.trade):
        shares = forecast_trade(Trade(observed, names, until=cut), values, cut, weights.get("trade"))
        parts.append(points_of(shares, observed, split, "trade", model, "challenger"))
    return parts


def _baseline_points(observed: Observed, split: str, cut: int | None) -> list[pd.DataFrame]:
    """Points of every baseline on the same cases."""
    parts = []
    for model, counts in baseline_forecasts.counts(observed, cut).items():
        parts.append(points_of(counts, observed, split, "steps", model))
    for model, answers in baseline_forecasts.answers(observed, cut).items():
        parts.append(points_of(answers, observed, split, "offers", model))
    for power, side in enumerate(sides.SIDES):
        for model, figures in baseline_forecasts.views(observed, power, cut).items():
            parts.append(points_of(figures, observed, split, "opinion", model, side))
    for model, figures in baseline_forecasts.trade(observed, cut).items():
        parts.append(points_of(figures, observed, split, "trade", model, "challenger"))
    return parts


def with_errors(draws: pd.DataFrame, observed: Observed, cut: int | None) -> pd.DataFrame:
    """The draws with errors of measurement; those they lack are learned from the figures before the cut.

    They belong to pollsters and statistics, which differ from one record to the next. Given everything else at
    its median, candidates from the prior are drawn again by their likelihood; the prior itself where no figure is known.
    """
    completed = draws.copy()
    for block, errors in ERRORS.items():
        lacking = [name for name in errors if name not in draws]
        if not lacking:
            continue
        random = keyed_generator("errors", block)
        candidates = values_of(random.standard_normal((CANDIDATES, len(lacking))), lacking)
        rest = [name for name in draws.columns if name in BLOCKS[block]]
        middle = np.tile(draws[rest].median().to_numpy(), (CANDIDATES, 1))
        target: Views | Trade = (Views if block == "opinion" else Trade)(
            observed, (*rest, *lacking), until=cut
        )
        logs = target.log_likelihood(np.column_stack([middle, candidates]))
        ends = np.cumsum(np.exp(logs - logs.max()))
        chosen = np.searchsorted(ends, random.random(len(draws)) * ends[-1], side="right")
        completed[lacking] = candidates[np.minimum(chosen, CANDIDATES - 1)]
    return completed
