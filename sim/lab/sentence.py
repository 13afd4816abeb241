"""Effects in words.

Net steps toward the hub are said to be fewer or more, alignment to be nearer one power or the other, views better or
worse, exports to the challenger higher or lower, membership more or less frequent. Months of the documented record take
"would have been", later ones "would be". The sentence always speaks of steps first, or says that they "hardly differ";
alignment saturates, and is a quantity like others. Of a what-if about one state it names two more effects, the largest;
of one about several, the quantity that moves most over all of them. Where nothing moves, it says "No visible difference".
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import xarray as xr

from sim.lab.effects import MEMBERSHIP, STEPS, Effect, grouped
from sim.months import month_number
from sim.words import listed, possessive, with_article

MOST_NAMED = 3
"""States that a clause names; of more it gives their number and the one that moves most."""


@dataclass(frozen=True)
class Subject:
    """Whom a sentence is about, and the words that it needs.

    Attributes
    ----------
    states : sequence of str
        Names of the states that the what-if is about.
    every : bool
        They are all there are.
    hub, challenger : str
        Names of the powers as a sentence needs them.
    documented : int
        Last month number of the record; before the first month if there is no record.
    """

    states: Sequence[str]
    every: bool
    hub: str
    challenger: str
    documented: int

    @classmethod
    def of(cls, data: xr.Dataset, states: Sequence[str]) -> Subject:
        """Read off the quantiles of a run."""
        known, until = data.attrs, str(data.attrs.get("record_until") or "")
        hub, challenger = (
            with_article(str(known.get(f"{side}_name", known[side]))) for side in ("hub", "challenger")
        )
        every = len(states) == data.sizes["state"]
        return cls(states, every, hub, challenger, month_number(until) if until else 0)

    def would_be(self, effect: Effect) -> str:
        """The verb for the month in which an effect is largest."""
        return "would have been" if effect.month <= self.documented else "would be"

    def would_take(self, effect: Effect) -> str:
        """The verb for steps, likewise."""
        return "would have taken" if effect.month <= self.documented else "would take"


def sentence(subject: Subject, own: Sequence[Effect], others: Sequence[Effect]) -> str:
    """What moved, without the full stop.

    Parameters
    ----------
    subject : Subject
    own : sequence of Effect
        Visible ones of the states that the what-if is about, largest first.
    others : sequence of Effect
        Visible ones of all other states, largest first.
    """
    if not own and not others:
        return "No visible difference in net steps, alignment, views, exports or memberships"
    if not own:
        who = listed([with_article(short(name)) for name in subject.states[:MOST_NAMED]])
        some = who if len(subject.states) <= MOST_NAMED else f"the {len(subject.states)} states it is about"
        return _capital("; ".join([f"no visible difference for {some}", *_elsewhere(subject, others)]))
    single = len(subject.states) == 1
    groups = leading(own, 2 if single else 1)
    clauses: list[str] = []
    for group in groups:
        pronoun = single and bool(clauses)
        clauses.append(_of_one(subject, group[0], pronoun) if single else _of_many(subject, group))
    if not any(group[0].variable == STEPS for group in groups):
        clauses.append("its net steps hardly differ" if single else "net steps hardly differ")
    return _capital("; ".join(clauses + _elsewhere(subject, [e for e in others if e.variable == STEPS])))


def leading(effects: Sequence[Effect], most: int) -> list[list[Effect]]:
    """Effects by quantity: steps if they move, then the ``most`` groups that move most beside them."""
    groups = grouped(effects)
    steps = [group for group in groups if group[0].variable == STEPS]
    return steps + [group for group in groups if group[0].variable != STEPS][:most]


def _elsewhere(subject: Subject, others: Sequence[Effect]) -> list[str]:
    """A clause on the largest effect of the states that the what-if is not about."""
    if not others:
        return []
    same = [e for e in others if (e.variable, e.institution) == (others[0].variable, others[0].institution)]
    return [f"elsewhere {_of_many(subject, same, counted=False)}"]


def _of_one(subject: Subject, effect: Effect, pronoun: bool) -> str:
    name = with_article(short(effect.name))
    whose, who = ("its", "it") if pronoun else (possessive(name), name)
    would, year, amount = subject.would_be(effect), effect.month // 12, effect.amount
    if effect.variable == STEPS:
        number = amount.partition(" ")[0]
        steps = f"{number} {_way(subject, effect)} net steps toward {subject.hub}"
        return f"{who} {subject.would_take(effect)} {steps} by {year}"
    if effect.variable == MEMBERSHIP:
        how = f"{abs(effect.change):.0f} {_way(subject, effect)} lanes in 100"
        return f"{who} {would} a member of \u201c{short(effect.title)}\u201d in {how} by {year}"
    what = {
        "alignment": f"{whose} alignment",
        "opinion_challenger": f"{whose} view of {subject.challenger}",
        "opinion_hub": f"{whose} view of {subject.hub}",
        "dependence": f"the share of {whose} exports that goes to {subject.challenger}",
    }[effect.variable]
    return f"{what} {would} {amount} {_way(subject, effect)} in {year}"


def _of_many(subject: Subject, effects: Sequence[Effect], counted: bool = True) -> str:
    """A clause on one quantity in several states: the way that most of the change goes, and then the other way."""
    if len(effects) == 1:
        return _of_one(subject, effects[0], pronoun=False)
    way = sum(effect.change for effect in effects)
    with_it = [effect for effect in effects if effect.change * way >= 0]
    against = [effect for effect in effects if effect.change * way < 0]
    first = with_it[0]
    head = {
        STEPS: f"net steps toward {subject.hub}",
        "alignment": "alignment",
        "opinion_challenger": f"views of {subject.challenger}",
        "opinion_hub": f"views of {subject.hub}",
        "dependence": f"the share of exports that goes to {subject.challenger}",
        MEMBERSHIP: f"membership of \u201c{short(first.title)}\u201d",
    }[first.variable]
    total = len(subject.states) if counted else 0
    clause = (
        f"{head} {subject.would_be(first)} {_how(subject, first)} {_where(with_it, total, subject.every)}"
    )
    if against:
        clause += f", and {_how(subject, against[0])} {_where(against, 0, subject.every)}"
    return clause


def _where(effects: Sequence[Effect], total: int, every: bool) -> str:
    """In which states, and where most."""
    named = "" if every else " concerned"
    most = effects[0]
    when = f"{'by' if most.variable in (MEMBERSHIP, STEPS) else 'in'} {most.month // 12}"
    name, how = with_article(short(most.name)), f"{most.amount} {when}"
    if len(effects) == 1:
        return f"in {name} ({how})"
    if len(effects) <= MOST_NAMED:
        where = f"in {listed([with_article(short(effect.name)) for effect in effects])}"
    elif len(effects) == total:
        where = f"in all {total} states{named}"
    else:
        where = f"in {len(effects)} {f'of {total} ' if total else ''}states{named if total else ''}"
    return f"{where}, most in {name} ({how})"


def _way(subject: Subject, effect: Effect) -> str:
    """The word for the direction of a change."""
    up = effect.change > 0
    if effect.variable == "alignment":
        return f"nearer {subject.hub if up else subject.challenger}"
    words = {"dependence": ("higher", "lower"), MEMBERSHIP: ("more", "fewer"), STEPS: ("more", "fewer")}
    return words.get(effect.variable, ("better", "worse"))[0 if up else 1]


def _how(subject: Subject, effect: Effect) -> str:
    """The word for the direction of a change, where it follows "would be"."""
    way = _way(subject, effect)
    if effect.variable == MEMBERSHIP:
        return {"more": "more frequent", "fewer": "less frequent"}[way]
    return {"more": "more numerous"}.get(way, way)


def short(name: str) -> str:
    """A name without what it has in brackets.

    >>> short("Quadrilateral Security Dialogue (four states)")
    'Quadrilateral Security Dialogue'
    """
    return name.partition(" (")[0]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
