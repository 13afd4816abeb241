"""A case: a resolved scenario with everything that it refers to, read once and known by one hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import cached_property

from sim.errors import InputError
from sim.io.library import record_folder
from sim.io.schema_errors import described
from sim.scenario.edits import apply_edits
from sim.scenario.posterior import Posterior, posterior_for
from sim.scenario.record import EMPTY_RECORD, Record, Stimulus, load_record
from sim.scenario.schema import Scenario
from sim.scenario.targets import Targets, load_targets
from sim.scenario.world import Tie, World, load_world

_WORDS = ("name", "title", "question", "basis", "world", "record", "responses")
"""Keys of a scenario that decide no number: words, and the names of what is hashed by its content."""


@dataclass(frozen=True, repr=False)
class Case:
    """A resolved scenario with its world, its record and its posterior.

    Attributes
    ----------
    scenario : Scenario
    original_world : World
        As its file says.
    record : Record
        As documented, before the scenario's edits; empty if the scenario has none.
    posterior : Posterior or None
        What the parameters are drawn from, if they are.
    targets : Targets or None
        What states did, polls found and trade was, where the scenario's responses are ``recorded``; None where they are
        ``simulated``, so that a free run can read no target.

    Examples
    --------
    >>> from sim.scenario.loading import load_case
    >>> case = load_case("history")
    >>> case.scenario.name, len(case.record.stimuli), case.short == case.hash[:8]
    ('history', 299, True)
    """

    scenario: Scenario
    original_world: World
    record: Record
    posterior: Posterior | None
    targets: Targets | None

    def __repr__(self) -> str:
        scenario = self.scenario
        span = f"{self.original_world.start} to {scenario.until}"
        return f"<{type(self).__name__} {scenario.name}: {span}, hash {self.short}>"

    @cached_property
    def world(self) -> World:
        """The world with the scenario's ties."""
        ties = {tuple(sorted((tie.a, tie.b))): tie for tie in self.original_world.ties}
        for edit in self.scenario.ties:
            ties[tuple(sorted((edit.a, edit.b)))] = Tie(**edit.model_dump())
        return self.original_world.model_copy(update={"ties": tuple(ties.values())})

    @cached_property
    def events(self) -> tuple[Stimulus, ...]:
        """The stimuli of the record after the scenario's edits."""
        return apply_edits(self.record.stimuli, self.scenario)

    @cached_property
    def hash(self) -> str:
        """SHA-256 (hex) of everything that the numbers depend on, the content of world and record included."""
        content = {key: value for key, value in self.scenario.plain().items() if key not in _WORDS}
        for part in [part for edit in content["edits"] for part in edit.values()] + content["ties"]:
            part.pop("title", None)
            part.pop("source", None)
        if self.posterior is not None:
            content["parameters"].pop("posterior", None)
            content["parameters"]["posterior_sha256"] = self.posterior.sha256
        content["world content"] = self.original_world.model_dump(mode="json")
        if self.scenario.record is not None:
            content["stimuli"] = [asdict(row) for row in self.record.stimuli]
            content["leaders"] = [asdict(row) for row in self.record.leaders]
        if self.targets is not None:
            tables = vars(self.targets)
            content["targets"] = {name: [vars(row) for row in tables[name]] for name in tables}
        text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def short(self) -> str:
        """The first eight characters of the hash."""
        return self.hash[:8]


def resolve(scenario: Scenario | Case) -> Case:
    """The case of a resolved scenario; a case is returned as it is.

    Raises
    ------
    InputError
        If the world, the record, its targets or the posterior is missing or damaged, or the posterior is not the one that the
        scenario was resolved with; if it is no scenario.
    """
    if isinstance(scenario, Case):
        return scenario
    if not isinstance(scenario, Scenario):
        raise InputError(f"a scenario is expected that was loaded, not {described(scenario)}")
    world = load_world(scenario.world)
    folder = None if scenario.record is None else record_folder(scenario.record)
    record = EMPTY_RECORD if folder is None else load_record(folder, world)
    targets = None
    if scenario.responses == "recorded":
        if folder is None:
            raise InputError(f"scenario {scenario.name} has no record, so its responses cannot be recorded")
        targets = load_targets(folder, world, record)
    return Case(scenario, world, record, posterior_for(scenario.parameters), targets)
