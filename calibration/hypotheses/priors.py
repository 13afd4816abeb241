"""What is believed of every fitted number before the record is seen, and how the numbers fall into blocks.

These priors are wider than those a simulation draws from (``sim.model.parameters``), whose centres come from a first look at
the same record: a fit may not see its evidence twice. Sizes of effects are centred where theory or other cases put
their order of magnitude; signs that are in dispute are centred on zero. A fitted number that is not a parameter of the
model (errors of surveys and of trade statistics) is a ``nuisance``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from sim.model.parameters import LEVERS, MEASUREMENT, PARAMETER_TYPE, PARAMETERS
from sim.types import Floats


@dataclass(frozen=True)
class Prior:
    """One fitted number: ``(family, location, spread)`` as in ``sim.model.parameters``, its range, and the reason.

    Attributes
    ----------
    around : str
        Another number, to which this one is shrunk: given that one, the mean is its value and the spread ``apart``.
        Location and spread are then those with that one unknown.
    """

    name: str
    family: str
    location: float
    spread: float
    low: float
    high: float
    reason: str
    nuisance: bool = False
    around: str = ""
    apart: float = 0.0

    def values(self, z: Floats) -> Floats:
        """Prior quantiles at standard normal scores ``z``, held inside the range."""
        if self.family == "uniform":
            return self.location + (self.spread - self.location) * _normal_share(z)
        if self.family == "lognormal":
            return np.clip(self.location * np.exp(self.spread * z), self.low, self.high)
        return np.clip(self.location + self.spread * z, self.low, self.high)

    def values_around(self, other: Floats, z: Floats) -> Floats:
        """As `values`, given values of the number that the prior stands around."""
        return np.clip(other + self.apart * z, self.low, self.high)


def _normal_share(z: Floats) -> Floats:
    from scipy.special import ndtr

    return ndtr(z)


_ORDER = "order of magnitude: 95 % from a seventh to seven times the centre"
_NONE = "centred on no effect; no direction presumed"
_RATIO = "centred on no difference (a ratio of one); 95 % from a seventh to seven times"
_COUNT = "any rate from one act in decades to several a year"

_FELT = "no sign presumed, the same for either power: moves up to seven times as often, or as good as never"
_RECORDING = "recording grows or wanes by at most a tenth a year; a nuisance in every explanation"
_DIFFERENCES: Mapping[str, tuple[str, float]] = {"alert_punishment": ("alert_coercion", 1.5)}
"""Number -> the one that it is shrunk to, and the spread of their difference."""

_TABLE: Mapping[str, tuple[tuple[str, str, float, float, str], ...]] = {
    "responses": (
        ("alert_coercion", "normal", 0.0, 3.0, _FELT),
        ("alert_punishment", "normal", 0.0, math.hypot(3.0, 1.5), "given coercion's it lies within 1.5 of it: two kinds of pressure of one power"),
        ("alert_war", "normal", 0.0, 3.0, _FELT),
        ("alert_shock", "normal", 0.0, 3.0, _FELT),
        ("alert_pressure", "normal", 0.0, 3.0, _FELT),
        ("yielding", "normal", 0.0, 3.0, _FELT),
        ("alert_memory", "lognormal", 0.645, 1.045, "what is felt lasts weeks to several years: 95 % from a month to five years"),
        ("trend_steps_hub", "normal", 0.0, 0.05, _RECORDING),
        ("trend_steps_challenger", "normal", 0.0, 0.05, _RECORDING),
        ("trend_initiatives_hub", "normal", 0.0, 0.05, _RECORDING),
        ("trend_initiatives_challenger", "normal", 0.0, 0.05, _RECORDING),
        ("initiative_rate", "lognormal", 0.1, 0.7, "one initiative in ten years toward either side; 95 % from 0.025 to 0.4"),
        ("initiative_balance", "normal", 0.0, 0.5, _NONE),
        ("step_rate", "lognormal", 0.25, 0.7, "one recorded step in four years toward either side; 95 % from 0.06 to 1"),
        ("step_balance", "normal", 0.0, 0.5, _NONE),
        ("alignment_slope", "normal", 0.0, 1.0, _NONE),
        ("leader_slope", "normal", 0.0, 0.5, _NONE),
        ("activity_shape", "lognormal", 5.0, 1.0, "states differ in activity by a fifth to fully"),
        ("home_spread", "lognormal", 1.0, 0.3, "homes are measured, with an error; the factor lets the record say that it is larger or smaller"),
        ("acceptance_hub", "lognormal", 0.3, 0.7, "an offer waits three years; the same for both powers"),
        ("acceptance_challenger", "lognormal", 0.3, 0.7, "an offer waits three years; the same for both powers"),
        ("decline_hub", "lognormal", 0.2, 0.7, "a refusal or lapse takes five years; the same for both powers"),
        ("decline_challenger", "lognormal", 0.2, 0.7, "a refusal or lapse takes five years; the same for both powers"),
        ("completion_hub", "lognormal", 0.3, 0.7, "as the acceptance of an offer; the same for both powers"),
        ("completion_challenger", "lognormal", 0.3, 0.7, "as the acceptance of an offer; the same for both powers"),
        ("withdrawal_hub", "lognormal", 0.2, 0.7, "as the refusal of an offer; the same for both powers"),
        ("withdrawal_challenger", "lognormal", 0.2, 0.7, "as the refusal of an offer; the same for both powers"),
        ("acceptance_alignment", "normal", 0.0, 1.0, _NONE),
        ("acceptance_leader_hub", "normal", 0.0, 1.0, _NONE),
        ("acceptance_leader_challenger", "normal", 0.0, 1.0, _NONE),
        ("acceptance_alert_hub", "normal", 0.0, 1.0, _NONE),
        ("acceptance_alert_challenger", "normal", 0.0, 1.0, _NONE),
    ),
    "opinion": (
        ("opinion_pressure", "lognormal", 0.3, 1.0, f"a third of a net point's scale a year; {_ORDER}"),
        ("opinion_pressure_hub", "lognormal", 0.3, 1.0, f"as for the challenger's pressure; {_ORDER}"),
        ("opinion_accommodation", "lognormal", 0.2, 1.0, f"slower than the fall under pressure; {_ORDER}"),
        ("opinion_reputation", "lognormal", 0.3, 1.0, f"as for pressure, so that neither is favoured; {_ORDER}"),
        ("opinion_credibility", "lognormal", 0.2, 1.0, f"slow; {_ORDER}"),
        ("opinion_memory", "lognormal", 5.0, 0.6, "return within about a term or two of government"),
        ("opinion_noise_challenger", "lognormal", 0.1, 0.5, "ten points of net favour a year; half to twice"),
        ("opinion_noise_hub", "lognormal", 0.1, 0.5, "ten points of net favour a year; half to twice"),
        ("opinion_common", "lognormal", 0.06, 0.7, "part of the yearly change is common to all states"),
        ("survey_error", "lognormal", 0.06, 0.5, "house and mode of the reference series beyond sampling"),
        ("pollster_error", "lognormal", 0.1, 0.5, "other pollsters' wording adds more than the reference series'"),
        ("state_offset", "lognormal", 0.15, 0.5, "start of a state's series against the level of the world file"),
    ),
    "trade": (
        ("dependence_trend", "normal", 0.0, 0.05, _NONE),
        ("diversion", "lognormal", 0.2, 1.0, f"a fifth of the odds a year under full punishment; {_ORDER}"),
        ("dependence_noise", "lognormal", 0.15, 0.5, "shares move by a seventh a year"),
        ("trade_error", "lognormal", 0.08, 0.7, "rounding and change of compiler"),
    ),
    "habits": (
        ("coercion_rate_none", "lognormal", 0.1, 1.2, _COUNT),
        ("coercion_rate_partial", "lognormal", 0.1, 1.2, _COUNT),
        ("coercion_rate_full", "lognormal", 0.1, 1.2, _COUNT),
        ("punishment_rate", "lognormal", 0.1, 1.2, _COUNT),
        ("punishment_dispute", "lognormal", 1.0, 1.0, _RATIO),
        ("punishment_slight", "lognormal", 1.0, 1.0, _RATIO),
        ("accommodation_rate", "lognormal", 0.1, 1.2, _COUNT),
        ("coercion_intensity", "lognormal", 0.4, 0.5, "the middle of the codebook's scale"),
        ("coercion_months", "lognormal", 6.0, 1.0, "weeks to years"),
        ("punishment_intensity", "lognormal", 0.4, 0.5, "the middle of the codebook's scale"),
        ("punishment_months", "lognormal", 6.0, 1.0, "weeks to years"),
        ("accommodation_intensity", "lognormal", 0.4, 0.5, "the middle of the codebook's scale"),
        ("accommodation_months", "lognormal", 6.0, 1.0, "weeks to years"),
        ("offer_rate_challenger", "lognormal", 0.1, 1.2, _COUNT),
        ("offer_dispute", "lognormal", 1.0, 1.0, _RATIO),
        ("offer_rate_hub", "lognormal", 0.1, 1.2, _COUNT),
        ("offer_alignment", "normal", 0.0, 2.0, _NONE),
        ("offer_after_coercion", "lognormal", 1.0, 1.0, _RATIO),
        ("pressure_rate", "lognormal", 0.1, 1.2, _COUNT),
        ("pressure_intensity", "lognormal", 0.4, 0.5, "the middle of the codebook's scale"),
        ("pressure_months", "lognormal", 6.0, 1.0, "weeks to years"),
        ("offer_intensity_challenger", "lognormal", 0.4, 0.5, "the middle of the codebook's scale"),
        ("offer_intensity_hub", "lognormal", 0.4, 0.5, "the middle of the codebook's scale"),
    ),
    "marks": (
        ("weight_two", "lognormal", 0.2, 0.7, "one step in five; 95 % from one in twenty to four in five"),
        ("weight_three", "lognormal", 0.05, 1.0, "one step in twenty; 95 % from one in 140 to one in three"),
    ),
}  # fmt: skip


def _prior(name: str, family: str, location: float, spread: float, reason: str) -> Prior:
    known = PARAMETERS.get(name)
    own = known or MEASUREMENT[name]
    around, apart = _DIFFERENCES.get(name, ("", 0.0))
    return Prior(name, family, location, spread, own.low, own.high, reason, known is None, around, apart)


def _lever(name: str) -> Prior:
    own = PARAMETERS[name]
    family, location, spread = own.prior
    return Prior(name, family, location, spread, own.low, own.high, f"as in a simulation; {own.source}")


BLOCKS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {block: tuple(row[0] for row in rows) for block, rows in _TABLE.items()}
)
"""Blocks of parameters that no term of the likelihood joins: the posterior is the product of theirs."""

PRIORS: Mapping[str, Prior] = MappingProxyType(
    {row[0]: _prior(*row) for rows in _TABLE.values() for row in rows}
    | {name: _lever(name) for name in (*LEVERS, "entrapment_memory")}
)
"""Name -> prior: what the core fit learns, then the levers, which a rival may free."""


def values_of(z: Floats, names: Sequence[str], widen: float = 1.0) -> Floats:
    """Values at standard normal scores.

    Parameters
    ----------
    z : float array, shape (n, len(names))
    widen : float
        Factor on every score, to try wider or narrower priors (prior sensitivity).

    Returns
    -------
    float array, shape (n, len(names)), natural units
    """
    values = np.empty(z.shape)
    for k, name in enumerate(names):
        prior, scores = PRIORS[name], widen * z[:, k]
        if prior.around in names:
            values[:, k] = prior.values_around(values[:, names.index(prior.around)], scores)
        else:
            values[:, k] = prior.values(scores)
    return values


def rows_of(
    values: Floats, names: Sequence[str], held: Mapping[str, float] = MappingProxyType({})
) -> NDArray[np.void]:
    """Parameter records with the levers off and everything else at its default, but for what is given.

    Parameters
    ----------
    values : float array, shape (n, len(names))
    names : sequence of str
        Columns.
    held : mapping
        Parameter -> value at which it is held.

    Returns
    -------
    record array of ``PARAMETER_TYPE``, shape (n,)
    """
    rows = np.zeros(len(values), dtype=PARAMETER_TYPE)
    for name, own in (PARAMETERS | MEASUREMENT).items():
        rows[name] = held.get(name, 0.0 if name in LEVERS else own.default)
    for k, name in enumerate(names):
        rows[name] = values[:, k]
    return rows
