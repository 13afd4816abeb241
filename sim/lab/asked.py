"""What a what-if is asked, and whether the model can be asked it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from sim.engine.timeline import channel_of
from sim.errors import InputError, unknown
from sim.io.values import plain
from sim.io.yaml_files import validate
from sim.lab.effects import names_of
from sim.lab.finding import states_named
from sim.lab.sentence import short
from sim.months import month_number
from sim.scenario.record import Stimulus
from sim.scenario.schema import MEMBER, Asks
from sim.scenario.world import load_world
from sim.words import listed, month_words, with_article

DECIDE = ("strategies", "ties", "levers", "parameters")
"""Keys of a scenario by which two of one world may differ beside their acts."""


@dataclass(frozen=True)
class Compared:
    """One of the two runs that an answer sets side by side.

    Attributes
    ----------
    scenario : mapping
        As plain data.
    events : sequence of Stimulus
        Its acts after all edits.
    quantiles : xarray.Dataset
    columns : collection of str
        Names of its outcomes.
    outcomes : callable
        Names of outcomes -> one row a lane, in the lanes that went wrong in neither run.
    """

    scenario: Mapping[str, Any]
    events: Sequence[Stimulus]
    quantiles: xr.Dataset
    columns: Collection[str]
    outcomes: Callable[[list[str]], pd.DataFrame]


@dataclass(frozen=True)
class Question:
    """What a what-if is asked.

    Attributes
    ----------
    states : tuple of str
        Codes, in the order of the data.
    outcomes : tuple of str
        ``steps``, ``view`` and so on, or ``member.INSTITUTION``; the first decides the verdict.
    at : tuple of str
        Months, the first decides.
    expects : int
        1: the effect is expected to go toward the hub, -1 away from it, 0: either.
    """

    states: tuple[str, ...]
    outcomes: tuple[str, ...]
    at: tuple[str, ...]
    expects: int


def question_of(base: Compared, alternative: Compared, asks: Asks | None = None) -> Question:
    """What a what-if is asked: as its scenario says, or as ``asks`` says instead."""
    asks = asks or Asks.model_validate(alternative.scenario.get("asks") or {})
    sides = [(part.scenario, list(part.events)) for part in (base, alternative)]
    named = asks.states or states_named(*sides)
    every = [str(code) for code in alternative.quantiles["state"].values]
    states = tuple(code for code in every if not named or code in named)
    at = asks.at or tuple(alternative.scenario["report"])
    return Question(
        states, asks.outcomes, at, {"toward_hub": 1, "away_from_hub": -1}.get(asks.expects or "", 0)
    )


def as_asks(asks: Mapping[str, Sequence[str]], run: Compared) -> Asks:
    """What is asked of a what-if, from what a scenario file would say.

    Raises
    ------
    InputError
        If it holds anything else, or a state, an institution or a month that the run does not have.
    """
    found = validate(Asks, plain(dict(asks), "asks"), {}, "asks")
    keys = [outcome.removeprefix(MEMBER) for outcome in found.outcomes if outcome.startswith(MEMBER)]
    for what, names, known in (
        ("state", found.states or (), run.quantiles["state"].values),
        ("institution", keys, run.quantiles["institution"].values),
        ("report date", found.at, run.scenario["report"]),
    ):
        allowed = [str(name) for name in known]
        for name in names:
            if name not in allowed:
                raise InputError(unknown(what, name, allowed), key="asks")
    return found


def obstacle(base: Compared, alternative: Compared, question: Question, outcome: str) -> str:
    """Why the model cannot be asked for an outcome, as a clause; empty if it can."""
    return (
        _nothing_read(base, alternative)
        or _not_comparable(base, alternative, question.at[0])
        or _no_such_outcome(base, alternative, question, outcome)
    )


def _nothing_read(base: Compared, alternative: Compared) -> str:
    """Why no rule can notice the what-if."""
    before, after = base.scenario, alternative.scenario
    if any(before.get(key) != after.get(key) for key in DECIDE):
        return ""
    changed = {*base.events} ^ {*alternative.events}
    if not changed:
        return "it changes nothing that the base has"
    world = load_world(after["world"])
    if any(channel_of(act, world) for act in changed):
        return ""
    kinds = listed(sorted({act.kind for act in changed}))
    return f"no rule of the model reads what it changes, acts of kind {kinds}"


def _not_comparable(base: Compared, alternative: Compared, month: str) -> str:
    """Why nothing can be said of a month."""
    scenario = alternative.scenario
    if month < scenario["branch"]:
        words = (month_words(month_number(text)) for text in (scenario["branch"], month))
        return "it sets out in {} and is asked for {}".format(*words)
    last = scenario.get("record_until") or ""
    same = all(base.scenario.get(key) == scenario.get(key) for key in ("strategies", "ties"))
    numbers_alone = same and {*base.events} == {*alternative.events}
    if numbers_alone and month <= last and scenario.get("responses") == "recorded":
        return "it changes parameters or levers alone, and in months of the record both runs do what the record says"
    for part in (base.scenario, scenario):
        if part.get("record") and month <= last and part.get("responses", "simulated") == "simulated":
            return (
                f"{month_words(month_number(month))} lies in the record, and responses are simulated: what states did "
                "there is left to chance"
            )
    return ""


def _no_such_outcome(base: Compared, alternative: Compared, question: Question, outcome: str) -> str:
    """Why there is no such outcome to compare."""
    if outcome.startswith(MEMBER):
        key = outcome.removeprefix(MEMBER)
        shares = [part.quantiles["membership"] for part in (base, alternative)]
        if key not in [str(name) for name in shares[1]["institution"].values]:
            return f"there is no institution '{key}'"
        offered = any(
            f"{outcome}.{code}" in part.columns for part in (base, alternative) for code in question.states
        )
        share = max(float(part.sel(institution=key, state=list(question.states)).max()) for part in shares)
        if not offered and not share:
            names = names_of(alternative.quantiles, "state", "state_name")
            who = [with_article(short(names[code])) for code in question.states[:3]]
            title = short(names_of(alternative.quantiles, "institution", "institution_title")[key])
            some = listed(who) if len(question.states) <= 3 else f"any of the {len(question.states)} states"
            return f"\u201c{title}\u201d is not offered to {some}"
        return ""
    wanted = [f"{outcome}.{code}.{question.at[0]}" for code in question.states]
    lacking = [name for name in wanted if name not in base.columns or name not in alternative.columns]
    return f"the runs hold no '{lacking[0]}'" if lacking else ""


def month_of(date: np.datetime64) -> int:
    """The number of a month of labelled arrays."""
    return int(date.astype("datetime64[M]").astype(int)) + 1970 * 12
