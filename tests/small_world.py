"""A world of four states, made by hand so that every number can be worked out on paper, and records to go with it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from sim.months import month_text
from sim.scenario.record import Stimulus
from sim.scenario.schema import Parameters, Scenario
from sim.scenario.world import World

CODES = ("AAA", "BBB", "CCC", "DDD")
START, END = "2000-01", "2004-12"
ASSUMED = "assumption: made for a test"
POWERS = {
    "HUB": "hub",  # the hub itself
    "HFR": "hub",  # a friend of the hub
    "CHA": "challenger",  # the challenger itself
    "CFR": "challenger",  # a friend of the challenger
    "THI": "third",
    "DDD": "challenger",  # a state that acts upon others, too
}


def measured(value: float) -> dict[str, Any]:
    return {"value": value, "source": ASSUMED}


def state(code: str, **values: float) -> dict[str, Any]:
    usual = {
        "capability": 0.1,
        "home": 0.0,
        "dispute": 0.0,
        "openness": 0.5,
        "dependence": 0.2,
        "opinion_of_challenger": 0.0,
        "opinion_of_hub": 0.0,
    }
    numbers = {name: measured(value) for name, value in (usual | values).items()}
    return {"code": code, "name": f"State {code}", **numbers}


def club(key: str, side: str = "hub", members: Iterable[str] = (), **values: Any) -> dict[str, Any]:
    usual = {"weight": 1, "threshold": 0.0, "leave_below": 0.0, "lock_in": 0.1, "minilateral": False}
    sponsor = "HUB" if side == "hub" else "CHA"
    about = {"key": key, "title": key.title(), "side": side, "sponsor": sponsor, "source": ASSUMED}
    return about | {"members": tuple(members)} | usual | values


def make_world(
    states: Iterable[dict[str, Any]] | None = None,
    clubs: Iterable[dict[str, Any]] = (),
    ties: Mapping[tuple[str, str], float] | None = None,
) -> World:
    return World.model_validate(
        {
            "name": "small",
            "title": "A small world",
            "hub": "HUB",
            "challenger": "CHA",
            "start": START,
            "units": {},
            "sources": {},
            "powers": [{"code": code, "name": code.title(), "side": side} for code, side in POWERS.items()],
            "states": list(states or [state(code) for code in CODES]),
            "ties": [
                {"a": a, "b": b, "weight": weight, "source": ASSUMED}
                for (a, b), weight in (ties or {}).items()
            ],
            "institutions": list(clubs),
        }
    )


def write_world(folder: Path, world: World) -> str:
    path = folder / "world.yaml"
    path.write_text(yaml.safe_dump(world.model_dump(mode="json", exclude_none=True)), encoding="utf-8")
    return str(path)


def act(kind: str, start: int, end: int | None = None, **values: Any) -> dict[str, str]:
    """One row of a record; ``start`` and ``end`` are months since the world's start."""
    first = 2000 * 12
    row: dict[str, Any] = {
        "id": "S001",
        "start": month_text(first + start),
        "end": month_text(first + (start if end is None else end)),
        "sender": "CHA",
        "target": "AAA",
        "kind": kind,
        "domain": "trade",
        "intensity": 0.5,
        "institution": "",
        "opened_by": "sender" if kind == "offer" else "",
        "circular": 0,
        "basis": "public",
        "check": "known",
        "title": "an act",
        "reference": "made for a test",
    } | values
    return {name: str(value) for name, value in row.items()}


def line(state: str, start: str, end: str, orientation: float) -> dict[str, str]:
    """One leader and the line that they declared."""
    return {
        "state": state,
        "start": start,
        "end": end,
        "leader": f"Leader of {start}",
        "orientation": str(orientation),
        "check": "known",
        "reference": "made for a test",
    }


def did(name: str, month: int, answers: str = "", **values: Any) -> dict[str, str]:
    """One row of what states did; ``month`` since the world's start."""
    row: dict[str, Any] = {
        "id": name,
        "date": month_text(2000 * 12 + month),
        "state": "AAA",
        "direction": 1,
        "kind": "arms",
        "institution": "",
        "weight": 1,
        "mass": 0,
        "binding": 0,
        "answers": answers,
        "basis": "public",
        "check": "known",
        "title": "a response",
        "reference": "made for a test",
    } | values
    return {name: str(value) for name, value in row.items()}


LEADER_COLUMNS = tuple(line("", "", "", 0.0))
STIMULUS_COLUMNS = tuple(act("shock", 0))


def write_record(
    folder: Path,
    rows: Iterable[dict[str, str]],
    leaders: Iterable[dict[str, str]] = (),
    last: str = END,
    responses: Iterable[dict[str, str]] = (),
) -> str:
    """Write a record that covers the world's start to ``last``; it says what states did if there are responses."""
    place = folder / "record"
    place.mkdir(exist_ok=True)
    _write(place / "stimuli.csv", STIMULUS_COLUMNS, rows)
    _write(place / "leaders.csv", LEADER_COLUMNS, leaders)
    _write(place / "extent.csv", ("first", "last"), [{"first": START, "last": last}])
    if responses := list(responses):
        _write(place / "responses.csv", tuple(responses[0]), responses)
    return str(place)


def _write(path: Path, columns: Iterable[str], rows: Iterable[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(columns))
        writer.writeheader()
        writer.writerows(rows)


def make_scenario(**changes: Any) -> Scenario:
    settings: dict[str, Any] = {
        "name": "small",
        "title": "Small",
        "question": "Does it add up?",
        "basis": "made for tests",
        "world": "small",
        "record": None,
        "record_until": None,
        "branch": START,
        "until": END,
        "report": (END,),
        "parameters": Parameters(source="default"),
    }
    return Scenario(**(settings | changes))


def ids(events: Iterable[Stimulus]) -> list[str]:
    return [event.id for event in events]
