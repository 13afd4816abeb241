"""Labelled arrays: names, dimensions and attributes with plain arrays, and the netCDF file that xarray reads them from.

xarray itself is loaded only by whoever asks for a dataset: it takes longer to load than a short run takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

COMPRESSION = 4
"""Level of deflation of the arrays of a file."""


@dataclass(frozen=True)
class Variable:
    """An array with the names of its dimensions, and what is said of it.

    Attributes
    ----------
    dimensions : tuple of str
    values : array
        Numbers, months as ``datetime64``, or text.
    attributes : mapping
        Units and title, for example.
    """

    dimensions: tuple[str, ...]
    values: NDArray[Any]
    attributes: Mapping[str, Any]


@dataclass(frozen=True)
class LabelledArrays:
    """What an xarray dataset holds.

    Attributes
    ----------
    data, coordinates : mapping
        Name -> variable. A coordinate named as its one dimension numbers or names the places along it.
    attributes : mapping
        What is said of the whole.

    Examples
    --------
    >>> months = Variable(("month",), np.array(["2010-01", "2010-02"], "datetime64[ns]"), {})
    >>> alert = Variable(("month",), np.array([0.0, 0.5], np.float32), {"units": "1"})
    >>> LabelledArrays({"alert": alert}, {"month": months}, {"seed": "1"}).to_xarray()["alert"].units
    '1'
    """

    data: Mapping[str, Variable]
    coordinates: Mapping[str, Variable]
    attributes: Mapping[str, Any]

    def to_xarray(self) -> xr.Dataset:
        """The dataset, which shares the arrays."""
        import xarray as xr

        def described(variables: Mapping[str, Variable]) -> dict[str, Any]:
            return {
                name: (part.dimensions, part.values, dict(part.attributes))
                for name, part in variables.items()
            }

        return xr.Dataset(described(self.data), described(self.coordinates), dict(self.attributes))

    def write(self, path: Path) -> None:
        """Write a netCDF file, by the conventions by which xarray writes one."""
        import h5netcdf

        sizes = {
            dimension: size
            for part in (*self.data.values(), *self.coordinates.values())
            for dimension, size in zip(part.dimensions, part.values.shape, strict=True)
        }
        with h5netcdf.File(path, "w", decode_vlen_strings=True) as file:
            file.dimensions = sizes
            file.attrs.update(self.attributes)
            for name, part in self.coordinates.items():
                _write(file, name, part, {})
            for name, part in self.data.items():
                labels = [
                    label
                    for label, other in self.coordinates.items()
                    if label not in sizes and set(other.dimensions) <= set(part.dimensions)
                ]
                _write(file, name, part, {"coordinates": " ".join(labels)} if labels else {})


def _write(file: Any, name: str, part: Variable, more: Mapping[str, Any]) -> None:
    """One variable: months as days since the first, text of any length, floats compressed with NaN for what is missing."""
    import h5py

    values, attributes = part.values, {**part.attributes, **more}
    options: dict[str, Any] = {}
    if values.dtype.kind == "M":
        first = values[0].astype("datetime64[D]")
        values = (values.astype("datetime64[D]") - first).astype(np.int64)
        attributes |= {"units": f"days since {first} 00:00:00", "calendar": "proleptic_gregorian"}
    if values.dtype.kind in "UO":
        values, options["dtype"] = values.astype(object), h5py.string_dtype()
    if values.dtype.kind == "f":
        options["fillvalue"] = values.dtype.type(np.nan)
    if len(part.dimensions) > 1 and values.size:
        options |= {"compression": "gzip", "compression_opts": COMPRESSION, "shuffle": True}
    variable = file.create_variable(name, part.dimensions, data=values, **options)
    variable.attrs.update(attributes)
