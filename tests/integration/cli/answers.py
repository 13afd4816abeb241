"""Reading what a command said."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from typer.testing import Result

Wedge = Callable[..., Result]


def said(result: Result) -> str:
    """What a failed command said: one line on stderr, nothing on stdout."""
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert len(lines) == 1, result.stderr
    return lines[0]


def told(result: Result) -> dict[str, Any]:
    """The one JSON object that a command printed."""
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout, parse_constant=refuse)


def refuse(name: str) -> None:
    """NaN and Infinity are no JSON."""
    raise AssertionError(f"{name} is no JSON")


def nothing_written(folder: Path) -> bool:
    return os.listdir(folder) == []
