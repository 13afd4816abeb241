"""External evidence, which no fit sees."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from calibration.findings.external import CASE_MONTHS, Agreement, compare_cases, compare_choices, load_cases
from docs.findings.source import Evidence
from docs.findings.words import capital, counted, interval, listed, number, parts
from docs.tables import table


def external(evidence: Evidence) -> str:
    """Coded cases of coercion, and elites asked to choose."""
    return parts(_cases(evidence), _choices(evidence))


def _cases(evidence: Evidence) -> str:
    found, agreed = compare_cases(evidence.observed, evidence.few)
    coded = load_cases()
    beyond = listed(f"{case.state} {case.year}" for case in coded if not case.rows)
    rows = [
        (
            evidence.name(row["state"]), row["year"], row["case"], row["strategic"], row["overall"],
            interval(row["steps_low"], row["steps"], row["steps_high"]),
            interval(100 * row["opinion_low"], 100 * row["opinion"], 100 * row["opinion_high"]),
        )
        for _, row in found.iterrows()
    ]  # fmt: skip
    heads = ("state", "year", "case", "strategic outcome", "overall", "steps added", "points of opinion lost")
    return parts(
        f"**Coercion cases.** Reynolds and Goodman (CSIS, 2023) coded {counted(len(coded), 'case')} of economic coercion by their "
        f"outcome for Beijing; {len(found)} lie in this world ({beyond} do not). Beside each, what the model says that the acts of "
        f"the case added to steps toward the hub until {CASE_MONTHS} months after the last of them began, and took from opinion at "
        "the worst. The outcomes are not in the fit; some acts of the record cite the same report.",
        table(heads, rows),
        _unmoved(evidence, found),
        agreements(agreed),
    )


def _unmoved(evidence: Evidence, found: pd.DataFrame) -> str:
    """Cases to which the model gives no effect on steps, and the largest that it gives."""
    still = [evidence.name(code) for code in found.loc[found["steps_high"] == 0.0, "state"]]
    spared = (
        f"In {listed(still)} the acts were economic punishment alone, which moves no step in the fitted model. "
        if still
        else ""
    )
    most = found.loc[found["steps_high"].idxmax()]
    return (
        f"{spared}The largest number of added steps is {interval(most['steps_low'], most['steps'], most['steps_high'])} "
        f"({evidence.name(most['state'])}): a single case is too small to be seen among a state's steps."
    )


def _choices(evidence: Evidence) -> str:
    found, agreed = compare_choices(evidence.observed, evidence.few)
    rows = [
        (
            evidence.name(row["state"]), f"{100 * row['share level']:.0f} %", f"{round(100 * row['share change']):+d}",
            number(row["alignment level"]), number(row["gap level"]), f"{row['gap change']:+.2f}",
        )
        for _, row in found.iterrows()
    ]  # fmt: skip
    return parts(
        "**Forced choice.** ISEAS asks elites which power they would choose if they had to; the series is not in the fit. Elites are "
        "few and samples uneven, so that jumps of 40 points in two states are sampling. Alignment is simulated; the gap is opinion "
        "of the hub less that of the challenger as stimuli alone give it. Levels partly repeat what the world file holds from "
        "before 2010, so changes are the harder test.",
        table(
            ("state", "choose the hub, mean", "change, points", "alignment", "opinion gap", "its change"),
            rows,
        ),
        agreements(agreed),
    )


def agreements(found: Sequence[Agreement]) -> str:
    """Rank correlations, and what follows from them."""
    rows = [
        (part.name, part.cases, interval(part.low, part.middle, part.high), number(part.chance), part.verdict)
        for part in found
    ]
    verdicts = [
        f"{verdict}: {listed(part.name for part in found if part.verdict == verdict)}"
        for verdict in ("agrees", "disagrees", "cannot tell")
        if any(part.verdict == verdict for part in found)
    ]
    nothing = all(part.verdict == "cannot tell" for part in found)
    ends = "None of these can tell whether the model is right" if nothing else capital("; ".join(verdicts))
    heads = ("rank correlation of", "cases", "over the draws", "chance of one as large", "verdict")
    return parts(table(heads, rows), f"{ends}.")
