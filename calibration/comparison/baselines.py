"""What a forecaster without a theory would say: baselines that every explanation is held against.

Steps of each side are Poisson at a state's own rate times a profile in time; the rate is Gamma over states (its mean and
shape estimated on the training part), and is learned from the state's own half-years as they go by:

``constant``   no profile, all past half-years;
``trend``      profile exp(slope t), one slope a side for all states;
``leaders``    profile exp(slope t + pull l), l the declared line of the leader against that of the first one, to this side;
``half_year``  profile of the other states' mean in the same half-year (a state left out only: it knows the present);
``last``       no profile, only the last two years;
``drift``      profile exp(slope t), only the last two years.

Survey figures and log odds of trade shares are normal: a level of each state and an offset of each of its series, and

``last``       a random walk of the state, so that its last value counts;
``drift``      the same with a drift common to all states;
``trend``      no walk but a linear trend common to all states;

each with an error of measurement. Answers to offers have constant hazards by side (``constant``). Every number is
estimated on the training part alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.comparison.cross_validation import OPINION
from calibration.evidence import sides
from calibration.evidence.observed import CELL_MONTHS, UNPROMPTED, Observed, by_half_year
from calibration.likelihood import LEADER, Trade, Views
from sim.model.rules import HUB
from sim.types import Floats

Integers = NDArray[np.int64]
Mask = NDArray[np.bool_]

STEP_BASELINES = ("constant", "trend", "leaders", "half_year", "last", "drift")
FIGURE_BASELINES = ("last", "drift", "trend")
WINDOW = 4
"""Half-years that count as the last two years."""
YEAR = 12.0
SHAPE_PRIOR = (np.log(5.0), 1.5)
"""Normal on the log shape of the Gamma over states: holds it finite where states do not differ."""


# -------------------------------------------------------------------------------------------------------- steps


@dataclass(frozen=True)
class Rates:
    """A baseline of one side's steps as estimated on a training part.

    Attributes
    ----------
    shape, mean : float
        Of the Gamma over states; ``mean`` steps a year.
    profile : float array, shape (H,)
        Factor on the rate in each half-year.
    window : int
        Number of past half-years from which a state's rate is learned; 0 for all.
    pull : float
        Log factor on the rate by the line of a state's leader.
    """

    shape: float
    mean: float
    profile: Floats
    window: int
    pull: float = 0.0


def years_of(observed: Observed) -> Floats:
    """Length of each half-year in years, shape (H,); the last may be cut short."""
    months = np.bincount(np.arange(len(observed.months)) // CELL_MONTHS, minlength=observed.cells)
    return months / YEAR


def rates_of(
    model: str, counts: Integers, years: Floats, others: Integers | None = None, lines: Floats | None = None
) -> Rates:
    """Estimate a baseline by maximum likelihood on training states and half-years.

    Parameters
    ----------
    model : str
        One of ``STEP_BASELINES``.
    counts : int array, shape (states, K)
        The first K half-years.
    years : float array, shape (H,)
        H may exceed K: the profile goes on.
    others : int array, shape (states, H), optional
        Counts from which ``half_year`` takes its profile.
    lines : float array, shape (states, H), optional
        Lines of leaders toward the side that is counted (`lines_of_leaders`), which ``leaders`` needs.
    """
    from scipy.optimize import minimize

    cells, window = counts.shape[1], WINDOW if model in ("last", "drift") else 0
    centre = (years[:cells].sum()) / 2
    middle = np.cumsum(years) - years / 2 - centre
    region = np.ones(len(years)) if others is None else _region(others, years)
    sloped, led = model in ("trend", "drift", "leaders"), model == "leaders"

    def rates(z: Floats) -> Rates:
        profile = np.exp(z[2] * middle) if sloped else region if model == "half_year" else np.ones(len(years))
        return Rates(float(np.exp(z[0])), float(np.exp(z[1])), profile, window, float(z[3]) if led else 0.0)

    def loss(z: Floats) -> float:
        total = step_log_density(rates(z), counts, years[:cells], lines=lines).sum()
        return float(0.5 * ((z[0] - SHAPE_PRIOR[0]) / SHAPE_PRIOR[1]) ** 2 - total)

    mean = np.log((counts.sum() + 0.5) / (len(counts) * years[:cells].sum()))
    start = np.array([SHAPE_PRIOR[0], mean, *([0.0] * (sloped + led))])
    found = minimize(
        loss, start, method="L-BFGS-B", bounds=[(-4, 8), (-12, 6), (-1, 1), (-3, 3)][: len(start)]
    )
    return rates(found.x)


def _region(others: Integers, years: Floats) -> Floats:
    """Mean of states by half-year against the mean of all half-years, shrunk toward one as far as chance alone explains it."""
    from scipy.optimize import minimize_scalar
    from scipy.special import gammaln

    total = others.sum(axis=0)
    expected = (total.sum() + 0.5) / years.sum() * years

    def loss(z: float) -> float:
        k = np.exp(z)
        terms = gammaln(k + total) - gammaln(k) + k * np.log(k) - (k + total) * np.log(k + expected)
        return -float(terms.sum() + (total * np.log(expected)).sum())

    k = np.exp(minimize_scalar(loss, bounds=(-2, 8), method="bounded").x)
    return (total + k) / (expected + k)


def step_log_density(
    rates: Rates, counts: Integers, years: Floats, start: int = 0, lines: Floats | None = None
) -> Floats:
    """Log density of each state's counts from half-year ``start`` on, given those before, shape (states,).

    In a training part or a state left out, each half-year is predicted from those before it (the last two years with a
    window). After a cut the window is that before the cut, and what follows adds to it.

    Parameters
    ----------
    counts : int array, shape (states, K)
    years : float array, shape (K,) or longer
    lines : float array, shape (states, K) or longer, optional
        As in `rates_of`.
    """
    from scipy.special import gammaln

    shape, rate, exposure = _learned(rates, counts, _weight(rates, counts, years, lines), start)
    count = counts[:, start:]
    terms = gammaln(shape + count) - gammaln(shape) - gammaln(count + 1.0)
    terms += shape * np.log(rate / (rate + exposure))
    terms += count * np.log(exposure / (rate + exposure))
    return terms.sum(axis=1)


def step_forecast(
    rates: Rates, counts: Integers, years: Floats, start: int, lines: Floats | None = None
) -> tuple[Floats, Floats, Floats]:
    """Gamma of each state's rate at a cut, and exposure of each half-year after it.

    A count of half-year ``start + h`` is Poisson at ``rate * exposure[h]``.

    Parameters
    ----------
    counts : int array, shape (states, K), K at least ``start``
        Those from ``start`` on are not looked at.
    years : float array, shape (H,)
    lines : float array, shape (states, H), optional
        As in `rates_of`.

    Returns
    -------
    shape, rate : float arrays, shape (states,)
        The rate's mean is ``shape / rate``.
    exposure : float array, shape (states, H - start)
    """
    first = max(0, start - rates.window) if rates.window else 0
    weight = _weight(rates, counts, years, lines)
    shape = rates.shape + counts[:, first:start].sum(axis=1)
    rate = rates.shape / rates.mean + weight[:, first:start].sum(axis=1)
    return shape, rate, weight[:, start:]


def _weight(rates: Rates, counts: Integers, years: Floats, lines: Floats | None) -> Floats:
    """Years of each half-year times its profile, shape (states, len(years))."""
    weight = np.tile(years * rates.profile[: len(years)], (len(counts), 1))
    return weight if lines is None else weight * np.exp(rates.pull * lines[:, : len(years)])


def _learned(rates: Rates, counts: Integers, weight: Floats, start: int) -> tuple[Floats, Floats, Floats]:
    """Gamma shape and rate before each half-year, and its exposure, each of shape (states, K - start)."""
    none = np.zeros((len(counts), 1))
    seen = np.concatenate([none, np.cumsum(counts, axis=1)], axis=1)
    spent = np.concatenate([none, np.cumsum(weight, axis=1)], axis=1)
    here = np.arange(start, counts.shape[1])
    first = np.zeros_like(here)
    if rates.window:
        first = np.maximum(0, (here if start == 0 else np.full_like(here, start)) - rates.window)
    shape = rates.shape + seen[:, here] - seen[:, first]
    rate = rates.shape / rates.mean + spent[:, here] - spent[:, first]
    return shape, rate, weight[:, here]


def lines_of_leaders(observed: Observed) -> Floats:
    """Declared line of each leader against that of the state's first one, toward either side: shape (2, N, H).

    The mean of each half-year; the side is that of `calibration.evidence.sides`.
    """
    states = observed.arrays.states
    line = observed.arrays.stimuli[:, :, LEADER].T - states["first_leader"][:, None]
    starts = np.arange(0, line.shape[1], CELL_MONTHS)
    months = np.add.reduceat(np.ones(line.shape[1]), starts)
    mean = np.add.reduceat(line, starts, axis=1) / months
    return np.stack([mean, -mean])


def moves_by_state(
    observed: Observed, model: str, until: int | None = None, stream: int = UNPROMPTED
) -> Floats:
    """Log predictive density of the months of each state's moves, shape (N,): the state left out, or after a cut.

    A baseline says how many moves fall into a half-year, and nothing of their months in it.

    Raises
    ------
    ValueError
        For ``half_year`` after a cut: it would know the present.
    """
    years, start = years_of(observed), (until or 0) * CELL_MONTHS
    total = _log_within_half_years(observed.moves[stream][..., start:])
    if model == "half_year" and until is not None:
        raise ValueError("the region's half-year mean is not known in advance")
    for counts, lines in zip(by_half_year(observed.moves[stream]), lines_of_leaders(observed), strict=True):
        if until is not None:
            rates = rates_of(model, counts[:, :until], years, lines=lines)
            total += step_log_density(rates, counts, years, until, lines)
            continue
        for i in range(len(counts)):
            rest, led = np.delete(counts, i, axis=0), np.delete(lines, i, axis=0)
            rates = rates_of(model, rest, years, rest if model == "half_year" else None, led)
            total[i] += step_log_density(rates, counts[i : i + 1], years, lines=lines[i : i + 1])[0]
    return total


def _log_within_half_years(monthly: Integers) -> Floats:
    """Log probability of the months of moves given their number by half-year, if all months are alike, shape (N,)."""
    from scipy.special import gammaln

    months = by_half_year(np.ones(monthly.shape[-1], dtype=np.int64))
    counts = by_half_year(monthly)
    return (gammaln(counts + 1.0) - counts * np.log(months)).sum(axis=(0, 2)) - gammaln(monthly + 1.0).sum(
        axis=(0, 2)
    )


# ------------------------------------------------------------------------------------------------------- offers


def offers_by_state(observed: Observed, until: int | None = None) -> Floats:
    """Log predictive density of each state's answers under constant hazards by side, shape (N,)."""
    total = np.zeros(len(observed.states))
    cut = 0 if until is None else until * CELL_MONTHS
    for i in range(len(total)):
        hazards = offer_hazards(observed, until, without=i if until is None else None)
        mine = observed.offers[(observed.offers["state"] == i) & (observed.offers["last"] >= cut)]
        for offer in mine:
            yes, no = hazards[sides.HUB if offer["side"] == HUB else sides.CHALLENGER]
            months = int(offer["last"] - max(offer["first"], cut)) + 1
            both = yes + no
            waited = months - (offer["outcome"] != 0)
            total[i] -= both / YEAR * waited
            if offer["outcome"] != 0:
                share = (yes if offer["outcome"] > 0 else no) / both
                total[i] += np.log(share * -np.expm1(-both / YEAR))
    return total


