"""Options that several commands share, and how their text is read."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from sim.errors import InputError
from sim.types import Engine

LanesOption = Annotated[
    int,
    typer.Option("--lanes", "--runs", "-n", metavar="N", min=1, max=1_000_000, help="Simulated histories."),
]
SeedOption = Annotated[
    int,
    typer.Option(
        "--seed", metavar="N", min=0, max=2**63 - 1, help="Seed; the same seed gives the same numbers."
    ),
]
EngineOption = Annotated[
    Engine, typer.Option("--engine", help="Compiled lanes, or the Mesa model stepped one lane at a time.")
]
ThreadsOption = Annotated[
    int | None,
    typer.Option("--threads", metavar="N", min=1, max=1024, help="Threads; all cores if not given."),
]
DaskOption = Annotated[
    str | None,
    typer.Option(
        "--dask",
        metavar="CLUSTER",
        help="Simulate on a Dask cluster: local, local:N, or the address of a running one, such as tcp://10.0.0.1:8786.",
    ),
]
TrajectoriesOption = Annotated[
    bool, typer.Option("--trajectories", help="Also store every lane month by month (about 0.15 MB a lane).")
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="Change a scenario's key, for example until=2030-12; repeatable."
    ),
]
PosteriorOption = Annotated[
    Path | None,
    typer.Option(
        "--posterior", metavar="FOLDER", help="Draw the parameters from this calibration, one draw a lane."
    ),
]
RECORD_HELP = "Record of a theatre: the name of one that ships, or a folder of its tables."
RecordOption = Annotated[str | None, typer.Option("--record", metavar="NAME|DIR", help=RECORD_HELP)]
TargetsOption = Annotated[
    str | None, typer.Option("--record", "--evidence", metavar="NAME|DIR", help=RECORD_HELP)
]
"""The same for commands that compare the model with what states did; ``--evidence`` is the option's earlier name."""
LeversOption = Annotated[
    int,
    typer.Option(
        "--levers",
        metavar="LANES",
        min=0,
        max=10_000,
        help="Lanes on which each lever is switched off, to see what depends on it; 0 for none.",
    ),
]
RivalsOption = Annotated[
    bool,
    typer.Option(
        "--rivals", help="Ask the rival explanations, too: on how many does an effect have its sign?"
    ),
]
LEVER_LANES = 32
"""Lanes for the levers if none are asked for."""
OutOption = Annotated[Path, typer.Option("--out", metavar="FOLDER", help="Folder that holds the runs.")]
OUT = Path("outputs")
ForceOption = Annotated[bool, typer.Option("--force", help="Simulate again, and replace what is stored.")]
NoFiguresOption = Annotated[bool, typer.Option("--no-figures", help="Draw nothing.")]
AllOption = Annotated[bool, typer.Option("--all", help="Print everything, not only what matters most.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else on stdout.")]


def settings(pairs: Sequence[str] | None) -> dict[str, str]:
    """The ``--set key=value`` options as a mapping.

    Raises
    ------
    InputError
        If one has no ``=``, or a key is given twice.
    """
    found: dict[str, str] = {}
    for pair in pairs or ():
        key, equals, value = pair.partition("=")
        if not equals or not key.strip():
            raise InputError(f"'{pair}' is not KEY=VALUE; write for example --set until=2030-12", key="--set")
        if key.strip() in found:
            raise InputError("given twice", key=f"--set {key.strip()}")
        found[key.strip()] = value.strip()
    return found


def record_option(text: str | None) -> Path | None:
    """The folder that ``--record`` names: a record that ships, by its name, or any folder.

    Raises
    ------
    InputError
        If there is no such folder; with the nearest name that ships.
    """
    from sim.errors import nearest
    from sim.io.library import data_root, names_in, record_folder

    if text is None:
        return None
    shipped = names_in(data_root() / "records", "*")
    if text in shipped:
        return record_folder(text)
    if not os.path.isdir(text):
        raise InputError(f"there is no such folder of a record{nearest(text, shipped)}", Path(text))
    return Path(text)


def month_option(text: str | None, option: str) -> int | None:
    """The month number of an option such as ``--from``.

    Raises
    ------
    InputError
        If it is not ``YYYY-MM``.
    """
    from sim.months import month_number

    try:
        return None if text is None else month_number(text)
    except ValueError as error:
        raise InputError(str(error), key=option) from None
