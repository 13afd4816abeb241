"""``wedge run``: simulate scenarios and show how the outcomes are distributed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.common import (
    OUT,
    EngineOption,
    ForceOption,
    JsonOption,
    NoFiguresOption,
    OutOption,
    RunsOption,
    SeedOption,
    SetOption,
    ThreadsOption,
    console,
    load_all,
    number,
    print_json,
    stored_run,
)

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console
    from rich.table import Table

    from sim.store import Run

BY_ACTOR = ("alignment.", "dependence.", "member.", "members.", "view.")
"""Outcomes told state by state or institution by institution."""
HOLDS = {"chance": "chance alone, with parameters at their documented values"}
HOLDS["chance and parameters"] = "chance and the uncertainty of the parameters"


def run(
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="Names or files.")],
    runs: RunsOption = 1000,
    seed: SeedOption = 1,
    engine: EngineOption = "lanes",
    threads: ThreadsOption = None,
    changes: SetOption = None,
    out: OutOption = OUT,
    force: ForceOption = False,
    no_figures: NoFiguresOption = False,
    as_json: JsonOption = False,
) -> None:
    """Simulate scenarios and show how the outcomes are distributed.

    Each run is a folder under outputs/ with its table, figures and manifest; the same run is found again and not
    repeated.

    \b
    Examples:
      wedge run history
      wedge run quiet-senkakus --runs 5000 --seed 2
      wedge run history --set until=2030-12 --set parameters=prior --json
    """
    from sim.store import figures_intact

    loaded = load_all(scenarios, changes)
    options = {"lanes": runs, "seed": seed, "engine": engine, "threads": threads, "out": out, "force": force}
    results = []
    for scenario in loaded:
        result = stored_run(scenario, **options)
        if not (no_figures or (result.found and figures_intact(result.folder))):
            draw(result)
        if not as_json:
            show(result)
        results.append(result)
    if as_json:
        objects = [as_object(result) for result in results]
        print_json(objects[0] if len(objects) == 1 else {"runs": objects})


def draw(run: Run) -> list[Path]:
    """Draw a stored run's figures anew."""
    from sim.figures import draw_run
    from sim.store import replace_figures

    quantiles, outcomes, events = run.quantiles(), run.outcomes(), run.events()
    return replace_figures(run.folder, lambda folder: draw_run(quantiles, outcomes, events, folder))


def as_object(run: Run) -> dict[str, Any]:
    """A run as ``--json`` tells it."""
    summary = run.summary()
    columns = ["mean", "sd", "q05", "q50", "q95", "unit", "lanes"]
    return {
        "run": run.folder,
        "scenario": run.name,
        "scenario_hash": run.manifest["scenario_hash"],
        **{key: run.manifest[key] for key in ("seed", "lanes", "engine", "seconds", "digest")},
        "found": run.found,
        "uncertainty": run.manifest["uncertainty"],
        "levers": run.manifest["levers"],
        "outcomes": {str(name): row[columns].to_dict() for name, row in summary.iterrows()},
    }


def show(run: Run) -> None:
    """Print a stored run for a person: the measures, where the states stand, and where the files are."""
    from rich.table import Table

    screen, manifest, summary = console(), run.manifest, run.summary()
    screen.print(f"\n{manifest['scenario']['title']}\n", style="bold")
    table = Table("outcome", "mean", "median", "5–95 %", "unit", box=None, pad_edge=False)
    for name, row in summary.iterrows():
        if not str(name).startswith(BY_ACTOR):
            table.add_row(title(str(name)), number(row["mean"]), number(row["q50"]), span(row), row["unit"])
    screen.print(table)
    screen.print(
        f"\nAlignment, from +1 (with {manifest['hub']}) to −1 (with {manifest['challenger']}): median (5 %, 95 %)\n"
    )
    screen.print(_alignments(summary, manifest["states"], screen.width))
    screen.print(
        f"\nSpread over {manifest['lanes']:,} simulated lanes; it holds {HOLDS[manifest['uncertainty']]}."
    )
    print_levers(screen, manifest["levers"])
    done = "found, not repeated" if run.found else f"{manifest['seconds']:.1f} s"
    screen.print(f"run      {run.folder}  (seed {manifest['seed']}, {done})", soft_wrap=True)
    print_places(screen, run.folder, "summary.csv")


def print_levers(screen: Console, levers: list[str]) -> None:
    """Say which assumptions the numbers lean on."""
    if levers:
        screen.print(
            f"Leans on {len(levers)} levers, mechanisms that the record cannot tell apart: {', '.join(levers)}."
            " Switch one off with --set levers.NAME=0."
        )


def print_places(screen: Console, folder: Path, table: str) -> None:
    """Say where the table and, if drawn, the figures of a stored folder are."""
    screen.print(f"table    {folder / table}", soft_wrap=True)
    if (folder / "figures").is_dir():
        screen.print(f"figures  {folder / 'figures'}", soft_wrap=True)


def title(outcome: str) -> str:
    """An outcome for people: ``cohesion.hub`` is "Cohesion (hub)"."""
    from sim.outcomes import OUTCOMES

    name, _, detail = outcome.partition(".")
    return OUTCOMES[name].title + (f" ({detail.replace('.', ', ')})" if detail else "")


def span(row: pd.Series) -> str:
    """The 5–95 % interval of a row of a summary."""
    return f"{number(row['q05'])} to {number(row['q95'])}"


def _alignments(summary: pd.DataFrame, states: dict[str, str], width: int) -> Table:
    """Where the states stand at as many of the last report dates as fit, the hub's friends first."""
    from rich.table import Table

    dates = sorted({name.split(".")[2] for name in summary.index if name.startswith("alignment.")})
    dates = dates[-max(1, (width - 26) // 22) :]
    columns = [summary[column] for column in ("q50", "q05", "q95")]
    table = Table("state", *dates, box=None, pad_edge=False)

    def standing(code: str) -> float:
        return -float(columns[0][f"alignment.{code}.{dates[-1]}"])

    for code in sorted(states, key=standing if dates else None):
        names = [f"alignment.{code}.{date}" for date in dates]
        spreads = [[number(float(column[name]), digits=2) for column in columns] for name in names]
        table.add_row(
            f"{code} {states[code]}", *(f"{middle} ({low}, {high})" for middle, low, high in spreads)
        )
    return table
