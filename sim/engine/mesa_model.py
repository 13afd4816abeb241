"""The Mesa model: states, powers and institutions as agents, one step a month.

This is where a behaviour is read, stepped, watched and extended. It calls the rules of ``sim.model.rules`` and draws at the
addresses of ``sim.model.draws``, as the lane engine does: lane ``k`` and ``AllianceModel(scenario, lane=k)`` give the same
numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.engine.agents import Institution, OpenOffer, State
from sim.engine.arrays import TRAJECTORIES, tie_lists, treaty_allies
from sim.engine.powers import Power
from sim.engine.timeline import Offer, Timeline, build_timeline
from sim.errors import WedgeError
from sim.model import draws, rules
from sim.months import month_text
from sim.scenario.case import Case
from sim.scenario.lane_parameters import lane_parameters
from sim.scenario.schema import Scenario

__all__ = ["AllianceModel", "Institution", "Power", "State", "StoryLine", "run_block_in_mesa"]


@dataclass(frozen=True)
class StoryLine:
    """One thing that happened: the month, the state, what, and the numbers behind it."""

    month: str
    state: str
    text: str
    detail: str


class AllianceModel(mesa.Model):
    """States between two powers, one step a month.

    Parameters
    ----------
    scenario : Scenario or Case
        Resolved (``sim.scenario.loading``).
    lane : int
        Number of the possible history, 0 and up.
    seed : int
        Seed of all draws.
    parameters : record of ``PARAMETER_TYPE``, optional
        One lane's parameters; the scenario's own for this lane if left out.
    timeline : Timeline, optional
        A timeline already built.
    keep_story : bool
        Keep a line for each thing that happens (``story``).
    """

    state_type: ClassVar[type[State]] = State
    """Class of the states; a subclass of the model may name a subclass of ``State``."""

    def __init__(
        self,
        scenario: Scenario | Case,
        lane: int = 0,
        seed: int = 1,
        parameters: np.void | None = None,
        timeline: Timeline | None = None,
        keep_story: bool = False,
    ) -> None:
        super().__init__(rng=seed)
        self.timeline = timeline or build_timeline(scenario)
        self.lane, self.seed_number = lane, seed
        self.parameters: Any = self._own_parameters() if parameters is None else parameters
        self.month = 0
        self.common = self.coalition_growth = self.coalition_at_start = 0.0
        self.keep_story = keep_story
        self._story: list[StoryLine] = []
        world = self.timeline.world
        self.place = {code: number for number, code in enumerate(world.codes)}
        allies = treaty_allies(world)
        self.state_list = [
            self.state_type(self, world.state(code), float(allies[i])) for i, code in enumerate(world.codes)
        ]
        self.institution_list = [Institution(self, spec) for spec in world.institutions]
        self.powers: dict[str, Power] = {
            side: Power(self, side, plan) for side, plan in self.timeline.plans.items()
        }
        self._tie()
        self._found()
        self._open()
        self.datacollector = mesa.DataCollector(
            model_reporters={"date": "date", "coalition": "coalition"},
            agenttype_reporters={
                self.state_type: {name: name for name in ("code", *TRAJECTORIES)},
                Institution: {"key": "key", "size": "size"},
            },
        )

    def _own_parameters(self) -> Any:
        rows = lane_parameters(self.timeline.case, self.seed_number, self.lane, 1)
        return rows.view(np.recarray)[0]

    def _tie(self) -> None:
        leaders = self.timeline.channels["leader"]
        for i, own in enumerate(tie_lists(self.timeline.world)):
            state = self.state_list[i]
            state.first_leader = float(leaders[0, i])
            state.ties = [(self.state_list[other], partner, fit) for other, partner, fit in own]

    def _found(self) -> None:
        for institution in self.institution_list:
            for code in sorted(institution.members):
                self.state_list[self.place[code]].join(institution, founding=True)

    def _open(self) -> None:
        for offer in self.timeline.offers:
            state = self.state_list[offer.state]
            state.offers.append(self._offer_of(offer, state))

    def _offer_of(self, offer: Offer, state: State) -> OpenOffer:
        u = state.draw(draws.GROUP_ROW + offer.key, offer.month)
        institution = self.institution_list[offer.institution] if offer.institution >= 0 else None
        thresholds = (draws.exponential_threshold(u[0]), draws.exponential_threshold(u[1]))
        return OpenOffer(
            f"{offer.title} ({offer.row})", offer.side, offer.month, offer.intensity, institution, thresholds
        )

    @property
    def date(self) -> str:
        """The month that is next to be lived, ``YYYY-MM``; after the last step, the month after."""
        return month_text(int(self.timeline.months[0]) + self.month)

    @property
    def coalition(self) -> float:
        """Capability-weighted share of states with alignment above 1/3."""
        aligned = total = 0.0
        for state in self.state_list:
            total += state.capability
            if state.alignment > rules.ALIGNED:
                aligned += state.capability
        return aligned / total if total > 0.0 else 0.0

    @property
    def story(self) -> tuple[StoryLine, ...]:
        """What happened so far, if the model keeps a story."""
        return tuple(self._story)

    def note(self, state: str, text: str, detail: str) -> None:
        """Add a line to the story: something that happened to a state this month."""
        if self.keep_story:
            self._story.append(StoryLine(self.date, state, text, detail))

    def step(self) -> None:
        """One month: the powers act, states feel and look around, live, and settle."""
        if self.month >= len(self.timeline.months):
            raise WedgeError(
                f"the scenario ends in {self.timeline.scenario.until}; there is no month after it to step"
            )
        challenger, when = self.powers["challenger"], int(self.timeline.months[self.month])
        if challenger.acts:
            if self.month == challenger.plan.start:
                self.coalition_at_start = self.coalition
            self.coalition_growth = self.coalition - self.coalition_at_start
        self._note_record()
        states = self.agents_by_type[self.state_type]
        self.agents_by_type[Power].do("step")
        states.do("feel")
        states.do("look_around")
        self.common = draws.normal_quantile(
            draws.uniforms(self.seed_number, self.lane, when, 0, draws.GROUP_COMMON)[0]
        )
        states.do("step")
        states.do("settle")
        self.datacollector.collect(self)
        self.month += 1
        self.running = self.month < len(self.timeline.months)

    def _note_record(self) -> None:
        if not self.keep_story:
            return
        for event in self.timeline.events:
            if event.onset == event.start == int(self.timeline.months[self.month]):
                self.note(
                    event.target,
                    f"{event.sender}: {event.kind} {event.intensity:+.1f}: {event.title}",
                    event.id,
                )

    def run(self) -> AllianceModel:
        """Step to the scenario's last month."""
        while self.month < len(self.timeline.months):
            self.step()
        return self


def run_block_in_mesa(
    timeline: Timeline,
    parameters: NDArray[np.void],
    seed: int,
    first: int,
    model: type[AllianceModel] = AllianceModel,
) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """The block of lanes that ``sim.engine.kernel.run_block`` gives, stepped in Mesa, lane by lane."""
    shape = (len(timeline.months), len(timeline.states))
    trajectories = np.empty((len(parameters), len(TRAJECTORIES), *shape))
    members = np.zeros((len(parameters), *shape), dtype=np.int64)
    rows = parameters.view(np.recarray)
    for k in range(len(parameters)):
        run = model(timeline.case, first + k, seed, rows[k], timeline)
        for t in range(shape[0]):
            run.step()
            for i, state in enumerate(run.state_list):
                trajectories[k, :, t, i] = [getattr(state, name) for name in TRAJECTORIES]
                for number, institution in enumerate(run.institution_list):
                    members[k, t, i] |= (state.code in institution.members) << number
    return trajectories, members
