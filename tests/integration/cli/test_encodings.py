"""Commands on streams that cannot show everything: no traceback, the same meaning, exact JSON."""

import io
import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

import sim.cli
from tests.places import ROOT
from tests.processes import WEDGE

TITLE = "東京 – “quiet” → −1"
SCENARIO = f"""
name: tokyo
title: "{TITLE}"
question: What if 静か?
extends: history
until: 2016-12
report: [2016-12]
"""
FEW = ("--lanes", "2", "--levers", "2", "--no-figures")
COMMANDS = (
    ("run", "tokyo.yaml", *FEW),
    ("run", "tokyo.yaml", *FEW, "--json"),
    ("compare", "history", "tokyo.yaml", *FEW, "--set", "until=2016-12", "--set", "report=2016-12"),
    ("check", "tokyo.yaml"),
    ("check", "tokyo.yaml", "--json"),
    ("replay", "tokyo.yaml", "--to", "2010-03"),
    ("evidence", "--limit", "60"),
    ("scenarios",),
)
Printed = Callable[..., tuple[int, bytes, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the commands run; what one stored the next one finds."""
    folder = tmp_path_factory.mktemp("encodings")
    (folder / "tokyo.yaml").write_text(SCENARIO, encoding="utf-8")
    return folder


@pytest.fixture
def printed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Printed:
    """Exit code, bytes of stdout and text of stderr of a command, on streams of an encoding."""

    def run(encoding: str, *words: str) -> tuple[int, bytes, str]:
        streams = [io.TextIOWrapper(io.BytesIO(), encoding=encoding) for _ in range(2)]
        monkeypatch.chdir(folder)
        monkeypatch.setattr("sys.argv", ["wedge", *words])
        monkeypatch.setattr("sys.stdout", streams[0])
        monkeypatch.setattr("sys.stderr", streams[1])
        monkeypatch.setattr(sim.cli, "listen", lambda: None)
        with pytest.raises(SystemExit) as left:
            sim.cli.main()
        for stream in streams:
            stream.flush()
        stdout, stderr = (stream.buffer.getvalue() for stream in streams)
        return int(left.value.code or 0), stdout, stderr.decode(encoding)

    return run


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_a_command_keeps_its_meaning(printed: Printed, words: tuple[str, ...]) -> None:
    results = {encoding: printed(encoding, *words) for encoding in ("utf-8", "cp1252", "ascii", "latin-1")}
    assert {(code, stderr) for code, _, stderr in results.values()} == {(0, "")}
    texts = {encoding: stdout.decode(encoding) for encoding, (_, stdout, _) in results.items()}
    assert len({len(text.splitlines()) for text in texts.values()}) == 1
    if "--json" in words:
        assert json.loads(texts["ascii"]) | {"found": 0, "seconds": 0} == json.loads(texts["utf-8"]) | {
            "found": 0,
            "seconds": 0,
        }
    else:
        assert "?" not in texts["ascii"].replace("?", "", texts["utf-8"].count("?"))


def test_an_error_is_shown_too(printed: Printed) -> None:
    code, stdout, stderr = printed("ascii", "run", "東京")
    assert (code, stdout) == (2, b"")
    assert stderr.startswith("error: unknown scenario '\\u6771\\u4eac'")
    assert stderr.count("\n") == 1


@pytest.mark.parametrize("words", ["scenarios", "--help", "run --help", "evidence --limit 200"])
def test_a_reader_that_leaves_early_is_no_error(words: str) -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "w") as stdout:
        process = subprocess.run(
            [*WEDGE, *words.split()], stdout=stdout, stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False
        )
    assert (process.returncode, process.stderr) == (0, "")


def test_a_closed_stdout_is_quiet() -> None:
    process = subprocess.run(
        ["/bin/sh", "-c", '"$@" >&-', "sh", *WEDGE, "check", "history"],
        stderr=subprocess.PIPE, text=True, cwd=ROOT, check=False,
    )  # fmt: skip
    assert (process.returncode, process.stderr) == (0, "")
