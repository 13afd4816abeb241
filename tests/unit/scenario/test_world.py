"""Worlds: what those that ship hold, that they are built from their sources, and what is refused."""

import copy
import csv
import math
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from scenarios.worlds.build import built
from sim.errors import InputError
from sim.scenario.world import ASSUMPTION, DEFAULT_HOME_ERROR, MOST_NODES, RANGES, World, load_world
from tests.places import ROOT

WORLDS = ROOT / "scenarios" / "worlds"
NAMES = ("europe_1936", "indo_pacific", "world")


@pytest.fixture(scope="module")
def pacific() -> World:
    return load_world("indo_pacific")


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return built()


def test_every_shipped_world_is_tested() -> None:
    assert {path.stem for path in WORLDS.glob("*.yaml")} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_file_is_what_its_sources_give(texts: dict[str, str], name: str) -> None:
    assert (WORLDS / f"{name}.yaml").read_bytes() == texts[name].encode()


@pytest.mark.parametrize("name", NAMES)
def test_the_safe_reader_and_yaml_agree(name: str) -> None:
    plain = yaml.safe_load((WORLDS / f"{name}.yaml").read_text(encoding="utf-8"))
    assert load_world(name) == World.model_validate(plain)


def test_who_is_in_the_indo_pacific(pacific: World) -> None:
    assert len(pacific.codes) == 22
    assert pacific.codes == tuple(sorted(pacific.codes))
    assert (pacific.hub, pacific.challenger, pacific.start) == ("USA", "CHN", "2010-01")
    sides = {power.code: power.side for power in pacific.powers}
    assert sides == {
        "USA": "hub", "NATO": "hub", "JPN": "hub", "CHN": "challenger", "RUS": "challenger", "PRK": "third",
    }  # fmt: skip
    assert pacific.power("JPN").capability == pacific.state("JPN").capability


def test_numbers_follow_from_the_sources_by_hand(pacific: World) -> None:
    assert pacific.state("AUS").opinion_of_challenger.value == 0.117  # one wave, 51.7 - 40.0
    shares = (11.5, 12.3, 14.2, 14.6, 21.81)
    assert pacific.state("AUS").dependence.value == pytest.approx(sum(shares) / 500, abs=5e-5)
    smallest = (6.4, 4.9, 4.0, 4.7, 6.4)  # China is not printed for Bangladesh: half of these
    assert pacific.state("BGD").dependence.value == pytest.approx(sum(smallest) / 1000, abs=5e-5)
    assert pacific.state("TWN").openness.value == pytest.approx(11 / 12, abs=5e-5)


def test_homes_are_what_was_measured(pacific: World) -> None:
    with (WORLDS / "sources" / "indo_pacific" / "homes.csv").open(encoding="utf-8", newline="") as handle:
        rows = {row["state"]: row for row in csv.DictReader(handle)}
    assert rows.keys() == set(pacific.codes)
    for code, row in rows.items():
        home = pacific.state(code).home
        assert (home.value, home.error) == (float(row["home"]), float(row["error"]))
        assert home.source == "measured_home"


def test_homes_are_in_units_of_their_own_spread(pacific: World) -> None:
    """Means over draws have mean zero; with their errors they have the variance of one unit."""
    value = [pacific.state(code).home.value for code in pacific.codes]
    error = [pacific.state(code).home.error for code in pacific.codes]
    assert sum(value) == pytest.approx(0.0, abs=0.01)
    assert sum(v**2 + e**2 for v, e in zip(value, error, strict=True)) / 22 == pytest.approx(1.0, abs=0.01)


def test_homes_order_states_as_a_reader_of_2009_would(pacific: World) -> None:
    home = {code: pacific.state(code).home.value for code in pacific.codes}
    assert min(home, key=home.__getitem__) == "PRK"
    assert set(sorted(home, key=home.__getitem__)[-3:]) == {"AUS", "KOR", "JPN"}
    assert home["PHL"] > home["THA"] > home["KHM"] > home["LAO"]
    assert home["NZL"] > home["PAK"]


def test_a_home_without_an_error_gets_the_usual_one() -> None:
    state = World.model_validate(SMALL).states[0]
    assert state.home.error == DEFAULT_HOME_ERROR
    assert not hasattr(state.dispute, "error")


def test_assumptions_are_named_where_nothing_was_measured(pacific: World) -> None:
    assumed = {
        quantity: {
            code
            for code in pacific.codes
            if getattr(pacific.state(code), quantity).source.startswith(ASSUMPTION)
        }
        for quantity in RANGES
    }
    surveyed = {"AUS", "BGD", "IDN", "IND", "JPN", "KOR", "MYS", "PAK", "RUS"}
    assert assumed == {
        "capability": set(),
        "home": set(),
        "dispute": set(),
        "openness": {"BRN", "TWN"},
        "dependence": {"BGD", "BRN", "KHM", "LAO", "LKA"},
        "opinion_of_challenger": set(pacific.codes) - surveyed,
        "opinion_of_hub": set(pacific.codes) - surveyed,
    }
    assert all(ASSUMPTION in institution.source for institution in pacific.institutions)


