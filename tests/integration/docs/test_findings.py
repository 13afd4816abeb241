"""The page of findings says what its tables say, whichever way they turn out."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from calibration.comparison.explanations import summary
from calibration.findings.effects import prior_draws
from calibration.findings.external import Agreement
from calibration.findings.half_years import ERRORS, KEYS
from calibration.hypotheses.rivals import FORMS, MAIN, REFERENCE, RIVALS
from docs.findings import source
from docs.findings.both import both
from docs.findings.explanations import explanations, losses, with_half_years
from docs.findings.external import agreements
from docs.findings.forms import against_unmoved, forms
from docs.findings.mechanisms import chance, limit, moves
from docs.findings.page import SECTIONS, page
from docs.findings.pictures import draw
from docs.findings.sizes import direction, sizes
from docs.findings.states import resting, wedge_cases
from docs.findings.trials import assumptions, checked, placebos
from docs.findings.words import counted, interval, listed, number
from sim.model.parameters import LEVERS, PARAMETERS
from sim.scenario.posterior import write_posterior
from sim.scenario.world import load_world

CODES = load_world("indo_pacific").codes


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A posterior that has learned nothing."""
    place = tmp_path_factory.mktemp("findings") / "posterior"
    draws = prior_draws(40, seed=8)
    kept = draws[[name for name in draws if name in PARAMETERS]]
    write_posterior(place, {REFERENCE: kept}, {"seed": 8})
    return place


@pytest.fixture
def evidence(folder: Path, tmp_path: Path) -> source.Evidence:
    """The same with an empty folder of tables."""
    whole = source.load(folder)
    return source.Evidence(whole.posterior, whole.observed, tmp_path)


def heldout(lead: float) -> pd.DataFrame:
    """Every model behind the reference by ``lead`` a state."""
    random = np.random.default_rng(3)
    others = [name for name in RIVALS if name != REFERENCE]
    models = {REFERENCE: 0.0} | dict.fromkeys((*others, "baseline constant", "baseline last"), lead)
    rows = [
        {"steps": steps, "model": model, "split": split, "stream": stream, "state": code,
         "lpd": -10.0 - behind + (0.05 * random.normal() if behind else 0.0), "n": 2, "shape": 0.2, "refitted": False}
        for steps in ("unprompted", "binding")
        for split in ("left_out", "forward")
        for stream in ("steps", "offers", "opinion_challenger", "opinion_hub")
        for model, behind in models.items()
        for code in CODES
    ]  # fmt: skip
    return pd.DataFrame(rows)


def keep(evidence: source.Evidence, **tables: pd.DataFrame) -> None:
    for name, table in tables.items():
        table.to_csv(evidence.folder / f"{name}.csv", index=False)


def test_numbers_as_people_read_them() -> None:
    assert [number(value) for value in (0.0463, 23.4, -391.0, 0.0, float("nan"))] == [
        "0.046",
        "23",
        "-391",
        "0",
        "none",
    ]
    assert interval(0.5, 1.0, 2.0) == "1.0 [0.50, 2.0]"
    assert [listed(words) for words in ([], ["a"], ["a", "b", "c"])] == ["none", "a", "a, b and c"]
    assert (counted(1, "state"), counted(2, "state")) == ("1 state", "2 states")


def test_a_model_that_is_ahead_everywhere(evidence: source.Evidence) -> None:
    keep(evidence, heldout=heldout(1.0), summary=summary(heldout(1.0)))
    text, lost = explanations(evidence), losses(evidence)
    assert f"On steps, `{REFERENCE}` predicts better than `full`" in text
    assert re.search(r"gains \+2[12]\.[0-9] ± 0\.[0-9] \(each state left out\)", text)
    assert "beats 6 of 6." in lost
    assert "No baseline is ahead" in lost


def test_a_model_that_is_behind_everywhere(evidence: source.Evidence) -> None:
    keep(evidence, heldout=heldout(-1.0), summary=summary(heldout(-1.0)))
    text, lost = explanations(evidence), losses(evidence)
    assert f"On steps, `{REFERENCE}` predicts worse than `full`" in text
    assert "beats 0 of 6; not beaten: baseline constant on steps (worse)" in lost
    assert "baseline last by 2" in lost
    assert "the model is behind by" in lost


def test_a_tie_is_no_verdict(evidence: source.Evidence) -> None:
    keep(evidence, summary=summary(heldout(1e-9)))
    assert f"On steps, `{REFERENCE}` cannot be distinguished from" in explanations(evidence)
    assert "predicts better" not in explanations(evidence).split("On steps, `")[1]


def test_what_drives_a_result_is_named(evidence: source.Evidence) -> None:
    table = heldout(0.1)
    own = (table["model"] == "shock") & (table["stream"] == "steps") & (table["state"] == "JPN")
    table.loc[own, "lpd"] -= 5.0
    keep(evidence, heldout=table)
    assert re.search(r"Steps: \+[0-9.]+ over 22 states, most from Japan \+5", resting(evidence))


