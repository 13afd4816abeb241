"""A fit that is killed and asked for again ends as if it had never been killed."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.places import ROOT
from tests.processes import running, wait_until

KILLED = """
import sys, time
from pathlib import Path
from calibration.fitting.fit import fit
from calibration.likelihood import Trade
from calibration.evidence.observed import observe
from calibration.hypotheses.rivals import RIVALS
quick = Trade.log_likelihood
def slow(self, values):
    time.sleep(float(sys.argv[2]))
    return quick(self, values)
Trade.log_likelihood = slow
folder = Path(sys.argv[1])
fit(RIVALS["backlash"], observe(), blocks=("marks", "trade"), particles=80, seed=3, checkpoint=folder
    ).draws().to_parquet(folder / "draws.parquet")
"""


def test_a_killed_fit_equals_one_that_was_never_killed(tmp_path: Path) -> None:
    killed, whole = tmp_path / "killed", tmp_path / "whole"
    command = [sys.executable, "-c", KILLED]
    killed.mkdir(), whole.mkdir()
    with running(*command, str(killed), "0.1", cwd=ROOT) as process:
        wait_until(lambda: list(killed.glob("trade-*")), process)
        time.sleep(0.5)
        process.kill()
        assert process.wait() == -signal.SIGKILL
    assert not (killed / "draws.parquet").exists()
    at_kill = {path.name: path.read_bytes() for path in killed.glob("*.checkpoint")}
    assert at_kill
    for folder in (killed, whole):
        subprocess.run([*command, str(folder), "0"], cwd=ROOT, check=True)
    assert (killed / "draws.parquet").read_bytes() == (whole / "draws.parquet").read_bytes()
    assert any((killed / name).read_bytes() != content for name, content in at_kill.items())
