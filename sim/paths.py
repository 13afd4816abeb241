"""Where the shipped scenarios, worlds and records are, and the walls around what a file may name."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable
from pathlib import Path

from sim.errors import InputError, nearest

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


def record_folder(name_or_path: str) -> Path:
    """The folder of a record: one that ships with Wedge, by name, or any other by path.

    Raises
    ------
    InputError
        If there is no such folder; names those that ship.
    """
    if is_name(name_or_path):
        folder = data_root() / "records" / name_or_path
        if not folder.is_dir():
            raise InputError(unknown("record", name_or_path, names_in(data_root() / "records", "*")))
        return folder
    folder = Path(name_or_path)
    if not folder.is_dir():
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
