"""The errors that a user sees: one clear line each, never a traceback."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from pathlib import Path

_INVISIBLE = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\ufffe\uffff\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
"""Control characters but the line feed, overrides of direction, what has no width but the joiners, half characters."""


MOST_NAMES = 30
"""Names that an error line lists; of more than that, the closest."""


class WedgeError(Exception):
    """Anything that Wedge refuses or cannot do, said in one line.

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


def unknown(what: str, name: str, allowed: Iterable[str]) -> str:
    """One line for a name that nothing has: what is allowed (of many, the closest), and the nearest match.

    >>> unknown("plan", "charme", ["charm", "restraint"])
    "unknown plan 'charme'; allowed are charm, restraint; did you mean 'charm'?"
    """
    names = sorted(allowed)
    shown = names if len(names) <= MOST_NAMES else difflib.get_close_matches(name, names, 5, 0.0)
    more = f" and {len(names) - len(shown)} more" if len(shown) < len(names) else ""
    return (
        f"unknown {what} '{name[:60]}'; allowed are {', '.join(shown) or 'none'}{more}{nearest(name, names)}"
    )


def invisible_character(text: str) -> re.Match[str] | None:
    """The first character of a text that a reader cannot see and a terminal or a page may obey; None if all can be seen.

    Refused wherever text comes in, so that nothing need be escaped against it where it goes out. A line feed is left to
    whoever reads lines.

    >>> invisible_character("Tōkyō · 東京"), invisible_character("a\\x1b[31mb").start(), invisible_character("back\\u202ewards").start()
    (None, 1, 4)
    """
    return _INVISIBLE.search(text)


def escape_invisible(text: str, escape: Callable[[str], str]) -> str:
    """The text with each character that a reader cannot see put as ``escape`` puts it.

    >>> escape_invisible("a\\x1bb", code_point)
    'aU+001Bb'
    """
    return _INVISIBLE.sub(lambda found: escape(found[0]), text)


def code_point(character: str) -> str:
    """The name of a character that cannot be shown.

    >>> code_point("\\x1b")
    'U+001B'
    """
    return f"U+{ord(character):04X}"


def one_line(text: str) -> str:
    """The text, if it is one line of characters that can be seen.

    Raises
    ------
    ValueError
        Naming the first character that is not.
    """
    hidden = invisible_character(text) or re.search("\n", text)
    if hidden:
        raise ValueError(f"holds the character {code_point(hidden[0])}; write one line of plain text")
    return text


def printable(text: str, limit: int = 600) -> str:
    """The text on one line, control characters escaped, cut to ``limit`` characters.

    >>> printable("a\\x1b[31mb")
    'a\\\\x1b[31mb'
    """
    seen = escape_invisible(text, _escaped)
    line = "".join(c if c.isprintable() else _escaped(c) for c in seen)
    return line if len(line) <= limit else line[: limit - 3] + "..."


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()
