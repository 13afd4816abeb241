"""The tables and arrays of a stored run as they are read: one check of the schema, and any failure in one line.

Whether a file is the one that the run wrote is known by its checksum (`sim.runs.folder.verify`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

from sim.engine.arrays import TRAJECTORIES
from sim.errors import StoreError
from sim.results.failures import Failure
from sim.results.tally import RANGES
from sim.runs.folder import REMEDY

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

FAILURE_TYPES = {field.name: str(field.type) for field in fields(Failure)} | {"command": "str"}
"""Column of the table of failures -> type of its values."""
_LABELS = {"month": ("month",), "state": ("state",), "state_name": ("state",)}
QUANTILE_VARIABLES: Mapping[str, tuple[str, ...]] = (
    _LABELS
    | dict.fromkeys(RANGES, ("quantile", "month", "state"))
    | {f"{name}_{moment}": ("month", "state") for name in RANGES for moment in ("mean", "sd")}
    | dict.fromkeys(("institution", "institution_title", "institution_side"), ("institution",))
    | {"membership": ("institution", "month", "state"), "quantile": ("quantile",)}
)
"""Variable of a file of quantiles -> its dimensions."""
TRAJECTORY_VARIABLES: Mapping[str, tuple[str, ...]] = (
    _LABELS | dict.fromkeys(TRAJECTORIES, ("lane", "month", "state")) | {"lane": ("lane",)}
)
"""Variable of a file of trajectories -> its dimensions."""


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever goes wrong while a file of a run is decoded into one line about that file.

    The libraries that decode Parquet, HDF5 and CSV document no closed list of errors, so that all are caught.

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
        raise StoreError(f"{path}: needs more memory than there is; {REMEDY}") from None
    except Exception:
        raise corrupt(path) from None


def corrupt(path: Path, what: str = "not readable as this file of a run") -> StoreError:
    """The error for a file that does not have the schema of a run's file."""
    return StoreError(f"{path}: {what}; {REMEDY}")


def read_failures(path: Path, rows: int) -> pd.DataFrame:
    """The lanes that went wrong, index lane.

    Raises
    ------
    StoreError
        If the file is not such a table, or has another number of rows.
    """
    import pandas as pd

    with reading(path):
        table = pd.read_csv(path, dtype=FAILURE_TYPES, keep_default_na=False, na_values={"value": [""]})
        if [*table.columns] != [*FAILURE_TYPES] or len(table) != rows:
            raise corrupt(path)
    return table.set_index("lane")


def read_quantiles(path: Path) -> xr.Dataset:
    """Quantiles, mean and spread of a run, as `sim.results.tally.labelled_quantiles` makes them.

    Raises
    ------
    StoreError
        If the file has other variables.
    """
    with open_arrays(path, QUANTILE_VARIABLES) as data:
        return data.load()


@contextmanager
def open_arrays(path: Path, variables: Mapping[str, tuple[str, ...]]) -> Iterator[xr.Dataset]:
    """A file of arrays of a run, whose numbers are not loaded yet.

    Parameters
    ----------
    variables : mapping
        Name -> dimensions of everything that it must hold.

    Raises
    ------
    StoreError
        If it holds something else.
    """
    import xarray as xr

    with reading(path), xr.open_dataset(path, engine="h5netcdf") as data:
        if {name: variable.dims for name, variable in data.variables.items()} != variables:
            raise corrupt(path, "its variables or their dimensions are not those of a run")
        if any(variable.dtype.kind != "f" for variable in data.data_vars.values()):
            raise corrupt(path, "holds something other than numbers")
        if data["month"].dtype.kind != "M":
            raise corrupt(path, "invalid month coordinate")
        yield data
