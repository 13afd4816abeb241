"""Figures of a run and of a comparison, for print and for screens.

Matplotlib loads when the first figure is drawn, and no state of ``pyplot`` is touched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from sim.figures.headline import Answer
    from sim.figures.kit.sheet import Sheet
    from sim.scenario.record import Stimulus

__all__ = ["draw_comparison", "draw_run"]


def draw_run(
    quantiles: xr.Dataset,
    outcomes: pd.DataFrame,
    events: Sequence[Stimulus],
    medians: Mapping[str, float],
    folder: Path,
) -> list[Path]:
    """Draw a run: fans, spectrum, outcomes, memberships, sizes of institutions, and the acts it was given.

    A figure with nothing to show (no act, no member) is left out.

    Parameters
    ----------
    quantiles : xarray.Dataset
        Dimensions quantile (.05 .25 .5 .75 .95), month, state, institution; ``alignment`` and ``membership``.
    outcomes : pandas.DataFrame
        A row a lane.
    events : sequence of Stimulus
        Acts after the scenario's edits.
    medians : mapping of str to float
        Outcome column such as ``alignment.JPN.2024-07`` -> exact median: the figures print what tables print.
    folder : Path
        Made if missing; figures of the same name are replaced.

    Returns
    -------
    list of Path
        A PNG and an SVG for each figure.

    Raises
    ------
    WedgeError
        If the quantiles do not say which run they are of.
    """
    from sim.figures.distributions import draw_distributions
    from sim.figures.fans import draw_fans
    from sim.figures.heatmap import draw_heatmap
    from sim.figures.members import draw_members
    from sim.figures.membership import draw_membership
    from sim.figures.spectrum import draw_spectrum

    return _save(
        folder,
        {
            "alignment": lambda: draw_fans(quantiles, events, medians=medians),
            "spectrum": lambda: draw_spectrum(quantiles, medians=medians),
            "outcomes": lambda: draw_distributions(quantiles, outcomes),
            "membership": lambda: draw_membership(quantiles),
            "members": lambda: draw_members(quantiles, outcomes),
            "stimuli": lambda: draw_heatmap(quantiles, events),
        },
    )


def draw_comparison(
    base_name: str,
    base_outcomes: pd.DataFrame,
    alternatives: Mapping[str, pd.DataFrame],
    base_quantiles: xr.Dataset,
    alt_quantiles: Mapping[str, xr.Dataset],
    answers: Mapping[str, Answer],
    folder: Path,
) -> list[Path]:
    """Draw each alternative against the base: what it did; then outcomes, effect by state, and fans, as far as they move.

    Parameters
    ----------
    base_name : str
        Name of the base scenario.
    base_outcomes : pandas.DataFrame
        A row a lane.
    alternatives : mapping of str to pandas.DataFrame
        Outcomes of each alternative by name, over the same lanes.
    base_quantiles : xarray.Dataset
    alt_quantiles : mapping of str to xarray.Dataset
        By the same names.
    answers : mapping of str to Answer
        What each alternative did, by the same names.
    folder : Path
        Made if missing.

    Returns
    -------
    list of Path
        A PNG and an SVG for each figure.

    Raises
    ------
    WedgeError
        If lanes cannot be paired.
    """
    from sim.figures.effects import draw_effects
    from sim.figures.fans import draw_fans
    from sim.figures.headline import draw_headline
    from sim.figures.paired import draw_paired, require_same_lanes

    for outcomes in alternatives.values():
        require_same_lanes(base_outcomes, outcomes)
    figures: dict[str, Callable[[], Sheet | None]] = {}
    for name, outcomes in alternatives.items():
        slug = re.sub(r"[^a-zA-Z0-9._-]+", "-", name).strip("-.") or "alternative"
        headline = f"headline-{slug}" if len(alternatives) > 1 else "headline"
        quantiles, pair = alt_quantiles[name], (base_name, base_outcomes, name, outcomes)
        medians = {str(column): float(median) for column, median in outcomes.median().items()}
        figures |= {
            headline: partial(draw_headline, quantiles, base_quantiles, base_name, answers[name]),
            f"difference-{slug}": partial(draw_paired, quantiles, *pair),
            f"states-{slug}": partial(draw_effects, quantiles, *pair),
            f"alignment-{slug}": partial(draw_fans, quantiles, (), base_quantiles, base_name, medians),
        }
    return _save(folder, figures)


def _save(folder: Path, figures: Mapping[str, Callable[[], Sheet | None]]) -> list[Path]:
    from sim.figures.kit.save import save
    from sim.figures.kit.style import house

    paths: list[Path] = []
    with house():
        for name, draw in figures.items():
            sheet = draw()
            if sheet is not None:
                paths += save(sheet, folder, name)
    return paths
