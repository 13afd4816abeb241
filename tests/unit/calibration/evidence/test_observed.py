"""From tables to arrays: what is counted, what comes before what, and that a bad row stops everything with one line."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from calibration.evidence import sides
from calibration.evidence.observed import CELL_MONTHS, HABITS, INITIATIVES, Observed, observe
from calibration.score import scenario_of
from sim.errors import InputError
from sim.model.parameters import PARAMETERS
from sim.scenario.loading import load_scenario
from sim.scenario.schema import Parameters, Scenario
from sim.scenario.targets import load_responses
from tests.integration.cli.answers import Wedge, said
from tests.places import ROOT
from tests.small_world import write_world

RECORD = ROOT / "scenarios" / "records" / "indo_pacific"


def changed(folder: Path, name: str, line: int, old: str, new: str) -> Path:
    """A copy of the record with one change in one line of one table."""
    shutil.copytree(RECORD, folder)
    lines = (folder / name).read_text(encoding="utf-8").splitlines()
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new, 1)
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def with_record(folder: Path) -> Scenario:
    return load_scenario("history").model_copy(update={"record": str(folder)})


# ----------------------------------------------------------------------------------------------- what is counted


def test_the_record_is_counted(observed: Observed) -> None:
    assert observed.steps.sum(axis=(1, 2)).tolist() == [68, 68]
    assert observed.initiatives.sum(axis=(1, 2)).tolist() == [38, 40]
    assert observed.moves[INITIATIVES, :, :, 0].sum() == 0
    assert (len(observed.offers), len(observed.views), len(observed.trade)) == (151, 250, 202)
    assert observed.steps.shape == (2, 22, -(-len(observed.months) // CELL_MONTHS))
    assert observed.step_weights.sum() == observed.steps.sum()
    assert (observed.month("2010-01"), observed.cell_of("2010-07"), observed.month("2024-07")) == (0, 1, 174)


def test_a_step_lies_in_its_state_side_and_half_year(observed: Observed) -> None:
    """R028 answers nothing: New Zealand, toward the hub, November 2018."""
    row = next(row for row in load_responses(RECORD) if row.id == "R028")
    assert (row.state, row.direction, row.answers, row.mass) == ("NZL", 1, "", False)
    new_zealand = observed.states.index("NZL")
    assert observed.steps[sides.HUB, new_zealand, observed.cell_of("2018-11")] >= 1


def test_a_step_counts_in_the_month_in_which_it_was_decided(observed: Observed, tmp_path: Path) -> None:
    """R020, passed in June 2018, lay before the Australian parliament from December 2017."""
    folder = tmp_path / "record"
    shutil.copytree(RECORD, folder)
    table = (folder / "responses.csv").read_text(encoding="utf-8")
    (folder / "responses.csv").write_text(table.replace(",2017-12,\n", ",,\n", 1), encoding="utf-8")
    moved = observed.steps - observe(with_record(folder)).steps
    place = sides.HUB, observed.states.index("AUS")
    assert (moved[*place, observed.cell_of("2017-12")], moved[*place, observed.cell_of("2018-06")]) == (1, -1)
    assert np.abs(moved).sum() == 2


def test_asking_to_be_let_in_is_no_entry(observed: Observed, tmp_path: Path) -> None:
    """Thailand asked BRICS for membership in 2024-06: a step such as the one of the month before, and no lock-in.

    It signed the memorandum of the AIIB in 2014-10, whose lock-in it has, where institutions have any.
    """
    locked = tuple(
        part.model_copy(update={"lock_in": 0.5}) if part.key in ("brics", "aiib") else part
        for part in observed.world.institutions
    )
    world = write_world(tmp_path, observed.world.model_copy(update={"institutions": locked}))
    held = observe(load_scenario("history").model_copy(update={"world": world}))
    thailand, month = observed.states.index("THA"), observed.month("2024-06")
    moved = np.diff(held.position[month - 1 : month + 2, thailand])
    assert moved == pytest.approx([-PARAMETERS["step_size"].default] * 2, abs=0.002)
    apart = (held.position[:, thailand] - observed.position[:, thailand]).round(12)
    joined = observed.month("2014-11")  # the month after it signed
    assert (apart[:joined] == 0.0).all()
    assert (apart[joined:] == -0.5).all()


@pytest.mark.parametrize("steps", ["unanswered", "binding", "verified"])
def test_narrower_sets_of_steps_count_fewer(observed: Observed, steps: str) -> None:
    narrow = observe(steps=steps)
    assert (narrow.steps <= observed.steps).all()
    assert narrow.steps.sum() < observed.steps.sum()
    assert narrow.fingerprint != observed.fingerprint
    assert (observe(steps="all").steps >= observed.steps).all()


def test_an_offer_is_open_from_its_opening_to_its_answer(observed: Observed) -> None:
    offers = observed.offers
    assert (offers["first"] <= offers["last"]).all()
    assert (offers["last"] < len(observed.months)).all()
    assert {-1, 0, 1} == set(offers["outcome"])
    assert (offers["last"][offers["outcome"] == 0] == len(observed.months) - 1).all()
    assert set(offers["side"]) == {-1.0, 1.0}


def test_views_are_on_one_scale(observed: Observed) -> None:
    views = observed.views
    assert (np.abs(views["value"]) <= 1).all()
    assert (views["error"] > 0.005).all()
    assert (views["error"] < 0.1).all()
    korea = (views["state"] == observed.states.index("KOR")) & (views["month"] == observed.month("2017-06"))
    assert -0.28 in views["value"][korea & (views["power"] == sides.CHALLENGER)].round(6)


def test_acts_of_one_kind_do_not_overlap(observed: Observed) -> None:
    for kind, name in enumerate(HABITS):
        if name.startswith("offer"):
            continue
        own = observed.onsets[observed.onsets["kind"] == kind]
        pairs = list(zip(own["state"].tolist(), own["month"].tolist(), strict=True))
        assert len(set(pairs)) == len(pairs)
        assert observed.at_risk[kind, own["month"], own["state"]].all(), name
        assert (~observed.at_risk[kind]).any()


# ------------------------------------------------------------------------------------- what comes before what


def test_position_and_memory_know_nothing_later(observed: Observed, tmp_path: Path) -> None:
    """What a state did in a month or later never conditions that month."""
    cut = "2018-01"
    folder = Path(shutil.copytree(RECORD, tmp_path / "record"))
    lines = (RECORD / "responses.csv").read_text(encoding="utf-8").splitlines()
    kept = [
        line for line in lines if line.startswith("id,") or (line.split(",")[-2] or line.split(",")[1]) < cut
    ]
    (folder / "responses.csv").write_text("\n".join(kept) + "\n", encoding="utf-8")
    early, t = observe(record=folder), observed.month(cut)
    assert len(kept) < len(lines)
    np.testing.assert_array_equal(early.position[: t + 1], observed.position[: t + 1])
    np.testing.assert_array_equal(early.since_step[: t + 1], observed.since_step[: t + 1])
    np.testing.assert_array_equal(
        early.steps[:, :, : t // CELL_MONTHS], observed.steps[:, :, : t // CELL_MONTHS]
    )
    assert not np.allclose(early.position[-1], observed.position[-1])
    assert early.steps[:, :, t // CELL_MONTHS :].sum() == 0


def test_a_step_moves_the_position_of_the_month_after(observed: Observed) -> None:
    japan = observed.states.index("JPN")
    t = observed.month("2015-05")  # the bills of R002 were laid before the Diet
    assert observed.position[t + 1, japan] > observed.position[t, japan]
    assert observed.since_step[t + 1, japan] == 1


def test_fingerprint_is_that_of_the_record(observed: Observed, tmp_path: Path) -> None:
    folder = changed(tmp_path / "mine", "trade.csv", 2, "9.2,4.2", "9.3,4.2")
    assert observe(record=folder).fingerprint != observed.fingerprint
    assert observe(record=RECORD).fingerprint == observed.fingerprint
    other = observed.with_targets(moves=observed.moves + 1)
    assert other.fingerprint != observed.fingerprint
    assert other.with_targets(moves=observed.moves).fingerprint != observed.fingerprint


def test_what_is_held_against_the_record_never_repeats_it(observed: Observed) -> None:
    recorded = load_scenario("history", {"responses": "recorded"})
    assert observe(recorded).fingerprint == observed.fingerprint
    assert observe(recorded).scenario.responses == "simulated"
    assert scenario_of("indo_pacific", RECORD).responses == "simulated"


def test_what_is_observed_does_not_hang_on_the_posterior(observed: Observed) -> None:
    """The posterior is made from the record; a fit must be found again after another posterior ships."""
    plain = load_scenario("history").model_copy(update={"parameters": Parameters(source="default")})
    assert observe(plain).fingerprint == observed.fingerprint


def test_polls_and_trade_may_be_missing(observed: Observed, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(RECORD, tmp_path / "record"))
    for name in ("opinion.csv", "trade.csv"):
        (folder / name).unlink()
    bare = observe(record=folder)
    assert (len(bare.views), len(bare.trade)) == (0, 0)
    np.testing.assert_array_equal(bare.steps, observed.steps)


def test_a_scenario_without_a_record_is_refused() -> None:
    bare = load_scenario("history").model_copy(update={"record": None})
    with pytest.raises(InputError, match="has no record"):
        observe(bare)


# --------------------------------------------------------------------------------------------------- bad tables

BAD = [
    ("responses.csv", 1, "direction", "directions", "1: directions: unknown column; allowed are"),
    ("responses.csv", 1, ",direction", "", "1: direction: the column is missing"),
    ("responses.csv", 2, ",JPN,", ",JPX,", "2: state: no state JPX in the world; did you mean 'JPN'?"),
    (
        "responses.csv",
        2,
        "2015-04",
        "2031-04",
        "2: date: 2031-04 lies outside the record, 2010-01 to 2024-07",
    ),
    ("responses.csv", 3, "R002", "R001", "3: id: R001 is already on line 2"),
    ("responses.csv", 2, "us_japan_alliance,2", "us_japan_alliance,two", "2: weight: 'two' is not allowed"),
    ("opinion.csv", 2, "43.0", "forty", "2: value: 'forty' is not a number; write a number from -100 to 100"),
    ("opinion.csv", 2, "AUS,2018", "AUX,2018", "2: state: no state AUX in the world; did you mean 'AUS'?"),
    ("opinion.csv", 2, ",CHN,", ",CHM,", "2: target: no power CHM in the world; there are"),
    ("opinion.csv", 1, ",value", "", "1: value: the column is missing"),
    ("trade.csv", 2, "9.2", "nan", "2: share: 'nan' is not a number; write a number from 0 to 100"),
    ("trade.csv", 2, "AUS,2004", "AUT,2004", "2: state: no state AUT in the world; did you mean 'AUS'?"),
]


@pytest.mark.parametrize(("name", "line", "old", "new", "expected"), BAD)
def test_bad_targets_are_one_line_and_nothing_is_fitted(
    tmp_path: Path, wedge: Wedge, name: str, line: int, old: str, new: str, expected: str
) -> None:
    folder = changed(tmp_path / "mine", name, line, old, new)
    with pytest.raises(InputError) as caught:
        observe(record=folder)
    assert str(caught.value).startswith(f"{folder / name}:{expected}")
    result = wedge("calibrate", "--quick", "--record", folder, "--out", "fits")
    assert result.exit_code == 2
    assert f"{name}:{expected}"[:60] in said(result)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine"]


def test_a_missing_table_of_responses_is_named(tmp_path: Path, wedge: Wedge) -> None:
    folder = Path(shutil.copytree(RECORD, tmp_path / "record"))
    (folder / "responses.csv").unlink()
    for option in ("--record", "--evidence"):
        result = wedge("calibrate", option, folder)
        assert result.exit_code == 2
        assert "responses.csv: there is no such file" in said(result)
    assert [path.name for path in tmp_path.iterdir()] == ["record"]


BAD_RECORD = [
    (
        "stimuli.csv",
        2,
        "trade,0.5",
        "trade,7",
        "2: intensity: '7' is not allowed; write a number from -1 to 1",
    ),
    ("stimuli.csv", 2, "trade,0.5", "trade,hard", "2: intensity: 'hard' is not a number"),
    ("stimuli.csv", 2, ",JPN,", ",JPM,", "2: target: 'JPM' is no state of this world"),
    ("stimuli.csv", 2, "2010-11", "2031-11", "2: end: outside the record, which runs 2010-01 to 2024-07"),
    ("stimuli.csv", 3, "S002", "S001", "3: id: S001 is already on line 2"),
    ("stimuli.csv", 1, ",intensity", "", "1: intensity: the column is missing"),
    ("leaders.csv", 3, "2010-06", "2010-02", "3: start: overlaps the term of Yukio Hatoyama on line 2"),
    ("leaders.csv", 2, ",0.0,", ",0.3,", "2: orientation: '0.3' is not allowed"),
]


@pytest.mark.parametrize(("name", "line", "old", "new", "expected"), BAD_RECORD)
def test_a_bad_record_is_one_line(
    tmp_path: Path, name: str, line: int, old: str, new: str, expected: str
) -> None:
    folder = changed(tmp_path / "record", name, line, old, new)
    with pytest.raises(InputError) as caught:
        observe(with_record(folder))
    assert str(caught.value).startswith(f"{folder / name}:{expected}")
