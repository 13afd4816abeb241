"""The answer to a what-if's question and the steps behind it, as ``compare`` prints them and gives them to machines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli.options import settings
from sim.cli.printing import print_table, print_text, share
from sim.cli.progress import announce_compilation, progress_bar
from sim.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from rich.console import Console

    from sim.lab.answer_parts import Answer
    from sim.lab.compare import Comparison
    from sim.runs.store import Run
    from sim.scenario.case import Case
    from sim.types import Reactions

MOST_STEPS = 8
"""Steps printed by default, the likeliest to be missing."""
DEPENDS, UNOFFERED = "*", "\u2020"
"""Marks of steps that depend on others, and of those whose offer a what-if takes out."""


def steps_of(comparison: Comparison, run: Run, base: Case) -> pd.DataFrame:
    """The recorded steps that a what-if may lack, as `sim.lab.steps.steps_between` makes them."""
    from sim.lab.steps import recorded_responses, steps_between

    columns = {*comparison.base.columns} & {*run.columns}
    return steps_between(
        recorded_responses(base),
        columns,
        lambda names: comparison.outcomes(comparison.base, names),
        lambda names: comparison.outcomes(run, names),
        {act.id for act in run.events()},
    )


def rivals_of_all(
    names: Sequence[str],
    cases: Sequence[Case],
    changes: Sequence[str] | None,
    posterior: Path | None,
    threads: int | None,
) -> dict[str, tuple[list[Answer], Answer | None]]:
    """Alternative -> what each rival explanation of its posterior answers, on few lanes, and what the priors alone do."""
    from sim.lab.rivals import LANES, rival_answers, rivals_of
    from sim.scenario.chain import parsed_settings
    from sim.scenario.loading import load_case
    from sim.scenario.posterior import UNFITTED

    found = {}
    settings_given = parsed_settings(settings(changes))
    for name, case in zip(names[1:], cases[1:], strict=True):
        rivals = [settings_given | {"parameters": rival} for rival in rivals_of(case)]
        before = [UNFITTED] if case.posterior and UNFITTED in case.posterior.tables else []
        rivals += [settings_given | {"parameters": name} for name in before]
        if not rivals:
            raise InputError(
                f"{case.scenario.name} draws from no posterior, which is what has rivals", key="--rivals"
            )
        pairs = [
            (load_case(names[0], given, posterior), load_case(name, given, posterior)) for given in rivals
        ]
        announce_compilation()
        with progress_bar(f"{case.scenario.name}: rivals") as progress:
            answers = rival_answers(
                pairs, case.scenario.asks, lanes=LANES, threads=threads, progress=progress
            )
        unfitted = answers.pop() if before else None
        found[case.scenario.name] = answers, unfitted
    return found


def reactions_of_all(
    cases: Sequence[Case], lanes: int, seed: int, threads: int | None
) -> dict[str, dict[Reactions, Answer]]:
    """Alternative -> what it answers under other reactions, on few lanes; those in which nobody can react are left out."""
    from sim.lab.reactions import LANES, answers_by_reactions

    with progress_bar("reactions") as progress:
        return answers_by_reactions(
            cases[0], cases[1:], lanes=min(lanes, LANES), seed=seed, threads=threads, progress=progress
        )


def answer_as_object(answer: Answer) -> dict[str, Any]:
    """An answer for ``--json``: that of the first outcome asked for, and one for each."""
    return {
        "verdict": answer.verdict,
        "sentence": answer.sentence,
        "figures": [asdict(figure) for figure in answer.figures],
        "asked": asdict(answer.question),
        "outcomes": {part.outcome: asdict(part) for part in answer.parts},
    }


def steps_as_object(steps: pd.DataFrame) -> list[dict[str, Any]]:
    """The steps that some lane of a what-if lacks, for ``--json``."""
    missing = steps[steps["probability"] > 0].reset_index()
    return [{str(name): value for name, value in row.items()} for row in missing.to_dict("records")]


def print_answer(screen: Console, answer: Answer, manifest: Mapping[str, Any]) -> None:
    """A line for each outcome asked for, the verdict first; those that cannot be asked for one reason share a line."""
    from sim.cli.printing import title

    seen: set[str] = set()
    for place, part in enumerate(answer.parts):
        line = f"{part.verdict}. {part.sentence}"
        if line in seen:
            continue
        seen.add(line)
        name = title(part.outcome, manifest)
        head = "Answer" if place == 0 else f"{name[:1].upper()}{name[1:]}"
        print_text(screen, f"{head}: {line}", style="bold" if place == 0 else None)


def print_steps(screen: Console, steps: pd.DataFrame, manifest: Mapping[str, Any], everything: bool) -> None:
    """The steps of the record that the what-if lacks in a tenth of the lanes or more, in the order of their dates."""
    from sim.lab.steps import LEAST

    listed = steps[steps["probability"] >= (1e-9 if everything else LEAST)]
    if not len(listed):
        return
    shown = listed if everything else listed.head(MOST_STEPS)
    rows = [
        (
            row["month"],
            row["title"] + _mark(row),
            manifest["states"][row["state"]],
            f"{row['direction'] * row['weight']:+d}".replace("-", "\u2212"),
            share(row["probability"]),
        )
        for row in shown.sort_values("month", kind="stable").to_dict("records")
    ]
    screen.print()
    print_table(screen, ("", "steps on record that would not have been", "", "weight", "lanes"), rows, (1,))
    if more := len(listed) - len(shown):
        screen.print(f"and {more} more: --all")
    if any(shown["depends"]):
        print_text(screen, f"{DEPENDS} stands or falls with an offer that the state accepted before")
    if any(shown["unoffered"]):
        print_text(screen, f"{UNOFFERED} answers an offer that the what-if takes out")


def _mark(row: Mapping[Any, Any]) -> str:
    return f" {UNOFFERED}" if row["unoffered"] else f" {DEPENDS}" if row["depends"] else ""
