"""Stored runs that are damaged, or of another schema although every checksum is right: refused in one line, and never used."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xarray as xr
from typer.testing import CliRunner

import wedge
from sim.cli import app
from sim.cli.printing import print_json
from sim.errors import WedgeError, invisible_character
from sim.lab.compare import open_comparison
from sim.runs.folder import MANIFEST, figures_intact, stored_table, verify
from sim.runs.store import open_run
from sim.scenario.case import resolve
from sim.scenario.loading import load_scenario
from tests.fuzz.conftest import refusal
from tests.fuzz.places import manifest_of, seal, sound, sound_run
from tests.integration.cli.answers import said

FILES = ("outcomes.parquet", "events.parquet", "quantiles.nc", "summary.csv", "scenario.yaml")
Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A copy of a sound run that a test may spoil."""
    return Path(shutil.copytree(sound_run(), tmp_path / "runs" / "run"))


def everything(folder: Path) -> None:
    """Read all that a run holds, as the commands do."""
    found = open_run(folder)
    assert invisible_character(json.dumps(found.manifest, ensure_ascii=False)) is None
    assert isinstance(found.name, str)
    assert isinstance(found.digest, str)
    found.outcomes()
    found.summary()
    found.quantiles()
    found.events()


def put(folder: Path, name: str, content: bytes) -> None:
    """Put a file in, with the checksum that belongs to it in the manifest."""
    (folder / name).write_bytes(content)
    told = manifest_of(folder)
    told["files"][name] = hashlib.sha256(content).hexdigest()
    seal(folder, told)


def spoil(folder: Path, change: Change) -> None:
    """Change what a manifest says; its checksum is right unless it holds half a character, of which there is none."""
    told = manifest_of(folder)
    change(told)
    try:
        seal(folder, told)
    except UnicodeEncodeError:
        (folder / MANIFEST).write_text(json.dumps(told), encoding="utf-8")


def refused(folder: Path) -> str:
    with pytest.raises(WedgeError) as caught:
        everything(folder)
    return refusal(caught)


def test_the_run_that_the_others_are_made_from_is_sound(run: Path) -> None:
    seal(run, manifest_of(run))
    everything(run)


# --- the manifest ------------------------------------------------------------------------------------------------


MANIFESTS: dict[str, Change] = {
    "no format": lambda told: told.pop("format"),
    "a format that is a list": lambda told: told.update(format=[1]),
    "no kind": lambda told: told.pop("kind"),
    "a kind that is obeyed": lambda told: told.update(kind="\x1b[2J"),
    "no files": lambda told: told.pop("files"),
    "files that are a list": lambda told: told.update(files=[*told["files"]]),
    "files that are nothing": lambda told: told.update(files=None),
    "a checksum that is a number": lambda told: told["files"].update({"summary.csv": 7}),
    "a file that is not listed": lambda told: told["files"].pop("outcomes.parquet"),
    "no scenario": lambda told: told.pop("scenario"),
    "a scenario that is text": lambda told: told.update(scenario="history"),
    "a scenario without a name": lambda told: told["scenario"].pop("name"),
    "a name that is a path": lambda told: told["scenario"].update(name="../../x"),
    "a name that is a list": lambda told: told["scenario"].update(name=[]),
    "a title that is obeyed": lambda told: told["scenario"].update(title="\x1b[2J"),
    "a title that turns round": lambda told: told["scenario"].update(title="\u202ex"),
    "a title that is a number": lambda told: told["scenario"].update(title=7),
    "no digest": lambda told: told.pop("digest"),
    "a digest that is a list": lambda told: told.update(digest=[]),
    "no identity": lambda told: told.pop("identity"),
    "no uncertainty": lambda told: told.pop("uncertainty"),
    "another uncertainty": lambda told: told.update(uncertainty="none"),
    "levers that are nothing": lambda told: told.update(levers=None),
    "levers that are numbers": lambda told: told.update(levers=[7]),
    "no seed": lambda told: told.pop("seed"),
    "a seed that is text": lambda told: told.update(seed="5"),
    "lanes that are text": lambda told: told.update(lanes="3"),
    "lanes beyond the table": lambda told: told.update(lanes=10**400),
    "no number of seconds": lambda told: told.update(seconds=float("nan")),
    "states that are a list": lambda told: told.update(states=[]),
    "a state that is obeyed": lambda told: told["states"].update(AAA="\x9b2J"),
    "a hub that is a list": lambda told: told.update(hub=[]),
    "half a character": lambda told: told.update(hub="\ud800"),
}


