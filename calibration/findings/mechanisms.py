"""What moves states: size, sign and limits of each mechanism of the core, before and after the record was seen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pandas as pd

from calibration.findings.effects import prior_draws
from calibration.fitting.posterior_summary import verdict
from sim.model.rules import LEAST_LIFT
from sim.types import Floats

SETTLED = 0.95
"""Posterior probability from which a sign counts as settled."""
LIFT, TREND, SHARE, LENGTH = "lift", "trend", "share", "length"
"""Kinds of size: a factor on moves (1 + x), growth in a year, a ratio, and a size without a sign."""
UNITS: Mapping[str, str] = MappingProxyType(
    {LIFT: "times as many moves under constant full pressure", TREND: "% a year"}
)


@dataclass(frozen=True)
class Mechanism:
    """One mechanism.

    Attributes
    ----------
    group : str
        Heading under which it is reported.
    kind : str
        What the parameter says; see `UNITS`.
    form : str
        Form of the reference without it (`calibration.hypotheses.rivals.FORMS`).
    beside : str
        Of a ratio: another parameter, of which the size is a multiple. Without one the parameter is the ratio's logarithm.
    """

    group: str
    title: str
    kind: str
    unit: str
    form: str = ""
    beside: str = ""

    def size(self, draws: pd.DataFrame, name: str) -> Floats:
        """The size in its unit, for each draw."""
        values = draws[name].to_numpy()
        if self.kind == LIFT:
            return np.maximum(LEAST_LIFT, 1.0 + values)
        if self.kind == TREND:
            return 100.0 * np.expm1(values)
        if self.kind == SHARE and not self.beside:
            return np.exp(values)
        return values / draws[self.beside].to_numpy() if self.beside else values

    def score(self, draws: pd.DataFrame, name: str) -> Floats:
        """A number on the scale of the prior whose sign is that of the mechanism; zero is no effect."""
        values = draws[name].to_numpy()
        if self.kind in (LIFT, TREND):
            return values
        return np.log(self.size(draws, name))


def _felt(group: str, title: str, form: str = "") -> Mechanism:
    return Mechanism(group, title, LIFT, UNITS[LIFT], form)


def _trend(title: str) -> Mechanism:
    return Mechanism("Trends of recording", title, TREND, UNITS[TREND], "no_trend")


_CHALLENGER, _HUB = (
    "Alarm at the challenger (moves toward the hub)",
    "Alarm at the hub (moves toward the challenger)",
)
_EITHER = "Yielding to either (moves toward the power that presses)"
_INITIATIVES = "Initiatives"
MECHANISMS: Mapping[str, Mechanism] = MappingProxyType(
    {
        "alert_coercion": _felt(_CHALLENGER, "Coercion of a state with a full dispute", "no_pressure"),
        "alert_punishment": _felt(_CHALLENGER, "Punishment", "no_punishment"),
        "alert_war": _felt(_CHALLENGER, "War elsewhere for a half-open state", "no_war"),
        "alert_shock": _felt(_CHALLENGER, "Shocks of another kind (missile tests)"),
        "alert_pressure": _felt(_HUB, "Pressure of the hub", "no_hub_pressure"),
        "yielding": _felt(_EITHER, "Yielding (one number for both powers)", "no_yielding"),
        "alert_memory": Mechanism("Memory", "Time in which all of this is forgotten", LENGTH, "years", "long_memory"),
        "trend_steps_hub": _trend("Trend of unprompted steps toward the hub"),
        "trend_steps_challenger": _trend("Trend of unprompted steps toward the challenger"),
        "trend_initiatives_hub": _trend("Trend of initiatives toward the hub"),
        "trend_initiatives_challenger": _trend("Trend of initiatives toward the challenger"),
        "initiative_rate": Mechanism(
            _INITIATIVES, "Initiatives of a calm state between the powers", LENGTH, "a year, toward either side"
        ),
        "initiative_balance": Mechanism(
            _INITIATIVES, "Lean of initiatives toward the hub", SHARE,
            "times as many toward the hub, and as many times fewer toward the challenger",
        ),
        "completion_hub": Mechanism(
            _INITIATIVES, "Completion of an initiative toward the hub", SHARE, "times the rate of accepting its own offers",
            beside="acceptance_hub",
        ),
        "completion_challenger": Mechanism(
            _INITIATIVES, "Completion of an initiative toward the challenger", SHARE,
            "times the rate of accepting its own offers", beside="acceptance_challenger",
        ),
    }
)  # fmt: skip
"""Parameter -> mechanism, in the order of the page."""


def mechanisms(draws: pd.DataFrame) -> pd.DataFrame:
    """Every mechanism under the prior and under a posterior.

    Parameters
    ----------
    draws : DataFrame
        A row a draw, a column a parameter.

    Returns
    -------
    DataFrame
        Indexed by parameter: ``group``, ``title``, ``kind``, ``unit``, ``form``; ``prior_low``, ``prior``,
        ``prior_high`` and ``low``, ``middle``, ``high`` (5, 50, 95 %) in its unit; ``above``, the posterior probability
        of more than no effect; ``signed``, whether that means anything; ``word``: ``more``, ``fewer`` or ``cannot tell``
        by `SETTLED`, or nothing; ``learned`` (`calibration.fitting.posterior_summary.verdict`), by the width of the
        posterior over that of the prior.

    Raises
    ------
    KeyError
        If the draws lack a parameter.
    """
    before = prior_draws()
    rows = {}
    for name, one in MECHANISMS.items():
        first, last = (one.score(table, name) for table in (before, draws))
        above = float(np.mean(last > 0.0))
        signed = one.kind != LENGTH
        rows[name] = {
            "group": one.group,
            "title": one.title,
            "kind": one.kind,
            "unit": one.unit,
            "form": one.form,
            **dict(zip(("prior_low", "prior", "prior_high"), _middle(one.size(before, name)), strict=True)),
            **dict(zip(("low", "middle", "high"), _middle(one.size(draws, name)), strict=True)),
            "above": above,
            "signed": signed,
            "word": sign(above) if signed else "",
            "learned": verdict(_width(last) / _width(first)),
        }
    return pd.DataFrame.from_dict(rows, orient="index")


def sign(above: float) -> str:
    """What the probability of more than no effect allows to say.

    >>> sign(0.97), sign(0.9), sign(0.05)
    ('more', 'cannot tell', 'fewer')
    """
    if max(above, 1.0 - above) < SETTLED:
        return "cannot tell"
    return "more" if above > 0.5 else "fewer"


def _middle(values: Floats) -> tuple[float, float, float]:
    low, middle, high = np.quantile(values, [0.05, 0.5, 0.95])
    return float(low), float(middle), float(high)


def _width(values: Floats) -> float:
    low, high = np.quantile(values, [0.05, 0.95])
    return float(high - low)
