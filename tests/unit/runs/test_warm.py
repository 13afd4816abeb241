"""What-ifs from lanes kept in memory are those that a run from the start gives, to the bit."""

import numpy as np
import pytest

from sim.engine.arrays import pack
from sim.engine.kernel import run_block
from sim.engine.pausing import pause_block, resume_block
from sim.engine.timeline import build_timeline
from sim.errors import InputError
from sim.runs.ensemble import simulate
from sim.runs.warm import WarmLanes
from sim.scenario.lane_parameters import lane_parameters
from sim.scenario.loading import load_case

SHORT: dict[str, object] = {"until": "2027-12", "report": ["2026-12"]}


@pytest.mark.parametrize("name", ["disciplined-wedge", "charm-offensive", "us-retrenchment"])
def test_a_what_if_that_goes_on_is_the_one_that_was_run_whole(name: str) -> None:
    """Offers, strategies, ties and edits that begin after the record; lanes that are more than one batch."""
    warm = WarmLanes(load_case("history", SHORT), lanes=40)
    case = load_case(name, SHORT)
    kept, whole = warm.simulate(case, threads=1), simulate(case, lanes=40, threads=2)
    assert kept.digest == whole.digest
    assert kept.quantiles.identical(whole.quantiles)
    assert kept.digest != simulate(load_case("history", SHORT), lanes=40).digest


def test_lanes_that_are_kept_are_not_used_up() -> None:
    warm, case = WarmLanes(load_case("history", SHORT), lanes=8), load_case("disciplined-wedge", SHORT)
    assert warm.simulate(case).digest == warm.simulate(case).digest


def test_lanes_may_pause_at_any_month_after_the_record() -> None:
    case = load_case("history", SHORT)
    arrays, rows = pack(build_timeline(case)), lane_parameters(case, 3, 5, 4)
    whole = run_block(arrays, rows, 3, 5)
    for month in (arrays.pins.months, arrays.pins.months + 20):
        paused = pause_block(arrays, rows, 3, 5, month)
        for one, other in zip(resume_block(arrays, rows, 3, 5, paused), whole, strict=True):
            np.testing.assert_array_equal(one, other)
    with pytest.raises(ValueError, match="after the record"):
        pause_block(arrays, rows, 3, 5, arrays.pins.months - 1)


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("quiet-senkakus", {}),
        ("history", {"levers": {"peer_influence": 0}}),
        ("history", {"until": "2026-12"}),
        ("history", {"responses": "simulated"}),
    ],
)
def test_what_differs_earlier_is_refused(name: str, changes: dict[str, object]) -> None:
    warm = WarmLanes(load_case("history", SHORT), lanes=4)
    if "until" in changes:  # fewer months from the same start are no difference before the pause
        case = load_case(name, SHORT | changes)
        assert warm.simulate(case).digest == simulate(case, lanes=4).digest
        return
    with pytest.raises(InputError, match="differs from its base before 2024-08"):
        warm.simulate(load_case(name, SHORT | changes))


@pytest.mark.parametrize(
    ("name", "changes", "month", "message"),
    [
        ("history", {"responses": "simulated"}, None, "held to its record"),
        ("quiet-senkakus", {}, None, "held to its record"),
        ("history", {}, "2020-01", "does not lie between 2024-08 and the end"),
        ("history", {}, "2040-01", "does not lie between 2024-08 and the end"),
    ],
)
def test_only_history_is_kept_and_only_after_its_record(
    name: str, changes: dict[str, object], month: str | None, message: str
) -> None:
    with pytest.raises(InputError, match=message):
        WarmLanes(load_case(name, SHORT | changes), lanes=4, month=month)
