"""The answer to a what-if's question: a verdict by a stated rule, a sentence, and the figures behind them.

The rule is in `sim.lab.verdict`, what is asked in `sim.lab.asked`, the words in `sim.lab.answer_words`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import get_args

import numpy as np
import pandas as pd

from sim.lab.answer_parts import Agreement, Answer, End, Figure, Joined, Lean, Part, Peak
from sim.lab.answer_words import Wording
from sim.lab.asked import Compared, Question, month_of, obstacle, question_of
from sim.lab.compare import Comparison
from sim.lab.effects import LASTING, lasting_change, peak_of
from sim.lab.levers import ALL, VISIBLE
from sim.lab.verdict import LEAST, LEAST_POSITION, UNASKABLE, Odds, odds_of_lanes, odds_of_share
from sim.months import month_text
from sim.runs.store import Run
from sim.scenario.schema import MEMBER, Asks
from sim.types import Floats, Reactions

NORMAL_90 = 1.6448536269514722
"""Half-width of a 90 % interval of the normal distribution, in standard errors."""
VARIABLES = {"view": "opinion_challenger", "member": "membership"}
"""Outcome -> variable of the quantiles, where they have two names."""


def answer_of(
    comparison: Comparison,
    alternative: Run,
    *,
    asks: Asks | None = None,
    lost: pd.DataFrame | None = None,
    assumed: pd.DataFrame | None = None,
    rivals: Sequence[Answer] = (),
    unfitted: Answer | None = None,
    reactions: Mapping[Reactions, Answer] = MappingProxyType({}),
) -> Answer:
    """The answer to a what-if of a stored comparison; arguments as `answer_between`."""
    sides = [
        Compared(
            run.manifest["scenario"],
            run.events(),
            run.quantiles(),
            frozenset(run.columns),
            partial(comparison.outcomes, run),
        )
        for run in (comparison.base, alternative)
    ]
    levers = {lever for run in (comparison.base, alternative) for lever in run.manifest["levers"]}
    return answer_between(
        *sides,
        levers=len(levers),
        asks=asks,
        lost=lost,
        assumed=assumed,
        rivals=rivals,
        unfitted=unfitted,
        reactions=reactions,
    )


def answer_between(
    base: Compared,
    alternative: Compared,
    *,
    levers: int = 0,
    asks: Asks | None = None,
    lost: pd.DataFrame | None = None,
    assumed: pd.DataFrame | None = None,
    rivals: Sequence[Answer] = (),
    unfitted: Answer | None = None,
    reactions: Mapping[Reactions, Answer] = MappingProxyType({}),
) -> Answer:
    """The answer to a what-if's question.

    Parameters
    ----------
    base, alternative : Compared
    levers : int
        Number of levers in force.
    asks : Asks, optional
        What is asked in place of what the what-if's scenario says.
    lost : DataFrame, optional
        Recorded steps that would not have been taken, as `sim.lab.steps.steps_between` makes them.
    assumed : DataFrame, optional
        What each lever does to the effect, as `sim.lab.levers.lever_effects_on_differences` makes it.
    rivals : sequence of Answer
        What rival explanations answer to the same question (`sim.lab.rivals`).
    unfitted : Answer, optional
        What the priors alone answer.
    reactions : mapping
        Reactions -> the answer under them, where they differ from those that were run (`sim.lab.reactions`).
    """
    question = question_of(base, alternative, asks)
    words = Wording.of(base, alternative, question)
    parts = []
    for outcome in question.outcomes:
        reason = obstacle(base, alternative, question, outcome)
        if reason:
            parts.append(Part(outcome, UNASKABLE, words.unaskable(reason)))
            continue
        part = _part(base, alternative, question, outcome, lost)
        part = replace(
            part,
            lean=_lean(part, question, assumed),
            agreement=_agreement(part, rivals),
            unfitted=None if unfitted is None else _first_figure(part.outcome, unfitted),
            ends=_ends(part, reactions),
        )
        leads = all(other.verdict == UNASKABLE for other in parts)
        sentence = words.sentence(part, levers if leads else 0, leads)
        parts.append(replace(part, sentence=sentence))
    return Answer(question, tuple(parts))


def _part(
    base: Compared, alternative: Compared, question: Question, outcome: str, lost: pd.DataFrame | None
) -> Part:
    """Figures and verdict of one outcome, without its sentence."""
    is_member = outcome.startswith(MEMBER)
    make = _figure_of_shares if is_member else _figure_of_lanes
    groups = [question.states, *((code,) for code in question.states if len(question.states) > 1)]
    figures = tuple(
        make(base, alternative, outcome, group, month) for month in question.at for group in groups
    )
    first = figures[0]
    expected = question.expects * _toward_hub(alternative, outcome)
    joined = [_joined(base, alternative, outcome, code) for code in question.states] if is_member else []
    gone, unoffered = _lost(lost, question) if outcome == "steps" and lost is not None else (None, None)
    return Part(
        outcome,
        Odds(first.rises, first.falls, first.small).verdict(expected),
        "",
        figures,
        _peak(base, alternative, question, outcome),
        gone,
        unoffered,
        tuple(joined),
        position=_in_position(base, alternative, question) if outcome == "steps" else None,
    )


def _figure_of_lanes(
    base: Compared, alternative: Compared, outcome: str, states: Sequence[str], month: str
) -> Figure:
    names = [f"{outcome}.{code}.{month}" for code in states]
    before, after = (part.outcomes(names).to_numpy() for part in (base, alternative))
    together = np.sum if outcome == "steps" else np.mean
    one, other = together(before, axis=1), together(after, axis=1)
    effect: Floats = other - one
    odds = odds_of_lanes(effect, LEAST[outcome])
    low, high = np.quantile(effect, (0.05, 0.95)) if len(effect) else (np.nan, np.nan)
    means = [float(values.mean()) if len(values) else np.nan for values in (one, other, effect)]
    return Figure(
        states[0] if len(states) == 1 else "",
        month,
        means[0],
        means[1],
        means[2],
        float(low),
        float(high),
        odds.rises,
        odds.falls,
        odds.small,
    )


def _in_position(base: Compared, alternative: Compared, question: Question) -> Figure | None:
    """The effect on position in the month that decides, the mean of the states asked about."""
    names = [f"alignment.{code}.{question.at[0]}" for code in question.states]
    if any(name not in part.columns for name in names for part in (base, alternative)):
        return None
    one, other = (
        (2.0 * np.arctanh(part.outcomes(names).to_numpy())).mean(axis=1) for part in (base, alternative)
    )
    effect: Floats = other - one
    odds = odds_of_lanes(effect, LEAST_POSITION)
    low, high = np.quantile(effect, (0.05, 0.95)) if len(effect) else (np.nan, np.nan)
    before, after, mean = (float(values.mean()) if len(values) else np.nan for values in (one, other, effect))
    ends = float(low), float(high)
    return Figure("", question.at[0], before, after, mean, *ends, odds.rises, odds.falls, odds.small)


def _ends(part: Part, reactions: Mapping[Reactions, Answer]) -> tuple[End, ...]:
    """The first figure under other reactions."""
    known = {kind: _first_figure(part.outcome, answer) for kind, answer in reactions.items()}
    kinds: tuple[Reactions, ...] = get_args(Reactions)[::-1]
    return tuple(End(kind, figure.mean) for kind in kinds if (figure := known.get(kind)))


def _first_figure(outcome: str, answer: Answer) -> Figure | None:
    """The figure that decides an outcome, if the answer has one."""
    return next((part.figures[0] for part in answer.parts if part.outcome == outcome and part.figures), None)


def _figure_of_shares(
    base: Compared, alternative: Compared, outcome: str, states: Sequence[str], month: str
) -> Figure:
    """Of membership; the error is that of unpaired lanes, and of several states the largest that it can be."""
    key = outcome.removeprefix(MEMBER)
    shares, errors = [], []
    for part in (base, alternative):
        at = part.quantiles["membership"].sel(institution=key, state=list(states), month=f"{month}-01")
        share = at.values.astype(float).ravel()
        shares.append(float(share.mean()))
        errors.append(float(np.sqrt(share * (1 - share) / int(part.quantiles.attrs["lanes"])).mean()))
    effect, error = shares[1] - shares[0], float(np.hypot(errors[0], errors[1]))
    odds = odds_of_share(effect, error, LEAST["member"])
    state = states[0] if len(states) == 1 else ""
    low, high = effect - NORMAL_90 * error, effect + NORMAL_90 * error
    return Figure(state, month, shares[0], shares[1], effect, low, high, odds.rises, odds.falls, odds.small)


def _toward_hub(part: Compared, outcome: str) -> int:
    """1 if more of an outcome is nearer the hub, -1 if it is farther away, 0 if it is neither."""
    if not outcome.startswith(MEMBER):
        return 1 if outcome in ("steps", "alignment") else -1
    side = part.quantiles["institution_side"].sel(institution=outcome.removeprefix(MEMBER)).item()
    return {"hub": 1, "challenger": -1}.get(str(side), 0)


def _mean(part: Compared, outcome: str, states: Sequence[str], month: str = "") -> Floats:
    """Mean over lanes month by month, up to a month, shape (months,): the sum of states' steps, the mean of all else."""
    own = part.quantiles.sel(state=list(states), month=slice(None, f"{month}-01" if month else None))
    if outcome.startswith(MEMBER):
        values = own["membership"].sel(institution=outcome.removeprefix(MEMBER))
    else:
        values = own[f"{VARIABLES.get(outcome, outcome)}_mean"]
    values = values.sum("state") if outcome == "steps" else values.mean("state")
    return values.values.astype(float)


