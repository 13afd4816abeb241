"""What a calibration leaves behind: draws of the parameters given the record, one table a rival explanation.

A posterior is a folder: ``manifest.json`` (where the draws come from, the stacking weights of the rivals, the checksum of
each table) and one ``RIVAL.parquet`` for each rival (one row a draw, all of equal weight; float64 columns named as in
``sim.model.parameters``, errors of measurement among them). A rival that switches a mechanism off holds zeros in its column.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from sim.errors import InputError, unknown
from sim.io.arrow import to_numpy
from sim.io.files import read_file
from sim.io.library import posterior_root
from sim.io.staging import staged
from sim.model.parameters import MEASUREMENT, PARAMETERS, SOURCES, WITHOUT_POSTERIOR
from sim.types import Floats

if TYPE_CHECKING:
    import pandas as pd


FORMAT, VERSION = "wedge posterior", 1
MANIFEST = "manifest.json"
MOST_DRAWS = 100_000
MOST_RIVALS = 30
MOST_UNPACKED = 2 * 8 * MOST_DRAWS * (len(PARAMETERS) + len(MEASUREMENT))
"""Bytes of the largest table, twice over."""
MOST_BYTES = {MANIFEST: 4 * 2**20, ".parquet": 128 * 2**20}
UNFITTED = "unfitted"
"""Name of the table of draws from the calibration's priors: what is believed before the record is seen."""
NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
"""What the name of a rival may look like; it is the name of its file, too."""
_LAST_ENTRY = re.compile(rb',\n "checksum": "[0-9a-f]{64}"\n}\n\Z')


class Chosen(Protocol):
    """What of a scenario's ``parameters`` says which posterior is meant."""

    @property
    def source(self) -> str:
        """A word of ``sim.model.parameters.SOURCES``, or a rival's name."""

    @property
    def posterior(self) -> str:
        """Folder; the posterior that comes with Wedge if empty."""

    @property
    def posterior_sha256(self) -> str:
        """Hash that the posterior must have; any if empty."""


@dataclass(frozen=True)
class Posterior:
    """Draws that have been read and checked.

    Attributes
    ----------
    folder : Path
        Where they lie.
    sha256 : str
        Of the manifest, which holds the checksum of each table: the identity of the whole.
    main : str
        The rival that ``parameters: posterior`` draws from.
    weights : mapping
        Rival -> stacking weight; they add up to one. Empty where the rivals have not been scored.
    tables : Tables
        Rival -> parameter -> draws, shape (draws,).
    about : mapping
        Where the draws come from, as the calibration wrote it.
    """

    folder: Path
    sha256: str
    main: str
    weights: Mapping[str, float]
    tables: Tables
    about: Mapping[str, Any]

    def __reduce__(self) -> tuple[Callable[..., Posterior], tuple[object, ...]]:
        """How it travels to the workers of a cluster: read-only mappings cannot be pickled."""
        return _read_only, (
            self.folder, self.sha256, self.main, dict(self.weights), self.tables, dict(self.about)
        )  # fmt: skip

    def shares(self, source: str) -> dict[str, float]:
        """Rival -> share of lanes that draw from it under a source of parameters.

        Raises
        ------
        InputError
            If this posterior does not have the source, or the rivals are to be stacked and have no weights.
        """
        if source == "stacked":
            if not self.weights:
                raise InputError(
                    "the rivals have no stacking weights, so that they cannot be stacked", self.folder
                )
            return {rival: weight for rival, weight in self.weights.items() if weight > 0.0}
        rival = self.main if source == "posterior" else source
        if rival not in self.tables:
            raise InputError(unknown("source of parameters", source, (*SOURCES, *self.tables)))
        return {rival: 1.0}

    def verify(self, source: str) -> None:
        """Compare the tables that a source draws from with their checksums, without decoding them.

        Raises
        ------
        InputError
            As `shares`, or if one of the tables is missing or damaged.
        """
        for rival in self.shares(source):
            self.tables.verify(rival)

    def read(self, source: str) -> None:
        """Read and check the tables that a source draws from, so that nothing is simulated with impossible numbers.

        Raises
        ------
        InputError
            As `verify`, or if a table with the right checksum does not hold draws of the parameters.
        """
        for rival in self.shares(source):
            self.tables[rival]

    def switched_off(self, source: str) -> frozenset[str]:
        """Parameters that are zero in every draw that a source can meet."""
        tables = [self.tables[rival] for rival in self.shares(source)]
        return frozenset(
            name for name in tables[0] if all(name in table and not table[name].any() for table in tables)
        )