def test_no_observation_after_2009_reaches_the_starting_values() -> None:
    years = set()
    for path in (WORLDS / "sources" / "indo_pacific").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as handle:
            years |= {int(row["year"]) for row in csv.DictReader(handle) if "year" in row}
    assert years == set(range(2005, 2010))


def test_ties_hold_what_their_rules_say(pacific: World) -> None:
    weights = {(tie.a, tie.b): tie.weight for tie in pacific.ties}
    assert all(a < b for a, b in weights)
    assert weights["IND", "PAK"] == weights["KOR", "PRK"] == -1.0
    assert weights["AUS", "NZL"] == 0.5  # a duty to consult
    assert weights["PHL", "THA"] == 0.6  # allies of the hub and fellow members of ASEAN
    assert weights["JPN", "KOR"] == pytest.approx(0.1)  # allies of the hub and rivals
    assert ("AUS", "IND") not in weights


def test_institutions_at_the_start(pacific: World) -> None:
    members = {part.key: part.members for part in pacific.institutions if part.members}
    assert members == {
        "us_japan_alliance": ("JPN",),
        "us_korea_alliance": ("KOR",),
        "us_australia_alliance": ("AUS",),
        "us_philippines_alliance": ("PHL",),
        "us_thailand_alliance": ("THA",),
        "sco": ("RUS",),
        "brics": ("IND", "RUS"),
        "chn_prk_treaty": ("PRK",),
        "chn_rus_partnership": ("RUS",),
    }
    assert [part.key for part in pacific.institutions if part.hypothetical] == ["big_circle"]


def test_no_member_starts_under_its_leaving_point(pacific: World) -> None:
    for name in NAMES:
        world = load_world(name)
        for institution in world.institutions:
            sign = 1 if institution.side == "hub" else -1
            for code in institution.members:
                assert sign * math.tanh(world.state(code).home.value / 2) > institution.leave_below, (
                    institution.key
                )


def test_europe_knows_other_powers() -> None:
    europe = load_world("europe_1936")
    assert (europe.hub, europe.challenger, len(europe.codes)) == ("GBR", "DEU", 15)
    assert europe.state("SUN").capability.value == 0.1501  # Axelrod and Bennett 1993, Table 1: 15.01 percent
    towards_hub = {code for code in europe.codes if europe.state(code).home.value > 0}
    assert towards_hub == {"CSK", "DNK", "FRA", "GRC", "SUN", "YUG"}  # Configuration 1 without Britain
    assert {code for code in europe.codes if europe.state(code).dispute.value} == {
        "CSK",
        "DNK",
        "FRA",
        "LTU",
        "POL",
    }


# --- the whole world ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def world() -> World:
    return load_world("world")


def source_rows(name: str) -> list[dict[str, str]]:
    path = WORLDS / "sources" / "world" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_the_world_is_all_members_of_the_united_nations(world: World) -> None:
    """193 in 2013: the two powers stand between nobody, so 191 states are left."""
    assert (world.hub, world.challenger, world.start) == ("USA", "CHN", "2013-01")
    assert {power.code for power in world.powers} == {"USA", "CHN"}
    assert len(world.codes) == 191
    assert len({*world.codes, "USA", "CHN"}) == 193
    assert {row["code"] for row in source_rows("states")} == {*world.codes, "USA", "CHN"}
    assert not {"TWN", "XKX", "PSE", "YUG"} & set(world.codes)
    total = sum(state.capability.value for state in world.states)
    total += sum(power.capability.value for power in world.powers if power.capability)
    assert total == pytest.approx(1.0, abs=0.005), "shares of the world"


def test_the_numbers_of_the_world_follow_from_its_sources_by_hand(world: World) -> None:
    votes = {row["code"]: float(row["ideal_point"]) for row in source_rows("states")}
    relative = {code: 2 * (votes[code] - votes["CHN"]) / (votes["USA"] - votes["CHN"]) - 1 for code in votes}
    assert world.state("GBR").home.value == pytest.approx(2 * math.atanh((relative["GBR"] + 1) / 2), abs=5e-5)
    assert world.state("IND").home.value == pytest.approx(2 * math.atanh(relative["IND"] / 2), abs=5e-5)
    assert relative["IRN"] < -1  # further from the United States than China is: cut
    assert world.state("IRN").home.value == pytest.approx(2 * math.atanh(-0.5), abs=5e-5)
    assert world.state("PRK").home.value == pytest.approx(
        2 * math.atanh(-0.9), abs=5e-5
    )  # a treaty besides: cut
    assert world.state("TON").openness.value == pytest.approx(8 / 12, abs=5e-5)  # rated 3 and 3


