"""What-ifs from lanes kept in memory: history is lived once, and each what-if goes on from where it sets out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.engine.pausing import Paused, pause_block
from sim.engine.timeline import first_difference
from sim.errors import InputError
from sim.months import month_number, month_text
from sim.runs.blocks import Job
from sim.runs.ensemble import Ensemble, simulate_job
from sim.scenario.case import Case
from sim.scenario.schema import Scenario


class WarmLanes:
    """Recorded lanes of a base, paused after the record, from which what-ifs go on.

    Parameters
    ----------
    base : Scenario or Case
        Held to a record.
    lanes, seed : int
        As in `sim.runs.ensemble.simulate`.
    month : str, optional
        The month that is next (``YYYY-MM``); that after the record if left out.

    Raises
    ------
    InputError
        If the base is not held to a record, or the month lies inside the record or after the end.

    Examples
    --------
    >>> from sim.scenario.loading import load_case
    >>> short = {"until": "2024-12", "parameters": "default"}
    >>> warm = WarmLanes(load_case("history", short), lanes=2)
    >>> warm.month, warm.simulate(load_case("disciplined-wedge", short)).lanes
    ('2024-08', 2)
    """

    def __init__(self, base: Scenario | Case, lanes: int, seed: int = 1, month: str | None = None) -> None:
        self._job = job = Job.of(base, lanes, seed)
        pins, first = job.arrays.pins, int(job.timeline.months[0])
        if not pins.months or job.base is not None:
            raise InputError("lanes are kept of history alone, held to its record", key="base")
        index = pins.months if month is None else month_number(month) - first
        if not pins.months <= index < len(job.timeline.months):
            raise InputError(
                f"{month} does not lie between {month_text(first + pins.months)} and the end", key="month"
            )
        self.month = month_text(first + index)
        self._paused: dict[int, Paused] = {}
        self._rows = {span.start: job.rows(span) for span in job.spans}
        for start, rows in self._rows.items():
            for at in range(0, len(rows), job.batch):
                own = rows[at : at + job.batch]
                self._paused[start + at] = pause_block(job.arrays, own, seed, start + at, index)

    def simulate(self, what_if: Scenario | Case, threads: int | None = None) -> Ensemble:
        """What `sim.runs.ensemble.simulate` gives of a what-if, to the bit.

        Raises
        ------
        InputError
            If it differs from the base before the lanes were paused: in months, acts, offers, ties or parameters.
        """
        job = Job.of(what_if, self._job.lanes, self._job.seed)
        ours, theirs = self._job.timeline, job.timeline
        first = int(ours.months[0])
        same = ours.states == theirs.states and ours.months[0] == theirs.months[0] and job.base is None
        same = (
            same and job.batch == self._job.batch and job.arrays.pins.months == self._job.arrays.pins.months
        )
        same = same and first_difference(theirs, ours) >= month_number(self.month) - first
        if not same or any(not np.array_equal(job.rows(span), self._rows[span.start]) for span in job.spans):
            raise InputError(
                f"the what-if differs from its base before {self.month}, up to where lanes are kept",
                key="what_if",
            )
        return simulate_job(replace(job, paused=self._paused), threads)
