"""How commands are stopped: from a terminal, by a batch system, twice."""

import signal
import sys
import time
from pathlib import Path

import pytest

from tests.processes import WEDGE, running, wait_until

LONG = ("run", "history", "--lanes", "1000000", "--no-figures", "--levers", "0")
IN_BACKGROUND = ("/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh")
"""As a script starts what it puts behind an ampersand: with SIGINT ignored."""
WAITS = """
import sys, threading, time
from sim.cli.stopping import listen
listen()
try:
    print("ready", flush=True)
    time.sleep(60)
except KeyboardInterrupt:
    print("stopping", flush=True)
    {then}
"""


def test_a_job_in_the_background_obeys_sigterm_and_says_how_to_go_on(tmp_path: Path) -> None:
    few = ("run", "history", "--lanes", "3000", "--threads", "1", "--set", "until=2016-12", "--no-figures")
    with running(*IN_BACKGROUND, *WEDGE, *few, "--force", cwd=tmp_path) as process:
        wait_until(lambda: list(tmp_path.glob("outputs/.*.unfinished/*.block")), process)
        process.send_signal(signal.SIGTERM)
        stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    assert stdout == ""
    again = "wedge " + " ".join(few)
    assert stderr.splitlines()[-1] == (
        f"error: interrupted; finished lanes are kept, and this goes on with them: {again}"
    )
    [left] = (tmp_path / "outputs").iterdir()
    assert left.name.endswith(".unfinished")
    assert not list(left.glob("*.part"))


def test_before_the_first_block_nothing_is_said_to_be_kept(tmp_path: Path) -> None:
    with running(*WEDGE, *LONG, cwd=tmp_path) as process:
        wait_until(lambda: list(tmp_path.glob("outputs/.*.unfinished")), process)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=60)
    assert process.returncode == 130
    assert stderr.splitlines()[-1] == (
        "error: interrupted before the first block of lanes was finished; nothing is kept"
    )


def test_a_second_signal_ends_at_once_without_a_traceback(tmp_path: Path) -> None:
    code = WAITS.format(then="threading.Thread(target=time.sleep, args=(60,)).start()")
    with running(sys.executable, "-c", code, cwd=tmp_path) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGINT)
        assert process.stdout.readline() == "stopping\n"
        time.sleep(0.7)
        process.send_signal(signal.SIGINT)
        _, stderr = process.communicate(timeout=20)
    assert process.returncode == 130
    assert stderr == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_that_comes_twice_at_once_is_one_wish(tmp_path: Path, number: int) -> None:
    """As ``timeout`` sends it: to the process, and to its group."""
    code = WAITS.format(then="time.sleep(0.3); print('done', flush=True); sys.exit(7)")
    with running(sys.executable, "-c", code, cwd=tmp_path) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        assert process.stdout.readline() == "stopping\n"
        process.send_signal(number)
        stdout, _ = process.communicate(timeout=20)
    assert (process.returncode, stdout) == (7, "done\n")
