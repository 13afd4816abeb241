"""What moves states: each mechanism before and after the record was seen, what can be told of it, and how large it may yet be."""

from __future__ import annotations

import pandas as pd

from calibration.findings.mechanisms import LENGTH, LIFT, MECHANISMS, TREND, mechanisms
from calibration.hypotheses.rivals import FORMS
from docs.findings.forms import verdict_of
from docs.findings.source import Evidence
from docs.findings.words import bullets, interval, listed, number, paragraph, parts, small
from docs.tables import table
from sim.model.rules import LEAST_LIFT

WITHOUT = {
    "better": "predicts worse",
    "leans better": "leans worse",
    "cannot tell": "cannot tell",
    "leans worse": "leans better",
    "worse": "predicts better",
}
"""Verdict on the reference -> what is said of the form without the part."""
IN_FORM = {"no_pressure": "with punishment", "long_memory": "at three years", "no_trend": "without any trend"}
"""Forms that are not just without the part -> what they are."""


def moves(evidence: Evidence) -> str:
    """Alarm at either power, yielding to either, memory, trends of recording, initiatives."""
    if missing := evidence.lacking(MECHANISMS):
        return missing
    found, forms = mechanisms(evidence.draws), evidence.read("forms")
    rows: list[tuple[object, ...]] = []
    for group, own in found.groupby("group", sort=False):
        rows.append((f"**{group}**", *[""] * 6))
        rows += [_row(row, forms) for _, row in own.iterrows()]
    heads = (
        "what",
        "unit",
        "before the record",
        "after it",
        "probability of the sign",
        "",
        "forecast without it",
    )
    return parts(
        "States are alarmed at a power that presses them and move toward the other, or yield to it and move toward the one who "
        "presses. Coercion and punishment press on the challenger's side, `pressure` on the hub's; wars and other shocks alarm "
        "without pressing anyone in particular. The priors are alike on both sides and symmetric about no effect, so that any sign "
        "is the record's. Intervals hold the middle 90 %; a size is that under constant full pressure, once memory has filled. "
        "*Probability of the sign*: that of an effect in the direction in which most draws lie.",
        table(heads, rows),
        bullets(_told(found, forms)),
        _limits(found),
        _initiatives(forms),
    )


def _row(row: pd.Series, forms: pd.DataFrame | None) -> tuple[object, ...]:
    return (
        row["title"],
        row["unit"],
        interval(row["prior_low"], row["prior"], row["prior_high"]),
        interval(row["low"], row["middle"], row["high"]),
        f"{chance(row['above'])} {'more' if row['above'] > 0.5 else 'fewer'}" if row["signed"] else "",
        row["learned"],
        _without(row["form"], forms),
    )


def chance(above: float) -> str:
    """Probability of the likelier sign; never one, since draws are few.

    >>> chance(0.9), chance(0.004), chance(1.0)
    ('0.90', '0.996', 'above 0.999')
    """
    likely = max(above, 1.0 - above)
    if likely > 0.999:
        return "above 0.999"
    return f"{likely:.3f}" if likely >= 0.985 else f"{likely:.2f}"


def _without(form: str, forms: pd.DataFrame | None) -> str:
    verdict = verdict_of(forms, form)
    if not verdict:
        return ""
    return f"{WITHOUT[verdict]} ({IN_FORM[form]})" if form in IN_FORM else WITHOUT[verdict]


def _told(found: pd.DataFrame, forms: pd.DataFrame | None) -> list[str]:
    """Which mechanisms the record can tell from none, and which it cannot."""
    signed = found[found["signed"]]
    settled, open_ = signed[signed["word"] != "cannot tell"], signed[signed["word"] == "cannot tell"]
    needed = [verdict_of(forms, form) in ("better", "leans better") for form in settled["form"]]
    idle = settled[
        [
            bool(verdict_of(forms, form)) and not need
            for form, need in zip(settled["form"], needed, strict=True)
        ]
    ]
    lengths = found[found["kind"] == LENGTH]
    unlearned = [small(row["title"]) for _, row in lengths.iterrows() if row["learned"] == "prior"]
    lines = [
        f"The record can tell the sign of: {_named(settled)}.",
        f"It cannot tell the sign of: {_named(open_)}.",
    ]
    if len(idle):
        lines.append(
            f"Settled in sign, but not needed for forecasts, which are not clearly better with it than without: {_names(idle)}."
        )
    copied = [small(row["title"]) for _, row in signed.iterrows() if row["learned"] == "prior"] + unlearned
    if copied:
        lines.append(f"The interval is as wide as before the record was seen for {listed(copied)}.")
    return lines


def _named(rows: pd.DataFrame) -> str:
    """Titles with the probability of the likelier sign."""
    return listed(
        f"{small(row['title'])} ({chance(row['above'])} {'more' if row['above'] > 0.5 else 'fewer'})"
        for _, row in rows.iterrows()
    )


def _names(rows: pd.DataFrame) -> str:
    return listed(small(title) for title in rows["title"])


def _limits(found: pd.DataFrame) -> str:
    """How large an effect whose sign is not settled may yet be."""
    own = found[found["word"] == "cannot tell"]
    if own.empty:
        return ""
    return parts(
        "What cannot be told from no effect may still be large. Not excluded (by the 5 and 95 % quantiles of the posterior):",
        bullets(f"{row['title']}: {limit(row)}." for _, row in own.iterrows()),
    )


def limit(row: pd.Series) -> str:
    """The largest effect in either direction that the posterior does not exclude."""
    low, high = float(row["low"]), float(row["high"])
    if row["kind"] == TREND:
        return f"a change by {low:+.1f} to {high:+.1f} % a year"
    if row["kind"] != LIFT:
        return f"{number(low)} to {number(high)} {row['unit']}"
    fewest = "hardly any" if low <= LEAST_LIFT else f"{number(low)} times as many"
    return f"up to {number(high)} times as many moves under full pressure, and down to {fewest}"


def _initiatives(forms: pd.DataFrame | None) -> str:
    """Whether initiatives answer the same alarm."""
    title = small(FORMS["initiatives_apart"].title)
    verdict = verdict_of(forms, "initiatives_apart")
    said = {
        "": "what that gains is not computed yet",
        "better": "without that states left out are predicted worse",
        "leans better": "without that forecasts lean to being worse",
        "cannot tell": "whether that helps forecasts cannot be told",
        "leans worse": "without that forecasts lean to being better",
        "worse": "without that states left out are predicted better",
    }[verdict]
    return paragraph(
        "Initiatives are offers that a state opens itself or with the sender. Alarm and yielding lift them as they lift steps by "
        f"the form of the rules; {said} (*{title}*, below).",
    )
