"""The walls of the house, checked on the source: what may import what, and what a rule may not know."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
MODULES = sorted(path for package in ("sim", "calibration") for path in (ROOT / package).rglob("*.py"))
SIM = [path for path in MODULES if path.is_relative_to(ROOT / "sim")]
WORLDS = sorted((ROOT / "scenarios" / "worlds").glob("*.yaml"))

LAYERS = (
    ("compiled", "errors", "months"),
    ("paths", "tables", "rules", "blocs", "draws", "strategies", "parameters"),
    ("posterior",),
    ("world", "records", "scenario"),
    ("timeline", "arrays"),
    ("agents", "failures", "lanes", "model", "outcomes", "powers", "summaries"),
    ("blocks", "distribution", "folders", "replay", "workers"),
    ("block_files", "cluster", "ensemble", "outcome_table", "run_files"),
    ("store",),
    ("whatif",),
    ("figures",),
    ("cli",),
)
"""From the ground up: a module imports its own layer and those below."""
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def is_type_checking(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def running_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Every node but what only a type checker reads."""
    yield node
    for child in ast.iter_child_nodes(node):
        if is_type_checking(node) and child in node.body:
            continue
        yield from running_nodes(child)


def imports(path: Path, *, deep: bool = True) -> set[str]:
    """Dotted names that a module imports; ``deep`` includes imports inside functions."""
    tree, names = tree_of(path), set()
    for node in running_nodes(tree) if deep else tree.body:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name_of(path)}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {str(node.module)}
    return names


def parts_of_sim(names: set[str]) -> set[str]:
    return {name.split(".")[1] for name in names if name.startswith("sim.")} & set(RANK)


def literals(path: Path) -> Iterator[tuple[int, str]]:
    """String literals outside docstrings, with their lines."""
    tree = tree_of(path)
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.lineno, node.value


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_every_module_says_what_it_is(path: Path) -> None:
    assert (ast.get_docstring(tree_of(path)) or "").strip(), f"{name_of(path)} has no docstring"


def test_every_module_of_sim_has_its_layer() -> None:
    known = {*RANK, "__init__"}
    assert {path.relative_to(ROOT / "sim").parts[0].removesuffix(".py") for path in SIM} <= known


@pytest.mark.parametrize("path", SIM, ids=name_of)
def test_no_upward_imports(path: Path) -> None:
    own = path.relative_to(ROOT / "sim").parts[0].removesuffix(".py")
    if own == "__init__":
        assert not {name for name in imports(path) if name.split(".")[0] not in sys.stdlib_module_names}
        return
    upward = {name for name in parts_of_sim(imports(path)) if RANK[name] > RANK[own]}
    assert not upward, f"{name_of(path)} imports {upward} from above"


@pytest.mark.parametrize("path", SIM, ids=name_of)
def test_sim_does_not_import_calibration(path: Path) -> None:
    deep = path.parent != ROOT / "sim" / "cli"
    assert not {name for name in imports(path, deep=deep) if name.split(".")[0] == "calibration"}


def test_rules_are_pure() -> None:
    path = ROOT / "sim" / "rules.py"
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


@pytest.mark.parametrize("path", [path for path in SIM if "figures" in path.parts], ids=name_of)
def test_figures_know_no_engine(path: Path) -> None:
    engine = {
        "rules",
        "draws",
        "timeline",
        "arrays",
        "lanes",
        "model",
        "ensemble",
        "replay",
        "store",
        "scenario",
    }
    assert not parts_of_sim(imports(path)) & engine


def test_the_code_knows_no_country() -> None:
    worlds = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in WORLDS]
    actors = [actor for world in worlds for actor in (*world["powers"], *world["states"])]
    told = {word for actor in actors for word in (actor["code"], actor["name"])}
    assert {"CHN", "USA", "GBR"} <= told
    found = [
        f"{name_of(path)}:{line}: {text}" for path in SIM for line, text in literals(path) if text in told
    ]
    assert not found


def test_the_command_line_starts_light() -> None:
    heavy = ("matplotlib", "mesa", "numba", "numpy", "pandas", "pyarrow", "rich", "solara", "xarray", "yaml")
    code = f"import sys, sim.cli; print([name for name in {heavy} if name in sys.modules])"
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True
    )
    assert result.stdout.strip() == "[]"
