"""Where the shipped scenarios, worlds and records are, and the walls around what a file may name."""

from __future__ import annotations

import difflib
import os
import stat
from collections.abc import Iterable
from pathlib import Path

from sim.errors import InputError, code_point, nearest, unseen

MOST_NAMES = 30


def data_root() -> Path:
    """The folder of shipped scenarios: inside the installed package, or ``scenarios/`` of a checkout.

    Raises
    ------
    InputError
        If neither is there.
    """
    package = Path(__file__).resolve().parent
    for folder in (package / "_scenarios", package.parent / "scenarios"):
        if folder.is_dir():
            return folder
    raise InputError(
        "the scenarios that come with Wedge are missing; install it again", package / "_scenarios"
    )


def posterior_root() -> Path:
    """The folder of the posterior that comes with Wedge, whether or not it is there."""
    return Path(__file__).resolve().parent.parent / "calibration" / "posterior"


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
    if hidden := unseen(str(path)):
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


def record_folder(name_or_path: str) -> Path:
    """The folder of a record: one that ships with Wedge, by name, or any other by path.

    Raises
    ------
    InputError
        If there is no such folder; names those that ship.
    """
    if is_name(name_or_path):
        folder = data_root() / "records" / name_or_path
        if not os.path.isdir(folder):
            raise InputError(unknown("record", name_or_path, names_in(data_root() / "records", "*")))
        return folder
    folder = Path(name_or_path)
    if not os.path.isdir(folder):
        raise InputError("there is no such folder of a record", folder)
    return folder


def is_name(text: str) -> bool:
    """Whether a reference is a bare name and not a path.

    >>> is_name("quiet-senkakus"), is_name("./mine.yaml"), is_name("mine.yaml"), is_name("..")
    (True, False, False, False)
    """
    return text.replace("-", "").replace("_", "").isalnum()


def names_in(folder: Path, pattern: str = "*.yaml") -> list[str]:
    """The names of what a folder holds, sorted, without endings."""
    return sorted(path.stem for path in folder.glob(pattern) if not path.name.startswith((".", "_")))


def unknown(what: str, name: str, allowed: Iterable[str]) -> str:
    """One line for a name that nothing has: what is allowed (of many, the closest), and the nearest match.

    >>> unknown("plan", "charme", ["charm", "restraint"])
    "unknown plan 'charme'; allowed are charm, restraint; did you mean 'charm'?"
    """
    names = sorted(allowed)
    shown = names if len(names) <= MOST_NAMES else difflib.get_close_matches(name, names, 5, 0.0)
    more = f" and {len(names) - len(shown)} more" if len(shown) < len(names) else ""
    return (
        f"unknown {what} '{name[:60]}'; allowed are {', '.join(shown) or 'none'}{more}{nearest(name, names)}"
    )
