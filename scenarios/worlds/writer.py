"""A world as YAML text that a person likes to read, the same bytes every time."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping
from typing import Any

WIDTH = 110


def world_text(world: Mapping[str, Any]) -> str:
    """A world as YAML that reads well: a comment with the units, one block a state, one line a quantity."""
    lines = [
        "# yaml-language-server: $schema=../schema/world.schema.json",
        f"# {world['title']}, {world['start']}.",
        "# Built from sources/ by `python -m scenarios.worlds.build`: edit the tables there, not this file.",
        "#",
        "# Units",
    ]
    lines += [f"#   {name:<22} {unit}" for name, unit in world["units"].items()]
    lines.append("")
    lines += [f"{name}: {scalar(world[name])}" for name in ("name", "title", "hub", "challenger")]
    lines += [f"start: {scalar(world['start'], quoted=True)}", "", "units:"]
    lines += [f"  {name}: {scalar(unit)}" for name, unit in world["units"].items()]
    lines += ["", "sources:"]
    for name, described in world["sources"].items():
        lines.append(f"  {scalar(name)}: >-")
        lines += [f"    {line}" for line in textwrap.wrap(described, WIDTH - 4, break_on_hyphens=False)]
    lines += ["", "powers:"]
    lines += [f"  - {flow(power)}" for power in world["powers"]]
    lines += ["", "states:"]
    lines += [line for state in world["states"] for line in block(state)]
    lines += ["ties:"]
    lines += [f"  - {flow(part)}" for part in world["ties"]]
    lines += ["", "institutions:"]
    lines += [line for institution in world["institutions"] for line in block(institution)]
    return "\n".join(lines).rstrip("\n") + "\n"


def block(part: Mapping[str, Any]) -> list[str]:
    """A list item over several lines, with a blank line after it."""
    lines = [f"    {name}: {flow(value)}" for name, value in part.items()]
    return ["  - " + lines[0].lstrip(), *lines[1:], ""]


def flow(value: Any) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name}: {flow(part)}" for name, part in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(part) for part in value) + "]"
    return scalar(value)


def scalar(value: Any, *, quoted: bool = False) -> str:
    """A word, a number, or a text in double quotes."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.6f}".rstrip("0") + ("0" if value == int(value) else "")
    if isinstance(value, int):
        return str(value)
    plain = value.replace("_", "").isalnum() and value.lower() not in ("true", "false", "null", "yes", "no")
    return value if plain and not quoted else json.dumps(value, ensure_ascii=False)
