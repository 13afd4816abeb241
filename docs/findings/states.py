"""States that the argument is said not to fit, and states that the effects rest on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from calibration.evidence.observed import Observed
from calibration.findings.effects import EFFECTS
from calibration.findings.episodes import Account, ViewAccount, accounts, view_accounts
from calibration.findings.external import columns
from calibration.findings.influence import WATCHED, influence, with_errors
from calibration.hypotheses.rivals import REFERENCE
from calibration.likelihood import ACCOMMODATION, COERCION, COURTSHIP_CHALLENGER, Responses
from docs.findings.explanations import STREAMS
from docs.findings.source import Evidence
from docs.findings.words import bullets, counted, interval, listed, number, parts
from docs.tables import table

FIRST, LAST = "2010-01", "2024-07"
CASES = (("KHM", FIRST, LAST), ("LAO", FIRST, LAST), ("THA", FIRST, LAST), ("PHL", "2016-07", "2020-06"))
"""States that the argument is said not to fit, and the months in question."""
FEWEST = 3
"""Figures from which a missed forecast of opinion is worth a word."""
PRESSED, COURTED = 0.1, 0.05
"""Mean coercion, and mean accommodation or courtship, from which a state counts as coerced and as courted."""
MOVED = 0.5
"""Posterior standard deviations by which a state must move an effect to be counted."""


def wedge_cases(evidence: Evidence) -> str:
    """What four governments did, beside what the model expects of them."""
    names, values = columns(evidence.few, "responses")
    target, full = Responses(evidence.observed, names), with_errors(evidence.few)
    rows, lines, seen, odd = [], [], {}, 0
    for code, first, last in CASES:
        felt, both = _felt(evidence.observed, code, first, last), accounts(target, values, code, first, last)
        seen[code] = view_accounts(evidence.observed, full, code, first, last)
        odd += sum(one.surprising for one in both)
        rows.append((evidence.name(code), f"{first} to {last}", *map(number, felt), *map(_count, both)))
        lines.append(_line(evidence.name(code), felt, both, seen[code]))
    silent = [
        evidence.name(code) for code, figures in seen.items() if not any(part.count for part in figures)
    ]
    heads = (
        "state",
        "months",
        "coercion",
        "accommodation",
        "courtship",
        "steps to the hub",
        "steps to the challenger",
    )
    return parts(
        "The argument says that coercion drives a state to the hub, and that a state which is courted and left in peace can be held "
        "or won. Below is what four governments that are said not to fit did, beside what the model expects of them from everything "
        "else: the state's own other years where there are any, otherwise its home position and what was done to it. Intervals "
        "hold 90 % of predicted counts. Coercion, accommodation and courtship by the challenger are means over the months, "
        "0 to 1.",
        table(heads, rows),
        bullets(lines),
        f"Of these {2 * len(CASES)} counts {odd} {'lies' if odd == 1 else 'lie'} outside the interval, where chance alone would "
        f"put {number(0.2 * len(CASES))}.",
        _surveys(evidence, seen),
        f"No survey that asks for an opinion of either power is at hand for {listed(silent)} in those months."
        if silent
        else "",
    )


def _count(one: Account) -> str:
    return f"{one.observed} (expected {number(one.expected)} [{one.low:.0f}, {one.high:.0f}])"


def _felt(observed: Observed, code: str, first: str, last: str) -> tuple[float, float, float]:
    """Mean coercion, accommodation and courtship by the challenger."""
    span = slice(observed.month(first), observed.month(last) + 1)
    own = observed.arrays.stimuli[span, observed.states.index(code)].mean(axis=0)
    return float(own[COERCION]), float(own[ACCOMMODATION]), float(own[COURTSHIP_CHALLENGER])


def _line(
    name: str, felt: tuple[float, float, float], both: Sequence[Account], seen: Sequence[ViewAccount]
) -> str:
    hub, challenger = both
    ways = listed(
        f"{'more' if one.observed > one.expected else 'fewer'} steps toward the {one.side} than expected (chance "
        f"{number(one.chance)})"
        for one in both
        if one.surprising
    )
    fits = (
        "both counts lie inside their intervals, so they neither contradict the model nor, with so few, support it"
        if ways == "none"
        else f"there are {ways}: the model does not account for it"
    )
    net = hub.observed - challenger.observed
    went = "toward the hub" if net > 0 else "toward the challenger" if net < 0 else "to neither side"
    pressed = "coerced" if felt[0] > PRESSED else "hardly coerced"
    courted = "courted" if max(felt[1:]) > COURTED else "hardly courted"
    argued = "as the argument has it" if (net > 0) == (felt[0] > PRESSED) else "against the argument"
    missed = [part for part in seen if part.count >= FEWEST and part.covered < 0.5 * part.count]
    views = (
        f" Opinion of the {listed(part.power for part in missed)} is not accounted for either."
        if missed
        else ""
    )
    return f"**{name}** ({pressed}, {courted}) moved on balance {went}, {argued}; {fits}.{views}"


def _surveys(evidence: Evidence, seen: dict[str, tuple[ViewAccount, ...]]) -> str:
    rows = [
        (
            evidence.name(code), part.power, part.count, number(100 * part.observed), number(100 * part.expected),
            f"{part.covered} of {part.count}",
        )
        for code, figures in seen.items()
        for part in figures
        if part.count
    ]  # fmt: skip
    if not rows:
        return ""
    heads = ("state", "opinion of the", "figures", "measured, mean", "expected, mean", "inside 90 %")
    return "Survey figures of those months (net points), forecast from all others:\n\n" + table(heads, rows)


def resting(evidence: Evidence) -> str:
    """Which states an effect rests on."""
    found, lines = influence(evidence.observed, evidence.few), []
    for name in WATCHED:
        own = found[found["effect"] == name].sort_values("shift", key=np.abs, ascending=False)
        largest = listed(
            f"{evidence.name(row['state'])} ({interval(row['low'], row['middle'], row['high'])})"
            for _, row in own.head(3).iterrows()
        )
        strong, doubtful = int((own["shift"].abs() > MOVED).sum()), int((~own["reliable"]).sum())
        rests = (
            f"{counted(strong, 'state')} of {len(own)} {'moves' if strong == 1 else 'move'} its median by more than half a "
            "posterior standard deviation"
            if strong
            else f"none of {len(own)} states moves its median by half a posterior standard deviation"
        )
        note = f" For {counted(doubtful, 'state')} the reweighting is not reliable." if doubtful else ""
        lines.append(
            f"*{EFFECTS[name].title}* ({EFFECTS[name].unit}): {rests}; left out, the largest shifts come from {largest}.{note}"
        )
    return parts(bullets(lines), _gains(evidence))


def _gains(evidence: Evidence) -> str:
    """What coercion adds to the forecast of each state left out."""
    found, lines = evidence.read("heldout"), []
    if found is None:
        return ""
    own = found[(found["steps"] == "unprompted") & (found["split"] == "left_out")]
    for stream in ("steps", "opinion_challenger"):
        wide = own[own["stream"] == stream].pivot(index="state", columns="model", values="lpd")
        gaps = (wide[REFERENCE] - wide["shock"]).dropna().sort_values()
        gains, losses = gaps[gaps > 0.0].iloc[::-1].head(4), gaps[gaps < 0.0].head(4)
        best, worst = (
            listed(f"{evidence.name(str(code))} {gap:+.1f}" for code, gap in side.items())
            for side in (gains, losses)
        )
        total = float(gaps.sum())
        rest = total - float(gaps[gaps.abs().idxmax()])
        lines.append(
            f"{STREAMS[stream]}: {total:+.1f} over {len(gaps)} states, most from {best}; against it {worst}. Without the state "
            f"that counts most, {rest:+.1f}."
        )
    return parts(
        f"What coercion adds to the forecast of a state left out (`{REFERENCE}` less `shock`, log units):",
        bullets(lines),
    )
