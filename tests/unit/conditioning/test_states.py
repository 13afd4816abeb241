"""Who the states of a lane are, given what they did: the hidden truth of made histories is found again."""

import numpy as np
import pytest
from scipy import stats

from sim.conditioning.grid import CELLS, REACH, drawn_on_grid
from sim.conditioning.pins import PIN_TYPE, Pins, no_pins, nothing_known
from sim.conditioning.states import ANSWER_NODES, _interpolated, know
from sim.engine.arrays import TRAJECTORIES, Arrays, pack
from sim.engine.kernel import run_block
from sim.engine.timeline import build_timeline
from sim.model.draws import GROUP_LANE, gamma_unit_quantile, normal_quantile, uniforms
from sim.model.parameters import LEVERS
from sim.scenario.lane_parameters import parameter_rows
from sim.scenario.loading import load_case

SEED, HISTORIES, DRAWS = 5, 60, 19


def without_offers() -> Arrays:
    """The documented stimuli to the end of 2017, and no offer to answer."""
    case = load_case("history", {"until": "2017-12", "responses": "simulated", "parameters": "default"})
    arrays = pack(build_timeline(case))
    states = arrays.states.copy()
    states["first_offer"] = states["end_offer"] = 0
    return arrays._replace(states=states, offers=arrays.offers[:0])


def pins_of(arrays: Arrays, hub: np.ndarray, challenger: np.ndarray) -> Pins:
    """Unprompted steps of a made history as pins; every step weighs one."""
    cells = np.zeros(hub.shape, dtype=PIN_TYPE)
    cells["founds"] = -1
    cells["steps_hub"], cells["steps_challenger"], cells["net"] = hub, challenger, hub - challenger
    return no_pins(len(arrays.states))._replace(months=len(hub), cells=cells)


@pytest.mark.statistical
def test_ranks_of_the_truth_are_uniform() -> None:
    arrays = without_offers()
    p = parameter_rows(
        "default", dict.fromkeys(("weight_two", "weight_three"), 0.0), dict.fromkeys(LEVERS, 0.0), 1, 0, 1
    )
    p["alignment_slope"], p["home_spread"], p["step_rate"] = 1.5, 0.5, 0.6  # histories that tell something
    p["activity_shape"], p["initiative_rate"] = 6.0, 0.0  # the made histories hold steps alone
    trajectories, *_ = run_block(arrays, np.repeat(p, HISTORIES), SEED, 0)
    counts = [trajectories[:, TRAJECTORIES.index(f"steps_{side}")] for side in ("hub", "challenger")]
    ranks: dict[str, list[int]] = {"activity": [], "home": []}
    prior: dict[str, list[float]] = {"activity": [], "home": []}
    found: dict[str, list[float]] = {"activity": [], "home": []}
    for history in range(HISTORIES):
        pins = pins_of(arrays, counts[0][history], counts[1][history])
        draws = []
        for number in range(DRAWS):
            known = nothing_known(pins)
            know(
                arrays.states, arrays.ties, arrays.offers, arrays.institutions, arrays.stimuli, arrays.years, arrays.months, pins,
                p[0], SEED, 1000 + history * DRAWS + number, known,
            )  # fmt: skip
            draws.append(known.states)
        for i, state in enumerate(arrays.states):
            u = uniforms(SEED, history, arrays.months[0], state["site"], GROUP_LANE)
            truth = {
                "activity": gamma_unit_quantile(normal_quantile(u[0]), p["activity_shape"][0]),
                "home": normal_quantile(u[1]),
            }
            for name, value in truth.items():
                own = [draw[name][i] for draw in draws]
                ranks[name].append(int(np.sum(np.array(own) < value)))
                prior[name].append(value)
                found[name].append(float(np.mean(own)))
    for name in ranks:
        seen = np.bincount(ranks[name], minlength=DRAWS + 1).reshape(5, -1).sum(axis=1)
        assert stats.chisquare(seen).pvalue > 1e-3, (name, seen.tolist())
        assert np.corrcoef(prior[name], found[name])[0, 1] > 0.3, (
            f"{name}: the histories should tell something"
        )


def test_nothing_on_record_leaves_the_prior() -> None:
    """With no months the draws are the usual ones, but for the grid."""
    arrays = without_offers()
    p = parameter_rows("default", {}, {}, 1, 0, 1)
    pins = no_pins(len(arrays.states))
    known = nothing_known(pins)
    know(
        arrays.states, arrays.ties, arrays.offers, arrays.institutions, arrays.stimuli, arrays.years, arrays.months, pins, p[0],
        SEED, 3, known,
    )  # fmt: skip
    for i, state in enumerate(arrays.states):
        u = uniforms(SEED, 3, arrays.months[0], state["site"], GROUP_LANE)
        assert known.states["home"][i] == pytest.approx(normal_quantile(u[1]), abs=0.02)
        expected = gamma_unit_quantile(normal_quantile(u[0]), p["activity_shape"][0])
        assert known.states["activity"][i] == pytest.approx(expected, rel=1e-9)


def test_active_states_are_found_active() -> None:
    arrays = without_offers()
    p = parameter_rows("default", {"initiative_rate": 0.0}, dict.fromkeys(LEVERS, 0.0), 1, 0, 1)
    hub = np.zeros((96, len(arrays.states)))
    hub[::4, 0] = 1.0
    pins, known = pins_of(arrays, hub, np.zeros_like(hub)), None
    activity, home = [], []
    for lane in range(50):
        known = nothing_known(pins)
        know(
            arrays.states, arrays.ties, arrays.offers, arrays.institutions, arrays.stimuli, arrays.years, arrays.months, pins, p[0],
            SEED, lane, known,
        )  # fmt: skip
        activity.append(known.states["activity"])
        home.append(known.states["home"])
    means = np.mean(activity, axis=0)
    assert means[0] > 1.3
    assert means[0] > means[1:].max()
    assert means[1:].max() < 1.0
    assert np.mean(home, axis=0)[0] > 0.1


def test_the_grid_gives_quantiles() -> None:
    z = np.linspace(-REACH, REACH, CELLS + 1)
    log_density = -0.5 * ((z - 0.6) / 0.7) ** 2
    for u in (0.01, 0.2, 0.5, 0.9, 0.99):
        assert drawn_on_grid(log_density, u) == pytest.approx(stats.norm.ppf(u, 0.6, 0.7), abs=0.02)


def test_answers_are_interpolated_exactly_where_they_are_a_polynomial() -> None:
    terms = np.array([0.3 * z**2 - z + 2 for z in ANSWER_NODES])
    assert _interpolated(terms, 0.77) == pytest.approx(0.3 * 0.77**2 - 0.77 + 2)
