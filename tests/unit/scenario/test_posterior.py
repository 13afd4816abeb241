"""A posterior is read whole or refused in one line, and lane k of a seed always meets the same draw."""

import json
import os
import pickle
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.engine.story import replay
from sim.errors import InputError
from sim.model.draws import row_key
from sim.model.parameters import LEVERS, MEASUREMENT, PARAMETER_TYPE, PARAMETERS, uncertainty_of
from sim.runs.ensemble import simulate
from sim.runs.store import run_or_find
from sim.scenario import posterior
from sim.scenario.case import resolve
from sim.scenario.lane_parameters import KEYS, lane_parameters, levers_in_force, levers_of, parameter_rows
from sim.scenario.loading import load_scenario
from sim.scenario.posterior import MANIFEST, Posterior, posterior_for, read_posterior, write_posterior
from sim.scenario.schema import Parameters, Scenario

DRAWS = 50
OUTSIDE = f"step_rate: draw 1 is -0.1; it must be {PARAMETERS['step_rate'].low:g} to {PARAMETERS['step_rate'].high:g}"
UNFINITE = '{"format": "wedge posterior", "version": 1, "checksum": "", "about": NaN}'
ABOUT = {
    "weights": {"main": 0.75, "other": 0.25},
    "evidence": "ab12",
    "seed": 3,
    "blocks": {"trade": {"rhat": 1.01}},
}


def frame(shift: float = 0.0, rows: int = DRAWS, **columns: float) -> pd.DataFrame:
    """Draws that can be told apart: row r of ``alert_coercion`` is shift + r / 1000."""
    numbered = {"alert_coercion": shift + np.arange(rows) / 1000, "step_rate": np.linspace(0.1, 0.3, rows)}
    return pd.DataFrame(numbered | {name: np.full(rows, value) for name, value in columns.items()})


def both() -> dict[str, pd.DataFrame]:
    return {"main": frame(1.0, compliance=0.3), "other": frame(2.0, 20, bystander_alert=0.0, compliance=0.0)}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("calibrations") / "mine"
    write_posterior(path, both(), ABOUT)
    return path


@pytest.fixture(scope="module")
def found(folder: Path) -> Posterior:
    return read_posterior(folder)


def drawn(found: Posterior, source: str, seed: int = 4, first: int = 0, lanes: int = 400) -> np.ndarray:
    return parameter_rows(source, {}, {}, seed, first, lanes, found)


