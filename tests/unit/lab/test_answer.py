"""Answers: the rule on lanes made for it, the obstacles, the words, and the steps behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from sim.errors import InputError
from sim.lab.answer import answer_between
from sim.lab.answer_parts import Agreement, Answer
from sim.lab.asked import Compared, as_asks
from sim.lab.false_alarms import false_alarms
from sim.lab.rivals import rival_answers, rivals_of
from sim.lab.steps import steps_between
from sim.lab.verdict import LEAST, SURE, Odds, odds_of_lanes, odds_of_share
from sim.months import month_dates, month_number
from sim.results.outcomes import OUTCOMES
from sim.scenario.case import resolve
from sim.scenario.loading import load_case
from sim.scenario.record import Stimulus
from sim.scenario.schema import ASKED, Asks

STATES = {"KOR": "South Korea", "JPN": "Japan"}
MONTHS = np.arange(month_number("2015-01"), month_number("2020-12") + 1)
LANES = 100
PUNISHED = Stimulus(
    "S1", month_number("2016-07"), month_number("2017-10"), "CHN", "KOR", "punishment", "", 0.6
)
SAID = Stimulus("S2", month_number("2016-07"), month_number("2016-07"), "CHN", "USA", "stance", "", 0.6)
ASKS: dict[str, Any] = {"states": ["KOR"], "outcomes": ["steps"], "at": ["2018-12"]}
NONE = np.zeros(LANES)


def side(
    events: Sequence[Stimulus] = (PUNISHED, SAID),
    steps: dict[str, np.ndarray] | None = None,
    members: dict[str, int] | None = None,
    **scenario: Any,
) -> Compared:
    """A run of two states whose steps at the end of 2018 are given lane by lane; ``members`` join in a month (index)."""
    steps = {"KOR": NONE + 3.0, "JPN": NONE} | (steps or {})
    columns = {f"steps.{code}.2018-12": values for code, values in steps.items()}
    columns |= {f"view.{code}.2018-12": values / 100 for code, values in steps.items()}
    columns |= {f"member.quad.{code}": NONE for code in members or {}}
    table = pd.DataFrame(columns, index=pd.RangeIndex(LANES, name="lane"))
    mean = np.zeros((len(MONTHS), len(STATES)))
    mean[24:] = [steps[code].mean() for code in STATES]
    share = np.zeros((1, len(MONTHS), len(STATES)))
    for code, first in (members or {}).items():
        share[0, first:, list(STATES).index(code)] = 0.8
    data = dict.fromkeys(("steps_mean", "opinion_challenger_mean"), (("month", "state"), mean))
    quantiles = xr.Dataset(
        {**data, "membership": (("institution", "month", "state"), share)},
        {"month": month_dates(MONTHS), "state": list(STATES), "state_name": ("state", list(STATES.values())),
         "institution": ["quad"], "institution_title": ("institution", ["Quad (of four)"]),
         "institution_side": ("institution", ["hub"])},
        {"lanes": LANES, "hub": "USA", "hub_name": "United States", "challenger": "CHN", "challenger_name": "China"},
    )  # fmt: skip
    about = {"world": "indo_pacific", "branch": "2016-07", "record": "indo_pacific", "record_until": "2019-12",
             "responses": "recorded", "report": ["2018-12", "2020-12"], "asks": ASKS}  # fmt: skip
    return Compared(about | scenario, events, quantiles, frozenset(columns), lambda names: table[names])


def answer(effect: np.ndarray = NONE, lost: pd.DataFrame | None = None, **asks: Any) -> Answer:
    """Without the punishment the steps of South Korea differ by so much, lane by lane."""
    other = side((SAID,), {"KOR": effect + 3.0}, asks=ASKS | asks)
    return answer_between(side(), other, levers=2, lost=lost)


def lanes(**shares: float) -> np.ndarray:
    """``lanes(one=.3)``: a share of lanes with an effect of -1, the others with none."""
    effect = NONE.copy()
    effect[: round(LANES * shares["one"])] = -1.0
    return effect


@pytest.mark.parametrize(
    ("share", "verdict"), [(0.9, "yes"), (0.89, "cannot tell"), (0.11, "cannot tell"), (0.1, "no")]
)
def test_ninety_lanes_in_a_hundred_decide(share: float, verdict: str) -> None:
    assert SURE == 0.9
    assert answer(lanes(one=share)).verdict == verdict
    assert answer(-lanes(one=share)).verdict == verdict


def test_a_yes_has_the_direction_that_the_question_expects() -> None:
    assert answer(lanes(one=1.0), expects="away_from_hub").verdict == "yes"
    assert answer(lanes(one=1.0), expects="toward_hub").verdict == "no"
    assert answer(-lanes(one=1.0), expects="toward_hub").verdict == "yes"


def test_lanes_that_go_both_ways_tell_nothing() -> None:
    both = np.where(np.arange(LANES) % 2, 4.0, -4.0)
    assert answer(both).verdict == "cannot tell"


def test_a_view_is_farther_from_the_hub_the_better_it_is() -> None:
    found = answer(NONE + 12.0, outcomes=["view"], expects="away_from_hub")
    assert found.verdict == "yes"
    assert answer(NONE + 12.0, outcomes=["view"], expects="toward_hub").verdict == "no"
    assert answer(NONE + 9.0, outcomes=["view"]).verdict == "no"
    assert (
        "South Korea\u2019s view of China would have been 12 points better in December 2018" in found.sentence
    )


def test_every_outcome_that_can_be_asked_for_is_one_and_has_a_least_size() -> None:
    assert {*ASKED, "member"} == {*LEAST} <= {*OUTCOMES}


def test_shares_are_judged_by_their_error() -> None:
    assert odds_of_share(0.0, 0.0, 0.1).verdict() == "no"
    assert odds_of_share(0.15, 0.01, 0.1).verdict() == "yes"
    assert odds_of_share(0.11, 0.05, 0.1).verdict() == "cannot tell"
    assert odds_of_share(-0.3, 0.05, 0.1).verdict(expected=1) == "no"
    odds = odds_of_share(0.07, 0.04, 0.1)
    assert odds.rises + odds.falls + odds.small == pytest.approx(1)


def test_no_lane_gives_no_verdict() -> None:
    assert odds_of_lanes(np.zeros(0), 1.0).verdict() == "cannot tell"
    assert Odds(0.5, 0.5, 0.0).verdict() == "cannot tell"


def test_the_sentence() -> None:
    effect = np.repeat([-2.0, -1.0, 0.0, 1.0], [10, 20, 60, 10])
    found = answer(effect)
    assert str(found) == (
        "Answer: cannot tell. Without the punishment, South Korea would have taken 0.3 fewer net steps toward the United "
        "States by December 2018 (5 to 95 % of lanes: 2 fewer to 1 more; at least 1 fewer in 30 %). On record it took 3 "
        "toward the United States from July 2016 on. It depends on 2 levers that the record does not teach (prior only)."
    )
    first = found.figures[0]
    assert (first.mean, first.falls, first.rises) == pytest.approx((-0.3, 0.3, 0.1))
    assert answer(NONE).sentence.startswith(
        "Without the punishment, South Korea would have taken as many net steps toward the United States by December 2018 "
        "(as many in 90 % of lanes)."
    )


def test_a_month_after_the_record_is_the_future() -> None:
    other = side((SAID,), {"KOR": NONE}, record_until="2018-06")
    found = answer_between(side(record_until="2018-06"), other)
    assert "South Korea would take 3 fewer net steps" in found.sentence
    assert "In the base it takes 3 toward" in found.sentence


def test_several_states_add_up_and_the_largest_is_named() -> None:
    other = side((SAID,), {"KOR": NONE + 1.0, "JPN": NONE - 1.0})
    found = answer_between(
        side(), other, asks=Asks(states=("KOR", "JPN"), outcomes=("steps",), at=("2018-12",))
    )
    assert [(figure.state, figure.mean) for figure in found.figures] == [("", -3), ("KOR", -2), ("JPN", -1)]
    assert "South Korea and Japan would together have taken 3 fewer net steps" in found.sentence
    assert "Most in South Korea: 2 fewer" in found.sentence
    assert "The effect is as sure in South Korea and Japan taken alone." in found.sentence


def test_membership_says_when_half_have_joined() -> None:
    asks = Asks(states=("KOR",), outcomes=("member.quad",), at=("2018-12",))
    base, later = side(members={"KOR": 10}), side((SAID,), members={"KOR": 60})
    found = answer_between(base, later, asks=asks)
    assert found.verdict == "yes"
    assert (
        "a member of \u201cQuad\u201d in 80 fewer lanes in 100 by December 2018 (80 in the base, 0"
        in found.sentence
    )
    assert "joined by November 2015 in the base and by January 2020 in the what-if" in found.sentence
    [joined] = found.parts[0].joined
    assert (joined.base, joined.alternative, joined.from_the_start) == ("2015-11", "2020-01", False)
    never = answer_between(base, side((SAID,), members={"KOR": 999}), asks=asks)
    assert "by November 2015 in the base, and fewer ever do in the what-if" in never.sentence


@pytest.mark.parametrize(
    ("other", "asks", "words"),
    [
        (side((PUNISHED,)), {}, "No rule of the model reads what it changes, acts of kind stance."),
        (side(), {}, "It changes nothing that the base has."),
        (side((SAID,), branch="2019-01"), {}, "It sets out in January 2019 and is asked for December 2018."),
        (side(levers={"compliance": 0}), {}, "It changes parameters or levers alone, and in months of the record"),
        (side((SAID,), responses="simulated"), {}, "December 2018 lies in the record, and responses are simulated"),
        (side((SAID,)), {"outcomes": ("member.quad",)}, "\u201cQuad\u201d is not offered to South Korea."),
        (side((SAID,)), {"outcomes": ("member.quod",)}, "There is no institution 'quod'."),
        (side((SAID,)), {"outcomes": ("alignment",)}, "The runs hold no 'alignment.KOR.2018-12'."),
    ],
)  # fmt: skip
def test_what_the_model_cannot_be_asked(other: Compared, asks: dict[str, Any], words: str) -> None:
    wanted = Asks(**({"states": ("KOR",), "outcomes": ("steps",), "at": ("2018-12",)} | asks))
    found = answer_between(side(), other, asks=wanted)
    assert found.verdict == "cannot be asked of this model"
    assert found.figures == ()
    assert words in found.sentence


def test_statements_beside_another_plan_are_no_obstacle() -> None:
    other = side((PUNISHED,), strategies={"CHN": {"plan": "charm"}})
    found = answer_between(side(), other)
    assert found.verdict == "no"
    assert found.sentence.startswith("In this what-if, ")


def test_questions_of_python_are_checked() -> None:
    run = side()
    assert as_asks({"states": ["KOR"]}, run).states == ("KOR",)
    for asks, message in (
        ({"states": ["KOX"]}, "unknown state 'KOX'.*did you mean 'KOR'"),
        ({"outcomes": ["member.quod"]}, "unknown institution 'quod'.*did you mean 'quad'"),
        ({"at": ["2018-11"]}, "unknown report date '2018-11'"),
        ({"when": ["2018-11"]}, "when: unknown key"),
        ({"outcomes": ["step"]}, "unknown outcome of a state 'step'.*did you mean 'steps'"),
    ):
        with pytest.raises(InputError, match=message):
            as_asks(asks, run)


def test_the_lever_that_changes_most_is_named() -> None:
    index = pd.MultiIndex.from_tuples(
        [(lever, "steps.KOR.2018-12") for lever in ("small", "large", "noisy", "all of them")],
        names=["lever", "outcome"],
    )
    values = {"difference": [-0.2, 0.6, 3.0, 9.0], "standard_error": [0.01, 0.1, 2.0, 0.1]}
    assumed = pd.DataFrame(values, index)
    found = answer_between(side(), side((SAID,)), levers=3, assumed=assumed)
    lean = found.parts[0].lean
    assert lean is not None
    assert (lean.lever, lean.change) == ("large", 0.6)
    assert "without large it would change by +0.6" in found.sentence


def test_steps_are_listed_with_the_share_of_lanes_that_lack_them() -> None:
    case = load_case("history")
    from sim.engine.timeline import build_timeline

    responses = build_timeline(resolve(case)).responses
    directed = [part for part in responses if part.row.direction][:3]
    names = [f"happens.{part.row.id}" for part in directed]
    base = pd.DataFrame(1.0, index=range(10), columns=names)
    other = base.copy()
    other.iloc[:4, 1] = 0.0
    table = steps_between(responses, names, base.__getitem__, other.__getitem__)
    assert list(table["probability"]) == pytest.approx([0.4, 0, 0])
    first = directed[1].row
    assert table.index[0] == first.id
    row = table.iloc[0]
    assert (row["state"], row["weight"], row["title"]) == (first.state, first.weight, first.title)
    answered = next(part for part in responses if part.offer and part.row.direction)
    one = [f"happens.{answered.row.id}"]
    frame = pd.DataFrame(1.0, index=range(2), columns=one)
    for acts, unoffered in (({answered.offer.id}, False), ((), True)):  # type: ignore[union-attr]
        assert (
            steps_between(responses, one, frame.__getitem__, frame.__getitem__, acts)["unoffered"].item()
            is unoffered
        )


def test_lost_weight_is_told_apart_from_what_the_edit_takes_out() -> None:
    lost = pd.DataFrame(
        {"month": ["2016-09", "2017-01", "2019-01"], "state": ["KOR"] * 3, "direction": [1, -1, 1], "weight": [2, 1, 3],
         "probability": [0.5, 0.2, 1.0], "depends": False, "unoffered": [True, False, False], "title": "a step"}
    )  # fmt: skip
    part = answer(lost=lost).parts[0]
    assert (part.lost, part.unoffered) == pytest.approx((0.8, 1.0))
    assert "Of the difference 1 answer offers that the what-if itself takes out." in part.sentence
    assert replace(part, unoffered=0.0).lost == part.lost


def test_rivals_are_counted_by_the_sign_of_the_effect() -> None:
    rivals = [answer(NONE + size) for size in (-1.0, -0.1, 0.0, 2.0)]
    other = side((SAID,), {"KOR": NONE + 2.5})
    found = answer_between(side(), other, rivals=rivals).parts[0]
    assert found.agreement == Agreement(2, 1, 1)
    assert (
        "Of 4 rival explanations, 2 agree on its direction, 1 on the other, and 1 show none."
        in found.sentence
    )
    assert answer().parts[0].agreement is None


def test_rivals_are_run_with_their_own_parameters() -> None:
    short: dict[str, object] = {"until": "2014-12"}
    case = load_case("quiet-senkakus", short)
    names = rivals_of(case)
    assert "full" not in names
    assert {"backlash", "inertia"} <= {*names}
    assert not [name for name in names if name.endswith("2019")]
    assert rivals_of(load_case("history", {"parameters": "default"})) == ()
    pairs = [
        (
            load_case("history", short | {"parameters": name}),
            load_case("quiet-senkakus", short | {"parameters": name}),
        )
        for name in ("backlash", "inertia")
    ]
    backlash, inertia = rival_answers(pairs, case.scenario.asks, lanes=20)
    assert backlash.figures[0].mean < 0
    assert inertia.figures[0].mean == 0


def test_where_nothing_moves_steps_no_trial_says_yes() -> None:
    table = false_alarms("history", ["thaad-without-punishment"], lanes=10, seeds=[1])
    assert table["yes"].tolist() == [0, 0]
    assert table.loc["thaad-without-punishment", "no"] == 1
    assert table.loc["two seeds"].sum() == len(load_case("history").world.codes)
    assert table.loc["two seeds", "no"] < table.loc["two seeds"].sum()


def test_lost_steps_that_work_the_other_way_are_said_to() -> None:
    lost = pd.DataFrame(
        {"month": ["2016-09"], "state": ["KOR"], "direction": [-1], "weight": [2], "probability": [0.5],
         "depends": False, "unoffered": [True], "title": "a step"}
    )  # fmt: skip
    sentence = answer(NONE - 1.0, lost=lost).parts[0].sentence
    assert "work the other way, by 1." in sentence


def test_the_priors_answer_stands_beside() -> None:
    before = answer(NONE - 0.5)
    found = answer_between(side(), side((SAID,), {"KOR": NONE + 2.0}), unfitted=before).parts[0]
    assert found.unfitted == before.figures[0]
    assert "By the priors alone, before the record is seen, it would be 0.5 fewer" in found.sentence
    assert answer().parts[0].unfitted is None
