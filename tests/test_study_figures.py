"""Figures that a notebook draws: by a plot, by a function, on axes of its own; run and restyled."""

import json

import matplotlib as mpl
import numpy as np
import pytest
import seaborn as sns
import statsmodels.formula.api as smf
from matplotlib import pyplot as plt
from run.tiny import make_project, write_notebook

from compendium import cli
from compendium.errors import UserError
from compendium.exhibits import plots
from compendium.exhibits.recorded import read_frame
from compendium.exhibits.style import FONT_FAMILY
from compendium.stats.tidy import Tidy
from compendium.study import Study
from compendium.text import LANGS

CODEBOOK = """
title: {en: Cities, zh: 城市}
version: "1"
licence: CC BY 4.0
tables:
  things:
    file: things.csv
    label: {en: Cities, zh: 城市}
    unit_of_observation: {en: A city, zh: 一城}
    key: [thing]
    rows: 6
    columns:
      thing: {label: {en: City, zh: 城市}, type: string, required: true}
      urban_share: {label: {en: Urban share, zh: 城镇人口比重}, type: number, unit: {en: share, zh: 比例}, required: true}
      loss: {label: {en: "Loss, million yuan", zh: 损失（百万元）}, type: number, unit: {en: million yuan, zh: 百万元}, required: true}
"""
CITIES = "thing,urban_share,loss\na,0.2,3\nb,0.3,1\nc,0.4,4\nd,0.5,1.5\ne,0.7,5\nf,0.9,9\n"
EXHIBITS = """
notebooks:
  - {name: 01_first, title: {en: First, zh: 一}, data: [things]}
labels:
  ols: {en: Least squares, zh: 最小二乘}
  rlm: {en: Robust, zh: 稳健}
  Intercept: {en: Constant, zh: 常数项}
exhibits:
"""
EXHIBIT = """  - id: {id}
    kind: {kind}
    notebook: 01_first
    evidence: [observed]
    title: {{en: Losses by share, zh: 损失与比重}}
    subtitle: {{en: Million yuan, zh: 百万元}}
    descriptive: Made up.
    note: {{en: Made up., zh: 虚构。}}
    {more}
"""
ALT = "alt: {en: A chart., zh: 一张图。}"
AXES = f"{ALT}\n    axes: {{x: {{en: Share, zh: 比重}}, y: {{en: Loss, zh: 损失}}}}"
KINDS = {
    "fig-axes": ("figure", ALT),
    "fig-grid": ("figure", ALT),
    "fig-scatter": ("figure", AXES),
    "fig-seaborn": ("figure", AXES),
    "fig-dots": ("figure", f"{AXES}\n    form: dots"),
    "fig-effects": ("figure", AXES),
    "tab-models": ("table", "form: regression\n    axes: {y: {en: Loss, zh: 损失}}"),
}
CELLS = [
    'lang: str = "en"\nlevel: float = 0.95',
    "import seaborn as sns\nimport statsmodels.formula.api as smf\n"
    "from compendium.exhibits import plots\nfrom compendium.study import Study\n"
    'study = Study.open("01_first", globals())\ncities = study.load("things")',
    'ax = sns.regplot(data=cities, x="urban_share", y="loss", seed=0)\n'
    'study.figure("fig-axes", ax)',
    'study.figure("fig-grid", sns.relplot(data=cities, x="urban_share", y="loss", height=3))',
    'data = cities.rename(columns={"urban_share": "x", "loss": "y"})[["x", "y"]]\n'
    'study.figure("fig-scatter", plots.scatter, data)',
    'study.figure("fig-seaborn", sns.regplot, cities, x="urban_share", y="loss")',
    'fits = {"ols": smf.ols("loss ~ urban_share", cities).fit(use_t=True),\n'
    '        "rlm": smf.ols("loss ~ urban_share", cities).fit(cov_type="HC3", use_t=True)}\n'
    'study.table("tab-models", fits)',
    'study.figure("fig-effects", plots.coefficients, of="tab-models")',
    'shown_by_tests = "fig-dots"',
    "study.close()",
]


