"""What an effect is under other reactions: which what-ifs have any, and that each is the run under them."""

from sim.lab.answer import answer_between
from sim.lab.answer_parts import End
from sim.lab.reactions import answers_by_reactions, reacts
from sim.lab.rivals import side_of_run
from sim.runs.ensemble import simulate
from sim.scenario.loading import load_case

SHORT: dict[str, object] = {"until": "2018-12", "report": ["2018-12"]}


def test_others_react_where_a_what_if_departs_from_the_record() -> None:
    assert reacts(load_case("quiet-senkakus", SHORT))
    assert not reacts(load_case("history", SHORT))
    assert not reacts(load_case("quiet-senkakus", SHORT | {"responses": "simulated"}))
    assert not reacts(load_case("disciplined-wedge"))


def test_each_answer_is_that_of_a_run_under_its_reactions() -> None:
    base, calm = load_case("history", SHORT), load_case("quiet-senkakus", SHORT)
    told: list[tuple[int, int]] = []
    found = answers_by_reactions(base, [calm], lanes=40, progress=lambda *done: told.append(done))
    assert {*found} == {"quiet-senkakus"}
    assert {*found["quiet-senkakus"]} == {"none", "all"}
    assert told == [(1, 2), (2, 2)]
    for kind, answer in found["quiet-senkakus"].items():
        case = load_case("quiet-senkakus", SHORT | {"reactions": kind})
        runs = [simulate(one, lanes=40) for one in (base, case)]
        sides = [
            side_of_run(run, one, run.outcomes.index) for run, one in zip(runs, (base, case), strict=True)
        ]
        wanted = answer_between(*sides, asks=calm.scenario.asks)
        assert answer.figures[0].mean == wanted.figures[0].mean
    none, every = (found["quiet-senkakus"][kind].figures[0].mean for kind in ("none", "all"))
    assert every < none < 0  # what would have reacted adds to what is lost


def test_a_what_if_without_reactions_costs_no_run() -> None:
    assert answers_by_reactions(load_case("history", SHORT), [load_case("disciplined-wedge")], lanes=4) == {}


def test_an_answer_says_what_it_is_under_other_reactions() -> None:
    base, calm = load_case("history", SHORT), load_case("quiet-senkakus", SHORT)
    runs = [simulate(case, lanes=40) for case in (base, calm)]
    sides = [side_of_run(run, case, run.outcomes.index) for run, case in zip(runs, (base, calm), strict=True)]
    reactions = answers_by_reactions(base, [calm], lanes=40)["quiet-senkakus"]
    part = answer_between(*sides, asks=calm.scenario.asks, reactions=reactions).parts[0]
    assert [end.reactions for end in part.ends] == ["none", "all"]
    assert part.ends[0] == End("none", reactions["none"].figures[0].mean)
    assert "if nobody else reacts" in part.sentence
    assert "if the United States reacts with its offers too" in part.sentence
    plain = answer_between(*sides, asks=calm.scenario.asks).parts[0]
    assert plain.ends == ()
    assert "reacts" not in plain.sentence


def test_steps_are_told_in_position_beside() -> None:
    base, calm = load_case("history", SHORT), load_case("quiet-senkakus", SHORT)
    runs = [simulate(case, lanes=40) for case in (base, calm)]
    sides = [side_of_run(run, case, run.outcomes.index) for run, case in zip(runs, (base, calm), strict=True)]
    part = answer_between(*sides, asks=calm.scenario.asks).parts[0]
    assert part.position is not None
    assert part.position.mean < 0
    assert part.position.q05 <= part.position.mean <= part.position.q95
    assert "In position that is" in part.sentence
    view = answer_between(*sides, asks=calm.scenario.asks).parts[1]
    assert view.position is None
