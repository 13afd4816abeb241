"""What a scenario may say: the schema of the file, and the resolved scenario that everything else works with.

``python -m sim.scenario.schema`` writes the JSON Schema files that editors use for completion and checks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    create_model,
    model_serializer,
    model_validator,
)

from sim.errors import one_line, unknown
from sim.io.yaml_files import as_yaml
from sim.model.parameters import DEFAULT_SOURCE, LEVERS, PARAMETERS, SOURCES
from sim.model.strategies import COEFFICIENTS, PLANS
from sim.months import month_number
from sim.scenario.record import DOMAINS, KINDS
from sim.types import Reactions, Responses

MOST_MONTHS = 1200
ASKED = ("steps", "alignment", "view", "dependence")
"""Outcomes of a state that a question may be about; a fifth is membership, written ``member.INSTITUTION``."""
MEMBER = "member."
DEFAULT_OUTCOMES = ("steps", "alignment", "view")
"""What a question is about that does not say."""
DEFAULT_RESPONSES: Responses = "recorded"
DEFAULT_REACTIONS: Reactions = "states"
"""What holds where a record says what states did and the scenario does not say which of the two it wants."""


class Part(BaseModel):
    """A part of a scenario: immutable, without keys nobody defined, without infinities."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False, populate_by_name=True)

    @model_serializer(mode="wrap")
    def _what_is_said(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Keys that were left out stay out, so that what is written can be read again."""
        return {key: value for key, value in handler(self).items() if value is not None and value != ""}


def _month(value: Any) -> str:
    month_number("nothing" if value is None else value)
    return str(value)


def _slug(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]{0,59}", value):
        raise ValueError(
            f"{value[:80]!r} is not a name; use up to 60 of a-z, 0-9 and '-', as in quiet-senkakus"
        )
    return value


def _line(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty; write a line of text")
    return one_line(" ".join(value.split()))


def _one_of(what: str, words: Sequence[str]) -> Callable[[str], str]:
    def check(value: str) -> str:
        if value not in words:
            raise ValueError(unknown(what, value, words))
        return value

    return check


def _asked(value: str) -> str:
    if value in ASKED or (value.startswith(MEMBER) and len(value) > len(MEMBER)):
        return value
    allowed = (*ASKED, f"{MEMBER}INSTITUTION")
    if value in ("member", MEMBER):
        raise ValueError(f"'{value}' names no institution; write {MEMBER}INSTITUTION, as in member.quad")
    raise ValueError(unknown("outcome of a state", value, allowed))


def _enumerated(words: Sequence[str]) -> Any:
    return Field(json_schema_extra={"enum": list(words)})


Month = Annotated[str, BeforeValidator(_month), Field(json_schema_extra={"pattern": r"^\d{4}-\d{2}$"})]
Slug = Annotated[str, AfterValidator(_slug)]
Line = Annotated[str, AfterValidator(_line), Field(max_length=2000)]
Code = Annotated[str, Field(max_length=40, description="A code of the world file, such as JPN.")]
Reference = Annotated[str, Field(min_length=1, max_length=300)]
Kind = Annotated[str, AfterValidator(_one_of("kind", KINDS)), _enumerated(KINDS)]
Domain = Annotated[str, AfterValidator(_one_of("domain", DOMAINS)), _enumerated(DOMAINS)]


class Selector(Part):
    """Rows of the record: those for which every key given here agrees, in the months ``from`` to ``to``."""

    id: Code = Field("", description="One row, by its id in the record, such as S005.")
    kind: Kind = ""
    sender: Code = Field("", description="The power that acts.")
    target: Code = Field("", description="The state acted upon; ALL picks the rows aimed at every state.")
    domain: Domain = ""
    institution: Code = Field("", description="The institution that an offer opens.")
    start: Month = Field("", alias="from", description="First month of the edit; the branch if left out.")
    end: Month = Field("", alias="to", description="Last month of the edit; the end if left out.")
    source: Line = Field("", description="Why, or where from; for people.")

    @model_validator(mode="after")
    def _selective(self) -> Selector:
        if not any((self.id, self.kind, self.sender, self.target)):
            raise ValueError("this would pick every row; name at least one of id, kind, sender, target")
        if self.start and self.end and self.end < self.start:
            raise ValueError(f"the window ends ({self.end}) before it starts ({self.start})")
        return self


class Drop(Selector):
    """Take rows out: offers that start in the window; of other rows, the months inside it."""


class Scale(Selector):
    """Multiply the intensity of rows in the window; it stays within the codebook's range."""

    by: float = Field(ge=0, le=100, description="Factor; 0 takes the rows out, 1 changes nothing.")


class Shift(Selector):
    """Move rows that start in the window to other months."""

    months: int = Field(ge=-MOST_MONTHS, le=MOST_MONTHS, description="Months later (negative: earlier).")


class Add(Part):
    """One more event."""

    kind: Kind
    sender: Code = Field(description="The power that acts.")
    target: Code = Field(description="A state, or ALL for every state; a power for kind stance.")
    start: Month
    end: Month
    intensity: float = Field(
        ge=-1, le=1, description="Strength by the codebook; negative for reassurance only."
    )
    title: Line
    source: Line = Field(description="Where from; 'assumption: ...' for what nobody has done.")
    domain: Domain = Field("", description="Needed for kind shock.")
    institution: Code = Field("", description="The institution that an offer opens to the target.")

    @model_validator(mode="after")
    def _coherent(self) -> Add:
        if self.end < self.start:
            raise ValueError(f"the event ends ({self.end}) before it starts ({self.start})")
        if self.intensity < 0 and self.kind != "reassurance":
            raise ValueError(f"intensity {self.intensity:g} is negative; only kind reassurance may have that")
        if self.kind == "shock" and not self.domain:
            raise ValueError("a shock needs a domain, such as war, nuclear, health or reputation")
        if self.institution and self.kind != "offer":
            raise ValueError(f"only an offer opens an institution; this event is of kind {self.kind}")
        return self


class Edit(Part):
    """One change of the record: exactly one of drop, scale, shift, add."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    drop: Drop | None = None
    scale: Scale | None = None
    shift: Shift | None = None
    add: Add | None = None

    @model_validator(mode="after")
    def _single(self) -> Edit:
        if sum(part is not None for part in (self.drop, self.scale, self.shift, self.add)) != 1:
            raise ValueError("an edit is exactly one of drop, scale, shift, add; begin each with its own '-'")
        return self

    @property
    def verb(self) -> str:
        """Which of the four it is."""
        return next(verb for verb in ("drop", "scale", "shift", "add") if getattr(self, verb) is not None)

    @property
    def selector(self) -> Drop | Scale | Shift | None:
        """The rows that it concerns; None where it adds one."""
        return self.drop or self.scale or self.shift


class TieEdit(Part):
    """A tie between two states, in place of the world's."""

    a: Code
    b: Code
    weight: float = Field(ge=-1, le=1, description="1 closest partners, 0 none, -1 rivals.")
    start: Month = Field("", alias="from", description="First month; the branch if left out.")
    source: Line


_Asked = Annotated[
    str,
    AfterValidator(_asked),
    Field(max_length=60, json_schema_extra={"pattern": rf"^({'|'.join(ASKED)}|{MEMBER.rstrip('.')}\..+)$"}),
]


class Asks(Part):
    """What a question comes down to: whose answer, of which outcomes, and when. It decides no number."""

    states: tuple[Code, ...] | None = Field(
        None, min_length=1, max_length=500, description="States; those that the edits name if left out."
    )
    outcomes: tuple[_Asked, ...] = Field(
        DEFAULT_OUTCOMES,
        min_length=1,
        max_length=12,
        description=f"The first one decides the verdict: {', '.join(ASKED)} or {MEMBER}INSTITUTION.",
    )
    at: tuple[Month, ...] = Field(
        (),
        max_length=24,
        description="Months of `report`, the first decides; the last month of the record and then the others if left out.",
    )
    expects: Literal["toward_hub", "away_from_hub"] | None = Field(
        None,
        description="Where a yes of the question points, toward_hub or away_from_hub; either way is a yes if left out.",
    )


class StrategyKeys(Part):
    """The keys of a strategy that are not coefficients."""

    plan: str = Field(
        "documented_habit",
        max_length=60,
        description="Preset of the power's side. A plan starts afresh; without one, inherited keys are kept.",
        json_schema_extra={"enum": [*sorted({plan for plans in PLANS.values() for plan in plans})]},
    )
    start: Month = Field("", alias="from", description="First month; the branch if left out.")
    targets: tuple[Code, ...] | None = Field(
        None, min_length=1, description="States that its offers go to; all if left out."
    )

    @property
    def coefficients(self) -> dict[str, float]:
        """Coefficients that differ from the plan's, by name."""
        return {
            name: getattr(self, name)
            for dials in COEFFICIENTS.values()
            for name in dials
            if getattr(self, name) is not None
        }


if TYPE_CHECKING:

    class Strategy(StrategyKeys):
        """What a power does from a month on: a plan, and coefficients that differ from it."""

else:
    Strategy = create_model(
        "Strategy",
        __base__=StrategyKeys,
        __module__=__name__,
        __doc__="What a power does from a month on: a plan, and coefficients that differ from it.",
        **{
            name: (
                float,
                Field(None, ge=dial.low, le=dial.high, description=f"{side.title()}: {dial.meaning}."),
            )
            for side, dials in COEFFICIENTS.items()
            for name, dial in dials.items()
        },
    )


class Parameters(Part):
    """Where the numbers of the rules come from, and those that are set by hand."""

    source: str = Field(
        DEFAULT_SOURCE,
        min_length=1,
        max_length=40,
        description="default, prior, posterior, stacked, or a rival of the posterior.",
    )
    values: dict[str, float] = Field({}, json_schema_extra={"propertyNames": {"enum": list(PARAMETERS)}})
    posterior: str = Field(
        "",
        max_length=1000,
        description="Folder of a calibration, beside this file; the one that comes with Wedge if left out.",
    )
    posterior_sha256: str = Field(
        "",
        pattern="^([0-9a-f]{64})?$",
        description="Hash of the posterior that must be found; written into stored runs.",
    )


def _parameters(value: Any) -> Any:
    return {"source": value} if isinstance(value, str) else value


def _or_word(schema: dict[str, Any]) -> None:
    mapping = {key: schema.pop(key) for key in ("$ref", "allOf") if key in schema}
    rival = {"type": "string", "pattern": "^[a-z][a-z0-9_-]*$"}
    schema["anyOf"] = [{"enum": list(SOURCES)}, rival, mapping]


Scaled = Annotated[float, Field(ge=0, le=100)]


class Changes(Part):
    """What a scenario may say about the numbers. Keys left out are inherited from the scenario it extends."""

    world: Reference = Field("", description="Name of a world, or a path beside this file.")
    record: Reference | None = Field(
        None, description="Name of a record or a folder beside this file; null for none."
    )
    record_until: Month = Field("", description="Last month that the record covers.")
    responses: Responses = Field(
        DEFAULT_RESPONSES,
        description="What states do while the record lasts: recorded (as it says) or simulated (left to chance).",
    )
    reactions: Reactions = Field(
        DEFAULT_REACTIONS,
        description="Whose own offers answer an edit while the record lasts: none, states (initiatives), or all (the hub's too).",
    )
    branch: Month = Field("", description="The record is kept as it is before this month; edits start here.")
    until: Month = Field("", description="Last month of the simulation.")
    report: tuple[Month, ...] = Field((), max_length=24, description="Months at which alignment is tabled.")
    edits: tuple[Edit, ...] = Field((), max_length=2000, description="Changes of the record, in order.")
    strategies: dict[str, Strategy] = Field({}, description="Power -> what it does from a month on.")
    parameters: Annotated[Parameters, BeforeValidator(_parameters)] = Field(
        Parameters(),
        description="default, prior, posterior, stacked or a rival's name; or these with values set by hand.",
        json_schema_extra=_or_word,
    )
    levers: dict[str, Scaled] = Field(
        {},
        description="Mechanism -> scale: 0 off, 1 as documented.",
        json_schema_extra={"propertyNames": {"enum": list(LEVERS)}},
    )
    ties: tuple[TieEdit, ...] = Field(
        (), max_length=2000, description="Ties between states, in place of the world's."
    )
    asks: Asks = Field(
        Asks(),
        description="What the question is about: states, outcomes, and months `at`. Not inherited, as no question is.",
    )


class ScenarioFile(Changes):
    """What a scenario file may say: a title, a question, and changes of the scenario that it extends."""

    name: Slug = Field("", description="Name of the scenario; the name of the file if left out.")
    title: Line = Field(description="What happens, in a few words.")
    question: Line = Field(description="The question that a run answers.")
    basis: Line = Field("not stated", description="Where the question comes from.")
    extends: Reference = Field(
        "", description="The scenario that this one changes: a name or a path beside this file."
    )


class Scenario(Part):
    """A scenario with everything it extends merged in and every default filled; what the engine runs.

    Attributes
    ----------
    world, record : str
        Names of what ships with Wedge, or absolute paths. ``record`` is None where nothing is documented.
    record_until : str or None
        Last month of the record (``YYYY-MM``).
    responses : str
        ``recorded``: lanes are conditioned on what the record says that states did. ``simulated``: they run freely.
    reactions : str
        Whose own offers a what-if decides again in the record's months: ``none``, ``states`` or ``all`` (the hub's too).
    branch, until : str
        First month that edits may touch, last month simulated.
    report : tuple of str
        Months at which alignment is tabled.
    edits : tuple of Edit
        In order, those of the extended scenario first; every ``start`` is filled in.
    strategies : dict
        Power code -> Strategy, every ``start`` filled in.
    levers : dict
        Lever name -> scale.
    asks : Asks
        What the question is about, outcomes and months filled in; ``states`` is None where the edits say it.
    """

    __iter__ = None  # type: ignore[assignment]  # one value, also to Mesa's batch_run, which takes iterables apart
    name: Slug
    title: Line
    question: Line
    basis: Line
    world: Reference
    record: Reference | None
    record_until: Month | None
    responses: Responses = "simulated"
    reactions: Reactions = DEFAULT_REACTIONS
    branch: Month
    until: Month
    report: tuple[Month, ...]
    edits: tuple[Edit, ...] = ()
    strategies: dict[str, Strategy] = Field(default_factory=dict)
    parameters: Parameters = Parameters()
    levers: dict[str, float] = Field(default_factory=dict)
    ties: tuple[TieEdit, ...] = ()
    asks: Asks = Asks()

    def plain(self) -> dict[str, Any]:
        """The scenario as plain data: what a file would say that extends nothing and leaves nothing out."""
        return self.model_dump(mode="json", by_alias=True)

    def to_yaml(self) -> str:
        """The scenario as the text of a file that loads to the same simulation again.

        A branch after the end edits nothing, and is written as the end: no file may say otherwise.
        """
        return as_yaml(self.plain() | {"branch": min(self.branch, self.until)})
