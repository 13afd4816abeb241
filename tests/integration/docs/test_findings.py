"""The page of findings says what its tables say, whichever way they turn out."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from calibration.comparison.explanations import summary
from calibration.findings.effects import prior_draws
from calibration.findings.external import Agreement
from calibration.hypotheses.rivals import REFERENCE, RIVALS
from docs.findings import source
from docs.findings.explanations import explanations, losses
from docs.findings.external import agreements
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
    assert "Direction not settled: leader on steps" in text


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
    assert text.count("Not computed yet") == 5
    assert "nan" not in text


def test_the_picture_is_drawn(evidence: source.Evidence, tmp_path: Path) -> None:
    draw(evidence.draws, evidence.posterior.about, tmp_path)
    assert (tmp_path / "effects.png").stat().st_size > 20_000


@pytest.mark.slow
def test_the_page_is_in_step() -> None:
    from docs.findings.__main__ import main

    assert main(check=True) == 0, "run python -m docs.findings"
