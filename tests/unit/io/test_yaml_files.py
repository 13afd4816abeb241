"""Text that is not plain data is refused before anything looks at what it means."""

import os
import string
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sim.errors import InputError
from sim.io.yaml_files import MAX_BYTES, as_yaml, dotted, read_yaml, scalar


def read(tmp_path: Path, text: str | bytes) -> object:
    path = tmp_path / "file.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_yaml(path)[0]


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{after}: &{after} [{', '.join(['*' + before] * 9)}]\n"
    for before, after in zip("abcdefgh", "bcdefghi", strict=True)
)

BAD = {
    "empty": ("", "file.yaml:1: the file is empty"),
    "only a comment": ("# nothing\n", "file.yaml:1: the file is empty"),
    "null": ("---\n", "the file is empty"),
    "a list": ("- 1\n", "file.yaml:1: the file must hold keys and values"),
    "a word": ("\nword\n", "file.yaml:2: the file must hold keys and values"),
    "tab to indent": ("a:\n\tb: 1\n", "file.yaml:2:1: tab character; use spaces"),
    "tab inside": ("a: 1\nb:\t2\n", "file.yaml:2:3: tab character; use spaces"),
    "duplicate key": ("a: 1\nb: 2\na: 3\n", "file.yaml:3:1: a: this key already stands on line 1"),
    "duplicate key deep": (
        "a:\n  b: 1\n  b: 2\n",
        "file.yaml:3:3: a.b: this key already stands on line 2",
    ),
    "alias bomb": (BOMB, "file.yaml:1:4: a: anchor &a is not allowed; write the value out"),
    "alias": ("a: *x\n", "file.yaml:1:4: a: alias *x is not allowed"),
    "merge key": ("a: 1\nb:\n  <<: *a\n", "file.yaml:3:7: b.<<: alias *a is not allowed"),
    "anchor on a key": ("&x a: 1\n", "file.yaml:1:1: anchor &x is not allowed"),
    "python tag": ("a: !!python/object/apply:os.system [ls]\n", "file.yaml:1:4: a: tag tag:yaml.org,2002"),
    "string tag": ("a: !!str 1\n", "file.yaml:1:4: a: tag tag:yaml.org,2002:str is not allowed"),
    "two documents": ("a: 1\n---\nb: 2\n", "file.yaml:2:1: a second document starts here"),
    "deep list": ("a: " + "[" * 5000 + "\n", "file.yaml:1:24: a[0][0]: nested more than 20 levels deep"),
    "deep mapping": (
        "".join(" " * i + "a:\n" for i in range(40)),
        "a.a.a: nested more than 20 levels deep",
    ),
    "many nodes": ("a: [" + "1," * 30_000 + "]\n", "more than 20,000 keys and values"),
    "nan": ("a: .nan\n", "file.yaml:1:4: a: .nan is not a finite number"),
    "nan in capitals": ("a: .NaN\n", "a: .NaN is not a finite number"),
    "infinity": ("a:\n- 1\n- -.inf\n", "file.yaml:3:3: a[1]: -.inf is not a finite number"),
    "overflow": ("a: 1e999\n", "file.yaml:1:4: a: 1e999 is not a finite number"),
    "huge integer": ("a: " + "9" * 6000 + "\n", "has more than 15 digits"),
    "escape code": ("a: \x1b[31m\n", "file.yaml:1:4: control character U+001B; remove it"),
    "escaped escape code": ('a: "\\e[31m"\n', "file.yaml:1:4: a: control character U+001B; remove it"),
    "escaped null": ('a: "\\0"\n', "file.yaml:1:4: a: control character U+0000; remove it"),
    "control character in a key": ('"\\a": 1\n', "file.yaml:1:1: a key holds a control character"),
    "right-to-left override": ("a: \u202e\n", "file.yaml:1:4: control character U+202E"),
    "next line": ("a: 1\u0085b: 2\n", "control character U+0085"),
    "line separator": ("a: 1\u2028b: 2\n", "control character U+2028"),
    "null byte": (b"a: 1\nb: \0\n", "file.yaml:2: this is a binary file; write UTF-8 text"),
    "utf-16": ("a: 1\n".encode("utf-16"), "this is a binary file"),
    "binary": (b"\n\n\x89PNG\xff\xfe", "file.yaml:3: byte 0x89 is not UTF-8"),
    "latin-1": ("a: K\xf6ln\n".encode("latin-1"), "file.yaml:1: byte 0xf6 is not UTF-8"),
    "open bracket": ("a: [1,\nb: 2\n", "not valid YAML"),
    "open quote": ("a: 'x\n", "not valid YAML"),
    "colon in a value": ("a: b: c\n", "file.yaml:1:5: not valid YAML"),
    "bad indent": ("a:\n   b: 1\n  c: 2\n", "file.yaml:3:"),
    "list as a key": ("? [1]\n: 2\n", "a key must be a word"),
    "no key": ("?\n: 2\n", "a key must be a word"),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD.keys())
