"""What ships with Wedge and where it is: scenarios, worlds, records, the posterior."""

from __future__ import annotations

import os
from pathlib import Path

from sim.errors import InputError, unknown

THEATRE = "indo_pacific"
"""The theatre that ships: name of its world and of its record."""


def data_root() -> Path:
    """The folder of shipped scenarios: inside the installed package, or ``scenarios/`` of a checkout.

    Raises
    ------
    InputError
        If neither is there.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "_scenarios", package.parent / "scenarios"):
        if folder.is_dir():
            return folder
    raise InputError(
        "the scenarios that come with Wedge are missing; install it again", package / "_scenarios"
    )


def posterior_root() -> Path:
    """The folder of the posterior that comes with Wedge, whether or not it is there."""
    return Path(__file__).resolve().parents[2] / "calibration" / "posterior"


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
