"""Which code made a run's numbers."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import sim
from sim.io.digests import sha256_of_modules

NUMBERS = (
    "months.py",
    "model",
    "io/csv_tables.py",
    "io/yaml_files.py",
    "io/netcdf.py",
    "scenario",
    "conditioning",
    "engine",
    "results",
    "runs/blocks.py",
)
"""Rooms and modules of ``sim`` that make numbers; a change anywhere else leaves stored runs valid."""


@cache
def model_hash() -> str:
    """SHA-256 of the source of the rooms that make numbers."""
    return sha256_of_modules(Path(sim.__file__).parent, *NUMBERS)
