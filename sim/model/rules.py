"""Every behavioural rule of the model, one small pure function each: no chance, no clock, no files.

Both engines call these functions. Rates are per year, one step of time is one month, ``p`` is one lane's record of
parameters (``sim.model.parameters``). With ``NUMBA_DISABLE_JIT=1`` they are plain Python.
"""

from __future__ import annotations

import math
from typing import Any

from sim.model.jit import compiled as rule

MONTH = 1.0 / 12.0
"""Length of a step of time in years."""
WEAR_FLOOR, WEAR_YEARS = 0.3, 1.0
"""Share of a long act that never wears off, and the time in which the rest does (first fit; held fixed)."""
PROVOCATION_MONTHS = 6
"""Months after a step toward the hub in which the challenger may punish it."""
MEMORY_MONTHS = 12
"""Months after coercion or pressure in which a power eases, or the hub offers more."""
LEAST_LEVERAGE = 0.12
"""Export dependence under which the record shows no punishment of a provocation (0 of 27)."""
HUB, CHALLENGER = 1.0, -1.0
"""Signs of the two sides."""
ALIGNED = 1.0 / 3.0
"""Alignment above which a state counts toward the hub's coalition (below minus this, the challenger's)."""
MOST_STEPS = 4
"""Most unprompted steps toward one side in one month."""
NEW_ACT = 0.05
"""Rise of coercion within a month that counts as a new act."""
INTENSITY_SPREAD = 0.17
"""Standard deviation of the intensity of new acts (counts of the record)."""
DURATION_SPREAD = 1.2
"""Standard deviation of the logarithm of the duration of new acts (counts of the record)."""
LEAST_LIFT = 0.05
"""Least factor that alarm and yielding leave of the rate of moves toward a power."""
INVITATION_SPREAD = 1.5
"""Standard deviation (log odds) of how inviting an open invitation is, beyond what each state feels."""
OPEN_OFFERS = 4
"""Most offers of one side, opened by a strategy, that one state can have open at a time."""
NEVER = -100_000
"""A month index before any other: it has not happened."""


@rule
def habituated(intensity: float, age: float) -> float:
    """Effective intensity of an act ``age`` months after it began: long acts wear off.

    References
    ----------
    Thompson & Spencer (1966), Psychological Review 73(1), on habituation. Falsified if unworn intensities fit steps
    and opinion better than worn ones.
    """
    return intensity * (WEAR_FLOOR + (1.0 - WEAR_FLOOR) * math.exp(-age * MONTH / WEAR_YEARS))


@rule
def fading(intensity: float, age: float) -> float:
    """Pull of an offer ``age`` months after it was opened; its end is its outcome and is not seen."""
    return intensity * math.exp(-age * MONTH / WEAR_YEARS)


@rule
def decay_factor(memory: float) -> float:
    """Share of what is remembered that is left after a month, if memory fades within ``memory`` years."""
    return math.exp(-MONTH / memory)


@rule
def settling(value: float, level: float, left: float) -> float:
    """What moves toward a level, after a month that leaves a share of the distance."""
    return level + (value - level) * left


@rule
def combine(first: float, second: float) -> float:
    """Two acts of one kind on one state in one month: 1 - (1 - a)(1 - b), never above 1."""
    return 1.0 - (1.0 - first) * (1.0 - second)


@rule
def alert_level(
    coercion: float,
    punishment: float,
    accommodation: float,
    coerced_partners: float,
    war: float,
    shock: float,
    dispute: float,
    openness: float,
    p: Any,
) -> float:
    """Alert at which a state under constant stimuli settles: its alarm at the challenger.

    It lifts moves toward the hub (`lift_toward_hub`); no sign is presumed, so it may lie below zero.

    Parameters
    ----------
    coercion, punishment, accommodation, war, shock : float
        Stimuli of this month, 0 to 1 (codebook scale).
    coerced_partners : float
        Mean coercion of tied states, 0 to 1.
    dispute, openness : float
        Dispute with the challenger and openness of government, 0 to 1.

    References
    ----------
    Walt (1987), The Origins of Alliances. Falsified if targets of coercion move toward the hub no more often than
    matched bystanders.
    """
    return (
        p.alert_coercion * coercion * (1.0 + dispute) / 2.0
        + p.alert_punishment * punishment
        + p.alert_war * 2.0 * openness * war
        + p.alert_shock * shock
        + p.bystander_alert * coerced_partners
        - p.accommodation_relief * accommodation
    )


