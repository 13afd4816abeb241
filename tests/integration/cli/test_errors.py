"""What goes wrong is one line and an exit code, and bad input writes nothing."""

import errno
import re
import subprocess
from pathlib import Path

import pytest

from sim.cli import running
from tests.integration.cli.answers import Wedge, nothing_written, said, told
from tests.processes import WEDGE


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("run", "histroy"), "history"),
        (("run", "histroy.yaml"), "histroy.yaml: there is no such file; did you mean 'history'?"),
        (("run", "gone/away.yaml"), "away.yaml"),
        (("run", "history", "--set", "until"), "KEY=VALUE"),
        (("run", "history", "--set", "=2030-12"), "KEY=VALUE"),
        (("run", "history", "--set", "until=2030-12", "--set", "until=2031-12"), "given twice"),
        (("run", "history", "--set", "untill=2030-12"), "until"),
        (("run", "history", "--set", "until=2030-13"), "2030-13"),
        (("run", "history", "history"), "two scenarios are named"),
        (("compare", "history", "histroy"), "history"),
        (("figures", "histroy"), "history"),
        (("replay", "histroy"), "history"),
        (("replay", "history", "--from", "2016"), "--from"),
        (("replay", "history", "--from", "2017-01", "--to", "2016-01"), "--from"),
        (("replay", "history", "--state", "JPM"), "JPN"),
    ],
)
def test_bad_input_is_one_line_and_writes_nothing(
    wedge: Wedge, tmp_path: Path, words: tuple[str, ...], expected: str
) -> None:
    result = wedge(*words)
    assert result.exit_code == 2
    line = said(result)
    assert line.startswith("error: ")
    assert expected in line
    assert nothing_written(tmp_path)


@pytest.mark.parametrize(
    "words",
    [
        ("run",),
        ("run", "history", "--runs", "0"),
        ("run", "history", "--runs", "many"),
        ("run", "history", "--seed", "-1"),
        ("run", "history", "--threads", "0"),
        ("run", "history", "--engine", "warp"),
        ("run", "history", "--unknown"),
        ("compare", "history"),
        ("replay", "history", "--lane", "-1"),
        ("dance",),
        ("--dance",),
    ],
)
def test_bad_usage_exits_2_and_writes_nothing(wedge: Wedge, tmp_path: Path, words: tuple[str, ...]) -> None:
    result = wedge(*words)
    assert result.exit_code == 2
    assert re.fullmatch(r"error: .+ See 'wedge[ a-z]*--help'\.", said(result))
    assert nothing_written(tmp_path)


def test_control_characters_of_a_name_do_not_reach_the_terminal(wedge: Wedge) -> None:
    result = wedge("run", "evil\x1b[2J\nname")
    assert result.exit_code == 2
    assert "\x1b" not in said(result)


def test_a_damaged_run_exits_1(wedge: Wedge, tmp_path: Path) -> None:
    words = ("run", "history", "--set", "until=2025-12", "--runs", "2", "--no-figures", "--levers", "0")
    folder = told(wedge(*words, "--json"))["run"]
    (tmp_path / folder / "quantiles.nc").write_bytes(b"")
    result = wedge(*words)
    assert result.exit_code == 1
    assert "quantiles.nc: damaged" in said(result)


def test_an_output_folder_that_is_a_file_exits_1(wedge: Wedge, tmp_path: Path) -> None:
    (tmp_path / "outputs").write_text("")
    result = wedge("run", "history", "--set", "until=2025-12", "--runs", "2")
    assert result.exit_code == 1
    assert said(result) == "error: outputs: File exists"


@pytest.mark.parametrize(
    ("error", "line", "code"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device", "outputs/x"),
            "outputs/x: No space left on device",
            1,
        ),
        (MemoryError(), "not enough memory", 1),
        (KeyboardInterrupt(), "interrupted", 130),
    ],
)
def test_what_the_machine_refuses_is_one_line(
    wedge: Wedge, monkeypatch: pytest.MonkeyPatch, error: BaseException, line: str, code: int
) -> None:
    def refuse(*_: object) -> None:
        raise error

    monkeypatch.setattr(running, "settings", refuse)
    result = wedge("run", "history")
    assert result.exit_code == code
    assert line in said(result)


def test_a_full_disk_behind_stdout_is_one_line() -> None:
    with open("/dev/full", "w") as full:
        process = subprocess.run(
            [*WEDGE, "scenarios", "--json"], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert process.returncode == 1
    assert process.stderr == "error: No space left on device\n"
