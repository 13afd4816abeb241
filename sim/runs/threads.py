"""Who does the work on one machine: threads of this process, a few blocks ahead and no more."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from typing import TypeVar

from sim.io.values import whole_number

Progress = Callable[[int, int], None]
"""ProgressCounter how many of how many lanes are done."""
_Part = TypeVar("_Part")
_Result = TypeVar("_Result")


def in_threads(
    work: Callable[[_Part, Callable[[], bool]], _Result], parts: Sequence[_Part], threads: int | None = None
) -> Generator[_Result, None, None]:
    """The result of each part, in the order in which they are ready; closing it asks the rest to give up.

    Parameters
    ----------
    work : callable
        Called with a part and a function that says whether to give up. Compiled code runs outside Python's lock.
    threads : int, optional
        All processors if left out; with 1 the parts are done in this thread, in order.
    """
    workers = min(threads or os.cpu_count() or 1, len(parts))
    stop = threading.Event()
    if workers <= 1:
        for part in parts:
            yield work(part, stop.is_set)
        return
    waiting = iter(parts)
    with ThreadPoolExecutor(workers) as pool:
        running: set[Future[_Result]] = {
            pool.submit(work, part, stop.is_set) for part in islice(waiting, workers + 1)
        }
        try:
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    running |= {pool.submit(work, part, stop.is_set) for part in islice(waiting, 1)}
                    yield future.result()
        finally:
            stop.set()
            for future in running:
                future.cancel()


class ProgressCounter:
    """Progress as several threads tell of it: lanes done so far, in order."""

    def __init__(self, progress: Progress | None, lanes: int, done: int = 0) -> None:
        self._progress, self._lanes, self._done, self._lock = progress, lanes, done, threading.Lock()

    def __call__(self, lanes: int) -> None:
        """Some more lanes are done."""
        with self._lock:
            self._done += lanes
            if self._progress is not None:
                self._progress(self._done, self._lanes)


def check_threads(threads: int | None) -> None:
    """Refuse a number of threads that is not a number, or out of range.

    Raises
    ------
    InputError
    """
    if threads is not None:
        whole_number(threads, "threads", 1, 1024)
