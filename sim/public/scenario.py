"""A scenario as a Python caller holds it: loaded and checked, and ready to be run, compared and replayed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Self

import pandas as pd

from sim.engine.story import replay, require_simulated
from sim.errors import InputError, unknown
from sim.io.values import as_month, whole_number
from sim.public.comparison import Comparison
from sim.public.display import heading, paragraph
from sim.public.results import MemoryResults, Results, StoredResults
from sim.runs.ensemble import simulate
from sim.runs.store import run_or_find
from sim.scenario.case import Case
from sim.scenario.loading import load_case
from sim.types import Engine


class Scenario(Case):
    """A loaded scenario, from `wedge.load`.

    Whatever takes a scenario, such as `wedge.AllianceModel`, takes this one.

    Attributes
    ----------
    name, title, question : str
    hash : str
        SHA-256 (hex) of everything that the numbers depend on.
    world, record, events
        What it refers to: the world, the record as documented, and its events after the scenario's edits.
    scenario : sim.scenario.schema.Scenario
        Every key with its value: ``until``, ``branch``, ``report``, ``levers`` and so on.

    Examples
    --------
    >>> import wedge
    >>> scenario = wedge.load("thaad-without-punishment", until="2018-12")
    >>> scenario.title
    'Beijing lets the THAAD deployment pass'
    """

    @classmethod
    def load(
        cls,
        name_or_path: str | Path,
        changes: Mapping[str, object] | None = None,
        posterior: str | Path | None = None,
    ) -> Self:
        """What `sim.scenario.loading.load_case` gives, as a scenario of this class."""
        case = load_case(name_or_path, changes, posterior)
        return cls(**{part.name: getattr(case, part.name) for part in fields(case)})

    @property
    def name(self) -> str:
        """The name in files and folders."""
        return self.scenario.name

    @property
    def title(self) -> str:
        """What happens, in a few words."""
        return self.scenario.title

    @property
    def question(self) -> str:
        """The question that a run answers."""
        return self.scenario.question

    def to_yaml(self) -> str:
        """The scenario as the text of a file that extends nothing and loads to the same simulation.

        Examples
        --------
        >>> import wedge
        >>> print(wedge.load("history").to_yaml().splitlines()[0])
        name: history
        """
        return self.scenario.to_yaml()

    def run(
        self,
        lanes: int = 1000,
        seed: int = 1,
        *,
        threads: int | None = None,
        engine: Engine = "lanes",
        trajectories: bool = False,
        out: str | Path | None = None,
        force: bool = False,
    ) -> Results:
        """Simulate the scenario many times.

        Parameters
        ----------
        lanes : int
            How many times; each is a lane, one possible history.
        seed : int
            The same seed gives the same numbers.
        threads : int, optional
            All processors if left out; any number gives the same result.
        engine : {"lanes", "mesa"}
            Compiled lanes, or the Mesa model stepped one lane at a time; both give the same numbers.
        trajectories : bool
            Keep every lane month by month, too.
        out : str or Path, optional
            Folder that holds stored runs, such as ``outputs``: an identical run is found there and not repeated, one that was
            stopped goes on. Left out, the results are in memory alone.
        force : bool
            Simulate again, and replace what is stored.

        Returns
        -------
        Results

        Raises
        ------
        InputError
            If an argument is out of range.
        StoreError
            If the stored run is damaged.

        See Also
        --------
        wedge.open : open a stored run again.

        Examples
        --------
        >>> import wedge
        >>> wedge.load("history", until="2012-12").run(lanes=8)
        <Results of history: 8 lanes, seed 1, in memory>
        """
        if out is None:
            return MemoryResults(
                simulate(self, lanes=lanes, seed=seed, threads=threads, engine=engine, keep=trajectories)
            )
        return StoredResults(
            run_or_find(
                self,
                lanes=lanes,
                seed=seed,
                threads=threads,
                engine=engine,
                keep=trajectories,
                out=out,
                force=force,
            ),
            self.scenario.plain(),
        )

    def compare(
        self,
        *others: Case | str | Path,
        lanes: int = 1000,
        seed: int = 1,
        threads: int | None = None,
        out: str | Path | None = None,
        force: bool = False,
    ) -> Comparison:
        """Set what-ifs beside this scenario, lane by lane: lane k of each meets the same chance.

        Parameters
        ----------
        *others : Scenario, str or Path
            One or more what-ifs of the same world.
        lanes, seed, threads, out, force
            As in `run`.

        Returns
        -------
        Comparison

        Raises
        ------
        InputError
            If there is nothing to compare with, or the worlds differ.

        Examples
        --------
        >>> import wedge
        >>> calm = wedge.load("quiet-senkakus", until="2012-12")
        >>> wedge.load("history", until="2012-12").compare(calm, lanes=8)
        <Comparison of history with quiet-senkakus: 8 lanes, seed 1, in memory>
        """
        scenarios = [self, *map(as_scenario, others)]
        Comparison.require_comparable(scenarios)
        results = [scenario.run(lanes, seed, threads=threads, out=out, force=force) for scenario in scenarios]
        return Comparison.of(results, out, force=force)

    def replay(
        self,
        lane: int = 0,
        seed: int = 1,
        *,
        state: str | None = None,
        start: str | None = None,
        end: str | None = None,
    ) -> pd.DataFrame:
        """One lane, made again in Mesa: who did what to whom, what moved, and which draw decided.

        Parameters
        ----------
        lane, seed : int
            Of a run of this scenario.
        state : str, optional
            Code of the state whose story is wanted; all if left out.
        start, end : str, optional
            First and last month (``YYYY-MM``).

        Returns
        -------
        DataFrame
            A row for each thing that happened; columns ``month``, ``state``, ``text``, ``detail``.

        Examples
        --------
        >>> import wedge
        >>> story = wedge.load("history", until="2012-12").replay(lane=7, state="KOR", start="2012-01")
        >>> list(story.columns)
        ['month', 'state', 'text', 'detail']
        """
        lane, seed = whole_number(lane, "lane", 0, 2**31 - 1), whole_number(seed, "seed", 0, 2**63 - 1)
        first = None if start is None else as_month(start, "start")
        last = None if end is None else as_month(end, "end")
        if first is not None and last is not None and first > last:
            raise InputError(f"{start} is after the end, {end}", key="start")
        if state is not None and state not in self.world.place:
            raise InputError(unknown("state", state, self.world.codes), key="state")
        require_simulated(self, state, first, last)
        story = replay(self, lane, seed, last)
        columns = ["month", "state", "text", "detail"]
        return pd.DataFrame([asdict(line) for line in story.lines(state, first, last)], columns=columns)

    def _repr_html_(self) -> str:
        return heading(self.title, self.question) + paragraph(repr(self)[1:-1])


def as_scenario(scenario: Case | str | Path) -> Scenario:
    """A scenario, loaded if it is not yet."""
    if isinstance(scenario, Scenario):
        return scenario
    if isinstance(scenario, Case):
        return Scenario(**{part.name: getattr(scenario, part.name) for part in fields(scenario)})
    return Scenario.load(scenario)
