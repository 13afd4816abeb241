"""Scoring: the model on records drawn from itself, another theatre, and tables that do not fit."""

import csv
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from calibration.comparison.forecasts import forecast_responses
from calibration.comparison.scores import Scores, mean_by_state
from calibration.evidence.observed import Observed, observe
from calibration.hypotheses.priors import BLOCKS, values_of
from calibration.likelihood import Responses
from calibration.score import (
    forward,
    held_out,
    leave_one_out,
    scenario_of,
    score,
    with_errors,
    with_half_years,
)
from calibration.validation.synthetic import simulated
from sim.errors import InputError
from sim.io.library import THEATRE, record_folder
from sim.scenario.posterior import read_posterior, write_posterior
from sim.scenario.targets import OPINION_COLUMNS, RESPONSE_COLUMNS, TRADE_COLUMNS
from tests.small_world import act, line, make_world, state, write_record, write_world

pytestmark = pytest.mark.statistical

NAMES = (*BLOCKS["responses"], *BLOCKS["opinion"], *BLOCKS["trade"])
ERRORS = ("survey_error", "pollster_error", "state_offset", "trade_error")


def prior_draws(count: int, spread: float = 0.3) -> pd.DataFrame:
    z = spread * np.random.default_rng(4).standard_normal((count, len(NAMES)))
    return pd.DataFrame(values_of(z, NAMES), columns=list(NAMES))


def write(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(columns), restval="")
        writer.writeheader()
        writer.writerows(rows)


def step(number: int, date: str, code: str, direction: int, answers: str = "") -> dict[str, object]:
    about = {"kind": "statement", "weight": 1, "mass": 0, "binding": 0, "basis": "public", "check": "known"}
    who = {"id": f"R{number:03d}", "date": date, "state": code, "direction": direction, "answers": answers}
    return who | about | {"title": "a step", "reference": "made for a test"}


def poll(date: str, code: str, target: str, value: float) -> dict[str, object]:
    about = {
        "pollster": "Poll",
        "measure": "net_favourability",
        "unit": "net_pct",
        "derived": 0,
        "source": "made",
    }
    return {"state": code, "date": date, "target": target, "value": value, "respondents": 1000} | about


def share(year: int, code: str, value: float) -> dict[str, object]:
    about = {"flow": "exports", "partner": "CHA", "smallest_listed": 1, "source": "made"}
    return {"state": code, "year": year, "share": value} | about


@pytest.fixture
def theatre(tmp_path: Path) -> tuple[str, Path]:
    """Another hub and another challenger, a dozen acts and what was answered to them."""
    openings = {"AAA": 0.5, "BBB": -0.4, "CCC": 0.0}
    world = make_world([state(code, home=home, dispute=0.5) for code, home in openings.items()])
    acts = [
        act("coercion", 3, 8, target="AAA"),
        act("coercion", 20, 25, target="AAA", intensity=0.8),
        act("punishment", 40, 46, target="AAA"),
        act("coercion", 44, target="CCC"),
        act("accommodation", 30, target="BBB"),
        act("shock", 36, 50, sender="THI", target="ALL", domain="war"),
        act("reassurance", 10, 20, sender="HUB", target="ALL", domain="credibility"),
        act("offer", 5, sender="HUB", target="AAA"),
        act("offer", 12, sender="HUB", target="CCC"),
        act("offer", 33, sender="HUB", target="BBB", intensity=0.3),
        act("offer", 35, 59, sender="CHA", target="BBB"),
        act("offer", 38, 41, sender="CHA", target="CCC"),
    ]
    for number, row in enumerate(acts, 1):
        row["id"] = f"S{number:03d}"
    folder = Path(write_record(tmp_path, acts, [line("AAA", "1999-01", "2002-12", 0.5)]))
    steps = [
        step(1, "2000-06", "AAA", 1),
        step(2, "2001-10", "AAA", 1),
        step(3, "2002-02", "BBB", -1),
        step(4, "2003-09", "AAA", 1),
        step(5, "2004-01", "CCC", 1),
        step(6, "2000-09", "AAA", 1, "S008"),
        step(7, "2003-12", "BBB", -1, "S011"),
    ]
    write(folder / "responses.csv", [column.name for column in RESPONSE_COLUMNS], steps)
    return write_world(tmp_path, world), folder


