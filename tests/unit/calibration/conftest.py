"""The documented record as the likelihood reads it: read once, and written by no test."""

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest

from calibration.evidence.observed import Observed, observe


def content(observed: Observed) -> dict[str, bytes]:
    values = {field.name: getattr(observed, field.name) for field in dataclasses.fields(observed)}
    return {name: value.tobytes() for name, value in values.items() if isinstance(value, np.ndarray)}


@pytest.fixture(scope="session")
def observed() -> Iterator[Observed]:
    found = observe()
    before = content(found)
    yield found
    assert content(found) == before, "a test wrote into the record that all tests share"
