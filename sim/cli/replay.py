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
    from sim.engine.mesa_model import StoryLine


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
        print_json(about | {"lines": [asdict(line) for line in lines]})
    else:
        _show(case.scenario.title, lane, seed, lines)


def _show(title: str, lane: int, seed: int, lines: Sequence[StoryLine]) -> None:
    screen = console()
    screen.print()
    print_text(screen, title, style="bold")
    screen.print(f"lane {lane}, seed {seed}")
    screen.print()
    if not lines:
        screen.print("Nothing happened in these months.")
        return
    rows, month = [], ""
    for line in lines:
        rows.append(("" if line.month == month else line.month, line.state, line.text, line.detail))
        month = line.month
    print_table(screen, ("month", "state", "what happened", "how"), rows, sentences=(2, 3))
    screen.print()
    print_text(
        screen,
        "Answers are simulated. Titles of acts come from the record and may say what happened in fact.",
    )