def test_what_the_indo_pacific_measures_the_world_takes_over(world: World, pacific: World) -> None:
    both = sorted(set(world.codes) & set(pacific.codes))
    assert set(pacific.codes) - set(both) == {"TWN"}
    for code in both:
        for quantity in ("dispute", "dependence", "opinion_of_challenger", "opinion_of_hub"):
            assert getattr(world.state(code), quantity) == getattr(pacific.state(code), quantity)
    assert world.state("BTN").dispute.value == 1.0


def test_what_nobody_measured_is_called_an_assumption_in_the_world(world: World, pacific: World) -> None:
    assumed = {
        quantity: {
            state.code for state in world.states if getattr(state, quantity).source.startswith(ASSUMPTION)
        }
        for quantity in RANGES
    }
    near = set(pacific.codes)
    assert assumed["capability"] == assumed["home"] == set()
    assert assumed["dispute"] == set(world.codes) - near - {"BTN"}
    assert assumed["openness"] == {row["state"] for row in source_rows("freedom_ratings")}
    assert assumed["openness"] == {row["code"] for row in source_rows("states") if not row["polyarchy"]}
    assert set(world.codes) - near <= assumed["dependence"]
    assert set(world.codes) - near <= assumed["opinion_of_hub"] == assumed["opinion_of_challenger"]


def test_ties_of_the_world_are_its_pacts_but_those_with_a_power(world: World) -> None:
    pacts = [{row["a"], row["b"]} for row in source_rows("defence_pacts")]
    assert len(pacts) == 1681
    between = [pair for pair in pacts if not pair & {"USA", "CHN"}]
    weights = {(tie.a, tie.b): tie.weight for tie in world.ties}
    assert len(between) == 1615
    assert [pair for pair in between if weights[tuple(sorted(pair))] != 1.0] == []
    assert {pair for pair, weight in weights.items() if weight < 0} == {
        ("IND", "PAK"), ("JPN", "KOR"), ("JPN", "PRK"), ("JPN", "RUS"), ("KHM", "THA"), ("KOR", "PRK"),
    }  # fmt: skip
    assert len(weights) == 1621


def test_allies_of_the_hub_have_a_pact_with_it(world: World) -> None:
    pacts = [{row["a"], row["b"]} for row in source_rows("defence_pacts")]
    treaties = [part for part in world.institutions if part.side == "hub"]
    assert {part.key: len(part.members) for part in treaties if len(part.members) > 1} == {
        "nato": 27,
        "rio_treaty": 20,
    }
    for part in treaties:
        assert [code for code in part.members if {code, "USA"} not in pacts] == []


def test_a_world_is_read_once_and_again_after_a_change(tmp_path: Path, texts: dict[str, str]) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(texts["europe_1936"], encoding="utf-8")
    first = load_world(path)
    assert load_world(path) is first
    path.write_text(texts["europe_1936"].replace("1936-01", "1937-01"), encoding="utf-8")
    assert load_world(path).start == "1937-01"


