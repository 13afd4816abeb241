"""Writing beside the final place: whole or not at all, and what was there before is never lost."""

from pathlib import Path

import pytest

from sim.io.staging import staged


def write(final: Path, content: str, *, replace: bool = True) -> None:
    with staged(final, replace=replace) as staging:
        staging.mkdir()
        (staging / "file").write_text(content)


def test_a_folder_takes_the_place_of_another_only_if_asked(tmp_path: Path) -> None:
    final = tmp_path / "run"
    write(final, "old")
    with pytest.raises(FileExistsError):
        write(final, "new", replace=False)
    assert (final / "file").read_text() == "old"
    write(final, "new")
    assert (final / "file").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_what_was_there_comes_back_if_it_cannot_be_replaced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> Path:
        raise OSError("no")

    final = tmp_path / "run"
    write(final, "old")
    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="no"):
        write(final, "new")
    assert (final / "file").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
