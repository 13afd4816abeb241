"""What was asked, and how large the fitted effects are."""

from __future__ import annotations

import pandas as pd

from calibration.findings.effects import effects
from calibration.findings.mechanisms import sign
from calibration.hypotheses.priors import BLOCKS
from calibration.hypotheses.rivals import REFERENCE
from docs.findings.source import Evidence
from docs.findings.words import bullets, interval, listed, paragraph, parts
from docs.tables import table
from sim.model.parameters import PARAMETERS
from sim.months import month_text


def asked(evidence: Evidence) -> str:
    """What the page is about, and on what evidence."""
    observed, about = evidence.observed, evidence.posterior.about
    hub, challenger = (int(part) for part in observed.steps.sum(axis=(1, 2)))
    outcome = observed.offers["outcome"]
    opened = [int(part) for part in observed.initiatives.sum(axis=(1, 2))]
    first, last = (month_text(int(observed.months[place])) for place in (0, -1))
    seed = f", seed {about['seed']}" if "seed" in about else ""
    return parts(
        "When a great power coerces, punishes or courts its neighbours, do they step toward it or toward its rival, and what "
        f"do their publics think? The record of {len(observed.states)} states, {first} to {last}, holds:",
        bullets(
            [
                f"{hub} steps toward the hub and {challenger} toward the challenger that answer no offer and belong to no "
                "mass signing",
                f"{opened[0]} initiatives toward the hub and {opened[1]} toward the challenger: named offers that a state opened "
                "itself or with the sender",
                f"{len(outcome)} named offers, initiatives among them: {int((outcome > 0).sum())} accepted, {int((outcome < 0).sum())} declined or "
                f"lapsed, {int((outcome == 0).sum())} open at the end",
                f"{len(observed.views)} survey figures in {len(observed.series)} series, and {len(observed.trade)} export shares",
                f"{len(observed.onsets)} acts of the two powers",
            ]
        ),
        f"The page is about the explanation `{REFERENCE}` ({len(evidence.draws)} draws{seed}) unless it says otherwise; "
        "intervals hold the middle 90 % of the posterior. Forecasts are conditional: given what the powers and third "
        "parties did, they say what the states did. [How it was fitted](calibration.md) and [the model](model.md) explain "
        "the words.",
    )


def sizes(evidence: Evidence) -> str:
    """Effects in plain units."""
    if missing := evidence.lacking(name for own in BLOCKS.values() for name in own if name in PARAMETERS):
        return missing
    found = effects(evidence.draws)
    rows = [
        (
            row["title"],
            row["unit"],
            interval(row["prior_low"], row["prior"], row["prior_high"]),
            _interval(row),
            row["learned"],
            direction(row),
        )
        for _, row in found.iterrows()
    ]
    size = {name: _interval(row) for name, row in found.iterrows()}
    undecided = [str(name) for name, row in found.iterrows() if direction(row) == "cannot tell"]
    unlearned = int((found["learned"] == "prior").sum())
    return parts(
        paragraph(
            f"A year of full coercion of a state with a full dispute makes its steps toward the hub {size['coercion on steps']} "
            f"times as frequent in that year (without a dispute {size['coercion on steps, no dispute']}), a year of full punishment "
            f"{size['punishment on steps']} times, and a year of a full war elsewhere, for an open state, {size['war on steps']} times.",
            f"A year of full pressure of the hub makes steps toward the challenger {size['pressure of the hub on steps']} times as "
            "frequent; a year of the challenger's own pressure (yielding) "
            f"{size['punishment on steps toward the challenger']} times.",
            f"A year of full pressure changes net opinion of the challenger, who presses, by {size['pressure on opinion']} points, and "
            f"of the hub, if it presses, by {size['pressure of the hub on opinion']}.",
            f"Within two years a state between the powers accepts an offer of the hub with probability {size['offer of the hub']} "
            f"and one of the challenger with probability {size['offer of the challenger']}.",
        ),
        "![Effects before and after the record was seen](pictures/effects.png)",
        table(("what", "unit", "before the record", "after it", "", "direction"), rows),
        paragraph(
            "The explanation fixes the direction of rows that say *by construction*; whether the record needs them at all is a "
            "question for the comparison with explanations without them, below. *Learned*, *partly*, *prior*: how much "
            "narrower the interval is than before the record was seen.",
            f"Of the {len(found)} effects, {unlearned} {'is' if unlearned == 1 else 'are'} hardly narrower than before: there the "
            "page repeats what was assumed."
            if unlearned
            else "Every effect is narrower than before.",
            f"Direction not settled: {listed(undecided)}." if undecided else "",
        ),
    )


def _interval(row: pd.Series) -> str:
    return interval(float(row["low"]), float(row["middle"]), float(row["high"]))


def direction(row: pd.Series) -> str:
    """``more``, ``less`` or ``cannot tell``, or that the explanation fixes it."""
    if not row["signed"]:
        return "by construction"
    return {"fewer": "less"}.get(word := sign(float(row["above"])), word)
