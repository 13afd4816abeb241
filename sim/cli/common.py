"""What the commands share: options, the progress bar, output for people and machines, and the error boundary."""

from __future__ import annotations

import errno
import json
import math
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NoReturn

import typer
from typer.core import TyperGroup

from sim.errors import InputError, WedgeError, escape_invisible, printable

if TYPE_CHECKING:
    from rich.console import Console

    from sim.runs.store import Run
    from sim.scenario.case import Case

Engine = Literal["lanes", "mesa"]
RunsOption = Annotated[int, typer.Option("--runs", "-n", min=1, max=1_000_000, help="Simulated lanes.")]
SeedOption = Annotated[
    int, typer.Option("--seed", min=0, max=2**63 - 1, help="Seed; the same seed gives the same numbers.")
]
EngineOption = Annotated[
    Engine, typer.Option("--engine", help="Compiled lanes, or the Mesa model stepped one lane at a time.")
]
ThreadsOption = Annotated[
    int | None, typer.Option("--threads", min=1, max=1024, help="Threads; all cores if not given.")
]
DaskOption = Annotated[
    str | None,
    typer.Option(
        "--dask",
        metavar="CLUSTER",
        help="Simulate on a Dask cluster and not on threads: local, local:N, or one that runs, such as tcp://10.0.0.1:8786.",
    ),
]
TrajectoriesOption = Annotated[
    bool, typer.Option("--trajectories", help="Store every lane month by month, too (about 0.15 MB a lane).")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Change a scenario's key, for example until=2030-12; repeatable."
    ),
]
PosteriorOption = Annotated[
    Path | None,
    typer.Option(
        "--posterior", metavar="FOLDER", help="Draw the parameters from this calibration, one draw a lane."
    ),
]
LeversOption = Annotated[
    int,
    typer.Option(
        "--levers",
        metavar="LANES",
        min=0,
        max=10_000,
        help="Lanes on which each assumption is switched off, to see what hangs on it; 0 for none.",
    ),
]
LEVER_LANES = 32
"""Lanes for the levers where none are asked for."""
OutOption = Annotated[Path, typer.Option("--out", help="Folder that holds the runs.")]
ForceOption = Annotated[bool, typer.Option("--force", help="Simulate again, and replace what is stored.")]
NoFiguresOption = Annotated[bool, typer.Option("--no-figures", help="Draw nothing.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else on stdout.")]
OUT = Path("outputs")
FAILED = 3
"""Exit code if all was done, but some lanes went wrong and are left out."""
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""Errors of a disk on which nothing more can be written."""
UsageError: Any = typer.BadParameter.__base__
"""Bad usage of any sort; typer gives this class no public name."""


class Boundary(TyperGroup):
    """The group of all commands, and the one place where an error becomes a line and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result
        except UsageError as error:
            place = error.ctx.command_path if error.ctx else "wedge"
            message = " ".join(error.format_message().split())
            fail(f"{message}{'' if message[-1] in '.?' else '.'} See '{place} --help'.", 2)
        except WedgeError as error:
            fail(str(error), error.exit_code)
        except KeyboardInterrupt:
            fail("interrupted; nothing half-written is left", 130)
        except MemoryError:
            fail("not enough memory; fewer --runs need less", 1)
        except OSError as error:
            if error.errno == errno.EPIPE:
                _silence()
                raise typer.Exit(1) from None
            if error.errno == errno.ENOSPC and error.filename is None:
                _silence()
            line = f"{error.filename}: {error.strerror}" if error.filename else error.strerror or str(error)
            fail(
                f"{line}; what was stored before is whole"
                if error.filename and error.errno in FULL
                else line,
                1,
            )


def fail(message: str, code: int) -> NoReturn:
    """Print one line on stderr and leave with a code."""
    typer.echo(f"error: {printable(message)}", err=True)
    raise typer.Exit(code) from None


