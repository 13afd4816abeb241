"""The likelihood is the density of what the engine draws, and each closed form equals the sum it stands for."""

import math

import numpy as np
import pytest
from scipy import integrate, special, stats

from calibration.evidence import sides
from calibration.evidence.observed import CELL_MONTHS, INITIATIVES, OFFER_TYPE, UNPROMPTED, Observed
from calibration.hypotheses.priors import BLOCKS, PRIORS, rows_of, values_of
from calibration.likelihood import (
    LEADER,
    PRESSURE,
    SHOCK,
    TARGETS,
    WAR,
    Habits,
    Responses,
    Target,
    Trade,
    Views,
    first_of_series,
    habits,
    neighbours,
    responses,
)
from calibration.likelihood.responses import known_before
from calibration.validation.synthetic import home_errors, simulated, unprompted_only
from sim.engine.arrays import TRAJECTORIES
from sim.engine.kernel import run_block
from sim.model import rules
from sim.model.rules import MONTH
from sim.types import Floats

ALL = tuple(name for names in BLOCKS.values() for name in names)
LIKELY = {
    "alert_coercion": 1.5, "alert_punishment": 1.2, "alert_war": 1.2, "alert_shock": 0.5, "alert_pressure": 1.5,
    "yielding": 0.6, "trend_steps_hub": 0.04, "trend_initiatives_challenger": -0.06, "step_rate": 0.2, "alignment_slope": 0.8, "leader_slope": 0.4,
    "activity_shape": 6.0, "home_spread": 1.0, "acceptance_alignment": 0.3, "acceptance_leader_hub": 0.8,
    "acceptance_leader_challenger": 0.5, "acceptance_alert_hub": 0.3, "acceptance_alert_challenger": -0.7,
    "opinion_pressure": 0.4, "opinion_noise_challenger": 0.07, "opinion_noise_hub": 0.07, "coercion_rate_full": 0.4,
    "offer_alignment": 1.5, "offer_after_coercion": 2.0, "dependence_trend": 0.04, "pressure_rate": 0.05,
}  # fmt: skip
"""Values near those of the record; the others stand at the middle of their priors."""


def value(name: str) -> float:
    return LIKELY.get(name, float(PRIORS[name].values(np.zeros(1))[0]))


def values(names: tuple[str, ...] = ALL, rows: int = 1) -> Floats:
    return np.tile([value(name) for name in names], (rows, 1))


@pytest.fixture(scope="module")
def records(observed: Observed) -> list[Observed]:
    return list(simulated(observed, ALL, values(rows=130), seed=3))