@rule
def alert_after_month(
    alert: float,
    coercion: float,
    punishment: float,
    accommodation: float,
    coerced_partners: float,
    war: float,
    shock: float,
    dispute: float,
    openness: float,
    p: Any,
) -> float:
    """Alert after one month (0 = normal, 1 = moves toward the hub twice as often): it settles at its level."""
    level = alert_level(
        coercion, punishment, accommodation, coerced_partners, war, shock, dispute, openness, p
    )
    return settling(alert, level, decay_factor(p.alert_memory))


@rule
def pressure_remembered(remembered: float, pressure: float, p: Any) -> float:
    """What a state remembers of a power's pressure after one month, 0 and up, with the memory of alert.

    Pressure is the sum of coercion and punishment (challenger), or the channel ``pressure`` (hub). It lifts moves
    toward the other power (alarm) and toward the one who presses (yielding).
    """
    return settling(remembered, pressure, decay_factor(p.alert_memory))


@rule
def lift(felt: float, p: Any) -> float:
    """Factor on the rate of moves toward a power by what a state feels: linear, with a least value.

    The exponential link is a rival of the same prior: it is halved, so that the two agree near a lift of four.
    """
    if p.exponential_link > 0.5:
        return math.exp(min(0.5 * felt, 4.0))
    return max(LEAST_LIFT, 1.0 + felt)


@rule
def lift_toward_hub(alert: float, pressed_hub: float, p: Any) -> float:
    """Factor on moves toward the hub: alarm at the challenger, and yielding to the hub.

    Parameters
    ----------
    alert : float
        Alarm at the challenger (`alert_after_month`).
    pressed_hub : float
        Pressure of the hub that is remembered (`pressure_remembered`).

    References
    ----------
    Schelling (1966), Arms and Influence, for yielding. Falsified if moves toward a power are as frequent after its
    pressure as before, those of the alarmed left out.
    """
    return lift(alert + p.yielding * pressed_hub, p)


@rule
def lift_toward_challenger(pressed_hub: float, pressed_challenger: float, p: Any) -> float:
    """Factor on moves toward the challenger: alarm at the hub, and yielding to the challenger; as `lift_toward_hub`."""
    return lift(p.alert_pressure * pressed_hub + p.yielding * pressed_challenger, p)


@rule
def doubt_after_month(doubt: float, credibility: float, p: Any) -> float:
    """Doubt of the hub after one month, 0 to 1: negative signals of commitment, with the memory of alert (lever).

    References
    ----------
    Snyder (1984), "The Security Dilemma in Alliance Politics", World Politics 36(4), for abandonment beside
    entrapment. Falsified if moves do not turn after signals of withdrawal.
    """
    return settling(doubt, max(-credibility, 0.0), decay_factor(p.alert_memory))


@rule
def entrapment_after_month(entrapment: float, pressure: float, p: Any) -> float:
    """Fear of entrapment after one month of pressure by the hub, 0 to 1 (lever).

    References
    ----------
    Snyder (1984), "The Security Dilemma in Alliance Politics", World Politics 36(4). Falsified if pressed partners
    step toward the hub as often as others.
    """
    return settling(entrapment, pressure, decay_factor(p.entrapment_memory))