def posterior_for(chosen: Chosen) -> Posterior | None:
    """The posterior that a scenario's parameters come from, its tables verified; None where they need none.

    Raises
    ------
    InputError
        If it is missing or damaged, or its hash is not the one that the scenario expects.
    """
    if chosen.source in WITHOUT_POSTERIOR:
        return None
    folder = Path(chosen.posterior) if chosen.posterior else posterior_root()
    found = open_posterior(folder)
    require_same(found, chosen.posterior_sha256)
    found.verify(chosen.source)
    return found


def require_same(found: Posterior, expected: str) -> None:
    """Refuse a posterior that is not the one a scenario was resolved with; no hash, no check.

    Raises
    ------
    InputError
        Naming the folder and both hashes.
    """
    if expected and found.sha256 != expected:
        raise InputError(
            f"posterior hash mismatch: found {found.sha256[:8]}, expected {expected[:8]}",
            found.folder,
        )


def read_posterior(folder: Path) -> Posterior:
    """Read a posterior and check every byte of it.

    Raises
    ------
    InputError
        At the first defect: the file, and the key or column. Nothing of a damaged posterior is used.
    """
    found = _opened(folder, *_raw_manifest(folder))
    for rival in found.tables:
        found.tables[rival]
    return found


def open_posterior(folder: Path) -> Posterior:
    """A posterior whose manifest is checked now, and each table when it is first asked for.

    Within a process, a posterior with the same manifest is opened once.

    Raises
    ------
    InputError
        If the manifest is damaged. Damaged tables raise it when they are read.
    """
    return _cached(folder, *_raw_manifest(folder))


def _raw_manifest(folder: Path) -> tuple[bytes, str]:
    raw = _bytes_of(folder / MANIFEST, folder)
    return raw, hashlib.sha256(raw).hexdigest()


def _opened(folder: Path, raw: bytes, sha256: str) -> Posterior:
    manifest = _manifest(raw, folder / MANIFEST)
    rivals = manifest["rivals"]
    weights = {rival: entry["weight"] for rival, entry in rivals.items() if entry["weight"] is not None}
    return _read_only(folder, sha256, manifest["main"], weights, Tables(folder, rivals), manifest["about"])


def _read_only(
    folder: Path,
    sha256: str,
    main: str,
    weights: Mapping[str, float],
    tables: Tables,
    about: Mapping[str, Any],
) -> Posterior:
    return Posterior(folder, sha256, main, MappingProxyType(weights), tables, MappingProxyType(about))


_cached = lru_cache(maxsize=4)(_opened)


class Tables(Mapping[str, Mapping[str, Floats]]):
    """Rival -> parameter -> draws, each table read and checked when it is first asked for."""

    def __init__(self, folder: Path, entries: Mapping[str, Any]) -> None:
        self._folder, self._entries = folder, entries
        self._intact: dict[str, bytes] = {}
        self._read: dict[str, Mapping[str, Floats]] = {}

    def verify(self, rival: str) -> None:
        """Compare the file of a rival with its checksum; its bytes are kept until the table is asked for.

        Raises
        ------
        InputError
            If it is missing, too large, or another file than the manifest was written for.
        """
        if rival not in self._intact and rival not in self._read:
            self._intact[rival] = self._bytes(rival)

    def __getitem__(self, rival: str) -> Mapping[str, Floats]:
        if rival not in self._read:
            raw = self._intact.pop(rival, None) or self._bytes(rival)
            self._read[rival] = MappingProxyType(_decoded(raw, self._path(rival), self._entries[rival]))
        return self._read[rival]

    def __contains__(self, rival: object) -> bool:
        return rival in self._entries

    def __getstate__(self) -> dict[str, Any]:
        """How they travel to the workers of a cluster, which read no posterior: with what has been read, and no more."""
        tables = {rival: dict(table) for rival, table in self._read.items()}
        return {"_folder": self._folder, "_entries": dict(self._entries), "_intact": {}, "_read": tables}

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)

    def _path(self, rival: str) -> Path:
        return self._folder / f"{rival}.parquet"

    def _bytes(self, rival: str) -> bytes:
        expected, path = self._entries[rival]["sha256"], self._path(rival)
        raw = _bytes_of(path, self._folder)
        if hashlib.sha256(raw).hexdigest() != expected:
            raise InputError("damaged: its checksum differs from the manifest's", path)
        return raw