def expected_steps(observed: Observed, spread: float, slope: float) -> Floats:
    """Analytic expectation of counts over activity and home error, by an integral that the likelihood does not use."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(60)
    weights = weights / weights.sum()
    error = observed.arrays.states["home_error"][:, None] * spread
    home = np.tanh((observed.home[:, None] + error * nodes) / 2)
    lifts = np.stack([np.exp(slope * home) @ weights, np.exp(-slope * home) @ weights])
    return Responses(observed).exposures(values(BLOCKS["responses"]))[0, UNPROMPTED] * lifts[:, :, None]


def test_counts_of_lanes_have_the_expected_means(observed: Observed) -> None:
    lanes = 500
    rows = np.repeat(rows_of(values(), ALL), lanes)
    for name in ("weight_two", "weight_three", "leaving_rate"):
        rows[name] = 0.0
    arrays = unprompted_only(observed.arrays)
    means = np.zeros(observed.steps.shape)
    squares = np.zeros((2, len(observed.states)))
    starts = np.arange(0, len(observed.months), CELL_MONTHS)
    for first in range(0, lanes, 100):
        made, *_ = run_block(arrays, rows[first : first + 100], 5, first)
        for side, name in enumerate(("steps_hub", "steps_challenger")):
            monthly = made[:, TRAJECTORIES.index(name)]
            means[side] += np.add.reduceat(monthly, starts, axis=1).sum(axis=0).T / lanes
            squares[side] += (monthly.sum(axis=1) ** 2).sum(axis=0) / lanes
    expected = expected_steps(observed, value("home_spread"), value("alignment_slope"))
    total = means.sum(axis=2)
    error = np.sqrt((squares - total**2) / lanes)
    z = (total - expected.sum(axis=2)) / error
    assert np.abs(z).max() < 4.0
    assert abs(z.mean()) < 4.0 / math.sqrt(z.size)
    cells = (means.sum(axis=1) - expected.sum(axis=1)) / np.sqrt(1.3 * expected.sum(axis=1) / lanes)
    assert np.abs(cells).max() < 4.5


@pytest.mark.parametrize("code", ["AUS", "KHM"])
@pytest.mark.parametrize("node", [-2.0, 0.7])
def test_rate_at_a_home_is_the_rules_own(observed: Observed, code: str, node: float) -> None:
    """Home alignment enters as a factor, and each month stands for itself."""
    p = rows_of(values(BLOCKS["responses"]), BLOCKS["responses"])[0]
    i = observed.states.index(code)
    me = observed.arrays.states[i]
    home = math.tanh((observed.home[i] + p["home_spread"] * me["home_error"] * node) / 2)
    record = np.rec.array(p)
    rates = np.zeros((2, 2, len(observed.months)))
    alert = hub = challenger = 0.0
    for t, felt in enumerate(observed.arrays.stimuli[:, i]):
        coercion, punishment, easing = felt[:3]
        alert = rules.alert_after_month(
            alert, coercion, punishment, easing, 0.0, felt[WAR], felt[SHOCK], me["dispute"],
            me["openness"], record,
        )  # fmt: skip
        challenger = rules.pressure_remembered(challenger, coercion + punishment, record)
        hub = rules.pressure_remembered(hub, felt[PRESSURE], record)
        years = (t - (len(observed.months) - 1) / 2) / 12
        leaning = rules.lean(
            home, home, felt[LEADER] - me["first_leader"], 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, record
        )
        away = rules.lift_toward_challenger(hub, challenger, record)
        toward = rules.lift_toward_hub(alert, hub, record)
        rates[UNPROMPTED, :, t] = (
            rules.rate_toward_hub(1.0, leaning, toward, 0.0, 0.0, 0.0, coercion, years, record),
            rules.rate_toward_challenger(
                1.0, leaning, away, alert, 0.0, punishment, me["dependence"], years, record
            ),
        )
        rates[INITIATIVES, :, t] = (
            rules.initiatives_toward_hub(1.0, leaning, toward, years, record),
            rules.initiatives_toward_challenger(1.0, leaning, away, years, record),
        )
    rates[INITIATIVES, :, 0] = 0.0  # what is open at the start was opened before
    tilt = p["alignment_slope"] * home
    target = Responses(observed)
    formula = target.rates(values(BLOCKS["responses"]))[0, :, :, i]
    formula = formula * np.exp([[tilt], [-tilt]])
    np.testing.assert_allclose(formula, rates * MONTH, rtol=1e-12)
    assert rates[..., 1:].min() > 0
    by_half_year = target.exposures(values(BLOCKS["responses"]))[0, :, :, i, 3]
    np.testing.assert_allclose(
        by_half_year * np.exp([tilt, -tilt]), rates[..., 18:24].sum(axis=2) * MONTH, rtol=1e-12
    )


def test_activity_is_integrated_exactly() -> None:
    """One activity for steps and initiatives of three months."""
    moves = np.array([[[[2, 0, 1]], [[0, 3, 0]]], [[[0, 1, 0]], [[1, 0, 0]]]])
    rates = np.array([[[[0.5, 0.8, 0.4]], [[0.3, 0.6, 0.1]]], [[[0.2, 0.1, 0.3]], [[0.4, 0.1, 0.2]]]])
    tilt, shape = 0.4, 2.5
    means = rates * np.exp([[[tilt]], [[-tilt]]])[None]

    def density(g: float, months: slice) -> float:
        seen = stats.poisson.pmf(moves[..., months], g * means[..., months]).prod()
        return float(stats.gamma.pdf(g, shape, scale=1 / shape) * seen)

    events = responses._events(moves)
    sums, logs = np.zeros((2, 2, 1, 4)), np.zeros((2, 2, 1))
    responses._sums(rates, events, 2, sums)
    responses._log_months(rates, events, 2, logs)
    for part, months in enumerate((slice(0, 2), slice(0, 3))):
        expected = math.log(integrate.quad(density, 0, 60, args=(months,), epsabs=1e-14, limit=400)[0])
        found = logs[part].sum() + responses._log_moves(sums[part, 0, 0], sums[part, 1, 0], tilt, shape)
        assert found == pytest.approx(expected, abs=1e-7)


def test_the_likelihood_of_moves_is_the_documented_formula(observed: Observed) -> None:
    """Written again from the page of the model, for all states, by month, with alarm, yielding and trends."""
    names = BLOCKS["responses"]
    row = values(names)
    p = dict(zip(names, row[0].tolist(), strict=True))
    stimuli, states = observed.arrays.stimuli, observed.arrays.states
    left, count = math.exp(-1 / 12 / p["alert_memory"]), len(observed.months)
    felt = np.zeros_like(stimuli)
    for t in range(count):
        felt[t] = stimuli[t] + ((felt[t - 1] if t else 0.0) - stimuli[t]) * left
    coercion, punishment, pressure = felt[..., 0], felt[..., 1], felt[..., PRESSURE]
    alarm = p["alert_coercion"] * coercion * (1 + states["dispute"]) / 2 + p["alert_punishment"] * punishment
    alarm += p["alert_war"] * 2 * states["openness"] * felt[..., WAR] + p["alert_shock"] * felt[..., SHOCK]
    lifts = np.stack(
        [
            np.maximum(0.05, 1 + alarm + p["yielding"] * pressure),
            np.maximum(0.05, 1 + p["alert_pressure"] * pressure + p["yielding"] * (coercion + punishment)),
        ]
    )
    years = np.arange(count) / 12 - 7.25
    sign = np.array([1.0, -1.0])[:, None, None]
    leader = p["leader_slope"] * (stimuli[..., LEADER] - states["first_leader"])
    expected = np.zeros((2, 2, count, len(states)))
    for stream, (rate, kind) in enumerate((("step_rate", "steps"), ("initiative_rate", "initiatives"))):
        balance = p["step_balance" if stream == UNPROMPTED else "initiative_balance"]
        trend = np.array([p[f"trend_{kind}_hub"], p[f"trend_{kind}_challenger"]])[:, None] * years
        expected[stream] = p[rate] / 12 * np.exp(sign * (balance + leader) + trend[:, :, None]) * lifts
    expected[INITIATIVES, :, 0] = 0.0
    errors = p["home_spread"] * states["home_error"] * responses.NODES[:, None]
    tilts = p["alignment_slope"] * np.tanh((observed.home + errors) / 2)
    by_node = []
    for tilt in tilts:
        means = (expected * np.exp(sign * tilt)[None]).transpose(0, 1, 3, 2)
        shape, total = p["activity_shape"], observed.moves.sum(axis=(0, 1, 3))
        seen = stats.poisson.logpmf(observed.moves, means) + means
        logs = np.where(observed.moves > 0, seen, 0.0).sum(axis=(0, 1, 3))
        logs += shape * math.log(shape) - special.gammaln(shape) + special.gammaln(shape + total)
        by_node.append(logs - (shape + total) * np.log(shape + means.sum(axis=(0, 1, 3))))
    whole = special.logsumexp(np.array(by_node) + responses.LOG_WEIGHTS[:, None], axis=0)
    np.testing.assert_allclose(Responses(observed).parts(row, 0)[0, 2], whole, rtol=1e-12)


@pytest.mark.parametrize(("spread", "bound"), [(1.0, 0.004), (2.0, 0.3)])
def test_five_nodes_are_enough(
    observed: Observed, monkeypatch: pytest.MonkeyPatch, spread: float, bound: float
) -> None:
    """Error of the log likelihood of a state, of about 90; 2 lies beyond the 98th percentile of the prior of the spread."""
    names = BLOCKS["responses"]
    rows = values(names)
    rows[0, names.index("home_spread")] = spread
    coarse = Responses(observed).by_state(rows)[1]
    nodes, weights = np.polynomial.hermite_e.hermegauss(31)
    monkeypatch.setattr(responses, "NODES", nodes)
    monkeypatch.setattr(responses, "LOG_WEIGHTS", np.log(weights / weights.sum()))
    fine = Responses(observed).by_state(rows)[1]
    assert 0 < np.abs(coarse - fine).max() < bound


def alerts_of(observed: Observed, row: np.void) -> Floats:
    """Alert by month and state."""
    alerts = np.zeros((len(observed.months), len(observed.states)))
    arrays, rates = observed.arrays, np.zeros(observed.moves.shape)
    responses._paths(arrays.stimuli, neighbours(observed), arrays.years, arrays.states, row, rates, alerts)
    return alerts


def one_offer(observed: Observed, first: int, last: int, outcome: int, initiative: int) -> float:
    """Log probability of one answer of one state, at its measured home position."""
    i = observed.states.index("PHL")
    offers = np.array([(i, first, last, outcome, initiative, 1.0, 0.2)], dtype=OFFER_TYPE)
    rows = rows_of(values(BLOCKS["responses"]), BLOCKS["responses"])
    arrays, months, alerts = observed.arrays, len(observed.months), alerts_of(observed, rows[0])
    odds, states = np.exp(observed.home + observed.position), arrays.states
    answers = np.zeros((2, len(observed.states), 1))
    responses._answers(
        offers,
        odds,
        arrays.stimuli,
        alerts,
        states,
        np.ones((len(states), 1)),
        months,
        True,
        rows[0],
        answers,
    )
    return float(answers[1, i, 0])


@pytest.mark.parametrize("initiative", [0, 1])
def test_answers_to_an_offer_add_up_to_one(observed: Observed, initiative: int) -> None:
    """Accepted or declined in some month, or open at the end: the probabilities are those of all that can happen."""
    months = range(30, 60)
    answered = [one_offer(observed, 30, t, outcome, initiative) for t in months for outcome in (1, -1)]
    still_open = one_offer(observed, 30, 59, 0, initiative)
    assert math.exp(still_open) + sum(map(math.exp, answered)) == pytest.approx(1.0, abs=1e-12)
    assert 0.05 < math.exp(still_open) < 0.95


def test_shares_of_answers_are_those_of_the_formula(observed: Observed, records: list[Observed]) -> None:
    """At a home error that is known, the chance of an answer by the formula is the share of synthetic records."""
    names = BLOCKS["responses"]
    rows = rows_of(values(names), names)
    record_of = np.rec.array(rows[0])
    expected, variance, happened = np.zeros(2), np.zeros(2), np.zeros(2)
    arrays, months, alerts = observed.arrays, len(observed.months), alerts_of(observed, rows[0])
    for lane, record in enumerate(records[:15]):
        error = home_errors(arrays, 3, lane) * value("home_spread")
        stand = np.tanh((observed.home + observed.position + error) / 2)
        for offer in record.offers:
            i, open_, took = offer["state"], 1.0, 0.0
            for t in range(offer["first"], months):
                yes, no = rules.answer_hazards(
                    offer["side"], offer["threshold"], stand[t, i], arrays.stimuli[t, i, LEADER], alerts[t, i],
                    arrays.states[i]["dependence"], offer["initiative"], record_of,
                )  # fmt: skip
                over = open_ * -math.expm1(-(yes + no) * MONTH)
                took, open_ = took + over * yes / (yes + no), open_ - over
            side = int(offer["side"] < 0)
            expected[side] += took
            variance[side] += took * (1 - took)
            happened[side] += offer["outcome"] == 1
    assert (np.abs(happened - expected) < 4 * np.sqrt(variance)).all()
    assert (expected > 80).all()


@pytest.mark.parametrize("power", [sides.HUB, sides.CHALLENGER], ids=sides.SIDES)
def test_moments_of_surveys_are_those_of_lanes(
    observed: Observed, records: list[Observed], power: int
) -> None:
    mean, cov, places = Views(observed).moments(values(BLOCKS["opinion"]), power)
    made = np.array([record.views["value"][places] for record in records])
    agree(made, mean[0], cov[0])


def test_moments_of_trade_are_those_of_lanes(observed: Observed, records: list[Observed]) -> None:
    mean, cov = Trade(observed).moments(values(BLOCKS["trade"]))
    agree(np.array([record.trade["value"] for record in records]), mean[0], cov[0])


def agree(made: Floats, mean: Floats, cov: Floats) -> None:
    """Draws have these moments: whitened, they are independent standard normals."""
    count, size = made.shape
    white = np.linalg.solve(np.linalg.cholesky(cov), (made - mean).T).T
    assert np.abs(white.mean(axis=0)).max() * math.sqrt(count) < 4.6
    assert abs((white**2).mean() - 1.0) < 4 * math.sqrt(2 / (count * size))
    apart = np.corrcoef(white.T)[np.triu_indices(size, 1)]
    assert abs((apart**2).mean() * count - 1.0) < 0.1
    direct = np.corrcoef(made.T)[np.triu_indices(size, 1)]
    assert (direct**2).mean() * count > 1.5, "the figures are related, so that the check above has power"


def slopes(target: Target, centre: Floats, step: float = 0.02) -> tuple[Floats, Floats]:
    """First and second derivatives of the log likelihood in natural units times a step, per parameter."""
    widths = np.array([step * (PRIORS[name].values(np.ones(1))[0] - PRIORS[name].values(np.zeros(1))[0])
                       for name in target.names])  # fmt: skip
    rows = np.vstack([centre, centre + np.diag(widths), centre - np.diag(widths)])
    log = target.log_likelihood(rows)
    count = len(widths)
    up, down = log[1 : count + 1], log[count + 1 :]
    return (up - down) / (2 * step), (up + down - 2 * log[0]) / step**2


@pytest.mark.statistical
@pytest.mark.parametrize("block", list(TARGETS))
def test_the_slope_of_the_likelihood_is_nought_on_average_at_the_truth(
    records: list[Observed], block: str
) -> None:
    """And its square is minus the curvature: both hold only for the density that the data were drawn from."""
    pairs = [slopes(TARGETS[block](record), values(BLOCKS[block])[0]) for record in records]
    first, second = (np.array(part) for part in zip(*pairs, strict=True))
    root = math.sqrt(len(records))
    z = first.mean(axis=0) / first.std(axis=0, ddof=1) * root
    worst = BLOCKS[block][int(np.argmax(np.abs(z)))]
    assert np.abs(z).max() < 3.9, f"{worst}: {z.round(1)}"
    balance = first**2 + second
    z = balance.mean(axis=0) / balance.std(axis=0, ddof=1) * root
    worst = BLOCKS[block][int(np.argmax(np.abs(z)))]
    assert np.abs(z).max() < 4.5, f"{worst}: {z.round(1)}"


@pytest.mark.parametrize("block", ["responses", "habits"])
def test_another_truth_is_noticed(records: list[Observed], block: str) -> None:
    """The check above has power: at values that the data were not drawn from the slope is not zero."""
    names = BLOCKS[block]
    wrong = values(names)[0] * 1.3
    first = np.array([slopes(TARGETS[block](record), wrong)[0] for record in records[:40]])
    z = first.mean(axis=0) / first.std(axis=0, ddof=1) * math.sqrt(len(first))
    assert np.abs(z).max() > 6


def test_probabilities_of_durations_add_up_to_one() -> None:
    months = np.arange(1.0, 400.0)
    acts = np.zeros(len(months), dtype=[("months", "f8"), ("ended", "i8")])
    acts["months"], acts["ended"] = months, 1
    median = np.array([0.7, 4.0, 30.0])
    inside = np.array([habits._durations(acts[k : k + 1], median) for k in range(len(months))])
    np.testing.assert_allclose(np.exp(inside).sum(axis=0), 1.0, atol=0.02)
    acts["ended"] = 0
    still = np.array([habits._durations(acts[k : k + 1], median) for k in range(40)])
    left = 1.0 - np.cumsum(np.vstack([np.zeros(3), np.exp(inside[:39])]), axis=0)
    np.testing.assert_allclose(np.exp(still), left, atol=1e-9)


def test_a_part_of_the_record_is_fitted(observed: Observed) -> None:
    """The part before a month is the whole of a record that ends there; what is left out does not count.

    What comes later is judged by where states stood at the cut.
    """
    cut = observed.cell_of("2020-01")
    names = BLOCKS["responses"]
    rows = values_of(np.random.default_rng(1).standard_normal((3, len(names))) * 0.3, names)
    early = Responses(observed, until=cut)
    later = observed.moves.copy()
    later[..., cut * CELL_MONTHS :] += 1
    changed = Responses(observed.with_targets(moves=later), until=cut)
    np.testing.assert_array_equal(early.log_likelihood(rows), changed.log_likelihood(rows))
    fitted, whole, _ = early.by_state(rows)
    assert (fitted.sum(axis=1) > whole.sum(axis=1)).all()
    seen = known_before(observed, early.cut)
    np.testing.assert_array_equal(seen.position[: early.cut + 1], observed.position[: early.cut + 1])
    assert (seen.position[early.cut :] == observed.position[early.cut]).all()
    assert (seen.position != observed.position).any()
    parts = Responses(seen).parts(rows, early.cut)
    np.testing.assert_array_equal(parts[:, [0, 3]], np.stack([fitted, whole], axis=1))
    moves = observed.moves.copy()
    moves[INITIATIVES, :, :, early.cut :] += 1
    other = Responses(seen.with_targets(moves=moves)).parts(rows, early.cut)
    np.testing.assert_array_equal(other[:, :2], parts[:, :2])
    assert (other[:, 2].sum(axis=1) != parts[:, 2].sum(axis=1)).all()
    assert early.early.sum() < len(early.early)
    whole_record, without = Responses(observed), Responses(observed, without=("JPN",))
    fitted, whole, invitations = whole_record.by_state(rows)
    np.testing.assert_array_equal(fitted, whole)
    left = fitted[:, without.included].sum(axis=1) + invitations.sum(axis=1)
    np.testing.assert_allclose(without.log_likelihood(rows), left)
    assert not np.allclose(left, whole_record.log_likelihood(rows))


def test_a_state_left_out_keeps_its_first_figures(observed: Observed) -> None:
    views, trade = Views(observed, without=("JPN",)), Trade(observed, without=("JPN",))
    japan = observed.states.index("JPN")
    series = np.unique(observed.views["series"][observed.views["state"] == japan])
    assert views.fitted[observed.views["state"] == japan].sum() == len(series)
    assert trade.fitted[observed.trade["state"] == japan].sum() == 1
    first = first_of_series(observed.views)
    assert first.sum() == len(observed.series)
    cut = Views(observed, until=10)
    assert observed.views["month"][cut.fitted].max() < 60 <= observed.views["month"][~cut.fitted].min()


def test_states_not_addressed_do_not_count_for_habits(observed: Observed) -> None:
    names = BLOCKS["habits"]
    russia = observed.states.index("RUS")
    onsets = observed.onsets.copy()
    moved = onsets["state"] == russia
    changed = observed.with_targets(onsets=onsets[~moved])
    assert not observed.acted_upon[russia]
    np.testing.assert_array_equal(
        Habits(observed).log_likelihood(values(names)), Habits(changed).log_likelihood(values(names))
    )