@rule
def opinion_of_challenger_after_month(
    opinion: float,
    rest: float,
    coercion: float,
    punishment: float,
    accommodation: float,
    reputation: float,
    common: float,
    own: float,
    p: Any,
) -> float:
    """Net opinion of the challenger after one month, -1 to 1; ``common`` and ``own`` are standard normal draws.

    References
    ----------
    Form fitted to net favourability (Pew Research Center, Global Attitudes). Falsified if opinion does not fall in
    states under pressure, beside the others.
    """
    change = (
        -p.opinion_pressure * min(coercion + punishment, 1.0) * (1.0 + opinion)
        - p.opinion_reputation * reputation * (1.0 + opinion)
        + p.opinion_accommodation * accommodation * (1.0 - opinion)
        - (opinion - rest) / p.opinion_memory
    ) * MONTH
    noise = (p.opinion_common * common + p.opinion_noise_challenger * own) * math.sqrt(MONTH)
    return min(max(opinion + change + noise, -1.0), 1.0)


@rule
def opinion_of_hub_after_month(
    opinion: float, rest: float, pressure: float, credibility: float, reputation: float, own: float, p: Any
) -> float:
    """Net opinion of the hub after one month, -1 to 1; ``credibility`` is signed, ``own`` a standard normal draw.

    It falls under the hub's ``pressure`` as opinion of the challenger does under its own. Falsified if opinion of the
    hub does not follow its signals of commitment, or does not fall in states that it presses, beside the others.
    """
    change = (
        -p.opinion_pressure_hub * pressure * (1.0 + opinion)
        + p.opinion_credibility * credibility
        - p.opinion_reputation * reputation * (1.0 + opinion)
        - (opinion - rest) / p.opinion_memory
    ) * MONTH
    return min(max(opinion + change + p.opinion_noise_hub * own * math.sqrt(MONTH), -1.0), 1.0)


@rule
def dependence_after_month(dependence: float, punishment: float, own: float, p: Any) -> float:
    """Share of exports that go to the challenger after one month, inside (0, 1).

    Log odds move, so that growth stops short of one; for small shares this is growth of the logarithm. Punishment
    diverts trade: leverage spent is leverage lost.

    References
    ----------
    Hirschman (1945), National Power and the Structure of Foreign Trade. Falsified if shares of punished states grow
    like others'.
    """
    odds = dependence / (1.0 - dependence)
    growth = (p.dependence_trend - p.diversion * punishment) * MONTH + p.dependence_noise * own * math.sqrt(
        MONTH
    )
    odds *= math.exp(growth)
    return min(max(odds / (1.0 + odds), 1e-6), 1.0 - 1e-6)


@rule
def lean(
    home_alignment: float,
    alignment: float,
    leader: float,
    opinion_gap: float,
    openness: float,
    entrapment: float,
    doubt: float,
    partners_alignment: float,
    fit: float,
    p: Any,
) -> float:
    """Log-rate lean of a state's moves: positive toward the hub, negative toward the challenger.

    Parameters
    ----------
    home_alignment, alignment : float
        Alignment of the home position and of today, -1 to 1.
    leader : float
        Leader's declared line minus that of the first leader, -2 to 2.
    opinion_gap : float
        Opinion of the challenger minus opinion of the hub, each against its long-run level.
    entrapment : float
        Fear of entrapment, 0 to 1.
    doubt : float
        Doubt of the hub, 0 to 1 (`doubt_after_month`).
    partners_alignment : float
        Tie-weighted mean alignment of partners, -1 to 1 (own alignment without partners).
    fit : float
        Pull of the better-fitting bloc, -1 to 1 (``sim.model.landscape``).

    References
    ----------
    Friedkin & Johnsen (1999) for partners; Axelrod & Bennett (1993) for the fit of blocs. Falsified term by term: the
    direction of moves is unrelated to it.
    """
    seen = home_alignment + p.position_feedback * (alignment - home_alignment)
    return (
        p.alignment_slope * seen
        + p.leader_slope * leader
        - p.opinion_pull * openness * opinion_gap
        - p.entrapment * entrapment
        + p.abandonment * doubt
        + p.peer_influence * (partners_alignment - alignment)
        + p.bloc_fit * fit
    )


