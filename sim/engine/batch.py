"""Mesa's ``batch_run``: replicates are lanes, and repetitions of one lane are refused."""

from __future__ import annotations

import inspect

from mesa import batchrunner

from sim.errors import InputError


def refuse_repetition(seed: object) -> None:
    """Raise `InputError` if ``batch_run`` is about to repeat a history that it has already run.

    A model with the same lane and seed gives the same numbers, and ``iterations`` does not reach the model. So this
    looks for the caller: Mesa's runner, at a repetition that has no seed of its own.
    """
    frame = inspect.currentframe()
    while frame is not None and frame.f_code is not batchrunner._model_run_func.__code__:
        frame = frame.f_back
    if frame is None or frame.f_locals["iteration"] == 0:
        return
    seeds_differ = "rng" in inspect.signature(batchrunner.batch_run).parameters
    if seed is None or not seeds_differ:
        raise InputError(
            "every iteration would be the same history; leave iterations out and name lanes instead: "
            'batch_run(AllianceModel, {"scenario": [scenario], "lane": range(3)})'
        )
