"""``wedge score``: the fitted model's forecasts of held-out cases, beside those of simple baselines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.options import JsonOption, PosteriorOption, TargetsOption, month_option, record_option
from sim.cli.printing import console, number, print_json, print_table, print_text, share
from sim.cli.progress import progress_bar
from sim.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from calibration.comparison.scores import Scores
    from sim.scenario.posterior import Posterior

HELD_OUT = "the shipped record's held-out parts"
MEANING = (
    "Log score: more is better. Brier score, CRPS: less is better. Gain: how much better than the baseline, whichever way "
    "the score runs; ± is a standard error, the larger of that over states and that over half-years. Where there is no difference, "
    "at most one row in twenty gets a verdict."
)


def score(
    world: Annotated[
        str | None, typer.Option(metavar="FILE", help="World of the record, a name or a file; indo_pacific.")
    ] = None,
    record: TargetsOption = None,
    start: Annotated[str | None, typer.Option("--from", help="First month scored, YYYY-MM.")] = None,
    posterior: PosteriorOption = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Folder for the tables, every case in one.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Score the model's forecasts beside those of simple baselines.

    Scored are cases that the model was not fitted to. Without --record: the shipped record after 2019, from a fit to what came before, and each state from a fit to all
    others. With it: any record in the codebook's format, of any world; the parameters are taken as they are, and what was
    done to the states is given. Half-years that begin at --from or later are scored; by default, those in the
    second half of the record, or, where the shipped record was carried on, those after its end.

    \b
    Examples:
      wedge score
      wedge score --record my-record --from 2025-01
      wedge score --world my-world.yaml --record my-record --json
    """
    from sim.io.library import THEATRE

    if record is None:
        for option, value in (("--world", world), ("--from", start)):
            if value is not None:
                raise InputError("needs a record to score; name it with --record", key=option)
    month_option(start, "--from")
    folder, found = record_option(record), _posterior(posterior)
    scores = _scored(found, world or THEATRE, folder, start)
    if out is not None:
        _write(scores, out)
    about = {
        "scored": HELD_OUT if folder is None else str(folder),
        "posterior": str(found.folder),
        "posterior_sha256": found.sha256,
        "model": found.main,
        "notes": scores.notes,
    }
    if as_json:
        tables = {"scores": scores.table(), "coverage": scores.coverage()}
        print_json(about | {name: table.to_dict("records") for name, table in tables.items()})
        return
    show(scores, about)


def _posterior(folder: Path | None) -> Posterior:
    from sim.io.library import posterior_root
    from sim.scenario.posterior import read_posterior

    if folder is None and not posterior_root().is_dir():
        raise InputError("no posterior comes with this copy; name one with --posterior FOLDER")
    return read_posterior(posterior_root() if folder is None else folder)


def _scored(found: Posterior, world: str, record: Path | None, start: str | None) -> Scores:
    from calibration.score import draws_of, held_out, score

    if record is not None:
        return score(world, record, draws_of(found, found.main), start, found.main)
    with progress_bar("score") as progress:
        return held_out(found, progress=progress)


def _write(scores: Scores, out: Path) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name, table in (
        ("cases", scores.points), ("scores", scores.table()), ("coverage", scores.coverage()),
    ):  # fmt: skip
        table.to_csv(out / f"{name}.csv", index=False, float_format="%.6g", lineterminator="\n")


def show(scores: Scores, about: dict[str, Any]) -> None:
    """Print the scores for a person: every stream beside every baseline, coverage, and where the model loses."""
    screen, table, coverage = console(), scores.table(), scores.coverage()
    for split in scores.models:
        screen.print()
        print_text(screen, f"Scored: {about['scored']}, {split}", style="bold")
        screen.print()
        _print_scores(screen, table[table["split"] == split])
        if len(coverage):
            _print_coverage(screen, coverage[coverage["split"] == split])
    screen.print()
    print_text(screen, MEANING)
    for word in ("worse", "better"):
        rows = table[table["verdict"] == word] if len(table) else table
        named = [f"{row.baseline} ({row.stream}, {row.score}, {row.split})" for row in rows.itertuples()]
        print_text(screen, f"{about['model']} is {word} than: {'; '.join(named) or 'no baseline'}.")
    screen.print("In all other rows the cases cannot tell.")
    for note in scores.notes:
        print_text(screen, f"note: {note}")


def _print_scores(screen: Console, rows: pd.DataFrame) -> None:
    cells: list[Sequence[str]] = []
    before = ("", "")
    for row in rows.to_dict("records"):
        same = (row["stream"], row["score"]) == before
        before = (row["stream"], row["score"])
        own = ("", "", "", "") if same else (*before, str(row["cases"]), number(row["value"]))
        baseline = (row["baseline"], number(row["baseline_value"]))
        gain = f"{number(row['gain'], True)} ± {number(row['error'])}"
        cells.append((*own, *baseline, gain, row["verdict"]))
    headings = ("stream", "score", "cases", "model", "baseline", "", "gain", "")
    print_table(screen, headings, cells, sentences=())


def _print_coverage(screen: Console, rows: pd.DataFrame) -> None:
    """Share of cases inside each central interval, a row a model."""
    levels = sorted(rows["level"].unique())
    headings = [part for level in levels for part in (f"in {100 * level:.0f} %", "intervals")]
    table: list[Sequence[str]] = []
    for (stream, model), own in rows.groupby(["stream", "model"], sort=False):
        cells = []
        for row in own.sort_values("level").to_dict("records"):
            cells += [f"{100 * row['share']:.0f} ± {share(row['error'])}", row["verdict"]]
        table.append((str(stream), str(model), *cells))
    screen.print()
    print_table(screen, ("stream", "model", *headings), table, sentences=())