def _peak(base: Compared, alternative: Compared, question: Question, outcome: str) -> Peak:
    before, after = (_mean(part, outcome, question.states, question.at[0]) for part in (base, alternative))
    change = (after - before)[None]
    lasting = lasting_change(change, LASTING) if outcome.startswith(MEMBER) else change
    place = int(peak_of(lasting, change)[0])
    first = month_of(alternative.quantiles["month"].values[0])
    return Peak(month_text(first + place), float(lasting[0, place]))


def _joined(base: Compared, alternative: Compared, outcome: str, state: str) -> Joined:
    """When half of the lanes have joined; the share of members may fall again."""
    first = month_of(alternative.quantiles["month"].values[0])
    found, start = [], False
    for part in (base, alternative):
        half = np.flatnonzero(_mean(part, outcome, (state,)) >= 0.5)
        start = start or bool(len(half) and half[0] == 0)
        found.append(month_text(first + int(half[0])) if len(half) else "")
    return Joined(state, "" if start else found[0], "" if start else found[1], start)


def _lost(lost: pd.DataFrame, question: Question) -> tuple[float, float]:
    """Net weight of the steps asked about that would not have been, and what of it has lost its offer."""
    rows = lost[lost["state"].isin(question.states) & (lost["month"] <= question.at[0])]
    weight = rows["direction"] * rows["weight"] * rows["probability"]
    return float(weight.sum()), float(weight[rows["unoffered"].astype(bool)].sum())


