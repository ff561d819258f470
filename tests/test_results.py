"""What the door for fitted models takes, what it makes of it, and what it refuses."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import stats

from grassroots.errors import UserError
from grassroots.models.tidy import Tidy
from grassroots.results import lines

LEVEL = 0.9


@pytest.fixture(scope="module")
def rows():
    rng = np.random.default_rng(7)
    x, place = rng.normal(size=300), rng.integers(0, 12, 300)
    shock = rng.normal(size=12)[place] / 2
    return pd.DataFrame(
        {
            "x": x,
            "place": place,
            "y": 1 + 2 * x + shock + rng.normal(size=300),
            "count": rng.poisson(np.exp(0.4 + 0.3 * x + shock)),
        }
    )


def clustered(frame, groups=None, **how):
    groups = frame["place"] if groups is None else groups
    kwds = {"cov_type": "cluster", "cov_kwds": {"groups": groups}, "use_t": True} | how
    return smf.ols("y ~ x", frame).fit(**kwds)


def test_a_clustered_regression_has_the_studys_level_and_the_t_of_its_clusters(rows):
    found = lines(clustered(rows), LEVEL)
    assert list(found) == [("Intercept",), ("x",)]
    line = found["x",]
    fit = clustered(rows)
    half = stats.t.ppf(0.95, 11) * fit.bse["x"]
    assert (line.value, line.se, line.p) == pytest.approx(
        (fit.params["x"], fit.bse["x"], fit.pvalues["x"]), rel=1e-12
    )
    assert (line.ci_low, line.ci_high) == pytest.approx(
        (fit.params["x"] - half, fit.params["x"] + half), rel=1e-12
    )
    assert (line.level, line.n, line.n_clusters) == (0.9, 300, 12)
    assert line.method == "OLS, CR1 by place, 12 clusters, t(11)"


def test_counts_and_shares_come_from_statsmodels_too(rows):
    poisson = smf.poisson("count ~ x", rows).fit(disp=0)
    line = lines(poisson, LEVEL)["x",]
    low, high = poisson.conf_int(alpha=0.1).loc["x"]
    assert (line.ci_low, line.ci_high) == pytest.approx((low, high), rel=1e-12)
    glm = smf.glm("count ~ x", rows, family=sm.families.Poisson()).fit(cov_type="HC1")
    assert lines(glm, LEVEL)["x",].method == "GLM poisson, HC1"


def test_mappings_put_their_keys_before_the_terms(rows):
    fit = clustered(rows)
    found = lines({"all": fit, ("some", "urban"): Tidy("share", 0.5)}, LEVEL)
    assert list(found) == [("all", "Intercept"), ("all", "x"), ("some", "urban")]


class Foreign:
    """A results object with the frame that pyfixest and broom make."""

    _N, _vcov_type_detail = 40, "CRV1"

    def tidy(self, alpha=0.05):
        half = stats.norm.ppf(1 - alpha / 2) * 0.5
        row = {"Estimate": [1.0], "Std. Error": [0.5], "Pr(>|t|)": [0.05]}
        ends = {f"{50 * alpha:.1f}%": [1 - half], f"{100 - 50 * alpha:.1f}%": [1 + half]}
        return pd.DataFrame(row | ends, index=pd.Index(["x"], name="Coefficient"))


def test_a_tidy_frame_of_another_package_is_read_at_the_studys_level():
    line = lines(Foreign(), LEVEL)["x",]
    half = 1.6448536269514722 / 2
    assert line == Tidy("x", 1.0, 0.5, 1 - half, 1 + half, 0.9, 0.05, 40, 0, "Foreign, CRV1")


def stopped_short(rows):
    return smf.poisson("count ~ x", rows).fit(
        disp=0, maxiter=1, method="bfgs", warn_convergence=False
    )


def badly_scaled(rows):
    """Counts that are Poisson: BFGS stops far from the maximum and calls it converged."""
    rng = np.random.default_rng(1)
    frame = rows.assign(count=rng.poisson(2, len(rows)))
    return smf.negativebinomial("count ~ x", frame).fit(disp=0, maxiter=3, warn_convergence=False)


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (stopped_short, "did not reach its maximum"),
        (badly_scaled, "did not reach its maximum"),
        (lambda rows: clustered(rows, use_t=False), "the normal's intervals"),
        (
            lambda rows: clustered(rows, rows["place"].sample(frac=1, random_state=1)),
            "another index than the model's rows",
        ),
        (
            lambda rows: sm.OLS(rows["y"], rows[["x"]].assign(z=0.0)).fit(cov_type="HC1"),
            "no standard error",
        ),
        (
            lambda rows: sm.OLS(
                rows["y"], pd.concat([rows["x"], rows["place"].rename("x")], axis=1)
            ).fit(),
            "a term stands twice",
        ),
        (lambda rows: smf.ols("y ~ x", rows), "no result that can be recorded"),
        (lambda _: [1.5], "no tidy line"),
        (lambda _: 3.2, "a float is no result"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_what_is_no_finished_result_is_refused_in_one_line(rows, make, problem):
    with pytest.raises(UserError, match=problem):
        lines(make(rows), LEVEL)


def test_a_scale_in_millionths_does_not_pass_as_converged(rows):
    small = rows.assign(x=rows["x"] * 1e-6)
    with np.errstate(all="ignore"):
        fit = smf.poisson("count ~ x", small).fit(disp=0, method="bfgs", warn_convergence=False)
    with pytest.raises(UserError, match="Newton decrement"):
        lines(fit, LEVEL)
