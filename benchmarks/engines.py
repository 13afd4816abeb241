"""Lanes a second of the two engines on one core, by size, and against the draws that no lane can do without."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.rows import Row, per_unit
from benchmarks.worlds import copies, with_ties
from sim.engine.arrays import Arrays, pack
from sim.engine.kernel import run_block
from sim.engine.mesa_model import run_block_in_mesa
from sim.engine.timeline import build_timeline
from sim.model.draws import (
    GROUP_COMMON,
    GROUP_NOISE,
    GROUP_OFFERS,
    GROUP_ONSETS,
    GROUP_STEPS,
    normal_quantile,
    uniforms,
)
from sim.model.jit import compiled
from sim.scenario.lane_parameters import parameter_rows
from sim.scenario.loading import load_scenario

SIZES, REPEATS = (8, 24), 15
"""Lanes of the two sizes whose costs are subtracted (fewer in larger worlds, so that all write as much), and rounds."""
MESA_MONTHS = ("2010-06", "2035-12")
COPIES, TIES = (1, 2, 4, 8), (0, 1, 2, 4)
UNTIL = ("2016-12", "2022-12", "2035-12")
USUAL = "2035-12"


@compiled
def draws_alone(
    sites: NDArray[np.int64], months: NDArray[np.int64], acts: int, seed: int, lanes: int
) -> float:
    """Every draw that lanes of a scenario make by the model, each at its address; their sum, so that none is left out.

    Of each state and month three normals and two uniforms; of each month the common normal; and from month index ``acts``
    on, in which strategies act, four uniforms for new acts and two for new offers.
    """
    total = 0.0
    for lane in range(lanes):
        for t in range(len(months)):
            total += normal_quantile(uniforms(seed, lane, months[t], 0, GROUP_COMMON)[0])
            for i in range(len(sites)):
                u = uniforms(seed, lane, months[t], sites[i], GROUP_NOISE)
                total += normal_quantile(u[0]) + normal_quantile(u[1]) + normal_quantile(u[2])
                u = uniforms(seed, lane, months[t], sites[i], GROUP_STEPS)
                total += u[0] + u[1]
                if t >= acts:
                    u = uniforms(seed, lane, months[t], sites[i], GROUP_ONSETS)
                    total += u[0] + u[1] + u[2] + u[3]
                    u = uniforms(seed, lane, months[t], sites[i], GROUP_OFFERS)
                    total += u[0] + u[1]
    return total


@dataclass(frozen=True)
class Case:
    """Something that takes a number of lanes, and the two numbers with which it is measured."""

    work: Callable[[int], object]
    sizes: tuple[int, int] = SIZES


def seconds_a_lane(cases: Mapping[str, Case]) -> dict[str, float]:
    """Processor seconds of one more lane in each case: medians over rounds in which every case is measured once.

    Cases alternate, so that a busy neighbour slows all of them; the difference of two sizes leaves starting out.
    """
    times: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in cases}
    for case in cases.values():
        case.work(1)
    for _ in range(REPEATS):
        for name, case in cases.items():
            for kept, lanes in zip(times[name], case.sizes, strict=True):
                start = time.process_time()
                case.work(lanes)
                kept.append(time.process_time() - start)
    return {
        name: per_unit([statistics.median(kept) for kept in times[name]], case.sizes)
        for name, case in cases.items()
    }


def _lanes(arrays: Arrays, smaller: int = 1) -> Case:
    few, many = SIZES
    rows = parameter_rows("default", {}, {}, 1, 0, many)
    return Case(lambda lanes: run_block(arrays, rows[:lanes], 1, 0), (few // smaller, many // smaller))


def _draws(arrays: Arrays) -> Case:
    acts = int(min(arrays.hub["start"][0], arrays.challenger["start"][0]))
    sites = arrays.states["site"].copy()
    return Case(lambda lanes: draws_alone(sites, arrays.months, acts, 1, lanes))


def mesa_seconds_a_lane() -> float:
    """Processor seconds of a lane of all months stepped in Mesa, from the cost of its months after the first half-year."""
    times, months = [], []
    for until in MESA_MONTHS:
        timeline = build_timeline(load_scenario("history", {"until": until}))
        rows = parameter_rows("default", {}, {}, 1, 0, 1)
        taken = []
        for _ in range(3):
            start = time.process_time()
            run_block_in_mesa(timeline, rows, 1, 0)
            taken.append(time.process_time() - start)
        times.append(statistics.median(taken))
        months.append(len(timeline.months))
    return per_unit(times, months) * len(build_timeline(load_scenario("history")).months)


def measure() -> list[Row]:
    """All rows of one core."""
    arrays = {until: pack(build_timeline(load_scenario("history", {"until": until}))) for until in UNTIL}
    usual = arrays[USUAL]
    states = len(usual.states)
    cases = {"draws": _draws(usual), "usual": _lanes(usual)}
    cases |= {f"{number} copies": _lanes(copies(usual, number), number) for number in COPIES[1:]}
    cases |= {f"{times} ties": _lanes(with_ties(usual, times)) for times in TIES if times != 1}
    cases |= {until: _lanes(arrays[until]) for until in UNTIL if until != USUAL}
    cost = seconds_a_lane(cases)
    base, mesa = cost["usual"], mesa_seconds_a_lane()

    def row(group: str, what: str, seconds: float, ratio: float | None = None, of: str = "") -> Row:
        return Row(group, what, 1.0 / seconds, "lanes/s", ratio, of)

    rows = [
        row("engines", "compiled, `history` (312 months, 22 states)", base),
        row("engines", "its draws alone", cost["draws"], base / cost["draws"], "draws' time in a lane"),
        row("engines", "Mesa", mesa, mesa / base, "compiled lanes in its time"),
    ]
    for number in COPIES:
        seconds = cost.get(f"{number} copies", base)
        rows.append(
            row("states", f"{states * number}", seconds, seconds / base / number, "time a state, against 22")
        )
    for times in TIES:
        seconds = cost.get(f"{times} ties", base)
        mean = len(usual.ties) / states * times
        rows.append(
            row("ties", f"{mean:.1f} a state", seconds, seconds / base, "time a lane, against `history`")
        )
    for until in UNTIL:
        seconds, months = cost.get(until, base), len(arrays[until].months)
        share = seconds / base * len(usual.months) / months
        rows.append(row("months", f"{months}, to {until}", seconds, share, "time a month, against `history`"))
    return rows
