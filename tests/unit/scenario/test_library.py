"""The scenarios that come with Wedge: sound, sourced, and each does what its title says."""

from pathlib import Path

import pytest
import yaml

from sim.io.library import data_root
from sim.model.strategies import COEFFICIENTS
from sim.scenario.case import resolve
from sim.scenario.chain import library, read_document
from sim.scenario.edits import trace_edits
from sim.scenario.json_schema import schema_texts
from sim.scenario.loading import load_scenario
from sim.scenario.schema import Changes, Scenario, ScenarioFile, StrategyKeys

NAMES = [path.stem for path in library()]
ROOTS = {"history", "whole-world"}
BASES = {
    name: "whole-world" if name.startswith("whole-world") else "history"
    for name in NAMES
    if name not in ROOTS
}
"""What-if -> the scenario that it changes."""
WHAT_IFS = sorted(BASES)
PUBLISHERS = ("Foreign Affairs", "RT International", "Nawaiwaqt", "July 2024", "codebook")


@pytest.fixture(scope="module")
def scenarios() -> dict[str, Scenario]:
    return {name: load_scenario(name) for name in NAMES}


def touched(scenario: Scenario, edit: int) -> set[str]:
    """Ids of the rows that an edit touches, counted from the scenario's own first edit (0)."""
    inherited = 0 if scenario.name == "history" else 1
    _, effects = trace_edits(resolve(scenario).record.stimuli, scenario)
    return set(effects[inherited + edit].rows)


