"""Indicators of where states stand, by state and year, higher is nearer the hub.

The tables are in ``calibration/evidence/indicators``, where `README.md` gives their sources. A panel holds some indicators up to some year, each with mean 0 and standard deviation 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.io.csv_tables import Column, number, pattern, read_table, year
from sim.io.library import data_root, record_folder
from sim.months import month_number
from sim.scenario.targets import load_responses
from sim.types import Floats

TABLES = Path(__file__).resolve().parent.parent / "evidence" / "indicators"
LAST_YEAR_BEFORE = 2009
"""Homes rest on nothing later: the Indo-Pacific world starts in January 2010."""
ORIGIN = 2010.0
"""The moment of a home, in years: the end of 2009."""
FIRST_YEAR, LATEST = 2005, 2024
MIDDLE_OF_VISITS = 2021
ARMS_FLOOR = 20.0
"""Added to deliveries from each side, millions of SIPRI's trend-indicator value: one small shipment is no side."""

Series = dict[tuple[str, int], float]
_code = pattern("[A-Z]{3}", "a code of three capital letters")
_amount = number(-1e9, 1e9)


@dataclass(frozen=True)
class Indicator:
    """One indicator and how the model treats it.

    Attributes
    ----------
    read : callable
        Values by state and year from the folder of tables.
    moves : bool
        Whether it follows a state that moves; otherwise only the level counts.
    yearly : bool
        Observed in many years, so that noise and year effects can be told from lasting offsets.
    floor : float
        Least standard deviation of lasting offsets, in standard deviations of the indicator.
    """

    key: str
    meaning: str
    read: Callable[[Path], Series]
    moves: bool = True
    yearly: bool = True
    floor: float = 0.0


def _values(path: Path, formula: Callable[..., float], *columns: str, unread: str = "") -> Series:
    schema = [Column("state", _code), Column("year", year), *(Column(name, _amount) for name in columns)]
    rows = read_table(path, schema + [Column(name, str) for name in unread.split()])
    return {(row["state"], row["year"]): formula(*(row[name] for name in columns)) for row in rows}


def votes(folder: Path) -> Series:
    """Ideal point in the General Assembly, 0 at China's and 1 at that of the United States."""
    return _values(folder / "un_positions.csv", float, "relative_position")


def arms(folder: Path, second: float = 0.0) -> Series:
    """Log ratio of arms from the United States to arms from China; a year without deliveries is even.

    Arms from Russia take no side, as steps towards Moscow take none before 2014; ``second`` counts them with China's.
    Russia is left out: it arms itself.
    """

    def ratio(hub: float, challenger: float, russia: float) -> float:
        return math.log((hub + ARMS_FLOOR) / (challenger + second * russia + ARMS_FLOOR))

    found = _values(folder / "arms_deliveries.csv", ratio, "from_usa", "from_chn", "from_rus")
    even = {(state, when): 0.0 for state, _ in found for when in range(FIRST_YEAR, LATEST + 1)}
    return {place: value for place, value in (even | found).items() if place[0] != "RUS"}


def arms_with_russia(folder: Path) -> Series:
    """As `arms`, with deliveries from Russia on China's side."""
    return arms(folder, second=1.0)


def _difference(hub: float, challenger: float) -> float:
    return math.log1p(hub) - math.log1p(challenger)


def exercises(folder: Path) -> Series:
    """Joint exercises with the United States against those with China, difference of logs.

    Taiwan is left out: neither power can exercise openly with a state that it does not recognise.
    """
    found = _values(folder / "exercises.csv", _difference, "with_usa", "with_chn")
    return {place: value for place, value in found.items() if place[0] != "TWN"}


def visits(folder: Path) -> Series:
    """Leaders' trips between the state and the United States against those with China, difference of logs.

    The table has gaps and begins in 2018, so a state has one value, the mean of its years, at their middle.
    """
    by_state: dict[str, list[float]] = {}
    for (state, _), value in _values(
        folder / "leader_trips.csv", _difference, "with_usa", "with_chn"
    ).items():
        by_state.setdefault(state, []).append(value)
    return {(state, MIDDLE_OF_VISITS): math.fsum(found) / len(found) for state, found in by_state.items()}


def troops(folder: Path) -> Series:
    """American active-duty personnel, log."""
    return _values(folder / "us_troops.csv", math.log1p, "active_duty")


