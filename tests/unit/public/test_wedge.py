"""The public face: `import wedge`, from a scenario to figures, in memory and stored."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from matplotlib.figure import Figure

import wedge
from sim.errors import InputError
from sim.lab.compare import paired_difference
from sim.runs.ensemble import simulate
from sim.runs.store import open_run, run_or_find
from sim.scenario.case import resolve
from sim.scenario.loading import load_case, load_scenario

UNTIL, LANES = "2012-12", 8
TERMS = "thaad-without-punishment"


@pytest.fixture(scope="module")
def scenario() -> wedge.Scenario:
    return wedge.load("history", until=UNTIL, parameters="default", responses="simulated")


@pytest.fixture(scope="module")
def without_peers() -> wedge.Scenario:
    return wedge.load(
        "history", until=UNTIL, parameters="default", responses="simulated", levers={"peer_influence": 2}
    )


@pytest.fixture(scope="module")
def in_memory(scenario: wedge.Scenario) -> wedge.Results:
    return scenario.run(LANES, seed=3, trajectories=True)


@pytest.fixture(scope="module")
def stored(scenario: wedge.Scenario, tmp_path_factory: pytest.TempPathFactory) -> wedge.Results:
    return scenario.run(LANES, seed=3, trajectories=True, out=tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="module")
def comparison(scenario: wedge.Scenario, without_peers: wedge.Scenario) -> wedge.Comparison:
    return scenario.compare(without_peers, lanes=LANES, seed=3)


# --- the name space ----------------------------------------------------------------------------------------------


def test_the_public_names() -> None:
    assert wedge.__all__ == [
        "AllianceModel",
        "Comparison",
        "InputError",
        "Institution",
        "Power",
        "Results",
        "Scenario",
        "State",
        "StoreError",
        "WedgeError",
        "__version__",
        "compare",
        "load",
        "open",
        "run",
        "scenarios",
    ]
    assert dir(wedge) == wedge.__all__
    for name in wedge.__all__:
        assert getattr(wedge, name) is not None
    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        wedge.lod  # noqa: B018


def test_what_ships_is_listed() -> None:
    table = wedge.scenarios()
    assert table.loc[TERMS, "extends"] == "history"
    assert table["question"].str.endswith("?").all()


# --- scenarios ---------------------------------------------------------------------------------------------------


def test_plain_values_of_python_and_numpy_are_taken() -> None:
    loaded = wedge.load(
        "history",
        until="2030-12",
        report=("2016-12", "2030-12"),
        levers={"peer_influence": np.float32(0.5), "compliance": np.int64(0)},
        parameters={"source": "prior", "values": {"step_rate": np.array(0.2)}},
        strategies={"CHN": {"plan": "disciplined_wedge", "from": "2024-08", "targets": {"KOR", "JPN"}}},
        edits=[{"drop": {"id": "S005", "from": "2025-01"}}],
        ties=[{"a": "KOR", "b": "JPN", "weight": np.float64(0.5), "source": "assumption: test"}],
    ).scenario
    assert (loaded.until, loaded.report) == ("2030-12", ("2016-12", "2030-12"))
    assert loaded.levers == {"peer_influence": 0.5, "compliance": 0.0}
    assert (loaded.parameters.source, loaded.parameters.values) == ("prior", {"step_rate": 0.2})
    chosen = loaded.strategies["CHN"]
    assert (chosen.plan, chosen.start, chosen.targets) == ("disciplined_wedge", "2024-08", ("JPN", "KOR"))
    assert [edit.verb for edit in loaded.edits][-1] == "drop"
    assert (loaded.ties[-1].a, loaded.ties[-1].weight) == ("JPN", 0.5)


def test_a_dotted_key_is_the_same_as_a_mapping() -> None:
    whole = load_scenario("history", {"levers": {"peer_influence": 0}, "parameters": "prior"})
    part = load_scenario("history", {"levers.peer_influence": 0, "parameters": {"source": "prior"}})
    assert whole == part
    values = load_scenario(
        "history", {"parameters": "prior", "parameters.step_rate": np.float64(0.2)}
    ).parameters
    assert (values.source, values.values) == ("prior", {"step_rate": 0.2})


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"levers": {"peer_influense": 0}}, "levers.peer_influense: unknown lever"),
        ({"levers": {"peer_influense": 0}}, "did you mean 'peer_influence'?"),
        ({"levers": {"compliance": "0"}}, "levers.compliance: must be a number, not text ('0')"),
        ({"levers": {"compliance": float("nan")}}, "levers.compliance: nan is not a finite number"),
        (
            {"levers": {"compliance": object()}},
            "levers.compliance: must be text, a number, a list, or keys and values, ",
        ),
        ({"levers": {1: 0}}, "levers: keys are text, not a whole number (1)"),
        ({"levers": 0}, "levers: must be keys and values, not a whole number (0)"),
        ({"report": "2016-12"}, "report: must be a list, not text ('2016-12')"),
        ({"report": ["2016-13"]}, "report[0]: '2016-13' has no such month"),
        ({"until": 2030}, "until: 2030 is not a month"),
        ({"until": "2030-12\ud800"}, "until: holds the character U+D800"),
        ({"parameters": 3}, "parameters.source: must be text, not a whole number (3)"),
        ({"parameters": "pryor"}, "parameters: unknown source of parameters 'pryor'"),
        ({"strategies": {"CHN": {"plan": "charme"}}}, "strategies.CHN.plan: unknown plan"),
        ({"strategies": {"CHN": "charm"}}, "strategies.CHN: must be keys and values, not text ('charm')"),
        ({"edits": [{"dorp": {}}]}, "edits[0].dorp: unknown key; allowed are add, drop, scale, shift"),
        ({"posterior": "nowhere"}, "there is no such folder of a posterior"),
        ({"posterior": 3}, "posterior: must be a path, not a whole number (3)"),
    ],
)
def test_a_bad_argument_is_named_as_python_knows_it(changes: dict[str, object], message: str) -> None:
    with pytest.raises(wedge.InputError) as caught:
        wedge.load("history", **changes)  # type: ignore[arg-type]
    assert message in str(caught.value)
    assert "--" not in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({1: 0}, "1: unknown key '1'"),
        ({"untill": "2030-12"}, "untill: unknown key 'untill'"),
        ({"levers": 3, "levers.compliance": 0}, "levers.compliance: 'levers' is given whole, too"),
    ],
)
def test_a_bad_key_is_named(changes: dict[str, object], message: str) -> None:
    with pytest.raises(wedge.InputError, match=f"^{message}"):
        load_case("history", changes)


@pytest.mark.parametrize("name", ["histroy", None, 3])
def test_no_such_scenario(name: str) -> None:
    with pytest.raises(wedge.InputError, match=r"did you mean 'history'|is expected, not"):
        wedge.run(name)


def test_a_scenario_shows_itself_and_can_be_written(scenario: wedge.Scenario, tmp_path: Path) -> None:
    assert repr(scenario) == f"<Scenario history: 2010-01 to {UNTIL}, hash {scenario.hash[:8]}>"
    assert scenario.question in scenario._repr_html_()
    path = tmp_path / "mine.yaml"
    path.write_text(scenario.to_yaml(), encoding="utf-8")
    assert wedge.load(path).run(2).digest == scenario.run(2).digest


def test_a_scenario_goes_wherever_one_is_asked_for(
    scenario: wedge.Scenario, in_memory: wedge.Results
) -> None:
    assert resolve(scenario) is scenario
    assert simulate(scenario, lanes=LANES, seed=3).digest == in_memory.digest
    assert wedge.AllianceModel(scenario, lane=2, seed=3).timeline.case is scenario


def test_a_lane_is_made_again(scenario: wedge.Scenario) -> None:
    story = scenario.replay(7, state="KOR", start="2012-01", end="2012-10")
    assert set(story["state"]) <= {"KOR", "ALL"}
    assert story["month"].between("2012-01", "2012-10").all()
    assert len(story) > 1
    for wrong, message in (
        ({"lane": -1}, "lane is -1"),
        ({"state": "KRO"}, "^state: unknown state 'KRO'.*'KOR'"),
        ({"start": "2012-13"}, "^start: '2012-13' has no such month"),
        ({"start": "2012-02", "end": "2012-01"}, "^start: 2012-02 is after the end"),
        ({"end": "2030-01"}, "2030-01 is not simulated"),
    ):
        with pytest.raises(wedge.InputError, match=message):
            scenario.replay(**wrong)  # type: ignore[arg-type]


# --- results -----------------------------------------------------------------------------------------------------


def test_results_in_memory_and_on_disk_are_one(in_memory: wedge.Results, stored: wedge.Results) -> None:
    again = wedge.open(str(stored.folder))
    assert isinstance(again, wedge.Results)
    for other in (stored, again):
        for name in (
            "name",
            "title",
            "question",
            "scenario",
            "hash",
            "digest",
            "lanes",
            "seed",
            "engine",
            "levers",
        ):
            assert getattr(other, name) == getattr(in_memory, name), name
        assert other.uncertainty == in_memory.uncertainty == "chance"
        pd.testing.assert_frame_equal(other.outcomes, in_memory.outcomes, check_index_type=False)
        pd.testing.assert_frame_equal(other.summary(), in_memory.summary())
        pd.testing.assert_frame_equal(
            other.failures, in_memory.failures, check_dtype=False, check_index_type=False
        )
        xr.testing.assert_equal(other.quantiles, in_memory.quantiles)
        xr.testing.assert_allclose(other.trajectories, in_memory.trajectories, atol=1e-6)
        xr.testing.assert_identical(other.to_xarray(), in_memory.to_xarray())
        assert tuple(other.events) == tuple(in_memory.events)
        assert other._repr_html_() == in_memory._repr_html_()
    assert in_memory.folder is None


def test_results_show_themselves(in_memory: wedge.Results, stored: wedge.Results) -> None:
    assert str(in_memory) == f"<Results of history: {LANES} lanes, seed 3, in memory>"
    assert str(stored) == f"<Results of history: {LANES} lanes, seed 3, {stored.folder}>"
    page = in_memory._repr_html_()
    for words in (
        "States\u2019 coalition",
        "Cohesion: China",
        "share of capability",
        "5–95 %",
        "it holds chance",
    ):
        assert words in page
    assert "cohesion.challenger" not in page


def test_every_result_has_a_short_repr(scenario: wedge.Scenario, stored: wedge.Results) -> None:
    assert stored.folder is not None
    for shown in (
        simulate(scenario, lanes=2),
        open_run(str(stored.folder)),
        resolve(scenario),
        load_case("history"),
    ):
        assert len(repr(shown)) < 300


def test_labelled_outcomes_are_those_of_the_table(in_memory: wedge.Results) -> None:
    data, table = in_memory.to_xarray(), in_memory.to_pandas()
    assert data["alignment"].sel(state="JPN", month=UNTIL, lane=3) == table.loc[3, f"alignment.JPN.{UNTIL}"]
    assert data["cohesion"].sel(side="hub", lane=3) == table.loc[3, "cohesion.hub"]
    assert data["members"].sel(institution="quad", lane=3) == table.loc[3, "members.quad"]
    assert data["coalition"].attrs == {"units": "share of capability", "long_name": "Hub's coalition"}
    assert data.attrs["scenario_hash"] == in_memory.hash
    assert sum(int(array.notnull().sum()) for array in data.data_vars.values()) == int(
        table.notna().sum().sum()
    )
    table.loc[3, "coalition"] = -1
    assert in_memory.outcomes.loc[3, "coalition"] != -1


def test_what_states_did_has_a_label_for_each_response() -> None:
    results = wedge.load("history", until="2010-12", parameters="default").run(2)
    data, table = results.to_xarray(), results.to_pandas()
    assert data["happens"].dims == ("lane", "response")
    assert data["happens"].sel(response="R083", lane=1) == table.loc[1, "happens.R083"] == 1
    assert data["happens"].sizes["response"] == sum(name.startswith("happens.") for name in table)


def test_trajectories_are_kept_on_request_only(scenario: wedge.Scenario, in_memory: wedge.Results) -> None:
    assert in_memory.trajectories.sizes["lane"] == LANES
    with pytest.raises(wedge.WedgeError, match="trajectories=True"):
        _ = scenario.run(1).trajectories


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lanes": "10"}, r"^lanes: must be a whole number, not text \('10'\)"),
        ({"lanes": 2.5}, r"^lanes: must be a whole number, not a number \(2.5\)"),
        ({"lanes": True}, r"^lanes: must be a whole number, not true"),
        ({"lanes": 0}, "lanes is 0; allowed is 1"),
        ({"seed": -1}, "seed is -1"),
        ({"threads": "2"}, r"^threads: must be a whole number"),
        ({"engine": "Mesa"}, "unknown engine 'Mesa'; allowed are lanes, mesa; did you mean 'mesa'"),
        ({"engine": None}, "unknown engine 'None'"),
    ],
)
def test_bad_numbers_and_engines_are_refused_in_memory_and_stored(
    scenario: wedge.Scenario, tmp_path: Path, options: dict[str, object], message: str
) -> None:
    calls: list[Callable[..., object]] = [scenario.run, lambda **given: scenario.run(**given, out=tmp_path)]
    for call in calls:
        with pytest.raises(wedge.InputError, match=message):
            call(**{"lanes": 1, **options})
    assert not list(tmp_path.iterdir())


def test_numbers_of_numpy_are_taken(scenario: wedge.Scenario, tmp_path: Path) -> None:
    plain = scenario.run(2, seed=5)
    assert scenario.run(np.int64(2), seed=np.int32(5), threads=np.int8(1)).digest == plain.digest  # type: ignore[arg-type]
    assert scenario.run(np.int64(2), seed=np.int32(5), out=str(tmp_path)).digest == plain.digest  # type: ignore[arg-type]


def test_a_scenario_that_was_not_loaded_is_refused() -> None:
    with pytest.raises(wedge.InputError, match="a scenario is expected that was loaded, not text"):
        simulate("history", lanes=4)  # type: ignore[arg-type]


def test_a_damaged_run_is_refused_and_can_be_replaced(scenario: wedge.Scenario, tmp_path: Path) -> None:
    folder = scenario.run(2, out=tmp_path).folder
    assert folder is not None
    (folder / "summary.csv").write_text("altered")
    with pytest.raises(wedge.StoreError, match=r"summary.csv: damaged.*force=True"):
        scenario.run(2, out=tmp_path)
    assert scenario.run(2, out=tmp_path, force=True).folder == folder
    assert isinstance(wedge.open(folder), wedge.Results)


def test_what_cannot_be_opened(tmp_path: Path, stored: wedge.Results) -> None:
    assert stored.folder is not None
    near = stored.folder.with_name("histroy" + stored.folder.name.removeprefix("history"))
    with pytest.raises(wedge.InputError, match=f"no folder .*did you mean '{stored.folder.name}'"):
        wedge.open(near)
    with pytest.raises(wedge.StoreError):
        wedge.open(tmp_path)
    for call in (wedge.open, open_run, lambda path: run_or_find(load_case("history"), lanes=1, out=path)):
        with pytest.raises(wedge.InputError, match=r"must be a path, not a whole number \(3\)"):
            call(3)  # type: ignore[arg-type]


# --- comparisons -------------------------------------------------------------------------------------------------


def test_a_comparison_pairs_lanes(
    scenario: wedge.Scenario, without_peers: wedge.Scenario, comparison: wedge.Comparison
) -> None:
    base, other = (part.run(LANES, seed=3).outcomes for part in (scenario, without_peers))
    pd.testing.assert_frame_equal(comparison.table(), paired_difference(base, other))
    pd.testing.assert_frame_equal(comparison.to_pandas(), other - base)
    assert comparison.to_pandas().abs().sum().sum() > 0


def test_scenarios_of_one_name_are_told_apart(
    scenario: wedge.Scenario, without_peers: wedge.Scenario, comparison: wedge.Comparison
) -> None:
    name = f"history ({without_peers.hash[:8]})"
    assert comparison.alternatives == tuple(comparison) == (name,)
    assert str(comparison).startswith(
        f"<Comparison of history ({scenario.hash[:8]}) with {name}: {LANES} lanes"
    )
    assert comparison[name].hash == without_peers.hash


def test_a_stored_comparison_is_the_same(
    scenario: wedge.Scenario, without_peers: wedge.Scenario, comparison: wedge.Comparison, tmp_path: Path
) -> None:
    kept = wedge.compare(scenario, without_peers, lanes=LANES, seed=3, out=tmp_path)
    again = wedge.open(kept.folder or "")
    assert isinstance(again, wedge.Comparison)
    for other in (kept, again):
        pd.testing.assert_frame_equal(other.table(), comparison.table(), check_index_type=False)
        assert other._repr_html_() == comparison._repr_html_()
        assert str(other.folder) in str(other)


def test_a_comparison_shows_itself(comparison: wedge.Comparison) -> None:
    page = comparison._repr_html_()
    for words in (
        f", against {comparison.base_label}: ",
        "States\u2019 coalition",
        "Net steps: ",
        f", {UNTIL}",
        "Paired over 8 lanes",
    ):
        assert words in page
    assert "alignment." not in page
    assert "\\x" not in page


def test_what_cannot_be_compared(scenario: wedge.Scenario, comparison: wedge.Comparison) -> None:
    for others, message in (
        ((), "nothing to compare with"),
        ((scenario,), "history and history are the same simulation"),
        (("whole-world",), "scenarios of one world"),
        (("quiet-senkaku",), "did you mean 'quiet-senkakus'"),
        ((3,), "name or the file of a scenario is expected"),
    ):
        with pytest.raises(wedge.InputError, match=message):
            scenario.compare(*others, lanes=1)  # type: ignore[arg-type]
    with pytest.raises(wedge.InputError, match="unknown what-if 'other'"):
        comparison.table("other")
    several = wedge.Comparison(comparison.base, [comparison[None], comparison.base])
    with pytest.raises(wedge.InputError, match="several what-ifs; name one of"):
        several.plot.effects()


# --- figures -----------------------------------------------------------------------------------------------------


def words_of(figure: Figure) -> str:
    return " ".join(text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text")))


def test_figures_of_results(in_memory: wedge.Results, stored: wedge.Results) -> None:
    for results in (in_memory, stored):
        one = results.plot.fan("AUS")
        assert "Australia" in words_of(one)
        assert "Japan" not in words_of(one)
        assert {"Australia", "Japan"} <= set(words_of(results.plot.fan("AUS", "JPN")).split())
        assert "Cohesion: China" in words_of(results.plot.outcomes())
        assert "June 2011" in words_of(results.plot.spectrum("2011-06", UNTIL))
    assert one._repr_png_().startswith(b"\x89PNG")  # type: ignore[attr-defined]


def test_figures_of_a_comparison() -> None:
    common = {"until": UNTIL, "responses": "simulated"}
    rates = [{"source": "default", "values": {"step_rate": rate}} for rate in (0.2, 2.0)]
    free = [wedge.load("history", **common, parameters=rate) for rate in rates]
    both = free[0].compare(free[1], lanes=LANES, seed=3)
    assert "difference between the two" in words_of(both.plot.differences())
    assert "Change of alignment against history (" in words_of(both.plot.effects())
    assert "median of history (" in words_of(both.plot.fan("JPN"))


@pytest.fixture(scope="module")
def calm() -> wedge.Comparison:
    short = {"until": "2016-12"}
    return wedge.load("history", **short).compare(wedge.load("quiet-senkakus", **short), lanes=40)


def test_an_answer_and_its_steps(calm: wedge.Comparison) -> None:
    answer, steps = calm.answer(), calm.steps()
    assert answer.verdict in ("yes", "no", "cannot tell")
    assert answer.sentence.startswith(
        "Without the coercion and the easing that followed, Japan would have taken "
    )
    assert answer.question.at == ("2016-12",)
    first = answer.figures[0]
    difference = calm.to_pandas()["steps.JPN.2016-12"]
    assert first.mean == pytest.approx(difference.mean())
    assert first.falls == pytest.approx((difference <= -1).mean())
    assert str(answer) in calm._repr_html_().replace("&#x27;", "'")
    assert steps["probability"].is_monotonic_decreasing
    assert steps["probability"].iloc[0] > 0
    gone = calm.to_pandas()[f"happens.{steps.index[0]}"]
    assert steps["probability"].iloc[0] == pytest.approx(-gone.mean())
    assert set(steps.index) <= {part.row.id for part in calm.base.responses}


def test_a_question_can_be_put_in_python(calm: wedge.Comparison) -> None:
    answer = calm.answer(asks={"states": ["KOR", "AUS"], "outcomes": ["view", "member.quad"]})
    assert (answer.question.states, len(answer.parts)) == (("AUS", "KOR"), 2)
    assert [figure.state for figure in answer.figures] == ["", "AUS", "KOR"]
    with pytest.raises(wedge.InputError, match=r"unknown state 'JPM'.*did you mean 'JPN'"):
        calm.answer(asks={"states": ["JPM"]})


def test_a_stored_comparison_gives_the_same_answer(calm: wedge.Comparison, tmp_path: Path) -> None:
    short = {"until": "2016-12"}
    base, what_if = wedge.load("history", **short), wedge.load("quiet-senkakus", **short)
    stored = base.compare(what_if, lanes=40, out=tmp_path)
    assert stored.answer() == calm.answer()
    assert stored.folder is not None
    opened = wedge.open(stored.folder)
    pd.testing.assert_frame_equal(opened.steps(), calm.steps())
    other = wedge.load("quiet-senkakus", asks={"states": ["KOR"]}, **short)
    assert base.compare(other, lanes=40, out=tmp_path).answer().question.states == ("KOR",)


def test_free_lanes_have_no_steps_of_the_record() -> None:
    short = {"until": "2012-12", "responses": "simulated"}
    comparison = wedge.load("history", **short).compare(wedge.load("quiet-senkakus", **short), lanes=4)
    assert comparison.steps().empty
    assert comparison.answer().verdict == "cannot be asked of this model"


def test_figures_of_what_is_not_there(in_memory: wedge.Results) -> None:
    with pytest.raises(wedge.InputError, match=r"unknown state 'KRO'.*'KOR'"):
        in_memory.plot.fan("KRO")
    with pytest.raises(wedge.InputError, match=r"^dates: 'soon' is not a month"):
        in_memory.plot.spectrum("soon")
    with pytest.raises(wedge.WedgeError, match="no such month in the run: 2030-01"):
        in_memory.plot.spectrum("2030-01")


def test_a_title_is_text_and_no_html(small: object) -> None:
    case = resolve(small)  # type: ignore[arg-type]
    titled = case.scenario.model_copy(update={"title": "<script>\x1b[31m</script>"})
    page = wedge.run(resolve(titled), lanes=2)._repr_html_()
    assert "<b>&lt;script&gt;\\x1b[31m&lt;/script&gt;</b>" in page
    assert "\x1b" not in page


def test_order_of_states_is_a_share_of_lanes() -> None:
    results = wedge.run(wedge.load("history", until="2012-12", parameters="default"), lanes=40)
    near, far = results.nearer("PHL", "KHM"), results.nearer("KHM", "PHL")
    assert 0.5 < near < 1.0
    assert near + far == pytest.approx(1.0)
    table = results.outcomes
    assert near == (table["alignment.PHL.2012-12"] > table["alignment.KHM.2012-12"]).mean()
    with pytest.raises(InputError, match="unknown state 'PHX'"):
        results.nearer("PHX", "KHM")
    with pytest.raises(InputError, match="unknown report date '2011-01'"):
        results.nearer("PHL", "KHM", at="2011-01")
