"""Build the worlds that come with Wedge from the measured series in ``sources/``.

``python -m scenarios.worlds.build`` writes ``indo_pacific.yaml``, ``world.yaml`` and ``europe_1936.yaml`` beside this file,
the same bytes every time. No number of a world is typed in code: each is read from a table in ``sources/``
and carries the key of its source into the world.
"""

from __future__ import annotations

from pathlib import Path

from scenarios.worlds.europe_1936 import europe_1936
from scenarios.worlds.indo_pacific import indo_pacific
from scenarios.worlds.whole_world import whole_world
from scenarios.worlds.writer import world_text
from sim.scenario.world import World

HERE = Path(__file__).resolve().parent


def built() -> dict[str, str]:
    """The text of each world by name, checked against the schema."""
    worlds = {"indo_pacific": indo_pacific(), "world": whole_world(), "europe_1936": europe_1936()}
    for world in worlds.values():
        World.model_validate(world)
    return {name: world_text(world) for name, world in worlds.items()}


def main() -> None:
    """Write every world beside this file."""
    for name, text in built().items():
        path = HERE / f"{name}.yaml"
        path.write_text(text, encoding="utf-8", newline="\n")
        print(path)


if __name__ == "__main__":
    main()
