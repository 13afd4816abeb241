"""Names of array types and of choices, each in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:  # the command line knows the choices and starts without numpy
    import numpy as np
    from numpy.typing import NDArray

Floats: TypeAlias = "NDArray[np.float64]"
"""Numbers in double precision, of any shape."""
Engine = Literal["lanes", "mesa"]
"""How lanes are simulated: compiled, many at once, or stepped in Mesa, one at a time."""
Responses = Literal["recorded", "simulated"]
"""Whether states do what the record says that they did, as far as it reaches, or all of it is left to chance."""
Reactions = Literal["all", "states", "none"]
"""Whose own offers answer an edit in the months of a record: those of states (initiatives), the hub's too, or nobody's."""
Side = Literal["hub", "challenger"]
"""Whose side a power, an institution or an offer is on."""
