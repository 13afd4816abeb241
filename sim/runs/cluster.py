"""Blocks on a Dask cluster: on this machine, or one that is already running. Whoever gets a block, the bytes are the same.

Needs the extra ``dask``. Workers run the code that they are sent and unpickle what they get: join a cluster only if
everyone on its network may run code on its machines.
"""

from __future__ import annotations

import logging
import os
import pickle
import re
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.errors import InputError, WedgeError
from sim.runs.blocks import Job, packed, simulate_block
from sim.runs.model_hash import model_hash

LOCAL = re.compile(r"local(?::(\d{1,3}))?")
REMOTE = re.compile(r"(tcp|tls)://[^\s/:]{1,200}:(\d{1,5})")
LOCAL_HOST = "127.0.0.1"
AHEAD = 2
"""Blocks that are handed out for each thread of a worker, the one that it works on among them."""
RETRIES = 5
"""How often a block that fails on a worker, or whose worker dies, is tried again."""
PATIENCE = 60
"""Seconds in which a cluster must answer, and have a first worker."""
QUIET = {
    "distributed.scheduler.allowed-failures": RETRIES,
    "distributed.comm.timeouts.connect": f"{PATIENCE}s",
}


def on_cluster(
    job: Job, spans: Sequence[range], address: str, notify: Callable[[str], None] = lambda line: None
) -> Iterator[tuple[range, bytes]]:
    """Blocks of a job, packed, in the order in which they are ready.

    Parameters
    ----------
    spans : sequence of range
        The lanes of each block.
    address : str
        ``local`` or ``local:N`` for N processes on this machine, or the address of a scheduler such as
        ``tcp://10.0.0.1:8786``.
    notify : callable
        Given a line for people before this waits for a cluster that is not its own.

    Raises
    ------
    InputError
        If it is not an address.
    WedgeError
        If Dask is not installed, the cluster does not answer, its workers run other code, or a block cannot be done.
    """
    _check(address)
    if not spans:
        return
    if LOCAL.fullmatch(address):
        simulate_block(job, job.rows(range(1)), 0)  # compiles, if need be, once and not in every process
    else:
        notify(f"waiting for the cluster at {address}, {PATIENCE} s at most")
    with _client(address) as client:
        from distributed import as_completed

        _refuse_others(client)

        # The job is a task of its own, so that it is made again if the workers that hold it die.
        shared = client.submit(_opened, zlib.compress(pickle.dumps(job)))
        waiting, handed, own = iter(spans), {}, model_hash()

        def hand_out(number: int) -> list[Any]:
            futures = {
                client.submit(
                    _block, shared, job.rows(span), span.start, own, retries=RETRIES, pure=False
                ): span
                for span in islice(waiting, number)
            }
            handed.update(futures)
            return list(futures)

        ready = as_completed(hand_out(AHEAD * sum(client.nthreads().values())))
        for future in ready:
            span = handed.pop(future)
            content = _result(future, span, address)
            ready.update(hand_out(1))
            yield span, content


def _opened(content: bytes) -> Job:
    job: Job = pickle.loads(zlib.decompress(content))
    return job


def _block(job: Job, rows: NDArray[np.void], first: int, expected: str) -> bytes:
    """What a worker does."""
    if model_hash() != expected:
        raise WedgeError("this worker runs another version of the model; install the same on all machines")
    return packed(simulate_block(job, rows, first))


def _result(future: Any, span: range, address: str) -> bytes:
    from distributed import KilledWorker

    lanes = f"lanes {span.start} to {span.stop - 1}"
    try:
        content: bytes = future.result()
    except KilledWorker:
        raise WedgeError(
            f"{lanes}: worker after worker died on this block, perhaps for want of memory; finished blocks are kept"
        ) from None
    except Exception as error:
        if future.status in ("cancelled", "lost"):
            raise WedgeError(
                f"the cluster at {address} went away; finished blocks are kept, and the same command goes on"
            ) from None
        raise WedgeError(f"{lanes}: failed on a worker: {error or type(error).__name__}") from error
    future.release()
    return content


def _check(address: str) -> None:
    local = LOCAL.fullmatch(address)
    if not (local or REMOTE.fullmatch(address)):
        raise InputError(
            f"'{address}' is no cluster; write local, local:N, or an address such as tcp://10.0.0.1:8786",
            key="--dask",
        )
    remote = REMOTE.fullmatch(address)
    if remote and not 1 <= int(remote[2]) <= 65535:
        raise InputError(f"port {remote[2]}; allowed are 1 to 65535", key="--dask")
    if local and local[1] and not 1 <= int(local[1]) <= 256:
        raise InputError(f"{local[1]} processes; allowed are 1 to 256", key="--dask")


@contextmanager
def _client(address: str) -> Iterator[Any]:
    """A client of the cluster; a local one is started, listens on 127.0.0.1 only, and ends with the work."""
    try:
        import dask
        from distributed import Client, LocalCluster
    except ImportError:
        raise WedgeError("--dask needs the extra dask: pip install 'wedge[dask]'") from None
    with ExitStack() as stack:
        stack.enter_context(dask.config.set(QUIET))
        for name in ("distributed", "distributed.client", "distributed.core", "distributed.comm"):
            logging.getLogger(name).setLevel(logging.CRITICAL)  # what goes wrong is reported in one line
        local = LOCAL.fullmatch(address)
        try:
            if local:
                cluster = LocalCluster(
                    n_workers=int(local[1] or os.cpu_count() or 1),
                    threads_per_worker=1,
                    host=LOCAL_HOST,
                    dashboard_address=f"{LOCAL_HOST}:0",
                    memory_limit=0,
                    silence_logs="CRITICAL",
                )
                stack.enter_context(cluster)
                client = stack.enter_context(Client(cluster))
            else:
                client = stack.enter_context(Client(address, timeout=PATIENCE))
        except (OSError, TimeoutError, ValueError, RuntimeError):
            raise WedgeError(f"the cluster at {address} does not answer") from None
        except TypeError:
            raise WedgeError(
                f"the cluster at {address} wants certificates; Dask's settings distributed.comm.tls name them"
            ) from None
        try:
            client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError:
            raise WedgeError(f"the cluster at {address} has no worker") from None
        yield client


def _refuse_others(client: Any) -> None:
    """Make workers leave interrupts to whoever started the run, and refuse any that cannot do its blocks.

    Raises
    ------
    WedgeError
        Naming a worker that has no Wedge, or another version of the model.
    """
    from distributed import WorkerPlugin

    class Deaf(WorkerPlugin):
        def setup(self, worker: Any) -> None:
            import signal
            import threading

            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGINT, signal.SIG_IGN)

    def version() -> str:
        from sim.runs.model_hash import model_hash

        return model_hash()

    if LOCAL_HOST in client.scheduler.address:
        client.register_plugin(Deaf())
    own = model_hash()
    for worker, theirs in client.run(version, on_error="return").items():
        if isinstance(theirs, Exception):
            raise WedgeError(f"worker {worker} cannot load Wedge ({type(theirs).__name__}); install it there")
        if theirs != own:
            raise WedgeError(
                f"worker {worker} runs another version of the model; install the same everywhere"
            )
