"""Fits that are stopped, killed or given other threads come out the same; blocks are joined without ties."""

from pathlib import Path

import numpy as np
import pytest

from calibration.evidence.observed import Observed
from calibration.fitting.fit import Sample, fit, sample, target_of
from calibration.fitting.posterior_summary import scores
from calibration.fitting.sampler import keyed_generator
from calibration.hypotheses.priors import PRIORS, values_of
from calibration.hypotheses.rivals import RIVALS
from sim.errors import StoreError
from tests.unit.calibration.targets import Floats, Gauss, Toy, same

pytestmark = pytest.mark.statistical

GAUSS = Gauss(4)
SETTINGS = {"particles": 200, "seed": 9}
QUICK_BLOCKS = ("trade", "marks")


def alike(one: Sample, other: Sample) -> bool:
    return (
        np.array_equal(one.values, other.values)
        and np.array_equal(one.log_likelihood, other.log_likelihood)
        and one.log_evidence == other.log_evidence
        and one.diagnostics == other.diagnostics
    )


def test_the_seed_decides() -> None:
    one = sample(GAUSS.toy, same, **SETTINGS)
    assert alike(one, sample(GAUSS.toy, same, **SETTINGS))
    assert not np.array_equal(one.values, sample(GAUSS.toy, same, particles=200, seed=10).values)


def test_threads_do_not_matter() -> None:
    assert alike(
        sample(GAUSS.toy, same, threads=1, **SETTINGS), sample(GAUSS.toy, same, threads=3, **SETTINGS)
    )


def test_the_likelihood_is_that_of_the_draws() -> None:
    found = sample(GAUSS.toy, same, **SETTINGS)
    assert found.log_likelihood == pytest.approx(GAUSS.toy.function(found.values))
    assert found.values.shape == (200, 4)


class Halted:
    """A target that is interrupted at its n-th batch."""

    name, names = GAUSS.toy.name, GAUSS.toy.names

    def __init__(self, batches: int, error: type[BaseException]) -> None:
        self.left, self.error = batches, error

    def log_likelihood(self, values: Floats) -> Floats:
        self.left -= 1
        if self.left < 0:
            raise self.error
        return GAUSS.toy.function(values)


@pytest.mark.parametrize("batches", [3, 20, 61, 100])
def test_an_interrupted_fit_goes_on_where_it_stopped(batches: int, tmp_path: Path) -> None:
    whole = sample(GAUSS.toy, same, **SETTINGS)
    with pytest.raises(KeyboardInterrupt):
        sample(Halted(batches, KeyboardInterrupt), same, threads=2, checkpoint=tmp_path, **SETTINGS)
    counted = Halted(10**9, KeyboardInterrupt)
    assert alike(sample(counted, same, checkpoint=tmp_path, **SETTINGS), whole)
    fresh = Halted(10**9, KeyboardInterrupt)
    sample(fresh, same, **SETTINGS)
    assert counted.left >= fresh.left + batches - 8
    assert alike(sample(Halted(0, KeyboardInterrupt), same, checkpoint=tmp_path, **SETTINGS), whole)


def test_an_error_in_one_population_ends_them_all() -> None:
    with pytest.raises(ZeroDivisionError):
        sample(Halted(20, ZeroDivisionError), same, threads=4, **SETTINGS)


def test_checkpoints_of_other_settings_are_left_alone(tmp_path: Path) -> None:
    one = sample(GAUSS.toy, same, checkpoint=tmp_path, key="a", **SETTINGS)
    other = sample(GAUSS.toy, same, checkpoint=tmp_path, particles=200, seed=10, key="a")
    changed = sample(
        Toy("gauss", GAUSS.toy.names, lambda z: 2 * GAUSS.toy.function(z)),
        same,
        checkpoint=tmp_path,
        key="b",
        **SETTINGS,
    )
    assert not np.array_equal(one.values, other.values)
    assert not np.array_equal(one.values, changed.values)
    assert len(list(tmp_path.iterdir())) == 12
    assert alike(sample(GAUSS.toy, same, checkpoint=tmp_path, key="a", **SETTINGS), one)


