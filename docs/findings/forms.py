"""The reference beside other forms of it: what each part gains, and whether pressure matters when it came."""

from __future__ import annotations

import math

import pandas as pd

from calibration.comparison.explanations import verdict
from calibration.comparison.forms import EARLY, WITHOUT
from calibration.comparison.psis import RELIABLE
from calibration.hypotheses.rivals import FORMS, REFERENCE
from docs.findings.source import NOT_YET, RIVALS_COMMAND, Evidence
from docs.findings.words import bullets, listed, parts, small
from docs.tables import table

MOVED = tuple(f"early_{months}" for months in EARLY)
"""Forms in which what is felt came early; they are held against the form without yielding."""


def verdict_of(forms: pd.DataFrame | None, form: str) -> str:
    """The verdict on the reference against a form; nothing if the table does not hold it."""
    row = _row(forms, form)
    return "" if row is None else verdict([(float(row["difference"]), float(row["error"]))])


def ahead(forms: pd.DataFrame | None, form: str) -> bool:
    """Whether a form predicts states left out at least as well as the reference, by however little."""
    row = _row(forms, form)
    return row is not None and float(row["difference"]) <= 0.0


def _row(forms: pd.DataFrame | None, form: str) -> pd.Series | None:
    own = None if forms is None else forms[forms["form"] == form]
    return None if own is None or own.empty else own.iloc[0]


def against_unmoved(forms: pd.DataFrame, form: str) -> tuple[float, float]:
    """How far the form without yielding is ahead of itself moved in time, and at most what standard error that has.

    The table has errors of differences from the reference alone; that of their difference is their sum at most.
    """
    moved, still = _row(forms, form), _row(forms, WITHOUT)
    if moved is None or still is None:
        return math.nan, math.nan
    return float(moved["difference"] - still["difference"]), float(moved["error"] + still["error"])


def forms(evidence: Evidence) -> str:
    """What each part of the form gains."""
    found = evidence.read("forms")
    if found is None:
        return NOT_YET.format(RIVALS_COMMAND, "forms")
    reference = _row(found, REFERENCE)
    if reference is None:
        return NOT_YET.format(RIVALS_COMMAND, "forms")
    plain = found[~found["form"].isin((REFERENCE, *MOVED))]
    doubtful = [f"`{row['form']}`" for _, row in found.iterrows() if row["shape"] > RELIABLE]
    heads = (
        "form",
        "",
        "log evidence",
        "log Bayes factor",
        "moves of each state left out",
        "less",
        "verdict",
    )
    return parts(
        f"Each row is `{REFERENCE}` in another form, or without a part, fitted to steps, initiatives and answers in the same way. "
        f"*Log Bayes factor*: log evidence of `{REFERENCE}` less that of the row; it leans on the priors. *Less*: log predictive "
        f"density of the moves (steps and initiatives) of each state left out, that of `{REFERENCE}` less that of the row, with its "
        "standard error over states; positive if the part helps. The verdict is by the rule above, on this one design: *better* "
        "means that the form without the part predicts worse.",
        table(heads, [_cells(row, reference) for _, row in found.iterrows() if row["form"] not in MOVED]),
        bullets(_gains(plain)),
        _early(found),
        f"The importance weights are not reliable for at least one state in {listed(doubtful)}."
        if doubtful
        else "",
    )


def _cells(row: pd.Series, reference: pd.Series) -> tuple[object, ...]:
    evidence = f"{row['log_evidence']:.1f} ± {row['evidence_error']:.1f}"
    title = (row["title"], f"`{row['form']}`")
    if row["form"] == REFERENCE:
        return (*title, evidence, "", f"{row['left_out']:.1f}", "", "")
    return (
        *title,
        evidence,
        f"{reference['log_evidence'] - row['log_evidence']:+.1f}",
        f"{row['left_out']:.1f}",
        f"{row['difference']:+.1f} ± {row['error']:.1f}",
        verdict([(row["difference"], row["error"])]),
    )


def _gains(plain: pd.DataFrame) -> list[str]:
    """Which forms predict worse, which cannot be told apart, and which do as well or better, as sentences."""
    said: dict[str, list[str]] = {}
    for _, row in plain.iterrows():
        word = verdict([(row["difference"], row["error"])])
        said.setdefault("as well" if row["difference"] <= 0.0 and word == "cannot tell" else word, []).append(
            _title(row)
        )
    sentences = {
        "better": "States left out are predicted worse by: {}.",
        "leans better": "Forecasts lean to being worse by: {}.",
        "cannot tell": "The reference is ahead, but too little to tell, of: {}.",
        "as well": "**As good without it.** States left out are predicted as well or better, if not by enough to tell, by: {}. "
        "Nothing in forecasts asks for what these forms lack.",
        "leans worse": "**Better without it.** Forecasts lean to being better by: {}.",
        "worse": "**Better without it.** States left out are predicted better by: {}.",
    }
    return [sentence.format(listed(said[word])) for word, sentence in sentences.items() if word in said]


def _title(row: pd.Series) -> str:
    return small(str(row["title"])) if row["form"] in FORMS else f"`{row['form']}`"


def _early(found: pd.DataFrame) -> str:
    """What is felt moved ahead of its time."""
    rows, lines = [], []
    for form in MOVED:
        row, still = _row(found, form), _row(found, WITHOUT)
        if row is None or still is None:
            continue
        difference, error = against_unmoved(found, form)
        word = verdict([(difference, error)])
        factor = still["log_evidence"] - row["log_evidence"]
        rows.append(
            (
                row["title"],
                f"{factor:+.1f}",
                f"{row['left_out']:.1f}",
                f"{difference:+.1f} ± {error:.1f}",
                word,
            )
        )
        lines.append(
            f"Felt {form.removeprefix('early_')} months before it came, pressure predicts {_timed(word, difference)}"
        )
    if not rows:
        return ""
    heads = (
        "what is felt, moved in time",
        "log Bayes factor",
        "moves of each state left out",
        "less",
        "verdict",
    )
    return parts(
        f"Does it matter when pressure came? Coercion, punishment, war, shocks and pressure of the hub are moved ahead of their time, "
        f"in the form without yielding (`{WITHOUT}`), against which the row is held: with yielding the question would be another, "
        "since pressure follows months in which a state moves away from the one who presses. The standard error is an upper bound.",
        table(heads, rows),
        bullets(lines),
    )


def _timed(word: str, difference: float) -> str:
    if word == "better":
        return "worse: when it came matters."
    if word == "leans better":
        return "worse by more than one standard error: when it came seems to matter."
    if difference > 0.0:
        return "worse, but by too little to say that its time matters."
    return "no worse: that its time matters is not shown."
