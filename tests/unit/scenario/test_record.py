"""The documented record: what it holds, and that a bad row is named by file, line and column."""

import itertools
from dataclasses import fields
from pathlib import Path

import pytest

from sim.errors import InputError
from sim.months import month_number, month_text
from sim.scenario.record import ALL, DOMAINS, KINDS, Stimulus, load_extent, load_leaders, load_stimuli
from sim.scenario.world import load_world
from tests.places import ROOT

FOLDER = ROOT / "scenarios" / "records" / "indo_pacific"
WORLD = load_world("indo_pacific")
STIMULI = load_stimuli(FOLDER, WORLD)
BY_ID = {stimulus.id: stimulus for stimulus in STIMULI}

STIMULI_HEADER = (FOLDER / "stimuli.csv").read_text(encoding="utf-8").splitlines()[0]
LEADERS_HEADER = (FOLDER / "leaders.csv").read_text(encoding="utf-8").splitlines()[0]
ROW = {
    "id": "S001", "start": "2016-07", "end": "2017-10", "sender": "CHN", "target": "KOR", "kind": "offer",
    "domain": "trade", "intensity": "0.4", "institution": "", "opened_by": "mutual", "circular": "0",
    "basis": "public", "check": "known", "title": "A title", "reference": "A document",
    "programme": "", "presupposes": "",
}  # fmt: skip


