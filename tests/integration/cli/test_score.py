"""``wedge score``: another theatre through the command line, what it writes, and what it refuses."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from calibration.hypotheses.priors import BLOCKS, values_of
from sim.model.parameters import PARAMETERS
from sim.scenario.posterior import write_posterior
from sim.scenario.targets import RESPONSE_COLUMNS
from tests.integration.cli.answers import Wedge, said, told
from tests.small_world import LEADER_COLUMNS, STIMULUS_COLUMNS

NAMES = [name for block in BLOCKS.values() for name in block if name in PARAMETERS]
ACTS = """
S001 1936-03 1936-04 DEU FRA coercion 0.6
S002 1936-07 1938-06 DEU ROU offer 0.4
S003 1937-02 1937-02 GBR PRT offer 0.5
S004 1938-05 1938-09 DEU CSK coercion 1.0
S005 1938-10 1938-12 DEU CSK coercion 0.8
S006 1939-01 1939-03 DEU POL coercion 0.7
S007 1938-03 1938-12 DEU ALL shock 0.5
S008 1939-04 1939-04 GBR ROU offer 0.6
S009 1939-04 1939-04 GBR POL offer 0.6
S010 1937-06 1937-12 DEU HUN offer 0.3
S011 1938-11 1938-12 DEU YUG accommodation 0.3
S012 1936-05 1936-08 GBR GRC offer 0.2
"""
STEPS = """
R001 1936-06 FRA 1
R002 1936-11 PRT 1
R003 1937-04 ROU -1
R004 1937-09 YUG -1
R005 1938-06 CSK 1
R006 1938-11 HUN -1
R007 1939-01 FRA 1
R008 1939-03 POL 1
R009 1939-04 ROU 1 S008
R010 1939-04 POL 1 S009
R011 1937-05 PRT 1 S003
R012 1939-05 GRC 1
"""


def write(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(columns), restval="")
        writer.writeheader()
        writer.writerows(rows)


@pytest.fixture
def posterior(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("draws") / "posterior"
    z = 0.3 * np.random.default_rng(2).standard_normal((20, len(NAMES)))
    write_posterior(folder, {"backlash": pd.DataFrame(values_of(z, NAMES), columns=NAMES)}, {})
    return folder


@pytest.fixture
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Europe in the late 1930s as a dozen acts and steps, coded for this test and for nothing else."""
    folder = tmp_path_factory.mktemp("europe")
    acts = []
    for row in ACTS.split("\n")[1:-1]:
        name, start, end, sender, target, kind, intensity = row.split()
        domain = {"shock": "war", "offer": "treaty"}.get(kind, "military")
        opened = "sender" if kind == "offer" else ""
        who = {"id": name, "start": start, "end": end, "sender": sender, "target": target, "kind": kind}
        about = {"domain": domain, "intensity": intensity, "opened_by": opened, "circular": 0}
        acts.append(
            who | about | {"basis": "public", "check": "known", "title": "an act", "reference": "a test"}
        )
    steps = []
    for row in STEPS.split("\n")[1:-1]:
        name, date, state, direction, *answers = row.split()
        who = {"id": name, "date": date, "state": state, "direction": direction, "answers": "".join(answers)}
        about = {
            "kind": "statement",
            "weight": 1,
            "mass": 0,
            "binding": 0,
            "basis": "public",
            "check": "known",
        }
        steps.append(who | about | {"title": "a step", "reference": "a test"})
    write(folder / "stimuli.csv", STIMULUS_COLUMNS, acts)
    write(folder / "leaders.csv", LEADER_COLUMNS, [])
    write(folder / "extent.csv", ("first", "last"), [{"first": "1936-01", "last": "1939-08"}])
    write(folder / "responses.csv", [column.name for column in RESPONSE_COLUMNS], steps)
    return folder


def test_another_theatre_is_scored(wedge: Wedge, tmp_path: Path, tables: Path, posterior: Path) -> None:
    words = ("score", "--world", "europe_1936", "--record", tables, "--posterior", posterior)
    answer = told(wedge(*words, "--from", "1938-01", "--json"))
    assert (answer["model"], answer["scored"]) == ("backlash", str(tables))
    rows = {(row["stream"], row["score"], row["baseline"]): row for row in answer["scores"]}
    steps = rows["steps", "log score", "constant"]
    assert steps["split"] == "from 1938-01"
    assert steps["cases"] == 2 * steps["states"] * 4
    assert steps["gain"] == pytest.approx(steps["value"] - steps["baseline_value"])
    brier = rows["steps", "Brier score", "trend"]
    assert brier["gain"] == pytest.approx(brier["baseline_value"] - brier["value"])
    assert ("offers", "log score", "constant") in rows
    assert {row["verdict"] for row in answer["scores"]} <= {"better", "worse", "cannot tell"}
    assert {row["level"] for row in answer["coverage"]} == {0.5, 0.9}
    assert list(tmp_path.iterdir()) == []


