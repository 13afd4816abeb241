"""The two powers as Mesa agents: they follow the record until their strategy starts, then act by its coefficients."""

from __future__ import annotations

from typing import TYPE_CHECKING

import mesa

from sim.engine.agents import Episode, State
from sim.engine.arrays import EPISODE_KINDS
from sim.engine.timeline import Plan
from sim.model import draws, rules
from sim.types import Side

if TYPE_CHECKING:
    from sim.engine.mesa_model import AllianceModel


class Power(mesa.Agent):
    """One of the two powers: follows the record until its strategy starts, then acts by its coefficients."""

    model: AllianceModel

    def __init__(self, model: AllianceModel, side: Side, plan: Plan) -> None:
        super().__init__(model)
        world = model.timeline.world
        self.side, self.plan, self.dials, self.removed = side, plan, plan.coefficients, False
        self.code = world.hub if side == "hub" else world.challenger
        self.name = world.power(self.code).name

    def __repr__(self) -> str:
        doing = "acts by its strategy" if self.acts else "follows the record"
        return f"<{type(self).__name__} {self.code}, the {self.side}: {doing}>"

    @property
    def acts(self) -> bool:
        """Whether the strategy has started."""
        return not self.removed and self.model.month >= self.plan.start

    def remove(self) -> None:
        """Leave the model: the power begins nothing new; the record and what is under way run on."""
        super().remove()
        self.removed = True

    def step(self) -> None:
        """Act upon every state, on what was seen last month."""
        if not self.acts:
            return
        for state in self.model.state_list:
            onset, offer = state.draw(draws.GROUP_ONSETS), state.draw(draws.GROUP_OFFERS)
            if self.side == "challenger":
                self._challenge(state, onset)
                self._offer(state, self._rate_of_challenger(state), offer[1], offer[3])
            else:
                self._offer(state, self._rate_of_hub(state), offer[0], offer[2])
                rate = rules.pressure_rate(self.dials["pressure"], self.model.parameters)
                self._begin(state, "pressure", rate, onset[3])

    def _challenge(self, state: State, onset: tuple[float, float, float, float]) -> None:
        p, dials, month = self.model.parameters, self.dials, self.model.month
        alarm = rules.alarm_at_coalition(self.model.coalition_growth, dials["spiral"], p)
        rate = rules.coercion_rate(state.dispute, dials["assertiveness"], alarm, p)
        self._begin(state, "coercion", rate, onset[0])
        rate = rules.punishment_rate(
            state.dispute,
            state.dependence,
            month - state.last_step,
            dials["punitiveness"],
            dials["patience"],
            p,
        )
        self._begin(state, "punishment", rate, onset[1])
        rate = rules.accommodation_rate(month - state.last_pressure, dials["accommodation"], p)
        self._begin(state, "accommodation", rate, onset[2])

    def _begin(self, state: State, kind: str, rate: float, u: float) -> None:
        month, running = self.model.month, state.episodes.get(kind)
        if (running is not None and running.end > month) or not rules.happens_in_month(u, rate):
            return
        p, numbers = self.model.parameters, state.draw(draws.GROUP_EPISODE + EPISODE_KINDS.index(kind))
        months = rules.act_months(
            draws.normal_quantile(numbers[1]), p[f"{kind}_months"], rules.DURATION_SPREAD
        )
        size = rules.act_intensity(
            draws.normal_quantile(numbers[0]), p[f"{kind}_intensity"], rules.INTENSITY_SPREAD
        )
        state.episodes[kind] = Episode(month, month + months, size)
        state.note(
            f"{self.name} begins {kind}, {size:.2f} for {months} months",
            f"rate {rate:.2f} a year; draw {u:.4f} under {rules.chance_in_month(rate):.4f}",
        )

    def _rate_of_challenger(self, state: State) -> float:
        dials = self.dials
        rate: float = rules.offer_rate_challenger(
            state.dispute, state.alignment, state.dependence, state.is_ally, dials["inducement"], dials["loosest"],
            dials["dependent"], dials["nearest"], self.model.parameters,
        )  # fmt: skip
        return rate

    def _rate_of_hub(self, state: State) -> float:
        aligned = 0.0
        for other, weight, _ in state.ties:
            if other.alignment > rules.ALIGNED:
                aligned += weight
        since = self.model.month - state.last_coercion
        dials, p = self.dials, self.model.parameters
        appeal = rules.appeal_to_hub(state.home_alignment, p)
        rate: float = rules.offer_rate_hub(
            appeal, since, aligned, dials["offer_rate"], dials["multilateralism"], p
        )
        return rate

    def _offer(self, state: State, rate: float, u: float, size_draw: float) -> None:
        if (
            not self.plan.targets[self.model.place[state.code]]
            or not rules.happens_in_month(u, rate)
            or None not in state.slots[self.side]
        ):
            return
        p, number = self.model.parameters, ("hub", "challenger").index(self.side)
        mean = p[f"offer_intensity_{self.side}"]
        size = rules.act_intensity(draws.normal_quantile(size_draw), mean, rules.INTENSITY_SPREAD)
        delivery = self.dials.get("delivery", 1.0)
        state.open_slot(number, size, f"offer of {self.name}", draws.GROUP_GENERATED_OFFER, delivery=delivery)
        state.courtship[self.side] = rules.combine(state.courtship[self.side], size * delivery)
        state.note(
            f"{self.name} makes an offer, {size:.2f}",
            f"rate {rate:.2f} a year; draw {u:.4f} under {rules.chance_in_month(rate):.4f}",
        )
