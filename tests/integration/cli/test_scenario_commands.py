"""``wedge scenarios``, ``check`` and ``new``, from the command line."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from sim.cli import app
from sim.io.library import data_root
from sim.scenario.chain import library
from sim.scenario.loading import load_case, load_scenario
from tests.unit.scenario import conftest
from tests.unit.scenario.conftest import HEAD

write = conftest.write
Write = Callable[..., Path]


@pytest.fixture
def wedge(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run a command in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


def everything(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


# --- scenarios ---------------------------------------------------------------------------------------------------


def test_scenarios_lists_each_with_its_question(wedge: Callable[..., Result]) -> None:
    result = wedge("scenarios")
    assert result.exit_code == 0
    for path in library():
        assert path.stem in result.stdout
    assert "Does India stay out of the Quad if its border with China is quiet?" in result.stdout


def test_scenarios_as_json(wedge: Callable[..., Result]) -> None:
    result = wedge("scenarios", "--json")
    listed = json.loads(result.stdout)["scenarios"]
    assert [scenario["name"] for scenario in listed] == [path.stem for path in library()]
    assert all(scenario["title"] and scenario["question"] and scenario["basis"] for scenario in listed)
    assert {scenario["extends"] for scenario in listed} == {"", "history", "whole-world"}


# --- check -------------------------------------------------------------------------------------------------------


def test_check_tells_what_a_scenario_will_do(wedge: Callable[..., Result]) -> None:
    result = wedge("check", "thaad-without-punishment")
    assert result.exit_code == 0
    assert "thaad-without-punishment: ok" in result.stdout
    assert "kept before 2016-07, simulated to 2035-12" in result.stdout
    assert "CHN follows documented_habit from 2024-08" in result.stdout
    assert "edit 2: drop punishment CHN KOR, from 2016-07: 3 rows (S019 S020 S021)" in result.stdout


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("", "responses: recorded, reactions: states\n"),
        ("reactions: all\n", "responses: recorded, reactions: all\n"),
        ("responses: simulated\n", "responses: simulated\n"),
    ],
)
def test_check_says_what_states_do_and_who_reacts(
    wedge: Callable[..., Result], write: Write, said: str, shown: str
) -> None:
    path = write(f"branch: 2016-07\n{said}")
    assert shown in wedge("check", path).stdout
    listed = json.loads(wedge("check", path, "--json").stdout)["files"][0]
    assert listed["reactions"] == ("all" if "all" in said else "states")


def test_check_shows_every_sort_of_change(wedge: Callable[..., Result], write: Write) -> None:
    path = write(
        "branch: 2016-07\nuntil: 2034-12\nparameters: {source: prior, values: {step_rate: 0.2}}\nlevers: {compliance: 0}\n"
        "ties:\n- {a: JPN, b: KOR, weight: -1, source: x}\n"
        "strategies:\n  CHN: {plan: charm, delivery: 0.5, targets: [KOR], from: 2030-01}\n"
        "edits:\n- scale: {kind: coercion, by: 0.5, to: 2020-01}\n- shift: {id: S020, months: 3}\n- drop: {id: S001}\n"
        "- add: {kind: offer, sender: CHN, target: KOR, start: 2035-01, end: 2035-06, intensity: 0.5, title: x, source: y}\n"
    )
    result = wedge("check", path)
    assert result.exit_code == 0
    for line in (
        "CHN follows charm from 2030-01, delivery 0.5, aimed at KOR",
        "scale coercion by 0.5, from 2016-07 to 2020-01:",
        "shift S020 by 3 months, from 2016-07: 1 row (S020)",
        "drop S001, from 2016-07: 0 rows",
        "add offer CHN -> KOR 0.5, 2035-01 to 2035-06: x",
        "parameters: prior, step_rate 0.2",
        "levers: compliance 0",
        "tie JPN-KOR: -1",
        "note: edit 4 (drop) finds no row",
        "note: the event 'x' starts after the end, 2034-12",
    ):
        assert line in result.stdout


def test_check_as_json_is_one_object(wedge: Callable[..., Result], write: Write) -> None:
    bad = write("untill: 2030-12\n")
    result = wedge("check", "history", bad, "--json")
    assert result.exit_code == 2
    good, refused = json.loads(result.stdout)["files"]
    assert good["ok"]
    assert good["hash"] == load_case("history").hash
    assert good["rows"]["documented"] == 310
    assert good["edits"][0]["rows"] == ["S052", "S297", "S298", "S299"]
    assert not refused["ok"]
    assert refused["error"].startswith(f"{bad}:4: untill: unknown key")


def test_check_goes_on_after_a_bad_file_and_leaves_with_two(
    wedge: Callable[..., Result], write: Write
) -> None:
    bad, good = write("untill: 2030-12\n", "bad.yaml"), write("", "good.yaml")
    result = wedge("check", bad, good)
    assert result.exit_code == 2
    assert f"{good}: ok" in result.stdout
    (line,) = result.stderr.strip().splitlines()
    assert line.startswith(f"error: {bad}:4: untill: unknown key; allowed are")


@pytest.mark.parametrize("command", ["check", "run", "compare", "replay"])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0",
        "a:\n\tb: 1\n",
        HEAD + "until: 2009-01\n",
        HEAD + "levers: {compliance: .nan}\n",
        "a: &a [*a]\n",
    ],
)
def test_bad_input_leaves_one_line_and_writes_nothing(
    wedge: Callable[..., Result], write: Write, tmp_path: Path, command: str, text: str
) -> None:
    bad = write(text, "bad.yaml", "")
    before = everything(tmp_path)
    result = wedge(command, *(["history"] if command == "compare" else []), bad)
    assert result.exit_code == 2
    (line,) = result.stderr.strip().splitlines()
    assert line.startswith(f"error: {bad}")
    assert everything(tmp_path) == before


# --- new ---------------------------------------------------------------------------------------------------------


def uncommented(text: str) -> str:
    """The starter with its examples switched on: they follow the '#' at once, prose follows a space."""
    return re.sub(r"(?m)^#(?=[a-z]|  )(?!   wedge)", "", text)


def test_new_writes_a_file_that_passes_check(wedge: Callable[..., Result], tmp_path: Path) -> None:
    result = wedge("new", "quiet-sea")
    assert result.exit_code == 0
    assert result.stdout.startswith("wrote quiet-sea.yaml; check it with: wedge check quiet-sea.yaml")
    assert wedge("check", "quiet-sea.yaml").exit_code == 0
    assert load_case(tmp_path / "quiet-sea.yaml").hash == load_case("history").hash


@pytest.mark.parametrize("base", [path.stem for path in library()])
def test_the_examples_of_the_starter_work_when_switched_on(
    wedge: Callable[..., Result], tmp_path: Path, base: str
) -> None:
    assert wedge("new", "mine", "--extends", base).exit_code == 0
    text = uncommented((tmp_path / "mine.yaml").read_text("utf-8"))
    (tmp_path / "on.yaml").write_text(text, "utf-8")
    mine = load_scenario(tmp_path / "on.yaml")
    own = len(mine.edits) - len(load_scenario(base).edits)
    assert [edit.verb for edit in mine.edits[-own:]] == ["drop", "scale", "add"]
    assert (mine.parameters.source, mine.strategies["CHN"].plan, mine.strategies["USA"].plan) == (
        "stacked",
        "charm",
        "lattice",
    )
    assert mine.levers


def test_the_modeline_of_a_new_file_leads_to_the_schema(wedge: Callable[..., Result], tmp_path: Path) -> None:
    (tmp_path / "my scenarios").mkdir()
    wedge("new", "mine", "--out", "my scenarios")
    first = (tmp_path / "my scenarios" / "mine.yaml").read_text("utf-8").splitlines()[0]
    link = first.removeprefix("# yaml-language-server: $schema=")
    assert (tmp_path / "my scenarios" / link).resolve() == data_root() / "schema" / "scenario.schema.json"


def test_new_extends_a_file_beside_it(wedge: Callable[..., Result], write: Write, tmp_path: Path) -> None:
    write("until: 2030-12\n", "my base.yaml", HEAD + "name: my-base\n")
    assert wedge("new", "mine", "--extends", "my base.yaml").exit_code == 0
    assert load_scenario(tmp_path / "mine.yaml").until == "2030-12"


@pytest.mark.parametrize("name", ["2020", "true", "1e5", "null"])
def test_a_name_that_looks_like_something_else_stays_a_name(
    wedge: Callable[..., Result], tmp_path: Path, name: str
) -> None:
    assert wedge("new", name).exit_code == 0
    assert load_scenario(tmp_path / f"{name}.yaml").name == name


def test_new_never_writes_over_a_file(wedge: Callable[..., Result], write: Write, tmp_path: Path) -> None:
    path = write("# precious\n", "mine.yaml")
    before = path.read_bytes()
    result = wedge("new", "mine")
    assert result.exit_code == 2
    assert "error: mine.yaml: this file is there already" in result.stderr
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("Bad Name",), "NAME: 'Bad Name' is not a name"),
        (("../mine",), "NAME: '../mine' is not a name"),
        (("mine.yaml",), "NAME: 'mine.yaml' is not a name"),
        (("",), "NAME: '' is not a name"),
        (("history",), "NAME: 'history' is a scenario that comes with Wedge"),
        (("mine", "--extends", "histroy"), "unknown scenario 'histroy'"),
        (("mine", "--extends", "../base.yaml"), "--extends: '../base.yaml' lies outside"),
        (("mine", "--out", "here"), "--out: there is no folder 'here'; did you mean 'there'?"),
    ],
)
def test_new_refuses_and_writes_nothing(
    wedge: Callable[..., Result],
    write: Write,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    message: str,
) -> None:
    write("", "base.yaml")
    (tmp_path / "inside" / "there").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "inside")
    before = everything(tmp_path)
    result = wedge("new", *arguments)
    assert result.exit_code == 2
    (line,) = result.stderr.strip().splitlines()
    assert message in line
    assert everything(tmp_path) == before


def test_new_as_json(wedge: Callable[..., Result]) -> None:
    assert json.loads(wedge("new", "mine", "--json").stdout) == {
        "file": "mine.yaml",
        "name": "mine",
        "extends": "history",
    }
