"""Score bootstrap: keeps its level with few clusters, says what it did, refuses what it cannot."""

import numpy as np
import pandas as pd
import pytest
from test_robust import FRAME, X

from compendium.errors import UserError
from compendium.inference.score_wild import (
    Bootstrap,
    score_bootstrap_binomial,
    score_bootstrap_ordered_logit,
    score_bootstrap_poisson,
)
from compendium.stats.binomial import binomial_glm
from compendium.stats.design import design

ONE = np.ones(len(FRAME))
MONTE_CARLO_ERRORS = 4


def binomial(how, term="x", cluster=FRAME["place"]):
    return score_bootstrap_binomial(FRAME["hit"], ONE, X, cluster, term, how)


def test_estimate_and_error_are_those_of_the_model():
    found = binomial(Bootstrap(1, draws=199, interval=False))
    model = binomial_glm(FRAME["hit"], ONE, X, FRAME["place"])["x"]
    assert (found.value, found.se) == (model.value, model.se)
    assert str(found.method) == (
        "binomial GLM (logit), score wild cluster bootstrap-t by place, 12 clusters, "
        "null imposed, Rademacher weights, 199 draws, seed 1"
    )


@pytest.mark.parametrize("imposed", [True, False])
def test_the_interval_holds_what_is_not_rejected(imposed):
    found = binomial(Bootstrap(1, draws=4096, null_imposed=imposed))
    for end, step in ((found.ci_low, -0.01), (found.ci_high, 0.01)):
        inside, outside = (
            binomial(Bootstrap(1, 4096, null=end + d, null_imposed=imposed, interval=False)).p
            for d in (-step, step)
        )
        assert inside > 0.05 >= outside


def test_it_keeps_its_level_with_ten_clusters_where_the_normal_does_not():
    rng = np.random.default_rng(4)
    place, hits = np.repeat(np.arange(10), 20), {"score": 0, "normal": 0}
    for _ in range(150):
        x = rng.normal(size=10)[place] + rng.normal(size=200)
        chance = 1 / (1 + np.exp(-rng.normal(size=10)[place]))
        y = (rng.random(200) < chance).astype(float)
        terms = design(pd.DataFrame({"x": x}), ["x"])
        how = Bootstrap(1, draws=1024, interval=False)
        found = score_bootstrap_binomial(y, np.ones(200), terms, place, "x", how)
        hits["score"] += found.p <= 0.05
        hits["normal"] += abs(found.value / found.se) > 1.96
    error = np.sqrt(0.05 * 0.95 / 150)
    assert abs(hits["score"] / 150 - 0.05) < MONTE_CARLO_ERRORS * error
    assert hits["normal"] / 150 > 0.05 + 2 * error


def test_exposure_enters_the_fit_under_the_null():
    how = Bootstrap(1, draws=4096, interval=False)
    same = np.full(len(FRAME), 3.0)
    plain = score_bootstrap_poisson(FRAME["events"], X, FRAME["place"], "x", how)
    exposed = score_bootstrap_poisson(FRAME["events"], X, FRAME["place"], "x", how, exposure=same)
    assert exposed.p == plain.p
    assert "with exposure" in str(exposed.method)


def test_an_ordered_logit_of_two_categories_is_a_logit():
    how = Bootstrap(1, draws=4096, interval=False)
    found = score_bootstrap_ordered_logit(FRAME["hit"], X, FRAME["place"], "x", how)
    logit = binomial(how)
    assert found.p == logit.p
    assert found.value == pytest.approx(logit.value, rel=1e-7)


def test_an_ordered_logit_has_no_interval_with_the_null_imposed():
    how = Bootstrap(1, draws=199)
    found = score_bootstrap_ordered_logit(FRAME["score"], X, FRAME["place"], "x", how)
    assert np.isnan(found.ci_low)
    free = Bootstrap(1, draws=199, null_imposed=False)
    found = score_bootstrap_ordered_logit(FRAME["score"], X, FRAME["place"], "x", free)
    assert found.ci_low < found.value < found.ci_high
    wrong = Bootstrap(1, draws=199, null=0.5)
    with pytest.raises(UserError, match="only 0 can be imposed"):
        score_bootstrap_ordered_logit(FRAME["score"], X, FRAME["place"], "x", wrong)


def test_wrong_use_is_refused():
    how = Bootstrap(1, draws=99)
    with pytest.raises(UserError, match="needs clusters"):
        binomial(how, cluster=None)
    with pytest.raises(UserError, match="no such term"):
        binomial(how, term="z")
    with pytest.raises(UserError, match="unknown p-value"):
        binomial(Bootstrap(1, p_value="upper"))
