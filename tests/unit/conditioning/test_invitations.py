"""How inviting openings to all are: one effect for all states, and found again in made histories."""

import numpy as np
import pytest
from scipy import stats

from calibration.evidence.observed import observe
from calibration.hypotheses.priors import BLOCKS, rows_of, values_of
from calibration.likelihood.responses import _takers
from sim.conditioning import states
from sim.conditioning.grid import CELLS, point_of
from sim.conditioning.invitations import draw_invitations, inviting_of, log_joining
from sim.conditioning.pins import PIN_TYPE, Pins, no_pins, nothing_known
from sim.engine.arrays import Arrays, pack
from sim.engine.kernel import run_block
from sim.engine.timeline import build_timeline
from sim.model.draws import GROUP_ROW, normal_quantile, row_key, uniforms
from sim.model.parameters import LEVERS
from sim.model.rules import INVITATION_SPREAD
from sim.scenario.lane_parameters import parameter_rows
from sim.scenario.loading import load_case

SEED, HISTORIES, DRAWS = 5, 60, 19
NAMES = BLOCKS["responses"]


def openings_alone() -> tuple[Arrays, np.ndarray]:
    """The documented stimuli, and no offer but those to all; with the state of each."""
    case = load_case("history", {"until": "2024-07", "responses": "simulated", "parameters": "default"})
    arrays = pack(build_timeline(case))
    people, kept, whose = arrays.states.copy(), [], []
    for i, me in enumerate(arrays.states):
        own = [n for n in range(me["first_offer"], me["end_offer"]) if arrays.offers[n]["to_all"]]
        people["first_offer"][i], people["end_offer"][i] = len(kept), len(kept) + len(own)
        kept += own
        whose += [i] * len(own)
    return arrays._replace(states=people, offers=arrays.offers[kept]), np.array(whose)


def still() -> np.ndarray:
    """Parameters by which a state stands at home and declines nothing, so that joining alone tells."""
    p = parameter_rows("default", {}, dict.fromkeys(LEVERS, 0.0), 1, 0, 1)
    for name in ("step_rate", "step_size", "initiative_rate", "home_spread", "leaving_rate"):
        p[name] = 0.0
    p["decline_hub"] = p["decline_challenger"] = 1e-12
    return p


def joined_months(arrays: Arrays, whose: np.ndarray, members: np.ndarray) -> np.ndarray:
    """The month in which each offer was taken up in one lane, -1 if never."""
    inside = members[:, whose] >> arrays.offers["institution"] & 1 == 1
    return np.where(inside.any(axis=0), inside.argmax(axis=0), -1)


def test_joiners_of_an_opening_go_together_in_free_lanes() -> None:
    arrays, whose = openings_alone()
    rows = parameter_rows("default", {}, {}, 1, 0, 300)
    _, members, _ = run_block(arrays, rows, SEED, 0)
    last = members[:, -1]
    for key in np.unique(arrays.offers["key"]):
        own = arrays.offers["key"] == key
        k = arrays.offers["institution"][own][0]
        taken = (last[:, whose[own]] >> k & 1).astype(float)
        varied = taken[:, taken.std(axis=0) > 0.1]
        correlation = np.corrcoef(varied.T)
        pairs = correlation[np.triu_indices(len(correlation), 1)]
        assert pairs.mean() > 0.1
        assert (pairs > 0.0).mean() > 0.9


@pytest.mark.statistical
def test_ranks_of_the_hidden_effect_are_uniform() -> None:
    arrays, whose = openings_alone()
    arrays.institutions["lock_in"] = 0.0
    p = still()
    _, members, _ = run_block(arrays, np.repeat(p, HISTORIES), SEED, 0)
    offers, keys = arrays.offers.copy(), np.unique(arrays.offers["key"])
    offers["recorded"] = np.arange(len(offers))
    cells = np.zeros((len(arrays.months), len(arrays.states)), dtype=PIN_TYPE)
    cells["founds"] = -1
    pins: Pins = no_pins(len(arrays.states))._replace(
        months=len(arrays.months), cells=cells, invitations=keys
    )
    ranks, truths, found = [], [], []
    for history in range(HISTORIES):
        month = joined_months(arrays, whose, members[history])
        offers["answer"], offers["answer_month"] = month >= 0, month
        draws = np.empty((DRAWS, len(keys)))
        for number in range(DRAWS):
            known = nothing_known(pins)
            states.know(
                arrays.states, arrays.ties, offers, arrays.institutions, arrays.stimuli, arrays.years,
                arrays.months, pins, p[0], SEED, 1000 + history * DRAWS + number, known,
            )  # fmt: skip
            draws[number] = known.inviting
        opens = [int(arrays.months[0] + offers["month"][offers["key"] == key][0]) for key in keys]
        truth = [
            INVITATION_SPREAD * normal_quantile(uniforms(SEED, history, month, 0, GROUP_ROW + int(key))[0])
            for month, key in zip(opens, keys, strict=True)
        ]
        ranks += (draws < truth).sum(axis=0).tolist()
        truths += truth
        found += draws.mean(axis=0).tolist()
    seen = np.bincount(ranks, minlength=DRAWS + 1).reshape(5, -1).sum(axis=1)
    assert stats.chisquare(seen).pvalue > 1e-3, seen.tolist()
    assert np.corrcoef(truths, found)[0, 1] > 0.8


