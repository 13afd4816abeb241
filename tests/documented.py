"""The documented record as a lane takes it in."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.conditioning.figures import figures_of
from sim.engine.arrays import Arrays, pack
from sim.engine.timeline import build_timeline
from sim.io.library import record_folder
from sim.scenario.case import resolve
from sim.scenario.lane_parameters import lane_parameters
from sim.scenario.loading import load_scenario
from sim.scenario.targets import Targets, load_targets
from sim.scenario.world import World


class Documented(NamedTuple):
    """World, targets and arrays of ``history``, its figures, and the parameters of its first lanes."""

    world: World
    targets: Targets
    arrays: Arrays
    figures: np.ndarray
    rows: np.ndarray


def read(lanes: int) -> Documented:
    case = resolve(load_scenario("history", {"responses": "simulated"}))
    arrays = pack(build_timeline(case))
    targets = load_targets(record_folder("indo_pacific"), case.world, case.record)
    figures = figures_of(targets, case.world, arrays.months)
    return Documented(case.world, targets, arrays, figures, lane_parameters(case, 1, 0, lanes))
