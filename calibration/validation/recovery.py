"""Can the fit find what it is asked for? Known parameters, synthetic records, fits, and how often intervals hold them.

The truths are drawn from the posterior of the record made wider (spreads half as large again, never above the prior's), and
that same distribution is the prior of the fits to the synthetic records. Then the rank of a truth among its posterior
draws is uniform if likelihood, simulation and sampler agree, whatever the parameter (simulation-based calibration), and
the records stay as large as the documented one.

References
----------
Talts, Betancourt, Simpson, Vehtari and Gelman (2018), Validating Bayesian inference algorithms with simulation-based
calibration.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from calibration.evidence.observed import Observed
from calibration.fitting.fit import code_hash, target_of
from calibration.fitting.posterior_summary import scores
from calibration.fitting.sampler import Address, advanced, begin, keyed_generator
from calibration.hypotheses.priors import BLOCKS, PRIORS, values_of
from calibration.hypotheses.rivals import REFERENCE, RIVALS
from calibration.validation.synthetic import simulated
from calibration.validation.verdict import Verdict
from sim.io.digests import sha256_of, sha256_of_modules
from sim.io.staging import staged
from sim.runs.threads import Progress, in_threads
from sim.types import Floats

WIDER = 1.5
"""Spread of the truths, in spreads of the posterior."""
PARTICLES = 120
"""Draws of the fit to one synthetic record."""
FALSE_ALARM = 0.05
"""Chance that a sound fit fails one of the tests, over all parameters together."""


@dataclass(frozen=True)
class Truths:
    """Where truths are drawn from: independent normals in the scores of the priors.

    Attributes
    ----------
    centre, spread : dict
        Parameter -> mean and standard deviation of its score.
    """

    centre: dict[str, float]
    spread: dict[str, float]

    def values(self, block: str, scores_: Floats) -> Floats:
        """Natural values (n, d) of a block at standard normal scores of this distribution."""
        names = BLOCKS[block]
        centre = np.array([self.centre[name] for name in names])
        spread = np.array([self.spread[name] for name in names])
        return values_of(centre + spread * scores_, names)


def truths_around(draws: pd.DataFrame) -> Truths:
    """The distribution of truths from posterior draws, a column a parameter."""
    found = {
        name: scores(
            PRIORS[name],
            draws[name].to_numpy(),
            draws[PRIORS[name].around].to_numpy() if PRIORS[name].around else None,
        )
        for names in BLOCKS.values()
        for name in names
    }
    return Truths(
        {name: float(score.mean()) for name, score in found.items()},
        {name: float(min(WIDER * score.std(), 1.0)) for name, score in found.items()},
    )


def recover(
    observed: Observed,
    truths: Truths,
    folder: Path,
    *,
    sets: int,
    seed: int,
    threads: int | None = None,
    particles: int = PARTICLES,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Fit synthetic records and find the rank of each truth in its posterior.

    Each record's result is kept in ``folder``, so that a run that was stopped goes on.

    Returns
    -------
    DataFrame
        A row a record and parameter: ``set``, ``block``, ``parameter``, ``rank`` (share of draws below the truth, 0 to
        1), ``error`` (truth less posterior mean, in posterior spreads), ``ratio`` (posterior spread as a share of that
        of the truths).
    """
    folder.mkdir(parents=True, exist_ok=True)
    key = sha256_of(
        [code_hash(), _source(), observed.fingerprint, truths.centre, truths.spread, seed, particles]
    )

    def one(number: int, stopped: Callable[[], bool]) -> tuple[int, list[dict[str, Any]]]:
        path = folder / f"set-{number:03d}.json"
        rows = _kept(path, key)
        if rows is None:
            rows = _recovered(observed, truths, seed, number, particles)
            with staged(path) as staging:
                staging.write_text(json.dumps({"key": key, "rows": rows}), encoding="utf-8")
        return number, rows

    made: dict[int, list[dict[str, Any]]] = {}
    with closing(in_threads(one, range(sets), threads)) as results:
        for number, rows in results:
            made[number] = rows
            if progress is not None:
                progress(len(made), sets)
    return pd.DataFrame([{"set": number, **row} for number in range(sets) for row in made[number]])


def _source() -> str:
    return sha256_of_modules(Path(__file__).parent, "recovery.py", "synthetic.py")


def _kept(path: Path, key: str) -> list[dict[str, Any]] | None:
    """The rows of a file of this run; none if it is missing, unreadable or of another run."""
    try:
        content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content["rows"] if isinstance(content, dict) and content.get("key") == key else None


def _recovered(
    observed: Observed, truths: Truths, seed: int, number: int, particles: int
) -> list[dict[str, Any]]:
    random = keyed_generator(seed, "truth", number)
    truth = {block: random.standard_normal((1, len(names))) for block, names in BLOCKS.items()}
    values = np.concatenate([truths.values(block, z) for block, z in truth.items()], axis=1)
    names = tuple(name for block in truth for name in BLOCKS[block])
    record = next(simulated(observed, names, values, seed, number))
    rows = []
    for block in BLOCKS:
        posterior = _posterior(record, truths, block, Address(seed, block, number), particles)
        own = truth[block][0]
        ranks = (posterior < own).mean(axis=0)
        spread = posterior.std(axis=0)
        for k, name in enumerate(BLOCKS[block]):
            rows.append(
                {
                    "block": block,
                    "parameter": name,
                    "rank": float(ranks[k]),
                    "error": float((own[k] - posterior[:, k].mean()) / max(spread[k], 1e-12)),
                    "ratio": float(spread[k]),
                }
            )
    return rows


