"""Tables of evidence: what is read, what is refused, and where the error says it is."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.io import csv_tables as tables
from sim.io.csv_tables import Column, check_unique, read_table

COLUMNS = (
    Column("code", tables.pattern("[A-Z]{3}", "three capital letters")),
    Column("when", tables.month),
    Column("size", tables.number(-1, 1, step=0.1)),
    Column("note", tables.optional(tables.text, "")),
)
GOOD = 'code,when,size,note\nAUS,2010-01,0.3,\n"JPN",2011-12,-1.0,"two, parts"\n'


def written(folder: Path, content: str | bytes) -> Path:
    path = folder / "table.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_table(path, COLUMNS)
    return str(caught.value).removeprefix(f"{path}")


def test_values_are_parsed_and_rows_know_their_line(tmp_path: Path) -> None:
    first, second = read_table(written(tmp_path, GOOD), COLUMNS)
    assert first.values == {"code": "AUS", "when": 24120, "size": 0.3, "note": ""}
    assert (second["note"], second["size"], second.line) == ("two, parts", -1.0, 3)


def test_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    path = written(tmp_path, "note,size,when,code\nn,0.1,2010-01,AUS\n")
    assert read_table(path, COLUMNS)[0]["code"] == "AUS"


def test_a_column_that_is_not_required_may_be_missing(tmp_path: Path) -> None:
    columns = (*COLUMNS, Column("since", tables.optional(tables.month), required=False))
    old, new = GOOD, "code,when,size,note,since\nAUS,2010-01,0.3,,2009-12\n"
    assert [row["since"] for row in read_table(written(tmp_path, old), columns)] == [None, None]
    assert read_table(written(tmp_path, new), columns)[0]["since"] == 24119


def test_windows_line_ends_and_byte_order_mark_are_read(tmp_path: Path) -> None:
    path = written(tmp_path, b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert [row.line for row in read_table(path, COLUMNS)] == [2, 3]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", ":1: the table is empty; its first row names the columns"),
        ("code,when,size\n", ":1: note: the column is missing"),
        (
            "code,when,size,notes\n",
            ":1: notes: unknown column; allowed are code, when, size, note; did you mean",
        ),
        ("code,code,when,size,note\n", ":1: code: the column is named twice"),
        (GOOD + "AUS,2010-01,0.3\n", ":4: the row has 3 fields, the header has 4"),
        (GOOD + "aus,2010-01,0.3,\n", ":4: code: 'aus' is not allowed; write three capital letters"),
        (GOOD + "AUS,2010-13,0.3,\n", ":4: when: '2010-13' has no such month"),
        (
            GOOD + "AUS,2010-01,0.35,\n",
            ":4: size: '0.35' is not allowed; write a number from -1 to 1 in steps",
        ),
        (GOOD + "AUS,2010-01,1.1,\n", ":4: size: '1.1' is not allowed"),
        (GOOD + "AUS,2010-01,nan,\n", ":4: size: 'nan' is not a number"),
        (GOOD + "AUS,2010-01,inf,\n", ":4: size: 'inf' is not a number"),
        (GOOD + "AUS,2010-01,much,\n", ":4: size: 'much' is not a number"),
        (GOOD + "AUS,2010-01,0.1,a\tb\n", ":4: note: holds a control character"),
        ('code,when,size,note\nAUS,2010-01,0.1,"a\nb"\nX', ":2: note: holds a control character"),
        (GOOD + 'AUS,2010-01,0.1,"open', ":4: not a well-formed table"),
        (GOOD.encode() + b"AUS,2010-01,0.1,\xff\n", ":4: not UTF-8 text"),
        (GOOD + "AUS,2010-01,0.1,\0\n", ":4: a binary file"),
    ],
)
def test_a_bad_table_is_refused_with_its_place(tmp_path: Path, content: str | bytes, expected: str) -> None:
    assert refusal(written(tmp_path, content)).startswith(expected)


def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    assert "there is no such file" in refusal(tmp_path / "missing.csv")
    assert "this is a folder" in refusal(tmp_path)


def test_large_files_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    with path.open("wb") as handle:
        handle.truncate(50_000_000)
    assert refusal(path) == ": the file has 50,000,000 bytes; at most 8,000,000 are allowed"


def test_repeats_are_refused_with_the_earlier_line(tmp_path: Path) -> None:
    rows = read_table(written(tmp_path, GOOD + "AUS,2010-01,0.4,again\n"), COLUMNS)
    check_unique(rows, "code", "size")
    with pytest.raises(InputError, match=r":4: code: AUS is already on line 2"):
        check_unique(rows, "code")


@settings(max_examples=200, deadline=None)
@given(
    content=st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: (GOOD + text).encode()))
)
def test_any_bytes_give_rows_or_one_clear_line(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = written(tmp_path_factory.getbasetemp(), content)
    try:
        rows = read_table(path, COLUMNS)
    except InputError as error:
        line = str(error)
        if not line.startswith(str(path)) or "\n" in line:
            raise
    else:
        assert all(set(row.values) == {"code", "when", "size", "note"} for row in rows)


@pytest.mark.parametrize(
    ("parse", "good", "value", "bad"),
    [
        (tables.flag, "1", True, "2"),
        (tables.year, "2016", 2016, "16"),
        (tables.whole(1, 3), "3", 3, "4"),
        (tables.whole(1, 3), "1", 1, "1.0"),
        (tables.word("a", "b"), "a", "a", "c"),
        (tables.known({"AUS"}, "state"), "AUS", "AUS", "AUX"),
        (tables.optional(tables.flag), "", None, "x"),
        (tables.text, "words", "words", "  "),
    ],
)
def test_parsers(parse: tables.Parser, good: str, value: object, bad: str) -> None:
    assert parse(good) == value
    with pytest.raises(ValueError, match=r"write|allowed|must not|there are"):
        parse(bad)
