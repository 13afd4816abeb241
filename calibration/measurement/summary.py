"""The measured scale as files: homes for the world, findings for the pages."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import norm, spearmanr

from calibration.measurement.indicators import (
    ARMS,
    ARMS_WITH_RUSSIA,
    CORE,
    LAST_YEAR_BEFORE,
    LATEST,
    TABLES,
    TROOPS,
    Indicator,
    forced_choice,
    observed,
)
from calibration.measurement.movement import coefficient, later_steps, memberships
from calibration.measurement.parameters import MEMORY, STEP
from calibration.measurement.scale import JULY_2024, Scale, measured
from sim.io.library import data_root
from sim.types import Floats

SUMMARY = Path(__file__).resolve().parent / "summary.json"
FEWER = 220
"""Particles of fits that no simulation starts from."""
FIVE, FIFTY, NINETY_FIVE = QUANTILES = (0.05, 0.5, 0.95)
PAIRS = (("VNM", "KHM"), ("NZL", "PAK"), ("TWN", "PHL"), ("KOR", "JPN"), ("IND", "VNM"))
RIVALS: dict[str, tuple[Indicator, ...]] = {
    "with troops": (*CORE, TROOPS),
    "arms from Russia with China's": tuple(ARMS_WITH_RUSSIA if part is ARMS else part for part in CORE),
}
"""Homes again, with other indicators."""


def homes(folder: Path = TABLES, indicators: tuple[Indicator, ...] = CORE, **options: Any) -> Scale:
    """The scale by what was observed to the end of 2009, and nothing later: homes and parameters alike."""
    return measured(observed(indicators, LAST_YEAR_BEFORE, folder), "homes", **options)


def all_years(**options: Any) -> Scale:
    """The scale by all years, with the recorded steps; positions are those of the end of July 2024."""
    return measured(observed(last=LATEST), "all years", when=JULY_2024, **options)


def homes_text(scale: Scale) -> str:
    """Homes with their errors as a table."""
    rows = [f"{state},{mean:.4f},{error:.4f}" for state, (mean, error) in scale.home().items()]
    return "\n".join(["state,home,error", *rows]) + "\n"


def findings(start: Scale, later: Scale, rivals: dict[str, Scale]) -> dict[str, Any]:
    """What the pages report, in units of the scale unless a key says otherwise."""
    p = later.parameters
    step, memory = p.step / later.unit, p.memory
    moved = later.positions - later.homes
    return {
        "homes": _places(start.home()),
        "homes, all years": _places(later.home()),
        "positions 2024-07": _places(later.position()),
        "nearer the hub": [
            {"a": a, "b": b, "start": start.nearer(a, b), "2024-07": later.nearer(a, b, later=True)}
            for a, b in PAIRS
        ],
        "explained by 2009": _explained(start),
        "explained, all years": _explained(later),
        "one unit": _one_unit(later),
        "usual distance": _usual_distance(start.homes),
        "step": _quantiles(step)
        | {"prior": _quantiles(STEP(norm.ppf(QUANTILES))), "above zero": _mean(step > 0)},
        "memory": _quantiles(memory) | {"prior": _quantiles(MEMORY(norm.ppf(QUANTILES)))},
        "change since 2009": {
            "typical size": _mean(abs(moved.mean(axis=0))),
            "typical error": _mean(moved.std(axis=0)),
            "states": _places(_summarised(later.panel.states, moved)),
        },
        "membership": _pair(coefficient(later.panel, p, memberships(later.panel)), _mean(later.unit)),
        "steps three years later": _pair(
            coefficient(later.panel, p, later_steps(later.panel), p.memory, prior=0.1), _mean(later.unit)
        ),
        "forced choice": _forced_choice(start, later),
        "rivals": {name: _against(start, rival) for name, rival in rivals.items()},
    }


def _places(found: dict[str, tuple[float, float]]) -> dict[str, list[float]]:
    return {state: list(pair) for state, pair in found.items()}


def _summarised(states: Iterable[str], draws: Floats) -> dict[str, tuple[float, float]]:
    return {
        state: (float(a), float(b))
        for state, a, b in zip(states, draws.mean(axis=0), draws.std(axis=0), strict=True)
    }


def _mean(values: Any) -> float:
    return float(np.mean(values))


def _pair(found: tuple[float, float], unit: float) -> list[float]:
    return [found[0] / unit, found[1] / unit]


def _quantiles(draws: Floats) -> dict[str, float]:
    return dict(zip(("5", "50", "95"), np.quantile(draws, QUANTILES).tolist(), strict=True))


def _explained(scale: Scale) -> dict[str, dict[str, float]]:
    """Share of an indicator's lasting variance between states that goes with the scale."""
    level = (scale.parameters.loading * scale.unit[:, None]) ** 2
    shares = level / (level + scale.parameters.offset**2)
    return {part.key: _quantiles(shares[:, k]) for k, part in enumerate(scale.panel.indicators)}


