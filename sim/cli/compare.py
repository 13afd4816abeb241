"""``wedge compare``: what-ifs beside their base, lane by lane."""

from __future__ import annotations

import math
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
    command_line,
    console,
    end,
    load_all,
    number,
    print_json,
    progress_bar,
    replay_of,
    stored_run,
)
from sim.cli.run import (
    BY_ACTOR,
    SMALL,
    assumptions_as_object,
    print_failures,
    print_levers,
    print_places,
    title,
)

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from sim.lab.compare import Comparison
    from sim.runs.store import Run
    from sim.scenario.case import Case

MOST_MOVED = 8
"""States and institutions listed for each what-if; all are in the table on disk."""


def compare(
    base: Annotated[str, typer.Argument(metavar="BASE", help="The scenario to compare with.")],
    alternatives: Annotated[list[str], typer.Argument(metavar="ALTERNATIVE...", help="What-ifs.")],
    runs: RunsOption = 1000,
    seed: SeedOption = 1,
    engine: EngineOption = "lanes",
    threads: ThreadsOption = None,
    dask: DaskOption = None,
    changes: SetOption = None,
    posterior: PosteriorOption = None,
    out: OutOption = OUT,
    levers: LeversOption = LEVER_LANES,
    force: ForceOption = False,
    no_figures: NoFiguresOption = False,
    as_json: JsonOption = False,
) -> None:
    """Set what-ifs beside their base, lane by lane.

    Lane k of each scenario meets the same chance, so that the paired difference shows the edit alone. Given are its
    mean with a 95 % Monte-Carlo interval, and the middle 90 % of the lanes.

    \b
    Examples:
      wedge compare history thaad-without-punishment
      wedge compare history quiet-senkakus quiet-himalaya --runs 5000 --json
    """
    from sim.lab.compare import compare_runs, require_one_world
    from sim.runs.folder import figures_intact

    cases = load_all([base, *alternatives], changes, posterior)
    require_one_world([case.scenario.world for case in cases])
    options: dict[str, Any] = {
        "lanes": runs,
        "seed": seed,
        "engine": engine,
        "threads": threads,
        "out": out,
        "force": force,
        "cluster": dask,
    }
    results = [
        stored_run(case, replay=replay_of(name, changes, posterior, seed), **options)
        for name, case in zip([base, *alternatives], cases, strict=True)
    ]
    comparison = compare_runs(results[0], results[1:], out=out, force=force, command=command_line())
    drawn = comparison.found and figures_intact(comparison.folder)
    if len(comparison.lanes) and not (no_figures or drawn):
        draw(comparison)
    assumed = assumptions(comparison, cases, min(levers, runs), threads)
    if as_json:
        print_json(as_object(comparison, assumed))
    else:
        show(comparison, assumed)
    end(sum(run.failed for run in results))


def draw(comparison: Comparison) -> list[Path]:
    """Draw a stored comparison's figures anew."""
    from sim.figures import draw_comparison
    from sim.runs.folder import replace_figures

    base, others = comparison.base, comparison.alternatives
    shown = [name for name in base.columns if not name.startswith(("dependence.", "member.", "view."))]
    outcomes = {
        run.name: comparison.outcomes(run, [name for name in shown if name in run.columns]) for run in others
    }
    quantiles = {run.name: run.quantiles() for run in others}
    return replace_figures(
        comparison.folder,
        lambda folder: draw_comparison(
            base.name, comparison.outcomes(base, shown), outcomes, base.quantiles(), quantiles, folder
        ),
    )


def assumptions(
    comparison: Comparison, cases: list[Case], lanes: int, threads: int | None
) -> pd.DataFrame | None:
    """What each lever does to the effects, index alternative, lever, outcome; found in the folder or worked out."""
    import pandas as pd

    from sim.lab.levers import FILE, lever_effects_on_differences
    from sim.runs.folder import store_table, stored_table

    if lanes == 0 or not _levers(comparison):
        return None
    index, about = ["alternative", "lever", "outcome"], {"lanes": lanes}
    if (found := stored_table(comparison.folder, FILE, index, about)) is None:
        seed = comparison.base.manifest["seed"]
        with progress_bar("assumptions") as progress:
            made = lever_effects_on_differences(
                cases[0], cases[1:], lanes=lanes, seed=seed, threads=threads, progress=progress
            )
        store_table(comparison.folder, FILE, pd.concat(made, names=["alternative"]), about)
        found = stored_table(comparison.folder, FILE, index, about)
    return found


def _levers(comparison: Comparison) -> list[str]:
    """Levers in force in the base or in a what-if."""
    runs = (comparison.base, *comparison.alternatives)
    return list(dict.fromkeys(lever for run in runs for lever in run.manifest["levers"]))


def _of(assumed: pd.DataFrame, run: Run) -> pd.DataFrame:
    """The part of a table of assumptions that belongs to one what-if."""
    return assumed[assumed.index.get_level_values("alternative") == run.name].droplevel("alternative")


