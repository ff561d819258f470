"""What the door for fitted models takes, what it makes of it, and what it refuses."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import stats
from statsmodels.miscmodels.ordinal_model import OrderedModel

from compendium.errors import UserError
from compendium.results import fit, lines, row_lines
from compendium.stats.foreign import refuse_unfinished
from compendium.stats.method import Method
from compendium.stats.tidy import Tidy

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
            "side": np.arange(300) % 10,
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
    assert str(line.method) == "OLS, CR1 by place, 12 clusters, t(11)"


def test_categories_of_a_formula_are_called_as_in_our_own_designs(rows):
    formula = "y ~ C(place, Treatment(1)) + x:C(half)"
    found = lines(smf.ols(formula, rows.assign(half=rows["side"] < 5)).fit(), LEVEL)
    terms = [term for (term,) in found]
    assert terms[:3] == ["Intercept", "place[0]", "place[2]"]
    assert terms[-2:] == ["x:half[False]", "x:half[True]"]
    plain = smf.ols("y ~ C(half)", rows.assign(half=rows["side"] < 5)).fit()
    assert list(lines(plain, LEVEL)) == [("Intercept",), ("half[True]",)]


def test_counts_and_shares_come_from_statsmodels_too(rows):
    poisson = smf.poisson("count ~ x", rows).fit(disp=0)
    line = lines(poisson, LEVEL)["x",]
    assert str(line.method) == "Poisson regression (log), model errors"
    low, high = poisson.conf_int(alpha=0.1).loc["x"]
    assert (line.ci_low, line.ci_high) == pytest.approx((low, high), rel=1e-12)
    glm = smf.glm("count ~ x", rows, family=sm.families.Poisson()).fit(cov_type="HC1")
    assert str(lines(glm, LEVEL)["x",].method) == "Poisson regression (log), HC1"


def test_mappings_put_their_keys_before_the_terms(rows):
    fit = clustered(rows)
    found = lines({"all": fit, ("some", "urban"): Tidy("share", 0.5)}, LEVEL)
    assert list(found) == [("all", "Intercept"), ("all", "x"), ("some", "urban")]


class Foreign:
    """A results object with the frame that pyfixest and broom make."""

    _N, _vcov_type_detail = 40, "CRV1"

    def tidy(self, alpha=0.05):
        assert 0 < alpha < 1
        half = stats.norm.ppf(1 - alpha / 2) * 0.5
        row = {"Estimate": [1.0], "Std. Error": [0.5], "Pr(>|t|)": [0.05]}
        ends = {f"{50 * alpha:.1f}%": [1 - half], f"{100 - 50 * alpha:.1f}%": [1 + half]}
        return pd.DataFrame(row | ends, index=pd.Index(["x"], name="Coefficient"))


def test_a_tidy_frame_of_another_package_is_read_at_the_studys_level():
    line = lines(Foreign(), LEVEL)["x",]
    half = 1.6448536269514722 / 2
    method = Method.of("library_model", name="Foreign").also("robust", kind="CRV1")
    assert line == Tidy("x", 1.0, 0.5, 1 - half, 1 + half, 0.9, 0.05, 40, 0, method)


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
            "0 in every row",
        ),
        (lambda rows: smf.ols("y ~ x", rows.head(2)).fit(), "nothing is left"),
        (
            lambda rows: smf.ols("y ~ x", rows).fit(
                cov_type="fixed scale", cov_kwds={"scale": 0.0}
            ),
            "no standard error",
        ),
        (
            lambda rows: smf.ols("y ~ x + one", rows.assign(one=(rows.index == 3) * 1.0)).fit(
                cov_type="HC3"
            ),
            "a row alone decides",
        ),
        (lambda rows: smf.ols("y ~ x + z", rows.assign(z=2 * rows["x"])).fit(), "combination"),
        (lambda rows: smf.glm("y ~ x + z", rows.assign(z=2 * rows["x"])).fit(), "combination"),
        (lambda rows: smf.ols("y ~ x", rows.assign(y=2 * rows["x"])).fit(), "nothing is left"),
        (
            lambda rows: clustered(rows, rows["place"].where(rows["place"] > 0)),
            "a row has no cluster",
        ),
        (
            lambda rows: clustered(rows, rows[["place", "side"]].sample(frac=1, random_state=1)),
            "another index than the model's rows",
        ),
        (
            lambda rows: clustered(
                rows, cov_kwds={"groups": rows["place"], "df_correction": False}
            ),
            "degrees of freedom of rows",
        ),
        (lambda rows: smf.wls("y ~ x", rows, weights=rows["place"]).fit(), "weight 0"),
        (
            lambda rows: smf.glm("y ~ x", rows, freq_weights=np.full(300, 2.5)).fit(),
            "must be whole",
        ),
        (lambda rows: smf.mixedlm("y ~ x", rows, groups="place").fit(), "not read here"),
        (lambda rows: smf.gee("y ~ x", "place", rows).fit(), "not read here"),
        (lambda rows: smf.rlm("y ~ x", rows).fit(), "not read here"),
        (lambda rows: smf.phreg("count ~ x", rows).fit(), "not read here"),
        (lambda rows: smf.quantreg("y ~ x", rows).fit(max_iter=1), "did not reach"),
        (lambda _: {1: Tidy("", 1.0), "1": Tidy("", 2.0)}, "a key stands twice"),
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


def test_columns_that_statsmodels_drops_in_silence_are_refused(rows):
    """Persons and their square: the intercept becomes 1e-14, with a p-value."""
    rng = np.random.default_rng(3)
    people = 5e6 + 2e6 * rng.random(300)
    frame = rows.assign(people=people, y=2 + people / 1e6 + rng.normal(size=300))
    with pytest.warns(Warning, match="rank-deficient"):
        fit = smf.ols("y ~ people + I(people ** 2)", frame).fit()
    with pytest.raises(UserError, match="differ so much in size"):
        lines(fit, LEVEL)
    scaled = smf.ols("y ~ people + I(people ** 2)", frame.assign(people=people / 1e6)).fit()
    assert lines(scaled, LEVEL)["Intercept",].value == pytest.approx(scaled.params["Intercept"])


def test_two_ways_of_clusters_are_counted_by_themselves(rows):
    for groups in (rows[["place", "side"]], rows[["place", "side"]].to_numpy()):
        line = lines(clustered(rows, groups), LEVEL)["x",]
        assert line.n_clusters == 10
        assert str(line.method).endswith("12 and 10 clusters, t(9)")


def test_what_one_cluster_or_row_alone_decides_is_said(rows):
    frame = rows.assign(treated=(rows["place"] == 4) * 1.0, first=(rows.index == 3) * 1.0)
    fits = {
        "4": smf.ols("y ~ x + treated", frame),
        "row 4": smf.ols("y ~ x + first", frame),
        "2": smf.poisson("count ~ x + place2", frame.assign(place2=(rows["place"] == 2) * 1)),
    }
    by = {"cov_type": "cluster", "cov_kwds": {"groups": rows["place"]}, "use_t": True}
    for name, model in fits.items():
        how = {"cov_type": "HC1"} if name.startswith("row") else by
        found = lines(model.fit(**how, **({"disp": 0} if name == "2" else {})), LEVEL)
        *others, last = (str(line.method) for line in found.values())
        assert last.endswith(f"; {name} alone decides it: the error is too small")
        assert not any("alone" in method for method in others)


def test_thresholds_of_an_ordered_model_are_thresholds(rows):
    grade = pd.cut(rows["y"], [-99, 0, 1, 2, 99], labels=["a", "b", "c", "d"])
    model = OrderedModel(grade, rows[["x"]], distr="logit")
    found = lines(model.fit(method="newton", disp=0), LEVEL)
    exact = lines(fit(model), LEVEL)
    assert list(found) == [("x",), ("a/b",), ("b/c",), ("c/d",)]
    for key, line in exact.items():
        assert found[key].value == pytest.approx(line.value, rel=1e-4)
        assert found[key].se == pytest.approx(line.se, rel=1e-3)
    share = (rows["x"] * found["x",].value).sub(found["a/b",].value).rsub(0)
    assert (1 / (1 + np.exp(-share))).mean() == pytest.approx((grade == "a").mean(), abs=0.01)


def test_a_saddle_is_no_maximum(rows):
    class Saddle:
        def score(self, _):
            return np.array([1e-6, 0.0])

        def hessian(self, _):
            return np.diag([1.0, -1.0])

    fit = SimpleNamespace(model=Saddle(), mle_retvals={"converged": True})
    with pytest.raises(UserError, match="Saddle did not reach its maximum"):
        refuse_unfinished(fit, np.ones(2))


def test_rows_are_counted_as_often_as_their_frequency(rows):
    twice = smf.glm("y ~ x", rows, freq_weights=np.full(300, 2)).fit()
    assert lines(twice, LEVEL)["x",].n == 600


def test_a_frame_of_another_package_keeps_its_clusters():
    fit = Foreign()
    fit._G = [9, 7]
    line = lines(fit, LEVEL)["x",]
    assert (line.n_clusters, str(line.method)) == (7, "Foreign, CRV1, 7 clusters")


def test_rows_of_a_table_are_lines_by_the_codes_that_the_id_names():
    frame = pd.DataFrame(
        {
            "phase": ["warning", "response", "warning"],
            "at": [0.5, 1.0, 1.0],
            "share": [0.25, np.nan, 0.75],
            "of": [8, 9, 12],
        }
    )
    found = row_lines(frame, ["phase", "at"], "share", "of", {"share": "part / all"})
    assert {key: (line.value, line.n) for key, line in found.items()} == {
        ("warning", "0.5"): (0.25, 8),
        ("warning", "1"): (0.75, 12),
    }
    assert {str(line.method) for line in found.values()} == {
        "arithmetic on published figures: part / all"
    }


def test_an_adjusted_p_keeps_the_method_and_the_clusters_of_its_row():
    method = Method.free("wild bootstrap over the family")
    frame = pd.DataFrame(
        {"test": ["a"], "adjusted": [0.04], "n": [90], "n_clusters": [12], "method": [method]}
    )
    line = row_lines(frame, ["test"], "adjusted", "n", {"p": "p of the family"})[("a",)]
    assert (line.value, line.p, line.n, line.n_clusters) == (0.04, 0.04, 90, 12)
    assert line.method == method


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"columns": {"test": "name"}}, "the table has no column 'test'"),
        ({"columns": {"value": "number"}}, "the table has no column 'value'"),
        ({"columns": {"n": "rows"}}, "the table has no column 'n'"),
    ],
)
def test_a_table_without_a_column_of_the_id_is_refused(change, problem):
    frame = pd.DataFrame({"test": ["a"], "value": [1.0], "n": [2]}).rename(**change)
    with pytest.raises(UserError, match=problem):
        row_lines(frame, ["test"], "value", "n", {"share": "one"})


def test_two_rows_of_one_key_are_refused():
    frame = pd.DataFrame({"test": ["a", "a"], "value": [1.0, 2.0], "n": [2, 2]})
    with pytest.raises(UserError, match="two rows of the table have one key"):
        row_lines(frame, ["test"], "value", "n", {"share": "one"})
