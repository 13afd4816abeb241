"""Baseline numbers: refreshed only on purpose, by ``make baseline``, when a change is meant to move results."""

import json
from pathlib import Path

from sim.runs.ensemble import simulate
from sim.scenario.loading import load_scenario

FILE = Path(__file__).with_name("baseline.json")
CASES = ("history", "thaad-without-punishment", "disciplined-wedge", "history simulated")
"""Scenarios, each with its responses where they are not the usual ones."""
LANES, SEED = 64, 1


def numbers() -> dict[str, dict[str, float]]:
    """Scenario -> outcome -> mean over lanes, to ten digits."""
    result = {}
    for name in CASES:
        scenario, _, responses = name.partition(" ")
        changes = {"parameters": "default"} | ({"responses": responses} if responses else {})
        outcomes = simulate(load_scenario(scenario, changes), lanes=LANES, seed=SEED).outcomes
        result[name] = {column: float(f"{value:.10g}") for column, value in outcomes.mean().items()}
    return result


if __name__ == "__main__":
    FILE.write_text(json.dumps(numbers(), indent=1) + "\n", encoding="utf-8")
    print(f"{FILE.name}: {len(CASES)} scenarios, {LANES} lanes, seed {SEED}")
