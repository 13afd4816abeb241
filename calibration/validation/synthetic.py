"""Records drawn from the model in the design of the documented one: same months, offers, surveys and trade years.

Steps, opinion and trade come from the lane engine, which knows nothing of the likelihood. Initiatives, answers to offers,
joinings of institutions and new acts of the powers are drawn month by month from the same rules, given what the record says was
done to the states and where they stood: the likelihood is conditional on it too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from calibration.evidence.observed import HABITS, ONSET_TYPE, Observed
from calibration.evidence.sides import SIDES
from calibration.fitting.sampler import keyed_generator
from calibration.hypotheses.priors import rows_of
from calibration.likelihood import (
    OFFER_KINDS,
    habit_rates,
    neighbours,
)
from sim.conditioning.figures import SERIES_SPREAD, START_SPREAD
from sim.conditioning.invitations import MASS_WINDOW
from sim.engine.arrays import TRAJECTORIES, Arrays, Records
from sim.engine.kernel import run_block
from sim.model import rules
from sim.model.channels import COERCION, LEADER, PRESSURE, PUNISHMENT
from sim.model.draws import GROUP_LANE, gamma_unit_quantile, normal_quantile, uniforms
from sim.model.jit import compiled
from sim.model.rules import DURATION_SPREAD, INTENSITY_SPREAD, INVITATION_SPREAD, MONTH
from sim.types import Floats

Integers = NDArray[np.int64]


def simulated(
    observed: Observed, names: Sequence[str], values: Floats, seed: int, first: int = 0
) -> Iterator[Observed]:
    """One synthetic record for each row of parameters.

    Parameters
    ----------
    names : sequence of str
        Columns of ``values``, with the nuisance parameters of all blocks.
    values : float array, shape (n, len(names)), natural units
    seed, first : int
        Seed, and number of the first record: record ``k`` of a seed is always the same for the same values.

    Yields
    ------
    Observed
        The design of ``observed`` with other outcomes.
    """
    arrays = unprompted_only(observed.arrays)
    around = neighbours(observed)
    rows = rows_of(values, tuple(names))
    rows["leaving_rate"] = 0.0
    plain = rows.copy()
    plain["weight_two"] = plain["weight_three"] = 0.0
    plain["state_offset"] = 0.0  # as in the likelihood, it is part of the figures of a reference series
    for k in range(len(values)):
        truth = dict(zip(names, values[k].tolist(), strict=True))
        random = keyed_generator(seed, "synthetic", first + k)
        lanes, *_ = run_block(arrays, plain[k : k + 1], seed, first + k)
        lane = dict(zip(TRAJECTORIES, lanes[0], strict=True))
        error = home_errors(arrays, seed, first + k) * rows["home_spread"][k]
        steps = np.stack([lane[f"steps_{side}"].T for side in SIDES]).round().astype(np.int64)
        initiatives = _initiatives(observed, rows[k], lane["alert"], seed, first + k)
        onsets, at_risk = _acts(observed, rows[k], around, random)
        yield observed.with_targets(
            moves=np.stack([steps, initiatives]),
            offers=_offers(observed, rows[k], lane["alert"], error, random),
            invitations=_invitations(observed, rows[k], lane["alert"], random),
            views=_views(observed, lane, truth, random),
            trade=_trade(observed, lane["dependence"], truth, random),
            onsets=onsets,
            at_risk=at_risk,
            step_weights=_step_weights(int(steps.sum()), rows[k], random),
        )


def unprompted_only(arrays: Arrays) -> Arrays:
    """The same world without offers, members and strategies: what is left of steps is what nothing prompted."""
    states, hub, challenger = arrays.states.copy(), arrays.hub.copy(), arrays.challenger.copy()
    for name in ("first_offer", "end_offer", "memberships"):
        states[name] = 0
    hub["start"] = challenger["start"] = len(arrays.months)
    return arrays._replace(states=states, offers=arrays.offers[:0], hub=hub, challenger=challenger)


def home_errors(arrays: Arrays, seed: int, lane: int) -> Floats:
    """Errors of the home positions that the lane engine draws in a lane, at a ``home_spread`` of one: shape (N,)."""
    scores = np.array([normal_quantile(u) for u in _lane_uniforms(arrays, seed, lane)[:, 1]])
    return scores * arrays.states["home_error"]


def _lane_uniforms(arrays: Arrays, seed: int, lane: int) -> Floats:
    """The draws from which the lane engine makes activity and error of home, shape (N, 4)."""
    month = int(arrays.months[0])
    return np.array([uniforms(seed, lane, month, int(site), GROUP_LANE) for site in arrays.states["site"]])


@compiled
def _initiative_rates(
    stimuli: Floats, years: Floats, states: Records, alerts: Floats, activity: Floats, homes: Floats, p: Records,
    rates: Floats,
) -> None:  # fmt: skip
    for i in range(len(states)):
        me, hub, challenger = states[i], 0.0, 0.0
        for t in range(len(stimuli)):
            felt = stimuli[t, i]
            hub = rules.pressure_remembered(hub, felt[PRESSURE], p[0])
            challenger = rules.pressure_remembered(challenger, felt[COERCION] + felt[PUNISHMENT], p[0])
            if t == 0:
                continue
            leaning = rules.lean(
                homes[i], homes[i], felt[LEADER] - me.first_leader, 0.0, me.openness, 0.0, 0.0, 0.0, 0.0, p[0]
            )
            rates[0, i, t] = rules.initiatives_toward_hub(
                activity[i], leaning, rules.lift_toward_hub(alerts[t, i], hub, p[0]), years[t], p[0]
            )
            rates[1, i, t] = rules.initiatives_toward_challenger(
                activity[i], leaning, rules.lift_toward_challenger(hub, challenger, p[0]), years[t], p[0]
            )


def _initiatives(observed: Observed, row: np.void, alerts: Floats, seed: int, lane: int) -> Integers:
    """Initiatives of the lane's states, by side, state and month; none in the first month."""
    arrays, u = observed.arrays, _lane_uniforms(observed.arrays, seed, lane)
    activity = np.array(
        [gamma_unit_quantile(normal_quantile(one), float(row["activity_shape"])) for one in u[:, 0]]
    )
    homes = np.tanh((observed.home + row["home_spread"] * home_errors(arrays, seed, lane)) / 2.0)
    rates = np.zeros((2, len(observed.states), len(observed.months)))
    _initiative_rates(arrays.stimuli, arrays.years, arrays.states, alerts, activity, homes, _one(row), rates)
    random = keyed_generator(seed, "initiatives", lane)
    return random.poisson(rates * MONTH).astype(np.int64)