@pytest.mark.parametrize("change", MANIFESTS.values(), ids=MANIFESTS.keys())
def test_a_sealed_manifest_that_says_something_odd_is_refused(run: Path, change: Change) -> None:
    spoil(run, change)
    refused(run)


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"null", b"\xff", b"\0" * 100, b"[" * 100_000, b'{"a":' * 100_000, b"1" * 10_000, b'{"checksum": NaN}'],
    ids=["empty", "list", "null", "latin-1", "nul", "deep list", "deep keys", "huge number", "nan"],
)  # fmt: skip
def test_a_manifest_that_is_none_is_refused(run: Path, content: bytes) -> None:
    (run / MANIFEST).write_bytes(content)
    assert MANIFEST in refused(run)


@pytest.mark.parametrize(
    "name",
    ["../secret", "../../x", "/etc/passwd", "figures/../../secret", "", ".", "..", "nul\0", "x" * 5000],
)
def test_a_manifest_lists_no_file_outside_the_run(run: Path, name: str) -> None:
    (run.parent / "secret").write_text("secret")
    told = manifest_of(run)
    told["files"][name] = hashlib.sha256(b"secret").hexdigest()
    seal(run, told)
    refused(run)


# --- links, pipes, devices ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
def test_a_link_out_of_the_run_is_refused(run: Path, name: str) -> None:
    shutil.move(run / name, run.parent / "outside")
    (run / name).symlink_to(run.parent / "outside")
    assert name in refused(run)


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
def test_a_pipe_is_not_waited_for(run: Path, name: str) -> None:
    (run / name).unlink()
    os.mkfifo(run / name)
    assert name in refused(run)


@pytest.mark.parametrize("name", [*FILES, MANIFEST])
def test_a_device_is_not_read(run: Path, name: str) -> None:
    (run / name).unlink()
    (run / name).symlink_to("/dev/zero")
    assert name in refused(run)


def test_a_huge_manifest_is_refused_unread(run: Path) -> None:
    with (run / MANIFEST).open("wb") as handle:
        handle.truncate(2_000_000_000)
    assert MANIFEST in refused(run)


@pytest.mark.parametrize(
    "content",
    [
        '{"../../secret": "x"}',
        '{"/dev/zero": "x"}',
        "[" * 100_000,
        '{"a": []}',
        '{"\\u0000": "x"}',
        "7",
        '"x"',
    ],
    ids=["outside", "device", "deep", "list", "nul", "number", "text"],
)
def test_figures_json_is_believed_only_about_the_figures(run: Path, content: str) -> None:
    (run / "figures").mkdir()
    (run / "figures.json").write_text(content)
    assert not figures_intact(run)


def test_figures_outside_the_folder_are_no_figures(run: Path) -> None:
    (run / "figures").mkdir()
    (run.parent / "secret").write_text("secret")
    sums = {"../../secret": hashlib.sha256(b"secret").hexdigest()}
    (run / "figures.json").write_text(json.dumps(sums))
    assert not figures_intact(run)


@pytest.mark.parametrize("note", ["[" * 100_000, "[]", '{"sha256": NaN}'], ids=["deep", "list", "nan"])
def test_a_stored_table_with_a_corrupt_note_is_made_again(run: Path, note: str) -> None:
    (run / "more.csv").write_text("a,b\n1,2\n")
    (run / "more.json").write_text(note)
    assert stored_table(run, "more.csv", ["a"], {}) is None


# --- tables ------------------------------------------------------------------------------------------------------


