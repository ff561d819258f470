"""A response surface shows its whole grid and the lines on it."""

import pytest

from compendium.errors import UserError
from compendium.exhibits.forms import describe, draw
from compendium.exhibits.forms.surface import bands_of

from .exhibit_cases import LABELS, SURFACE, hill, plan


def surface(**changes):
    return plan("fig-s", "surface", axes=SURFACE, **changes)


@pytest.mark.parametrize(("lang", "highest"), [("en", "4.00 at 1.00 and 1.00"), ("zh", "4.00")])
def test_the_words_name_the_highest_and_the_lowest_place(lang, highest):
    told = describe(hill(["half", "zero"], 5), surface(), LABELS, lang)
    assert highest in told
    assert "0.80" in told


def test_the_line_of_incongruence_runs_down_from_the_ridge():
    told = describe(hill(["half", "zero"], 5), surface(), LABELS, "en")
    assert "Half of all: from 4.00 to 4.00" in told
    assert "No difference: from 0.75 to 0.75" in told


def test_a_grid_with_holes_is_refused():
    with pytest.raises(UserError, match="no full grid"):
        draw(hill(["half"]).drop(index=3), surface(), LABELS, "en")


def test_a_surface_needs_a_line_and_words():
    data = hill(["half"])
    with pytest.raises(UserError, match="no line on its surface"):
        draw(data[data["series"] == "surface"], surface(), LABELS, "en")
    with pytest.raises(UserError, match="no words for its value axis"):
        draw(data, plan("fig-s", "surface", axes={}), LABELS, "en")


def test_every_value_has_the_colour_of_a_band():
    for points in (2, 9, 25):
        grid = hill(["half"], points).query("series == 'surface'")
        bands, colours = bands_of(grid)
        assert bands[0] <= grid["value"].min()
        assert grid["value"].max() <= bands[-1]
        assert len(colours) == len(bands) - 1
