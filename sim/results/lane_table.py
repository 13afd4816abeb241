"""Outcomes of lanes as they pass from measurement to files: an array with the numbers of its lanes and the names of its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.types import Floats

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class LaneTable:
    """One row a lane, one column an outcome.

    Attributes
    ----------
    lanes : int array, shape (lanes,)
        Numbers of the lanes.
    columns : tuple of str
        Names of the outcomes (``sim.results.outcomes``).
    values : float array, shape (lanes, columns)
        NaN where a lane does not define an outcome.

    Examples
    --------
    >>> table = LaneTable(np.array([4, 5]), ("coalition",), np.array([[0.2], [0.4]]))
    >>> table.to_pandas().loc[5, "coalition"]
    np.float64(0.4)
    """

    lanes: NDArray[np.int64]
    columns: tuple[str, ...]
    values: Floats

    def __len__(self) -> int:
        return len(self.lanes)

    @classmethod
    def joined(cls, tables: Sequence[LaneTable]) -> LaneTable:
        """The lanes of one or more tables of the same columns, one after another."""
        lanes = np.concatenate([table.lanes for table in tables])
        return cls(lanes, tables[0].columns, np.concatenate([table.values for table in tables]))

    def to_pandas(self) -> pd.DataFrame:
        """The table for a user of pandas: index ``lane``."""
        import pandas as pd

        index = pd.Index(self.lanes, name="lane")
        return pd.DataFrame(self.values, index=index, columns=list(self.columns))
