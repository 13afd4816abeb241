"""The errors that a user sees: one clear line each, never a traceback."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path


class WedgeError(Exception):
    """Anything that Wedge refuses or cannot do, told in one line.

    The command line prints the message after ``error:`` and exits with ``exit_code``.
    """

    exit_code = 1

    def __str__(self) -> str:
        return printable(super().__str__())


class InputError(WedgeError):
    """Bad input: what is wrong, where, what is allowed.

    Parameters
    ----------
    message : str
        What is wrong and what is allowed.
    file, line, column, key : optional
        Where: a path, a 1-based line, a column (number or table column name), a dotted key.
    """

    exit_code = 2

    def __init__(
        self,
        message: str,
        file: str | Path | None = None,
        line: int | None = None,
        column: int | str | None = None,
        key: str | None = None,
    ) -> None:
        place = ":".join(str(part) for part in (file, line, column) if part is not None)
        super().__init__(": ".join(part for part in (place, key, message) if part))
        self.message, self.file, self.line, self.column, self.key = message, file, line, column, key


class StoreError(WedgeError):
    """A run folder is damaged, locked or cannot be written."""


def nearest(word: str, allowed: Iterable[str]) -> str:
    """The end of an error line that offers the nearest match, or nothing.

    >>> nearest("punishmnt", ["coercion", "punishment"])
    "; did you mean 'punishment'?"
    >>> nearest("zzz", ["coercion"])
    ''
    """
    choices = {choice.lower(): choice for choice in allowed}
    found = difflib.get_close_matches(str(word).lower(), choices, n=1, cutoff=0.6)
    return f"; did you mean '{choices[found[0]]}'?" if found else ""


def printable(text: str, limit: int = 600) -> str:
    """The text on one line, control characters escaped, cut to ``limit`` characters.

    >>> printable("a\\x1b[31mb")
    'a\\\\x1b[31mb'
    """
    line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return line if len(line) <= limit else line[: limit - 3] + "..."
