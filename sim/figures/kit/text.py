"""Words on a page: measured, wrapped, shortened, and written for readers."""

from __future__ import annotations

import re
from functools import lru_cache

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ft2font import LoadFlags

from sim.figures.kit.style import LABEL, SANS

ELLIPSIS = "\u2026"
_BRACKETS = re.compile(r"\s*[(\[](.*?)[)\]]")
_BLANKS = re.compile(r"[ \t\r\n\f\v]+")
_SAFETY = 1.03
_UNIT = 100.0


@lru_cache(maxsize=1)
def _drawable() -> frozenset[int]:
    return frozenset(get_font(findfont(FontProperties(family=SANS))).get_charmap())


def plain(text: object) -> str:
    """The text on one line, characters that the font cannot draw replaced by a middle dot, ``5 %`` kept together."""
    line = re.sub(r"(?<=\d) %", "\u00a0%", _BLANKS.sub(" ", str(text)).strip())
    return "".join(c if ord(c) in _drawable() else "\u00b7" for c in line)


@lru_cache(maxsize=4096)
def _advance(letter: str, weight: str, family: tuple[str, ...]) -> float:
    """How far a letter moves the pen, in inches a point of size."""
    font = get_font(findfont(FontProperties(family=list(family), weight=weight)))
    font.set_size(_UNIT, 72)
    return font.load_char(ord(letter), flags=LoadFlags.NO_HINTING).linearHoriAdvance / 65536 / _UNIT / 72


@lru_cache(maxsize=4096)
def width(
    text: str, size: float = LABEL, weight: str = "normal", family: tuple[str, ...] = tuple(SANS)
) -> float:
    """Width in inches of a line of text set at ``size`` points, as the sum of its letters: never less than it takes."""
    return _SAFETY * size * sum(_advance(letter, weight, family) for letter in text)


def fit(text: str, space: float, size: float = LABEL, weight: str = "normal") -> str:
    """The text, shortened to ``space`` inches: brackets go or stand for the whole, then words go, then letters.

    >>> fit("Lao People's Democratic Republic (Laos)", 0.9)
    'Laos'
    >>> fit("Indo-Pacific Economic Framework", 1.6)
    'Indo-Pacific Economic\\u2026'
    """
    text = plain(text)
    outside = _BRACKETS.sub("", text)
    for candidate in (text, outside, *(inside for inside in _BRACKETS.findall(text) if len(inside) > 2)):
        if candidate and width(candidate, size, weight) <= space:
            return candidate
    words = outside.split() or [text]
    for count in range(len(words) - 1, 0, -1):
        candidate = " ".join(words[:count]).rstrip(",;:-") + ELLIPSIS
        if width(candidate, size, weight) <= space:
            return candidate
    word = words[0]
    while len(word) > 1 and width(word + ELLIPSIS, size, weight) > space:
        word = word[:-1]
    return word + ELLIPSIS


def wrap(
    text: str,
    space: float,
    size: float = LABEL,
    weight: str = "normal",
    family: tuple[str, ...] = tuple(SANS),
    lines: int | None = None,
) -> list[str]:
    """Lines no wider than ``space`` inches, broken at blanks but not at no-break spaces; with ``lines``, at most so many, the last one shortened."""
    done: list[str] = []
    line = ""
    for word in plain(text).split(" "):
        longer = f"{line} {word}".strip()
        if line and width(longer, size, weight, family) > space:
            done.append(line)
            line = word
        else:
            line = longer
    done.append(line)
    if lines is not None and len(done) > lines:
        done = [*done[: lines - 1], " ".join(done[lines - 1 :])]
    return [
        part if width(part, size, weight, family) <= space else fit(part, space, size, weight)
        for part in done
    ]


def wrap_evenly(
    text: str,
    space: float,
    size: float = LABEL,
    weight: str = "normal",
    family: tuple[str, ...] = tuple(SANS),
) -> list[str]:
    """As few lines as :func:`wrap` makes, of lengths as even as may be, so that no word stands alone at the end."""
    lines = wrap(text, space, size, weight, family)
    for part in range(95, 50, -5):
        narrower = wrap(text, space * part / 100, size, weight, family)
        if len(narrower) > len(lines):
            break
        lines = narrower
    return lines