def test_the_library_is_complete() -> None:
    assert NAMES == [
        "australia-without-punishment",
        "bloc-confrontation",
        "charm-offensive",
        "counter-bloc",
        "disciplined-since-2010",
        "disciplined-wedge",
        "history",
        "korea-japan-rift",
        "no-ukraine-war",
        "philippines-2020-courted",
        "quiet-himalaya",
        "quiet-senkakus",
        "thaad-without-punishment",
        "unforced-beijing",
        "unpressing-washington",
        "us-retrenchment",
        "whole-world",
        "whole-world-disciplined",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_each_says_what_it_asks_and_where_from(name: str, scenarios: dict[str, Scenario]) -> None:
    scenario = scenarios[name]
    assert scenario.name == name
    assert scenario.question.endswith("?")
    assert any(publisher in scenario.basis for publisher in PUBLISHERS)


@pytest.mark.parametrize("name", NAMES)
def test_each_points_editors_to_the_schema_and_teaches(name: str) -> None:
    first, *rest = (data_root() / f"{name}.yaml").read_text("utf-8").splitlines()
    assert first == "# yaml-language-server: $schema=schema/scenario.schema.json"
    assert sum(line.lstrip().startswith("#") or " # " in line for line in rest) >= 1


@pytest.mark.parametrize("name", WHAT_IFS)
def test_each_what_if_extends_its_base_and_differs_from_it(name: str, scenarios: dict[str, Scenario]) -> None:
    entry = read_document(data_root() / f"{name}.yaml").entry
    assert isinstance(entry, ScenarioFile)
    assert entry.extends == BASES[name]
    assert not {"world", "record", "until"} & entry.model_fields_set
    assert resolve(scenarios[name]).hash != resolve(scenarios[BASES[name]]).hash


@pytest.mark.parametrize("name", NAMES)
def test_no_edit_is_idle(name: str, scenarios: dict[str, Scenario]) -> None:
    _, effects = trace_edits(resolve(scenarios[name]).record.stimuli, scenarios[name])
    assert [effect.edit for effect in effects if not effect.rows] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_event_that_nobody_has_seen_is_called_an_assumption(
    name: str, scenarios: dict[str, Scenario]
) -> None:
    sources = [edit.add.source for edit in scenarios[name].edits if edit.add]
    sources += [tie.source for tie in scenarios[name].ties]
    assert all(source.startswith("assumption: ") for source in sources)


def test_history_keeps_the_record_and_then_the_habits(scenarios: dict[str, Scenario]) -> None:
    history = scenarios["history"]
    assert (history.world, history.record, history.record_until) == (
        "indo_pacific",
        "indo_pacific",
        "2024-07",
    )
    assert (history.branch, history.until) == ("2024-08", "2035-12")
    plans = {code: (strategy.plan, strategy.start) for code, strategy in history.strategies.items()}
    assert plans == {"CHN": ("documented_habit", "2024-08"), "USA": ("documented_habit", "2024-08")}
    assert touched(history, 0) == {"S052", "S297", "S298", "S299"}


@pytest.mark.parametrize(
    ("name", "branch", "rows"),
    [
        ("thaad-without-punishment", "2016-07", [{"S019", "S020", "S021"}]),
        ("australia-without-punishment", "2018-03", [{"S027", "S028", "S029"}]),
        ("philippines-2020-courted", "2020-02", [{"S035", "S041", "S043", "S304"}]),
        ("quiet-senkakus", "2012-09", [{"S005", "S186"}, {"S008"}, {"S120"}]),
        (
            "quiet-himalaya",
            "2013-04",
            [{"S007", "S012", "S025", "S037", "S038", "S125", "S122", "S123", "S124"}],
        ),
        (
            "no-ukraine-war",
            "2022-02",
            [{"S052", "S097", "S166", "S175", "S300", "S301", "S302", "S303"}],
        ),
        ("korea-japan-rift", "2023-01", [{"S070", "S071"}]),
    ],
)
def test_each_past_takes_out_the_rows_that_it_is_about(
    name: str, branch: str, rows: list[set[str]], scenarios: dict[str, Scenario]
) -> None:
    assert scenarios[name].branch == branch
    assert [touched(scenarios[name], number) for number in range(len(rows))] == rows


@pytest.mark.parametrize(
    ("name", "code", "plan"),
    [
        ("disciplined-wedge", "CHN", "disciplined_wedge"),
        ("charm-offensive", "CHN", "charm"),
        ("counter-bloc", "CHN", "bloc_building"),
        ("us-retrenchment", "USA", "retrenchment"),
        ("bloc-confrontation", "USA", "bloc_confrontation"),
    ],
)
def test_each_future_changes_one_power(
    name: str, code: str, plan: str, scenarios: dict[str, Scenario]
) -> None:
    strategies = scenarios[name].strategies
    assert (strategies[code].plan, strategies[code].start) == (plan, "2024-08")
    (other,) = set(strategies) - {code}
    assert strategies[other] == scenarios["history"].strategies[other]


def test_the_counter_bloc_is_aimed_at_its_five(scenarios: dict[str, Scenario]) -> None:
    five = {"RUS", "PRK", "LAO", "KHM", "MMR"}
    assert set(scenarios["counter-bloc"].strategies["CHN"].targets or ()) == five
    assert {edit.add.target for edit in scenarios["counter-bloc"].edits if edit.add} == five


def test_the_big_circle_is_open_to_members_of_small_ones(scenarios: dict[str, Scenario]) -> None:
    offers = [edit.add for edit in scenarios["bloc-confrontation"].edits if edit.add]
    assert {offer.target for offer in offers if offer.institution == "big_circle"} == {
        "AUS", "IND", "JPN", "KOR", "NZL", "PHL",
    }  # fmt: skip
    assert [offer.title for offer in offers if offer.sender == "NATO" and offer.target == "JPN"]


def test_in_the_whole_world_both_powers_act_from_the_start(scenarios: dict[str, Scenario]) -> None:
    base, other = scenarios["whole-world"], scenarios["whole-world-disciplined"]
    assert (base.world, base.record, base.branch) == ("world", None, "2013-01")
    habits = ("documented_habit", "2013-01")
    assert {code: (part.plan, part.start) for code, part in base.strategies.items()} == dict.fromkeys(
        ("CHN", "USA"), habits
    )
    assert other.strategies["CHN"].plan == "disciplined_wedge"
    assert other.strategies["USA"] == base.strategies["USA"]


def test_seoul_and_tokyo_are_rivals_in_the_rift(scenarios: dict[str, Scenario]) -> None:
    assert [(tie.a, tie.b, tie.weight) for tie in scenarios["korea-japan-rift"].ties] == [
        ("JPN", "KOR", -0.2)
    ]


# --- the published JSON Schema -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(schema_texts()))
def test_the_json_schema_is_in_step(name: str) -> None:
    """Refresh with ``python -m sim.scenario.json_schema``."""
    assert (data_root() / "schema" / name).read_text("utf-8") == schema_texts()[name]


def test_the_json_schema_knows_every_key_and_coefficient() -> None:
    schema = yaml.safe_load(schema_texts()["scenario.schema.json"])
    assert set(schema["properties"]) == set(ScenarioFile.model_fields) >= set(Changes.model_fields)
    assert sorted(schema["required"]) == ["question", "title"]
    assert not schema["additionalProperties"]
    dials = {name for side in COEFFICIENTS.values() for name in side}
    keys = set(schema["$defs"]["Strategy"]["properties"])
    assert (
        keys
        == dials | {"plan", "from", "targets"}
        == dials | {field.alias or name for name, field in StrategyKeys.model_fields.items()}
    )


def test_writing_the_json_schema_gives_what_is_there(tmp_path: Path) -> None:
    from sim.scenario.json_schema import write_schemas

    write_schemas(tmp_path / "schema")
    there = {path.name: path.read_bytes() for path in (data_root() / "schema").iterdir()}
    assert {path.name: path.read_bytes() for path in (tmp_path / "schema").iterdir()} == there
