"""Blocks: an ensemble cut into runs of lanes, each a pure function of small inputs, and what is kept of each.

A block's lanes are simulated a few at a time and let go, so that memory does not grow with their number. What a block
returns can be packed into bytes, kept on disk, sent between machines, and merged with others.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
from numpy.typing import NDArray

from sim.engine.arrays import TRAJECTORIES, Arrays, pack, pack_base
from sim.engine.kernel import MOST_INSTITUTIONS, run_block
from sim.engine.pausing import Paused, resume_block
from sim.engine.timeline import Timeline, build_timeline
from sim.errors import InputError
from sim.io.arrow import to_arrow, to_numpy
from sim.io.values import one_of, whole_number
from sim.model.parameters import uncertainty_of
from sim.results.failures import Failure, failures_of
from sim.results.lane_table import LaneTable
from sim.results.outcomes import measure
from sim.results.tally import BINS, RANGES, Tally
from sim.scenario.case import Case
from sim.scenario.lane_parameters import lane_parameters
from sim.scenario.schema import Scenario
from sim.types import Engine, Floats

if TYPE_CHECKING:
    import pyarrow as pa

BATCH_LANES = 32
"""Most lanes simulated at a time."""
BATCH_BYTES = 2**25
"""Memory that the trajectories of lanes simulated at a time should not exceed."""
CHUNK_ROWS = 2**16
"""Numbers of a column that are compressed together in a packed block."""
LEAST_LANES, USUAL_LANES, MOST_BLOCKS = 64, 250, 500
"""Lanes of the smallest block, of the usual block, and how many blocks there are at most before they become larger."""


def check_size(lanes: int, seed: int, engine: Engine) -> tuple[int, int, Engine]:
    """Lanes, seed and engine of an ensemble, the numbers as plain integers.

    Raises
    ------
    InputError
        If an argument is not a number or out of range, or there is no such engine.
    """
    return (
        whole_number(lanes, "lanes", 1, 2**31),
        whole_number(seed, "seed", 0, 2**63 - 1),
        one_of(engine, "engine", get_args(Engine)),
    )


class StoppedError(Exception):
    """The work on a block was given up, because whoever wanted it was interrupted."""


@dataclass(frozen=True)
class Job:
    """An ensemble to be simulated: everything that is the same for all its blocks.

    Attributes
    ----------
    timeline : Timeline
        The resolved scenario.
    arrays : Arrays
        The timeline as the compiled engine reads it.
    base : Arrays or None
        What happened on record, where the lanes are twins of recorded ones.
    lanes, seed : int
    engine : {"lanes", "mesa"}
    keep : bool
        Whether every lane's trajectory is wanted.
    paused : mapping
        Number of the first of some lanes -> these lanes, paused where all go on (`sim.runs.warm`); none otherwise.
    """

    timeline: Timeline
    arrays: Arrays
    base: Arrays | None
    lanes: int
    seed: int
    engine: Engine
    keep: bool
    paused: Mapping[int, Paused] = field(default_factory=dict)

    @classmethod
    def of(
        cls, scenario: Scenario | Case, lanes: int, seed: int, engine: Engine = "lanes", keep: bool = False
    ) -> Job:
        """The job of simulating a scenario.

        Raises
        ------
        InputError
            If a number is out of range, there is no such engine, or the draws of the parameters are damaged.
        """
        lanes, seed, engine = check_size(lanes, seed, engine)
        timeline = build_timeline(scenario)
        timeline.case.read_draws()
        if len(timeline.world.institutions) > MOST_INSTITUTIONS:
            raise InputError(f"the world has more than {MOST_INSTITUTIONS} institutions")
        return cls(timeline, pack(timeline), pack_base(timeline), lanes, seed, engine, keep)

    @property
    def batch(self) -> int:
        """Lanes that are simulated at a time; any number gives the same result."""
        one = 8 * (len(TRAJECTORIES) + 1) * len(self.timeline.months) * len(self.timeline.states)
        return int(min(max(BATCH_BYTES // one, 1), BATCH_LANES))

    @property
    def spans(self) -> list[range]:
        """The lanes of each block, in order. It depends on the number of lanes alone."""
        size = min(max(LEAST_LANES, -(-self.lanes // 4)), USUAL_LANES)
        size = max(size, -(-self.lanes // MOST_BLOCKS))
        return [range(first, min(first + size, self.lanes)) for first in range(0, self.lanes, size)]

    def rows(self, span: range) -> NDArray[np.void]:
        """The parameters of some lanes, one row a lane (``PARAMETER_TYPE``)."""
        return lane_parameters(self.timeline.case, self.seed, span.start, len(span))

    @property
    def about(self) -> dict[str, str | int]:
        """What is written into every labelled array of the results."""
        scenario, world = self.timeline.scenario, self.timeline.world
        return {
            "title": scenario.title,
            "scenario": scenario.name,
            "scenario_hash": self.timeline.case.hash,
            "seed": str(self.seed),
            "lanes": self.lanes,
            "hub": world.hub,
            "hub_name": world.power(world.hub).name,
            "challenger": world.challenger,
            "challenger_name": world.power(world.challenger).name,
            "sides": " ".join(f"{power.code}={power.side}" for power in world.powers),
            "branch": scenario.branch,
            "record_until": scenario.record_until or "",
            "uncertainty": uncertainty_of(scenario.parameters.source),
        }


@dataclass(frozen=True)
class Block:
    """What is kept of some lanes.

    Attributes
    ----------
    first, lanes : int
        The lanes asked for, failed ones among them.
    outcomes : LaneTable
        Of the lanes that did not fail.
    tally : Tally
        Of the same lanes.
    failures : tuple of Failure
    trajectories : float array or None
        Shape (lanes that did not fail, variables, months, states), if wanted.
    """

    first: int
    lanes: int
    outcomes: LaneTable
    tally: Tally
    failures: tuple[Failure, ...]
    trajectories: Floats | None


def simulate_block(
    job: Job,
    rows: NDArray[np.void],
    first: int,
    report: Callable[[int], None] = lambda lanes: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Block:
    """Simulate some lanes of a job: a pure function of the job, the lanes' parameters and the number of the first.

    Parameters
    ----------
    rows : record array of ``PARAMETER_TYPE``, shape (lanes,)
        One row a lane.
    first : int
        Number of the first lane.
    report : callable
        Called with the number of lanes just done.
    stopped : callable
        Asked every few lanes whether to give up.

    Raises
    ------
    StoppedError
        If it was asked to give up.
    """
    timeline = job.timeline
    tally = Tally.empty(timeline, len(rows))
    tables, failures, kept = [], [], []
    for start in range(0, len(rows), job.batch):
        if stopped():
            raise StoppedError
        own = rows[start : start + job.batch]
        trajectories, members, happens = _run(job, own, first + start)
        lanes = np.arange(first + start, first + start + len(own), dtype=np.int64)
        failed = failures_of(timeline, trajectories, first + start)
        if failed:
            sound = ~np.isin(lanes, [failure.lane for failure in failed])
            trajectories, members, happens = trajectories[sound], members[sound], happens[sound]
            lanes = lanes[sound]
            failures += failed
        tables.append(measure(timeline, job.arrays, trajectories, members, happens, lanes))
        tally.add(trajectories, members)
        if job.keep:
            kept.append(trajectories)
        report(len(own))
    together = np.concatenate(kept) if job.keep else None
    return Block(first, len(rows), LaneTable.joined(tables), tally, tuple(failures), together)


def _run(job: Job, rows: NDArray[np.void], first: int) -> tuple[Floats, NDArray[np.int64], NDArray[np.int64]]:
    if (paused := job.paused.get(first)) is not None:
        return resume_block(job.arrays, rows, job.seed, first, paused)
    if job.engine == "lanes":
        return run_block(job.arrays, rows, job.seed, first, job.base, job.timeline.branch)
    from sim.engine.mesa_model import run_block_in_mesa

    return run_block_in_mesa(job.timeline, rows, job.seed, first)


def packed(block: Block) -> bytes:
    """A block as bytes: a zip of Arrow files and a JSON note, the same bytes for the same block."""
    tally = block.tally
    parts: dict[str, bytes] = {
        "note.json": json.dumps(
            {
                "first": block.first,
                "lanes": block.lanes,
                "failures": [asdict(failure) for failure in block.failures],
            }
        ).encode(),
        "outcomes.arrow": _arrow(
            {"lane": block.outcomes.lanes}
            | dict(zip(block.outcomes.columns, block.outcomes.values.T, strict=True))
        ),
        "counts.arrow": _arrow(tally.counts),
        "sums.arrow": _arrow(tally.sums),
        "members.arrow": _arrow({"members": tally.members}),
    }
    if block.trajectories is not None:
        values = block.trajectories.astype(np.float32)
        parts["trajectories.arrow"] = _arrow(
            {name: values[:, number] for number, name in enumerate(TRAJECTORIES)}
        )
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_STORED) as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return memory.getvalue()


def unpacked(job: Job, content: bytes) -> Block:
    """The block that `packed` made bytes of; trajectories come back in single precision.

    Raises
    ------
    ValueError
        If they are no block of this job.
    """
    timeline = job.timeline
    shape = (len(timeline.months), len(timeline.states))
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            note = json.loads(archive.read("note.json"))
            tables = {
                name: _table(archive.read(f"{name}.arrow"))
                for name in ("outcomes", "counts", "sums", "members")
            }
            kept = _table(archive.read("trajectories.arrow")) if job.keep else None
        lane, *columns = tables["outcomes"].column_names
        lanes = _array(tables["outcomes"], lane, (-1,))
        values = to_numpy(tables["outcomes"].select(columns))
        failures = tuple(Failure(**failure) for failure in note["failures"])
        tally = Tally(
            {name: _array(tables["counts"], name, (*shape, BINS)) for name in RANGES},
            {name: _array(tables["sums"], name, (2, *shape)) for name in RANGES},
            _array(tables["members"], "members", (len(timeline.world.institutions), *shape)),
            len(lanes),
        )
        trajectories = None
        if kept is not None:
            trajectories = np.stack(
                [_array(kept, name, (len(lanes), *shape)) for name in TRAJECTORIES], axis=1
            )
        outcomes = LaneTable(lanes, tuple(columns), values)
        return Block(note["first"], note["lanes"], outcomes, tally, failures, trajectories)
    except (zipfile.BadZipFile, KeyError, TypeError, OSError) as error:
        raise ValueError(f"no block of this run: {error}") from error


def _arrow(columns: dict[str, Any]) -> bytes:
    import pyarrow as pa

    table = pa.table({name: to_arrow(values.reshape(-1)) for name, values in columns.items()})
    sink, options = pa.BufferOutputStream(), pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", 1))
    with pa.ipc.new_file(sink, table.schema, options=options) as file:
        file.write_table(table, CHUNK_ROWS)
    return sink.getvalue().to_pybytes()


def _table(content: bytes) -> pa.Table:
    import pyarrow as pa

    with pa.ipc.open_file(pa.BufferReader(content)) as file:
        return file.read_all()


def _array(table: pa.Table, name: str, shape: Sequence[int]) -> NDArray[Any]:
    return np.from_dlpack(table.column(name).combine_chunks()).reshape(shape)
