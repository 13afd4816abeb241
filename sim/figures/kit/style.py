"""The house style of the figures: colours, type, sizes, and how numbers are written.

Hues are those of Okabe and Ito, distinguishable to readers of every kind of colour vision. No figure leans on hue alone:
place, shape or a word says the same, so that a photocopy can be read.

References
----------
Okabe and Ito (2008), Color Universal Design.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib

INK = "#1A1A1A"
SOFT = "#5A5F64"
RULE = "#C9CDD1"
WASH = "#F1F2F3"
PAPER = "#FFFFFF"

HUB = "#0072B2"
CHALLENGER = "#D55E00"
OTHER = "#7A7A7A"
BASE = "#7D848A"
ALTERNATIVE = "#009E73"
SIDE_COLOUR = {"hub": HUB, "challenger": CHALLENGER, "third": OTHER}

WIDE_BAND, NARROW_BAND = 0.22, 0.48
"""Opacity of the 90 % and the 50 % band."""

HEADLINE, BODY, LABEL, SMALL, TINY = 19.0, 8.8, 8.0, 7.0, 6.3
"""Sizes of type in points."""

PAGE_WIDTH, MARGIN = 10.0, 0.45
"""Inches."""

SERIF = ["STIXGeneral", "DejaVu Serif"]
SANS = ["DejaVu Sans"]

SETTINGS: dict[Any, Any] = {
    "font.family": SANS,
    "font.size": LABEL,
    "text.color": INK,
    "text.parse_math": False,
    "text.hinting": "none",
    "figure.facecolor": PAPER,
    "svg.hashsalt": "wedge",
    "svg.fonttype": "path",
    "path.simplify": True,
}


@contextmanager
def house() -> Iterator[None]:
    """The house settings for the time of a ``with`` block, whatever the reader's own are."""
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(SETTINGS)
        yield


def number(value: float, signed: bool = False, digits: int = 2) -> str:
    """A number as print shows it: a true minus sign, no needless zero, ``digits`` decimals below ten.

    What would round to zero without being zero gets one figure, or ``\u2248 0`` if it is smaller still.

    >>> number(-0.416), number(1234.4), number(3.0, signed=True), number(0.0031)
    ('\u22120.42', '1,234', '+3', '0.003')
    """
    if not math.isfinite(value):
        return "undefined"
    size = abs(value)
    if 0 < size < 0.0005 and round(size, digits) == 0:
        return "\u2248\u00a00"
    if 0 < size < 0.005 and digits == 2:
        text = f"{size:.1g}"
    elif size >= 1e7:
        text = f"{size:.1e}".replace("e+0", "e").replace("e+", "e")
    else:
        text = f"{size:,.{0 if size >= 100 else 1 if size >= 10 else digits}f}"
        text = text.rstrip("0").rstrip(".") if float(size).is_integer() and "." in text else text
    if value < 0:
        return "\u2212" + text
    return "+" + text if signed and value > 0 else text


def decimals(step: float) -> int:
    """Decimals that show two figures of a step, two to five.

    >>> decimals(0.0123), decimals(3.0)
    (3, 2)
    """
    return min(max(2, 1 - math.floor(math.log10(step))), 5) if step > 0 else 2