def _posterior(record: Observed, truths: Truths, block: str, address: Address, particles: int) -> Floats:
    target, _ = target_of(RIVALS[REFERENCE], record, block)

    def density(z: Floats) -> Floats:
        return target.log_likelihood(truths.values(block, z))

    population = begin(density, particles, len(target.names), address)
    while not population.done:
        population = advanced(population, density, address)
    return population.z


# ------------------------------------------------------------------------------------------------------- verdicts


def judged(table: pd.DataFrame) -> tuple[list[Verdict], pd.DataFrame]:
    """Verdicts on a table of `recover`, and a table of parameters.

    Returns
    -------
    verdicts : list of Verdict
    parameters : DataFrame
        Index parameter: block, ``within_50`` and ``within_90`` (share of sets), ``chance`` (of ranks as uneven as
        these), ``mean_rank``, ``error`` (root mean square, in posterior spreads), ``ratio`` (median).
    """
    table = table.assign(within_50=_within(table["rank"], 0.5), within_90=_within(table["rank"], 0.9))
    groups = table.groupby("parameter", sort=False)
    parameters = groups.agg(
        block=("block", "first"),
        within_50=("within_50", "mean"),
        within_90=("within_90", "mean"),
        mean_rank=("rank", "mean"),
        ratio=("ratio", "median"),
    )
    parameters["error"] = groups["error"].agg(lambda error: float(np.sqrt((error**2).mean())))
    parameters["chance"] = groups["rank"].agg(lambda rank: uneven(rank.to_numpy()))
    return [_coverage(table, parameters), _ranks(table, parameters)], parameters


def _within(rank: pd.Series, share: float) -> pd.Series:
    return (rank - 0.5).abs() <= share / 2


def uneven(ranks: Floats) -> float:
    """Chance of ranks (n,) at least as uneven as these if they are uniform: chi-square over at most ten equal bins.

    >>> round(uneven(np.linspace(0.005, 0.995, 100)), 2), uneven(np.full(100, 0.5)) < 1e-9
    (1.0, True)
    """
    from scipy.stats import chi2

    bins = int(np.clip(len(ranks) // 10, 2, 10))
    counts = np.histogram(ranks, bins=bins, range=(0.0, 1.0))[0]
    expected = len(ranks) / bins
    return float(chi2.sf(((counts - expected) ** 2 / expected).sum(), bins - 1))


def _coverage(table: pd.DataFrame, parameters: pd.DataFrame) -> Verdict:
    """Over all parameters, with the spread between sets as the error; and each parameter, corrected for their number."""
    from scipy.stats import binom, norm

    sets, sound = table["set"].nunique(), True
    figures: dict[str, float] = {}
    limit = float(norm.isf(FALSE_ALARM / 8))
    parts = []
    for share, column in ((0.5, "within_50"), (0.9, "within_90")):
        means = table.groupby("set")[column].mean()
        error = max(float(means.std(ddof=1)) / np.sqrt(sets), 1e-9)
        apart = (float(means.mean()) - share) / error
        hits = (parameters[column] * sets).round()
        tails = np.minimum(binom.cdf(hits, sets, share), binom.sf(hits - 1, sets, share))
        least = float(min(1.0, 2 * tails.min() * len(parameters)))
        figures |= {column: float(means.mean()), f"{column}_error": error, f"{column}_least_chance": least}
        sound &= abs(apart) < limit and least > FALSE_ALARM / 4
        worst = parameters.index[int(np.argmin(tails))]
        parts.append(
            f"{100 * share:.0f} % intervals hold the truth in {100 * means.mean():.1f} % (± {100 * error:.1f}); "
            f"furthest {worst}, {100 * parameters.loc[worst, column]:.0f} %"
        )
    line = f"{'; '.join(parts)}; {sets} synthetic records, false alarms {100 * FALSE_ALARM:.0f} %"
    return Verdict("recovery", bool(sound), line, {"sets": float(sets), **figures})


def _ranks(table: pd.DataFrame, parameters: pd.DataFrame) -> Verdict:
    sets, worst = table["set"].nunique(), str(parameters["chance"].idxmin())
    least = min(1.0, float(parameters["chance"].min()) * len(parameters))
    line = (
        f"ranks of {len(parameters)} truths among their draws are {'' if least > FALSE_ALARM else 'not '}uniform: least even "
        f"{worst}, chance {least:.2g} corrected for their number; {sets} records, false alarms {100 * FALSE_ALARM:.0f} %"
    )
    return Verdict("ranks", least > FALSE_ALARM, line, {"sets": float(sets), "least_chance": least})