def _agreement(part: Part, rivals: Sequence[Answer]) -> Agreement | None:
    """How many rivals give the first figure the same sign, the other one, or none."""
    others = [other for answer in rivals for other in answer.parts if other.outcome == part.outcome]
    if not others:
        return None
    signs = [np.sign(other.figures[0].mean) if other.figures else 0.0 for other in others]
    own = np.sign(part.figures[0].mean)
    same, none = sum(bool(sign) and sign == own for sign in signs), signs.count(0.0)
    return Agreement(same, len(signs) - same - none, none)


def _lean(part: Part, question: Question, assumed: pd.DataFrame | None) -> Lean | None:
    """The lever with the largest visible change of the first figure; standard errors of states are added up."""
    if assumed is None or not part.figures:
        return None
    names = [f"{part.outcome}.{code}" for code in question.states]
    if not part.outcome.startswith(MEMBER):
        names = [f"{name}.{question.at[0]}" for name in names]
    rows = assumed[assumed.index.get_level_values("outcome").isin(names)]
    sums = rows.groupby(level="lever", sort=False)[["difference", "standard_error"]].sum(min_count=len(names))
    sums = (sums if part.outcome == "steps" else sums / len(names)).drop(index=ALL, errors="ignore")
    seen = sums[sums["difference"].abs() > VISIBLE * sums["standard_error"]]
    if not len(seen):
        return None
    lever = str(seen["difference"].abs().idxmax())
    return Lean(lever, float(seen["difference"][lever]), float(seen["standard_error"][lever]))
