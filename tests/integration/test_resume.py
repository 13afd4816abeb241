"""A run that is killed, or finds the disk full, or shares its folder with another, ends with the same numbers."""

from __future__ import annotations

import json
import random
import resource
import signal
import subprocess
import sys
from contextlib import AbstractContextManager, ExitStack, suppress
from pathlib import Path
from typing import Any

import pytest

from sim.runs.ensemble import simulate
from sim.runs.folder import exclusive_lock
from sim.runs.store import run_or_find, unfinished_of
from sim.scenario.loading import load_scenario
from sim.scenario.schema import Scenario
from tests.processes import SECONDS, WEDGE, running, wait_until

LANES, UNTIL = 400, "2018-12"
WORDS = (
    "run",
    "history",
    "--runs",
    str(LANES),
    "--set",
    f"until={UNTIL}",
    "--no-figures",
    "--levers",
    "0",
    "--json",
)


def start(folder: Path, *words: str, **options: Any) -> AbstractContextManager[subprocess.Popen[str]]:
    return running(*WEDGE, *WORDS, *words, cwd=folder, **options)


def done(folder: Path, *words: str) -> tuple[dict[str, object], str]:
    with start(folder, *words) as process:
        return finished(process)


def finished(process: subprocess.Popen[str]) -> tuple[dict[str, object], str]:
    stdout, stderr = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, stderr
    return json.loads(stdout), stderr


def blocks_in(folder: Path) -> list[Path]:
    return sorted(folder.glob("outputs/.*.unfinished/*.block"))


@pytest.fixture(scope="module")
def expected() -> str:
    return simulate(load_scenario("history", {"until": UNTIL}), lanes=LANES).digest


def killed_after(folder: Path, number: int, *words: str) -> None:
    """Start a run and kill it once some blocks are there."""
    with start(folder, "--threads", "1", *words) as process:
        wait_until(lambda: len(blocks_in(folder)) >= number, process, pause=0.002)
        process.kill()
        process.communicate()
    assert process.returncode == -signal.SIGKILL


def test_a_killed_run_goes_on_where_it_was(tmp_path: Path, expected: str) -> None:
    killed_after(tmp_path, 1)
    kept = {path.name: path.stat().st_ino for path in blocks_in(tmp_path)}
    with start(tmp_path, "--threads", "1") as process:
        wait_until(lambda: len(blocks_in(tmp_path)) > len(kept), process, pause=0.002)
        assert kept.items() <= {path.name: path.stat().st_ino for path in blocks_in(tmp_path)}.items()
        told, _ = finished(process)
    assert told["digest"] == expected
    assert not told["found"]
    assert [path.name for path in (tmp_path / "outputs").iterdir()] == [Path(str(told["run"])).name]


def stopped_after_a_block(scenario: Scenario, out: Path) -> dict[str, object]:
    """Interrupt a run of four blocks in its second one; what it was asked with."""

    def give_up(done: int, total: int) -> None:
        if done >= 130:
            raise KeyboardInterrupt

    options = {"lanes": 400, "threads": 1, "out": out}
    with pytest.raises(KeyboardInterrupt):
        run_or_find(scenario, **options, progress=give_up)
    return options


def test_only_what_is_missing_is_done_again(small: Scenario, tmp_path: Path) -> None:
    options = stopped_after_a_block(small, tmp_path)
    [unfinished] = tmp_path.glob(".*.unfinished")
    kept = {path.name: path.stat().st_ino for path in unfinished.iterdir()}
    assert len(kept) == 1
    seen: list[int] = []
    run = run_or_find(small, **options, progress=lambda done, total: seen.append(done))
    assert seen[0] == 100
    assert run.digest == simulate(small, lanes=400).digest
    assert not unfinished.exists()
    assert unfinished == unfinished_of(run.folder)


