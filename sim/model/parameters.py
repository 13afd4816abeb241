"""Every number that a rule uses: default, prior, unit, source and what would refute it.

One table, ``PARAMETERS``, drives the rules, the documentation and the draws from priors. Kinds:

``core``      the record can teach it;
``lever``     theory names it and the record cannot separate it: an assumption, switched and scaled by ``levers:``;
``habit``     how often a power acts, read off the record's own counts;
``read-out``  a convention of measurement that moves no one;
``form``      a choice between forms of a rule: it stands at its value unless a rival explanation says otherwise.
``measurement``  how far a published figure lies from what it measures (``MEASUREMENT``): no rule reads it, and no
scenario sets it.

Defaults and spreads come from a first fit to the record of 2010 to 2024 and from counts of its rows; ``source`` says which.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    pass

SOURCES = ("default", "prior", "posterior", "stacked")
"""Words for where the parameters of a lane come from; any other is a rival explanation of a posterior."""
WITHOUT_POSTERIOR = ("default", "prior")
"""The sources that need no calibration."""
DEFAULT_SOURCE = "posterior"
"""The source that holds where a scenario names none."""
Kind = Literal["core", "lever", "habit", "read-out", "form", "measurement"]
_FIT = "first fit to the record 2010-2024"
_COUNT = "counts of the record 2010-2024"
_PRIOR = "assumption: prior only"
_POSTERIOR = "medians of the calibrations to the record 2010-2024"


@dataclass(frozen=True)
class Parameter:
    """One number: ``prior`` is ``(family, location, spread)``.

    Families: ``lognormal`` (median, sd of the log), ``normal`` (mean, sd), ``uniform`` (low, high), ``fixed`` (value).
    Draws are held inside ``low`` to ``high``. The mean of a prior that stands ``around`` another parameter is that
    parameter's value, drawn before it.
    """

    name: str
    symbol: str
    kind: Kind
    default: float
    unit: str
    prior: tuple[str, float, float]
    low: float
    high: float
    meaning: str
    source: str
    falsifier: str
    around: str = ""


def _positive(
    name: str,
    symbol: str,
    kind: Kind,
    default: float,
    spread: float,
    unit: str,
    meaning: str,
    source: str,
    falsifier: str,
) -> Parameter:
    return Parameter(
        name,
        symbol,
        kind,
        default,
        unit,
        ("lognormal", default, spread),
        default / 50 if unit == "years" or name == "activity_shape" else 0.0,
        1.0 if unit in ("share", "codebook") else default * 50,
        meaning,
        source,
        falsifier,
    )


_LEAST_SPREAD = {"log rate": 0.75, "log odds": 0.75, "1/year": 0.05}
"""The range of a signed number is no narrower than six of these either way, however sure its default."""


def _signed(
    name: str,
    symbol: str,
    kind: Kind,
    default: float,
    spread: float,
    unit: str,
    meaning: str,
    source: str,
    falsifier: str,
) -> Parameter:
    reach = abs(default) + 6 * max(spread, _LEAST_SPREAD.get(unit, 0.0))
    return Parameter(
        name,
        symbol,
        kind,
        default,
        unit,
        ("normal", default, spread),
        -reach,
        reach,
        meaning,
        source,
        falsifier,
    )


def _alarm(
    name: str, symbol: str, default: float, spread: float, meaning: str, falsifier: str, around: str = ""
) -> Parameter:
    """A size of alarm or of yielding: no sign is presumed, and the range is the same for all."""
    prior = ("normal", 0.0 if around else default, spread)
    return Parameter(name, symbol, "core", default, "1", prior, -20.0, 20.0, meaning, _FIT, falsifier, around)


def _trend(name: str, symbol: str, default: float, meaning: str) -> Parameter:
    prior = ("normal", default, 0.03)
    return Parameter(
        name,
        symbol,
        "core",
        default,
        "1/year",
        prior,
        -0.5,
        0.5,
        meaning,
        _FIT,
        "counts of the record do not grow or fall",
    )


def _form(name: str, symbol: str, value: float, meaning: str) -> Parameter:
    prior = ("fixed", value, 0.0)
    return Parameter(
        name,
        symbol,
        "form",
        value,
        "switch",
        prior,
        0.0,
        1.0,
        meaning,
        "choice of form",
        "the other form predicts better",
    )


_ALERT = "targets of coercion step toward the hub no more often than matched bystanders"
_OPINION = "opinion of the challenger does not fall in states under pressure, beside the others"
_HABIT = "the rate of new acts in later years lies outside the prior's 99 % interval"
_OFFER = "the share of open offers accepted a year lies outside the prior's 99 % interval"
_LEVER = "held-out scores improve when the lever is set to zero"

_TABLE = (
    # alert
    _alarm("alert_coercion", "δ_c", 3.8, 1.6, "alarm at the challenger under constant full coercion of a state with a full dispute", _ALERT),
    _alarm("alert_punishment", "δ_p", 3.8, 1.3, "alarm at the challenger under constant full punishment; its prior is shrunk to coercion's", "punished states step toward the hub no more often than before and than others", "alert_coercion"),
    _alarm("alert_war", "δ_w", 2.5, 1.1, "alarm at the challenger under a constant war elsewhere, for openness one half", "open states do not step more after a war of conquest elsewhere"),
    _alarm("alert_shock", "δ_z", 2.4, 2.1, "alarm at the challenger under other constant shocks", "steps do not follow missile or nuclear tests"),
    _alarm("alert_pressure", "δ_u", 3.3, 1.5, "alarm at the hub under its constant full pressure", "pressed states step toward the challenger no more often than before and than others"),
    _alarm("yielding", "κ_y", 0.4, 1.0, "moves toward a power under its own constant full pressure", "moves toward a power are no more frequent under its pressure"),
    Parameter("alert_memory", "τ_A", "core", 0.35, "years", ("lognormal", 0.35, 0.55), 1.0 / 24.0, 15.0, "time in which pressure, war and shocks are forgotten", _FIT, "steps stay high for years after coercion has ended"),
    # steps
    _trend("trend_steps_hub", "ψ_h", 0.02, "growth of the log rate of recorded steps toward the hub"),
    _trend("trend_steps_challenger", "ψ_c", 0.04, "growth of the log rate of recorded steps toward the challenger"),
    _trend("trend_initiatives_hub", "ψ_ih", -0.01, "growth of the log rate of recorded initiatives toward the hub"),
    _trend("trend_initiatives_challenger", "ψ_ic", -0.05, "growth of the log rate of recorded initiatives toward the challenger"),
    _positive("initiative_rate", "ν_i", "core", 0.093, 0.15, "1/year", "offers of either side that a neutral state opens itself or with the sender", _COUNT, "yearly counts of initiatives outside the interval"),
    _signed("initiative_balance", "α_i", "core", -0.18, 0.12, "log rate", "lean of all states' initiatives toward the hub", _FIT, "initiatives of calm states differ from it"),
    _form("initiative_alarm", "η_i", 1.0, "share of what steps are lifted by that lifts initiatives"),
    _form("exponential_link", "η_l", 0.0, "lift by exp(x / 2) in place of 1 + x"),
    _positive("step_rate", "ν", "core", 0.16, 0.15, "steps/year", "unprompted steps toward either side of a neutral state", _COUNT, "yearly counts of steps outside the interval"),
    _signed("step_balance", "α", "core", -0.16, 0.12, "log rate", "lean of all states toward the hub", _FIT, "net steps of calm states differ from it"),
    _signed("alignment_slope", "b", "core", 0.47, 0.25, "log rate", "how much an aligned state steps further that way", _FIT, "direction of steps is unrelated to position before 2010"),
    _signed("leader_slope", "χ", "core", 0.29, 0.15, "log rate", "effect of a leader's declared line, against the first leader", _FIT, "steps do not turn with leaders"),
    _positive("activity_shape", "k", "core", 10.0, 0.5, "1", "shape of the Gamma spread of state activity", _FIT, "counts of steps are less or more dispersed between states"),
    _positive("home_spread", "s_u", "core", 1.0, 0.3, "ratio", "factor on the measured error of the home position", _FIT, "residual direction of steps between states"),
    _positive("weight_two", "w_2", "core", 0.18, 0.2, "share", "share of unprompted steps that weigh two", _COUNT, "share in later years"),
    _positive("weight_three", "w_3", "core", 0.02, 0.6, "share", "share of unprompted steps that weigh three", _COUNT, "share in later years"),
    # opinion
    _positive("opinion_pressure", "ω", "core", 0.55, 0.35, "1/year", "fall of opinion of the challenger under coercion and punishment", _FIT, _OPINION),
    _positive("opinion_pressure_hub", "ω_u", "core", 0.3, 0.8, "1/year", "fall of opinion of the hub under its pressure", _FIT, "opinion of the hub does not fall in states that it presses, beside the others"),
    _positive("opinion_accommodation", "ω_k", "core", 0.19, 0.55, "1/year", "recovery of opinion under accommodation", _FIT, "opinion does not recover when pressure is eased"),
    _positive("opinion_reputation", "ω_z", "core", 0.32, 0.3, "1/year", "fall of opinion under shocks of health and reputation", _FIT, "opinion did not fall in states without disputes in 2020"),
    _positive("opinion_credibility", "ω_h", "core", 0.2, 0.4, "1/year", "opinion of the hub with its credibility", _FIT, "opinion of the hub does not follow its signals"),
    _positive("opinion_memory", "τ_o", "core", 6.0, 0.35, "years", "return of opinion to its long-run level", _FIT, "shocks to opinion last much longer or shorter"),
    _positive("opinion_noise_challenger", "s_c", "core", 0.10, 0.2, "1/√year", "own noise of opinion of the challenger", _FIT, "residual spread of surveys"),
    _positive("opinion_noise_hub", "s_h", "core", 0.115, 0.2, "1/√year", "own noise of opinion of the hub", _FIT, "residual spread of surveys"),
    _positive("opinion_common", "s_0", "core", 0.06, 0.4, "1/√year", "noise of opinion of the challenger common to all states", _FIT, "residuals of surveys are independent between states"),
    # trade
    _signed("dependence_trend", "m", "core", 0.04, 0.01, "1/year", "growth of export dependence", _FIT, "mean growth of shares"),
    _positive("diversion", "η", "core", 0.23, 0.5, "1/year", "loss of dependence under punishment", _FIT, "export shares of punished states grow like others'"),
    _positive("dependence_noise", "s_d", "core", 0.15, 0.25, "1/√year", "noise of log odds of dependence", _FIT, "residual spread of trade shares"),
    # offers and institutions
    _positive("acceptance_hub", "h_h", "core", 0.42, 0.18, "1/year", "acceptance of an open offer of the hub, neutral state", _COUNT, _OFFER),
    _positive("acceptance_challenger", "h_c", "core", 0.24, 0.2, "1/year", "acceptance of an open offer of the challenger", _COUNT, _OFFER),
    _positive("decline_hub", "n_h", "core", 0.28, 0.28, "1/year", "refusal or lapse of an offer of the hub", _COUNT, _OFFER),
    _positive("decline_challenger", "n_c", "core", 0.33, 0.25, "1/year", "refusal or lapse of an offer of the challenger", _COUNT, _OFFER),
    _positive("completion_hub", "i_h", "core", 0.3, 0.2, "1/year", "completion of an open initiative toward the hub, neutral state", _COUNT, _OFFER),
    _positive("completion_challenger", "i_c", "core", 0.2, 0.2, "1/year", "completion of an open initiative toward the challenger", _COUNT, _OFFER),
    _positive("withdrawal_hub", "j_h", "core", 0.28, 0.3, "1/year", "withdrawal or lapse of an initiative toward the hub", _COUNT, _OFFER),
    _positive("withdrawal_challenger", "j_c", "core", 0.065, 0.3, "1/year", "withdrawal or lapse of an initiative toward the challenger", _COUNT, _OFFER),
    _signed("acceptance_alignment", "b_o", "core", 0.5, 0.55, "log odds", "alignment in acceptance", _FIT, "aligned states accept no more often"),
    _signed("acceptance_leader_hub", "χ_h", "core", 1.5, 0.5, "log odds", "leader's line in acceptance from the hub", _FIT, "acceptance does not differ between leaders"),
    _signed("acceptance_leader_challenger", "χ_c", "core", 0.6, 0.45, "log odds", "leader's line in acceptance from the challenger", _FIT, "acceptance does not differ between leaders"),
    _signed("acceptance_alert_hub", "ζ_h", "core", 0.6, 0.65, "log odds", "alert in acceptance from the hub", _FIT, "states under pressure accept as often as others"),
    _signed("acceptance_alert_challenger", "ζ_c", "core", -0.8, 0.8, "log odds", "alert in acceptance from the challenger", _FIT, "states under pressure accept as often as others"),
    _positive("leaving_rate", "h_l", "core", 0.05, 0.7, "1/year", "exit of a member whose alignment is at the institution's threshold", _PRIOR, "members far below the threshold stay"),
    # read-out
    _positive("step_size", "s", "read-out", 0.03, 0.8, "x", "movement of position per unit of step weight", "convention of the read-out", "alignment after ten years of the record differs from experts' ranking"),
    _positive("step_memory", "τ_S", "read-out", 6.0, 0.7, "years", "time in which unlocked steps fade", "convention of the read-out", "as above"),
    # habits of the challenger
    _positive("coercion_rate_none", "c_0", "habit", 0.025, 0.45, "1/year", "new coercion where no dispute exists", _COUNT, _HABIT),
    _positive("coercion_rate_partial", "c_½", "habit", 0.12, 0.35, "1/year", "new coercion where a partial dispute exists", _COUNT, _HABIT),
    _positive("coercion_rate_full", "c_1", "habit", 0.41, 0.18, "1/year", "new coercion where a full dispute exists", _COUNT, _HABIT),
    _positive("punishment_rate", "p_0", "habit", 0.03, 0.3, "1/year", "new punishment without dispute or provocation", _COUNT, _HABIT),
    _positive("punishment_dispute", "p_q", "habit", 4.0, 0.4, "ratio", "punishment where a full dispute exists", _COUNT, _HABIT),
    _positive("punishment_slight", "p_s", "habit", 2.6, 0.45, "ratio", "punishment within six months of a step toward the hub", _COUNT, "punishment follows steps no more often than other months"),
    _positive("accommodation_rate", "k_0", "habit", 0.16, 0.3, "1/year", "easing within twelve months of pressure", _COUNT, _HABIT),
    _positive("coercion_intensity", "I_c", "habit", 0.55, 0.05, "codebook", "mean intensity of new coercion", _COUNT, _HABIT),
    _positive("coercion_months", "T_c", "habit", 3.1, 0.2, "months", "median duration of coercion", _COUNT, _HABIT),
    _positive("punishment_intensity", "I_p", "habit", 0.46, 0.09, "codebook", "mean intensity of new punishment", _COUNT, _HABIT),
    _positive("punishment_months", "T_p", "habit", 9.8, 0.3, "months", "median duration of punishment", _COUNT, _HABIT),
    _positive("accommodation_intensity", "I_k", "habit", 0.32, 0.07, "codebook", "mean intensity of easing", _COUNT, _HABIT),
    _positive("accommodation_months", "T_k", "habit", 3.7, 0.4, "months", "median duration of easing", _COUNT, _HABIT),
    _positive("offer_rate_challenger", "r_0", "habit", 0.16, 0.2, "1/year", "new offers of the challenger", _COUNT, _HABIT),
    _positive("offer_dispute", "r_q", "habit", 1.9, 0.3, "ratio", "offers where a full dispute exists", _COUNT, _HABIT),
    # habits of the hub
    _positive("offer_rate_hub", "g_0", "habit", 0.20, 0.25, "1/year", "new offers of the hub to a neutral state", _COUNT, _HABIT),
    _signed("offer_alignment", "g_a", "habit", 2.4, 0.4, "log rate", "offers of the hub per unit of alignment of the home position", _COUNT, _HABIT),
    _positive("offer_after_coercion", "g_c", "habit", 2.3, 0.29, "ratio", "offers of the hub within twelve months of coercion", _COUNT, "offers open no more often after coercion"),
    _positive("pressure_rate", "u_0", "habit", 0.037, 0.3, "1/year", "new pressure of the hub", _COUNT, _HABIT),
    _positive("pressure_intensity", "I_u", "habit", 0.43, 0.15, "codebook", "mean intensity of new pressure", _COUNT, _HABIT),
    _positive("pressure_months", "T_u", "habit", 22.4, 0.3, "months", "median duration of pressure", _COUNT, _HABIT),
    _positive("offer_intensity_challenger", "I_r", "habit", 0.35, 0.04, "codebook", "mean size of offers of the challenger", _COUNT, _HABIT),
    _positive("offer_intensity_hub", "I_h", "habit", 0.42, 0.04, "codebook", "mean size of offers of the hub", _COUNT, _HABIT),
    # levers
    _positive("bystander_alert", "δ_n", "lever", 0.3, 0.9, "1", "alert at coercion of tied states", _PRIOR, _LEVER),
    _positive("accommodation_relief", "δ_k", "lever", 0.3, 0.8, "1", "alert eased by accommodation", _PRIOR, _LEVER),
    _positive("compliance", "κ", "lever", 0.7, 0.8, "1", "steps away from the hub under punishment, per unit of dependence", _PRIOR, _LEVER),
    _signed("hub_offer_pull", "π_h", "lever", 0.0, 0.7, "log rate", "unprompted steps toward the hub while it courts", _PRIOR, _LEVER),
    _signed("challenger_offer_pull", "π_r", "lever", 0.0, 0.7, "log rate", "unprompted steps toward the challenger while it courts", _PRIOR, _LEVER),
    _positive("opinion_pull", "β_o", "lever", 0.2, 0.7, "log rate", "opinion in steps, per unit of openness", _PRIOR, _LEVER),
    _signed("entrapment", "β_φ", "lever", 0.0, 0.7, "log rate", "fear of entrapment in moves away from the hub (negative binds)", _PRIOR, _LEVER),
    _signed("abandonment", "β_v", "lever", 0.0, 0.7, "log rate", "doubt of the hub in moves toward it (negative: moves away)", _PRIOR, _LEVER),
    _positive("entrapment_memory", "τ_φ", "lever", 2.8, 0.4, "years", "time in which fear of entrapment fades", _PRIOR, _LEVER),
    _positive("peer_influence", "λ", "lever", 0.27, 0.8, "log rate", "pull of partners' alignment", _PRIOR, _LEVER),
    _signed("demonstration", "ξ", "lever", 0.0, 0.5, "log rate", "punishment of tied states in own steps toward the hub (negative deters)", _PRIOR, _LEVER),
    _positive("bloc_fit", "μ", "lever", 0.2, 0.8, "log rate", "pull of the better-fitting bloc", _PRIOR, _LEVER),
    _positive("punishment_fear", "f_p", "lever", 0.3, 0.8, "log odds", "dependence in acceptance of offers of the hub", _PRIOR, _LEVER),
    _positive("security_dilemma", "σ", "lever", 0.5, 0.8, "log rate", "coercion per unit of growth of the hub's coalition", _PRIOR, _LEVER),
    Parameter("position_feedback", "β_a", "lever", 0.0, "1", ("uniform", 0.0, 0.5), 0.0, 1.0, "share of moved alignment that feeds back into step rates", _PRIOR, _LEVER),
    Parameter("intimidation", "ι", "lever", 0.0, "log rate", ("uniform", 0.0, 1.0), 0.0, 3.0, "coercion in own steps toward the hub (compellence)", _PRIOR, _LEVER),
)  # fmt: skip

PARAMETERS: MappingProxyType[str, Parameter] = MappingProxyType({p.name: p for p in _TABLE})
"""Name -> parameter, in the order of the record type."""

LEVERS: tuple[str, ...] = tuple(p.name for p in _TABLE if p.kind == "lever" and p.name != "entrapment_memory")
"""Names of the mechanisms that are assumptions and can be switched off."""


def _error(name: str, symbol: str, default: float, spread: float, unit: str, meaning: str) -> Parameter:
    falsifier = "figures published later lie further from their paths, or nearer to them"
    prior = ("lognormal", default, spread)
    return Parameter(
        name, symbol, "measurement", default, unit, prior, 0.0001, 10.0, meaning, _POSTERIOR, falsifier
    )


MEASUREMENT: MappingProxyType[str, Parameter] = MappingProxyType(
    {
        error.name: error
        for error in (
            _error("survey_error", "e_r", 0.075, 0.25, "net opinion", "error of a figure of the reference series, beyond sampling"),
            _error("pollster_error", "e_q", 0.09, 0.2, "net opinion", "error of a figure of another series, beyond sampling"),
            _error("state_offset", "e_o", 0.21, 0.3, "net opinion", "offset of a state's reference series from the level of the world file"),
            _error("trade_error", "e_d", 0.17, 0.35, "log odds", "error of a year's export share"),
        )
    }
)  # fmt: skip
"""Standard deviations of errors of measurement: a calibration learns them, and figures that condition a lane meet them."""

PARAMETER_TYPE = np.dtype([(name, np.float64) for name in (*PARAMETERS, *MEASUREMENT)])
"""Record type of one lane's parameters."""


def uncertainty_of(source: str) -> str:
    """What an interval over lanes holds if parameters come from a source.

    >>> uncertainty_of("default"), uncertainty_of("prior"), uncertainty_of("stacked")
    ('chance', 'chance and parameters', 'chance, parameters and structure')
    """
    known = {"default": "chance", "stacked": "chance, parameters and structure"}
    return known.get(source, "chance and parameters")
