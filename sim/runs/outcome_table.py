"""The outcomes of many lanes as one Parquet table: written piece by piece, read by column, never whole in memory."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from sim.io.arrow import to_arrow, to_numpy
from sim.results.lane_table import LaneTable
from sim.results.outcomes import OUTCOMES, digest_of, parse_column
from sim.results.summary import Summary, summarise
from sim.runs.checked_files import corrupt, reading

if TYPE_CHECKING:
    import pandas as pd

LANE = "lane"
_PANDAS = {
    "index_columns": [LANE],
    "column_indexes": [],
    "columns": [{"name": LANE, "field_name": LANE, "pandas_type": "int64", "numpy_type": "int64"}],
}
"""What makes the lane the index for whoever reads the file with pandas."""
GROUP_ROWS = 8192
"""Lanes written together."""
GROUP_COLUMNS = 32
"""Columns read together, at least; of few lanes, more."""
GROUP_VALUES = 2**22
"""Values read together, at most, unless ``GROUP_COLUMNS`` have more."""


BY_STATE = [outcome.name for outcome in OUTCOMES.values() if outcome.scope == "state"]
"""Outcomes of every state at every date of the report."""
MAY_LACK = {outcome.name for outcome in OUTCOMES.values() if outcome.scope in ("institution", "response")}
"""Outcomes that a run does not have where there is no institution, no offer to join one, or no recorded response."""


def _outcome_of(column: str) -> str:
    """The outcome of a column; empty if it is not one of any."""
    try:
        return parse_column(column).outcome.name
    except KeyError:
        return ""


class OutcomeWriter:
    """Writes tables of outcomes of the same columns, one after another, into one file.

    Use it as a context manager; `columns` and `digest` are known once it is closed.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.columns: tuple[str, ...] = ()
        self._waiting: list[LaneTable] = []
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

    def write(self, outcomes: LaneTable) -> None:
        """Add some lanes, which come after those before."""
        self._waiting.append(outcomes)
        if sum(map(len, self._waiting)) >= GROUP_ROWS:
            self._flush()

    def _flush(self) -> None:
        if not self._waiting:
            return
        outcomes = LaneTable.joined(self._waiting)
        self._waiting, self.columns = [], outcomes.columns
        columns = [to_arrow(outcomes.lanes), *(to_arrow(column, gaps=True) for column in outcomes.values.T)]
        schema = schema_of(outcomes.columns).with_metadata({"pandas": json.dumps(_PANDAS)})
        table = pa.Table.from_arrays(columns, schema=schema)
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.path, table.schema)
        self._writer.write_table(table)

    def digest(self) -> str:
        """SHA-256 of what was written, as `sim.results.outcomes.digest` gives it of the whole table."""
        with pq.ParquetFile(self.path) as file:
            lanes = to_numpy(file.read(columns=[LANE])).reshape(-1)
            numbers = range(file.num_row_groups)
            groups = (file.read_row_group(number, columns=list(self.columns)) for number in numbers)
            return digest_of(self.columns, lanes, map(to_numpy, groups))


def schema_of(columns: Iterable[str]) -> pa.Schema:
    """The schema of a table of outcomes, whether or not it has rows: the number of the lane, then one float an outcome."""
    return pa.schema([(LANE, pa.int64()), *((name, pa.float64()) for name in columns)])


def _columns_of(file: pq.ParquetFile) -> list[str]:
    """Names of the outcomes of a table, in its order."""
    return [name for name in file.schema_arrow.names if name != LANE]


def checked_columns(path: Path, rows: int, states: Collection[str], dates: Collection[str]) -> list[str]:
    """Names of the outcomes of a run's table, in its order, after its schema has been checked.

    Parameters
    ----------
    rows : int
        Lanes of the run that did not go wrong.
    states, dates : collection of str
        Codes, and months of the report.

    Raises
    ------
    StoreError
        If it is not the table of such a run.
    """
    with reading(path), pq.ParquetFile(path) as file:
        columns = _columns_of(file)
        wanted = {f"{name}.{code}.{date}" for name in BY_STATE for code in states for date in dates}
        measures = {_outcome_of(name) for name in columns}
        if not wanted <= set(columns) or not {*OUTCOMES} - MAY_LACK <= measures <= {*OUTCOMES}:
            raise corrupt(path, "its columns are not those of this run")
        if {*file.schema_arrow} != {*schema_of(columns)}:
            raise corrupt(path, "the type of a column is wrong")
        if file.metadata.num_rows != rows:
            raise corrupt(path, f"{file.metadata.num_rows:,} rows; the manifest says {rows:,} lanes")
    return columns


def read_outcomes(path: Path, columns: Sequence[str] | None = None) -> pd.DataFrame:
    """Some outcomes, or all: one row a lane (index ``lane``).

    Raises
    ------
    StoreError
        If the file cannot be read as such a table.
    """
    with reading(path), pq.ParquetFile(path) as file:
        wanted = _columns_of(file) if columns is None else list(columns)
        return file.read(columns=[LANE, *wanted]).to_pandas(ignore_metadata=True).set_index(LANE)[wanted]


def in_groups(columns: Sequence[str], lanes: int = 2**31) -> list[list[str]]:
    """Names of columns, as many at a time as memory bears; one empty group without columns."""
    size = max(GROUP_COLUMNS, GROUP_VALUES // max(lanes, 1))
    return [list(columns[start : start + size]) for start in range(0, max(len(columns), 1), size)]


def summary_of(path: Path, columns: Sequence[str], holds: str) -> dict[str, Summary]:
    """`sim.results.summary.summarise` of the outcomes of a table, exact, with some columns in memory at a time.

    Raises
    ------
    StoreError
        If the file cannot be read as such a table.
    """
    summary: dict[str, Summary] = {}
    with reading(path), pq.ParquetFile(path) as file:
        for group in in_groups(columns, file.metadata.num_rows):
            summary |= summarise(group, to_numpy(file.read(columns=group)), holds)
    return summary
