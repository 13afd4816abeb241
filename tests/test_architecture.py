"""The walls of the house, checked on the source: what may import what, and what a rule may not know."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
import yaml

from sim.scenario.targets import TABLES
from tests.places import ROOT

FACE = ROOT / "wedge.py"
MODULES = [
    FACE,
    *sorted(path for package in ("sim", "calibration") for path in (ROOT / package).rglob("*.py")),
]
SIM = [path for path in MODULES if path.is_relative_to(ROOT / "sim")]
WORLDS = sorted((ROOT / "scenarios" / "worlds").glob("*.yaml"))

TARGETS = ROOT / "sim" / "scenario" / "targets.py"
KNOW_TARGETS = ("sim/scenario/case.py", "sim/scenario/loading.py")
"""Besides commands and the room of conditioning; the engine knows what conditioning makes of targets, never the targets."""

SIM_FLOORS = (
    "errors months types words",
    "io model",
    "scenario",
    "conditioning",
    "engine",
    "results",
    "runs",
    "figures lab",
    "public",
    "cli",
)
CALIBRATION_FLOORS = (
    "evidence hypotheses",
    "likelihood",
    "fitting",
    "comparison measurement",
    "report",
    "validation findings",
    "store",
    "score ship",
)
"""From the ground up: a room imports from itself and from the floors below; rooms of one floor do not know each other."""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    return name_of(path).removesuffix(".py").removesuffix("/__init__").replace("/", ".")


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def imports(path: Path, *, deep: bool = True) -> set[str]:
    """Dotted names that a module imports, for types alone or not; ``deep`` includes imports inside functions."""
    tree, names = tree_of(path), set()
    for node in ast.walk(tree) if deep else tree.body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return names


def rooms(package: str, floors: tuple[str, ...]) -> dict[str, int]:
    return {f"{package}.{room}": floor for floor, line in enumerate(floors) for room in line.split()}


RANK = rooms("sim", SIM_FLOORS) | {
    room: rank + 100 for room, rank in rooms("calibration", CALIBRATION_FLOORS).items()
}
RANK["wedge"] = 1000  # the public face: it knows every room, and none knows it


def room_of(name: str) -> str:
    return ".".join(name.split(".")[:2])


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """String literals outside docstrings, with their lines."""
    tree = tree_of(path)
    docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_says_what_it_is(path: Path) -> None:
    assert (ast.get_docstring(tree_of(path)) or "").strip(), f"{name_of(path)} has no docstring"


def test_every_module_is_in_a_room() -> None:
    assert {room_of(module_of(path)) for path in MODULES} <= {*RANK, "sim", "calibration"}
    assert len([path for path in SIM if path.parent == ROOT / "sim"]) <= 5
    assert len([path for path in MODULES if path.parent == ROOT / "calibration"]) <= 6


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_room_knows_only_the_floors_below(path: Path) -> None:
    own = room_of(module_of(path))
    known = {room_of(name) for name in imports(path)} & set(RANK)
    if own == "sim.cli":  # the top of the house: commands of the calibration load it when they run
        known = {room for room in known if not room.startswith("calibration.")} | {
            name for name in imports(path, deep=False) if name.startswith("calibration")
        }
    above = {room for room in known if room != own and RANK[room] >= RANK.get(own, -1)}
    assert not above, f"{name_of(path)} imports {sorted(above)}"


def test_no_circle_of_imports() -> None:
    """Imports for types alone count, too. The agents name their model's type, and nothing else may close a circle."""
    names = {module_of(path): imports(path) for path in MODULES}
    mesa = {"sim.engine.agents", "sim.engine.powers", "sim.engine.mesa_model"}
    graph = {
        module: {
            other
            for other in known & set(names)
            if other != module and not (module in mesa and other == "sim.engine.mesa_model")
        }
        for module, known in names.items()
    }
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(f"circle: {' -> '.join(error.args[1])}")
    assert len(order) == len(names)


def test_rules_are_pure() -> None:
    path = ROOT / "sim" / "model" / "rules.py"
    roots = {name.split(".")[0] for name in imports(path)}
    assert roots <= {"__future__", "math", "sim", "typing"}
    assert {name for name in imports(path) if name.startswith("sim")} <= {
        "sim.model.jit",
        "sim.model.jit.compiled",
    }
    called = {
        node.func.id
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert not called & {"open", "print", "input", "exec", "eval", "__import__"}
    assert not [node for node in ast.walk(tree_of(path)) if isinstance(node, ast.Global | ast.Nonlocal)]
    words = {node.id for node in ast.walk(tree_of(path)) if isinstance(node, ast.Name)}
    assert not words & {"random", "rng", "seed", "uniforms", "time"}


def test_only_draws_makes_chance() -> None:
    for path in SIM:
        assert not {
            name
            for name in imports(path)
            if name.split(".")[0] == "random" or name.startswith("numpy.random")
        }
        attributes = {node.attr for node in ast.walk(tree_of(path)) if isinstance(node, ast.Attribute)}
        assert "default_rng" not in attributes, name_of(path)


@pytest.mark.parametrize(
    "path", [path for path in SIM if path.is_relative_to(ROOT / "sim" / "figures")], ids=name_of
)
def test_figures_know_no_engine(path: Path) -> None:
    known = {room_of(name) for name in imports(path)}
    assert not known & {"sim.model", "sim.io", "sim.engine", "sim.runs"}
    assert {name for name in imports(path) if name.startswith("sim.scenario.")} <= {
        "sim.scenario.record",
        "sim.scenario.record.Stimulus",
    }


@pytest.mark.parametrize(
    "path", [path for path in SIM if not path.is_relative_to(ROOT / "sim" / "cli")], ids=name_of
)
def test_targets_come_in_by_one_door(path: Path) -> None:
    """What states did lies beside what was done to them; one module reads it, and few may know that module."""
    if path != TARGETS:
        text = path.read_text(encoding="utf-8")
        assert not [name for name in TABLES if name in text]
    knows = "sim.scenario.targets" in imports(path)
    assert not knows or name_of(path) in KNOW_TARGETS or room_of(module_of(path)) == "sim.conditioning"
    assert not [name for name in imports(path) if name.split(".")[0] == "calibration"]


def test_one_pool_of_threads() -> None:
    """Work is shared out in one place, which knows how to stop it."""
    users = [
        name_of(path) for path in MODULES if any(name.startswith("concurrent.") for name in imports(path))
    ]
    assert users == ["sim/runs/threads.py"]


def test_the_code_knows_no_country() -> None:
    worlds = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in WORLDS]
    actors = [actor for world in worlds for actor in (*world["powers"], *world["states"])]
    names = {word for actor in actors for word in (actor["code"], actor["name"])}
    assert {"CHN", "USA", "GBR"} <= names
    found = [
        f"{name_of(path)}:{line}: {text}" for path in SIM for line, text in literals(path) if text in names
    ]
    assert not found


def test_the_command_line_starts_light() -> None:
    heavy = ("matplotlib", "mesa", "numba", "numpy", "pandas", "pyarrow", "rich", "solara", "xarray", "yaml")
    code = f"import sys, sim.cli; print([name for name in {heavy} if name in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert result.stdout.strip() == "[]"
