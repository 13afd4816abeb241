"""Answers in words: what a what-if takes away, the effect with its interval, its peak, and what it depends on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.lab.answer_parts import Figure, Joined, Part
from sim.lab.asked import DECIDE, Compared, Question, month_of
from sim.lab.effects import names_of
from sim.lab.sentence import MOST_NAMED, short
from sim.lab.verdict import LEAST, SURE
from sim.months import month_number
from sim.words import counted, listed, month_words, possessive, with_article

ACTS = {
    "coercion": "the coercion",
    "punishment": "the punishment",
    "pressure": "the pressure",
    "war": "the war",
    "shock": "the shocks",
    "offer": "the offers",
    "accommodation": "the easing that followed",
    "reassurance": "the reassurance",
}
"""Kind of an act that a what-if takes away -> words; acts that no rule reads go without saying."""
REACTED = {
    "none": "if nobody else reacts",
    "states": "if states react and the hub does not",
    "all": "if {hub} reacts with its offers too",
}
"""Reactions -> the clause that names them."""
FORMS = {
    "steps": (1.0, 1, "", "more", "fewer", "as many"),
    "alignment": (1.0, 2, "", "nearer {hub}", "nearer {challenger}", "the same"),
    "view": (100.0, 0, " points", "better", "worse", "the same"),
    "dependence": (100.0, 0, " percentage points", "higher", "lower", "the same"),
    "member": (100.0, 0, "", "more", "fewer", "as many lanes"),
}
"""Outcome -> scale, decimals, unit, and the words for an effect upward, downward and none."""


@dataclass(frozen=True)
class Wording:
    """What the sentences about one what-if have in common.

    Attributes
    ----------
    opening : str
        What differs, such as ``Without the punishment``.
    who : str
        The states, as the subject of a sentence.
    single : bool
        There is one.
    hub, challenger : str
        Names of the powers as a sentence needs them.
    documented : int
        Last month number in which states do what the record says; before the first month if there is none.
    """

    base: Compared
    question: Question
    opening: str
    who: str
    single: bool
    hub: str
    challenger: str
    documented: int
    branch: int
    names: dict[str, str]
    titles: dict[str, str]

    @classmethod
    def of(cls, base: Compared, alternative: Compared, question: Question) -> Wording:
        """Read off two runs."""
        known, scenario = alternative.quantiles.attrs, alternative.scenario
        hub, challenger = (
            with_article(str(known.get(f"{side}_name", known[side]))) for side in ("hub", "challenger")
        )
        names = names_of(alternative.quantiles, "state", "state_name")
        until = scenario.get("record_until") if scenario.get("responses") == "recorded" else None
        return cls(
            base,
            question,
            _opening(base, alternative),
            _who([names[code] for code in question.states], len(names)),
            len(question.states) == 1,
            hub,
            challenger,
            month_number(until) if until else 0,
            month_number(scenario["branch"]),
            names,
            names_of(alternative.quantiles, "institution", "institution_title"),
        )

    def unaskable(self, reason: str) -> str:
        """Why there is no answer."""
        return f"{reason[:1].upper()}{reason[1:]}."

    def sentence(self, part: Part, levers: int, leads: bool) -> str:
        """The effect that decides, what it is to be held against, its peak, and on how many levers it depends.

        Parameters
        ----------
        part : Part
        levers : int
            Of the first outcome the number in force, of others 0.
        leads : bool
            Whether this is the first outcome that can be asked, which says what the what-if changes.
        """
        first = part.figures[0]
        outcome = part.outcome.partition(".")[0]
        effect = f"{self._effect(part.outcome, first)} ({self._spread(outcome, first)})"
        said = [f"{self.opening}, {effect}" if leads else f"{effect[:1].upper()}{effect[1:]}"]
        if outcome == "steps":
            said.append(self._against(first))
            if part.unoffered and abs(part.unoffered) >= 0.05:
                taken = f"{abs(part.unoffered):.1f}".removesuffix(".0")
                with_it = part.unoffered * first.mean <= 0  # weight lost lowers the effect
                said.append(
                    f"Of the difference {taken} answer offers that the what-if itself takes out"
                    if with_it
                    else f"Steps that answer offers which the what-if itself takes out work the other way, by {taken}"
                )
        said += [self._joined(one) for one in part.joined] if self.single else self._by_state(part)
        if part.position and round(part.position.mean, 2):
            said.append(self._in_position(part.position))
        if any(not _alike(outcome, end.mean, first.mean) for end in part.ends):
            sizes = [
                f"{self._size(outcome, end.mean)} {REACTED[end.reactions].format(hub=self.hub)}"
                for end in part.ends
            ]
            said.append(f"It would be {listed(sizes)}")
        if part.peak and not _alike(outcome, part.peak.mean, first.mean) and part.peak.month != first.month:
            month = month_words(month_number(part.peak.month))
            said.append(
                f"The difference {self._was(part.peak.month)} largest in {month}: {self._size(outcome, part.peak.mean)}"
            )
        if levers:
            depends = f"It depends on {counted(levers, 'lever')} that the record does not teach (prior only)"
            if part.lean:
                scale, digits, *_ = FORMS[outcome]
                change = f"{scale * part.lean.change:+.{max(digits, 1)}f}".replace("-", "\u2212")
                depends += f"; without {part.lean.lever} it would change by {change}"
            said.append(depends)
        if part.agreement:
            found = part.agreement
            total = counted(found.same + found.other + found.none, "rival explanation")
            said.append(
                f"Of {total}, {found.same} agree on its direction, {found.other} on the other, and {found.none} show none"
            )
        if part.unfitted:
            spread = self._range(outcome, part.unfitted)
            said.append(
                f"By the priors alone, before the record is seen, it would be {self._size(outcome, part.unfitted.mean)} ({spread})"
            )
        return " ".join(f"{one}." for one in said if one)

    def _effect(self, column: str, figure: Figure) -> str:
        """The effect as the main clause."""
        outcome, _, key = column.partition(".")
        size, month = self._size(outcome, figure.mean), month_words(month_number(figure.month))
        past = self._is_past(figure.month)
        be = f"would{'' if self.single else ' on average'} {'have been' if past else 'be'}"
        if outcome == "steps":
            take, together = "have taken" if past else "take", "" if self.single else " together"
            return f"{self.who} would{together} {take} {size} net steps toward {self.hub} by {month}"
        if outcome == "member":
            members = "a member" if self.single else "members"
            return f"{self.who} {be} {members} of \u201c{short(self.titles[key])}\u201d in {size} by {month}"
        one = possessive(self.who)
        many = f" of {self.who}" if outcome == "alignment" else f" in {self.who}"
        thing = {
            "alignment": f"{one} alignment" if self.single else f"the alignment{many}",
            "view": f"{one} view of {self.challenger}"
            if self.single
            else f"views of {self.challenger}{many}",
            "dependence": f"the share of {one} exports that goes to {self.challenger}",
        }[outcome]
        return f"{thing} {be} {size} in {month}"

    def _spread(self, outcome: str, figure: Figure) -> str:
        """The middle 90 % of the lanes, and how often the least size is reached; of membership, both shares."""
        if outcome == "member":
            before, after = (f"{100 * share:.0f}" for share in (figure.base, figure.alternative))
            return f"{before} in the base, {after} in the what-if"
        spread = self._range(outcome, figure)
        share, sign = max((figure.rises, 1), (figure.falls, -1))
        if round(100 * share) == 0:
            return spread
        return f"{spread}; at least {self._size(outcome, sign * LEAST[outcome])} in {100 * share:.0f} %"

    def _range(self, outcome: str, figure: Figure) -> str:
        """The middle 90 % of the lanes; of steps, which are whole in each lane, in whole numbers."""
        ends = (figure.q05, figure.q95)
        low, high = (self._size(outcome, round(end) if outcome == "steps" else end) for end in ends)
        if low == high:
            return f"{low} in 90 % of lanes"
        number, _, rest = low.partition(" ")
        if rest and high.endswith(f" {rest}"):
            low = number
        return f"5 to 95 % of lanes: {low} to {high}"

    def _by_state(self, part: Part) -> list[str]:
        """The state with the largest effect in the month that decides, and those that answer by themselves."""
        outcome = part.outcome.partition(".")[0]
        own = [figure for figure in part.figures if figure.state and figure.month == part.figures[0].month]
        most = max(own, key=lambda figure: abs(figure.mean))
        size = self._size(outcome, most.mean)
        if size == FORMS[outcome][5]:
            return []
        spread = "" if outcome == "member" else f" ({self._range(outcome, most)})"
        said = [f"Most in {self._name(most.state)}: {size}{spread}"]
        up = part.figures[0].mean > 0
        sure = [self._name(figure.state) for figure in own if (figure.rises if up else figure.falls) >= SURE]
        if sure:
            some = listed(sure) if len(sure) <= MOST_NAMED else f"{len(sure)} of {len(own)} states"
            said.append(f"The effect is as sure in {some} taken alone")
        return said

    def _name(self, code: str) -> str:
        return with_article(short(self.names[code]))

    def _size(self, outcome: str, value: float) -> str:
        """An effect without its noun: ``0.4 fewer``, ``9 points better``, ``0.02 nearer China``."""
        scale, digits, unit, up, down, same = FORMS[outcome]
        number = f"{abs(scale * value):.{digits}f}"
        if not float(number):
            return same
        number = number.removesuffix(".0")
        if outcome == "member":
            return f"{number} {up if value > 0 else down} {'lane' if number == '1' else 'lanes'} in 100"
        unit = unit.removesuffix("s") if number == "1" else unit
        way = (up if value > 0 else down).format(hub=self.hub, challenger=self.challenger)
        return f"{number}{unit} {way}"

    def _in_position(self, figure: Figure) -> str:
        """The effect in position: what it is worth if a step moves a state as far as is assumed."""
        way = self.hub if figure.mean > 0 else self.challenger
        ends = " to ".join(f"{end:+.2f}".replace("-", "\u2212") for end in (figure.q05, figure.q95))
        size = f"{abs(figure.mean):.2f} nearer {way} ({ends})"
        return f"In position that is {size}, where states usually differ by 1; how far a step moves one is assumed"

    def _against(self, figure: Figure) -> str:
        """How many steps the base has from the branch on."""
        start = self.branch - month_of(self.base.quantiles["month"].values[0])
        steps = self.base.quantiles["steps_mean"].sel(state=list(self.question.states)).sum("state").values
        number = figure.base - (float(steps[start - 1]) if start > 0 else 0.0)
        amount = f"{abs(number):.1f}".removesuffix(".0")
        if not float(amount):
            amount, side = "none", "on balance"
        else:
            side = f"toward {self.hub if number > 0 else self.challenger}"
        since = month_words(self.branch)
        it = "it" if self.single else "they"
        if self._is_past(figure.month):
            return f"On record {it} took {amount} {side} from {since} on"
        return f"In the base {it} {'takes' if self.single else 'take'} {amount} {side} from {since} on"

    def _joined(self, joined: Joined) -> str:
        """By when half of the lanes have the state as a member."""
        if joined.from_the_start:
            return ""
        before, after = (
            month_words(month_number(month)) if month else "" for month in (joined.base, joined.alternative)
        )
        if before and before == after:
            return f"Half of the lanes have joined by {before} in both"
        if before and after:
            return f"Half of the lanes have joined by {before} in the base and by {after} in the what-if"
        if not before and not after:
            return "Fewer than half of the lanes ever join in either"
        side, other = ("the base", "the what-if") if before else ("the what-if", "the base")
        return f"Half of the lanes have joined by {before or after} in {side}, and fewer ever do in {other}"

    def _is_past(self, month: str) -> bool:
        return month_number(month) <= self.documented

    def _was(self, month: str) -> str:
        return "was" if self._is_past(month) else "is"


def _alike(outcome: str, one: float, other: float) -> bool:
    scale, digits, *_ = FORMS[outcome]
    return bool(np.round(scale * one, digits) == np.round(scale * other, digits))


def _who(names: Sequence[str], every: int) -> str:
    if len(names) <= MOST_NAMED:
        return listed([with_article(short(name)) for name in names])
    return f"all {len(names)} states" if len(names) == every else f"the {len(names)} states asked about"


def _opening(base: Compared, alternative: Compared) -> str:
    """What a what-if takes away, if that is all it does."""
    before, after = {*base.events}, {*alternative.events}
    gone, left = before - after, after - before
    kept = {(act.id, act.intensity) for act in gone}
    differs = any(base.scenario.get(key) != alternative.scenario.get(key) for key in DECIDE)
    if differs or not gone or any((act.id, act.intensity) not in kept for act in left):
        return "In this what-if"
    kinds = {"war" if act.domain == "war" and act.kind == "shock" else act.kind for act in gone}
    words = [words for kind, words in ACTS.items() if kind in kinds]
    if words == [ACTS["accommodation"]]:
        words = ["the easing"]
    return f"Without {listed(words)}" if words else "In this what-if"
