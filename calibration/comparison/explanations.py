"""Rivals, baselines, levers and placebos on the same held-out parts of the record, in tables that are written as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from calibration.comparison.baselines import baseline_table
from calibration.comparison.cross_validation import (
    STREAMS,
    Density,
    counts_of,
    forward,
    leave_one_out,
    paired,
)
from calibration.comparison.forms import form_table
from calibration.comparison.levers import lever_table
from calibration.comparison.placebos import placebo_table
from calibration.comparison.psis import bootstrap_weights, stacking_weights
from calibration.evidence.observed import Observed, StepSet, observe
from calibration.fitting.fit import PARTICLES, sample, target_of
from calibration.hypotheses.rivals import REFERENCE, RIVALS, Rival
from calibration.likelihood import TARGETS
from sim.errors import InputError
from sim.runs.threads import Progress
from sim.types import Floats

FORWARD = "2020-01"
"""First month of the forward split: fitted to what came before, predicted from there on."""
SPLITS = ("left_out", "forward")
OTHER_SETS: tuple[StepSet, ...] = ("unanswered", "binding", "verified")
"""Sets of steps on which the comparison is made again, for responses alone."""
ALL = {"responses": ("steps", "initiatives", "offers"), "opinion": ("opinion_challenger", "opinion_hub")}
"""Sums of streams that the summary adds, besides ``all``: both."""
BETTER = (2.0, 3.0)
"""Least difference, in standard errors and in log units, that counts as better."""
LEANS = 1.0
"""Least difference, in standard errors, that counts as leaning."""
PLACEBOS, QUICK_PLACEBOS = 24, 6
QUICK_PARTICLES = 200
SMALLER = 4
"""Refits and the other sets of steps have this many times fewer draws."""


@dataclass(frozen=True)
class Results:
    """What a comparison found.

    Attributes
    ----------
    heldout : DataFrame
        A row a set of ``steps``, ``model``, ``split``, ``stream`` and ``state``: log predictive density ``lpd`` of ``n``
        things, ``shape`` of the importance weights' tail and whether the model was ``refitted`` without the state.
    summary : DataFrame
        See `summary`.
    levers, placebos : DataFrame
        See `calibration.comparison.levers.lever_table` and `calibration.comparison.placebos.placebo_table`.
    forms : DataFrame
        See `calibration.comparison.forms.form_table`.
    weights : DataFrame
        ``rival``, stacking ``weight``, and ``bootstrap`` (`bootstrap_weights`), which ``parameters: stacked`` uses:
        stacking alone tends to give all to one model, and so no doubt.
    """

    heldout: pd.DataFrame
    summary: pd.DataFrame
    levers: pd.DataFrame
    placebos: pd.DataFrame
    forms: pd.DataFrame
    weights: pd.DataFrame

    @property
    def stacked(self) -> dict[str, float]:
        """Rival -> share of the lanes that carry structural doubt: the weight that holds were the states others."""
        return dict(zip(self.weights["rival"], self.weights["bootstrap"], strict=True))

    def write(self, folder: Path) -> None:
        """Write each table as ``NAME.csv``."""
        folder.mkdir(parents=True, exist_ok=True)
        for part in fields(self):
            getattr(self, part.name).to_csv(folder / f"{part.name}.csv", index=False, float_format="%.6g")


def compare_all(
    observed: Observed,
    folder: Path,
    *,
    seed: int = 1,
    quick: bool = False,
    particles: int | None = None,
    threads: int | None = None,
    checkpoint: Path | None = None,
    cut: str = FORWARD,
    progress: Progress | None = None,
) -> Results:
    """Compare all rivals and baselines, try each lever and the placebos, and write the tables to a folder.

    Parameters
    ----------
    folder : Path
        Where ``heldout.csv``, ``summary.csv``, ``levers.csv``, ``placebos.csv``, ``forms.csv`` and ``weights.csv`` go.
    quick : bool
        Fewer draws and placebos, one set of steps, no refits.
    checkpoint : Path, optional
        Folder of checkpoints; a comparison that was stopped goes on, and fits that lie there already are not made again.
    cut : str
        First month of the forward split.

    Raises
    ------
    InputError
        If the cut does not part the record.
    """
    size = particles or (QUICK_PARTICLES if quick else PARTICLES)
    settings = {"particles": size, "seed": seed, "threads": threads, "checkpoint": checkpoint}
    fewer = settings | {"particles": max(size // SMALLER, 4)}
    tables = [held_out_table(observed, settings, None if quick else fewer, cut=cut, progress=progress)]
    for steps in () if quick else OTHER_SETS:
        again = observe(observed.scenario, steps=steps)
        tables.append(held_out_table(again, fewer, None, steps, ("responses",), cut=cut, progress=progress))
    heldout = pd.concat(tables, ignore_index=True)
    results = Results(
        heldout,
        summary(heldout),
        lever_table(observed, settings, cell_of(observed, cut), progress=progress),
        placebo_table(observed, settings, QUICK_PLACEBOS if quick else PLACEBOS, progress=progress),
        form_table(observed, settings, progress=progress),
        weights_of(heldout),
    )
    results.write(folder)
    return results


def cell_of(observed: Observed, cut: str) -> int:
    """Half-year in which the forward split begins.

    Raises
    ------
    InputError
        If nothing lies before it, or nothing from it on.
    """
    cell = observed.cell_of(cut)
    if not 0 < cell < observed.cells:
        raise InputError(f"the record cannot be cut at {cut}: it has nothing on one side of it")
    return cell


def held_out_table(
    observed: Observed,
    settings: Mapping[str, Any],
    refits: Mapping[str, Any] | None = None,
    steps: str = "unprompted",
    blocks: Sequence[str] = tuple(STREAMS),
    rivals: Iterable[Rival] = RIVALS.values(),
    cut: str = FORWARD,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Log predictive density of every rival and baseline, by split, stream and state.

    Parameters
    ----------
    settings : mapping
        ``particles``, ``seed``, ``threads``, ``checkpoint`` of `calibration.fitting.fit.sample`.
    refits : mapping, optional
        The same for fits without one state, made where importance weights cannot be trusted; none if omitted.
    steps : str
        Name of the set of steps in ``observed``, for the table.
    """
    until, rows = cell_of(observed, cut), []
    done, total = 0, len(blocks) * len(tuple(rivals := tuple(rivals))) * 2 + 1
    for block in blocks:
        for rival in rivals:
            for split, end in zip(SPLITS, (None, until), strict=True):
                found = _held_out(rival, block, observed, end, settings, refits)
                rows += _rows(observed, steps, rival.name, split, found)
                done += 1
                if progress is not None:
                    progress(done, total)
    for split, end in zip(SPLITS, (None, until), strict=True):
        rows += _baselines(observed, steps, split, end, blocks)
    if progress is not None:
        progress(total, total)
    return pd.DataFrame(rows)


