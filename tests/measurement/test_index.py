"""Rows belong together by their order: an index of their own changes no estimate."""

import numpy as np
import pandas as pd
import pytest

from compendium.inference.cluster_shape import cluster_shape
from compendium.inference.confounding.residuals import regression
from compendium.inference.families import Hypothesis
from compendium.inference.romano_wolf import drawn_statistics
from compendium.inference.wild import wild_cluster_bootstrap
from compendium.measurement.aggregation import consensus, icc
from compendium.measurement.agreement import agreement
from compendium.measurement.factor import cfa
from compendium.measurement.invariance import invariance
from compendium.measurement.reliability import cronbach_alpha
from compendium.stats.bounds import named_bounds
from compendium.stats.design import design
from compendium.stats.mediation import mediation
from compendium.stats.multilevel import random_intercepts, within_ols

ITEMS = ["a", "b", "c", "d"]


def rows(n=240):
    """Answers (n, 4) from 1 to 5 of one factor, with units, kinds, weights of some rows 0."""
    rng = np.random.default_rng(8)
    common = rng.normal(size=n)
    made = {name: common + rng.normal(size=n) for name in ITEMS}
    frame = pd.DataFrame(made).apply(lambda x: np.clip(np.round(x + 3), 1, 5))
    frame["unit"] = [f"u{k % 30}" for k in rng.permutation(n)]
    frame["kind"] = np.where(rng.uniform(size=n) < 0.5, "town", "township")
    frame["code"] = (common > 0).astype(int)
    frame["other"] = (common + rng.normal(size=n) > 0).astype(int)
    frame["weight"] = np.where(rng.uniform(size=n) < 0.9, rng.uniform(0.5, 2, size=n), 0.0)
    return frame


def family(d):
    """Two hypotheses on the same rows."""
    X = design(d, ["b", "c"])
    return {
        "one": Hypothesis(d["a"], X, d["unit"], "b"),
        "two": Hypothesis(d["d"], X, d["unit"], "c"),
    }


ESTIMATORS = {
    "icc": lambda d: icc(d["a"].mask(d["b"] == 5), d["unit"]),
    "consensus": lambda d: consensus(d[ITEMS], d["unit"], categories=5),
    "agreement": lambda d: agreement(d["code"], d["other"], cluster=d["unit"], seed=1, draws=99),
    "alpha": lambda d: cronbach_alpha(d[ITEMS], cluster=d["unit"]),
    "cfa": lambda d: cfa(d[ITEMS], {"f": ITEMS}, cluster=d["unit"]),
    "invariance": lambda d: invariance(d[ITEMS], {"f": ITEMS}, d["kind"], cluster=d["unit"]),
    "named": lambda d: named_bounds(d["code"], d["other"] * (1 - d["code"]), d["unit"]),
    "wild": lambda d: wild_cluster_bootstrap(
        d["a"], design(d, ["b", "c"]), d["unit"], "b", seed=1, draws=99, interval=False
    ),
    "weighted wild": lambda d: wild_cluster_bootstrap(
        *(d["a"], design(d, ["b", "c"]), d["unit"], "b"),
        **{"seed": 1, "draws": 99, "interval": False, "row_weights": d["weight"]},
    ),
    "shape": lambda d: cluster_shape(d["a"], design(d, ["b"]), d["unit"], "b", weights=d["weight"]),
    "partial": lambda d: regression(d["a"], design(d, ["b", "c"]), d["kind"]),
    "family": lambda d: drawn_statistics(family(d), seed=1, draws=99),
    "mediation": lambda d: mediation(d["a"], d["b"], d["c"], d["unit"], draws=100, seed=1),
    "intercepts": lambda d: random_intercepts(d["a"], design(d, ["b"]), d[["unit"]]),
    "within": lambda d: within_ols(d["a"], design(d, ["b"])[["b"]], d["kind"], d["unit"]),
}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_an_index_of_their_own_changes_nothing(name):
    plain = rows()
    turned = plain.set_axis(plain.index[::-1])
    named = plain.set_axis([f"row {k}" for k in plain.index])
    with pd.option_context("display.max_rows", None, "display.max_columns", None):
        one, *others = (str(ESTIMATORS[name](frame)) for frame in (plain, turned, named))
    assert others == [one, one]
