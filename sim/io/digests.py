"""Digests of plain data and of files."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any


def sha256_of(value: Any) -> str:
    """SHA-256 of a value's canonical JSON.

    >>> sha256_of({"b": 1, "a": 2}) == sha256_of({"a": 2, "b": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def sha256_of_file(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def sha256_of_modules(root: Path, *places: str) -> str:
    """SHA-256 of the names and the content of the Python modules at some places under a folder, found recursively.

    Parameters
    ----------
    root : Path
        A package.
    places : str
        Rooms (folders, with all below them) or single modules, relative to it.
    """
    hasher = hashlib.sha256()
    modules = {
        path
        for place in places
        for path in ([root / place] if place.endswith(".py") else (root / place).rglob("*.py"))
    }
    for path in sorted(modules, key=lambda path: path.relative_to(root).as_posix()):
        hasher.update(f"{path.relative_to(root).as_posix()}\0".encode() + path.read_bytes() + b"\0")
    return hasher.hexdigest()
