"""What a what-if did: the states it is about, what moved for them, and a sentence that says so.

A what-if is about the states that its edits name: the targets of acts that it adds, drops or alters, the ends of ties that
it changes, and the targets of a plan that it gives a power. Where it changes acts upon every state, or a plan without
targets, it is about every state. What moved is decided in `sim.lab.effects`, and said in `sim.lab.sentence`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import xarray as xr

from sim.lab.compare import Comparison
from sim.lab.effects import QUANTITIES, Effect, effects_between, grouped, names_of
from sim.lab.sentence import Subject, leading, sentence
from sim.runs.store import Run
from sim.scenario.record import Stimulus

EVERYONE = "ALL"
MOST_QUANTITIES, MOST_STATES = 5, 3
"""Quantities beside steps, and states of each, that a figure has room for."""


@dataclass(frozen=True)
class Finding:
    """What a what-if did.

    Attributes
    ----------
    sentence : str
        In plain words, without the full stop.
    states : tuple of str
        Codes of the states that the what-if is about, in the order of the data.
    effects : tuple of Effect
        What visibly moved for these states, largest first.
    elsewhere : tuple of Effect
        What visibly moved for other states, largest first.
    still : tuple of str
        Keys of `QUANTITIES` that visibly moved for none of the states that the what-if is about.
    """

    sentence: str
    states: tuple[str, ...]
    effects: tuple[Effect, ...]
    elsewhere: tuple[Effect, ...]
    still: tuple[str, ...]

    @property
    def highlights(self) -> tuple[Effect, ...]:
        """The effects to draw: the largest of each quantity that the sentence speaks of, and of a few more."""
        many = len(self.states) > MOST_STATES
        groups = leading(self.effects, 2 if many else MOST_QUANTITIES) + grouped(self.elsewhere)[:1]
        return tuple(effect for group in groups for effect in group[:MOST_STATES])


def finding_of(comparison: Comparison, alternative: Run | None = None) -> Finding:
    """What a what-if of a stored comparison did.

    Parameters
    ----------
    comparison : Comparison
    alternative : Run, optional
        One of its what-ifs; the first if left out.

    Examples
    --------
    >>> from sim.lab.finding import finding_of
    >>> finding_of(comparison).sentence  # doctest: +SKIP
    'South Korea\u2019s view of China would have been 32 points better in 2017; its net steps hardly differ'
    """
    base, run = comparison.base, alternative or comparison.alternatives[0]
    table = comparison.tables()[run.name]
    sides = [(part.manifest["scenario"], part.events()) for part in (base, run)]
    return find(base.quantiles(), run.quantiles(), table, states_named(*sides))


def states_named(
    base: tuple[Mapping[str, Any], Sequence[Stimulus]],
    alternative: tuple[Mapping[str, Any], Sequence[Stimulus]],
) -> frozenset[str]:
    """Codes of the states that a what-if's edits name; empty if it is about every state.

    Parameters
    ----------
    base, alternative : pair
        The scenario as plain data, and its acts after all edits.
    """
    (before, acts), (after, other_acts) = base, alternative
    named = {act.target for act in set(acts) ^ set(other_acts)}
    ties = [scenario.get("ties", []) for scenario in (before, after)]
    named |= {
        tie[end] for some in ties for tie in some if not all(tie in part for part in ties) for end in "ab"
    }
    old, new = before.get("strategies", {}), after.get("strategies", {})
    for power in {*old, *new}:
        if old.get(power) != new.get(power):
            named |= set(new.get(power, {}).get("targets", [EVERYONE]))
    return frozenset() if EVERYONE in named else frozenset(named)


def find(
    base: xr.Dataset, alternative: xr.Dataset, table: pd.DataFrame, named: Collection[str] = ()
) -> Finding:
    """What a what-if did, from the quantiles of both runs and their paired differences.

    Parameters
    ----------
    base, alternative : xarray.Dataset
    table : DataFrame
        As in `sim.lab.effects.effects_between`.
    named : collection of str
        Codes of the states that the what-if is about; empty for every state.
    """
    names = names_of(alternative, "state", "state_name")
    states = tuple(code for code in names if not named or code in named)
    visible = [effect for effect in effects_between(base, alternative, table) if effect.visible]
    own = tuple(effect for effect in visible if effect.state in states)
    others = tuple(effect for effect in visible if effect.state not in states)
    moved = {effect.variable for effect in own}
    subject = Subject.of(alternative, [names[code] for code in states])
    return Finding(
        sentence(subject, own, others),
        states,
        own,
        others,
        tuple(variable for variable in QUANTITIES if variable not in moved),
    )
