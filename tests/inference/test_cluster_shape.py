"""The shape of clusters: equal ones count in full, unequal ones do not, and words say so."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.inference.cluster_shape import (
    cluster_shape,
    effective_clusters,
    warnings_of,
)
from compendium.stats.design import design
from compendium.text import Text

FRAME = pd.read_csv(
    Path(__file__).parents[1] / "reference" / "inference" / "data" / "clustered.csv",
    encoding="utf-8",
)
X = design(FRAME, ["x", "treated"])


def balanced(G=50, size=6, seed=1):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame({"place": np.repeat(np.arange(G), size), "x": np.tile(np.arange(size), G)})
    return frame.assign(y=frame["x"] + rng.normal(size=G * size))


def test_clusters_that_are_alike_all_count():
    frame = balanced()
    shape = cluster_shape(frame["y"], design(frame, ["x"]), frame["place"], "x")
    assert shape.effective == pytest.approx(50)
    assert warnings_of(shape) == ()


def test_leverages_add_up():
    shape = cluster_shape(FRAME["y"], X, FRAME["place"], "x")
    assert shape.table["leverage"].sum() == pytest.approx(3)
    assert shape.table["partial_leverage"].sum() == pytest.approx(1)
    assert shape.table["rows"].sum() == len(FRAME)
    assert 1 <= shape.effective_alike <= 12


def test_one_cluster_that_carries_everything_is_worth_one():
    assert effective_clusters(np.array([1.0, 0, 0, 0])) == pytest.approx(1)
    assert effective_clusters(np.full(7, 0.3)) == pytest.approx(7)


def said(frame, term, terms=None):
    shape = cluster_shape(frame["y"], design(frame, terms or [term]), frame["place"], term)
    return warnings_of(shape, Text("the term", "该变量"))


def test_few_unequal_and_lonely_clusters_are_said_in_both_languages():
    found = said(FRAME.assign(here=(FRAME["place"] == "p03").astype(float)), "here")
    english, chinese = (" ".join(t[lang] for t in found) for lang in ("en", "zh"))
    for words in ("12 clusters are few", "very unequal", "p03 alone decides the term"):
        assert words in english
    for words in ("偏少", "很不均衡", "p03 单独决定"):
        assert words in chinese


def test_the_cluster_that_carries_most_is_named():
    found = said(FRAME, "treated", ["x", "treated"])
    assert any("p12 carries 26% of the variation" in text.en for text in found)


def test_a_rare_value_and_very_few_clusters_are_said():
    few = FRAME[FRAME["place"].isin([f"p{i:02d}" for i in range(5, 11)])].reset_index(drop=True)
    english = " ".join(text.en for text in said(few, "treated"))
    assert "Only 6 clusters" in english
    assert "rarer value in 2 of 6 clusters" in english
    wide = " ".join(text.en for text in said(few, "x", ["x", "place"]))
    assert "7 coefficients on 6 clusters" in wide


def test_wrong_use_is_refused():
    with pytest.raises(UserError, match="no clusters to describe"):
        cluster_shape(FRAME["y"], X, None, "x")
    with pytest.raises(UserError, match="no such term"):
        cluster_shape(FRAME["y"], X, FRAME["place"], "z")
