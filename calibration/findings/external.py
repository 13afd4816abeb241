"""External evidence, which no fit sees: outcomes of coercion as others coded them, and elites asked to choose a side.

Rank correlations (Kendall's tau-b) between the evidence and what the fitted model says of the same cases, one for each
draw of the posterior. Cases are few: a verdict needs both the draws and chance among the cases to agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import permutations
from math import factorial
from pathlib import Path

import numpy as np
import pandas as pd

from calibration.evidence import sides
from calibration.evidence.observed import CELL_MONTHS, Observed
from calibration.findings.episodes import expected_steps, opinion_paths, without_rows
from calibration.fitting.sampler import keyed_generator
from calibration.hypotheses.priors import BLOCKS, rows_of
from calibration.likelihood import Responses
from sim.engine.arrays import TRAJECTORIES
from sim.engine.kernel import run_block
from sim.engine.timeline import build_timeline
from sim.io.csv_tables import Column, check_unique, optional, pattern, read_table, text, word, year
from sim.io.library import record_folder
from sim.scenario.targets import load_opinion
from sim.types import Floats

CASES = Path(__file__).resolve().parents[1] / "evidence" / "external" / "coercion_cases.csv"
OUTCOMES = ("loss", "mixed loss", "mixed", "mixed win", "win")
"""For the state that coerces, from worst to best."""
CASE_MONTHS = 24
"""Months after its last act began to which the effect of a case is counted, steps in whole half-years."""
FORCED_CHOICE = "forced_choice_usa"
"""Measure: percent of elites who would choose the hub if they had to choose."""
ENOUGH = 0.05
"""Share of orders of the cases by chance below which a rank correlation counts as more than chance."""
MOST_ORDERS = 5040

COLUMNS = (
    Column("state", pattern("[A-Z]{3}", "a code of three capital letters"), "who was coerced"),
    Column("year", year, "when it began"),
    Column("case", text, "what it was about"),
    Column(
        "rows", optional(pattern("S[0-9]{3,6}( S[0-9]{3,6})*", "ids of rows"), ""), "its acts in the record"
    ),
    Column("tactical", word(*OUTCOMES), "outcome for the coercer on the matter itself"),
    Column("strategic", word(*OUTCOMES), "outcome for the coercer beyond it"),
    Column("overall", word(*OUTCOMES), "both together"),
    Column("source", text, "who coded it"),
)


@dataclass(frozen=True)
class Case:
    """One case of coercion and its outcome for the coercer, as its source coded it.

    Attributes
    ----------
    rows : tuple of str
        The acts of the record that make up the case; none if the state is outside the world.
    """

    state: str
    year: int
    case: str
    rows: tuple[str, ...]
    tactical: str
    strategic: str
    overall: str
    source: str


@dataclass(frozen=True)
class Agreement:
    """A rank correlation between evidence and model.

    Attributes
    ----------
    cases : int
    middle, low, high : float
        Median and 90 % interval over the draws.
    chance : float
        Share of all orders of the cases with a correlation at least as far from zero.
    """

    name: str
    cases: int
    middle: float
    low: float
    high: float
    chance: float

    @property
    def verdict(self) -> str:
        """``agrees`` or ``disagrees`` if the interval excludes zero and chance is small; else ``cannot tell``."""
        if self.chance < ENOUGH and self.low > 0.0:
            return "agrees"
        if self.chance < ENOUGH and self.high < 0.0:
            return "disagrees"
        return "cannot tell"


def load_cases(path: Path = CASES) -> tuple[Case, ...]:
    """The coded cases, in the order of the file.

    Raises
    ------
    InputError
        At the first bad row, with file, line, column and what is allowed.
    """
    rows = read_table(path, COLUMNS)
    check_unique(rows, "state", "year")
    return tuple(Case(**{**row.values, "rows": tuple(row["rows"].split())}) for row in rows)


def tau(first: Floats, second: Floats) -> Floats:
    """Kendall's tau-b along the last axis, which both share; 0 where all values of either are tied.

    >>> float(tau(np.array([1.0, 2.0, 3.0]), np.array([1.0, 3.0, 2.0])))
    0.3333333333333333
    """
    one, other = (np.sign(x[..., :, None] - x[..., None, :]) for x in (first, second))
    size = np.sqrt((one**2).sum(axis=(-2, -1)) * (other**2).sum(axis=(-2, -1)))
    return (one * other).sum(axis=(-2, -1)) / np.where(size > 0.0, size, 1.0)


def agreement(name: str, evidence: Floats, predicted: Floats, seed: int = 1) -> Agreement:
    """How far the order of the cases in the evidence, shape (cases,), is that of each draw, shape (n, cases)."""
    draws = tau(predicted, evidence)
    low, middle, high = np.quantile(draws, [0.05, 0.5, 0.95])
    count = len(evidence)
    if factorial(count) <= MOST_ORDERS:
        orders = np.array(list(permutations(range(count))))
    else:
        random = keyed_generator(seed, "outside", name)
        orders = np.array([random.permutation(count) for _ in range(MOST_ORDERS)])
    centre = np.median(predicted, axis=0)
    found, shuffled = abs(float(tau(centre, evidence))), np.abs(tau(centre[orders], evidence))
    return Agreement(
        name, count, float(middle), float(low), float(high), float(np.mean(shuffled >= found - 1e-9))
    )


def columns(draws: pd.DataFrame, block: str) -> tuple[tuple[str, ...], Floats]:
    """The parameters of a block that a table of draws holds, and their values (n, d)."""
    names = tuple(name for name in BLOCKS[block] if name in draws)
    return names, draws[list(names)].to_numpy()


def compare_cases(
    observed: Observed, draws: pd.DataFrame, cases: Sequence[Case] = ()
) -> tuple[pd.DataFrame, list[Agreement]]:
    """What the model says that each coded case did, beside its coded outcome.

    Parameters
    ----------
    draws : DataFrame
        A row a draw, a column a parameter.
    cases : sequence of Case
        Those of the evidence if omitted; cases of states outside the world are left out.

    Returns
    -------
    table : DataFrame
        Columns state, year, case, strategic, overall; median and 90 % interval of the ``steps`` toward the hub that
        the acts added until 24 months after the last began (``steps_low``, ``steps_high``), and of the ``opinion`` of the challenger that they
        took, at the worst month of the same time (net points, -1 to 1).
    agreements : list of Agreement
        Of losses for the coercer with added steps and with lost opinion.
    """
    chosen = [case for case in cases or load_cases() if case.rows]
    names, values = columns(draws, "responses")
    viewed, views = columns(draws, "opinion")
    target = Responses(observed, names)
    steps = expected_steps(target, values)
    opinion = opinion_paths(views, viewed, observed.arrays)[:, sides.CHALLENGER]
    events = build_timeline(observed.scenario).events
    added, lost, rows = [], [], []
    for case in chosen:
        i, acts = observed.states.index(case.state), set(case.rows)
        starts = [event.start - int(observed.months[0]) for event in events if event.id in acts]
        span = slice(min(starts), max(starts) + CASE_MONTHS)
        cells = slice(span.start // CELL_MONTHS, span.stop // CELL_MONTHS)
        arrays = without_rows(observed, case.rows)
        other = expected_steps(target, values, arrays=arrays)
        added.append((steps - other)[:, sides.HUB, i, cells].sum(axis=1))
        path = opinion_paths(views, viewed, arrays)[:, sides.CHALLENGER, span, i]
        lost.append((path - opinion[:, span, i]).max(axis=1))
        rows.append(
            {"state": case.state, "year": case.year, "case": case.case, "strategic": case.strategic,
             "overall": case.overall} | _quantiles("steps", added[-1]) | _quantiles("opinion", lost[-1])
        )  # fmt: skip
    agreements = []
    for kind in ("strategic", "overall"):
        losses = np.array([-float(OUTCOMES.index(getattr(case, kind))) for case in chosen])
        agreements += [
            agreement(f"{kind} loss and added steps", losses, np.stack(added, axis=1)),
            agreement(f"{kind} loss and lost opinion", losses, np.stack(lost, axis=1)),
        ]
    return pd.DataFrame(rows), agreements


def compare_choices(
    observed: Observed, draws: pd.DataFrame, seed: int = 1
) -> tuple[pd.DataFrame, list[Agreement]]:
    """Elites' choice between the powers beside simulated alignment and the model's opinion gap, by state.

    Alignment is simulated under the record, one lane a draw, so its interval holds chance and parameters; the gap
    (opinion of the hub less that of the challenger) follows stimuli alone.

    Returns
    -------
    table : DataFrame
        A row a state: mean share and its change from the first to the last survey (0 to 1), and the same of ``alignment``
        and ``gap``, medians over the draws.
    agreements : list of Agreement
        Across states: of levels, and of changes.
    """
    opinion = load_opinion(record_folder(str(observed.scenario.record)), observed.world)
    figures = [row for row in opinion if row.measure == FORCED_CHOICE]
    states = sorted({row.state for row in figures})
    shares = {
        code: sorted((row.first, row.last, row.value) for row in figures if row.state == code)
        for code in states
    }
    alignment, gap = _simulated_alignment(observed, draws, seed), _gaps(observed, draws)
    measured: dict[str, list[Floats]] = {"level": [], "change": []}
    modelled: dict[str, list[Floats]] = {
        f"{what} {how}": [] for what in ("alignment", "gap") for how in measured
    }
    for code in states:
        i = observed.states.index(code)
        months = [(first + last) // 2 - int(observed.months[0]) for first, last, _ in shares[code]]
        value = np.array([share / 100.0 for _, _, share in shares[code]])
        measured["level"].append(value.mean())
        measured["change"].append(value[-1] - value[0])
        for what, path in (("alignment", alignment), ("gap", gap)):
            own = path[:, months, i]
            modelled[f"{what} level"].append(own.mean(axis=1))
            modelled[f"{what} change"].append(own[:, -1] - own[:, 0])
    table = pd.DataFrame({"state": states} | {f"share {how}": values for how, values in measured.items()})
    agreements = []
    for name, values in modelled.items():
        predicted = np.stack(values, axis=1)
        table[name] = np.median(predicted, axis=0)
        agreements.append(
            agreement(f"choice of the hub and {name}", np.array(measured[name.split()[1]]), predicted, seed)
        )
    return table, agreements


def _simulated_alignment(observed: Observed, draws: pd.DataFrame, seed: int, block: int = 50) -> Floats:
    names = [name for own in BLOCKS.values() for name in own if name in draws]
    rows = rows_of(draws[names].to_numpy(), names)
    place = TRAJECTORIES.index("alignment")
    parts = [
        run_block(observed.arrays, rows[first : first + block], seed, first)[0][:, place]
        for first in range(0, len(rows), block)
    ]
    return np.concatenate(parts)


def _gaps(observed: Observed, draws: pd.DataFrame) -> Floats:
    names, values = columns(draws, "opinion")
    paths = opinion_paths(values, names, observed.arrays)
    return paths[:, sides.HUB] - paths[:, sides.CHALLENGER]


def _quantiles(name: str, values: Floats) -> dict[str, float]:
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    return {name: float(middle), f"{name}_low": float(low), f"{name}_high": float(high)}
