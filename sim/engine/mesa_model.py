"""The Mesa model: states, powers and institutions as agents, one step a month.

This is where a behaviour is read, stepped, watched and extended. It calls the rules of ``sim.model.rules`` and draws at the
addresses of ``sim.model.draws``, as the lane engine does: lane ``k`` and ``AllianceModel(scenario, lane=k)`` give the same
numbers.
"""

from __future__ import annotations

import reprlib
from dataclasses import dataclass
from typing import Any, ClassVar

import mesa
import numpy as np
from numpy.typing import NDArray

from sim.conditioning.invitations import inviting_of
from sim.conditioning.pins import Known, Pins, no_pins, nothing_known
from sim.conditioning.states import know
from sim.engine.agents import Institution, OpenOffer, State, rescaled
from sim.engine.arrays import TRAJECTORIES, pack, tie_lists, treaty_allies
from sim.engine.batch import refuse_repetition
from sim.engine.powers import Power
from sim.engine.timeline import Offer, Timeline, build_timeline
from sim.errors import InputError, WedgeError
from sim.model import draws, rules
from sim.months import month_text
from sim.scenario.case import Case, resolve
from sim.scenario.lane_parameters import lane_parameters
from sim.scenario.schema import Scenario
from sim.types import Floats

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
        Number of the possible history, 0 and up: replicates are lanes.
    seed : int, optional
        Seed of all draws, 1 if left out.
    parameters : record of ``PARAMETER_TYPE``, optional
        One lane's parameters; the scenario's own for this lane if left out.
    timeline : Timeline, optional
        A timeline already built.
    keep_story : bool
        Keep a line for each thing that happens (``story``).

    Raises
    ------
    InputError
        If the scenario is not one, or lane or seed is no whole number in its range.

    Examples
    --------
    >>> from sim.scenario.loading import load_scenario
    >>> AllianceModel(load_scenario("history", {"until": "2010-02"}), lane=7).run()
    <AllianceModel history, lane 7, seed 1: next month 2010-03, coalition 0.25>
    """

    state_type: ClassVar[type[State]] = State
    """Class of the states; a subclass of the model may name a subclass of ``State``."""
    _agents_made = 0

    def __init__(
        self,
        scenario: Scenario | Case,
        lane: int = 0,
        seed: int | None = None,
        parameters: np.void | None = None,
        timeline: Timeline | None = None,
        keep_story: bool = False,
    ) -> None:
        refuse_repetition(seed)
        self.lane = _whole_number("lane", lane, 2**32 - 1)
        self.seed_number = 1 if seed is None else _whole_number("seed", seed, 2**63 - 1)
        super().__init__(rng=self.seed_number)
        self.timeline = timeline or build_timeline(_case(scenario))
        self.parameters: Any = self._own_parameters() if parameters is None else parameters
        self.month = 0
        self.pins: Pins = self.timeline.pins or no_pins(len(self.timeline.states))
        self.happens: dict[int, int] = {}
        self.recorded: AllianceModel | None = None
        self.known: Known | None = None
        self._come_to_know()
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

    @property
    def in_record(self) -> bool:
        """Whether this is a month of the record, and the lane is held to it."""
        return self.month < self.pins.months

    @property
    def opens(self) -> int:
        """Who opens offers that the record does not know this month: a value of ``sim.engine.timeline.OPENS``."""
        return int(self.timeline.opens[self.month])

    def _come_to_know(self) -> None:
        """What the record decides: drawn if this lane is the recorded one, told by the recorded lane if it is its twin."""
        timeline = self.timeline
        if timeline.pins is None:
            return
        if timeline.base is not None:
            self.recorded = type(self)(
                timeline.base.case, self.lane, self.seed_number, self.parameters, timeline.base
            )
            while self.recorded.in_record:
                self.recorded.step()
            self.known = self.recorded.known
            return
        arrays, self.known = pack(timeline), nothing_known(self.pins)
        know(
            arrays.states, arrays.ties, arrays.offers, arrays.institutions, arrays.stimuli, arrays.years, arrays.months,
            self.pins,
            self.parameters, self.seed_number, self.lane, self.known,
        )  # fmt: skip

    def __repr__(self) -> str:
        name = (
            f"{type(self).__name__} {self.timeline.scenario.name}, lane {self.lane}, seed {self.seed_number}"
        )
        return f"<{name}: next month {self.date}, coalition {self.coalition:.2f}>"

    def register_agent(self, agent: mesa.Agent) -> None:
        """Take an agent in, as Mesa does whenever one is made.

        Mesa before 3.5 numbers agents by a table of models that never forgets one; here the model counts by itself.
        """
        super().register_agent(agent)
        if hasattr(mesa.Agent, "_ids"):
            mesa.Agent._ids.pop(self, None)
            self._agents_made += 1
            agent.unique_id = self._agents_made

    def _own_parameters(self) -> Any:
        rows = lane_parameters(self.timeline.case, self.seed_number, self.lane, 1)
        return rows.view(np.recarray)[0]

    def _tie(self) -> None:
        leaders = self.timeline.channels["leader"]
        for i, state in enumerate(self.state_list):
            state.first_leader = float(leaders[0, i])
        self._periods = {month: tie_lists(world) for month, world in self.timeline.case.tied_worlds}
        self._change_ties()

    def _change_ties(self) -> None:
        """Where a period of ties begins, states have those of it; a state that has left the model has none."""
        lists = self._periods.get(int(self.timeline.months[self.month]))
        if lists is None:
            return
        here = {self.place[state.code]: state for state in self.state_list}
        for i, state in here.items():
            own = [(here[other], partner, fit) for other, partner, fit in lists[i] if other in here]
            state.ties = own if len(own) == len(lists[i]) else rescaled(own)

    def _found(self) -> None:
        for institution in self.institution_list:
            for code in sorted(institution.members):
                self.state_list[self.place[code]].join(institution, founding=True)

    def _open(self) -> None:
        self.offers: dict[int, OpenOffer] = {}
        for offer in self.timeline.offers:
            state = self.state_list[offer.state]
            state.offers.append(self._offer_of(offer, state))
            if offer.recorded >= 0:
                self.offers[offer.recorded] = state.offers[-1]

    def _offer_of(self, offer: Offer, state: State) -> OpenOffer:
        u = state.draw(draws.GROUP_ROW + offer.key, offer.month)
        institution = self.institution_list[offer.institution] if offer.institution >= 0 else None
        thresholds = (draws.exponential_threshold(u[0]), draws.exponential_threshold(u[1]))
        if self.recorded is not None and offer.recorded >= 0:
            thresholds = self.recorded.offers[offer.recorded].thresholds
        return OpenOffer(
            f"{offer.title} ({offer.row})",
            offer.side,
            offer.month,
            offer.intensity,
            institution,
            thresholds,
            offer.answer,
            offer.initiative,
            offer.habitual,
            offer.standing,
            offer.key,
            inviting=self._inviting(offer),
        )

    def _inviting(self, offer: Offer) -> float:
        """How inviting an offer is (log odds) beyond what a state feels: alike for all, if it is made to all."""
        if not offer.to_all:
            return 0.0
        known = np.zeros(0) if self.known is None else self.known.inviting
        month = int(self.timeline.months[0]) + offer.month
        return float(inviting_of(offer.key, month, self.pins.invitations, known, self.seed_number, self.lane))

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
        if self.month > 0:
            self._change_ties()
        if challenger.acts:
            if self.month == challenger.plan.start:
                self.coalition_at_start = self.coalition
            self.coalition_growth = self.coalition - self.coalition_at_start
        self._note_record()
        states = self.agents_by_type[self.state_type]
        self.agents_by_type[Power].do("step")
        states.do("feel")
        states.do("look_around")
        if self.known is not None and self.in_record:
            self.common = float(self.known.common[self.month])
        else:
            u = draws.uniforms(self.seed_number, self.lane, when, 0, draws.GROUP_COMMON)
            self.common = draws.normal_quantile(u[0])
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


def _case(scenario: Scenario | Case) -> Case:
    if not isinstance(scenario, Scenario | Case):
        raise InputError(f"a model needs a Scenario or a Case, not {reprlib.repr(scenario)}", key="scenario")
    return resolve(scenario)


def _whole_number(name: str, value: object, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 0 <= value <= most:
        raise InputError(f"{reprlib.repr(value)} is not a whole number from 0 to {most}", key=name)
    return int(value)


def run_block_in_mesa(
    timeline: Timeline,
    parameters: NDArray[np.void],
    seed: int,
    first: int,
    model: type[AllianceModel] = AllianceModel,
) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    """The block of lanes that ``sim.engine.kernel.run_block`` gives, stepped in Mesa, lane by lane.

    A state that a subclass of the model removes has no numbers (nan) from that month on.
    """
    shape = (len(timeline.months), len(timeline.states))
    trajectories = np.full((len(parameters), len(TRAJECTORIES), *shape), np.nan)
    members = np.zeros((len(parameters), *shape), dtype=np.int64)
    happens = np.full((len(parameters), len(timeline.responses)), rules.NEVER, dtype=np.int64)
    rows = parameters.view(np.recarray)
    numbers = {part.key: number for number, part in enumerate(timeline.world.institutions)}
    for k in range(len(parameters)):
        run = model(timeline.case, first + k, seed, rows[k], timeline)
        for t in range(shape[0]):
            run.step()
            for state in run.state_list:
                trajectories[k, :, t, run.place[state.code]] = [getattr(state, name) for name in TRAJECTORIES]
            for institution in run.institution_list:
                for code in institution.members:
                    members[k, t, run.place[code]] |= 1 << numbers[institution.key]
        for response, month in run.happens.items():
            happens[k, response] = month
    return trajectories, members, happens
