"""The table of events has one schema, whether or not a run has events, and reads what earlier versions wrote."""

from dataclasses import asdict, fields
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from sim.errors import StoreError
from sim.runs.event_table import EVENT_SCHEMA, read_events, write_events
from sim.scenario.record import Stimulus

ACT = Stimulus("S001", 24120, 24121, "CHA", "AAA", "coercion", "maritime", 0.5, title="An act")


def as_earlier_versions_wrote(path: Path, events: list[Stimulus]) -> None:
    rows = pd.DataFrame(map(asdict, events), columns=[field.name for field in fields(Stimulus)])
    rows.to_parquet(path, index=False)


@pytest.mark.parametrize("events", [[], [ACT]], ids=["no rows", "one row"])
def test_the_schema_does_not_depend_on_the_rows(tmp_path: Path, events: list[Stimulus]) -> None:
    path = tmp_path / "events.parquet"
    write_events(path, events)
    assert pq.read_schema(path).equals(EVENT_SCHEMA)
    assert read_events(path) == tuple(events)


@pytest.mark.parametrize("events", [[], [ACT]], ids=["no rows", "one row"])
def test_tables_of_earlier_versions_are_read(tmp_path: Path, events: list[Stimulus]) -> None:
    path = tmp_path / "events.parquet"
    as_earlier_versions_wrote(path, events)
    assert read_events(path) == tuple(events)


def test_a_table_of_another_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "events.parquet"
    pd.DataFrame({"id": ["S001"]}).to_parquet(path)
    with pytest.raises(StoreError, match="its columns are not id, start, end"):
        read_events(path)
