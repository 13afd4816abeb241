"""The reference in other forms, and beside itself with what states feel moved in time: what each part of the form gains.

Only the block of responses differs, so only it is fitted. A form is judged by its log evidence and by the log density
of the moves (steps and initiatives) of each state given all others.

What is felt is moved in time without yielding. With it the placebo asks another question: pressure follows months in which
a state moves away from the one who presses, so moved early it finds a negative yielding (-2.3, probability .997, at
twelve months) and predicts as well as the documented history.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from calibration.comparison.cross_validation import leave_one_out, paired
from calibration.evidence.observed import Observed
from calibration.fitting.fit import sample, target_of
from calibration.hypotheses.rivals import FORMS, REFERENCE, RIVALS, Rival
from sim.model.channels import COERCION, PRESSURE, PUNISHMENT, SHOCK, WAR
from sim.runs.threads import Progress

FELT = (COERCION, PUNISHMENT, WAR, SHOCK, PRESSURE)
"""Channels that alarm and yielding read."""
EARLY = (6, 12)
"""Months by which placebos move them."""
WITHOUT = "no_yielding"
"""The form that is moved in time, to be held against itself as documented."""
MOVES = ("steps", "initiatives")


def form_table(
    observed: Observed,
    settings: Mapping[str, Any],
    forms: Sequence[Rival] = tuple(FORMS.values()),
    early: Sequence[int] = EARLY,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """The reference, other forms of it, and the form without yielding with what states feel some months early.

    Parameters
    ----------
    settings : mapping
        ``particles``, ``seed``, ``threads``, ``checkpoint`` of `calibration.fitting.fit.sample`.

    Returns
    -------
    DataFrame
        A row a form: ``form``, ``title``, ``log_evidence`` with its Monte-Carlo ``evidence_error``; ``left_out``, the log
        predictive density of the moves of each state given all others, summed; ``difference``, the reference less the
        form, with its standard ``error`` over states; worst ``shape`` of the importance weights.
    """
    cases = list(_cases(observed, forms, early))
    rows, reference = [], None
    for number, (name, title, rival, record) in enumerate(cases):
        target, key = target_of(rival, record, "responses")
        found = sample(target, key=key, **settings)
        streams = leave_one_out(target, found.values)
        lpd = np.sum([streams[stream].lpd for stream in MOVES], axis=0)
        reference = lpd if reference is None else reference
        difference, error = paired(reference - lpd)
        rows.append(
            {
                "form": name,
                "title": title,
                "log_evidence": found.log_evidence,
                "evidence_error": found.diagnostics["log_evidence_error"],
                "left_out": float(lpd.sum()),
                "difference": difference,
                "error": error,
                "shape": float(np.nanmax(streams["steps"].shape)),
            }
        )
        if progress is not None:
            progress(number + 1, len(cases))
    return pd.DataFrame(rows)


def felt_early(observed: Observed, months: int) -> Observed:
    """The record with all that alarm and yielding read some months early; in the last months the last level holds."""
    stimuli = observed.arrays.stimuli.copy()
    for channel in FELT:
        moved = observed.arrays.stimuli[months:, :, channel]
        stimuli[: len(moved), :, channel] = moved
        stimuli[len(moved) :, :, channel] = moved[-1]
    arrays = observed.arrays._replace(stimuli=stimuli)
    return replace(observed, arrays=arrays, fingerprint=f"{observed.fingerprint} {months} months early")


def _cases(
    observed: Observed, forms: Sequence[Rival], early: Sequence[int]
) -> Iterator[tuple[str, str, Rival, Observed]]:
    for rival in (RIVALS[REFERENCE], *forms):
        yield rival.name, rival.title, rival, observed
    for months in early:
        title = f"No yielding, felt {months} months early"
        yield f"early_{months}", title, FORMS[WITHOUT], felt_early(observed, months)
