"""``wedge calibrate``: fit the model to a record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.boundary import fail, note
from sim.cli.options import (
    OUT,
    JsonOption,
    OutOption,
    SeedOption,
    TargetsOption,
    ThreadsOption,
    record_option,
)
from sim.cli.printing import console, number, print_json, print_table, print_text, share
from sim.cli.progress import progress_bar
from sim.cli.running import again, command_line
from sim.cli.stopping import INTERRUPTED

if TYPE_CHECKING:
    from calibration.store import Calibration, Plan
    from calibration.validation.verdict import Verdict

EVERY = "all"


def calibrate(
    rival: Annotated[
        str, typer.Option(help="Explanation to fit; all fits each, to the whole record and to 2019.")
    ] = "full",
    quick: Annotated[bool, typer.Option("--quick", help="Fewer draws: rougher, in minutes.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Then check the method and the fit, by the core alone (backlash).")
    ] = False,
    scenario: Annotated[str, typer.Option(help="Scenario whose world and record are used.")] = "history",
    record: TargetsOption = None,
    seed: SeedOption = 1,
    threads: ThreadsOption = None,
    out: OutOption = OUT,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start over, and replace what is stored.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Fit the model to the record, and show what the record teaches.

    A fit is a folder under outputs/ with its posterior, a page and figures; the same fit is found again and not
    repeated. One that was interrupted or killed continues when the same command is given again. Its posterior can be
    used with: wedge run history --posterior outputs/calibrate-.../posterior

    --record takes the place of the scenario's own record. The folder holds what was done to states and what they did.

    \b
    Examples:
      wedge calibrate --quick
      wedge calibrate --rival shock --seed 2
      wedge calibrate --rival all --check
      wedge calibrate --record my-record
    """
    from calibration.evidence.observed import observe
    from calibration.hypotheses.rivals import REFERENCE, RIVALS
    from calibration.store import Plan
    from sim.errors import InputError, unknown

    if rival not in (*RIVALS, EVERY):
        raise InputError(unknown("explanation", rival, (*RIVALS, EVERY)), key="--rival")
    plan = Plan(
        observe(scenario, record_option(record)),
        tuple(RIVALS) if rival == EVERY else tuple(dict.fromkeys((rival, *([REFERENCE] if check else [])))),
        compare=rival == EVERY,
        quick=quick,
        seed=seed,
        out=out,
    )
    result = _fitted(plan, threads, fresh)
    if not as_json:
        show(result)
    verdicts = _checked(plan, result, threads) if check else []
    if as_json:
        print_json(as_object(result) | ({"checks": [vars(verdict) for verdict in verdicts]} if check else {}))
    for verdict in () if as_json else verdicts:
        console().print(f"{verdict.word:8}{verdict.name}: {verdict.line}", soft_wrap=True)


def _fitted(plan: Plan, threads: int | None, fresh: bool) -> Calibration:
    """`calibration.store.calibrate_or_find` with a progress bar; an interrupt says how to go on."""
    from calibration.store import calibrate_or_find

    for folder in plan.others_unfinished():
        note(f"{folder} holds an unfinished fit with other data, code, seed or settings; it is not used")
    with _continued(), progress_bar("calibrate") as progress:
        return calibrate_or_find(
            plan, threads=threads, fresh=fresh, progress=progress, command=command_line()
        )


def _checked(plan: Plan, result: Calibration, threads: int | None) -> Sequence[Verdict]:
    """`calibration.validation.checks.run` on what was fitted, with a progress bar."""
    from calibration.hypotheses.rivals import REFERENCE
    from calibration.store import FORWARD
    from calibration.validation.checks import run

    with _continued(), progress_bar("check") as progress:
        return run(
            plan.observed,
            result.folder / "checks",
            plan.seed,
            plan.quick,
            threads,
            progress,
            draws=result.draws(REFERENCE),
            diagnostics=result.manifest["fits"].get(REFERENCE),
            forward=result.draws(f"{REFERENCE}{FORWARD}"),
        )


@contextmanager
def _continued() -> Iterator[None]:
    """Say after an interruption how to go on."""
    try:
        yield
    except KeyboardInterrupt:
        fail(f"interrupted; what is done is kept, and this goes on with it: {again('--fresh')}", INTERRUPTED)


def as_object(result: Calibration) -> dict[str, Any]:
    """A calibration for ``--json``."""
    parameters: dict[str, dict[str, Any]] = {}
    for row in result.parameters().reset_index().to_dict("records"):
        parameters.setdefault(row.pop("rival"), {})[row.pop("parameter")] = row
    return {
        "calibration": result.folder,
        "posterior": result.posterior,
        **{name: result.manifest[name] for name in ("scenario", "evidence", "code", "seed", "draws")},
        "found": result.found,
        "agreed": result.agreed,
        "worst_scale_reduction": result.manifest["worst"],
        "fits": result.manifest["fits"],
        "parameters": parameters,
    }


def show(result: Calibration) -> None:
    """Print a calibration for a person: what was learned, whether it can be trusted, and where the files are."""
    from calibration.hypotheses.rivals import RIVALS
    from calibration.report.page import agreement

    screen, manifest, table = console(), result.manifest, result.parameters()
    main = manifest["rivals"][0]
    screen.print()
    print_text(screen, f"{RIVALS[main].title}: {RIVALS[main].claim}", style="bold")
    screen.print()
    columns = ("parameter", "prior (5, 95 %)", "posterior (5, 95 %)", "left", "", "R-hat")
    own, cells = table.xs(main), []
    for block, rows in own.groupby("block", sort=False):
        cells.append((str(block).upper(), *[""] * (len(columns) - 1)))
        cells += [
            (
                str(name),
                f"{number(row['prior_q50'])} ({number(row['prior_q05'])}, {number(row['prior_q95'])})",
                f"{number(row['q50'])} ({number(row['q05'])}, {number(row['q95'])})",
                share(row["ratio"]),
                row["learned"],
                f"{row['scale_reduction']:.2f}",
            )
            for name, row in rows.iterrows()
        ]
    print_table(screen, columns, cells)
    learned = own["learned"].value_counts()
    screen.print()
    print_text(
        screen,
        f"The record teaches {learned.get('learned', 0)} of {len(own)} parameters (less than half of the prior's spread "
        f"is left), {learned.get('partly', 0)} in part, and leaves {learned.get('prior', 0)} to the prior.",
    )
    print_text(screen, agreement(manifest))
    done = "found, not repeated" if result.found else f"{manifest['draws']:,} draws"
    screen.print(f"fit        {result.folder}  (seed {manifest['seed']}, {done})", soft_wrap=True)
    screen.print(f"report     {result.folder / 'report.html'}", soft_wrap=True)
    screen.print(f"table      {result.folder / 'parameters.csv'}", soft_wrap=True)
    screen.print(f"posterior  {result.posterior}", soft_wrap=True)