def planned(root, ids=tuple(KINDS)):
    entries = (EXHIBIT.format(id=i, kind=KINDS[i][0], more=KINDS[i][1]) for i in ids)
    path = root / "notebooks/plan/exhibits.yml"
    path.write_text(EXHIBITS + "".join(entries), encoding="utf-8")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    root = make_project(tmp_path_factory.mktemp("own 图"))
    for name in ("02_second", "03_third", "11_last"):
        (root / "notebooks" / f"{name}.ipynb").unlink()
    (root / "data/things/codebook.yml").write_text(CODEBOOK, encoding="utf-8")
    (root / "data/things/things.csv").write_text(CITIES, encoding="utf-8")
    (root / "notebooks/plan/claims.yml").write_text("claims: []\n", encoding="utf-8")
    planned(root)
    return root


@pytest.fixture
def study(project, monkeypatch):
    planned(project)
    monkeypatch.setenv("GRASSROOTS_ROOT", str(project))
    monkeypatch.delenv("GRASSROOTS_STAGING", raising=False)
    with mpl.rc_context():
        yield Study.open("01_first", lang="zh", level=0.95)
    plt.close("all")


@pytest.fixture(scope="module")
def reports(project):
    shown = {name: KINDS[name] for name in KINDS if name != "fig-dots"}
    planned(project, shown)
    write_notebook(project, "01_first", CELLS)
    assert cli.main(["run", "--root", str(project)]) == 0
    return project / "reports"


def regression(cities):
    return sns.regplot(data=cities, x="urban_share", y="loss", seed=0)


def test_a_run_writes_every_figure_in_both_languages(reports):
    for lang in LANGS:
        for name in ("fig-axes", "fig-grid", "fig-scatter", "fig-seaborn", "fig-effects"):
            for end in ("png", "svg", "pdf", "txt"):
                assert (reports / lang / "figures" / f"{name}.{end}").stat().st_size
    assert (reports / "zh/figures/fig-axes.txt").read_text("utf-8") == "一张图。\n"


def test_a_run_keeps_what_is_plotted_on_axes_and_by_what_it_is_drawn(reports):
    kept = read_frame(reports / "exhibits/fig-axes.csv")
    np.testing.assert_allclose(kept.loc[kept["mark"] == "point", "y"], [3, 1, 4, 1.5, 5, 9])
    plot = {
        path.stem: json.loads(path.read_text("utf-8")).get("plot")
        for path in (reports / "exhibits").glob("*.json")
    }
    assert plot == {
        "fig-axes": "axes",
        "fig-grid": "axes",
        "fig-scatter": "compendium.exhibits.plots.simple:scatter",
        "fig-seaborn": 'seaborn:regplot {"x": "urban_share", "y": "loss"}',
        "fig-effects": "dots",
        "tab-models": None,
    }


def test_dots_of_a_table_have_its_coefficients_without_the_intercept(reports):
    dots = read_frame(reports / "exhibits/fig-effects.csv")
    table = read_frame(reports / "exhibits/tab-models.csv")
    rows = table[table["category"] == "urban_share"]
    assert list(dots["group"]) == ["ols", "rlm"]
    np.testing.assert_array_equal(dots["value"], rows["value"])
    np.testing.assert_array_equal(dots["ci_low"], rows["ci_low"])


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("name", ["fig-scatter", "fig-seaborn", "fig-effects"])
def test_a_figure_of_a_function_is_drawn_again_with_the_bytes_of_the_run(
    project, reports, name, lang, tmp_path
):
    asked = ["exhibits", name, "--lang", lang, "--out", str(tmp_path), "--root", str(project)]
    assert cli.main(asked) == 0
    again = (tmp_path / f"{name}.png").read_bytes()
    assert again == (reports / lang / "figures" / f"{name}.png").read_bytes()
    assert cli.main([*asked, "--style", "journal"]) == 0
    assert (tmp_path / f"{name}.png").read_bytes() != again


def test_axes_asked_for_in_another_style_say_what_to_give_instead(project, reports, capsys):
    del reports
    asked = ["exhibits", "fig-axes", "--style", "journal", "--root", str(project)]
    assert cli.main(asked) != 0
    assert "give study.figure a function (ax, data)" in capsys.readouterr().err


def test_figures_that_can_not_be_drawn_again_are_left_out_where_all_are_asked_for(
    project, reports, capsys, tmp_path
):
    del reports
    asked = ["exhibits", "--style", "journal", "--out", str(tmp_path), "--root", str(project)]
    assert cli.main(asked) == 0
    said = capsys.readouterr().out
    assert "fig-axes, fig-grid" in said
    drawn = {path.stem for path in tmp_path.glob("*.png")}
    assert drawn == {"fig-scatter", "fig-seaborn", "fig-effects"}


