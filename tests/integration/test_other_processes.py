"""Another process makes the same numbers, and what a killed one left is swept."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

from sim.io.staging import ABANDONED
from sim.runs.ensemble import simulate
from sim.runs.folder import publish
from sim.scenario.schema import Scenario
from tests.places import ROOT
from tests.processes import SECONDS, running


def test_another_process_gives_the_same_digest(small: Scenario) -> None:
    code = (
        "import sys, json; from sim.scenario.schema import Scenario; from sim.runs.ensemble import simulate\n"
        "print(simulate(Scenario(**json.loads(sys.argv[1])), lanes=5, seed=9).digest)"
    )
    words = (sys.executable, "-c", code, small.model_dump_json(by_alias=True))
    with running(*words, cwd=ROOT) as process:
        stdout, stderr = process.communicate(timeout=SECONDS)
    assert stdout.strip() == simulate(small, lanes=5, seed=9).digest, stderr


def test_a_killed_process_leaves_no_run_and_its_leftover_is_swept(tmp_path: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from sim.runs.folder import publish\n"
        "def write(aside):\n"
        "    (aside / 'half').write_text('half'); os.kill(os.getpid(), 9)\n"
        "publish(Path(sys.argv[1]), {'kind': 'run'}, write)"
    )
    with running(sys.executable, "-c", code, str(tmp_path / "run"), cwd=tmp_path) as process:
        assert process.wait(timeout=SECONDS) == -signal.SIGKILL
    assert not (tmp_path / "run").exists()
    [leftover] = tmp_path.iterdir()
    old = time.time() - 2 * ABANDONED
    os.utime(leftover, (old, old))
    assert publish(tmp_path / "run", {"kind": "run"}, lambda aside: None)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
