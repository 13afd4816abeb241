"""English for sentences: months, lists, counts, articles and possessives."""

from __future__ import annotations

from collections.abc import Sequence

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_ARTICLE_BEFORE = ("United ", "Soviet ", "European ")
_ARTICLE_AFTER = (" Union", " Republic", " Empire", " Islands", "lands", "pines", "dives", "amas")


def month_words(month: int) -> str:
    """A month number in words.

    >>> month_words(24120)
    'January 2010'
    """
    return f"{MONTHS[month % 12]} {month // 12}"


def month_short(month: int) -> str:
    """A month number in short words.

    >>> month_short(24120)
    'Jan 2010'
    """
    return f"{MONTHS[month % 12][:3]} {month // 12}"


def listed(words: Sequence[str]) -> str:
    """Words joined as a sentence joins them.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else list(words))


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """A count with its noun.

    >>> counted(1, "lane"), counted(1000, "lane")
    ('1 lane', '1,000 lanes')
    """
    return f"{count:,} {noun if count == 1 else plural or noun + 's'}"


def with_article(name: str) -> str:
    """The name of a power or a state as a sentence needs it.

    >>> with_article("United States"), with_article("China"), with_article("Philippines")
    ('the United States', 'China', 'the Philippines')
    """
    needs = name.startswith(_ARTICLE_BEFORE) or name.endswith(_ARTICLE_AFTER)
    return f"the {name}" if needs else name


def possessive(name: str) -> str:
    """A name's possessive.

    >>> possessive("China"), possessive("United States")
    ('China\\u2019s', 'United States\\u2019')
    """
    return name + ("\u2019" if name.endswith("s") else "\u2019s")
