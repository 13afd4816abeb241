"""Wedge from Python: ``import wedge``.

When a great power punishes, coerces or courts its neighbours, whom does it win, and for whom?

>>> import wedge
>>> scenario = wedge.load("history", until="2012-12")
>>> scenario.run(lanes=8)
<Results of history: 8 lanes, seed 1, in memory>

``python -m wedge`` is the command line. Everything heavy loads when it is first used.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

try:
    from sim import __version__
    from sim.errors import InputError, StoreError, WedgeError
except ImportError:
    found = getattr(sys.modules.get("sim"), "__file__", None) or "another module"
    hidden = f"{found} hides the package 'sim' that Wedge consists of; rename it, or start Python in another folder"
    if __name__ == "__main__":
        sys.exit(f"error: {hidden}")
    raise ImportError(hidden) from None

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from sim.engine.mesa_model import AllianceModel, Institution, Power, State
    from sim.public.comparison import Comparison
    from sim.public.results import Results
    from sim.public.scenario import Scenario
    from sim.scenario.case import Case
    from sim.types import Engine, Reactions, Responses

__all__ = [
    "AllianceModel",
    "Comparison",
    "InputError",
    "Institution",
    "Power",
    "Results",
    "Scenario",
    "State",
    "StoreError",
    "WedgeError",
    "__version__",
    "compare",
    "load",
    "open",
    "run",
    "scenarios",
]

_HOMES = {
    "AllianceModel": "sim.engine.mesa_model",
    "Comparison": "sim.public.comparison",
    "Institution": "sim.engine.mesa_model",
    "Power": "sim.engine.mesa_model",
    "Results": "sim.public.results",
    "Scenario": "sim.public.scenario",
    "State": "sim.engine.mesa_model",
}
"""Name -> the module that it is loaded from when it is first used."""


def load(
    name_or_path: str | Path,
    *,
    until: str | None = None,
    branch: str | None = None,
    record_until: str | None = None,
    responses: Responses | None = None,
    reactions: Reactions | None = None,
    report: Sequence[str] | None = None,
    levers: Mapping[str, float] | None = None,
    parameters: str | Mapping[str, Any] | None = None,
    strategies: Mapping[str, Mapping[str, Any]] | None = None,
    edits: Sequence[Mapping[str, Any]] | None = None,
    ties: Sequence[Mapping[str, Any]] | None = None,
    asks: Mapping[str, Sequence[str]] | None = None,
    posterior: str | Path | None = None,
) -> Scenario:
    """Load a scenario, change it, and check it.

    Every argument after the first says what a scenario file would say under that key; what is left out is as in the file.

    Parameters
    ----------
    name_or_path : str or Path
        The name of a scenario that ships (`scenarios`), ``NAME`` of ``NAME.yaml`` in the current folder, or a path.
    until, branch, record_until : str, optional
        Months (``YYYY-MM``): the last one simulated, the first that edits may touch, the last that the record covers.
    responses : {"recorded", "simulated"}, optional
        Whether states do what the record says that they did, as far as it reaches, or all of it is left to chance.
    reactions : {"none", "states", "all"}, optional
        Whose own offers answer an edit in the record's months: nobody's, those of states, or the hub's too.
    report : sequence of str, optional
        Months at which alignment is tabled.
    levers : mapping, optional
        Mechanism to scale: 0 switches it off, 1 is as documented.
    parameters : str or mapping, optional
        Where the parameters come from: ``default``, ``prior``, ``posterior``, ``stacked`` or the name of a rival explanation;
        or a mapping with ``source`` and ``values``.
    strategies : mapping, optional
        Code of a power to its strategy, such as ``{"CHN": {"plan": "disciplined_wedge", "from": "2024-08"}}``.
    edits, ties : sequence of mapping, optional
        Further changes of the record, such as ``{"drop": {"id": "S005"}}``, and of ties between states.
    asks : mapping, optional
        What the question is about: ``states``, ``outcomes`` and months ``at``. It decides no number.
    posterior : str or Path, optional
        Folder of a calibration from which the parameters are drawn.

    Returns
    -------
    Scenario

    Raises
    ------
    InputError
        At the first thing that is wrong; it names the argument or the place in the file, what is allowed, and the nearest match.

    See Also
    --------
    scenarios : what ships.

    Examples
    --------
    >>> import wedge
    >>> wedge.load("history", until="2030-12", levers={"peer_influence": 0})
    <Scenario history: 2010-01 to 2030-12, hash ...>
    >>> wedge.load("history", levers={"peer_influense": 0})
    Traceback (most recent call last):
        ...
    sim.errors.InputError: levers.peer_influense: unknown lever 'peer_influense'; ...did you mean 'peer_influence'?
    """
    from sim.public.scenario import Scenario

    given = {
        "until": until,
        "branch": branch,
        "record_until": record_until,
        "responses": responses,
        "reactions": reactions,
        "report": report,
        "levers": levers,
        "parameters": parameters,
        "strategies": strategies,
        "edits": edits,
        "ties": ties,
        "asks": asks,
    }
    changes = {key: value for key, value in given.items() if value is not None}
    return Scenario.load(name_or_path, changes, posterior)


def scenarios() -> pd.DataFrame:
    """The scenarios that ship with Wedge.

    Returns
    -------
    DataFrame
        Index name; columns ``title``, ``question``, and ``extends``, the scenario that it changes.

    Examples
    --------
    >>> import wedge
    >>> wedge.scenarios().loc["quiet-senkakus", "extends"]
    'history'
    """
    import pandas as pd

    from sim.scenario.chain import library, read_document

    rows = {path.stem: read_document(path).entry.model_dump() for path in library()}
    columns = ["title", "question", "extends"]
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("name")[columns]


def run(
    scenario: Case | str | Path,
    lanes: int = 1000,
    seed: int = 1,
    *,
    threads: int | None = None,
    engine: Engine = "lanes",
    trajectories: bool = False,
    out: str | Path | None = None,
    force: bool = False,
) -> Results:
    """Simulate a scenario, or the one of a name or a file, many times.

    Parameters
    ----------
    scenario : Scenario, str or Path
    lanes, seed, threads, engine, trajectories, out, force
        As in `Scenario.run`.

    Returns
    -------
    Results

    Examples
    --------
    >>> import wedge
    >>> wedge.run("history", lanes=8)
    <Results of history: 8 lanes, seed 1, in memory>
    """
    from sim.public.scenario import as_scenario

    return as_scenario(scenario).run(
        lanes, seed, threads=threads, engine=engine, trajectories=trajectories, out=out, force=force
    )


def compare(
    base: Case | str | Path,
    *alternatives: Case | str | Path,
    lanes: int = 1000,
    seed: int = 1,
    threads: int | None = None,
    out: str | Path | None = None,
    force: bool = False,
) -> Comparison:
    """Set what-ifs beside their base, lane by lane.

    Parameters
    ----------
    base, *alternatives : Scenario, str or Path
        Of one world.
    lanes, seed, threads, out, force
        As in `Scenario.compare`.

    Returns
    -------
    Comparison

    Examples
    --------
    >>> import wedge
    >>> wedge.compare("history", "thaad-without-punishment", lanes=8)
    <Comparison of history with thaad-without-punishment: 8 lanes, seed 1, in memory>
    """
    from sim.public.scenario import as_scenario

    return as_scenario(base).compare(
        *alternatives, lanes=lanes, seed=seed, threads=threads, out=out, force=force
    )


def open(folder: str | Path) -> Results | Comparison:
    """Open what a run or a comparison stored, once every file of it has been checked.

    Parameters
    ----------
    folder : str or Path
        Such as ``outputs/history-5efbf527``.

    Returns
    -------
    Results or Comparison

    Raises
    ------
    InputError
        If there is no such folder.
    StoreError
        If a file is missing, damaged or of another version.

    Examples
    --------
    >>> import tempfile, wedge
    >>> out = tempfile.mkdtemp()
    >>> stored = wedge.run(wedge.load("history", until="2012-12"), lanes=8, out=out)
    >>> wedge.open(stored.folder).digest == stored.digest
    True
    """
    from sim.io.files import nearest_file
    from sim.io.values import as_path
    from sim.lab.compare import open_comparison
    from sim.public.comparison import Comparison
    from sim.public.results import StoredResults
    from sim.runs.folder import verify
    from sim.runs.store import open_run

    path = as_path(folder, "folder")
    if not path.is_dir():
        raise InputError(f"there is no folder '{path}'{nearest_file(path)}")
    if verify(path)["kind"] == "comparison":
        return Comparison.stored(open_comparison(path))
    return StoredResults(open_run(path))


def main() -> None:
    """Run the command line."""
    from sim.cli import main as command_line

    command_line()


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'wedge' has no attribute '{name}'")
    from importlib import import_module

    value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return __all__


if __name__ == "__main__":
    main()
