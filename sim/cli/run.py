"""``wedge run``: simulate scenarios and show how the outcomes are distributed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.boundary import end, writing
from sim.cli.closing import print_failures, print_places
from sim.cli.levers import assumptions_as_object, print_levers
from sim.cli.options import (
    LEVER_LANES,
    OUT,
    AllOption,
    DaskOption,
    EngineOption,
    ForceOption,
    JsonOption,
    LanesOption,
    LeversOption,
    NoFiguresOption,
    OutOption,
    PosteriorOption,
    SeedOption,
    SetOption,
    ThreadsOption,
    TrajectoriesOption,
)
from sim.cli.printing import console, number, print_json, print_table, print_text, title
from sim.cli.progress import announce_compilation, progress_bar
from sim.cli.running import load_all, replay_of, stored_run
from sim.words import with_article

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from sim.results.summary import Summary
    from sim.runs.store import Run
    from sim.scenario.case import Case

FIRST = 6
"""Outcomes of the world as a whole that are printed by default, the first ones of the table."""
ENDS, MOST_STATES = 2, 40
"""States printed at either end by default; and how many are all printed with ``--all``, of more the table has the rest."""
HOLDS = {
    "chance": "chance alone, with parameters at their documented values",
    "chance and parameters": "chance and the uncertainty of the parameters",
    "chance, parameters and structure": "chance, the uncertainty of the parameters, and that between rival explanations",
}
"""What an interval holds, in words."""


def run(
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="Names or files.")],
    lanes: LanesOption = 1000,
    seed: SeedOption = 1,
    engine: EngineOption = "lanes",
    threads: ThreadsOption = None,
    dask: DaskOption = None,
    changes: SetOption = None,
    posterior: PosteriorOption = None,
    out: OutOption = OUT,
    levers: LeversOption = LEVER_LANES,
    trajectories: TrajectoriesOption = False,
    force: ForceOption = False,
    no_figures: NoFiguresOption = False,
    everything: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """Simulate scenarios and show how the outcomes are distributed.

    A lane is one simulated history. Each run is a folder under outputs/ with its table, figures and manifest; the same
    run is found again and not repeated, and one that was stopped continues where it was. The exit code is 3 if lanes went
    wrong and are excluded.

    \b
    Examples:
      wedge run history
      wedge run quiet-senkakus --lanes 5000 --seed 2
      wedge run history --set until=2030-12 --set parameters=prior --json
      wedge run history --lanes 1000000 --dask tcp://10.0.0.1:8786
    """
    from sim.runs.folder import figures_intact

    loaded = load_all(scenarios, changes, posterior)
    options: dict[str, Any] = {
        "lanes": lanes,
        "seed": seed,
        "engine": engine,
        "threads": threads,
        "out": out,
        "force": force,
        "cluster": dask,
        "keep": trajectories,
    }
    results = []
    for name, case in zip(scenarios, loaded, strict=True):
        options["replay"] = replay_of(name, changes, posterior, seed)
        result = stored_run(case, **options)
        drawn = result.found and figures_intact(result.folder)
        if result.failed < result.manifest["lanes"] and not (no_figures or drawn):
            draw(result)
        assumed = assumptions(result, case, min(levers, lanes), threads)
        if not as_json:
            show(result, assumed, everything)
        results.append((result, assumed))
    if as_json:
        objects = [as_object(*result) for result in results]
        print_json(objects[0] if len(objects) == 1 else {"runs": objects})
    end(sum(result.failed for result, _ in results))


def draw(run: Run) -> list[Path]:
    """Draw a stored run's figures again."""
    from sim.figures import draw_run
    from sim.results.outcomes import aggregates, select
    from sim.runs.folder import replace_figures
    from sim.runs.outcome_table import in_groups

    shown = {*aggregates(run.columns), *select(run.columns, "members")}
    quantiles, events = run.quantiles(), run.events()
    outcomes = run.outcomes([name for name in run.columns if name in shown])
    medians: dict[str, float] = {}
    for group in in_groups(select(run.columns, "alignment")):
        medians |= {str(name): float(value) for name, value in run.outcomes(group).median().items()}
    with writing(run.folder / "figures"):
        return replace_figures(
            run.folder, lambda folder: draw_run(quantiles, outcomes, events, medians, folder)
        )


def assumptions(run: Run, case: Case, lanes: int, threads: int | None) -> pd.DataFrame | None:
    """What each lever does to a stored run's outcomes, found in its folder or worked out; None if nothing is asked."""
    if lanes == 0 or not run.manifest["levers"]:
        return None
    from sim.lab.levers import FILE, lever_effects
    from sim.runs.folder import store_table, stored_table

    index, about = ["lever", "outcome"], {"lanes": lanes}
    if (found := stored_table(run.folder, FILE, index, about)) is None:
        announce_compilation()
        with writing(run.folder), progress_bar(f"{case.scenario.name}: levers") as progress:
            seed = run.manifest["seed"]
            made = lever_effects(case, lanes=lanes, seed=seed, threads=threads, progress=progress)
            store_table(run.folder, FILE, made, about)
        found = stored_table(run.folder, FILE, index, about)
    return found


