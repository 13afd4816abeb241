"""``wedge new``: a commented file to start a scenario from."""

from __future__ import annotations

import json
import os
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from sim.cli.options import JsonOption
from sim.cli.printing import print_json
from sim.cli.streams import say
from sim.errors import InputError, nearest

if TYPE_CHECKING:
    from sim.scenario.schema import Scenario
    from sim.scenario.world import World

STARTER = Template("""\
# yaml-language-server: $$schema=$schema
#
# A scenario for Wedge. Is it sound, and what will it do?
#
#   wedge check $name.yaml
#
# What differs from the scenario that it extends?
#
#   wedge compare $base $name.yaml
#
# Whatever is missing here is inherited from $base. Examples are switched off with a leading '#'.

name: "$name"
title: "To be named: one line on what happens"
question: What would have happened if ...?
basis: Where the question comes from, for example an article and its publisher.
extends: $extends

# What the question comes down to: whose answer, of what (steps, view, alignment, dependence, member.INSTITUTION), and when.
# The first outcome and month decide the verdict. Left out: the states that the edits name, and the months of the report.
#
#asks: {states: [$state], outcomes: [steps, view]}

# The record is kept as it is before the branch. Edits start here, and so do strategies that say no other month. An
# earlier month opens more of the record to edits.
branch: $branch
until: $until

# Change what was done to states. A drop, scale or shift picks the rows for which every key agrees;
# look them up with: wedge evidence --state $state
#
#edits:
#  - drop: {kind: punishment, sender: $challenger, target: $state}
#  - scale: {kind: coercion, sender: $challenger, target: $state, by: 0.5, to: $until}
#  - add:
#      kind: offer
#      sender: $challenger
#      target: $state
#      start: $branch
#      end: $until
#      intensity: 0.4
#      title: What is offered
#      source: "assumption: why it is plausible"

# From a month on a power stops following the record and acts by a plan. Any coefficient of the plan can be set
# beside it. Challenger: $challenger_plans.
# Hub: $hub_plans.
#
#strategies:
#  $challenger: {plan: charm, from: $after, punitiveness: 0.1}
#  $hub: {plan: lattice, from: $after}

# Numbers of the rules: `posterior` (what the calibration left possible), `stacked` (rival explanations by their weight),
# `prior`, or `default` (one documented value each). A lever scales a mechanism that the record cannot tell from others:
# 0 switches it off.
#
#parameters: stacked
#levers: {$lever: 0}
""")


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of the scenario, such as quiet-sea.")],
    extends: Annotated[
        str, typer.Option(help="The scenario that it changes: a name, or a file beside it.")
    ] = "history",
    out: Annotated[Path, typer.Option(help="Folder to write NAME.yaml to.")] = Path("."),
    as_json: JsonOption = False,
) -> None:
    """Write a commented file to start a scenario from.

    It is never written over another file.

    \b
    Examples:
      wedge new quiet-sea
      wedge new quiet-sea --extends quiet-senkakus --out my-scenarios
    """
    from sim.io.library import data_root, names_in
    from sim.scenario.loading import load_scenario

    _check_name(name)
    if name in names_in(data_root()):
        raise InputError(f"'{name}' is a scenario that comes with Wedge; choose another name", key="NAME")
    if not out.is_dir():
        raise InputError(f"there is no folder '{out}'{_nearest_folder(out)}", key="--out")
    path = out / f"{name}.yaml"
    extends, base = _base(extends, out)
    text = starter(name, extends, base, out)
    try:
        with path.open("x", encoding="utf-8") as handle:
            handle.write(text)
    except FileExistsError:
        raise InputError("this file is there already; choose another name or folder", path) from None
    load_scenario(path)
    if as_json:
        print_json({"file": str(path), "name": name, "extends": extends})
    else:
        say(f"wrote {path}; check it with: wedge check {path}")


def starter(name: str, extends: str, base: Scenario, out: Path) -> str:
    """The text of a new scenario file whose examples suit the world of the scenario that it extends."""
    from sim.io.library import data_root, is_name
    from sim.model.parameters import LEVERS
    from sim.model.strategies import PLANS
    from sim.months import month_number, month_text
    from sim.scenario.world import load_world

    world = load_world(base.world)
    schema = data_root() / "schema" / "scenario.schema.json"
    return STARTER.substitute(
        schema=quote(Path(os.path.relpath(schema, os.path.realpath(out))).as_posix()),
        name=name,
        base=base.name,
        extends=extends if is_name(extends) else json.dumps(extends),
        branch=base.branch,
        until=base.until,
        after=month_text(max(month_number(base.record_until or base.branch) + 1, month_number(base.branch))),
        state=_example_state(world),
        challenger=world.challenger,
        hub=world.hub,
        challenger_plans=", ".join(PLANS["challenger"]),
        hub_plans=", ".join(PLANS["hub"]),
        lever=LEVERS[0],
    )


def _check_name(name: str) -> None:
    from pydantic import TypeAdapter, ValidationError

    from sim.scenario.schema import Slug

    try:
        TypeAdapter(Slug).validate_python(name)
    except ValidationError as error:
        raise InputError(str(error.errors()[0]["ctx"]["error"]), key="NAME") from None


def _base(extends: str, out: Path) -> tuple[str, Scenario]:
    """What ``extends:`` must say in the new file's folder, and the scenario that it names.

    Raises
    ------
    InputError
        If it is bad, or a file that scenarios of that folder may not name.
    """
    from sim.io.files import within
    from sim.io.library import data_root
    from sim.scenario.chain import find_scenario
    from sim.scenario.loading import load_scenario

    scenario = load_scenario(extends)
    path = find_scenario(extends)
    try:
        real = within(path, (out, data_root()))
    except ValueError as error:
        raise InputError(
            f"'{extends}' {error}; a scenario extends one of its own folder or of the library",
            key="--extends",
        ) from None
    if real.parent == data_root():
        return real.stem, scenario
    return f"./{Path(os.path.relpath(real, os.path.realpath(out))).as_posix()}", scenario


def _example_state(world: World) -> str:
    """A state for the examples: the most capable of the hub's partners at the start, or the first."""
    members = {code for part in world.institutions if part.side == "hub" for code in part.members}
    return max(sorted(members or world.codes), key=lambda code: world.state(code).capability.value)


def _nearest_folder(out: Path) -> str:
    siblings = out.parent.iterdir() if out.parent.is_dir() else ()
    return nearest(out.name, [path.name for path in siblings if path.is_dir()])
