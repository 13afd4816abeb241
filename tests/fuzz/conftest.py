"""Every test of hostile input ends soon or fails."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim.errors import WedgeError
from tests.fuzz.places import sound

SECONDS = 60


@pytest.fixture(autouse=True)
def soon() -> Iterator[None]:
    """What hangs is stopped, so that a pipe that nobody writes to fails its test and not the suite."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"not done after {SECONDS} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A copy of the sound files that a test may spoil."""
    import shutil

    return Path(shutil.copytree(sound(), tmp_path / "place"))


def refusal(error: pytest.ExceptionInfo[WedgeError]) -> str:
    """What was said: one printable line."""
    line = str(error.value)
    assert line.isprintable()
    assert len(line) <= 600
    return line
