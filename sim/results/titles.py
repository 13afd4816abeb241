"""Outcomes as people read them: in tables, figures and notebooks."""

from __future__ import annotations

from collections.abc import Mapping

from sim.results.outcomes import parse_column
from sim.words import possessive


def title_of(column: str, hub: str, challenger: str, names: Mapping[str, str]) -> str:
    """The title of a column of outcomes, with the names of the powers, states and institutions that it is about.

    Parameters
    ----------
    column : str
        As in a table of outcomes.
    hub, challenger : str
        Names of the powers.
    names : mapping
        Code of a state or key of an institution -> its name; one that is not there is shown as it is.

    Raises
    ------
    KeyError
        If it is not the name of an outcome.

    Examples
    --------
    >>> names = {"SYR": "Syracuse"}
    >>> title_of("cohesion.hub", "Rome", "Carthage", names), title_of("coalition", "Rome", "Carthage", names)
    ('Cohesion: Rome', 'Rome\u2019s coalition')
    >>> title_of("view.SYR.0212-01", "Rome", "Carthage", names)
    'View of Carthage: Syracuse, 0212-01'
    """
    parts, powers = parse_column(column), {"hub": hub, "challenger": challenger}
    title = parts.outcome.title
    for side, name in powers.items():
        title = title.replace(f"{side.capitalize()}'s", possessive(name)).replace(side, name)
    actors = (parts.state, parts.institution, powers.get(parts.power, ""))
    detail = ", ".join(filter(None, (*(names.get(actor, actor) for actor in actors), parts.date)))
    return f"{title}: {detail}" if detail else title