def test_of_seaborns_data_only_what_it_draws_is_kept(reports):
    kept = read_frame(reports / "exhibits/fig-seaborn.csv")
    assert list(kept) == ["urban_share", "loss"]
    np.testing.assert_allclose(kept["loss"], [3, 1, 4, 1.5, 5, 9])


def test_a_cell_shows_the_exhibit_and_not_the_bare_axes_as_well(study):
    shown = study.figure("fig-axes", regression(study.load("things")))
    assert shown.rendered.files["png"]
    assert plt.get_fignums() == []


def test_type_is_the_house_s_for_what_is_drawn_by_hand(study):
    assert mpl.rcParams["font.family"] == [FONT_FAMILY]
    sns.set_theme()
    study.style()
    assert mpl.rcParams["font.family"] == [FONT_FAMILY]


def of_nothing(study):
    study.figure("fig-effects", plots.coefficients, of="tab-models")


def by_inner_function(study):
    def inner(ax, data):
        ax.plot(data["loss"])

    study.figure("fig-scatter", inner, study.load("things"))


def by_word(study):
    study.figure("fig-scatter", "scatter", study.load("things"))


def fitted(study):
    return smf.ols("loss ~ urban_share", study.load("things")).fit(use_t=True)


def by_fit(study):
    study.figure("fig-scatter", fitted(study))


def of_fit(study):
    study.figure("fig-effects", plots.coefficients, {"ols": fitted(study)})


def of_a_line(study):
    study.figure("fig-effects", plots.dots, Tidy("x", 0.5))


def without_data(study):
    study.figure("fig-scatter", plots.scatter)


def unplanned(study):
    study.figure("fig-none", plots.scatter, study.load("things"))


def otherwise(study):
    study.figure("fig-dots", plots.bars, study.load("things"))


def as_table(study):
    study.figure("tab-models", plots.dots, study.load("things"))


def shown_without_form(study):
    study.show("fig-scatter", study.load("things"))


def shown_axes(study):
    study.show("fig-dots", regression(study.load("things")))


def drawn_nothing(study):
    study.figure("fig-axes", plt.subplots()[1])


def in_words(study):
    ax = regression(study.load("things"))
    ax.set_xlabel("Share of all")
    study.figure("fig-axes", ax)


def of_its_own(study):
    study.figure("fig-seaborn", sns.relplot, study.load("things"), x="urban_share", y="loss")


def by_what_is_no_word(study):
    study.figure("fig-seaborn", sns.lineplot, study.load("things"), x="loss", estimator=np.mean)


def with_more(study):
    study.figure("fig-scatter", plots.scatter, study.load("things"), x="loss")


@pytest.mark.parametrize(
    ("ask", "told"),
    [
        (of_its_own, "seaborn's relplot makes a figure of its own"),
        (by_what_is_no_word, "what lineplot is given can't be written down"),
        (with_more, "only seaborn's functions are given more"),
        (of_nothing, "of tab-models, which was not shown before it"),
        (by_inner_function, "a module of"),
        (by_word, "str is no plot"),
        (by_fit, "RegressionResultsWrapper is no plot"),
        (of_fit, "needs a data frame to draw"),
        (of_a_line, "needs a data frame to draw"),
        (without_data, "needs a data frame to draw"),
        (unplanned, "the plan has no exhibit 'fig-none'"),
        (otherwise, "the plan has fig-dots as form dots"),
        (as_table, "the plan has tab-models as a table"),
        (shown_without_form, "names no form of the figure fig-scatter"),
        (shown_axes, "needs a data frame to draw"),
        (drawn_nothing, "the axes of fig-axes have no data"),
        (in_words, "has no pair in the other language"),
    ],
)
def test_what_can_not_be_drawn_is_refused_in_one_line(study, ask, told):
    with pytest.raises(UserError, match=told) as refused:
        ask(study)
    assert "\n" not in str(refused.value)
    assert refused.value.mend


def test_single_respondents_are_not_drawn_on_axes(study, monkeypatch):
    monkeypatch.setattr(Study, "_shows_persons", lambda *_: True)
    with pytest.raises(UserError, match="may show single respondents"):
        study.figure("fig-axes", regression(study.load("things")))
