"""Peer influence against the equilibria of Friedkin and Johnsen (see ``data/README.md`` for the source of the numbers).

Their model: opinions y(t+1) = A W y(t) + (1 - A) y(0), at rest at y* = (1 - A W)^-1 (1 - A) y(0).

Here a state's steps lean by ``peer_influence`` times (partners' mean alignment - own), steps move its position, and
old steps fade back to home. Where steps cancel fading, to first order,

    x_i - home_i = k_i (sum_j w_ij x_j - x_i),    k_i = G_i ν λ s MONTH / (1 - exp(-MONTH / τ)),

which is their equilibrium with home as initial opinion and a_i = k_i / (1 + k_i). What is beyond first order (tanh of
the read-out, exponentials of the rates) is of third order in the size of opinions.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.engine.arrays import TIE_TYPE, TRAJECTORIES, pack
from sim.engine.kernel import run_block
from sim.engine.timeline import build_timeline
from sim.model import rules
from sim.model.parameters import LEVERS, PARAMETER_TYPE, PARAMETERS
from sim.types import Floats
from tests.small_world import CODES, make_scenario, make_world, write_world

with (Path(__file__).parent / "data" / "friedkin_johnsen_example.csv").open(
    encoding="utf-8", newline=""
) as file:
    ROWS = list(csv.DictReader(file))
W = np.array([[float(row[f"to_{j}"]) for j in range(1, 5)] for row in ROWS])
ISSUES = {issue: np.array([float(row[f"initial_{issue}"]) for row in ROWS]) for issue in "ab"}
FINAL = {issue: np.array([float(row[f"final_{issue}"]) for row in ROWS]) for issue in "ab"}
STEP = {"a": 1.0, "b": 0.1}
"""Last place of the printed equilibria."""


def equilibrium(weights: Floats, susceptible: Floats, initial: Floats) -> Floats:
    """Where their model comes to rest."""
    a = np.diag(susceptible)
    one = np.eye(len(initial))
    return np.linalg.solve(one - a @ weights, (one - a) @ initial)


def peers_only(years: float, rate: float, size: float, influence: float) -> NDArray[np.void]:
    """Parameters with every mechanism at zero but steps that follow partners."""
    row = np.zeros(1, dtype=PARAMETER_TYPE)
    for name, own in PARAMETERS.items():
        row[name] = 0.0 if name in LEVERS or own.low <= 0.0 <= own.high else own.default
    row["step_memory"], row["step_rate"], row["step_size"] = years, rate, size
    row["peer_influence"], row["home_spread"], row["activity_shape"] = influence, 0.0, 1e8
    return row


def gain(p: np.void) -> float:
    """``k`` of a state of activity one."""
    pull = p["step_rate"] * p["peer_influence"] * p["step_size"] * rules.MONTH
    return float(pull / (1.0 - math.exp(-rules.MONTH / p["step_memory"])))


def expected_at_rest(weights: Floats, k: Floats, home: Floats) -> Floats:
    """Positions once expected steps and fading balance, month after month by the rules themselves."""
    p = peers_only(2.0, 1.0, 0.1, 0.5).view(np.recarray)[0]
    activity, moved = k / gain(p), np.zeros_like(home)
    for _ in range(6000):
        alignment = np.array([rules.alignment_of(h, m, 0.0) for h, m in zip(home, moved, strict=True)])
        before = moved.copy()
        for i, partners in enumerate(weights @ alignment):
            leaning = rules.lean(
                math.tanh(home[i] / 2), alignment[i], 0.0, 0.0, 0.5, 0.0, 0.0, partners, 0.0, p
            )
            toward_hub = rules.rate_toward_hub(activity[i], leaning, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, p)
            toward_challenger = rules.rate_toward_challenger(
                activity[i], leaning, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, p
            )
            net = (toward_hub - toward_challenger) * rules.MONTH
            moved[i] = rules.accumulated_steps_after_month(moved[i], net, p)
        if np.max(np.abs(moved - before)) < 1e-15:
            break
    return home + moved


@pytest.mark.parametrize("issue", ["a", "b"])
def test_published_equilibria_are_reached(issue: str) -> None:
    own = np.diag(W)
    k, scale = (1.0 - own) / own, 1e-4
    found = expected_at_rest(W, k, scale * ISSUES[issue]) / scale
    np.testing.assert_allclose(found, FINAL[issue], atol=STEP[issue] / 2)
    np.testing.assert_allclose(found, equilibrium(W, 1.0 - own, ISSUES[issue]), atol=1e-2)


def test_what_the_linear_theory_leaves_out_is_of_third_order() -> None:
    k = (1.0 - np.diag(W)) / np.diag(W)
    target = equilibrium(W, 1.0 - np.diag(W), ISSUES["a"])
    small, large = (expected_at_rest(W, k, scale * ISSUES["a"]) - scale * target for scale in (5e-4, 1e-3))
    moved = np.abs(small) > 1e-9
    assert moved.sum() == 3, "the third agent never moves"
    np.testing.assert_allclose(large[moved] / small[moved], 8.0, rtol=0.02)


@pytest.mark.parametrize("seed", range(3))
def test_any_network_comes_to_rest_there(seed: int) -> None:
    random = np.random.default_rng(seed)
    size, scale = 7, 1e-4
    weights = random.dirichlet(np.full(size, 0.5), size)
    susceptible, initial = random.uniform(0.0, 0.8, size), random.uniform(-1.0, 1.0, size)
    found = expected_at_rest(weights, susceptible / (1.0 - susceptible), scale * initial) / scale
    np.testing.assert_allclose(found, equilibrium(weights, susceptible, initial), atol=1e-4)


def test_the_engine_draws_round_the_published_equilibrium(tmp_path: Path) -> None:
    """Chance and all: the mean over lanes and late years, within four standard errors and half a point for curvature.

    Ties sum to one in a world; a tie to itself lowers a state's ``k`` by its weight, which sets the four apart.
    """
    p = peers_only(20.0, 12.0, 0.005, 1.2)
    own = np.diag(W)
    wanted = (1.0 - own) / own
    p["peer_influence"] *= wanted[:3].max() / gain(p[0])
    others = (W - np.diag(own)) * (wanted / gain(p[0]))[:, None]
    weights = others + np.diag(1.0 + wanted / gain(p[0]) * (own - 1.0))
    np.testing.assert_allclose(weights.sum(axis=1), 1.0)
    months, scale, lanes = 720, 1.0 / 200.0, 300
    arrays = pack(build_timeline(make_scenario(world=write_world(tmp_path, make_world()))))
    states = arrays.states.copy()
    states["home"], states["first_tie"], states["end_tie"] = (
        scale * (ISSUES["a"] - 60.0),
        4 * np.arange(4),
        4 * np.arange(1, 5),
    )
    ties = np.zeros(16, dtype=TIE_TYPE)
    ties["partner"], ties["other"] = weights.ravel(), np.tile(np.arange(4), 4)
    first = int(arrays.months[0])
    arrays = arrays._replace(
        months=np.arange(first, first + months),
        stimuli=np.zeros((months, *arrays.stimuli.shape[1:])),
        years=np.zeros(months),
        opens=np.zeros(months, dtype=np.int64),
        states=states,
        ties=ties,
    )
    trajectories, *_ = run_block(arrays, np.repeat(p, lanes), 1, 0)
    assert len(CODES) == 4
    alignment = trajectories[:, TRAJECTORIES.index("alignment"), 360:]
    late = 2.0 * np.arctanh(alignment).mean(axis=1) / scale + 60.0
    error = late.std(axis=0, ddof=1) / math.sqrt(lanes)
    assert error.max() < 1.0, "too noisy to tell"
    np.testing.assert_array_less(
        np.abs(late.mean(axis=0) - equilibrium(W, 1.0 - own, ISSUES["a"])), 4.0 * error + 0.5
    )
