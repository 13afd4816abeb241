"""Blocks on disk: kept whole, known by their names, and made again if damaged."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.errors import StoreError
from sim.runs.blocks import Job, packed, simulate_block
from sim.runs.checkpoints import BlockFiles
from sim.scenario.schema import Scenario


@pytest.fixture(scope="module")
def job(small: Scenario) -> Job:
    return Job.of(small, 130, 3)


@pytest.fixture(scope="module")
def contents(job: Job) -> dict[range, bytes]:
    return {span: packed(simulate_block(job, job.rows(span), span.start)) for span in job.spans}


@pytest.fixture
def files(job: Job, contents: dict[range, bytes], tmp_path: Path) -> BlockFiles:
    kept = BlockFiles(tmp_path / "blocks", job)
    for span in reversed(job.spans):
        kept.keep(span, contents[span])
    return kept


def test_what_is_kept_is_not_missing(job: Job, contents: dict[range, bytes], tmp_path: Path) -> None:
    kept = BlockFiles(tmp_path / "blocks", job)
    assert kept.missing == job.spans
    assert len(job.spans) == 3
    kept.keep(job.spans[1], contents[job.spans[1]])
    assert kept.missing == [job.spans[0], job.spans[2]]
    assert kept.lanes == len(job.spans[1])
    again = BlockFiles(tmp_path / "blocks", job)
    assert again.missing == kept.missing


def test_blocks_come_in_the_order_of_lanes(files: BlockFiles, job: Job) -> None:
    assert [block.first for block in files] == [span.start for span in job.spans]


@pytest.mark.parametrize("harm", ["flip", "cut", "empty"])
def test_a_damaged_block_is_missing(files: BlockFiles, job: Job, harm: str) -> None:
    path = sorted(files.folder.iterdir())[1]
    content = path.read_bytes()
    middle = len(content) // 2
    flipped = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
    path.write_bytes({"flip": flipped, "cut": content[:middle], "empty": b""}[harm])
    again = BlockFiles(files.folder, job)
    assert again.missing == [job.spans[1]]
    assert not path.exists()


def test_a_block_damaged_while_the_run_goes_on_is_never_used(files: BlockFiles, job: Job) -> None:
    path = sorted(files.folder.iterdir())[2]
    path.write_bytes(b"junk")
    with pytest.raises(StoreError, match="same command makes it again"):
        list(files)
    assert BlockFiles(files.folder, job).missing == [job.spans[2]]


def test_what_is_no_block_of_this_run_is_swept(files: BlockFiles, job: Job) -> None:
    (files.folder / "1234abcd.part").write_bytes(b"half")
    other = next(iter(files.folder.glob("*.block")))
    (files.folder / other.name.replace("0000000000-", "0000000007-", 1)).write_bytes(other.read_bytes())
    (files.folder / "link.block").symlink_to("/etc/hostname")
    again = BlockFiles(files.folder, job)
    assert again.missing == []
    assert len(list(files.folder.iterdir())) == 3
    assert Path("/etc/hostname").exists()


def test_a_block_that_cannot_be_written_leaves_nothing(
    job: Job, contents: dict[range, bytes], tmp_path: Path
) -> None:
    kept = BlockFiles(tmp_path / "blocks", job)
    (tmp_path / "blocks").rmdir()
    with pytest.raises(FileNotFoundError):
        kept.keep(job.spans[0], contents[job.spans[0]])
    assert kept.missing == job.spans


def test_they_go_when_the_run_is_whole(files: BlockFiles) -> None:
    files.remove()
    assert not files.folder.exists()