def refusal(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_posterior(folder)
    line = str(caught.value)
    assert line.isprintable()
    assert line.startswith(str(folder))
    return line


# --- what is drawn -----------------------------------------------------------------------------------------------


def test_what_was_written_is_read_back_exactly(found: Posterior, folder: Path) -> None:
    for rival, table in both().items():
        assert set(found.tables[rival]) == set(table.columns)
        for name in table.columns:
            np.testing.assert_array_equal(found.tables[rival][name], table[name])
    assert (found.main, dict(found.weights)) == ("main", ABOUT["weights"])
    assert found.about["blocks"] == ABOUT["blocks"]
    assert {path.name for path in folder.iterdir()} == {MANIFEST, "main.parquet", "other.parquet"}


def test_a_lane_draws_one_whole_row_and_the_rest_from_its_priors(found: Posterior) -> None:
    rows, priors = drawn(found, "posterior"), parameter_rows("prior", {}, {}, 4, 0, 400)
    numbers = np.round((rows["alert_coercion"] - 1.0) * 1000).astype(int)
    np.testing.assert_array_equal(rows["step_rate"], frame()["step_rate"].to_numpy()[numbers])
    for name in set(PARAMETER_TYPE.names) - set(found.tables["main"]):
        np.testing.assert_array_equal(rows[name], priors[name], err_msg=name)
    counts = np.bincount(numbers, minlength=DRAWS)
    assert len(counts) == DRAWS
    assert counts.max() < 8 + 6 * 8**0.5


def test_a_lane_draws_the_errors_of_measurement_with_its_parameters(tmp_path: Path) -> None:
    write_posterior(tmp_path / "mine", {"main": frame(1.0, **dict.fromkeys(MEASUREMENT, 0.5))}, {})
    rows = drawn(read_posterior(tmp_path / "mine"), "posterior")
    assert all((rows[name] == 0.5).all() for name in MEASUREMENT)


@pytest.mark.parametrize("name", MEASUREMENT)
def test_no_scenario_sets_an_error_of_measurement(name: str) -> None:
    with pytest.raises(InputError, match=f"unknown parameter '{name}'"):
        load_scenario("history", {"parameters": {"values": {name: 0.1}}})


def test_rivals_are_stacked_by_weight_with_all_that_they_switch_off(found: Posterior) -> None:
    rows = drawn(found, "stacked", lanes=2_000)
    other = rows["alert_coercion"] >= 2.0
    assert abs(other.mean() - 0.25) < 5 * (0.25 * 0.75 / 2_000) ** 0.5
    assert (rows["bystander_alert"][other] == 0).all()
    assert (rows["bystander_alert"][~other] > 0).all()
    assert (rows["compliance"] == np.where(other, 0.0, 0.3)).all()
    alone = drawn(found, "other", lanes=2_000)
    np.testing.assert_array_equal(rows[other], alone[other])
    np.testing.assert_array_equal(rows[~other], drawn(found, "main", lanes=2_000)[~other])


def test_posterior_is_the_main_rival(found: Posterior) -> None:
    np.testing.assert_array_equal(drawn(found, "posterior"), drawn(found, "main"))


@settings(max_examples=20)
@given(st.integers(0, 2**62), st.integers(0, 1000), st.integers(1, 6), st.integers(0, 6))
def test_more_lanes_and_other_blocks_change_no_lane(
    found: Posterior, seed: int, first: int, lanes: int, more: int
) -> None:
    for source in ("posterior", "stacked", "other"):
        few = drawn(found, source, seed, first, lanes)
        np.testing.assert_array_equal(few, drawn(found, source, seed, first, lanes + more)[:lanes])
        np.testing.assert_array_equal(few[-1:], drawn(found, source, seed, first + lanes - 1, 1))


def test_seeds_and_lanes_meet_other_draws(found: Posterior) -> None:
    one, other = (drawn(found, "posterior", seed)["alert_coercion"] for seed in (1, 2))
    assert np.mean(one == other) < 0.1
    assert len(set(one)) > 0.9 * DRAWS


def test_values_and_levers_have_the_last_word(found: Posterior) -> None:
    rows = parameter_rows("stacked", {"alert_coercion": 5.0}, {"compliance": 0.5}, 1, 0, 50, found)
    assert (rows["alert_coercion"] == 5.0).all()
    assert set(rows["compliance"]) == {0.0, 0.15}


def test_keys_of_the_draws_are_no_parameters(found: Posterior) -> None:
    assert not {row_key(name) for name in PARAMETER_TYPE.names} & set(KEYS)
    with pytest.raises(ValueError, match="need a posterior"):
        parameter_rows("stacked", {}, {}, 1, 0, 1)


@pytest.mark.parametrize(
    ("source", "off"),
    [("posterior", set()), ("other", {"bystander_alert", "compliance"}), ("stacked", set())],
)
def test_levers_that_a_rival_switches_off_are_not_in_force(
    found: Posterior, source: str, off: set[str]
) -> None:
    assert set(levers_in_force(source, {}, {}, found)) == set(LEVERS) - off
    assert "bystander_alert" in levers_in_force(source, {"bystander_alert": 0.2}, {}, found)
    assert "peer_influence" not in levers_in_force(source, {}, {"peer_influence": 0.0}, found)
    rows = parameter_rows(source, {}, {}, 5, 0, 500, found)
    assert {name for name in LEVERS if not rows[name].any()} == off


def test_an_interval_says_what_it_holds() -> None:
    assert [uncertainty_of(source) for source in ("default", "prior", "posterior", "shock", "stacked")] == [
        "chance",
        "chance and parameters",
        "chance and parameters",
        "chance and parameters",
        "chance, parameters and structure",
    ]


def test_without_weights_nothing_is_stacked(tmp_path: Path) -> None:
    write_posterior(tmp_path / "p", both(), {"seed": 1})
    unscored = read_posterior(tmp_path / "p")
    assert unscored.shares("posterior") == {"main": 1.0}
    with pytest.raises(InputError, match="no stacking weights"):
        drawn(unscored, "stacked")


def test_a_scenario_finds_its_posterior_and_knows_another(
    found: Posterior, small: Scenario, tmp_path: Path
) -> None:
    chosen = Parameters(source="stacked", posterior=str(found.folder), posterior_sha256=found.sha256)
    scenario = small.model_copy(update={"parameters": chosen})
    np.testing.assert_array_equal(
        lane_parameters(resolve(scenario), 4, 3, 9), drawn(found, "stacked", 4, 3, 9)
    )
    assert posterior_for(Parameters(source="prior")) is None
    write_posterior(tmp_path / "p", {"main": frame(1.5)}, {})
    with pytest.raises(InputError, match=rf"posterior hash mismatch: found \w+, expected {found.sha256[:8]}"):
        posterior_for(chosen.model_copy(update={"posterior": str(tmp_path / "p")}))


def test_a_posterior_can_be_sent_to_another_process(found: Posterior) -> None:
    sent = pickle.loads(pickle.dumps(found))
    assert (sent.folder, sent.sha256, sent.main, sent.weights) == (
        found.folder,
        found.sha256,
        found.main,
        found.weights,
    )
    assert sent.about == found.about
    np.testing.assert_array_equal(drawn(sent, "stacked", 4, 3, 9), drawn(found, "stacked", 4, 3, 9))
    with pytest.raises(TypeError):
        sent.weights["main"] = 2.0


# --- what is written ---------------------------------------------------------------------------------------------


def test_a_posterior_replaces_an_earlier_one_and_nothing_else(tmp_path: Path) -> None:
    first = write_posterior(tmp_path / "p", both(), ABOUT)
    second = write_posterior(tmp_path / "p", {"main": frame(1.5)}, {})
    assert first != second == read_posterior(tmp_path / "p").sha256
    assert {path.name for path in (tmp_path / "p").iterdir()} == {MANIFEST, "main.parquet"}
    (tmp_path / "other").mkdir()
    with pytest.raises(InputError, match="something else"):
        write_posterior(tmp_path / "other", both(), ABOUT)
    assert {path.name for path in tmp_path.iterdir()} == {"p", "other"}


def test_the_same_draws_make_the_same_hash(folder: Path, tmp_path: Path) -> None:
    turned = {rival: table[sorted(table.columns)] for rival, table in both().items()}
    assert write_posterior(tmp_path / "p", turned, ABOUT) == read_posterior(folder).sha256


@pytest.mark.parametrize(
    ("draws", "about", "message"),
    [
        ({"main": frame(rows=0)}, {}, "main.parquet: 0 draws; allowed are 1 to 100,000"),
        ({"main": frame()[[]]}, {}, "main.parquet: holds no column"),
        ({"main": frame(step_rat=1.0)}, {}, "main.parquet:step_rat: unknown parameter 'step_rat'"),
        ({"main": frame(compliance=-1.0)}, {}, "main.parquet:compliance: draw 1 is -1; it must be 0 to 35"),
        ({"main": frame(compliance=float("nan"))}, {}, "main.parquet:compliance: draw 1 is nan"),
        ({"main": frame(compliance=float("inf"))}, {}, "main.parquet:compliance: draw 1 is inf"),
        (
            {"main": frame().astype("float32")},
            {},
            "main.parquet:alert_coercion: must be float64 and is float32",
        ),
        ({"main": pd.concat([frame(), frame()], axis=1)}, {}, "main.parquet: a column stands twice"),
        ({}, {}, "holds 0 rivals; allowed are 1 to 30"),
        ({"stacked": frame()}, {}, "rivals: 'stacked' cannot be the name of a rival"),
        ({"../up": frame()}, {}, "rivals: '../up' cannot be the name of a rival"),
        ({"main": frame()}, {"weights": {"main": 0.4}}, "rivals: weights must be 0 or more and add up to 1"),
        ({"main": frame()}, {"weights": {"mine": 1.0}}, "weights: there must be one weight for each rival"),
        (
            {"main": frame()},
            {"main": "mian"},
            "main: unknown rival 'mian'; allowed are main; did you mean 'main'?",
        ),
    ],
)
def test_impossible_draws_are_not_written(
    draws: dict[str, pd.DataFrame], about: dict, message: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError) as caught:
        write_posterior(tmp_path / "p", draws, about)
    assert message in str(caught.value)
    assert not list(tmp_path.iterdir())


# --- what is refused ---------------------------------------------------------------------------------------------


@settings(max_examples=150)
@given(data=st.data())
def test_damage_to_any_byte_is_refused(
    found: Posterior, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from((MANIFEST, "main.parquet", "other.parquet")))
    copy = tmp_path_factory.mktemp("damaged")
    for path in found.folder.iterdir():
        (copy / path.name).write_bytes(path.read_bytes())
    raw = bytearray((copy / name).read_bytes())
    place = data.draw(st.integers(0, len(raw) - 1))
    verb = data.draw(st.sampled_from(("flip", "cut", "insert", "append")))
    if verb == "flip":
        raw[place] ^= data.draw(st.integers(1, 255))
    elif verb == "cut":
        del raw[place:]
    elif verb == "insert":
        raw.insert(place, 32)
    else:
        raw += b"\n"
    (copy / name).write_bytes(raw)
    assert name in refusal(copy)


def forge(folder: Path, change: Callable[[dict], None]) -> None:
    """Rewrite a manifest with checksums that agree, as one who means harm would."""
    path = folder / MANIFEST
    told = json.loads(path.read_text("utf-8"))
    del told["checksum"]
    change(told)
    path.write_text(posterior._text(told | {"checksum": posterior._checksum(told)}), "utf-8")


def forge_table(folder: Path, table: pa.Table) -> None:
    pq.write_table(table, folder / "main.parquet")
    sha256 = posterior.hashlib.sha256((folder / "main.parquet").read_bytes()).hexdigest()
    entry = {"weight": 1.0, "rows": table.num_rows, "columns": table.column_names, "sha256": sha256}
    forge(folder, lambda told: told.update(rivals={"main": entry}))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    write_posterior(tmp_path / "copy", {"main": frame()}, {"weights": {"main": 1.0}})
    return tmp_path / "copy"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda told: told.update(format="other"), "not the manifest of a posterior"),
        (lambda told: told.update(version=2), "version 2; this program reads 1"),
        (lambda told: told.update(main="no"), "main: unknown rival 'no'"),
        (lambda told: told.update(main=[]), "not readable as the manifest"),
        (lambda told: told.update(about=[]), "about: must be keys and values"),
        (lambda told: told.update(rivals={}), "rivals: holds 0 rivals"),
        (lambda told: told.update(rivals=[]), "rivals: holds 0 rivals"),
        (lambda told: told.update(rivals={"../../x": {}}), "'../../x' cannot be the name of a rival"),
        (lambda told: told["rivals"]["main"].update(rows=10**9), "rivals.main.rows: 1000000000 draws"),
        (lambda told: told["rivals"]["main"].update(rows="many"), "not readable as the manifest"),
        (
            lambda told: told["rivals"]["main"].update(rows=49),
            "main.parquet: 50 draws where the manifest says 49",
        ),
        (
            lambda told: told["rivals"]["main"].update(columns=["step_rate"]),
            "its columns are not those of the manifest",
        ),
        (lambda told: told["rivals"]["main"].update(weight=-1.0), "weights must be 0 or more"),
        (lambda told: told["rivals"]["main"].update(weight="1"), "not readable as the manifest"),
        (
            lambda told: told["rivals"].update(more=told["rivals"]["main"]),
            "weights must be 0 or more and add up to 1",
        ),
    ],
)
def test_a_forged_manifest_is_refused(copy: Path, change: Callable[[dict], None], message: str) -> None:
    forge(copy, change)
    assert message in refusal(copy)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"step_rate": pa.array([0.1], pa.float32())}, "step_rate: must be float64"),
        ({"step_rate": pa.array(["0.1"])}, "step_rate: must be float64"),
        (
            {"step_rate": pa.array([[0.1]], pa.list_(pa.float64()))},
            "its columns are not those of the manifest",
        ),
        ({"step_rate": pa.array([None], pa.float64())}, "step_rate: draw 1 is nan"),
        ({"step_rate": pa.array([-0.1])}, OUTSIDE),
        ({"step_rat": pa.array([0.1])}, "step_rat: unknown parameter 'step_rat'"),
        ({"step_rate": pa.array([], pa.float64())}, "rivals.main.rows: 0 draws"),
    ],
)
def test_a_forged_table_is_refused(copy: Path, columns: dict[str, pa.Array], message: str) -> None:
    forge_table(copy, pa.table(columns))
    assert message in refusal(copy)


