"""Checks that can fail: a sound fit passes, and each kind of fault is named."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from calibration.evidence.observed import Observed, observe
from calibration.fitting.fit import POPULATIONS
from calibration.hypotheses.priors import BLOCKS, PRIORS, values_of
from calibration.validation import recovery
from calibration.validation.checks import Effort, converged, forward_cases, judged_sensitivity, run, write
from calibration.validation.posterior_predictive import (
    NAMES,
    Cases,
    coverage_table,
    judged_coverage,
    judged_replicates,
    replicate,
)
from calibration.validation.recovery import Truths, judged, recover, truths_around, uneven
from calibration.validation.synthetic import home_errors, simulated, unprompted_only
from calibration.validation.verdict import Verdict

pytestmark = pytest.mark.statistical


@pytest.fixture(scope="module")
def draws() -> pd.DataFrame:
    """Stands in for a posterior: narrow round the middle of the priors."""
    z = 0.2 * np.random.default_rng(1).standard_normal((200, len(NAMES)))
    return pd.DataFrame(values_of(z, NAMES), columns=list(NAMES))


def made_up(sets: int = 100, squeeze: float = 1.0, shift: float = 0.0, seed: int = 2) -> pd.DataFrame:
    """Ranks of a fit whose posterior is too narrow (squeeze above 1) or shifted by a share of its spread."""
    from scipy.special import ndtr

    random = np.random.default_rng(seed)
    rows = []
    for number in range(sets):
        for block, names in BLOCKS.items():
            error = random.standard_normal(len(names)) * squeeze + shift
            rows += [
                {"set": number, "block": block, "parameter": name, "rank": rank, "error": e, "ratio": 0.5}
                for name, rank, e in zip(names, ndtr(error), error, strict=True)
            ]
    return pd.DataFrame(rows)


# ---------------------------------------------------------------------------------------------------- synthetic


def test_a_synthetic_record_is_a_function_of_its_address(observed: Observed, draws: pd.DataFrame) -> None:
    values = draws.to_numpy()
    several = list(simulated(observed, NAMES, values[:3], seed=4))
    again = next(simulated(observed, NAMES, values[2:3], seed=4, first=2))
    assert again.fingerprint == several[2].fingerprint != several[1].fingerprint
    other = next(simulated(observed, NAMES, values[2:3], seed=5, first=2))
    assert other.fingerprint != again.fingerprint
    assert observed.fingerprint == observe().fingerprint


def test_a_synthetic_record_keeps_the_design(observed: Observed, draws: pd.DataFrame) -> None:
    record = next(simulated(observed, NAMES, draws.to_numpy()[:1], seed=4))
    for name, fields in (
        ("offers", ["state", "first", "side", "threshold"]),
        ("invitations", ["invitation", "state", "first", "side", "threshold"]),
        ("views", ["power", "state", "month", "series", "error", "reference"]),
        ("trade", ["state", "month"]),
    ):
        for field in fields:
            np.testing.assert_array_equal(getattr(record, name)[field], getattr(observed, name)[field])
    assert (record.offers["last"] >= record.offers["first"]).all()
    assert set(record.offers["outcome"]) == {-1, 0, 1}
    assert record.step_weights.sum() == record.steps.sum() > 0
    assert observed.acted_upon[record.onsets["state"]].all()
    ends = record.onsets["month"] + record.onsets["months"]
    assert (ends <= len(observed.months)).all()
    np.testing.assert_array_equal(record.onsets["ended"] == 1, ends < len(observed.months))


def test_home_errors_are_those_of_the_lane(observed: Observed) -> None:
    from sim.engine.arrays import TRAJECTORIES
    from sim.engine.kernel import run_block
    from sim.scenario.lane_parameters import parameter_rows

    arrays = unprompted_only(observed.arrays)
    rows = parameter_rows("default", {"step_rate": 0.0, "home_spread": 0.4}, {}, 1, 0, 1)
    lanes, *_ = run_block(arrays, rows, seed=9, first=7)
    home = 2 * np.arctanh(lanes[0, TRAJECTORIES.index("alignment"), 0])
    np.testing.assert_allclose(home, observed.home + 0.4 * home_errors(arrays, 9, 7), atol=1e-9)


# ----------------------------------------------------------------------------------------------------- recovery


def test_sound_ranks_pass() -> None:
    verdicts, parameters = judged(made_up())
    assert [one.passed for one in verdicts] == [True, True]
    assert len(parameters) == len(NAMES)
    assert abs(verdicts[0].figures["within_90"] - 0.9) < 0.02


@pytest.mark.parametrize(("squeeze", "shift"), [(1.5, 0.0), (0.6, 0.0)])
def test_intervals_of_a_wrong_width_fail(squeeze: float, shift: float) -> None:
    assert judged(made_up(squeeze=squeeze, shift=shift))[0][0].passed is False


def test_one_biased_parameter_fails() -> None:
    table = made_up()
    own = table["parameter"] == "step_rate"
    table.loc[own, "rank"] = table.loc[own, "rank"] ** 3
    _, ranks = judged(table)[0]
    assert ranks.passed is False
    assert "not uniform" in ranks.line
    assert "step_rate" in ranks.line


def test_false_alarms_are_as_stated() -> None:
    """Sixty sound runs: about one in twenty may fail either test."""
    results = [[one.passed for one in judged(made_up(60, seed=seed))[0]] for seed in range(60)]
    coverage, ranks = np.array(results).mean(axis=0)
    assert min(coverage, ranks) > 0.85


def test_unevenness_of_few_ranks() -> None:
    assert uneven(np.full(8, 0.9)) < 0.01 < 0.5 < uneven(np.array([0.1, 0.9] * 4))


def test_truths_are_wider_than_the_posterior_and_no_wider_than_the_prior(draws: pd.DataFrame) -> None:
    truths = truths_around(draws)
    assert truths.spread["step_rate"] == pytest.approx(0.2 * recovery.WIDER, rel=0.2)
    wide = draws.assign(step_rate=PRIORS["step_rate"].values(np.linspace(-3, 3, len(draws))))
    assert truths_around(wide).spread["step_rate"] == 1.0
    np.testing.assert_allclose(
        truths.values("marks", np.zeros((1, 2)))[0], draws[["weight_two", "weight_three"]].median(), rtol=0.05
    )


def test_recovery_goes_on_where_it_stopped(
    observed: Observed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    truths = Truths(dict.fromkeys(PRIORS, 0.0), dict.fromkeys(PRIORS, 0.05))
    calls = []

    def quick(observed: Observed, truths: Truths, seed: int, number: int, particles: int) -> list[dict]:
        calls.append(number)
        return [{"block": "marks", "parameter": "weight_two", "rank": number / 4, "error": 0.0, "ratio": 1.0}]

    monkeypatch.setattr(recovery, "_recovered", quick)
    options = {"seed": 1, "threads": 2}
    reported: list[tuple[int, int]] = []
    recover(observed, truths, tmp_path, sets=2, progress=lambda *parts: reported.append(parts), **options)
    assert reported == [(1, 2), (2, 2)]
    table = recover(observed, truths, tmp_path, sets=4, **options)
    assert sorted(calls) == [0, 1, 2, 3]
    assert table["rank"].tolist() == [0.0, 0.25, 0.5, 0.75]
    (tmp_path / "set-001.json").write_text("{", encoding="utf-8")
    kept = json.loads((tmp_path / "set-002.json").read_text(encoding="utf-8"))
    (tmp_path / "set-002.json").write_text(json.dumps({**kept, "key": "other"}), encoding="utf-8")
    again = recover(observed, truths, tmp_path, sets=4, **options)
    assert sorted(calls[4:]) == [1, 2]
    pd.testing.assert_frame_equal(again, table)


@pytest.mark.slow
def test_recovery_of_a_few_records(observed: Observed, draws: pd.DataFrame, tmp_path: Path) -> None:
    table = recover(observed, truths_around(draws), tmp_path, sets=4, seed=1, particles=60)
    assert len(table) == 4 * len(NAMES)
    assert table["rank"].between(0, 1).all()
    assert np.sqrt((table["error"] ** 2).mean()) < 2.0
    assert 0.3 < (table["rank"] - 0.5).abs().mean() * 2 < 0.7


# --------------------------------------------------------------------------------------------------- replicates


def test_a_record_of_the_model_is_not_odd_and_the_wrong_one_is(
    observed: Observed, draws: pd.DataFrame
) -> None:
    own = next(simulated(observed, NAMES, draws.to_numpy()[100:101], seed=77))
    verdicts = judged_replicates(replicate(own, draws, 60, seed=1))
    assert [one.name for one in verdicts] == ["replicates", "fitted steps", "fitted opinion", "fitted trade"]
    assert all(one.passed for one in verdicts)
    louder = own.views.copy()
    louder["value"] *= 3
    wrong = replicate(own.with_targets(moves=own.moves * 4, views=louder), draws, 60, seed=1)
    odd = wrong.table[wrong.table["chance"] < 0.05]
    assert {"total", "dispersion within states", "size of changes"} <= set(odd["statistic"])
    assert [one.passed for one in judged_replicates(wrong)] == [False, False, False, True]
    assert len(coverage_table(wrong)) == 6


def test_coverage_of_intervals_that_are_too_narrow_fails() -> None:
    random = np.random.default_rng(1)
    state = np.repeat(np.arange(20), 15)
    sound, bowl = random.random(300), random.beta(0.3, 0.3, 300)
    assert judged_coverage("x", {"steps": Cases(sound, sound, state)}, 1)[0][0].passed
    assert not judged_coverage("x", {"steps": Cases(bowl, bowl, state)}, 1)[0][0].passed


def test_places_of_counts_are_drawn_inside_their_step() -> None:
    """All counts are zero, as forecast in nine of ten cases: intervals are exact on average."""
    state = np.repeat(np.arange(40), 50)
    counts = np.random.default_rng(3).random(2000) < 0.1
    below, upto = np.where(counts, 0.9, 0.0), np.where(counts, 1.0, 0.9)
    table = judged_coverage("x", {"steps": Cases(below, upto, state)}, 1)[1]
    np.testing.assert_allclose(table["within"], [0.5, 0.9], atol=0.035)


def test_states_that_go_together_widen_the_error() -> None:
    place = np.repeat(np.random.default_rng(1).random(20), 30)
    state = np.repeat(np.arange(20), 30)
    together = judged_coverage("x", {"trade": Cases(place, place, state)}, 1)[1]["error"]
    assert (together > 3 * np.sqrt(0.5 * 0.5 / 600)).iloc[0]


# ------------------------------------------------------------------------------------- convergence and priors


def second_fit(draws: pd.DataFrame, shift: float = 0.0, count: int = 400) -> SimpleNamespace:
    random = np.random.default_rng(8)
    samples = {}
    for block, names in BLOCKS.items():
        z = 0.2 * random.standard_normal((count, len(names)))
        z[:, 0] += shift
        samples[block] = SimpleNamespace(names=names, values=values_of(z, names))
    return SimpleNamespace(samples=samples)


def about(reduction: float = 1.01, unsettled: int = 0) -> dict:
    return {
        block: {
            "unsettled": unsettled,
            "parameters": {name: {"scale_reduction": reduction, "error": 0.07} for name in names},
        }
        for block, names in BLOCKS.items()
    }


def test_two_seeds_agree_or_do_not(draws: pd.DataFrame) -> None:
    assert POPULATIONS == 4
    fine = converged(draws, about(), second_fit(draws))
    assert [(one.name, one.passed) for one in fine] == [("convergence", True), ("seeds", True)]
    apart = converged(draws, about(), second_fit(draws, shift=0.4))[1]
    assert apart.passed is False
    assert "does not agree" in apart.line
    assert not converged(draws, about(reduction=1.2), second_fit(draws))[0].passed
    assert not converged(draws, about(unsettled=1), second_fit(draws))[0].passed


def test_medians_that_move_with_their_priors_are_named() -> None:
    table = pd.DataFrame(
        [("diversion", 2.0, 0.8, 1.9), ("step_rate", 2.0, -0.1, 1.0), ("diversion", 0.5, -0.2, 0.6)],
        columns=["parameter", "width", "shift", "ratio"],
    )
    verdict = judged_sensitivity(table)
    assert verdict.passed is None
    assert "× 2 move 1 of 2 medians by more than 0.5 posterior spreads (diversion)" in verdict.line
    assert verdict.figures == {"moved_0.5": 0.0, "moved_2": 1.0}


def test_forward_forecasts_cover_what_came_after_the_cut(observed: Observed, draws: pd.DataFrame) -> None:
    cases = forward_cases(observed, draws, 8)
    cut = observed.cell_of("2020-01")
    assert len(cases["steps"].below) == 2 * len(observed.states) * (observed.cells - cut)
    late = observed.views["month"] >= cut * 6
    assert len(cases["opinion"].below) == late.sum()
    for own in cases.values():
        assert (own.below <= own.upto + 1e-12).all()
        assert ((own.below >= 0) & (own.upto <= 1)).all()


def test_tables_are_written_whole(tmp_path: Path) -> None:
    verdicts = [Verdict("ranks", True, "fine"), Verdict("priors", None, "see"), Verdict("seeds", False, "no")]
    write(tmp_path, verdicts, {"priors": pd.DataFrame({"shift": [0.25]})})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["check_priors.csv", "checks.csv"]
    assert pd.read_csv(tmp_path / "checks.csv")["verdict"].tolist() == ["passed", "see", "failed"]


@pytest.mark.slow
def test_a_short_run_writes_every_table(observed: Observed, tmp_path: Path) -> None:
    effort = Effort(sets=2, particles=80, replicates=20, forecasts=20, widths=(2.0,))
    reported: list[tuple[int, int]] = []
    verdicts = run(observed, tmp_path, effort=effort, progress=lambda *parts: reported.append(parts))
    names = {one.name for one in verdicts}
    assert {"recovery", "ranks", "convergence", "seeds", "priors", "replicates", "fitted steps"} <= names
    assert [done for done, _ in reported] == sorted(done for done, _ in reported)
    assert reported[-1][0] == reported[-1][1]
    written = {path.name for path in tmp_path.iterdir()}
    assert {"checks.csv", "check_recovery.csv", "check_ranks.svg", "check_coverage.csv"} <= written
