"""The documented record, read once."""

import pytest

from tests.documented import Documented, read


@pytest.fixture(scope="session")
def documented() -> Documented:
    return read(lanes=200)
