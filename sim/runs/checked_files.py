"""The tables and arrays of a stored run as they are read: bounded before, checked after, refused in one line.

A checksum shows damage and not who made a file. So nothing is unpacked before its names, types and sizes are those that
the run's manifest lets expect, and nothing is handed on that a run cannot hold.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import xarray as xr
from numpy.typing import NDArray

from sim.engine.arrays import TRAJECTORIES
from sim.errors import StoreError, unseen
from sim.months import FIRST_YEAR, LAST_YEAR
from sim.results.failures import Failure
from sim.results.tally import QUANTILES, RANGES
from sim.runs.folder import REMEDY

MOST_UNPACKED = 2**30
"""Bytes of one file of arrays, unpacked."""
FARTHEST = 1e12
"""A number of a run is not beyond this on either side of zero; squares and sums of such numbers stay finite."""
MOST_MONTHS = 12 * (LAST_YEAR - FIRST_YEAR + 1)
_CODE = re.compile("[A-Z]{3,4}")


FAILURE_TYPES = {field.name: str(field.type) for field in fields(Failure)} | {"command": "str"}
"""Column of the table of failures -> type of its values."""


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever goes wrong as a file of a run is decoded into a line about that file.

    The libraries that decode Parquet, HDF5 and CSV name no errors that they keep to, so that all are caught.

    Raises
    ------
    StoreError
        With the file and the remedy.
    """
    try:
        yield
    except StoreError:
        raise
    except MemoryError:
        raise StoreError(f"{path}: asks for more memory than there is; {REMEDY}") from None
    except Exception:
        raise odd(path) from None


def odd(path: Path, what: str = "not what a run has there") -> StoreError:
    """The error for a file that is not what a run has there."""
    return StoreError(f"{path}: {what}; {REMEDY}")


def unpacked(file: pq.ParquetFile) -> int:
    """Bytes of a Parquet file before it was compressed, as its metadata tells."""
    groups = [
        file.metadata.row_group(number).total_byte_size for number in range(file.metadata.num_row_groups)
    ]
    return sum(size if size >= 0 else MOST_UNPACKED**2 for size in groups)


def _plain(value: object) -> bool:
    """Whether it is no text, or one line that can be seen."""
    return not isinstance(value, str) or (unseen(value) is None and "\n" not in value)


# --- lanes that went wrong ---------------------------------------------------------------------------------------


def read_failures(path: Path, rows: int) -> pd.DataFrame:
    """The lanes that went wrong, index lane.

    Raises
    ------
    StoreError
        If the file is no such table or has another number of rows.
    """
    with reading(path):
        table = pd.read_csv(
            path,
            dtype=FAILURE_TYPES,
            keep_default_na=False,
            na_values={"value": [""]},
        )
        if [*table.columns] != [*FAILURE_TYPES] or len(table) != rows:
            raise odd(path)
    return table.set_index("lane")


# --- arrays ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Layout:
    """What a file of arrays holds.

    Attributes
    ----------
    arrays : mapping
        Name -> dimensions, of floats in single precision.
    texts : mapping
        Name -> dimension, of text.
    numbers : mapping
        Name -> data type, of coordinates with a dimension of their own.
    """

    arrays: Mapping[str, tuple[str, ...]]
    texts: Mapping[str, str]
    numbers: Mapping[str, str]

    @property
    def dimensions(self) -> dict[str, tuple[str, ...]]:
        """Name -> dimensions of everything that it holds."""
        coordinates = {name: (name,) for name in self.numbers}
        return {**self.arrays, **{name: (part,) for name, part in self.texts.items()}, **coordinates}


_MOMENTS = {f"{name}_{moment}": ("month", "state") for name in RANGES for moment in ("mean", "sd")}
QUANTILE_FILE = Layout(
    arrays=dict.fromkeys(RANGES, ("quantile", "month", "state"))
    | _MOMENTS
    | {"membership": ("institution", "month", "state")},
    texts={"state": "state", "state_name": "state"}
    | dict.fromkeys(("institution", "institution_title", "institution_side"), "institution"),
    numbers={"month": "int64", "quantile": "float64"},
)
TRAJECTORY_FILE = Layout(
    arrays=dict.fromkeys(TRAJECTORIES, ("lane", "month", "state")),
    texts={"state": "state", "state_name": "state"},
    numbers={"month": "int64", "lane": "int64"},
)


def read_quantiles(path: Path, manifest: Mapping[str, Any]) -> xr.Dataset:
    """Quantiles, mean and spread of a run, as `sim.results.tally.labelled_quantiles` makes them.

    Raises
    ------
    StoreError
        If the file holds something else, or is of another run than the manifest's.
    """
    with open_arrays(path, QUANTILE_FILE, manifest) as data:
        loaded = data.load()
        if not np.array_equal(loaded["quantile"].to_numpy(), QUANTILES):
            raise odd(path, "its quantiles are not those of a run")
        check_numbers(path, *(array.to_numpy() for array in loaded.data_vars.values()))
    return loaded


