"""The picture of the README: ``python -m docs.picture`` draws it from a run of ``history``, a thousand lanes, seed 1."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from docs.tables import FOLDER

LANES = 1000
PICTURE = FOLDER / "pictures" / "spectrum.png"


def main() -> None:
    """Run, draw and keep the one picture."""
    from sim.figures import draw_run
    from sim.runs.store import run_or_find
    from sim.scenario.loading import load_scenario

    with tempfile.TemporaryDirectory() as folder:
        run = run_or_find(load_scenario("history"), lanes=LANES, out=Path(folder))
        drawn = draw_run(
            run.quantiles(),
            run.outcomes(),
            run.events(),
            {name: row.q50 for name, row in run.summary().items()},
            Path(folder),
        )
        shutil.copyfile(next(path for path in drawn if path.name == PICTURE.name), PICTURE)


if __name__ == "__main__":
    main()
