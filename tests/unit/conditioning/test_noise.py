"""Noise given figures: exact against dense linear algebra, in distribution, through the rules, and where nothing is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from sim.conditioning.figures import OF_CHALLENGER, OF_HUB, OF_TRADE
from sim.conditioning.maps import level_moved, share_moved
from sim.conditioning.noise import Noise, conditioned_noise, usual_noise
from sim.engine.arrays import Arrays
from sim.model.channels import CHANNELS
from sim.model.draws import GROUP_COMMON, GROUP_LANE, GROUP_NOISE, GROUP_SERIES, normal_quantile, uniforms
from sim.model.parameters import MEASUREMENT, PARAMETERS
from tests.documented import Documented
from tests.normal_paths import START, Dense, Paths, first_level, log_odds, next_level, normal

KINDS = pytest.mark.parametrize("kind", [OF_CHALLENGER, OF_HUB, OF_TRADE])
SEED = 5


def noise_of(
    documented: Documented, lane: int, figures: np.ndarray | None = None, row: int | None = None
) -> Noise:
    arrays = documented.arrays
    return conditioned_noise(
        arrays.states, arrays.stimuli, arrays.months, documented.figures if figures is None else figures,
        documented.rows[lane if row is None else row], SEED, lane,
    )  # fmt: skip


def usual_of(documented: Documented, lane: int) -> Noise:
    return usual_noise(documented.arrays.states, documented.arrays.months, SEED, lane)


def of_kind(documented: Documented, kind: int) -> np.ndarray:
    return documented.figures[documented.figures["kind"] == kind]


def dense_of(documented: Documented, kind: int, row: np.void) -> tuple[Paths, Dense]:
    figures = of_kind(documented, kind)
    months = int(figures["month"].max()) + 1
    paths = Paths.of(kind, np.unique(figures["state"]), documented.arrays, row, months)
    return paths, Dense.of(paths, figures, row)


# --- without figures -----------------------------------------------------------------------------------------------


def test_the_usual_draws_are_those_of_a_lane(documented: Documented) -> None:
    months, sites = documented.arrays.months, documented.arrays.states["site"]
    noise = usual_of(documented, 3)
    for t, i in ((0, 0), (17, 4), (len(months) - 1, len(sites) - 1)):
        assert noise.own[0, t, i] == normal(SEED, 3, int(months[t]), int(sites[i]), GROUP_NOISE)
        assert noise.common[t] == normal(SEED, 3, int(months[t]), 0, GROUP_COMMON)
    u = uniforms(SEED, 3, int(months[0]), int(sites[4]), GROUP_LANE)
    np.testing.assert_array_equal(noise.level[:, 4], [normal_quantile(u[2]), normal_quantile(u[3])])
    assert len(np.unique(noise.own)) > 0.999 * noise.own.size


def test_without_figures_a_lane_keeps_its_usual_draws(documented: Documented) -> None:
    none, usual = noise_of(documented, 3, documented.figures[:0]), usual_of(documented, 3)
    for found, wanted in zip(none, usual, strict=True):
        np.testing.assert_array_equal(found, wanted)
    assert (none.start == 0.0).all()


@KINDS
def test_what_no_figure_concerns_keeps_its_usual_draws(documented: Documented, kind: int) -> None:
    """Other kinds, states that nobody asked, and all months after the last figure."""
    figures = of_kind(documented, kind)
    asked = np.isin(np.arange(len(documented.arrays.states)), figures["state"])
    last = int(figures["month"].max())
    noise, usual = noise_of(documented, 2, figures), usual_of(documented, 2)
    moved = noise.own != usual.own
    assert moved[kind, : last + 1, asked].mean() > 0.5
    assert not moved[kind, last + 1 :].any()
    assert not moved[kind][:, ~asked].any()
    assert not np.delete(moved, kind, axis=0).any()
    assert (noise.common != usual.common).any() == (kind == OF_CHALLENGER)
    assert ((noise.start != 0.0) == (asked & (kind == OF_TRADE))).all()
    measured = np.isin(np.arange(len(asked)), figures["state"][figures["reference"] == 1])
    for power in (OF_CHALLENGER, OF_HUB):
        np.testing.assert_array_equal(noise.level[power] != usual.level[power], measured & (kind == power))


def test_each_kind_is_conditioned_apart(documented: Documented) -> None:
    together = noise_of(documented, 4)
    for kind in (OF_CHALLENGER, OF_HUB, OF_TRADE):
        alone = noise_of(documented, 4, of_kind(documented, kind).copy())
        np.testing.assert_array_equal(together.own[kind], alone.own[kind])


def test_a_figure_that_is_left_out_moves_no_other_states_hub_noise(documented: Documented) -> None:
    hub = of_kind(documented, OF_HUB)
    state = hub["state"][0]
    without = noise_of(documented, 1, hub[hub["state"] != state]).own[OF_HUB]
    others = np.arange(without.shape[1]) != state
    np.testing.assert_array_equal(noise_of(documented, 1, hub).own[OF_HUB][:, others], without[:, others])


# --- exactly -------------------------------------------------------------------------------------------------------


@KINDS
@pytest.mark.parametrize("lane", [0, 7])
def test_a_lane_is_conditioned_as_by_dense_linear_algebra(either: Documented, kind: int, lane: int) -> None:
    arrays, usual = either.arrays, usual_of(either, lane)
    paths, dense = dense_of(either, kind, either.rows[lane])
    if kind == OF_TRADE:
        for figure in dense.figures:
            address = int(arrays.months[0]), int(arrays.states["site"][figure["state"]])
            key = GROUP_SERIES + int(figure["series_key"])
            usual.start[figure["state"]] = START * normal(SEED, lane, *address, key)
    draws = paths.draws_of(usual)
    wanted = dense.conditioned(draws, dense.shown(draws, arrays, SEED, lane))
    found = paths.draws_of(noise_of(either, lane, dense.figures.copy()))
    np.testing.assert_allclose(found, wanted, rtol=0.0, atol=1e-9)
    assert np.abs(wanted - draws).max() > 0.1


# --- in distribution -----------------------------------------------------------------------------------------------


@pytest.mark.statistical
@KINDS
def test_mean_and_covariance_over_lanes_are_those_of_the_conditional_normal(
    either: Documented, kind: int
) -> None:
    """Paths at fifty places and at every figure, over 4,000 lanes with one lane's parameters.

    No mean may lie 5.5 standard errors off and no covariance 6.5: a false alarm for about one seed in 10,000.
    """
    lanes = 4_000
    paths, dense = dense_of(either, kind, either.rows[0])
    chance = np.random.default_rng(1)
    states, months = paths.mean.shape
    at = chance.integers(0, states, 50), chance.integers(0, months, 50)
    loads = np.concatenate([paths.loads[at], dense.loads])
    centre, spread = dense.moments()
    mean, covariance = loads @ centre, loads @ spread @ loads.T
    draws = np.array([paths.draws_of(noise_of(either, lane, dense.figures, row=0)) for lane in range(lanes)])
    drawn = draws @ loads.T
    sd = np.sqrt(np.diag(covariance))
    assert (np.abs(drawn.mean(axis=0) - mean) < 5.5 * sd / lanes**0.5).all()
    error = np.sqrt((np.outer(sd, sd) ** 2 + covariance**2) / lanes)
    assert (np.abs(np.cov(drawn.T) - covariance) < 6.5 * error).all()
    usual = np.sqrt((loads**2).sum(axis=1))
    assert (sd < 0.9 * usual).any(), "figures say something"


# --- through the rules ---------------------------------------------------------------------------------------------


def rules_with(documented: Documented, kind: int, noise: Noise, row: np.void, months: int) -> np.ndarray:
    """The levels of a kind month by month as the rules make them, bounds and all: (T, N)."""
    arrays: Arrays = documented.arrays
    p = np.array([row]).view(np.recarray)[0]
    path = np.empty((months, len(arrays.states)))
    for i, me in enumerate(arrays.states.copy().view(np.recarray)):
        me.rest_challenger = level_moved(me.rest_challenger, p.state_offset * noise.level[OF_CHALLENGER, i])
        me.rest_hub = level_moved(me.rest_hub, p.state_offset * noise.level[OF_HUB, i])
        level = first_level(kind, me)
        if kind == OF_TRADE:
            level = log_odds(share_moved(me.dependence, noise.start[i]))
        for t in range(months):
            felt = dict(zip(CHANNELS, arrays.stimuli[t, i].tolist(), strict=True))
            own, common = noise.own[kind, t, i], noise.common[t]
            level = next_level(kind, me, felt, p, level, own, common)
            path[t, i] = level
    return path


@KINDS
def test_paths_of_the_rules_pass_through_figures_that_have_no_error(
    documented: Documented, kind: int
) -> None:
    figures = of_kind(documented, kind)
    figures = figures[(figures["reference"] == 1) | (kind == OF_TRADE)]
    figures["error"] = 0.0
    row = documented.rows[0].copy()
    for name in MEASUREMENT:
        row[name] = MEASUREMENT[name].low
    for lane in range(3):
        noise = conditioned_noise(
            documented.arrays.states,
            documented.arrays.stimuli,
            documented.arrays.months,
            figures,
            row,
            SEED,
            lane,
        )
        path = rules_with(documented, kind, noise, row, int(figures["month"].max()) + 1)
        inside = (np.abs(path) < 1.0).all(axis=0) | (
            kind == OF_TRADE
        )  # a bound of opinion takes part of the noise
        seen = figures[inside[figures["state"]]]
        assert len(seen) > 0.8 * len(figures)
        off = path[seen["month"], seen["state"]] - seen["value"]
        assert np.abs(off).max() < 5.0 * 2**0.5 * MEASUREMENT["survey_error"].low


@KINDS
def test_paths_of_the_rules_lie_about_figures_as_far_off_as_their_errors(
    documented: Documented, kind: int
) -> None:
    """Figures less the path, and of other questions less the series' mean distance, are within the errors.

    Those of the reference series need no offset: the level is the lane's own.
    """
    lane = 6
    figures, row = of_kind(documented, kind), documented.rows[lane]
    months = int(figures["month"].max()) + 1
    found, usual = (
        rules_with(documented, kind, noise, row, months)
        for noise in (noise_of(documented, lane), usual_of(documented, lane))
    )
    _, dense = dense_of(documented, kind, row)

    def scores(path: np.ndarray) -> np.ndarray:
        off = figures["value"] - path[figures["month"], figures["state"]]
        if kind != OF_TRADE:
            for key in np.unique(figures["series_key"][figures["reference"] == 0]):
                off[figures["series_key"] == key] -= off[figures["series_key"] == key].mean()
        return off / dense.errors

    assert np.sqrt((scores(found) ** 2).mean()) < 1.15
    assert np.sqrt((scores(usual) ** 2).mean()) > 1.5


@pytest.mark.parametrize("kind", [OF_CHALLENGER, OF_HUB])
def test_the_last_figure_of_a_reference_series_is_where_opinion_is(documented: Documented, kind: int) -> None:
    """Within its error, without an offset, also where the measured level is not that of the world file (Viet Nam)."""
    figures = of_kind(documented, kind)
    figures = figures[figures["reference"] == 1]
    last = {int(figure["state"]): figure for figure in figures}
    months, lanes = int(figures["month"].max()) + 1, 40
    scores = {state: np.empty(lanes) for state in last}
    for lane in range(lanes):
        row = documented.rows[lane]
        path = rules_with(documented, kind, noise_of(documented, lane), row, months)
        for state, figure in last.items():
            error = np.hypot(row["survey_error"], figure["error"])
            scores[state][lane] = (figure["value"] - path[figure["month"], state]) / error
    off = np.array(list(scores.values()))
    assert np.sqrt((off**2).mean()) < 1.1
    assert (np.sqrt((off**2).mean(axis=1)) < 2.0).all(), "each state"
    viet_nam = documented.world.place["VNM"]
    figure, rest = last[viet_nam], documented.arrays.states[viet_nam]
    level = rest["rest_challenger" if kind == OF_CHALLENGER else "rest_hub"]
    assert abs(figure["value"] - level) > 0.5, "otherwise this shows little"
    assert np.sqrt((scores[viet_nam] ** 2).mean()) < 1.5


# --- at the ends ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["low", "high"])
@pytest.mark.parametrize("errors", ["low", "high"])
def test_draws_are_finite_at_the_ends_of_all_ranges(documented: Documented, end: str, errors: str) -> None:
    row = documented.rows[0].copy()
    for name, parameter in PARAMETERS.items():
        row[name] = getattr(parameter, end)
    for name, parameter in MEASUREMENT.items():
        row[name] = getattr(parameter, errors)
    arrays = documented.arrays
    noise = conditioned_noise(arrays.states, arrays.stimuli, arrays.months, documented.figures, row, SEED, 0)
    assert all(np.isfinite(part).all() for part in noise)


def test_a_share_that_does_not_move_is_the_same_to_the_bit() -> None:
    assert share_moved(0.1, 0.0) == 0.1
    assert share_moved(0.1, 0.5) == pytest.approx(1.0 / (1.0 + 9.0 * np.exp(-0.5)))


# --- by simulation -------------------------------------------------------------------------------------------------


@pytest.mark.statistical
@KINDS
def test_a_hidden_path_has_any_rank_among_lanes_given_its_figures(documented: Documented, kind: int) -> None:
    """Simulation-based calibration (Talts et al. 2018): hidden draws make figures, and 9 lanes are given those.

    Ranks of 200 hidden lanes among theirs, by the level of a state halfway and of another at the last figure, by what
    states share (common noise early on) or the start, and by the likelihood of the figures, which sees what the others
    cannot (Modrák et al. 2023). Uniform by chi-squared tests; a false alarm for about one seed in 10,000.
    """
    chance, ranks = np.random.default_rng(2), []
    figures = of_kind(documented, kind)
    _, series = np.unique(figures["series_key"], return_inverse=True)
    for hidden in range(200):
        number = hidden // 50
        if hidden % 50 == 0:
            paths, dense = dense_of(documented, kind, documented.rows[number])
            states, months = paths.mean.shape
            shared = np.zeros(paths.loads.shape[2])
            if kind == OF_TRADE:
                shared[-states] = 1.0
            else:
                shared[states * months : states * months + months // 3] = 1.0
            levels = np.stack([paths.loads[0, months // 2], paths.loads[states // 2, -1], shared])
            whiten = np.linalg.inv(np.linalg.cholesky(dense.noise))
        draws, z = chance.standard_normal(len(shared)), chance.standard_normal(len(figures))
        offsets = dense.offsets * chance.standard_normal(series.max() + 1)[series]
        figures["value"] = dense.mean + dense.loads @ draws + offsets + dense.errors * z
        lanes = [noise_of(documented, 9 * hidden + k, figures, number) for k in range(9)]
        among = np.array([paths.draws_of(noise) for noise in lanes] + [draws])
        off = whiten @ (figures["value"] - dense.mean - among @ dense.loads.T).T
        numbers = np.column_stack([among @ levels.T, (off**2).sum(axis=0)])
        ranks.append((numbers[:-1] < numbers[-1]).sum(axis=0))
    for own in np.array(ranks).T:
        assert stats.chisquare(np.bincount(own, minlength=10)).pvalue > 1e-5
