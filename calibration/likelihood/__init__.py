"""The probability of the targets under the rules, in batches of parameter rows: one class a block of parameters.

The compiled functions of ``sim.model.rules`` are called month by month on the same arrays that a simulation uses; what is
added here is the error model. Blocks are independent given the record, so each is fitted on its own.

==========  =============================================================================================================
responses   Unprompted steps and initiatives are Poisson by month at the rules' rates, times one activity of the state
            for both (Gamma, integrated exactly), given the error of its home position (normal, five-point quadrature).
            A named offer is answered by the rules' two competing hazards, month by month, given the same error. An open
            invitation is accepted at the hazard of acceptance, with a normal effect of the invitation shared by all
            states (integrated).
opinion     The rules' monthly map of opinion is affine with normal noise, so figures are jointly normal: own noise, a
            common walk, an offset of each series, error of sampling and of the pollster.
trade       Log odds of export shares walk with drift: normal, states independent.
habits      Acts begin at the rules' rates; intensities are normal and whole months lognormal, censored at the end.
marks       Weights of steps (1 to 3) are multinomial.
==========  =============================================================================================================
"""

from __future__ import annotations

from typing import Any

from calibration.likelihood.gaussian import first_of_series
from calibration.likelihood.habits import OFFER_KINDS, Habits, StepWeights, habit_rates
from calibration.likelihood.neighbours import (
    ACCOMMODATION,
    COERCED,
    COERCION,
    COURTSHIP_CHALLENGER,
    CREDIBILITY,
    LEADER,
    PRESSURE,
    PUNISHMENT,
    REPUTATION_CHALLENGER,
    REPUTATION_HUB,
    SHOCK,
    WAR,
    neighbours,
)
from calibration.likelihood.opinion import Views
from calibration.likelihood.responses import (
    LOG_WEIGHTS,
    NODES,
    Responses,
    alignment_at_nodes,
)
from calibration.likelihood.target import Target
from calibration.likelihood.trade import Trade

TARGETS: dict[str, Any] = {
    "responses": Responses,
    "opinion": Views,
    "trade": Trade,
    "habits": Habits,
    "marks": StepWeights,
}
"""Block -> its likelihood."""

__all__ = [
    "ACCOMMODATION",
    "COERCED",
    "COERCION",
    "COURTSHIP_CHALLENGER",
    "CREDIBILITY",
    "LEADER",
    "LOG_WEIGHTS",
    "NODES",
    "OFFER_KINDS",
    "PRESSURE",
    "PUNISHMENT",
    "REPUTATION_CHALLENGER",
    "REPUTATION_HUB",
    "SHOCK",
    "TARGETS",
    "WAR",
    "Habits",
    "Responses",
    "StepWeights",
    "Target",
    "Trade",
    "Views",
    "alignment_at_nodes",
    "first_of_series",
    "habit_rates",
    "neighbours",
]
