"""What the manifest of a stored folder says: one model, and what a run and a comparison add to it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from sim.errors import one_line
from sim.months import MonthText

FORMAT = 1
FILE_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?$"
"""A file in the folder itself or one folder below it."""
Line = Annotated[str, AfterValidator(one_line), Field(max_length=2000)]


class Manifest(BaseModel):
    """What every manifest says; each kind of folder adds its own.

    Examples
    --------
    >>> problem_of(Manifest, {"format": 1, "kind": "run", "files": {"summary.csv": "ab"}})
    >>> problem_of(Manifest, {"format": 1, "kind": "run", "files": {"../secret": "ab"}})
    "invalid value at 'files.../secret.[key]'"
    """

    model_config = ConfigDict(strict=True)

    format: int
    kind: Line
    files: dict[Annotated[str, Field(pattern=FILE_NAME)], str]


class ScenarioEntry(BaseModel):
    """What the manifest of a run says of its scenario."""

    model_config = ConfigDict(strict=True)

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,59}$")
    title: Line
    question: Line
    world: str
    branch: MonthText
    record_until: MonthText | None = None
    report: list[MonthText]


class RunManifest(Manifest):
    """The manifest of a run."""

    kind: Literal["run"]
    identity: str
    scenario: ScenarioEntry
    scenario_hash: Line
    seed: int = Field(ge=0, lt=2**63)
    lanes: int = Field(ge=1, lt=2**31)
    engine: Line
    seconds: float = Field(ge=0, allow_inf_nan=False)
    digest: Line
    uncertainty: Literal["chance", "chance and parameters", "chance, parameters and structure"]
    levers: list[Line]
    hub: Line
    challenger: Line
    states: dict[Line, Line] = Field(min_length=1)
    failed: int = Field(0, ge=0)

    @model_validator(mode="after")
    def _no_more_failed_than_simulated(self) -> RunManifest:
        if self.failed > self.lanes:
            raise ValueError("more lanes failed than were simulated")
        return self


class ComparedRun(BaseModel):
    """A run of a comparison: a folder beside it."""

    folder: str = Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,254}$")
    digest: str


class ComparisonManifest(Manifest):
    """The manifest of a comparison."""

    kind: Literal["comparison"]
    runs: list[ComparedRun] = Field(min_length=2, max_length=1000)


def problem_of(model: type[Manifest], content: Any) -> str | None:
    """What is wrong with the content of a manifest, in a few words; None if nothing is."""
    try:
        model.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))[:60]
        return f"invalid value at '{place}'" if place else first["msg"].removeprefix("Value error, ")
    return None
