"""Pictures of the page of findings: each effect before and after the record was seen."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from calibration.findings.effects import effects
from sim.figures.kit.about import About
from sim.figures.kit.ink import Pen
from sim.figures.kit.save import save
from sim.figures.kit.sheet import Sheet
from sim.figures.kit.style import ALTERNATIVE, INK, LABEL, NARROW_BAND, RULE, SMALL, SOFT, house
from sim.figures.kit.text import wrap

ROW = 0.33
"""Inches a row."""
SCALES = (
    ("times", "Ratios", "times as large (no effect: 1)"),
    ("points", "Opinion", "points of net opinion (no effect: 0)"),
    ("probability of", "Offers", "probability of acceptance within two years"),
)
"""How the units of an effect begin or end, the heading, and the words at the axis."""
LEAST, MOST = 0.1, 10.0
"""Ends of the axis of ratios."""


@dataclass(frozen=True)
class Calibrated(About):
    """A posterior as the origin of a figure."""

    @property
    def source(self) -> str:
        """The line at the foot."""
        return f"Source: Wedge, posterior of {self.lanes} draws, seed {self.seed}."


def draw(draws: pd.DataFrame, about: Mapping[str, Any], folder: Path) -> None:
    """Write ``effects.png`` into a folder."""
    run = Calibrated(
        "posterior", "Posterior", "0" * 8, int(about.get("seed", 0)), len(draws), "", "", 0, 0, "parameters"
    )
    with house(), tempfile.TemporaryDirectory() as scratch:
        save(_effects(effects(draws), run), Path(scratch), "effects")
        folder.mkdir(exist_ok=True)
        shutil.copyfile(Path(scratch) / "effects.png", folder / "effects.png")


def kind_of(unit: str) -> int:
    """Which scale a unit belongs to."""
    if unit.startswith("times"):
        return 0
    return 1 if "points" in unit else 2


def _effects(found: pd.DataFrame, run: About) -> Sheet:
    groups = [found[[kind_of(unit) == kind for unit in found["unit"]]] for kind in range(len(SCALES))]
    sheet = Sheet(
        "What the record taught about the size of each effect",
        "Grey: middle 90 % before the record was seen. Green: middle 90 % after it, with the median. "
        "Intervals hold uncertainty of parameters.",
        run,
        sum(len(group) * ROW + 0.75 for group in groups),
    )
    top = 0.0
    for group, (_, heading, words) in zip(groups, SCALES, strict=True):
        sheet.text(0.0, top, heading, size=LABEL, weight="bold", va="top")
        _rows(sheet, group, top + 0.2, words, ratio=heading == "Ratios")
        top += len(group) * ROW + 0.75
    return sheet


def _rows(sheet: Sheet, group: pd.DataFrame, top: float, words: str, ratio: bool) -> None:
    ends = group[["prior_low", "prior_high", "low", "high", "null"]].to_numpy()
    across = (
        (np.log10(LEAST), np.log10(MOST))
        if ratio
        else (min(ends.min(), 0.0), max(ends.max(), 0.0) * 1.05 + 1e-9)
    )
    left, count = 4.4, len(group)
    panel = sheet.panel(left, top, sheet.width - left - 0.1, count * ROW, across, (0.0, float(count)))
    place = (lambda value: float(np.clip(np.log10(max(value, 1e-9)), *across))) if ratio else float
    panel.uprights(place(group["null"].iloc[0]), Pen(1.0, line=INK, weight=0.7))
    for number, part in enumerate(group.itertuples()):
        y = count - number - 0.5
        lines = wrap(str(part.title), left - 0.2, SMALL)[:2]
        for line, title in enumerate(lines):
            sheet.text(
                0.0,
                top + number * ROW + (0.04 if len(lines) > 1 else 0.1) + 0.12 * line,
                title,
                size=SMALL,
                va="top",
            )
        panel.boxes(place(part.prior_low), place(part.prior_high), y - 0.28, y + 0.28, Pen(1.5, RULE))
        panel.boxes(place(part.low), place(part.high), y - 0.14, y + 0.14, Pen(2.0, ALTERNATIVE, NARROW_BAND))
        panel.marks([place(part.middle)], [y], 4.5, Pen(2.5, ALTERNATIVE))
    if ratio:
        ticks = [0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0]
        panel.ticks([float(np.log10(tick)) for tick in ticks], [f"{tick:g}" for tick in ticks])
    else:
        step = 20.0 if ends.max() - ends.min() > 5.0 else 0.2
        ticks = [float(tick) for tick in np.arange(np.ceil(across[0] / step), across[1] / step) * step]
        panel.ticks(ticks, [f"{tick:.3g}".replace("-", "\u2212") for tick in ticks])
    sheet.text(left, top + count * ROW + 0.2, words, size=SMALL, color=SOFT, va="top")
