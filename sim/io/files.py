"""Files that people hand in: within walls, of bearable size, and read in one place."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from sim.errors import InputError, code_point, invisible_character, nearest


def within(path: Path, folders: Iterable[Path]) -> Path:
    """The path with links resolved, refused if it lies outside all the folders.

    Raises
    ------
    ValueError
        Naming the folders that are allowed.
    """
    real = Path(os.path.realpath(path))
    roots = [Path(os.path.realpath(folder)) for folder in folders]
    if any(real.is_relative_to(root) for root in roots):
        return real
    raise ValueError(f"lies outside {' and '.join(str(root) for root in roots)}")


def resolved(path: Path) -> Path:
    """A path that a person gave, absolute and with links resolved.

    Raises
    ------
    InputError
        If it holds characters that cannot be seen.
    """
    if hidden := invisible_character(str(path)):
        raise InputError(f"the path holds the character {code_point(hidden[0])}; rename it", path)
    return Path(os.path.realpath(path))


def read_file(path: Path, limit: int, inside: Path | None = None) -> bytes:
    """The bytes of a regular file of bearable size; every file that a person may hand in is read by this.

    Parameters
    ----------
    path : Path
    limit : int
        Bytes allowed.
    inside : Path, optional
        A folder; a link that leads out of it is refused.

    Raises
    ------
    InputError
        If there is no such file, it is too large, no file (a folder, a pipe, a device) or cannot be read, or its path holds
        characters that cannot be seen.
    """
    real = resolved(path)
    try:
        within(real, (inside or real.parent,))
    except ValueError as error:
        raise InputError(f"a link that {error}; put the file itself there", path) from None
    try:
        status = real.stat()
        if stat.S_ISDIR(status.st_mode):
            raise InputError("this is a folder; name a file in it", path)
        if not stat.S_ISREG(status.st_mode):
            raise InputError("this is not a regular file", path)
        if status.st_size <= limit:
            with real.open("rb") as handle:
                raw = handle.read(limit + 1)
            if len(raw) <= limit:
                return raw
    except FileNotFoundError:
        raise InputError(f"there is no such file{nearest_file(path)}", path) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", path) from None
    raise InputError(f"the file has {status.st_size:,} bytes; at most {limit:,} are allowed", path)


def nearest_file(path: Path) -> str:
    """The end of an error line that offers the nearest name beside a missing file, or nothing."""
    try:
        return nearest(path.name, (sibling.name for sibling in path.parent.iterdir()))
    except OSError:
        return ""
