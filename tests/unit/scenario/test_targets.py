"""The targets: what they hold, and that a bad row is named by file, line and column."""

import csv
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.months import month_number
from sim.scenario.record import load_record
from sim.scenario.targets import load_opinion, load_responses, load_targets, load_trade
from sim.scenario.world import load_world
from tests.places import ROOT

RECORD = ROOT / "scenarios" / "records" / "indo_pacific"
WORLD = load_world("indo_pacific")
DOCUMENTED = load_record(RECORD, WORLD)
IDS = {stimulus.id: stimulus for stimulus in DOCUMENTED.stimuli}


def copied(folder: Path, name: str, line: int, old: str, new: str) -> Path:
    """A copy of one table with one change in one line."""
    lines = (RECORD / name).read_text(encoding="utf-8").splitlines()
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new, 1)
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def with_row(folder: Path, row: str, decided: str = "", presupposes: str = "") -> Path:
    """The first row of the responses, and one more: ``id,date,state,direction,institution,answers``."""
    lines = (RECORD / "responses.csv").read_text(encoding="utf-8").splitlines()[:2]
    number, date, state, direction, institution, answers = row.split(",")
    cells = [
        number,
        date,
        state,
        direction,
        "treaty_upgrade",
        institution,
        "1",
        "0",
        "0",
        answers,
        "public",
        "known",
    ]
    lines.append(",".join([*cells, "A title", "A document", decided, presupposes]))
    (folder / "responses.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_responses_are_whole_and_answer_known_stimuli() -> None:
    responses = load_responses(RECORD, WORLD, DOCUMENTED)
    assert len(responses) == 343
    assert {response.state for response in responses} == set(WORLD.codes)
    assert Counter(response.direction for response in responses).keys() == {-1, 0, 1}
    first, last = month_number("2010-01"), month_number("2024-07")
    assert all(first <= response.date <= last for response in responses)


def test_an_answer_names_an_act_upon_the_same_state() -> None:
    answers = [(response, IDS[response.answers]) for response in load_responses(RECORD) if response.answers]
    assert len(answers) > 100
    assert all(stimulus.target in (response.state, "ALL") for response, stimulus in answers)


def test_membership_steps_are_not_read_off_into_the_record() -> None:
    """The institution of an offer was coded from the offer: some that were opened nobody joined."""
    joined = {(response.state, response.institution) for response in load_responses(RECORD)}
    opened = {
        (row.target, row.institution) for row in IDS.values() if row.institution and row.target != "ALL"
    }
    assert opened - joined


def test_opinion_is_about_the_two_powers() -> None:
    opinion = load_opinion(RECORD)
    assert {point.target for point in opinion} == {WORLD.hub, WORLD.challenger}
    assert {point.state for point in opinion} <= set(WORLD.codes)
    assert max(point.last for point in opinion) <= month_number("2024-07")
    korea = next(
        p for p in opinion if (p.state, p.date, p.target, p.pollster) == ("KOR", "2017", "CHN", "Pew")
    )
    assert (korea.favourable, korea.value, korea.unit) == (33.4, -28.0, "net_pct")
    assert (korea.first, korea.last) == (month_number("2017-01"), month_number("2017-12"))


def test_a_monthly_poll_spans_its_month() -> None:
    poll = next(
        point
        for point in load_opinion(RECORD)
        if point.date == "2012-05" and point.target == WORLD.challenger
    )
    assert (poll.value, poll.first, poll.last) == (-36.0, month_number("2012-05"), month_number("2012-05"))


def test_an_unlisted_partner_is_censored() -> None:
    trade = {(row.state, row.year, row.flow, row.partner): row for row in load_trade(RECORD)}
    row = trade["BGD", 2005, "exports", "CHN"]
    assert (row.share, row.smallest_listed) == (None, 6.4)
    assert trade["AUS", 2009, "exports", "CHN"].share == 21.81
    assert {row.state for row in trade.values()} == set(WORLD.codes)


def test_every_row_names_its_source() -> None:
    assert all(response.reference and ".txt" not in response.reference for response in load_responses(RECORD))
    assert all(point.source for point in (*load_opinion(RECORD), *load_trade(RECORD)))


def test_the_codebook_counts_its_sources_right() -> None:
    page = (RECORD / "codebook.md").read_text(encoding="utf-8").split("## Sources of the targets")[1]
    counts = [
        int(count.replace(",", "")) for count in re.findall(r"^\| `.*?\| ([\d,]+) \|", page, re.MULTILINE)
    ]
    pew = sum(point.measure == "net_favourability" for point in load_opinion(RECORD))
    assert counts == [
        len(load_responses(RECORD)),
        pew,
        len(load_opinion(RECORD)) - pew,
        len(load_trade(RECORD)),
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (",JPN,1,", ",JPN,2,", "direction: '2' is not allowed; write a whole number from -1 to 1"),
        (",treaty_upgrade,", ",treaty_upgrad,", "kind: 'treaty_upgrad' is not allowed"),
        ("2015-04", "2015-04-27", "date: '2015-04-27' is not a month"),
        ("us_japan_alliance,2", "us_japan_alliance,4", "weight: '4' is not allowed"),
        ("S056", "S960", "answers: no stimulus S960"),
        ("R001", "R002", "id: R002 is already on line 2"),
    ],
)
def test_a_bad_response_is_named(tmp_path: Path, old: str, new: str, expected: str) -> None:
    folder = copied(tmp_path, "responses.csv", 2, old, new)
    line = 3 if "already" in expected else 2
    with pytest.raises(InputError) as caught:
        load_responses(folder, WORLD, DOCUMENTED)
    assert str(caught.value).startswith(f"{folder / 'responses.csv'}:{line}: {expected}")


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("R900,2012-12,JPN,1,,S056", "date: 2012-12 is before S056 opens, 2013-01"),
        (
            "R900,2015-04,JPN,0,,S056",
            "direction: declines S056 in the month in which R001 on line 2 accepts it",
        ),
        ("R900,2009-12,JPN,1,,", "date: 2009-12 lies outside the record, 2010-01 to 2024-07"),
    ],
)
def test_an_answer_that_cannot_be_is_named(tmp_path: Path, row: str, expected: str) -> None:
    folder = with_row(tmp_path, row)
    with pytest.raises(InputError) as caught:
        load_responses(folder, WORLD, DOCUMENTED)
    assert str(caught.value) == f"{folder / 'responses.csv'}:3: {expected}"


