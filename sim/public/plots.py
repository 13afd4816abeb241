"""The figures of results and comparisons, as Matplotlib figures that a notebook shows."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from sim.errors import InputError, WedgeError, unknown
from sim.io.values import as_month

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    import xarray as xr
    from matplotlib.figure import Figure

    from sim.figures.kit.sheet import Sheet
    from sim.lab.finding import Finding
    from sim.scenario.record import Stimulus


class Results(Protocol):
    """What a figure needs of results."""

    @property
    def name(self) -> str: ...  # noqa: D102
    @property
    def outcomes(self) -> pd.DataFrame: ...  # noqa: D102
    @property
    def quantiles(self) -> xr.Dataset: ...  # noqa: D102
    @property
    def events(self) -> Sequence[Stimulus]: ...  # noqa: D102


class Comparison(Protocol):
    """What a figure needs of a comparison."""

    @property
    def base(self) -> Results: ...  # noqa: D102
    @property
    def base_label(self) -> str: ...  # noqa: D102
    @property
    def alternatives(self) -> tuple[str, ...]: ...  # noqa: D102
    def chosen(self, alternative: str | None) -> str: ...  # noqa: D102
    def paired(self, alternative: str | None) -> tuple[pd.DataFrame, pd.DataFrame]: ...  # noqa: D102
    def finding(self, alternative: str | None) -> Finding: ...  # noqa: D102
    def __getitem__(self, alternative: str | None) -> Results: ...


class ResultPlots:
    """Figures of one run; each method returns a Matplotlib figure.

    Examples
    --------
    >>> import wedge
    >>> results = wedge.run(wedge.load("history", until="2012-12"), lanes=8)
    >>> results.plot
    <Figures of history: fan, outcomes, spectrum>
    """

    def __init__(self, results: Results) -> None:
        self._results = results

    def __repr__(self) -> str:
        return f"<Figures of {self._results.name}: fan, outcomes, spectrum>"

    def fan(self, *states: str) -> Figure:
        """Alignment through time: the median, and the middle 50 % and 90 % of the lanes, with the acts upon each state.

        Parameters
        ----------
        *states : str
            Codes; all states if left out.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        InputError
            If there is no such state.

        Examples
        --------
        >>> import wedge
        >>> results = wedge.run(wedge.load("history", until="2012-12"), lanes=8)
        >>> results.plot.fan("AUS")
        <Figure size ...>
        """
        from sim.figures.fans import draw_fans

        quantiles, events = _only(self._results.quantiles, states), self._results.events
        return _figure(self._results, lambda: draw_fans(quantiles, events))

    def outcomes(self) -> Figure:
        """How the outcomes that are one number a lane are distributed.

        Examples
        --------
        >>> import wedge
        >>> wedge.run(wedge.load("history", until="2012-12"), lanes=8).plot.outcomes()
        <Figure size ...>
        """
        from sim.figures.distributions import draw_distributions

        results = self._results
        return _figure(results, lambda: draw_distributions(results.quantiles, results.outcomes))

    def spectrum(self, *dates: str) -> Figure:
        """Where each state stands between the powers, at up to four dates.

        Parameters
        ----------
        *dates : str
            Months (``YYYY-MM``); first and last, the branch and the end of the record if left out.

        Examples
        --------
        >>> import wedge
        >>> wedge.run(wedge.load("history", until="2012-12"), lanes=8).plot.spectrum("2012-12")
        <Figure size ...>
        """
        from sim.figures.spectrum import draw_spectrum

        for date in dates:
            as_month(date, "dates")
        return _figure(self._results, lambda: draw_spectrum(self._results.quantiles, dates or None))


class ComparisonPlots:
    """Figures of a comparison; each method returns a Matplotlib figure, of the one what-if or of the one named."""

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison

    def __repr__(self) -> str:
        return f"<Figures of {', '.join(self._comparison.alternatives)}: headline, differences, effects, fan>"

    def headline(self, alternative: str | None = None) -> Figure:
        """What the what-if did, in a sentence, and what moved through time against the base.

        Examples
        --------
        >>> import wedge
        >>> base = wedge.load("history", until="2012-12")
        >>> peers = wedge.load("history", until="2012-12", levers={"peer_influence": 5})
        >>> base.compare(peers, lanes=8).plot.headline()
        <Figure size ...>
        """
        from sim.figures.headline import draw_headline

        comparison = self._comparison
        results, base = comparison[alternative], comparison.base
        finding = comparison.finding(alternative)
        return _figure(
            results, lambda: draw_headline(results.quantiles, base.quantiles, comparison.base_label, finding)
        )

    def differences(self, alternative: str | None = None) -> Figure:
        """Each outcome under both scenarios, and the difference lane by lane.

        Examples
        --------
        >>> import wedge
        >>> base = wedge.load("history", until="2012-12")
        >>> peers = wedge.load("history", until="2012-12", levers={"peer_influence": 5})
        >>> base.compare(peers, lanes=8).plot.differences()
        <Figure size ...>
        """
        from sim.figures.paired import draw_paired

        return self._paired(draw_paired, alternative)

    def effects(self, alternative: str | None = None) -> Figure:
        """Whose alignment moves, and by how much: the paired difference by state and date.

        Examples
        --------
        >>> import wedge
        >>> base = wedge.load("history", until="2012-12")
        >>> peers = wedge.load("history", until="2012-12", levers={"peer_influence": 5})
        >>> base.compare(peers, lanes=8).plot.effects()
        <Figure size ...>
        """
        from sim.figures.effects import draw_effects

        return self._paired(draw_effects, alternative)

    def fan(self, *states: str, alternative: str | None = None) -> Figure:
        """Alignment through time under the what-if, with the median of the base dashed.

        Examples
        --------
        >>> import wedge
        >>> base = wedge.load("history", until="2012-12")
        >>> peers = wedge.load("history", until="2012-12", levers={"peer_influence": 5})
        >>> base.compare(peers, lanes=8).plot.fan()
        <Figure size ...>
        """
        from sim.figures.fans import draw_fans

        base, results = self._comparison.base, self._comparison[alternative]
        quantiles = _only(results.quantiles, states)
        label = self._comparison.base_label
        return _figure(results, lambda: draw_fans(quantiles, (), base.quantiles, label))

    def _paired(self, draw: Callable[..., Sheet | None], alternative: str | None) -> Figure:
        comparison = self._comparison
        name, results = comparison.chosen(alternative), comparison[alternative]
        base, other = comparison.paired(alternative)
        return _figure(results, lambda: draw(results.quantiles, comparison.base_label, base, name, other))


def _only(quantiles: xr.Dataset, states: tuple[str, ...]) -> xr.Dataset:
    """The quantiles of some states, or of all if none is named."""
    known = [str(code) for code in quantiles["state"].values]
    for code in states:
        if code not in known:
            raise InputError(unknown("state", str(code), known))
    return quantiles.sel(state=list(dict.fromkeys(states))) if states else quantiles


def _figure(results: Results, draw: Callable[[], Sheet | None]) -> Figure:
    """A figure in the house style, which a notebook shows with ``pyplot`` or without.

    Raises
    ------
    WedgeError
        If there is nothing to draw.
    """
    from sim.figures.kit.style import house

    if results.outcomes.empty:
        raise WedgeError(f"every lane of {results.name} went wrong; there is nothing to draw")
    with house():
        sheet = draw()
    if sheet is None:
        raise WedgeError(
            f"nothing to draw of {results.name}: no outcome of this figure is defined or differs"
        )
    figure: Any = sheet.figure
    figure._repr_png_ = lambda: _as_png(figure)
    return figure


def _as_png(figure: Figure) -> bytes:
    memory = io.BytesIO()
    figure.savefig(memory, format="png")
    return memory.getvalue()
