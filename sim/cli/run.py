"""``wedge run``: simulate scenarios and show how the outcomes are distributed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.common import (
    LEVER_LANES,
    OUT,
    DaskOption,
    EngineOption,
    ForceOption,
    JsonOption,
    LeversOption,
    NoFiguresOption,
    OutOption,
    PosteriorOption,
    RunsOption,
    SeedOption,
    SetOption,
    ThreadsOption,
    TrajectoriesOption,
    console,
    end,
    load_all,
    number,
    print_json,
    progress_bar,
    replay_of,
    stored_run,
)

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console
    from rich.table import Table

    from sim.runs.store import Run
    from sim.scenario.case import Case

BY_ACTOR = ("alignment.", "dependence.", "member.", "members.", "view.")
"""Outcomes told state by state or institution by institution."""
FIRST = 8
"""Outcomes for which the levers' effects are shown; all are in the table on disk."""
MOST_LEVERS = 3
"""Levers shown for each outcome."""
MOST_STATES, ENDS = 40, 15
"""States listed; of more than that, this many at either end. All are in the table on disk."""
SMALL = 0.01
"""Differences below this are shown with more decimals."""
HOLDS = {"chance": "chance alone, with parameters at their documented values"}
HOLDS["chance and parameters"] = "chance and the uncertainty of the parameters"
HOLDS["chance, parameters and structure"] = (
    "chance, the uncertainty of the parameters, and that between rival explanations"
)


def run(
    scenarios: Annotated[list[str], typer.Argument(metavar="SCENARIO...", help="Names or files.")],
    runs: RunsOption = 1000,
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
    as_json: JsonOption = False,
) -> None:
    """Simulate scenarios and show how the outcomes are distributed.

    Each run is a folder under outputs/ with its table, figures and manifest; the same run is found again and not
    repeated. One that was stopped goes on where it was. Mechanisms that the record cannot teach are named with what
    hangs on them. The exit code is 3 if lanes went wrong and are left out.

    \b
    Examples:
      wedge run history
      wedge run quiet-senkakus --runs 5000 --seed 2
      wedge run history --set until=2030-12 --set parameters=prior --json
      wedge run history --runs 1000000 --dask tcp://10.0.0.1:8786
    """
    from sim.runs.folder import figures_intact

    loaded = load_all(scenarios, changes, posterior)
    options: dict[str, Any] = {
        "lanes": runs,
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
        assumed = assumptions(result, case, min(levers, runs), threads)
        if not as_json:
            show(result, assumed)
        results.append((result, assumed))
    if as_json:
        objects = [as_object(*result) for result in results]
        print_json(objects[0] if len(objects) == 1 else {"runs": objects})
    end(sum(result.failed for result, _ in results))


def draw(run: Run) -> list[Path]:
    """Draw a stored run's figures anew."""
    from sim.figures import draw_run
    from sim.runs.folder import replace_figures
    from sim.runs.outcome_table import in_groups

    shown = [name for name in run.columns if not name.startswith(tuple(set(BY_ACTOR) - {"members."}))]
    quantiles, outcomes, events = run.quantiles(), run.outcomes(shown), run.events()
    medians: dict[str, float] = {}
    for group in in_groups([name for name in run.columns if name.startswith("alignment.")]):
        medians |= {str(name): float(median) for name, median in run.outcomes(group).median().items()}
    return replace_figures(run.folder, lambda folder: draw_run(quantiles, outcomes, events, medians, folder))


def assumptions(run: Run, case: Case, lanes: int, threads: int | None) -> pd.DataFrame | None:
    """What each lever does to a stored run's outcomes, found in its folder or worked out; None if nothing is asked."""
    from sim.lab.levers import FILE, lever_effects
    from sim.runs.folder import keep_table, kept_table

    if lanes == 0 or not run.manifest["levers"]:
        return None
    index, about = ["lever", "outcome"], {"lanes": lanes}
    if (found := kept_table(run.folder, FILE, index, about)) is None:
        with progress_bar(f"{case.scenario.name}: assumptions") as progress:
            seed = run.manifest["seed"]
            made = lever_effects(case, lanes=lanes, seed=seed, threads=threads, progress=progress)
        keep_table(run.folder, FILE, made, about)
        found = kept_table(run.folder, FILE, index, about)
    return found


def as_object(run: Run, assumed: pd.DataFrame | None) -> dict[str, Any]:
    """A run as ``--json`` tells it."""
    summary = run.summary()
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
        "outcomes": {str(name): row[columns].to_dict() for name, row in summary.iterrows()},
    }


def assumptions_as_object(assumed: pd.DataFrame | None) -> dict[str, Any] | None:
    """What each lever does, as ``--json`` tells it: outcome -> lever -> difference; those told by actor are in the file."""
    if assumed is None:
        return None
    columns = ["difference", "standard_error", "lanes"]
    return {
        str(outcome): {
            str(lever): row[columns].to_dict() for lever, row in rows.droplevel("outcome").iterrows()
        }
        for outcome, rows in assumed.groupby("outcome", sort=False)
        if not str(outcome).startswith(BY_ACTOR)
    }


