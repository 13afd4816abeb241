"""Placebo histories, and the statistic that ranks them."""

import numpy as np
import pandas as pd
import pytest

from calibration.comparison import placebos
from calibration.comparison.placebos import MOVES, histories, placebo_table, ranks
from calibration.evidence import sides
from calibration.evidence.observed import UNPROMPTED, Observed
from calibration.fitting.fit import Sample
from calibration.hypotheses.priors import values_of
from calibration.likelihood import COERCION, PUNISHMENT

pytestmark = pytest.mark.statistical


def test_placebos_keep_the_histories_and_move_them(observed: Observed) -> None:
    channels = (COERCION, PUNISHMENT)
    true = observed.arrays.stimuli[:, :, list(channels)]
    made = list(histories(observed, channels, 20, seed=1))
    assert [kind for kind, _, _ in made].count("states") == 20
    assert [number for kind, number, _ in made if kind == "moved"] == list(MOVES)
    assert made[0][0] == "documented"
    assert np.array_equal(made[0][2], true)
    pressed = true.any(axis=(0, 2))
    for kind, number, history in made[1:]:
        assert not np.array_equal(history, true), (kind, number)
        if kind != "moved":
            assert np.sort(history.ravel()) == pytest.approx(np.sort(true.ravel()))
        if kind == "states":
            assert history.sum(axis=1) == pytest.approx(true.sum(axis=1))
            assert not history[:, ~pressed].any()
        if kind == "rolled":
            assert history.sum(axis=0) == pytest.approx(true.sum(axis=0))
    later = next(history for kind, number, history in made if (kind, number) == ("moved", 12))
    assert np.array_equal(later[12:], true[:-12])
    assert not later[:12].any()


def test_placebos_differ_from_each_other_and_come_from_the_seed(observed: Observed) -> None:
    def dealt(seed: int) -> list[bytes]:
        made = histories(observed, (COERCION,), 20, seed)
        return [history.tobytes() for kind, _, history in made if kind != "documented"]

    assert len(set(dealt(1))) == len(dealt(1))
    assert dealt(1) == dealt(1)
    assert dealt(1) != dealt(2)


def test_ranks_count_the_placebos_that_do_as_well() -> None:
    rows = [("opinion", "documented", 2.0)]
    rows += [("opinion", "states", factor) for factor in (2.0, 1.0, 3.0, -1.0)]
    rows += [("opinion", "rolled", factor) for factor in (0.0, 1.0, 1.5)]
    table = pd.DataFrame(rows, columns=["block", "kind", "log_bayes_factor"])
    found = ranks(table).set_index("kind")
    assert found["as_good"].to_dict() == {"states": 2, "rolled": 0}
    assert found["share"].to_dict() == pytest.approx({"states": 3 / 5, "rolled": 1 / 4})


def test_the_documented_history_is_told_from_placebos_if_it_did_move_states(
    observed: Observed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps put where coercion was, beside the same number put where it was not."""
    felt = observed.arrays.stimuli[:, :, COERCION]
    moves = np.zeros_like(observed.moves)
    moves[UNPROMPTED, sides.HUB] = np.diff(np.floor(0.2 * np.cumsum(felt, axis=0)), axis=0, prepend=0.0).T
    offers = observed.offers[:0]

    def middle(target: object, **settings: object) -> Sample:
        names = target.names
        values = values_of(np.zeros((4, len(names))), names)
        logs = target.log_likelihood(values)
        return Sample("block", names, values, logs, 0.0, {})

    monkeypatch.setattr(placebos, "sample", middle)
    made = observed.with_targets(moves=moves, offers=offers)
    found = placebo_table(made, {"seed": 1}, 10)
    share = ranks(found).set_index(["block", "kind"])["share"]
    assert share["responses", "states"] == pytest.approx(1 / 11)
    assert share["responses", "rolled"] == pytest.approx(1 / 11)
