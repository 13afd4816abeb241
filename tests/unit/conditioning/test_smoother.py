"""The smoother against dense linear algebra, and where the answer can be worked out on paper."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.conditioning.smoother import Walk, pulls

READING = np.dtype([("month", "i8"), ("level", "i8"), ("series", "i8")])


def readings(rows: list[tuple[int, int, int]]) -> np.ndarray:
    return np.array(sorted(rows), dtype=READING)


def dense(
    walk: Walk,
    own: np.ndarray,
    load: np.ndarray,
    variance: np.ndarray,
    offset: np.ndarray,
    residual: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """The same from the covariance of the figures, which holds every pair of them."""
    months, levels = own["month"].max() + 1, len(walk.start)
    effect = np.zeros((len(own), months, levels))  # of a level's shock in a month on a figure
    for k, (month, level, _) in enumerate(own.tolist()):
        effect[k, : month + 1, level] = np.append(np.cumprod(walk.slope[month:0:-1, level])[::-1], 1.0)
    same = own["series"][:, None] == own["series"][None, :]
    shared = effect.sum(axis=2)
    covariance = walk.own**2 * np.einsum("kta,mta->km", effect, effect) + walk.common**2 * shared @ shared.T
    covariance += same * np.outer(load, load) * offset[own["series"]] + np.diag(variance)
    weight = np.linalg.solve(covariance, residual)
    of_series = [(load * weight)[own["series"] == s].sum() for s in range(len(offset))]
    return np.einsum("k,kta->ta", weight, effect), np.array(of_series)


@st.composite
def problems(
    draw: st.DrawFn,
) -> tuple[Walk, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    months, levels, series = draw(st.integers(1, 12)), draw(st.integers(1, 4)), draw(st.integers(1, 5))
    place = st.tuples(st.integers(0, months - 1), st.integers(0, levels - 1), st.integers(0, series - 1))
    own = readings(draw(st.lists(place, min_size=1, max_size=15)))
    chance = np.random.default_rng(draw(st.integers(0, 2**32)))
    slope, shift = chance.uniform(0.2, 1.0, (months, levels)), np.zeros((months, levels))
    walk = Walk(np.zeros(levels), slope, shift, *chance.uniform(0.0, 1.0, 2).tolist())
    variance, offset = chance.uniform(0.05, 1.0, len(own)), chance.uniform(0.0, 1.0, series)
    load = chance.uniform(0.2, 1.0, len(own))
    return walk, own, load, variance, offset, chance.normal(size=len(own))


@settings(max_examples=200)
@given(problems())
def test_one_figure_after_the_other_is_all_at_once(
    problem: tuple[Walk, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray],
) -> None:
    for found, wanted in zip(pulls(*problem), dense(*problem), strict=True):
        np.testing.assert_allclose(found, wanted, rtol=0.0, atol=1e-10)


def test_one_figure_of_a_random_walk_is_shared_out_among_its_months() -> None:
    """Variance of the figure: five shocks of 0.04, an offset of 0.3 and an error of 0.5, so 1 in all."""
    walk = Walk(np.zeros(1), np.ones((6, 1)), np.zeros((6, 1)), 0.2, 0.0)
    pull, of_series = pulls(
        walk, readings([(4, 0, 0)]), np.ones(1), np.array([0.5]), np.array([0.3]), np.array([2.0])
    )
    np.testing.assert_allclose(pull, np.full((5, 1), 2.0))
    np.testing.assert_allclose(of_series, [2.0])


def test_a_figure_pulls_its_own_level_and_not_another_one() -> None:
    walk = Walk(np.zeros(2), np.ones((3, 2)), np.zeros((3, 2)), 0.5, 0.7)
    pull, _ = pulls(
        walk, readings([(2, 0, 0)]), np.ones(1), np.array([0.1]), np.array([0.0]), np.array([1.0])
    )
    assert pull[:, 0] == pytest.approx(1.0 / (3 * (0.25 + 0.49) + 0.1))
    assert (pull[:, 1] == 0.0).all()
