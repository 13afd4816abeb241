"""Figure of ranks: where known parameters lie among the draws of their fits."""

from __future__ import annotations

import numpy as np
import pandas as pd

from calibration.evidence.observed import Observed
from calibration.hypotheses.priors import BLOCKS
from calibration.hypotheses.rivals import REFERENCE, RIVALS
from calibration.report.figures import FitAbout
from sim.figures.kit.ink import Pen
from sim.figures.kit.sheet import Sheet
from sim.figures.kit.style import INK, LABEL, RULE, SMALL, SOFT, WASH
from sim.figures.kit.text import fit as fitted_words
from sim.figures.kit.text import plain

COLUMNS, BINS = 6, 10
BAND = 0.99
"""Share of bars that the grey ground holds if ranks are uniform."""


def draw_ranks(observed: Observed, table: pd.DataFrame, seed: int) -> Sheet:
    """A histogram of ranks for each parameter; flat if the fit recovers what it is asked for.

    Parameters
    ----------
    table : DataFrame
        `calibration.validation.recovery.recover`.
    """
    from scipy.stats import binom

    sets = table["set"].nunique()
    bins = int(np.clip(sets // 5, 2, BINS))
    low, high = binom.interval(BAND, sets, 1.0 / bins)
    roof = max(2.0 * sets / bins, float(high) + 1.0)
    name, high_inches, gap, head = 0.17, 0.42, 0.14, 0.3
    cell = name + high_inches + 0.1
    rows = {block: -(-len(names) // COLUMNS) for block, names in BLOCKS.items()}
    height = sum(head + cell * count for count in rows.values())
    sheet = Sheet(
        "Known parameters among the draws of their fits",
        f"Ranks of {sets} truths among the draws of fits to synthetic records, lowest to the left. Bars: share of ranks; grey "
        f"ground: where {100 * BAND:.0f} % of bars lie if ranks are even. A hump: intervals too wide; a bowl: too narrow; a "
        "slope: biased.",
        _about(observed, sets, seed),
        height,
    )
    wide = (sheet.width - (COLUMNS - 1) * gap) / COLUMNS
    top = 0.0
    for block, names in BLOCKS.items():
        sheet.text(0.0, top + 0.16, block.capitalize(), size=LABEL, weight="bold", va="center")
        for place, parameter in enumerate(names):
            left = place % COLUMNS * (wide + gap)
            up = top + head + place // COLUMNS * cell
            words = fitted_words(parameter.replace("_", " "), wide, SMALL)
            sheet.text(left, up + 0.08, words, size=SMALL, color=SOFT, va="center")
            panel = sheet.panel(left, up + name, wide, high_inches, (0.0, 1.0), (0.0, roof))
            ranks = table.loc[table["parameter"] == parameter, "rank"]
            counts = np.histogram(ranks, bins=bins, range=(0.0, 1.0))[0]
            edges = np.linspace(0.0, 1.0, bins + 1)
            panel.boxes(0.0, 1.0, float(low), float(high), Pen(0.0, WASH))
            panel.boxes(edges[:-1], edges[1:], 0.0, np.minimum(counts, roof), Pen(1.0, INK, 0.5), inset=0.5)
            panel.levels(sets / bins, Pen(2.0, line=INK, weight=0.6))
            panel.levels(0.0, Pen(1.0, line=RULE))
        top += head + rows[block] * cell
    return sheet


def _about(observed: Observed, sets: int, seed: int) -> FitAbout:
    world = observed.world
    return FitAbout(
        scenario=observed.scenario.name,
        title=RIVALS[REFERENCE].title,
        scenario_hash=observed.fingerprint,
        seed=seed,
        lanes=sets,
        hub=plain(world.power(world.hub).name),
        challenger=plain(world.power(world.challenger).name),
        branch=int(observed.months[0]),
        record_until=int(observed.months[-1]),
        uncertainty="parameters",
    )