def offer_hazards(observed: Observed, until: int | None = None, without: int | None = None) -> Floats:
    """Acceptances, and refusals or lapses, a year of an open offer before a cut: by side, then answer, shape (2, 2)."""
    cut = len(observed.months) if until is None else until * CELL_MONTHS
    offers = observed.offers[observed.offers["first"] < cut]
    if without is not None:
        offers = offers[offers["state"] != without]
    hazards = np.empty((2, 2))
    for side in (sides.HUB, sides.CHALLENGER):
        own = offers[(offers["side"] == HUB) == (side == sides.HUB)]
        years = (np.minimum(own["last"] + 1, cut) - own["first"]).sum() / YEAR
        for answer, outcome in enumerate((1, -1)):
            events = ((own["outcome"] == outcome) & (own["last"] < cut)).sum()
            hazards[side, answer] = (events + 0.5) / (years + 1.0)
    return hazards


# ------------------------------------------------------------------------------------------------------ figures


@dataclass(frozen=True)
class Figures:
    """Measured figures of any kind; a series belongs to one state.

    Attributes
    ----------
    series, state : int array, shape (K,)
    years : float array, shape (K,)
        When, in years since the world's start.
    value, error : float array, shape (K,)
        ``error``: known standard error of sampling.
    """

    series: Integers
    state: Integers
    years: Floats
    value: Floats
    error: Floats


