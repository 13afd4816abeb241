"""What many lanes of a scenario came to: one interface, whether it is in memory or in a stored run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import xarray as xr

from sim.conditioning.places import Placed
from sim.errors import InputError, unknown
from sim.lab.steps import recorded_responses
from sim.public.display import heading, paragraph, summary_table
from sim.public.labels import labelled_outcomes
from sim.public.plots import ResultPlots
from sim.results.failures import failure_table
from sim.results.summary import summarise
from sim.runs.ensemble import Ensemble
from sim.runs.store import SCENARIO, Run
from sim.scenario.lane_parameters import levers_of
from sim.scenario.loading import load_case
from sim.scenario.record import Stimulus


class Results(ABC):
    """The results of many lanes of one scenario, from `wedge.run` or `wedge.open`.

    Attributes
    ----------
    scenario : dict
        The resolved scenario as plain data.
    hash, digest : str
        SHA-256 (hex) of what ran, and of the outcomes.
    lanes, seed : int
    engine : str
    uncertainty : str
        What the spread over lanes holds, such as ``chance and parameters``.
    levers : tuple of str
        Assumptions that the record cannot test and the numbers lean on.
    folder : Path or None
        Where a stored run lies; None in memory.

    Examples
    --------
    >>> import wedge
    >>> results = wedge.run(wedge.load("history", until="2012-12"), lanes=8)
    >>> results.outcomes.shape[0], results.lanes, results.seed
    (8, 8, 1)
    """

    scenario: dict[str, Any]
    hash: str
    digest: str
    lanes: int
    seed: int
    engine: str
    uncertainty: str
    levers: tuple[str, ...]
    folder: Path | None = None

    @property
    @abstractmethod
    def outcomes(self) -> pd.DataFrame:
        """One row a lane, one column an outcome such as ``coalition`` or ``alignment.AUS.2012-12``."""

    @property
    @abstractmethod
    def quantiles(self) -> xr.Dataset:
        """5, 25, 50, 75 and 95 %, mean and standard deviation of every variable by month and state; membership."""

    @property
    @abstractmethod
    def trajectories(self) -> xr.Dataset:
        """Every lane month by month, dimensions lane, month, state.

        Raises
        ------
        WedgeError
            If the run did not keep them.
        """

    @property
    @abstractmethod
    def failures(self) -> pd.DataFrame:
        """Lanes that went wrong and are left out, index lane: month, state, variable, value and rule; usually empty."""

    @property
    @abstractmethod
    def events(self) -> Sequence[Stimulus]:
        """The record as the run used it, after the scenario's edits."""

    @property
    @abstractmethod
    def responses(self) -> Sequence[Placed]:
        """The responses of the record that lanes are held to; none where they are left to chance."""

    @property
    def name(self) -> str:
        """The scenario's name."""
        return self.scenario["name"]

    @property
    def title(self) -> str:
        """The scenario's title."""
        return self.scenario["title"]

    @property
    def question(self) -> str:
        """The question that the run answers."""
        return self.scenario["question"]

    @property
    def plot(self) -> ResultPlots:
        """Figures: ``plot.fan("AUS")``, ``plot.outcomes()``, ``plot.spectrum()``."""
        return ResultPlots(self)

    def summary(self) -> pd.DataFrame:
        """How each outcome is distributed over the lanes.

        Returns
        -------
        DataFrame
            Index outcome; columns ``unit``, ``mean``, ``sd``, ``q05`` to ``q95``, ``lanes`` that define it, and what the
            spread ``holds``. A stored run has it as ``summary.csv``.

        Examples
        --------
        >>> import wedge
        >>> summary = wedge.run(wedge.load("history", until="2012-12"), lanes=8).summary()
        >>> summary.loc["coalition", "unit"]
        'share of capability'
        """
        rows = summarise([str(name) for name in self.outcomes], self.outcomes.to_numpy(), self.uncertainty)
        return pd.DataFrame(map(asdict, rows.values()), index=pd.Index(rows, name="outcome"))

    def to_pandas(self) -> pd.DataFrame:
        """The outcomes as a table of the caller's own: one row a lane, one column an outcome.

        Examples
        --------
        >>> import wedge
        >>> wedge.run(wedge.load("history", until="2012-12"), lanes=8).to_pandas().index.name
        'lane'
        """
        return self.outcomes.copy()

    def to_xarray(self) -> xr.Dataset:
        """The outcomes as labelled arrays, with units, long names, and the run's identity in the attributes.

        Returns
        -------
        Dataset
            A variable for each outcome: dimension ``lane`` and, where it has them, ``state``, ``month`` of the report,
            ``institution``, ``side`` (hub, challenger).

        Examples
        --------
        >>> import wedge
        >>> data = wedge.run(wedge.load("history", until="2012-12"), lanes=8).to_xarray()
        >>> data.alignment.sel(state="AUS").dims
        ('lane', 'month')
        """
        return labelled_outcomes(self.outcomes, self.quantiles)

    def nearer(self, one: str, other: str, at: str | None = None) -> float:
        """Share of lanes in which one state stands nearer the hub than another.

        Position has no more certain reading: its unit is a convention, its order is not.

        Parameters
        ----------
        one, other : str
            Codes of states.
        at : str, optional
            Month of the report; the first if omitted.

        Raises
        ------
        InputError
            If there is no such state, or no report of that month.

        Examples
        --------
        >>> import wedge
        >>> wedge.run(wedge.load("history", until="2012-12"), lanes=8).nearer("JPN", "KHM")
        1.0
        """
        reports = list(self.scenario["report"])
        if not reports:
            raise InputError("the scenario reports no month", key="at")
        month = reports[0] if at is None else str(at)
        if month not in reports:
            raise InputError(unknown("report date", month, reports), key="at")
        codes = [str(code) for code in self.quantiles["state"].values]
        for code in (one, other):
            if code not in codes:
                raise InputError(unknown("state", str(code), codes))
        table = self.outcomes
        return float((table[f"alignment.{one}.{month}"] > table[f"alignment.{other}.{month}"]).mean())

    def __repr__(self) -> str:
        place = "in memory" if self.folder is None else str(self.folder)
        return f"<Results of {self.name}: {self.lanes:,} lanes, seed {self.seed}, {place}>"

    def _repr_html_(self) -> str:
        failed = len(self.failures)
        lanes = f"{self.lanes - failed:,} lanes" + (f" ({failed:,} more went wrong)" if failed else "")
        leaning = f" Assumptions in force: {', '.join(self.levers)}." if self.levers else ""
        return (
            heading(self.title, self.question)
            + summary_table(self.summary(), self.quantiles)
            + paragraph(
                f"Spread over {lanes}, seed {self.seed}; it holds {self.uncertainty}.{leaning} "
                f"Scenario hash {self.hash[:8]}, digest {self.digest[:8]}."
            )
        )


