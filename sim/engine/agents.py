"""States and institutions as Mesa agents. A state gathers its inputs, calls the rules, assigns the results."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import mesa
import numpy as np

from sim.conditioning.draws import share_of_month, steps_of_twin, threshold_beyond, threshold_within
from sim.conditioning.maps import level_moved, share_moved
from sim.conditioning.record import Answer
from sim.engine.arrays import EPISODE_KINDS
from sim.engine.timeline import OPENS
from sim.model import draws, rules
from sim.model.channels import CHANNELS
from sim.model.rules import CHALLENGER, HUB, MONTH, NEVER
from sim.months import month_text
from sim.scenario.world import Institution as InstitutionSpec
from sim.scenario.world import StateSpec

if TYPE_CHECKING:
    from sim.engine.mesa_model import AllianceModel

REPORTED = {
    "alert": ("alert", 0.25),
    "opinion_challenger": ("opinion of the challenger", 0.1),
    "opinion_hub": ("opinion of the hub", 0.1),
    "dependence": ("export dependence", 0.03),
}
"""What a story reports besides steps: name -> words, and the least change since it was last reported."""
SIGN = {"hub": HUB, "challenger": CHALLENGER}


@dataclass
class Episode:
    """An act of a power that lasts some months."""

    start: int
    end: int
    intensity: float


@dataclass
class OpenOffer:
    """An offer that a state has open: hazards summed so far and the thresholds that decide its answer."""

    title: str
    side: float
    month: int
    intensity: float
    institution: Institution | None
    thresholds: tuple[float, float]
    recorded: Answer | None = None
    initiative: bool = False
    habitual: bool = False
    standing: bool = False
    key: int = 0
    delivery: float = 1.0
    inviting: float = 0.0
    yes: float = 0.0
    no: float = 0.0
    accepted: bool = False


class Institution(mesa.Agent):
    """A lasting arrangement: it decides nothing, and knows its members."""

    def __init__(self, model: AllianceModel, spec: InstitutionSpec) -> None:
        super().__init__(model)
        self.spec = spec
        self.key = spec.key
        self.side = SIGN[spec.side]
        self.draw_key = draws.row_key(spec.key)
        self.members: set[str] = set(spec.members)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.key}: {self.size} members>"

    @property
    def size(self) -> int:
        """Number of members."""
        return len(self.members)

    def remove(self) -> None:
        """Leave the model: nobody is a member any more, and offers to join it are void."""
        super().remove()
        if self not in self.model.institution_list:
            return
        self.model.institution_list.remove(self)
        for state in self.model.state_list:
            if self.key in state.memberships:
                state.end_membership(self)
            state.offers = [offer for offer in state.offers if offer.institution is not self]


@dataclass
class Membership:
    """A state's place in an institution: the summed hazard of exit and its threshold."""

    institution: Institution
    threshold: float
    exit_sum: float = 0.0


