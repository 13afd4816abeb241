"""The error boundary: the one place where an error becomes a line and an exit code."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

import typer
from typer.core import TyperGroup

from sim.cli.stopping import INTERRUPTED
from sim.cli.streams import say, silence
from sim.errors import WedgeError, printable

FAILED = 3
"""Exit code if everything was done, but some lanes went wrong and are excluded."""
FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
"""Errors of a disk on which nothing more can be written."""
NO_MEMORY = "not enough memory; fewer --lanes need less"
UsageError: Any = typer.BadParameter.__base__
"""Bad usage of any kind; typer gives this class no public name."""


class Boundary(TyperGroup):
    """The group of all commands, inside the error boundary."""

    def make_context(self, *words: Any, **settings: Any) -> Any:
        """Read the command line as far as the name of the command; this prints the help."""
        with one_line_errors():
            return super().make_context(*words, **settings)

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        with one_line_errors():
            result = super().invoke(ctx)
            sys.stdout.flush()
            return result


@contextmanager
def one_line_errors() -> Iterator[None]:
    """Turn whatever a user can bring about into one line on stderr and an exit code."""
    try:
        yield
    except UsageError as error:
        if type(error).__name__ == "NoArgsIsHelpError":
            raise
        place = error.ctx.command_path if error.ctx else "wedge"
        message = " ".join(error.format_message().split())
        fail(f"{message}{'' if message[-1] in '.?' else '.'} See '{place} --help'.", 2)
    except WedgeError as error:
        fail(str(error), error.exit_code)
    except KeyboardInterrupt:
        fail("interrupted; nothing half-written is left", INTERRUPTED)
    except MemoryError:
        fail(NO_MEMORY, 1)
    except ImportError as error:
        # A library that finds no room says so in words alone.
        if not any(words in str(error) for words in ("failed to map segment", "Cannot allocate memory")):
            raise
        fail(NO_MEMORY, 1)
    except OSError as error:
        if error.errno == errno.EPIPE:
            silence()
            raise typer.Exit(0) from None
        if error.errno == errno.ENOMEM:
            fail(NO_MEMORY, 1)
        if error.errno == errno.ENOSPC and error.filename is None:
            silence()
        fail(_line_of(error), 1)


def _line_of(error: OSError) -> str:
    reason = error.strerror or str(error)
    if not error.filename:
        return reason
    return f"{error.filename}: {reason}{'; what was stored before is whole' if error.errno in FULL else ''}"


def fail(message: str, code: int) -> NoReturn:
    """Print one line on stderr and exit with a code."""
    with suppress(OSError):
        say(f"error: {printable(message)}", error=True)
    raise typer.Exit(code) from None


def note(message: str) -> None:
    """Print a line on stderr that is worth knowing and is not an error."""
    say(f"note: {printable(message)}", error=True)


def end(failed: int) -> None:
    """Exit with `FAILED` if lanes went wrong."""
    if failed:
        raise typer.Exit(FAILED)


@contextmanager
def writing(folder: Path) -> Iterator[None]:
    """Name a folder in an error of the system that names no file."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno != errno.EPIPE:
            error.filename = str(folder)
        raise