def read(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def with_series(folder: Path) -> None:
    polls = [
        poll(f"{year}-03", code, target, value + 3 * (year - 2000))
        for year in (2000, 2001, 2003, 2004)
        for code, target, value in (("AAA", "CHA", -10), ("BBB", "CHA", 20), ("CCC", "HUB", 5))
    ]
    shares = [share(year, code, 20.0 + year - 2000) for year in range(2000, 2005) for code in ("AAA", "BBB")]
    write(folder / "opinion.csv", [column.name for column in OPINION_COLUMNS], polls)
    write(folder / "trade.csv", [column.name for column in TRADE_COLUMNS], shares)


def made_points(gains: np.ndarray) -> pd.DataFrame:
    """Log scores of the model and of a baseline at zero: a row a state, a column a half-year, two cases each."""
    states, cells = gains.shape
    rows = [
        {"split": "s", "stream": "steps", "side": "hub", "state": f"S{i:02d}",
         "month": f"{2000 + cell // 2}-{1 + 6 * (cell % 2) + 5 * case:02d}", "case": 2 * (i * cells + cell) + case, "model": model,
         "log": gains[i, cell] if model == "wedge" else 0.0, "brier": np.nan, "crps": np.nan, "lower": np.nan, "upper": np.nan}
        for i in range(states) for cell in range(cells) for case in range(2) for model in ("wedge", "last")
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_shocks_that_reach_all_states_take_a_verdict_away() -> None:
    """States alike and half-years apart: over states a sure gain, over half-years none."""
    alike = np.tile([3.0, -2.5, 2.5, -2.0, 3.0, -2.5], (8, 1)) + 0.01 * np.arange(8)[:, None]
    points = made_points(alike)
    before = Scores(points, {"s": "wedge"}).table()
    row = with_half_years(before, points).iloc[0]
    assert before.loc[0, "verdict"] == "better"
    assert (row["half_years"], row["verdict"]) == (6, "cannot tell")
    assert row["error_states"] == before.loc[0, "error"] < row["error"] == row["error_half_years"]
    both = points[points["model"] == "wedge"]
    cell = both["month"].str[:4] + (both["month"].str[5:].astype(int) > 6).astype(str)
    assert row["error"] == pytest.approx(mean_by_state(both["log"], cell)[1])


def test_a_gain_in_every_state_and_half_year_stays_better() -> None:
    points = made_points(1.0 + 0.1 * np.random.default_rng(3).standard_normal((8, 6)))
    table = with_half_years(Scores(points, {"s": "wedge"}).table(), points)
    assert table["verdict"].tolist() == ["better"]
    assert table.loc[0, "error"] == max(table.loc[0, "error_states"], table.loc[0, "error_half_years"])


def test_few_half_years_leave_the_error_over_states_alone() -> None:
    points = made_points(np.tile([3.0, -2.5, 2.5, -1.0], (8, 1)) + 0.01 * np.arange(8)[:, None])
    row = with_half_years(Scores(points, {"s": "wedge"}).table(), points).iloc[0]
    assert (row["half_years"], row["verdict"]) == (4, "better")
    assert row["error"] == row["error_states"] < row["error_half_years"]


def test_another_theatre_is_scored_as_it_stands(theatre: tuple[str, Path]) -> None:
    world, folder = theatre
    scores = score(world, folder, prior_draws(30), "2002-07")
    table = scores.table()
    assert scores.models == {"from 2002-07": "wedge"}
    assert set(table["stream"]) == {"steps", "offers"}
    assert set(table["verdict"]) == {"cannot tell"}, "three states are too few for a standard error"
    steps = scores.points[(scores.points["model"] == "wedge") & (scores.points["stream"] == "steps")]
    assert len(steps) == 2 * 3 * 5
    assert set(steps["month"]) == {"2002-07", "2003-01", "2003-07", "2004-01", "2004-07"}
    answers = scores.points[(scores.points["model"] == "wedge") & (scores.points["stream"] == "offers")]
    assert sorted(answers["month"]) == ["2002-10", "2002-12", "2003-01", "2003-03", "2003-07"]


def test_series_are_scored_where_there_are_any(theatre: tuple[str, Path]) -> None:
    world, folder = theatre
    with_series(folder)
    draws = prior_draws(30)
    scores = score(world, folder, draws.drop(columns=list(ERRORS)), "2003-01")
    table = scores.table().set_index(["stream", "score", "baseline"])
    assert table.loc[("opinion", "CRPS", "last"), "cases"] == 6
    assert table.loc[("trade", "log score", "drift"), "cases"] == 4
    assert np.isfinite(table[["value", "baseline_value", "gain"]].to_numpy()).all()
    assert set(scores.coverage()["stream"]) == {"steps", "opinion", "trade"}


def test_what_comes_after_the_first_month_scored_changes_no_forecast(theatre: tuple[str, Path]) -> None:
    """Later steps and figures are what is scored, never what a forecast knows."""
    world, folder = theatre
    with_series(folder)
    before = score(world, folder, prior_draws(10), "2003-07").points
    rows = [row for row in read(folder / "responses.csv") if row["date"] < "2003-07" or row["answers"]]
    write(folder / "responses.csv", rows[0], rows)
    polls = [
        row | ({"value": "90"} if row["date"] >= "2003-07" else {}) for row in read(folder / "opinion.csv")
    ]
    write(folder / "opinion.csv", polls[0], polls)
    after = score(world, folder, prior_draws(10), "2003-07").points
    # a case without a step before and after the change is the same case with the same forecast
    keys = ["model", "stream", "side", "state", "month", "case"]
    both = before.merge(after, on=keys, suffixes=("", "_after"))
    quiet = both[(both["stream"] == "steps") & (both["lower"] == 0.0) & (both["lower_after"] == 0.0)]
    assert len(quiet) > 60
    assert quiet["log_after"].to_numpy() == pytest.approx(quiet["log"].to_numpy(), rel=1e-12)
    opinion = both[both["stream"] == "opinion"]
    assert len(opinion)
    assert (opinion["crps_after"] > opinion["crps"] + 0.3).all()


@pytest.mark.parametrize(("end", "start"), [("2004-12", "2002-07"), ("2024-09", "2012-07")])
def test_another_theatre_is_scored_from_the_middle_of_its_own_record(
    theatre: tuple[str, Path], end: str, start: str
) -> None:
    """When the shipped record ends is of no interest to another world, even if its own record goes on for longer."""
    world, folder = theatre
    (folder / "extent.csv").write_text(f"first,last\n2000-01,{end}\n", encoding="utf-8")
    scores = score(world, folder, prior_draws(2))
    assert list(scores.models) == [f"from {start}"]
    assert any("middle of the record" in note for note in scores.notes)


def test_a_shipped_record_carried_on_for_too_few_months_says_so(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(record_folder(THEATRE), tmp_path / "record"))
    (folder / "extent.csv").write_text("first,last\n2010-01,2024-09\n", encoding="utf-8")
    with pytest.raises(
        InputError,
        match=r"extent\.csv:2: last: ends in 2024-09, before the first .* shipped record, 2025-01; .* --from",
    ):
        score(THEATRE, folder, prior_draws(1))


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        ("2005-01", "2005-01 is after the record ends, 2004-12"),
        ("2000-03", "2000-03 leaves nothing to learn from; allowed is 2000-07 to 2004-12"),
        ("2004-08", "no half-year of small begins at or after 2004-08"),
    ],
)
def test_a_start_that_leaves_nothing_is_one_line(
    theatre: tuple[str, Path], start: str, expected: str
) -> None:
    with pytest.raises(InputError, match=f"--from: .*{expected}"):
        score(*theatre, prior_draws(5), start)


