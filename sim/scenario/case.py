"""A case: a resolved scenario with everything that it refers to, read once and known by one hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from functools import cached_property

from sim.errors import InputError
from sim.io.library import record_folder
from sim.io.schema_errors import described
from sim.months import month_number
from sim.scenario.edits import apply_edits
from sim.scenario.posterior import Posterior, posterior_for
from sim.scenario.record import EMPTY_RECORD, Record, Stimulus, load_record
from sim.scenario.schema import Scenario
from sim.scenario.targets import Targets, load_targets
from sim.scenario.world import Tie, World, load_world

_WORDS = ("name", "title", "question", "basis", "world", "record", "responses", "asks")
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
    ('history', 310, True)
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
        """The world with all the scenario's ties, as they are in its last month."""
        return self.tied_worlds[-1][1]

    @cached_property
    def tied_worlds(self) -> tuple[tuple[int, World], ...]:
        """The world under the ties of each period: the number of its first month, and the world; in order."""
        first = month_number(self.original_world.start)
        starts = {
            edit: max(month_number(edit.start or self.original_world.start), first)
            for edit in self.scenario.ties
        }
        worlds = []
        for month in sorted({first, *starts.values()}):
            ties = {tuple(sorted((tie.a, tie.b))): tie for tie in self.original_world.ties}
            for edit, start in starts.items():
                if start <= month:
                    said = edit.model_dump(exclude={"start"})
                    ties[tuple(sorted((edit.a, edit.b)))] = Tie(**said)
            worlds.append((month, self.original_world.model_copy(update={"ties": tuple(ties.values())})))
        return tuple(worlds)

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

    def read_draws(self) -> None:
        """Read what the parameters of lanes are drawn from, so that nothing is simulated with damaged numbers.

        Loading a case compares the tables of its posterior with their checksums and does not decode them.

        Raises
        ------
        InputError
            If a table is damaged, or holds impossible draws.

        Examples
        --------
        >>> from sim.scenario.loading import load_case
        >>> load_case("history").read_draws()
        """
        if self.posterior is not None:
            self.posterior.read(self.scenario.parameters.source)

    @property
    def last_recorded(self) -> int:
        """Number of the last month in which states do what the record says; before the first month where they do not."""
        return self.last_documented if self.targets else month_number(self.original_world.start) - 1

    @property
    def last_documented(self) -> int:
        """Number of the last month that the record covers; before the first month where there is no record."""
        known = [row.date for row in self.targets.responses] if self.targets else []
        known += [row.end for row in self.record.stimuli]
        if self.record.extent:
            known = [self.record.extent[1]]
        if not known:
            return month_number(self.original_world.start) - 1
        last = max(known)
        bounds = [text for text in (self.scenario.record_until, self.scenario.until) if text]
        return min([last, *map(month_number, bounds)])

    @cached_property
    def as_recorded(self) -> Case:
        """The case as it happened: without edits, ties of its own, and strategies that start in the record's months."""
        scenario, last = self.scenario, self.last_recorded
        later = {
            code: strategy
            for code, strategy in scenario.strategies.items()
            if month_number(strategy.start) > last
        }
        if not scenario.edits and not scenario.ties and len(later) == len(scenario.strategies):
            return self
        plain = scenario.model_copy(update={"edits": (), "ties": (), "strategies": later})
        return replace(self, scenario=plain)

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
