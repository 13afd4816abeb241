"""A world: the powers, the states between them, their ties, and the institutions that they can join.

Hub and challenger are fields of a world and never names in the code. Every number carries its source: a key
of ``sources``, a text that begins with ``assumption:``, or several of these joined by ``" + "``.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from sim.errors import InputError, nearest, one_line, unknown
from sim.io.library import data_root, is_name, names_in
from sim.months import MonthText

Code = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
PowerCode = Annotated[str, Field(pattern=r"^[A-Z]{3,4}$")]
Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")]
Words = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(one_line)]
Finite = Annotated[float, Field(allow_inf_nan=False)]
AnySide = Literal["hub", "challenger", "third"]

MOST_NODES = 60_000
"""Keys and values in the file of a world: 300 states with their quantities, and a dozen ties each."""
ASSUMPTION = "assumption:"
SOURCES_JOINED_BY = " + "

DEFAULT_HOME_ERROR = 0.6
"""Error of a home whose source gives none, units of ``home``: an assumption, half the usual distance between states."""

#: Allowed range of each measured quantity of a state.
RANGES: dict[str, tuple[float, float]] = {
    "capability": (0.0, 1.0),
    "home": (-6.0, 6.0),
    "dispute": (0.0, 1.0),
    "openness": (0.0, 1.0),
    "dependence": (0.0, 1.0),
    "opinion_of_challenger": (-1.0, 1.0),
    "opinion_of_hub": (-1.0, 1.0),
}


class Part(BaseModel):
    """A part of a world: immutable, and without keys nobody defined."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Quantity(Part):
    """A number and its source."""

    value: Finite
    source: Words


class Home(Quantity):
    """A position before the start, and the standard deviation of its error in the same unit."""

    error: Annotated[float, Field(ge=0.0, le=6.0, allow_inf_nan=False)] = DEFAULT_HOME_ERROR


class StateSpec(Part):
    """A state between the two powers as it stands when the world starts.

    Attributes
    ----------
    capability : Quantity
        Share of world material capability, 0 to 1.
    home : Home
        Position before the start, with its error; 1 is the standard deviation of the homes of the Indo-Pacific world,
        hub positive. ``tanh(home / 2)`` is the starting alignment, -1 to 1 (hub).
    dispute : Quantity
        Territorial or maritime dispute with the challenger, 0 to 1.
    openness : Quantity
        Openness of government, 0 to 1.
    dependence : Quantity
        Share of goods exports that goes to the challenger, 0 to 1.
    opinion_of_challenger, opinion_of_hub : Quantity
        Net favourability divided by 100, -1 to 1.
    """

    code: Code
    name: Words
    capability: Quantity
    home: Home
    dispute: Quantity
    openness: Quantity
    dependence: Quantity
    opinion_of_challenger: Quantity
    opinion_of_hub: Quantity

    @model_validator(mode="before")
    @classmethod
    def _only_home_has_an_error(cls, data: Any) -> Any:
        for quantity in RANGES:
            given = data.get(quantity) if isinstance(data, dict) else None
            if quantity != "home" and isinstance(given, dict) and "error" in given:
                raise ValueError(f"{quantity} has an error; only home may have one")
        return data

    @model_validator(mode="after")
    def _in_range(self) -> StateSpec:
        for quantity, (low, high) in RANGES.items():
            value = getattr(self, quantity).value
            if not low <= value <= high:
                raise ValueError(f"{quantity} of {self.code} is {value:g}; allowed is {low:g} to {high:g}")
        return self


class Power(Part):
    """An outside actor that may act upon states: who it is and whose side it counts for."""

    code: PowerCode
    name: Words
    side: AnySide
    capability: Quantity | None = None


class Tie(Part):
    """A tie between two states: -1 bitter rivals, 0 nothing, 1 sworn allies. Ties have no direction."""

    a: Code
    b: Code
    weight: Annotated[float, Field(ge=-1.0, le=1.0, allow_inf_nan=False)]
    source: Words


class Institution(Part):
    """A lasting arrangement that states join and leave.

    Attributes
    ----------
    sponsor : str
        Code of the power that stands behind it.
    members : tuple of str
        States that belong to it when the world starts.
    closed_to : tuple of str
        States that an offer open to all does not address.
    weight : int
        Size of the step of joining, 1 to 3 by the rubric of responses.
    threshold : float
        Added difficulty of acceptance, log odds.
    leave_below : float
        Alignment towards the sponsor's side under which a member tends to leave, -1 to 1.
    lock_in : float
        Position held towards the sponsor's side as long as a state is a member, units of ``home``; 0 in the worlds
        that ship, since what was measured speaks against any.
    minilateral : bool
        A small circle: a few states by invitation.
    hypothetical : bool
        It never existed; scenarios may open it.
    """

    key: Key
    title: Words
    side: Literal["hub", "challenger"]
    sponsor: PowerCode
    members: tuple[Code, ...] = ()
    closed_to: tuple[Code, ...] = ()
    weight: Annotated[int, Field(ge=1, le=3)]
    threshold: Annotated[float, Field(ge=-10.0, le=10.0, allow_inf_nan=False)]
    leave_below: Annotated[float, Field(ge=-1.0, le=1.0, allow_inf_nan=False)]
    lock_in: Annotated[float, Field(ge=0.0, le=3.0, allow_inf_nan=False)] = 0.0
    minilateral: bool
    hypothetical: bool = False
    source: Words