def test_a_world_may_hold_more_than_a_scenario_and_not_everything(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    path.write_text("ties: [" + "1," * MOST_NODES + "]\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"more than 60,000 keys and values"):
        load_world(path)


def test_codes_do_not_depend_on_the_order_of_the_file(pacific: World) -> None:
    turned = pacific.model_copy(update={"states": pacific.states[::-1]})
    assert World.model_validate(turned.model_dump()).codes == pacific.codes


def test_a_missing_part_is_named_with_those_there_are(pacific: World) -> None:
    with pytest.raises(InputError, match=r"state 'JPM'.* AUS, BGD, .* VNM; did you mean 'JPN'\?"):
        pacific.state("JPM")
    with pytest.raises(InputError, match=r"power 'NATOO'.*did you mean 'NATO'"):
        pacific.power("NATOO")
    with pytest.raises(InputError, match=r"institution 'quadd'.*did you mean 'quad'"):
        pacific.institution("quadd")
    with pytest.raises(
        InputError, match=r"world 'indo-pacific'.* europe_1936, indo_pacific, world; did you mean"
    ):
        load_world("indo-pacific")


def test_a_world_cannot_be_changed(pacific: World) -> None:
    with pytest.raises(ValidationError):
        pacific.states[0].home.value = 0.0


SMALL: dict[str, Any] = {
    "name": "small",
    "title": "Two states",
    "hub": "HUB",
    "challenger": "CHA",
    "start": "2010-01",
    "units": {},
    "sources": {"book": "A book"},
    "powers": [{"code": "HUB", "name": "Hub", "side": "hub"}, {"code": "CHA", "name": "Other", "side": "challenger"}],
    "states": [
        {"code": code, "name": code} | {name: {"value": 0.1, "source": "book"} for name in RANGES}
        for code in ("AAA", "BBB")
    ],
    "ties": [{"a": "AAA", "b": "BBB", "weight": 0.5, "source": "assumption: friends"}],
    "institutions": [
        {"key": "club", "title": "Club", "side": "hub", "sponsor": "HUB", "members": ["AAA"], "weight": 1}
        | {"threshold": 0.0, "leave_below": 0.0, "lock_in": 0.1, "minilateral": True, "source": "book"}
    ],
}  # fmt: skip


def test_a_small_world_is_enough() -> None:
    assert World.model_validate(SMALL).codes == ("AAA", "BBB")


@pytest.mark.parametrize(
    ("place", "value", "expected"),
    [
        (("hub",), "CHA", "hub 'CHA' must be one of the powers with side hub"),
        (("challenger",), "AAA", "challenger 'AAA' must be one of the powers"),
        (("start",), "2010", "is not a month"),
        (("extra",), 1, "Extra inputs are not permitted"),
        (("states", 1, "code"), "AAA", "state 'AAA' is listed twice"),
        (("states", 1, "code"), "aaa", "String should match pattern"),
        (("states", 0, "home", "value"), math.nan, "finite number"),
        (("states", 0, "home", "value"), math.inf, "finite number"),
        (("states", 0, "home", "value"), 6.1, "home of AAA is 6.1; allowed is -6 to 6"),
        (("states", 0, "home", "error"), -0.1, "greater than or equal to 0"),
        (("states", 0, "dispute", "error"), 0.1, "dispute has an error; only home may have one"),
        (("states", 0, "openness", "value"), -0.1, "openness of AAA is -0.1; allowed is 0 to 1"),
        (("states", 0, "opinion_of_hub", "value"), 12, "opinion_of_hub of AAA is 12; allowed is -1 to 1"),
        (("states", 0, "dispute", "source"), "bok", "source 'bok' is no key of sources; did you mean 'book'"),
        (("states", 0, "dispute", "source"), "assumption:", "is no key of sources"),
        (("states", 0, "dispute", "source"), "book + bok", "source 'bok' is no key of sources"),
        (("powers", 1, "code"), "HUB", "power 'HUB' is listed twice"),
        (("powers", 1, "side"), "third", "challenger 'CHA' must be one of the powers with side challenger"),
        (("ties", 0, "b"), "CCC", "tie AAA-CCC names no state of this world: 'CCC'"),
        (("ties", 0, "b"), "AAA", "tie AAA-AAA joins a state to itself"),
        (("ties", 0, "weight"), 1.5, "less than or equal to 1"),
        (
            ("ties",),
            [SMALL["ties"][0], SMALL["ties"][0] | {"a": "BBB", "b": "AAA"}],
            "tie 'AAA-BBB' is listed twice",
        ),
        (("institutions", 0, "sponsor"), "CHA", "sponsor 'CHA' must be a power with side hub"),
        (
            ("institutions", 0, "members"),
            ["CCC"],
            "institution 'club': member 'CCC' is no state of this world",
        ),
        (
            ("institutions", 0, "closed_to"),
            ["CCC"],
            "institution 'club': closed to 'CCC' is no state of this world",
        ),
        (("institutions", 0, "members"), ["AAA", "AAA"], "member of club 'AAA' is listed twice"),
        (("institutions", 0, "weight"), 4, "less than or equal to 3"),
        (("institutions", 0, "lock_in"), -0.1, "greater than or equal to 0"),
        (("institutions",), [SMALL["institutions"][0]] * 2, "institution 'club' is listed twice"),
    ],
)
def test_a_wrong_world_is_refused(place: tuple[Any, ...], value: object, expected: str) -> None:
    world = copy.deepcopy(SMALL)
    part: Any = world
    for key in place[:-1]:
        part = part[key]
    part[place[-1]] = value
    with pytest.raises(ValidationError) as caught:
        World.model_validate(world)
    assert expected in str(caught.value)


def test_a_wrong_file_is_named_with_line_and_key(tmp_path: Path, texts: dict[str, str]) -> None:
    path = tmp_path / "mine.yaml"
    lines = texts["indo_pacific"].splitlines()
    index = next(number for number, line in enumerate(lines) if line.startswith("    capability:"))
    lines[index] = lines[index].replace("capability", "capabilty")
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_world(path)
    assert str(caught.value).startswith(f"{path}:{index + 1}")
    assert "did you mean 'capability'?" in str(caught.value)
    assert "\n" not in str(caught.value)
