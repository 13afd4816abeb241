"""What an answer holds: figures, their peak, what they depend on, and a verdict for each outcome asked for."""

from __future__ import annotations

from dataclasses import dataclass

from sim.lab.asked import Question
from sim.lab.verdict import Verdict
from sim.types import Reactions


@dataclass(frozen=True)
class Figure:
    """An effect at a date: what-if minus base, in the outcome's own unit.

    Attributes
    ----------
    state : str
        Code; empty for all states asked about together: the sum of their steps, the mean of everything else.
    month : str
    base, alternative : float
        Means over lanes.
    mean, q05, q95 : float
        Of the effect, lane by lane; of membership ``mean`` is the difference of the shares of lanes, and the other two
        are the ends of its 90 % Monte Carlo interval.
    rises, falls, small : float
        How likely it is to reach the least size upward, downward, or not at all (`sim.lab.verdict`).
    """

    state: str
    month: str
    base: float
    alternative: float
    mean: float
    q05: float
    q95: float
    rises: float
    falls: float
    small: float


@dataclass(frozen=True)
class Peak:
    """Where the mean effect on all states asked about is largest, from the branch to the month of the verdict."""

    month: str
    mean: float


@dataclass(frozen=True)
class Joined:
    """The month by which half of the lanes have a state as a member; empty if they never have, or have from the start."""

    state: str
    base: str
    alternative: str
    from_the_start: bool


@dataclass(frozen=True)
class Lean:
    """The lever that most visibly changes an effect, and by how much if it is switched off in both runs."""

    lever: str
    change: float
    error: float


@dataclass(frozen=True)
class Agreement:
    """How many rival explanations give an effect the sign that it has in the one that was run, how many the other, or none."""

    same: int
    other: int
    none: int


@dataclass(frozen=True)
class End:
    """The mean effect under other reactions than those that were run: ``none``, ``states`` or ``all``."""

    reactions: Reactions
    mean: float


@dataclass(frozen=True)
class Part:
    """What is answered of one outcome.

    Attributes
    ----------
    outcome : str
    verdict : str
        ``yes``, ``no``, ``cannot tell`` or ``cannot be asked of this model``.
    sentence : str
        With its full stop.
    figures : tuple of Figure
        The one that decides first; then the same of single states, and of other months. Empty if it cannot be asked.
    peak : Peak or None
    lost : float or None
        Of steps: net weight of the recorded steps that would not have been by the month of the verdict, the mean over
        lanes. What the effect has beyond it are steps that only one of the two runs takes by chance.
    unoffered : float or None
        The part of ``lost`` whose offers the what-if takes out: it follows from the edit and is no finding.
    joined : tuple of Joined
        Of membership, a state each.
    lean : Lean or None
        None if it was not worked out, or no lever visibly changes the effect.
    agreement : Agreement or None
        None if it was not worked out.
    unfitted : Figure or None
        What it would be by the priors of the calibration alone, before the record is seen; None if it was not worked out.
    position : Figure or None
        Of steps: what the effect is in position, the mean of the states asked about; its unit is the standard deviation of
        the states' homes (``docs/scale.md``), and how far a step moves a state is not learned from the record.
    ends : tuple of End
        What the mean effect is if others react otherwise; empty if they cannot, or if it was not worked out.
    """

    outcome: str
    verdict: Verdict
    sentence: str
    figures: tuple[Figure, ...] = ()
    peak: Peak | None = None
    lost: float | None = None
    unoffered: float | None = None
    joined: tuple[Joined, ...] = ()
    lean: Lean | None = None
    agreement: Agreement | None = None
    unfitted: Figure | None = None
    position: Figure | None = None
    ends: tuple[End, ...] = ()


@dataclass(frozen=True)
class Answer:
    """The answer to a what-if's question.

    Attributes
    ----------
    question : Question
        States, outcomes and months that it is about.
    parts : tuple of Part
        One for each outcome, in the order asked for. The first gives `verdict`, `sentence` and `figures`.
    """

    question: Question
    parts: tuple[Part, ...]

    @property
    def verdict(self) -> Verdict:
        """Of the first outcome asked for."""
        return self.parts[0].verdict

    @property
    def sentence(self) -> str:
        """Of the first outcome asked for."""
        return self.parts[0].sentence

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Of the first outcome asked for."""
        return self.parts[0].figures

    def __str__(self) -> str:
        return f"Answer: {self.verdict}. {self.sentence}"
