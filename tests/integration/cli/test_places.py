"""``wedge evidence --use``: the answer first, counts by place, and each row with its reason."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from sim.io.library import THEATRE, record_folder
from tests.integration.cli.answers import Wedge, said
from tests.small_world import act, club, make_world, write_record, write_world


def listed(wedge: Wedge, *words: object) -> dict[str, Any]:
    result = wedge("evidence", "--use", *words, "--json")
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def test_the_answer_comes_first_and_everything_fits(wedge: Wedge) -> None:
    lines = wedge("evidence", "--use").stdout.splitlines()
    assert lines[0].startswith(
        "All 300 directed rows have a place: 136 unprompted, 64 initiative, 47 answer,"
    )
    assert max(map(len, lines)) <= 80
    assert [line.split()[:5] for line in lines if line.startswith("pinned")] == [
        ["pinned", "19", "13", "6", "0"]
    ]
    assert len(lines) < 24


def test_all_lists_each_row_with_its_reason(wedge: Wedge) -> None:
    result = wedge(
        "evidence", "responses", "--use", "--all", "--state", "AUS", "--from", "2021-04", "--to", "2023-03"
    )
    lines = result.stdout.splitlines()
    assert lines[0].startswith("All 7 directed rows have a place")
    assert max(map(len, lines)) <= 80
    row = next(line.split() for line in lines if line.startswith("R113"))
    assert row == "R113 2023-03 AUS +1 x 2 pinned S065 follows: R024 has accepted S065".split()
    assert lines[-1] == "7 of 7 rows"


def test_counts_and_rows_for_machines(wedge: Wedge) -> None:
    found = listed(wedge, "--limit", "2")
    assert (found["table"], found["total"], found["shown"], len(found["rows"])) == ("responses", 343, 2, 2)
    assert sum(found["places"].values()) == 343
    assert found["answer"].startswith("All 300 directed rows have a place")
    assert found["rows"][0] == {
        "id": "R001", "date": "2015-04", "state": "JPN", "direction": 1, "weight": 2, "place": "initiative",
        "role": "accepts", "offer": "S056", "why": "asked for by JPN",
    }  # fmt: skip


def test_a_record_of_another_world(wedge: Wedge, tmp_path: Path) -> None:
    world = write_world(tmp_path, make_world(clubs=[club("open")]))
    folder = Path(write_record(tmp_path, [act("offer", 3, 5, sender="HUB", opened_by="target")]))
    header = (record_folder(THEATRE) / "responses.csv").read_text(encoding="utf-8").splitlines()[0]
    header = header.removesuffix(",decided,presupposes")
    rows = [
        "R001,2000-05,AAA,1,arms,,1,0,0,S001,public,known,An act,A document",
        "R002,2000-06,BBB,0,arms,,1,0,0,,public,known,An act,A document",
    ]
    (folder / "responses.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    found = listed(wedge, "--world", world, "--record", folder)
    assert found["answer"] == (
        "One directed row has a place: 1 initiative. Without a direction: 0 decline an offer, 1 out."
    )
    assert listed(wedge, "--world", world, "--record", folder, "--state", "BBB")["answer"] == (
        "No row has a direction. Without a direction: 0 decline an offer, 1 out."
    )
    (folder / "responses.csv").write_text(
        f"{header}\n{rows[0]}\n".replace("2000-05", "2000-03"), encoding="utf-8"
    )
    result = wedge("evidence", "--use", "--world", world, "--record", folder)
    assert result.exit_code == 2
    assert "responses.csv:2: date: 2000-03 is before S001 opens, 2000-04" in said(result)


def test_a_damaged_record_is_one_line(wedge: Wedge, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(record_folder(THEATRE), tmp_path / "mine"))
    path = folder / "responses.csv"
    path.write_text(path.read_text(encoding="utf-8").replace(",S056,", ",S950,", 1), encoding="utf-8")
    result = wedge("evidence", "--use", "--record", folder)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "responses.csv:2: answers: no stimulus S950" in said(result)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("trade", "--use"), "--use: is about responses, not about trade"),
        (("--all",), "--all: says something only together with --use"),
        (("--world", "indo_pacific"), "--world: says something only together with --use"),
        (("--use", "--world", "indo_pacifik"), "indo_pacifik"),
        (("--use", "--state", "XXX"), "responses --state: unknown state 'XXX'"),
    ],
)
def test_a_wrong_question_gets_one_clear_line(wedge: Wedge, words: tuple[str, ...], message: str) -> None:
    result = wedge("evidence", *words)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert message in said(result)