def test_a_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    sample(GAUSS.toy, same, checkpoint=tmp_path, **SETTINGS)
    path = sorted(tmp_path.iterdir())[2]
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(StoreError, match=r"-2\.checkpoint: damaged checkpoint"):
        sample(GAUSS.toy, same, checkpoint=tmp_path, **SETTINGS)


def test_a_fit_holds_every_parameter_of_its_blocks_and_zeros_where_it_is_switched_off(
    observed: Observed,
) -> None:
    found = fit(RIVALS["leaders"], observed, blocks=("trade", "marks"), particles=80)
    draws = found.draws()
    assert len(draws) == 80
    assert set(draws.dtypes) == {np.dtype(float)}
    assert {"diversion", "trade_error", "weight_two"} <= set(draws)
    assert not draws[list(RIVALS["leaders"].off)].any(axis=None)
    assert not draws["diversion"].eq(0).any()


def test_blocks_are_joined_without_ties(observed: Observed) -> None:
    found = fit(RIVALS["backlash"], observed, blocks=QUICK_BLOCKS, particles=80)
    draws = found.draws()
    for sampled in found.samples.values():
        for k, name in enumerate(sampled.names):
            assert sorted(draws[name]) == sorted(sampled.values[:, k])
            assert not np.array_equal(draws[name], sampled.values[:, k])
    places = [
        [np.flatnonzero(found.samples[block].values[:, 0] == value)[0] for value in draws[name]]
        for block, name in (("trade", "dependence_trend"), ("marks", "weight_two"))
    ]
    assert places[0] != places[1]


def test_rivals_share_the_blocks_on_which_they_agree(observed: Observed) -> None:
    keys = {name: {b: target_of(rival, observed, b)[1] for b in ("responses", "opinion", "trade", "habits")}
            for name, rival in RIVALS.items()}  # fmt: skip
    assert keys["backlash"]["trade"] == keys["leaders"]["trade"]
    assert keys["backlash"]["opinion"] == keys["compliance"]["opinion"]
    assert keys["backlash"]["opinion"] != keys["shock"]["opinion"]
    assert len({keys[name]["responses"] for name in RIVALS}) == len(RIVALS)
    assert target_of(RIVALS["backlash"], observed, "trade", until=20)[1] != keys["backlash"]["trade"]
    assert target_of(RIVALS["backlash"], observed, "trade", without=("JPN",))[1] != keys["backlash"]["trade"]


def test_progress_rises_to_the_end(observed: Observed) -> None:
    reported: list[tuple[int, int]] = []
    fit(
        RIVALS["backlash"], observed, blocks=QUICK_BLOCKS, particles=80, threads=1,
        progress=lambda *part: reported.append(part),
    )  # fmt: skip
    assert {total for _, total in reported} == {50}
    assert [done for done, _ in reported] == sorted(done for done, _ in reported)
    assert reported[-1] == (50, 50)


@pytest.mark.slow
def test_importance_sampling_finds_the_same_posterior_of_the_record(observed: Observed) -> None:
    target, _ = target_of(RIVALS["backlash"], observed, "responses")
    found = sample(target, particles=1200)
    z = np.column_stack([scores(PRIORS[name], found.values[:, k]) for k, name in enumerate(target.names)])
    random, count, freedom = keyed_generator("importance"), 6000, 10.0
    factor = np.linalg.cholesky(1.1 * np.cov(z.T))
    stretch = np.sqrt(freedom / random.chisquare(freedom, count))[:, None]
    away = stretch * random.standard_normal((count, z.shape[1]))
    proposed = z.mean(axis=0) + away @ factor.T
    proposal = -(freedom + z.shape[1]) / 2 * np.log1p((away**2).sum(axis=1) / freedom)
    logs = (
        target.log_likelihood(values_of(proposed, target.names)) - 0.5 * (proposed**2).sum(axis=1) - proposal
    )
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    assert 1 / (weights**2).sum() > 1000
    mean = weights @ proposed
    spread = np.sqrt(weights @ proposed**2 - mean**2)
    assert np.abs((z.mean(axis=0) - mean) / spread).max() < 0.2
    assert z.std(axis=0) / spread == pytest.approx(np.ones(len(mean)), abs=0.15)
