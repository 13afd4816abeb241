"""Characters that a terminal or a page obeys, markup, numbers that are none: refused on the way in, or shown as they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from typer.testing import CliRunner

from calibration.hypotheses.rivals import REFERENCE
from calibration.report.page import _page
from sim.cli import app
from sim.errors import InputError, code_point, invisible_character, one_line
from sim.scenario.loading import load_scenario
from sim.scenario.record import load_leaders, load_stimuli
from sim.scenario.targets import load_opinion, load_responses, load_trade
from sim.scenario.world import World, load_world
from tests.fuzz.conftest import refusal
from tests.small_world import make_scenario, make_world

OBEYED = {
    "escape": "\x1b[2J", "control sequence": "\x9b31m", "bell": "\x07", "backspace": "\b", "delete": "\x7f", "nul": "\0",
    "carriage return": "over\rwritten", "tab": "\t", "line separator": "\u2028", "right-to-left override": "\u202e",
    "right-to-left isolate": "\u2067", "right-to-left mark": "\u200f", "letter mark": "\u061c", "no width": "\u200b",
    "word joiner": "\u2060", "byte order mark": "\ufeff", "soft hyphen": "\xad", "tag": "\U000e0041", "no character": "\uffff",
    "annotation": "\ufff9", "next line": "\x85",
}  # fmt: skip
SHOWN = (
    "Tōkyō · 東京",
    "[red]bold[/red]",
    "[/]",
    "<script>alert(1)</script>",
    "$\\frac{",
    "{0} %s",
    "فارسی نمی\u200cشود",
    "👩\u200d🚀",
    "&lt;",
)
obeyed = pytest.mark.parametrize("character", OBEYED.values(), ids=OBEYED.keys())

TABLES: dict[str, tuple[str, Callable[[Path], object]]] = {
    "record/stimuli.csv": ("an act", lambda path: load_stimuli(path.parent)),
    "record/leaders.csv": ("Leader of 2001-01", lambda path: load_leaders(path.parent)),
    "record/responses.csv": ("An act", lambda path: load_responses(path.parent)),
    "record/opinion.csv": ("Somebody", lambda path: load_opinion(path.parent)),
    "record/trade.csv": ("made for a test", lambda path: load_trade(path.parent)),
}
"""Table -> text for people that stands in it, and its loader."""


def spoilt(path: Path, old: str, new: str) -> Path:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_bytes(text.replace(old, new, 1).encode("utf-8", "surrogatepass"))
    return path


# --- what is refused on the way in -------------------------------------------------------------------------------


@obeyed
@pytest.mark.parametrize("name", TABLES)
def test_a_table_with_a_character_that_is_obeyed_is_refused(place: Path, name: str, character: str) -> None:
    old, load = TABLES[name]
    path = spoilt(place / name, old, f'"{old}{character}"')
    with pytest.raises(InputError) as caught:
        load(path)
    assert Path(name).name in refusal(caught)


@obeyed
@pytest.mark.parametrize("quoted", [False, True])
@pytest.mark.parametrize(("file", "key"), [("scenario.yaml", "title"), ("world.yaml", "title")])
def test_a_file_with_a_character_that_is_obeyed_is_refused(
    place: Path, file: str, key: str, quoted: bool, character: str
) -> None:
    text = f"x{character}x"
    said = '"' + "".join(f"\\U{ord(c):08X}" for c in text) + '"' if quoted else text
    path = place / file
    lines = [
        f"{key}: {said}" if line.startswith(f"{key}:") else line for line in path.read_text().splitlines()
    ]
    path.write_bytes("\n".join(lines).encode())
    with pytest.raises(InputError) as caught:
        load_scenario(place / "scenario.yaml")
    assert file in refusal(caught)


@obeyed
def test_a_scenario_or_world_made_in_python_has_no_such_character(character: str) -> None:
    text = f"x{character}x"
    if text.split() == [text]:
        with pytest.raises(ValidationError, match="holds the character"):
            make_scenario(title=text)
    else:
        assert invisible_character(make_scenario(title=text).title) is None
    told = make_world().model_dump(mode="json")
    for changed in ({"title": text}, {"units": {"x": text}}, {"sources": {text: "x"}}):
        with pytest.raises(ValidationError, match="holds the character"):
            World.model_validate(told | changed)


@pytest.mark.parametrize("text", SHOWN)
def test_other_text_is_kept_as_it_is(place: Path, text: str) -> None:
    assert make_scenario(title=text).title == text
    told = yaml.safe_load((place / "world.yaml").read_text()) | {"title": text}
    (place / "world.yaml").write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")
    assert load_world(place / "world.yaml").title == text


@given(st.text())
def test_one_line_is_refused_only_for_what_cannot_be_seen(text: str) -> None:
    hidden = invisible_character(text)
    if hidden is None and "\n" not in text:
        assert one_line(text) == text
        assert len(text.splitlines()) <= 1
    else:
        named = code_point(hidden[0] if hidden else "\n").replace("+", r"\+")
        with pytest.raises(ValueError, match=f"holds the character {named};"):
            one_line(text)


@given(st.characters(categories=["Cc", "Zl", "Zp", "Cs"]))
def test_every_control_character_is_unseen_but_the_line_feed(character: str) -> None:
    assert (invisible_character(character) is None) == (character == "\n")


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_line_ends_of_either_sort_are_read(place: Path, end: str) -> None:
    for name in ("scenario.yaml", "world.yaml", "base.yaml", *TABLES):
        text = (place / name).read_text(encoding="utf-8")
        (place / name).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", end).encode())
    assert load_scenario(place / "scenario.yaml").title == "A quiet sea"
    for name, (_, load) in TABLES.items():
        load(place / name)


NUMBERS = (
    "nan",
    "NaN",
    ".nan",
    "inf",
    "-inf",
    "Infinity",
    "1e400",
    "1e3",
    "9" * 5000,
    "0x1",
    "1_0",
    "\uff11",
    "\u0663",
    "true",
    "",
    " 1",
    "1,5",
    "=1+1",
)


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("record/stimuli.csv", "CHA,AAA,punishment,trade,{}"),
        ("record/leaders.csv", "Leader of 2001-01,{}"),
        ("record/responses.csv", "R001,2000-05,AAA,{}"),
        ("record/opinion.csv", "view,{}"),
        ("record/trade.csv", "exports,CHA,21.5,{}"),
    ],
)  # fmt: skip
def test_a_number_of_a_table_that_is_none_is_refused(place: Path, name: str, row: str, number: str) -> None:
    text = (place / name).read_text(encoding="utf-8")
    before, _, after = text.partition(row.removesuffix("{}"))
    assert after
    rest = after[after.index(",") :]
    (place / name).write_text(before + row.format(f'"{number}"') + rest, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        TABLES[name][1](place / name)
    assert Path(name).name in refusal(caught)


@pytest.mark.parametrize(
    "value",
    [
        "true",
        "'0.5'",
        ".nan",
        "-.inf",
        "1e400",
        "9" * 5000,
        "null",
        "[]",
        "{}",
        "0x10",
        "1_000",
        "1:30",
        "yes",
    ],
)
@pytest.mark.parametrize(
    "key",
    [
        "levers: {{compliance: {}}}",
        "ties: [{{a: AAA, b: BBB, weight: {}, source: x}}]",
        "parameters: {{values: {{step_memory: {}}}}}",
    ],
)
def test_a_number_of_a_scenario_that_is_none_is_refused(place: Path, key: str, value: str) -> None:
    (place / "mine.yaml").write_text(f"title: x\nquestion: x\nextends: base\n{key.format(value)}\n")
    with pytest.raises(InputError, match=r"mine\.yaml:4") as caught:
        load_scenario(place / "mine.yaml")
    refusal(caught)


# --- what goes out -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["[red]x[/red]", "[/]", "[link=file:///etc]x[/link]", ":smile:", "<b>x</b>", "\\[x]"]
)
def test_markup_in_a_title_is_shown_and_not_obeyed(
    place: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    title = yaml.safe_dump(text).strip().removesuffix("...").strip()
    (place / "mine.yaml").write_text(f"title: {title}\nquestion: x\nextends: base\n", encoding="utf-8")
    monkeypatch.chdir(place)
    result = CliRunner().invoke(app, ["check", "mine.yaml"], prog_name="wedge")
    assert result.exit_code == 0, result.stderr
    assert f"  {text}\n" in result.stdout


@pytest.mark.parametrize("name", ["a\x1b[2J.yaml", "a\udcff.yaml", "a\u202e.yaml", "a\n.yaml"])
@pytest.mark.parametrize("option", [(), ("--json",)])
def test_the_name_of_a_checked_file_is_printed_with_nothing_that_is_obeyed(
    place: Path, monkeypatch: pytest.MonkeyPatch, name: str, option: tuple[str, ...]
) -> None:
    (place / name).write_text("title: x\nquestion: x\nextends: base\nname: x\n")
    monkeypatch.chdir(place)
    result = CliRunner().invoke(app, ["check", name, *option], prog_name="wedge")
    assert isinstance(result.exception, SystemExit | None)
    assert invisible_character(result.stdout + result.stderr) is None
    assert len(result.stderr.splitlines()) <= 1


def test_markup_in_a_report_is_shown_and_not_obeyed() -> None:
    script = "<script>alert(1)</script>"
    entry = {"parameters": {script: {"scale_reduction": 1.0, "error": 0.1}}}
    entry |= {
        "log_evidence": 1.0,
        "log_evidence_error": 0.1,
        "evaluations": 1,
        "acceptance": 0.5,
        "unsettled": 0,
    }
    about = dict.fromkeys(("scenario", "seed", "draws", "evidence", "code"), f"'\"{script}")
    columns = (
        "prior_q50",
        "prior_q05",
        "prior_q95",
        "q50",
        "q05",
        "q95",
        "ratio",
        "scale_reduction",
        "error",
    )
    row = {"rival": REFERENCE, "parameter": script, "block": "trade", "unit": script, "learned": "partly"}
    table = pd.DataFrame([row | dict.fromkeys(columns, 0.5)]).set_index(["rival", "parameter"])
    fitted = SimpleNamespace(rival=REFERENCE, samples={"trade": None})
    fits = {REFERENCE: {"trade": entry}, script: {"trade": entry}}
    page = _page(fitted, table, about | {"fits": fits}, [])
    assert "<script" not in page
    assert page.count("&lt;script&gt;") >= 8