@rule
def rate_toward_hub(
    activity: float,
    leaning: float,
    lifted: float,
    courtship: float,
    credibility: float,
    punished_partners: float,
    coercion: float,
    years: float,
    p: Any,
) -> float:
    """Unprompted steps toward the hub a year.

    Parameters
    ----------
    lifted : float
        Factor by what the state feels (`lift_toward_hub`).
    years : float
        From the middle of the record, for the trend of recording.

    References
    ----------
    Schelling (1966), Arms and Influence, for intimidation by ``coercion`` (lever). Falsified if coerced states step
    toward the hub no more often than before and than others.
    """
    exponent = (
        p.step_balance
        + leaning
        + p.trend_steps_hub * years
        + p.hub_offer_pull * courtship * (1.0 + credibility)
        + p.demonstration * punished_partners
        - p.intimidation * coercion
    )
    return activity * p.step_rate * math.exp(min(exponent, 4.0)) * lifted


@rule
def rate_toward_challenger(
    activity: float,
    leaning: float,
    lifted: float,
    alert: float,
    courtship: float,
    punishment: float,
    dependence: float,
    years: float,
    p: Any,
) -> float:
    """Unprompted steps toward the challenger a year: offers pull calm states, punishment moves dependent ones.

    ``lifted`` is `lift_toward_challenger`, ``years`` as in `rate_toward_hub`.

    References
    ----------
    Hirschman (1945) for compliance. Falsified if dependent states under punishment give way no more often.
    """
    exponent = (
        p.challenger_offer_pull * courtship / (1.0 + max(alert, 0.0))
        - p.step_balance
        - leaning
        + p.trend_steps_challenger * years
    )
    yielded = 1.0 + p.compliance * punishment * dependence
    return activity * p.step_rate * math.exp(min(exponent, 4.0)) * lifted * yielded


@rule
def initiatives_toward_hub(activity: float, leaning: float, lifted: float, years: float, p: Any) -> float:
    """Offers of the hub's side a year that a state opens itself or with the sender; arguments as `rate_toward_hub`.

    What opens a door is the same alarm and lean that moves a step; whether it is passed is `answer_hazards`. Falsified
    if initiatives do not follow what steps follow.
    """
    exponent = p.initiative_balance + leaning + p.trend_initiatives_hub * years
    return activity * p.initiative_rate * math.exp(min(exponent, 4.0)) * initiative_lift(lifted, p)


@rule
def initiatives_toward_challenger(
    activity: float, leaning: float, lifted: float, years: float, p: Any
) -> float:
    """Offers of the challenger's side a year that a state opens itself or with the sender, as `initiatives_toward_hub`."""
    exponent = p.trend_initiatives_challenger * years - p.initiative_balance - leaning
    return activity * p.initiative_rate * math.exp(min(exponent, 4.0)) * initiative_lift(lifted, p)


@rule
def initiative_lift(lifted: float, p: Any) -> float:
    """Factor on initiatives: all that steps are lifted by, or nothing of it (a rival)."""
    return 1.0 + p.initiative_alarm * (lifted - 1.0)


@rule
def step_weight(u: float, p: Any) -> float:
    """Weight of an unprompted step, 1 to 3, from a uniform draw."""
    if u < p.weight_three:
        return 3.0
    return 2.0 if u < p.weight_three + p.weight_two else 1.0


@rule
def offer_weight(intensity: float) -> float:
    """Weight of accepting an offer: the codebook's rungs of offers and of responses side by side."""
    if intensity >= 0.65:
        return 3.0
    return 2.0 if intensity >= 0.35 else 1.0


@rule
def accumulate_steps(accumulated_steps: float, net_weight: float, left: float, p: Any) -> float:
    """Position accumulated by steps after a month that leaves a share of what it was before."""
    return accumulated_steps * left + p.step_size * net_weight


@rule
def accumulated_steps_after_month(accumulated_steps: float, net_weight: float, p: Any) -> float:
    """Position accumulated by steps after one month: old steps fade, new ones add."""
    return accumulate_steps(accumulated_steps, net_weight, decay_factor(p.step_memory), p)


