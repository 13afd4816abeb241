"""Processes that a test starts: they obey signals however the suite was started, and end with the test."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.places import ROOT

WEDGE = (sys.executable, "-c", "from sim.cli import main; main()")
SECONDS = 120.0
"""How long a test waits for a process, unless it says otherwise."""

_START = """
import os, signal, sys
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_DFL)
if sys.platform == "linux":  # end with the suite even if it is killed: PR_SET_PDEATHSIG
    import ctypes
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    if os.getppid() != int(sys.argv[1]):
        sys.exit()
os.execv(sys.argv[2], sys.argv[2:])
"""


@contextmanager
def running(*words: str, cwd: Path, text: bool = True, **options: Any) -> Iterator[subprocess.Popen[Any]]:
    """A process in a session of its own; it and its children are killed at the end, whatever happens.

    A suite in the background of a script ignores Ctrl-C, and what it starts would inherit that: the process gets
    the handlers that a terminal gives it. ``words`` begin with the path of a program; ``options`` are ``Popen``'s, and
    ``env`` is added to the environment.
    """
    env = os.environ | {"PYTHONPATH": str(ROOT)} | options.pop("env", {})
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
    command = [sys.executable, "-S", "-E", "-c", _START, str(os.getpid()), *words]
    with subprocess.Popen(command, cwd=cwd, env=env, text=text, start_new_session=True, **pipes) as process:
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def wait_until(
    so: Callable[[], object], process: subprocess.Popen[Any], seconds: float = SECONDS, pause: float = 0.02
) -> None:
    """Wait until something is so; fail if the process ends first, or time runs out."""
    patience = time.monotonic() + seconds
    while not so():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < patience, f"waited {seconds:g} s"
        time.sleep(pause)


def interrupt(process: subprocess.Popen[Any], number: int = signal.SIGINT) -> None:
    """Send a signal as a terminal does: to the process and its children."""
    os.killpg(process.pid, number)