@dataclass(frozen=True)
class Levels:
    """A baseline of figures as estimated.

    Attributes
    ----------
    mean, slope : float
        Mean of all states at the world's start, and its growth a year.
    level, walk, error, offset : float
        Standard deviations: of a state's level, of its walk over a year, of one figure, and of a series' offset.
    """

    mean: float
    slope: float
    level: float
    walk: float
    error: float
    offset: float = 0.0


def views_of(observed: Observed, power: int) -> tuple[Figures, NDArray[np.intp]]:
    """Survey figures of one power, and their places in ``observed.views``."""
    places = np.flatnonzero(observed.views["power"] == power)
    views = observed.views[places]
    return Figures(
        views["series"], views["state"], views["month"] / YEAR, views["value"], views["error"]
    ), places


def shares_of(observed: Observed) -> Figures:
    """Log odds of export shares; each state is a series."""
    trade = observed.trade
    return Figures(
        trade["state"], trade["state"], trade["month"] / YEAR, trade["value"], np.zeros(len(trade))
    )


def levels_of(model: str, figures: Figures, fitted: Mask, near: Levels | None = None) -> Levels:
    """Estimate a baseline by maximum likelihood on some of the figures.

    Parameters
    ----------
    near : Levels, optional
        Where to begin the search: what was found for nearly the same figures.
    """
    from scipy.optimize import minimize

    known = figures.value[fitted]
    spread = max(float(known.std()), 1e-3) if len(known) > 1 else 1.0
    mean = float(known.mean()) if len(known) else 0.0
    begin = near or Levels(mean, 0.0, 0.8 * spread, 0.3 * spread, 0.3 * spread, 0.3 * spread)
    free = {
        "slope": model in ("drift", "trend"),
        "walk": model != "trend",
        "offset": len(np.unique(figures.series)) > len(np.unique(figures.state)),
    }
    names = ["mean", "level", "error", *(name for name, own in free.items() if own)]
    low, high = np.log(spread) - 5, np.log(spread) + 2
    linear = {"mean": (None, None), "slope": (-10 * spread, 10 * spread)}
    _, table = _padded(figures, fitted)

    def levels(z: Floats) -> Levels:
        found = dict.fromkeys(("slope", "walk", "offset"), 0.0)
        for name, value in zip(names, z, strict=True):
            found[name] = float(value) if name in linear else float(np.exp(value))
        return Levels(**found)

    def loss(z: Floats) -> float:
        return -float(_log_densities(levels(z), figures, table).sum())

    start = [
        getattr(begin, name)
        if name in linear
        else np.clip(np.log(getattr(begin, name) or 0.3 * spread), low, high)
        for name in names
    ]
    bounds = [linear.get(name, (low, high)) for name in names]
    return levels(minimize(loss, np.array(start), method="L-BFGS-B", bounds=bounds).x)