def as_object(run: Run, assumed: pd.DataFrame | None) -> dict[str, Any]:
    """A run for ``--json``."""
    columns = ["mean", "sd", "q05", "q50", "q95", "unit", "lanes"]
    return {
        "run": run.folder,
        "scenario": run.name,
        "scenario_hash": run.manifest["scenario_hash"],
        **{key: run.manifest[key] for key in ("seed", "lanes", "engine", "seconds", "digest")},
        "found": run.found,
        "failed": run.failed,
        "uncertainty": run.manifest["uncertainty"],
        "levers": run.manifest["levers"],
        "assumptions": assumptions_as_object(assumed),
        "outcomes": {
            name: {column: getattr(row, column) for column in columns} for name, row in run.summary().items()
        },
    }


def show(run: Run, assumed: pd.DataFrame | None, everything: bool = False) -> None:
    """Print a stored run for a person: the main outcomes, where the states stand, and where the files are."""
    from sim.results.outcomes import aggregates

    screen, manifest, summary = console(), run.manifest, run.summary()
    screen.print()
    print_text(screen, manifest["scenario"]["title"], style="bold")
    screen.print()
    names = aggregates(summary)
    shown = {name: summary[name] for name in (names if everything else names[:FIRST])}
    _print_outcomes(screen, shown, manifest, everything)
    screen.print()
    _print_alignments(screen, summary, manifest, everything)
    screen.print()
    holds = HOLDS[manifest["uncertainty"]]
    print_text(
        screen, f"Over {manifest['lanes'] - run.failed:,} simulated lanes; the spread is that of {holds}."
    )
    print_failures(screen, run)
    scales = {name: row.q95 - row.q05 for name, row in shown.items()}
    print_levers(screen, manifest["levers"], assumed, scales, lambda name: title(name, manifest), everything)
    done = "found, not repeated" if run.found else f"{manifest['seconds']:.1f} s"
    screen.print(f"run      {run.folder}  (seed {manifest['seed']}, {done})", soft_wrap=True)
    print_places(screen, run.folder, "summary.csv")
    if not everything:
        screen.print(f"         all {len(names)} outcomes and {len(manifest['states'])} states: --all")


def _print_outcomes(
    screen: Console, rows: Mapping[str, Summary], manifest: Mapping[str, Any], everything: bool
) -> None:
    headings = ["outcome", *(["mean"] if everything else []), "median", "5–95 %", "unit"]
    cells = [
        [
            title(name, manifest),
            *([number(row.mean)] if everything else []),
            number(row.q50),
            f"{number(row.q05)} to {number(row.q95)}",
            row.unit,
        ]
        for name, row in rows.items()
    ]
    print_table(screen, headings, cells)


def _print_alignments(
    screen: Console, summary: Mapping[str, Summary], manifest: Mapping[str, Any], everything: bool
) -> None:
    """Where the states stand at as many of the last report dates as fit, the hub's friends first."""
    states: dict[str, str] = manifest["states"]
    dates = _dates(summary)
    late = dates if everything else dates[-max(1, (screen.width - 28) // 22) :]
    more = "" if len(late) == len(dates) else "; earlier dates: --all"
    dates = late
    print_text(
        screen,
        f"Alignment, from +1 (with {with_article(manifest['hub'])}) to −1 (with {with_article(manifest['challenger'])}): "
        f"median (5 %, 95 %){more}",
    )

    def standing(code: str) -> float:
        return -summary[f"alignment.{code}.{dates[-1]}"].q50

    order = sorted(states, key=standing if dates else None)
    ends = len(order) if everything and len(order) <= MOST_STATES else 15 if everything else ENDS
    between = len(order) - 2 * ends
    rows = []
    for place, code in enumerate(order):
        if between > 0 and ends <= place < len(order) - ends:
            if place == ends:
                rows.append([f"({between} between them)", *("" for _ in dates)])
            continue
        rows.append([states[code], *(_spread(summary[f"alignment.{code}.{date}"]) for date in dates)])
    print_table(screen, ["state", *dates], rows)


def _dates(columns: Iterable[str]) -> list[str]:
    from sim.results.outcomes import parse_column, select

    return sorted({parse_column(name).date for name in select(columns, "alignment")})


def _spread(row: Summary) -> str:
    middle, low, high = (number(value, digits=2) for value in (row.q50, row.q05, row.q95))
    return f"{middle} ({low}, {high})"