def recorded() -> tuple:
    """Arrays of the record, one row of parameters, what states remember, and alignments by recorded steps."""
    arrays = pack(build_timeline(load_case("history", {"until": "2024-07"})))
    z = np.random.default_rng(4).standard_normal((1, len(NAMES))) * 0.5
    p = rows_of(values_of(z, NAMES), NAMES).view(np.recarray)[0]
    known = nothing_known(arrays.pins)
    shape = (arrays.pins.months, len(arrays.states))
    positions, alignments = np.zeros(shape), np.zeros(shape)
    states._positions(arrays.states, arrays.pins, p, positions, alignments)
    for i in range(len(arrays.states)):
        states._expected(
            i, arrays.states, arrays.ties, arrays.stimuli, arrays.years, alignments, arrays.pins, known, p
        )
    return arrays, p, known, positions, alignments


def test_the_density_is_the_likelihoods() -> None:
    """For the openings that have a term there; the others count here, too."""
    observed = observe()
    arrays, p, known, positions, alignments = recorded()
    points = np.array([point_of(number) for number in range(CELLS + 1)])
    wanted = np.zeros((int(observed.invitations["invitation"].max()) + 1, CELLS + 1))
    _takers(
        observed.invitations, np.exp(positions), arrays.stimuli, known.cells["alert"].copy(), arrays.states, points, p, wanted
    )  # fmt: skip
    mine = []
    for key in arrays.pins.invitations:
        density = np.zeros(CELLS + 1)
        for i, me in enumerate(arrays.states):
            for offer in arrays.offers.view(np.recarray)[me["first_offer"] : me["end_offer"]]:
                if offer.to_all == 1 and offer.key == key:
                    threshold = arrays.institutions[offer.institution]["threshold"]
                    log_joining(
                        i, offer, threshold, arrays.stimuli, alignments, arrays.pins.months, known, p, density
                    )
        mine.append(density)
    assert len(mine) == 4
    for own in wanted:
        assert any(np.allclose(own, density, rtol=1e-9, atol=1e-9) for density in mine)


def test_draws_do_not_depend_on_the_order_of_states() -> None:
    arrays, p, known, _, alignments = recorded()
    month = int(arrays.months[0])

    def drawn(order: np.ndarray) -> np.ndarray:
        own = known._replace(cells=known.cells[:, order].copy(), inviting=np.zeros_like(known.inviting))
        draw_invitations(
            arrays.states[order], arrays.offers, arrays.institutions, arrays.stimuli[:, order].copy(),
            alignments[:, order].copy(), month, arrays.pins, p, SEED, 3, own,
        )  # fmt: skip
        return own.inviting

    order = np.arange(len(arrays.states))
    np.testing.assert_allclose(drawn(order[::-1]), drawn(order), rtol=0.0, atol=1e-9)
    assert len(np.unique(drawn(order))) == len(arrays.pins.invitations) == 4


def test_an_opening_that_history_lacks_is_drawn_at_the_address_of_its_row() -> None:
    keys = np.array([row_key("S001")])
    assert inviting_of(keys[0], 24000, keys, np.array([0.7]), SEED, 3) == 0.7
    key = row_key("S002")
    wanted = INVITATION_SPREAD * normal_quantile(uniforms(SEED, 3, 24000, 0, GROUP_ROW + key)[0])
    assert inviting_of(key, 24000, keys, np.array([0.7]), SEED, 3) == wanted


def test_many_joiners_make_an_opening_inviting() -> None:
    """AIIB, which 18 of 20 joined, against the Belt and Road, which 3 of 19 joined within the record."""
    arrays = pack(build_timeline(load_case("history", {"until": "2024-07"})))
    p, means = parameter_rows("default", {}, {}, 1, 0, 1)[0], {}
    draws = []
    for lane in range(60):
        known = nothing_known(arrays.pins)
        states.know(
            arrays.states, arrays.ties, arrays.offers, arrays.institutions, arrays.stimuli, arrays.years,
            arrays.months, arrays.pins, p, SEED, lane, known,
        )  # fmt: skip
        draws.append(known.inviting)
    for row in ("S137", "S237"):
        place = np.flatnonzero(arrays.pins.invitations == row_key(row))[0]
        means[row] = np.mean(draws, axis=0)[place]
    assert means["S137"] > 1.0
    assert means["S237"] < 0.0