class MemoryResults(Results):
    """Results in memory."""

    def __init__(self, ensemble: Ensemble) -> None:
        case = ensemble.timeline.case
        self.scenario, self.hash, self.digest = case.scenario.plain(), case.hash, ensemble.digest
        self.lanes, self.seed, self.engine = ensemble.lanes, ensemble.seed, ensemble.engine
        self.uncertainty, self.levers = ensemble.quantiles.attrs["uncertainty"], levers_of(case)
        self._ensemble = ensemble

    @property
    def outcomes(self) -> pd.DataFrame:  # noqa: D102
        return self._ensemble.outcomes

    @property
    def quantiles(self) -> xr.Dataset:  # noqa: D102
        return self._ensemble.quantiles

    @property
    def trajectories(self) -> xr.Dataset:  # noqa: D102
        if self._ensemble.trajectories is None:
            raise InputError("this run kept no trajectories; run with trajectories=True to have them")
        return self._ensemble.trajectories

    @property
    def failures(self) -> pd.DataFrame:  # noqa: D102
        return failure_table(self._ensemble.failures, "").drop(columns="command")

    @property
    def events(self) -> Sequence[Stimulus]:  # noqa: D102
        return self._ensemble.timeline.events

    @property
    def responses(self) -> Sequence[Placed]:  # noqa: D102
        return self._ensemble.timeline.responses


class StoredResults(Results):
    """Results of a stored run; each part is read when it is first asked for."""

    def __init__(self, run: Run, scenario: Mapping[str, Any] | None = None) -> None:
        about = run.manifest
        given = scenario or about["scenario"]  # words may have changed since it was stored, numbers have not
        self.scenario = about["scenario"] | ({"asks": given["asks"]} if "asks" in given else {})
        self.hash, self.digest = about["scenario_hash"], about["digest"]
        self.lanes, self.seed, self.engine = about["lanes"], about["seed"], about["engine"]
        self.uncertainty, self.levers = about["uncertainty"], tuple(about["levers"])
        self.folder, self.run = run.folder, run

    @cached_property
    def outcomes(self) -> pd.DataFrame:  # noqa: D102
        return self.run.outcomes()

    @cached_property
    def quantiles(self) -> xr.Dataset:  # noqa: D102
        return self.run.quantiles()

    @cached_property
    def trajectories(self) -> xr.Dataset:  # noqa: D102
        return self.run.trajectories()

    @cached_property
    def failures(self) -> pd.DataFrame:  # noqa: D102
        return self.run.failures().drop(columns="command")

    @cached_property
    def events(self) -> Sequence[Stimulus]:  # noqa: D102
        return self.run.events()

    @cached_property
    def responses(self) -> Sequence[Placed]:  # noqa: D102
        if self.scenario.get("responses") != "recorded":
            return ()
        return recorded_responses(load_case(self.run.folder / SCENARIO))
