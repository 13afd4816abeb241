"""The page of claims names rows and scenarios that are there, and its answers are those of the scenarios as they are."""

import pytest

from docs.articles.answers import hash_of, kept
from docs.articles.claims import CLAIMS, Claim, scenarios
from sim.io.library import record_folder
from sim.scenario.record import load_record
from sim.scenario.targets import load_targets
from sim.scenario.world import load_world


@pytest.fixture(scope="module")
def ids() -> set[str]:
    world, folder = load_world("indo_pacific"), record_folder("indo_pacific")
    record = load_record(folder, world)
    return {row.id for row in (*record.stimuli, *load_targets(folder, world, record).responses)}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_rows_of_a_claim_are_in_the_record(claim: Claim, ids: set[str]) -> None:
    assert claim.ids <= ids


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_each_scenario_of_a_claim_has_a_line_that_speaks_to_it(claim: Claim) -> None:
    said = {
        line.scenario: {part.outcome for part in kept() if part.scenario == line.scenario} for line in kept()
    }
    assert set(claim.scenarios) <= set(said)
    assert not claim.outcomes or all(said[name] >= set(claim.outcomes) for name in claim.scenarios)


@pytest.mark.parametrize("name", scenarios())
def test_answers_are_those_of_the_scenario_as_it_is(name: str) -> None:
    assert {line.hash for line in kept() if line.scenario == name} == {hash_of(name)}, (
        "run python -m docs.articles"
    )
