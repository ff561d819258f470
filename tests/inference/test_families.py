"""Families of the plan: adjusted in the ways the plan may name, never without one of their tests."""

from pathlib import Path

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests
from test_romano_wolf import family as simulated

from compendium.errors import UserError
from compendium.inference.families import family_table
from compendium.inference.romano_wolf import drawn_statistics, step_down
from compendium.inference.wild import wild_cluster_bootstrap
from compendium.plan import load_plan

FAMILIES = load_plan(Path(__file__).parents[2]).families


def phases():
    family = FAMILIES["survey.phases"]
    made = simulated(np.random.default_rng(1), effects=(0.5, 0.3, 0.1, 0.0))
    return family, dict(zip(family.tests, made.values(), strict=True))


def test_each_test_has_its_p_alone_and_in_the_family():
    family, hypotheses = phases()
    found = family_table(family, hypotheses, seed=3, draws=999, name="county").set_index("test")
    for test, h in hypotheses.items():
        alone = wild_cluster_bootstrap(h.y, h.X, h.cluster, h.term, seed=3, draws=999).p
        assert found.loc[test, "p"] == alone
    np.testing.assert_array_equal(found["holm"], multipletests(found["p"], method="holm")[1])
    drawn = drawn_statistics(hypotheses, seed=3, draws=999)
    together = step_down(drawn.t, drawn.t_star, among=drawn.weights.complete)
    np.testing.assert_array_equal(found["romano_wolf"], together)
    np.testing.assert_array_equal(found["adjusted"], found["romano_wolf"])
    assert (found["romano_wolf"] <= found["holm"]).all()
    assert "by county" in str(found["method"].iloc[0])
    assert "adjusted by Romano-Wolf over 4 tests" in str(found["method"].iloc[0])


def test_other_hypotheses_are_left_aside_and_missing_ones_refused():
    family, hypotheses = phases()
    extra = {**hypotheses, "another": next(iter(hypotheses.values()))}
    assert len(family_table(family, extra, seed=1, draws=99)) == 4
    del extra[family.tests[2]]
    with pytest.raises(UserError, match=r"C7\.survey_response.*cannot be tested without all"):
        family_table(family, extra, seed=1)