def _held_out(
    rival: Rival,
    block: str,
    observed: Observed,
    until: int | None,
    settings: Mapping[str, Any],
    refits: Mapping[str, Any] | None,
) -> dict[str, Density]:
    target, key = target_of(rival, observed, block, until)
    values = sample(target, key=key, **settings).values
    if until is not None:
        return forward(target, values, until)

    def refit(code: str) -> Floats:
        assert refits is not None
        without, key = target_of(rival, observed, block, None, (code,))
        return sample(without, key=key, **refits).values

    return leave_one_out(target, values, refit if refits is not None else None)


def _rows(
    observed: Observed, steps: str, model: str, split: str, found: Mapping[str, Density]
) -> list[dict[str, Any]]:
    return [
        {
            "steps": steps,
            "model": model,
            "split": split,
            "stream": stream,
            "state": code,
            "lpd": density.lpd[i],
            "n": int(density.count[i]),
            "shape": density.shape[i],
            "refitted": bool(density.refitted[i]),
        }
        for stream, density in found.items()
        for i, code in enumerate(observed.states)
        if density.count[i] or stream == "steps"
    ]


def _baselines(
    observed: Observed, steps: str, split: str, until: int | None, blocks: Sequence[str]
) -> list[dict[str, Any]]:
    counts: dict[str, Any] = {}
    for block in blocks:
        counts |= counts_of(TARGETS[block](observed, until=until), until)
    rows, none = [], np.full(len(observed.states), np.nan)
    for (model, stream), lpd in baseline_table(observed, until, blocks).items():
        density = Density(lpd, counts[stream], none, np.zeros(len(none), dtype=np.bool_))
        rows += _rows(observed, steps, f"baseline {model}", split, {stream: density})
    return rows


# ----------------------------------------------------------------------------------------------------- verdicts


