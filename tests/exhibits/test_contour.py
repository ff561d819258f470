"""Contours stand where the grid takes their value, and benchmarks on the grid."""

import numpy as np
import pytest

from compendium.errors import UserError
from compendium.exhibits.forms import describe, draw

from .curve_cases import CONTOUR, sensitivity, two_contours
from .exhibit_cases import LABELS, plan
from .test_forms import drawn_texts


def contour(**changes):
    return plan("fig-c", "contour", axes=CONTOUR, options={"digits": 2} | changes)


def test_the_critical_line_runs_where_the_confounder_explains_everything():
    figure = draw(sensitivity(2, points=81), contour(), LABELS, "en")
    critical = [found for found in figure.axes[0].collections if found.get_zorder() == 3]
    x, y = critical[0].get_paths()[0].vertices.T
    np.testing.assert_allclose(np.sqrt(y * x / (1 - x)), 0.3, atol=2e-3)


def test_levels_and_benchmarks_bear_their_values():
    figure = draw(sensitivity(1), contour(), LABELS, "en")
    shown = " ".join(words for words, _ in drawn_texts(figure))
    for words in ("−0.1", "0.1", "0.00", "several tenants 0.29"):
        assert words in shown


def test_numbers_of_lines_stand_within_the_plot():
    figure = draw(sensitivity(2), contour(), LABELS, "en")
    figure.canvas.draw()
    axes = figure.axes[0]
    frame = axes.get_window_extent()
    assert axes.texts
    for text in axes.texts:
        box = text.get_window_extent()
        assert frame.x0 <= box.x0 < box.x1 <= frame.x1, text.get_text()
        assert frame.y0 <= box.y0 < box.y1 <= frame.y1, text.get_text()


def test_the_words_name_every_benchmark_and_its_place():
    told = describe(two_contours(), contour(), LABELS, "en")
    assert "Epidemic notices: from −0.22 to 0.30; No difference: 0.00;" in told
    assert "several tenants: 0.29 at 0.010 and 0.020" in told
    assert "Notices on all other hazards: from −0.42 to 0.10; No difference: −0.10;" in told


def test_wrong_grids_and_marks_are_refused():
    data = sensitivity(1)
    with pytest.raises(UserError, match="no full grid"):
        draw(data.drop(index=3), contour(), LABELS, "en")
    with pytest.raises(UserError, match="lies outside the grid"):
        draw(data.replace({"x": {0.01: 0.5}}), contour(), LABELS, "en")
    with pytest.raises(UserError, match="unknown part"):
        draw(data.replace({"part": {"critical": "line"}}), contour(), LABELS, "en")
    with pytest.raises(UserError, match="no words for its axis"):
        draw(data, plan("fig-c", "contour"), LABELS, "en")
