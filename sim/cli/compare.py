"""``wedge compare``: what-ifs beside their base, lane by lane."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.answers import (
    answer_as_object,
    print_answer,
    print_steps,
    reactions_of_all,
    rivals_of_all,
    steps_as_object,
    steps_of,
)
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
    RivalsOption,
    SeedOption,
    SetOption,
    ThreadsOption,
)
from sim.cli.printing import console, number, print_json, print_table, print_text, share, title
from sim.cli.progress import announce_compilation, progress_bar
from sim.cli.running import command_line, load_all, replay_of, stored_run

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from sim.lab.answer_parts import Answer
    from sim.lab.compare import Comparison
    from sim.lab.finding import Finding
    from sim.runs.store import Run
    from sim.scenario.case import Case
    from sim.types import Reactions

SMALL = 0.01
"""Differences below this are printed with more decimals, if everything is asked for."""
MOST_AGGREGATES, MOST_ACTORS = 5, 3
"""Rows printed by default: outcomes of the world or of a power; states or institutions of each other outcome."""


def compare(
    base: Annotated[str, typer.Argument(metavar="BASE", help="The scenario to compare with.")],
    alternatives: Annotated[list[str], typer.Argument(metavar="ALTERNATIVE...", help="What-ifs.")],
    lanes: LanesOption = 1000,
    seed: SeedOption = 1,
    engine: EngineOption = "lanes",
    threads: ThreadsOption = None,
    dask: DaskOption = None,
    changes: SetOption = None,
    posterior: PosteriorOption = None,
    out: OutOption = OUT,
    levers: LeversOption = LEVER_LANES,
    rivals: RivalsOption = False,
    force: ForceOption = False,
    no_figures: NoFiguresOption = False,
    everything: AllOption = False,
    as_json: JsonOption = False,
) -> None:
    """Compare what-ifs with their base, lane by lane.

    First comes the answer to each what-if's question, by a stated rule; then what differs. Lane k of each scenario meets the
    same chance, so that the paired difference shows the effect of the edit alone. Its mean is given with a 95 % Monte-Carlo
    interval; with --all also the middle 90 % of the lanes' own differences.

    \b
    Examples:
      wedge compare history thaad-without-punishment
      wedge compare history quiet-senkakus quiet-himalaya --lanes 5000 --json
    """
    from sim.lab.compare import compare_runs, require_one_world
    from sim.runs.folder import figures_intact

    cases = load_all([base, *alternatives], changes, posterior)
    require_one_world([case.scenario.world for case in cases])
    options: dict[str, Any] = {
        "lanes": lanes,
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
    assumed = assumptions(comparison, cases, min(levers, lanes), threads)
    others = rivals_of_all([base, *alternatives], cases, changes, posterior, threads) if rivals else {}
    reactions = reactions_of_all(cases, lanes, seed, threads)
    answered = answers(comparison, cases, assumed, others, reactions)
    if as_json:
        print_json(as_object(comparison, assumed, answered))
    else:
        show(comparison, assumed, answered, everything)
    end(sum(run.failed for run in results))


def draw(comparison: Comparison) -> list[Path]:
    """Draw a stored comparison's figures again."""
    from sim.figures import draw_comparison
    from sim.lab.finding import finding_of
    from sim.results.outcomes import aggregates, select
    from sim.runs.folder import replace_figures

    base, others = comparison.base, comparison.alternatives
    drawn = {*aggregates(base.columns), *select(base.columns, "alignment", "members")}
    shown = [name for name in base.columns if name in drawn]
    outcomes = {
        run.name: comparison.outcomes(run, [name for name in shown if name in run.columns]) for run in others
    }
    quantiles = {run.name: run.quantiles() for run in others}
    answers = {run.name: finding_of(comparison, run) for run in others}
    with writing(comparison.folder / "figures"):
        return replace_figures(
            comparison.folder,
            lambda folder: draw_comparison(
                base.name,
                comparison.outcomes(base, shown),
                outcomes,
                base.quantiles(),
                quantiles,
                answers,
                folder,
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
        announce_compilation()
        with writing(comparison.folder), progress_bar("levers") as progress:
            made = lever_effects_on_differences(
                cases[0], cases[1:], lanes=lanes, seed=seed, threads=threads, progress=progress
            )
            store_table(comparison.folder, FILE, pd.concat(made, names=["alternative"]), about)
        found = stored_table(comparison.folder, FILE, index, about)
    return found


def answers(
    comparison: Comparison,
    cases: list[Case],
    assumed: pd.DataFrame | None,
    rivals: Mapping[str, tuple[list[Answer], Answer | None]],
    reactions: Mapping[str, Mapping[Reactions, Answer]],
) -> dict[str, tuple[Answer, pd.DataFrame]]:
    """Alternative -> the answer to its question, and the steps of the record that it may lack."""
    from sim.lab.answer import answer_of

    found = {}
    for run, case in zip(comparison.alternatives, cases[1:], strict=True):
        steps = steps_of(comparison, run, cases[0])
        own = None if assumed is None else _of(assumed, run)
        others, unfitted = rivals.get(run.name, ((), None))
        answer = answer_of(
            comparison, run, asks=case.scenario.asks, lost=steps, assumed=own, rivals=others, unfitted=unfitted,
            reactions=reactions.get(run.name, {}),
        )  # fmt: skip
        found[run.name] = (answer, steps)
    return found


def _levers(comparison: Comparison) -> list[str]:
    """Levers in force in the base or in a what-if."""
    runs = (comparison.base, *comparison.alternatives)
    return list(dict.fromkeys(lever for run in runs for lever in run.manifest["levers"]))


def _of(assumed: pd.DataFrame, run: Run) -> pd.DataFrame:
    """The part of a table of assumptions that belongs to one what-if."""
    return assumed[assumed.index.get_level_values("alternative") == run.name].droplevel("alternative")


def as_object(
    comparison: Comparison,
    assumed: pd.DataFrame | None,
    answered: Mapping[str, tuple[Answer, pd.DataFrame]],
) -> dict[str, Any]:
    """A comparison for ``--json``."""
    from sim.lab.finding import finding_of

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
        "answer": {name: answer_as_object(answer) for name, (answer, _) in answered.items()},
        "steps": {name: steps_as_object(steps) for name, (_, steps) in answered.items()},
        "findings": {run.name: finding_of(comparison, run).sentence for run in comparison.alternatives},
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


def show(
    comparison: Comparison,
    assumed: pd.DataFrame | None,
    answered: Mapping[str, tuple[Answer, pd.DataFrame]],
    everything: bool = False,
) -> None:
    """Print a stored comparison for a person: answers, what differs, what does not, and where the files are."""
    from sim.lab.finding import finding_of
    from sim.lab.steps import is_of_a_response

    screen, tables = console(), comparison.tables()
    for run in comparison.alternatives:
        rows = tables[run.name].drop(index=[name for name in run.columns if is_of_a_response(name)])
        finding = finding_of(comparison, run)
        answer, steps = answered[run.name]
        _print_question(screen, comparison, run)
        print_answer(screen, answer, run.manifest)
        print_steps(screen, steps, run.manifest, everything)
        screen.print()
        print_text(screen, f"{finding.sentence}.")
        screen.print()
        _print_effects(screen, finding, run.manifest)
        shown = rows.loc[_moved_at_all(rows) if everything else _main(rows)]
        _print_rows(screen, shown, run.manifest, everything)
        _print_rest(screen, rows, shown, run.manifest)
        if assumed is not None:
            scales = {str(name): abs(mean) for name, mean in shown["difference_mean"].items()}
            print_levers(
                screen,
                _levers(comparison),
                _of(assumed, run),
                scales,
                partial(title, manifest=run.manifest),
                everything,
            )
    _print_end(screen, comparison, assumed is None, everything)


def _print_question(screen: Console, comparison: Comparison, run: Run) -> None:
    """What is compared, and the question."""
    scenario, base = run.manifest["scenario"], comparison.base.manifest["scenario"]
    screen.print()
    print_text(screen, f"{scenario['title']}, against: {base['title']}")
    print_text(screen, scenario["question"])
    screen.print()


def _print_effects(screen: Console, finding: Finding, manifest: Mapping[str, Any]) -> None:
    """The effects that the sentence speaks of, each in the month in which it is largest."""
    from sim.lab.effects import QUANTITIES
    from sim.months import month_text

    things = {
        "steps": "Net steps",
        "alignment": "Alignment",
        "opinion_challenger": f"View of {manifest['challenger']}",
        "opinion_hub": f"View of {manifest['hub']}",
        "dependence": f"Exports to {manifest['challenger']}",
    }
    cells = []
    for effect in finding.highlights:
        unit, digits = QUANTITIES[effect.variable].unit, QUANTITIES[effect.variable].digits
        values = (
            number(value, signed, digits)
            for value, signed in ((effect.base, False), (effect.alternative, False), (effect.change, True))
        )
        thing = things.get(effect.variable, effect.title)
        cells.append((f"{thing}: {effect.name}, {month_text(effect.month)}", *values, unit))
    if cells:
        print_table(screen, ("mean when it differs most", "base", "what-if", "difference", ""), cells)
        screen.print()


def _moved_at_all(rows: pd.DataFrame) -> list[str]:
    """Every outcome of the world or a power, and of those of states and institutions what differs in some lane."""
    from sim.results.outcomes import aggregates

    names = list(map(str, rows.index))
    whole = aggregates(names)
    return [*whole, *(name for name in names if name not in set(whole) and rows["equal"][name] < 1)]


def _main(rows: pd.DataFrame) -> list[str]:
    """The visible differences worth a row: of each outcome of states its largest ones, each state at one date."""
    from sim.lab.effects import HARDLY, visible_differences
    from sim.results.outcomes import parse_column

    moved = rows[visible_differences(rows)]
    spread = (moved["base_q95"] - moved["base_q05"]).clip(lower=HARDLY)
    sizes = (moved["difference_mean"].abs() / spread).sort_values(ascending=False, kind="stable")
    chosen: dict[str, list[str]] = {}
    actors: set[tuple[str, str, str]] = set()
    for name in sizes.index:
        parts = parse_column(name)
        kind = parts.outcome.name if parts.of_one_actor else ""
        most = MOST_ACTORS if kind else MOST_AGGREGATES
        actor = (kind, parts.state, parts.institution)
        if len(chosen.setdefault(kind, [])) == most or (kind and actor in actors):
            continue
        actors.add(actor)
        chosen[kind].append(name)
    groups = sorted(chosen, key=lambda kind: list(rows.index).index(chosen[kind][0]) if kind else -1)
    return [name for kind in groups for name in chosen[kind]]


def _print_rows(screen: Console, rows: pd.DataFrame, manifest: Mapping[str, Any], everything: bool) -> None:
    if not len(rows):
        return
    more = ("5–95 %", "rises", "falls") if everything else ()
    cells = []
    for name, row in rows.iterrows():
        values = row[["difference_mean", "low", "high", "difference_q05", "difference_q95"]]
        digits = 5 if everything and values.abs().max() < SMALL else 3
        mean, low, high, q05, q95 = (number(value, signed=True, digits=digits) for value in values)
        sides = (number(row["base_mean"]), number(row["alternative_mean"]))
        rest = (f"{q05} to {q95}", share(row["rises"]), share(row["falls"])) if everything else ()
        cells.append((title(str(name), manifest), *sides, f"{mean} [{low}, {high}]", *rest))
    print_table(screen, ("mean at report dates", "base", "what-if", "difference [95 %]", *more), cells)


def _print_rest(
    screen: Console, rows: pd.DataFrame, shown: pd.DataFrame, manifest: Mapping[str, Any]
) -> None:
    """Say how much more moved than was printed, and which outcomes did not move."""
    from sim.lab.effects import visible_differences
    from sim.results.outcomes import aggregates, parse_column

    moved = visible_differences(rows)
    if more := len(set(rows.index[moved]) - set(shown.index)):
        screen.print(f"and {more} more, of other states, dates or institutions: --all")
    still = [name for name in map(str, rows.index[~moved]) if name not in set(shown.index)]
    names = [title(name, manifest) for name in aggregates(still)]
    groups_moved = {_group(str(name), manifest) for name in rows.index[moved]}
    groups = dict.fromkeys(_group(name, manifest) for name in still if parse_column(name).of_one_actor)
    names += [group for group in groups if group not in groups_moved]
    if names:
        print_text(screen, f"No visible difference in: {'; '.join(names)}.")


def _group(name: str, manifest: Mapping[str, Any]) -> str:
    """What an outcome of one state or institution is called if it is spoken of all of them."""
    from sim.results.outcomes import parse_column

    outcome = parse_column(name).outcome
    if outcome.scope == "institution":
        return "Membership of any institution"
    return f"{title(outcome.name, manifest)} (any state)"


def _print_end(screen: Console, comparison: Comparison, levers_only_named: bool, everything: bool) -> None:
    base, runs = comparison.base, (comparison.base, *comparison.alternatives)
    screen.print()
    quantiles = "; 5–95 %: the middle 90 % of the lanes' own differences" if everything else ""
    print_text(
        screen,
        f"Paired over {len(comparison.lanes):,} lanes, seed {base.manifest['seed']}. In brackets: the 95 % Monte-Carlo"
        f" interval of the mean difference{quantiles}.",
    )
    for run in runs:
        print_failures(screen, run)
    if levers_only_named:
        print_levers(screen, _levers(comparison), None, {}, str, everything)
    for run in runs:
        screen.print(f"run      {run.folder}", soft_wrap=True)
    print_places(screen, comparison.folder, "comparison.csv")
    if not everything:
        screen.print("         every outcome, state and date: --all")
