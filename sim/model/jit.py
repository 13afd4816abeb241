"""Compilation by numba, in one place: how, and where compiled code is kept.

Numba keeps compiled code by the file of each function alone, but a kernel contains the functions that it calls, in
whichever file they are. So the folder of compiled code is named after the content of every module that compiles
anything: a change of any rule is seen, and the same code in a fresh checkout finds what was compiled before.
"""

from __future__ import annotations

import functools
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

_Function = TypeVar("_Function", bound=Callable[..., Any])
_DAY = 86_400.0


def compiled(function: _Function) -> _Function:
    """Compile a function when it is first called, and keep the code for later processes.

    It becomes part of the kernels that call it: a call costs about as much as a rule. It runs without Python's lock.
    With ``NUMBA_DISABLE_JIT=1`` it stays plain Python.
    """
    return _compiled(function, inline=True)


def seldom(function: _Function) -> _Function:
    """Compile a function that kernels call now and then: it stays outside of them, which keeps their loops short."""
    return _compiled(function, inline=False)


def _compiled(function: _Function, inline: bool) -> _Function:
    config: Any = numba.config
    before, config.CACHE_DIR = config.CACHE_DIR, str(_folder(Path(function.__code__.co_filename).parent))
    try:
        result: Any = numba.njit(cache=True, nogil=True, error_model="numpy", forceinline=inline)(function)
    finally:
        config.CACHE_DIR = before
    return result


@functools.cache
def _folder(beside: Path) -> Path:
    """Where compiled code is kept: beside the source, else in the user's cache, else only as long as the process."""
    package = Path(__file__).parent
    home = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
    for base in (package / "__pycache__", home / "wedge"):
        folder = base / f"compiled-{_fingerprint(package, beside)}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError:
            continue
        _sweep(folder)
        return folder
    import atexit

    passing = Path(tempfile.mkdtemp(prefix="wedge-"))
    atexit.register(shutil.rmtree, passing, ignore_errors=True)
    return passing


def _fingerprint(*folders: Path) -> str:
    """A short name for the state of the modules in some folders: their names, sizes and times of change."""
    paths = sorted({path for folder in folders for path in folder.resolve().glob("*.py")})
    files = [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in paths]
    return hashlib.sha256(repr(files).encode()).hexdigest()[:12]


def _sweep(kept: Path) -> None:
    """Remove code compiled from earlier states of the files that nobody has used for a day."""
    for other in kept.parent.glob("compiled-*"):
        if other != kept and time.time() - other.stat().st_mtime > _DAY:
            shutil.rmtree(other, ignore_errors=True)
