"""What is fuzzed: each way in for bytes that somebody else made.

A target takes any bytes, puts them where a loader finds them and loads them. It fails if anything but the program's own error
comes out, or if what was loaded holds characters that a terminal or a page would obey.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sim.errors import WedgeError, invisible_character
from sim.scenario.case import resolve
from sim.scenario.posterior import MANIFEST
from tests.fuzz import mutations
from tests.fuzz.places import copy_of, manifest_of, scratch, seal, sound, sound_run


@dataclass(frozen=True)
class Target:
    """One way in.

    Attributes
    ----------
    run : callable
        Takes the bytes; raises if they got further than they should.
    seed : callable
        Sound bytes.
    mutate : callable
        Changes bytes and keeps most of their structure.
    """

    run: Callable[[bytes], None]
    seed: Callable[[], bytes]
    mutate: mutations.Mutation


@contextmanager
def refused_or_read() -> Iterator[None]:
    """Let the program's own error pass, if it is one line."""
    try:
        yield
    except WedgeError as error:
        line = str(error)
        assert line
        assert line.isprintable()


def require_seen(value: Any) -> None:
    """No text in plain data holds a character that cannot be seen."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    found = invisible_character(text)
    assert found is None, text[max(0, found.start() - 40) : found.start() + 40]


def _copy(name: str) -> Path:
    """The sound folder, copied once a process for the target that spoils a file of it."""
    place = scratch() / name
    return place if place.is_dir() else copy_of(sound(), name)


def scenario(data: bytes) -> None:
    from sim.scenario.edits import trace_edits
    from sim.scenario.loading import load_case, load_scenario

    folder = _copy("of-scenario")
    (folder / "scenario.yaml").write_bytes(data)
    with refused_or_read():
        found = load_scenario(folder / "scenario.yaml")
        require_seen(found.plain())
        trace_edits(resolve(found).record.stimuli, found)
        again = folder / "again.yaml"
        again.write_text(found.to_yaml(), encoding="utf-8")
        assert load_case(again).hash == resolve(found).hash


def world(data: bytes) -> None:
    from sim.scenario.world import load_world

    folder = _copy("of-world")
    (folder / "world.yaml").write_bytes(data)
    with refused_or_read():
        require_seen(load_world(folder / "world.yaml").model_dump(mode="json"))


def _table(place: str, load: Callable[[Path], Any]) -> Callable[[bytes], None]:
    def run(data: bytes) -> None:
        path = _copy(f"of-{Path(place).stem}") / place
        path.write_bytes(data)
        with refused_or_read():
            rows = load(path.parent)
            require_seen([asdict(row) for row in rows])

    return run


def stimuli(folder: Path) -> Any:
    from sim.scenario.record import load_stimuli
    from sim.scenario.world import load_world

    load_stimuli(folder)
    return load_stimuli(folder, load_world(sound() / "world.yaml"))


def leaders(folder: Path) -> Any:
    from sim.scenario.record import load_leaders
    from sim.scenario.world import load_world

    load_leaders(folder)
    return load_leaders(folder, load_world(sound() / "world.yaml"))


def extent(folder: Path) -> Any:
    from sim.scenario.record import load_extent

    load_extent(folder)
    return []


def responses(folder: Path) -> Any:
    from sim.scenario.record import load_record
    from sim.scenario.targets import load_responses
    from sim.scenario.world import load_world

    load_responses(folder)
    world = load_world(sound() / "world.yaml")
    return load_responses(folder, world, load_record(sound() / "record", world))


def opinion(folder: Path) -> Any:
    from sim.scenario.targets import load_opinion
    from sim.scenario.world import load_world

    rows = load_opinion(folder, load_world(sound() / "world.yaml"))
    assert all(row.first <= row.last for row in rows)
    return rows


def trade(folder: Path) -> Any:
    from sim.scenario.targets import load_trade
    from sim.scenario.world import load_world

    return load_trade(folder, load_world(sound() / "world.yaml"))


def cases(folder: Path) -> Any:
    from calibration.findings.external import load_cases

    return load_cases(folder / "coercion_cases.csv")


def posterior_manifest(data: bytes) -> None:
    """As it is, and, where it is plain data, sealed as if the program had written it."""
    folder = _copy("of-posterior") / "posterior"
    _read_posterior(folder, data)
    told = _plain(data)
    if told is not None:
        _read_posterior(folder, _sealed_posterior(told))


def posterior_table(data: bytes) -> None:
    """With the checksum that belongs to it in the manifest."""
    folder = _copy("of-posterior-table") / "posterior"
    told = manifest_of(folder)
    (folder / "main.parquet").write_bytes(data)
    told["rivals"]["main"]["sha256"] = hashlib.sha256(data).hexdigest()
    _read_posterior(folder, _sealed_posterior(told))


def _read_posterior(folder: Path, manifest: bytes) -> None:
    import numpy as np

    from sim.scenario.posterior import read_posterior

    (folder / MANIFEST).write_bytes(manifest)
    with refused_or_read():
        found = read_posterior(folder)
        for source in ("posterior", "stacked", *found.tables):
            with refused_or_read():
                assert 0.999 < sum(found.shares(source).values()) < 1.001
                found.switched_off(source)
        assert all(np.isfinite(draws).all() for table in found.tables.values() for draws in table.values())


def _sealed_posterior(told: dict[str, Any]) -> bytes:
    """Bytes of a manifest whose checksum is right; bytes that are none where it cannot be written."""
    told = {key: value for key, value in told.items() if key != "checksum"}
    try:
        text = json.dumps(told, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
        checksum = hashlib.sha256(text.encode("utf-8")).hexdigest()
        whole = told | {"checksum": checksum}
        return (json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False) + "\n").encode("utf-8")
    except (ValueError, RecursionError):
        return b"{}"


def _plain(data: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def run_manifest(data: bytes) -> None:
    """As it is, and, where it is plain data, with its checksum right."""
    folder = _run("of-run")
    (folder / MANIFEST).write_bytes(data)
    _read_run(folder)
    told = _plain(data)
    if told is not None:
        try:
            seal(folder, told)
        except (ValueError, RecursionError):
            return
        _read_run(folder)


def _run_file(name: str, *parts: str) -> Callable[[bytes], None]:
    """A file of a run, with the checksum that belongs to it in the manifest, and the parts of the run read from it."""

    def run(data: bytes) -> None:
        folder = _run(f"of-{name}")
        (folder / name).write_bytes(data)
        told = manifest_of(folder)
        told["files"][name] = hashlib.sha256(data).hexdigest()
        seal(folder, told)
        _read_run(folder, *parts)

    return run


def _run(name: str) -> Path:
    place = scratch() / name
    return place if place.is_dir() else copy_of(sound_run(), name)


PARTS = ("outcomes", "summary", "quantiles", "events")
SHOWN = ("hub", "challenger", "states", "levers", "engine", "uncertainty", "digest")
"""What people see of a manifest; a run's own folder is guarded against damage, and nothing else of it is shown but its scenario's words."""


def _read_run(folder: Path, *parts: str) -> None:
    """Open a run and read parts of it, all of them unless some are named."""
    from sim.runs.store import open_run

    with refused_or_read():
        found = open_run(folder)
        scenario = found.manifest["scenario"]
        require_seen([found.manifest[key] for key in SHOWN])
        require_seen([scenario[key] for key in ("name", "title", "question")])
        for part in parts or PARTS:
            with refused_or_read():
                read = getattr(found, part)()
                if part == "events":
                    require_seen([asdict(event) for event in read])


def command(data: bytes) -> None:
    """A command line, one word a line, in a folder of small files; commands that simulate are stopped at their options."""
    from typer.testing import CliRunner

    from sim.cli import app

    words = data.decode("utf-8", "surrogateescape").replace("\0", "").split("\n")[:12]
    if any(part in word for word in words[1:] for part in ("/", "..")):
        return
    if words[0] in ("run", "compare", "figures", "replay", "calibrate", "score"):
        words += ["--seed", "-1"]
    folder = _copy("of-command")
    before = os.getcwd()
    os.chdir(folder)
    try:
        result = CliRunner().invoke(app, words, prog_name="wedge")
    finally:
        os.chdir(before)
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert result.exit_code in (0, 1, 2)
    assert result.exit_code == 0 or result.stderr
    for text in (result.stdout, result.stderr):
        assert invisible_character(text) is None
    for path in folder.glob("*.yaml"):
        if not (sound() / path.name).exists():
            path.unlink()


def _file(*parts: str) -> Callable[[], bytes]:
    return lambda: sound().joinpath(*parts).read_bytes()


def _of_run(name: str) -> Callable[[], bytes]:
    return lambda: (sound_run() / name).read_bytes()


def _rows(place: str, load: Callable[[Path], Any]) -> Target:
    return Target(_table(place, load), _file(*place.split("/")), mutations.sometimes(mutations.of_fields))


TARGETS = {
    "scenario": Target(scenario, _file("scenario.yaml"), mutations.sometimes(mutations.of_yaml)),
    "world": Target(world, _file("world.yaml"), mutations.sometimes(mutations.of_yaml)),
    "stimuli": _rows("record/stimuli.csv", stimuli),
    "leaders": _rows("record/leaders.csv", leaders),
    "extent": _rows("record/extent.csv", extent),
    "responses": _rows("record/responses.csv", responses),
    "opinion": _rows("record/opinion.csv", opinion),
    "trade": _rows("record/trade.csv", trade),
    "cases": _rows("external/coercion_cases.csv", cases),
    "posterior-manifest": Target(
        posterior_manifest, _file("posterior", "manifest.json"), mutations.sometimes(mutations.of_json)
    ),
    "posterior-table": Target(posterior_table, _file("posterior", "main.parquet"), mutations.of_bytes),
    "run-manifest": Target(run_manifest, _of_run(MANIFEST), mutations.sometimes(mutations.of_json)),
    "run-outcomes": Target(
        _run_file("outcomes.parquet", "outcomes", "summary"), _of_run("outcomes.parquet"), mutations.of_bytes
    ),
    "run-events": Target(
        _run_file("events.parquet", "events"), _of_run("events.parquet"), mutations.of_bytes
    ),
    "run-quantiles": Target(
        _run_file("quantiles.nc", "quantiles"), _of_run("quantiles.nc"), mutations.of_bytes
    ),
    "command": Target(command, lambda: b"check\nscenario.yaml\n--json", mutations.of_bytes),
}
