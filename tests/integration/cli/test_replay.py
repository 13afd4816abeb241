"""``wedge replay``: the story of one lane, for people and as JSON."""

from sim.engine.story import replay
from sim.months import month_number
from sim.scenario.loading import load_scenario
from tests.integration.cli.answers import Wedge, told

MONTHS = ("--from", "2016-01", "--to", "2017-12")


def test_json_tells_what_the_record_and_the_lane_hold(wedge: Wedge) -> None:
    answer = told(
        wedge("replay", "history", "--lane", "3", "--seed", "2", "--state", "KOR", *MONTHS, "--json")
    )
    assert (answer["scenario"], answer["lane"], answer["seed"]) == ("history", 3, 2)
    assert {frozenset(line) for line in answer["lines"]} == {frozenset({"month", "state", "text", "detail"})}
    months = [line["month"] for line in answer["lines"]]
    assert months == sorted(months)
    assert months[0] >= "2016-01"
    assert months[-1] <= "2017-12"
    assert {line["state"] for line in answer["lines"]} <= {"KOR", "ALL"}
    assert any("punishment" in line["text"] and "THAAD" in line["text"] for line in answer["lines"])


def test_a_person_reads_months_in_order(wedge: Wedge) -> None:
    result = wedge("replay", "history", "--state", "KOR", *MONTHS)
    assert result.exit_code == 0, result.stderr
    assert "lane 0, seed 1" in result.stdout
    assert "THAAD" in result.stdout


def test_months_that_are_not_simulated_are_refused(wedge: Wedge) -> None:
    result = wedge("replay", "history", "--from", "2090-01")
    assert result.exit_code == 2
    assert "months are 2010-01 to 2035-12" in result.stderr


def test_a_state_that_there_is_not_is_refused_with_the_nearest(wedge: Wedge) -> None:
    result = wedge("replay", "whole-world", "--state", "PHI")
    assert result.exit_code == 2
    assert "unknown state 'PHI'; allowed are" in result.stderr
    assert "did you mean 'PHL'?" in result.stderr


def test_a_story_that_ends_earlier_is_the_same_up_to_there() -> None:
    scenario = load_scenario("history", {"until": "2011-06"})
    early, whole = replay(scenario, lane=2, last=month_number("2010-09")), replay(scenario, lane=2)
    assert early.entries == tuple(line for line in whole.entries if line.month <= "2010-09")
    assert len(early.entries) < len(whole.entries)


def test_months_without_a_story_are_said_to_be_so(wedge: Wedge) -> None:
    result = wedge("replay", "history", "--state", "BRN", "--from", "2010-03", "--to", "2010-03")
    assert result.exit_code == 0, result.stderr
    assert "Nothing happened in these months" in result.stdout


def test_a_twin_says_first_how_it_departs_from_the_record(wedge: Wedge) -> None:
    words = ("replay", "unforced-beijing", "--lane", "2", "--to", "2013-12")
    told_first = told(wedge(*words, "--json"))["departures"]
    assert told_first
    assert all(part["recorded"] <= "2013-12" for part in told_first)
    screen = wedge(*words, "--state", told_first[0]["state"])
    assert "Of the responses on record, " in " ".join(screen.stdout.split())
    assert told_first[0]["recorded"] in screen.stdout


def test_a_recorded_lane_departs_from_nothing() -> None:
    story = replay(load_scenario("history", {"until": "2012-12"}), lane=4)
    assert story.held
    assert story.departures == ()
    free = replay(load_scenario("history", {"until": "2012-12", "responses": "simulated"}), lane=4)
    assert not free.held
    assert free.departures == ()
    assert free.entries != story.entries
