"""Stars stand in place of intervals where they are asked for, and nowhere else."""

from itertools import pairwise

import pandas as pd
import pytest

from compendium.exhibits.regression import stars_words
from compendium.report.contents import Contents
from compendium.report.stars import can_have_stars, stars_note, stars_of
from compendium.text import LANGS


@pytest.mark.parametrize(
    ("p", "stars"),
    [(0.05, ""), (0.0499, "*"), (0.01, "*"), (0.0099, "**"), (0.0005, "***"), (float("nan"), "")],
)
def test_stars_of_p_values(p, stars):
    assert stars_of(p) == stars


@pytest.mark.parametrize("lang", LANGS)
def test_tables_show_stars_that_follow_from_their_p_values(reported, contents, lang):
    plain, starred = contents[lang].exhibits, Contents(reported, lang, "stars").exhibits
    for name, part in plain.items():
        grid = getattr(part, "grid", None)
        if grid is None:
            continue
        if grid.paired:
            assert_starred(grid, starred[name].grid, part.recorded)
            continue
        if not can_have_stars(grid):
            assert starred[name].grid == grid
            continue
        shown = starred[name].grid
        names = [column.name for column in shown.columns]
        assert "ci" not in names
        assert names[names.index("value") + 1] == "stars"
        assert [row[names.index("stars")] for row in shown.rows] == [
            stars_of(p) for p in part.recorded.frame["p"].astype(float)
        ]
        assert shown.note.endswith(stars_note("stars", lang))


def assert_starred(plain, starred, recorded):
    """Cells of models side by side: the stars of the p-value, the error in place of the interval."""
    lines = recorded.frame.assign(scale=100 if recorded.exhibit.options.get("points") else 1)
    in_order = ["panel", "category"] if "panel" in lines else ["category"]
    for name in in_order:  # as they first come, those of all models together
        lines[name] = pd.Categorical(lines[name], lines[name].unique())
    for k, column in enumerate(plain.columns[1:], start=1):
        mine = lines[lines["group"] == column.name].sort_values(in_order, kind="stable")
        cells = [row[k] for row in starred.rows]
        values = [one for one, below in pairwise(cells) if below.startswith("(")]
        assert [len(value) - len(value.rstrip("*")) for value in values] == [
            len(stars_of(p)) for p in mine["p"].astype(float)
        ]
    terms = [row for row in starred.rows[: -starred.closing] if row]
    below = [cell for row in terms for cell in row[1:] if cell.startswith("(")]
    assert len(below) == len(lines)
    words = stars_words("stars", starred.lang)
    assert words in starred.note
    assert words not in plain.note
