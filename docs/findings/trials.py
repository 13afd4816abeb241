"""Placebos, assumptions and checks."""

from __future__ import annotations

import pandas as pd

from calibration.comparison.explanations import verdict
from calibration.comparison.placebos import ranks
from docs.findings.source import CHECK_COMMAND, NOT_YET, RIVALS_COMMAND, SPLITS, Evidence
from docs.findings.words import bullets, capital, generic, interval, listed, number, paragraph, parts
from docs.tables import table
from sim.model.parameters import LEVERS, PARAMETERS

KINDS = {
    "states": "reassigned among the states that were pressed",
    "rolled": "rolled in time",
    "moved": "moved by one or two years",
}
"""Kinds of placebo."""
BLOCKS = {"responses": "steps, initiatives and answers", "opinion": "opinion of the challenger"}
RARE = 0.05
"""Chance of a rank below which placebos count as beaten."""


def placebos(evidence: Evidence) -> str:
    """Histories that did not happen."""
    found = evidence.read("placebos")
    if found is None:
        return NOT_YET.format(RIVALS_COMMAND, "placebos")
    table_of_ranks = ranks(found)
    true = found[found["kind"] == "documented"].set_index("block")["log_bayes_factor"]
    rows = [
        (
            BLOCKS[row["block"]], KINDS[row["kind"]], row["placebos"], row["as_good"], number(row["share"]),
            f"{true[row['block']]:+.1f}",
        )
        for _, row in table_of_ranks.iterrows()
    ]  # fmt: skip
    heads = (
        "evidence", "history of pressure", "placebos", "as good", "chance of so high a rank",
        "log Bayes factor of the documented one",
    )  # fmt: skip
    return parts(
        "Would another history of pressure explain the record as well as the documented one? The measure is the log Bayes factor "
        "of an effect of pressure against none, all else as in `shock`.",
        table(heads, rows),
        bullets(f"{capital(BLOCKS[row['block']])}: {_placebo(row)}." for _, row in table_of_ranks.iterrows()),
    )


def _placebo(row: pd.Series) -> str:
    what = "which state was pressed" if row["kind"] == "states" else "when it was pressed"
    if row["share"] <= RARE:
        return f"histories {KINDS[row['kind']]} hardly ever do as well, so {what} matters"
    if row["as_good"] == 0:
        return (
            f"histories {KINDS[row['kind']]} never do as well, but {row['placebos']} are too few to say more"
        )
    return (
        f"histories {KINDS[row['kind']]} do as well in {row['as_good']} of {row['placebos']} cases, so that {what} matters is "
        "not established"
    )


def assumptions(evidence: Evidence) -> str:
    """What the record says of each lever."""
    found = evidence.read("levers")
    if found is None:
        return NOT_YET.format(RIVALS_COMMAND, "levers")
    rows: list[tuple[object, ...]] = []
    said: dict[str, list[str]] = {}
    if not found["lever"].isin(list(LEVERS)).all():
        return NOT_YET.format(RIVALS_COMMAND, "levers") + " The table at hand is of an earlier form."
    for _, row in found.dropna(subset=["median"]).iterrows():
        word = verdict([(row["left_out"], row["left_out_error"]), (row["forward"], row["forward_error"])])
        said.setdefault(word, []).append(f"`{row['lever']}`")
        gains = (f"{row[split]:+.1f} ± {row[f'{split}_error']:.1f}" for split in SPLITS)
        rows.append(
            (
                f"`{row['lever']}`", PARAMETERS[row["lever"]].meaning, interval(row["low"], row["median"], row["high"]),
                number(row["learned"]), f"{row['log_bayes_factor']:+.1f}", *gains, word,
            )
        )  # fmt: skip
    unread = [f"`{name}`" for name in found.loc[found["median"].isna(), "lever"]]
    harmed = said.get("worse", []) + said.get("leans worse", [])
    heads = (
        "lever", "what it does", "after the record", "width", "log Bayes factor",
        *(f"gain, {name}" for name in SPLITS.values()), "verdict",
    )  # fmt: skip
    return parts(
        "Each mechanism that the core leaves out, fitted besides it. *Width*: spread after the record over spread before it "
        "(1: nothing learned). *Gain*: in log predictive density of steps, initiatives and answers.",
        table(heads, rows),
        paragraph(
            f"With {listed(said['better'])} the core predicts better: a candidate for the core."
            if "better" in said
            else "None makes the core predict better by the rule, so all stay assumptions.",
            f"Leaning that way: {listed(said['leans better'])}." if "leans better" in said else "",
            f"With {listed(harmed)} it predicts, or leans to predicting, worse." if harmed else "",
            f"Nothing in the likelihood reads {listed(unread)}." if unread else "",
        ),
    )


def checked(evidence: Evidence) -> str:
    """The checks of the fit."""
    found = evidence.read("checks")
    if found is None:
        return NOT_YET.format(CHECK_COMMAND, "checks")
    words = found["verdict"].value_counts()
    return parts(
        f"{words.get('passed', 0)} of {len(found)} checks passed, {words.get('failed', 0)} failed; the others inform and "
        "cannot fail.",
        generic(found),
    )