def folder_with(folder: Path, *rows: dict[str, str]) -> Path:
    lines = [STIMULI_HEADER, *(",".join(row[name] for name in STIMULI_HEADER.split(",")) for row in rows)]
    (folder / "stimuli.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "extent.csv").write_text("first,last\n2010-01,2024-07\n", encoding="utf-8")
    return folder


def test_the_record_is_whole() -> None:
    assert len(STIMULI) == 310
    assert len(load_leaders(FOLDER, WORLD)) == 78
    assert load_extent(FOLDER) == (month_number("2010-01"), month_number("2024-07"))
    assert {stimulus.kind for stimulus in STIMULI} == set(KINDS)
    assert {stimulus.domain for stimulus in STIMULI} == set(DOMAINS)


def test_rows_that_the_argument_turns_on() -> None:
    thaad = BY_ID["S020"]
    assert (thaad.sender, thaad.target, thaad.kind, thaad.intensity) == ("CHN", "KOR", "punishment", 0.8)
    assert (month_text(thaad.start), month_text(thaad.end)) == ("2016-08", "2017-10")
    assert BY_ID["S060"].intensity == -0.3
    assert BY_ID["S060"].target == ALL
    assert BY_ID["S037"].intensity == 1.0


def test_every_row_can_be_traced() -> None:
    for stimulus in STIMULI:
        assert stimulus.title
        assert len(stimulus.reference) > 3
        assert ".txt" not in stimulus.reference
        assert ("news article" in stimulus.reference) == (stimulus.basis == "article"), stimulus.id


def test_offers_open_institutions_only_to_those_outside() -> None:
    opened = {stimulus.institution for stimulus in STIMULI if stimulus.institution}
    assert {"quad", "aukus", "nato_ap4", "ipef", "aiib", "bri", "brics", "sco", "rus_prk_treaty"} <= opened
    for stimulus in STIMULI:
        if stimulus.institution:
            institution = WORLD.institution(stimulus.institution)
            assert stimulus.kind == "offer"
            assert stimulus.target not in institution.members
            assert WORLD.power(stimulus.sender).side == institution.side


def test_circular_offers_are_flagged() -> None:
    named = [row for row in STIMULI if row.kind == "offer" and row.target != ALL]
    assert (len(named), sum(row.circular for row in named)) == (166, 15)


def test_the_record_holds_no_answer() -> None:
    names = {field.name for field in fields(Stimulus)}
    assert not names & {"answers", "direction", "weight", "accepted", "outcome"}


def test_onset_is_the_start_unless_a_row_was_cut() -> None:
    assert all(stimulus.onset == stimulus.start for stimulus in STIMULI)


def test_leaders_follow_each_other() -> None:
    terms = [leader for leader in load_leaders(FOLDER, WORLD) if leader.state == "KOR"]
    assert [leader.orientation for leader in terms] == [1.0, 0.5, 0.5, 0.5, 0.0, 1.0]
    assert all(a.end == b.start for a, b in itertools.pairwise(terms))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"id": "X1"}, "id: 'X1' is not allowed; write S and three digits or more"),
        ({"start": "2016-7"}, "start: '2016-7' is not a month"),
        ({"start": "2009-12"}, "start: outside the record, which runs 2010-01 to 2024-07"),
        ({"end": "2024-08"}, "end: outside the record"),
        ({"end": "2016-06"}, "end: 2016-06 is before the start, 2016-07"),
        (
            {"sender": "CHM"},
            "sender: 'CHM' is no power of this world; there are CHN, JPN, NATO, PRK, RUS, USA; did",
        ),
        ({"target": "KORE"}, "target: 'KORE' is no state of this world"),
        ({"target": "CHN"}, "target: CHN is the target of stances and of nothing else"),
        ({"kind": "stance", "opened_by": ""}, "target: CHN is the target of stances"),
        ({"kind": "punishmnt"}, "kind: 'punishmnt' is not allowed; allowed are coercion, punishment"),
        ({"domain": "sea"}, "domain: 'sea' is not allowed"),
        (
            {"intensity": "0.45"},
            "intensity: '0.45' is not allowed; write a number from -1 to 1 in steps of 0.1",
        ),
        ({"intensity": "-0.4"}, "intensity: must be 0.1 to 1; only reassurance may be negative"),
        ({"intensity": "0"}, "intensity: 0 is no act; leave the row out"),
        ({"intensity": "nan"}, "intensity: 'nan' is not a number"),
        ({"institution": "quads"}, "institution: 'quads' is no institution of this world"),
        ({"opened_by": ""}, "opened_by: an offer says who opened it: sender, target, mutual, unknown"),
        ({"kind": "coercion"}, "opened_by: only offers may have it; this row is of kind coercion"),
        (
            {"kind": "coercion", "opened_by": "", "institution": "quad"},
            "institution: only offers may have it",
        ),
        ({"kind": "coercion", "opened_by": "", "circular": "1"}, "circular: only offers may have it"),
        ({"circular": "yes"}, "circular: 'yes' is not allowed; write 0 or 1"),
        ({"basis": "rumour"}, "basis: 'rumour' is not allowed"),
        ({"reference": ""}, "reference: must not be empty"),
        ({"programme": "Summit 1"}, "programme: 'Summit 1' is not allowed; write a key"),
        (
            {"kind": "coercion", "opened_by": "", "programme": "summit"},
            "programme: only offers may have it; this row is of kind coercion",
        ),
        ({"presupposes": "R001"}, "presupposes: 'R001' is not allowed; write S and three digits or more"),
        ({"presupposes": "S011"}, "presupposes: no stimulus S011; did you mean 'S001'?"),
        ({"presupposes": "S002"}, "presupposes: S002 cannot presuppose itself"),
        (
            {"start": "2016-06", "presupposes": "S001"},
            "presupposes: S001 begins in 2016-07, after this row, 2016-06",
        ),
    ],
)
def test_a_bad_stimulus_is_named(tmp_path: Path, changes: dict[str, str], expected: str) -> None:
    folder = folder_with(tmp_path, ROW, ROW | {"id": "S002"} | changes)
    with pytest.raises(InputError) as caught:
        load_stimuli(folder, WORLD)
    assert str(caught.value).startswith(f"{folder / 'stimuli.csv'}:3: {expected}")


def test_no_circle_of_presupposed_rows(tmp_path: Path) -> None:
    rows = [
        ROW | {"id": f"S00{number}", "presupposes": f"S00{needed}"}
        for number, needed in ((1, 2), (2, 3), (3, 2))
    ]
    with pytest.raises(InputError, match=r"stimuli.csv:2: presupposes: a circle: S002 -> S003 -> S002"):
        load_stimuli(folder_with(tmp_path, *rows), WORLD)


