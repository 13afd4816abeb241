"""Arrow columns from arrays and back, by their buffers: what pyarrow itself converts makes it load pandas first.

Loading pandas takes longer than a short run takes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa


def to_arrow(values: NDArray[Any], *, gaps: bool = False) -> pa.Array:
    """A column of numbers, truth values or texts.

    Parameters
    ----------
    values : array, shape (rows,)
    gaps : bool
        Whether NaN stands for a missing value; it stays a number otherwise.

    Examples
    --------
    >>> to_arrow(np.array([1.0, np.nan]), gaps=True).to_pylist()
    [1.0, None]
    >>> to_arrow(np.array(["Canberra", "東京"])).to_pylist()
    ['Canberra', '東京']
    """
    import pyarrow as pa

    rows = len(values)
    if values.dtype.kind in "UO":
        texts = [str(text).encode() for text in values]
        ends = np.cumsum([0, *map(len, texts)], dtype=np.int32)
        return pa.StringArray.from_buffers(rows, pa.py_buffer(ends), pa.py_buffer(b"".join(texts)))
    known = None
    if gaps and np.isnan(values).any():
        known = _bits(~np.isnan(values))
    if values.dtype.kind == "b":
        return pa.Array.from_buffers(pa.bool_(), rows, [known, _bits(values)])
    numbers = pa.py_buffer(np.ascontiguousarray(values))
    return pa.Array.from_buffers(pa.from_numpy_dtype(values.dtype), rows, [known, numbers])


def to_numpy(table: pa.Table) -> NDArray[Any]:
    """The columns of a table as one array, shape (rows, columns); NaN where a value is missing.

    Parameters
    ----------
    table : pyarrow.Table
        Its columns hold numbers of one type.

    Raises
    ------
    ValueError, TypeError
        If they do not, or a whole number is missing.

    Examples
    --------
    >>> import pyarrow as pa
    >>> to_numpy(pa.table({"a": [1.0, None], "b": [2.0, 3.0]}))
    array([[ 1.,  2.],
           [nan,  3.]])
    """
    import pyarrow as pa

    columns = [column.combine_chunks() for column in table.columns]
    batch = pa.RecordBatch.from_arrays(columns, table.column_names)
    return batch.to_tensor(null_to_nan=all(map(pa.types.is_floating, batch.schema.types))).to_numpy()


def _bits(values: NDArray[np.bool_]) -> pa.Buffer:
    import pyarrow as pa

    return pa.py_buffer(np.packbits(values, bitorder="little"))
