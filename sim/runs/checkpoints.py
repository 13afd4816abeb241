"""Finished blocks of a run on disk: what survives when the run is killed, and is not simulated again.

A block is one file, written aside and renamed whole. Its name tells its lanes and the SHA-256 of its content, so that
a damaged file is known by its name and is made again.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from sim.errors import StoreError
from sim.io.staging import staged
from sim.runs.blocks import Block, Job, unpacked

_NAME = re.compile(r"(\d{10})-(\d{10})\.([0-9a-f]{64})\.block")


class BlockFiles:
    """The finished blocks of one job, in a folder of their own.

    Parameters
    ----------
    folder : Path
        Made if missing. Its name must hold the identity of the run: blocks of another run could not be distinguished.
    job : Job
        Whose blocks they are.
    """

    def __init__(self, folder: Path, job: Job) -> None:
        self.folder, self.job = folder, job
        folder.mkdir(exist_ok=True)
        self._files: dict[range, Path] = {}
        for path in sorted(folder.iterdir()):
            span = _span(path)
            if span in job.spans and _intact(path):
                self._files[span] = path
            elif path.is_symlink() or not path.is_dir():
                path.unlink()

    @property
    def missing(self) -> list[range]:
        """The lanes of the blocks that are not there, in order."""
        return [span for span in self.job.spans if span not in self._files]

    @property
    def lanes(self) -> int:
        """Number of lanes in the blocks that are there."""
        return sum(map(len, self._files))

    def keep(self, span: range, content: bytes) -> None:
        """Write a block (`sim.runs.blocks.packed`), whole or not at all.

        Raises
        ------
        OSError
            If it cannot be written; nothing half-written stays.
        """
        name = f"{span.start:010d}-{span.stop:010d}.{hashlib.sha256(content).hexdigest()}.block"
        with staged(self.folder / name) as staging:
            staging.write_bytes(content)
        self._files[span] = self.folder / name

    def __iter__(self) -> Iterator[Block]:
        """Every block in the order of lanes, one in memory at a time.

        Raises
        ------
        StoreError
            If one is missing or damaged by now; what is damaged is removed, so that it will be made again.
        """
        for span in self.job.spans:
            path = self._files[span]
            try:
                content = path.read_bytes()
                if hashlib.sha256(content).hexdigest() != path.name.split(".")[1]:
                    raise ValueError("its checksum differs")
                yield unpacked(self.job, content)
            except (OSError, ValueError) as error:
                path.unlink(missing_ok=True)
                raise StoreError(
                    f"{path}: damaged block ({error}); the same command makes it again"
                ) from None

    def remove(self) -> None:
        """Remove all of them, and the folder."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _span(path: Path) -> range | None:
    """The lanes that a file's name tells."""
    found = _NAME.fullmatch(path.name)
    return range(int(found[1]), int(found[2])) if found else None


def _intact(path: Path) -> bool:
    """Whether it is a plain file, no link or pipe, with the content that its name tells."""
    if not stat.S_ISREG(path.lstat().st_mode):
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == path.name.split(".")[1]
