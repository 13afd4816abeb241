"""From a name or a file to a resolved scenario: inheritance, defaults, changes on top, and every check.

The order of checks is that of a compiler: the text, the schema, the files it names, then months and names against
the world and the record. The first thing that is wrong is reported, where it is written.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from sim.errors import InputError, unknown
from sim.io.files import resolved, within
from sim.io.library import data_root, is_name, posterior_root, record_folder
from sim.io.values import as_path
from sim.io.yaml_files import KeyPath
from sim.model.parameters import DEFAULT_SOURCE, SOURCES, WITHOUT_POSTERIOR
from sim.months import month_number, month_text
from sim.scenario import checks
from sim.scenario.case import Case
from sim.scenario.chain import Document, chain, find_scenario, referred, settings_document
from sim.scenario.edits import carried_on, edited
from sim.scenario.posterior import Posterior, open_posterior, require_same
from sim.scenario.record import EMPTY_RECORD, Record, Stimulus, load_record
from sim.scenario.schema import (
    DEFAULT_REACTIONS,
    DEFAULT_RESPONSES,
    Asks,
    Edit,
    Parameters,
    Scenario,
    ScenarioFile,
    Strategy,
    TieEdit,
)
from sim.scenario.targets import RESPONSES, has_responses, load_targets
from sim.scenario.world import World, load_world
from sim.types import Reactions, Responses


def load_scenario(
    name_or_path: str | Path,
    changes: Mapping[str, object] | None = None,
    posterior: str | Path | None = None,
) -> Scenario:
    """The scenario of `load_case`, without what it refers to."""
    return load_case(name_or_path, changes, posterior).scenario


def load_case(
    name_or_path: str | Path,
    changes: Mapping[str, object] | None = None,
    posterior: str | Path | None = None,
    *,
    place: str = "",
) -> Case:
    """Load, merge and check a scenario, with its world, its record and its posterior.

    Parameters
    ----------
    name_or_path : str or Path
        A bare name is a scenario of the library, or ``NAME.yaml`` in the current folder; anything else is a path.
    changes : mapping, optional
        What comes last, key to value: ``until``, ``branch``, ``record_until``, ``responses``, ``report``, ``parameters``,
        ``levers``, ``strategies``, ``asks``, ``edits`` and ``ties``, as a file would hold them; ``levers.NAME`` and the like for one of many.
    posterior : str or Path, optional
        Folder of a calibration from which the parameters are drawn.
    place : str
        Where errors say that the changes stand: ``--set`` for a command line, nothing for arguments of Python.

    Raises
    ------
    InputError
        At the first thing that is wrong, with file, line and key.

    Examples
    --------
    >>> case = load_case("history", {"until": "2030-12", "levers": {"peer_influence": 0}})
    >>> case.scenario.until, case.scenario.levers
    ('2030-12', {'peer_influence': 0.0})
    """
    files = chain(find_scenario(name_or_path))
    settings = settings_document(changes, place) if changes else None
    return _Resolution(files, settings, posterior, "--posterior " if place else "posterior=").case()


class _Resolution:
    """Merges a chain of documents into one scenario, checking each against the world and the record.

    ``option`` is how the caller names a posterior: ``--posterior`` or ``posterior=``, before its folder.
    """

    def __init__(
        self,
        files: Sequence[Document],
        settings: Document | None,
        posterior: str | Path | None,
        option: str,
    ) -> None:
        self.leaf = files[-1]
        self.given = None if posterior is None else as_path(posterior, "posterior")
        self.settings = settings
        self.documents = [*files, settings] if settings else list(files)
        self.option = option

    def case(self) -> Case:
        entry = self.leaf.entry
        assert isinstance(entry, ScenarioFile)
        name = self.name(entry)
        world_name, world = self.world()
        name_of_record = self.record()
        folder = record_folder(name_of_record) if name_of_record else None
        record = load_record(folder, world) if folder else EMPTY_RECORD
        responses = self.responses(folder)
        record_until = self.record_until(record, world)
        until = self.until(world)
        branches = self.branches(until, record_until, world)
        for document in self.documents:
            checks.check_numbers(document)
            checks.check_ties(document, world)
        parameters, posterior = self.parameters()
        report = self.report(until, record_until, world)
        scenario = Scenario(
            name=name,
            title=entry.title,
            question=entry.question,
            basis=entry.basis,
            world=world_name,
            record=name_of_record,
            record_until=record_until,
            responses=responses,
            reactions=self.reactions(),
            branch=branches[-1],
            until=until,
            report=report,
            strategies=self.strategies(branches, world),
            parameters=parameters,
            levers={lever: scale for part in self.documents for lever, scale in part.entry.levers.items()},
            ties=self.ties(branches),
            asks=self.asks(report, record_until, world),
        )
        edits = self.edits(branches, scenario, record.stimuli, world)
        targets = load_targets(folder, world, record) if folder and responses == "recorded" else None
        return Case(scenario.model_copy(update={"edits": edits}), world, record, posterior, targets)

    def last(self, key: str) -> Document | None:
        """The last document that has a key; what it says holds."""
        return next((part for part in reversed(self.documents) if part.says(key)), None)

    def name(self, entry: ScenarioFile) -> str:
        stem = Path(self.leaf.path).stem
        try:
            return entry.name or str(ScenarioFile(title="-", question="-", name=stem).name)
        except ValidationError:
            message = f"the file name '{stem[:80]}' cannot be the scenario's name; add 'name: ' with a-z, 0-9 and '-'"
            raise self.leaf.error((), message) from None

    def world(self) -> tuple[str, World]:
        document = self.last("world")
        if document is None:
            raise self.leaf.error(
                (), "no world; name one with 'world: indo_pacific', or extend a scenario that does"
            )
        path = referred(document, "world", document.entry.world, data_root() / "worlds", ".yaml")
        shipped = is_name(document.entry.world) and path.parent == data_root() / "worlds"
        return (document.entry.world if shipped else str(path)), load_world(path)

    def record(self) -> str | None:
        document = self.last("record")
        if document is None or document.entry.record is None:
            return None
        path = referred(document, "record", document.entry.record, data_root() / "records", "")
        shipped = is_name(document.entry.record) and path.parent == data_root() / "records"
        return document.entry.record if shipped else str(path)

    def record_until(self, record: Record, world: World) -> str | None:
        document = self.last("record_until")
        if record is EMPTY_RECORD:
            if document is not None:
                raise document.error(
                    ("record_until",), "there is no record; name one with 'record:', or leave this out"
                )
            return None
        extent = record.extent
        if document is not None:
            checks.check_record_until(document, document.entry.record_until, world, extent)
            return document.entry.record_until
        if extent is None:
            raise self.leaf.error(
                (), "the key 'record_until' is missing: the last month that the record covers"
            )
        return month_text(extent[1])

    def responses(self, folder: Path | None) -> Responses:
        """Whether states do what the record says; they cannot where it does not say what they did."""
        known = folder is not None and has_responses(folder)
        document = self.last("responses")
        if document is None:
            return DEFAULT_RESPONSES if known else "simulated"
        if document.entry.responses == "recorded" and not known:
            lacking = f"{folder} has no {RESPONSES}" if folder else "there is no record"
            message = f"{lacking} that says what states did; write 'simulated', or leave this out"
            raise document.error(("responses",), message)
        return document.entry.responses

    def reactions(self) -> Reactions:
        """Whose own offers answer an edit."""
        document = self.last("reactions")
        return document.entry.reactions if document else DEFAULT_REACTIONS

    def until(self, world: World) -> str:
        document = self.last("until")
        if document is None:
            raise self.leaf.error((), "the key 'until' is missing: the last month of the simulation")
        checks.check_until(document, document.entry.until, world)
        return document.entry.until

    def branches(self, until: str, record_until: str | None, world: World) -> list[str]:
        """The branch that holds in each document, and so the default start of what it edits.

        A branch set on top holds in the file that was asked for, too.
        """
        branch = month_text(month_number(record_until) + 1) if record_until else world.start
        branches = []
        for document in self.documents:
            if document.says("branch"):
                branch = document.entry.branch
                checks.check_branch(document, branch, world, record_until)
                if document.says("until") and document.entry.until < branch:
                    raise document.error(
                        ("until",), f"the end ({document.entry.until}) is before the branch ({branch})"
                    )
            branches.append(branch)
        return [*branches[:-2], branch, branch] if self.settings else branches

    def report(self, until: str, record_until: str | None, world: World) -> tuple[str, ...]:
        document = self.last("report")
        if document is None:
            return tuple(sorted({month for month in (record_until, until) if month and month <= until}))
        inherited = self.documents.index(document) < max(
            (i for i, part in enumerate(self.documents) if part.says("until")), default=0
        )
        for number, month in enumerate(document.entry.report):
            if not world.start <= month <= until and not (inherited and month > until):
                message = f"{month} is not simulated; months are {world.start} to {until}"
                raise document.error(("report", number), message)
        return tuple(sorted({month for month in document.entry.report if month <= until})) or (until,)

    def asks(self, report: Sequence[str], record_until: str | None, world: World) -> Asks:
        """What the question is about, by the file that was asked for and what is set on top of it.

        Months of the file that a change on top takes out of the report dates are left out.
        """
        said: dict[str, object] = {}
        for document in (self.leaf, self.settings):
            if document is None or not document.says("asks"):
                continue
            asks = document.entry.asks
            checks.check_asks(document, asks, world)
            said |= {key: getattr(asks, key) for key in asks.model_fields_set}
            on_top = self.settings if document is self.leaf else None
            moved = on_top is not None and any(map(on_top.says, ("until", "report", "record_until")))
            if not moved:
                checks.check_asked_months(document, asks, report)
        asks = Asks.model_validate(said)
        known = tuple(month for month in asks.at if month in report)
        first = [record_until] if record_until in report else []
        return asks.model_copy(update={"at": known or tuple(dict.fromkeys([*first, *report]))})

    def strategies(self, branches: Sequence[str], world: World) -> dict[str, Strategy]:
        merged: dict[str, Strategy] = {}
        for document, branch in zip(self.documents, branches, strict=True):
            for code, said in document.entry.strategies.items():
                if code in merged and "plan" not in said.model_fields_set:
                    changed = {key: getattr(said, key) for key in said.model_fields_set}
                    strategy = merged[code].model_copy(update=changed)
                else:
                    strategy = said.model_copy(update={"start": said.start or branch})
                checks.check_strategy(document, code, strategy, world, branch)
                merged[code] = strategy
        for code, strategy in merged.items():
            if strategy.start < branches[-1]:
                raise self.too_late(f"the strategy of {code} starts", strategy.start, branches[-1])
        return dict(sorted(merged.items()))

    def edits(
        self, branches: Sequence[str], scenario: Scenario, record: Sequence[Stimulus], world: World
    ) -> tuple[Edit, ...]:
        """All edits in order, with their first months filled in, each tried on the rows that those before it leave."""
        rows = carried_on(record, scenario)
        ids = {row.id: row for row in record}
        edits = []
        for document, branch in zip(self.documents, branches, strict=True):
            for number, said in enumerate(document.entry.edits):
                edit = _from_branch(said, branch)
                checks.check_edit(document, number, edit, world, ids)
                checks.check_window(document, number, edit, branch)
                if _start(edit) < scenario.branch:
                    raise self.too_late(
                        f"edit {number + 1} of {document.path} starts", _start(edit), scenario.branch
                    )
                try:
                    rows, _ = edited(rows, edit, month_number(scenario.branch))
                except InputError as error:
                    key = "months" if edit.verb == "shift" else "from"
                    raise document.error(("edits", number, edit.verb, key), error.message) from None
                edits.append(edit)
        return tuple(edits)

    def too_late(self, what: str, month: str, branch: str) -> InputError:
        document = self.last("branch") or self.leaf
        return document.error(
            ("branch",), f"{branch} is after {month}, when {what}; the branch must come first"
        )

    def parameters(self) -> tuple[Parameters, Posterior | None]:
        documents = [part for part in self.documents if part.says("parameters")]
        values = {name: value for part in documents for name, value in part.entry.parameters.values.items()}
        speaker = next((part for part in documents[::-1] if _says(part, "source")), None)
        source = speaker.entry.parameters.source if speaker else DEFAULT_SOURCE
        if self.given is not None and source in WITHOUT_POSTERIOR:
            if speaker is not None and speaker is self.settings:
                message = f"the parameters are set to '{source}', which needs no posterior; leave one of the two out"
                raise InputError(message, key=self.option.rstrip(" ="))
            source = "posterior"
        if source in WITHOUT_POSTERIOR:
            return Parameters(source=source, values=values), None
        speaker = speaker or self.leaf
        folder, expected = self.posterior(documents)
        found = self.read(folder, source, speaker)
        if source not in (*SOURCES, *found.tables):
            allowed = (*SOURCES, *found.tables)
            raise speaker.error(_place(speaker), unknown("source of parameters", source, allowed))
        require_same(found, expected)
        found.verify(source)
        shipped = folder == posterior_root()
        chosen = Parameters(
            source=source,
            values=values,
            posterior="" if shipped else str(folder),
            posterior_sha256=found.sha256,
        )
        return chosen, found

    def read(self, folder: Path, source: str, speaker: Document) -> Posterior:
        """The posterior in a folder; where none comes with Wedge, say what can be had without one."""
        if folder == posterior_root() and not os.path.isdir(folder):
            if source not in SOURCES:
                raise speaker.error(
                    _place(speaker), unknown("source of parameters", source, WITHOUT_POSTERIOR)
                )
            message = f"'{source}' needs a posterior and none comes with this copy; name one with {self.option}FOLDER"
            raise speaker.error(_place(speaker), message)
        return open_posterior(folder)

    def posterior(self, documents: Sequence[Document]) -> tuple[Path, str]:
        """Folder of the posterior, and the hash that a document expects of it."""
        folder, expected = posterior_root(), ""
        for document in documents:
            said = document.entry.parameters
            if said.posterior:
                folder, expected = self.posterior_of(document), ""
            expected = said.posterior_sha256 or expected
        return (folder if self.given is None else resolved(self.given)), expected

    def posterior_of(self, document: Document) -> Path:
        """The folder of a posterior that a document names: beside it, or anywhere if the document knows its hash."""
        said = document.entry.parameters
        folder = document.folder / said.posterior
        try:
            return within(folder, (document.folder, data_root()))
        except ValueError as error:
            if said.posterior_sha256:
                return Path(os.path.realpath(folder))
            message = f"'{said.posterior}' {error}; name it with {self.option}FOLDER"
            raise document.error(("parameters", "posterior"), message) from None

    def ties(self, branches: list[str]) -> tuple[TieEdit, ...]:
        ties = {}
        for document, branch in zip(self.documents, branches, strict=True):
            for tie in document.entry.ties:
                first, second = sorted((tie.a, tie.b))
                dated = {"a": first, "b": second, "start": tie.start or branch}
                ties[first, second] = tie.model_copy(update=dated)
        return tuple(ties[pair] for pair in sorted(ties))


def _says(document: Document, key: str) -> bool:
    return key in document.entry.parameters.model_fields_set


def _place(document: Document) -> KeyPath:
    """Where a document says the source of parameters."""
    place: KeyPath = ("parameters", "source")
    return place if place in document.positions else place[:1]


def _start(edit: Edit) -> str:
    if edit.add is not None:
        return edit.add.start
    assert edit.selector is not None
    return edit.selector.start


def _from_branch(edit: Edit, branch: str) -> Edit:
    """The edit with its first month filled in."""
    selector = edit.selector
    if selector is None or selector.start:
        return edit
    return edit.model_copy(update={edit.verb: selector.model_copy(update={"start": branch})})
