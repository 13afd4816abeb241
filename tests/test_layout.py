"""Where tests are: each in a tier, and the unit tests of a room in the folder of the same name."""

import ast
from pathlib import Path

import pytest

from tests.places import ROOT

TESTS = ROOT / "tests"
UNIT = TESTS / "unit"
FILES = sorted(TESTS.rglob("test_*.py"))
TIERS = ("unit", "integration", "published", "fuzz")
WALLS = ("test_architecture.py", "test_layout.py")
PACKAGES = {"sim": UNIT, "calibration": UNIT / "calibration"}
"""Package -> the folder whose folders mirror its rooms."""
SLOW = ("subprocess", "multiprocessing", "distributed", "tests.processes")
"""What starts processes, which is no matter for a unit test."""


def name_of(path: Path) -> str:
    return path.relative_to(TESTS).as_posix()


def rooms_of(folder: Path) -> set[str]:
    return {path.parent.name for path in folder.glob("*/*.py") if path.name != "conftest.py"}


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_every_test_is_in_a_tier(path: Path) -> None:
    tier = path.relative_to(TESTS).parts[0]
    assert tier in (*TIERS, *WALLS), f"{name_of(path)} is in none of {', '.join(TIERS)}"


@pytest.mark.parametrize("package", PACKAGES)
def test_every_room_has_its_unit_tests_and_every_folder_of_unit_tests_its_room(package: str) -> None:
    assert rooms_of(PACKAGES[package]) - {"calibration"} == rooms_of(ROOT / package)


@pytest.mark.parametrize("path", [path for path in FILES if path.is_relative_to(UNIT)], ids=name_of)
def test_a_unit_test_starts_no_process(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    found = {name for name in names if name.startswith(SLOW)}
    assert not found, f"{name_of(path)} imports {', '.join(sorted(found))}: it belongs in tests/integration"