def test_tables_must_cover_the_worlds_whole_time(theatre: tuple[str, Path]) -> None:
    world, folder = theatre
    (folder / "extent.csv").write_text("first,last\n2001-01,2004-12\n", encoding="utf-8")
    with pytest.raises(
        InputError, match=r"extent\.csv:2: first: begins 2001-01, and the world small in 2000-01"
    ):
        score(world, folder, prior_draws(5))
    (folder / "extent.csv").unlink()
    with pytest.raises(InputError, match=r"extent\.csv: missing"):
        score(world, folder, prior_draws(5))


def test_errors_of_measurement_are_learned_from_the_figures(observed: Observed) -> None:
    """Drawn with errors far from the prior's centre, they are found again to within a quarter."""
    row = values_of(np.zeros((1, len(NAMES))), NAMES)
    truth = {"survey_error": 0.15, "state_offset": 0.35, "trade_error": 0.3}
    for name, value in truth.items():
        row[0, NAMES.index(name)] = value
    drawn = next(simulated(observed, NAMES, row, seed=8))
    draws = pd.DataFrame(np.repeat(row, 200, axis=0), columns=list(NAMES))
    kept = with_errors(draws, drawn, None)
    assert kept.equals(draws)
    learned = with_errors(draws.drop(columns=list(ERRORS)), drawn, None).median()
    for name, value in truth.items():
        assert learned[name] == pytest.approx(value, rel=0.25), name


