"""Forecasts: against the likelihood that they must agree with, closed forms, and records drawn from the model itself."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.stats import norm

from calibration.comparison.cross_validation import parts_of
from calibration.comparison.forecasts import Figures, forecast_responses, forecast_trade, forecast_views
from calibration.evidence import sides
from calibration.evidence.observed import CELL_MONTHS, OFFER_TYPE, UNPROMPTED, Observed
from calibration.hypotheses.priors import BLOCKS, PRIORS, values_of
from calibration.likelihood import Responses, Trade, Views
from calibration.likelihood.responses import known_before
from calibration.validation.synthetic import simulated
from tests.moves import with_steps

pytestmark = pytest.mark.statistical

CUT = 20
NAMES = (*BLOCKS["responses"], *BLOCKS["opinion"], *BLOCKS["trade"])


def truth(**changed: float) -> NDArray[np.float64]:
    """One row of parameters: the centres of the priors, but for what is given."""
    row = values_of(np.zeros((1, len(NAMES))), NAMES)
    for name, value in changed.items():
        assert PRIORS[name].low <= value <= PRIORS[name].high
        row[0, NAMES.index(name)] = value
    return row


def mixture(means: list[float], spreads: list[float], weights: list[float], value: float) -> Figures:
    none = np.zeros(1, dtype=np.int64)
    columns = [np.array(part)[:, None] for part in (means, spreads, weights)]
    return Figures(none, none, none, np.array([value]), *columns)


def test_chances_of_a_count_are_the_likelihood_summed_over_the_other_side(observed: Observed) -> None:
    """All steps of the half-year lie in its first month, so the chance of their number is theirs over their month's share."""
    row = truth(alignment_slope=0.5, initiative_rate=1e-12)
    cell, state = CUT, observed.states.index("PHL")
    months = slice(cell * CELL_MONTHS, (cell + 1) * CELL_MONTHS)
    rates = Responses(observed, NAMES).rates(row)[0, UNPROMPTED, :, state, months]
    shares = rates[:, 0] / rates.sum(axis=1)
    likely = np.zeros(26)
    for other in range(26):
        for own in (0, 1, 2):
            steps = observed.steps.copy()
            steps[:, state, cell] = own, other
            changed = with_steps(observed, steps, initiatives=False).with_targets(offers=observed.offers[:0])
            before = Responses(changed, NAMES, until=cell).by_state(row)[0][0, state]
            after = Responses(changed, NAMES, until=cell + 1).by_state(row)[0][0, state]
            likely[own] += np.exp(after - before - own * np.log(shares[0]) - other * np.log(shares[1]))
    unprompted = with_steps(observed, observed.steps, initiatives=False).with_targets(
        offers=observed.offers[:0]
    )
    counts, _ = forecast_responses(Responses(unprompted, NAMES, until=cell), row)
    case = (counts.side == 0) & (counts.state == state) & (counts.cell == cell)
    assert counts.chances[case][0, :3] == pytest.approx(likely[:3], rel=1e-9)


def test_chances_and_mean_of_counts_belong_together(observed: Observed) -> None:
    steps = observed.steps.copy()
    steps[0, 0, 0] = 60
    counts, _ = forecast_responses(Responses(with_steps(observed, steps), NAMES, until=CUT), truth())
    assert counts.chances.sum(axis=1) == pytest.approx(np.ones(len(counts.mean)), abs=1e-6)
    assert counts.chances @ np.arange(61) == pytest.approx(counts.mean, rel=1e-4)


def test_chances_of_an_answer_are_the_likelihood_summed_over_months(observed: Observed) -> None:
    """An answer before the cut tells of the home position; the forecast of a later one must know it."""
    row, state, first = truth(alignment_slope=0.0, acceptance_alignment=2.0, home_spread=2.0), 3, CUT * 6 + 2
    earlier = (state, 10, 30, 1, 1, 1.0, 0.0)

    def log_likelihood(*offers: tuple[float, ...]) -> float:
        then = known_before(observed, CUT * 6)  # a forecast knows no later position
        changed = then.with_targets(offers=np.array(list(offers), dtype=OFFER_TYPE))
        return float(Responses(changed, NAMES).by_state(row)[1][0, state])

    def likely(outcome: int, month: int) -> float:
        return float(np.exp(log_likelihood(earlier, (state, first, month, outcome, 0, 1.0, 0.5)) - known))

    known = log_likelihood(earlier)
    months = range(first, (CUT + 1) * 6)
    offers = np.array([earlier, (state, first, months[-1], 0, 0, 1.0, 0.5)], dtype=OFFER_TYPE)
    _, answers = forecast_responses(Responses(observed.with_targets(offers=offers), NAMES, until=CUT), row)
    expected = [sum(likely(1, t) for t in months), sum(likely(-1, t) for t in months), likely(0, months[-1])]
    assert answers.chances.shape == (1, 3)
    assert answers.chances[0] == pytest.approx(expected, rel=1e-9)