@rule
def alignment_of(home: float, accumulated_steps: float, institutional_lock_in: float) -> float:
    """Alignment between the powers, -1 (challenger) to +1 (hub): position, read so that pictures have ends.

    One unit of position is the standard deviation of the homes of the Indo-Pacific world (``docs/scale.md``).
    """
    return math.tanh((home + accumulated_steps + institutional_lock_in) / 2.0)


@rule
def odds_of(position: float) -> float:
    """``(1 + a) / (1 - a)`` for the alignment ``a`` of a position: an error of home multiplies it."""
    return math.exp(position)


@rule
def answer_hazards(
    side: float,
    threshold: float,
    alignment: float,
    leader: float,
    alert: float,
    dependence: float,
    initiative: int,
    p: Any,
) -> tuple[float, float]:
    """Hazards a year of accepting and of declining an open offer of a side (+1 hub, -1 challenger).

    ``2 h / (1 + exp(-z))`` and its mirror: ``h`` is the rate of a neutral state, ``z`` its lean in log odds.
    ``leader`` is the declared line itself, -1 to 1, since states and not only terms differ in it. An ``initiative`` (1)
    of the state has rates of its own, and no alert: alarm belongs to its opening.

    Returns
    -------
    tuple of float
        Hazard of acceptance; hazard of refusal or lapse.

    References
    ----------
    Rates and the effect of leaders are counts of the record's 145 dated offers. Falsified if the share of open offers
    accepted in a year lies outside the priors' interval.
    """
    alarm = 0.0 if initiative > 0 else alert / (1.0 + abs(alert))
    if side > 0.0:
        own = (
            p.acceptance_leader_hub * leader + p.acceptance_alert_hub * alarm - p.punishment_fear * dependence
        )
        accept = p.completion_hub if initiative > 0 else p.acceptance_hub
        decline = p.withdrawal_hub if initiative > 0 else p.decline_hub
    else:
        own = p.acceptance_alert_challenger * alarm - p.acceptance_leader_challenger * leader
        accept = p.completion_challenger if initiative > 0 else p.acceptance_challenger
        decline = p.withdrawal_challenger if initiative > 0 else p.decline_challenger
    odds = math.exp(side * p.acceptance_alignment * alignment + own - threshold)
    return 2.0 * accept * odds / (1.0 + odds), 2.0 * decline / (1.0 + odds)


@rule
def answer(
    yes: float, no: float, yes_hazard: float, no_hazard: float, yes_threshold: float, no_threshold: float
) -> int:
    """What happens to an open offer this month: 1 accepted, -1 declined, 0 still open.

    ``yes`` and ``no`` are hazards summed up to last month; each offer has one unit-exponential threshold for either
    answer (Sellke 1983, J. Appl. Probab. 20), so that a change of hazard moves an answer in time and never re-draws it.
    """
    accepted = yes + yes_hazard * MONTH >= yes_threshold
    declined = no + no_hazard * MONTH >= no_threshold
    if accepted and declined:
        accepted = (yes_threshold - yes) * no_hazard <= (no_threshold - no) * yes_hazard
    if accepted:
        return 1
    return -1 if declined else 0


@rule
def exit_hazard(side: float, alignment: float, leave_below: float, p: Any) -> float:
    """Hazard a year that a member leaves an institution of a side, rising as alignment falls below its threshold.

    References
    ----------
    Leeds & Savun (2007), "Terminating Alliances", Journal of Politics 69(4). Falsified if members far below the
    threshold stay as often as others.
    """
    return 2.0 * p.leaving_rate / (1.0 + math.exp(8.0 * (side * alignment - leave_below)))


@rule
def chance_in_month(rate: float) -> float:
    """Probability of at least one event in a month at a rate a year."""
    return 1.0 - math.exp(-rate * MONTH)


@rule
def happens_in_month(u: float, rate: float) -> bool:
    """Whether a uniform draw says that at least one event happens in a month at a rate a year.

    The chance is below the expected number, so that most draws need no exponential.
    """
    return u < rate * MONTH and u < chance_in_month(rate)


