"""The wheel: what it carries, and that it runs where there is no checkout."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from sim.model import jit
from tests.places import ROOT


def run(*words: str, cwd: Path, **environment: str) -> str:
    result = subprocess.run(
        words, cwd=cwd, env=os.environ | environment, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation")
    run(*pip, "--wheel-dir", str(folder), str(ROOT), cwd=folder)
    [path] = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel unpacked as an installer would, in a folder that is no checkout."""
    folder = tmp_path_factory.mktemp("installed")
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index")
    run(*pip, "--target", str(folder), str(wheel), cwd=folder)
    return folder


def test_the_wheel_carries_code_scenarios_and_evidence_and_no_caches(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    for folder, suffix, place in (
        ("sim", "*.py", "sim"),
        ("calibration", "*.py", "calibration"),
        ("calibration", "*.csv", "calibration"),
        ("scenarios", "*.yaml", "sim/_scenarios"),
        ("scenarios", "*.csv", "sim/_scenarios"),
    ):
        files = {
            f"{place}/{path.relative_to(ROOT / folder).as_posix()}" for path in (ROOT / folder).rglob(suffix)
        }
        assert files
        assert files <= names
    assert {"wedge.py", "sim/py.typed"} <= names
    assert not {name for name in names if "__pycache__" in name or name.endswith((".pyc", ".nbi", ".nbc"))}
    assert {name.split("/")[0].split("-")[0] for name in names} == {"sim", "calibration", "wedge", "wedge.py"}


def wedge(installed: Path, folder: Path, *words: str) -> str:
    command = (sys.executable, "-m", "wedge", *words)
    return run(*command, cwd=folder, PYTHONPATH=str(installed), PYTHONDONTWRITEBYTECODE="1")


def test_the_installed_wheel_finds_its_scenarios_and_evidence(installed: Path, tmp_path: Path) -> None:
    place = run(
        sys.executable, "-c", "import sim; print(sim.__file__)", cwd=tmp_path, PYTHONPATH=str(installed)
    )
    assert place.startswith(str(installed))
    assert "quiet-senkakus" in wedge(installed, tmp_path, "scenarios")
    rows = json.loads(wedge(installed, tmp_path, "evidence", "responses", "--limit", "2", "--json"))
    assert len(rows["rows"]) == 2


@pytest.mark.parametrize("writable", ["package", "home", "nothing"])
def test_compiled_code_finds_a_place(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, writable: str) -> None:
    """In the user's cache, else beside the source, else in a passing folder."""
    package, home = tmp_path / "package", tmp_path / "home"
    for place in (package, home):
        place.mkdir()
        if place.name != writable:
            (place / "__pycache__").write_text("in the way")
            (place / "wedge").write_text("in the way")
    monkeypatch.setattr(jit, "__file__", str(package / "jit.py"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    folder = jit._folder.__wrapped__("0123456789abcdef" * 4)
    assert folder.is_dir()
    assert folder.is_relative_to(tmp_path / writable) == (writable != "nothing")


def test_compiled_code_goes_by_content_and_neither_by_time_nor_by_place(tmp_path: Path) -> None:
    fingerprint = jit.fingerprint.__wrapped__
    modules = [tmp_path / checkout / "model" / "rules.py" for checkout in ("one", "other")]
    for module in modules:
        module.parent.mkdir(parents=True)
        module.write_text("a = 1")
    os.utime(modules[1], (0, 0))
    assert fingerprint(modules[0]) == fingerprint(modules[1])
    modules[1].write_text("a = 11")
    assert fingerprint(modules[0]) != fingerprint(modules[1])


def test_compiled_code_goes_by_every_module_that_enters_it() -> None:
    modules_beside = jit._modules_beside.__wrapped__
    own = set(modules_beside(ROOT / "sim" / "engine" / "kernel.py"))
    assert own == {path for room in jit.ROOMS for path in (ROOT / "sim" / room).rglob("*.py")}
    assert ROOT / "sim" / "model" / "rules.py" in own
    both = set(modules_beside(ROOT / "calibration" / "likelihood" / "__init__.py"))
    assert both - own == set((ROOT / "calibration").rglob("*.py"))
    assert own < both


@pytest.mark.slow
def test_the_installed_wheel_runs(installed: Path, tmp_path: Path) -> None:
    answer = json.loads(wedge(installed, tmp_path, "run", "history", "--runs", "2", "--no-figures", "--json"))
    assert (tmp_path / answer["run"] / "summary.csv").is_file()
