"""The sampler against another one: emcee's walkers on the blocks that they mix well in."""

import emcee
import numpy as np
import pytest

from calibration.evidence.observed import Observed
from calibration.fitting.fit import sample
from calibration.hypotheses.priors import values_of
from calibration.likelihood import TARGETS

pytestmark = pytest.mark.statistical

WALKERS, STEPS, DISCARDED = 64, 3400, 400


@pytest.mark.parametrize("block", [pytest.param("trade", marks=pytest.mark.slow), "marks"])
def test_an_ensemble_of_walkers_finds_the_same_posterior(observed: Observed, block: str) -> None:
    target = TARGETS[block](observed)
    size = len(target.names)

    def log_density(z: np.ndarray) -> np.ndarray:
        return target.log_likelihood(values_of(z, target.names)) - 0.5 * (z**2).sum(axis=1)

    random = np.random.RandomState(5)
    walkers = emcee.EnsembleSampler(WALKERS, size, log_density, vectorize=True)
    walkers.random_state = random.get_state()
    walkers.run_mcmc(0.3 * random.standard_normal((WALKERS, size)), STEPS)
    chain = walkers.get_chain(discard=DISCARDED)
    length = walkers.get_autocorr_time(discard=DISCARDED, quiet=True)
    assert (25 * length < STEPS - DISCARDED).all(), "the walkers have not run long enough to be trusted"
    theirs = values_of(chain.reshape(-1, size), target.names)
    ours = sample(target, particles=2000, seed=11)
    for k, name in enumerate(target.names):
        spread = theirs[:, k].std()
        independent = WALKERS * (STEPS - DISCARDED) / length[k]
        error = spread * np.hypot(independent**-0.5, ours.diagnostics["parameters"][name]["error"])
        assert ours.values[:, k].mean() == pytest.approx(theirs[:, k].mean(), abs=4 * error), name
        assert ours.values[:, k].std() == pytest.approx(spread, rel=0.12), name
