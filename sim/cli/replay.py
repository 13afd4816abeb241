"""``wedge replay``: step one lane in Mesa and print what happened, month by month."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.options import JsonOption, PosteriorOption, SeedOption, SetOption, month_option
from sim.cli.printing import console, print_json, print_table, print_text
from sim.cli.progress import announce_compilation
from sim.cli.running import load_all
from sim.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from sim.engine.mesa_model import StoryLine
    from sim.engine.story import Departure, Story


def replay(
    scenario: Annotated[str, typer.Argument(metavar="SCENARIO", help="A name or a file.")],
    lane: Annotated[int, typer.Option("--lane", min=0, max=2**31 - 1, help="Which simulated history.")] = 0,
    seed: SeedOption = 1,
    state: Annotated[str | None, typer.Option("--state", help="Only this state, by its code.")] = None,
    first: Annotated[str | None, typer.Option("--from", metavar="YYYY-MM", help="First month shown.")] = None,
    last: Annotated[str | None, typer.Option("--to", metavar="YYYY-MM", help="Last month shown.")] = None,
    changes: SetOption = None,
    posterior: PosteriorOption = None,
    as_json: JsonOption = False,
) -> None:
    """Follow one simulated history month by month.

    Shown is who did what to whom, what moved, and which draw decided. A lane is simulated again from its scenario, seed
    and number: it is the same history that a run counts.

    \b
    Examples:
      wedge replay history --lane 7 --state KOR --from 2016-01 --to 2018-01
      wedge replay history --json
    """
    from sim.engine.story import replay as make_again
    from sim.engine.story import require_simulated

    [case] = load_all([scenario], changes, posterior)
    start, end = month_option(first, "--from"), month_option(last, "--to")
    if start is not None and end is not None and start > end:
        raise InputError(f"{first} lies after --to {last}", key="--from")
    require_simulated(case, state, start, end)
    announce_compilation()
    story = make_again(case, lane, seed, end)
    lines = story.lines(state, start, end)
    if as_json:
        about = {"scenario": case.scenario.name, "scenario_hash": case.hash, "lane": lane, "seed": seed}
        departures = [asdict(departure) for departure in story.departures]
        print_json(about | {"lines": [asdict(line) for line in lines], "departures": departures})
    else:
        _show(story, lines, state)


def _show(story: Story, lines: Sequence[StoryLine], state: str | None) -> None:
    screen = console()
    screen.print()
    print_text(screen, story.case.scenario.title, style="bold")
    screen.print(f"lane {story.lane}, seed {story.seed}")
    screen.print()
    if story.held:
        _show_departures(screen, [part for part in story.departures if state in (None, part.state)])
    if not lines:
        screen.print("Nothing happened in these months.")
        return
    rows, month = [], ""
    for line in lines:
        rows.append(("" if line.month == month else line.month, line.state, line.text, line.detail))
        month = line.month
    print_table(screen, ("month", "state", "what happened", "how"), rows, sentences=(2, 3))
    screen.print()
    simulated = "Answers are simulated" if not story.held else "Answers after the record are simulated"
    print_text(
        screen,
        f"{simulated}. Titles of acts come from the record and may say what happened in fact.",
    )


def _show_departures(screen: Console, departures: Sequence[Departure]) -> None:
    """How this lane departs from the record, before it is told."""
    if not departures:
        screen.print("No response on record is missing here.")
        screen.print()
        return
    missing = sum(not part.instead for part in departures)
    other = len(departures) - missing
    clauses = [f"{missing} {'does' if missing == 1 else 'do'} not happen"] if missing else []
    clauses += [f"{other} {'happens' if other == 1 else 'happen'} in another month"] if other else []
    print_text(screen, f"Of the responses on record, {' and '.join(clauses)} in this lane.")
    rows = [(part.recorded, part.state, part.title, part.instead or "never") for part in departures]
    print_table(screen, ("on record", "state", "response", "here"), rows, sentences=(2,))
    screen.print()
