"""What the shipped what-ifs answer: computed once, kept in ``answers.csv``, and put into a line each."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("answers.csv")
ROOT = Path(__file__).resolve().parents[2]
BASE, LANES, SEED = "history", 200, 1
COMMAND = f"wedge compare {BASE} NAME --lanes {LANES} --seed {SEED} --levers 0 --no-figures"
"""What each line is computed by."""
ALSO = {
    "counter-bloc": ("cohesion.hub", "cohesion.challenger"),
    "bloc-confrontation": ("circle", "crises"),
    "us-retrenchment": ("opinion.hub",),
}
"""What-if -> outcomes of the last month that claims need besides those it asks about."""
WORDS = {"circle": "largest circle", "crises": "months of crisis", "cohesion.hub": "cohesion of Washington's side",
         "cohesion.challenger": "cohesion of Beijing's", "opinion.hub": "mean opinion of Washington"}  # fmt: skip
"""Outcome -> its words in a line."""
DECIMALS = {"circle": 1, "crises": 1}


@dataclass(frozen=True)
class Line:
    """One outcome of one what-if; an outcome that is not asked about has neither states nor verdict.

    Attributes
    ----------
    states : str
        Codes, with blanks between them.
    mean, q05, q95 : float
        Of the what-if minus its base, lane by lane.
    unoffered : float
        Net weight of the steps that answer an offer which the what-if takes out.
    step, share : str, float
        The recorded step toward the hub, of these states and no such answer, that is missing in most lanes; their share.
    """

    scenario: str
    hash: str
    outcome: str
    verdict: str
    states: str
    month: str
    base: float
    whatif: float
    mean: float
    q05: float
    q95: float
    unoffered: float
    step: str
    share: float


def computed(names: Sequence[str]) -> list[Line]:
    """Run what-ifs beside their base, and give the lines of their answers.

    Raises
    ------
    subprocess.CalledProcessError
        If the command fails.
    """
    options = ("--lanes", str(LANES), "--seed", str(SEED), "--levers", "0", "--no-figures", "--json")
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "wedge", "compare", BASE, *names, *options, "--out", folder]
        said = json.loads(
            subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout
        )
    return [line for name in names for line in _lines(name, said)]


def _lines(name: str, said: dict[str, Any]) -> list[Line]:
    answer, hashed = said["answer"][name], hash_of(name)
    states = " ".join(answer["asked"]["states"])
    lines = []
    for outcome, part in answer["outcomes"].items():
        figure = part["figures"][0]
        base, whatif, mean, low, high = _rounded(
            figure[key] for key in ("base", "alternative", "mean", "q05", "q95")
        )
        steps = said["steps"].get(name, []) if outcome == "steps" else []
        step, share = _step(steps, states, figure["month"])
        lines.append(
            Line(
                name, hashed, outcome, part["verdict"], states, figure["month"], base, whatif, mean, low, high,
                round(part["unoffered"] or 0.0, 4), step, share,
            )
        )  # fmt: skip
    for outcome in ALSO.get(name, ()):
        own = said["outcomes"][name][outcome]
        means = (own[part]["mean"] for part in ("base", "alternative", "difference"))
        base, whatif, mean = _rounded(means)
        low, high = _rounded(own["difference"][key] for key in ("q05", "q95"))
        lines.append(Line(name, hashed, outcome, "", "", "", base, whatif, mean, low, high, 0.0, "", 0.0))
    return lines


def _rounded(values: Iterable[float]) -> list[float]:
    return [round(value, 4) for value in values]


def _step(steps: Iterable[dict[str, Any]], states: str, month: str) -> tuple[str, float]:
    own = [
        step for step in steps
        if step["state"] in states.split() and step["direction"] > 0 and step["month"] <= month and not step["unoffered"]
    ]  # fmt: skip
    most = max(own, key=lambda step: float(step["probability"]), default=None)
    return (most["id"], round(most["probability"], 4)) if most and most["probability"] else ("", 0.0)


def hash_of(name: str) -> str:
    """The first letters of a shipped scenario's hash: everything in it that moves numbers."""
    from sim.scenario.loading import load_case

    return load_case(name).hash[:12]


def written(lines: Iterable[Line]) -> None:
    """Keep lines in the file."""
    with FILE.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, [field.name for field in fields(Line)], lineterminator="\n")
        table.writeheader()
        table.writerows(asdict(line) for line in lines)


def kept() -> list[Line]:
    """The lines that are kept."""
    numbers = {field.name for field in fields(Line) if field.type == "float"}
    with FILE.open(encoding="utf-8", newline="") as file:
        rows: list[dict[str, Any]] = [
            {name: float(text) if name in numbers else text for name, text in row.items()}
            for row in csv.DictReader(file)
        ]
    return [Line(**row) for row in rows]


def words_of(line: Line) -> str:
    """A line in words.

    >>> words_of(Line("", "", "steps", "no", "KOR", "2024-07", 9, 8.5, -0.5, -2.0, 0.0, 0.0, "R011", 0.17))
    'net steps by 2024-07 −0.5 (−2 to 0), **no**; most often missing R011, in 17 % of lanes'
    """
    outcome, _, key = line.outcome.partition(".")
    many = line.states.count(" ") + 1
    of = f" of {many} states together" if many > 1 else ""
    mean = f"mean of {many} states, " if many > 1 else ""
    if outcome == "steps":
        text = f"net steps{of} by {line.month} {_change(line, 1.0, 1, 0)}, **{line.verdict}**"
        if abs(line.unoffered) >= 0.5:
            text += f"; {_signed(-line.unoffered, 0)} of it are answers to offers that it takes out"
        if line.step:
            text += f"; most often missing {line.step}, in {100 * line.share:.0f} % of lanes"
        return text
    if outcome == "view":
        return (
            f"view of China in {line.month} ({mean}points) {_change(line, 100.0, 0, 0)}, **{line.verdict}**"
        )
    if outcome == "alignment":
        return f"alignment in {line.month} ({mean}−1 to 1) {_change(line, 1.0, 2, 2)}, **{line.verdict}**"
    if outcome == "member":
        before, after = (f"{100 * value:.1f}".removesuffix(".0") for value in (line.base, line.whatif))
        return (
            f"members of `{key}` in {line.month} ({mean}lanes in 100) {before} → {after}, **{line.verdict}**"
        )
    before, after = (f"{value:.{DECIMALS.get(line.outcome, 2)}f}" for value in (line.base, line.whatif))
    return f"{WORDS[line.outcome]} in the last month {before} → {after}".replace("-", "−")


def _change(line: Line, scale: float, digits: int, spread: int) -> str:
    """The mean, and in brackets where the middle 90 % of lanes lie."""
    low, high = (_signed(scale * value, spread) for value in (line.q05, line.q95))
    return f"{_signed(scale * line.mean, digits)} ({low} to {high})"


def _signed(value: float, decimals: int) -> str:
    text = f"{value:+.{decimals}f}"
    return text.lstrip("+-") if not float(text) else text.replace("-", "\u2212")
