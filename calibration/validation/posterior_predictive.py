"""Records drawn from the posterior beside the documented one: is it the kind of record that the model makes?

Each replicate is a fresh history under one draw of the parameters, given what was done to the states; no state's own
past is known to it. What is compared: totals, dispersion and empty half-years of steps, level and change of opinion and
trade by state, and how soon offers were answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calibration.evidence.observed import HABITS, Observed
from calibration.evidence.sides import SIDES, SIGNS
from calibration.fitting.sampler import keyed_generator
from calibration.hypotheses.priors import BLOCKS
from calibration.validation.synthetic import simulated
from calibration.validation.verdict import Verdict
from sim.runs.threads import Progress
from sim.types import Floats

Integers = NDArray[np.int64]
NAMES = tuple(name for names in BLOCKS.values() for name in names)
SHARES = (0.5, 0.9)
"""Intervals whose coverage is counted."""
ODD = 0.05
"""Two-sided chance under which a statistic of the record counts as odd."""
FALSE_ALARM = 0.01


@dataclass(frozen=True)
class Cases:
    """Forecast or redrawn numbers beside those of the record, one case a number.

    Attributes
    ----------
    below, upto : float arrays, shape (cases,)
        Probability of less than was observed, and of at most that (equal for continuous numbers).
    state : int array, shape (cases,)
    """

    below: Floats
    upto: Floats
    state: Integers


@dataclass(frozen=True)
class Replicates:
    """The record and ``n`` replicates, each held against all the others.

    Attributes
    ----------
    table : DataFrame
        Columns ``stream group statistic observed low median high chance``; ``low`` to ``high`` holds 90 % of replicates,
        ``chance`` is two-sided.
    odd : int array, shape (n + 1,)
        Number of statistics whose chance is under `ODD`: of the record, then of each replicate among the others.
    within : dict
        Stream (``steps``, half-year counts; ``opinion``; ``trade``) -> share of numbers inside the 50 % and 90 % interval
        of all the others, shape (n + 1, 2), the record first.
    """

    table: pd.DataFrame
    odd: Integers
    within: dict[str, Floats]


def replicate(
    observed: Observed, draws: pd.DataFrame, count: int, seed: int, progress: Progress | None = None
) -> Replicates:
    """Draw ``count`` replicates from evenly taken rows of posterior draws (a column a parameter)."""
    places = np.linspace(0, len(draws) - 1, count).round().astype(int)
    values = draws[list(NAMES)].to_numpy()[places]
    found = statistics(observed)
    made = [list(found.values())]
    numbers = {
        "steps": [observed.steps],
        "opinion": [observed.views["value"]],
        "trade": [observed.trade["value"]],
    }
    for number, record in enumerate(simulated(observed, NAMES, values, seed)):
        own = statistics(record)
        made.append([own[key] for key in found])
        numbers["steps"].append(record.steps)
        numbers["opinion"].append(record.views["value"])
        numbers["trade"].append(record.trade["value"])
        if progress is not None:
            progress(number + 1, count)
    table = np.array(made)
    below, upto = among_others(table)
    chance = np.minimum(
        1.0, 2.0 * np.minimum(upto + 1 / count, 1.0 - below + 1 / count) * count / (count + 1)
    )
    low, middle, high = np.quantile(table[1:], (0.05, 0.5, 0.95), axis=0)
    compared = pd.DataFrame(list(found), columns=["stream", "group", "statistic"]).assign(
        observed=table[0], low=low, median=middle, high=high, chance=chance[0]
    )
    within = {
        stream: _within(np.array(own, dtype=np.float64).reshape(count + 1, -1), keyed_generator(seed, stream))
        for stream, own in numbers.items()
    }
    return Replicates(compared, (chance < ODD).sum(axis=1), within)


def among_others(numbers: Floats) -> tuple[Floats, Floats]:
    """Share of the other rows that are below, and at most, each number of (n + 1, K).

    >>> [share.ravel().tolist() for share in among_others(np.array([[1.0], [2.0], [2.0]]))]
    [[0.0, 0.5, 0.5], [0.0, 1.0, 1.0]]
    """
    from scipy.stats import rankdata

    others = len(numbers) - 1
    below = (rankdata(numbers, method="min", axis=0) - 1) / others
    return below, (rankdata(numbers, method="max", axis=0) - 1) / others


def _within(numbers: Floats, random: np.random.Generator) -> Floats:
    below, upto = among_others(numbers)
    place = below + random.random(numbers.shape) * (upto - below)
    return np.stack([(np.abs(place - 0.5) <= share / 2).mean(axis=1) for share in SHARES], axis=1)


def statistics(record: Observed) -> dict[tuple[str, str, str], float]:
    """What is compared, by (stream, group, statistic)."""
    found: dict[tuple[str, str, str], float] = {}
    for side, name in enumerate(SIDES):
        own = record.steps[side].astype(float)
        totals = own.sum(axis=0)
        found["steps", name, "total"] = own.sum()
        found["steps", name, "half-years without a step"] = (own == 0).mean()
        found["steps", name, "most in a state and half-year"] = own.max()
        found["steps", name, "dispersion over half-years"] = totals.var(ddof=1) / max(totals.mean(), 1e-9)
        by_state = own.sum(axis=1)
        found["steps", name, "dispersion over states"] = by_state.var(ddof=1) / max(by_state.mean(), 1e-9)
        mean = own.mean(axis=1, keepdims=True)
        spread = ((own - mean) ** 2).sum() / max(own.shape[1] - 1, 1)
        found["steps", name, "dispersion within states"] = spread / max(mean.sum(), 1e-9)
        for code, total in zip(record.states, by_state, strict=True):
            found["steps", f"{code} {name}", "total"] = total
    _opinion(record, found)
    for i in np.unique(record.trade["state"]):
        own = record.trade[record.trade["state"] == i]
        _series(found, "trade", record.states[i], own["value"][np.argsort(own["month"])])
    _offers(record, found)
    for kind, name in enumerate(HABITS):
        own = record.onsets[(record.onsets["kind"] == kind) & record.acted_upon[record.onsets["state"]]]
        counts = np.bincount(own["state"], minlength=len(record.states))[record.acted_upon]
        found["acts", name, "total"] = float(len(own))
        found["acts", name, "dispersion over states"] = counts.var(ddof=1) / max(counts.mean(), 1e-9)
    return found


def _opinion(record: Observed, found: dict[tuple[str, str, str], float]) -> None:
    for power, name in enumerate(SIDES):
        views = record.views[(record.views["power"] == power) & (record.views["reference"] == 1)]
        for i in np.unique(views["state"]):
            own = views[views["state"] == i]
            _series(found, "opinion", f"{record.states[i]} {name}", own["value"][np.argsort(own["month"])])


def _series(found: dict[tuple[str, str, str], float], stream: str, group: str, series: Floats) -> None:
    found[stream, group, "level"] = float(series.mean())
    if len(series) > 1:
        found[stream, group, "change from first to last"] = float(series[-1] - series[0])
    if len(series) > 3:
        found[stream, group, "size of changes"] = float(np.sqrt((np.diff(series) ** 2).mean()))


def _offers(record: Observed, found: dict[tuple[str, str, str], float]) -> None:
    offers, last = record.offers, len(record.months) - 1
    waited = offers["last"] - offers["first"]
    for name, side in SIGNS.items():
        own = offers["side"] == side
        year = own & (offers["first"] + 12 <= last)
        if not own.any():
            continue
        taken, refused = offers["outcome"] == 1, offers["outcome"] == -1
        found["offers", name, "share accepted"] = float(taken[own].mean())
        found["offers", name, "share declined or lapsed"] = float(refused[own].mean())
        if year.any():
            found["offers", name, "share accepted within a year"] = float(
                (taken & (waited < 12))[year].mean()
            )
        accepted = np.bincount(offers["state"][own & taken], minlength=len(record.states))
        found["offers", name, "most accepted by one state"] = float(accepted.max())
    for invitation in np.unique(record.invitations["invitation"]):
        own = record.invitations["invitation"] == invitation
        found["offers", f"open invitation {invitation + 1}", "share that joined"] = float(
            record.invitations["joined"][own].mean()
        )


# ------------------------------------------------------------------------------------------------------- verdicts


def judged_replicates(made: Replicates) -> list[Verdict]:
    """Is the record as ordinary as the replicates are among themselves: its statistics, and the coverage of intervals?"""
    table = made.table
    odd = table[table["chance"] < ODD].sort_values("chance", kind="stable")
    as_odd = float((made.odd >= made.odd[0]).mean())
    worst = "; ".join(
        f"{stream} {group} {statistic} ({chance:.3f})"
        for stream, group, statistic, chance in odd[["stream", "group", "statistic", "chance"]].head(4).values
    )
    line = (
        f"{len(odd)} of {len(table)} statistics of the record lie outside 95 % of its replicates, as many as in "
        f"{100 * as_odd:.0f} % of replicates (under {100 * FALSE_ALARM:.0f} % fails){': ' + worst if worst else ''}"
    )
    figures = {"odd": float(len(odd)), "of": float(len(table)), "chance": as_odd}
    verdicts = [Verdict("replicates", as_odd > max(FALSE_ALARM, 1.0 / len(made.odd)), line, figures)]
    for stream, within in made.within.items():
        mean, error = within[1:].mean(axis=0), np.maximum(within[1:].std(axis=0, ddof=1), 1e-9)
        verdicts.append(_coverage(f"fitted {stream}", stream, within[0], error, mean))
    return verdicts


def coverage_table(made: Replicates) -> pd.DataFrame:
    """Coverage of the record's numbers by their replicates, as in `judged_coverage`."""
    return pd.DataFrame(
        [
            {"check": "fitted", "stream": stream, "share": share, "within": within[0, k],
             "error": within[1:, k].std(ddof=1)}
            for stream, within in made.within.items()
            for k, share in enumerate(SHARES)
        ]
    )  # fmt: skip