def figure_log_density(levels: Levels, figures: Figures, chosen: Mask) -> Floats:
    """Log density of the chosen figures by state, shape (largest state + 1,)."""
    total = np.zeros(int(figures.state.max(initial=-1)) + 1)
    names, table = _padded(figures, chosen)
    total[names] = _log_densities(levels, figures, table)
    return total


def _log_densities(levels: Levels, figures: Figures, table: Integers) -> Floats:
    """Log density of each row of `_padded`."""
    mean, cov = _moments(levels, figures, table)
    there = table >= 0
    residual = np.where(there, figures.value[table] - mean, 0.0)
    factor = np.linalg.cholesky(cov)
    score = np.linalg.solve(factor, residual[:, :, None])[:, :, 0]
    logs = np.log(np.diagonal(factor, axis1=1, axis2=2)).sum(axis=1)
    return -0.5 * (score**2).sum(axis=1) - logs - 0.5 * there.sum(axis=1) * np.log(2 * np.pi)


def figure_forecast(levels: Levels, figures: Figures, fitted: Mask, wanted: Mask) -> tuple[Floats, Floats]:
    """Mean and standard deviation of each wanted figure given the fitted ones of its state, in order of place."""
    places = np.flatnonzero(wanted)
    mean, spread = np.empty(len(places)), np.empty(len(places))
    for k, place in enumerate(places):
        known = np.flatnonzero(fitted & (figures.state == figures.state[place]))
        table = np.append(known, place)[None, :]
        centre, cov = (part[0] for part in _moments(levels, figures, table))
        pull = np.linalg.solve(cov[:-1, :-1], cov[:-1, -1]) if len(known) else np.zeros(0)
        mean[k] = centre[-1] + pull @ (figures.value[known] - centre[:-1])
        spread[k] = np.sqrt(cov[-1, -1] - pull @ cov[:-1, -1])
    return mean, spread


