"""What a question is about: read where it is said, filled in where it is not, checked, and no part of the numbers."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sim.io.library import data_root, names_in
from sim.io.yaml_files import read_yaml
from sim.scenario.chain import parsed_settings
from sim.scenario.loading import load_case, load_scenario
from sim.scenario.schema import DEFAULT_OUTCOMES

Write = Callable[..., Path]
Refused = Callable[..., str]
SAID = "branch: 2020-01\nasks: {states: [KOR], outcomes: [member.quad, steps], at: [2030-12], expects: toward_hub}\n"


def test_what_is_left_out_is_filled_in(write: Write) -> None:
    asks = load_scenario(write("")).asks
    assert (asks.states, asks.outcomes, asks.expects) == (None, DEFAULT_OUTCOMES, None)
    assert asks.at == ("2024-07", "2016-12", "2030-12", "2035-12")


def test_what_is_said_holds_and_a_change_on_top_replaces_a_key(write: Write) -> None:
    path = write(SAID)
    asks = load_scenario(path).asks
    assert (asks.states, asks.outcomes, asks.at, asks.expects) == (
        ("KOR",), ("member.quad", "steps"), ("2030-12",), "toward_hub",
    )  # fmt: skip
    changed = load_scenario(path, parsed_settings({"asks.states": "JPN,AUS"})).asks
    assert (changed.states, changed.at) == (("JPN", "AUS"), ("2030-12",))
    assert load_scenario(path, {"asks": {"outcomes": ["view"]}}).asks.outcomes == ("view",)


def test_a_question_is_not_inherited(write: Write) -> None:
    write(SAID, name="first.yaml")
    second = write("", name="second.yaml", head="title: T\nquestion: Q?\nextends: first\n")
    assert load_scenario(second).asks.states is None


def test_a_shorter_run_is_asked_for_the_months_that_it_has(write: Write) -> None:
    path = write(SAID)
    assert load_scenario(path, {"until": "2025-12"}).asks.at == ("2024-07", "2016-12")
    assert load_scenario(path, {"report": ["2022-12", "2030-12"]}).asks.at == ("2030-12",)


def test_no_number_depends_on_a_question(write: Write) -> None:
    path = write(SAID)
    assert load_case(path).hash == load_case(path, {"asks": {"states": ["JPN"], "at": ["2035-12"]}}).hash


@pytest.mark.parametrize(
    ("asks", "message"),
    [
        ("states: [KOX]", "5: asks.states[0]: unknown state 'KOX'; allowed are AUS"),
        ("outcomes: [stepps]", "unknown outcome of a state 'stepps'"),
        ("outcomes: [steps, member.quat]", "5: asks.outcomes[1]: unknown institution 'quat'"),
        ("outcomes: [member]", "'member' names no institution; write member.INSTITUTION, as in member.quad"),
        ("at: [2024-08]", "5: asks.at[0]: unknown report date '2024-08'; allowed are 2016-12, 2024-07"),
        ("at: [2024-13]", "'2024-13' has no such month"),
        ("states: []", "asks.states"),
        ("expects: toward_hubb", "expects"),
        ("stats: [KOR]", "unknown key"),
    ],
)
def test_what_nothing_has_is_refused_where_it_is_written(
    write: Write, refused: Refused, asks: str, message: str
) -> None:
    path = write(f"asks:\n  {asks}\n")
    line = refused(path)
    assert line.startswith(f"{path}:5: ")
    assert message in line


def test_a_question_set_on_top_is_checked_too(refused: Refused) -> None:
    assert "--set: asks.states[0]: unknown state 'KOX'" in refused("quiet-senkakus", asks__states="KOX")
    assert "--set: asks: write asks.NAME=VALUE" in refused("quiet-senkakus", asks="KOR")


def test_every_what_if_that_ships_says_what_it_asks() -> None:
    for name in names_in(data_root()):
        data = read_yaml(data_root() / f"{name}.yaml")[0]
        assert ("asks" in data) == ("extends" in data), name
