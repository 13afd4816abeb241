"""Scenarios: YAML in, a checked and resolved :class:`~sim.scenario.schema.Scenario` out.

Names are loaded when first used, so that :mod:`sim.scenario.world` can read files through :mod:`sim.io.yaml_files` without
drawing in the loader, which itself needs worlds.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sim.scenario.chain import library
    from sim.scenario.edits import apply_edits
    from sim.scenario.loading import load_scenario
    from sim.scenario.schema import Scenario, Strategy

__all__ = ["Scenario", "Strategy", "apply_edits", "library", "load_scenario"]

_HOMES = {
    "Scenario": "schema",
    "Strategy": "schema",
    "apply_edits": "edits",
    "library": "documents",
    "load_scenario": "loading",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'sim.scenario' has no attribute '{name}'")
    return getattr(import_module(f"sim.scenario.{_HOMES[name]}"), name)
