"""What other tests rely on: a process obeys signals, and neither it nor its children outlive the test."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from tests.processes import interrupt, running, wait_until

PARENT_AND_CHILD = (
    "import subprocess, sys, time; from pathlib import Path\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
    "Path('child').write_text(str(child.pid)); Path('ready').touch(); time.sleep(60)"
)


def wait_until_gone(process: psutil.Process) -> None:
    patience = time.monotonic() + 20
    with suppress(psutil.NoSuchProcess):
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            assert time.monotonic() < patience
            time.sleep(0.02)


@pytest.fixture
def in_the_background() -> Iterator[None]:
    """As ``sh -c 'pytest &'`` has it: Ctrl-C is ignored, and what is started inherits that."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("in_the_background")
def test_a_process_can_be_interrupted_from_a_suite_that_ignores_it(tmp_path: Path) -> None:
    with running(sys.executable, "-c", PARENT_AND_CHILD, cwd=tmp_path) as process:
        wait_until((tmp_path / "ready").exists, process)
        interrupt(process)
        assert process.wait(timeout=20) == -signal.SIGINT
        assert "KeyboardInterrupt" in process.communicate()[1]


def test_a_test_that_fails_leaves_no_process(tmp_path: Path) -> None:
    def fails() -> None:
        with running(sys.executable, "-c", PARENT_AND_CHILD, cwd=tmp_path) as process:
            wait_until((tmp_path / "ready").exists, process)
            children.append(psutil.Process(int((tmp_path / "child").read_text())))
            process.terminate()  # the child lives on without its parent
            assert process.wait(timeout=20) == -signal.SIGTERM
            assert children[0].is_running()
            raise ValueError("the test fails")

    children: list[psutil.Process] = []
    with pytest.raises(ValueError, match="the test fails"):
        fails()
    wait_until_gone(children[0])


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_a_suite_that_is_killed_leaves_no_process(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from tests.processes import running\n"
        "with running(sys.executable, '-c', 'import time; time.sleep(60)', cwd=Path.cwd()) as process:\n"
        "    print(process.pid, flush=True); process.wait()"
    )
    with running(sys.executable, "-c", code, cwd=tmp_path) as suite:
        process = psutil.Process(int(suite.stdout.readline()))
        suite.kill()
        wait_until_gone(process)
