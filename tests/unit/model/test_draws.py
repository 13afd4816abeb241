"""Addressable chance: the generator's published answers, the shape of the draws, and addresses that never collide.

Statistical tests use fixed seeds, so they pass or fail once and for all; the false-alarm rate in each docstring is the
share of seeds for which a perfect generator would fail.
"""

from __future__ import annotations

import itertools
import math
import string

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import stats
from scipy.special import ndtri

from sim.engine.arrays import EPISODE_KINDS
from sim.io.library import data_root
from sim.model import draws
from sim.model.draws import (
    GROUP_PARAMETER,
    exponential_threshold,
    gamma_unit_quantile,
    normal_quantile,
    parameter_uniforms,
    philox,
    poisson_quantile,
    row_key,
    site_number,
    uniforms,
)
from sim.model.parameters import PARAMETER_TYPE
from sim.model.rules import MOST_STEPS
from sim.scenario.record import load_stimuli
from sim.scenario.world import load_world

ONES = 2**32 - 1
KNOWN_ANSWERS = {
    "zeros": ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    "ones": ((ONES, ONES, ONES, ONES), (ONES, ONES), (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    "digits of pi": (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
}
"""Counter, key and answer of philox4x32-10, from the table kat_vectors of the Random123 library."""

unit = st.floats(1e-9, 1.0 - 1e-9)
words = st.integers(0, ONES)


def sample(count: int, seed: int = 7, **step: int) -> NDArray[np.float64]:
    """Four uniforms at ``count`` addresses in a line, shape (count, 4); ``step`` moves the line's start."""
    start = {"lane": 0, "month": 24120, "site": 11726, "group": 1} | step
    return np.array(
        [
            uniforms(seed, start["lane"] + k, start["month"], start["site"], start["group"])
            for k in range(count)
        ]
    )


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN_ANSWERS.values(), ids=KNOWN_ANSWERS.keys())
def test_philox_gives_the_published_answers(
    counter: tuple[int, ...], key: tuple[int, int], answer: tuple[int, ...]
) -> None:
    assert philox(*counter, *key) == answer


@pytest.mark.parametrize(("counter", "key", "answer"), KNOWN_ANSWERS.values(), ids=KNOWN_ANSWERS.keys())
def test_an_address_is_the_counter_and_the_seed_is_the_key(
    counter: tuple[int, ...], key: tuple[int, int], answer: tuple[int, ...]
) -> None:
    seed = np.uint64(key[0] + (key[1] << 32))
    assert uniforms(seed, *counter) == tuple((word + 0.5) / 2**32 for word in answer)


def test_every_seed_up_to_the_highest_can_be_used_in_one_process() -> None:
    for seed in (0, 7, 2**32, 2**63 - 1):
        assert uniforms(seed, 1, 2, 3, 4) == uniforms(np.uint64(seed), 1, 2, 3, 4)


@given(words, words, words, words, st.integers(0, 2**63 - 1))
def test_uniforms_lie_inside_the_open_interval(
    lane: int, month: int, site: int, group: int, seed: int
) -> None:
    u = uniforms(seed, lane, month, site, group)
    assert all(0.0 < x < 1.0 for x in u)
    assert u == uniforms(seed, lane, month, site, group)


def test_each_word_is_uniform() -> None:
    """Chi-square over 256 cells, four words: false alarm for 4 seeds in a million."""
    cells = (sample(50_000) * 256).astype(int)
    for word in cells.T:
        assert stats.chisquare(np.bincount(word, minlength=256)).pvalue > 1e-6


NEIGHBOURS = [
    {"lane": 1},
    {"month": 24121},
    {"month": 24132},
    {"site": 11727},
    {"site": 11758},
    {"group": 2},
    {"seed": 8},
    {"seed": 7 + (1 << 32)},
]


@pytest.mark.parametrize("step", NEIGHBOURS, ids=str)
def test_neighbouring_addresses_are_unrelated(step: dict[str, int]) -> None:
    """Sixteen pairs of words over 20,000 addresses, correlation within 5.3 standard errors: 2 seeds in a million."""
    here, there = sample(20_000), sample(20_000, **step)
    related = np.corrcoef(here.T, there.T)[:4, 4:] * math.sqrt(len(here))
    assert np.abs(related).max() < 5.3


def test_the_words_of_one_address_are_unrelated() -> None:
    """Pairs of words fill a 16 by 16 grid evenly, chi-square: false alarm for 6 seeds in a million."""
    cells = (sample(50_000) * 16).astype(int)
    for first, second in itertools.combinations(cells.T, 2):
        assert stats.chisquare(np.bincount(first * 16 + second, minlength=256)).pvalue > 1e-6


def test_normal_quantile_is_scipys() -> None:
    grid = np.concatenate([np.linspace(1e-6, 1 - 1e-6, 5001), 10.0 ** -np.arange(2.0, 17.0)])
    found = [normal_quantile(float(p)) for p in grid]
    np.testing.assert_allclose(found, ndtri(grid), rtol=2e-15, atol=1e-16)


@given(st.integers(0, 2**32 - 2))
def test_normal_quantile_is_odd_and_rises_over_the_whole_grid(word: int) -> None:
    p, after = (word + 0.5) / 2**32, (word + 1.5) / 2**32
    assert normal_quantile(p) == -normal_quantile(1.0 - p)
    assert normal_quantile(p) < normal_quantile(after)


@given(st.floats(3.0, 300.0), st.floats(0.01, 0.99))
def test_gamma_quantile_is_scipys_within_a_hundredth(shape: float, p: float) -> None:
    exact = stats.gamma.ppf(p, shape) / shape
    assert gamma_unit_quantile(normal_quantile(p), shape) == pytest.approx(exact, abs=0.01)


@given(st.floats(0.3, 300.0), st.floats(-7.0, 7.0), st.floats(0.0, 7.0))
def test_gamma_quantile_rises_and_is_never_negative(shape: float, z: float, more: float) -> None:
    low, high = gamma_unit_quantile(z, shape), gamma_unit_quantile(z + more, shape)
    assert 0.0 <= low <= high < math.inf


@pytest.mark.parametrize("shape", [5.0, 10.0, 20.0])
def test_gamma_mean_is_one(shape: float) -> None:
    grid = (np.arange(20_000) + 0.5) / 20_000
    values = [gamma_unit_quantile(normal_quantile(float(p)), shape) for p in grid]
    assert np.mean(values) == pytest.approx(1.0, abs=2e-3)
    assert np.var(values) == pytest.approx(1.0 / shape, rel=0.02)


@given(unit, st.floats(1e-6, 6.0))
def test_poisson_quantile_is_scipys(u: float, mean: float) -> None:
    exact = {int(stats.poisson.ppf(u + nudge, mean)) for nudge in (-1e-12, 0.0, 1e-12)}
    assert poisson_quantile(u, mean, 1000) in exact
    assert poisson_quantile(u, mean, MOST_STEPS) in {min(count, MOST_STEPS) for count in exact}


@given(unit, st.floats(0.0, 6.0), st.floats(0.0, 1.0), st.floats(0.0, 6.0))
def test_poisson_quantile_rises_with_the_draw_and_with_the_mean(
    u: float, mean: float, share: float, more: float
) -> None:
    count = poisson_quantile(u, mean, MOST_STEPS)
    assert poisson_quantile(u * share, mean, MOST_STEPS) <= count
    assert poisson_quantile(u, mean + more, MOST_STEPS) >= count
    assert poisson_quantile(u, 0.0, MOST_STEPS) == 0


@given(unit)
def test_waiting_is_the_unit_exponential(u: float) -> None:
    assert exponential_threshold(u) == pytest.approx(stats.expon.isf(u), rel=1e-12)


WIDTHS = {
    "GROUP_EPISODE": len(EPISODE_KINDS),
    "GROUP_GENERATED_OFFER": 2,
    "GROUP_FIGURE": 2**28,
    "GROUP_SERIES": 2**28,
    "GROUP_EXIT": 2**30,
    "GROUP_ROW": 2**30,
    "GROUP_PARAMETER": 2**30,
}
"""Groups that take a range of numbers: one a kind of act, a side, or a key."""


def test_groups_do_not_overlap() -> None:
    starts = {name: value for name, value in vars(draws).items() if name.startswith("GROUP_")}
    assert set(WIDTHS) < set(starts)
    spans = sorted((start, start + WIDTHS.get(name, 1)) for name, start in starts.items())
    assert spans[0][0] >= 0
    assert spans[-1][1] <= 2**32
    for (_, end), (start, _) in itertools.pairwise(spans):
        assert end <= start


@given(st.text())
def test_keys_have_thirty_bits(text: str) -> None:
    assert 0 <= row_key(text) < 2**30


def test_no_two_names_share_a_key() -> None:
    world = load_world("indo_pacific")
    rows = load_stimuli(data_root() / "records" / "indo_pacific", world)
    for names in (
        [row.id for row in rows],
        [institution.key for institution in world.institutions],
        list(PARAMETER_TYPE.names),
    ):
        assert len({row_key(name) for name in names}) == len(names)


def test_every_code_has_its_own_site() -> None:
    """Site 0 is kept for what all states share."""
    sites = {site_number("".join(code)) for code in itertools.product(string.ascii_uppercase, repeat=3)}
    assert len(sites) == 26**3
    assert min(sites) > 0
    assert max(sites) < 2**32


def test_parameters_are_drawn_at_their_own_addresses() -> None:
    keys = np.array([row_key("alert_coercion"), row_key("step_rate")])
    table = parameter_uniforms(5, 100, 3, keys)
    assert table.shape == (3, 2)
    for lane, column in np.ndindex(3, 2):
        expected = uniforms(5, 100 + lane, 0, 0, GROUP_PARAMETER + int(keys[column]))[0]
        assert table[lane, column] == expected
