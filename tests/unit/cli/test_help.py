"""The help is a tour: every command, each with an example."""

import tomllib

import pytest

import sim
from tests.integration.cli.answers import Wedge
from tests.places import ROOT

COMMANDS = (
    "run",
    "compare",
    "replay",
    "figures",
    "evidence",
    "scenarios",
    "calibrate",
    "score",
    "check",
    "new",
)


def test_the_tour_names_every_command_and_shows_examples(wedge: Wedge) -> None:
    result = wedge("--help")
    assert result.exit_code == 0
    for command in COMMANDS:
        assert f"\n  {command} " in result.stdout
    assert "  wedge compare history thaad-without-punishment\n" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "..." not in result.stdout.partition("Commands:")[2], "a summary is cut"
    assert result.stdout.isascii()


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_an_example(wedge: Wedge, command: str) -> None:
    result = wedge(command, "--help")
    assert result.exit_code == 0
    usage, _, rest = result.stdout.partition("\n")
    assert usage.startswith(f"Usage: wedge {command} ")
    assert f"wedge {command}" in rest
    assert "--json" in result.stdout
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_without_a_command_the_tour_is_shown(wedge: Wedge) -> None:
    assert "wedge run history" in wedge().output


def test_the_version_is_the_package_s(wedge: Wedge) -> None:
    assert wedge("--version").stdout == f"wedge {sim.__version__}\n"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert project["tool"]["hatch"]["version"]["path"] == "sim/__init__.py"
    assert project["project"]["scripts"]["wedge"] == "wedge:main"
