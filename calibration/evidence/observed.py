"""From the tables of a record to the arrays that the likelihood compares with the rules.

Everything is indexed by month (0 = first month of the world) and by state (order of the world's codes). What a state
did before a month is history and may condition what it does next; what it did in that month or later never does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from calibration.evidence import sides
from calibration.evidence.sides import SIGNS
from sim.conditioning.figures import trade_of, views_of
from sim.conditioning.invitations import MASS_WINDOW
from sim.conditioning.places import Opening, Placed, is_initiative, openings_of, place_rows
from sim.conditioning.record import entered_institution
from sim.engine.arrays import Arrays, measured, pack
from sim.engine.timeline import Timeline, build_timeline, channel_of, side_of
from sim.errors import InputError
from sim.io.library import record_folder
from sim.model import rules
from sim.model.channels import CHANNELS
from sim.model.parameters import PARAMETER_TYPE
from sim.months import month_number, month_text
from sim.scenario.case import Case, resolve
from sim.scenario.lane_parameters import parameter_rows
from sim.scenario.loading import load_scenario
from sim.scenario.record import Stimulus, load_extent
from sim.scenario.schema import Parameters, Scenario
from sim.scenario.targets import TABLES, Response, load_targets
from sim.scenario.world import World
from sim.types import Floats

Integers = NDArray[np.int64]
Records = NDArray[np.void]
Monthly = TypeVar("Monthly", Integers, Floats)
StepSet = Literal["unprompted", "unanswered", "binding", "verified", "all"]

UNPROMPTED, INITIATIVES = 0, 1
"""Streams of moves: steps that answer no offer, and offers that a state opens itself or with the sender."""
CELL_MONTHS = 6
"""Months of a half-year, by which moves are summed up where they are counted and held out."""
MASS_STATES = 3
"""Least number of states that must join within these months for an invitation to count as a mass signing."""

OFFER_TYPE = np.dtype(
    [("state", "i8"), ("first", "i8"), ("last", "i8"), ("outcome", "i8"), ("initiative", "i8"), ("side", "f8"),
     ("threshold", "f8")]
)  # fmt: skip
"""One offer to one state, open from month ``first`` to ``last``; outcome 1 accepted, -1 declined, 0 still open;
``initiative`` 1 if the state opened it itself or with the sender."""
INVITATION_TYPE = np.dtype(
    [("invitation", "i8"), ("state", "i8"), ("first", "i8"), ("last", "i8"), ("joined", "i8"), ("side", "f8"),
     ("threshold", "f8")]
)  # fmt: skip
"""One state that was invited with all others; ``joined`` 1 if it joined by month ``last``."""
ONSET_TYPE = np.dtype([("kind", "i8"), ("state", "i8"), ("month", "i8"), ("intensity", "f8"), ("months", "f8"),
                       ("ended", "i8")])  # fmt: skip
"""One act of a power; ``months`` long so far, ``ended`` 0 if it still went on when the record closed."""
HABITS = ("coercion", "punishment", "accommodation", "offer_challenger", "offer_hub", "pressure")
"""Kinds of act, in the order of ``Onset.kind``."""


@dataclass(frozen=True)
class Observed:
    """The record and the targets as arrays. ``T`` months, ``N`` states, ``H`` half-years.

    Attributes
    ----------
    arrays : Arrays
        What acts upon the states month by month (``sim.engine.arrays``).
    home : float array, shape (N,)
    position : float array, shape (T, N)
        Position gathered from recorded steps and memberships before each month, beyond home.
    moves : int array, shape (2, 2, N, T)
        Moves by stream (`UNPROMPTED`, `INITIATIVES`), side, state and month; a step in the month in which it was decided
        in public.
    offers, invitations, views, trade, onsets : structured arrays
        Of `OFFER_TYPE`, `INVITATION_TYPE`, ``VIEW_TYPE``, ``TRADE_TYPE`` (``sim.conditioning.figures``) and
        `ONSET_TYPE`.
    offer_rows : tuple of str
        Id of each offer's row of the record.
    at_risk : bool array, shape (6, T, N)
        Months in which an act of each kind can begin: none of its kind is under way.
    since_step, since_pressure, since_coercion : int array, shape (T, N)
        Months since the last step toward the hub, since pressure was felt, since coercion rose.
    step_weights : int array, shape (3,)
        Number of steps that weigh 1, 2, 3.
    acted_upon : bool array, shape (N,)
        States that the challenger's habit is counted over.
    series : tuple of str
        Name of each survey series: state, power, pollster, measure.
    fingerprint : str
        SHA-256 of the evidence and of the scenario's numbers.
    """

    scenario: Scenario
    world: World
    months: Integers
    states: tuple[str, ...]
    arrays: Arrays
    home: Floats
    position: Floats
    moves: Integers
    offers: Records
    offer_rows: tuple[str, ...]
    invitations: Records
    views: Records
    trade: Records
    onsets: Records
    at_risk: NDArray[np.bool_]
    since_step: Integers
    since_pressure: Integers
    since_coercion: Integers
    step_weights: Integers
    acted_upon: NDArray[np.bool_]
    series: tuple[str, ...]
    fingerprint: str

    @property
    def cells(self) -> int:
        """Number of half-years."""
        return -(-len(self.months) // CELL_MONTHS)

    @property
    def steps(self) -> Integers:
        """Counts of unprompted steps by side, state and half-year, shape (2, N, H)."""
        return by_half_year(self.moves[UNPROMPTED])

    @property
    def initiatives(self) -> Integers:
        """Counts of initiatives by side, state and half-year, shape (2, N, H)."""
        return by_half_year(self.moves[INITIATIVES])

    def month(self, text: str) -> int:
        """Index of a month."""
        return month_number(text) - int(self.months[0])

    def cell_of(self, text: str) -> int:
        """Half-year that a month lies in."""
        return self.month(text) // CELL_MONTHS

    def with_targets(self, **targets: Any) -> Observed:
        """The same design with other outcomes (simulated, permuted); the fingerprint says so."""
        digest = hashlib.sha256(self.fingerprint.encode())
        for name in sorted(targets):
            digest.update(name.encode() + np.ascontiguousarray(targets[name]).tobytes())
        return replace(self, fingerprint=digest.hexdigest(), **targets)


def by_half_year(monthly: Monthly) -> Monthly:
    """Sums by half-year along the last axis; the last half-year may be cut short."""
    return np.add.reduceat(monthly, np.arange(0, monthly.shape[-1], CELL_MONTHS), axis=-1)


def observe(
    scenario: Scenario | str = "history", record: Path | None = None, steps: StepSet = "unprompted"
) -> Observed:
    """The stimuli and the targets of a record as arrays.

    Parameters
    ----------
    scenario : Scenario or str
        World and record; its strategies, its parameters and what lies after the record play no part.
    record : Path, optional
        Folder that takes the place of the scenario's record. A record that is to be fitted or scored holds
        ``responses.csv``, and ``opinion.csv`` and ``trade.csv`` if there are any.
    steps : str
        Which unprompted steps count: ``unprompted`` (answer no offer, no mass signing), ``unanswered`` (answer nothing),
        ``binding``, ``verified`` (both of the first set), ``all`` (all but mass signings).

    Raises
    ------
    InputError
        If there is no record, or at its first bad row: file, line, column and what is allowed.

    Examples
    --------
    >>> observed = observe()
    >>> observed.steps.sum(axis=(1, 2)).tolist()  # toward the hub, toward the challenger
    [68, 68]
    """
    chosen = load_scenario(scenario) if isinstance(scenario, str) else scenario
    if record is not None:
        chosen = chosen.model_copy(update={"record": str(record.resolve())})
    if chosen.record is None:
        raise InputError(f"scenario {chosen.name} has no record, so there is nothing to hold it against")
    folder = record_folder(chosen.record)
    extent = load_extent(folder)
    until = month_text(extent[1]) if extent else chosen.until
    case = resolve(
        chosen.model_copy(
            update={
                "until": until,
                "responses": "simulated",
                "strategies": {},
                "report": (until,),
                "parameters": Parameters(source="default"),
            }
        )
    )
    timeline = build_timeline(case)
    world, months, stimuli = timeline.world, timeline.months, case.record.stimuli
    span = (int(months[0]), int(months[-1]))
    targets = load_targets(folder, world, replace(case.record, extent=span))
    responses = targets.responses
    # Fewer rows have a term than have a place: the answer to a circular offer has none, an institution opened to all has one only if
    # MASS_STATES joined within MASS_WINDOW months, where declining counts as not joining, and no pinned row has one.
    placed = place_rows(responses, stimuli, world)
    arrays = pack(timeline)
    counted = [part.row for part in placed if _counts(part, steps)]
    views, series = views_of(targets.opinion, world, months)
    offers, offer_rows = _offers(stimuli, placed, world, months)
    onsets, at_risk = _onsets(stimuli, world, months)
    return Observed(
        scenario=case.scenario,
        world=world,
        months=months,
        states=world.codes,
        arrays=arrays,
        home=measured(world, "home"),
        position=_position(placed, world, months),
        moves=_moves(counted, openings_of(stimuli, world, int(months[0]), len(months)), world, months),
        offers=offers,
        offer_rows=offer_rows,
        invitations=_invitations(timeline, stimuli, placed, world, months),
        views=views,
        trade=trade_of(targets.trade, world, months),
        onsets=onsets,
        at_risk=at_risk,
        since_step=_since(_hub_steps(placed, world, months)),
        since_pressure=_since(_felt(timeline, "coercion") | _felt(timeline, "punishment")),
        since_coercion=_since(_risen(timeline)),
        step_weights=np.bincount([row.weight for row in counted], minlength=4)[1:4].astype(np.int64),
        acted_upon=np.array([code not in _senders_of_challenger(world) for code in world.codes]),
        series=series,
        fingerprint=_fingerprint(case, folder, steps),
    )


def _fingerprint(case: Case, folder: Path, steps: str) -> str:
    """SHA-256 of the case, of the tables of targets, and of the set of steps."""
    digest = hashlib.sha256(f"{case.hash} {steps}".encode())
    for name in TABLES:
        path = folder / name
        digest.update(name.encode() + (path.read_bytes() if path.exists() else b""))
    return digest.hexdigest()


def _senders_of_challenger(world: World) -> set[str]:
    """Powers that are no neighbour to be courted: the challenger's own side, and third parties."""
    return {power.code for power in world.powers if power.side in ("challenger", "third")}