@compiled
def _answered(
    offers: Records, position: Floats, stimuli: Floats, alerts: Floats, states: Records, draws: Floats,
    last: int, p: Records, drawn: Records,
) -> None:  # fmt: skip
    """Draw the month and kind of each answer: any event in the month by the sum of hazards, then which by their shares."""
    for number in range(len(offers)):
        offer = offers[number]
        i = offer.state
        drawn[number].last, drawn[number].outcome = last, 0
        for t in range(offer.first, last + 1):
            yes, no = rules.answer_hazards(
                offer.side, offer.threshold, rules.alignment_of(position[t, i], 0.0, 0.0), stimuli[t, i, LEADER], alerts[t, i],
                states[i].dependence, offer.initiative, p[0],
            )  # fmt: skip
            if draws[number, t, 0] < rules.chance_in_month(yes + no):
                drawn[number].last = t
                drawn[number].outcome = 1 if draws[number, t, 1] * (yes + no) < yes else -1
                break


def _offers(
    observed: Observed, row: np.void, alerts: Floats, error: Floats, random: np.random.Generator
) -> Records:
    offers, months = observed.offers, len(observed.months)
    drawn = offers.copy()
    position = observed.home + observed.position + error
    draws = random.random((len(offers), months, 2))
    _answered(
        offers,
        position,
        observed.arrays.stimuli,
        alerts,
        observed.arrays.states,
        draws,
        months - 1,
        _one(row),
        drawn,
    )
    return drawn


@compiled
def _entered(
    invitations: Records, position: Floats, stimuli: Floats, alerts: Floats, states: Records, inviting: Floats,
    draws: Floats, ends: Integers, p: Records, drawn: Records,
) -> None:  # fmt: skip
    for number in range(len(invitations)):
        invitation = invitations[number]
        i = invitation.state
        drawn[number].last, drawn[number].joined = ends[number], 0
        for t in range(invitation.first, ends[number] + 1):
            yes, _ = rules.answer_hazards(
                invitation.side, invitation.threshold - inviting[invitation.invitation], rules.alignment_of(position[t, i], 0.0, 0.0), stimuli[t, i, LEADER],
                alerts[t, i], states[i].dependence, 0, p[0],
            )  # fmt: skip
            if draws[number, t] < rules.chance_in_month(yes):
                drawn[number].last, drawn[number].joined = t, 1
                break


