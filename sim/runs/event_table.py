"""The record as a run used it, as one Parquet table of a fixed schema."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sim.io.arrow import to_arrow
from sim.runs.checked_files import corrupt, reading
from sim.scenario.record import Stimulus

_TYPES = {
    "str": (pa.string(), object),
    "int": (pa.int64(), np.int64),
    "float": (pa.float64(), np.float64),
    "bool": (pa.bool_(), np.bool_),
}
_COLUMNS = {field.name: _TYPES[str(field.type)] for field in fields(Stimulus)}
EVENT_SCHEMA = pa.schema([pa.field(name, kind, nullable=False) for name, (kind, _) in _COLUMNS.items()])
"""One column an attribute of `sim.scenario.record.Stimulus`; the same for a table without rows."""


def write_events(path: Path, events: Iterable[Stimulus]) -> None:
    """Write events, in their order."""
    rows = tuple(events)
    columns = [
        to_arrow(np.array([getattr(row, name) for row in rows], dtype=kind))
        for name, (_, kind) in _COLUMNS.items()
    ]
    pq.write_table(pa.Table.from_arrays(columns, schema=EVENT_SCHEMA), path)


def read_events(path: Path) -> tuple[Stimulus, ...]:
    """The events that `write_events` wrote.

    Earlier versions wrote a table without rows with columns of no type; it is read as what it is.

    Raises
    ------
    StoreError
        If the file is no such table.
    """
    with reading(path), pq.ParquetFile(path) as file:
        table = file.read(use_threads=False)
        if table.schema.names != EVENT_SCHEMA.names:
            raise corrupt(path, f"its columns are not {', '.join(EVENT_SCHEMA.names)}")
        if any(column.null_count for column in table.columns):
            raise corrupt(path, "a value is missing")
        return tuple(Stimulus(**row) for row in table.cast(EVENT_SCHEMA).to_pylist())