@pytest.mark.parametrize(
    "row",
    [
        "R900,2015-04,JPN,1,,S056",  # two steps of one chain
        "R900,2015-05,JPN,0,,S056",  # a change of mind
        "R900,2012-08,KOR,1,,S020",  # before S020 begins, which is no offer
    ],
)
def test_a_second_answer_is_no_contradiction(tmp_path: Path, row: str) -> None:
    assert load_responses(with_row(tmp_path, row), WORLD, DOCUMENTED)[1].id == "R900"


@pytest.mark.parametrize(
    ("row", "decided", "presupposes", "expected"),
    [
        ("R900,2022-03,JPN,1,,", "2022-3", "", "decided: '2022-3' is not a month"),
        ("R900,2022-03,JPN,1,,", "2022-04", "", "decided: 2022-04 is not before the act, 2022-03; leave it empty"),
        ("R900,2022-03,JPN,1,,", "2022-03", "", "decided: 2022-03 is not before the act, 2022-03; leave it empty"),
        (
            "R900,2010-03,JPN,1,,", "2009-11", "",
            "decided: 2009-11 is before the record, which starts in 2010-01; leave it empty",
        ),
        ("R900,2022-03,JPN,1,,", "", "S952", "presupposes: no stimulus S952"),
        ("R900,2022-01,JPN,1,,", "", "S052", "presupposes: S052 begins in 2022-02, after this row, 2022-01"),
        (
            "R900,2023-03,JPN,1,,S056", "", "S052",
            "presupposes: the row answers the offer S056; only that offer may presuppose S052",
        ),
    ],
)  # fmt: skip
def test_a_decision_or_a_presupposition_that_cannot_be_is_named(
    tmp_path: Path, row: str, decided: str, presupposes: str, expected: str
) -> None:
    folder = with_row(tmp_path, row, decided, presupposes)
    with pytest.raises(InputError) as caught:
        load_responses(folder, WORLD, DOCUMENTED)
    assert str(caught.value).startswith(f"{folder / 'responses.csv'}:3: {expected}")


def test_what_is_decided_and_presupposed_is_read() -> None:
    rows = {row.id: row for row in load_responses(RECORD, WORLD, DOCUMENTED)}
    law, war = rows["R020"], rows["R077"]
    assert (law.decided, law.decision) == (month_number("2017-12"), month_number("2017-12"))
    assert (war.decided, war.decision, war.presupposes) == (None, war.date, "S052")
    assert IDS[rows["R273"].presupposes].presupposes == "S052", "the treaty, by way of the offer of it"


def test_responses_without_the_later_columns_are_read(tmp_path: Path) -> None:
    with (RECORD / "responses.csv").open(encoding="utf-8", newline="") as file:
        rows = [row[:-2] for row in csv.reader(file)]
    with (tmp_path / "responses.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    read = load_responses(tmp_path, WORLD, DOCUMENTED)
    assert len(read) == 343
    assert {(row.decided, row.presupposes) for row in read} == {(None, "")}


def test_polls_and_trade_may_be_missing(tmp_path: Path) -> None:
    shutil.copy(RECORD / "responses.csv", tmp_path)
    whole, bare = load_targets(RECORD, WORLD, DOCUMENTED), load_targets(tmp_path, WORLD, DOCUMENTED)
    assert bare.responses == whole.responses
    assert (bare.opinion, bare.trade) == ((), ())
    assert (len(whole.opinion), len(whole.trade)) == (411, 2166)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("43.0,pct", "143.0,pct", "value: '143.0' is not allowed"),
        ("43.0,pct", "-43.0,pct", "value: -43 is not allowed; pct runs 0 to 100"),
        ("43.0,pct", "43.0,percent", "unit: 'percent' is not allowed"),
        ("pct,,,", "pct,40,,", "unfavourable: give both favourable and unfavourable or neither"),
        ("pct,,,", "pct,50,10,", "value: is not favourable less unfavourable"),
        ("2018", "2018-13", "date: '2018-13' is not allowed"),
    ],
)
def test_a_bad_opinion_is_named(tmp_path: Path, old: str, new: str, expected: str) -> None:
    folder = copied(tmp_path, "opinion.csv", 2, old, new)
    with pytest.raises(InputError) as caught:
        load_opinion(folder)
    assert str(caught.value).startswith(f"{folder / 'opinion.csv'}:2: {expected}")


def test_a_share_cannot_be_under_the_smallest_printed(tmp_path: Path) -> None:
    folder = copied(tmp_path, "trade.csv", 2, "9.2,4.2", "3.2,4.2")
    with pytest.raises(InputError, match=r"trade.csv:2: share: below the smallest share printed, 4.2"):
        load_trade(folder)
