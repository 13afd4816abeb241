"""Checkpoints: read whole by their own fit, refused by any other."""

from pathlib import Path

import numpy as np
import pytest

from calibration.fitting.checkpoint import load, save
from calibration.fitting.sampler import Address, Population, advanced, begin
from sim.errors import StoreError
from tests.unit.calibration.targets import Gauss

ADDRESS = Address(1, "toy", 0)


@pytest.fixture
def population() -> Population:
    density = Gauss(3).toy.function
    return advanced(advanced(begin(density, 20, 3, ADDRESS), density, ADDRESS), density, ADDRESS)


def test_what_is_read_is_what_was_saved(population: Population, tmp_path: Path) -> None:
    save(population, tmp_path / "one", "key")
    found = load(tmp_path / "one", "key")
    assert found is not None
    for name, value in vars(population).items():
        assert np.array_equal(getattr(found, name), value), name
        assert type(getattr(found, name)) is type(value), name
    assert [path.name for path in tmp_path.iterdir()] == ["one"]


def test_none_is_none(tmp_path: Path) -> None:
    assert load(tmp_path / "none", "key") is None


def test_another_fit_is_refused(population: Population, tmp_path: Path) -> None:
    save(population, tmp_path / "one", "key")
    with pytest.raises(StoreError, match=r"checkpoint of another fit.*--fresh"):
        load(tmp_path / "one", "other")


@pytest.mark.parametrize("place", [0, 40, 64, 65, 400, -1])
def test_one_altered_byte_is_refused(population: Population, tmp_path: Path, place: int) -> None:
    path = tmp_path / "one"
    save(population, path, "key")
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"one: damaged checkpoint.*--fresh"):
        load(path, "key")


def test_half_a_file_is_refused(population: Population, tmp_path: Path) -> None:
    path = tmp_path / "one"
    save(population, path, "key")
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(StoreError, match="damaged checkpoint"):
        load(path, "key")