def _invitations(observed: Observed, row: np.void, alerts: Floats, random: np.random.Generator) -> Records:
    """Who joins each institution opened to all; as in the likelihood, homes stand where they were measured."""
    invitations, months = observed.invitations, len(observed.months)
    drawn = invitations.copy()
    count = int(invitations["invitation"].max()) + 1 if len(invitations) else 0
    ends = np.minimum(invitations["first"] + MASS_WINDOW - 1, months - 1)
    _entered(
        invitations, observed.home + observed.position, observed.arrays.stimuli, alerts, observed.arrays.states,
        INVITATION_SPREAD * random.standard_normal(count), random.random((len(invitations), months)), ends, _one(row), drawn,
    )  # fmt: skip
    return drawn


def _one(row: np.void) -> Records:
    return np.array([row], dtype=row.dtype)


def _views(
    observed: Observed, lane: Mapping[str, Floats], truth: Mapping[str, float], random: np.random.Generator
) -> Records:
    """Survey figures: opinion in the lane, an offset of each series, the pollster's error and that of sampling."""
    views = observed.views.copy()
    opinion = np.stack([lane[f"opinion_{side}"] for side in SIDES])
    reference = views["reference"] == 1
    offsets = random.standard_normal(len(observed.series))[views["series"]]
    spread = np.where(reference, truth["state_offset"], SERIES_SPREAD)
    error = np.hypot(np.where(reference, truth["survey_error"], truth["pollster_error"]), views["error"])
    views["value"] = (
        opinion[views["power"], views["month"], views["state"]]
        + spread * offsets
        + error * random.standard_normal(len(views))
    )
    return views


def _trade(
    observed: Observed, dependence: Floats, truth: Mapping[str, float], random: np.random.Generator
) -> Records:
    trade = observed.trade.copy()
    share = dependence[trade["month"], trade["state"]]
    start = START_SPREAD * random.standard_normal(len(observed.states))
    noise = truth["trade_error"] * random.standard_normal(len(trade))
    trade["value"] = np.log(share / (1.0 - share)) + start[trade["state"]] + noise
    return trade


def _acts(
    observed: Observed, row: np.void, around: Floats, random: np.random.Generator
) -> tuple[Records, NDArray[np.bool_]]:
    """New acts of the powers on the states that they address; offers may come together, other acts one at a time."""
    months = len(observed.months)
    chances = habit_rates(observed, around, _one(row))[0] * MONTH
    draws = random.random(chances.shape)
    at_risk = np.ones(chances.shape, dtype=np.bool_)
    acts: list[tuple[float, ...]] = []
    for kind, name in enumerate(HABITS):
        size = "offer_intensity_" + name[6:] if name.startswith("offer") else f"{name}_intensity"
        for i in np.flatnonzero(observed.acted_upon):
            free = 0
            for t in range(months):
                number = 0
                if kind in OFFER_KINDS:
                    number = int(random.poisson(chances[kind, t, i]))
                elif t >= free:
                    number = int(draws[kind, t, i] < -np.expm1(-chances[kind, t, i]))
                for _ in range(number):
                    intensity = rules.act_intensity(random.standard_normal(), row[size], INTENSITY_SPREAD)
                    length = months - t
                    if kind not in OFFER_KINDS:
                        own = rules.act_months(
                            random.standard_normal(), row[f"{name}_months"], DURATION_SPREAD
                        )
                        length, free = min(own, length), t + own
                        at_risk[kind, t + 1 : t + own, i] = False
                    acts.append((kind, int(i), t, intensity, length, t + length < months))
    return np.array(acts, dtype=ONSET_TYPE), at_risk


def _step_weights(steps: int, row: np.void, random: np.random.Generator) -> Integers:
    weights = [int(rules.step_weight(u, _one(row)[0])) for u in random.random(steps)]
    return np.bincount(weights, minlength=4)[1:4].astype(np.int64)
