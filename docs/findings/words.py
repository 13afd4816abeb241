"""Numbers and lists as sentences and tables show them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from docs.tables import table


def number(value: float) -> str:
    """Two significant figures, and no exponent.

    >>> number(0.0463), number(23.4), number(-391.0), number(0.0)
    ('0.046', '23', '-391', '0')
    """
    if not np.isfinite(value):
        return "none"
    if value == 0.0:
        return "0"
    digits = max(0, 1 - int(np.floor(np.log10(abs(value)))))
    return f"{value:.{digits}f}"


def interval(low: float, middle: float, high: float) -> str:
    """A median and its 90 % interval."""
    return f"{number(middle)} [{number(low)}, {number(high)}]"


def listed(words: Iterable[str]) -> str:
    """Words as a sentence lists them.

    >>> listed(["a", "b", "c"]), listed(["a"]), listed([])
    ('a, b and c', 'a', 'none')
    """
    words = list(words)
    return " and ".join(part for part in (", ".join(words[:-1]), words[-1]) if part) if words else "none"


def counted(count: int, one: str, many: str = "") -> str:
    """A number and its noun.

    >>> counted(1, "state"), counted(3, "state")
    ('1 state', '3 states')
    """
    return f"{count} {one if count == 1 else many or one + 's'}"


def capital(text: str) -> str:
    """A text that begins with a capital letter."""
    return text[:1].upper() + text[1:]


def small(text: str) -> str:
    """A text that begins with a small letter."""
    return text[:1].lower() + text[1:]


def paragraph(*sentences: str) -> str:
    """Sentences that are not empty, on one line."""
    return " ".join(sentence for sentence in sentences if sentence)


def parts(*blocks: str) -> str:
    """Paragraphs, tables and lists that are not empty, one below the other."""
    return "\n\n".join(block for block in blocks if block)


def bullets(lines: Iterable[str]) -> str:
    """A list."""
    return "\n".join(f"* {line}" for line in lines)


def generic(frame: pd.DataFrame) -> str:
    """A table as it is, numbers to two figures."""
    rows = [
        [number(cell) if isinstance(cell, float) else cell for cell in row]
        for row in frame.itertuples(index=False)
    ]
    return table([str(name).replace("_", " ") for name in frame], rows)