class State(mesa.Agent):
    """A state between the two powers: takes steps, answers offers, joins and leaves.

    Attributes
    ----------
    alignment : float
        -1 (challenger) to +1 (hub).
    alert, pressed_hub, pressed_challenger, doubt, entrapment, opinion_challenger, opinion_hub, dependence : float
        See the rules that move them.
    felt : dict
        Channel -> stimulus of this month.
    steps : list of float
        Weights of this month's steps toward the hub and toward the challenger.
    """

    model: AllianceModel

    def __init__(self, model: AllianceModel, spec: StateSpec, is_ally: float) -> None:
        super().__init__(model)
        self.code, self.name, self.spec, self.is_ally = spec.code, spec.name, spec, is_ally
        self.site = draws.site_number(spec.code)
        p = model.parameters
        self.activity, home_error, start_error, levels = self._who()
        self.home = spec.home.value + p.home_spread * spec.home.error * home_error
        self.home_alignment = self.alignment = rules.alignment_of(self.home, 0.0, 0.0)
        self.capability, self.dispute, self.openness = (
            spec.capability.value,
            spec.dispute.value,
            spec.openness.value,
        )
        spread = p.state_offset
        self.rest_challenger = level_moved(spec.opinion_of_challenger.value, spread * levels[0])
        self.rest_hub = level_moved(spec.opinion_of_hub.value, spread * levels[1])
        self.opinion_challenger, self.opinion_hub = self.rest_challenger, self.rest_hub
        self.dependence = min(max(spec.dependence.value, 1e-6), 1.0 - 1e-6)
        if model.known is not None:
            self.dependence = share_moved(self.dependence, start_error)
        self.accumulated_steps = self.institutional_lock_in = self.alert = self.entrapment = 0.0
        self.pressed_hub = self.pressed_challenger = self.doubt = 0.0
        self.felt = dict.fromkeys(CHANNELS, 0.0)
        self.first_leader = 0.0
        self.ties: list[tuple[State, float, float]] = []
        self.episodes: dict[str, Episode] = {}
        self.courtship = {"hub": 0.0, "challenger": 0.0}
        self.offers: list[OpenOffer] = []
        self.slots: dict[str, list[OpenOffer | None]] = {
            side: [None] * rules.OPEN_OFFERS for side in ("hub", "challenger")
        }
        self.memberships: dict[str, Membership] = {}
        self.last_step = self.last_pressure = self.last_coercion = NEVER
        self.steps = [0.0, 0.0]
        self.made = [0, 0]
        self.coerced_partners = self.punished_partners = self.partners_alignment = self.fit = 0.0
        self.last_reported = {name: getattr(self, name) for name in REPORTED}

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.code}: alignment {self.alignment:+.2f}, alert {self.alert:.2f}>"

    def remove(self) -> None:
        """Leave the model: the state is no member, partner or target any more.

        Partners of a state that loses one share out its weight among the others.
        """
        super().remove()
        if self not in self.model.state_list:
            return
        self.model.state_list.remove(self)
        for institution in self.model.institution_list:
            institution.members.discard(self.code)
        for other in self.model.state_list:
            if any(partner is self for partner, _, _ in other.ties):
                other.ties = rescaled([tie for tie in other.ties if tie[0] is not self])

    @property
    def coercion(self) -> float:
        """Coercion felt this month, 0 to 1."""
        return self.felt["coercion"]

    @property
    def punishment(self) -> float:
        """Punishment felt this month, 0 to 1."""
        return self.felt["punishment"]

    @property
    def steps_hub(self) -> float:
        """Weight of this month's steps toward the hub."""
        return self.steps[0]

    @property
    def steps_challenger(self) -> float:
        """Weight of this month's steps toward the challenger."""
        return self.steps[1]

    def draw(self, group: int, month: int | None = None) -> tuple[float, float, float, float]:
        """Four uniforms at this state's address, for this month or another."""
        model = self.model
        when = int(model.timeline.months[model.month if month is None else month])
        numbers: tuple[float, float, float, float] = draws.uniforms(
            model.seed_number, model.lane, when, self.site, group
        )
        return numbers

    def _who(self) -> tuple[float, float, float, tuple[float, float]]:
        """Activity; errors of home (standard deviations), dependence at the start (log odds), levels of opinion."""
        model = self.model
        if model.known is not None:
            own = model.known.states[model.place[self.code]]
            levels = float(own["level_challenger"]), float(own["level_hub"])
            return float(own["activity"]), float(own["home"]), float(own["start"]), levels
        u = self.draw(draws.GROUP_LANE)
        shape = model.parameters.activity_shape
        activity = draws.gamma_unit_quantile(draws.normal_quantile(u[0]), shape)
        levels = draws.normal_quantile(u[2]), draws.normal_quantile(u[3])
        return activity, draws.normal_quantile(u[1]), 0.0, levels

    def _noise(self) -> tuple[float, float, float]:
        """Standard normal noise of this month: opinion of the challenger, of the hub, dependence."""
        model = self.model
        if model.known is not None and model.in_record:
            cell = model.known.cells[model.month, model.place[self.code]]
            return float(cell["own_challenger"]), float(cell["own_hub"]), float(cell["own_dependence"])
        u = self.draw(draws.GROUP_NOISE)
        return draws.normal_quantile(u[0]), draws.normal_quantile(u[1]), draws.normal_quantile(u[2])

    def feel(self) -> None:
        """Take in this month's stimuli: the record and the strategies' acts, combined."""
        model, before = self.model, self.felt["coercion"]
        column = model.timeline.stimuli[:, model.month, model.place[self.code]]
        self.felt = dict(zip(CHANNELS, map(float, column), strict=True))
        for kind in EPISODE_KINDS:
            episode = self.episodes.get(kind)
            if episode is not None and episode.start <= model.month < episode.end:
                effective = rules.habituated(episode.intensity, float(model.month - episode.start))
                self.felt[kind] = rules.combine(self.felt[kind], effective)
        for side in ("hub", "challenger"):
            self.felt[f"courtship_{side}"] = rules.combine(
                self.felt[f"courtship_{side}"], self.courtship[side]
            )
        hub = model.powers["hub"]
        if hub.acts:
            self.felt["credibility"] = min(
                max(self.felt["credibility"] + hub.dials["reassurance"], -1.0), 1.0
            )
        if self.felt["coercion"] > before + rules.NEW_ACT:
            self.last_coercion = model.month
        if self.felt["coercion"] > rules.NEW_ACT or self.felt["punishment"] > rules.NEW_ACT:
            self.last_pressure = model.month

    def look_around(self) -> None:
        """See what tied states suffer, and where they stood last month."""
        coerced = punished = partners = friends = fit = 0.0
        for other, weight, pull in self.ties:
            coerced += weight * other.felt["coercion"]
            punished += weight * other.felt["punishment"]
            partners += weight * other.alignment
            friends += weight
            fit += pull * other.alignment
        self.coerced_partners, self.punished_partners, self.fit = coerced, punished, fit
        self.partners_alignment = partners if friends > 0.0 else self.alignment

    def step(self) -> None:
        """Live one month: alert, entrapment, opinion, trade, steps, offers, exits, position."""
        p, felt, noise = self.model.parameters, self.felt, self._noise()
        coercion, punishment, accommodation = felt["coercion"], felt["punishment"], felt["accommodation"]
        self.alert = rules.alert_after_month(
            self.alert, coercion, punishment, accommodation, self.coerced_partners, felt["war"], felt["shock"],
            self.dispute, self.openness, p,
        )  # fmt: skip
        self.pressed_challenger = rules.pressure_remembered(self.pressed_challenger, coercion + punishment, p)
        self.pressed_hub = rules.pressure_remembered(self.pressed_hub, felt["pressure"], p)
        self.doubt = rules.doubt_after_month(self.doubt, felt["credibility"], p)
        self.entrapment = rules.entrapment_after_month(self.entrapment, felt["pressure"], p)
        self.opinion_challenger = rules.opinion_of_challenger_after_month(
            self.opinion_challenger, self.rest_challenger, coercion, punishment, accommodation,
            felt["reputation_challenger"], self.model.common, noise[0], p,
        )  # fmt: skip
        self.opinion_hub = rules.opinion_of_hub_after_month(
            self.opinion_hub, self.rest_hub, felt["pressure"], felt["credibility"], felt["reputation_hub"],
            noise[1], p,
        )  # fmt: skip
        self.dependence = rules.dependence_after_month(self.dependence, punishment, noise[2], p)
        self.steps = [0.0, 0.0]
        self.move()
        self.meet_the_hub()
        self.answer_offers()
        self.take_recorded_steps()
        self.leave_institutions()
        if self.steps[0] > 0.0:
            self.last_step = self.model.month
        self.accumulated_steps = rules.accumulated_steps_after_month(
            self.accumulated_steps, self.steps[0] - self.steps[1], p
        )

    def move(self) -> None:
        """Take steps toward either side that answer no offer, and open offers to either side."""
        p, felt = self.model.parameters, self.felt
        gap = (self.opinion_challenger - self.rest_challenger) - (self.opinion_hub - self.rest_hub)
        leaning = rules.lean(
            self.home_alignment, self.alignment, felt["leader"] - self.first_leader, gap, self.openness,
            self.entrapment, self.doubt, self.partners_alignment, self.fit, p,
        )  # fmt: skip
        years = float(self.model.timeline.years[self.model.month])
        lifted = rules.lift_toward_hub(self.alert, self.pressed_hub, p)
        toward_hub = rules.rate_toward_hub(
            self.activity, leaning, lifted, felt["courtship_hub"], felt["credibility"], self.punished_partners,
            felt["coercion"], years, p,
        )  # fmt: skip
        to_hub = rules.initiatives_toward_hub(self.activity, leaning, lifted, years, p)
        lifted = rules.lift_toward_challenger(self.pressed_hub, self.pressed_challenger, p)
        toward_challenger = rules.rate_toward_challenger(
            self.activity, leaning, lifted, self.alert, felt["courtship_challenger"], felt["punishment"],
            self.dependence, years, p,
        )  # fmt: skip
        to_challenger = rules.initiatives_toward_challenger(self.activity, leaning, lifted, years, p)
        u = self.draw(draws.GROUP_STEPS)
        if self.model.in_record:
            self._steps_held((toward_hub * MONTH, toward_challenger * MONTH), u)
            self._initiatives_held((to_hub * MONTH, to_challenger * MONTH))
            return
        if self.model.opens >= OPENS["states"]:
            v = self.draw(draws.GROUP_INITIATIVES)
            for side, rate in enumerate((to_hub, to_challenger)):
                if draws.poisson_quantile(v[side], rate * MONTH, rules.MOST_STEPS) > 0:
                    self.open_itself(side, v[2 + side])
        for side, rate in enumerate((toward_hub, toward_challenger)):
            count = draws.poisson_quantile(u[side], rate * MONTH, rules.MOST_STEPS)
            for weight in self._drawn_weights(side, count):
                self._step(
                    side,
                    weight,
                    f"rate {rate:.2f} a year; draw {u[side]:.4f} above {np.exp(-rate * MONTH):.4f}",
                )

    def _drawn_weights(self, side: int, count: int) -> list[float]:
        if count == 0:
            return []
        w = self.draw((draws.GROUP_WEIGHTS_HUB, draws.GROUP_WEIGHTS_CHALLENGER)[side])
        return [rules.step_weight(w[number], self.model.parameters) for number in range(count)]

    def _step(self, side: int, weight: float, detail: str) -> None:
        self.steps[side] += weight
        power = self.model.powers["hub" if side == 0 else "challenger"]
        self.note(f"takes a step toward {power.name}, weight {weight:.0f}", detail)

    def _steps_held(self, means: tuple[float, float], u: tuple[float, ...]) -> None:
        """Unprompted steps of a month of the record: as recorded, or as the twin's rates leave them."""
        model = self.model
        assert model.known is not None
        place = (model.month, model.place[self.code])
        pin, cell = model.pins.cells[place], model.known.cells[place]
        for side, name in enumerate(("hub", "challenger")):
            recorded = count = int(pin[f"steps_{name}"])
            if model.recorded is None:
                cell[f"mean_{name}"] = means[side]
            else:
                mean = float(cell[f"mean_{name}"])
                count = steps_of_twin(u[side], recorded, mean, means[side], rules.MOST_STEPS)
            for number in range(recorded):
                response = int(pin[f"rows_{name}"][number])
                title = model.timeline.responses[response].row.title
                if number < count:
                    model.happens[response] = model.month
                    self._step(side, float(pin[f"weights_{name}"][number]), f"on record: {title}")
                else:
                    self.note(
                        f"does not do what is on record: {title}",
                        f"expected steps {mean:.4f}, here {means[side]:.4f}",
                    )
            for weight in self._drawn_weights(side, count - min(count, recorded)):
                self._step(
                    side,
                    weight,
                    f"not on record; expected steps {cell[f'mean_{name}']:.4f}, here {means[side]:.4f}",
                )
        founds = int(pin["founds"])
        if founds >= 0:
            institution = model.institution_list[founds]
            if (
                self.steps[0 if institution.side > 0.0 else 1] > 0.0
                and institution.key not in self.memberships
            ):
                self.join(institution)

    def _initiatives_held(self, means: tuple[float, float]) -> None:
        """Initiatives of a month of the record: as recorded, or as the twin's rates leave them."""
        model = self.model
        assert model.known is not None
        place = (model.month, model.place[self.code])
        pin, cell = model.pins.cells[place], model.known.cells[place]
        u = self.draw(draws.GROUP_INITIATIVES)
        for side, name in enumerate(("hub", "challenger")):
            recorded = self.made[side] = int(pin[f"initiatives_{name}"])
            if model.recorded is None:
                cell[f"mean_opened_{name}"] = means[side]
            elif model.opens >= OPENS["states"]:
                before = float(cell[f"mean_opened_{name}"])
                self.made[side] = steps_of_twin(u[side], recorded, before, means[side], rules.MOST_STEPS)
                if self.made[side] > recorded:
                    self.open_itself(side, u[2 + side])

    def open_itself(self, side: int, size_draw: float) -> None:
        """Open an offer of its own to a power that history has not seen; ``side`` is 0 (hub) or 1."""
        name, p = ("hub", "challenger")[side], self.model.parameters
        size = rules.act_intensity(
            draws.normal_quantile(size_draw), p[f"offer_intensity_{name}"], rules.INTENSITY_SPREAD
        )
        power = self.model.powers[name].name
        self.open_slot(side, size, f"initiative toward {power}", draws.GROUP_OPENED, initiative=True)

    def open_slot(
        self, side: int, size: float, title: str, group: int, initiative: bool = False, delivery: float = 1.0
    ) -> bool:
        """Put an offer that nothing documents into a free slot; false if there is none. Arguments as the kernel's."""
        name, model = ("hub", "challenger")[side], self.model
        slots = self.slots[name]
        if None not in slots:
            return False
        u = self.draw(group + side)
        thresholds = (draws.exponential_threshold(u[0]), draws.exponential_threshold(u[1]))
        month = month_text(int(model.timeline.months[model.month]))
        slots[slots.index(None)] = OpenOffer(
            f"{title} of {month}", SIGN[name], model.month, size, None, thresholds, initiative=initiative,
            delivery=delivery,
        )  # fmt: skip
        if initiative:
            self.note(f"opens an offer to {model.powers[name].name}, {size:.2f}", "")
        return True

    def _offer_rates(self) -> tuple[float, float]:
        """Rates a year of the hub's offers to this state: as it was on record, and in the twin."""
        model = self.model
        assert model.known is not None
        since = int(model.known.cells[model.month, model.place[self.code]]["since_coercion"])
        appeal = rules.appeal_to_hub(self.home_alignment, model.parameters)
        before = rules.offer_rate_hub(appeal, since, 0.0, 1.0, 0.0, model.parameters)
        now = rules.offer_rate_hub(appeal, model.month - self.last_coercion, 0.0, 1.0, 0.0, model.parameters)
        return before, now

    def meet_the_hub(self) -> None:
        """What the hub's habit adds in a twin to its offers on record, where it acts by habit."""
        model = self.model
        if not model.in_record or model.known is None:
            return
        if model.recorded is None:
            cell = model.known.cells[model.month, model.place[self.code]]
            cell["since_coercion"] = model.month - self.last_coercion
        elif model.opens >= OPENS["all"]:
            before, now = self._offer_rates()
            u = self.draw(draws.GROUP_OFFERS)
            if now > before and rules.happens_in_month(u[0], now - before):
                mean = model.parameters.offer_intensity_hub
                size = rules.act_intensity(draws.normal_quantile(u[2]), mean, rules.INTENSITY_SPREAD)
                self.open_slot(0, size, f"offer of {model.powers['hub'].name}", draws.GROUP_GENERATED_OFFER)

    def _is_made(self, offer: OpenOffer) -> bool:
        """Whether a recorded offer that opens this month is made in a twin too."""
        model = self.model
        if not model.in_record or model.recorded is None or not offer.standing:
            return True
        if not offer.initiative:
            if model.opens < OPENS["all"] or not offer.habitual:
                return True
            before, now = self._offer_rates()
            return self.draw(draws.GROUP_ROW + offer.key)[2] * before < now
        side = 0 if offer.side > 0.0 else 1
        pin = model.pins.cells[model.month, model.place[self.code]]
        left = self.made[side] if pin[f"initiatives_{('hub', 'challenger')[side]}"] > 0 else 1
        self.made[side] -= 1
        return left > 0

    def take_recorded_steps(self) -> None:
        """The recorded steps of this month that no rule decides; those that follow an offer need it to be accepted."""
        model = self.model
        if not model.in_record:
            return
        i = model.place[self.code]
        for row in model.pins.rows[model.pins.first_row[i] : model.pins.end_row[i]]:
            if row["month"] != model.month:
                continue
            offer = model.offers.get(int(row["offer"]))
            if row["offer"] >= 0 and (offer is None or not offer.accepted):
                continue
            model.happens[int(row["row"])] = model.month
            self._step(
                0 if row["side"] > 0.0 else 1,
                float(row["weight"]),
                f"on record: {model.timeline.responses[int(row['row'])].row.title}",
            )
            if row["institution"] >= 0:
                institution = model.institution_list[int(row["institution"])]
                if institution.key not in self.memberships:
                    self.join(institution)

    def answer_offers(self) -> None:
        """Accept, decline or leave open the offers of the record and of the strategies."""
        still_open, month = [], self.model.month
        for offer in self.offers:
            if offer.month == month and not self._is_made(offer):
                self.note(f"there is no such offer here: {offer.title}", "")
                continue
            outcome = self._answer(offer) if offer.month <= month else 0
            if outcome == 0:
                still_open.append(offer)
        self.offers = still_open
        for slots in self.slots.values():
            for number, slot in enumerate(slots):
                if slot is not None and self._answer(slot) != 0:
                    slots[number] = None

    def _answer(self, offer: OpenOffer) -> int:
        model = self.model
        p, leader = model.parameters, self.felt["leader"]
        threshold = (offer.institution.spec.threshold if offer.institution else 0.0) - offer.inviting
        seen = (
            offer.side, threshold, self.alignment, leader, self.alert, self.dependence, int(offer.initiative), p
        )  # fmt: skip
        yes, no = rules.answer_hazards(*seen)
        if model.in_record and model.recorded is None:
            outcome = self._answer_on_record(offer, yes, no)
        else:
            outcome = rules.answer(offer.yes, offer.no, yes, no, *offer.thresholds)
            offer.yes += yes * MONTH
            offer.no += no * MONTH
        recorded = offer.recorded
        if recorded is not None and recorded.response >= 0 and outcome == recorded.outcome:
            model.happens[recorded.response] = model.month
        if outcome == 1:
            self._accept(offer, yes)
        elif outcome == -1:
            self.note(f"declines, or lets lapse: {offer.title}", _in_words(no, offer.no, offer.thresholds[1]))
            if recorded is not None and recorded.refusal != 0.0:
                self.steps[0 if recorded.refusal > 0.0 else 1] += abs(recorded.refusal)
        return outcome

    def _answer_on_record(self, offer: OpenOffer, yes: float, no: float) -> int:
        """The recorded answer to an offer; its thresholds must have lain where they give that answer."""
        answer, model = offer.recorded, self.model
        assert answer is not None
        before_yes, before_no = offer.yes, offer.no
        offer.yes += yes * MONTH
        offer.no += no * MONTH
        first, second = offer.thresholds
        if answer.outcome != 0 and model.month >= answer.month:
            if answer.outcome == 1:
                first = threshold_within(first, before_yes, offer.yes)
                share = share_of_month(first, before_yes, offer.yes)
                second = threshold_beyond(second, before_no + share * no * MONTH)
            else:
                second = threshold_within(second, before_no, offer.no)
                share = share_of_month(second, before_no, offer.no)
                first = threshold_beyond(first, before_yes + share * yes * MONTH)
            offer.thresholds = (first, second)
            return answer.outcome
        if model.month == model.pins.months - 1:
            offer.thresholds = (threshold_beyond(first, offer.yes), threshold_beyond(second, offer.no))
        return 0

    def _accept(self, offer: OpenOffer, hazard: float) -> None:
        weight, words = offer.delivery * rules.offer_weight(offer.intensity), "accepts"
        institution, offer.accepted = offer.institution, True
        if institution is not None and institution.key not in self.memberships:
            weight, words = float(institution.spec.weight), f"joins {institution.spec.title}, accepting"
            self.join(institution)
        if offer.recorded is not None and offer.recorded.weight > 0.0:
            weight = offer.recorded.weight
        self.steps[0 if offer.side > 0.0 else 1] += weight
        self.note(f"{words}: {offer.title}", _in_words(hazard, offer.yes, offer.thresholds[0]))

    def join(self, institution: Institution, founding: bool = False) -> None:
        """Become a member; ``founding`` members' place is part of the home position."""
        threshold = self._known_exit(institution)
        if threshold is None:
            threshold = draws.exponential_threshold(self.draw(draws.GROUP_EXIT + institution.draw_key)[0])
        self.memberships[institution.key] = Membership(institution, threshold)
        institution.members.add(self.code)
        if not founding:
            self.institutional_lock_in += institution.side * institution.spec.lock_in

    def _known_exit(self, institution: Institution) -> float | None:
        """The threshold of exit that the record leaves a member; None where it leaves none."""
        recorded = self.model.recorded
        if recorded is None:
            return None
        kept = recorded.state_list[self.model.place[self.code]].memberships.get(institution.key)
        return None if kept is None else kept.threshold

    def leave_institutions(self) -> None:
        """Leave the institutions whose summed hazard of exit has passed its threshold."""
        for institution in self.model.institution_list:
            membership = self.memberships.get(institution.key)
            if membership is None:
                continue
            side, spec = institution.side, institution.spec
            hazard = rules.exit_hazard(side, self.alignment, spec.leave_below, self.model.parameters)
            membership.exit_sum += hazard * MONTH
            if self.model.in_record and self.model.recorded is None:
                if self.model.month == self.model.pins.months - 1:
                    membership.threshold = threshold_beyond(membership.threshold, membership.exit_sum)
            elif membership.exit_sum >= membership.threshold:
                self.end_membership(institution)
                self.steps[1 if side > 0.0 else 0] += float(spec.weight)
                self.note(
                    f"leaves {spec.title}", _in_words(hazard, membership.exit_sum, membership.threshold)
                )

    def end_membership(self, institution: Institution) -> None:
        """Be a member no more: the institution's hold on alignment ends."""
        del self.memberships[institution.key]
        institution.members.discard(self.code)
        self.institutional_lock_in -= institution.side * institution.spec.lock_in

    def settle(self) -> None:
        """Read the new position off; others see it next month. Courtship fades."""
        before = self.alignment
        self.alignment = rules.alignment_of(self.home, self.accumulated_steps, self.institutional_lock_in)
        for power in self.courtship:
            self.courtship[power] = rules.fading(self.courtship[power], 1.0)
        if self.steps != [0.0, 0.0]:
            self.note(
                f"alignment {before:+.2f} to {self.alignment:+.2f}", f"coalition {self.model.coalition:.2f}"
            )
        for name, (words, least) in REPORTED.items():
            now = getattr(self, name)
            if abs(now - self.last_reported[name]) >= least:
                self.note(f"{words} {self.last_reported[name]:+.2f} to {now:+.2f}", "")
                self.last_reported[name] = now

    def note(self, text: str, detail: str) -> None:
        """Add a line to the story, if the model keeps one."""
        self.model.note(self.code, text, detail)


def rescaled(ties: list[tuple[State, float, float]]) -> list[tuple[State, float, float]]:
    """Ties whose weights among partners sum to 1 again, and the absolute weights in the fit too."""
    friendly = math.fsum(partner for _, partner, _ in ties) or 1.0
    heavy = math.fsum(abs(fit) for _, _, fit in ties) or 1.0
    return [(other, partner / friendly, fit / heavy) for other, partner, fit in ties]


def _in_words(hazard: float, total: float, threshold: float) -> str:
    return f"hazard {hazard:.2f} a year; summed {total:.3f} passed its threshold {threshold:.3f}"