def as_object(comparison: Comparison, assumed: pd.DataFrame | None) -> dict[str, Any]:
    """A comparison as ``--json`` tells it."""
    base, tables = comparison.base, comparison.tables()
    return {
        "comparison": comparison.folder,
        "base": base.name,
        "alternatives": [run.name for run in comparison.alternatives],
        **{key: base.manifest[key] for key in ("seed", "lanes", "engine")},
        "uncertainty": {run.name: run.manifest["uncertainty"] for run in (base, *comparison.alternatives)},
        "runs": {run.name: run.folder for run in (base, *comparison.alternatives)},
        "failed": {run.name: run.failed for run in (base, *comparison.alternatives)},
        "digests": {run.name: run.digest for run in (base, *comparison.alternatives)},
        "assumptions": None
        if assumed is None
        else {run.name: assumptions_as_object(_of(assumed, run)) for run in comparison.alternatives},
        "outcomes": {
            run.name: {name: _pair_as_object(row) for name, row in tables[run.name].iterrows()}
            for run in comparison.alternatives
        },
    }


def _pair_as_object(row: pd.Series) -> dict[str, Any]:
    def part(prefix: str) -> dict[str, Any]:
        columns = [name for name in row.index if name.startswith(prefix)]
        return {name.removeprefix(prefix): row[name] for name in columns}

    difference = part("difference_") | {"interval": [row["low"], row["high"]]}
    shares = {name: row[name] for name in ("rises", "falls", "equal", "lanes", "unit")}
    return {"base": part("base_"), "alternative": part("alternative_"), "difference": difference, **shares}


def show(comparison: Comparison, assumed: pd.DataFrame | None) -> None:
    """Print a stored comparison for a person: what differs, what moves most, and where the files are."""
    screen, base, tables = console(), comparison.base, comparison.tables()
    for run in comparison.alternatives:
        scenario, rows = run.manifest["scenario"], tables[run.name]
        screen.print(f"\n{scenario['title']}", style="bold")
        screen.print(f"against: {base.manifest['scenario']['title']}\n{scenario['question']}\n")
        by_actor = rows.index.str.startswith(BY_ACTOR)
        _print_rows(screen, rows[~by_actor])
        members = rows.index.str.startswith(("member.", "members."))
        alignment = rows.index.str.startswith("alignment.")
        for words, part in (
            ("Alignment of states at a date", alignment),
            ("Views and dependence of states at a date", by_actor & ~alignment & ~members),
            ("Members of institutions", members),
        ):
            moved = rows[part & (rows["equal"] < 1)]
            screen.print(f"\n{words}: {len(moved)} of {part.sum()} moved in some lane\n")
            order = moved["difference_mean"].abs().sort_values(ascending=False, kind="stable").index
            _print_rows(screen, moved.loc[order[:MOST_MOVED]])
        _print_farthest(screen, rows)
        if assumed is not None:
            screen.print()
            own = _of(assumed, run)
            print_levers(screen, _levers(comparison), own, "Mean change of this difference")
    manifest = base.manifest
    screen.print(
        f"\nPaired over {len(comparison.lanes):,} lanes, seed {manifest['seed']}. In brackets the 95 % Monte-Carlo interval"
        " of the mean difference;\n5–95 %: the middle 90 % of the lanes' own differences."
    )
    for run in (base, *comparison.alternatives):
        print_failures(screen, run)
    if assumed is None:
        print_levers(screen, _levers(comparison), None)
    screen.print(
        f"runs     {', '.join(str(run.folder) for run in (base, *comparison.alternatives))}", soft_wrap=True
    )
    print_places(screen, comparison.folder, "comparison.csv")


def _print_farthest(screen: Console, rows: pd.DataFrame) -> None:
    """Say whose alignment moved most, so that a flat answer is told as one."""
    mean = rows["difference_mean"][rows.index.str.startswith("alignment.")]
    if mean.abs().max() > 0:
        _, code, date = str(mean.abs().idxmax()).split(".")
        most = float(mean.abs().max())
        little = "; no alignment moved by 0.01 on average" if most < 0.01 else ""
        screen.print(f"\nAlignment moved most for {code} ({date}), by {most:.4f} on average{little}.")


def _print_rows(screen: Console, rows: pd.DataFrame) -> None:
    from rich.table import Table

    headings = ("outcome", "base", "what-if", "difference", "5–95 %", "rises", "falls")
    table = Table(*headings, box=None, pad_edge=False)
    for name, row in rows.iterrows():
        values = row[["difference_mean", "low", "high", "difference_q05", "difference_q95"]]
        digits = 3 if values.abs().max() >= SMALL else 5
        mean, low, high, q05, q95 = (number(value, signed=True, digits=digits) for value in values)
        sides = (number(row["base_mean"]), number(row["alternative_mean"]))
        shares = (_share(row["rises"]), _share(row["falls"]))
        table.add_row(title(str(name)), *sides, f"{mean} [{low}, {high}]", f"{q05} to {q95}", *shares)
    screen.print(table)


def _share(value: float) -> str:
    return "–" if math.isnan(value) else f"{100 * value:.0f} %"
