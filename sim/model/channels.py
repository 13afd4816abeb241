"""What reaches a state, in one order for all: the channels of stimuli."""

from __future__ import annotations

CHANNELS = (
    "coercion",
    "punishment",
    "accommodation",
    "courtship_hub",
    "courtship_challenger",
    "pressure",
    "credibility",
    "war",
    "shock",
    "reputation_challenger",
    "reputation_hub",
    "leader",
)
"""What reaches a state, in the order of ``Timeline.stimuli``. All 0 to 1 but ``credibility`` and ``leader``, -1 to 1."""
