"""The error boundary: one line for whatever a user can bring about."""

import errno
from pathlib import Path

import pytest
import typer

from sim.cli.boundary import one_line_errors, writing


@pytest.mark.parametrize(
    ("error", "line", "code"),
    [
        (OSError(errno.ENOLCK, "No locks available"), "outputs/x: No locks available", 1),
        (OSError(errno.ENOSPC, "No space left on device"), "outputs/x: No space left on device; what was", 1),
        (OSError(errno.EACCES, "Permission denied", "deeper/y"), "deeper/y: Permission denied", 1),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), "not enough memory; fewer --lanes need less", 1),
        (ImportError("x.so: failed to map segment from shared object"), "not enough memory", 1),
        (KeyboardInterrupt(), "interrupted", 130),
    ],
)
def test_errors_of_the_system_say_where(
    capsys: pytest.CaptureFixture[str], error: BaseException, line: str, code: int
) -> None:
    with pytest.raises(typer.Exit) as left, one_line_errors(), writing(Path("outputs/x")):
        raise error
    assert left.value.exit_code == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(f"error: {line}")
    assert said.err.count("\n") == 1


def test_a_fault_of_ours_stays_a_traceback() -> None:
    with pytest.raises(ImportError), one_line_errors():
        raise ImportError("No module named 'nowhere'")
