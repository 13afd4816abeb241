"""Figures of a fit: what was learned, steps fitted and observed, opinion fitted and observed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from calibration.evidence import sides
from calibration.evidence.observed import CELL_MONTHS, UNPROMPTED, Observed
from calibration.fitting.fit import Fit
from calibration.fitting.posterior_summary import scores
from calibration.fitting.sampler import keyed_generator
from calibration.hypotheses.priors import PRIORS
from calibration.hypotheses.rivals import RIVALS, held_of, names_of
from calibration.likelihood import LOG_WEIGHTS, NODES, Responses, Views, alignment_at_nodes
from sim.figures.kit.about import About
from sim.figures.kit.axis import year_ticks
from sim.figures.kit.ink import Pen
from sim.figures.kit.key import Entry, draw_key
from sim.figures.kit.panel import Panel
from sim.figures.kit.sheet import Sheet, columns_for
from sim.figures.kit.style import CHALLENGER, HUB, INK, LABEL, PAPER, RULE, SMALL, SOFT, WASH, number
from sim.figures.kit.text import fit as fitted_words
from sim.figures.kit.text import plain
from sim.types import Floats
from sim.words import with_article

DRAWS = 400
"""Draws that the fitted curves are made of."""
REACH = 3.0
"""Prior standard deviations shown to either side."""
LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class FitAbout(About):
    """The fit behind a figure; ``lanes`` are its draws, the hash is that of the evidence."""

    @property
    def source(self) -> str:
        """The source line at the foot of a figure."""
        return (
            f"Source: Wedge, calibration of \u201c{plain(self.title)}\u201d, scenario \u201c{plain(self.scenario)}\u201d, "
            f"{self.lanes:,} draws, seed {self.seed}, evidence hash {self.short_hash}."
        )


def about_fit(observed: Observed, fitted: Fit) -> FitAbout:
    """What the figures say of the fit."""
    world, first = observed.world, int(observed.months[0])
    return FitAbout(
        scenario=observed.scenario.name,
        title=RIVALS[fitted.rival].title,
        scenario_hash=observed.fingerprint,
        seed=fitted.seed,
        lanes=len(next(iter(fitted.samples.values())).values),
        hub=plain(world.power(world.hub).name),
        challenger=plain(world.power(world.challenger).name),
        branch=first,
        record_until=int(observed.months[-1]),
        uncertainty="parameters",
    )


# ---------------------------------------------------------------------------------------------------- what was learned


def draw_posterior_summary(observed: Observed, fitted: Fit, table: pd.DataFrame) -> Sheet:
    """Posterior of every parameter on the scale of its prior, a row each, block by block.

    Parameters
    ----------
    table : DataFrame
        `calibration.fitting.posterior_summary.posterior_summary`.
    """
    run, own = about_fit(observed, fitted), table.xs(fitted.rival)
    row, head, names, words = 0.17, 0.34, 2.05, 2.55
    blocks = list(fitted.samples)
    height = sum(head + row * len(fitted.samples[block].names) for block in blocks) + 0.35
    sheet = Sheet(
        "What the record teaches about each parameter",
        "Posterior on the scale of its prior: grey ground, the middle 90 % of the prior, the same for all; dot, thick and "
        "thin line: posterior median, 50 % and 90 %. To the right: posterior median and 90 %, and the spread that is left as "
        "a share of the prior\u2019s.",
        run,
        height,
    )
    top = 0.0
    for block in blocks:
        sheet.text(0.0, top + 0.2, block.capitalize(), size=LABEL, weight="bold", va="center")
        if block == blocks[0]:
            sheet.text(sheet.width, top + 0.2, "spread left", size=SMALL, color=SOFT, ha="right", va="center")
        found = fitted.samples[block]
        panel = sheet.panel(
            names, top + head, sheet.width - names - words, row * len(found.names), (-REACH, REACH),
            (len(found.names) - 0.5, -0.5),
        )  # fmt: skip
        panel.boxes(-1.645, 1.645, *panel.along, Pen(0.0, WASH))
        panel.uprights(0.0, Pen(1.0, line=RULE))
        for place, name in enumerate(found.names):
            middle = top + head + row * (place + 0.5)
            entry: Any = own.loc[name]
            sheet.text(
                0.0, middle, fitted_words(name.replace("_", " "), names - 0.1, SMALL), size=SMALL, va="center"
            )
            _interval(panel, scores(PRIORS[name], found.values[:, place]), place, str(entry["learned"]))
            figures = f"{number(entry['q50'])} ({number(entry['q05'])} to {number(entry['q95'])})" + (
                "" if entry["unit"] in ("1", "nuisance") else f" {entry['unit']}"
            )
            left = sheet.width - words + 0.1
            sheet.text(
                left, middle, fitted_words(figures, words - 0.55, SMALL), size=SMALL, color=SOFT, va="center"
            )
            sheet.text(
                sheet.width,
                middle,
                f"{100 * entry['ratio']:.0f}\u00a0%",
                size=SMALL,
                color=SOFT,
                ha="right",
                va="center",
            )
        top += head + row * len(found.names)
        if block == blocks[-1]:
            panel.ticks(
                [-2, -1, 0, 1, 2], ["\u22122 sd", "\u22121 sd", "prior median", "+1 sd", "+2 sd"], base=False
            )
    return sheet


def _interval(panel: Panel, values: Floats, place: int, learned: str) -> None:
    low, lower, middle, upper, high = np.clip(np.quantile(values, LEVELS), -REACH, REACH)
    colour = SOFT if learned == "prior" else INK
    panel.lines(low, high, place, place, Pen(3.0, line=colour, weight=0.9))
    panel.lines(lower, upper, place, place, Pen(3.0, line=colour, weight=2.6))
    panel.marks(middle, place, 4.2, Pen(5.0, colour, line=PAPER, weight=0.6))


# -------------------------------------------------------------------------------------------------------------- steps


def steps_again(target: Responses, values: Floats, seed: int) -> NDArray[np.int64]:
    """Steps drawn again from the fitted model, all states together.

    Activity and error of the home position of each state are drawn given its own count of moves.

    Returns
    -------
    int array, shape (n, 2, H): draw, side, half-year
    """
    observed, random = target.observed, keyed_generator(seed, "steps again")
    column = {name: values[:, k] for k, name in enumerate(target.names)}
    expected = target.exposures(values)
    tilt = column["alignment_slope"][:, None, None] * alignment_at_nodes(observed, column["home_spread"])
    shape = column["activity_shape"][:, None]
    lifts = np.stack([tilt, -tilt], axis=1)
    mean = (expected.sum(axis=(1, 4))[..., None] * np.exp(lifts)).sum(axis=1)
    counts = observed.moves.sum(axis=(0, 3))
    total = counts.sum(axis=0)
    logs = (counts[None, :, :, None] * lifts).sum(axis=1) + LOG_WEIGHTS
    logs -= (shape + total)[..., None] * np.log(shape[..., None] + mean)
    chances = np.cumsum(np.exp(logs - logs.max(axis=2, keepdims=True)), axis=2)
    node = (random.random((len(values), len(total), 1)) * chances[..., -1:] > chances).sum(axis=2)
    node = np.minimum(node, len(NODES) - 1)[..., None]
    activity = random.gamma(shape + total) / (shape + np.take_along_axis(mean, node, axis=2)[..., 0])
    lift = np.take_along_axis(lifts, node[:, None], axis=3)
    return random.poisson(activity[:, None, :, None] * expected[:, UNPROMPTED] * np.exp(lift)).sum(axis=2)


def draw_steps(observed: Observed, fitted: Fit) -> Sheet:
    """Steps of all states by half-year, toward either side: recorded, and drawn again from the fit."""
    run, rival = about_fit(observed, fitted), RIVALS[fitted.rival]
    found = fitted.samples["responses"]
    target = Responses(observed, names_of(rival, "responses"), held_of(rival, "responses"))
    again = steps_again(target, _thinned(found.values), fitted.seed)
    sheet = Sheet(
        f"Steps toward {run.powers}, fitted and observed",
        "Unprompted steps of all states by half-year. Bars: as recorded. Dot, thick and thin line: median, 50 % and 90 % of steps drawn "
        f"again from {len(again):,} draws of the posterior, each state with its own activity."
        + (" The record ends within the last half-year." if len(observed.months) % CELL_MONTHS else ""),
        run,
        4.3,
    )
    starts = (int(observed.months[0]) + CELL_MONTHS * np.arange(observed.cells)) / 12
    span = (float(starts[0]), float(starts[-1] + CELL_MONTHS / 12))
    for side, (name, colour) in enumerate(((run.hub, HUB), (run.challenger, CHALLENGER))):
        recorded = observed.steps[side].sum(axis=0)
        bands = np.quantile(again[:, side], LEVELS, axis=0, method="inverted_cdf")
        roof = 1.05 * max(float(recorded.max()), float(bands[-1].max()), 1.0)
        top = 2.2 * side
        sheet.text(0.0, top + 0.1, f"Toward {with_article(name)}", size=LABEL, weight="bold", va="center")
        panel = sheet.panel(0.3, top + 0.22, sheet.width - 0.3, 1.5, span, (0.0, roof))
        wide = CELL_MONTHS / 12
        middle = starts + wide / 2
        panel.boxes(starts, starts + wide, 0.0, recorded, Pen(1.0, colour, 0.45), inset=0.8)
        panel.lines(middle, middle, bands[0], bands[4], Pen(3.0, line=INK, weight=0.9))
        panel.lines(middle, middle, bands[1], bands[3], Pen(3.0, line=INK, weight=3.0))
        panel.marks(middle, bands[2], 4.6, Pen(5.0, INK, line=PAPER, weight=0.7))
        ticks = year_ticks(*span, panel.width)
        panel.ticks(ticks, [str(year) for year in ticks])
        step = max(1, round(roof / 4))
        levels = list(range(0, int(roof) + 1, step))
        panel.side_ticks(levels, [str(level) for level in levels])
    return sheet


# ------------------------------------------------------------------------------------------------------------ opinion


def draw_opinion(observed: Observed, fitted: Fit) -> Sheet | None:
    """Opinion of the challenger by state: figures of the reference series, and what the fit expects of such a figure.

    Returns
    -------
    Sheet or None
        None if there are no such figures.
    """
    run, rival = about_fit(observed, fitted), RIVALS[fitted.rival]
    target = Views(observed, names_of(rival, "opinion"), held_of(rival, "opinion"))
    draws = _thinned(fitted.samples["opinion"].values)
    mean, cov, places = target.moments(draws, sides.CHALLENGER)
    views = observed.views[places]
    shown = [i for i in np.unique(views["state"]) if views["reference"][views["state"] == i].any()]
    if not shown:
        return None
    spread = np.sqrt(np.diagonal(cov, axis1=1, axis2=2))
    bands = _mixed_quantiles(mean, spread, fitted.seed)
    columns = columns_for(len(shown) + 1, 4)
    gap, name, high, foot = 0.26, 0.2, 1.0, 0.34
    cell = name + high + foot
    sheet = Sheet(
        f"Opinion of {with_article(run.challenger)} by state, fitted and observed",
        "Net favourable opinion, from \u22121 to +1, in surveys of the reference series (dots). Bars: 50 % and 90 % of the "
        "figures that the fitted model expects at that date, without this state\u2019s other figures.",
        run,
        -(-(len(shown) + 1) // columns) * cell - 0.1,
    )
    wide = (sheet.width - 0.2 - (columns - 1) * gap) / columns
    span = (float(observed.months[0]) / 12, float(observed.months[-1] + 1) / 12)
    titles = {code: state.name for code, state in zip(observed.states, observed.world.states, strict=True)}
    for place, i in enumerate(shown):
        own = np.flatnonzero((views["state"] == i) & (views["reference"] == 1))
        left, top = 0.2 + place % columns * (wide + gap), place // columns * cell
        sheet.text(left, top + 0.1, fitted_words(plain(titles[observed.states[i]]), wide, LABEL, "bold"),
                   size=LABEL, weight="bold", va="center")  # fmt: skip
        panel = sheet.panel(left, top + name, wide, high, span, (-1.0, 1.0))
        panel.levels(0.0, Pen(1.0, line=RULE))
        x = (observed.months[0] + views["month"][own] + 0.5) / 12
        panel.boxes(x - 0.12, x + 0.12, bands[0, own], bands[4, own], Pen(2.0, CHALLENGER, 0.2))
        panel.boxes(x - 0.12, x + 0.12, bands[1, own], bands[3, own], Pen(2.1, CHALLENGER, 0.4))
        panel.marks(x, views["value"][own], 4.0, Pen(5.0, INK, line=PAPER, weight=0.5))
        ticks = year_ticks(*span, wide)
        panel.ticks(ticks, [str(year) for year in ticks])
        if place % columns == 0:
            panel.side_ticks([-1, 0, 1], ["\u22121", "0", "+1"])
    left, top = 0.2 + len(shown) % columns * (wide + gap), len(shown) // columns * cell
    draw_key(sheet, left, top + 0.05, min(wide, 2.6), [
        Entry("block", "90 % of figures expected", CHALLENGER, 0.2),
        Entry("block", "50 % of figures expected", CHALLENGER, 0.6),
        Entry("", "dot: survey figure"),
    ])  # fmt: skip
    return sheet


def _mixed_quantiles(mean: Floats, spread: Floats, seed: int) -> Floats:
    """Quantiles (5, K) of an equal mixture of normals (n, K), each drawn from once."""
    drawn = mean + spread * keyed_generator(seed, "opinion again").standard_normal(mean.shape)
    return np.quantile(np.clip(drawn, -1.0, 1.0), LEVELS, axis=0)


def _thinned(values: Floats) -> Floats:
    """At most `DRAWS` rows, evenly taken."""
    return values[:: -(-len(values) // DRAWS)]
