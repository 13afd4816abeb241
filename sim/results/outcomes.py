"""Measures read off trajectories: what each outcome is, in one place, and the functions that compute it.

All functions take arrays whose first axis is the lane; they know no names. ``measure`` puts the names on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import TRAJECTORIES, Arrays, tie_links
from sim.engine.timeline import Timeline
from sim.model.landscape import least_energy_blocs
from sim.model.rules import ALIGNED
from sim.months import month_number
from sim.results.lane_table import LaneTable
from sim.types import Floats

if TYPE_CHECKING:
    import pandas as pd

EPISODE_LEVEL = 0.3
"""Coercion at or above this begins a coercive episode (ships or aircraft approach; codebook rung 0.3)."""
CRISIS_LEVEL = 0.7
"""Coercion above this makes a month of crisis."""
RESPONSE_MONTHS = 24
"""Months in which a net step toward the hub counts as backfire."""


Scope = Literal["state", "institution", "response", "power", "world"]
"""What an outcome is of: there is a column for each state, institution, response of the record or power, or one for the world."""


@dataclass(frozen=True)
class Outcome:
    """One measure: its name in tables, a title for people, its unit, what it is, and of what."""

    name: str
    title: str
    unit: str
    definition: str
    scope: Scope = "world"


_TABLE = (
    Outcome("alignment", "Alignment", "-1 to 1", "alignment of a state at a date: +1 with the hub, -1 with the challenger", "state"),
    Outcome("steps", "Net steps", "weight", "net weight of a state's steps toward the hub since the start, at a date", "state"),
    Outcome("view", "View of challenger", "-1 to 1", "net opinion of the challenger in a state at a date", "state"),
    Outcome("dependence", "Export dependence", "share of exports", "share of a state's exports that goes to the challenger at a date", "state"),
    Outcome("members", "Members", "states", "members of an institution in the last month", "institution"),
    Outcome(
        "member",
        "Member",
        "share of lanes",
        "whether a state that had an offer to join is a member of an institution in the last month, 0 or 1",
        "institution",
    ),
    Outcome("happens", "Happens", "share of lanes", "whether a response of the record happens by the last month, 0 or 1", "response"),
    Outcome("coalition", "Hub's coalition", "share of capability", "capability-weighted share of states with alignment above 1/3 in the last month; one large state can decide it"),
    Outcome("wedged", "Allies wedged", "states", "treaty allies of the hub at the start that by the last month have left their treaty or fallen from alignment 0 or more to below 0"),
    Outcome("hedgers", "Hedgers", "states", "states with alignment between -1/3 and 1/3 in the last month"),
    Outcome("leverage", "Challenger's leverage", "share of exports", "mean dependence of exports on the challenger in the last month"),
    Outcome("backfire", "Backfire", "share of episodes", "share of coercive episodes since the start that a net step toward the hub follows within 24 months"),
    Outcome("backfire_expected", "Backfire expected anyway", "share of months", "the same share after calm months of the same states (no coercion at 0.3 or more in them or the 24 after), weighted by their episodes"),
    Outcome("circle", "Largest circle", "states", "states in the largest set joined by common minilateral membership in the last month"),
    Outcome("polarisation", "Polarisation", "0 to 1", "capability-weighted standard deviation of alignment in the last month"),
    Outcome("crises", "Months of crisis", "state-months", "state-months with coercion above 0.7"),
    Outcome("cohesion", "Cohesion", "0 to 1", "1 minus half the mean distance between members of a bloc (alignment beyond 1/3 on a side) in the last month", "power"),
    Outcome("opinion", "Opinion", "-1 to 1", "mean net opinion of a power over all states in the last month", "power"),
    Outcome("energy", "Energy of the blocs", "1", "least energy found of a partition into two blocs in the last month, per squared size"),
    Outcome("frustrated", "Frustrated states", "states", "states drawn, on balance, to members of the other bloc in that partition"),
)  # fmt: skip

OUTCOMES: MappingProxyType[str, Outcome] = MappingProxyType({outcome.name: outcome for outcome in _TABLE})
"""Name (the part of a column before the first dot) -> outcome."""


@dataclass(frozen=True)
class Column:
    """The name of a column of outcomes, taken apart.

    Attributes
    ----------
    outcome : Outcome
    institution, state, response, power, date : str
        Key of an institution, code of a state, id of a response of the record, side of a power (``hub`` or
        ``challenger``), month ``YYYY-MM``; empty where the column has none.
    """

    outcome: Outcome
    institution: str = ""
    state: str = ""
    response: str = ""
    power: str = ""
    date: str = ""

    @property
    def of_one_actor(self) -> bool:
        """Whether it is an outcome of one state, institution or response among many."""
        return self.outcome.scope in ("state", "institution", "response")


@lru_cache(maxsize=65536)
def parse_column(name: str) -> Column:
    """Take the name of a column apart.

    Raises
    ------
    KeyError
        If it is not the name of an outcome.

    Examples
    --------
    >>> parse_column("view.KOR.2016-12").date, parse_column("member.quad.IND").state
    ('2016-12', 'IND')
    >>> parse_column("cohesion.hub").power, parse_column("coalition").of_one_actor
    ('hub', False)
    """
    head, _, detail = name.partition(".")
    outcome = OUTCOMES[head]
    if outcome.scope == "state":
        state, _, date = detail.partition(".")
        return Column(outcome, state=state, date=date)
    if outcome.name == "member":
        institution, _, state = detail.rpartition(".")
        return Column(outcome, institution=institution, state=state)
    if outcome.scope == "world" and detail:
        raise KeyError(name)
    return Column(outcome, **({outcome.scope: detail} if detail else {}))


def select(names: Iterable[str], *outcomes: str) -> list[str]:
    """The columns of some outcomes, in their order.

    Examples
    --------
    >>> select(["alignment.KOR.2016-12", "view.KOR.2016-12", "coalition"], "alignment", "coalition")
    ['alignment.KOR.2016-12', 'coalition']
    """
    return [name for name in names if parse_column(name).outcome.name in outcomes]


def aggregates(names: Iterable[str]) -> list[str]:
    """The columns that stand for the world or for a power as a whole, not for one state or institution among many.

    Examples
    --------
    >>> aggregates(["alignment.KOR.2016-12", "members.quad", "cohesion.hub", "coalition"])
    ['cohesion.hub', 'coalition']
    """
    return [name for name in names if not parse_column(name).of_one_actor]


def measure(
    timeline: Timeline,
    arrays: Arrays,
    trajectories: Floats,
    members: NDArray[np.int64],
    happens: NDArray[np.int64],
    lanes: NDArray[np.int64],
) -> LaneTable:
    """All outcomes of some lanes.

    Parameters
    ----------
    trajectories : float array, shape (lanes, variables, months, states)
    members : int array, shape (lanes, months, states)
    happens : int array, shape (lanes, responses)
        Month (index) in which each response of the record happens, before the first where it does not.
    lanes : int array, shape (lanes,)
        Numbers of the lanes.
    """
    names = {name: trajectories[:, number] for number, name in enumerate(TRAJECTORIES)}
    last = {name: values[:, -1] for name, values in names.items()}
    alignment, size = last["alignment"], arrays.states["capability"]
    columns = _by_state(timeline, names)
    belongs = _membership(members[:, -1], len(timeline.world.institutions))
    for k, institution in enumerate(timeline.world.institutions):
        columns[f"members.{institution.key}"] = belongs[:, k].sum(axis=1)
    for k, i in sorted(
        {(offer.institution, offer.state) for offer in timeline.offers if offer.institution >= 0}
    ):
        columns[f"member.{timeline.world.institutions[k].key}.{timeline.states[i]}"] = belongs[:, k, i]
    for number, part in enumerate(timeline.responses):
        columns[f"happens.{part.row.id}"] = happens[:, number] >= 0
    columns["coalition"] = share_of_size(alignment > ALIGNED, size)
    columns["wedged"] = wedged(names["alignment"][:, 0], alignment, belongs, arrays)
    columns["hedgers"] = (np.abs(alignment) <= ALIGNED).sum(axis=1)
    columns["leverage"] = last["dependence"].mean(axis=1)
    net = names["steps_hub"] - names["steps_challenger"]
    columns["backfire"], columns["backfire_expected"] = backfire(names["coercion"], net)
    small = np.array([institution.minilateral for institution in timeline.world.institutions], dtype=bool)
    columns["circle"] = largest_circle(belongs[:, small])
    columns["polarisation"] = polarisation(alignment, size)
    columns["crises"] = (names["coercion"] > CRISIS_LEVEL).sum(axis=(1, 2))
    columns["cohesion.hub"] = cohesion(alignment, alignment > ALIGNED)
    columns["cohesion.challenger"] = cohesion(alignment, alignment < -ALIGNED)
    columns["opinion.challenger"] = last["opinion_challenger"].mean(axis=1)
    columns["opinion.hub"] = last["opinion_hub"].mean(axis=1)
    columns["energy"], columns["frustrated"] = least_energy_blocs(alignment, size, tie_links(timeline.world))
    values = np.column_stack([np.asarray(column, dtype=np.float64) for column in columns.values()])
    return LaneTable(lanes, tuple(columns), values)


def _by_state(timeline: Timeline, names: dict[str, Floats]) -> dict[str, NDArray[np.generic]]:
    columns: dict[str, NDArray[np.generic]] = {}
    names = {**names, "steps": np.cumsum(names["steps_hub"] - names["steps_challenger"], axis=1)}
    for outcome, variable in (
        ("alignment", "alignment"),
        ("steps",) * 2,
        ("view", "opinion_challenger"),
        ("dependence",) * 2,
    ):
        for date in timeline.scenario.report:
            t = month_number(date) - int(timeline.months[0])
            for i, code in enumerate(timeline.states):
                columns[f"{outcome}.{code}.{date}"] = names[variable][:, t, i]
    return columns


def _membership(bits: NDArray[np.int64], institutions: int) -> NDArray[np.bool_]:
    """Shape (lanes, institutions, states) from bits of shape (lanes, states)."""
    return (bits[:, None, :] >> np.arange(institutions)[None, :, None]) & 1 > 0


def share_of_size(chosen: NDArray[np.bool_], size: Floats) -> Floats:
    """Share of total size held by the chosen states; shape (lanes, states) to (lanes,)."""
    total = size.sum()
    return (chosen * size).sum(axis=1) / total if total > 0 else np.zeros(len(chosen))


def wedged(first: Floats, alignment: Floats, belongs: NDArray[np.bool_], arrays: Arrays) -> Floats:
    """Treaty allies at the start that have left one of their treaties with the hub, or fell below alignment 0.

    ``first`` and ``alignment`` are those of the first and the last month, shape (lanes, states): an ally whose home
    position is drawn below 0 has not fallen.
    """
    treaty = (arrays.institutions["side"] > 0) & (arrays.institutions["weight"] == 3)
    founding = _membership(arrays.states["memberships"][None], len(treaty))[:, treaty]
    left = (founding & ~belongs[:, treaty]).any(axis=1)
    return (
        ((arrays.states["is_ally"] > 0) & (left | ((first >= 0) & (alignment < 0)))).sum(axis=1).astype(float)
    )


def backfire(coercion: Floats, net: Floats) -> tuple[Floats, Floats]:
    """Share of coercive episodes that a net step toward the hub follows, and the share expected without them.

    The second compares like with like: each state's calm months, weighted by its episodes. A state that is never calm
    counts with the share of all calm months.

    Parameters
    ----------
    coercion, net : float arrays, shape (lanes, months, states)
        ``net`` is weight of steps toward the hub minus toward the challenger.

    Returns
    -------
    pair of float arrays, shape (lanes,); NaN where a lane has no episode, or nothing to compare it with.
    """
    months = coercion.shape[1]
    if months <= RESPONSE_MONTHS:
        nothing = np.full(len(coercion), np.nan)
        return nothing, nothing.copy()
    high = coercion >= EPISODE_LEVEL
    begins = high.copy()
    begins[:, 1:] &= ~high[:, :-1]
    ends = months - RESPONSE_MONTHS
    toward = _sum_after(net) > 0
    quiet = _sum_after(high.astype(float)) + high[:, :ends] == 0
    episodes = begins[:, :ends].sum(axis=1).astype(float)
    hits = (toward & begins[:, :ends]).sum(axis=1)
    calm, calm_hits = quiet.sum(axis=1).astype(float), (toward & quiet).sum(axis=1)
    overall = _ratio(calm_hits.sum(axis=1), calm.sum(axis=1))
    share = np.where(calm > 0, _ratio(calm_hits, calm), overall[:, None])
    total = episodes.sum(axis=1)
    return _ratio(hits.sum(axis=1), total), _ratio((share * episodes).sum(axis=1), total)


def _ratio(part: NDArray[np.generic], whole: Floats) -> Floats:
    return np.asarray(part, dtype=float) / np.where(whole > 0, whole, np.nan)


def _sum_after(values: Floats) -> Floats:
    """Sum over the ``RESPONSE_MONTHS`` months after each month that has so many left."""
    total = np.cumsum(values, axis=1)
    return total[:, RESPONSE_MONTHS:] - total[:, :-RESPONSE_MONTHS]


def largest_circle(belongs: NDArray[np.bool_]) -> Floats:
    """Size of the largest set of states joined, directly or through others, by common membership.

    ``belongs`` has shape (lanes, institutions, states). States that belong to nothing are no circle.
    """
    lanes, _, states = belongs.shape
    label = np.where(belongs.any(axis=1), np.arange(states), -1)
    changed = True
    while changed:
        before = label.copy()
        for k in range(belongs.shape[1]):
            inside = belongs[:, k]
            least = np.where(inside, label, states).min(axis=1, keepdims=True)
            label = np.where(inside, least, label)
        changed = not np.array_equal(before, label)
    if not states:
        return np.zeros(lanes)
    places = label + states * np.arange(lanes)[:, None]
    counts = np.bincount(places[label >= 0], minlength=lanes * states).reshape(lanes, states)
    return counts.max(axis=1).astype(float)


def polarisation(alignment: Floats, size: Floats) -> Floats:
    """Size-weighted standard deviation of alignment, 0 (all alike) to 1 (two equal blocs at the ends)."""
    weight = size / size.sum() if size.sum() > 0 else np.full(len(size), 1.0 / len(size))
    # Summed lane by lane: a product of matrices rounds by how many lanes there are.
    mean = (alignment * weight).sum(axis=1)
    return np.sqrt(((alignment - mean[:, None]) ** 2 * weight).sum(axis=1))


def cohesion(alignment: Floats, inside: NDArray[np.bool_]) -> Floats:
    """1 minus half the mean distance between pairs inside a bloc; NaN for fewer than two members.

    Of ``n`` members in order, ``k (n - k)`` pairs stand across the gap between the ``k``-th and the next: the distances
    of all pairs add up from the gaps. States outside are put beside the last member, where they leave no gap.
    """
    count = inside.sum(axis=1).astype(float)
    last = np.where(inside, alignment, -np.inf).max(axis=1, initial=-np.inf, keepdims=True)
    members = np.sort(np.where(inside, alignment, np.where(np.isfinite(last), last, 0.0)), axis=1)
    below = np.arange(1, alignment.shape[1])
    across = below * (count[:, None] - below)
    total = (np.diff(members, axis=1) * across).sum(axis=1)
    count = np.where(count < 2, np.nan, count)
    return 1.0 - total / (count * (count - 1))


def digest(frame: pd.DataFrame) -> str:
    """SHA-256 (hex) of an outcomes table: column names, lanes and the bits of every number."""
    return digest_of(list(frame.columns), frame.index.to_numpy(), [frame.to_numpy()])


def digest_of(columns: Sequence[str], lanes: NDArray[np.int64], values: Iterable[Floats]) -> str:
    """`digest` of a table whose rows come in pieces, in their order."""
    total = hashlib.sha256("\n".join(columns).encode())
    total.update(np.ascontiguousarray(lanes, dtype="<i8").tobytes())
    for part in values:
        numbers = np.ascontiguousarray(part, dtype="<f8")
        total.update(np.where(np.isnan(numbers), np.nan, numbers + 0.0).tobytes())
    return total.hexdigest()
