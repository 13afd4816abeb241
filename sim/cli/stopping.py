"""How a command is stopped: Ctrl-C and SIGTERM alike, also where a shell has started it in the background."""

from __future__ import annotations

import os
import signal
import sys
import time
from types import FrameType
from typing import NoReturn

INTERRUPTED = 130
"""Exit code of a command that was stopped."""
SAME = 0.5
"""Seconds within which a second signal is the same wish to stop: ``timeout`` sends it to the process and to its group."""
SHOW_CURSOR = b"\x1b[?25h"
_since: float | None = None


def listen() -> None:
    """Let a signal to stop raise ``KeyboardInterrupt``, and a second one end the process at once.

    A shell without job control starts background jobs with SIGINT ignored. It stays ignored; SIGTERM does not.
    """
    signal.signal(signal.SIGTERM, _stop)
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        signal.signal(signal.SIGINT, _stop)


def _stop(number: int, frame: FrameType | None) -> None:
    global _since
    if _since is None:
        _since = time.monotonic()
        raise KeyboardInterrupt
    if time.monotonic() - _since > SAME:
        _leave()


def _leave() -> NoReturn:
    """End the process without waiting for its threads. Whatever is stored is whole: files are renamed when complete."""
    if sys.stderr.isatty():
        os.write(2, SHOW_CURSOR)
    os._exit(INTERRUPTED)
