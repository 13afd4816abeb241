"""Sizes of the fitted effects in plain units: what a year of an act does, by the rules, for each draw of a posterior."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from calibration.fitting.posterior_summary import verdict
from calibration.fitting.sampler import keyed_generator
from calibration.hypotheses.priors import BLOCKS, rows_of, values_of
from sim.engine.arrays import Records
from sim.model import rules
from sim.model.jit import compiled
from sim.model.rules import MONTH
from sim.types import Floats

YEAR = 12
"""Months of an act."""
OPENNESS = 0.8
"""Openness of government in the examples: an electoral democracy."""
DEPENDENCE = 0.2
"""Share of exports to the challenger in the examples."""
ALERT = 1.0
"""Alert in the examples: steps toward the hub twice as often."""
OFFER_MONTHS = 24
"""Months in which an offer of the examples may be accepted."""
PRIOR_DRAWS = 4000


@dataclass(frozen=True)
class Effect:
    """One effect.

    Attributes
    ----------
    null : float
        Value that means no effect.
    signed : bool
        Whether the prior allows both directions.
    """

    title: str
    unit: str
    null: float
    signed: bool
    size: Callable[[Records], Floats]


@compiled
def _lifted(
    rows: Records, side: float, coercion: float, punishment: float, war: float, shock: float, pressure: float,
    dispute: float, out: Floats,
) -> None:  # fmt: skip
    """Mean factor on moves toward a side over a year in which an act begins and wears off."""
    for k in range(len(rows)):
        p = rows[k]
        alert, challenger, hub, total = 0.0, 0.0, 0.0, 0.0
        for age in range(YEAR):
            worn = rules.habituated(1.0, float(age))
            alert = rules.alert_after_month(
                alert,
                coercion * worn,
                punishment * worn,
                0.0,
                0.0,
                war * worn,
                shock * worn,
                dispute,
                OPENNESS,
                p,
            )
            challenger = rules.pressure_remembered(challenger, (coercion + punishment) * worn, p)
            hub = rules.pressure_remembered(hub, pressure * worn, p)
            if side > 0.0:
                total += rules.lift_toward_hub(alert, hub, p)
            else:
                total += rules.lift_toward_challenger(hub, challenger, p)
        out[k] = total / YEAR


@compiled
def _opinion(
    rows: Records, side: float, pressure: float, accommodation: float, reputation: float, credibility: float,
    out: Floats,
) -> None:  # fmt: skip
    """Change of net opinion of a side after a year of an act, from rest at zero."""
    for k in range(len(rows)):
        opinion = 0.0
        for age in range(YEAR):
            worn = rules.habituated(1.0, float(age))
            if side > 0.0:
                opinion = rules.opinion_of_hub_after_month(
                    opinion, 0.0, pressure * worn, credibility * worn, reputation * worn, 0.0, rows[k]
                )
            else:
                opinion = rules.opinion_of_challenger_after_month(
                    opinion,
                    0.0,
                    pressure * worn,
                    0.0,
                    accommodation * worn,
                    reputation * worn,
                    0.0,
                    0.0,
                    rows[k],
                )
        out[k] = opinion


@compiled
def _dependence(rows: Records, out: Floats) -> None:
    """Ratio of export shares after a year with and without full punishment."""
    for k in range(len(rows)):
        punished, spared = DEPENDENCE, DEPENDENCE
        for age in range(YEAR):
            worn = rules.habituated(1.0, float(age))
            punished = rules.dependence_after_month(punished, worn, 0.0, rows[k])
            spared = rules.dependence_after_month(spared, 0.0, 0.0, rows[k])
        out[k] = punished / spared


@compiled
def _accepted(rows: Records, side: float, leader: float, alert: float, out: Floats) -> None:
    """Probability that an offer to a state between the powers is accepted within two years."""
    for k in range(len(rows)):
        yes, no = rules.answer_hazards(side, 0.0, 0.0, leader, alert, DEPENDENCE, 0, rows[k])
        out[k] = yes / (yes + no) * (1.0 - np.exp(-(yes + no) * MONTH * OFFER_MONTHS))


def _sized(kernel: Callable[..., None], *arguments: float) -> Callable[[Records], Floats]:
    def size(rows: Records) -> Floats:
        out = np.empty(len(rows))
        kernel(rows, *arguments, out)
        return out

    return size


def _ratio(side: float, leader: float, alert: float) -> Callable[[Records], Floats]:
    def size(rows: Records) -> Floats:
        return _sized(_accepted, side, leader, alert)(rows) / _sized(_accepted, side, 0.0, 0.0)(rows)

    return size


def _column(name: str, change: Callable[[Any], Any] = lambda values: values) -> Callable[[Records], Floats]:
    return lambda rows: np.asarray(change(rows[name]), dtype=np.float64)


_TIMES = "times as many steps toward the hub in that year"
_AWAY = "times as many steps toward the challenger in that year"
EFFECTS: Mapping[str, Effect] = {
    "coercion on steps": Effect(
        "A year of full coercion of a state with a full dispute", _TIMES, 1.0, True,
        _sized(_lifted, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0),
    ),
    "coercion on steps, no dispute": Effect(
        "A year of full coercion of a state without a dispute", _TIMES, 1.0, True,
        _sized(_lifted, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    ),
    "punishment on steps": Effect(
        "A year of full punishment", _TIMES, 1.0, True, _sized(_lifted, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0)
    ),
    "punishment on steps toward the challenger": Effect(
        "A year of full coercion or punishment (yielding)", _AWAY, 1.0, True,
        _sized(_lifted, -1.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0),
    ),
    "pressure of the hub on steps": Effect(
        "A year of full pressure of the hub", _AWAY, 1.0, True, _sized(_lifted, -1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0)
    ),
    "war on steps": Effect(
        "A year of a full war elsewhere, for an open state", _TIMES, 1.0, True,
        _sized(_lifted, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0),
    ),
    "shock on steps": Effect(
        "A year of a full shock of another kind (missile tests)", _TIMES, 1.0, True,
        _sized(_lifted, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0),
    ),
    "leader on steps": Effect(
        "A leader whose line is one unit nearer to the hub than the first one's",
        "times as many steps toward the hub, and as many times fewer toward the challenger",
        1.0, True, _column("leader_slope", np.exp),
    ),
    "alignment on steps": Effect(
        "A home position half a unit nearer to the hub",
        "times as many steps toward the hub, and as many times fewer toward the challenger",
        1.0, True, _column("alignment_slope", lambda slope: np.exp(0.5 * slope)),
    ),
    "pressure on opinion": Effect(
        "A year of full coercion or punishment", "change of net opinion of the challenger (points of 100)", 0.0, False,
        lambda rows: 100.0 * _sized(_opinion, -1.0, 1.0, 0.0, 0.0, 0.0)(rows),
    ),
    "pressure of the hub on opinion": Effect(
        "A year of full pressure of the hub", "change of net opinion of the hub (points of 100)", 0.0, False,
        lambda rows: 100.0 * _sized(_opinion, 1.0, 1.0, 0.0, 0.0, 0.0)(rows),
    ),
    "accommodation on opinion": Effect(
        "A year of full accommodation", "change of net opinion of the challenger (points of 100)", 0.0, False,
        lambda rows: 100.0 * _sized(_opinion, -1.0, 0.0, 1.0, 0.0, 0.0)(rows),
    ),
    "reputation on opinion": Effect(
        "A year of a full shock to reputation (pandemic)", "change of net opinion of the challenger (points of 100)",
        0.0, False, lambda rows: 100.0 * _sized(_opinion, -1.0, 0.0, 0.0, 1.0, 0.0)(rows),
    ),
    "credibility on opinion": Effect(
        "A year of full signals of commitment by the hub", "change of net opinion of the hub (points of 100)", 0.0, False,
        lambda rows: 100.0 * _sized(_opinion, 1.0, 0.0, 0.0, 0.0, 1.0)(rows),
    ),
    "punishment on trade": Effect(
        "A year of full punishment of a state that sends a fifth of its exports to the challenger",
        "times the share of exports without it", 1.0, False, _sized(_dependence),
    ),
    "offer of the hub": Effect(
        "An offer of the hub to a state between the powers", "probability of acceptance within two years", 0.0, False,
        _sized(_accepted, 1.0, 0.0, 0.0),
    ),
    "offer of the challenger": Effect(
        "An offer of the challenger to the same state", "probability of acceptance within two years", 0.0, False,
        _sized(_accepted, -1.0, 0.0, 0.0),
    ),
    "alert on offers of the hub": Effect(
        "Alert that doubles steps: acceptance of offers of the hub", "times the probability of acceptance", 1.0, True,
        _ratio(1.0, 0.0, ALERT),
    ),
    "alert on offers of the challenger": Effect(
        "Alert that doubles steps: acceptance of offers of the challenger", "times the probability of acceptance", 1.0, True,
        _ratio(-1.0, 0.0, ALERT),
    ),
    "leader on offers of the hub": Effect(
        "A leader fully for the hub: acceptance of offers of the hub", "times the probability of acceptance", 1.0, True,
        _ratio(1.0, 1.0, 0.0),
    ),
    "leader on offers of the challenger": Effect(
        "A leader fully for the hub: acceptance of offers of the challenger", "times the probability of acceptance", 1.0, True,
        _ratio(-1.0, 1.0, 0.0),
    ),
    "provocation on punishment": Effect(
        "Punishment by the challenger within six months of a step toward the hub", "times the rate otherwise", 1.0, True,
        _column("punishment_slight"),
    ),
    "coercion on offers of the hub": Effect(
        "New offers of the hub in the year after coercion", "times the rate otherwise", 1.0, True,
        _column("offer_after_coercion"),
    ),
}  # fmt: skip
"""Name -> effect, in the order in which a reader would ask."""


def prior_draws(count: int = PRIOR_DRAWS, seed: int = 1) -> pd.DataFrame:
    """Draws of every fitted parameter from its prior, a column each."""
    names = [name for own in BLOCKS.values() for name in own]
    z = keyed_generator(seed, "effects").standard_normal((count, len(names)))
    return pd.DataFrame(values_of(z, names), columns=names)


def effects(draws: pd.DataFrame) -> pd.DataFrame:
    """All effects under the prior and under a posterior.

    Parameters
    ----------
    draws : DataFrame
        A row a draw, a column a parameter; what it does not hold stands at its default.

    Returns
    -------
    DataFrame
        Indexed by name: ``title``, ``unit``, ``null``, ``signed``; ``prior_low``, ``prior``, ``prior_high`` and ``low``,
        ``middle``, ``high`` (5, 50, 95 %); ``above``, the posterior probability of more than no effect; ``learned``
        (`calibration.fitting.posterior_summary.verdict`), by the width of the posterior over that of the prior (of logarithms).
    """
    before, after = (
        rows_of(table.to_numpy(), [str(name) for name in table]) for table in (prior_draws(), draws)
    )
    rows = {}
    for name, effect in EFFECTS.items():
        first, last = effect.size(before), effect.size(after)
        quantiles = dict(zip(("prior_low", "prior", "prior_high"), _middle(first), strict=True))
        quantiles |= dict(zip(("low", "middle", "high"), _middle(last), strict=True))
        width = _width(last, effect) / _width(first, effect)
        rows[name] = {
            "title": effect.title,
            "unit": effect.unit,
            "null": effect.null,
            "signed": effect.signed,
            **quantiles,
            "above": float(np.mean(last > effect.null)),
            "learned": verdict(width),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def _width(values: Floats, effect: Effect) -> float:
    """Width of the middle 90 % of the logarithm: of a ratio that can go either way, else of the distance from none."""
    low, high = np.quantile(np.log(values if effect.signed else np.abs(values - effect.null)), [0.05, 0.95])
    return float(high - low)


def _middle(values: Floats) -> tuple[float, float, float]:
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    return float(low), float(middle), float(high)
