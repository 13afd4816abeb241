"""Parts of what a notebook shows of results and comparisons: headings, and tables with titles for people."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import TYPE_CHECKING

import pandas as pd

from sim.errors import printable
from sim.results.titles import title_of

if TYPE_CHECKING:
    import xarray as xr

MOST_MOVED = 8
"""States and institutions listed for a what-if; all are in its table."""


def heading(title: str, question: str) -> str:
    """Title and question of a scenario."""
    return f"<b>{_text(title)}</b>" + paragraph(question)


def paragraph(text: str) -> str:
    """Plain text as a paragraph."""
    return f"<p>{_text(text)}</p>"


def outcome_title(column: str, quantiles: xr.Dataset) -> str:
    """A column of outcomes as figures and tables name it: ``alignment.AUS.2016-12`` is "Alignment: Australia, 2016-12".

    Parameters
    ----------
    column : str
    quantiles : Dataset
        Of the run, for the names of powers, states and institutions.
    """
    from sim.figures.kit.about import about, institution_titles, state_names

    run = about(quantiles)
    names = state_names(quantiles) | institution_titles(quantiles)
    return title_of(column, run.hub, run.challenger, names)


def summary_table(summary: pd.DataFrame, quantiles: xr.Dataset) -> str:
    """The outcomes that are one number a lane: mean, median and the middle 90 % of the lanes."""
    from sim.figures.kit.measures import measures
    from sim.figures.kit.style import number

    rows = [
        (
            outcome_title(str(name), quantiles),
            number(row["mean"]),
            number(row["q50"]),
            f"{number(row['q05'])} to {number(row['q95'])}",
            _unit(row["unit"]),
        )
        for name, row in summary.loc[measures(summary.index)].iterrows()
    ]
    return _table(("Outcome", "Mean", "Median", "5–95 %", "Unit"), rows)


def differences_table(table: pd.DataFrame, quantiles: xr.Dataset) -> str:
    """The differences in the outcomes that are one number a lane, then the states and institutions that moved most."""
    from sim.figures.kit.measures import measures
    from sim.figures.kit.style import number

    def signed(value: float) -> str:
        return number(value, signed=True)

    whole = measures(table.index)
    actors = table.drop(index=whole)
    moved = actors["difference_mean"].abs()[actors["equal"] < 1]
    most = moved.sort_values(ascending=False, kind="stable").index[:MOST_MOVED]
    rows = [
        (
            outcome_title(str(name), quantiles),
            number(row["base_mean"]),
            number(row["alternative_mean"]),
            f"{signed(row['difference_mean'])} [{signed(row['low'])}, {signed(row['high'])}]",
            f"{signed(row['difference_q05'])} to {signed(row['difference_q95'])}",
            _unit(row["unit"]),
        )
        for name, row in table.loc[[*whole, *most]].iterrows()
    ]
    return _table(("Outcome", "Base", "What-if", "Difference", "5–95 %", "Unit"), rows) + paragraph(
        f"{len(moved)} of {len(actors)} outcomes of single states and institutions differ in some lane."
    )


def _table(headings: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{_text(word)}</th>" for word in headings)
    body = "".join(f"<tr>{''.join(f'<td>{_text(cell)}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _text(text: str) -> str:
    return html.escape(printable(text.replace("\u00a0", " ")))


def _unit(unit: str) -> str:
    """A unit as a table prints it; nothing for a bare number."""
    return "" if unit == "1" else unit.replace("-1", "\u22121")
