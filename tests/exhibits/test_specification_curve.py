"""A specification curve keeps every universe and says what each choice does."""

import numpy as np
import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.exhibits.forms import describe, draw

from .curve_cases import two_curves, universes
from .exhibit_cases import CURVE, LABELS, plan
from .test_forms import drawn_texts


def curve(**changes):
    return plan("fig-c", "specification_curve", options=CURVE | changes)


def test_failed_universes_are_counted_in_the_panel_in_both_languages():
    data = universes(2, 5)
    shown = {
        lang: [words for words, _ in drawn_texts(draw(data, curve(), LABELS, lang))]
        for lang in ("en", "zh")
    }
    assert any("48 specifications" in words and "5 could not be" in words for words in shown["en"])
    assert any("共 48 个设定" in words and "5 个未能估计" in words for words in shown["zh"])


@pytest.mark.parametrize("repeats", [1, 100])
def test_the_curve_rises_through_all_estimates(repeats):
    data = universes(repeats, 3)
    axes = draw(data, curve(), LABELS, "en").axes[0]
    curves = [line for line in axes.lines if line.get_zorder() == 4]
    drawn = np.sort(np.concatenate([line.get_ydata() for line in curves]))
    wanted = np.sort(data["value"].dropna())
    np.testing.assert_allclose(drawn if repeats == 1 else drawn[:-1], wanted)


def test_every_universe_ticks_one_option_of_each_decision():
    figure = draw(universes(1, 2), curve(), LABELS, "en")
    ticks = [len(found.get_segments()) for found in figure.axes[1].collections]
    outcomes, choices = ticks[:-9], ticks[-9:]
    assert sum(outcomes) == 22
    assert [sum(choices[:4]), sum(choices[4:7]), sum(choices[7:])] == [24, 24, 24]


def test_an_option_bears_the_share_of_all_its_universes_in_which_the_test_holds():
    data = pd.DataFrame(
        {
            "universe": ["a", "b", "c", "d"],
            "value": [0.3, 0.2, np.nan, 0.1],
            "ci_low": [0.1, 0.1, np.nan, -0.1],
            "ci_high": [0.5, 0.3, np.nan, 0.3],
            "outcome": ["holds", "holds", "not run", "inconclusive"],
            "main": [1, 0, 0, 0],
            "choice:long3": ["half", "half", "half", "zero"],
        }
    )
    told = describe(data, curve(), LABELS, "en")
    assert "Half of all 67%, No difference 0%" in told
    assert "4 specifications: holds 2, inconclusive 1; 1 could not be estimated" in told
    assert "main analysis 0.30" in told


def test_facets_keep_their_order_and_their_own_decisions():
    told = describe(two_curves(), curve(), LABELS, "en")
    assert told.index("Epidemic notices") < told.index("Notices on all other hazards")
    drawn = draw(two_curves(), curve(facets=["other"]), LABELS, "en")
    shown = [words for words, _ in drawn_texts(drawn)]
    assert shown.index("Notices on all other hazards") < shown.index("Epidemic notices")


def test_a_universe_without_a_value_has_no_outcome():
    data = universes(1, 2)
    wrong = data.assign(outcome="holds")
    with pytest.raises(UserError, match="without a value has an outcome"):
        draw(wrong, curve(), LABELS, "en")
    with pytest.raises(UserError, match="unknown outcome"):
        draw(data.assign(outcome="perhaps"), curve(), LABELS, "en")


def test_a_curve_without_any_estimate_is_refused():
    data = universes(1).assign(value=np.nan, outcome="not run")
    with pytest.raises(UserError, match="no value is known"):
        draw(data, curve(), LABELS, "en")
