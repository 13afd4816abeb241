"""What a command says while it works: a bar on a terminal, and why the first run takes longer."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sim.cli.boundary import note

Progress = Callable[[int, int], None]


@contextmanager
def progress_bar(label: str) -> Iterator[Progress]:
    """A function to be called with (lanes done, lanes in all): it draws a bar if stderr is a terminal.

    When it is first called, work is about to begin, and a compilation is announced.
    """
    if not sys.stderr.isatty():
        yield lambda done, total: announce_compilation()
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None, visible=False)

        def advance(done: int, total: int) -> None:
            announce_compilation()
            bar.update(task, completed=done, total=total, visible=True)

        yield advance


@functools.cache
def announce_compilation() -> None:
    """Say once, on stderr, that the model has to be compiled first, and what to do if that happens each time."""
    from sim.model.jit import compiled_before, kept_for_later

    if compiled_before():
        return
    if kept_for_later():
        note("compiling the model (first time only, about a minute)")
    else:
        note(
            "compiling the model (about a minute, each time: no folder for compiled code can be written;"
            " set XDG_CACHE_HOME to one that can)"
        )
