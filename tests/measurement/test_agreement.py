"""Agreement of two coders against psych, a published example and definitions."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.inter_rater import cohens_kappa

from compendium.errors import UserError
from compendium.measurement.agreement import agreement, agreement_by_code

REFERENCE = json.loads(
    (Path(__file__).parents[1] / "reference" / "measures" / "agreement.json").read_text("utf-8")
)["tables"]
ABSTRACTORS = [[13, 0, 0], [0, 20, 7], [0, 4, 56]]
"""Two abstractors and three kinds of pregnancy: data set cont3x3abstractors of R irrCAC (Gwet)."""
CLOSED_FORM = 1e-11
"""Both are closed forms, stored to 15 digits."""


def codes(table):
    cells = np.array(table)
    q = len(cells)
    i, j = np.divmod(np.repeat(np.arange(q * q), cells.ravel()), q)
    return i, j


@pytest.mark.parametrize("name", REFERENCE)
def test_kappa_equals_psych(name):
    r = REFERENCE[name]
    a, b = codes(r["table"])
    found = agreement(a, b).kappa
    assert found.value == pytest.approx(r["linear"]["kappa"], abs=CLOSED_FORM)
    assert found.se == pytest.approx(r["linear"]["se"], abs=CLOSED_FORM)
    for weights in ("linear", "quadratic"):
        weighted = agreement(a, b, weights=weights).kappa
        assert weighted.value == pytest.approx(r[weights]["weighted"], abs=CLOSED_FORM)
        assert weighted.se == pytest.approx(
            cohens_kappa(np.array(r["table"]), wt=weights).std_kappa, abs=CLOSED_FORM
        )


def test_ac1_equals_gwets_published_example():
    # irrCAC 1.0, vignette 'Calculating Chance-corrected Agreement Coefficients', K. L. Gwet 2019:
    # AC1 0.8493305 (0.04321747), kappa 0.7964094 (0.05891072), percent 0.89 (0.03128898).
    found = agreement(*codes(ABSTRACTORS))
    assert (found.ac1.value, found.ac1.se) == pytest.approx((0.8493305, 0.04321747), abs=5e-8)
    assert (found.kappa.value, found.kappa.se) == pytest.approx((0.7964094, 0.05891072), abs=5e-8)
    assert found.percent.value == pytest.approx(0.89)
    assert found.percent.se == pytest.approx(0.03128898, abs=5e-8)


@pytest.mark.parametrize("weights", ["none", "linear", "quadratic"])
def test_asymptotic_errors_are_close_to_the_jackknife(weights):
    a, b = codes(np.array(REFERENCE["ordered"]["table"]) * 4)
    found = agreement(a, b, weights=weights)
    for name in ("kappa", "ac1"):
        tidy = getattr(found, name)
        leave_out = _jackknife(a, b, weights, name)
        assert tidy.se == pytest.approx(leave_out, rel=0.02)


def _jackknife(a, b, weights, name):
    _, first, counts = np.unique(np.stack([a, b]), axis=1, return_index=True, return_counts=True)
    values = np.array(
        [
            getattr(agreement(np.delete(a, i), np.delete(b, i), weights=weights), name).value
            for i in first
        ]
    )
    n = a.size
    mean = np.average(values, weights=counts)
    return np.sqrt((n - 1) / n * (counts * (values - mean) ** 2).sum())


def test_high_agreement_goes_with_a_low_kappa_where_one_code_is_rare():
    found = agreement(*codes(REFERENCE["skewed"]["table"]))
    assert found.kappa.value < 0 < 0.9 < found.ac1.value


def test_perfect_agreement_is_one_and_independence_zero():
    same = agreement([0, 1, 1, 2], [0, 1, 1, 2])
    assert (same.percent.value, same.kappa.value, same.ac1.value) == (1, 1, 1)
    independent = agreement(*codes([[8, 4], [4, 2]]))
    assert independent.kappa.value == pytest.approx(0, abs=1e-15)


def test_kappa_of_one_category_is_undefined_and_says_so():
    found = agreement([0, 0, 0], [0, 0, 0], categories=[0, 1])
    assert np.isnan(found.kappa.value)
    assert "undefined" in str(found.kappa.method)
    assert found.ac1.value == 1


def test_bootstrap_by_unit_is_wider_where_codes_of_a_unit_agree_or_not_together():
    rng = np.random.default_rng(3)
    units = np.repeat(np.arange(60), 7)
    careful = np.repeat(rng.random(60) < 0.7, 7)
    truth = rng.random(units.size) < 0.4
    second = np.where(careful, truth, rng.random(units.size) < 0.4)
    plain = agreement(truth, second)
    clustered = agreement(truth, second, cluster=units, seed=5, name="incident")
    assert clustered.kappa.value == plain.kappa.value
    assert clustered.kappa.se > 1.3 * plain.kappa.se
    assert "percentile bootstrap by incident, 60 clusters, 1999 draws, seed 5" in (
        str(clustered.kappa.method)
    )


def test_bootstrap_of_independent_units_agrees_with_the_asymptotic_error():
    a, b = codes(np.array(ABSTRACTORS) * 3)
    plain, drawn = agreement(a, b), agreement(a, b, cluster=np.arange(a.size), seed=6)
    for name in ("kappa", "ac1", "percent"):
        assert getattr(drawn, name).se == pytest.approx(getattr(plain, name).se, rel=0.08)


def test_the_error_of_resampled_clusters_is_the_standard_deviation_of_their_draws():
    """A draw in which all codes are one category has no kappa; it is counted and left out."""
    tables = np.array([[[4, 0], [0, 0]], [[1, 1], [0, 2]]])
    first, second = (np.concatenate(part) for part in zip(*map(codes, tables), strict=True))
    found = agreement(first, second, cluster=np.repeat([0, 1], 4), seed=2, draws=40)
    drawn = np.random.default_rng(2).multinomial(2, [0.5, 0.5], size=40)
    kappas = {0: 0.5, 1: cohens_kappa(tables.sum(axis=0), return_results=False)}
    undefined = int((drawn[:, 0] == 2).sum())
    values = [kappas[count] for count in drawn[:, 0] if count < 2]
    assert 0 < undefined < 40
    assert found.kappa.se == pytest.approx(np.std(values, ddof=1))
    assert (found.kappa.ci_low, found.kappa.ci_high) == pytest.approx((0.5, kappas[1]))
    assert f"undefined in {undefined}" in str(found.kappa.method)


def test_categories_are_in_their_order_whichever_comes_first():
    first, second = codes(ABSTRACTORS)
    turned = np.argsort(first != 1, kind="stable")
    found = agreement(first[turned], second[turned], weights="quadratic")
    assert found.kappa.value == agreement(first, second, weights="quadratic").kappa.value
    assert found.table.index.tolist() == [0, 1, 2]


def test_codes_are_compared_one_by_one_and_pooled():
    rng = np.random.default_rng(8)
    codings = pd.DataFrame(
        {
            "incident_id": np.repeat([f"i{k}" for k in range(40)], 2),
            "field": ["duty", "phase"] * 40,
            "coder_1": rng.integers(0, 2, 80),
        }
    )
    codings["coder_2"] = np.where(codings["field"] == "duty", codings["coder_1"], 0)
    found = agreement_by_code(codings, seed=1, draws=200)
    assert found.frame["code"].tolist() == ["duty", "phase"]
    assert found.frame.loc[0, ["agreement", "kappa", "ac1"]].tolist() == [1, 1, 1]
    assert np.isnan(found.frame.loc[1, "kappa"])
    assert (
        str(found.by_code["phase"].kappa.method)
        == "Cohen's kappa: undefined, a coder used one category"
    )
    assert set(found.pooled) == {"percent", "kappa", "ac1"}
    assert found.pooled["kappa"].n == 80
    assert found.pooled["kappa"].n_clusters == 40


@pytest.mark.parametrize(
    ("arguments", "options", "words"),
    [
        (([1, 0], [1]), {}, "first codes and second codes differ in rows, 2 and 1"),
        (([1, None], [1, 0]), {}, "missing or not a category"),
        (([1, 0], [1, 2]), {"categories": [0, 1]}, "missing or not a category"),
        (([1, 0], [1, 0]), {"weights": "cubic"}, "unknown weights"),
        (([1, 0], [1, 0]), {"cluster": [1, 2]}, "needs a seed"),
    ],
)
def test_bad_codes_are_refused(arguments, options, words):
    with pytest.raises(UserError, match=words):
        agreement(*arguments, **options)
