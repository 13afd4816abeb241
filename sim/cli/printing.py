"""What commands print: JSON for machines; numbers, titles and tables that fit the terminal for people."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli.streams import say, shows
from sim.errors import escape_invisible

if TYPE_CHECKING:
    from rich.console import Console

WIDTH = 80
"""Columns of a file or a pipe."""
GAP = 2
LEAST = 24
"""Columns below which sentences are not squeezed beside other cells."""


def console() -> Console:
    """Stdout for people: as wide as the terminal, or 80 columns in a file or a pipe."""
    from rich.console import Console

    class Screen(Console):
        """A console that leaves a reader who has left to the error boundary."""

        def on_broken_pipe(self) -> None:
            raise

    width = None if sys.stdout.isatty() else WIDTH
    return Screen(width=width, highlight=False, emoji=False, markup=False)


def print_text(screen: Console, text: str, *, indent: int = 0, style: str | None = None) -> None:
    """Print a paragraph, broken between words, its lines indented and without blanks at their ends."""
    for line in wrapped(text, screen.width - indent):
        screen.print(" " * indent + line, soft_wrap=True, style=style)


def print_json(value: Mapping[str, Any]) -> None:
    """Print one JSON object; numbers that are not defined become ``null``, and invisible characters are escaped.

    Where stdout cannot show a character it is escaped, too: what is read back is the same.
    """
    plain = _plain(value)
    for ascii_alone in (False, True):
        text = json.dumps(plain, indent=2, ensure_ascii=ascii_alone, allow_nan=False)
        text = escape_invisible(text, lambda character: json.dumps(character)[1:-1])
        if shows(text):
            break
    say(text)


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
    """A number for a table: one decimal if it is large, no decimals if it is whole, a dash if it is not defined.

    Examples
    --------
    >>> number(0.12345), number(-12.345), number(0.5, signed=True), number(12.0)
    ('0.123', '−12.3', '+0.500', '12')
    """
    if math.isnan(value) or value == 0:
        return "–" if value else "0"
    if abs(value) >= 1 and float(value).is_integer():
        digits = 0
    text = f"{value:{'+' if signed else ''}.{min(digits, 1) if abs(value) >= 10 else digits}f}"
    return text.replace("-", "−") if float(text) else text.lstrip("+-")


def share(value: float) -> str:
    """A share in percent, a dash if it is not defined.

    Examples
    --------
    >>> share(0.251), share(float("nan"))
    ('25 %', '–')
    """
    return "–" if math.isnan(value) else f"{100 * value:.0f} %"


def title(column: str, manifest: Mapping[str, Any]) -> str:
    """An outcome for people, with the names that a run's manifest gives its powers and states."""
    from sim.results.titles import title_of

    return title_of(column, manifest["hub"], manifest["challenger"], manifest["states"])


def print_table(
    screen: Console, headings: Sequence[str], rows: Sequence[Sequence[str]], sentences: Collection[int] = (0,)
) -> None:
    """Print rows under headings, in a layout that fits: no number or interval is ever cut or broken.

    Where they do not fit side by side, each row's sentences are printed on lines of their own; where the rest does not
    fit either, each value stands beside its heading.

    Parameters
    ----------
    headings : sequence of str
    rows : sequence of sequences of str
    sentences : collection of int
        Columns whose text may be broken between words.
    """
    for line in table_lines(headings, rows, sentences, screen.width):
        screen.print(line, soft_wrap=True)


def table_lines(
    headings: Sequence[str], rows: Sequence[Sequence[str]], sentences: Collection[int], width: int
) -> Iterator[str]:
    """The lines of `print_table` for a number of columns of the terminal."""
    from rich.cells import cell_len

    columns = range(len(headings))
    natural = [max(map(cell_len, (headings[k], *(row[k] for row in rows)))) for k in columns]
    whole = [k for k in columns if k not in sentences]
    prose = [k for k in columns if k in sentences]
    words = {k: max((cell_len(word) for row in rows for word in row[k].split()), default=0) for k in prose}
    narrow = {k: min(natural[k], max(LEAST, words[k])) for k in prose}
    fixed = sum(natural[k] + GAP for k in whole)
    if fixed + sum(narrow.values()) + GAP * (len(prose) - 1) <= width:
        room = width - fixed - sum(narrow.values()) - GAP * (len(prose) - 1)
        widths = dict(enumerate(natural))
        for place, k in enumerate(prose):
            wanted = natural[k] - narrow[k]
            widths[k] = narrow[k] + min(wanted, room // (len(prose) - place))
            room -= widths[k] - narrow[k]
        for row in (headings, *rows) if any(headings) else rows:
            yield from _side_by_side([wrapped(row[k], widths[k]) for k in columns], widths)
        return
    before = [k for k in prose if not whole or k < whole[0]]
    after = [k for k in prose if k not in before]
    indent = GAP if before else 0
    aligned = fixed - GAP + indent <= width
    if aligned and any(headings[k] for k in whole):
        yield (" " * indent + _aligned([headings[k] for k in whole], [natural[k] for k in whole])).rstrip()
    if any(headings[k] for k in after):
        yield "  " + ", ".join(filter(None, (headings[k] for k in after)))
    for row in rows:
        for k in before:
            yield from wrapped(row[k], width)
        if aligned:
            yield (" " * indent + _aligned([row[k] for k in whole], [natural[k] for k in whole])).rstrip()
        else:
            yield from _beside_headings([(headings[k], row[k]) for k in whole], width, indent)
        for k in after:
            yield from (f"  {line}" for line in wrapped(row[k], width - 2) if line)


def _side_by_side(cells: Sequence[Sequence[str]], widths: Mapping[int, int]) -> Iterator[str]:
    for line in range(max(map(len, cells))):
        texts = [cell[line] if line < len(cell) else "" for cell in cells]
        yield _aligned(texts, [widths[k] for k in range(len(cells))])


def _aligned(texts: Sequence[str], widths: Sequence[int]) -> str:
    from rich.cells import cell_len

    padded = [text + " " * (width - cell_len(text)) for text, width in zip(texts, widths, strict=True)]
    return (" " * GAP).join(padded).rstrip()


def _beside_headings(pairs: Sequence[tuple[str, str]], width: int, indent: int) -> Iterator[str]:
    """Each value beside its heading, as many to a line as fit."""
    from rich.cells import cell_len

    line = ""
    for heading, value in pairs:
        pair = f"{heading} {value}".strip()
        if indent + cell_len(pair) > width and heading and value:
            yield from (" " * indent + part for part in (line, heading, value) if part)
            line = ""
            continue
        if line and indent + cell_len(line) + 2 * GAP + cell_len(pair) > width:
            yield " " * indent + line
            line = ""
        line = f"{line}{' ' * 2 * GAP}{pair}" if line and pair else line + pair
    if line:
        yield " " * indent + line


def wrapped(text: str, width: int) -> list[str]:
    """A text in lines of so many columns, broken between words; of longer words, addresses alone stay whole.

    Examples
    --------
    >>> wrapped("whom does it win, and for whom?", 12)
    ['whom does it', 'win, and for', 'whom?']
    >>> wrapped("北京と平壌 https://example.org", 6)
    ['北京と', '平壌', 'https://example.org']
    """
    from rich.cells import cell_len, chop_cells

    width, lines, line = max(width, 2), [], ""
    for word in text.split():
        pieces = [word] if cell_len(word) <= width or "://" in word else chop_cells(word, width)
        for piece in pieces:
            if line and cell_len(line) + 1 + cell_len(piece) > width:
                lines.append(line)
                line = piece
            else:
                line = f"{line} {piece}".lstrip()
    return [*lines, line]
