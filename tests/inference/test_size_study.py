"""Sizes by simulation: deterministic, equal to the one-by-one tests, and what is known shows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.inference import size_study as module
from compendium.inference.size_study import METHODS, SHAPES, VERDICTS, size_study, verdict
from compendium.inference.wild import wild_cluster_bootstrap
from compendium.stats.few_clusters import ols_cr2
from compendium.stats.fitted import ols

STORED = Path(__file__).parents[1] / "reference" / "inference" / "size.csv"


@pytest.fixture(scope="module")
def found():
    return size_study((10,), ("balanced", "few treated"), seed=1, replications=400, draws=199)


def test_the_batch_is_what_one_test_after_the_other_gives():
    G, shape, methods = 10, "unequal", ("CR1", "CR2", "WCR Webb", "WCU Rademacher")
    batch = module._replicate(G, shape, methods, (1, 0), 199, 0.05)
    design, y, seed = drawn_again(G, shape)
    X = pd.DataFrame(design.Z, columns=["(intercept)", "z", "x"])
    for method, rejected in zip(methods, batch, strict=True):
        for r in range(0, module.PER_DESIGN, 5):
            assert (one_by_one(method, y[:, r], X, design.codes, seed) <= 0.05) == rejected[r]


def drawn_again(G, shape):
    rng = np.random.default_rng([1, G, module.crc32(shape.encode()), 0])
    design = module._design(G, shape, rng)
    n, R = design.codes.size, module.PER_DESIGN
    y = rng.normal(size=(G, R))[design.codes] * np.sqrt(module.ICC)
    y = y + rng.normal(size=(n, R)) * np.sqrt(1 - module.ICC)
    return design, y, int(rng.integers(2**31))


def one_by_one(method, y, X, codes, seed):
    if method.startswith("CR"):
        return (ols_cr2 if method == "CR2" else ols)(y, X, codes)["x"].p
    form, kind = method.lower().split()
    return wild_cluster_bootstrap(
        y,
        X,
        codes,
        "x",
        seed=seed,
        draws=199,
        weights=kind,
        null_imposed=form == "wcr",
        interval=False,
    ).p


def test_two_runs_and_other_cells_change_nothing(found):
    alone = size_study((10,), ("few treated",), ("CR1",), seed=1, replications=400, draws=199)
    cell = found[(found["shape"] == "few treated") & (found["method"] == "CR1")]
    pd.testing.assert_frame_equal(alone, cell.reset_index(drop=True))


def size(found, shape, method):
    return found[(found["shape"] == shape) & (found["method"] == method)]["size"].item()


def test_what_is_known_of_ten_clusters_shows(found):
    assert size(found, "balanced", "CR0") > size(found, "balanced", "CR1") > 0.05
    assert size(found, "balanced", "CR1") > size(found, "balanced", "CR2")
    assert size(found, "few treated", "WCU Rademacher") > 0.08
    assert size(found, "few treated", "WCR Rademacher") < 0.05
    assert set(found["verdict"]) <= set(VERDICTS)


def test_the_full_table_is_stored_and_has_every_cell():
    stored = pd.read_csv(STORED, encoding="utf-8")
    cells = {(s, m) for s in SHAPES for m in METHODS}
    assert {(s, m) for s, m in zip(stored["shape"], stored["method"], strict=True)} == cells
    assert (stored["replications"] >= 10_000).all()
    words = [verdict(s, e) for s, e in zip(stored["size"], stored["mc_error"], strict=True)]
    assert (stored["verdict"] == words).mean() > 0.95


def test_the_error_is_that_of_the_means_of_designs_where_these_differ():
    one, both = (
        size_study((5,), ("unequal",), ("CR0",), seed=3, replications=r).iloc[0] for r in (50, 100)
    )
    first = one["size"]
    second = 2 * both["size"] - first
    assert both["mc_error"] == pytest.approx(np.std([first, second], ddof=1) / np.sqrt(2))
    assert one["mc_error"] == pytest.approx(np.sqrt(first * (1 - first) / 50))


def test_verdicts():
    assert verdict(0.05, 0.001) == verdict(0.065, 0.005) == "holds"
    assert verdict(0.08, 0.005) == "too often"
    assert verdict(0.01, 0.002) == "too rarely"


def test_wrong_use_is_refused():
    with pytest.raises(UserError, match="unknown shape"):
        size_study(shapes=("round",), seed=1)
    with pytest.raises(UserError, match="unknown method"):
        size_study(methods=("CR9",), seed=1)
    with pytest.raises(UserError, match="too few clusters"):
        size_study((4,), seed=1)
