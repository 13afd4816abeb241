"""Fit the model to a record: a posterior sample of each block of parameters, and of all blocks together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import pandas as pd

from calibration.evidence.observed import Observed
from calibration.fitting import checkpoint as checkpoints
from calibration.fitting.convergence import monte_carlo_error, scale_reduction
from calibration.fitting.sampler import Address, Population, advanced, begin, keyed_generator
from calibration.hypotheses.priors import BLOCKS, values_of
from calibration.hypotheses.rivals import Rival, held_of, names_of
from calibration.likelihood import TARGETS, Target
from sim.io.digests import sha256_of, sha256_of_modules
from sim.runs.model_hash import model_hash
from sim.runs.threads import Progress, in_threads
from sim.types import Floats

Values = Callable[[Floats, Sequence[str]], Floats]
PARTICLES, QUICK_PARTICLES = 1000, 800
"""Draws of a fit, and of a quick one."""
POPULATIONS = 4
"""Independent populations of a sample; how far they disagree shows how far to trust it."""
AGREED = 1.05
"""Scale reduction up to which the populations count as agreed."""
COST = {"responses": 45, "opinion": 30, "habits": 20, "trade": 3, "marks": 2}
"""About what share of a fit's time each block takes, in percent."""
NUMBERS = ("evidence", "hypotheses", "likelihood", "fitting/sampler.py", "fitting/fit.py")
"""Rooms and modules of the calibration that decide a fit's numbers."""


@dataclass(frozen=True)
class Sample:
    """Draws from the posterior of a block.

    Attributes
    ----------
    values : float array, shape (n, d)
        In natural units; the draws of one population lie together, all populations equally long.
    log_likelihood : float array, shape (n,)
    log_evidence : float
        Log of the mean likelihood over the prior.
    diagnostics : dict
        ``log_evidence_error``, ``stages``, ``evaluations``, ``acceptance``, ``ancestors`` (draws of the prior from which
        some descend), ``unsettled`` (populations that ran out of moves), and of each parameter ``scale_reduction``
        and ``error`` (Monte-Carlo error of its mean, in units of its spread).
    """

    block: str
    names: tuple[str, ...]
    values: Floats
    log_likelihood: Floats
    log_evidence: float
    diagnostics: dict[str, Any]

    def table(self) -> pd.DataFrame:
        """The draws, a column a parameter."""
        return pd.DataFrame(self.values, columns=list(self.names))

    @property
    def worst(self) -> float:
        """The largest scale reduction of its parameters."""
        return max(entry["scale_reduction"] for entry in self.diagnostics["parameters"].values())


