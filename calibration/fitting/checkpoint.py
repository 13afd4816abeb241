"""A population on disk: saved whole, read only by the fit that it belongs to."""

from __future__ import annotations

import hashlib
import io
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np

from calibration.fitting.sampler import Population
from sim.errors import StoreError
from sim.io.staging import staged

REMEDY = "start again with --fresh"


def save(population: Population, path: Path, key: str) -> None:
    """Replace a checkpoint by the population as it now is; a reader finds the old one or the new one.

    Parameters
    ----------
    key : str
        What the fit is of; `load` asks for the same.
    """
    memory = io.BytesIO()
    arrays: dict[str, Any] = {
        part.name: np.asarray(getattr(population, part.name)) for part in fields(population)
    }
    np.savez(memory, key=np.array(key), **arrays)
    content = memory.getvalue()
    with staged(path) as staging:
        staging.write_bytes(hashlib.sha256(content).hexdigest().encode() + b"\n" + content)


def load(path: Path, key: str) -> Population | None:
    """The population of a checkpoint; None where there is no checkpoint.

    Raises
    ------
    StoreError
        If it is damaged or belongs to another fit; nothing of it is used.
    """
    try:
        checksum, _, content = path.read_bytes().partition(b"\n")
    except FileNotFoundError:
        return None
    if checksum.decode("ascii", "replace") != hashlib.sha256(content).hexdigest():
        raise StoreError(f"{path}: damaged checkpoint, its checksum differs; {REMEDY}")
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        if str(arrays["key"]) != key:
            raise StoreError(f"{path}: checkpoint of another fit (data, code, seed or settings); {REMEDY}")
        return Population(**{part.name: _plain(arrays[part.name]) for part in fields(Population)})


def _plain(array: Any) -> Any:
    """An array, or the Python number that it stood for."""
    return array if array.ndim else array.item()
