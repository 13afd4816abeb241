"""Names that lead elsewhere, links, pipes, devices, huge and endless files: refused in one line, and nothing waits or is written."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from calibration.findings.external import load_cases
from sim.cli import app
from sim.errors import InputError
from sim.scenario import edits
from sim.scenario.edits import edited
from sim.scenario.loading import load_scenario
from sim.scenario.posterior import read_posterior
from sim.scenario.record import load_extent, load_leaders, load_stimuli
from sim.scenario.schema import Edit
from sim.scenario.targets import load_opinion, load_responses, load_trade
from sim.scenario.world import load_world
from tests.fuzz.conftest import refusal
from tests.integration.cli.answers import said

OUTSIDE = ("../../etc/passwd", "/etc/passwd", "..", "../place/../../x", "sub/../../x", "link/passwd", "link")
LOADERS: dict[str, Callable[[Path], object]] = {
    "scenario.yaml": load_scenario,
    "base.yaml": lambda path: load_scenario(path.with_name("scenario.yaml")),
    "world.yaml": load_world,
    "record/stimuli.csv": lambda path: load_stimuli(path.parent),
    "record/leaders.csv": lambda path: load_leaders(path.parent),
    "record/extent.csv": lambda path: load_extent(path.parent),
    "record/responses.csv": lambda path: load_responses(path.parent),
    "record/opinion.csv": lambda path: load_opinion(path.parent),
    "record/trade.csv": lambda path: load_trade(path.parent),
    "external/coercion_cases.csv": load_cases,
    "posterior/manifest.json": lambda path: read_posterior(path.parent),
    "posterior/main.parquet": lambda path: read_posterior(path.parent),
}
"""Every file that somebody may hand in, and what reads it."""
IN_FOLDERS = [name for name in LOADERS if "/" in name]
every_file = pytest.mark.parametrize("name", LOADERS)


def refused(place: Path, name: str) -> str:
    with pytest.raises(InputError) as caught:
        LOADERS[name](place / name)
    line = refusal(caught)
    assert Path(name).stem in line
    return line


def command(folder: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    """What a command said that was refused."""
    monkeypatch.chdir(folder)
    before = sorted(folder.parent.rglob("*"))
    result = CliRunner().invoke(app, list(words), prog_name="wedge")
    assert result.exit_code == 2
    assert sorted(folder.parent.rglob("*")) == before
    return said(result)


# --- files that are none -----------------------------------------------------------------------------------------


@every_file
def test_a_pipe_is_not_waited_for(place: Path, name: str) -> None:
    (place / name).unlink()
    os.mkfifo(place / name)
    assert "not a regular file" in refused(place, name)


@every_file
def test_an_endless_device_is_not_read(place: Path, name: str) -> None:
    (place / name).unlink()
    (place / name).symlink_to("/dev/zero")
    line = refused(place, name)
    assert "not a regular file" in line or "lies outside" in line


@every_file
def test_a_folder_is_no_file(place: Path, name: str) -> None:
    (place / name).unlink()
    (place / name).mkdir()
    assert "this is a folder" in refused(place, name)


@every_file
def test_a_huge_file_is_refused_unread(place: Path, name: str) -> None:
    with (place / name).open("wb") as handle:
        handle.truncate(200_000_000)
    assert "the file has 200,000,000 bytes; at most" in refused(place, name)


@every_file
@pytest.mark.parametrize(
    "content",
    [b"", b"\0" * 5000, b"\xff\xfe" + "title: x\n".encode("utf-16-le"), b"\x80", b"\xed\xa0\x80", b"{" * 50_000, b"[" * 50_000],
    ids=["empty", "nul", "utf-16", "latin-1", "surrogate", "braces", "brackets"],
)  # fmt: skip
def test_a_file_of_something_else_is_refused(place: Path, name: str, content: bytes) -> None:
    (place / name).write_bytes(content)
    refused(place, name)


@pytest.mark.parametrize("name", IN_FOLDERS)
def test_a_link_out_of_its_folder_is_refused(place: Path, name: str) -> None:
    shutil.move(place / name, place / "outside")
    (place / name).symlink_to(place / "outside")
    assert "a link that lies outside" in refused(place, name)


@pytest.mark.parametrize("name", IN_FOLDERS)
def test_a_link_within_its_folder_is_followed(place: Path, name: str) -> None:
    shutil.move(place / name, (place / name).with_name("elsewhere"))
    (place / name).symlink_to("elsewhere")
    LOADERS[name](place / name)


@every_file
def test_a_link_to_itself_is_refused(place: Path, name: str) -> None:
    (place / name).unlink()
    (place / name).symlink_to(place / name)
    with pytest.raises(InputError) as caught:
        LOADERS[name](place / name)
    refusal(caught)


@every_file
@pytest.mark.parametrize(
    "folder", ["esc\x1b[2Jape", "back\u202ewards", "csi\x9b", "two\nlines\x07", "half\udcff"]
)
def test_a_path_that_a_terminal_would_obey_is_refused(place: Path, name: str, folder: str) -> None:
    moved = place.with_name(folder)
    place.rename(moved)
    with pytest.raises(InputError, match="the path holds the character U"):
        LOADERS[name](moved / name)


@pytest.mark.parametrize("path", ["nul\0", "nul\0.yaml", "x" * 5000, "é" * 300, "x" * 300 + "/y.yaml"])
def test_an_impossible_path_is_refused_by_every_loader(path: str) -> None:
    for load in (
        load_scenario,
        load_world,
        lambda path: load_stimuli(Path(path)),
        lambda path: read_posterior(Path(path)),
    ):
        with pytest.raises(InputError) as caught:
            load(path)
        refusal(caught)
    with pytest.raises(InputError):
        load_scenario("history", posterior=Path(path))


# --- names that lead elsewhere -----------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["extends", "world", "record"])
@pytest.mark.parametrize("value", OUTSIDE)
def test_a_scenario_names_nothing_outside_its_folder(place: Path, key: str, value: str) -> None:
    (place / "link").symlink_to("/etc")
    (place / "link.yaml").symlink_to("/etc/passwd")
    base = "" if key == "extends" else "extends: base\n"
    (place / "mine.yaml").write_text(f"title: x\nquestion: x\n{base}{key}: {value}\n")
    with pytest.raises(InputError, match="lies outside") as caught:
        load_scenario(place / "mine.yaml")
    assert "mine.yaml" in refusal(caught)


@pytest.mark.parametrize("value", OUTSIDE)
def test_a_posterior_outside_the_folder_has_to_be_given_by_hand(place: Path, value: str) -> None:
    (place / "link").symlink_to("/etc")
    text = f"title: x\nquestion: x\nextends: base\nparameters: {{source: posterior, posterior: {value}}}\n"
    (place / "mine.yaml").write_text(text)
    with pytest.raises(InputError, match="lies outside"):
        load_scenario(place / "mine.yaml")


@pytest.mark.parametrize("key", ["extends", "world", "record"])
@pytest.mark.parametrize(
    "value", ["é" * 150, "x" * 299, "x" * 297 + "/y", "~root", "$HOME", "nul\\0", "CON", "base.yaml/x"]
)
def test_a_name_of_nothing_is_refused(place: Path, key: str, value: str) -> None:
    base = "" if key == "extends" else "extends: base\n"
    (place / "mine.yaml").write_text(f'title: x\nquestion: x\n{base}{key}: "{value}"\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_scenario(place / "mine.yaml")
    refusal(caught)


@pytest.mark.parametrize(
    "name", ["../x", "..", ".", ".hidden", "a/b", "/x", "-rf", "A", "a b", "x" * 61, "é", "con\\u0000"]
)
def test_the_name_of_a_scenario_is_no_path(place: Path, name: str) -> None:
    (place / "mine.yaml").write_text(
        f'title: x\nquestion: x\nextends: base\nname: "{name}"\n', encoding="utf-8"
    )
    with pytest.raises(InputError) as caught:
        load_scenario(place / "mine.yaml")
    refusal(caught)


@pytest.mark.parametrize("stem", ["..", ".hidden", "-rf", "A B", "[red]", "x" * 100])
def test_the_name_of_a_file_is_no_name_of_a_folder_unless_it_is_plain(place: Path, stem: str) -> None:
    (place / f"{stem}.yaml").write_text("title: x\nquestion: x\nextends: base\n")
    with pytest.raises(InputError, match="cannot be the scenario's name"):
        load_scenario(place / f"{stem}.yaml")


@pytest.mark.parametrize(
    "words",
    [
        ("run", "../../etc/passwd"),
        ("run", "/etc/passwd"),
        ("run", "/dev/zero"),
        ("run", ".."),
        ("compare", "history", "../../etc/passwd"),
        ("replay", "../../etc/passwd"),
        ("check", "../../etc/passwd"),
        ("run", "history", "--posterior", "../../etc"),
        ("run", "history", "--set", "parameters=../../etc"),
        ("run", "history", "--set", "name=../x"),
        ("run", "history", "--set", "world=../x"),
        ("new", "../evil"),
        ("new", "/tmp/evil"),
        ("new", ".hidden"),
        ("new", "x", "--extends", "../../etc/passwd"),
        ("new", "x", "--out", "/dev/null"),
        ("figures", "../../etc/passwd"),
        ("score", "--record", "../../etc"),
        ("score", "--posterior", "/etc"),
        ("calibrate", "--record", "../../etc"),
        ("calibrate", "--scenario", "../../etc/passwd"),
        ("evidence", "../../etc/passwd"),
    ],
    ids=" ".join,
)
def test_a_command_reads_and_writes_nothing_elsewhere(
    place: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    assert command(place, monkeypatch, *words).startswith("error: ")


# --- work without end --------------------------------------------------------------------------------------------


def test_a_record_is_not_cut_into_ever_more_rows(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    months = [f"{year}-{month:02d}" for year in (2001, 2002, 2003) for month in range(1, 13)]
    text = (place / "base.yaml").read_text().replace("2002-06", "2003-12") + "edits:\n"
    text += "".join(f"- scale: {{kind: coercion, from: {month}, to: {month}, by: 0.9}}\n" for month in months)
    text += "".join(
        f"- scale: {{kind: punishment, from: {month}, to: {month}, by: 0.9}}\n" for month in months
    )
    (place / "base.yaml").write_text(text)
    load_scenario(place / "base.yaml")
    monkeypatch.setattr(edits, "MOST_ROWS", 10)
    with pytest.raises(InputError, match=r"base\.yaml:\d+: edits\[\d+\].*into more than 10 rows"):
        load_scenario(place / "base.yaml")


def test_an_edit_outside_a_row_leaves_that_row_itself(place: Path) -> None:
    rows = load_stimuli(place / "record")
    edit = Edit.model_validate(
        {"scale": {"kind": "punishment", "from": "2010-01", "to": "2010-02", "by": 0.5}}
    )
    after, touched = edited(rows, edit)
    assert touched == ()
    assert {id(row) for row in after} == {id(row) for row in rows}
