"""Scenario files written for a test, and the line with which a bad one is refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.scenario.loading import load_scenario

HEAD = "title: A title\nquestion: A question?\nextends: history\n"


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a scenario file; the text goes below a head that makes it whole, unless ``head`` says otherwise."""

    def write(text: str | bytes, name: str = "mine.yaml", head: str = HEAD) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else (head + text).encode())
        return path

    return write


@pytest.fixture
def refused() -> Callable[..., str]:
    """Load a file that must be refused; returns the error line, which is one line of printable text."""

    def refused(path: Path | str, **overrides: str) -> str:
        with pytest.raises(InputError) as caught:
            load_scenario(path, {key.replace("__", "."): value for key, value in overrides.items()})
        line = str(caught.value)
        assert line.isprintable()
        assert len(line) <= 600
        assert caught.value.exit_code == 2
        return line

    return refused
