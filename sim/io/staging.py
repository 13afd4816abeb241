"""Write beside the final place, then rename: whoever looks finds a whole file or folder, or none."""

from __future__ import annotations

import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

ABANDONED = 3600.0
"""Seconds after which a staging file or folder is taken for the leftover of a killed process."""


@contextmanager
def staged(final: Path, *, replace: bool = True) -> Iterator[Path]:
    """A path to write a file or a folder to; it takes the final name, whole and on the disk, if the block ends well.

    Parameters
    ----------
    final : Path
        Its parent must exist.
    replace : bool
        What has the final name gives way. Otherwise a folder of that name stays.

    Raises
    ------
    FileExistsError
        If a folder has the final name and is not to be replaced.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with staged(Path(folder) / "note.txt") as path:
    ...         _ = path.write_text("whole")
    ...     [file.name for file in Path(folder).iterdir()]
    ['note.txt']
    """
    staging, replaced = _beside(final), _beside(final)
    try:
        yield staging
        _sync(staging)
        if replace and final.is_dir():
            final.rename(replaced)
        try:
            staging.replace(final)
        except OSError:
            if replaced.exists():
                replaced.rename(final)
            if replace or not final.is_dir():
                raise
            raise FileExistsError(final) from None
        _sync_folder(final.parent)
    finally:
        _remove(staging)
        _remove(replaced)


def remove_abandoned(parent: Path) -> None:
    """Remove what killed processes left in a folder."""
    for leftover in parent.glob(".*.part"):
        if time.time() - leftover.stat().st_mtime > ABANDONED:
            _remove(leftover)


def remove_leftovers(final: Path) -> None:
    """Remove everything that was staged for one place; nobody else may be at work on it."""
    for leftover in final.parent.iterdir():
        if leftover.name.startswith(f".{final.name}-") and leftover.name.endswith(".part"):
            _remove(leftover)


def _beside(final: Path) -> Path:
    return final.with_name(f".{final.name}-{secrets.token_hex(4)}.part")


def _remove(path: Path) -> None:
    if path.is_dir():
        with suppress(OSError):
            path.chmod(0o700)  # nothing can be removed from a folder that cannot be written
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


def _sync(path: Path) -> None:
    """Push a file, or all files of a folder, to the disk."""
    for file in (part for part in (path, *path.rglob("*")) if part.is_file()):
        with file.open("r+b") as handle:
            os.fsync(handle.fileno())
    if path.is_dir():
        _sync_folder(path)


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
