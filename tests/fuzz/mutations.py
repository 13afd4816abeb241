"""Changes of a sound file that keep most of it: of bytes, of the fields of a table, of the values of a tree."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from random import Random
from typing import Any

import yaml

Mutation = Callable[[bytes, Random], bytes]

MOST = 20_000
"""Bytes of a mutated input."""
WORDS = (
    "", "0", "-1", "1e400", "-.inf", ".nan", "NaN", "Infinity", "9" * 5000, "1e-400", "true", "null", "~", "2000-13",
    "9999-99", "2200-12", "0000-00", "..", "../../etc/passwd", "/dev/zero", "~root", "./base.yaml", "./record", ".",
    "x" * 400, "\u00e9" * 300, "\x1b[31mred", "\x9b2J", "\u202edrow", "\u2066", "\ufeff", "\x00", "\r\n", "\t", "\u2028",
    "[red]bold[/red]", "[/]", "<script>alert(1)</script>", "&lt;", "$\\frac{", "%s%n", "{0}", "ALL", "AAA", "CHA", "HUB",
    "*x", "&x", "!!python/name:os.system", "<<", "- ", "? ", "\ud800", "\U000e0041", "default", "posterior", "stacked", "prior",
)  # fmt: skip
VALUES: tuple[Any, ...] = (
    None, True, False, 0, -1, 10**400, 1.5, float("nan"), float("inf"), 1e308, [], {}, [[]], [None], {"": None}, [1] * 500,
    {"a": {"b": {"c": {}}}}, *WORDS,
)  # fmt: skip


def of_bytes(data: bytes, chance: Random) -> bytes:
    """Some slices replaced, doubled or taken out."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        start = chance.randint(0, len(changed))
        stop = min(len(changed), start + chance.choice((0, 1, 2, 4, 16, 200)))
        change = chance.randrange(4)
        if change == 0:
            changed[start:stop] = chance.choice(WORDS).encode("utf-8", "surrogatepass")
        elif change == 1:
            changed[start:stop] = changed[start:stop] * chance.randint(0, 3)
        elif change == 2:
            changed[start:stop] = bytes(chance.randrange(256) for _ in range(stop - start))
        elif changed:
            changed[start % len(changed)] ^= 1 << chance.randrange(8)
    return bytes(changed[:MOST])


def of_fields(data: bytes, chance: Random) -> bytes:
    """Some fields of a table replaced, rows and columns doubled or taken out."""
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8"), newline="")))
    except (UnicodeDecodeError, csv.Error):
        return of_bytes(data, chance)
    for _ in range(chance.randint(1, 3)):
        filled = [number for number, row in enumerate(rows) if row]
        if not filled:
            break
        row = rows[chance.choice(filled)]
        change, place = chance.randrange(6), chance.randrange(len(row))
        if change == 0:
            rows.append([*row])
        elif change == 1:
            del row[place]
        elif change == 2:
            row[place] = chance.choice(rows[-1] or [""])
        else:
            row[place] = chance.choice(WORDS)
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8", "surrogatepass")[:MOST]


def _mutated(tree: Any, chance: Random) -> Any:
    """A tree of plain data with one value, key or item changed somewhere."""
    if not isinstance(tree, dict | list) or not tree or chance.randrange(8) == 0:
        return chance.choice(VALUES)
    if isinstance(tree, list):
        place = chance.randrange(len(tree))
        change = chance.randrange(5)
        if change == 0:
            return tree[:place] + tree[place + 1 :]
        if change == 1:
            return [*tree, *tree[place : place + 1] * chance.choice((1, 2, 30))]
        return [*tree[:place], _mutated(tree[place], chance), *tree[place + 1 :]]
    key = chance.choice(list(tree))
    change = chance.randrange(8)
    if change == 0:
        return {name: value for name, value in tree.items() if name != key}
    if change == 1:
        return tree | {chance.choice(WORDS): tree[key]}
    if change == 2:
        return tree | {key: tree[chance.choice(list(tree))]}
    return tree | {key: _mutated(tree[key], chance)}


def of_json(data: bytes, chance: Random) -> bytes:
    """A value, key or item of a JSON file changed."""
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        return of_bytes(data, chance)
    return json.dumps(_mutated(tree, chance)).encode()[:MOST]


def of_yaml(data: bytes, chance: Random) -> bytes:
    """A value, key or item of a YAML file changed."""
    try:
        tree = yaml.load(data, Loader=yaml.BaseLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return of_bytes(data, chance)
    text = yaml.safe_dump(_mutated(tree, chance), sort_keys=False, allow_unicode=True)
    return text.encode("utf-8", "surrogatepass")[:MOST]


def sometimes(structured: Mutation) -> Mutation:
    """A mutation that mostly keeps the structure and now and then breaks it."""

    def mutate(data: bytes, chance: Random) -> bytes:
        return (of_bytes if chance.randrange(4) == 0 else structured)(data, chance)

    return mutate
