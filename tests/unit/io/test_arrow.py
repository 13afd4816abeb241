"""Arrow columns from arrays and back: the same as pyarrow's own conversions."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from sim.io.arrow import to_arrow, to_numpy

NUMBERS = st.sampled_from([np.float64, np.float32, np.int64, np.uint8, np.uint16])


@given(NUMBERS.flatmap(lambda kind: arrays.arrays(kind, st.integers(0, 20))))
def test_numbers_become_the_column_that_pyarrow_makes(values: np.ndarray) -> None:
    for gaps in (False, True):
        column, expected = to_arrow(values, gaps=gaps), pa.array(values, from_pandas=gaps)
        column.validate(full=True)
        assert (column.type, column.to_string()) == (expected.type, expected.to_string())
        back = to_numpy(pa.table({"x": column}))[:, 0]
        assert back.dtype == values.dtype
        np.testing.assert_array_equal(back, values)


@given(arrays.arrays(np.bool_, st.integers(0, 20)))
def test_truth_values_become_the_column_that_pyarrow_makes(values: np.ndarray) -> None:
    assert to_arrow(values).equals(pa.array(values, pa.bool_()))


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]))))
def test_texts_become_the_column_that_pyarrow_makes(texts: list[str]) -> None:
    column = to_arrow(np.array(texts, dtype=object))
    column.validate(full=True)
    assert column.equals(pa.array(texts, pa.string()))


def test_columns_in_pieces_become_one_array() -> None:
    table = pa.concat_tables(
        [pa.table({"a": [1.0, None], "b": [2.0, 3.0]}), pa.table({"a": [4.0], "b": [5.0]})]
    )
    np.testing.assert_array_equal(to_numpy(table), [[1.0, 2.0], [np.nan, 3.0], [4.0, 5.0]])


@pytest.mark.parametrize("values", [["a"], [1, None], [[1.0]], [True], [None]])
def test_what_is_no_number_is_refused(values: list) -> None:
    with pytest.raises((TypeError, ValueError)):
        to_numpy(pa.table({"x": values}))