@rule
def alarm_at_coalition(coalition_growth: float, spiral: float, p: Any) -> float:
    """Factor on new coercion by the challenger as the hub's coalition grows (lever).

    References
    ----------
    Jervis (1978), "Cooperation under the Security Dilemma", World Politics 30(2). Falsified if the rate of new
    coercion does not follow the coalition.
    """
    growth = p.security_dilemma * spiral * coalition_growth
    return math.exp(min(max(growth, -2.0), 2.0))


@rule
def coercion_rate(dispute: float, assertiveness: float, alarm: float, p: Any) -> float:
    """New coercion by the challenger a year, by dispute; ``alarm`` is a factor (``alarm_at_coalition``).

    Falsified if the rate of new coercion lies outside the prior's interval.
    """
    base = p.coercion_rate_full if dispute >= 0.75 else p.coercion_rate_partial
    base = base if dispute > 0.0 else p.coercion_rate_none
    return assertiveness * base * alarm


@rule
def punishment_rate(
    dispute: float, dependence: float, months_since_step: float, punitiveness: float, patience: float, p: Any
) -> float:
    """New punishment by the challenger a year: it follows steps toward the hub where there is leverage.

    Falsified if punishment follows steps no more often than other months.
    """
    rate = punitiveness * p.punishment_rate * (1.0 + (p.punishment_dispute - 1.0) * dispute)
    provoked = months_since_step <= PROVOCATION_MONTHS and dependence >= LEAST_LEVERAGE
    return rate * (1.0 + (p.punishment_slight - 1.0) * (1.0 - patience)) if provoked else rate


@rule
def accommodation_rate(months_since_pressure: float, accommodation: float, p: Any) -> float:
    """Easing by the challenger a year, within twelve months of its own pressure and else none."""
    return accommodation * p.accommodation_rate if months_since_pressure <= MEMORY_MONTHS else 0.0


@rule
def offer_rate_challenger(
    dispute: float,
    alignment: float,
    dependence: float,
    is_ally: float,
    inducement: float,
    loosest: float,
    dependent: float,
    nearest: float,
    p: Any,
) -> float:
    """New offers of the challenger a year, with the targeting of its strategy (none as documented).

    References
    ----------
    Crawford (2011), International Security 35(4), for courting the ally that can be detached.
    """
    target = loosest * is_ally * (1.0 - alignment) / 2.0 + dependent * dependence - nearest * alignment
    return inducement * p.offer_rate_challenger * (1.0 + (p.offer_dispute - 1.0) * dispute) * math.exp(target)


@rule
def appeal_to_hub(home_alignment: float, p: Any) -> float:
    """Factor on new offers of the hub: more to those aligned from the start."""
    return math.exp(p.offer_alignment * home_alignment)


@rule
def offer_rate_hub(
    appeal: float,
    months_since_coercion: float,
    aligned_partners: float,
    offer_rate: float,
    multilateralism: float,
    p: Any,
) -> float:
    """New offers of the hub a year: by a state's ``appeal`` (``appeal_to_hub``), and more in the year after coercion.

    Falsified if offers open no more often after coercion (the record's ratio is 2.3 [1.4, 3.6]).
    """
    rate = offer_rate * p.offer_rate_hub * appeal
    rate *= 1.0 + multilateralism * aligned_partners
    return rate * p.offer_after_coercion if months_since_coercion <= MEMORY_MONTHS else rate


@rule
def pressure_rate(pressure: float, p: Any) -> float:
    """New pressure of the hub to choose, a year."""
    return pressure * p.pressure_rate


@rule
def act_intensity(z: float, mean: float, spread: float) -> float:
    """Intensity of a new act from a standard normal draw, 0.1 to 1 (codebook scale)."""
    return min(max(mean + spread * z, 0.1), 1.0)


@rule
def act_months(z: float, median: float, spread: float) -> int:
    """Duration of a new act in whole months, 1 to 240, lognormal as in the record."""
    return int(min(max(round(median * math.exp(spread * z)), 1.0), 240.0))
