"""What simulations draw from beside what the page is about."""

from __future__ import annotations

from calibration.findings.shared import APART, side_by_side
from calibration.hypotheses.rivals import MAIN, REFERENCE
from docs.findings.source import Evidence
from docs.findings.words import interval, listed, number, paragraph, parts
from docs.tables import table
from sim.model.parameters import PARAMETERS


def both(evidence: Evidence) -> str:
    """The two posteriors for what they share."""
    other = evidence.main
    if other is None:
        return f"Not computed yet: the posterior holds no fit of `{MAIN}`; `make posterior` writes it."
    found = side_by_side(other, evidence.draws)
    blocks = [str(block) for block, own in found.groupby("block", sort=False) if own["same"].all()]
    told = found[~found["block"].isin(blocks)]
    rows = [
        (
            f"`{name}`",
            PARAMETERS[str(name)].meaning if name in PARAMETERS else "error of measurement",
            interval(row["first_low"], row["first"], row["first_high"]),
            interval(row["second_low"], row["second"], row["second_high"]),
            f"{row['apart']:+.1f}",
        )
        for name, row in told.iterrows()
    ]
    far = told[told["apart"].abs() > APART].sort_values("apart", key=abs, ascending=False)
    named = listed(f"`{name}` ({row['apart']:+.1f})" for name, row in far.iterrows())
    return parts(
        f"Simulations draw from `{MAIN}`, which fits every lever besides the core; the page describes `{REFERENCE}`, the core alone. "
        "Both learn the same parameters of the core. *Apart*: the median "
        f"of `{MAIN}` less that of `{REFERENCE}`, in posterior spreads of the latter. In `{MAIN}` a lever may take over what "
        "the core explains alone here, so that a parameter of the same name answers for less.",
        table(("parameter", "what it is", f"`{MAIN}`", f"`{REFERENCE}`", "apart"), rows) if rows else "",
        paragraph(
            f"They differ by more than {'half' if APART == 0.5 else number(APART)} a posterior spread on {len(far)} of {len(told)}: {named}."
            if len(far)
            else f"On none of {len(told)} do they differ by more than half a posterior spread.",
            f"On {listed(blocks)} they are one and the same fit, since no lever is in these terms."
            if blocks
            else "",
        ),
    )
