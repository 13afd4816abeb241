"""Folders under ``outputs/``: whole or absent, checked before they are used, and worked on by one process at a time."""

from __future__ import annotations

import json
import os
import platform
import re
import socket
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from filelock import FileLock, Timeout

import sim
from sim.errors import InputError, StoreError
from sim.io.digests import sha256_of, sha256_of_file
from sim.io.files import read_file
from sim.io.staging import remove_abandoned, staged
from sim.runs.manifest import FILE_NAME, FORMAT, Manifest, problem_of

if TYPE_CHECKING:
    import pandas as pd

MANIFEST = "manifest.json"
FIGURES = "figures.json"
MOST_BYTES = 16 * 2**20
"""Size of the largest manifest or note that is read."""
REMEDY = "run again with --force (in Python force=True) to replace it"
PACKAGES = ("numpy", "numba", "mesa", "pandas", "xarray")


def publish(
    folder: Path, manifest: dict[str, Any], write: Callable[[Path], None], *, force: bool = False
) -> bool:
    """Write a folder beside its final place, seal it with a manifest and rename it whole.

    Parameters
    ----------
    folder : Path
        Its final place; the parent is made if missing.
    manifest : dict
        What to say of it; format, versions, date and checksums are added.
    write : callable
        Writes the files into the folder that it is given.
    force : bool
        Replace what is there.

    Returns
    -------
    bool
        False if an intact folder was published there in the meantime; it stays.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    remove_abandoned(folder.parent)
    try:
        with staged(folder, replace=force) as staging:
            staging.mkdir()
            write(staging)
            _seal(staging, manifest)
    except FileExistsError:
        verify(folder)
        return False
    return True


def verify(folder: Path, model: type[Manifest] = Manifest) -> dict[str, Any]:
    """The manifest of a stored folder, after it and every file that it lists have been checked.

    Checksums show damage. They do not show who made a folder, and need not: a run's own folder is guarded against
    accidents (``docs/trust.md``).

    Parameters
    ----------
    folder : Path
    model : type of Manifest
        What the manifest must say.

    Raises
    ------
    StoreError
        Naming the file that is missing, altered or from another version, and the remedy.
    """
    path = folder / MANIFEST
    try:
        if not os.path.lexists(path):
            raise StoreError(f"{folder}: no {MANIFEST} here, so this is not a complete run; {REMEDY}")
        manifest: dict[str, Any] = json.loads(read_file(path, MOST_BYTES, inside=folder))
        checksum = manifest.pop("checksum")
        intact = checksum == sha256_of(manifest)
    except (InputError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise StoreError(f"{path}: not readable as a manifest; {REMEDY}") from None
    if not intact:
        raise StoreError(f"{path}: altered after it was written; {REMEDY}")
    if (found := manifest.get("format")) != FORMAT:
        raise StoreError(f"{path}: format {found}; this version of Wedge reads {FORMAT}; {REMEDY}")
    if problem := problem_of(model, manifest):
        raise StoreError(f"{path}: {problem}; {REMEDY}")
    for name, digest in manifest["files"].items():
        file = folder / name
        if not os.path.lexists(file):
            raise StoreError(f"{file}: missing from the run; {REMEDY}")
        if not _plain_file(file) or sha256_of_file(file) != digest:
            raise StoreError(f"{file}: damaged, its checksum differs from the manifest's; {REMEDY}")
    return manifest


def _plain_file(path: Path) -> bool:
    """Whether it is a file, and no link, pipe or folder."""
    return stat.S_ISREG(path.lstat().st_mode)


def replace_figures(folder: Path, draw: Callable[[Path], list[Path]]) -> list[Path]:
    """Draw the figures of a stored folder beside their place and swap them in whole.

    The manifest does not list them, so that they can be drawn again at any time; ``figures.json`` holds their
    checksums.

    Parameters
    ----------
    draw : callable
        Draws into the folder that it is given and returns the files.

    Returns
    -------
    list of Path
        The files in ``folder/figures``.
    """
    final = folder / "figures"
    with staged(final) as staging:
        staging.mkdir()
        names = [path.relative_to(staging) for path in draw(staging)]
    sums = {name.as_posix(): sha256_of_file(final / name) for name in names}
    (folder / FIGURES).write_text(json.dumps(sums, indent=1) + "\n", encoding="utf-8")
    return [final / name for name in names]


def figures_intact(folder: Path) -> bool:
    """Whether a stored folder has its figures, each as it was drawn."""
    try:
        sums = dict(json.loads(read_file(folder / FIGURES, MOST_BYTES, inside=folder)))
        drawn = {folder / "figures" / name: sums[name] for name in sums if re.fullmatch(FILE_NAME, name)}
        return len(drawn) == len(sums) > 0 and all(
            _plain_file(path) and sha256_of_file(path) == drawn[path] for path in drawn
        )
    except (InputError, OSError, ValueError, TypeError, AttributeError, RecursionError):
        return False


def store_table(folder: Path, name: str, table: pd.DataFrame, about: dict[str, Any]) -> None:
    """Put one more table into a stored folder, whole or not at all, with a note of its checksum beside it.

    Like the figures it is not in the manifest, so that it can be made again at any time.

    Parameters
    ----------
    name : str
        Ends in ``.csv``; the note has the same name and ends in ``.json``.
    about : dict
        What the table was made with; plain data.
    """
    with staged(folder / name) as staging:
        table.to_csv(staging, float_format="%.6g", lineterminator="\n")
        note = {"about": about, "sha256": sha256_of_file(staging)}
    (folder / name).with_suffix(".json").write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")


def stored_table(folder: Path, name: str, index: list[str], about: dict[str, Any]) -> pd.DataFrame | None:
    """A table that `store_table` put there, as it was written; None if it is missing, altered or made otherwise."""
    import pandas as pd

    try:
        note = json.loads(read_file((folder / name).with_suffix(".json"), MOST_BYTES, inside=folder))
        if not _plain_file(folder / name) or note != {
            "about": about,
            "sha256": sha256_of_file(folder / name),
        }:
            return None
        return pd.read_csv(folder / name, index_col=index)
    except (InputError, OSError, ValueError, RecursionError):
        return None


@contextmanager
def exclusive_lock(folder: Path, notify: Callable[[str], None] = lambda line: None) -> Iterator[None]:
    """Work on a folder while no other process does; wait for one that does, and say who it is and since when.

    The system lets go of the lock when its owner dies, however it dies. Even where a file system knows no locks nothing
    is harmed, since what is written is written whole: the work is then done twice.

    Parameters
    ----------
    folder : Path
        Need not exist; its parent must.
    notify : callable
        Given a line for people if somebody else is at work.
    """
    path, owner = (folder.with_name(f".{folder.name}.{end}") for end in ("lock", "owner"))
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        notify(f"{folder}: {_who(owner)} is at work on it; waiting")
        lock.acquire()
    try:
        about = {"process": os.getpid(), "machine": socket.gethostname(), "since": time.time()}
        owner.write_text(json.dumps(about) + "\n", encoding="utf-8")
        yield
    finally:
        owner.unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        lock.release()


def _who(owner: Path) -> str:
    """Who holds a lock, and for how long, as far as its note can be read."""
    try:
        about = json.loads(owner.read_text(encoding="utf-8"))
        minutes = (time.time() - float(about["since"])) / 60
        return f"process {int(about['process'])} on {str(about['machine'])[:60]}, for {minutes:.0f} min,"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"


def _seal(folder: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest with checksums of every file."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sealed = {
        "format": FORMAT,
        **manifest,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"wedge": sim.__version__, "python": platform.python_version(), **_versions()},
        "files": {path.relative_to(folder).as_posix(): sha256_of_file(path) for path in files},
    }
    sealed["checksum"] = sha256_of(sealed)
    text = json.dumps(sealed, indent=2, ensure_ascii=False) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def _versions() -> dict[str, str]:
    return {name: version(name) for name in PACKAGES}
