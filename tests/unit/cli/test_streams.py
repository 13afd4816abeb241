"""Streams that cannot show everything: same meaning, no traceback."""

import codecs
import io
import sys

import pytest

from sim.cli.streams import plain, prepare, say


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("cp1252", "-0.5 -> +0.5 ± 5–95 % Tokyo \\u6771"),
        ("latin-1", "-0.5 -> +0.5 ± 5-95 % Tokyo \\u6771"),
        ("ascii", "-0.5 -> +0.5 +/- 5-95 % Tokyo \\u6771"),
        ("utf-8", "−0.5 → +0.5 ± 5–95 % Tōkyō 東"),
    ],
)
def test_what_a_stream_cannot_show_keeps_its_meaning(
    monkeypatch: pytest.MonkeyPatch, encoding: str, shown: str
) -> None:
    stdout = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr("sys.stdout", stdout)
    prepare()
    say("−0.5 → +0.5 ± 5–95 % Tōkyō 東")
    assert stdout.buffer.getvalue().decode(encoding) == f"{shown}\n"


def test_half_a_character_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr("sys.stdout", stdout)
    prepare()
    say("a\udc80b")
    assert stdout.buffer.getvalue() == b"a\\udc80b\n"


def test_a_closed_stream_is_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    prepare()
    say("nobody reads this")
    sys.stdout.close()


def test_it_only_encodes() -> None:
    codecs.register_error("wedge.plain", plain)
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("ascii", "wedge.plain")