def write_posterior(folder: Path, draws: Mapping[str, pd.DataFrame], about: Mapping[str, Any]) -> str:
    """Write a posterior whole: staging first, then renamed; an earlier posterior at the same place is replaced.

    Parameters
    ----------
    folder : Path
        Its final place.
    draws : mapping
        Rival -> draws: one row each, float64 columns named as in ``sim.model.parameters``.
    about : mapping
        ``main`` (the rival that ``parameters: posterior`` means; the first if left out) and ``weights`` (rival ->
        stacking weight, adding up to one; may be left out). Everything else is kept as it is, and must be plain data
        (``evidence``, ``code``, ``seed``, ``blocks``).

    Returns
    -------
    str
        The hash of the whole.

    Raises
    ------
    InputError
        If a table or a weight is impossible, or something else than a posterior stands at the place.
    """
    weights, main = about.get("weights"), about.get("main", next(iter(draws), ""))
    rest = {key: value for key, value in about.items() if key not in ("main", "weights")}
    if weights is not None and set(weights) != set(draws):
        raise InputError("there must be one weight for each rival", folder, key="weights")
    if os.path.lexists(folder) and not (folder / MANIFEST).is_file():
        raise InputError("something else than a posterior stands here", folder)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with staged(folder) as staging:
        staging.mkdir()
        rivals = {}
        for rival, frame in draws.items():
            _check_name(rival, folder / MANIFEST)
            table = _columns(frame, folder / f"{rival}.parquet")
            sha256 = _write_table(staging / f"{rival}.parquet", table)
            weight = None if weights is None else float(weights[rival])
            rivals[rival] = {"weight": weight, "rows": len(frame), "columns": [*table], "sha256": sha256}
        content = {"format": FORMAT, "version": VERSION, "main": main, "rivals": rivals, "about": rest}
        text = _text(content | {"checksum": _checksum(content)})
        (staging / MANIFEST).write_bytes(text.encode("utf-8"))
        found = read_posterior(staging)
    return found.sha256


def _columns(frame: pd.DataFrame, path: Path) -> dict[str, Floats]:
    """The columns of a frame in the order of the parameters, checked as if they had been read."""
    names = [str(name) for name in frame.columns]
    if len(set(names)) < len(names):
        raise InputError("a column stands twice", path)
    for name in names:
        if frame[name].dtype != np.float64:
            raise InputError(f"must be float64 and is {frame[name].dtype}", path, column=name)
    table = {name: frame[name].to_numpy() for name in names}
    _check_table(table, path)
    return {name: table[name] for name in (*PARAMETERS, *MEASUREMENT) if name in table}


def _write_table(path: Path, table: Mapping[str, Floats]) -> str:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(dict(table)), sink, compression="zstd", store_schema=False)
    raw = sink.getvalue().to_pybytes()
    path.write_bytes(raw)
    return hashlib.sha256(raw).hexdigest()


def _bytes_of(path: Path, folder: Path) -> bytes:
    """The bytes of a file of a posterior: a plain file inside its folder, and not too large."""
    if not os.path.isdir(folder):
        raise InputError("there is no such folder of a posterior", folder)
    return read_file(path, MOST_BYTES.get(path.name, MOST_BYTES[".parquet"]), inside=folder)


