"""The two sides, in the order of every array that has an entry for each: 0 the hub, 1 the challenger."""

from __future__ import annotations

from sim.model import rules

SIDES = ("hub", "challenger")
"""Names of the sides, in order."""
HUB, CHALLENGER = range(2)
"""Their places."""
SIGNS = {"hub": rules.HUB, "challenger": rules.CHALLENGER}
"""Name of a side -> its sign in alignment: 1 for the hub, -1 for the challenger."""
