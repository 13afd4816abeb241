"""``wedge check``: is a scenario sound, and what will it do?"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.options import JsonOption
from sim.cli.printing import console, print_json, print_text
from sim.cli.streams import say
from sim.errors import InputError, printable

if TYPE_CHECKING:
    from sim.scenario.case import Case
    from sim.scenario.edits import Effect
    from sim.scenario.schema import Scenario

IDS_SHOWN = 8


def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Names or files of scenarios.")],
    as_json: JsonOption = False,
) -> None:
    """Check scenarios, and show what each of them will do.

    Shown are its months, its strategies, and the rows of the record that its edits change. Nothing is run or written.
    Exits with status 2 if any scenario is invalid.

    \b
    Examples:
      wedge check my-scenario.yaml
      wedge check thaad-without-punishment quiet-senkakus --json
    """
    from sim.scenario.loading import load_case

    reports: list[dict[str, Any]] = []
    for file in files:
        try:
            reports.append({"file": printable(file), "ok": True, **report(load_case(file))})
        except InputError as error:
            reports.append({"file": printable(file), "ok": False, "error": str(error)})
            say(f"error: {error}", error=True)
            continue
        if not as_json:
            _show(reports[-1])
    if as_json:
        print_json({"files": reports})
    if not all(one["ok"] for one in reports):
        raise typer.Exit(InputError.exit_code)


def report(case: Case) -> dict[str, Any]:
    """What a case will do, as plain data."""
    from sim.scenario.edits import trace_edits

    scenario, documented = case.scenario, case.record.stimuli
    rows, effects = trace_edits(documented, scenario)
    said = scenario.plain()
    words = "name title question world record record_until responses reactions branch until report".split()
    return {
        **{key: said.get(key) for key in words},
        "hash": case.hash,
        "rows": {"documented": len(documented), "simulated": len(rows)},
        "edits": [_edit(effect) for effect in effects],
        **{key: said[key] for key in ("strategies", "parameters", "levers", "ties", "asks")},
        "notes": _notes(effects, scenario),
    }


def _edit(effect: Effect) -> dict[str, Any]:
    said = effect.edit.model_dump(mode="json", by_alias=True)[effect.edit.verb]
    return {"verb": effect.edit.verb, **said, "rows": list(effect.rows)}


def _notes(effects: tuple[Effect, ...], scenario: Scenario) -> list[str]:
    """What is allowed but worth a look."""
    notes = [
        f"edit {number} ({effect.edit.verb}) finds no row"
        for number, effect in enumerate(effects, 1)
        if not effect.rows
    ]
    late = [
        effect.edit.add for effect in effects if effect.edit.add and effect.edit.add.start > scenario.until
    ]
    notes += [f"the event '{event.title}' starts after the end, {scenario.until}" for event in late]
    if scenario.until < scenario.branch:
        notes.append(
            f"the simulation ends before the branch, {scenario.branch}: nothing differs from the record"
        )
    return notes


def _show(one: dict[str, Any]) -> None:
    screen = console()
    show = partial(print_text, screen, indent=2)
    screen.print(f"{one['file']}: ok", soft_wrap=True)
    show(one["title"])
    show(one["question"])
    record = f"record {one['record']} to {one['record_until']}" if one["record"] else "no record"
    rows = f", {one['rows']['documented']} rows" if one["record"] else ""
    show(f"world {one['world']}, {record}{rows}")
    tabled = ", ".join(one["report"])
    show(f"kept before {one['branch']}, simulated to {one['until']}, alignment reported at {tabled}")
    if one["record"]:
        reactions = f", reactions: {one['reactions']}" if one["responses"] == "recorded" else ""
        show(f"responses: {one['responses']}{reactions}")
    show(f"asks: {_asked(one['asks'])}")
    for code, strategy in one["strategies"].items():
        show(f"{code} follows {_strategy(strategy)}")
    for number, edit in enumerate(one["edits"], 1):
        show(f"edit {number}: {_sentence(edit)}")
    for name in ("parameters", "levers"):
        values = one[name].get("values", {}) if name == "parameters" else one[name]
        source = [one[name]["source"]] if name == "parameters" else []
        if values or source:
            show(f"{name}: {', '.join([*source, *(f'{key} {value:g}' for key, value in values.items())])}")
    for tie in one["ties"]:
        show(f"tie {tie['a']}-{tie['b']}: {tie['weight']:g}")
    for note in one["notes"]:
        show(f"note: {note}")


def _asked(asks: dict[str, Any]) -> str:
    whose = f" of {', '.join(asks['states'])}" if "states" in asks else " of the states that its edits name"
    way = f", expecting {asks['expects']}" if "expects" in asks else ""
    return f"{', '.join(asks['outcomes'])}{whose}, at {', '.join(asks['at'])}{way}"


def _strategy(strategy: dict[str, Any]) -> str:
    dials = [
        f"{name} {value:g}" for name, value in strategy.items() if name not in ("plan", "from", "targets")
    ]
    aims = [f"aimed at {', '.join(strategy['targets'])}"] if "targets" in strategy else []
    return ", ".join([f"{strategy['plan']} from {strategy['from']}", *dials, *aims])


def _sentence(edit: dict[str, Any]) -> str:
    if edit["verb"] == "add":
        span = f"{edit['start']} to {edit['end']}"
        return f"add {edit['kind']} {edit['sender']} -> {edit['target']} {edit['intensity']:g}, {span}: {edit['title']}"
    by = {"scale": f" by {edit.get('by', 1):g}", "shift": f" by {edit.get('months', 0)} months"}.get(
        edit["verb"], ""
    )
    keys = [edit[key] for key in ("id", "kind", "domain", "sender", "target", "institution") if key in edit]
    window = f"from {edit['from']}" + (f" to {edit['to']}" if "to" in edit else "")
    ids = edit["rows"][:IDS_SHOWN] + (["..."] if len(edit["rows"]) > IDS_SHOWN else [])
    found = f"{len(edit['rows'])} rows" if len(edit["rows"]) != 1 else "1 row"
    return (
        f"{edit['verb']} {' '.join(keys)}{by}, {window}: {found}{' (' + ' '.join(ids) + ')' if ids else ''}"
    )
