"""Posteriors whose checksums are right and whose contents are not: refused in one line, and not unpacked to no end."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.errors import InputError
from sim.model.parameters import PARAMETERS
from sim.scenario import posterior
from sim.scenario.posterior import MANIFEST, read_posterior
from tests.fuzz.conftest import refusal
from tests.fuzz.places import manifest_of

NAMES = [*PARAMETERS][:3]
FIRST = NAMES[0]
Change = Callable[[dict[str, Any]], object]


def main(told: dict[str, Any]) -> dict[str, Any]:
    entry: dict[str, Any] = told["rivals"]["main"]
    return entry


def seal(folder: Path, told: dict[str, Any]) -> None:
    """Write a manifest as the program would have, whatever it says."""
    told.pop("checksum", None)
    text = json.dumps(told, indent=1, ensure_ascii=False) + "\n"
    told["checksum"] = hashlib.sha256(text.encode()).hexdigest()
    (folder / MANIFEST).write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def refused(place: Path, file: str = MANIFEST) -> str:
    with pytest.raises(InputError) as caught:
        read_posterior(place / "posterior")
    line = refusal(caught)
    assert file in line
    return line


MANIFESTS: dict[str, Change] = {
    "no checksum of a table": lambda told: main(told).pop("sha256"),
    "a checksum that is a number": lambda told: main(told).update(sha256=7),
    "a weight beyond all floats": lambda told: main(told).update(weight=10**400),
    "a weight that is text": lambda told: main(told).update(weight="1"),
    "a weight that is a list": lambda told: main(told).update(weight=[1.0]),
    "a negative weight": lambda told: main(told).update(weight=-1.0),
    "no weight": lambda told: main(told).pop("weight"),
    "rows beyond all tables": lambda told: main(told).update(rows=10**18),
    "rows that are text": lambda told: main(told).update(rows="3"),
    "no rows": lambda told: main(told).update(rows=0),
    "rows of another table": lambda told: main(told).update(rows=4),
    "columns that are text": lambda told: main(told).update(columns=FIRST),
    "no columns": lambda told: main(told).update(columns=[]),
    "columns that are nothing": lambda told: main(told).update(columns=None),
    "columns of lists": lambda told: main(told).update(columns=[[FIRST]]),
    "a column twice": lambda told: main(told).update(columns=[FIRST, FIRST]),
    "an unknown column": lambda told: main(told).update(columns=["\x1b[2J"]),
    "a million columns": lambda told: main(told).update(columns=[FIRST] * 200_000),
    "rivals that are a list": lambda told: told.update(rivals=[main(told)]),
    "no rival": lambda told: told.update(rivals={}),
    "a rival that is a path": lambda told: told.update(main="../x", rivals={"../x": main(told)}),
    "a rival that is hidden": lambda told: told.update(main=".x", rivals={".x": main(told)}),
    "a rival that is nothing": lambda told: told["rivals"].update(main=None),
    "a rival named as a source": lambda told: told.update(main="prior", rivals={"prior": main(told)}),
    "many rivals": lambda told: told.update(rivals={f"r{number}": main(told) for number in range(100)}),
    "a main that is a list": lambda told: told.update(main=[]),
    "another main": lambda told: told.update(main="\x1b[2J"),
    "about that is a list": lambda told: told.update(about=[]),
    "another format": lambda told: told.update(format=["wedge posterior"]),
    "another version": lambda told: told.update(version="\x1b[2J" * 5000),
}


@pytest.mark.parametrize("change", MANIFESTS.values(), ids=MANIFESTS.keys())
def test_a_sealed_manifest_that_says_something_odd_is_refused(place: Path, change: Change) -> None:
    told = manifest_of(place / "posterior")
    change(told)
    seal(place / "posterior", told)
    refused(place, "posterior")


def column(values: Any, kind: pa.DataType | None = None) -> pa.Array:
    return pa.array(values, type=kind)


GOOD = [float(PARAMETERS[FIRST].default)] * 3
TABLES: dict[str, Any] = {
    "whole numbers": column([1, 1, 1]),
    "single precision": column(GOOD, pa.float32()),
    "text": column(["1", "1", "1"]),
    "huge text": column(["x" * 1_000_000] * 3),
    "bytes": column([b"1"] * 3),
    "yes and no": column([True] * 3),
    "dates": column([0, 0, 0], pa.timestamp("ns")),
    "nothing": column([None] * 3),
    "a gap": column([GOOD[0], None, GOOD[0]]),
    "no number": column([GOOD[0], float("nan"), GOOD[0]]),
    "infinity": column([GOOD[0], float("inf"), GOOD[0]]),
    "out of range": column([1e300] * 3),
    "lists": column([GOOD, GOOD, GOOD]),
    "nested lists": column([[GOOD], [GOOD], [GOOD]]),
    "structures": column([{"x": GOOD[0]}] * 3),
    "maps": column([[("x", 1.0)]] * 3, pa.map_(pa.string(), pa.float64())),
    "decimals": column([1, 1, 1], pa.decimal128(5)),
    "a dictionary of text": column(["a", "b", "a"]).dictionary_encode(),
    "no row": column([], pa.float64()),
    "a row too many": column([*GOOD, GOOD[0]]),
}


def put(place: Path, table: pa.Table, change: Change = lambda told: None, **options: Any) -> None:
    """Put a table in, with the checksum that belongs to it."""
    folder = place / "posterior"
    pq.write_table(table, folder / "main.parquet", **options)
    told = manifest_of(folder)
    main(told)["sha256"] = hashlib.sha256((folder / "main.parquet").read_bytes()).hexdigest()
    change(told)
    seal(folder, told)


@pytest.mark.parametrize("values", TABLES.values(), ids=TABLES.keys())
def test_a_sealed_table_with_another_schema_is_refused(place: Path, values: pa.Array) -> None:
    put(place, pa.table({FIRST: values}), lambda told: main(told).update(columns=[FIRST]))
    refused(place, "main.parquet")


@pytest.mark.parametrize(
    "names", [NAMES[:2], NAMES[::-1], [*NAMES[:2], "x"], [NAMES[0]] * 3, [*NAMES, "__index_level_0__"]]
)
def test_a_sealed_table_with_other_columns_is_refused(place: Path, names: list[str]) -> None:
    columns = [column([float(PARAMETERS.get(name, PARAMETERS[FIRST]).default)] * 3) for name in names]
    put(place, pa.Table.from_arrays(columns, names=names))
    refused(place, "main.parquet")


def test_a_table_in_many_row_groups_is_read(place: Path) -> None:
    columns = {name: column([float(PARAMETERS[name].default)] * 3) for name in NAMES}
    put(place, pa.table(columns), row_group_size=1, compression="zstd")
    assert len(read_posterior(place / "posterior").tables["main"][FIRST]) == 3


def test_a_table_that_unpacks_to_far_more_is_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posterior, "MOST_UNPACKED", 100_000)
    table = pa.table({FIRST: np.full(100_000, GOOD[0])})
    sizes = {"columns": [FIRST], "rows": 100_000}
    put(place, table, lambda told: main(told).update(sizes), compression="zstd", use_dictionary=False)
    assert (place / "posterior" / "main.parquet").stat().st_size < 50_000
    assert "unpacks to" in refused(place, "main.parquet")
