"""Every test of hostile input ends soon and with bearable memory, or fails."""

from __future__ import annotations

import resource
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim.errors import WedgeError
from tests.fuzz.places import sound, sound_run

SECONDS = 20
MEMORY = 3 * 2**30
"""Bytes that a test may take beyond what the process has."""


@pytest.fixture(scope="session", autouse=True)
def _simulated() -> None:
    """Simulate the sound run, and compile what that takes, before a test's time runs."""
    sound_run()


@pytest.fixture(autouse=True)
def soon() -> Iterator[None]:
    """What hangs or grows is stopped, so that an endless file fails its test and not the machine."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"not done after {SECONDS} seconds")

    pages = int(Path("/proc/self/statm").read_text().split()[0])
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY, hard))
    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)
    resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A copy of the sound files that a test may spoil."""
    return Path(shutil.copytree(sound(), tmp_path / "place"))


def refusal(error: pytest.ExceptionInfo[WedgeError]) -> str:
    """What was said: one printable line."""
    line = str(error.value)
    assert line.isprintable()
    assert len(line) <= 600
    return line
