"""The outcomes of many lanes as one Parquet table: written piece by piece, read by column, never whole in memory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sim.distribution import summarise
from sim.outcomes import digest_of

LANE = "lane"
GROUP_ROWS = 8192
"""Lanes written together."""
GROUP_COLUMNS = 32
"""Columns read together."""


class OutcomeWriter:
    """Writes tables of outcomes of the same columns, one after another, into one file.

    Use it as a context manager; `digest` is known once it is closed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._waiting: list[pd.DataFrame] = []
        self._writer: pq.ParquetWriter | None = None

    def __enter__(self) -> OutcomeWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._flush()
        if self._writer is not None:
            self._writer.close()

    def write(self, outcomes: pd.DataFrame) -> None:
        """Add some lanes (index ``lane``), which come after those before."""
        self._waiting.append(outcomes)
        if sum(map(len, self._waiting)) >= GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        if not self._waiting:
            return
        table = pa.Table.from_pandas(pd.concat(self._waiting), preserve_index=True)
        self._waiting = []
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.path, table.schema)
        self._writer.write_table(table)

    def digest(self) -> str:
        """SHA-256 of what was written, as `sim.outcomes.digest` gives it of the whole table."""
        file = pq.ParquetFile(self.path)
        columns = columns_of(self.path)
        lanes = file.read(columns=[LANE]).column(LANE).to_numpy()
        groups = (file.read_row_group(number, columns=columns) for number in range(file.num_row_groups))
        return digest_of(columns, lanes, (_values(group, columns) for group in groups))


def _values(table: pa.Table, columns: Sequence[str]) -> np.ndarray:
    return np.column_stack([table.column(name).to_numpy() for name in columns])


def columns_of(path: Path) -> list[str]:
    """Names of the outcomes of a table, in its order."""
    return [name for name in pq.read_schema(path).names if name != LANE]


def read_outcomes(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Some outcomes, or all: one row a lane (index ``lane``)."""
    wanted = columns_of(path) if columns is None else list(columns)
    return (
        pq.ParquetFile(path)
        .read(columns=[LANE, *wanted])
        .to_pandas(ignore_metadata=True)
        .set_index(LANE)[wanted]
    )


def in_groups(columns: Sequence[str]) -> list[list[str]]:
    """Names of columns, a few at a time; one empty group if there are none."""
    return [
        list(columns[start : start + GROUP_COLUMNS])
        for start in range(0, max(len(columns), 1), GROUP_COLUMNS)
    ]


def summary_of(path: Path, holds: str) -> pd.DataFrame:
    """`sim.distribution.summarise` of a table, exact, with a few columns in memory at a time."""
    groups = in_groups(columns_of(path))
    return pd.concat([summarise(read_outcomes(path, group), holds) for group in groups])
