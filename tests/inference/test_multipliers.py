"""Random weights: their moments, their patterns, and that blocks change nothing."""

import numpy as np
import pytest

from compendium.errors import UserError
from compendium.inference import multipliers as module
from compendium.inference.multipliers import multipliers

MANY = 200_000


def whole(V, clusters=None):
    return np.concatenate(list(V.blocks(clusters)), axis=1)


@pytest.mark.parametrize(
    ("kind", "third"), [("rademacher", 0.0), ("webb", 0.0), ("mammen", 1.0), ("normal", 0.0)]
)
def test_mean_0_variance_1_and_the_third_moment(kind, third):
    V = whole(multipliers(1, MANY, kind, 3))[0]
    for power, moment in ((1, 0.0), (2, 1.0), (3, third)):
        error = np.std(V**power) / np.sqrt(MANY)
        assert abs(np.mean(V**power) - moment) <= 4 * error


def test_every_pattern_is_listed_once():
    signs = multipliers(5, 32, "rademacher", 1)
    assert signs.complete
    assert str(signs.method) == "all 32 patterns of signs"
    assert len({tuple(column) for column in whole(signs).T}) == 32
    webb = multipliers(3, 999, "webb", 1)
    assert len({tuple(column) for column in whole(webb).T}) == 216 == webb.draws
    assert not multipliers(5, 31, "rademacher", 1).complete
    assert not multipliers(2, 999, "mammen", 1).complete


@pytest.mark.parametrize("kind", ["rademacher", "webb", "mammen", "normal"])
def test_blocks_are_the_whole_cut_up(kind, monkeypatch):
    once = whole(multipliers(12, 1000, kind, 8))
    monkeypatch.setattr(module, "BLOCK", 120)
    V = multipliers(12, 1000, kind, 8)
    assert len(list(V.blocks())) == 100
    np.testing.assert_array_equal(whole(V), once)
    np.testing.assert_array_equal(whole(V, np.array([4, 1])), once[[4, 1]])


def test_wrong_use_is_refused():
    with pytest.raises(UserError, match="unknown weights"):
        multipliers(5, 99, "gamma", 1)
    with pytest.raises(UserError, match="too few bootstrap draws"):
        multipliers(5, 0, "webb", 1)