def test_a_scenario_notices_damage_when_it_is_loaded(copy: Path) -> None:
    chosen = Parameters(source="posterior", posterior=str(copy))
    assert posterior_for(chosen) is not None
    (copy / "main.parquet").write_bytes(b"PAR1")
    posterior._cached.cache_clear()
    with pytest.raises(InputError, match=r"main.parquet: damaged: its checksum differs"):
        posterior_for(chosen)


@pytest.mark.parametrize("use", ["lanes", "levers", "a run in memory", "a stored run", "a replay"])
def test_a_forged_table_that_a_scenario_draws_from_is_refused_at_its_first_use(
    use: str, copy: Path, small: Scenario, tmp_path: Path
) -> None:
    forge_table(copy, pa.table({"step_rate": pa.array([-0.1])}))
    chosen = Parameters(source="posterior", posterior=str(copy))
    case, out = resolve(small.model_copy(update={"parameters": chosen})), tmp_path / "out"
    uses = {
        "lanes": lambda: lane_parameters(case, 1, 0, 1),
        "levers": lambda: levers_of(case),
        "a run in memory": lambda: simulate(case, lanes=1),
        "a stored run": lambda: run_or_find(case, lanes=1, out=out),
        "a replay": lambda: replay(case, 0, 1),
    }
    with pytest.raises(InputError, match=f"main.parquet:{OUTSIDE}"):
        uses[use]()
    assert not out.exists()


