"""Random worlds and scenarios for every suite (hypothesis)."""

import functools
import tempfile
from pathlib import Path

import yaml
from hypothesis import strategies as st

from sim.model.strategies import COEFFICIENTS, PLANS
from sim.months import month_number, month_text
from sim.scenario.schema import Add, Edit, Parameters, Scenario, Strategy

CODES = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF")
START = "2000-01"
HUB, CHALLENGER, FRIEND, OTHER = "HUB", "CHA", "FRI", "OTH"
ASSUMED = "assumption: made for a test"


@functools.cache
def folder() -> Path:
    """A folder for the files of random worlds, gone with the process."""
    place = tempfile.TemporaryDirectory(prefix="worlds-")
    folder.place = place  # kept alive with the function
    return Path(place.name)


def quantity(low: float, high: float) -> st.SearchStrategy[dict]:
    return st.floats(low, high).map(lambda value: {"value": value, "source": ASSUMED})


def state(code: str) -> st.SearchStrategy[dict]:
    return st.fixed_dictionaries(
        {
            "code": st.just(code),
            "name": st.just(f"State {code}"),
            "capability": quantity(0.001, 0.2),
            "home": quantity(-1.2, 1.2),
            "dispute": st.sampled_from((0.0, 0.3, 1.0)).map(
                lambda value: {"value": value, "source": ASSUMED}
            ),
            "openness": quantity(0.0, 1.0),
            "dependence": quantity(0.0, 0.6),
            "opinion_of_challenger": quantity(-0.8, 0.8),
            "opinion_of_hub": quantity(-0.8, 0.8),
        }
    )


def institution(number: int, codes: tuple[str, ...]) -> st.SearchStrategy[dict]:
    return st.fixed_dictionaries(
        {
            "key": st.just(f"club_{number}"),
            "title": st.just(f"Club {number}"),
            "side": st.just("hub" if number % 2 == 0 else "challenger"),
            "sponsor": st.just(HUB if number % 2 == 0 else CHALLENGER),
            "members": st.lists(st.sampled_from(codes), unique=True),
            "weight": st.integers(1, 3),
            "threshold": st.floats(-1.0, 1.0),
            "leave_below": st.floats(-0.5, 0.3),
            "lock_in": st.floats(0.0, 0.3),
            "minilateral": st.booleans(),
            "source": st.just(ASSUMED),
        }
    )


@st.composite
def worlds(draw: st.DrawFn) -> str:
    """The path of a world file: 2 to 6 states, random ties and institutions, states listed in any order."""
    codes = CODES[: draw(st.integers(2, len(CODES)))]
    states = [draw(state(code)) for code in draw(st.permutations(codes))]
    pairs = [(a, b) for a in codes for b in codes if a < b]
    ties = [
        {"a": a, "b": b, "weight": draw(st.floats(-1.0, 1.0)), "source": ASSUMED}
        for a, b in draw(st.lists(st.sampled_from(pairs), unique=True))
    ]
    clubs = [draw(institution(number, codes)) for number in range(draw(st.integers(0, 4)))]
    return write_world(states, ties, clubs)


def write_world(states: list[dict], ties: list[dict], clubs: list[dict]) -> str:
    """Write a world between ``HUB`` and ``CHA`` and say where."""
    sides = {HUB: "hub", CHALLENGER: "challenger", FRIEND: "hub", OTHER: "third"}
    world = {
        "name": "random",
        "title": "A random world",
        "hub": HUB,
        "challenger": CHALLENGER,
        "start": START,
        "units": {},
        "sources": {},
        "powers": [{"code": code, "name": f"Power {code}", "side": side} for code, side in sides.items()],
        "states": states,
        "ties": ties,
        "institutions": clubs,
    }
    text = yaml.safe_dump(world)
    path = folder() / f"{abs(hash(text))}.yaml"
    path.write_text(text)
    return str(path)


def event(codes: tuple[str, ...], clubs: tuple[str, ...], months: int) -> st.SearchStrategy[Edit]:
    """One added act of any sender on any state."""
    first = month_number(START)

    def build(
        kind: str,
        sender: str,
        target: str,
        start: int,
        length: int,
        size: float,
        club: str | None,
        domain: str,
    ) -> Edit:
        return Edit(
            add=Add(
                kind=kind,
                sender=sender,
                target=target,
                start=month_text(first + start),
                end=month_text(first + start + length),
                intensity=-size if kind == "reassurance" and length % 2 else size,
                title="an act",
                source=ASSUMED,
                **({"domain": domain} if kind == "shock" else {}),
                **({"institution": club} if club and kind == "offer" else {}),
            )
        )

    return st.builds(
        build,
        st.sampled_from(
            ("coercion", "punishment", "pressure", "offer", "accommodation", "reassurance", "shock")
        ),
        st.sampled_from((HUB, CHALLENGER, FRIEND, OTHER)),
        st.sampled_from((*codes, "ALL")),
        st.integers(0, months - 1),
        st.integers(0, 30),
        st.sampled_from((0.1, 0.3, 0.5, 0.8, 1.0)),
        st.sampled_from((None, *clubs)),
        st.sampled_from(("war", "health", "reputation", "nuclear")),
    )


def strategy(side: str, months: int) -> st.SearchStrategy[Strategy]:
    dials = {
        name: st.floats(dial.low, min(dial.high, 4.0))
        for name, dial in COEFFICIENTS[side].items()
        if dial.high > 0
    }

    def build(plan: str, start: int, chosen: dict[str, float]) -> Strategy:
        return Strategy(plan=plan, **{"from": month_text(month_number(START) + start)}, **chosen)

    return st.builds(
        build,
        st.sampled_from(sorted(PLANS[side])),
        st.integers(0, months - 1),
        st.fixed_dictionaries({}, optional=dials),
    )


@st.composite
def scenarios(draw: st.DrawFn, months: int = 40) -> Scenario:
    """A scenario in a random world: random acts, strategies from random months on, defaults or priors."""
    from sim.scenario.world import load_world

    path = draw(worlds())
    world = load_world(path)
    clubs = tuple(part.key for part in world.institutions)
    edits = draw(st.lists(event(world.codes, clubs, months), max_size=12))
    plans = {
        code: draw(strategy(side, months))
        for code, side in ((HUB, "hub"), (CHALLENGER, "challenger"))
        if draw(st.booleans())
    }
    until = month_text(month_number(START) + months - 1)
    return Scenario(
        name="random",
        title="Random",
        question="Do both engines agree?",
        basis="made for tests",
        world=path,
        record=None,
        record_until=START,
        branch=START,
        until=until,
        report=(until,),
        edits=tuple(edits),
        strategies=plans,
        parameters=Parameters(source=draw(st.sampled_from(("default", "prior", "posterior")))),
    )
