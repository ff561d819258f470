"""Stars stand in place of intervals where they are asked for, and nowhere else."""

import pytest

from grassroots.report.contents import Contents
from grassroots.report.stars import STARS_NOTE, can_have_stars, stars_of
from grassroots.text import LANGS


@pytest.mark.parametrize(
    ("p", "stars"),
    [(0.05, ""), (0.0499, "*"), (0.01, "*"), (0.0099, "**"), (0.0005, "***"), (float("nan"), "")],
)
def test_stars_of_p_values(p, stars):
    assert stars_of(p) == stars


@pytest.mark.parametrize("lang", LANGS)
def test_tables_show_stars_that_follow_from_their_p_values(reported, contents, lang):
    plain, starred = contents[lang].exhibits, Contents(reported, lang, stars=True).exhibits
    for name, part in plain.items():
        grid = getattr(part, "grid", None)
        if grid is None:
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
        assert shown.note.endswith(STARS_NOTE[lang])
