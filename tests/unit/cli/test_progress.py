"""What is said before the first run: that it compiles, and why it may do so each time."""

from pathlib import Path

import pytest

from sim.cli.progress import announce_compilation, progress_bar
from sim.model import jit


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of compiled code in which there is nothing yet."""
    monkeypatch.setattr(jit, "_folder", lambda stamp: tmp_path)
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    announce_compilation.cache_clear()
    return tmp_path


def test_the_first_run_says_once_that_it_compiles(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar("history") as progress:
        progress(0, 10)
        progress(5, 10)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "note: compiling the model (first time only, about a minute)\n"


def test_a_later_run_says_nothing(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (kept / "kernel.run-engine-kernel-1.py311.nbi").touch()
    announce_compilation()
    assert capsys.readouterr().err == ""


def test_where_nothing_can_be_kept_it_says_what_helps(
    kept: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.undo()
    monkeypatch.delenv("NUMBA_DISABLE_JIT", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null")
    monkeypatch.setattr(jit, "__file__", "/dev/null/model/jit.py")
    passing = jit._folder.__wrapped__("0" * 64)
    monkeypatch.setattr(jit, "_folder", lambda stamp: passing)
    announce_compilation()
    assert "each time" in (said := capsys.readouterr().err)
    assert "XDG_CACHE_HOME" in said


def test_the_folder_that_is_looked_into_is_that_of_the_engine() -> None:
    from sim.engine import kernel

    locator = jit._Locator(kernel.run_block, kernel.__file__)
    assert jit.kept_in() == Path(locator.get_cache_path())
    assert "-engine-kernel-" in f"x-{locator.get_disambiguator()}" or locator.get_disambiguator().startswith(
        "engine-kernel-"
    )
