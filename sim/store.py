"""The store: one folder a run under ``outputs/``, whole or absent, and checked before it is used."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import xarray as xr

import sim
from sim.distribution import summarise
from sim.ensemble import simulate
from sim.errors import StoreError
from sim.parameters import levers_in_force
from sim.posterior import posterior_for
from sim.records import Stimulus

if TYPE_CHECKING:
    from sim.ensemble import Engine, Ensemble
    from sim.scenario import Scenario

FORMAT = 1
MANIFEST = "manifest.json"
FIGURES = "figures.json"
REMEDY = "run again with --force to replace it"
ABANDONED = 3600.0
"""Seconds after which a folder that was being written aside is taken for the leftover of a killed process."""
NOT_MODEL = {
    "cli",
    "figures",
    "whatif",
    "page",
    "__init__.py",
    "errors.py",
    "paths.py",
    "replay.py",
    "report.py",
}
NOT_MODEL |= {"store.py", "distribution.py", "_scenarios"}
"""What in ``sim`` makes no numbers: a change there leaves stored runs valid."""
PACKAGES = ("numpy", "numba", "mesa", "pandas", "xarray")


@dataclass(frozen=True)
class Run:
    """A stored run whose files have been checked.

    Attributes
    ----------
    folder : Path
        Where it lies.
    manifest : dict
        What ``manifest.json`` says: versions, the resolved scenario, seed, lanes, engine, digest, checksums.
    found : bool
        Whether it was there before and was not simulated again.
    """

    folder: Path
    manifest: dict[str, Any]
    found: bool = True

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.manifest["scenario"]["name"]

    @property
    def digest(self) -> str:
        """SHA-256 of the outcomes table."""
        return self.manifest["digest"]

    def outcomes(self) -> pd.DataFrame:
        """One row a lane, one column an outcome."""
        return pd.read_parquet(self.folder / "outcomes.parquet")

    def summary(self) -> pd.DataFrame:
        """Distribution of each outcome, index outcome (see `sim.distribution.summarise`)."""
        return summarise(self.outcomes(), self.manifest["uncertainty"])

    def quantiles(self) -> xr.Dataset:
        """Quantiles of every state variable by month, and shares of lanes by membership."""
        with xr.open_dataset(self.folder / "quantiles.nc", engine="h5netcdf") as data:
            return data.load()

    def events(self) -> tuple[Stimulus, ...]:
        """The record as this run used it, after the scenario's edits."""
        rows = pd.read_parquet(self.folder / "events.parquet").to_dict("records")
        return tuple(Stimulus(**{str(key): value for key, value in row.items()}) for row in rows)


def run_or_find(
    scenario: Scenario,
    *,
    lanes: int,
    seed: int = 1,
    engine: Engine = "lanes",
    threads: int | None = None,
    out: Path = Path("outputs"),
    force: bool = False,
    progress: Callable[[int, int], None] | None = None,
    command: str = "",
) -> Run:
    """The stored run of a scenario, simulated now unless an identical one is there.

    Parameters
    ----------
    scenario : Scenario
        Resolved.
    lanes, seed, engine, threads, progress
        As in `sim.ensemble.simulate`.
    out : Path
        Folder that holds the runs; made if missing.
    force : bool
        Simulate again and replace what is there, damaged or not.
    command : str
        The command line, for the manifest.

    Raises
    ------
    StoreError
        If the stored run is damaged; it names the file. Nothing damaged is ever used.
    OSError
        If ``out`` cannot be written; nothing half-written stays.
    """
    key = identity(scenario, lanes, seed, engine)
    folder = out / f"{scenario.name}-{key[:8]}"
    if not force and os.path.lexists(folder):
        return _expect(open_run(folder), key)
    out.mkdir(parents=True, exist_ok=True)
    ensemble = simulate(scenario, lanes=lanes, seed=seed, engine=engine, threads=threads, progress=progress)
    return save(ensemble, out, force=force, command=command)