def form_rows(**differences: float) -> pd.DataFrame:
    """A table of forms: the reference, the forms named with how far it is ahead of them, and a standard error of 2."""
    rows = [(REFERENCE, "Alarm and yielding", 0.0, 0.0)]
    rows += [
        (name, FORMS[name].title if name in FORMS else name, gap, 2.0) for name, gap in differences.items()
    ]
    table = pd.DataFrame(rows, columns=["form", "title", "difference", "error"])
    fixed = {"log_evidence": -100.0 - table["difference"], "evidence_error": 0.3, "shape": 0.5}
    return table.assign(**fixed, left_out=-90.0 - table["difference"])


def test_a_form_that_predicts_as_well_without_a_part_is_named(evidence: source.Evidence) -> None:
    keep(
        evidence,
        forms=form_rows(no_alarm=9.0, no_war=3.0, no_trend=1.0, no_punishment=-1.0, no_yielding=-7.0),
    )
    text = forms(evidence)
    assert "predicted worse by: no alarm." in text
    assert "Forecasts lean to being worse by: no war." in text
    assert "too little to tell, of: no trend." in text
    assert (
        "**As good without it.** States left out are predicted as well or better, if not by enough to tell, by: no punishment."
        in text
    )
    assert "**Better without it.** States left out are predicted better by: no yielding." in text
    assert "| No yielding | `no_yielding` | -93.0 ± 0.3 | -7.0 | -83.0 | -7.0 ± 2.0 | worse |" in text


def test_the_part_and_the_form_without_it_are_one_verdict(evidence: source.Evidence) -> None:
    keep(evidence, forms=form_rows(no_hub_pressure=9.0, no_yielding=-7.0))
    text = moves(evidence)
    assert re.search(r"\| Pressure of the hub \|.*\| predicts worse \|", text)
    assert re.search(r"\| Yielding \(one number for both powers\) \|.*\| predicts better \|", text)
    assert re.search(r"\| War elsewhere for a half-open state \|.*\|  \|", text)


@pytest.mark.parametrize(
    ("early", "words"),
    [
        (14.0, "when it came matters"),
        (6.5, "seems to matter"),
        (1.0, "too little to say"),
        (-3.0, "is not shown"),
    ],
)
def test_pressure_that_came_early_is_held_against_no_yielding(
    evidence: source.Evidence, early: float, words: str
) -> None:
    table = form_rows(no_yielding=1.0, early_6=1.0 + early)
    keep(evidence, forms=table)
    assert against_unmoved(table, "early_6") == (pytest.approx(early), 4.0)
    assert words in forms(evidence)


def test_signs_that_the_record_settles_are_told_from_those_it_does_not(evidence: source.Evidence) -> None:
    draws = prior_draws(40, seed=8)
    settled = draws.assign(alert_pressure=2.0 + 0.1 * draws["trend_steps_hub"])
    posterior = replace(evidence.posterior, tables={REFERENCE: settled})
    text = moves(source.Evidence(posterior, evidence.observed, evidence.folder))
    assert "can tell the sign of: pressure of the hub (above 0.999 more)." in text
    assert re.search(
        r"\* Coercion of a state with a full dispute: up to [0-9.]+ times as many moves under full pressure",
        text,
    )
    assert "* Pressure of the hub: up to" not in text
    assert re.search(r"as wide as before the record was seen for .*punishment", text)


def test_limits_in_words() -> None:
    row = pd.Series({"kind": "lift", "low": 0.05, "high": 3.0, "unit": ""})
    assert limit(row) == "up to 3.0 times as many moves under full pressure, and down to hardly any"
    assert limit(pd.Series(dict(row) | {"low": 0.5})).endswith("down to 0.50 times as many")
    trend = pd.Series({"kind": "trend", "low": -2.0, "high": 3.0, "unit": ""})
    assert limit(trend) == "a change by -2.0 to +3.0 % a year"
    assert [chance(above) for above in (0.5, 0.1, 0.002, 0.0)] == ["0.50", "0.90", "0.998", "above 0.999"]


def test_a_posterior_of_an_earlier_form_is_not_told(evidence: source.Evidence) -> None:
    old = {
        REFERENCE: {
            name: values
            for name, values in evidence.posterior.tables[REFERENCE].items()
            if name != "yielding"
        }
    }
    earlier = source.Evidence(replace(evidence.posterior, tables=old), evidence.observed, evidence.folder)
    for section in (moves, sizes):
        assert section(earlier).startswith(
            "Not computed yet: the posterior is of an earlier form, without `yielding`"
        )


def test_where_simulations_and_the_page_differ(evidence: source.Evidence) -> None:
    draws = pd.DataFrame(dict(evidence.posterior.tables[REFERENCE]))
    other = draws.assign(alert_pressure=draws["alert_pressure"] + 0.8 * draws["alert_pressure"].std(ddof=0))
    tables = {MAIN: other, REFERENCE: draws}
    text = both(
        source.Evidence(replace(evidence.posterior, tables=tables), evidence.observed, evidence.folder)
    )
    assert re.search(r"on 1 of [0-9]+: `alert_pressure` \(\+0\.8\)", text)
    assert re.search(r"On opinion, trade, habits and marks they are one and the same fit", text)
    assert both(evidence).startswith(f"Not computed yet: the posterior holds no fit of `{MAIN}`")