def test_an_open_offer_is_asked_once_a_half_year_until_it_is_answered(observed: Observed) -> None:
    offers = np.array([(3, 100, 133, -1, 0, 1.0, 0.0), (4, 20, 60, 1, 1, -1.0, 0.0)], dtype=OFFER_TYPE)
    _, answers = forecast_responses(
        Responses(observed.with_targets(offers=offers), NAMES, until=CUT), truth()
    )
    assert answers.month.tolist() == [120, 126, 132]
    assert answers.became.tolist() == [2, 2, 1]
    assert answers.brier == pytest.approx(
        [0.5 * ((p - np.eye(3)[k]) ** 2).sum() for p, k in zip(answers.chances, [2, 2, 1], strict=True)]
    )


@pytest.mark.parametrize("cut", [CUT, None])
def test_density_of_a_single_figure_is_that_of_the_likelihood(observed: Observed, cut: int | None) -> None:
    row = truth()
    for power, side in enumerate(sides.SIDES):
        views = observed.views[observed.views["power"] == power]
        target = Views(observed.with_targets(views=views), NAMES, until=cut)
        figures = forecast_views(target, row, cut)[side]
        alone = [i for i in np.unique(figures.state) if (figures.state == i).sum() == 1]
        told = parts_of(target, row, cut)["opinion_hub"][0]
        assert alone
        assert figures.log_density[[list(figures.state).index(i) for i in alone]] == pytest.approx(
            told[alone]
        )
    shares = forecast_trade(Trade(observed, NAMES, until=cut), row, cut)
    alone = [i for i in np.unique(shares.state) if (shares.state == i).sum() == 1]
    told = parts_of(Trade(observed, NAMES, until=cut), row, cut)["trade"][0]
    assert shares.log_density[[list(shares.state).index(i) for i in alone]] == pytest.approx(told[alone])


def test_scores_of_a_mixture_are_those_of_its_distribution() -> None:
    figures = mixture([-1.0, 0.5, 2.0], [0.4, 1.0, 0.2], [0.2, 0.5, 0.3], 0.7)

    def below(x: float) -> float:
        return float(figures.below(np.array([x]))[0])

    parts = zip([-1.0, 0.5, 2.0], [0.4, 1.0, 0.2], [0.2, 0.5, 0.3], strict=True)
    density = sum(weight * norm.pdf(0.7, mean, spread) for mean, spread, weight in parts)
    left, right = quad(lambda x: below(x) ** 2, -9, 0.7)[0], quad(lambda x: (1 - below(x)) ** 2, 0.7, 11)[0]
    assert figures.crps[0] == pytest.approx(left + right, rel=1e-6)
    assert figures.log_density[0] == pytest.approx(np.log(density))
    assert figures.rank[0] == pytest.approx(below(0.7))
    assert [below(float(figures.quantile(share)[0])) for share in (0.05, 0.5, 0.95)] == pytest.approx(
        [0.05, 0.5, 0.95]
    )
    assert figures.mean[0] == pytest.approx(0.65)
    assert figures.sd[0] == pytest.approx(
        quad(lambda x: 2 * (x - 0.65) * ((x > 0.65) - below(x)), -9, 11)[0] ** 0.5
    )


def test_a_forecast_needs_a_cut(observed: Observed) -> None:
    with pytest.raises(ValueError, match="until"):
        forecast_responses(Responses(observed, NAMES), truth())


def test_ranks_are_uniform_where_the_model_is_true(observed: Observed) -> None:
    """Mean and variance of ranks over 24 drawn records, each within 4 standard errors: false alarm 1 in 2,000."""
    row = truth(opinion_common=0.02)
    ranks: dict[str, list[float]] = {"steps": [], "opinion": [], "trade": []}
    for drawn in simulated(observed, NAMES, np.repeat(row, 24, axis=0), seed=3):
        counts, _ = forecast_responses(Responses(drawn, NAMES, until=CUT), row)
        lower, upper = counts.rank
        ranks["steps"].append(float((0.5 * (lower + upper)).mean()))
        for figures in forecast_views(Views(drawn, NAMES, until=CUT), row, CUT).values():
            ranks["opinion"].append(float(figures.rank.mean()))
        ranks["trade"].append(float(forecast_trade(Trade(drawn, NAMES, until=CUT), row, CUT).rank.mean()))
    for stream, told in ranks.items():
        error = np.std(told, ddof=1) / np.sqrt(len(told))
        assert abs(np.mean(told) - 0.5) < 4 * error, stream
        assert error < 0.03, stream