def parquet(table: pa.Table, **options: Any) -> bytes:
    memory = io.BytesIO()
    pq.write_table(table, memory, **options)
    return memory.getvalue()


OUTCOMES: dict[str, Callable[[pd.DataFrame], object]] = {
    "a column missing": lambda frame: frame.drop(columns=frame.columns[0]),
    "an unknown column": lambda frame: frame.assign(unknown=1.0),
    "a column that is obeyed": lambda frame: frame.rename(columns={frame.columns[0]: "\x1b[2J"}),
    "text for numbers": lambda frame: frame.astype(str),
    "huge text": lambda frame: frame.assign(coalition="x" * 1_000_000),
    "a state that the manifest has not": lambda frame: frame.rename(
        columns=lambda name: name.replace("AAA", "ZZZ")
    ),
    "lists": lambda frame: frame.assign(coalition=[[1.0]] * len(frame)),
    "yes and no": lambda frame: frame.assign(coalition=True),
    "categories": lambda frame: frame.assign(coalition=pd.Categorical(["a"] * len(frame))),
    "no row": lambda frame: frame.head(0),
    "a lane missing": lambda frame: frame.head(2),
    "lanes that are text": lambda frame: frame.set_index(pd.Index(["a", "b", "c"], name="lane")),
}


@pytest.mark.parametrize("change", OUTCOMES.values(), ids=OUTCOMES.keys())
def test_sealed_outcomes_with_another_schema_are_refused(
    run: Path, change: Callable[..., pd.DataFrame]
) -> None:
    frame = pd.read_parquet(run / "outcomes.parquet")
    memory = io.BytesIO()
    change(frame).to_parquet(memory)
    put(run, "outcomes.parquet", memory.getvalue())
    refused(run)


EVENTS: dict[str, Callable[[pd.DataFrame], object]] = {
    "a column missing": lambda frame: frame.drop(columns="kind"),
    "an unknown column": lambda frame: frame.assign(unknown=1),
    "a start that is text": lambda frame: frame.assign(start="x"),
    "a gap": lambda frame: frame.assign(title=[None, *frame["title"][1:]]),
    "lists": lambda frame: frame.assign(title=[["x"]] * len(frame)),
}


@pytest.mark.parametrize("change", EVENTS.values(), ids=EVENTS.keys())
def test_sealed_events_with_another_schema_are_refused(
    run: Path, change: Callable[..., pd.DataFrame]
) -> None:
    frame = pd.read_parquet(run / "events.parquet")
    memory = io.BytesIO()
    change(frame).to_parquet(memory, index=False)
    put(run, "events.parquet", memory.getvalue())
    refused(run)


QUANTILES: dict[str, Callable[[xr.Dataset], object]] = {
    "no variable": lambda data: data.drop_vars([*data.data_vars]),
    "a variable missing": lambda data: data.drop_vars(next(iter(data.data_vars))),
    "a dimension renamed": lambda data: data.rename(month="months"),
    "text for numbers": lambda data: data.assign(alignment=data["alignment"].astype(str)),
}


@pytest.mark.parametrize("change", QUANTILES.values(), ids=QUANTILES.keys())
def test_sealed_quantiles_with_another_schema_are_refused(
    run: Path, change: Callable[..., xr.Dataset]
) -> None:
    with xr.open_dataset(run / "quantiles.nc", engine="h5netcdf") as data:
        changed = change(data.load())
    changed.to_netcdf(run.parent / "other.nc", engine="h5netcdf")
    put(run, "quantiles.nc", (run.parent / "other.nc").read_bytes())
    refused(run)


@pytest.mark.parametrize("name", ["outcomes.parquet", "events.parquet", "quantiles.nc"])
@pytest.mark.parametrize(
    "content",
    [b"", b"PAR1" + bytes(100) + b"PAR1", b"\x89HDF\r\n\x1a\n" + bytes(500), b"CDF\x01" + bytes(100)],
)
def test_a_sealed_file_of_something_else_is_refused(run: Path, name: str, content: bytes) -> None:
    put(run, name, content)
    refused(run)


