"""What stdout and stderr can show: any encoding, a closed stream, a reader that leaves early."""

from __future__ import annotations

import codecs
import contextlib
import io
import os
import sys
import unicodedata

PLAIN = {
    "−": "-",
    "–": "-",
    "—": "-",
    "·": "-",
    "→": "->",
    "←": "<-",
    "±": "+/-",
    "×": "x",
    "…": "...",
    "“": '"',
    "”": '"',
    "\u2018": "'",
    "\u2019": "'",
    "\u00a0": " ",
}
"""Characters of our own tables, and how they are written where only plain letters can be shown."""


def prepare() -> None:
    """Make sure that writing to stdout or stderr never fails for what a character is, or for a stream that is closed."""
    codecs.register_error("wedge.plain", plain)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115 - as long as the process
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="wedge.plain")


def plain(error: UnicodeError) -> tuple[str, int]:
    """An error handler for encoding: the same meaning in ASCII, and an escape where ASCII has no such character.

    Examples
    --------
    >>> codecs.register_error("wedge.plain", plain)
    >>> "−0.5 → Tōkyō 東".encode("ascii", "wedge.plain")
    b'-0.5 -> Tokyo \\\\u6771'
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_plain, error.object[error.start : error.end])), error.end


def _plain(character: str) -> str:
    letter = PLAIN.get(character) or unicodedata.normalize("NFKD", character)[0]
    return letter if letter.isascii() else character.encode("ascii", "backslashreplace").decode()


def shows(text: str) -> bool:
    """Whether stdout can show every character of a text as it is."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def say(line: str, *, error: bool = False) -> None:
    """Print a line as it is, on stdout or on stderr."""
    print(line, file=sys.stderr if error else sys.stdout, flush=True)


def silence() -> None:
    """Point stdout at nothing: its reader has left, and the interpreter must not fail when it flushes at its end."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
