"""Congruence of matched items."""

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.measurement.congruence import (
    by_domain,
    discrepancies,
    mean_differences,
)
from compendium.stats.response_surface import response_surface

NAMES = ("enforcement", "staff", "funds", "information", "decision")
PAIRS = {name: (f"duty_{name}", f"power_{name}") for name in NAMES}


def answers(seed=1, n=200):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {"unit": np.arange(n) // 10, "kind": np.where(np.arange(n) < n // 2, "town", "street")}
    )
    for duty, power in PAIRS.values():
        frame[duty], frame[power] = rng.integers(2, 6, n), rng.integers(1, 5, n)
    return frame.assign(burnout=rng.normal(size=n))


FRAME = answers()


def test_terms_are_centred_alike_so_that_equal_scores_stay_equal():
    long = by_domain(FRAME, PAIRS, center=3, keep=["unit", "kind", "burnout"])
    assert len(long) == 5 * len(FRAME)
    np.testing.assert_array_equal(long["x"] - long["y"], long["difference"])
    np.testing.assert_array_equal(long["xy"], long["x"] * long["y"])
    assert long["domain"].cat.categories.tolist() == list(PAIRS)
    surface = response_surface(
        long["burnout"], long["responsibility"], long["power"], long["unit"], center=3
    )
    assert surface.fit.n == 1000


def test_mean_difference_has_the_error_of_cluster_means():
    long = by_domain(FRAME, PAIRS, center=3, keep=["unit", "kind"])
    rows = mean_differences(long, ["domain", "kind"], "unit")
    assert len(rows) == 10
    part = long[(long["domain"] == "staff") & (long["kind"] == "town")]
    means = part.groupby("unit")["difference"].mean()
    row = rows[(rows["domain"] == "staff") & (rows["kind"] == "town")].iloc[0]
    assert row["value"] == pytest.approx(part["difference"].mean())
    assert row["se"] == pytest.approx(means.std(ddof=1) / np.sqrt(10))
    assert row["n_clusters"] == 10


def test_rows_without_a_difference_or_a_cluster_are_left_out_of_means():
    long = by_domain(FRAME, PAIRS, center=3, keep=["unit"])
    gaps = long.assign(
        difference=long["difference"].where(long.index % 7 > 0),
        unit=long["unit"].where(long.index % 5 > 0),
    )
    kept = long[(long.index % 7 > 0) & (long.index % 5 > 0)]
    wanted = mean_differences(kept, ["domain"], "unit")
    pd.testing.assert_frame_equal(mean_differences(gaps, ["domain"], "unit"), wanted)


def test_scores_agree_within_a_share_of_the_standard_deviation_of_all_answers():
    """Answers 1, 3, 3 and 1 have a variance of 4/3, so that 2 is 1.73 standard deviations."""
    long = pd.DataFrame({"domain": "d", "responsibility": [1.0, 3], "power": [3.0, 1]})
    long["difference"] = long["responsibility"] - long["power"]
    for half_width, share in {1.72: 0.0, 1.75: 1.0}.items():
        assert discrepancies(long, half_width=half_width)["agreement"].tolist() == [share]


def test_discrepancies_add_up_and_see_the_general_excess_of_duty():
    long = by_domain(FRAME, PAIRS, center=3)
    shares = discrepancies(long)
    sides = shares[["power_greater", "agreement", "responsibility_greater"]]
    np.testing.assert_allclose(sides.sum(axis=1), 1)
    assert (sides["responsibility_greater"] > sides["power_greater"]).all()
    np.testing.assert_allclose(
        sides["agreement"],
        long.groupby("domain", observed=True)["difference"].agg(lambda d: (d == 0).mean()),
    )


def test_refusals():
    with pytest.raises(UserError, match=r"column duty_law.*no such"):
        by_domain(FRAME, {"law": ("duty_law", "power_staff")}, center=3)
    with pytest.raises(UserError, match=r"column duty_staff.*constant"):
        by_domain(FRAME.assign(duty_staff=3), PAIRS, center=3)
    some = FRAME.assign(duty_staff=3.0)
    some.loc[4, "duty_staff"] = np.nan  # what is missing does not make a column vary
    with pytest.raises(UserError, match=r"column duty_staff.*constant"):
        by_domain(some, PAIRS, center=3)
    words = FRAME.assign(duty_staff=FRAME["duty_staff"].astype(object))
    words.loc[4, "duty_staff"] = "很同意"
    with pytest.raises(UserError, match=r"row 5, column duty_staff, value '很同意'"):
        by_domain(words, PAIRS, center=3)
    long = by_domain(FRAME, PAIRS, center=3, keep=["unit"]).assign(unit=1)
    with pytest.raises(UserError, match=r"enforcement.*1 cluster"):
        mean_differences(long, ["domain"], "unit")
