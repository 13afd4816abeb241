"""Mergeable summaries of lanes: counts on a fixed grid, from which quantiles are read, sums, and labels for arrays.

Counts on a grid add up to the same whatever the order, and their error is known: the width of a bin. Sketches that
adapt to what they see (KLL, t-digest) draw chance of their own or depend on the order of merging, so that two threads
would give other numbers than one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import TRAJECTORIES
from sim.engine.timeline import Timeline
from sim.io.netcdf import LabelledArrays, Variable
from sim.model.jit import compiled
from sim.months import month_dates
from sim.types import Floats

Counts = NDArray[np.integer[Any]]
QUANTILES = (0.05, 0.25, 0.50, 0.75, 0.95)
BINS = 256
STEPS = "steps"
RANGES: dict[str, tuple[float, float, str, str]] = {
    "alignment": (-1.0, 1.0, "-1 to 1", "Alignment: +1 hub, -1 challenger"),
    STEPS: (-128.5, 127.5, "weight", "Net steps toward the hub since the start"),
    "alert": (-4.0, 8.0, "1", "Alert: alarm at the challenger, by which moves toward the hub rise"),
    "opinion_challenger": (-1.0, 1.0, "-1 to 1", "Net opinion of the challenger"),
    "opinion_hub": (-1.0, 1.0, "-1 to 1", "Net opinion of the hub"),
    "dependence": (0.0, 1.0, "share", "Share of exports that goes to the challenger"),
    "entrapment": (0.0, 1.0, "0 to 1", "Fear of entrapment"),
    "coercion": (0.0, 1.0, "codebook", "Coercion by the challenger"),
    "punishment": (0.0, 1.0, "codebook", "Punishment by the challenger"),
}
"""Variable -> lowest and highest value of the grid, unit, long name. Values outside count in the outermost bins.