def test_force_starts_over(small: Scenario, tmp_path: Path) -> None:
    options = stopped_after_a_block(small, tmp_path)
    seen: list[int] = []
    run_or_find(small, **options, force=True, progress=lambda done, total: seen.append(done))
    assert seen[0] == 0


def test_a_block_that_is_damaged_is_done_again(tmp_path: Path, expected: str) -> None:
    killed_after(tmp_path, 2)
    path = blocks_in(tmp_path)[0]
    path.write_bytes(path.read_bytes()[:-1])
    assert done(tmp_path)[0]["digest"] == expected


def test_a_full_disk_is_one_line_and_the_run_goes_on_once_there_is_room(
    tmp_path: Path, expected: str
) -> None:
    def no_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))

    (tmp_path / "outputs").mkdir()
    with start(tmp_path, preexec_fn=no_room) as process:
        _, stderr = process.communicate(timeout=SECONDS)
    assert process.returncode == 1
    assert stderr.startswith("error: outputs: File too large; finished lanes are kept"), stderr
    assert len(stderr.splitlines()) == 1
    assert not list(tmp_path.glob("outputs/.*/*.part"))
    assert done(tmp_path)[0]["digest"] == expected


def test_of_two_that_start_together_one_works_and_both_end_alike(tmp_path: Path, expected: str) -> None:
    with ExitStack() as ends:
        two = [ends.enter_context(start(tmp_path, "--threads", "1")) for _ in range(2)]
        both = [finished(process) for process in two]
    assert [told["digest"] for told, _ in both] == [expected] * 2
    assert sorted(told["found"] for told, _ in both) == [False, True]
    assert len(list((tmp_path / "outputs").iterdir())) == 1


def test_who_waits_is_told_for_whom(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from sim.runs.folder import exclusive_lock\n"
        "with exclusive_lock(Path(sys.argv[1])):\n"
        "    print('mine', flush=True); time.sleep(1.5)"
    )
    folder, told = tmp_path / "run", []
    with running(sys.executable, "-c", code, str(folder), cwd=tmp_path) as process:
        assert process.stdout.readline() == "mine\n"
        with exclusive_lock(folder, told.append):
            assert process.wait(timeout=10) == 0
    [line] = told
    assert f"process {process.pid} on " in line
    assert "for 0 min" in line
    assert list(tmp_path.iterdir()) == []


def test_a_lock_whose_owner_was_killed_holds_nobody_up(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from sim.runs.folder import exclusive_lock\n"
        "with exclusive_lock(Path(sys.argv[1])):\n"
        "    os.kill(os.getpid(), 9)"
    )
    folder, told = tmp_path / "run", []
    subprocess.run([sys.executable, "-c", code, str(folder)], check=False)
    assert len(list(tmp_path.iterdir())) == 2
    with exclusive_lock(folder, told.append):
        pass
    assert told == []


@pytest.mark.parametrize("note", ["", "[]", '{"since": "x"}', '{"process": 1, "since": 1e400}', "\x1b[2J"])
def test_a_note_that_cannot_be_read_does_no_harm(tmp_path: Path, note: str) -> None:
    from filelock import FileLock

    (tmp_path / ".run.owner").write_text(note)
    told: list[str] = []
    other = FileLock(tmp_path / ".run.lock", thread_local=False)
    other.acquire()

    def tell(line: str) -> None:
        told.append(line)
        other.release()

    with exclusive_lock(tmp_path / "run", tell):
        pass
    assert told[0].endswith("at work on it; waiting")
    assert "\x1b" not in told[0]


@pytest.mark.slow
def test_runs_killed_at_random_moments_end_with_the_same_digest(tmp_path: Path, expected: str) -> None:
    chance = random.Random(1)
    for number in range(10):
        folder = tmp_path / str(number)
        folder.mkdir()
        while True:
            with start(folder) as process, suppress(subprocess.TimeoutExpired):
                stdout, _ = process.communicate(timeout=chance.uniform(0.5, 6.0))
                break
        assert json.loads(stdout)["digest"] == expected
