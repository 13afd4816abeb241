"""The store: a run folder is whole or absent, found again, and never used when damaged."""

import errno
import json
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import sim
from sim.errors import InputError, StoreError
from sim.results.outcomes import digest
from sim.runs import folder as folders
from sim.runs.ensemble import Ensemble, simulate
from sim.runs.folder import MANIFEST, figures_intact, publish, replace_figures, verify
from sim.runs.model_hash import model_hash
from sim.runs.store import Run, open_run, run_or_find
from sim.scenario.case import resolve
from sim.scenario.loading import load_case, load_scenario
from sim.scenario.schema import Scenario

DATA = ("outcomes.parquet", "summary.csv", "quantiles.nc", "events.parquet", "scenario.yaml")


@pytest.fixture(scope="module")
def ensemble(small: Scenario) -> Ensemble:
    return simulate(small, lanes=4, seed=5)


@pytest.fixture(scope="module")
def made(small: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Run:
    out = tmp_path_factory.mktemp("made")
    return run_or_find(small, lanes=4, seed=5, out=out, command="wedge run small")


@pytest.fixture
def stored(made: Run, tmp_path: Path) -> Run:
    """A copy of a run that a test may spoil."""
    return replace(made, folder=Path(shutil.copytree(made.folder, tmp_path / made.folder.name)))


def find(scenario: Scenario, out: Path, force: bool = False) -> Run:
    """The same run as the fixture's, asked for again."""
    return run_or_find(scenario, lanes=4, seed=5, out=out, force=force)


def leftovers(out: Path) -> list[str]:
    return [path.name for path in out.iterdir() if path.name.startswith(".")]


def test_a_run_holds_every_file_and_says_what_it_is(stored: Run, ensemble: Ensemble, small: Scenario) -> None:
    assert {path.name for path in stored.folder.iterdir()} == {MANIFEST, *DATA}
    manifest = stored.manifest
    assert (manifest["seed"], manifest["lanes"], manifest["engine"]) == (5, 4, "lanes")
    assert manifest["scenario_hash"] == resolve(small).hash
    assert manifest["command"] == "wedge run small"
    assert manifest["versions"]["wedge"] == sim.__version__
    assert set(manifest["files"]) == set(DATA)
    assert stored.folder.name == f"small-{manifest['identity'][:8]}"
    assert stored.digest == ensemble.digest == digest(stored.outcomes())


def test_what_was_written_is_read_back_exactly(stored: Run, ensemble: Ensemble) -> None:
    pd.testing.assert_frame_equal(stored.outcomes(), ensemble.outcomes, check_index_type=False)
    pd.testing.assert_frame_equal(
        pd.read_parquet(stored.folder / "outcomes.parquet"), stored.outcomes(), check_exact=True
    )
    assert stored.quantiles().equals(ensemble.quantiles)
    assert stored.quantiles().attrs["scenario_hash"] == ensemble.quantiles.attrs["scenario_hash"]
    assert stored.events() == ensemble.timeline.events
    assert len(stored.events()) > 10


def test_the_resolved_scenario_loads_to_the_same_numbers(stored: Run, small: Scenario) -> None:
    assert load_case(str(stored.folder / "scenario.yaml")).hash == resolve(small).hash


def test_a_run_that_ends_before_its_branch_loads_again(tmp_path: Path) -> None:
    short = load_scenario("history", {"until": "2012-12"})
    run = run_or_find(short, lanes=4, out=tmp_path)
    again = load_scenario(str(run.folder / "scenario.yaml"))
    assert simulate(again, lanes=4).digest == run.digest


def test_what_a_killed_process_left_while_publishing_is_swept_by_the_next(
    small: Scenario, tmp_path: Path
) -> None:
    run = run_or_find(small, lanes=4, seed=5, out=tmp_path)
    (tmp_path / f".{run.folder.name}-1a2b3c4d.part").mkdir()
    (tmp_path / ".other-1a2b3c4d.part").mkdir()
    find(small, tmp_path, force=True)
    assert leftovers(tmp_path) == [".other-1a2b3c4d.part"]


def test_lanes_are_read_month_by_month(small: Scenario, tmp_path: Path) -> None:
    run = run_or_find(small, lanes=130, out=tmp_path, keep=True)
    kept = simulate(small, lanes=130, keep=True).trajectories
    every = run.trajectories()
    assert list(every["lane"].values) == list(range(130))
    np.testing.assert_array_equal(every["alert"].values, kept["alert"].values.astype(np.float32))
    for lanes in (range(0, 130, 2), [129, 3, 3], range(9, -1, -1), [], range(64, 66)):
        assert list(run.trajectories(lanes)["lane"].values) == sorted(set(lanes))
    for lanes in ([130], range(-1, 3)):
        with pytest.raises(InputError, match="0 to 129"):
            run.trajectories(lanes)
    with pytest.raises(StoreError, match="--trajectories"):
        run_or_find(small, lanes=4, out=tmp_path).trajectories()


def test_the_summary_is_a_table_for_people(stored: Run) -> None:
    table = pd.read_csv(stored.folder / "summary.csv", index_col="outcome")
    assert list(table.columns) == ["unit", "mean", "sd", "q05", "q25", "q50", "q75", "q95", "lanes", "holds"]
    assert list(table.index) == list(stored.outcomes().columns)
    assert table.loc["coalition", "mean"] == pytest.approx(stored.outcomes()["coalition"].mean(), rel=1e-5)


def test_an_identical_run_is_found_and_not_repeated(stored: Run, small: Scenario) -> None:
    before = (stored.folder / MANIFEST).stat()
    again = find(small, stored.folder.parent)
    assert again.found
    assert not stored.found
    assert (stored.folder / MANIFEST).stat().st_ino == before.st_ino
    assert again.digest == stored.digest


def test_another_seed_or_number_of_lanes_is_another_run(stored: Run, small: Scenario) -> None:
    out = stored.folder.parent
    others = [run_or_find(small, lanes=4, seed=6, out=out), run_or_find(small, lanes=3, seed=5, out=out)]
    assert len({run.folder for run in (stored, *others)}) == 3
    assert not any(run.found for run in others)


def test_force_repeats_and_gives_the_same_numbers(stored: Run, small: Scenario) -> None:
    again = find(small, stored.folder.parent, force=True)
    assert not again.found
    assert again.folder == stored.folder
    assert again.digest == stored.digest
    assert leftovers(stored.folder.parent) == []


@pytest.mark.parametrize("name", DATA)
@pytest.mark.parametrize("harm", ["flip", "cut", "delete"])
def test_a_damaged_file_is_named_and_never_used(stored: Run, small: Scenario, name: str, harm: str) -> None:
    file = stored.folder / name
    content = file.read_bytes()
    if harm == "delete":
        file.unlink()
    elif harm == "cut":
        file.write_bytes(content[: len(content) // 2])
    else:
        middle = len(content) // 2
        file.write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
    with pytest.raises(StoreError, match=rf"{name}.*--force"):
        find(small, stored.folder.parent)
    with pytest.raises(StoreError, match=name):
        open_run(stored.folder)


def test_force_replaces_a_damaged_run(stored: Run, small: Scenario) -> None:
    (stored.folder / "summary.csv").write_text("nothing")
    assert find(small, stored.folder.parent, force=True).digest == stored.digest
    assert find(small, stored.folder.parent).found


def tampered(text: str, **changes: object) -> str:
    return json.dumps(json.loads(text) | changes)


@pytest.mark.parametrize(
    "change",
    [
        lambda text: tampered(text, seed=6),
        lambda text: tampered(text, files={}),
        lambda text: tampered(text, format=99),
        lambda text: tampered(text, checksum=""),
        lambda text: text.replace('"digest": "', '"digest": "0'),
        lambda text: text[: len(text) // 2],
        lambda text: "",
        lambda text: "[]",
        lambda text: "null",
        lambda text: "{}",
    ],
)
def test_a_tampered_manifest_is_named(stored: Run, small: Scenario, change: Callable[[str], str]) -> None:
    path = stored.folder / MANIFEST
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(StoreError, match=rf"{MANIFEST}.*--force"):
        find(small, stored.folder.parent)


def test_a_folder_without_a_manifest_is_no_run(stored: Run, small: Scenario) -> None:
    (stored.folder / MANIFEST).unlink()
    with pytest.raises(StoreError, match=MANIFEST):
        find(small, stored.folder.parent)


def test_a_link_that_leads_nowhere_is_no_run(stored: Run, small: Scenario) -> None:
    shutil.rmtree(stored.folder)
    stored.folder.symlink_to(stored.folder.parent / "gone")
    with pytest.raises(StoreError, match=MANIFEST):
        find(small, stored.folder.parent)


def test_another_layout_is_refused_though_intact(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "FORMAT", 99)
    publish(tmp_path / "run", {"kind": "run"}, lambda staging: None)
    monkeypatch.undo()
    with pytest.raises(StoreError, match="format 99"):
        verify(tmp_path / "run")


def test_two_runs_whose_short_names_agree_are_told_apart(stored: Run, small: Scenario) -> None:
    other = run_or_find(small, lanes=2, seed=5, out=stored.folder.parent)
    shutil.rmtree(stored.folder)
    other.folder.rename(stored.folder)
    with pytest.raises(StoreError, match="another run"):
        find(small, stored.folder.parent)


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_what_fails_half_way_leaves_nothing(tmp_path: Path, error: BaseException) -> None:
    def write(staging: Path) -> None:
        (staging / "half").write_text("half")
        raise error

    with pytest.raises(type(error)):
        publish(tmp_path / "run", {"kind": "run"}, write)
    assert list(tmp_path.iterdir()) == []


def test_a_failed_replacement_keeps_what_was_there(stored: Run) -> None:
    def write(staging: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        publish(stored.folder, {"kind": "run"}, write, force=True)
    assert open_run(stored.folder).digest == stored.digest


def test_a_young_leftover_may_be_another_process_at_work(tmp_path: Path) -> None:
    (tmp_path / ".other-1234.part").mkdir()
    publish(tmp_path / "run", {"kind": "run"}, lambda staging: None)
    assert leftovers(tmp_path) == [".other-1234.part"]


def test_of_two_that_race_one_is_kept_and_both_go_on(tmp_path: Path) -> None:
    both_written = threading.Barrier(2)
    kept: list[bool] = []

    def work() -> None:
        def write(staging: Path) -> None:
            (staging / "table").write_text("the same")
            both_written.wait(timeout=30)

        kept.append(publish(tmp_path / "run", {"kind": "run"}, write))

    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(kept) == [False, True]
    assert verify(tmp_path / "run")["kind"] == "run"
    assert leftovers(tmp_path) == []


def test_a_file_where_the_folder_should_be_is_an_error_before_anything_runs(
    small: Scenario, tmp_path: Path
) -> None:
    (tmp_path / "out").write_text("a file")

    def never(done: int, total: int) -> None:
        pytest.fail("simulated")

    with pytest.raises(FileExistsError):
        run_or_find(small, lanes=2, out=tmp_path / "out", progress=never)


def test_figures_are_swapped_whole(stored: Run) -> None:
    def draw(name: str) -> Callable[[Path], list[Path]]:
        def write(folder: Path) -> list[Path]:
            (folder / name).write_text("a picture")
            return [folder / name]

        return write

    assert replace_figures(stored.folder, draw("first.png")) == [stored.folder / "figures" / "first.png"]
    assert replace_figures(stored.folder, draw("second.png")) == [stored.folder / "figures" / "second.png"]
    assert [path.name for path in (stored.folder / "figures").iterdir()] == ["second.png"]
    assert open_run(stored.folder).digest == stored.digest


def test_figures_that_fail_leave_the_old_ones(stored: Run) -> None:
    def fail(folder: Path) -> list[Path]:
        (folder / "half.png").write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")

    (stored.folder / "figures").mkdir()
    (stored.folder / "figures" / "old.png").write_text("a picture")
    with pytest.raises(OSError, match="No space"):
        replace_figures(stored.folder, fail)
    assert [path.name for path in (stored.folder / "figures").iterdir()] == ["old.png"]
    assert leftovers(stored.folder) == []


def test_only_a_change_of_the_model_makes_stored_runs_stale(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = tmp_path / "sim"
    shutil.copytree(Path(sim.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(sim, "__file__", str(copy / "__init__.py"))
    fresh = model_hash.__wrapped__
    before = fresh()
    for untouched in ("cli/run.py", "runs/store.py", "figures/kit/style.py", "lab/compare.py"):
        with (copy / untouched).open("a") as file:
            file.write("# a comment\n")
    assert fresh() == before == model_hash()
    for name in (
        "model/rules.py",
        "model/draws.py",
        "engine/kernel.py",
        "engine/timeline.py",
        "results/outcomes.py",
        "scenario/edits.py",
    ):
        with (copy / name).open("a") as file:
            file.write("# a comment\n")
        assert fresh() != before, name
        before = fresh()


def test_figures_lost_or_altered_are_noticed(stored: Run) -> None:
    def draw(folder: Path) -> list[Path]:
        (folder / "one.png").write_text("a picture")
        return [folder / "one.png"]

    assert not figures_intact(stored.folder)
    replace_figures(stored.folder, draw)
    assert figures_intact(stored.folder)
    (stored.folder / "figures" / "one.png").write_text("junk")
    assert not figures_intact(stored.folder)
    (stored.folder / "figures.json").write_text("[]")
    assert not figures_intact(stored.folder)


def test_a_table_can_be_kept_beside_a_run(stored: Run) -> None:
    table = pd.DataFrame({"lever": ["a", "b"], "difference": [0.5, float("nan")]}).set_index("lever")
    ask = ("more.csv", ["lever"], {"lanes": 4})
    assert folders.stored_table(stored.folder, *ask) is None
    folders.store_table(stored.folder, "more.csv", table, {"lanes": 4})
    pd.testing.assert_frame_equal(folders.stored_table(stored.folder, *ask), table)
    assert folders.stored_table(stored.folder, "more.csv", ["lever"], {"lanes": 5}) is None
    assert not leftovers(stored.folder)
    open_run(stored.folder)
    (stored.folder / "more.csv").write_text("lever,difference\na,0.6\n")
    assert folders.stored_table(stored.folder, *ask) is None
    (stored.folder / "more.json").write_text("{")
    assert folders.stored_table(stored.folder, *ask) is None
