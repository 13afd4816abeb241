"""Results move only on purpose: seeded means of outcomes against ``baseline.json``."""

import json

import pytest

from tests.baseline import CASES, FILE, numbers


def test_results_have_not_moved() -> None:
    """If this fails on purpose, run ``make baseline`` and mark the change **numbers change** in the changelog."""
    expected, found = json.loads(FILE.read_text(encoding="utf-8")), numbers()
    assert set(expected) == set(CASES)
    for name in CASES:
        assert found[name] == pytest.approx(expected[name], rel=1e-6, abs=1e-9, nan_ok=True)
