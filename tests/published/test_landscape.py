"""The landscape theory of alliances against its authors' own numbers (see ``data/README.md`` for sources)."""

from __future__ import annotations

import csv
from collections import Counter
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.model.landscape import Links, descend, energy, frustration, pull_of_other_bloc
from sim.types import Floats
from tests.landscapes import links

DATA = Path(__file__).parent / "data"
Sides = NDArray[np.int64]


def table(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def is_stable(size: Floats, propensity: Links, side: Sides) -> bool:
    """Whether no actor would fit the other bloc better."""
    return all(pull_of_other_bloc(size, propensity, side, i) <= 0.0 for i in range(len(side)))


def splits(actors: int) -> list[Sides]:
    """Every way to split actors into two blocs, the last on side 0: a split and its mirror image are one."""
    return [np.array([number >> i & 1 for i in range(actors)]) for number in range(2 ** (actors - 1))]


def mirrored(side: Sides) -> tuple[int, ...]:
    return tuple(int(x) for x in (side if side[-1] == 0 else 1 - side))


# --- Syria, 2016 -------------------------------------------------------------------------------------------------

ACTORS = [row["actor"] for row in table("syria_2016_actors")]


@cache
def relations() -> Links:
    rows = table("syria_2016_propensity_1to5")
    assert [row["actor"] for row in rows] == ACTORS
    propensity = np.array(
        [[float(row[other]) - 3 if row[other] else 0.0 for other in ACTORS] for row in rows]
    )
    np.testing.assert_array_equal(propensity, propensity.T)
    return links(propensity)


@cache
def strengths(variant: str) -> Floats:
    return np.array([float(row[f"strength_{variant}"]) for row in table("syria_2016_actors")])


@pytest.fixture(params=["base", "weak_syria"])
def variant(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def configurations(variant: str) -> list[tuple[dict[str, str], Sides]]:
    rows = table(f"syria_2016_results_{variant}")
    return [(row, np.array([int(digit) - 1 for digit in row["configuration"]])) for row in rows]


def test_all_configurations_are_there_once(variant: str) -> None:
    found = {row["configuration"] for row, _ in configurations(variant)}
    assert len(found) == len(configurations(variant)) == 2 ** (len(ACTORS) - 1)
    assert {configuration[0] for configuration in found} == {"1"}


def test_energy_of_every_configuration(variant: str) -> None:
    size = strengths(variant)
    found = [energy(size, relations(), side) for _, side in configurations(variant)]
    assert found == [float(row["energy"]) for row, _ in configurations(variant)]


def test_frustration_of_every_actor_in_every_configuration(variant: str) -> None:
    size = strengths(variant)
    for row, side in configurations(variant):
        found = [size[i] * frustration(size, relations(), side, i) for i in range(len(ACTORS))]
        assert found == [float(row[f"wfrust_{actor}"]) for actor in ACTORS]
        assert sum(found) == energy(size, relations(), side)


def test_local_minima(variant: str) -> None:
    size = strengths(variant)
    for row, side in configurations(variant):
        assert is_stable(size, relations(), side) == (row["local_min"] == "true"), row["configuration"]


def test_descent_from_everywhere_ends_in_the_one_minimum(variant: str) -> None:
    size = strengths(variant)
    (published,) = [side for row, side in configurations(variant) if row["local_min"] == "true"]
    for _, side in configurations(variant):
        reached = side.copy()
        descend(size, relations(), reached, len(ACTORS))
        assert mirrored(reached) == mirrored(published)


# --- Unix standards, 1988 ----------------------------------------------------------------------------------------


def firms() -> tuple[Floats, Links, list[Sides]]:
    rows = table("unix_1993_firms")
    size = np.array([float(row["size"]) for row in rows])
    kinds = [row["type"] for row in rows]
    propensity = np.array([[-1.0 if one == other else 0.0 for other in kinds] for one in kinds])
    predicted = [np.array([int(row[f"configuration{k}_side"]) - 1 for row in rows]) for k in (1, 2)]
    return size, links(propensity), predicted


def test_the_two_reported_alliances_are_the_only_minima_with_equal_energy() -> None:
    size, propensity, predicted = firms()
    stable = {mirrored(side) for side in splits(9) if is_stable(size, propensity, side)}
    assert stable == {mirrored(side) for side in predicted}
    one, other = (energy(size, propensity, side) for side in predicted)
    assert one == pytest.approx(other, rel=1e-14)
    assert one == pytest.approx(min(energy(size, propensity, side) for side in splits(9)), rel=1e-14)


def test_their_basins_are_equal() -> None:
    size, propensity, predicted = firms()
    basins: Counter[tuple[int, ...]] = Counter()
    for start in splits(9):
        side = start.copy()
        descend(size, propensity, side, 9)
        basins[mirrored(side)] += 1
    assert basins == {mirrored(side): 128 for side in predicted}


def test_six_of_seven_firms_are_placed_right_once_att_joins_sun() -> None:
    """The prediction with AT&T and Sun on one side; of the seven others only IBM went elsewhere."""
    rows = table("unix_1993_firms")
    _, _, predicted = firms()
    firm = [row["firm"] for row in rows]
    (chosen,) = [side for side in predicted if side[firm.index("ATT")] == side[firm.index("Sun")]]
    suns = chosen[firm.index("Sun")]
    wrong = [
        row["firm"]
        for row, side in zip(rows, chosen, strict=True)
        if (row["actual_alliance"] == "UnixInternational") != (side == suns)
    ]
    assert wrong == ["IBM"]


# --- Europe, 1936, if size alone mattered ------------------------------------------------------------------------


def test_five_great_powers_that_only_balance_have_four_minima() -> None:
    """None of them is the alliance of Britain, France and the Soviet Union against Germany and Italy."""
    size = {row["country"]: float(row["size_1936_percent"]) for row in table("europe_1936_sizes")}
    powers = ["Britain", "France", "Germany", "Italy", "SovietUnion"]
    rivals = links(-np.ones((5, 5)))
    own = np.array([size[power] for power in powers])
    stable = {mirrored(side) for side in splits(5) if is_stable(own, rivals, side)}
    assert len(stable) == 4
    historical = np.array([power in ("Germany", "Italy") for power in powers]).astype(int)
    assert mirrored(historical) not in stable


def test_seventeen_states_that_only_balance_have_about_209_minima() -> None:
    """Published: 209, from sizes that are printed to 0.01 per cent; unrounded at random they must give counts around it."""
    printed = np.array([float(row["size_1936_percent"]) for row in table("europe_1936_sizes")])
    assert len(printed) == 17
    signs = np.array(splits(17)) * 2 - 1

    def gains(size: Floats) -> Floats:
        """What each state would gain by changing sides, for every split."""
        return signs * (signs @ size)[:, None] - size

    chance = np.random.default_rng(1936)
    unrounded = [printed + chance.uniform(-0.005, 0.005, 17) for _ in range(30)]
    counts = [int((gains(size) <= 0).all(axis=1).sum()) for size in unrounded]
    assert min(counts) <= 209 <= max(counts)
    assert np.median(counts) == pytest.approx(209, abs=6)
    rivals, whole = links(-np.ones((17, 17))), gains(printed)
    for number in np.linspace(0, len(signs) - 1, 200).astype(int):
        side = (signs[number] + 1) // 2
        own = [pull_of_other_bloc(printed, rivals, side, i) for i in range(17)]
        np.testing.assert_allclose(own, whole[number], atol=1e-9)
