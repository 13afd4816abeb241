"""Everything that the pages show, run: console, Python and YAML blocks, page by page, in an empty folder.

``python -m docs.examples`` writes what the commands print today into the pages. The tests compare and write nothing.

* In a console block each line that begins with ``$ `` is a ``wedge`` command, and what follows is what it prints; a line ``...``
  stands for any lines left out.
* Python blocks of a page share their names. A text block right after one is what it prints.
* A bash block is a script that runs from start to end; a text block right after it is what it prints.
* A YAML block that begins with ``# NAME.yaml`` is a file, and it is written where the commands can find it. Any other one is
  part of a scenario, which must load once a title, a question and ``extends: history`` are put before it.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from docs.tables import PAGES
from tests.processes import running

ROOT = Path(__file__).resolve().parent.parent
FENCE = re.compile(r"^```(?P<kind>[a-z]+)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)
LEFT_OUT = "..."
PASSING = (
    (re.compile(r"[0-9a-f]{8,64}"), "#"),
    (re.compile(r"\d+\.\d s\b"), "# s"),
    (re.compile(r"found, not repeated"), "# s"),
)
"""What may differ from one run to the next: hashes and seconds."""
FIRST_TIME = "note: compiling the model"
"""What a command says where nothing has been compiled yet, and on no page."""
HEAD = "title: A part of a scenario\nquestion: Does it load?\nextends: history\n"


@dataclass(frozen=True)
class Block:
    """A fenced block of a page: its kind, its text and where the text begins."""

    kind: str
    text: str
    place: int


@dataclass(frozen=True)
class Shown:
    """What a page says that something prints, what it prints, and where the page says so."""

    what: str
    page: str
    printed: str
    place: int

    @property
    def agrees(self) -> bool:
        """Whether they agree but for what passes and what is left out."""
        parts = re.split(rf"^{re.escape(LEFT_OUT)}\n", self.page, flags=re.MULTILINE)
        pattern = r"(?:.*\n)*".join(re.escape(steady(part)) for part in parts)
        return re.fullmatch(pattern, steady(self.printed)) is not None

    def renewed(self) -> str:
        """What the page should say: as printed, with as many lines at either end as it shows now."""
        now, printed = self.page.splitlines(), self.printed.splitlines()
        if LEFT_OUT not in now:
            return "".join(f"{line}\n" for line in printed)
        first, last = now.index(LEFT_OUT), len(now) - 1 - now.index(LEFT_OUT)
        shown = [*printed[:first], LEFT_OUT, *(printed[-last:] if last else [])]
        return "".join(f"{line}\n" for line in shown)


def steady(text: str) -> str:
    """A text without trailing blanks, and without what passes."""
    for pattern, instead in PASSING:
        text = pattern.sub(instead, text)
    return "".join(f"{line.rstrip()}\n" for line in text.strip("\n").splitlines())


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a page."""
    return [Block(found["kind"], found["text"], found.start("text")) for found in FENCE.finditer(text)]


def play(page: Path, folder: Path) -> Iterator[Shown]:
    """Run a page's blocks in order in a folder, and give all that it claims to be printed.

    Raises
    ------
    Exception
        Whatever a block raises.
    """
    text = page.read_text(encoding="utf-8")
    names: dict[str, object] = {"__name__": page.stem}
    printed = None
    for block in blocks(text):
        if block.kind == "text" and printed is not None and not text[printed[0] : block.place - 8].strip():
            yield Shown(page.name, block.text, printed[1], block.place)
        printed = None
        with _inside(folder):
            if block.kind == "yaml":
                _load(block.text)
            elif block.kind == "console":
                yield from _commands(block)
            elif block.kind == "python":
                printed = (block.place + len(block.text) + 4, _executed(block.text, page, names))
            elif block.kind == "bash":
                printed = (block.place + len(block.text) + 4, _script(block.text, folder))


@contextlib.contextmanager
def _inside(folder: Path) -> Iterator[None]:
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def _executed(code: str, page: Path, names: dict[str, object]) -> str:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(code, page.name, "exec"), names)
    return out.getvalue()


def _script(text: str, folder: Path) -> str:
    """What a script prints, with ``wedge`` and ``dask`` as this Python has them; what it leaves running is ended."""
    commands = folder / ".commands"
    commands.mkdir(exist_ok=True)
    for name, code in (
        ("wedge", "from sim.cli import main; main()"),
        ("dask", "from dask.cli import run_cli; run_cli()"),
    ):
        command = commands / name
        command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -c {shlex.quote(code)} "$@"\n')
        command.chmod(0o755)
    path = f"{commands}{os.pathsep}{os.environ['PATH']}"
    with running("/usr/bin/env", "bash", "-eu", "-c", text, cwd=folder, env={"PATH": path}) as process:
        stdout, stderr = process.communicate(timeout=300)
    if process.returncode:
        raise RuntimeError(f"a script ends with {process.returncode}: {stderr}")
    return stdout


def _load(text: str) -> None:
    from sim.scenario.loading import load_scenario

    named = re.match(r"# ([a-z0-9-]+\.yaml)\n", text)
    path = Path(named[1] if named else "part-of-a-scenario.yaml")
    path.write_text(text if named else HEAD + text, encoding="utf-8")
    load_scenario(path)


def _commands(block: Block) -> Iterator[Shown]:
    for found in re.finditer(r"^\$ (.+)\n((?:(?!\$ ).*\n)*)", block.text, re.MULTILINE):
        yield Shown(found[1], found[2], printed_by(found[1], found[2]), block.place + found.start(2))


def printed_by(command: str, shown: str = "") -> str:
    """What a ``wedge`` command prints; it may fail only where the page shows an error.

    Raises
    ------
    RuntimeError
        If it fails.
    """
    from typer.testing import CliRunner

    from sim.cli import app

    name, *words = shlex.split(command, comments=True)
    if name != "wedge":
        raise RuntimeError(f"a console block runs wedge and nothing else: {command}")
    with patch("sim.cli.run.draw", _no_figures), patch("sim.cli.compare.draw", _no_figures):
        result = CliRunner().invoke(app, words, prog_name="wedge", env={"COLUMNS": "80"})
    if result.exit_code and "error: " not in shown:
        raise RuntimeError(f"{command}: {result.output or result.exception!r}")
    lines = [line.rstrip() for line in result.output.splitlines() if not line.startswith(FIRST_TIME)]
    return "\n".join(lines).strip("\n") + "\n"


def _no_figures(result: object) -> list[Path]:
    """Stands in for drawing, which takes longer than all else and has tests of its own; the folder is made."""
    folder: Path = result.folder / "figures"
    folder.mkdir(exist_ok=True)
    return []


def main() -> None:
    """Write what is printed today into the pages."""
    for page in PAGES:
        with tempfile.TemporaryDirectory() as folder:
            stale = [shown for shown in play(page, Path(folder)) if not shown.agrees]
        text = page.read_text(encoding="utf-8")
        for shown in reversed(stale):
            text = text[: shown.place] + shown.renewed() + text[shown.place + len(shown.page) :]
            print(f"{page.name}: {shown.what}")
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
