"""What a what-if did: peaks, visibility, the states it is about, and sentences, on data made for each case."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from sim.lab.compare import compare_runs, paired_difference
from sim.lab.effects import CLEAR, LASTING, QUANTITIES, Paired, effects_between
from sim.lab.finding import Finding, find, finding_of
from sim.months import month_dates, month_number
from sim.runs.store import run_or_find
from sim.scenario.schema import Add, Edit, Scenario

STATES = {"AVA": "Ava", "TOW": "Tow Islands", "WAS": "Was", "ZED": "Zed (once Zod)"}
CLUBS = {"ring": "Ring of Friends (all of them)", "pact": "Pact"}
MONTHS = np.arange(month_number("2015-01"), month_number("2020-12") + 1)
LANES = 100
NOTHING = pd.DataFrame({"difference_mean": [], "low": [], "high": []})


def run(
    sd: float = 0.1,
    record_until: str = "2017-12",
    lasts: int = LASTING,
    **means: dict[tuple[str, str], float],
) -> xr.Dataset:
    """Means of 0.2 throughout; ``view={("AVA", "2016-05"): 0.5}`` sets one month of one state, of membership a year."""
    data = {}
    for variable in QUANTITIES:
        if variable != "membership":
            mean = np.full((len(MONTHS), len(STATES)), 0.2)
            for (state, month), value in means.get(variable, {}).items():
                mean[month_number(month) - MONTHS[0], list(STATES).index(state)] = value
            data[f"{variable}_mean"] = (("month", "state"), mean)
            data[f"{variable}_sd"] = (("month", "state"), np.full_like(mean, sd))
    share = np.full((len(CLUBS), len(MONTHS), len(STATES)), 0.2)
    for (place, month), value in means.get("membership", {}).items():
        club, state = place.split()
        first = month_number(month) - MONTHS[0]
        share[list(CLUBS).index(club), first : first + lasts, list(STATES).index(state)] = value
    data["membership"] = (("institution", "month", "state"), share)
    return xr.Dataset(
        data,
        {
            "month": month_dates(MONTHS),
            "state": list(STATES),
            "state_name": ("state", list(STATES.values())),
            "institution": list(CLUBS),
            "institution_title": ("institution", list(CLUBS.values())),
        },
        {"lanes": LANES, "hub": "HUB", "hub_name": "United Hub", "challenger": "CHA", "challenger_name": "Chall",
         "record_until": record_until},
    )  # fmt: skip


def found(named: str = "", table: pd.DataFrame = NOTHING, **means: dict[tuple[str, str], float]) -> Finding:
    return find(run(), run(**means), table, named.split())


def test_the_difference_is_quoted_where_it_is_largest() -> None:
    view = {("AVA", "2016-05"): 0.3, ("AVA", "2016-11"): -0.2, ("AVA", "2017-02"): 0.5}
    [effect] = effects_between(run(), run(opinion_challenger=view), NOTHING)
    assert (effect.state, effect.month) == ("AVA", month_number("2016-11"))
    assert (effect.base, effect.alternative, effect.change) == pytest.approx((20, -20, -40))


@pytest.mark.parametrize(("change", "visible"), [(0.019, None), (0.03, False), (0.05, True)])
def test_a_difference_is_visible_beyond_its_least_size_and_beyond_chance(
    change: float, visible: bool | None
) -> None:
    alignment = {("WAS", "2018-01"): 0.2 + change}
    effects = effects_between(run(), run(alignment=alignment), NOTHING)
    error = np.hypot(0.1, 0.1) / LANES**0.5
    assert 0.02 < CLEAR * error < 0.05
    assert [effect.visible for effect in effects] == ([] if visible is None else [visible])


def test_lanes_paired_at_a_report_date_show_what_months_alone_cannot() -> None:
    rng = np.random.default_rng(2)
    base = pd.DataFrame({"alignment.WAS.2018-06": rng.normal(0.2, 0.1, LANES)})
    table = paired_difference(base, base + rng.normal(0.03, 0.01, base.shape))
    [effect] = effects_between(run(), run(alignment={("WAS", "2018-01"): 0.23}), table)
    assert effect.visible
    row = table.iloc[0]
    assert effect.paired == Paired("2018-06", row["difference_mean"], row["low"], row["high"])
    opposite = paired_difference(base, base - rng.normal(0.03, 0.01, base.shape))
    [effect] = effects_between(run(), run(alignment={("WAS", "2018-01"): 0.23}), opposite)
    assert not effect.visible


def test_membership_is_paired_in_the_last_month_in_lanes_of_a_hundred() -> None:
    base = pd.DataFrame({"member.pact.AVA": [0.0] * 80 + [1.0] * 20, "coalition": [0.5] * LANES})
    other = base.assign(**{"member.pact.AVA": [0.0] * 90 + [1.0] * 10})
    table = paired_difference(base, other)
    [effect] = effects_between(run(), run(membership={("pact AVA", "2020-12"): 0.1}), table)
    assert effect.paired is not None
    assert (effect.paired.date, effect.paired.mean) == ("2020-12", pytest.approx(-10))
    assert (effect.base, effect.alternative) == pytest.approx((20, 10))


def test_a_membership_that_comes_a_few_months_later_is_no_difference() -> None:
    later = {("ring TOW", "2016-05"): 0.9}
    assert effects_between(run(), run(lasts=LASTING - 1, membership=later), NOTHING) == []
    [effect] = effects_between(run(), run(lasts=LASTING, membership=later), NOTHING)
    assert (effect.month, effect.change) == (month_number("2016-05"), pytest.approx(70))
    spike = later | {("ring TOW", "2016-06"): 0.3}
    [effect] = effects_between(run(), run(lasts=20, membership=spike), NOTHING)
    assert (effect.month, effect.change) == (month_number("2016-06"), pytest.approx(10))


def test_one_state_in_the_record() -> None:
    finding = found("AVA", opinion_challenger={("AVA", "2016-05"): 0.38})
    assert finding.sentence == (
        "Ava\u2019s view of Chall would have been 18 points better in 2016; its net steps hardly differ"
    )
    assert finding.states == ("AVA",)
    assert finding.still == ("steps", "alignment", "opinion_hub", "dependence", "membership")


def test_steps_come_first_in_the_sentence_and_are_whole_or_tenths() -> None:
    steps = {("AVA", "2016-05"): -1.1, ("AVA", "2016-06"): -0.4}
    finding = found("AVA", opinion_challenger={("AVA", "2016-05"): 0.6}, steps=steps)
    assert finding.sentence == (
        "Ava would have taken 1.3 fewer net steps toward the United Hub by 2016; "
        "its view of Chall would have been 40 points better in 2016"
    )
    assert [effect.variable for effect in finding.highlights] == ["steps", "opinion_challenger"]
    several = {(state, "2019-01"): 0.2 + size for state, size in zip(STATES, (1, -1, 2, 3), strict=True)}
    assert found(steps=several).sentence == (
        "Net steps toward the United Hub would be more numerous in Zed, Was and Ava, most in Zed (3.0 steps by 2019), "
        "and fewer in the Tow Islands (1.0 steps by 2019)"
    )


@pytest.mark.parametrize(("change", "effects"), [(0.24, 0), (0.26, 1)])
def test_less_than_a_quarter_of_a_step_is_not_worth_a_word(change: float, effects: int) -> None:
    moved = {("WAS", "2018-01"): 0.2 + change}
    assert len(effects_between(run(), run(steps=moved), NOTHING)) == effects


def test_one_state_after_the_record_its_largest_two_and_steps() -> None:
    finding = found(
        "TOW",
        membership={("ring TOW", "2019-05"): 0.6},
        dependence={("TOW", "2019-07"): 0.12},
        opinion_hub={("TOW", "2019-05"): 0.1},
        alignment={("TOW", "2020-05"): 0.05},
        steps={("TOW", "2020-05"): 1.2},
    )
    assert finding.sentence == (
        "The Tow Islands would take 1.0 more net steps toward the United Hub by 2020; it would be a member of \u201cRing of Friends\u201d in 40 more lanes in 100 by 2019; the share of its "
        "exports that goes to Chall would be 8 percentage points lower in 2019"
    )
    assert [effect.variable for effect in finding.effects] == [
        "membership",
        "dependence",
        "alignment",
        "opinion_hub",
        "steps",
    ]


def test_several_states_are_counted_and_the_one_that_moves_most_is_named() -> None:
    worse = {
        (state, "2019-01"): 0.2 - size for state, size in zip(STATES, (0.2, 0.3, 0.25, 0.4), strict=True)
    }
    finding = found(opinion_hub=worse)
    assert finding.sentence == (
        "Views of the United Hub would be worse in all 4 states, most in Zed (40 points in 2019); net steps hardly differ"
    )
    worse[("AVA", "2019-01")] = 0.6
    assert found(opinion_hub=worse).sentence.startswith(
        "Views of the United Hub would be worse in Zed, the Tow Islands and Was, most in Zed (40 points in 2019), "
        "and better in Ava (40 points in 2019)"
    )


def test_the_states_that_an_edit_names_are_counted_as_such() -> None:
    alignment = {(state, "2019-01"): 0.5 for state in STATES}
    wider = run().isel(state=[0, 1, 2, 3, 0]).assign_coords(state=[*STATES, "FAR"])
    other = run(alignment=alignment).isel(state=[0, 1, 2, 3, 0]).assign_coords(state=[*STATES, "FAR"])
    finding = find(wider, other, NOTHING, STATES)
    assert finding.sentence.startswith(
        "Alignment would be nearer the United Hub in all 4 states concerned, most in "
    )
    assert [effect.state for effect in finding.elsewhere] == ["FAR"]
    assert [effect.state for effect in finding.highlights] == ["AVA", "TOW", "WAS", "FAR"]


def test_others_that_move_are_named_after_those_that_it_is_about() -> None:
    alignment = {("AVA", "2019-01"): 0.0, ("WAS", "2020-01"): 0.31}
    finding = found("AVA", alignment=alignment, steps={("WAS", "2020-01"): 0.7})
    assert finding.sentence == (
        "Ava\u2019s alignment would be 0.20 nearer Chall in 2019; its net steps hardly differ; "
        "elsewhere Was would take 0.5 more net steps toward the United Hub by 2020"
    )
    finding = found("TOW", alignment=alignment)
    assert finding.sentence == (
        "No visible difference for the Tow Islands; elsewhere alignment would be nearer Chall in Ava (0.20 in 2019), "
        "and nearer the United Hub in Was (0.11 in 2020)"
    )
    assert finding.effects == ()
    assert len(finding.elsewhere) == 2


def test_nothing_is_an_answer() -> None:
    finding = found("AVA", alignment={("AVA", "2019-01"): 0.21})
    assert finding.sentence == "No visible difference in net steps, alignment, views, exports or memberships"
    assert (finding.effects, finding.elsewhere, finding.still) == ((), (), tuple(QUANTITIES))


def test_a_number_of_one_is_singular() -> None:
    table = paired_difference(
        pd.DataFrame({"dependence.AVA.2019-01": np.zeros(LANES)}),
        pd.DataFrame({"dependence.AVA.2019-01": np.full(LANES, 0.012)}),
    )
    assert "1 percentage point higher" in found("AVA", table, dependence={("AVA", "2019-01"): 0.212}).sentence


def pressed(small: Scenario, *targets: str) -> Scenario:
    """With harsh pressure on some states from the branch on."""
    about = {"title": "an act", "source": "assumption: test", "start": small.branch, "end": small.until}
    acts = [Add(kind="punishment", sender="CHN", target=code, intensity=1.0, **about) for code in targets]
    return small.model_copy(update={"name": "pressed", "edits": tuple(Edit(add=act) for act in acts)})


def test_a_real_comparison(small: Scenario, tmp_path: Path) -> None:
    runs = [run_or_find(scenario, lanes=8, out=tmp_path) for scenario in (small, pressed(small, "KOR"))]
    finding = finding_of(compare_runs(runs[0], runs[1:], out=tmp_path))
    assert finding.states == ("KOR",)
    view = finding.effects[0]
    assert (view.state, view.variable) == ("KOR", "opinion_challenger")
    assert view.month == month_number("2012-12")
    means = [run.outcomes(["view.KOR.2012-12"]).mean().item() for run in runs]
    assert view.change == pytest.approx(100 * (means[1] - means[0]), rel=1e-4)
    assert view.paired is not None
    assert view.paired.mean == pytest.approx(view.change, rel=1e-4)
    assert finding.sentence.startswith(
        f"South Korea\u2019s view of China would be {-view.change:.0f} points worse in 2012; "
    )


def test_a_plan_without_targets_and_acts_on_all_are_about_everyone(small: Scenario, tmp_path: Path) -> None:
    everyone = pressed(small, "ALL")
    runs = [run_or_find(scenario, lanes=2, out=tmp_path) for scenario in (small, everyone)]
    assert len(finding_of(compare_runs(runs[0], runs[1:], out=tmp_path)).states) == 22
