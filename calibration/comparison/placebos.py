"""Histories that did not happen: would any other history of pressure do as well as the documented one?

The statistic is the log Bayes factor of an effect of pressure against none, everything else averaged over the fit of
the `shock` rival, which does not see pressure. Its draws serve every placebo, so each costs one batch of the
likelihood. Placebos keep the size and shape of the histories:

``states``  histories of pressure reassigned among the states that were pressed;
``rolled``  all histories rolled in time together, by a year or more, so that the end wraps round to the start;
``moved``   all histories moved by -24, -12, 12 or 24 months, with zeros where nothing is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from calibration.comparison.levers import log_bayes_factor
from calibration.evidence.observed import Observed
from calibration.fitting.fit import sample, target_of
from calibration.fitting.sampler import keyed_generator
from calibration.hypotheses.rivals import RIVALS, held_of, names_of
from calibration.likelihood import COERCION, PUNISHMENT, TARGETS
from sim.runs.threads import Progress
from sim.types import Floats

BASE = "shock"
"""The rival that does not see pressure and is otherwise the reference."""
EFFECTS = {
    "responses": ("alert_coercion", (COERCION,)),
    "opinion": ("opinion_pressure", (COERCION, PUNISHMENT)),
}
"""Block -> parameter of the effect, and the channels of pressure that it reads."""
MOVES = (-24, -12, 12, 24)
"""Months."""
DRAWS, EACH = 250, 4
"""Draws of the base that are used, and values of the effect tried with each."""


def placebo_table(
    observed: Observed, settings: dict[str, Any], count: int, progress: Progress | None = None
) -> pd.DataFrame:
    """The documented history beside placebos.

    Parameters
    ----------
    settings : dict
        As in `calibration.comparison.levers.lever_table`.
    count : int
        Placebos of each of the kinds ``states`` and ``rolled``.

    Returns
    -------
    DataFrame
        A row a history: ``block``, ``kind`` (``documented`` and those above), ``number`` (of the placebo, or months),
        ``log_bayes_factor``, ``pairs`` (effective number that carry it).
    """
    rows: list[dict[str, Any]] = []
    total = len(EFFECTS) * (1 + 2 * count + len(MOVES))
    for block, (name, channels) in EFFECTS.items():
        target, key = target_of(RIVALS[BASE], observed, block)
        found = sample(target, key=key, **settings)
        step = max(1, len(found.values) // DRAWS)
        draws, without = found.values[::step], found.log_likelihood[::step]
        for kind, number, history in histories(observed, channels, count, settings["seed"]):
            world = _with_history(observed, channels, history)
            held = {key: value for key, value in held_of(RIVALS[BASE], block).items() if key != name}
            names = (*names_of(RIVALS[BASE], block), name)
            pressed = TARGETS[block](world, names, held)

            def ratio(many: Floats, values: Floats, pressed: Any = pressed, base: Floats = without) -> Floats:
                more = pressed.log_likelihood(np.column_stack([many, values]))
                return more - np.repeat(base, EACH)

            factor, pairs = log_bayes_factor(ratio, draws, name, EACH, settings["seed"])
            rows.append(
                {"block": block, "kind": kind, "number": number, "log_bayes_factor": factor, "pairs": pairs}
            )
            if progress is not None:
                progress(len(rows), total)
    return pd.DataFrame(rows)


def ranks(placebos: pd.DataFrame) -> pd.DataFrame:
    """How many placebos do at least as well as the documented history.

    Returns
    -------
    DataFrame
        A row a block and kind: ``placebos``, ``as_good``, ``share``: (as good + 1) / (placebos + 1), the chance of so
        high a rank if the documented history were one of them.
    """
    rows = []
    for (block, kind), group in placebos[placebos["kind"] != "documented"].groupby(["block", "kind"]):
        own = placebos[(placebos["block"] == block) & (placebos["kind"] == "documented")]
        as_good = int((group["log_bayes_factor"] >= own["log_bayes_factor"].iloc[0]).sum())
        share = (as_good + 1) / (len(group) + 1)
        rows.append(
            {"block": block, "kind": kind, "placebos": len(group), "as_good": as_good, "share": share}
        )
    return pd.DataFrame(rows)


def histories(
    observed: Observed, channels: tuple[int, ...], count: int, seed: int
) -> Iterator[tuple[str, int, Floats]]:
    """Kind, number and history (T, N, channels) of the documented pressure and of each placebo."""
    true = observed.arrays.stimuli[:, :, list(channels)]
    pressed = np.flatnonzero(true.any(axis=(0, 2)))
    months = len(true)
    yield "documented", 0, true
    random = keyed_generator(seed, "placebo", channels)
    seen = {tuple(range(len(pressed)))}
    for number in range(count if len(pressed) > 1 else 0):
        while (order := tuple(random.permutation(len(pressed)).tolist())) in seen and len(pressed) > 4:
            pass
        seen.add(order)
        reassigned = true.copy()
        reassigned[:, pressed] = true[:, pressed[list(order)]]
        yield "states", number + 1, reassigned
    for number, by in enumerate(np.linspace(12, months - 12, count).round().astype(int)):
        yield "rolled", number + 1, np.roll(true, by, axis=0)
    for by in MOVES:
        moved = np.zeros_like(true)
        if by > 0:
            moved[by:] = true[:-by]
        else:
            moved[:by] = true[-by:]
        yield "moved", by, moved


def _with_history(observed: Observed, channels: tuple[int, ...], history: Floats) -> Observed:
    stimuli = observed.arrays.stimuli.copy()
    stimuli[:, :, list(channels)] = history
    return replace(observed, arrays=observed.arrays._replace(stimuli=stimuli))
