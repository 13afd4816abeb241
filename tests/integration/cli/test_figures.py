"""``wedge figures``: from a stored folder, or from a scenario whose run is found or made."""

import shutil
from pathlib import Path

from tests.integration.cli.answers import Wedge, said, told

SHORT = ("--set", "until=2025-12", "--runs", "4")
QUICK = (*SHORT, "--no-figures", "--levers", "0")


def test_a_stored_comparison_is_drawn_again(wedge: Wedge, tmp_path: Path) -> None:
    compared = wedge("compare", "history", "quiet-senkakus", *QUICK, "--json")
    folder = told(compared)["comparison"]
    result = wedge("figures", folder)
    assert result.exit_code == 0, result.stderr
    assert all((tmp_path / file).is_file() for file in result.stdout.splitlines())


def test_a_scenario_is_run_first(wedge: Wedge, tmp_path: Path) -> None:
    answer = told(wedge("figures", "history", *SHORT, "--json"))
    assert (tmp_path / answer["folder"] / "manifest.json").is_file()
    assert answer["figures"]
    assert all((tmp_path / file).stat().st_size > 1000 for file in answer["figures"])


def test_a_damaged_run_is_not_drawn(wedge: Wedge, tmp_path: Path) -> None:
    folder = told(wedge("run", "history", *QUICK, "--json"))["run"]
    (tmp_path / folder / "outcomes.parquet").write_bytes(b"PAR1")
    result = wedge("figures", folder)
    assert result.exit_code == 1
    assert "outcomes.parquet" in said(result)
    assert not (tmp_path / folder / "figures").exists()


def test_a_folder_that_is_no_run_is_named(wedge: Wedge, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    result = wedge("figures", "empty")
    assert result.exit_code == 1
    assert "empty: no manifest.json" in said(result)
    shutil.rmtree(tmp_path / "empty")
    assert wedge("figures", "empty").exit_code == 2
