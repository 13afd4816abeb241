"""Bad scenarios are refused in one line with file, line and key; good ones are merged and filled in."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from sim.errors import InputError
from sim.io.library import data_root
from sim.scenario import loading
from sim.scenario.case import resolve
from sim.scenario.chain import parsed_settings
from sim.scenario.loading import load_case, load_scenario
from sim.scenario.posterior import read_posterior, write_posterior
from sim.scenario.schema import Scenario
from sim.scenario.targets import TABLES
from tests.unit.scenario.conftest import HEAD

Write = Callable[..., Path]
Refused = Callable[..., str]

ADD = "edits:\n- add: {kind: offer, sender: CHN, target: KOR, start: 2025-01, end: 2026-01, intensity: 0.5, title: x, source: y"
DROP = "branch: 2016-07\nedits:\n- drop: {kind: coercion"
AN_OFFER = ADD + "}\n"

BAD_SCHEMA = {
    "unknown key": ("untill: 2030-12\n", "4: untill: unknown key; allowed are", "did you mean 'until'?"),
    "unknown key of an edit": (DROP + ", sendr: CHN}\n", "6: edits[0].drop.sendr: unknown key", "did you mean 'sender'?"),
    "unknown verb": ("edits:\n- drp: {id: S005}\n", "5: edits[0].drp: unknown key; allowed are add, drop, scale, shift", "'drop'?"),
    "unknown key of a strategy": ("strategies:\n  CHN: {punitivness: 1}\n", "5: strategies.CHN.punitivness: unknown key", "'punitiveness'?"),
    "number for text": ("basis: 3\n", "4: basis: must be text, not a whole number (3)", ""),
    "text for a number": (ADD.replace("0.5", "half") + "}\n", "5: edits[0].add.intensity: must be a number, not text ('half')", ""),
    "nan": (ADD.replace("0.5", ".nan") + "}\n", "edits[0].add.intensity: .nan is not a finite number", ""),
    "nan as a word": (ADD.replace("0.5", "nan") + "}\n", "5: edits[0].add.intensity: must be a number, not text ('nan')", ""),
    "infinite": (ADD.replace("0.5", "-.inf") + "}\n", "edits[0].add.intensity: -.inf is not a finite number", ""),
    "true for a number": (ADD.replace("0.5", "true") + "}\n", "5: edits[0].add.intensity: must be a number, not true", ""),
    "number for a month": ("until: 2035\n", "4: until: 2035 is not a month; write YYYY-MM, for example 2016-07", ""),
    "day for a month": ("until: 2035-12-31\n", "4: until: '2035-12-31' is not a month; write YYYY-MM", ""),
    "thirteenth month": ("until: 2035-13\n", "4: until: '2035-13' has no such month; months are 01 to 12", ""),
    "year out of range": ("until: 9999-01\n", "4: until: '9999-01' is out of range", ""),
    "nothing for a month": ("until:\n", "4: until: 'nothing' is not a month", ""),
    "too strong": (ADD.replace("0.5", "1.5") + "}\n", "5: edits[0].add.intensity: 1.5 is out of range; it must be at most 1", ""),
    "negative factor": ("edits:\n- scale: {kind: offer, by: -1}\n", "5: edits[0].scale.by: -1 is out of range; it must be at least 0", ""),
    "half a month": ("edits:\n- shift: {kind: offer, months: 1.5}\n", "5: edits[0].shift.months: must be a whole number, not a number (1.5)", ""),
    "missing factor": ("edits:\n- scale: {kind: offer}\n", "5: edits[0].scale: the key 'by' is missing", ""),
    "unknown kind": (DROP.replace("coercion", "coersion") + "}\n", "6: edits[0].drop.kind: unknown kind 'coersion'; allowed are accommodation, coercion,", "did you mean 'coercion'?"),
    "unknown domain": (DROP + ", domain: sea}\n", "6: edits[0].drop.domain: unknown domain 'sea'", ""),
    "empty selector": ("edits:\n- drop: {domain: war}\n", "5: edits[0].drop: this would pick every row; name at least one of id, kind, sender, target", ""),
    "empty value in a selector": (DROP + ", target: }\n", "6: edits[0].drop.target: must be text, not nothing", ""),
    "empty edit": ("edits:\n- {}\n", "5: edits[0]: an edit is exactly one of drop, scale, shift, add", ""),
    "two verbs": ("edits:\n- drop: {id: S005}\n  shift: {id: S006, months: 1}\n", "5: edits[0]: an edit is exactly one of", ""),
    "edit that is a word": ("edits: drop\n", "4: edits: must be a list, not text ('drop')", ""),
    "edit that is a list": ("edits:\n- [drop]\n", "5: edits[0]: must be keys and values, not a list", ""),
    "window ends before it starts": (DROP + ", from: 2017-01, to: 2016-12}\n", "6: edits[0].drop: the window ends (2016-12) before it starts (2017-01)", ""),
    "event ends before it starts": (ADD.replace("2026-01", "2024-12") + "}\n", "5: edits[0].add: the event ends (2024-12) before it starts (2025-01)", ""),
    "negative offer": (ADD.replace("0.5", "-0.5") + "}\n", "5: edits[0].add: intensity -0.5 is negative; only kind reassurance", ""),
    "shock without domain": (ADD.replace("offer", "shock") + "}\n", "5: edits[0].add: a shock needs a domain", ""),
    "institution without offer": (ADD.replace("offer", "coercion") + ", institution: sco}\n", "only an offer opens an institution", ""),
    "event without source": (ADD.replace(", source: y", "") + "}\n", "5: edits[0].add: the key 'source' is missing", ""),
    "event with an empty title": (ADD.replace("title: x", "title: ' '") + "}\n", "5: edits[0].add.title: is empty; write a line of text", ""),
    "coefficient out of range": ("strategies:\n  CHN: {delivery: 2}\n", "5: strategies.CHN.delivery: 2 is out of range; it must be at most 1", ""),
    "negative lever": ("levers: {compliance: -1}\n", "4: levers.compliance: -1 is out of range; it must be at least 0", ""),
    "tie too strong": ("ties:\n- {a: JPN, b: KOR, weight: 2, source: x}\n", "5: ties[0].weight: 2 is out of range; it must be at most 1", ""),
    "name with spaces": ("name: My Scenario\n", "4: name: 'My Scenario' is not a name", ""),
    "name that climbs": ("name: ../../x\n", "4: name: '../../x' is not a name", ""),
    "several at once": ("untill: 2030-12\nbranch: 3\n", "4: untill: unknown key", "(and 1 more)"),
}  # fmt: skip

BAD_NAMES = {
    "unknown scenario": ("", "3: extends: unknown scenario 'histroy'; allowed are", "did you mean 'history'?"),
    "unknown world": ("world: indo_pacifc\n", "4: world: unknown world 'indo_pacifc'; allowed are europe_1936, indo_pacific", "did you mean 'indo_pacific'?"),
    "unknown record": ("record: indo_pacfic\n", "4: record: unknown record 'indo_pacfic'", "did you mean 'indo_pacific'?"),
    "unknown sender": (DROP + ", sender: CHM}\n", "6: edits[0].drop.sender: unknown power 'CHM'; allowed are CHN,", "did you mean 'CHN'?"),
    "unknown target": (DROP + ", target: JAP}\n", "6: edits[0].drop.target: unknown state 'JAP'; allowed are ALL, AUS,", "did you mean 'JPN'?"),
    "state in lower case": (DROP + ", target: kor}\n", "6: edits[0].drop.target: unknown state 'kor'", "did you mean 'KOR'?"),
    "unknown row": ("branch: 2012-01\nedits:\n- drop: {id: S0005}\n", "6: edits[0].drop.id: unknown row of the record 'S0005'", "did you mean 'S005'?"),
    "unknown institution of an edit": (DROP.replace("coercion", "offer") + ", institution: qaud}\n", "6: edits[0].drop.institution: unknown institution 'qaud'", "did you mean 'quad'?"),
    "unknown sender of an event": (ADD.replace("CHN", "XXX") + "}\n", "5: edits[0].add.sender: unknown power 'XXX'", ""),
    "unknown target of an event": (ADD.replace("KOR", "KRO") + "}\n", "5: edits[0].add.target: unknown state 'KRO'", "did you mean 'KOR'?"),
    "unknown institution of an event": (ADD + ", institution: brcs}\n", "5: edits[0].add.institution: unknown institution 'brcs'", "did you mean 'brics'?"),
    "institution of the other side": (ADD + ", institution: quad}\n", "5: edits[0].add.institution: 'quad' is an institution of the hub; CHN acts for the challenger", ""),
    "act upon oneself": (ADD.replace("CHN", "RUS").replace("KOR", "RUS") + "}\n", "5: edits[0].add.target: RUS cannot act upon itself", ""),
    "stance towards a state": (ADD.replace("offer", "stance").replace("CHN", "NATO") + "}\n", "5: edits[0].add.target: unknown state 'KOR'; allowed are CHN", ""),
    "offer to the challenger": (ADD.replace("CHN", "USA").replace("KOR", "CHN") + "}\n", "5: edits[0].add.target: unknown state 'CHN'", ""),
    "strategy of a state": ("strategies:\n  IND: {plan: charm}\n", "5: strategies.IND: 'IND' cannot have a strategy; allowed are CHN, USA", ""),
    "unknown plan": ("strategies:\n  CHN: {plan: charme}\n", "5: strategies.CHN.plan: unknown plan of the challenger 'charme'", "did you mean 'charm'?"),
    "plan of the other side": ("strategies:\n  CHN: {plan: lattice}\n", "5: strategies.CHN.plan: unknown plan of the challenger 'lattice'; allowed are bloc_building,", ""),
    "coefficient of the other side": ("strategies:\n  USA:\n    plan: lattice\n    delivery: 0.5\n", "7: strategies.USA.delivery: unknown coefficient of the hub 'delivery'; allowed are multilateralism,", ""),
    "unknown aim of a strategy": ("strategies:\n  CHN:\n    targets: [KOR, JPX]\n", "6: strategies.CHN.targets[1]: unknown state 'JPX'", "did you mean 'JPN'?"),
    "parameters by an unknown word": ("parameters: pryor\n", "4: parameters: unknown source of parameters 'pryor'; allowed are ", "did you mean 'prior'?"),
    "unknown source of parameters": ("parameters:\n  source: pryor\n", "5: parameters.source: unknown source of parameters 'pryor'; allowed are ", "did you mean 'prior'?"),
    "posterior elsewhere": ("parameters: {source: stacked, posterior: ../../mine}\n", "4: parameters.posterior: '../../mine' lies outside", "name it with --posterior"),
    "hash that is none": ("parameters: {posterior_sha256: abc}\n", "4: parameters.posterior_sha256: ", ""),
    "unknown parameter": ("parameters:\n  values:\n    step_rat: 0.1\n", "6: parameters.values.step_rat: unknown parameter 'step_rat'", "did you mean 'step_rate'?"),
    "parameter out of range": ("parameters:\n  values:\n    step_rate: -1\n", "6: parameters.values.step_rate: -1 is out of range; it must be 0 to", ""),
    "unknown lever": ("levers:\n  complience: 0\n", "5: levers.complience: unknown lever 'complience'", "did you mean 'compliance'?"),
    "tie of a stranger": ("ties:\n- {a: JPN, b: FRA, weight: 0, source: x}\n", "5: ties[0].b: unknown state 'FRA'", ""),
    "tie with oneself": ("ties:\n- {a: JPN, b: JPN, weight: 0, source: x}\n", "5: ties[0]: joins JPN to itself", ""),
    "tie set twice": ("ties:\n- {a: JPN, b: KOR, weight: 0, source: x}\n- {a: KOR, b: JPN, weight: 1, source: x}\n", "6: ties[1]: the tie of KOR and JPN is set twice", ""),
}  # fmt: skip

BAD_MONTHS = {
    "ends before the world starts": ("until: 2009-12\n", "4: until: 2009-12 is before 2010-01, where the world 'indo_pacific' starts"),
    "ends after a century": ("until: 2110-01\n", "4: until: 2110-01 is too far off; 2109-12 is the last month allowed"),
    "ends before its branch": ("branch: 2020-01\nuntil: 2019-12\n", "5: until: the end (2019-12) is before the branch (2020-01)"),
    "branches before the world starts": ("branch: 2009-12\n", "4: branch: 2009-12 is before 2010-01"),
    "branches after the record": ("branch: 2024-09\n", "4: branch: 2024-09 leaves a gap after the record; 2024-08 is the last month allowed"),
    "record longer than the record": ("record_until: 2024-08\n", "4: record_until: 2024-08 is outside the record, which covers 2010-01 to 2024-07"),
    "record that ends before it starts": ("record_until: 2009-12\n", "4: record_until: 2009-12 is outside the record"),
    "edit before the branch": (DROP + ", from: 2016-06}\n", "6: edits[0].drop.from: 2016-06 is before the branch, 2016-07; what came before it is kept as documented"),
    "window closes before the branch": (DROP + ", to: 2016-06}\n", "6: edits[0].drop.to: the window ends (2016-06) before it starts (2016-07)"),
    "event before the branch": (ADD.replace("2025-01", "2024-07") + "}\n", "5: edits[0].add.start: 2024-07 is before the branch, 2024-08"),
    "shift to before the branch": ("branch: 2016-07\nedits:\n- shift: {id: S020, months: -2}\n", "6: edits[0].shift.months: this would move S020 from 2016-08 to 2016-06, before the branch, 2016-07"),
    "strategy before the branch": ("strategies:\n  CHN: {plan: charm, from: 2024-07}\n", "5: strategies.CHN.from: 2024-07 is before the branch, 2024-08"),
    "table outside the simulation": ("report: [2020-01, 2036-01]\n", "4: report[1]: 2036-01 is not simulated; months are 2010-01 to 2035-12"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "message", "match"), BAD_SCHEMA.values(), ids=BAD_SCHEMA.keys())
def test_what_breaks_the_schema(write: Write, refused: Refused, text: str, message: str, match: str) -> None:
    path = write(text)
    line = refused(path)
    assert line.startswith(f"{path}:")
    assert message in line
    assert match in line


@pytest.mark.parametrize(("text", "message", "match"), BAD_NAMES.values(), ids=BAD_NAMES.keys())
def test_names_that_nothing_has(write: Write, refused: Refused, text: str, message: str, match: str) -> None:
    path = write(text, head=HEAD if text else HEAD.replace("history", "histroy"))
    line = refused(path)
    assert line.startswith(f"{path}:{message}")
    assert match in line


@pytest.mark.parametrize(("text", "message"), BAD_MONTHS.values(), ids=BAD_MONTHS.keys())
def test_months_that_make_no_sense(write: Write, refused: Refused, text: str, message: str) -> None:
    path = write(text)
    assert refused(path).startswith(f"{path}:{message}")


@pytest.mark.parametrize("key", ["title", "question"])
def test_every_scenario_says_what_it_asks(write: Write, refused: Refused, key: str) -> None:
    head = "".join(line for line in HEAD.splitlines(keepends=True) if not line.startswith(key))
    path = write("", head=head)
    assert refused(path) == f"{path}:1: the key '{key}' is missing"


def test_a_scenario_that_extends_nothing_needs_a_world_and_an_end(write: Write, refused: Refused) -> None:
    head = "title: A title\nquestion: A question?\n"
    assert "no world; name one with 'world: indo_pacific'" in refused(write("", head=head))
    assert "the key 'until' is missing" in refused(write("world: indo_pacific\n", head=head))
    path = write("world: indo_pacific\nuntil: 2012-12\nrecord_until: 2011-01\n", head=head)
    assert "5: record_until: there is no record" in refused(path)


def test_a_circle_is_named(write: Write, refused: Refused) -> None:
    write("", "one.yaml", HEAD.replace("history", "two"))
    write("", "two.yaml", HEAD.replace("history", "./three.yaml"))
    path = write("", "three.yaml", HEAD.replace("history", "one"))
    line = refused(path)
    assert "two.yaml:3: extends: scenarios extend each other in a circle" in line
    assert "three.yaml -> one.yaml -> two.yaml -> three.yaml" in line


def test_a_scenario_that_extends_itself(write: Write, refused: Refused) -> None:
    path = write("", head=HEAD.replace("history", "mine"))
    assert refused(path).startswith(f"{path}:3: extends: scenarios extend each other in a circle")


def test_a_long_chain_is_refused(write: Write, refused: Refused) -> None:
    for number in range(25):
        path = write(
            "", f"link{number}.yaml", HEAD.replace("history", f"link{number - 1}" if number else "history")
        )
    assert "more than 20 scenarios extend each other" in refused(path)


@pytest.mark.parametrize("key", ["extends", "world", "record"])
@pytest.mark.parametrize(
    "text",
    [
        "../outside.yaml",
        "/etc/passwd",
        "../../../../../../etc/passwd",
        "..",
        "./link.yaml",
        "~/x.yaml/../../..",
    ],
)
def test_files_outside_the_folders_are_not_touched(
    write: Write, refused: Refused, tmp_path: Path, key: str, text: str
) -> None:
    outside = write("", "outside.yaml")
    path = write(
        f"{key}: {text}\n",
        "inside/mine.yaml",
        HEAD if key != "extends" else HEAD.replace("extends: history\n", ""),
    )
    (tmp_path / "inside" / "link.yaml").symlink_to(outside)
    line = refused(path)
    assert f"{key}: '{text}' lies outside {tmp_path / 'inside'} and {data_root()}" in line


def test_a_path_beside_the_file_that_does_not_exist(write: Write, refused: Refused) -> None:
    write("", "base.yaml")
    path = write("", "mine.yaml", HEAD.replace("history", "./bsae.yaml"))
    assert refused(path) == f"{path}:3: extends: there is no './bsae.yaml'; did you mean 'base.yaml'?"


def test_an_unknown_scenario_names_the_library(refused: Refused) -> None:
    assert "unknown scenario 'quiet-senkaku'; allowed are australia" in refused("quiet-senkaku")
    assert "did you mean 'quiet-senkakus'?" in refused("quiet-senkaku")


def test_an_error_in_the_extended_file_is_told_there(write: Write, refused: Refused) -> None:
    base = write("levers: {complience: 0}\n", "base.yaml")
    path = write("", "mine.yaml", HEAD.replace("history", "base"))
    assert refused(path).startswith(f"{base.resolve()}:4: levers.complience: unknown lever")


def test_a_bad_world_is_told_in_the_world_file(write: Write, refused: Refused) -> None:
    world = write("name: here\n", "here.yaml", "")
    path = write("world: here\n")
    assert str(world.resolve()) in refused(path)


def test_a_file_name_that_is_no_name(write: Write, refused: Refused) -> None:
    path = write("", "My Scenario.yaml")
    assert "the file name 'My Scenario' cannot be the scenario's name; add 'name: '" in refused(path)
    assert load_scenario(write("name: mine\n", "My Scenario.yaml")).name == "mine"


def test_a_branch_after_an_inherited_edit(write: Write, refused: Refused) -> None:
    write(DROP + "}\n", "base.yaml")
    path = write("branch: 2018-01\n", "mine.yaml", HEAD.replace("history", "base"))
    assert f"{path}:4: branch: 2018-01 is after 2016-07, when edit 1 of" in refused(path)


# --- what is right -----------------------------------------------------------------------------------------------


def test_what_is_left_out_is_inherited(write: Write) -> None:
    history, mine = load_scenario("history"), load_scenario(write(""))
    assert (mine.name, mine.title, mine.question, mine.basis) == (
        "mine",
        "A title",
        "A question?",
        "not stated",
    )
    assert resolve(mine).hash == resolve(history).hash


def test_a_bare_name_is_the_library_or_a_file_here(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write("", "local-one.yaml")
    write("until: 2012-12\n", "history.yaml")
    monkeypatch.chdir(path.parent)
    assert load_scenario("local-one").name == "local-one"
    assert load_scenario("history").until == "2035-12"
    assert load_scenario("./history.yaml").until == "2012-12"
    assert load_scenario(Path("history.yaml")).until == "2012-12"


def test_edits_and_strategies_start_at_the_branch_of_their_file(write: Write) -> None:
    write(DROP + "}\nstrategies:\n  CHN: {plan: charm}\n", "base.yaml")
    path = write("edits:\n- drop: {kind: offer}\n", "mine.yaml", HEAD.replace("history", "base"))
    mine = load_scenario(path)
    assert [edit.selector.start for edit in mine.edits if edit.selector] == ["2027-01", "2016-07", "2016-07"]
    assert mine.strategies["CHN"].start == "2016-07"
    assert mine.strategies["USA"].start == "2024-08"


def test_edits_of_the_extended_scenario_come_first(write: Write) -> None:
    write(AN_OFFER, "base.yaml")
    path = write(
        "edits:\n- drop: {kind: offer, sender: CHN, target: KOR}\n",
        "mine.yaml",
        HEAD.replace("history", "base"),
    )
    assert [edit.verb for edit in load_scenario(path).edits] == ["drop", "add", "drop"]


def test_a_plan_starts_afresh_and_a_coefficient_changes_the_inherited_plan(write: Write) -> None:
    write("strategies:\n  CHN: {plan: charm, delivery: 0.5, from: 2030-01}\n", "base.yaml")
    head = HEAD.replace("history", "base")
    tuned = load_scenario(write("strategies:\n  CHN: {punitiveness: 0}\n", "tuned.yaml", head)).strategies[
        "CHN"
    ]
    assert (tuned.plan, tuned.start, tuned.coefficients) == (
        "charm",
        "2030-01",
        {"punitiveness": 0.0, "delivery": 0.5},
    )
    fresh = load_scenario(write("strategies:\n  CHN: {plan: restraint}\n", "fresh.yaml", head)).strategies[
        "CHN"
    ]
    assert (fresh.plan, fresh.start, fresh.coefficients) == ("restraint", "2024-08", {})


def test_parameters_are_a_word_or_values(write: Write) -> None:
    write("parameters: prior\n", "base.yaml")
    head = HEAD.replace("history", "base")
    mine = load_scenario(write("parameters: {values: {step_rate: 0.2}}\n", "mine.yaml", head)).parameters
    assert (mine.source, mine.values) == ("prior", {"step_rate": 0.2})
    back = load_scenario(write("parameters: default\n", "back.yaml", head)).parameters
    assert (back.source, back.values) == ("default", {})


def test_ties_are_set_anew_whatever_their_order(write: Write) -> None:
    write("ties:\n- {a: KOR, b: JPN, weight: -1, source: x}\n", "base.yaml")
    text = "ties:\n- {a: JPN, b: KOR, weight: 1, source: x}\n"
    ties = load_scenario(write(text, "mine.yaml", HEAD.replace("history", "base"))).ties
    assert [(tie.a, tie.b, tie.weight) for tie in ties] == [("JPN", "KOR", 1.0)]


def test_tables_are_clipped_to_a_shorter_run() -> None:
    assert load_scenario("history", {"until": "2024-12"}).report == ("2016-12", "2024-07")
    assert load_scenario("history", {"until": "2012-12"}).report == ("2012-12",)


def test_without_a_record_the_branch_is_the_start_of_the_world(write: Write) -> None:
    head = "title: A title\nquestion: A question?\n"
    mine = load_scenario(write("world: europe_1936\nuntil: 1940-12\n", head=head))
    assert (mine.record, mine.record_until, mine.branch, mine.report) == (None, None, "1936-01", ("1940-12",))
    assert (
        load_scenario(write("world: indo_pacific\nrecord: null\nuntil: 2012-12\n", head=head)).record is None
    )


def test_a_record_of_ones_own_in_the_folder(write: Write, tmp_path: Path) -> None:
    folder = tmp_path / "records" / "mine"
    folder.mkdir(parents=True)
    for name in ("stimuli.csv", "leaders.csv", "extent.csv"):
        text = (data_root() / "records" / "indo_pacific" / name).read_text("utf-8")
        first = "\n".join(text.splitlines()[:30]).replace(",S057\n", ",\n")  # a row that is not among them
        folder.joinpath(name).write_text(first + "\n", "utf-8")
    mine = load_scenario(write("record: records/mine\nedits:\n- drop: {id: S005}\nbranch: 2012-09\n"))
    assert mine.record == str(folder)
    assert resolve(mine).hash != load_case("history", {"parameters": "default"}).hash


# --- what states do while the record lasts -----------------------------------------------------------------------


def bare_record(folder: Path) -> Path:
    """A copy of the shipped record that does not say what states did."""
    shutil.copytree(data_root() / "records" / "indo_pacific", folder)
    (folder / "responses.csv").unlink()
    return folder


def test_responses_are_resolved_like_other_keys(write: Write) -> None:
    write("responses: recorded\n", "base.yaml")
    head = HEAD.replace("history", "base")
    mine = load_case(write("", "mine.yaml", head))
    assert (mine.scenario.responses, len(mine.targets.responses)) == ("recorded", 343)
    assert resolve(mine.scenario).targets == mine.targets
    free = load_case(write("responses: simulated\n", "free.yaml", head))
    assert (free.scenario.responses, free.targets) == ("simulated", None)
    assert load_case(write("", "mine.yaml", head), {"responses": "simulated"}).hash == free.hash


@pytest.mark.parametrize("default", ["recorded", "simulated"])
def test_the_default_holds_where_a_record_says_what_states_did(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, default: str
) -> None:
    monkeypatch.setattr(loading, "DEFAULT_RESPONSES", default)
    bare_record(tmp_path / "bare")
    alone = "world: indo_pacific\nrecord: null\nuntil: 2012-12\n"
    assert load_scenario("history").responses == default
    assert load_scenario(write("record: ./bare\n")).responses == "simulated"
    assert (
        load_scenario(write(alone, head="title: A title\nquestion: A question?\n")).responses == "simulated"
    )


def test_recorded_responses_need_a_record_of_them(write: Write, refused: Refused, tmp_path: Path) -> None:
    folder = bare_record(tmp_path / "bare")
    lacking = "that says what states did; write 'simulated', or leave this out"
    path = write("record: ./bare\nresponses: recorded\n")
    assert refused(path) == f"{path}:5: responses: {folder} has no responses.csv {lacking}"
    path = write(
        "world: indo_pacific\nuntil: 2012-12\nresponses: recorded\n",
        head="title: A title\nquestion: A question?\n",
    )
    assert refused(path) == f"{path}:5: responses: there is no record {lacking}"
    assert "--set: responses: there is no record" in refused(
        write("record: null\nbranch: 2010-01\n"), responses="recorded"
    )


def test_no_other_word_says_what_states_do(write: Write, refused: Refused) -> None:
    path = write("responses: recordet\n")
    line = "responses: 'recordet' is not one of recorded, simulated; did you mean 'recorded'?"
    assert refused(path) == f"{path}:4: {line}"


def test_reactions_are_those_of_states_unless_a_document_says_otherwise(write: Write) -> None:
    assert load_scenario("history").reactions == "states"
    write("reactions: all\n", "base.yaml")
    head = HEAD.replace("history", "base")
    assert load_scenario(write("", "mine.yaml", head)).reactions == "all"
    assert load_scenario(write("reactions: none\n", "own.yaml", head)).reactions == "none"
    assert load_scenario(write("", "mine.yaml", head), {"reactions": "none"}).reactions == "none"


def test_who_reacts_is_part_of_the_hash(write: Write) -> None:
    path = write("")
    assert len({load_case(path, {"reactions": who}).hash for who in ("none", "states", "all")}) == 3
    assert load_case(path, {"reactions": "states"}).hash == load_case(path).hash


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("state", "'state' is not one of all, states, none; did you mean 'states'?"),
        ("hub", "'hub' is not one of all, states, none"),
    ],
)
def test_nobody_else_reacts(write: Write, refused: Refused, said: str, line: str) -> None:
    path = write(f"reactions: {said}\n")
    assert refused(path) == f"{path}:4: reactions: {line}"
    assert refused("history", reactions=said) == f"--set: reactions: {line}"


def test_a_scenario_without_its_record_cannot_be_resolved_as_recorded() -> None:
    scenario = load_scenario("history", {"responses": "recorded"}).model_copy(update={"record": None})
    with pytest.raises(InputError, match=r"^scenario history has no record, so its responses cannot be"):
        resolve(scenario)


@pytest.mark.parametrize("table", TABLES)
def test_a_bad_target_is_named_and_only_where_it_is_read(
    write: Write, refused: Refused, tmp_path: Path, table: str
) -> None:
    folder = bare_record(tmp_path / "mine")
    for name in TABLES:
        shutil.copy(data_root() / "records" / "indo_pacific" / name, folder)
    (folder / table).write_text("no table\n", encoding="utf-8")
    path = write("record: ./mine\n")
    assert refused(path, responses="recorded").startswith(f"{folder / table}:1: ")
    free = load_case(path, {"responses": "simulated"})
    assert free.hash == load_case("history", {"responses": "simulated"}).hash


@pytest.mark.parametrize("table", TABLES)
def test_the_hash_knows_targets_only_where_they_are_read(write: Write, tmp_path: Path, table: str) -> None:
    folder = bare_record(tmp_path / "mine")
    for name in TABLES:
        shutil.copy(data_root() / "records" / "indo_pacific" / name, folder)
    path = write("record: ./mine\n")

    def hashes() -> tuple[str, str]:
        return (
            load_case(path, {"responses": "simulated"}).hash,
            load_case(path, {"responses": "recorded"}).hash,
        )

    free, recorded = hashes()
    assert free != recorded
    assert recorded == load_case("history", {"responses": "recorded"}).hash
    lines = (folder / table).read_text(encoding="utf-8").splitlines()
    (folder / table).write_text("\n".join(lines[:-1]) + "\n", encoding="utf-8")
    assert hashes()[0] == free
    assert hashes()[1] != recorded


# --- the options of --set ----------------------------------------------------------------------------------------


def test_set_options_come_last() -> None:
    texts = {
        "until": "2030-12",
        "report": "2020-01,2030-12",
        "parameters": "prior",
        "parameters.step_rate": "0.2",
        "levers.compliance": "0",
        "strategies.CHN.punitiveness": "0",
        "strategies.CHN.targets": "KOR,JPN",
        "strategies.USA.plan": "lattice",
    }
    mine = load_scenario("history", parsed_settings(texts))
    assert (mine.until, mine.report) == ("2030-12", ("2020-01", "2030-12"))
    assert (mine.parameters.source, mine.parameters.values) == ("prior", {"step_rate": 0.2})
    assert mine.levers == {"compliance": 0.0}
    assert mine.strategies["CHN"].coefficients == {"punitiveness": 0.0}
    assert mine.strategies["CHN"].targets == ("KOR", "JPN")
    assert mine.strategies["USA"].plan == "lattice"


def test_a_set_branch_moves_what_starts_at_the_branch() -> None:
    mine = load_scenario("thaad-without-punishment", {"branch": "2016-02"})
    assert [edit.selector.start for edit in mine.edits if edit.selector] == ["2027-01", "2016-02"]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("untill", "2030-12", "--set: untill: unknown key 'untill'; allowed are asks, branch,"),
        ("edits", "[]", "--set: edits: unknown key 'edits'"),
        ("title", "x", "--set: title: unknown key"),
        ("until", "soon", "--set: until: 'soon' is not a month"),
        ("until", "2009-01", "--set: until: 2009-01 is before 2010-01"),
        ("levers", "0", "--set: levers: write levers.NAME=VALUE"),
        ("strategies.CHN", "charm", "--set: strategies.CHN: write strategies.CODE.KEY=VALUE"),
        ("until.x", "2030-12", "--set: until.x: write until=VALUE"),
        ("levers.complience", "0", "--set: levers.complience: unknown lever"),
        ("levers.compliance", "nan", "--set: levers.compliance: must be a number, not text ('nan')"),
        ("levers.compliance", ".inf", "--set: levers.compliance: .inf is not a finite number"),
        ("levers.compliance", "1e999", "--set: levers.compliance: 1e999 is not a finite number"),
        ("levers.compliance", "9" * 400, "has more than 15 digits"),
        (
            "parameters",
            "pryor",
            "--set: parameters: unknown source of parameters 'pryor'; allowed are ",
        ),
        ("parameters.step_rat", "1", "unknown parameter 'step_rat'"),
        ("strategies.CHN.punitivness", "1", "unknown key"),
        ("strategies.IND.plan", "charm", "'IND' cannot have a strategy"),
        ("branch", "2030-01", "--set: branch: 2030-01 leaves a gap after the record"),
        ("", "x", "unknown key ''"),
    ],
)
def test_bad_set_options(refused: Refused, key: str, value: str, message: str) -> None:
    assert message in refused("history", **{key: value})


# --- the resolved scenario ---------------------------------------------------------------------------------------


def test_a_resolved_scenario_loads_to_itself(write: Write) -> None:
    text = (
        "branch: 2016-07\nparameters: {source: prior, values: {step_rate: 0.2}}\nlevers: {compliance: 0}\n"
        "ties:\n- {a: JPN, b: KOR, weight: -1, source: x}\n"
        "strategies:\n  CHN: {plan: charm, delivery: 0.5, targets: [KOR]}\n"
        "edits:\n- drop: {kind: coercion}\n- scale: {kind: offer, by: 0.5, to: 2020-01}\n- shift: {id: S020, months: 3}\n"
        + AN_OFFER.replace("edits:\n", "")
    )
    mine = load_scenario(write(text))
    again = load_scenario(write(mine.to_yaml(), "again/mine.yaml", head=""))
    assert again == mine
    assert resolve(again).hash == resolve(mine).hash
    assert Scenario.model_validate(mine.plain()) == mine


@pytest.mark.parametrize(
    ("text", "head"),
    [
        (AN_OFFER, HEAD.replace("A title", "Another")),
        (AN_OFFER, HEAD.replace("A question", "Another")),
        ("name: other\nbasis: elsewhere\n" + AN_OFFER, HEAD),
        (AN_OFFER.replace("title: x, source: y", "title: z, source: w"), HEAD),
        ("# a comment\n" + AN_OFFER, HEAD),
    ],
)
def test_the_hash_does_not_know_words(write: Write, text: str, head: str) -> None:
    plain = load_case(write(AN_OFFER)).hash
    assert load_case(write(text, head=head)).hash == plain


@pytest.mark.parametrize(
    "text",
    [
        AN_OFFER.replace("0.5", "0.6"),
        AN_OFFER.replace("2026-01", "2026-02"),
        AN_OFFER + "until: 2034-12\n",
        AN_OFFER + "report: [2030-12]\n",
        AN_OFFER + "levers: {compliance: 0}\n",
        AN_OFFER + "parameters: prior\n",
        AN_OFFER + "strategies:\n  CHN: {punitiveness: 0}\n",
        AN_OFFER + "ties:\n- {a: JPN, b: KOR, weight: 0, source: x}\n",
        "",
    ],
)
def test_the_hash_knows_every_number(write: Write, text: str) -> None:
    plain = load_case(write(AN_OFFER)).hash
    assert load_case(write(text)).hash != plain


def test_the_hash_knows_the_content_of_the_world(write: Write, tmp_path: Path) -> None:
    text = (data_root() / "worlds" / "indo_pacific.yaml").read_text("utf-8")
    here = write(text, "here.yaml", "")
    path = write("world: ./here.yaml\n")
    assert load_case(path).hash == load_case("history").hash
    here.write_text(text.replace("weight: 0.3", "weight: 0.4"), "utf-8")
    assert load_case(path).hash != load_case("history").hash


def test_the_hash_is_short_hexadecimal() -> None:
    history = load_scenario("history")
    assert len(resolve(history).hash) == 64
    assert int(resolve(history).hash, 16) >= 0
    assert resolve(history).short == resolve(history).hash[:8]


# --- parameters from a calibration -------------------------------------------------------------------------------


def calibration(folder: Path, value: float = 1.0) -> Path:
    """A posterior of two rivals in which every draw is the same."""
    draws = {rival: pd.DataFrame({"alert_coercion": [value] * 3}) for rival in ("main", "other")}
    write_posterior(folder, draws, {"weights": {"main": 0.5, "other": 0.5}})
    return folder


@pytest.mark.parametrize("word", ["posterior", "stacked", "other"])
def test_a_posterior_is_named_beside_the_file_and_its_hash_is_kept(
    write: Write, tmp_path: Path, word: str
) -> None:
    folder = calibration(tmp_path / "mine")
    path = write(f"parameters: {{source: {word}, posterior: mine}}\n")
    mine = load_scenario(path)
    assert (mine.parameters.source, mine.parameters.posterior) == (word, str(folder))
    assert mine.parameters.posterior_sha256 == read_posterior(folder).sha256
    again = load_scenario(write(mine.to_yaml(), "deep/again.yaml", ""))
    assert (again, resolve(again).hash) == (mine, resolve(mine).hash)


def test_the_hash_of_a_scenario_follows_the_draws_and_not_their_folder(write: Write, tmp_path: Path) -> None:
    path = write("parameters: other\n")
    one, same, other = (
        load_case(path, posterior=calibration(tmp_path / name, value)).hash
        for name, value in (("one", 1.0), ("same", 1.0), ("other", 2.0))
    )
    assert one == same != other
    assert load_case(path, {"parameters": "main"}, tmp_path / "one").hash != one


def test_an_option_names_a_posterior_from_outside(write: Write, tmp_path: Path) -> None:
    folder = calibration(tmp_path / "elsewhere" / "mine")
    named = load_scenario(write("until: 2030-12\n", "deep/mine.yaml"), posterior=folder).parameters
    assert (named.source, named.posterior) == ("posterior", str(folder))
    assert load_scenario("history", {"parameters": "stacked"}, folder).parameters.source == "stacked"
    assert load_scenario(write("parameters: other\n"), posterior=folder).parameters.source == "other"
    for place, option in (("--set", "--posterior"), ("", "posterior")):
        with pytest.raises(InputError, match=rf"^{option}: the parameters are set to 'prior'"):
            load_case("history", {"parameters": "prior"}, folder, place=place)


def test_another_posterior_than_the_one_it_ran_with_is_refused(write: Write, tmp_path: Path) -> None:
    one, other = calibration(tmp_path / "one"), calibration(tmp_path / "other", 2.0)
    text = load_scenario("history", posterior=one).to_yaml()
    path = write(text, "deep/kept.yaml", "")
    assert load_case(path).hash == load_case(path, posterior=one).hash
    with pytest.raises(InputError, match=r"other: posterior hash mismatch: found \w{8}, expected \w{8}"):
        load_scenario(path, posterior=other)
    calibration(one, 3.0)
    with pytest.raises(InputError, match=r"one: posterior hash mismatch: found \w{8}, expected \w{8}"):
        load_scenario(path)


def test_a_posterior_that_is_not_there_or_has_no_such_rival_is_named(
    write: Write, refused: Refused, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.scenario.loading.posterior_root", lambda: tmp_path / "none")
    path = write("parameters: stacked\n")
    assert (
        refused(path)
        == f"{path}:4: parameters: 'stacked' needs a posterior and none comes with this copy; name one with --posterior FOLDER"
    )
    assert refused("history", parameters="shock").startswith(
        "--set: parameters: unknown source of parameters 'shock'"
    )
    calibration(tmp_path / "mine")
    path = write("parameters: {source: othr, posterior: mine}\n")
    assert refused(path).endswith(
        "allowed are default, main, other, posterior, prior, stacked; did you mean 'other'?"
    )
    (tmp_path / "mine" / "other.parquet").write_bytes(b"x")
    path = write("parameters: {source: other, posterior: mine}\n")
    assert refused(path).endswith("other.parquet: damaged: its checksum differs from the manifest's")


def test_what_ships_needs_no_name(write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = calibration(tmp_path / "shipped")
    for module in ("sim.scenario.loading", "sim.scenario.posterior"):
        monkeypatch.setattr(f"{module}.posterior_root", lambda: shipped)
    mine = load_scenario(write("parameters: posterior\n"))
    assert (mine.parameters.posterior, mine.parameters.posterior_sha256) == (
        "",
        read_posterior(shipped).sha256,
    )
    assert resolve(mine).hash != load_case("history", {"parameters": "default"}).hash
