"""Is the fit to be trusted? Recovery of known parameters, replicates, coverage, priors and convergence, one verdict each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from calibration.comparison.forecasts import forecast_responses, forecast_trade, forecast_views
from calibration.evidence.observed import Observed
from calibration.fitting.convergence import monte_carlo_error
from calibration.fitting.fit import AGREED, POPULATIONS, Fit, fit, sample, target_of
from calibration.fitting.posterior_summary import scores
from calibration.hypotheses.priors import BLOCKS, PRIORS, values_of
from calibration.hypotheses.rivals import REFERENCE, RIVALS, names_of
from calibration.likelihood import Responses, Trade, Views
from calibration.validation.posterior_predictive import (
    Cases,
    coverage_table,
    judged_coverage,
    judged_replicates,
    replicate,
)
from calibration.validation.recovery import judged, recover, truths_around
from calibration.validation.verdict import Verdict
from sim.io.staging import staged
from sim.runs.threads import Progress
from sim.types import Floats

FORWARD = "2020-01"
"""First month that the fit of the forward split does not see."""
WIDTHS = (0.5, 2.0)
"""Factors on all prior spreads."""
MOVED = 0.5
"""Shift of a posterior median, in posterior spreads, that is flagged."""
SAME_SEED = 0.01
"""Chance of finding a difference between two sound fits, over all parameters."""


@dataclass(frozen=True)
class Effort:
    """How much is done. ``sets`` synthetic records, draws of ``fits`` and of ``forecasts``, ``replicates``."""

    sets: int
    particles: int
    replicates: int
    forecasts: int
    widths: tuple[float, ...] = WIDTHS


FULL = Effort(sets=100, particles=400, replicates=400, forecasts=200)
QUICK = Effort(sets=10, particles=120, replicates=100, forecasts=60, widths=())
WORK = {"second": 6, "forward": 6, "widths": 12, "replicates": 3, "recovery": 70}
"""About what share of the time each part takes."""


def run(
    observed: Observed,
    folder: Path,
    seed: int = 1,
    quick: bool = False,
    threads: int | None = None,
    progress: Progress | None = None,
    *,
    draws: pd.DataFrame | None = None,
    diagnostics: Mapping[str, Any] | None = None,
    forward: pd.DataFrame | None = None,
    effort: Effort | None = None,
) -> list[Verdict]:
    """Check the fit of the reference explanation.

    What takes long is kept below ``folder`` as it is made, so that the same call goes on where it was stopped.

    Parameters
    ----------
    observed : Observed
    folder : Path
        Where ``checks.csv`` (``check verdict line``), the tables behind it (``check_*.csv``) and the figure of ranks are
        written; made if missing.
    quick : bool
        A few minutes instead of half an hour: fewer synthetic records, priors left alone.
    progress : callable, optional
        Called with the number of parts that are done, and of all.
    draws : DataFrame, optional
        Posterior draws with nuisance parameters, a column a parameter; a short fit of its own if omitted.
    diagnostics : mapping, optional
        `calibration.fitting.fit.Fit.about` of the fit that made them.
    forward : DataFrame, optional
        Draws of the fit to the record before 2020; fitted if omitted.
    effort : Effort, optional
        Instead of that of ``quick``.

    Returns
    -------
    list of Verdict
    """
    chosen = effort or (QUICK if quick else FULL)
    work = folder / "work"
    work.mkdir(parents=True, exist_ok=True)
    step = _Steps(progress)
    options: dict[str, Any] = {"particles": chosen.particles, "threads": threads, "checkpoint": work}
    rival = RIVALS[REFERENCE]
    second = fit(rival, observed, seed=seed + 1000, progress=step.part("second"), **options)
    if draws is None:
        draws, diagnostics = second.draws(), second.about()
        second = fit(rival, observed, seed=seed + 2000, **options)
    verdicts: list[Verdict] = []
    tables: dict[str, pd.DataFrame] = {}
    verdicts += converged(draws, diagnostics, second)
    if forward is None:
        cut = observed.cell_of(FORWARD)
        forward = fit(rival, observed, seed=seed, until=cut, progress=step.part("forward"), **options).draws()
    if chosen.widths:
        verdict, tables["priors"] = prior_sensitivity(
            observed, second, chosen.widths, seed, progress=step.part("widths"), **options
        )
        verdicts.append(verdict)
    made = replicate(observed, draws, chosen.replicates, seed, step.part("replicates"))
    tables["replicates"] = made.table
    verdicts += judged_replicates(made)
    ahead, beyond = judged_coverage("forward", forward_cases(observed, forward, chosen.forecasts), seed)
    verdicts += ahead
    tables["coverage"] = pd.concat([coverage_table(made), beyond], ignore_index=True)
    table = recover(
        observed, truths_around(draws), work / "recovery", sets=chosen.sets, seed=seed, threads=threads,
        progress=step.part("recovery"),
    )  # fmt: skip
    recovered, parameters = judged(table)
    tables["recovery"], tables["ranks"] = parameters.reset_index(), table
    write(folder, [*recovered, *verdicts], tables)
    _picture(observed, table, seed, folder)
    return [*recovered, *verdicts]


class _Steps:
    """Progress of the parts as progress of the whole."""

    def __init__(self, progress: Progress | None) -> None:
        self.progress, self.done = progress, dict.fromkeys(WORK, 0.0)

    def part(self, name: str) -> Progress:
        def report(done: int, total: int) -> None:
            earlier = list(WORK)[: list(WORK).index(name)]
            self.done |= dict.fromkeys(earlier, 1.0) | {name: done / total}
            if self.progress is not None:
                whole = sum(WORK[part] * share for part, share in self.done.items())
                self.progress(round(10 * whole), 10 * sum(WORK.values()))

        return report


def write(folder: Path, verdicts: Sequence[Verdict], tables: Mapping[str, pd.DataFrame]) -> None:
    """Write ``checks.csv`` and a ``check_NAME.csv`` for each table, each whole or not at all."""
    summary = pd.DataFrame(
        [{"check": one.name, "verdict": one.word, "line": one.line} for one in verdicts],
        columns=["check", "verdict", "line"],
    )
    for name, table in {
        "checks": summary,
        **{f"check_{key}": value for key, value in tables.items()},
    }.items():
        with staged(folder / f"{name}.csv") as staging:
            table.to_csv(staging, index=False, float_format="%.6g", lineterminator="\n")


def _picture(observed: Observed, table: pd.DataFrame, seed: int, folder: Path) -> None:
    from calibration.report.rank_figure import draw_ranks
    from sim.figures.kit.save import save
    from sim.figures.kit.style import house

    with house():
        save(draw_ranks(observed, table, seed), folder, "check_ranks")


# ----------------------------------------------------------------------------------------------------- convergence


def converged(draws: pd.DataFrame, diagnostics: Mapping[str, Any] | None, second: Fit) -> list[Verdict]:
    """Do the populations of a fit agree with one another, and the fit with one from another seed?

    Parameters
    ----------
    draws : DataFrame
        Of the fit that is checked.
    diagnostics : mapping or None
        Its `calibration.fitting.fit.Fit.about`.
    second : Fit
        From another seed; its Monte-Carlo error is measured, that of the first taken from its diagnostics.
    """
    verdicts = []
    errors: dict[str, float] = {}
    if diagnostics is not None:
        parts = {name: part for block in diagnostics.values() for name, part in block["parameters"].items()}
        worst = max(parts, key=lambda name: parts[name]["scale_reduction"])
        errors = {name: part["error"] for name, part in parts.items()}
        largest = parts[worst]["scale_reduction"]
        unsettled = sum(block["unsettled"] for block in diagnostics.values())
        noisiest = max(errors, key=lambda name: errors[name])
        effective = 1.0 / errors[noisiest] ** 2
        line = (
            f"scale reduction at most {largest:.3f} ({worst}; {AGREED} allowed), {unsettled} populations ran out of moves; "
            f"least certain mean {noisiest}, ± {errors[noisiest]:.3f} posterior spreads (as {effective:.0f} independent draws)"
        )
        figures = {"scale_reduction": largest, "error": errors[noisiest], "effective": effective}
        verdicts.append(Verdict("convergence", largest <= AGREED and not unsettled, line, figures))
    return [*verdicts, _seeds(draws, errors, second)]


def _seeds(draws: pd.DataFrame, errors: Mapping[str, float], second: Fit) -> Verdict:
    from scipy.stats import t

    apart: dict[str, float] = {}
    for one in second.samples.values():
        for k, name in enumerate(one.names):
            ours = scores(PRIORS[name], draws[name].to_numpy())
            theirs = scores(PRIORS[name], one.values[:, k]).reshape(POPULATIONS, -1)
            own = errors.get(name, 1.0 / np.sqrt(len(ours))) * ours.std()
            apart[name] = float((ours.mean() - theirs.mean()) / np.hypot(own, monte_carlo_error(theirs)))
    worst = max(apart, key=lambda name: abs(apart[name]))
    limit = float(t.isf(SAME_SEED / 2 / len(apart), 2 * (POPULATIONS - 1)))
    line = (
        f"a fit from another seed agrees within Monte-Carlo error: furthest {worst}, {apart[worst]:+.1f} errors "
        f"(up to {limit:.1f}: false alarms {100 * SAME_SEED:.0f} %)"
    )
    if abs(apart[worst]) > limit:
        line = line.replace("agrees", "does not agree", 1)
    return Verdict("seeds", abs(apart[worst]) <= limit, line, {"furthest": apart[worst], "limit": limit})


# ---------------------------------------------------------------------------------------------------------- priors


def prior_sensitivity(
    observed: Observed,
    base: Fit,
    widths: Sequence[float],
    seed: int,
    *,
    particles: int,
    threads: int | None,
    checkpoint: Path,
    progress: Progress | None = None,
) -> tuple[Verdict, pd.DataFrame]:
    """Fit with all prior spreads multiplied and say how far posterior medians move, in posterior spreads.

    Returns
    -------
    verdict : Verdict
        It informs: a parameter of which the record says little moves with its prior.
    table : DataFrame
        ``parameter width shift ratio``; ``ratio`` is the posterior spread under the other priors as a share of its own.
    """
    rows = []
    parts = len(widths) * len(BLOCKS)
    for number, width in enumerate(widths):
        for place, block in enumerate(BLOCKS):
            target, key = target_of(RIVALS[REFERENCE], observed, block)
            done = number * len(BLOCKS) + place

            def report(part: int, total: int, done: int = done) -> None:
                if progress is not None:
                    progress(round(100 * (done + part / total)), 100 * parts)

            found = sample(
                target, partial(values_of, widen=width), particles=particles, seed=seed, threads=threads,
                checkpoint=checkpoint, key=f"{key} spreads {width}", progress=report,
            )  # fmt: skip
            for k, name in enumerate(found.names):
                prior = PRIORS[name]
                ours = scores(prior, base.samples[block].values[:, k])
                other = scores(prior, found.values[:, k])
                shift = float((np.median(other) - np.median(ours)) / ours.std())
                ratio = float(other.std() / ours.std())
                rows.append({"parameter": name, "width": width, "shift": shift, "ratio": ratio})
    table = pd.DataFrame(rows)
    return judged_sensitivity(table), table


def judged_sensitivity(table: pd.DataFrame) -> Verdict:
    """The verdict on a table of `prior_sensitivity`."""
    parts, figures = [], {}
    for width, own in table.groupby("width"):
        moved = own[own["shift"].abs() > MOVED]
        names = ", ".join(moved.sort_values("shift", key=np.abs, ascending=False)["parameter"].head(5))
        parts.append(
            f"prior spreads × {width:g} move {len(moved)} of {len(own)} medians by more than {MOVED:g} posterior spreads"
            + (f" ({names})" if names else "")
        )
        figures[f"moved_{width:g}"] = float(len(moved))
    return Verdict("priors", None, "; ".join(parts), figures)


# --------------------------------------------------------------------------------------------------- forward split


def forward_cases(observed: Observed, draws: pd.DataFrame, count: int) -> dict[str, Cases]:
    """Places of the record since 2020 in forecasts made from what came before, by stream."""
    cut, rival = observed.cell_of(FORWARD), RIVALS[REFERENCE]
    few = draws.iloc[np.linspace(0, len(draws) - 1, min(count, len(draws))).round().astype(int)]

    def values(block: str) -> Floats:
        return few[list(names_of(rival, block))].to_numpy()

    counts, _ = forecast_responses(Responses(observed, until=cut), values("responses"))
    fewer, upto = counts.rank
    figures = forecast_views(Views(observed, until=cut), values("opinion"), cut)
    shares = forecast_trade(Trade(observed, until=cut), values("trade"), cut)
    ranks = np.concatenate([part.rank for part in figures.values()])
    states = np.concatenate([part.state for part in figures.values()])
    return {
        "steps": Cases(fewer, upto, counts.state),
        "opinion": Cases(ranks, ranks, states),
        "trade": Cases(shares.rank, shares.rank, shares.state),
    }