def treaties(folder: Path) -> Series:
    """Treaty in 2009: a duty of defence with the United States 1, with China -1, half where it is in doubt."""
    return _values(folder / "treaties.csv", float, "treaty", unread="reference")


def forced_choice(folder: Path) -> Series:
    """Percent of an elite that would side with the United States if forced to choose; a check, in no fit."""
    return _values(folder / "forced_choice.csv", float, "percent_usa", unread="source")


VOTES = Indicator("votes", "votes in the UN General Assembly", votes)
ARMS = Indicator("arms", "suppliers of arms", arms)
EXERCISES = Indicator("exercises", "joint exercises", exercises)
VISITS = Indicator("visits", "leaders' visits", visits, yearly=False)
TREATY = Indicator("treaty", "treaty in 2009", treaties, moves=False, yearly=False)
TROOPS = Indicator("troops", "American troops", troops, moves=False, floor=0.7)
ARMS_WITH_RUSSIA = Indicator("arms", "suppliers of arms, Russia with China", arms_with_russia)
CORE = (VOTES, ARMS, EXERCISES, VISITS, TREATY)


def states_of_world() -> tuple[str, ...]:
    """The states whose places are measured, sorted."""
    path = data_root() / "worlds" / "sources" / "indo_pacific" / "states.csv"
    return tuple(
        sorted(row["code"] for row in read_table(path, [Column("code", _code), Column("name", str)]))
    )


@dataclass(frozen=True)
class Panel:
    """Indicators of many states, observed in slots of an indicator and a year.

    Attributes
    ----------
    states : tuple of str
    indicators : tuple of Indicator
    kind : int array, shape (slots,)
        Which indicator a slot belongs to.
    when : float array, shape (slots,)
        Middle of its year, in years from the end of 2009.
    values : float array, shape (states, slots)
        Standardised by indicator; nan where nothing was observed.
    spread : float array, shape (indicators,)
        Standard deviation of each indicator before it was standardised.
    steps : float array, shape (months, states), or None
        Net weight of recorded steps towards the hub by month from January 2010.
    """

    states: tuple[str, ...]
    indicators: tuple[Indicator, ...]
    kind: NDArray[np.int64]
    when: Floats
    values: Floats
    spread: Floats
    steps: Floats | None = None


def panel(
    series: Mapping[Indicator, Series], states: tuple[str, ...], last: int, steps: Floats | None = None
) -> Panel:
    """Arrange indicators up to a year, and standardise each by what is left of it; one without values is dropped."""
    held = {
        key: {place: v for place, v in found.items() if place[1] <= last} for key, found in series.items()
    }
    held = {indicator: found for indicator, found in held.items() if found}
    slots = [
        (k, when) for k, found in enumerate(held.values()) for when in sorted({when for _, when in found})
    ]
    values = np.full((len(states), len(slots)), np.nan)
    spread = np.zeros(len(held))
    for k, found in enumerate(held.values()):
        everything = np.array([found[place] for place in sorted(found) if place[0] in states])
        spread[k] = everything.std()
        for j, (kind, when) in enumerate(slots):
            if kind == k:
                column = [found.get((state, when), math.nan) for state in states]
                values[:, j] = (np.array(column) - everything.mean()) / spread[k]
    kinds = np.array([k for k, _ in slots], dtype=np.int64)
    middles = np.array([when + 0.5 - ORIGIN for _, when in slots])
    return Panel(states, tuple(held), kinds, middles, values, spread, steps)


def recorded_steps(states: tuple[str, ...]) -> Floats:
    """Net weight of the recorded steps towards the hub by month from January 2010, mass signings left out.

    Returns
    -------
    float array, shape (months, states)
        Up to December of the latest year with indicators.
    """
    first = month_number("2010-01")
    steps = np.zeros((12 * (LATEST + 1 - 2010), len(states)))
    for response in load_responses(record_folder("indo_pacific")):
        if response.direction and not response.mass:
            place = response.date - first, states.index(response.state)
            steps[place] += response.direction * response.weight
    return steps


def observed(
    indicators: tuple[Indicator, ...] = CORE, last: int = LAST_YEAR_BEFORE, folder: Path = TABLES
) -> Panel:
    """The panel of what was observed to the end of a year; later than 2009 with the recorded steps."""
    states = states_of_world()
    series = {indicator: indicator.read(folder) for indicator in indicators}
    return panel(series, states, last, recorded_steps(states) if last > LAST_YEAR_BEFORE else None)