def test_the_table_for_people_says_who_wins_and_what_was_scored(
    wedge: Wedge, tmp_path: Path, tables: Path, posterior: Path
) -> None:
    words = ("score", "--world", "europe_1936", "--record", tables, "--posterior", posterior)
    result = wedge(*words, "--out", "scores")
    assert result.exit_code == 0, result.stderr
    for text in (
        "from 1938-01",
        "constant",
        "backlash is worse than",
        "from the middle of the record",
        "at or after the first month",
    ):
        assert text in result.stdout.replace("\n", " ")
    cases = pd.read_csv(tmp_path / "scores" / "cases.csv")
    table = pd.read_csv(tmp_path / "scores" / "scores.csv")
    own = cases[(cases["model"] == "backlash") & (cases["stream"] == "steps")]
    row = table[(table["stream"] == "steps") & (table["score"] == "log score")].iloc[0]
    assert own["log"].mean() == pytest.approx(row["value"], rel=1e-4)
    assert sorted(path.name for path in (tmp_path / "scores").iterdir()) == [
        "cases.csv",
        "coverage.csv",
        "scores.csv",
    ]


def test_a_world_or_month_without_a_record_is_refused(wedge: Wedge, tmp_path: Path, posterior: Path) -> None:
    for option in (("--world", "europe_1936"), ("--from", "2020-01")):
        result = wedge("score", *option, "--posterior", posterior)
        assert result.exit_code == 2
        assert f"{option[0]}: needs a record to score" in said(result)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "expected"),
    [
        ("responses.csv", "R005,1938-06,CSK", "R005,1938-06,CSX", "responses.csv:6: state: no state CSX"),
        (
            "responses.csv",
            "R005,1938-06",
            "R005,1940-06",
            "responses.csv:6: date: 1940-06 lies outside the record",
        ),
        ("responses.csv", "R005", "R004", "responses.csv:6: id"),
        ("responses.csv", "direction", "way", "responses.csv:1"),
        ("stimuli.csv", ",1.0,", ",7,", "stimuli.csv:5: intensity"),
        ("stimuli.csv", ",1.0,", ",strong,", "stimuli.csv:5: intensity"),
        ("stimuli.csv", "CSK,coercion", "CSX,coercion", "stimuli.csv:5: target"),
        ("extent.csv", "1936-01", "1937-01", "extent.csv:2: first"),
    ],
)
def test_bad_tables_are_one_line(
    wedge: Wedge, tmp_path: Path, tables: Path, posterior: Path, file: str, old: str, new: str, expected: str
) -> None:
    text = (tables / file).read_text(encoding="utf-8")
    assert old in text
    (tables / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    words = (
        "score",
        "--world",
        "europe_1936",
        "--record",
        tables,
        "--posterior",
        posterior,
        "--out",
        "scores",
    )
    result = wedge(*words)
    assert result.exit_code == 2
    assert expected in said(result)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--from", "1938"), "--from: '1938' is not a month"),
        (("--from", "1940-01"), "--from: 1940-01 is after the record ends, 1939-08"),
        (("--world", "europe_1937"), "did you mean 'europe_1936'?"),
        (("--record", "nowhere"), "nowhere: there is no such folder of a record"),
        (("--posterior", "nowhere"), "nowhere: there is no such folder of a posterior"),
    ],
)
def test_bad_options_are_one_line(
    wedge: Wedge, tmp_path: Path, tables: Path, posterior: Path, words: tuple[str, ...], expected: str
) -> None:
    usual = {"--world": "europe_1936", "--record": tables, "--posterior": posterior}
    given = usual | dict(zip(words[::2], words[1::2], strict=True))
    result = wedge("score", *(word for pair in given.items() for word in pair))
    assert result.exit_code == 2
    assert expected in said(result)
    assert list(tmp_path.iterdir()) == []


def test_without_a_posterior_there_is_nothing_to_score(
    wedge: Wedge, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sim.io.library.posterior_root", lambda: tmp_path / "none")
    result = wedge("score")
    assert result.exit_code == 2
    assert said(result) == "error: no posterior comes with this copy; name one with --posterior FOLDER"
