"""What-ifs beside their base, in memory or stored: what differs, lane by lane."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Self

import pandas as pd

from sim.errors import InputError, unknown
from sim.io.values import as_path
from sim.lab.answer import answer_between
from sim.lab.answer_parts import Answer
from sim.lab.asked import Compared, as_asks
from sim.lab.compare import Comparison as StoredComparison
from sim.lab.compare import compare_runs, paired_difference, require_one_world
from sim.lab.finding import Finding, find, states_named
from sim.lab.steps import steps_between
from sim.public.display import differences_table, heading, paragraph
from sim.public.plots import ComparisonPlots
from sim.public.results import Results, StoredResults
from sim.scenario.case import Case


class Comparison:
    """What-ifs beside their base, from `wedge.compare` or `wedge.open`.

    Methods that take an ``alternative`` mean the what-if of that name; it may be left out where there is only one.

    Attributes
    ----------
    base : Results
    alternatives : tuple of str
        Names of the what-ifs; ``comparison[name]`` is the `Results` of one.
    lanes, seed : int
    folder : Path or None
        Where a stored comparison lies; None in memory.

    Examples
    --------
    >>> import wedge
    >>> short = {"until": "2012-12"}
    >>> calm = wedge.load("quiet-senkakus", **short)
    >>> comparison = wedge.load("history", **short).compare(calm, lanes=8)
    >>> comparison.alternatives
    ('quiet-senkakus',)
    """

    def __init__(self, base: Results, alternatives: Sequence[Results], folder: Path | None = None) -> None:
        labels = _labels([base, *alternatives])
        self.base, self.base_label, self.folder = base, labels[0], folder
        self.lanes, self.seed = base.lanes, base.seed
        self._results = dict(zip(labels[1:], alternatives, strict=True))

    @classmethod
    def of(cls, results: Sequence[Results], out: str | Path | None = None, *, force: bool = False) -> Self:
        """Pair results, the base first; with ``out``, a folder that holds their runs, store the comparison there."""
        base, *others = results
        if out is None:
            return cls(base, others)
        first, *rest = [part.run for part in results if isinstance(part, StoredResults)]
        return cls(base, others, compare_runs(first, rest, out=as_path(out, "out"), force=force).folder)

    @classmethod
    def stored(cls, comparison: StoredComparison) -> Self:
        """A comparison that was stored."""
        return cls(
            StoredResults(comparison.base), [*map(StoredResults, comparison.alternatives)], comparison.folder
        )

    @staticmethod
    def require_comparable(cases: Sequence[Case]) -> None:
        """Refuse what cannot be compared, before anything runs.

        Raises
        ------
        InputError
            If there is no what-if, the worlds differ, or two scenarios are one.
        """
        if len(cases) < 2:
            raise InputError("nothing to compare with; name one or more what-ifs")
        require_one_world([case.scenario.world for case in cases])
        for case, count in Counter(case.hash for case in cases).items():
            if count > 1:
                names = [part.scenario.name for part in cases if part.hash == case]
                raise InputError(
                    f"{' and '.join(names)} are the same simulation; there is nothing to compare"
                )

    @property
    def alternatives(self) -> tuple[str, ...]:
        """Names of the what-ifs."""
        return tuple(self._results)

    @property
    def plot(self) -> ComparisonPlots:
        """Figures: ``plot.headline()``, ``plot.differences()``, ``plot.effects()``, ``plot.fan("KOR")``."""
        return ComparisonPlots(self)

    def chosen(self, alternative: str | None = None) -> str:
        """The name of a what-if: the one named, or the only one.

        Raises
        ------
        InputError
            If no alternative has that name, or there are several and no name is given.
        """
        if alternative is None and len(self._results) == 1:
            return next(iter(self._results))
        if alternative is None:
            raise InputError(f"there are several what-ifs; name one of {', '.join(self._results)}")
        if alternative not in self._results:
            raise InputError(unknown("what-if", str(alternative), self._results))
        return alternative

    def __getitem__(self, alternative: str | None) -> Results:
        return self._results[self.chosen(alternative)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._results)

    def __len__(self) -> int:
        return len(self._results)

    def paired(self, alternative: str | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Outcomes of the base and of a what-if, in the lanes that went wrong in neither."""
        base, other = self.base.outcomes, self[alternative].outcomes
        lanes = base.index.intersection(other.index)
        return base.loc[lanes], other.loc[lanes]

    def answer(
        self, alternative: str | None = None, asks: Mapping[str, Sequence[str]] | None = None
    ) -> Answer:
        """The answer to a what-if's question: a verdict by a stated rule, a sentence, and the figures behind them.

        Parameters
        ----------
        alternative : str, optional
        asks : mapping, optional
            What is asked in place of what the scenario says: ``states``, ``outcomes``, months ``at``, ``expects``.

        Returns
        -------
        Answer
            ``verdict`` (``yes``, ``no``, ``cannot tell``, ``cannot be asked of this model``), ``sentence`` and ``figures`` of
            the first outcome asked for; ``parts`` has one of each.

        Raises
        ------
        InputError
            If ``asks`` holds something else.

        See Also
        --------
        steps : the dated steps behind it.

        Examples
        --------
        >>> import wedge
        >>> short = {"until": "2014-12"}
        >>> calm = wedge.load("quiet-senkakus", **short)
        >>> answer = wedge.load("history", **short).compare(calm, lanes=8).answer()
        >>> answer.question.states, [part.outcome for part in answer.parts]
        (('JPN',), ['steps', 'view'])
        """
        base, other = self.base, self[alternative]
        lanes = base.outcomes.index.intersection(other.outcomes.index)
        sides = [
            Compared(
                part.scenario,
                part.events,
                part.quantiles,
                frozenset(map(str, part.outcomes.columns)),
                partial(_in_lanes, part, lanes),
            )
            for part in (base, other)
        ]
        levers = len({*base.levers, *other.levers})
        said = other.scenario.get("asks") or {}
        wanted = None if asks is None else as_asks({**said, **asks}, sides[1])
        return answer_between(*sides, levers=levers, asks=wanted, lost=self.steps(alternative))

    def steps(self, alternative: str | None = None) -> pd.DataFrame:
        """The recorded steps, and in what share of lanes the what-if lacks each.

        Returns
        -------
        DataFrame
            Index ``id`` of the response, the likeliest to be missing first; ``month``, ``state``, ``direction`` (1 toward the
            hub, -1 toward the challenger), ``weight``, ``probability``, ``depends`` (it stands or falls with an offer that the
            state accepted before), ``unoffered`` (the what-if takes its offer out), ``title``. Empty where responses are
            simulated.

        Examples
        --------
        >>> import wedge
        >>> short = {"until": "2014-12"}
        >>> calm = wedge.load("quiet-senkakus", **short)
        >>> steps = wedge.load("history", **short).compare(calm, lanes=8).steps()
        >>> bool(steps["probability"].between(0, 1).all())
        True
        """
        base, other = self.paired(alternative)
        return steps_between(
            self.base.responses,
            {*map(str, base.columns)} & {*map(str, other.columns)},
            lambda names: base[names],
            lambda names: other[names],
            {act.id for act in self[alternative].events},
        )

    def finding(self, alternative: str | None = None) -> Finding:
        """What a what-if did: whom it is about, what moved for them, and a sentence that says so.

        Examples
        --------
        >>> import wedge
        >>> short = {"until": "2012-12"}
        >>> calm = wedge.load("quiet-senkakus", **short)
        >>> wedge.load("history", **short).compare(calm, lanes=8).finding().states
        ('JPN',)
        """
        base, results = self.base, self[alternative]
        named = states_named((base.scenario, base.events), (results.scenario, results.events))
        return find(base.quantiles, results.quantiles, self.table(alternative), named)

    def table(self, alternative: str | None = None) -> pd.DataFrame:
        """How each outcome differs between a what-if and the base, lane by lane.

        Returns
        -------
        DataFrame
            Index outcome; ``unit``, distributions of both sides (``base_mean``, ``alternative_q05`` and so on), those of the
            difference (``difference_mean``, ``difference_q05``), ``low`` and ``high`` (the 95 % Monte-Carlo interval of
            the mean difference), shares of lanes in which it ``rises``, ``falls`` or is ``equal``, and the ``lanes`` that
            define it.

        See Also
        --------
        sim.lab.compare.paired_difference : the same, of two tables of outcomes.

        Examples
        --------
        >>> import wedge
        >>> short = {"until": "2012-12"}
        >>> calm = wedge.load("quiet-senkakus", **short)
        >>> table = wedge.load("history", **short).compare(calm, lanes=8).table()
        >>> table.loc["crises", "unit"]
        'state-months'
        """
        return paired_difference(*self.paired(alternative))

    def to_pandas(self, alternative: str | None = None) -> pd.DataFrame:
        """The what-if minus the base: one row a lane, one column an outcome that both have.

        Examples
        --------
        >>> import wedge
        >>> short = {"until": "2012-12"}
        >>> calm = wedge.load("quiet-senkakus", **short)
        >>> wedge.load("history", **short).compare(calm, lanes=8).to_pandas().index.name
        'lane'
        """
        base, other = self.paired(alternative)
        shared = base.columns.intersection(other.columns, sort=False)
        return other[shared] - base[shared]

    def __repr__(self) -> str:
        place = "in memory" if self.folder is None else str(self.folder)
        names = ", ".join(self._results)
        return (
            f"<Comparison of {self.base_label} with {names}: {self.lanes:,} lanes, seed {self.seed}, {place}>"
        )

    def _repr_html_(self) -> str:
        text = ""
        for name, results in self._results.items():
            text += heading(results.title, results.question) + paragraph(str(self.answer(name)))
            text += paragraph(f"{self.finding(name).sentence}.")
            text += paragraph(f"{name}, against {self.base_label}: {self.base.title}")
            text += differences_table(self.table(name), results.quantiles)
        return text + paragraph(
            f"Paired over {self.lanes:,} lanes, seed {self.seed}. In brackets the 95 % Monte-Carlo interval of the mean "
            "difference; 5–95 %: the middle 90 % of the lanes' own differences."
        )


def _in_lanes(results: Results, lanes: pd.Index, names: list[str]) -> pd.DataFrame:
    return results.outcomes.loc[lanes, names]


def _labels(results: Sequence[Results]) -> list[str]:
    """Names of runs; those that share one are distinguished by the scenario's hash."""
    names = Counter(part.name for part in results)
    return [part.name if names[part.name] == 1 else f"{part.name} ({part.hash[:8]})" for part in results]