def sample(
    target: Target,
    values: Values = values_of,
    *,
    particles: int = PARTICLES,
    seed: int = 1,
    threads: int | None = None,
    checkpoint: Path | None = None,
    key: str = "",
    progress: Progress | None = None,
) -> Sample:
    """A sample of the posterior of a block, by independent populations side by side.

    Parameters
    ----------
    target : Target
    values : callable
        Standard normal scores (n, d) and names to prior quantiles (n, d).
    particles : int
        Draws, in four populations; the populations should be many times as large as the block has parameters.
    threads : int, optional
        Populations that run at once; all cores if not given. The result does not depend on it.
    checkpoint : Path, optional
        Folder in which each population is saved after every move; one that is found there goes on.
    key : str
        What decides the likelihood (evidence, code); a checkpoint of another key is refused.
    progress : callable, optional
        Called with the number of parts that are done, and of all.

    Raises
    ------
    StoreError
        If a checkpoint is damaged or belongs to another fit.
    FloatingPointError
        If the likelihood is not a number.
    """
    size = max(1, particles // POPULATIONS)
    key = sha256_of([key, target.name, target.names, size, seed])
    lock, parts = Lock(), [0.0] * POPULATIONS

    def density(z: Floats) -> Floats:
        return target.log_likelihood(values(z, target.names))

    def report(number: int, population: Population) -> None:
        with lock:
            parts[number] = population.progress
            if progress is not None:
                progress(round(100 * sum(parts)), 100 * POPULATIONS)

    def run(number: int, stopped: Callable[[], bool]) -> tuple[int, Population]:
        address = Address(seed, target.name, number)
        path = None if checkpoint is None else checkpoint / f"{target.name}-{key[:16]}-{number}.checkpoint"
        found = None if path is None else checkpoints.load(path, key)
        population = found or begin(density, size, len(target.names), address)
        report(number, population)
        while not (population.done or stopped()):
            population = advanced(population, density, address)
            if path is not None:
                checkpoints.save(population, path, key)
            report(number, population)
        return number, population

    if checkpoint is not None:
        checkpoint.mkdir(parents=True, exist_ok=True)
    populations = dict(in_threads(run, range(POPULATIONS), threads))
    return _sample_of(target, values, [populations[number] for number in range(POPULATIONS)])


@dataclass(frozen=True)
class Fit:
    """A rival fitted to a record.

    Attributes
    ----------
    rival : str
    held : dict
        Parameters that the rival holds, with their values.
    samples : dict
        Block -> sample, all equally long.
    seed : int
    """

    rival: str
    held: dict[str, float]
    samples: dict[str, Sample]
    seed: int

    def draws(self) -> pd.DataFrame:
        """Draws of all blocks, those of nuisance parameters among them, and what the rival holds.

        No term of the likelihood joins two blocks, so their rows are paired at random.

        Returns
        -------
        DataFrame
            A row a draw, a float64 column a parameter, equal weights.
        """
        tables = []
        for one in self.samples.values():
            order = keyed_generator(self.seed, one.block, "order").permutation(len(one.values))
            tables.append(one.table().iloc[order].reset_index(drop=True))
        return pd.concat(tables, axis=1).assign(**self.held)

    def about(self) -> dict[str, Any]:
        """Diagnostics by block, as plain data."""
        return {
            block: {"log_evidence": one.log_evidence, **one.diagnostics}
            for block, one in self.samples.items()
        }

    @property
    def worst(self) -> float:
        """The largest scale reduction of all parameters."""
        return max(one.worst for one in self.samples.values())


def fit(
    rival: Rival,
    observed: Observed,
    *,
    blocks: Sequence[str] = tuple(BLOCKS),
    until: int | None = None,
    without: Sequence[str] = (),
    particles: int = PARTICLES,
    seed: int = 1,
    threads: int | None = None,
    checkpoint: Path | None = None,
    progress: Progress | None = None,
) -> Fit:
    """Fit every block of a rival, one after another.

    Parameters
    ----------
    rival : Rival
    observed : Observed
    blocks : sequence of str
        Blocks to fit.
    until, without
        Part of the record to fit, as in `calibration.likelihood`.
    particles, seed, threads, checkpoint
        As in `sample`. Rivals that share a folder of checkpoints share the blocks on which they do not differ.
    progress : callable, optional
        Called with the number of parts that are done, and of all.
    """
    total, done = sum(COST[block] for block in blocks), 0
    samples = {}
    for block in blocks:
        target, key = target_of(rival, observed, block, until, without)

        def report(part: int, parts: int, done: int = done, share: int = COST[block]) -> None:
            if progress is not None:
                progress(round(10 * (done + share * part / parts)), 10 * total)

        samples[block] = sample(
            target,
            particles=particles,
            seed=seed,
            threads=threads,
            checkpoint=checkpoint,
            key=key,
            progress=report,
        )
        done += COST[block]
    return Fit(rival.name, rival.held, samples, seed)


def target_of(
    rival: Rival, observed: Observed, block: str, until: int | None = None, without: Sequence[str] = ()
) -> tuple[Target, str]:
    """The likelihood of a block under a rival, and a hash of all that decides its numbers.

    Another block's switches do not matter to a block, so rivals that differ elsewhere have the same hash.
    """
    names, held = names_of(rival, block), held_of(rival, block)
    key = sha256_of([code_hash(), observed.fingerprint, block, names, held, until, tuple(without)])
    return TARGETS[block](observed, names, held, until, tuple(without)), key


@cache
def code_hash() -> str:
    """SHA-256 of the source of every module that decides a fit's numbers, and of numpy's version."""
    return sha256_of([model_hash(), np.__version__, sha256_of_modules(Path(__file__).parents[1], *NUMBERS)])


def _sample_of(target: Target, values: Values, populations: Sequence[Population]) -> Sample:
    z = np.concatenate([population.z for population in populations])
    evidence = np.array([population.log_evidence for population in populations])
    shares = np.exp(evidence - evidence.max())
    tried = sum(population.tried for population in populations)
    scores = z.reshape(len(populations), -1, z.shape[1])
    diagnostics = {
        "log_evidence_error": float(shares.std(ddof=1) / shares.mean() / np.sqrt(len(shares))),
        "stages": [population.stage for population in populations],
        "evaluations": tried + len(z),
        "acceptance": sum(population.accepted for population in populations) / tried,
        "ancestors": sum(len(np.unique(population.ancestors)) for population in populations),
        "unsettled": sum(not population.forgotten for population in populations),
        "parameters": {
            name: {
                "scale_reduction": scale_reduction(scores[:, :, k]),
                "error": monte_carlo_error(scores[:, :, k]) / float(scores[:, :, k].std()),
            }
            for k, name in enumerate(target.names)
        },
    }
    return Sample(
        target.name,
        target.names,
        values(z, target.names),
        np.concatenate([population.log_likelihood for population in populations]),
        float(evidence.max() + np.log(shares.mean())),
        diagnostics,
    )
