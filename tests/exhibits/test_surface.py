"""A response surface shows its whole grid and the lines on it, from above and as a solid."""

import numpy as np
import pytest
from mpl_toolkits.mplot3d import Axes3D

from compendium.errors import UserError
from compendium.exhibits.forms import describe, draw
from compendium.exhibits.forms.surface import bands_of
from compendium.exhibits.save import render_figure
from compendium.text import LANGS

from .exhibit_cases import LABELS, SURFACE, colophon, hill, plan


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


def solid(**changes):
    return plan("fig-s", "surface3d", axes=SURFACE, **changes)


def lines_of(figure):
    (axes,) = (one for one in figure.axes if isinstance(one, Axes3D))
    return axes, [np.array(line.get_data_3d()) for line in axes.lines]


def test_on_the_solid_each_line_runs_on_the_surface_and_on_its_floor():
    data = hill(["half", "zero"], 9)
    axes, lines = lines_of(draw(data, solid(), LABELS, "en"))
    low = axes.get_zlim()[0]
    shadows = [line for line in lines if np.allclose(line[2], low)]
    above = [line for line in lines if not np.allclose(line[2], low)]
    assert len(shadows) == 2
    for x, y, z in above:
        runs = "half" if np.allclose(x, y) else "zero"
        wanted = data[data["series"] == runs].sort_values("x")["value"]
        np.testing.assert_allclose(z, wanted, atol=0.02)
    assert low < data["value"].min()


def test_the_solid_is_told_in_the_same_words_as_the_plot_from_above():
    data = hill(["half", "zero"], 5)
    for lang in LANGS:
        assert describe(data, solid(), LABELS, lang) == describe(data, surface(), LABELS, lang)


def test_every_value_has_the_colour_of_a_band():
    for points in (2, 9, 25):
        grid = hill(["half"], points).query("series == 'surface'")
        bands, colours = bands_of(grid)
        assert bands[0] <= grid["value"].min()
        assert grid["value"].max() <= bands[-1]
        assert len(colours) == len(bands) - 1


def test_a_solid_has_the_same_bytes_on_two_draws():
    data = hill(["half", "zero"], 9)
    one, two = (
        render_figure(draw(data, solid(), LABELS, "zh"), solid(), colophon(solid()), "zh", "x")
        for _ in range(2)
    )
    assert one.files == two.files
