"""The parameters of each lane: defaults, priors or draws of a posterior, with explicit values and scales of levers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from sim.model.draws import parameter_uniforms, row_key
from sim.model.parameters import LEVERS, MEASUREMENT, PARAMETER_TYPE, PARAMETERS, WITHOUT_POSTERIOR
from sim.model.prior_draws import prior_quantiles
from sim.scenario.case import Case
from sim.scenario.posterior import Posterior

KEYS = np.array([row_key("posterior"), row_key("rival")], dtype=np.int64)
"""Addresses of the two draws of a lane: which row, and which rival where they are stacked."""


def lane_parameters(case: Case, seed: int, first: int, lanes: int) -> NDArray[np.void]:
    """Parameters of lanes ``first`` to ``first + lanes - 1`` of a case, wherever they come from.

    Returns
    -------
    record array of ``PARAMETER_TYPE``, shape (lanes,)
    """
    scenario, chosen = case.scenario, case.scenario.parameters
    return parameter_rows(chosen.source, chosen.values, scenario.levers, seed, first, lanes, case.posterior)


def fill(rows: NDArray[np.void], posterior: Posterior, source: str, seed: int, first: int) -> None:
    """Write draws of a posterior into the rows of lanes ``first`` and up; what no table holds is left as it is.

    Lane k of a seed always meets the same draw, whatever the number of lanes, the block or the engine.
    """
    shares = posterior.shares(source)
    u = parameter_uniforms(seed, first, len(rows), KEYS)
    ends = np.cumsum(list(shares.values()))
    rivals = np.searchsorted(ends[:-1], u[:, 1] * ends[-1], side="right")
    for number, rival in enumerate(shares):
        lanes = np.flatnonzero(rivals == number)
        for name, draws in posterior.tables[rival].items():
            rows[name][lanes] = draws[(u[lanes, 0] * len(draws)).astype(np.int64)]


def levers_of(case: Case) -> tuple[str, ...]:
    """The levers that a case leans on, in the order of ``sim.model.parameters``."""
    chosen = case.scenario.parameters
    return levers_in_force(chosen.source, chosen.values, case.scenario.levers, case.posterior)


def parameter_rows(
    source: str,
    values: Mapping[str, float],
    levers: Mapping[str, float],
    seed: int,
    first: int,
    lanes: int,
    posterior: Posterior | None = None,
) -> NDArray[np.void]:
    """Parameters of lanes ``first`` to ``first + lanes - 1``.

    Parameters
    ----------
    source : str
        ``default``, the documented values; ``prior``, one draw from the priors a lane; ``posterior``, one draw of a
        calibration a lane; ``stacked``, a rival by its weight and then one of its draws; or a rival's name.
    values, levers : mapping
        Explicit values replace defaults and draws; scales of levers multiply them.
    posterior : Posterior, optional
        The calibration that is drawn from. What it does not hold is drawn from the priors.

    Returns
    -------
    record array of ``PARAMETER_TYPE``, shape (lanes,)

    Raises
    ------
    ValueError
        If the source needs a posterior and none is given.
    """
    rows = np.zeros(lanes, dtype=PARAMETER_TYPE)
    parameters = (PARAMETERS | MEASUREMENT).values()
    if source == "default":
        for parameter in parameters:
            rows[parameter.name] = parameter.default
    else:
        keys = np.array([row_key(parameter.name) for parameter in parameters], dtype=np.int64)
        uniforms = parameter_uniforms(seed, first, lanes, keys)
        for column, parameter in enumerate(parameters):
            around = rows[parameter.around] if parameter.around else 0.0
            rows[parameter.name] = prior_quantiles(parameter, uniforms[:, column], around)
    if source not in WITHOUT_POSTERIOR:
        if posterior is None:
            raise ValueError(f"parameters from '{source}' need a posterior")
        fill(rows, posterior, source, seed, first)
    for name, value in values.items():
        rows[name] = value
    for name, scale in levers.items():
        rows[name] *= scale
    return rows


def levers_in_force(
    source: str,
    values: Mapping[str, float],
    levers: Mapping[str, float],
    posterior: Posterior | None = None,
) -> tuple[str, ...]:
    """Names of the levers (assumptions) that a run leans on: neither scaled to zero nor zero in every lane.

    >>> "peer_influence" in levers_in_force("default", {}, {"peer_influence": 0.0})
    False
    """
    if source == "default":
        zero = frozenset(name for name in LEVERS if PARAMETERS[name].default == 0.0)
    else:
        zero = posterior.switched_off(source) if posterior is not None else frozenset()
    return tuple(
        name
        for name in LEVERS
        if levers.get(name, 1.0) != 0.0 and (values[name] != 0.0 if name in values else name not in zero)
    )
