"""Evidence maps show what is missing; forest plots show a mean only where there is one."""

import pandas as pd
import pytest
from matplotlib.patches import Polygon, Rectangle

from compendium.errors import UserError
from compendium.exhibits.forms import describe, draw
from compendium.exhibits.forms.evidence_map import NOTHING
from compendium.text import LANGS

from .exhibit_cases import CASES, LABELS, evidence_grid, forest_of, plan
from .test_forms import drawn_texts


def boxes(figure, linestyle):
    return [p for p in figure.findobj(Rectangle) if p.get_linestyle() == linestyle]


@pytest.mark.parametrize("lang", LANGS)
def test_a_row_without_any_study_says_so(lang):
    exhibit, data = CASES["evidence-map"]
    shown = [words for words, _ in drawn_texts(draw(data, exhibit, LABELS, lang))]
    empty = data.groupby("category")["value"].sum().eq(0).sum()
    assert empty > 0
    # Once in the key, once in every empty row.
    assert shown.count(NOTHING[lang]) == empty + 1


def test_every_filled_cell_shows_its_number_and_every_other_is_an_empty_box():
    exhibit, data = CASES["evidence-map"]
    figure = draw(data, exhibit, LABELS, "en")
    numbers = sorted(words for words, _ in drawn_texts(figure) if words.isdigit())
    assert numbers == sorted(str(int(v)) for v in data["value"] if v)
    sums = {"index": "category", "columns": "group", "values": "value", "aggfunc": "sum"}
    cells = data.pivot_table(**sums, fill_value=0)
    rows_with = cells[cells.sum(axis=1) > 0]
    empty = int((rows_with == 0).to_numpy().sum() + (cells.sum(axis=1) == 0).sum())
    assert len(boxes(figure, ":")) == empty + 1


def test_the_description_names_what_is_best_known_and_what_is_missing():
    exhibit, data = CASES["evidence-map"]
    told = describe(data, exhibit, LABELS, "en")
    assert "no figure found for 1: Item 7" in told
    first = data.query("part == 'basic_duties' and value > 0")["category"].iloc[0]
    assert f"4 of 8 rows have “Basic duties”: {LABELS.text(first, lang='en')}" in told


@pytest.mark.parametrize("value", [-1, 0.5])
def test_only_numbers_of_studies_are_counted(value):
    with pytest.raises(UserError, match="not a number of studies"):
        draw(evidence_grid(2).assign(value=value), plan("fig-x", "evidence_map"), LABELS, "en")


def test_more_kinds_than_can_be_told_apart_are_refused():
    one = evidence_grid(1).head(1)
    data = pd.concat([one.assign(part=f"long{i}") for i in range(6)])
    with pytest.raises(UserError, match="more than 5 kinds"):
        draw(data, plan("fig-x", "evidence_map"), LABELS, "en")


def test_cells_too_narrow_for_their_numbers_are_refused():
    data = evidence_grid(1, [f"long{i}" for i in range(9)]).assign(value=100)
    with pytest.raises(UserError, match="no room for its numbers"):
        draw(data, plan("fig-x", "evidence_map"), LABELS, "en")


def diamonds(figure):
    return [p for axes in figure.axes for p in axes.patches if isinstance(p, Polygon)]


def test_a_diamond_spans_the_interval_of_the_mean():
    exhibit, data = CASES["forest"]
    (diamond,) = diamonds(draw(data, exhibit, LABELS, "en"))
    mean = data[data["group"] == "mean"].iloc[0]
    xs = diamond.get_xy()[:, 0]
    assert (xs.min(), xs.max()) == (mean["ci_low"], mean["ci_high"])


def test_studies_alone_have_no_diamond_and_no_key():
    exhibit, data = CASES["forest"]
    figure = draw(data[data["group"] == "study"].drop(columns="weight"), exhibit, LABELS, "en")
    assert not diamonds(figure)
    assert not any("one study" in words for words, _ in drawn_texts(figure))


def test_a_heavier_study_has_a_larger_square():
    exhibit, data = CASES["forest"]
    figure = draw(data, exhibit, LABELS, "en")
    lines = [line for line in figure.axes[0].lines if line.get_marker() == "s"]
    sizes = [line.get_markersize() for line in lines]
    weights = data.loc[data["group"] == "study", "weight"]
    assert pd.Series(sizes).rank().tolist() == weights.rank().tolist()


def test_a_row_of_no_known_kind_is_refused():
    with pytest.raises(UserError, match="use one of study, mean, prediction"):
        draw(forest_of(3).assign(group="total"), plan("fig-x", "forest"), LABELS, "en")