@pytest.mark.parametrize(("column", "value"), [("sender", "USA"), ("start", "2016-08")])
def test_a_programme_has_one_sender_and_one_month(tmp_path: Path, column: str, value: str) -> None:
    first, second = ROW | {"programme": "visit"}, ROW | {"id": "S002", "target": "JPN", "programme": "visit"}
    assert [row.programme for row in load_stimuli(folder_with(tmp_path, first, second), WORLD)] == [
        "visit"
    ] * 2
    expected = (
        f"stimuli.csv:3: programme: offers of one programme share the {column}; S001 on line 2 has another"
    )
    with pytest.raises(InputError, match=expected):
        load_stimuli(folder_with(tmp_path, first, second | {column: value}), WORLD)


def test_tables_without_the_later_columns_are_read(tmp_path: Path) -> None:
    names = STIMULI_HEADER.removesuffix(",programme,presupposes").split(",")
    lines = [",".join(names), ",".join(ROW[name] for name in names)]
    (tmp_path / "stimuli.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    [row] = load_stimuli(tmp_path, WORLD)
    assert (row.programme, row.presupposes) == ("", "")


def test_shocks_near_at_hand_are_coded_alike() -> None:
    """The Solomons pact for its neighbours, the treaty of Russia and North Korea for theirs."""
    alike = {BY_ID[name].target: BY_ID[name] for name in ("S168", "S169", "S302", "S303")}
    assert alike.keys() == {"AUS", "NZL", "JPN", "KOR"}
    assert {(row.kind, row.intensity) for row in alike.values()} == {("shock", 0.4)}


def test_the_coast_guard_law_acts_on_claimants_alone() -> None:
    law = [row for row in STIMULI if row.title == BY_ID["S186"].title]
    disputed = {code for code in WORLD.codes if WORLD.states[WORLD.place[code]].dispute.value > 0}
    assert {row.target for row in law} == disputed - {"IND"}
    assert len({(row.start, row.end, row.intensity) for row in law}) == 1


def test_ids_are_unique(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"stimuli.csv:3: id: S001 is already on line 2"):
        load_stimuli(folder_with(tmp_path, ROW, ROW), WORLD)


def test_a_record_without_an_extent_or_a_world_may_hold_other_times(tmp_path: Path) -> None:
    folder = folder_with(
        tmp_path, ROW | {"start": "1936-03", "end": "1936-03", "sender": "DEU", "target": "FRA"}
    )
    (folder / "extent.csv").unlink()
    assert load_stimuli(folder)[0].start == month_number("1936-03")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (
            ["KOR,2010-01,2012-01,A,0.5,known,r", "KOR,2011-12,2013-01,B,0,known,r"],
            ":3: start: overlaps the term of A",
        ),
        (["KOR,2010-01,2024-08,A,0.5,known,r"], ":2: end: outside the record"),
        (["KOR,2010-01,2009-12,A,0.5,known,r"], ":2: end: 2009-12 is before the start"),
        (["KOR,2010-01,2012-01,A,0.4,known,r"], ":2: orientation: '0.4' is not allowed"),
        (["KRO,2010-01,2012-01,A,0.5,known,r"], ":2: state: 'KRO' is no state of this world"),
    ],
)
def test_a_bad_leader_is_named(tmp_path: Path, rows: list[str], expected: str) -> None:
    folder = folder_with(tmp_path)
    (folder / "leaders.csv").write_text("\n".join([LEADERS_HEADER, *rows]) + "\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_leaders(folder, WORLD)
    assert str(caught.value).startswith(f"{folder / 'leaders.csv'}{expected}")


def test_leaders_may_share_the_month_of_handing_over(tmp_path: Path) -> None:
    folder = folder_with(tmp_path)
    rows = ["KOR,2012-01,2013-01,B,0,known,r", "KOR,2005-01,2012-01,A,0.5,known,r"]
    (folder / "leaders.csv").write_text("\n".join([LEADERS_HEADER, *rows]) + "\n", encoding="utf-8")
    assert [leader.leader for leader in load_leaders(folder, WORLD)] == ["B", "A"]
