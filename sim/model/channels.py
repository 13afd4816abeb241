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

COERCION = CHANNELS.index("coercion")
PUNISHMENT = CHANNELS.index("punishment")
ACCOMMODATION = CHANNELS.index("accommodation")
COURTSHIP_HUB = CHANNELS.index("courtship_hub")
COURTSHIP_CHALLENGER = CHANNELS.index("courtship_challenger")
PRESSURE = CHANNELS.index("pressure")
CREDIBILITY = CHANNELS.index("credibility")
WAR = CHANNELS.index("war")
SHOCK = CHANNELS.index("shock")
REPUTATION_CHALLENGER = CHANNELS.index("reputation_challenger")
REPUTATION_HUB = CHANNELS.index("reputation_hub")
LEADER = CHANNELS.index("leader")
