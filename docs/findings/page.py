"""The whole page, section by section."""

from __future__ import annotations

from collections.abc import Callable

from docs.findings.both import both
from docs.findings.explanations import explanations, losses
from docs.findings.external import external
from docs.findings.forms import forms
from docs.findings.mechanisms import moves
from docs.findings.sizes import asked, sizes
from docs.findings.source import Evidence
from docs.findings.states import resting, wedge_cases
from docs.findings.trials import assumptions, checked, placebos
from docs.findings.words import bullets, parts


def limits(_: Evidence) -> str:
    """Weaknesses that no number on the page can mend."""
    return bullets(
        [
            "One coder chose and weighed the steps; a second coding of a random fifth has still to be done.",
            "What was recorded was selected: states that draw more press have more rows, and rows that speak against the argument "
            "were added on purpose. Compare within states; counts are not rates.",
            "Forecasts are given the stimuli. Shocks and waves of coercion are given, not foreseen.",
            "Coercion is not assigned at random. A state may be coerced because it was about to turn to the hub; the placebos in "
            "time speak to that and cannot rule it out.",
            "Moves are dated to the month, in which they were decided in public where that is known; what came first within a month is "
            "lost.",
            "States are few and live through the same wars: standard errors over states are, if anything, too small. Errors over "
            "half-years stand beside them where they could be computed; half-years are few, too, and shocks last longer than one.",
            "The forms of the equations were chosen after a first look at the same record.",
        ]
    )


SECTIONS: dict[str, Callable[[Evidence], str]] = {
    "What was asked": asked,
    "What moves states": moves,
    "What the acts do": sizes,
    "Explanations and baselines": explanations,
    "Forms of the reference": forms,
    "What simulations draw from": both,
    "Where the simulator loses": losses,
    "Where the argument holds and where it fails": wedge_cases,
    "Which states it rests on": resting,
    "Placebos": placebos,
    "What the record says of the assumptions": assumptions,
    "Checks of the fit": checked,
    "External evidence, which no fit sees": external,
    "Limits": limits,
}


def page(evidence: Evidence) -> str:
    """The page as Markdown."""
    head = (
        "# What the evidence says\n\nThis page is written by `python -m docs.findings` from the shipped posterior and the tables "
        "beside it; change the script and not the page."
    )
    return parts(head, *(f"## {title}\n\n{make(evidence)}" for title, make in SECTIONS.items())) + "\n"