def show(run: Run, assumed: pd.DataFrame | None) -> None:
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
        f"\nSpread over {manifest['lanes'] - run.failed:,} simulated lanes; it holds {HOLDS[manifest['uncertainty']]}."
    )
    print_failures(screen, run)
    print_levers(screen, manifest["levers"], assumed)
    done = "found, not repeated" if run.found else f"{manifest['seconds']:.1f} s"
    screen.print(f"run      {run.folder}  (seed {manifest['seed']}, {done})", soft_wrap=True)
    print_places(screen, run.folder, "summary.csv")


def print_failures(screen: Console, run: Run) -> None:
    """Say which lanes of a run went wrong, where the first one did, and how to see it again."""
    if not run.failed:
        return
    first = run.failures().reset_index().iloc[0]
    screen.print(
        f"{run.failed:,} of {run.manifest['lanes']:,} lanes of {run.name} went wrong and are left out"
        f" ({run.folder / 'failures.csv'}). The first is lane {first['lane']}: {first['variable']} of {first['state']} is"
        f" {first['value']} in {first['month']} (rule {first['rule']}).",
        style="bold",
        soft_wrap=True,
    )
    screen.print(f"Again: {first['command']} --state {first['state']} --to {first['month']}", soft_wrap=True)


def print_levers(
    screen: Console, levers: list[str], assumed: pd.DataFrame | None, change: str = "Mean change"
) -> None:
    """Say which assumptions the numbers lean on, and what hangs on each for the first outcomes."""
    if not levers:
        return
    leaning = f"Leans on {len(levers)} levers, mechanisms that the record cannot tell apart"
    if assumed is None:
        screen.print(f"{leaning}: {', '.join(levers)}. Switch one off with --set levers.NAME=0.")
    else:
        screen.print(f"{leaning} (switch one off with --set levers.NAME=0).")
        _print_assumptions(screen, levers, assumed, change)


def _print_assumptions(screen: Console, levers: list[str], assumed: pd.DataFrame, change: str) -> None:
    """The levers that visibly move the first outcomes, largest first, and in one line those that do not."""
    from rich.table import Table

    from sim.lab.levers import ALL, FILE, VISIBLE, visible
    from sim.results.summary import unit_of

    outcomes = assumed.index.get_level_values("outcome")
    names = [name for name in outcomes.unique() if not name.startswith(BY_ACTOR)][:FIRST]
    shown = assumed[visible(assumed) & outcomes.isin(names)].reset_index()
    shown["together"], shown["size"] = shown["lever"] == ALL, shown["difference"].abs()
    shown = shown.sort_values(["together", "size"], ascending=[True, False], kind="stable")
    table = Table("outcome", "switched off", "change", "standard error", "unit", box=None, pad_edge=False)
    for name in names:
        for _, row in shown[shown["outcome"] == name].head(MOST_LEVERS).iterrows():
            digits = 3 if abs(row["difference"]) >= SMALL else 5
            values = (
                number(row["difference"], signed=True, digits=digits),
                number(row["standard_error"], digits=digits),
            )
            table.add_row(title(name), row["lever"], *values, unit_of(name))
    lanes = f"on the first {int(assumed['lanes'].max())} lanes"
    if table.row_count:
        screen.print(
            f"{change} {lanes} if one is switched off, where it exceeds {VISIBLE:g} standard errors"
            f" (the {MOST_LEVERS} largest; all are in {FILE}):\n"
        )
        screen.print(table)
        screen.print()
    seen = set(shown["lever"])
    hidden = [lever for lever in [*levers, ALL] if lever not in seen]
    if hidden:
        screen.print(f"No visible effect on the first {len(names)} outcomes {lanes}: {', '.join(hidden)}.")


def print_places(screen: Console, folder: Path, table: str) -> None:
    """Say where the table and, if drawn, the figures of a stored folder are."""
    screen.print(f"table    {folder / table}", soft_wrap=True)
    if (folder / "figures").is_dir():
        screen.print(f"figures  {folder / 'figures'}", soft_wrap=True)


def title(outcome: str) -> str:
    """An outcome for people: ``cohesion.hub`` is "Cohesion (hub)"."""
    from sim.results.outcomes import OUTCOMES

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

    order = sorted(states, key=standing if dates else None)
    left_out = len(order) - 2 * ENDS if len(order) > MOST_STATES else 0
    for place, code in enumerate(order):
        if left_out and place == ENDS:
            table.add_row(f"({left_out} between them)")
        if left_out and ENDS <= place < len(order) - ENDS:
            continue
        names = [f"alignment.{code}.{date}" for date in dates]
        spreads = [[number(float(column[name]), digits=2) for column in columns] for name in names]
        table.add_row(
            f"{code} {states[code]}", *(f"{middle} ({low}, {high})" for middle, low, high in spreads)
        )
    return table