def _counts(part: Placed, steps: StepSet) -> bool:
    row = part.row
    if steps == "all":
        return row.direction != 0 and not row.mass
    if part.place != "unprompted":
        return False
    if steps == "unanswered":
        return not row.answers
    if steps == "binding":
        return row.binding
    return row.check == "verified" if steps == "verified" else True


def _moves(rows: Sequence[Response], openings: Sequence[Opening], world: World, months: Integers) -> Integers:
    moves = np.zeros((2, 2, len(world.codes), len(months)), dtype=np.int64)
    for row in rows:
        side = sides.HUB if row.direction > 0 else sides.CHALLENGER
        t = max(row.decision - int(months[0]), 0)
        moves[UNPROMPTED, side, world.place[row.state], t] += 1
    for opening in openings:
        side = sides.HUB if opening.side > 0 else sides.CHALLENGER
        moves[INITIATIVES, side, opening.state, opening.month] += 1
    return moves


def _position(placed: Sequence[Placed], world: World, months: Integers) -> Floats:
    """What recorded steps and memberships add to home, at the start of each month, by the rules' own read-out.

    What counts as entry into an institution is what counts in recorded lanes.
    """
    p = parameter_rows("default", {}, {}, 0, 0, 1)[0]
    assert p.dtype == PARAMETER_TYPE
    first, shape = int(months[0]), (len(months), len(world.codes))
    net, lock_in = np.zeros(shape), np.zeros(shape)
    joined = {(part.key, code) for part in world.institutions for code in part.members}
    for part in sorted(placed, key=lambda part: (part.month, part.row.id)):
        row = part.row
        t, i = max(part.month - first, 0), world.codes.index(row.state)
        net[t, i] += row.direction * row.weight
        number = entered_institution(part, world)
        if number < 0:
            continue
        institution = world.institutions[number]
        if (institution.key, row.state) not in joined:
            joined.add((institution.key, row.state))
            lock_in[t:, i] += SIGNS[institution.side] * institution.lock_in
    position, accumulated = np.zeros(shape), np.zeros(len(world.codes))
    for t in range(len(months)):
        position[t] = accumulated + (lock_in[t - 1] if t else 0.0)
        accumulated = np.array(
            [rules.accumulated_steps_after_month(m, w, p) for m, w in zip(accumulated, net[t], strict=True)]
        )
    return position


