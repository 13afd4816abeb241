"""``wedge calibrate``: what it prints, what it writes, how it stops, and what it refuses."""

import shutil
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from calibration import store
from calibration.fitting import sampler
from calibration.validation.verdict import Verdict
from sim.cli import app
from sim.io.library import THEATRE, record_folder
from tests.integration.cli.answers import Wedge, nothing_written, said, told
from tests.processes import WEDGE, running, wait_until

QUICK = ("calibrate", "--quick", "--rival", "inertia")


@pytest.fixture(autouse=True, scope="module")
def _little() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampler, "MOST_MOVES", 2)
        patch.setattr(store, "QUICK_PARTICLES", 24)
        yield


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Outputs that hold one calibration."""
    out = tmp_path_factory.mktemp("out")
    result = CliRunner().invoke(app, [*QUICK, "--out", str(out)])
    assert result.exit_code == 0, result.stderr
    return out


def test_json_is_one_object_with_the_numbers_of_the_table(wedge: Wedge, fitted: Path) -> None:
    answer = told(wedge(*QUICK, "--out", fitted, "--json"))
    assert (answer["found"], answer["draws"], answer["seed"]) == (True, 24, 1)
    table = pd.read_csv(Path(answer["calibration"]) / "parameters.csv", index_col=["rival", "parameter"])
    told_names = {(rival, name) for rival, own in answer["parameters"].items() for name in own}
    assert told_names == set(table.index)
    assert answer["parameters"]["inertia"]["diversion"]["q50"] == table.loc[("inertia", "diversion"), "q50"]
    assert answer["agreed"] == (answer["worst_scale_reduction"] <= 1.05)
    assert "checks" not in answer


def test_a_person_reads_what_was_learned_and_where_the_files_are(wedge: Wedge, fitted: Path) -> None:
    result = wedge(*QUICK, "--out", fitted)
    assert result.exit_code == 0, result.stderr
    [folder] = fitted.iterdir()
    for words in (
        "Inertia",
        "step_rate",
        "learned",
        "largest R-hat",
        f"{folder}/report.html",
        "found, not repeated",
    ):
        assert words in result.stdout
    assert "alert_war" not in result.stdout


def test_what_was_fitted_can_be_simulated(wedge: Wedge, fitted: Path) -> None:
    [folder] = fitted.iterdir()
    options = ("--set", "until=2025-12", "--runs", "2", "--no-figures", "--levers", "0", "--json")
    answer = told(wedge("run", "history", "--posterior", folder / "posterior", *options))
    assert answer["lanes"] == 2
    assert "parameters" in answer["uncertainty"]


def test_an_unknown_explanation_is_refused(wedge: Wedge, tmp_path: Path) -> None:
    result = wedge("calibrate", "--rival", "backlsh")
    assert result.exit_code == 2
    assert "did you mean 'backlash'" in said(result)
    assert nothing_written(tmp_path)


def test_a_bad_record_is_one_line_and_nothing_is_fitted(
    wedge: Wedge, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = Path(shutil.copytree(record_folder(THEATRE), tmp_path_factory.mktemp("bad") / "record"))
    lines = (folder / "responses.csv").read_text(encoding="utf-8").splitlines()
    place = lines[0].split(",").index("weight")
    cells = lines[3].split(",")
    cells[place] = "7"
    lines[3] = ",".join(cells)
    (folder / "responses.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = wedge("calibrate", "--record", folder)
    assert result.exit_code == 2
    assert "responses.csv:4: weight" in said(result)
    assert nothing_written(tmp_path)


def test_a_check_is_printed_with_the_word_that_its_table_holds(
    wedge: Wedge, monkeypatch: pytest.MonkeyPatch
) -> None:
    verdicts = [Verdict("ranks", True, "a"), Verdict("seeds", False, "b"), Verdict("priors", None, "c")]
    command = sys.modules["sim.cli.calibrate"]
    monkeypatch.setattr(command, "_fitted", lambda *_: None)
    monkeypatch.setattr(command, "_checked", lambda *_: verdicts)
    monkeypatch.setattr(command, "show", lambda _: None)
    lines = wedge("calibrate", "--check").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [verdict.word for verdict in verdicts]


def test_a_record_that_is_not_there_is_refused(wedge: Wedge, tmp_path: Path) -> None:
    result = wedge("calibrate", "--record", "nowhere")
    assert result.exit_code == 2
    assert "nowhere" in said(result)
    assert nothing_written(tmp_path)


def test_an_unfinished_fit_of_something_else_is_left_alone_and_told(
    wedge: Wedge, fitted: Path, tmp_path: Path
) -> None:
    [folder] = fitted.iterdir()
    shutil.copytree(folder, tmp_path / "outputs" / folder.name)
    other = tmp_path / "outputs" / ".calibrate-inertia-00000000.unfinished"
    other.mkdir()
    result = wedge(*QUICK)
    assert result.exit_code == 0
    [line] = result.stderr.splitlines()
    assert line.startswith("note: ")
    assert other.name in line
    assert other.is_dir()


def test_an_interrupt_says_how_to_go_on_and_leaves_only_checkpoints(tmp_path: Path) -> None:
    with running(*WEDGE, "calibrate", "--seed", "3", cwd=tmp_path) as process:
        wait_until(lambda: list(tmp_path.glob("outputs/.*/*.checkpoint")), process, seconds=240)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=240)
    assert process.returncode == 130, stderr
    assert stdout == ""
    assert stderr.splitlines()[-1] == (
        "error: interrupted; what is done is kept, and this goes on with it: wedge calibrate --seed 3"
    )
    [left] = (tmp_path / "outputs").iterdir()
    assert left.name.endswith(".unfinished")
    assert all(path.suffix == ".checkpoint" for path in left.iterdir())
