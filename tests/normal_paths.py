"""Opinion and trade as one large normal vector, by the rules and dense linear algebra: slow, plain, and written apart."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.conditioning.figures import OF_CHALLENGER, OF_HUB, OF_TRADE
from sim.conditioning.noise import Noise
from sim.engine.arrays import Arrays
from sim.model import rules
from sim.model.channels import CHANNELS
from sim.model.draws import GROUP_FIGURE, GROUP_SERIES, normal_quantile, uniforms

OTHER_SERIES, START = 0.4, 0.3
"""What the fit holds fixed: spread of the offset of other series, and of the log odds of dependence at the start."""


def normal(seed: int, lane: int, month: int, site: int, group: int) -> float:
    """The standard normal draw at an address."""
    return float(normal_quantile(uniforms(seed, lane, month, site, group)[0]))


def log_odds(share: float) -> float:
    return math.log(share / (1.0 - share))


def next_level(
    kind: int, me: Any, felt: dict[str, float], p: Any, level: float, own: float, common: float
) -> float:
    """One month of a rule: opinion, or log odds of dependence."""
    if kind == OF_CHALLENGER:
        return rules.opinion_of_challenger_after_month(
            level, me.rest_challenger, felt["coercion"], felt["punishment"], felt["accommodation"],
            felt["reputation_challenger"], common, own, p,
        )  # fmt: skip
    if kind == OF_HUB:
        return rules.opinion_of_hub_after_month(
            level, me.rest_hub, felt["pressure"], felt["credibility"], felt["reputation_hub"], own, p
        )
    share = 1.0 / (1.0 + math.exp(-level))
    return log_odds(rules.dependence_after_month(share, felt["punishment"], own, p))


def first_level(kind: int, me: Any) -> float:
    return {OF_CHALLENGER: me.rest_challenger, OF_HUB: me.rest_hub, OF_TRADE: log_odds(me.dependence)}[kind]


@dataclass(frozen=True)
class Paths:
    """The levels of a kind in some states and in months 0 to T - 1: ``mean + loads @ draws``.

    The draws are own (N, T), common (T) and start (N), of trade, or level (N), of opinion, one after the other. What an
    error of the level adds is ``levels`` times its draw: figures of other questions than the reference series' lack it.
    """

    kind: int
    states: np.ndarray  # (N,) which
    mean: np.ndarray  # (N, T)
    loads: np.ndarray  # (N, T, draws)
    levels: np.ndarray  # (N, T)

    @classmethod
    def of(cls, kind: int, states: np.ndarray, arrays: Arrays, row: np.void, months: int) -> Paths:
        p, count = np.array([row]).view(np.recarray)[0], len(states)
        mean, loads = np.zeros((count, months)), np.zeros((count, months, count * months + months + count))
        levels = np.zeros((count, months))
        for i, me in enumerate(arrays.states.view(np.recarray)[states]):
            level, carried = first_level(kind, me), np.zeros(loads.shape[2])
            off, elsewhere = row["state_offset"], me.copy()
            elsewhere.rest_challenger, elsewhere.rest_hub = me.rest_challenger + 0.1, me.rest_hub + 0.1
            carried[count * months + months + i] = START if kind == OF_TRADE else 0.0
            for t in range(months):
                felt = dict(zip(CHANNELS, arrays.stimuli[t, states[i]].tolist(), strict=True))
                still = next_level(kind, me, felt, p, 0.0, 0.0, 0.0)
                rise = next_level(kind, me, felt, p, 0.3, 0.0, 0.0) - next_level(
                    kind, me, felt, p, -0.3, 0.0, 0.0
                )
                level, carried = rise / 0.6 * level + still, rise / 0.6 * carried
                carried[i * months + t] = (next_level(kind, me, felt, p, 0.0, 0.1, 0.0) - still) / 0.1
                carried[count * months + t] = (next_level(kind, me, felt, p, 0.0, 0.0, 0.1) - still) / 0.1
                rest = (next_level(kind, elsewhere, felt, p, 0.0, 0.0, 0.0) - still) / 0.1
                off = rise / 0.6 * off + rest * row["state_offset"]
                mean[i, t], loads[i, t], levels[i, t] = level, carried, off
        return cls(kind, states, mean, loads, levels)

    def draws_of(self, noise: Noise) -> np.ndarray:
        """The draws of a lane as one vector."""
        months = self.mean.shape[1]
        last = noise.start / START if self.kind == OF_TRADE else noise.level[self.kind]
        return np.concatenate(
            [noise.own[self.kind, :months, self.states].ravel(), noise.common[:months], last[self.states]]
        )


@dataclass(frozen=True)
class Dense:
    """Figures of one kind, jointly normal with the draws: ``mean + loads @ draws + offsets + errors``."""

    figures: np.ndarray
    mean: np.ndarray  # (K,)
    loads: np.ndarray  # (K, draws)
    offsets: np.ndarray  # (K,) standard deviation of the offset of each figure's series
    errors: np.ndarray  # (K,)

    @classmethod
    def of(cls, paths: Paths, figures: np.ndarray, row: np.void) -> Dense:
        reference = figures["reference"] == 1
        if paths.kind == OF_TRADE:
            offsets, errors = np.zeros(len(figures)), np.full(len(figures), row["trade_error"])
        else:
            offsets = np.where(reference, 0.0, OTHER_SERIES)
            errors = np.hypot(
                np.where(reference, row["survey_error"], row["pollster_error"]), figures["error"]
            )
        at = np.searchsorted(paths.states, figures["state"]), figures["month"]
        loads = paths.loads[at]
        if paths.kind != OF_TRADE:
            loads[np.arange(len(figures)), at[0] - len(paths.states)] = np.where(
                reference, paths.levels[at], 0.0
            )
        return cls(figures, paths.mean[at], loads, offsets, errors)

    @property
    def noise(self) -> np.ndarray:
        """Covariance of offsets and errors, shape (K, K)."""
        same = self.figures["series_key"][:, None] == self.figures["series_key"][None, :]
        return same * np.outer(self.offsets, self.offsets) + np.diag(self.errors**2)

    @property
    def covariance(self) -> np.ndarray:
        """Covariance of the figures, shape (K, K)."""
        return self.loads @ self.loads.T + self.noise

    def shown(self, draws: np.ndarray, arrays: Arrays, seed: int, lane: int) -> np.ndarray:
        """The figures that a lane with these draws would have shown, with offsets and errors at their addresses."""
        values = self.mean + self.loads @ draws
        for k, figure in enumerate(self.figures):
            site, month = int(arrays.states["site"][figure["state"]]), int(arrays.months[figure["month"]])
            values[k] += self.offsets[k] * normal(
                seed, lane, int(arrays.months[0]), site, GROUP_SERIES + int(figure["series_key"])
            )
            values[k] += self.errors[k] * normal(seed, lane, month, site, GROUP_FIGURE + int(figure["key"]))
        return values

    def conditioned(self, draws: np.ndarray, shown: np.ndarray) -> np.ndarray:
        """Matheron's rule."""
        return draws + self.loads.T @ np.linalg.solve(self.covariance, self.figures["value"] - shown)

    def moments(self) -> tuple[np.ndarray, np.ndarray]:
        """Mean and covariance of the draws given the figures."""
        gain = np.linalg.solve(self.covariance, self.loads).T
        mean = gain @ (self.figures["value"] - self.mean)
        return mean, np.eye(len(mean)) - gain @ self.loads