def save(ensemble: Ensemble, out: Path, *, force: bool = False, command: str = "") -> Run:
    """Write a simulated ensemble as a run folder.

    If another process published the same run meanwhile, theirs is kept.

    Raises
    ------
    StoreError
        If a damaged folder stands in the way and ``force`` is not given.
    """
    scenario = ensemble.timeline.scenario
    key = identity(scenario, ensemble.lanes, ensemble.seed, ensemble.engine)
    folder = out / f"{scenario.name}-{key[:8]}"
    about, chosen = ensemble.quantiles.attrs, scenario.parameters
    manifest = {
        "kind": "run",
        "identity": key,
        "command": command,
        "scenario": scenario.plain(),
        "scenario_hash": scenario.hash,
        "model_hash": model_hash(),
        "seed": ensemble.seed,
        "lanes": ensemble.lanes,
        "engine": ensemble.engine,
        "seconds": round(ensemble.seconds, 3),
        "digest": ensemble.digest,
        "uncertainty": about["uncertainty"],
        "levers": list(levers_in_force(chosen.source, chosen.values, scenario.levers, posterior_for(chosen))),
        "hub": about["hub_name"],
        "challenger": about["challenger_name"],
        "states": {state.code: state.name for state in ensemble.timeline.world.states},
    }
    published = publish(folder, manifest, lambda aside: _write_run(ensemble, aside), force=force)
    return _expect(open_run(folder, found=not published), key)


def open_run(folder: Path, *, found: bool = True) -> Run:
    """A stored run, every file checked.

    Raises
    ------
    StoreError
        If the folder is no run, or a file is missing or altered.
    """
    manifest = verify(folder)
    if manifest["kind"] != "run":
        raise StoreError(f"{folder}: holds a {manifest['kind']} and no run")
    return Run(folder, manifest, found)


def identity(scenario: Scenario, lanes: int, seed: int, engine: str) -> str:
    """SHA-256 of everything that decides a run's numbers, the model's own source included."""
    return sha256_of([FORMAT, scenario.hash, lanes, seed, engine, model_hash()])


@cache
def model_hash() -> str:
    """SHA-256 of the source of the modules that make numbers."""
    root = Path(sim.__file__).parent
    files = sorted(path.relative_to(root) for path in root.rglob("*.py"))
    hasher = hashlib.sha256()
    for path in files:
        if path.parts[0] not in NOT_MODEL:
            hasher.update(f"{path.as_posix()}\n".encode() + (root / path).read_bytes())
    return hasher.hexdigest()


