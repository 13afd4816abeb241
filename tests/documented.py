"""Figures as a lane takes them in: those of the documented record, and a few made by hand for the small world."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np

from sim.conditioning.figures import figures_of
from sim.engine.arrays import Arrays, pack
from sim.engine.timeline import build_timeline
from sim.io.library import record_folder
from sim.scenario.case import resolve
from sim.scenario.lane_parameters import lane_parameters, parameter_rows
from sim.scenario.loading import load_scenario
from sim.scenario.targets import Opinion, Targets, TradeShare, load_targets
from sim.scenario.world import World
from tests.small_world import make_scenario, make_world, state, write_world


class Documented(NamedTuple):
    """World, targets, arrays and figures of a scenario, and the parameters of its first lanes."""

    world: World
    targets: Targets
    arrays: Arrays
    figures: np.ndarray
    rows: np.ndarray


def read(lanes: int) -> Documented:
    """``history`` and its record."""
    case = resolve(load_scenario("history", {"responses": "simulated"}))
    arrays = pack(build_timeline(case))
    targets = load_targets(record_folder("indo_pacific"), case.world, case.record)
    figures = figures_of(targets, case.world, arrays.months)
    return Documented(case.world, targets, arrays, figures, lane_parameters(case, 1, 0, lanes))


def survey(state: str, date: str, value: float, target: str = "CHA", pollster: str = "First") -> Opinion:
    """A figure of the small world; the second pollster asks another question."""
    measure = "net_favourability" if pollster == "First" else "net_trust"
    return Opinion(
        state, date, target, pollster, measure, value, "net_pct", None, None, 900, False, "made", ""
    )


def share(state: str, year: int, value: float) -> TradeShare:
    return TradeShare(state, year, "exports", "CHA", value, 1.0, "made")


SMALL = Targets(
    (),
    (
        survey("AAA", "2000-01", -20.0), survey("AAA", "2002-03", -45.0), survey("AAA", "2004-12", 10.0),
        survey("AAA", "2002-03", -50.0, pollster="Second"), survey("AAA", "2003", -60.0, pollster="Second"),
        survey("BBB", "2002-03", 30.0), survey("BBB", "2004-06", 55.0), survey("DDD", "2001", 5.0),
        survey("AAA", "2001-05", 40.0, "HUB"), survey("AAA", "2004-05", 5.0, "HUB"),
        survey("AAA", "2001-05", 20.0, "HUB", "Second"), survey("AAA", "2003-07", 25.0, "HUB", "Second"),
        survey("CCC", "2000-02", -15.0, "HUB"),
    ),
    (share("AAA", 2000, 18.0), share("AAA", 2003, 31.0), share("DDD", 2002, 12.0)),
)  # fmt: skip
"""Surveys and shares of four states in five years; two of one state fall into one month."""


def small(folder: Path, lanes: int) -> Documented:
    """The small world with random stimuli, and parameters drawn from their priors."""
    rests = {"AAA": (-0.1, 0.2), "BBB": (0.3, 0.0), "CCC": (0.0, -0.3), "DDD": (0.2, 0.1)}
    world = make_world(
        [state(code, opinion_of_challenger=own, opinion_of_hub=hub) for code, (own, hub) in rests.items()]
    )
    arrays = pack(build_timeline(make_scenario(world=write_world(folder, world))))
    stimuli = np.random.default_rng(3).uniform(0.0, 0.4, arrays.stimuli.shape)
    rows = parameter_rows("prior", {}, {}, 1, 0, lanes)
    return Documented(
        world, SMALL, arrays._replace(stimuli=stimuli), figures_of(SMALL, world, arrays.months), rows
    )
