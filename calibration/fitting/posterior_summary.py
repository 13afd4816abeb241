"""What a fit learned about each parameter: posterior beside prior."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from calibration.fitting.fit import Fit
from calibration.hypotheses.priors import PRIORS, Prior
from sim.model.parameters import PARAMETERS
from sim.types import Floats

LEVELS = (0.05, 0.5, 0.95)
LEARNED, PARTLY = 0.5, 0.9
"""Posterior spread as a share of the prior's, up to which a parameter counts as learned, or as partly learned."""


def scores(prior: Prior, values: Floats, around: Floats | None = None) -> Floats:
    """Standard normal scores of values under a prior: the inverse of ``prior.values``, inside its range.

    With values of the number that the prior stands around, the inverse of ``prior.values_around``.

    >>> bool(abs(scores(PRIORS["diversion"], PRIORS["diversion"].values(np.array([0.7])))[0] - 0.7) < 1e-9)
    True
    """
    if prior.family == "uniform":
        from scipy.special import ndtri

        return ndtri((values - prior.location) / (prior.spread - prior.location))
    if prior.family == "lognormal":
        return np.log(values / prior.location) / prior.spread
    if around is not None:
        return (values - around) / prior.apart
    return (values - prior.location) / prior.spread


def verdict(ratio: float) -> str:
    """How far the record, and not the prior, decides a posterior whose spread is this share of the prior's.

    >>> verdict(0.2), verdict(0.7), verdict(0.97)
    ('learned', 'partly', 'prior')
    """
    return "learned" if ratio < LEARNED else "partly" if ratio < PARTLY else "prior"


def posterior_summary(fits: Sequence[Fit]) -> pd.DataFrame:
    """Prior and posterior of every fitted parameter.

    Returns
    -------
    DataFrame
        Index rival and parameter; block, unit, quantiles of prior and posterior (natural units), ``ratio`` of the
        spreads (on the scale on which the prior is normal), ``learned`` (`verdict`), ``scale_reduction`` and
        ``error`` (Monte-Carlo error of the mean, in posterior spreads).
    """
    from scipy.special import ndtri

    rows = []
    for fitted in fits:
        for block, sampled in fitted.samples.items():
            for k, name in enumerate(sampled.names):
                prior, draws = PRIORS[name], sampled.values[:, k]
                before, after = prior.values(ndtri(np.array(LEVELS))), np.quantile(draws, LEVELS)
                ratio = float(scores(prior, draws).std())
                rows.append(
                    {
                        "rival": fitted.rival,
                        "parameter": name,
                        "block": block,
                        "unit": PARAMETERS[name].unit if name in PARAMETERS else "nuisance",
                        **{f"prior_q{round(100 * q):02d}": v for q, v in zip(LEVELS, before, strict=True)},
                        **{f"q{round(100 * q):02d}": v for q, v in zip(LEVELS, after, strict=True)},
                        "ratio": ratio,
                        "learned": verdict(ratio),
                        **sampled.diagnostics["parameters"][name],
                    }
                )
    return pd.DataFrame(rows).set_index(["rival", "parameter"])