def _offers(
    stimuli: Sequence[Stimulus], placed: Sequence[Placed], world: World, months: Integers
) -> tuple[Records, tuple[str, ...]]:
    """Named offers that can be dated apart from their answers, with what became of them."""
    first, last = int(months[0]), int(months[-1])
    thresholds = {part.key: part.threshold for part in world.institutions}
    decisions = {
        (part.offer.id, part.row.state): part
        for part in placed
        if part.offer is not None and part.role in ("accepts", "declines")
    }
    rows, names = [], []
    for offer in stimuli:
        side = SIGNS.get(side_of(offer.sender, world))
        if offer.kind != "offer" or offer.circular or side is None or offer.target not in world.codes:
            continue
        decision = decisions.get((offer.id, offer.target))
        if decision is not None:
            outcome, end = 1 if decision.role == "accepts" else -1, decision.row.date
        else:
            outcome, end = (0, last) if offer.end >= last else (-1, offer.end)
        opened = max(offer.start, first)
        threshold = thresholds.get(offer.institution, 0.0)
        state = world.codes.index(offer.target)
        own = is_initiative(offer)
        rows.append((state, opened - first, max(end, opened) - first, outcome, own, side, threshold))
        names.append(offer.id)
    return np.array(rows, dtype=OFFER_TYPE), tuple(names)


