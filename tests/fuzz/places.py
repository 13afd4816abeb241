"""Small sound files for the fuzzers to start from: a world, a record, coded cases, a posterior, a run."""

from __future__ import annotations

import functools
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from sim.io.digests import sha256_of
from sim.model.parameters import PARAMETERS
from sim.scenario.posterior import MANIFEST, write_posterior
from tests.small_world import act, club, line, make_world, write_record, write_world

SCENARIO = """\
title: A quiet sea
question: Does anything follow?
extends: base
branch: 2001-01
until: 2001-12
report: [2001-12]
edits:
- drop: {kind: punishment, sender: CHA, target: AAA, from: 2001-02, to: 2001-06}
- scale: {kind: coercion, by: 0.5}
- shift: {id: S003, months: 2}
- add: {kind: offer, sender: HUB, target: BBB, start: 2001-03, end: 2001-09, intensity: 0.4, title: An offer,
    source: made for a test, domain: trade, institution: club}
- add: {kind: shock, sender: THI, target: ALL, start: 2001-04, end: 2001-04, intensity: 1.0, title: A war,
    source: made for a test, domain: war}
strategies:
  CHA: {plan: disciplined_wedge, from: 2001-02, targets: [AAA, BBB]}
parameters: {source: default, values: {step_memory: 0.9}}
levers: {compliance: 0}
ties:
- {a: AAA, b: BBB, weight: -0.5, source: made for a test}
"""
BASE = """\
title: Base
question: What happens?
world: ./world.yaml
record: ./record
branch: 2001-01
until: 2002-06
parameters: default
"""
RESPONSES = """\
id,date,state,direction,kind,institution,weight,mass,binding,answers,basis,check,title,reference,decided,presupposes
R001,2000-05,AAA,1,basing,club,2,0,1,S001,public,known,An act,made for a test,,
R002,2000-10,BBB,-1,summit,,1,1,0,,article,verified,"Another, act",made for a test,2000-08,S002
"""
OPINION = """\
state,date,target,pollster,measure,value,unit,favourable,unfavourable,respondents,derived,source,note
AAA,2000,CHA,Somebody,view,-10.0,net_pct,40,50,1000,0,made for a test,
BBB,2000-07,HUB,Somebody,view,55,pct,,,,1,made for a test,a note
"""
TRADE = """\
state,year,flow,partner,share,smallest_listed,source
AAA,2000,exports,CHA,21.5,3.0,made for a test
BBB,2001,imports,HUB,,3.0,made for a test
"""
CASES = """\
state,year,case,rows,tactical,strategic,overall,source
AAA,2000,A case,S001 S002,win,mixed loss,mixed,made for a test
"""


@functools.cache
def scratch() -> Path:
    """A folder of this process, gone with it."""
    place = tempfile.TemporaryDirectory(prefix="fuzz-")
    scratch.place = place  # kept alive with the function
    return Path(place.name).resolve()


@functools.cache
def sound() -> Path:
    """A folder with one sound file of each sort."""
    folder = scratch() / "sound"
    folder.mkdir()
    write_world(folder, make_world(clubs=[club("club", members=["CCC"])]))
    acts = [
        act("punishment", 1, 20),
        act("coercion", 8, id="S002", target="BBB", domain="maritime"),
        act("offer", 14, 16, id="S003", sender="HUB", institution="club"),
        act("stance", 2, id="S004", sender="HUB", target="CHA"),
    ]
    terms = [line("AAA", "1999-01", "2001-01", 0.5), line("AAA", "2001-01", "2004-12", -0.5)]
    write_record(folder, acts, terms)
    for name, text in (("base.yaml", BASE), ("scenario.yaml", SCENARIO)):
        (folder / name).write_text(text)
    (folder / "external").mkdir()
    for name, text in (
        ("record/responses.csv", RESPONSES), ("record/opinion.csv", OPINION), ("record/trade.csv", TRADE),
        ("external/coercion_cases.csv", CASES),
    ):  # fmt: skip
        (folder / name).write_text(text)
    draws = {name: [float(PARAMETERS[name].default)] * 3 for name in [*PARAMETERS][:3]}
    write_posterior(
        folder / "posterior", {"main": pd.DataFrame(draws)}, {"weights": {"main": 1.0}, "seed": 1}
    )
    return folder


@functools.cache
def sound_run() -> Path:
    """The folder of a small stored run: simulated here, or where ``FUZZ_RUN`` says, as instrumented code cannot be compiled."""
    if made := os.environ.get("FUZZ_RUN"):
        return Path(made)
    from sim.runs.store import run_or_find
    from sim.scenario.loading import load_scenario

    scenario = load_scenario(sound() / "scenario.yaml")
    return run_or_find(scenario, lanes=3, seed=5, out=scratch() / "runs").folder


def copy_of(folder: Path, name: str) -> Path:
    """A fresh copy of a folder in the scratch folder."""
    place = scratch() / name
    shutil.rmtree(place, ignore_errors=True)
    return Path(shutil.copytree(folder, place, symlinks=True))


def manifest_of(folder: Path) -> dict[str, Any]:
    """The manifest of a stored folder as it stands."""
    told: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    return told


def seal(folder: Path, told: dict[str, Any]) -> None:
    """Write the manifest of a run so that its checksum is right, whatever it says."""
    told = {key: value for key, value in told.items() if key != "checksum"}
    told["checksum"] = sha256_of(told)
    text = json.dumps(told, ensure_ascii=False)
    (folder / MANIFEST).write_bytes(text.encode("utf-8", "surrogatepass"))