@contextmanager
def open_arrays(path: Path, layout: Layout, manifest: Mapping[str, Any]) -> Iterator[xr.Dataset]:
    """A file of arrays of a run, checked but for its numbers, which are not loaded yet.

    Raises
    ------
    StoreError
        If the file holds something else, or is of another run than the manifest's.
    """
    with reading(path):
        _check_hdf5(path, layout)
        with xr.open_dataset(path, engine="h5netcdf") as data:
            _check_labels(path, layout, data, manifest)
            yield data


def check_numbers(path: Path, *arrays: NDArray[np.floating[Any]]) -> None:
    """Refuse infinities and what is near them; what is not defined is NaN.

    Raises
    ------
    StoreError
    """
    if any((np.abs(array) > FARTHEST).any() for array in arrays):
        raise odd(path, "holds a number that no run comes to")


def _check_hdf5(path: Path, layout: Layout) -> None:
    """Names, types and sizes of plain arrays that lie in this file, before anything is unpacked."""
    dimensions, size = layout.dimensions, 0
    with h5py.File(path, "r") as file:
        if set(file) != set(dimensions) or not all(_own_array(file, name) for name in file):
            raise odd(path, "its variables are not those of a run")
        lengths = {names[0]: file[names[0]].size for names in dimensions.values() if len(names) == 1}
        for name, names in dimensions.items():
            array = file[name]
            size += array.size * array.dtype.itemsize
            if array.shape != tuple(lengths[part] for part in names) or not _of_type(array, name, layout):
                raise odd(path, f"'{name}' has not the size or type that a run has")
        if not 1 <= lengths["month"] <= MOST_MONTHS or size > MOST_UNPACKED:
            raise odd(path, "has not the size that a run has")


def _own_array(file: h5py.File, name: str) -> bool:
    """Whether a name is an array stored in this very file, packed in no way but the usual ones."""
    if not isinstance(file.get(name, getlink=True), h5py.HardLink):
        return False
    array = file[name]
    if not isinstance(array, h5py.Dataset) or array.is_virtual or array.external or array.shape is None:
        return False
    made = array.id.get_create_plist()
    usual = {h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32}
    chunks = zip(array.chunks or (), array.shape, strict=False)
    return all(made.get_filter(number)[0] in usual for number in range(made.get_nfilters())) and all(
        chunk <= max(1, length) for chunk, length in chunks
    )


def _of_type(array: h5py.Dataset, name: str, layout: Layout) -> bool:
    if not array.size:
        return True
    if name in layout.texts:
        return h5py.check_string_dtype(array.dtype) is not None
    return array.dtype == np.dtype(layout.numbers.get(name, "float32"))


def _check_labels(path: Path, layout: Layout, data: xr.Dataset, manifest: Mapping[str, Any]) -> None:
    """Dimensions, types as decoded, months in a row, the manifest's states, and texts that can be seen."""
    for name, names in layout.dimensions.items():
        if data[name].dims != names:
            raise odd(path, f"'{name}' has other dimensions than a run's")
    if any(data[name].dtype != np.float32 for name in layout.arrays):
        raise odd(path, "holds something else than numbers in single precision")
    if data["month"].dtype.kind != "M":
        raise odd(path, "its months are none")
    months = data["month"].to_numpy().astype("datetime64[M]")
    if (np.diff(months.astype(np.int64)) != 1).any() or not FIRST_YEAR <= months[0].item().year <= LAST_YEAR:
        raise odd(path, "its months are not those of a run")
    texts = {name: [*data[name].to_numpy()] for name in layout.texts}
    if not all(isinstance(text, str) and _plain(text) for part in texts.values() for text in part):
        raise odd(path, "holds what no text of a run holds")
    if dict(zip(texts["state"], texts["state_name"], strict=True)) != manifest["states"]:
        raise odd(path, f"its states are not those of the manifest in {path.parent}")
    for array in data.variables.values():
        if not all(map(_plain, array.attrs.values())):
            raise odd(path, "holds what no text of a run holds")
    if not _attributes_fit(data.attrs, manifest):
        raise odd(path, "what it says of the run is not what the manifest says")


def _attributes_fit(found: Mapping[str, Any], manifest: Mapping[str, Any]) -> bool:
    """Whether the attributes of arrays are those that a run of this manifest writes."""
    scenario = manifest["scenario"]
    told = {
        "title": scenario["title"],
        "scenario": scenario["name"],
        "scenario_hash": manifest["scenario_hash"],
        "seed": str(manifest["seed"]),
        "lanes": manifest["lanes"],
        "hub_name": manifest["hub"],
        "challenger_name": manifest["challenger"],
        "uncertainty": manifest["uncertainty"],
        "branch": scenario["branch"],
        "record_until": scenario.get("record_until") or "",
    }
    free = ("hub", "challenger", "sides")
    if set(found) != {*told, *free} or not all(isinstance(found[name], str) for name in free):
        return False
    if not all(np.ndim(value) == 0 and _plain(value) for value in found.values()):
        return False
    codes = [found["hub"], found["challenger"]]
    for pair in found["sides"].split(" "):
        code, equals, side = pair.partition("=")
        codes.append(code if equals and side else "")
    return all(found[name] == told[name] for name in told) and all(map(_CODE.fullmatch, codes))
