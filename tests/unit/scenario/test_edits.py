"""Edits as functions from rows to rows: exact small cases, then properties over random records."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.months import month_number, month_text
from sim.scenario.edits import added, apply_edits, carried_on, edited, record_id, trace_edits
from sim.scenario.record import Stimulus
from sim.scenario.schema import Add, Drop, Edit, Scale, Scenario, Shift

LAST = month_number("2024-07")


def m(text: str) -> int:
    return month_number(text)


def act(**changes: object) -> Stimulus:
    """A year of coercion, unless told otherwise."""
    row = Stimulus("S001", m("2016-01"), m("2016-12"), "CHN", "KOR", "coercion", "maritime", 0.4)
    changes = {key: m(value) if key in ("start", "end", "onset") else value for key, value in changes.items()}
    if "start" in changes and "onset" not in changes:
        changes["onset"] = changes["start"]
    return replace(row, **changes)


def scenario(*edits: Edit, **changes: object) -> Scenario:
    whole = {
        "name": "made",
        "title": "t",
        "question": "q",
        "basis": "b",
        "world": "indo_pacific",
        "record": "indo_pacific",
        "record_until": "2024-07",
        "branch": "2010-01",
        "until": "2030-12",
        "report": ("2030-12",),
        "edits": edits,
    }
    return Scenario(**(whole | changes))


def drop(**keys: str) -> Edit:
    return Edit(drop=Drop.model_validate(keys))


def scale(by: float, **keys: str) -> Edit:
    return Edit(scale=Scale.model_validate({"by": by, **keys}))


def shift(months: int, **keys: str) -> Edit:
    return Edit(shift=Shift.model_validate({"months": months, **keys}))


def spans(rows: tuple[Stimulus, ...]) -> list[tuple[str, str, str, float]]:
    return [(row.id, month_text(row.start), month_text(row.end), row.intensity) for row in rows]


# --- exact cases -------------------------------------------------------------------------------------------------


def chain() -> tuple[Stimulus, ...]:
    """A war, sanctions after it, talks on the sanctions, and something else."""
    war = act(id="S001", kind="shock", domain="war")
    sanctions = act(id="S002", start="2016-02", kind="pressure", presupposes="S001")
    talks = act(id="S003", start="2016-05", kind="accommodation", presupposes="S002")
    return war, sanctions, talks, act(id="S004", start="2016-06")


def test_what_presupposes_a_row_goes_with_it() -> None:
    rows, touched = edited(chain(), drop(kind="shock"))
    assert [row.id for row in rows] == ["S004"]
    assert touched == ("S001", "S002", "S003")
    assert edited(chain(), scale(0.0, id="S002"))[1] == ("S002", "S003")
    assert edited(chain(), scale(0.5, id="S001"))[1] == ("S001",)


def test_a_part_that_is_left_is_enough_to_stand_on() -> None:
    rows, touched = edited(chain(), drop(kind="shock", **{"from": "2016-04"}))
    assert [row.id for row in rows] == ["S001", "S002", "S003", "S004"]
    assert touched == ("S001",)


@pytest.mark.parametrize(("months", "left"), [(1, ["S001", "S002", "S003", "S004"]), (2, ["S001", "S004"])])
def test_a_row_cannot_precede_what_it_presupposes(months: int, left: list[str]) -> None:
    rows, _ = edited(chain(), shift(months, id="S001"))
    assert sorted(row.id for row in rows) == left


def test_drop_takes_the_window_out_of_a_row_and_keeps_its_age() -> None:
    rows, touched = edited((act(),), drop(kind="coercion", **{"from": "2016-04", "to": "2016-06"}))
    assert spans(rows) == [("S001", "2016-01", "2016-03", 0.4), ("S001@2016-07", "2016-07", "2016-12", 0.4)]
    assert {row.onset for row in rows} == {m("2016-01")}
    assert touched == ("S001",)
    assert {record_id(row) for row in rows} == {"S001"}


def test_drop_without_an_end_keeps_what_came_before() -> None:
    rows, _ = edited((act(),), drop(kind="coercion", **{"from": "2016-04"}))
    assert spans(rows) == [("S001", "2016-01", "2016-03", 0.4)]


def test_scale_weakens_the_window_and_nothing_else() -> None:
    rows, _ = edited((act(),), scale(0.5, id="S001", **{"from": "2016-04", "to": "2016-06"}))
    assert spans(rows) == [
        ("S001", "2016-01", "2016-03", 0.4),
        ("S001@2016-04", "2016-04", "2016-06", 0.2),
        ("S001@2016-07", "2016-07", "2016-12", 0.4),
    ]
    assert {row.onset for row in rows} == {m("2016-01")}


def test_scale_stays_within_the_codebook() -> None:
    rows = (act(), act(id="S002", kind="reassurance", intensity=-0.5))
    strong, _ = edited(rows, scale(10, sender="CHN"))
    assert [row.intensity for row in strong] == [1.0, -1.0]


def test_scale_by_nothing_takes_the_row_out() -> None:
    assert edited((act(),), scale(0, id="S001")) == edited((act(),), drop(id="S001"))


def test_an_offer_is_edited_whole_if_it_opens_in_the_window() -> None:
    offer = act(kind="offer")
    window = {"from": "2016-04", "to": "2016-06"}
    assert edited((offer,), drop(kind="offer", **window)) == ((offer,), ())
    assert edited((offer,), scale(0.5, kind="offer", **window)) == ((offer,), ())
    opens = act(kind="offer", start="2016-05", end="2020-01")
    assert edited((opens,), drop(kind="offer", **window))[0] == ()
    assert spans(edited((opens,), scale(0.5, kind="offer", **window))[0]) == [
        ("S001", "2016-05", "2020-01", 0.2)
    ]


def test_shift_moves_whole_rows_that_start_in_the_window() -> None:
    rows = (act(), act(id="S002", start="2016-06"))
    moved, touched = edited(rows, shift(3, kind="coercion", **{"from": "2016-02"}))
    assert spans(moved) == [("S001", "2016-01", "2016-12", 0.4), ("S002", "2016-09", "2017-03", 0.4)]
    assert moved[1].onset == m("2016-09")
    assert touched == ("S002",)


def test_shift_stops_at_the_branch() -> None:
    with pytest.raises(
        InputError, match="this would move S001 from 2016-01 to 2015-12, before the branch, 2016-01"
    ):
        apply_edits([act()], scenario(shift(-1, id="S001"), branch="2016-01"))


def test_a_selector_needs_every_key_to_agree() -> None:
    rows = (act(), act(id="S002", target="JPN"), act(id="S003", sender="USA"), act(id="S004", domain="air"))
    keys = {"kind": "coercion", "sender": "CHN", "target": "KOR", "domain": "maritime"}
    assert edited(rows, drop(**keys))[1] == ("S001",)
    assert edited(rows, drop(kind="coercion"))[1] == ("S001", "S002", "S003", "S004")
    assert edited(rows, drop(target="ALL"))[1] == ()


def test_a_row_aimed_at_all_is_picked_by_all_and_not_by_one_state() -> None:
    rows = (act(target="ALL"),)
    assert edited(rows, drop(target="KOR"))[1] == ()
    assert edited(rows, drop(target="ALL"))[1] == ("S001",)


def test_the_parts_of_a_cut_row_are_still_that_row() -> None:
    cut, _ = edited((act(),), drop(id="S001", **{"from": "2016-04", "to": "2016-06"}))
    assert edited(cut, drop(id="S001"))[0] == ()


def test_an_added_event_says_that_it_is_assumed() -> None:
    event = Add(
        kind="offer", sender="CHN", target="PHL", start="2020-02", end="2022-06", intensity=0.5,
        title="A railway", source="assumption: made for the test", institution="bri", domain="investment",
    )  # fmt: skip
    ((row,), touched) = edited((), Edit(add=event))
    assert touched == (row.id,)
    assert (row.start, row.end, row.onset) == (m("2020-02"), m("2022-06"), m("2020-02"))
    assert (row.sender, row.target, row.kind, row.domain, row.institution) == (
        "CHN",
        "PHL",
        "offer",
        "investment",
        "bri",
    )
    assert (row.basis, row.opened_by, row.circular) == ("scenario", "sender", False)
    assert (row.title, row.reference) == ("A railway", "assumption: made for the test")


def test_the_id_of_an_event_does_not_depend_on_its_place() -> None:
    events = [
        Add(
            kind="offer",
            sender="CHN",
            target=target,
            start="2020-02",
            end="2022-06",
            intensity=0.5,
            title="t",
            source="s",
        )
        for target in ("PHL", "KOR", "JPN")
    ]
    ids = {event.target: added(event, set()).id for event in events}
    assert len(set(ids.values())) == 3
    for order in (events, events[::-1], events[1:]):
        rows = apply_edits([], scenario(*(Edit(add=event) for event in order)))
        assert {row.target: row.id for row in rows} == {event.target: ids[event.target] for event in order}


def test_an_event_added_twice_is_there_twice() -> None:
    event = Edit(add=Add(kind="offer", sender="CHN", target="PHL", start="2020-02", end="2022-06", intensity=0.5,
                         title="t", source="s"))  # fmt: skip
    rows = apply_edits([], scenario(event, event, event))
    assert len({row.id for row in rows}) == 3


def test_what_goes_on_when_the_record_stops_goes_on_to_the_end() -> None:
    rows = (
        act(id="S001", end="2024-07"),
        act(id="S002", end="2024-06"),
        act(id="S003", kind="offer", end="2024-07"),
        act(id="S004", start="2024-07", end="2024-07"),
    )
    ends = {row.id: month_text(row.end) for row in carried_on(rows, scenario())}
    assert ends == {"S001": "2030-12", "S002": "2024-06", "S003": "2024-07", "S004": "2024-07"}


def test_a_record_cut_short_hides_what_came_after() -> None:
    rows = (act(id="S001"), act(id="S002", start="2016-07"), act(id="S003", start="2016-06", end="2017-01"))
    kept = carried_on(rows, scenario(record_until="2016-06", until="2020-12"))
    assert spans(kept) == [("S001", "2016-01", "2020-12", 0.4), ("S003", "2016-06", "2020-12", 0.4)]


def test_an_act_carried_on_can_be_ended() -> None:
    rows = apply_edits([act(end="2024-07")], scenario(drop(kind="coercion", **{"from": "2027-01"})))
    assert spans(rows) == [("S001", "2016-01", "2026-12", 0.4)]


def test_effects_name_what_each_edit_touched() -> None:
    _, effects = trace_edits([act()], scenario(drop(kind="offer"), drop(id="S001"), drop(id="S001")))
    assert [effect.rows for effect in effects] == [(), ("S001",), ()]


# --- properties --------------------------------------------------------------------------------------------------

KINDS = ("coercion", "punishment", "offer", "accommodation")
POWERS, STATES = ("CHN", "USA"), ("JPN", "KOR", "ALL")
SPANS = st.tuples(st.integers(0, 40), st.integers(0, 40)).map(
    lambda pair: (LAST - max(pair), LAST - min(pair))
)
ACTS = st.builds(
    lambda span, sender, target, kind, tenths: Stimulus(
        "S", *span, sender, target, kind, "trade", tenths / 10
    ),
    SPANS,
    st.sampled_from(POWERS),
    st.sampled_from(STATES),
    st.sampled_from(KINDS),
    st.integers(1, 10),
)
RECORDS = st.lists(ACTS, max_size=6).map(
    lambda rows: tuple(replace(row, id=f"S{number:03d}") for number, row in enumerate(rows, 1))
)
SELECTIONS = st.tuples(
    st.fixed_dictionaries({"kind": st.sampled_from(KINDS)}, optional={"sender": st.sampled_from(POWERS)})
    | st.fixed_dictionaries({"target": st.sampled_from(STATES)}, optional={"kind": st.sampled_from(KINDS)}),
    SPANS,
).map(lambda pair: pair[0] | {"from": month_text(pair[1][0]), "to": month_text(pair[1][1])})


def monthly(rows: tuple[Stimulus, ...]) -> dict[tuple[str, int], tuple[float, int]]:
    """What is done month by month: (row of the record, month) -> intensity and age."""
    return {
        (record_id(row), month): (row.intensity, month - row.onset)
        for row in rows
        for month in range(row.start, row.end + 1)
    }


def fields(keys: dict[str, str], row: Stimulus) -> bool:
    return all(getattr(row, key) == word for key, word in keys.items() if key not in ("from", "to"))


@given(RECORDS, SELECTIONS)
def test_scale_by_one_changes_nothing(record: tuple[Stimulus, ...], keys: dict[str, str]) -> None:
    assert apply_edits(record, scenario(scale(1, **keys))) == apply_edits(record, scenario())


@given(RECORDS, SELECTIONS, st.sampled_from(["drop", "scale", "shift"]))
def test_a_window_in_which_nothing_happens_changes_nothing(
    record: tuple[Stimulus, ...], keys: dict[str, str], verb: str
) -> None:
    keys = keys | {"from": month_text(LAST + 1), "to": month_text(LAST + 12)}
    edit = {"drop": drop(**keys), "scale": scale(0.5, **keys), "shift": shift(1, **keys)}[verb]
    assert edited(record, edit)[0] == edited(record, scale(1, kind="offer"))[0]


@given(RECORDS, SELECTIONS)
def test_after_a_drop_nothing_picked_happens_in_the_window(
    record: tuple[Stimulus, ...], keys: dict[str, str]
) -> None:
    first, last = m(keys["from"]), m(keys["to"])
    rows, _ = edited(record, drop(**keys))
    for row in rows:
        if fields(keys, row):
            opens_inside = first <= row.start <= last
            assert not (opens_inside if row.kind == "offer" else row.start <= last and row.end >= first)


@given(RECORDS, SELECTIONS)
def test_a_drop_leaves_every_other_month_as_it_was(
    record: tuple[Stimulus, ...], keys: dict[str, str]
) -> None:
    first, last = m(keys["from"]), m(keys["to"])
    picked = {row.id: row for row in record if fields(keys, row)}
    expected = {
        (name, month): what
        for (name, month), what in monthly(record).items()
        if name not in picked
        or not (first <= (picked[name].start if picked[name].kind == "offer" else month) <= last)
    }
    assert monthly(edited(record, drop(**keys))[0]) == expected


@given(RECORDS, SELECTIONS, st.integers(0, 20))
def test_scale_multiplies_inside_and_keeps_outside(
    record: tuple[Stimulus, ...], keys: dict[str, str], tenths: int
) -> None:
    by = tenths / 10
    inside = set(monthly(record)) - set(monthly(edited(record, drop(**keys))[0]))
    expected = {
        place: (min(1.0, intensity * by) if place in inside and by != 1 else intensity, age)
        for place, (intensity, age) in monthly(record).items()
        if by > 0 or place not in inside
    }
    assert monthly(edited(record, scale(by, **keys))[0]) == expected


@given(RECORDS, SELECTIONS, st.integers(-100, 100))
def test_shift_there_and_back_is_nothing(
    record: tuple[Stimulus, ...], keys: dict[str, str], months: int
) -> None:
    there = {key: word for key, word in keys.items() if key not in ("from", "to")}
    rows, _ = edited(record, shift(months, **there))
    assert edited(rows, shift(-months, **there))[0] == edited(record, scale(1, kind="offer"))[0]


@given(RECORDS, SELECTIONS, st.integers(-100, 100))
def test_shift_changes_when_and_nothing_else(
    record: tuple[Stimulus, ...], keys: dict[str, str], months: int
) -> None:
    moved = {row.id: row for row in edited(record, shift(months, **keys))[0]}
    for row in record:
        by = months if fields(keys, row) and m(keys["from"]) <= row.start <= m(keys["to"]) else 0
        assert moved[row.id] == replace(row, start=row.start + by, end=row.end + by, onset=row.onset + by)


@given(RECORDS, SELECTIONS, SELECTIONS)
def test_the_order_of_two_drops_does_not_matter(
    record: tuple[Stimulus, ...], one: dict[str, str], other: dict[str, str]
) -> None:
    forth = apply_edits(record, scenario(drop(**one), drop(**other)))
    back = apply_edits(record, scenario(drop(**other), drop(**one)))
    assert monthly(forth) == monthly(back)


@given(RECORDS, SELECTIONS, SELECTIONS, st.data())
def test_the_order_of_the_record_does_not_matter(
    record: tuple[Stimulus, ...], one: dict[str, str], other: dict[str, str], data: st.DataObject
) -> None:
    mixed = data.draw(st.permutations(record))
    edits = (drop(**one), scale(0.5, **other))
    assert apply_edits(mixed, scenario(*edits)) == apply_edits(record, scenario(*edits))


@given(RECORDS, SELECTIONS, SELECTIONS)
def test_edits_of_different_rows_may_come_in_any_order(
    record: tuple[Stimulus, ...], one: dict[str, str], other: dict[str, str]
) -> None:
    one, other = one | {"sender": "CHN"}, other | {"sender": "USA"}
    edits = (scale(0.5, **one), shift(7, **other))
    assert apply_edits(record, scenario(*edits)) == apply_edits(record, scenario(*edits[::-1]))


@settings(max_examples=50)
@given(RECORDS, SELECTIONS, SELECTIONS)
def test_ids_stay_unique(record: tuple[Stimulus, ...], one: dict[str, str], other: dict[str, str]) -> None:
    rows = apply_edits(record, scenario(drop(**one), scale(0.5, **other), scale(0.3, **one)))
    assert len({row.id for row in rows}) == len(rows)


@settings(max_examples=50)
@given(RECORDS, SELECTIONS)
def test_a_later_end_changes_no_earlier_month(record: tuple[Stimulus, ...], keys: dict[str, str]) -> None:
    edits = (scale(0.5, **keys),)
    near, far = (
        monthly(apply_edits(record, scenario(*edits, until=until))) for until in ("2026-12", "2035-12")
    )
    border = m("2026-12")
    assert {place: what for place, what in far.items() if place[1] <= border} == near
