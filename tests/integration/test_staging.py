"""Writing beside the final place: nothing is left behind, whatever was there before."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.places import ROOT

REPLACE = """
import os, sys
from pathlib import Path
from sim.io.staging import staged
if os.geteuid() == 0:  # permissions do not bind the superuser
    os.setgid(65534)
    os.setuid(65534)
final = Path(sys.argv[1]) / "figures"
final.mkdir()
(final / "old").touch()
final.chmod(0o555)
with staged(final) as staging:
    staging.mkdir()
    (staging / "new").touch()
"""


def test_a_folder_that_cannot_be_written_is_replaced_and_nothing_stays_behind() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o777)
        subprocess.run(
            [sys.executable, "-c", REPLACE, name], env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True
        )
        assert [path.name for path in folder.iterdir()] == ["figures"]
        assert [path.name for path in (folder / "figures").iterdir()] == ["new"]