def test_the_true_model_beats_the_baselines_on_records_drawn_from_it(observed: Observed) -> None:
    """Mean gain over three drawn records of a world in which stimuli matter; the margins are far above chance."""
    row = values_of(np.zeros((1, len(NAMES))), NAMES)
    for name, value in {
        "alert_coercion": 3.0,
        "alert_war": 3.0,
        "opinion_pressure": 1.0,
        "diversion": 1.0,
    }.items():
        row[0, NAMES.index(name)] = value
    draws = pd.DataFrame(np.repeat(row, 2, axis=0), columns=list(NAMES))
    parts = []
    for drawn in simulated(observed, NAMES, np.repeat(row, 3, axis=0), seed=6):
        parts.append(forward(drawn, draws, 20, "s", "ours"))
    points = pd.concat(parts)
    means = points.groupby(["stream", "model"])[["log", "brier", "crps"]].mean()
    for stream, margin in (("steps", 0.02), ("offers", 0.0), ("opinion", 0.05), ("trade", 0.05)):
        own = means.loc[(stream, "ours")]
        for baseline in set(means.loc[stream].index) - {"ours"}:
            other = means.loc[(stream, baseline)]
            assert own["log"] > other["log"] + margin, (stream, baseline)
            for less in ("brier", "crps"):
                assert np.isnan(own[less]) or own[less] < other[less], (stream, baseline)


def test_each_state_is_left_out_in_turn(theatre: tuple[str, Path], tmp_path: Path) -> None:
    """Without a table fitted to the years before the split there is none, and a note says so."""
    world, folder = theatre
    with_series(folder)
    draws = prior_draws(60).drop(columns=list(ERRORS))
    write_posterior(tmp_path / "posterior", {"backlash": draws}, {})
    observed = observe(scenario_of(world, folder))
    scores = held_out(read_posterior(tmp_path / "posterior"), observed)
    assert scores.models == {"each state left out": "backlash"}
    assert any("backlash-2019" in note for note in scores.notes)
    own = scores.points[scores.points["model"] == "backlash"].groupby("stream").size()
    assert own.to_dict() == {"offers": 8, "opinion": 9, "steps": 60, "trade": 8}
    assert set(scores.table()["baseline"]) == {"constant", "trend", "leaders", "half_year", "last", "drift"}


def test_a_state_left_out_is_not_used_for_its_own_forecast(theatre: tuple[str, Path]) -> None:
    """What AAA did changes its score and not what is said of it; the others' weights may move."""
    world, folder = theatre
    draws = prior_draws(1)
    chances = []
    for toward in (1, -1):
        rows = [
            row | ({"direction": str(toward)} if row["id"] == "R001" else {})
            for row in read(folder / "responses.csv")
        ]
        write(folder / "responses.csv", rows[0], rows)
        points, _ = leave_one_out(observe(scenario_of(world, folder)), draws, "s", "ours")
        own = points[(points["model"] == "ours") & (points["state"] == "AAA") & (points["stream"] == "steps")]
        chances.append(
            own.set_index(["side", "month"]).loc[[("hub", "2000-01"), ("challenger", "2000-01")], "log"]
        )
    (hub_one, challenger_none), (hub_none, challenger_one) = chances
    assert hub_one < hub_none
    assert challenger_one < challenger_none
    alone = forecast_responses(
        Responses(observe(scenario_of(world, folder)), NAMES, until=0), draws.to_numpy()
    )
    first = alone[0].chances[(alone[0].state == 0) & (alone[0].cell == 0)]
    assert [hub_none, challenger_none] == pytest.approx(np.log(first[:, 0]))