def _silence() -> None:
    """Point stdout at nothing, so that the interpreter does not fail again when it flushes at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def command_line() -> str:
    """The command as it was typed, for the manifest; what cannot be seen is escaped."""
    return escape_invisible(
        shlex.join(["wedge", *sys.argv[1:]]), lambda character: character.encode("unicode_escape").decode()
    )


def settings(pairs: Sequence[str] | None) -> dict[str, str]:
    """The ``--set key=value`` options as a mapping.

    Raises
    ------
    InputError
        If one has no ``=``, or a key is given twice.
    """
    found: dict[str, str] = {}
    for pair in pairs or ():
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise InputError(f"'{pair}' is not KEY=VALUE; write for example --set until=2030-12", key="--set")
        if key.strip() in found:
            raise InputError("given twice", key=f"--set {key.strip()}")
        found[key.strip()] = value.strip()
    return found


def load_all(names: Sequence[str], pairs: Sequence[str] | None, posterior: Path | None = None) -> list[Case]:
    """Load every scenario before anything runs, so that bad input writes nothing.

    Raises
    ------
    InputError
        If one is bad, or two have the same name.
    """
    from sim.scenario.loading import load_case

    overrides = settings(pairs)
    cases = [load_case(name, overrides, posterior) for name in names]
    taken: set[str] = set()
    for case in cases:
        if case.scenario.name in taken:
            raise InputError(f"two scenarios are named '{case.scenario.name}'; give each its own name")
        taken.add(case.scenario.name)
    return cases


def stored_run(case: Case, **options: Any) -> Run:
    """`sim.runs.store.run_or_find` with a progress bar and the command line; an interrupt says how to go on."""
    from sim.runs.store import run_or_find

    def notify(line: str) -> None:
        typer.echo(f"note: {printable(line)}", err=True)

    try:
        with progress_bar(case.scenario.name) as progress:
            return run_or_find(case, progress=progress, notify=notify, command=command_line(), **options)
    except KeyboardInterrupt:
        fail(f"interrupted; finished lanes are kept, and this goes on with them: {again('--force')}", 130)
    except OSError as error:
        if error.errno not in FULL:
            raise
        fail(
            f"{options['out']}: {error.strerror}; finished lanes are kept, and the same command goes on with them",
            1,
        )


def replay_of(name: str, changes: Sequence[str] | None, posterior: Path | None, seed: int) -> str:
    """The command that tells a lane of a run, as its user would type it, less the lane."""
    words = ["wedge", "replay", name, *(word for pair in changes or () for word in ("--set", pair))]
    if posterior is not None:
        words += ["--posterior", str(posterior)]
    return shlex.join([*words, "--seed", str(seed)])


def again(without: str) -> str:
    """The command line, less an option that would start over."""
    return shlex.join(word for word in ["wedge", *sys.argv[1:]] if word != without)


def end(failed: int) -> None:
    """Leave with `FAILED` if lanes went wrong."""
    if failed:
        raise typer.Exit(FAILED)


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[int, int], None] | None]:
    """A bar on stderr while lanes are simulated; nothing unless stderr is a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def console() -> Console:
    """Stdout for people: as wide as the terminal, or 120 columns in a file or a pipe."""
    from rich.console import Console

    width = None if sys.stdout.isatty() else 120
    return Console(width=width, highlight=False, emoji=False, markup=False)


def print_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object; numbers that are not defined become ``null``, and what cannot be seen is escaped."""
    text = json.dumps(_plain(value), indent=2, ensure_ascii=False, allow_nan=False)
    typer.echo(escape_invisible(text, lambda character: json.dumps(character)[1:-1]))


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "item"):  # a number of numpy's
        value = value.item()
    return value if not isinstance(value, float) or math.isfinite(value) else None


def number(value: float, signed: bool = False, digits: int = 3) -> str:
    """A number for a table: one decimal if it is large, bare 0 if it is exactly that, a dash if not defined."""
    if math.isnan(value) or value == 0:
        return "–" if value else "0"
    text = f"{value:{'+' if signed else ''}.{digits if abs(value) < 10 else 1}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("+-")


def month_option(text: str | None, option: str) -> int | None:
    """The month number of an option such as ``--from``.

    Raises
    ------
    InputError
        If it is not ``YYYY-MM``.
    """
    from sim.months import month_number

    try:
        return None if text is None else month_number(text)
    except ValueError as error:
        raise InputError(str(error), key=option) from None