def test_outcomes_that_unpack_to_far_more_are_refused(run: Path) -> None:
    frame = pd.read_parquet(run / "outcomes.parquet")
    many = pd.concat([frame] * 20_000)
    table = pa.Table.from_pandas(many)
    put(run, "outcomes.parquet", parquet(table, compression="zstd"))
    assert "60,000 rows" in refused(run)


# --- comparisons, commands, pages --------------------------------------------------------------------------------


COMPARISONS: dict[str, Change] = {
    "no runs": lambda told: told.pop("runs"),
    "an empty list of runs": lambda told: told.update(runs=[]),
    "runs that are text": lambda told: told.update(runs="run"),
    "a run without a folder": lambda told: told.update(runs=[{}, {}]),
    "a run elsewhere": lambda told: [entry.update(folder="../elsewhere/run") for entry in told["runs"]],
    "a run by an absolute path": lambda told: [entry.update(folder="/etc") for entry in told["runs"]],
    "a run that is a list": lambda told: [entry.update(folder=[]) for entry in told["runs"]],
}


@pytest.mark.parametrize("change", COMPARISONS.values(), ids=COMPARISONS.keys())
def test_a_sealed_comparison_of_something_odd_is_refused(run: Path, change: Change) -> None:
    shutil.copytree(run, run.parent.parent / "elsewhere" / "run")
    digest = manifest_of(run)["digest"]
    runs = [{"folder": "run", "name": "scenario", "digest": digest} for _ in range(2)]
    told: dict[str, Any] = {
        "format": manifest_of(run)["format"],
        "kind": "comparison",
        "files": {},
        "runs": runs,
    }
    folder = run.parent / "compare"
    folder.mkdir()
    seal(folder, told | {"identity": "", "command": ""})
    open_comparison(folder)
    change(told)
    seal(folder, told | {"identity": "", "command": ""})
    with pytest.raises(WedgeError) as caught:
        open_comparison(folder)
    refusal(caught)


@pytest.mark.parametrize("change", MANIFESTS.values(), ids=MANIFESTS.keys())
def test_figures_of_an_odd_run_are_one_line(
    run: Path, monkeypatch: pytest.MonkeyPatch, change: Change
) -> None:
    spoil(run, change)
    monkeypatch.chdir(run.parent)
    result = CliRunner().invoke(app, ["figures", "run"], prog_name="wedge")
    assert result.exit_code == 1
    said(result)


@pytest.mark.parametrize("out", ["esc\x1b[2Jape", "half\udcff", "back\u202ewards", "csi\x9b"])
@pytest.mark.parametrize("option", [(), ("--json",)])
def test_the_name_of_the_output_folder_is_printed_with_nothing_that_is_obeyed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, out: str, option: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = [
        "run",
        str(sound() / "scenario.yaml"),
        "--runs",
        "1",
        "--no-figures",
        "--levers",
        "0",
        "--out",
        out,
    ]
    result = CliRunner().invoke(app, [*words, *option], prog_name="wedge")
    assert isinstance(result.exception, SystemExit | None), result.exception
    assert invisible_character(result.stdout + result.stderr) is None


def test_json_escapes_what_cannot_be_seen(capsys: pytest.CaptureFixture[str]) -> None:
    told = {"text": "\x7f\x9b\u202e\ud800 é"}
    print_json(told)
    out = capsys.readouterr().out
    assert invisible_character(out) is None
    assert json.loads(out) == told
    assert "é" in out


def test_markup_in_a_title_is_shown_in_a_notebook_and_not_obeyed() -> None:
    scenario = load_scenario(sound() / "scenario.yaml").model_copy(
        update={"title": "<script>alert(1)</script>"}
    )
    page = wedge.run(resolve(scenario), lanes=2)._repr_html_()
    assert "&lt;script&gt;" in page
    assert "<script" not in page


def test_a_folder_of_something_else_is_no_run(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none", Path("nul\0"), Path("x" * 5000)):
        with pytest.raises(WedgeError) as caught:
            verify(folder)
        refusal(caught)
