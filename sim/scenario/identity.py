"""What a scenario is known by: a hash of everything that its numbers depend on."""

from __future__ import annotations

import hashlib
import json

from sim.scenario.schema import Scenario

_WORDS_OF_A_SCENARIO = ("name", "title", "question", "basis", "world", "record")


def _digest(scenario: Scenario) -> str:
    """Hash of the numbers: canonical JSON of the scenario without its words, and of the rows it refers to."""
    from dataclasses import asdict

    from sim.io.library import record_folder
    from sim.scenario.posterior import posterior_for
    from sim.scenario.record import load_leaders, load_stimuli
    from sim.scenario.world import load_world

    content = {key: value for key, value in scenario.plain().items() if key not in _WORDS_OF_A_SCENARIO}
    for part in [part for edit in content["edits"] for part in edit.values()] + content["ties"]:
        part.pop("title", None)
        part.pop("source", None)
    posterior = posterior_for(scenario.parameters)
    if posterior is not None:
        content["parameters"].pop("posterior", None)
        content["parameters"]["posterior_sha256"] = posterior.sha256
    world = load_world(scenario.world)
    content["world content"] = world.model_dump(mode="json")
    if scenario.record is not None:
        folder = record_folder(scenario.record)
        content["stimuli"] = [asdict(row) for row in load_stimuli(folder, world)]
        content["leaders"] = [asdict(row) for row in load_leaders(folder, world)]
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
