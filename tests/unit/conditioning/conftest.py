"""Figures of the documented record and of the small world, read once."""

import pytest

from tests.documented import Documented, read, small


@pytest.fixture(scope="session")
def documented() -> Documented:
    return read(lanes=200)


@pytest.fixture(scope="session", params=["small", "documented"])
def either(
    request: pytest.FixtureRequest, documented: Documented, tmp_path_factory: pytest.TempPathFactory
) -> Documented:
    """Both, one after the other."""
    return documented if request.param == "documented" else small(tmp_path_factory.mktemp("small"), lanes=200)
