"""``python -m tests.fuzz.run TARGET|all --minutes M``: fuzz with atheris, guided by the code that an input reaches.

Each target runs in a process of its own, so that what kills one leaves the others. The inputs that reach new code are kept
under ``.fuzz/``, those that break something under ``.fuzz/crashes/``; ``--keep`` adds the smallest set of the former to
``tests/fuzz/corpus/``, which the tests replay.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz.mutations import MOST
from tests.fuzz.places import sound_run
from tests.fuzz.targets import TARGETS
from tests.places import ROOT

CORPUS = Path(__file__).parent / "corpus"
WORK = ROOT / ".fuzz"
SECONDS_AN_INPUT = 30
MEGABYTES = 4096
LARGEST_KEPT = 4096
"""Bytes of an input that is worth committing."""


@dataclass(frozen=True)
class Outcome:
    """What fuzzing a target came to: executions, seconds, inputs of the corpus, whether one broke something."""

    executions: int
    seconds: int
    corpus: int
    crashed: bool

    def line(self, name: str) -> str:
        rate = self.executions / max(1, self.seconds)
        verdict = "CRASHED" if self.crashed else "ok"
        return f"{name:20}{self.executions:>12,}{rate:>10,.0f}{self.corpus:>10,}  {verdict}"


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.run", description=__doc__.partition(":")[0])
    parser.add_argument("target", choices=["all", *TARGETS])
    parser.add_argument(
        "--minutes", type=float, default=1.0, help="in all, shared evenly between the targets"
    )
    parser.add_argument("--keep", action="store_true", help="add what was found to the committed corpus")
    options = parser.parse_args(words)
    if importlib.util.find_spec("atheris") is None:
        parser.exit(2, "error: atheris is not installed; pip install '.[fuzz]' (Linux)\n")
    if options.minutes <= 0:
        parser.error("--minutes must be more than 0")
    names = list(TARGETS) if options.target == "all" else [options.target]
    seconds = max(1, round(60 * options.minutes / len(names)))
    print(f"{'target':20}{'executions':>12}{'a second':>10}{'corpus':>10}", flush=True)
    crashed = False
    try:
        for name in names:
            outcome = fuzz(name, seconds)
            crashed |= outcome.crashed
            print(outcome.line(name), flush=True)
            if options.keep:
                keep(name)
    except KeyboardInterrupt:
        print("interrupted; what was found is kept in", WORK, file=sys.stderr)
        return 130
    if crashed:
        print(f"inputs that broke something: {WORK / 'crashes'}", file=sys.stderr)
    return int(crashed)


def fuzz(name: str, seconds: int) -> Outcome:
    """Fuzz one target in a process of its own; its words go to ``.fuzz/TARGET.log``."""
    grown, crashes = WORK / "corpus" / name, WORK / "crashes" / name
    for folder in (grown, crashes, CORPUS / name):
        folder.mkdir(parents=True, exist_ok=True)
    (grown / "sound").write_bytes(TARGETS[name].seed())
    log = WORK / f"{name}.log"
    arguments = [f"-max_total_time={seconds}", f"-artifact_prefix={crashes}/", "-print_final_stats=1"]
    with _child(name, log, [*arguments, str(grown), str(CORPUS / name)]) as child:
        code = child.wait(timeout=seconds + 10 * SECONDS_AN_INPUT)
    said = log.read_text(encoding="utf-8", errors="replace")
    counts = [
        int(count)
        for count in re.findall(r"^#(\d+)\s|number_of_executed_units: (\d+)", said, re.M)
        for count in count
        if count
    ]
    return Outcome(max(counts, default=0), seconds, len(list(grown.iterdir())), code != 0)


def keep(name: str) -> None:
    """Add to the committed corpus the smallest set of small inputs that reaches what was reached."""
    small, chosen = WORK / "small" / name, WORK / "chosen" / name
    for folder in (small, chosen):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    for path in (WORK / "corpus" / name).iterdir():
        if path.stat().st_size <= LARGEST_KEPT and path.name != "sound":
            shutil.copy(path, small)
    with _child(name, WORK / f"{name}-keep.log", ["-merge=1", str(CORPUS / name), str(small)]) as child:
        child.wait()


@contextmanager
def _child(name: str, log: Path, arguments: Sequence[str]) -> Iterator[subprocess.Popen[bytes]]:
    limits = [f"-timeout={SECONDS_AN_INPUT}", f"-rss_limit_mb={MEGABYTES}", f"-max_len={MOST}"]
    words = [sys.executable, "-m", "tests.fuzz.guided", name, *limits, *arguments]
    with log.open("wb") as handle:
        place = {"FUZZ_RUN": str(sound_run())} if name.startswith("run-") else {}
        child = subprocess.Popen(
            words, cwd=ROOT, env=os.environ | place, stdout=handle, stderr=subprocess.STDOUT
        )
        try:
            yield child
        finally:
            if child.poll() is None:
                child.kill()
                child.wait()


if __name__ == "__main__":
    sys.exit(main())