def publish(
    folder: Path, manifest: dict[str, Any], write: Callable[[Path], None], *, force: bool = False
) -> bool:
    """Write a folder aside, seal it with a manifest and rename it whole.

    Parameters
    ----------
    folder : Path
        Its final place; the parent is made if missing.
    manifest : dict
        What to say of it; format, versions, date and checksums are added.
    write : callable
        Writes the files into the folder that it is given.
    force : bool
        Replace what is there.

    Returns
    -------
    bool
        False if an intact folder was published there meanwhile and is kept.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    _sweep(folder.parent)
    aside, replaced = _aside(folder), _aside(folder)
    try:
        aside.mkdir()
        write(aside)
        _seal(aside, manifest)
        if force and os.path.lexists(folder):
            folder.rename(replaced)
        return _rename_or_keep(aside, folder)
    finally:
        for leftover in (aside, replaced):
            shutil.rmtree(leftover, ignore_errors=True)


def verify(folder: Path) -> dict[str, Any]:
    """The manifest of a stored folder, after every file has been checked against it.

    Raises
    ------
    StoreError
        Naming the file that is missing, altered or from another version, and the remedy.
    """
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
        checksum = manifest.pop("checksum")
        files: dict[str, str] = manifest["files"]
        layout = manifest["format"]
    except FileNotFoundError:
        raise StoreError(f"{folder}: no {MANIFEST} here, so this is no complete run; {REMEDY}") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise StoreError(f"{path}: not readable as a manifest; {REMEDY}") from None
    if checksum != sha256_of(manifest):
        raise StoreError(f"{path}: altered after it was written; {REMEDY}")
    if layout != FORMAT:
        raise StoreError(f"{path}: layout {layout}, and this version reads {FORMAT}; {REMEDY}")
    for name, expected in files.items():
        file = folder / name
        if not file.is_file():
            raise StoreError(f"{file}: missing from the run; {REMEDY}")
        if _sha256_of_file(file) != expected:
            raise StoreError(f"{file}: damaged, its checksum differs from the manifest's; {REMEDY}")
    return manifest


def replace_figures(folder: Path, draw: Callable[[Path], list[Path]]) -> list[Path]:
    """Draw the figures of a stored folder aside and swap them in whole.

    The manifest does not list them, so that they can be drawn again at any time; ``figures.json`` holds their
    checksums.

    Parameters
    ----------
    draw : callable
        Draws into the folder that it is given and returns the files.

    Returns
    -------
    list of Path
        The files in ``folder/figures``.
    """
    final = folder / "figures"
    aside = _aside(final)
    try:
        aside.mkdir()
        names = [path.relative_to(aside) for path in draw(aside)]
        shutil.rmtree(final, ignore_errors=True)
        aside.rename(final)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    sums = {name.as_posix(): _sha256_of_file(final / name) for name in names}
    (folder / FIGURES).write_text(json.dumps(sums, indent=1) + "\n", encoding="utf-8")
    return [final / name for name in names]


def figures_intact(folder: Path) -> bool:
    """Whether a stored folder has its figures, each as it was drawn."""
    try:
        sums = json.loads((folder / FIGURES).read_text(encoding="utf-8"))
        return bool(sums) and all(_sha256_of_file(folder / "figures" / name) == sums[name] for name in sums)
    except (OSError, ValueError, TypeError, AttributeError):
        return False


def keep_table(folder: Path, name: str, table: pd.DataFrame, about: dict[str, Any]) -> None:
    """Put one more table into a stored folder, whole or not at all, with a note of its checksum beside it.

    Like the figures it is not in the manifest, so that it can be made again at any time.

    Parameters
    ----------
    name : str
        Ends in ``.csv``; the note has the same name and ends in ``.json``.
    about : dict
        What the table was made with; plain data.
    """
    aside = _aside(folder / name)
    try:
        table.to_csv(aside, float_format="%.6g", lineterminator="\n")
        note = {"about": about, "sha256": _sha256_of_file(aside)}
        aside.rename(folder / name)
    finally:
        aside.unlink(missing_ok=True)
    (folder / name).with_suffix(".json").write_text(json.dumps(note, indent=1) + "\n", encoding="utf-8")


def kept_table(folder: Path, name: str, index: list[str], about: dict[str, Any]) -> pd.DataFrame | None:
    """A table that `keep_table` put there, as it was written; None if it is missing, altered or made otherwise."""
    try:
        note = json.loads((folder / name).with_suffix(".json").read_text(encoding="utf-8"))
        if note != {"about": about, "sha256": _sha256_of_file(folder / name)}:
            return None
        return pd.read_csv(folder / name, index_col=index)
    except (OSError, ValueError):
        return None


def _write_run(ensemble: Ensemble, folder: Path) -> None:
    scenario = ensemble.timeline.scenario
    ensemble.outcomes.to_parquet(folder / "outcomes.parquet")
    summary = summarise(ensemble.outcomes, ensemble.quantiles.attrs["uncertainty"])
    summary.to_csv(folder / "summary.csv", float_format="%.6g", lineterminator="\n")
    packed = {name: {"zlib": True, "complevel": 4} for name in ensemble.quantiles.data_vars}
    ensemble.quantiles.to_netcdf(folder / "quantiles.nc", engine="h5netcdf", encoding=packed)
    rows = pd.DataFrame(map(asdict, ensemble.timeline.events), columns=[f.name for f in fields(Stimulus)])
    rows.to_parquet(folder / "events.parquet", index=False)
    (folder / "scenario.yaml").write_text(scenario.to_yaml(), encoding="utf-8")


def _seal(folder: Path, manifest: dict[str, Any]) -> None:
    """Write the manifest with checksums of every file, and push all of it to the disk."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sealed = {
        "format": FORMAT,
        **manifest,
        "created": datetime.now(UTC).isoformat(timespec="seconds"),
        "versions": {"wedge": sim.__version__, "python": platform.python_version(), **_versions()},
        "files": {path.relative_to(folder).as_posix(): _sha256_of_file(path) for path in files},
    }
    sealed["checksum"] = sha256_of(sealed)
    path = folder / MANIFEST
    path.write_text(json.dumps(sealed, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for file in (*files, path):
        with file.open("r+b") as handle:
            os.fsync(handle.fileno())
    _sync_folder(folder)


def _rename_or_keep(aside: Path, folder: Path) -> bool:
    try:
        aside.rename(folder)
    except OSError:
        if not folder.is_dir():
            raise
        verify(folder)
        return False
    _sync_folder(folder.parent)
    return True


def _expect(run: Run, key: str) -> Run:
    """The run, unless eight letters of two different hashes happen to agree."""
    if run.manifest["identity"] != key:
        raise StoreError(f"{run.folder}: holds another run; {REMEDY}")
    return run


def _aside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}-{secrets.token_hex(4)}.part")


def _sweep(out: Path) -> None:
    """Remove what killed processes left behind."""
    for leftover in out.glob(".*.part"):
        if time.time() - leftover.stat().st_mtime > ABANDONED:
            shutil.rmtree(leftover, ignore_errors=True)


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _versions() -> dict[str, str]:
    return {name: version(name) for name in PACKAGES}


def sha256_of(value: Any) -> str:
    """SHA-256 of a value's canonical JSON."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _sha256_of_file(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