def _one_unit(scale: Scale) -> dict[str, float]:
    """What one unit is in votes (0 at China's point to 1 at that of the United States) and as a factor on the ratio of arms."""
    size = (scale.parameters.loading * scale.unit[:, None]).mean(axis=0) * scale.panel.spread
    by_key = dict(zip((part.key for part in scale.panel.indicators), size.tolist(), strict=True))
    japan, cambodia = (scale.homes[:, scale.panel.states.index(state)] for state in ("JPN", "KHM"))
    return {
        "votes": by_key["votes"],
        "arms ratio": float(np.exp(by_key["arms"])),
        "Japan to Cambodia": _mean(japan - cambodia),
        "Japan to Cambodia, error": float((japan - cambodia).std()),
    }


def _usual_distance(draws: Floats) -> float:
    """Mean distance of two states."""
    a, b = np.triu_indices(draws.shape[1], 1)
    return _mean(abs(draws[:, a] - draws[:, b]))


def _forced_choice(start: Scale, later: Scale) -> dict[str, Any]:
    """Rank correlation with a survey that no fit reads, and its percent for one unit."""
    by_state: dict[str, list[float]] = {}
    for (state, _), percent in sorted(forced_choice(TABLES).items()):
        by_state.setdefault(state, []).append(percent)
    places = [start.panel.states.index(state) for state in by_state]
    asked = np.array([np.mean(found) for found in by_state.values()])

    def against(draws: Floats) -> dict[str, float]:
        every = [float(spearmanr(row, asked).statistic) for row in draws[:1000, places]]
        means = spearmanr(draws[:, places].mean(axis=0), asked)
        return {"of means": float(means.statistic)} | _quantiles(np.array(every))

    slope, middle = np.polyfit(later.positions[:, places].mean(axis=0), asked, 1)
    return {
        "states": {state: float(value) for state, value in zip(by_state, asked, strict=True)},
        "homes": against(start.homes),
        "positions 2024-07": against(later.positions),
        "percent for one unit": float(slope),
        "percent at zero": float(middle),
    }


def _against(start: Scale, rival: Scale) -> dict[str, Any]:
    """Another measurement of homes beside the one in use."""
    ours, theirs = start.homes.mean(axis=0), rival.homes.mean(axis=0)
    return {
        "rank correlation": float(spearmanr(ours, theirs).statistic),
        "largest difference": float(abs(ours - theirs).max()),
        "state of it": start.panel.states[int(abs(ours - theirs).argmax())],
        "homes": _places(rival.home()),
        "explained": _explained(rival),
    }


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {key: _rounded(part) for key, part in value.items()}
    return [_rounded(part) for part in value] if isinstance(value, list) else value


def main() -> None:
    """Measure, and write ``homes.csv`` beside the sources of its world and ``summary.json`` here."""
    start, later = homes(), all_years(particles=FEWER)
    rivals = {name: homes(indicators=parts, particles=FEWER) for name, parts in RIVALS.items()}
    place = data_root() / "worlds" / "sources" / "indo_pacific" / "homes.csv"
    place.write_text(homes_text(start), encoding="utf-8", newline="\n")
    found = json.dumps(_rounded(findings(start, later, rivals)), indent=1, ensure_ascii=False)
    SUMMARY.write_text(found + "\n", encoding="utf-8", newline="\n")
    print(place, SUMMARY, sep="\n")