def summary(heldout: pd.DataFrame, reference: str = REFERENCE) -> pd.DataFrame:
    """Sums over states, and the reference model beside every other.

    Parameters
    ----------
    heldout : DataFrame
        As in `Results`.

    Returns
    -------
    DataFrame
        A row a set of ``steps``, ``split``, ``stream`` (with the sums ``responses``, ``opinion`` and ``all``) and
        ``model``: ``lpd`` of ``n`` things in ``states`` states; ``difference``, reference less model, with its
        standard ``error`` over states; ``largest``, the state on which the difference rests most, and
        ``without_largest``, the difference without it; worst ``shape`` and number ``refitted``; ``verdict`` on the
        reference over both splits.
    """
    wide = with_sums(heldout)
    rows = []
    for (steps, split, stream), part in wide.groupby(["steps", "split", "stream"], sort=False):
        table = part.pivot(index="state", columns="model", values="lpd")
        if reference not in table:
            continue
        for model, own in part.groupby("model", sort=False):
            gaps = (table[reference] - table[model]).dropna()
            difference, error = paired(gaps.to_numpy())
            largest = str(gaps.abs().idxmax())
            rows.append(
                {
                    "steps": steps,
                    "split": split,
                    "stream": stream,
                    "model": model,
                    "lpd": own["lpd"].sum(),
                    "n": int(own["n"].sum()),
                    "states": len(own),
                    "difference": difference,
                    "error": error,
                    "largest": largest if gaps.any() else "",
                    "without_largest": difference - float(gaps[largest]),
                    "shape": own["shape"].max(),
                    "refitted": int(own["refitted"].sum()),
                }
            )
    found = pd.DataFrame(rows)
    verdicts = {
        key: verdict(list(zip(group["difference"], group["error"], strict=True)))
        for key, group in found.groupby(["steps", "stream", "model"])
    }
    keys = zip(found["steps"], found["stream"], found["model"], strict=True)
    found["verdict"] = ["" if key[2] == reference else verdicts[key] for key in keys]
    return found


def with_sums(heldout: pd.DataFrame) -> pd.DataFrame:
    """The table with sums of streams by state: each model's streams of one block, and of responses and opinion."""
    parts = [heldout]
    for total, streams in (*ALL.items(), ("all", sum(ALL.values(), ()))):
        own = heldout[heldout["stream"].isin(streams)]
        whole = own.groupby(["steps", "model", "split"])["stream"].transform("nunique") == len(streams)
        if not whole.any():
            continue
        by_state = own[whole].groupby(["steps", "model", "split", "state"], sort=False, as_index=False)
        sums = by_state.agg({"lpd": "sum", "n": "sum", "shape": "max", "refitted": "max"})
        parts.append(sums.assign(stream=total))
    return pd.concat(parts, ignore_index=True)


def verdict(splits: Sequence[tuple[float, float]]) -> str:
    """What differences in log predictive density, each with its standard error, allow to say.

    ``better`` (or ``worse``) if the difference is beyond two standard errors *and* beyond three log units in every
    split; ``leans better`` (``leans worse``) if it is beyond one standard error in every split; otherwise
    ``cannot tell``. Two models that predict equally well, state by state, meet the first rule in one direction with
    at most the chance that `false_alarm` states.

    >>> verdict([(7.0, 3.0), (6.0, 2.0)]), verdict([(7.0, 3.0), (2.5, 2.0)]), verdict([(7.0, 3.0), (-1.0, 2.0)])
    ('better', 'leans better', 'cannot tell')
    """
    for sign, word in ((1.0, "better"), (-1.0, "worse")):
        if splits and all(sign * d > max(BETTER[0] * e, BETTER[1]) for d, e in splits):
            return word
        if splits and all(sign * d > LEANS * e for d, e in splits):
            return f"leans {word}"
    return "cannot tell"


def false_alarm(states: int, errors: float = BETTER[0]) -> float:
    """Chance that states which do not differ show a sum beyond so many standard errors in one direction.

    That of Student's t for normal differences by state, independent between states. It is the chance of the verdict
    if the second split always agrees with the first; if the splits were independent, it would be its square. Shocks
    common to states make it larger.

    >>> round(false_alarm(22), 3)
    0.029
    """
    from scipy.stats import t

    return float(t.sf(errors, states - 1))


def weights_of(heldout: pd.DataFrame) -> pd.DataFrame:
    """Weights of the rivals on responses and opinion of each state left out."""
    sums = with_sums(heldout)
    own = sums[(sums["steps"] == heldout["steps"].iloc[0]) & (sums["split"] == SPLITS[0])]
    table = own[(own["stream"] == "all") & own["model"].isin(list(RIVALS))]
    wide = table.pivot(index="state", columns="model", values="lpd")
    rivals = [name for name in RIVALS if name in wide]
    lpd = wide[rivals].to_numpy()
    return pd.DataFrame(
        {"rival": rivals, "weight": stacking_weights(lpd), "bootstrap": bootstrap_weights(lpd)}
    )
