"""A calibration on disk: fitted once, continued where it was stopped, found again, never half-written."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from calibration.comparison.explanations import FORWARD as FORWARD_UNTIL
from calibration.comparison.explanations import Results, cell_of, compare_all
from calibration.evidence.observed import Observed
from calibration.fitting.fit import AGREED, PARTICLES, QUICK_PARTICLES, Fit, code_hash, fit
from calibration.fitting.posterior_summary import posterior_summary
from calibration.hypotheses.rivals import MAIN, RIVALS
from sim.errors import InputError, StoreError, invisible_character, unknown
from sim.io.digests import sha256_of, sha256_of_modules
from sim.io.files import read_file
from sim.runs.folder import REMEDY as RUN_REMEDY
from sim.runs.folder import publish, verify
from sim.runs.manifest import Line, Manifest
from sim.runs.threads import Progress
from sim.scenario.case import resolve
from sim.scenario.posterior import read_posterior, write_posterior

KIND = "calibration"
FORWARD = "-2019"
"""End of the names of fits to what happened before `calibration.comparison.explanations.FORWARD`."""
REMEDY = "calibrate again with --fresh to replace it"
TABLE = "parameters.csv"
MOST_BYTES = 8_000_000
WORDS = ("block", "unit", "learned")
NUMBERS = ("prior_q05", "prior_q50", "prior_q95", "q05", "q50", "q95", "ratio", "scale_reduction", "error")
"""Columns of the table of parameters."""


@dataclass(frozen=True)
class Plan:
    """What is to be fitted, and where it goes.

    Attributes
    ----------
    observed : Observed
    rivals : tuple of str
        Names of `calibration.hypotheses.rivals.RIVALS`; the first is the one that ``parameters: posterior`` means.
    compare : bool
        Fit each rival to the record before 2020 as well, and compare all of them on held-out parts of the record
        (`calibration.comparison.explanations.compare_all`); their stacking weights go into the posterior.
    quick : bool
        Fewer draws, and a rougher comparison.
    particles : int, optional
        Draws, if not as ``quick`` has it.
    out : Path
        Folder that holds what commands write.
    """

    observed: Observed
    rivals: tuple[str, ...] = (MAIN,)
    compare: bool = False
    quick: bool = False
    particles: int | None = None
    seed: int = 1
    out: Path = Path("outputs")

    @property
    def draws(self) -> int:
        """Draws of each fit."""
        return self.particles or (QUICK_PARTICLES if self.quick else PARTICLES)

    @cached_property
    def identity(self) -> str:
        """SHA-256 of everything that decides the numbers."""
        compared = [self.quick, _comparing_code()] if self.compare else None
        settings = [list(self.rivals), compared, self.draws, self.seed]
        return sha256_of([code_hash(), self.observed.fingerprint, *settings])

    @property
    def folder(self) -> Path:
        """Its folder once it is finished."""
        return self._place(self.identity[:8])

    @property
    def unfinished(self) -> Path:
        """Folder of its checkpoints until it is finished."""
        return _checkpoints(self.folder)

    def others_unfinished(self) -> list[Path]:
        """Checkpoints of unfinished calibrations of the same rivals that this one does not use: other data, code, seed."""
        everyone = self.out.glob(_checkpoints(self._place("?" * 8)).name)
        return sorted(path for path in everyone if path != self.unfinished)

    def _place(self, key: str) -> Path:
        return self.out / f"calibrate-{'all' if self.compare else self.rivals[0]}-{key}"


@dataclass(frozen=True)
class Calibration:
    """A stored calibration whose files have been checked.

    Attributes
    ----------
    folder : Path
    manifest : dict
        What was fitted (``rivals``), to what (``scenario``, ``evidence``), by what (``code``, ``seed``, ``draws``), and the
        diagnostics of each of ``fits``.
    found : bool
        Whether it was there before.
    """

    folder: Path
    manifest: dict[str, Any]
    found: bool

    @property
    def posterior(self) -> Path:
        """The folder that a simulation draws from."""
        return self.folder / "posterior"

    @property
    def agreed(self) -> bool:
        """Whether the independent populations agree on every parameter."""
        return self.manifest["worst"] <= AGREED

    def parameters(self) -> pd.DataFrame:
        """Prior and posterior of every parameter (see `calibration.fitting.posterior_summary.posterior_summary`).

        Raises
        ------
        StoreError
            If it is not such a table.
        """
        path = self.folder / TABLE
        try:
            text = read_file(path, MOST_BYTES, inside=self.folder).decode("utf-8")
            table = pd.read_csv(io.StringIO(text), index_col=["rival", "parameter"])
        except (InputError, ValueError):
            raise StoreError(f"{path}: not readable as a table of parameters; {REMEDY}") from None
        numbers = [name for name in table.columns if pd.api.types.is_numeric_dtype(table[name])]
        if [*table.columns] != [*WORDS[:2], *NUMBERS[:7], WORDS[2], *NUMBERS[7:]] or numbers != [*NUMBERS]:
            raise StoreError(f"{path}: its columns are not those of parameters; {REMEDY}")
        if invisible_character(text.replace("\r\n", "\n")):
            raise StoreError(f"{path}: contains invisible characters; {REMEDY}")
        return table

    def draws(self, name: str) -> pd.DataFrame | None:
        """The draws of one fit, errors of measurement among them; None if the fit was not made.

        Raises
        ------
        InputError
            If the posterior is damaged.
        """
        table = read_posterior(self.posterior).tables.get(name)
        return None if table is None else pd.DataFrame(dict(table))


def calibrate_or_find(
    plan: Plan,
    *,
    threads: int | None = None,
    fresh: bool = False,
    progress: Progress | None = None,
    command: str = "",
) -> Calibration:
    """The stored calibration of a plan, fitted now unless it is there.

    While it is being fitted, its checkpoints lie in a hidden folder beside its place: one that was stopped goes on.

    Parameters
    ----------
    fresh : bool
        Fit from the start, and replace what is there.
    progress : callable, optional
        Called with the number of parts that are done, and of all, first of the fits, then of the comparison.
    command : str
        The command line, for the manifest.

    Raises
    ------
    StoreError
        If the stored calibration, or a checkpoint, is damaged; nothing damaged is used.
    """
    if not fresh and plan.folder.exists():
        return _opened(plan, found=True)
    if fresh:
        shutil.rmtree(plan.unfinished, ignore_errors=True)
    plan.out.mkdir(parents=True, exist_ok=True)
    options: dict[str, Any] = {
        "particles": plan.draws,
        "seed": plan.seed,
        "threads": threads,
        "checkpoint": plan.unfinished,
    }
    fits = _fits(plan, options, progress)
    results = None
    if plan.compare:
        place = plan.unfinished / "comparison"
        results = compare_all(plan.observed, place, quick=plan.quick, progress=progress, **options)
    manifest = {
        "kind": KIND,
        "identity": plan.identity,
        "command": command,
        "rivals": list(plan.rivals),
        "scenario": plan.observed.scenario.name,
        "scenario_hash": resolve(plan.observed.scenario).hash,
        "evidence": plan.observed.fingerprint,
        "code": code_hash(),
        "seed": plan.seed,
        "draws": plan.draws,
        "worst": max(fitted.worst for fitted in fits.values()),
        "fits": {name: fitted.about() for name, fitted in fits.items()},
    }
    publish(plan.folder, manifest, _writer(plan.observed, fits, results, manifest), force=fresh)
    shutil.rmtree(plan.unfinished, ignore_errors=True)
    return _opened(plan, found=False)


def _fits(plan: Plan, options: dict[str, Any], progress: Progress | None) -> dict[str, Fit]:
    """Every fit by name: the rivals, then, for a comparison, their fits to the earlier part of the record."""
    wanted: list[tuple[str, str, int | None]] = [(name, name, None) for name in plan.rivals]
    if plan.compare:
        until = cell_of(plan.observed, FORWARD_UNTIL)
        wanted += [(f"{name}{FORWARD}", name, until) for name in plan.rivals]
    fits = {}
    for place, (name, rival, end) in enumerate(wanted):

        def report(done: int, total: int, place: int = place) -> None:
            if progress is not None:
                progress(place * total + done, len(wanted) * total)

        fits[name] = fit(RIVALS[rival], plan.observed, until=end, progress=report, **options)
    return fits


def _writer(
    observed: Observed, fits: dict[str, Fit], results: Results | None, manifest: dict[str, Any]
) -> Callable[[Path], None]:
    def write(folder: Path) -> None:
        from calibration.report.page import write_report

        about = {name: manifest[name] for name in ("scenario", "evidence", "code", "seed", "fits")}
        if results is not None:
            about["weights"] = {name: results.stacked.get(name, 0.0) for name in fits}
            results.write(folder)
        write_posterior(folder / "posterior", {name: one.draws() for name, one in fits.items()}, about)
        table = posterior_summary([one for name, one in fits.items() if name == one.rival])
        table.to_csv(folder / TABLE, float_format="%.6g", lineterminator="\n")
        write_report(observed, next(iter(fits.values())), table, manifest, folder)

    return write


def _opened(plan: Plan, *, found: bool) -> Calibration:
    try:
        manifest = verify(plan.folder, CalibrationManifest)
    except StoreError as error:
        raise StoreError(str(error).replace(RUN_REMEDY, REMEDY)) from None
    if manifest["identity"] != plan.identity:
        raise StoreError(f"{plan.folder}: holds another calibration; {REMEDY}")
    return Calibration(plan.folder, manifest, found)


def _known(name: str) -> str:
    if name not in RIVALS:
        raise ValueError(unknown("explanation", name, RIVALS))
    return name


class _Strict(BaseModel):
    """Text is text and a number a number."""

    model_config = ConfigDict(strict=True)


class _Parameter(_Strict):
    """Diagnostics of one parameter."""

    scale_reduction: float


class _Block(_Strict):
    """Diagnostics of one block of a fit."""

    parameters: dict[str, _Parameter] = Field(min_length=1)


class CalibrationManifest(Manifest):
    """The manifest of a calibration."""

    kind: Literal["calibration"]
    identity: str
    rivals: list[Annotated[str, AfterValidator(_known)]] = Field(min_length=1)
    scenario: Line
    evidence: Line
    code: Line
    seed: int
    draws: int
    worst: float
    fits: dict[str, Annotated[dict[str, _Block], Field(min_length=1)]] = Field(min_length=1)


def _checkpoints(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.unfinished")


def _comparing_code() -> str:
    """SHA-256 of the source of this whole package, which a comparison runs through."""
    return sha256_of_modules(Path(__file__).parent, ".")
