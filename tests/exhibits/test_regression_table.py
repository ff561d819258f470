"""Regression tables as journals print them."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from compendium.errors import UserError
from compendium.exhibits.arrange import regression_rows
from compendium.exhibits.labels import Labels
from compendium.exhibits.regression import regression_grid, table_grid
from compendium.exhibits.tables import grid_html
from compendium.plan import ExhibitPlan
from compendium.results import lines, quality
from compendium.stats.multilevel import within_ols
from compendium.text import Text

CODES = ("Intercept", "x", "z", "short", "long")
LABELS = Labels({code: Text(code.upper(), f"{code}项") for code in CODES})


@pytest.fixture(scope="module")
def models():
    rng = np.random.default_rng(5)
    rows = pd.DataFrame(rng.normal(size=(60, 2)), columns=["x", "z"])
    rows = rows.assign(y=rows["x"] - rows["z"] / 2 + rng.normal(size=60), place=np.arange(60) % 8)
    by_place = {"cov_type": "cluster", "cov_kwds": {"groups": rows["place"]}, "use_t": True}
    short = smf.ols("y ~ x", rows).fit()
    return {"short": short, "long": smf.ols("y ~ x + z", rows).fit(**by_place)}


def planned(**more):
    told = {
        "id": "tab-x",
        "kind": "table",
        "form": "regression",
        "notebook": "01_x",
        "evidence": ["observed"],
        "title": Text("Title", "题"),
        "note": Text("A note.", "说明。"),
        "axes": {"y": Text("outcome", "结果")},
        "options": {"level": 0.9, "digits": 2},
    }
    return ExhibitPlan(**told | more)


def test_models_stand_side_by_side_with_their_errors_below(models):
    rows = regression_rows(lines(models, 0.9), quality(models))
    grid = regression_grid(rows, planned(), LABELS, "en")
    assert grid.over == "Dependent variable: outcome"
    heads = [column.heading for column in grid.columns]
    assert heads == ["Variable", "(1)\nSHORT", "(2)\nLONG"]
    cells = {(row[0], i % 2): row[1:] for i, row in enumerate(grid.rows[:6])}
    assert cells["Z", 0] == ("", f"{models['long'].params['z']:.2f}".replace("-", "−"))
    assert cells["X", 1][1] == f"({models['long'].bse['x']:.2f})"
    r2 = tuple(f"{one.rsquared:.3f}" for one in models.values())
    assert grid.rows[-3:] == (("Observations", "60", "60"), ("Clusters", "", "8"), ("R²", *r2))
    assert [grid.closes(i) for i in range(9)].index(True) == 6
    assert grid.note == "Notes: Standard errors in brackets. A note."
    assert [grid.span(i, 0) for i in range(len(grid.rows))] == [2, 0, 2, 0, 2, 0, 1, 1, 1]


def test_intervals_stand_below_the_errors_where_the_plan_wants_them(models):
    plan = planned(options={"level": 0.9, "digits": 2, "intervals": True})
    grid = regression_grid(regression_rows(lines(models, 0.9)), plan, LABELS, "en")
    low, high = models["long"].conf_int(0.1).loc["x"]
    assert grid.rows[5][2] == f"[{low:.2f}, {high:.2f}]"
    assert grid.note.startswith("Notes: Standard errors in brackets; 90% intervals in square brac")


def test_panels_stand_below_each_other_with_their_own_fit(models):
    """The same models once more for another kind; counts stand once, at the foot."""
    both = {"x": models, "z": {"short": models["short"]}}
    rows = regression_rows(lines(both, 0.9), quality(both))
    grid = regression_grid(rows, planned(), LABELS, "en")
    heads = [row for row in grid.rows if row[0].startswith(("A.", "B."))]
    assert heads == [("A. X", "", ""), ("B. Z", "", "")]
    at = grid.rows.index(heads[1])
    r2 = f"{models['short'].rsquared:.3f}"
    assert grid.rows[at - 1][:2] == ("R²", r2)
    assert grid.rows[-3:] == (("R²", r2, ""), ("Observations", "60", "60"), ("Clusters", "", "8"))
    assert grid.closing == 2


def test_what_is_told_beside_a_line_stands_in_braces_below_it(models):
    beside = {"p_other": {("long", "z"): 0.00012}, "df": {("long", "z"): 6.53}}
    rows = regression_rows(lines(models, 0.9), beside=beside)
    words = Text("p and df in braces", "花括号内为 p 值与自由度")
    plan = planned(
        axes={"y": Text("outcome", "结果"), "braces": words},
        options={"level": 0.9, "digits": 2, "braces": {"p_other": "p", "df": 1}},
    )
    grid = regression_grid(rows, plan, LABELS, "en")
    assert [row for row in grid.rows if "{" in "".join(row)] == [("Z", "", "{< 0.001, 6.5}")]
    assert grid.note == "Notes: Standard errors in brackets; p and df in braces. A note."
    with pytest.raises(UserError, match="does not say what stands in braces"):
        regression_grid(rows, planned(options=plan.options), LABELS, "en")


def test_a_likelihood_stands_where_a_model_has_no_r2(models):
    rng = np.random.default_rng(6)
    rows = pd.DataFrame({"x": rng.normal(size=50)}).assign(y=rng.poisson(2, 50))
    counts = {"short": smf.poisson("y ~ x", rows).fit(disp=0)}
    assert quality(counts) == {("short",): {"loglik": pytest.approx(counts["short"].llf)}}
    assert quality({**counts, "long": models["long"]})["long",] == {
        "r2": pytest.approx(models["long"].rsquared)
    }
    assert quality(lines(counts, 0.9)) == {}


def test_r2_within_groups_is_that_of_dummies_net_of_them():
    rng = np.random.default_rng(7)
    rows = pd.DataFrame({"x": rng.normal(size=80), "g": np.arange(80) % 10})
    rows = rows.assign(y=rows["x"] + rows["g"] + rng.normal(size=80))
    whole = smf.ols("y ~ x + C(g)", rows).fit()
    without = smf.ols("y ~ C(g)", rows).fit()
    found = within_ols(rows["y"], rows[["x"]], rows["g"])
    assert found.r2 == pytest.approx(1 - whole.ssr / without.ssr)


def test_stars_come_with_standard_errors(models):
    rows = regression_rows(lines(models, 0.9))
    grid = table_grid(rows, planned(), LABELS, "zh", manner="stars")
    x, errors = grid.rows[2], grid.rows[3]
    assert x[1] == f"{models['short'].params['x']:.2f}***"
    assert errors[1] == f"({models['short'].bse['x']:.2f})"
    assert grid.note.startswith("注：括号内为标准误；* p < 0.05")


def test_stars_of_chinese_journals_are_of_other_bounds(models):
    rows = regression_rows(lines(models, 0.9)).assign(p=0.07)
    plain, chinese = (
        table_grid(rows, planned(), LABELS, "zh", manner=how) for how in ("stars", "chinese")
    )
    assert not any("*" in cell for row in plain.rows for cell in row)
    assert chinese.rows[2][1].endswith("*")
    assert "***、**、* 分别表示在 1%、5%、10% 的水平上显著" in chinese.note
    assert chinese.columns[0].heading == "变量"
    assert chinese.rows[-2][0] == "观测值"


def test_percentage_points_and_further_rows(models):
    options = {
        "points": True,
        "digits": 0,
        "rows": [{"en": "Fixed effects", "zh": "固定效应", "models": ["long"]}],
    }
    frame = regression_rows(lines(models, 0.9))
    grid = regression_grid(frame, planned(options=options), LABELS, "zh")
    assert grid.rows[2][1] == f"{100 * models['short'].params['x']:.0f}"
    assert ("固定效应", "否", "是") in grid.rows


def test_only_the_words_of_a_term_head_its_rows(models):
    frame = regression_rows(lines(models, 0.9))
    html = grid_html(regression_grid(frame, planned(), LABELS, "en"))
    assert html.count('scope="rowgroup"') == 3 + 2
    assert 'scope="row"' not in html


def test_a_term_that_one_row_decides_is_marked():
    rng = np.random.default_rng(8)
    rows = pd.DataFrame({"x": rng.normal(size=40), "z": (np.arange(40) == 3) * 1.0})
    rows = rows.assign(y=rows["x"] + rng.normal(size=40))
    found = lines({"short": smf.ols("y ~ x + z", rows).fit(cov_type="HC1", use_t=True)}, 0.9)
    grid = regression_grid(regression_rows(found), planned(), LABELS, "en")
    marked = {row[0] for i, row in enumerate(grid.rows[:6]) if i % 2 == 0 and "†" in row[1]}
    assert marked == {"Z"}
    assert "† a single cluster or row decides this term" in grid.note


@pytest.mark.parametrize(
    ("change", "plan", "problem"),
    [
        (lambda f: f.drop(columns="se"), {}, "no column se"),
        (lambda f: pd.concat([f, f]), {}, "a term twice"),
        (lambda f: f.assign(ci_high=f["ci_low"]), {}, "without width"),
        (lambda f: f.head(0), {}, "has no models"),
        (lambda f: f, {"axes": {}}, "does not say what its dependent variable is"),
        (
            lambda f: f,
            {"options": {"rows": [{"en": "A", "zh": "甲", "models": ["other"]}]}},
            "a row for a model that it lacks",
        ),
    ],
)
def test_what_can_not_be_set_is_refused(models, change, plan, problem):
    frame = change(regression_rows(lines(models, 0.9)))
    with pytest.raises(UserError, match=problem):
        regression_grid(frame, planned(**plan), LABELS, "en")


def test_a_table_has_columns_or_is_of_models():
    with pytest.raises(ValueError, match="'columns', or is of the form 'regression'"):
        planned(form="table")