def _coverage(
    name: str, stream: str, within: Floats, error: Floats, expected: Floats, degrees: float = np.inf
) -> Verdict:
    from scipy.stats import t

    limit = float(t.isf(FALSE_ALARM / 2 / len(SHARES), degrees))
    parts: list[str] = []
    figures: dict[str, float] = {}
    for share, found, wrong in zip(SHARES, within, error, strict=True):
        parts.append(f"{100 * share:.0f} % intervals hold {100 * found:.0f} % (± {100 * wrong:.0f})")
        figures |= {f"within_{100 * share:.0f}": float(found), f"error_{100 * share:.0f}": float(wrong)}
    line = f"{stream}: {', '.join(parts)}; false alarms {100 * FALSE_ALARM:.0f} %"
    return Verdict(name, bool((np.abs(within - expected) <= limit * error).all()), line, figures)


def judged_coverage(name: str, cases: Mapping[str, Cases], seed: int) -> tuple[list[Verdict], pd.DataFrame]:
    """How often intervals hold the record's numbers, by stream, with errors between states.

    The place of a count among counts is drawn at random between that of fewer and of as many, so that intervals of whole
    numbers can be exact.

    Returns
    -------
    verdicts : list of Verdict
        One a stream.
    table : DataFrame
        ``check stream share within error``.
    """
    verdicts, rows = [], []
    for stream, own in cases.items():
        u = keyed_generator(seed, name, stream).random(len(own.below))
        place = own.below + u * (own.upto - own.below)
        inside = [np.abs(place - 0.5) <= share / 2 for share in SHARES]
        within = np.array([one.mean() for one in inside])
        error = np.array(
            [_error_between(one - share, own.state, share) for one, share in zip(inside, SHARES, strict=True)]
        )
        rows += [
            {"check": name, "stream": stream, "share": share, "within": within[k], "error": error[k]}
            for k, share in enumerate(SHARES)
        ]
        degrees = len(np.unique(own.state)) - 1
        verdicts.append(_coverage(f"{name} {stream}", stream, within, error, np.array(SHARES), degrees))
    return verdicts, pd.DataFrame(rows)


def _error_between(distance: NDArray[Any], state: Integers, share: float) -> float:
    """Standard error of a mean over numbers that go together within states; at least that of independent ones."""
    sums = np.array([distance[state == i].sum() for i in np.unique(state)])
    clustered = float(np.sqrt((sums**2).sum()) / len(distance))
    return max(clustered, float(np.sqrt(share * (1 - share) / len(distance))))