def test_bytes_that_are_no_table_are_refused(copy: Path) -> None:
    (copy / "main.parquet").write_bytes(b"PAR1" + bytes(100) + b"PAR1")
    sha256 = posterior.hashlib.sha256((copy / "main.parquet").read_bytes()).hexdigest()
    forge(copy, lambda told: told["rivals"]["main"].update(sha256=sha256))
    assert "main.parquet: not readable as a table of draws" in refusal(copy)


@pytest.mark.parametrize("text", ["[]", "{}", "", "[" * 10_000, "\x00", UNFINITE, "\xff"])
def test_a_manifest_that_is_none_is_refused(copy: Path, text: str) -> None:
    (copy / MANIFEST).write_bytes(text.encode("latin-1"))
    assert f"{MANIFEST}: not readable as the manifest of a posterior" in refusal(copy)


def test_what_is_missing_or_too_large_is_named(copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(posterior.MOST_BYTES, ".parquet", 100)
    assert "at most 100 are allowed" in refusal(copy)
    (copy / "main.parquet").unlink()
    assert "main.parquet: there is no such file" in refusal(copy)
    (copy / MANIFEST).unlink()
    assert f"{MANIFEST}: there is no such file" in refusal(copy)
    assert "there is no such folder of a posterior" in refusal(copy / "none")


@pytest.mark.skipif(os.name == "nt", reason="links need rights there")
def test_a_link_out_of_the_folder_is_refused(copy: Path, tmp_path: Path) -> None:
    (copy / "main.parquet").rename(tmp_path / "out.parquet")
    (copy / "main.parquet").symlink_to(tmp_path / "out.parquet")
    assert "main.parquet: a link that lies outside" in refusal(copy)
