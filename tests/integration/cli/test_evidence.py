"""``wedge evidence``: filters, sources, JSON and refusals, through the command line."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sim.cli import app
from sim.io.library import THEATRE, record_folder

runner = CliRunner()


def listed(*arguments: str) -> dict[str, Any]:
    result = runner.invoke(app, ["evidence", *arguments, "--json"])
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def refused(*arguments: str) -> str:
    result = runner.invoke(app, ["evidence", *arguments])
    assert result.exit_code == 2
    assert result.stdout == ""
    return result.stderr


def test_punishment_of_australia_since_2017() -> None:
    found = listed("--state", "AUS", "--kind", "punishment", "--from", "2017")
    assert [row["id"] for row in found["rows"]] == ["S027", "S028"]
    assert (found["table"], found["total"], found["shown"]) == ("stimuli", 2, 2)
    assert found["rows"][0]["start"] == "2018-03"


def test_the_table_for_people_prints_each_source() -> None:
    result = runner.invoke(app, ["evidence", "--state", "AUS", "--kind", "punishment", "--from", "2017"])
    assert result.exit_code == 0
    words = " ".join(result.stdout.split())
    assert "S028" in words
    assert "Reuters factbox" in words
    assert "2 of 2 rows" in words


def test_rows_about_all_states_are_kept() -> None:
    rows = listed("--state", "MNG", "--kind", "shock")["rows"]
    assert {row["target"] for row in rows} == {"ALL"}


def test_an_act_that_goes_on_is_found_in_a_later_year() -> None:
    rows = listed("--state", "JPN", "--kind", "coercion", "--from", "2016", "--to", "2016-06")["rows"]
    assert [row["id"] for row in rows] == ["S005"]  # the presence round the Senkakus since 2012


def test_senders_and_limits() -> None:
    found = listed("--sender", "PRK", "--limit", "3")
    assert (found["shown"], len(found["rows"])) == (3, 3)
    assert found["total"] > 3
    assert {row["sender"] for row in found["rows"]} == {"PRK"}


@pytest.mark.parametrize(
    ("table", "total", "source"),
    [
        ("stimuli", 310, "reference"),
        ("leaders", 78, "reference"),
        ("responses", 343, "reference"),
        ("opinion", 411, "source"),
        ("trade", 2166, "source"),
    ],
)
def test_every_table_is_listed_whole_with_sources(table: str, total: int, source: str) -> None:
    found = listed(table)
    assert found["total"] == found["shown"] == total
    assert all(row[source] for row in found["rows"])
    shown = runner.invoke(app, ["evidence", table]).stdout
    assert f"25 of {total} rows; --limit {total} shows all" in shown
    assert "source" in shown


def test_months_are_written_as_months() -> None:
    law = next(row for row in listed("responses", "--state", "AUS")["rows"] if row["id"] == "R020")
    assert (law["date"], law["decided"], law["presupposes"]) == ("2018-06", "2017-12", "")


def test_an_unlisted_trade_partner_is_shown_as_a_bound() -> None:
    arguments = ["trade", "--state", "BGD", "--kind", "exports", "--from", "2005", "--to", "2005"]
    assert "< 6.4 %" in runner.invoke(app, ["evidence", *arguments]).stdout
    assert listed(*arguments)["rows"][0]["share"] is None


def test_another_record_is_listed(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(record_folder(THEATRE), tmp_path / "mine"))
    for table, name in (("stimuli", "S001"), ("responses", "R001")):
        lines = (folder / f"{table}.csv").read_text(encoding="utf-8").splitlines()
        (folder / f"{table}.csv").write_text("\n".join(lines[:2]) + "\n", encoding="utf-8")
        assert [row["id"] for row in listed(table, "--record", str(folder))["rows"]] == [name]
    assert listed("--record", THEATRE) == listed()


def test_nothing_found_is_no_error() -> None:
    assert listed("--state", "BGD", "--kind", "punishment")["rows"] == []
    assert (
        runner.invoke(app, ["evidence", "--state", "BGD", "--kind", "punishment"]).stdout == "0 of 0 rows\n"
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("leader",), "table 'leader'"),
        (("leader",), "leaders, opinion, responses, stimuli, trade; did you mean 'leaders'?"),
        (("--record", "indo_pacifc"), "no such folder of a record; did you mean 'indo_pacific'?"),
        (("--state", "AUX"), "stimuli --state: "),
        (("--state", "AUX"), "state 'AUX'; allowed are AUS, BGD,"),
        (("--state", "aus"), "did you mean 'AUS'?"),
        (("--kind", "punishmnt"), "did you mean 'punishment'?"),
        (("--sender", "CHM"), "sender 'CHM'; allowed are CHN, JPN, NATO, PRK, RUS, USA; did you mean 'CHN'?"),
        (("leaders", "--kind", "coercion"), "--kind: the table leaders has no kind"),
        (("trade", "--sender", "CHN"), "--sender: the table trade has no sender"),
        (("--from", "2016-13"), "--from: '2016-13' has no such month"),
        (("--to", "soon"), "--to: "),
        (("--from", "2018", "--to", "2017"), "--to: 2017 is before --from 2018"),
        (("--state", "\x1b[31m"), "state '\\x1b[31m'"),
    ],
)
def test_a_wrong_question_gets_one_clear_line(arguments: tuple[str, ...], expected: str) -> None:
    message = refused(*arguments)
    assert message.startswith("error: ")
    assert message.count("\n") == 1
    assert expected in message