Steps have whole weights, which lie in the middle of the bins of their grid: their quantiles are exact.
"""


@compiled
def _count(counts: Counts, sums: Floats, values: Floats, low: float, high: float) -> None:
    """Add values, shape (lanes, months, states), to counts, shape (months, states, bins), and to sums and squares.

    ``sums`` has shape (2, months, states).
    """
    bins = counts.shape[2]
    scale = bins / (high - low)
    for t in range(values.shape[1]):
        for lane in range(values.shape[0]):
            for i in range(values.shape[2]):
                value = values[lane, t, i]
                place = int((value - low) * scale)
                counts[t, i, min(max(place, 0), bins - 1)] += 1
                sums[0, t, i] += value
                sums[1, t, i] += value * value


@compiled
def _count_members(counts: NDArray[np.int64], members: NDArray[np.int64]) -> None:
    """Add memberships, bits of shape (lanes, months, states), to counts, shape (institutions, months, states)."""
    for t in range(members.shape[1]):
        for lane in range(members.shape[0]):
            for i in range(members.shape[2]):
                k, ahead = 0, members[lane, t, i]
                while ahead > 0:
                    counts[k, t, i] += ahead & 1
                    k, ahead = k + 1, ahead >> 1


@compiled
def _quantiles(counts: Counts, low: float, high: float, wanted: Floats) -> Floats:
    """Quantiles by linear interpolation inside a bin, shape (len(wanted), months, states)."""
    months, states, bins = counts.shape
    result = np.empty((len(wanted), months, states))
    width = (high - low) / bins
    for t in range(months):
        for i in range(states):
            total = counts[t, i].sum()
            for q in range(len(wanted)):
                rank, below, place = wanted[q] * total, 0, 0
                while place < bins - 1 and below + counts[t, i, place] < rank:
                    below += counts[t, i, place]
                    place += 1
                inside = counts[t, i, place]
                part = (rank - below) / inside if inside > 0 else 0.5
                result[q, t, i] = low + width * (place + min(max(part, 0.0), 1.0))
    return result


@dataclass
class Tally:
    """What is kept of lanes month by month: counts on a grid, sums and members, of each variable, month and state.

    Attributes
    ----------
    counts : dict
        Variable -> whole numbers, shape (months, states, ``BINS``). They add up exactly, in any order.
    sums : dict
        Variable -> floats, shape (2, months, states): of values, and of their squares. Merge in the order of lanes to
        get the same last bit.
    members : int array, shape (institutions, months, states)
    lanes : int
    """

    counts: dict[str, Counts]
    sums: dict[str, Floats]
    members: NDArray[np.int64]
    lanes: int

    @classmethod
    def empty(cls, timeline: Timeline, most: int = 2**31 - 1) -> Tally:
        """A tally of no lanes with room for ``most``: fewer need less memory."""
        shape = (len(timeline.months), len(timeline.states))
        kind = np.min_scalar_type(most)
        return cls(
            {name: np.zeros((*shape, BINS), dtype=kind) for name in RANGES},
            {name: np.zeros((2, *shape)) for name in RANGES},
            np.zeros((len(timeline.world.institutions), *shape), dtype=np.int64),
            0,
        )

    def add(self, trajectories: Floats, members: NDArray[np.int64]) -> None:
        """Count lanes (arrays as ``sim.engine.kernel.run_block`` returns them)."""
        for name, (low, high, _, _) in RANGES.items():
            values = _of(trajectories, name)
            _count(self.counts[name], self.sums[name], values, low, high)
        _count_members(self.members, members)
        self.lanes += len(trajectories)

    def merge(self, other: Tally) -> None:
        """Count what another tally counted, of other lanes of the same ensemble."""
        for name in RANGES:
            self.counts[name] += other.counts[name]
            self.sums[name] += other.sums[name]
        self.members += other.members
        self.lanes += other.lanes

    def moments(self, name: str) -> tuple[Floats, Floats]:
        """Mean and standard deviation (of a sample) of a variable, shape (months, states) each; NaN of too few lanes."""
        total, squares = self.sums[name]
        lanes = self.lanes if self.lanes else np.nan
        spread = np.maximum(squares - total**2 / lanes, 0.0)
        return total / lanes, np.sqrt(spread / (lanes - 1 if lanes > 1 else np.nan))


def _of(trajectories: Floats, name: str) -> Floats:
    """A variable of the tally, shape (lanes, months, states)."""
    if name != STEPS:
        return trajectories[:, TRAJECTORIES.index(name)]
    hub, challenger = (trajectories[:, TRAJECTORIES.index(f"steps_{side}")] for side in ("hub", "challenger"))
    return np.cumsum(hub - challenger, axis=1)


def _coordinates(timeline: Timeline) -> dict[str, Variable]:
    names = [timeline.world.state(code).name for code in timeline.states]
    return {
        "month": Variable(("month",), month_dates(timeline.months), {}),
        "state": Variable(("state",), np.array(timeline.states, dtype=object), {}),
        "state_name": Variable(("state",), np.array(names, dtype=object), {}),
    }


def labelled_quantiles(timeline: Timeline, tally: Tally, attributes: Mapping[str, object]) -> LabelledArrays:
    """Quantiles, mean and spread of every state variable by month and state, and the share of lanes with membership.

    Quantiles are read off a grid of 256 bins a variable: their resolution is the attribute ``resolution``.
    """
    wanted = np.array(QUANTILES)
    data: dict[str, Variable] = {}
    for name, (low, high, unit, title) in RANGES.items():
        counts = tally.counts[name].astype(np.int32)  # one type of number, so that it is compiled once
        values = _quantiles(counts, low, high, wanted)
        values = (np.ceil(values - 0.5) if name == STEPS else values).astype(np.float32)
        about = {"units": unit, "long_name": title, "resolution": (high - low) / BINS}
        data[name] = Variable(("quantile", "month", "state"), values, about)
        for moment, table in zip(("mean", "sd"), tally.moments(name), strict=True):
            described = {"units": unit, "long_name": f"{title} ({moment})"}
            data[f"{name}_{moment}"] = Variable(("month", "state"), table.astype(np.float32), described)
    share = (tally.members / max(tally.lanes, 1)).astype(np.float32)
    about = {"units": "share of lanes", "long_name": "Membership"}
    data["membership"] = Variable(("institution", "month", "state"), share, about)
    institutions = timeline.world.institutions
    coordinates = _coordinates(timeline) | {"quantile": Variable(("quantile",), wanted, {})}
    for name, attribute in (("", "key"), ("_title", "title"), ("_side", "side")):
        texts = np.array([getattr(part, attribute) for part in institutions], dtype=object)
        coordinates[f"institution{name}"] = Variable(("institution",), texts, {})
    return LabelledArrays(data, coordinates, dict(attributes))


def labelled_trajectories(
    timeline: Timeline, values: Floats, lanes: NDArray[np.int64], attributes: Mapping[str, object]
) -> LabelledArrays:
    """Lanes month by month: arrays with dimensions lane, month, state."""
    data = {
        name: Variable(("lane", "month", "state"), values[:, number], {})
        for number, name in enumerate(TRAJECTORIES)
    }
    coordinates = _coordinates(timeline) | {"lane": Variable(("lane",), lanes, {})}
    return LabelledArrays(data, coordinates, dict(attributes))