class World(Part):
    """Everything that exists when a simulation starts; see the module's text."""

    name: Key
    title: Words
    hub: PowerCode
    challenger: PowerCode
    start: MonthText
    units: dict[Words, Words]
    sources: dict[Words, Words]
    powers: Annotated[tuple[Power, ...], Field(min_length=2, max_length=50)]
    states: Annotated[tuple[StateSpec, ...], Field(min_length=1, max_length=300)]
    ties: tuple[Tie, ...] = ()
    institutions: tuple[Institution, ...] = ()

    @field_validator("powers")
    @classmethod
    def _unique_powers(cls, powers: tuple[Power, ...]) -> tuple[Power, ...]:
        _refuse_repeats([power.code for power in powers], "power")
        return powers

    @field_validator("states")
    @classmethod
    def _unique_states(cls, states: tuple[StateSpec, ...]) -> tuple[StateSpec, ...]:
        _refuse_repeats([state.code for state in states], "state")
        return states

    @field_validator("institutions")
    @classmethod
    def _unique_institutions(cls, institutions: tuple[Institution, ...]) -> tuple[Institution, ...]:
        _refuse_repeats([institution.key for institution in institutions], "institution")
        return institutions

    @model_validator(mode="after")
    def _consistent(self) -> World:
        self._check_sides()
        self._check_ties()
        self._check_institutions()
        self._check_sources()
        return self

    def _check_sides(self) -> None:
        sides = {power.code: power.side for power in self.powers}
        for role, code in (("hub", self.hub), ("challenger", self.challenger)):
            if sides.get(code) != role:
                raise ValueError(f"{role} '{code}' must be one of the powers with side {role}")
            if code in self.place:
                raise ValueError(f"{role} '{code}' must not be one of the states between the two powers")

    def _check_ties(self) -> None:
        for tie in self.ties:
            for code in (tie.a, tie.b):
                if code not in self.place:
                    raise ValueError(f"tie {tie.a}-{tie.b} names no state of this world: '{code}'")
            if tie.a == tie.b:
                raise ValueError(f"tie {tie.a}-{tie.b} joins a state to itself")
        _refuse_repeats(["-".join(sorted((tie.a, tie.b))) for tie in self.ties], "tie")

    def _check_institutions(self) -> None:
        sides = {power.code: power.side for power in self.powers}
        for institution in self.institutions:
            if sides.get(institution.sponsor) != institution.side:
                raise ValueError(
                    f"institution '{institution.key}': sponsor '{institution.sponsor}' must be a power "
                    f"with side {institution.side}"
                )
            for name, states in (("member", institution.members), ("closed to", institution.closed_to)):
                for code in states:
                    if code not in self.place:
                        raise ValueError(
                            f"institution '{institution.key}': {name} '{code}' is no state of this world"
                        )
            _refuse_repeats(list(institution.members), f"member of {institution.key}")

    def _check_sources(self) -> None:
        cited = [(state.code, getattr(state, name).source) for state in self.states for name in RANGES]
        cited += [(power.code, power.capability.source) for power in self.powers if power.capability]
        cited += [(f"tie {tie.a}-{tie.b}", tie.source) for tie in self.ties]
        cited += [(institution.key, institution.source) for institution in self.institutions]
        for where, joined in cited:
            for source in joined.split(SOURCES_JOINED_BY):
                named = source.startswith(ASSUMPTION) and source != ASSUMPTION
                if source not in self.sources and not named:
                    close = nearest(source, self.sources)
                    raise ValueError(f"{where}: source '{source}' is no key of sources{close}")

    @functools.cached_property
    def codes(self) -> tuple[str, ...]:
        """Codes of the states, sorted, whatever order the file lists them in."""
        return tuple(sorted(state.code for state in self.states))

    @functools.cached_property
    def place(self) -> dict[str, int]:
        """Code of a state -> its place in ``codes``."""
        return {code: number for number, code in enumerate(self.codes)}

    @functools.cached_property
    def _by_code(self) -> dict[str, StateSpec]:
        return {state.code: state for state in self.states}

    @functools.cached_property
    def _powers(self) -> dict[str, Power]:
        return {power.code: power for power in self.powers}

    def state(self, code: str) -> StateSpec:
        """The state with a code.

        Raises
        ------
        InputError
            If this world has no such state; the message names those there are.
        """
        if code not in self._by_code:
            raise InputError(unknown("state", code, self.codes))
        return self._by_code[code]

    def power(self, code: str) -> Power:
        """The power with a code; raises `InputError` as `state` does."""
        if code not in self._powers:
            raise InputError(unknown("power", code, self._powers))
        return self._powers[code]

    def institution(self, key: str) -> Institution:
        """The institution with a key; raises `InputError` as `state` does."""
        for institution in self.institutions:
            if institution.key == key:
                return institution
        raise InputError(unknown("institution", key, (part.key for part in self.institutions)))


def _refuse_repeats(names: list[str], what: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{what} '{name}' is listed twice")
        seen.add(name)


def load_world(name_or_path: str | Path) -> World:
    """Read and check a world.

    Parameters
    ----------
    name_or_path : str or Path
        The name of a world that comes with Wedge (``indo_pacific``), or the path of a YAML file.

    Raises
    ------
    InputError
        If there is no such world, or the file breaks the schema; with file, line and key.
    """
    from sim.io.yaml_files import read_text

    path = _world_path(name_or_path)
    return _world(path, read_text(path))


@functools.lru_cache(maxsize=8)
def _world(path: Path, text: str) -> World:
    """A world by the text of its file, kept: one run asks for it several times."""
    from sim.io.yaml_files import parse_yaml, validate

    data, positions = parse_yaml(text, path, most_nodes=MOST_NODES)
    return validate(World, data, positions, path)


def _world_path(name_or_path: str | Path) -> Path:
    if isinstance(name_or_path, Path) or not is_name(name_or_path):
        return Path(name_or_path)
    names = names_in(data_root() / "worlds")
    if name_or_path not in names:
        raise InputError(unknown("world", name_or_path, names))
    return data_root() / "worlds" / f"{name_or_path}.yaml"