def _invitations(
    timeline: Timeline,
    stimuli: Sequence[Stimulus],
    placed: Sequence[Placed],
    world: World,
    months: Integers,
) -> Records:
    """Open invitations that many states took up: who was invited, and who joined within a fixed window."""
    first, last = int(months[0]), int(months[-1])
    thresholds = {part.key: part.threshold for part in world.institutions}
    rows: list[tuple[float, ...]] = []
    number = 0
    for offer in stimuli:
        if offer.kind != "offer" or offer.target != "ALL" or not offer.institution or offer.circular:
            continue
        side = SIGNS[side_of(offer.sender, world)]
        joined = {
            part.row.state: part.row.date
            for part in placed
            if part.place == "opening"
            and part.role == "accepts"
            and part.row.answers == offer.id
            and part.row.date < offer.start + MASS_WINDOW
        }
        if len(joined) < MASS_STATES:
            continue
        for invitation in timeline.offers:
            if invitation.row != offer.id:
                continue
            code = world.codes[invitation.state]
            end = joined.get(code, min(offer.start + MASS_WINDOW - 1, last))
            row = (
                number,
                invitation.state,
                offer.start - first,
                end - first,
                code in joined,
                side,
                thresholds[offer.institution],
            )
            rows.append(row)
        number += 1
    return np.array(rows, dtype=INVITATION_TYPE)


def _onsets(stimuli: Sequence[Stimulus], world: World, months: Integers) -> tuple[Records, NDArray[np.bool_]]:
    """Acts of the two sides upon named states; an act that joins one of its kind under way does not count as new."""
    first, last = int(months[0]), int(months[-1])
    at_risk = np.ones((len(HABITS), len(months), len(world.codes)), dtype=np.bool_)
    rows: list[tuple[float, ...]] = []
    busy: dict[tuple[int, int], int] = {}
    for act in sorted(stimuli, key=lambda act: (act.start, act.id)):
        kind = _habit(act, world)
        if kind is None or act.target not in world.codes or not first <= act.start <= last:
            continue
        state = world.codes.index(act.target)
        if kind < 3 or kind == 5:
            at_risk[kind, act.start - first + 1 : act.end - first + 1, state] = False
            if act.start <= busy.get((kind, state), -1):
                busy[kind, state] = max(busy[kind, state], act.end)
                continue
            busy[kind, state] = act.end
        elif is_initiative(act):
            continue
        rows.append((kind, state, act.start - first, act.intensity, act.end - act.start + 1, act.end < last))
    return np.array(rows, dtype=ONSET_TYPE), at_risk


def _habit(act: Stimulus, world: World) -> int | None:
    if act.kind == "offer":
        return {"challenger": 3, "hub": 4}.get(side_of(act.sender, world))
    channel = channel_of(act, world)
    return {"coercion": 0, "punishment": 1, "accommodation": 2, "pressure": 5}.get(channel or "")


def _hub_steps(placed: Sequence[Placed], world: World, months: Integers) -> NDArray[np.bool_]:
    stepped = np.zeros((len(months), len(world.codes)), dtype=np.bool_)
    for part in placed:
        if part.row.direction > 0:
            stepped[max(part.month - int(months[0]), 0), world.codes.index(part.row.state)] = True
    return stepped


def _felt(timeline: Timeline, channel: str) -> NDArray[np.bool_]:
    return timeline.stimuli[CHANNELS.index(channel)] > rules.NEW_ACT


def _risen(timeline: Timeline) -> NDArray[np.bool_]:
    coercion = timeline.stimuli[CHANNELS.index("coercion")]
    before = np.vstack([np.zeros((1, coercion.shape[1])), coercion[:-1]])
    return coercion > before + rules.NEW_ACT


def _since(happened: NDArray[np.bool_]) -> Integers:
    """Months since the last time before each month that something happened; ``-NEVER`` if it has not."""
    since = np.zeros(happened.shape, dtype=np.int64)
    last = np.full(happened.shape[1], rules.NEVER, dtype=np.int64)
    for t in range(len(happened)):
        since[t] = t - last
        last = np.where(happened[t], t, last)
    return since
