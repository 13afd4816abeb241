"""Scenario files written for a test, and the line with which a bad one is refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.scenario.case import Case
from sim.scenario.chain import parsed_settings
from sim.scenario.loading import load_case

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


def load(path: Path | str, texts: dict[str, str]) -> Case:
    return load_case(path, parsed_settings(texts), place="--set")


@pytest.fixture
def refused() -> Callable[..., str]:
    """Load a file that must be refused, as a command does; returns the error line, which is one line of printable text."""

    def refused(path: Path | str, **overrides: str) -> str:
        texts = {key.replace("__", "."): value for key, value in overrides.items()}
        with pytest.raises(InputError) as caught:
            load(path, texts)
        line = str(caught.value)
        assert line.isprintable()
        assert len(line) <= 600
        assert caught.value.exit_code == 2
        return line

    return refused
