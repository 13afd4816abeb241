"""``wedge evidence --use``: for each response of a record, the draw of a lane that it decides."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli.printing import console, print_json, print_table, print_text
from sim.cli.streams import say

if TYPE_CHECKING:
    from sim.conditioning.places import Placed
    from sim.scenario.world import World


def show_places(
    folder: Path,
    world_name: str,
    ids: Collection[str],
    *,
    limit: int | None,
    all_rows: bool,
    as_json: bool,
) -> None:
    """Print how many of some responses have which place and, on demand, each of them."""
    from sim.conditioning.places import place_rows
    from sim.scenario.record import load_record
    from sim.scenario.targets import load_responses
    from sim.scenario.world import load_world

    world = load_world(world_name)
    record = load_record(folder, world)
    placed = place_rows(load_responses(folder, world, record), record.stimuli, world)
    parts = [part for part in placed if part.row.id in ids]
    shown = parts[:limit]
    if as_json:
        counts = {name: len(rows) for name, rows in _by_place(parts).items()}
        about = {"table": "responses", "total": len(parts), "shown": len(shown), "places": counts}
        print_json(about | {"answer": answer(parts), "rows": [_plain(part) for part in shown]})
        return
    print_text(console(), answer(parts))
    _print_counts(parts, world)
    if all_rows:
        _print_rows(shown)
        say(f"{len(shown)} of {len(parts)} rows")
    else:
        say("--all lists each row, with its offer and the reason")


def answer(parts: Sequence[Placed]) -> str:
    """The sentence that says whether every response has a place.

    >>> answer([])
    'No row has a direction.'
    """
    directed = [part for part in parts if part.row.direction]
    without = [part for part in directed if part.place == "out"]
    others = [part for part in parts if not part.row.direction]
    refusals = [part for part in others if part.role == "declines"]
    sentences = ["No row has a direction."]
    if directed:
        counts = [f"{len(rows)} {name}" for name, rows in _by_place(directed).items() if rows]
        number = f"{len(directed) - len(without)} of" if without else "All"
        subject = (
            f"{number} {len(directed)} directed rows have" if len(directed) > 1 else "One directed row has"
        )
        sentences = [f"{subject} a place: {', '.join(counts)}."]
    if others:
        rest = len(others) - len(refusals)
        sentences.append(f"Without a direction: {len(refusals)} decline an offer, {rest} out.")
    return " ".join(sentences)


def _by_place(parts: Sequence[Placed]) -> dict[str, list[Placed]]:
    from sim.conditioning.places import PLACES

    return {name: [part for part in parts if part.place == name] for name in PLACES}


def _print_counts(parts: Sequence[Placed], world: World) -> None:
    from sim.conditioning.places import PLACES

    headings = ["place", "rows", f"to {world.hub}", f"to {world.challenger}", "neither", "each of them"]
    lines = []
    for (name, rows), meaning in zip(_by_place(parts).items(), PLACES.values(), strict=True):
        directions = [part.row.direction for part in rows]
        counts = [len(rows), *(directions.count(direction) for direction in (1, -1, 0))]
        lines.append([name, *map(str, counts), meaning])
    print_table(console(), headings, lines, [len(headings) - 1])


def _print_rows(parts: Sequence[Placed]) -> None:
    from sim.months import month_text

    headings = ["id", "when", "state", "step", "place", "offer", "why"]
    lines = [
        [
            part.row.id,
            month_text(part.row.date),
            part.row.state,
            f"{part.row.direction:+d} x {part.row.weight}" if part.row.direction else "0",
            part.place,
            part.offer.id if part.offer else "",
            f"{part.role}: {part.why}" if part.role else part.why,
        ]
        for part in parts
    ]
    if lines:
        print_table(console(), headings, lines, [len(headings) - 1])


def _plain(part: Placed) -> dict[str, Any]:
    from sim.months import month_text

    row = part.row
    return {
        "id": row.id,
        "date": month_text(row.date),
        "state": row.state,
        "direction": row.direction,
        "weight": row.weight,
        "place": part.place,
        "role": part.role,
        "offer": part.offer.id if part.offer else None,
        "why": part.why,
    }