def _text(manifest: Mapping[str, Any]) -> str:
    return json.dumps(manifest, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _checksum(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(_text(content).encode("utf-8")).hexdigest()


def _manifest(raw: bytes, path: Path) -> dict[str, Any]:
    """The manifest, if it is what was written, to the byte, and says nothing impossible."""
    try:
        manifest = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant)
        content = {key: value for key, value in manifest.items() if key != "checksum"}
        if content["format"] != FORMAT:
            raise InputError(f"not the manifest of a posterior; its format must be '{FORMAT}'", path)
        if content["version"] != VERSION:
            raise InputError(f"version {content['version']}; this program reads {VERSION}", path)
        intact = manifest["checksum"] == _checksum_of(raw)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise InputError("not readable as the manifest of a posterior", path) from None
    if not intact:
        raise InputError("damaged: it was altered after it was written", path)
    try:
        _check_manifest(content, path)
    except (ArithmeticError, AttributeError, KeyError, TypeError, ValueError):
        raise InputError("not readable as the manifest of a posterior", path) from None
    return content


def _refuse_constant(name: str) -> None:
    """NaN and Infinity are not JSON."""
    raise ValueError(name)


def _checksum_of(raw: bytes) -> str | None:
    """The checksum that a manifest must carry: of its bytes without the last entry, which is the checksum itself.

    The same bytes as `_text` writes of the content, found without writing a large manifest again.
    """
    end = _LAST_ENTRY.search(raw)
    return hashlib.sha256(raw[: end.start()] + b"\n}\n").hexdigest() if end else None


def _check_manifest(content: Mapping[str, Any], path: Path) -> None:
    rivals = content["rivals"]
    if not isinstance(content["about"], dict):
        raise InputError("must be keys and values", path, key="about")
    if not 1 <= len(rivals) <= MOST_RIVALS:
        raise InputError(f"holds {len(rivals)} rivals; allowed are 1 to {MOST_RIVALS}", path, key="rivals")
    for rival, entry in rivals.items():
        _check_name(rival, path)
        if not 1 <= entry["rows"] <= MOST_DRAWS:
            raise InputError(
                f"{entry['rows']} draws; allowed are 1 to {MOST_DRAWS:,}", path, key=f"rivals.{rival}.rows"
            )
        if not isinstance(entry["sha256"], str):
            raise InputError("must be the checksum of a table", path, key=f"rivals.{rival}.sha256")
        _check_names(entry["columns"], path)
    if content["main"] not in rivals:
        raise InputError(unknown("rival", str(content["main"]), rivals), path, key="main")
    weights = [entry["weight"] for entry in rivals.values()]
    if all(weight is None for weight in weights):
        return
    if not all(weight >= 0.0 for weight in weights) or not math.isclose(sum(weights), 1.0, abs_tol=1e-6):
        raise InputError("weights must be 0 or more and add up to 1", path, key="rivals")


def _check_name(rival: str, path: Path) -> None:
    if not NAME.fullmatch(rival) or rival in SOURCES:
        raise InputError(
            f"'{rival[:60]}' cannot be the name of a rival; use up to 40 of a-z, 0-9, '-' and '_'",
            path,
            key="rivals",
        )


def _check_names(columns: Sequence[str], path: Path) -> None:
    """Known parameters, each once."""
    for name in columns:
        if name not in PARAMETERS and name not in MEASUREMENT:
            raise InputError(unknown("parameter", str(name), PARAMETERS), path, column=str(name))
    if not 1 <= len(set(columns)) == len(columns):
        raise InputError("holds no column, or one twice", path)


def _decoded(raw: bytes, path: Path, entry: Mapping[str, Any]) -> dict[str, Floats]:
    """The draws of one rival, from bytes whose checksum has been found right."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(pa.BufferReader(raw))
        _check_schema(file, path, entry)
        read = file.read(use_threads=False)
        table = dict(zip(read.column_names, to_numpy(read).T, strict=True))
    except (pa.ArrowException, OSError, ValueError, KeyError, TypeError, MemoryError):
        raise InputError("not readable as a table of draws", path) from None
    _check_table(table, path)
    return table


def _check_schema(file: Any, path: Path, entry: Mapping[str, Any]) -> None:
    """Rows and columns are those of the manifest, and every column is a plain float64."""
    if file.metadata.num_rows != entry["rows"]:
        raise InputError(f"{file.metadata.num_rows} draws where the manifest says {entry['rows']}", path)
    columns = [file.schema.column(number) for number in range(len(file.schema))]
    if [column.path for column in columns] != entry["columns"]:
        raise InputError("its columns are not those of the manifest", path)
    for column in columns:
        if column.physical_type != "DOUBLE" or column.max_repetition_level > 0:
            raise InputError("must be float64", path, column=column.path)
    groups = [file.metadata.row_group(number) for number in range(file.metadata.num_row_groups)]
    unpacked = sum(group.total_byte_size for group in groups)
    if not 0 <= unpacked <= MOST_UNPACKED:
        raise InputError(f"unpacks to {unpacked:,} bytes; at most {MOST_UNPACKED:,} are allowed", path)


def _range(name: str) -> tuple[float, float]:
    parameter = PARAMETERS.get(name) or MEASUREMENT[name]
    return parameter.low, parameter.high


def _check_table(table: Mapping[str, Floats], path: Path) -> None:
    """Known parameters, finite and in their ranges."""
    _check_names([*table], path)
    for name, draws in table.items():
        if not 1 <= len(draws) <= MOST_DRAWS:
            raise InputError(f"{len(draws)} draws; allowed are 1 to {MOST_DRAWS:,}", path)
        low, high = _range(name)
        bad = np.flatnonzero(~((draws >= low) & (draws <= high)))
        if len(bad):
            message = f"draw {bad[0] + 1} is {draws[bad[0]]:g}; it must be {low:g} to {high:g}"
            raise InputError(message, path, column=name)
