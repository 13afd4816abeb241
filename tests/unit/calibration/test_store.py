"""A stored calibration: found again, read whole, refused where damaged."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from calibration.evidence.observed import Observed
from calibration.fitting import sampler
from calibration.hypotheses.priors import BLOCKS, PRIORS
from calibration.hypotheses.rivals import RIVALS
from calibration.store import Calibration, Plan, calibrate_or_find
from sim.errors import StoreError
from sim.scenario.posterior import read_posterior

pytestmark = pytest.mark.statistical


@pytest.fixture(scope="module", autouse=True)
def _few_moves() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sampler, "MOST_MOVES", 2)
        yield


@pytest.fixture(scope="module")
def plan(observed: Observed, tmp_path_factory: pytest.TempPathFactory) -> Plan:
    return Plan(observed, ("shock", "inertia"), out=tmp_path_factory.mktemp("out"), particles=24, seed=5)


@pytest.fixture(scope="module")
def stored(plan: Plan) -> Calibration:
    return calibrate_or_find(plan, command="wedge calibrate")


def test_it_holds_a_posterior_that_can_be_read(stored: Calibration) -> None:
    posterior = read_posterior(stored.posterior)
    assert set(posterior.tables) == {"shock", "inertia"}
    assert posterior.main == "shock"
    for name, table in posterior.tables.items():
        draws = stored.draws(name)
        assert draws is not None
        assert len(draws) == 24
        assert set(draws) == set(table) >= {"survey_error", "trade_error"}
        for parameter, values in table.items():
            assert np.array_equal(draws[parameter], values)
    assert not posterior.tables["shock"]["alert_coercion"].any()
    assert posterior.tables["shock"]["alert_war"].all()
    assert posterior.about["evidence"] == stored.manifest["evidence"]


def test_its_table_holds_every_parameter_once(stored: Calibration) -> None:
    table = stored.parameters()
    assert set(table.index.get_level_values("rival")) == {"shock", "inertia"}
    own = set(table.xs("shock").index)
    assert own == {name for names in BLOCKS.values() for name in names} - {
        "alert_coercion", "alert_punishment", "yielding", "opinion_pressure", "opinion_accommodation",
    }  # fmt: skip
    assert own <= set(PRIORS)
    assert stored.manifest["worst"] >= table["scale_reduction"].max() - 1e-5


def test_its_page_needs_no_other_file(stored: Calibration) -> None:
    page = (stored.folder / "report.html").read_text(encoding="utf-8")
    assert "Shocks from elsewhere" in page
    assert page.count("data:image/svg+xml;base64,") == 3
    assert "http" not in page
    assert "src='" not in page.replace("src='data:", "")
    for name in ("parameters", "steps", "opinion"):
        assert (stored.folder / "figures" / f"{name}.png").is_file()


def test_nothing_but_the_folder_is_left(stored: Calibration) -> None:
    assert list(stored.folder.parent.iterdir()) == [stored.folder]


def test_it_is_found_again(plan: Plan, stored: Calibration) -> None:
    again = calibrate_or_find(plan)
    assert (stored.found, again.found) == (False, True)
    assert again.manifest == stored.manifest


def test_what_was_not_fitted_has_no_draws(stored: Calibration) -> None:
    assert stored.draws("backlash") is None


def test_everything_that_decides_the_numbers_is_in_its_name(plan: Plan) -> None:
    others = [
        replace(plan, observed=plan.observed.with_targets(moves=plan.observed.moves + 1)),
        replace(plan, rivals=plan.rivals[::-1]),
        replace(plan, compare=True),
        replace(plan, compare=True, quick=True),
        replace(plan, particles=28),
        replace(plan, seed=6),
    ]
    assert len({one.identity for one in (plan, *others)}) == 7
    assert replace(plan, out=Path("elsewhere")).identity == plan.identity


def test_quick_has_fewer_draws(observed: Observed) -> None:
    assert Plan(observed, quick=True).draws < Plan(observed).draws
    assert Plan(observed, quick=True, particles=12).draws == 12


def test_one_that_was_stopped_goes_on_and_is_the_same(
    plan: Plan, stored: Calibration, tmp_path: Path
) -> None:
    def stop(done: int, total: int) -> None:
        if done > 0.3 * total:
            raise KeyboardInterrupt

    here = replace(plan, out=tmp_path)
    with pytest.raises(KeyboardInterrupt):
        calibrate_or_find(here, progress=stop)
    assert list(tmp_path.iterdir()) == [here.unfinished]
    assert here.others_unfinished() == []
    assert replace(here, seed=6).others_unfinished() == [here.unfinished]
    reported: list[int] = []
    again = calibrate_or_find(here, progress=lambda done, _: reported.append(done))
    assert list(tmp_path.iterdir()) == [again.folder]
    assert reported == sorted(reported)
    assert again.manifest["files"].keys() == stored.manifest["files"].keys()
    for file, checksum in stored.manifest["files"].items():
        assert again.manifest["files"][file] == checksum, file


def test_a_damaged_one_is_refused_and_can_be_replaced(plan: Plan, tmp_path: Path) -> None:
    here = replace(plan, rivals=("inertia",), out=tmp_path)
    first = calibrate_or_find(here)
    (first.folder / "parameters.csv").write_text("rival,parameter\n")
    with pytest.raises(StoreError, match=r"parameters\.csv: damaged.*calibrate again with --fresh"):
        calibrate_or_find(here)
    again = calibrate_or_find(here, fresh=True)
    assert again.manifest["files"] == first.manifest["files"]


@pytest.mark.slow
def test_a_comparison_weighs_the_rivals(observed: Observed, tmp_path: Path) -> None:
    plan = Plan(observed, tuple(RIVALS), compare=True, quick=True, out=tmp_path, particles=24)
    found = calibrate_or_find(plan)
    posterior = read_posterior(found.posterior)
    assert set(posterior.tables) == {*RIVALS, *(f"{name}-2019" for name in RIVALS)}
    assert sum(posterior.weights[name] for name in RIVALS) == pytest.approx(1.0)
    whole, early = posterior.tables["backlash"], posterior.tables["backlash-2019"]
    assert not np.array_equal(whole["alert_war"], early["alert_war"])
    for table in ("heldout", "summary", "levers", "placebos", "forms", "weights"):
        assert (found.folder / f"{table}.csv").is_file()