def _padded(figures: Figures, chosen: Mask) -> tuple[Integers, Integers]:
    """States that have chosen figures, and the places of these: (states, most), -1 where one has fewer."""
    places = np.flatnonzero(chosen)
    names, number = np.unique(figures.state[places], return_inverse=True)
    table = np.full((len(names), int(np.bincount(number).max(initial=0))), -1)
    for k in range(len(names)):
        own = places[number == k]
        table[k, : len(own)] = own
    return names, table


def _moments(levels: Levels, figures: Figures, table: Integers) -> tuple[Floats, Floats]:
    years, there = figures.years[table], table >= 0
    both = there[:, :, None] & there[:, None, :]
    cov = levels.level**2 + levels.walk**2 * np.minimum(years[:, :, None], years[:, None, :])
    if levels.offset > 0.0:
        series = figures.series[table]
        cov = cov + levels.offset**2 * (series[:, :, None] == series[:, None, :])
    known = np.where(there, levels.error**2 + figures.error[table] ** 2, 1.0)
    cov = np.where(both, cov, 0.0) + known[:, :, None] * np.eye(table.shape[1])
    return levels.mean + levels.slope * years, cov


def figures_by_state(model: str, figures: Figures, trains: Sequence[Mask], states: int) -> Floats:
    """Log predictive density of each state's figures beyond those trained on, shape (states,).

    Parameters
    ----------
    trains : sequence of bool array, shape (K,)
        One for all states, or one a state: what a baseline of it may see.
    """
    total, fitted = np.zeros(states), dict[bytes, Levels]()
    near = levels_of(model, figures, np.logical_or.reduce(list(trains))) if len(trains) > 1 else None
    for i in range(states):
        train = trains[i if len(trains) > 1 else 0]
        mine = figures.state == i
        if not (mine & ~train).any():
            continue
        key = train.tobytes()
        if key not in fitted:
            fitted[key] = levels_of(model, figures, train, near)
        both = figure_log_density(fitted[key], figures, train | mine)
        known = figure_log_density(fitted[key], figures, train)
        total[i] = (both - known)[i]
    return total


def baseline_table(
    observed: Observed, until: int | None = None, blocks: Sequence[str] = ("responses", "opinion", "trade")
) -> dict[tuple[str, str], Floats]:
    """Log predictive density (N,) by model and stream: each state left out, or what follows a cut.

    Streams are those of `calibration.comparison.cross_validation`.
    """
    found: dict[tuple[str, str], Floats] = {}
    if "responses" in blocks:
        for model in STEP_BASELINES:
            if until is None or model != "half_year":
                for number, name in enumerate(("steps", "initiatives")):
                    found[model, name] = moves_by_state(observed, model, until, number)
        found["constant", "offers"] = offers_by_state(observed, until)
    if "opinion" in blocks:
        for stream, power in OPINION.items():
            figures, places = views_of(observed, power)
            trains = [train[places] for train in _trains(Views, observed, until)]
            for model in FIGURE_BASELINES:
                found[model, stream] = figures_by_state(model, figures, trains, len(observed.states))
    if "trade" in blocks:
        for model in FIGURE_BASELINES:
            trains = _trains(Trade, observed, until)
            found[model, "trade"] = figures_by_state(model, shares_of(observed), trains, len(observed.states))
    return found


def _trains(target: type[Views] | type[Trade], observed: Observed, until: int | None) -> list[Mask]:
    """Masks of the figures that may be used: those before the cut, or one set a state, without what follows its first ones."""
    if until is not None:
        return [target(observed, until=until).fitted]
    return [target(observed, without=(code,)).fitted for code in observed.states]
