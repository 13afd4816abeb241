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
from numba.core.caching import CompileResultCacheImpl, FunctionCache, _CacheLocator

_Function = TypeVar("_Function", bound=Callable[..., Any])
_DAY = 86_400.0
_PASSING = "wedge-"
"""How the name of a folder begins that is removed when the process ends."""
PACKAGE = Path(__file__).resolve().parent.parent
ROOMS = ("model", "conditioning", "engine", "results")
"""Rooms of this package whose modules compile functions, or hold constants that compiled functions contain."""


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
    result: Any = numba.njit(nogil=True, error_model="numpy", forceinline=inline)(function)
    if not os.environ.get("NUMBA_DISABLE_JIT", "0").strip("0"):
        result._cache = _Cache(function)  # what enable_caching() would set, addressed by content
    return result


def compiled_before() -> bool:
    """Whether an earlier process left compiled code of the engine, or none is needed."""
    return bool(os.environ.get("NUMBA_DISABLE_JIT", "0").strip("0")) or any(
        kept_in().glob("*-engine-kernel-*.nbi")
    )


def kept_in() -> Path:
    """The folder in which the engine's compiled code is kept."""
    return _folder(fingerprint(*_modules_beside(PACKAGE / "engine" / "kernel.py")))


def kept_for_later() -> bool:
    """Whether compiled code outlives this process: a folder for it could be written."""
    return not kept_in().name.startswith(_PASSING)


class _Locator(_CacheLocator):
    """Where the compiled code of a function is, and the state of the source that it was compiled from."""

    def __init__(self, function: Callable[..., Any], file: str) -> None:
        self._name = f"{Path(file).parent.name}-{Path(file).stem}-{function.__code__.co_firstlineno}"
        self._stamp = fingerprint(*_modules_beside(Path(file).resolve()))

    @classmethod
    def from_function(cls, function: Callable[..., Any], file: str) -> _Locator:
        return cls(function, file)

    def get_cache_path(self) -> str:
        return str(_folder(self._stamp))

    def get_source_stamp(self) -> str:
        return self._stamp

    def get_disambiguator(self) -> str:
        return self._name


class _Results(CompileResultCacheImpl):
    _locator_classes = [_Locator]  # noqa: RUF012 - as numba declares it


class _Cache(FunctionCache):
    _impl_class = _Results


@functools.cache
def _folder(stamp: str) -> Path:
    """Where compiled code is kept: in the user's cache, else beside the source, else only as long as the process."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"))
    for base in (home / "wedge", Path(__file__).parent / "__pycache__"):
        folder = base / f"compiled-{stamp[:16]}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except OSError:
            continue
        _sweep(folder)
        return folder
    import atexit

    passing = Path(tempfile.mkdtemp(prefix=_PASSING))
    atexit.register(shutil.rmtree, passing, ignore_errors=True)
    return passing


@functools.cache
def _modules_beside(file: Path) -> tuple[Path, ...]:
    """Modules whose content can enter the compiled code of a function of a file."""
    rooms = [path for room in ROOMS for path in (PACKAGE / room).rglob("*.py")]
    if file.is_relative_to(PACKAGE):
        return tuple(rooms)
    package = next((parent for parent in file.parents if parent.parent == PACKAGE.parent), file.parent)
    return (*rooms, *(package.rglob("*.py") if package.parent == PACKAGE.parent else package.glob("*.py")))


@functools.cache
def fingerprint(*modules: Path) -> str:
    """SHA-256 of what some modules are called and contain, whenever and wherever they were written."""
    hasher = hashlib.sha256()
    for path in sorted(modules, key=lambda path: (path.parent.name, path.name)):
        hasher.update(f"{path.parent.name}/{path.name}\0".encode() + path.read_bytes())
    return hasher.hexdigest()


def _sweep(kept: Path) -> None:
    """Remove code compiled from earlier states of the source that nobody has used for a day."""
    for other in kept.parent.glob("compiled-*"):
        if other != kept and time.time() - other.stat().st_mtime > _DAY:
            shutil.rmtree(other, ignore_errors=True)
