"""Rank correlations with evidence outside the fit, and the tables that hold it."""

from pathlib import Path

import numpy as np
import pytest
from scipy.stats import kendalltau

from calibration.evidence.observed import Observed
from calibration.findings.effects import prior_draws
from calibration.findings.external import (
    CASES,
    Agreement,
    agreement,
    compare_cases,
    compare_choices,
    load_cases,
    tau,
)
from sim.errors import InputError


def test_rank_correlation_is_kendalls() -> None:
    random = np.random.default_rng(1)
    first, second = random.integers(0, 4, (20, 9)).astype(float), random.integers(0, 3, 9).astype(float)
    wanted = [kendalltau(row, second).statistic for row in first]
    np.testing.assert_allclose(tau(first, second), wanted)
    assert tau(np.ones(4), np.arange(4.0)) == 0.0


def test_chance_of_an_order_is_exact() -> None:
    found = agreement("x", np.arange(4.0), np.arange(4.0)[None])
    assert found.chance == pytest.approx(2 / 24), "one order and its mirror image"


@pytest.mark.parametrize(("sign", "verdict"), [(1.0, "agrees"), (-1.0, "disagrees")])
def test_a_clear_order_is_told(sign: float, verdict: str) -> None:
    noise = np.random.default_rng(2).normal(0, 0.3, (200, 8))
    assert agreement("x", sign * np.arange(8.0), np.arange(8.0) + noise).verdict == verdict


def test_few_cases_cannot_tell() -> None:
    assert agreement("x", np.arange(3.0), np.arange(3.0)[None]).verdict == "cannot tell"
    assert Agreement("x", 9, 0.5, -0.1, 0.9, 0.01).verdict == "cannot tell", "the draws do not agree"


def test_cases_name_rows_that_fall_on_their_state(observed: Observed) -> None:
    from sim.engine.timeline import build_timeline

    events = {event.id: event for event in build_timeline(observed.scenario).events}
    cases = load_cases()
    assert len(cases) == 8
    for case in cases:
        assert bool(case.rows) == (case.state in observed.states)
        for row in case.rows:
            event = events[row]
            assert (event.target, event.sender) == (case.state, observed.world.challenger)
            assert event.kind in ("coercion", "punishment")
    first = {case.state: min(events[row].start for row in case.rows) // 12 for case in cases if case.rows}
    assert all(first[case.state] == case.year for case in cases if case.rows)


def test_a_bad_case_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "cases.csv"
    path.write_text(
        CASES.read_text(encoding="utf-8").replace(",loss,loss,loss,", ",loss,defeat,loss,", 1),
        encoding="utf-8",
    )
    with pytest.raises(InputError, match=r"cases.csv.*2.*strategic.*defeat.*allowed are loss"):
        load_cases(path)


def test_cases_beside_the_model(observed: Observed) -> None:
    draws = prior_draws(40, seed=5)
    open_ = compare_cases(observed, draws)[0].set_index("state")
    assert ((open_["steps_low"] < 0.0) & (open_["steps_high"] > 0.0)).all(), (
        "before the record no sign is presumed"
    )
    coercion_alone = draws.assign(alert_coercion=draws["alert_coercion"].abs(), alert_punishment=0.0)
    table, agreements = compare_cases(observed, coercion_alone)
    by_state = table.set_index("state")
    assert set(by_state.index) == {"AUS", "JPN", "KOR", "MNG", "PHL"}
    assert (by_state["opinion_low"] > 0.0).all(), "every case takes opinion"
    assert (by_state.loc[["KOR", "MNG"], "steps_high"] == 0.0).all(), "no coercion is in these cases"
    assert (by_state.loc[["JPN", "PHL"], "steps_low"] > 0.0).all()
    assert {part.cases for part in agreements} == {5}


def test_choices_beside_the_model(observed: Observed) -> None:
    table, agreements = compare_choices(observed, prior_draws(12, seed=5))
    by_state = table.set_index("state")
    assert len(by_state) == 10
    assert by_state.loc["PHL", "share level"] == pytest.approx((82.5 + 86.6 + 83.5 + 78.8) / 400)
    assert by_state.loc["KHM", "share change"] == pytest.approx(0.73 - 0.423)
    assert by_state.loc["PHL", "alignment level"] > by_state.loc["LAO", "alignment level"]
    assert len(agreements) == 4