def test_the_larger_error_decides(evidence: source.Evidence) -> None:
    table = summary(heldout(1.0))
    rows = [(split, "steps", "shock", 22.0, 0.1, 15.0) for split in ("left_out", "forward")]
    errors = pd.DataFrame(rows, columns=[*KEYS, *ERRORS])
    found = with_half_years(table, errors)
    own = (
        (table["steps"] == "unprompted") & (table["stream"] == "steps") & (table["model"] == "shock")
    ).to_numpy()
    assert own.sum() == 2
    assert (found.loc[own, "error"] == 15.0).all()
    assert (found.loc[own, "verdict"] == "leans better").all()
    assert (table.loc[own, "verdict"] == "better").all()
    pd.testing.assert_frame_equal(found[~own], table[~own])
    small = errors.assign(error_half_years=0.0)
    pd.testing.assert_frame_equal(with_half_years(table, small), table)


@pytest.mark.parametrize(
    ("as_good", "words"),
    [(0, "hardly ever do as well"), (9, "do as well in 9 of 24 cases"), (24, "is not established")],
)
def test_placebos_are_counted(evidence: source.Evidence, as_good: int, words: str) -> None:
    rows = [{"block": "responses", "kind": "documented", "number": 0, "log_bayes_factor": 1.0}]
    rows += [
        {"block": "responses", "kind": "states", "number": k, "log_bayes_factor": 2.0 if k < as_good else 0.0}
        for k in range(24)
    ]
    keep(evidence, placebos=pd.DataFrame(rows))
    assert words in placebos(evidence)


def test_levers_that_help_are_named(evidence: source.Evidence) -> None:
    rows = [
        {"lever": name, "low": 0.1, "median": 0.2, "high": 0.3, "learned": 0.9, "log_bayes_factor": 0.0,
         "left_out": 0.0, "left_out_error": 1.0, "forward": 0.0, "forward_error": 1.0}
        for name in LEVERS
    ]  # fmt: skip
    rows[0] |= {"left_out": 9.0, "forward": 8.0}
    rows[1] |= {"median": np.nan}
    keep(evidence, levers=pd.DataFrame(rows))
    text = assumptions(evidence)
    assert f"With `{LEVERS[0]}` the core predicts better" in text
    assert f"Nothing in the likelihood reads `{LEVERS[1]}`" in text


def test_checks_are_counted(evidence: source.Evidence) -> None:
    keep(
        evidence,
        checks=pd.DataFrame({"check": ["a", "b", "c"], "verdict": ["passed", "failed", "see"], "line": "x"}),
    )
    assert checked(evidence).startswith("1 of 3 checks passed, 1 failed")


def test_directions_need_the_draws_to_agree() -> None:
    rows = {"signed": [True, True, True, False], "above": [0.97, 0.5, 0.01, 1.0]}
    text = [direction(row) for _, row in pd.DataFrame(rows).iterrows()]
    assert text == ["more", "cannot tell", "less", "by construction"]


def test_a_posterior_that_learned_nothing_says_so(evidence: source.Evidence) -> None:
    text = sizes(evidence)
    assert "hardly narrower than before" in text
    assert "Direction not settled: coercion on steps" in text


def test_the_four_cases_are_counted_from_the_record(evidence: source.Evidence) -> None:
    text = wedge_cases(evidence)
    for name in ("Cambodia", "Laos", "Thailand", "Philippines"):
        state = next(state.code for state in evidence.observed.world.states if state.name == name)
        hub = evidence.observed.steps[0, evidence.observed.states.index(state)].sum()
        if name != "Philippines":
            assert re.search(rf"\| {name} \|.*\| {hub} \(expected", text)
    assert "No survey that asks for an opinion of either power is at hand for Cambodia and Laos" in text


def test_verdicts_on_external_evidence_are_gathered() -> None:
    text = agreements([Agreement("one", 9, 0.7, 0.5, 0.9, 0.01), Agreement("two", 9, 0.0, -0.2, 0.2, 0.9)])
    assert text.endswith("Agrees: one; cannot tell: two.")
    assert agreements([Agreement("two", 9, 0.0, -0.2, 0.2, 0.9)]).endswith(
        "None of these can tell whether the model is right."
    )


def test_a_page_without_its_tables_says_what_is_missing(evidence: source.Evidence) -> None:
    text = page(evidence)
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == list(SECTIONS)
    assert text.count("Not computed yet") == 7
    assert "nan" not in text


def test_the_picture_is_drawn(evidence: source.Evidence, tmp_path: Path) -> None:
    draw(evidence.draws, evidence.posterior.about, tmp_path)
    assert (tmp_path / "effects.png").stat().st_size > 20_000


@pytest.mark.slow
def test_the_page_is_in_step() -> None:
    from docs.findings.__main__ import main

    assert main(check=True) == 0, "run python -m docs.findings"
