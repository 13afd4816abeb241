"""Compare: the same lanes under two scenarios, so that only the effect of the edit differs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from pathlib import Path

import pandas as pd

from sim.errors import InputError, StoreError
from sim.io.digests import sha256_of
from sim.io.values import as_path
from sim.results.summary import distribution, interval_of_mean, unit_of
from sim.runs.folder import REMEDY, publish, verify
from sim.runs.manifest import ComparisonManifest
from sim.runs.outcome_table import in_groups
from sim.runs.store import Run, open_run

MARGINAL = ("mean", "q05", "q50", "q95")
LONGEST = 120
"""Letters of the scenarios' names that a comparison's folder name keeps."""


def paired_difference(base: pd.DataFrame, alternative: pd.DataFrame) -> pd.DataFrame:
    """Alternative minus base, lane by lane, for each outcome that both define.

    Parameters
    ----------
    base, alternative : DataFrame
        Outcomes: index lane, one column an outcome. Lane k of one is paired with lane k of the other.

    Returns
    -------
    DataFrame
        Index outcome. ``unit``; ``base_*`` and ``alternative_*`` with the two marginals (mean, q05, q50, q95);
        ``difference_*`` with mean, sd, q05, q50, q95 of the lane differences; ``low`` and ``high``, the 95 % interval
        of the mean difference (Monte-Carlo error, normal); ``rises``, ``falls`` and ``equal``, shares of lanes;
        ``lanes``, the number of pairs in which both are defined.

    Raises
    ------
    InputError
        If the two hold different lanes, or share no outcome.
    """
    if not base.index.equals(alternative.index):
        raise InputError(
            f"the runs hold different lanes ({len(base)} and {len(alternative)}) and cannot be paired"
        )
    shared = [name for name in base.columns if name in alternative.columns]
    if not shared:
        raise InputError("the runs share no outcome; compare scenarios of one world")
    difference = alternative[shared] - base[shared]
    spread = _distribution(difference)
    table = pd.DataFrame({"unit": [unit_of(name) for name in shared]}, index=spread.index)
    for side, frame in (("base", base), ("alternative", alternative)):
        marginal = _distribution(frame[shared])
        table[[f"{side}_{column}" for column in MARGINAL]] = marginal[list(MARGINAL)]
    for column in ("mean", "sd", "q05", "q50", "q95"):
        table[f"difference_{column}"] = spread[column]
    table["low"], table["high"] = interval_of_mean(spread["mean"], spread["sd"], spread["lanes"])
    defined = spread["lanes"].where(spread["lanes"] > 0)
    table["rises"] = (difference > 0).sum() / defined
    table["falls"] = (difference < 0).sum() / defined
    table["equal"] = (difference == 0).sum() / defined
    table["lanes"] = spread["lanes"]
    return table


def _distribution(outcomes: pd.DataFrame) -> pd.DataFrame:
    index = outcomes.columns.rename("outcome")
    return pd.DataFrame(distribution(outcomes.to_numpy()), index=index)


@dataclass(frozen=True)
class Comparison:
    """A stored comparison and the runs that it pairs.

    Attributes
    ----------
    folder : Path
        Where it lies: ``comparison.csv``, ``manifest.json`` and, once drawn, ``figures/``.
    base : Run
        The run compared with.
    alternatives : tuple of Run
        The what-ifs, in the order asked for.
    found : bool
        Whether it was there before.
    """

    folder: Path
    base: Run
    alternatives: tuple[Run, ...]
    found: bool = True

    @cached_property
    def lanes(self) -> pd.Index:
        """Lanes that went wrong in none of the runs."""
        found = [run.outcomes([]).index for run in (self.base, *self.alternatives)]
        return reduce(lambda one, other: one.intersection(other), found)

    def outcomes(self, run: Run, columns: Sequence[str]) -> pd.DataFrame:
        """Some outcomes of one of the runs, in the lanes that went wrong in none."""
        return run.outcomes(columns).loc[self.lanes]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Alternative -> paired differences, index outcome; columns as in `paired_difference`.

        Worked out once, with a few outcomes in memory at a time.
        """
        return self._tables

    @cached_property
    def _tables(self) -> dict[str, pd.DataFrame]:
        return {run.name: self._table(run) for run in self.alternatives}

    def _table(self, run: Run) -> pd.DataFrame:
        known = set(run.columns)
        shared = [name for name in self.base.columns if name in known]
        return pd.concat(
            paired_difference(self.outcomes(self.base, group), self.outcomes(run, group))
            for group in in_groups(shared)
        )


def require_one_world(worlds: Sequence[str]) -> None:
    """Refuse to pair scenarios of different worlds.

    Raises
    ------
    InputError
        Naming the worlds.
    """
    if len(set(worlds)) > 1:
        raise InputError(
            f"scenarios of one world can be compared, and these are of {', '.join(sorted(set(worlds)))}"
        )


def compare_runs(
    base: Run, alternatives: Sequence[Run], *, out: Path, force: bool = False, command: str = ""
) -> Comparison:
    """Pair stored runs and store the comparison beside them, or find it.

    Parameters
    ----------
    base, alternatives : Run
        Of one world, with the same seed and lanes.
    out : Path
        The folder that holds the runs.

    Raises
    ------
    InputError
        If the runs cannot be paired.
    StoreError
        If a stored comparison is damaged and ``force`` is not given.
    """
    runs = (base, *alternatives)
    require_one_world([run.manifest["scenario"]["world"] for run in runs])
    for what in ("seed", "lanes"):
        if len({run.manifest[what] for run in runs}) > 1:
            raise InputError(f"the runs have different {what.removesuffix('s')}s and cannot be paired")
    key = sha256_of([run.manifest["identity"] for run in runs])
    names = "-".join(run.name for run in runs)
    folder = out / f"compare-{names[:LONGEST]}-{key[:8]}"
    if not force and os.path.lexists(folder):
        return open_comparison(folder)
    comparison = Comparison(folder, base, tuple(alternatives), found=False)
    manifest = {
        "kind": "comparison",
        "identity": key,
        "command": command,
        "runs": [{"folder": run.folder.name, "name": run.name, "digest": run.digest} for run in runs],
    }
    table = pd.concat(comparison.tables(), names=["alternative"])
    publish(
        folder,
        manifest,
        lambda staging: table.to_csv(staging / "comparison.csv", float_format="%.6g", lineterminator="\n"),
        force=force,
    )
    return comparison


def open_comparison(folder: str | Path) -> Comparison:
    """A stored comparison and its runs, every file checked.

    Raises
    ------
    StoreError
        If a file of the comparison or of one of its runs is damaged, or a run is gone or holds other numbers.
    """
    folder = as_path(folder, "folder")
    manifest = verify(folder, ComparisonManifest)
    runs = []
    for entry in manifest["runs"]:
        run = open_run(folder.parent / entry["folder"])
        if run.digest != entry["digest"]:
            raise StoreError(
                f"{run.folder}: its numbers differ from those that {folder} was made from; {REMEDY}"
            )
        runs.append(run)
    return Comparison(folder, runs[0], tuple(runs[1:]))
