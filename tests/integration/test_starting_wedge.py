"""Wedge as a process starts it: `import wedge` and `python -m wedge`, in odd places, too."""

import shutil
import subprocess
import sys
from pathlib import Path

import wedge
from tests.places import ROOT


def python(code: str, *words: str, cwd: Path = ROOT, **options: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *words, *(("-c", code) if code else ())]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False, **options)  # type: ignore[call-overload]


def test_import_is_light() -> None:
    heavy = ("matplotlib", "mesa", "numba", "numpy", "pandas", "pydantic", "typer", "xarray", "yaml")
    told = python(f"import sys, wedge; print([name for name in {heavy} if name in sys.modules])")
    assert told.stdout.strip() == "[]", told.stderr


def test_python_m_wedge_is_the_command() -> None:
    assert python("", "-m", "wedge", "--version").stdout == f"wedge {wedge.__version__}\n"


def test_a_module_of_the_users_that_hides_the_package_is_named(tmp_path: Path) -> None:
    (tmp_path / "sim.py").write_text("answer = 42\n")
    shutil.copy(ROOT / "wedge.py", tmp_path)
    command = python("", "-m", "wedge", "scenarios", cwd=tmp_path)
    assert (command.returncode, command.stdout) == (1, "")
    assert command.stderr.startswith(f"error: {tmp_path / 'sim.py'} hides the package 'sim'")
    assert len(command.stderr.splitlines()) == 1
    imported = python("import wedge", cwd=tmp_path)
    assert imported.stderr.splitlines()[-1].startswith(f"ImportError: {tmp_path / 'sim.py'} hides")