def test_bad_text_is_refused_in_one_line_with_its_place(
    tmp_path: Path, text: str | bytes, message: str
) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, text)
    line = str(caught.value)
    assert message in line
    assert line.isprintable()
    assert str(tmp_path) in line


def test_a_missing_file_names_its_neighbour(tmp_path: Path) -> None:
    (tmp_path / "quiet-sea.yaml").write_text("a: 1\n")
    with pytest.raises(
        InputError, match=r"quiet-see.yaml: there is no such file; did you mean 'quiet-sea.yaml'\?"
    ):
        read_yaml(tmp_path / "quiet-see.yaml")


def test_a_missing_folder_is_no_such_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no such file"):
        read_yaml(tmp_path / "nowhere" / "file.yaml")


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="this is a folder; name a file in it"):
        read_yaml(tmp_path)


def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="not a regular file"):
        read_yaml(tmp_path / "pipe")


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    with path.open("wb") as handle:
        handle.truncate(50_000_000)
    with pytest.raises(InputError, match=r"the file has 50,000,000 bytes; at most 1,000,000 are allowed"):
        read_yaml(path)


def test_the_largest_file_allowed_is_read(tmp_path: Path) -> None:
    text = "a: 1\n#"
    assert read(tmp_path, text + "x" * (MAX_BYTES - len(text))) == {"a": 1}
    with pytest.raises(InputError, match="1,000,001 bytes"):
        read(tmp_path, text + "x" * (MAX_BYTES - len(text) + 1))


@pytest.mark.parametrize("name", ["nul\0byte", "x" * 5000])
def test_an_impossible_path_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError) as caught:
        read_yaml(tmp_path / name)
    assert str(caught.value).isprintable()


def test_words_stay_words(tmp_path: Path) -> None:
    text = "a: no\nb: 2016-07\nc: 010\nd: 1_000\ne: 0x10\nf: 12:30\ng: 2016-07-01\nh: ''\ni: '5'\nj: on\n"
    assert read(tmp_path, text) == {
        "a": "no",
        "b": "2016-07",
        "c": "010",
        "d": "1_000",
        "e": "0x10",
        "f": "12:30",
        "g": "2016-07-01",
        "h": "",
        "i": "5",
        "j": "on",
    }


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    assert read(tmp_path, b"\xef\xbb\xbfa: 1\r\nb: 2\r\n") == {"a": 1, "b": 2}


def test_positions_are_those_of_keys_and_items(tmp_path: Path) -> None:
    path = tmp_path / "file.yaml"
    path.write_text("# comment\na:\n  - b: 1\n    c: 2\n  - 3\n")
    _, positions = read_yaml(path)
    assert positions == {
        (): (2, 1),
        ("a",): (2, 1),
        ("a", 0): (3, 5),
        ("a", 0, "b"): (3, 5),
        ("a", 0, "c"): (4, 5),
        ("a", 1): (5, 5),
    }


def test_key_paths_read_as_written() -> None:
    assert dotted(("edits", 0, "drop", "kind")) == "edits[0].drop.kind"
    assert dotted(()) == ""


WORDS = st.text(string.ascii_letters + string.digits + " äß日-_.,!?", max_size=20)
DATA = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**14), 10**14)
    | st.floats(allow_nan=False, allow_infinity=False)
    | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS.filter(bool), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=60)
@example(
    {"a": "1e5", "b": "nan", "c": "true", "d": "010", "e": "~", "f": "9" * 20, "g": ".inf", "h": "2016-07"}
)
@given(st.dictionaries(WORDS.filter(bool), DATA, min_size=1, max_size=4))
def test_plain_data_survives_a_round_trip(tmp_path_factory: pytest.TempPathFactory, data: dict) -> None:
    path = tmp_path_factory.mktemp("round") / "file.yaml"
    path.write_text(as_yaml(data), "utf-8")
    assert read_yaml(path)[0] == data


def read_or_refused(path: Path) -> str:
    """The line with which a file is refused; empty if it is read."""
    try:
        assert isinstance(read_yaml(path)[0], dict)
    except InputError as error:
        return str(error)
    return ""


@settings(max_examples=60)
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_in_one_line(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    path = tmp_path_factory.mktemp("bytes") / "file.yaml"
    path.write_bytes(raw)
    assert read_or_refused(path).isprintable()


@settings(max_examples=100)
@given(st.text(string.printable + "äé\u2028", max_size=80))
def test_any_text_is_read_or_refused_in_one_line(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.mktemp("text") / "file.yaml"
    path.write_text(text, "utf-8")
    assert read_or_refused(path).isprintable()


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_written_number_is_the_number(value: float) -> None:
    assert scalar(repr(value)) == value
