"""What `study.figure` draws with: `study.figure("fig-mine", plots.dots, data)`.

Those of the house know the words, intervals and numbers of their data. `scatter`, `histogram` and
`heat` are plain functions `(ax, data)` with seaborn's marks, and examples of what an author writes.
"""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from compendium.exhibits.forms import FORMS
from compendium.exhibits.plots.simple import heat as heat
from compendium.exhibits.plots.simple import histogram as histogram
from compendium.exhibits.plots.simple import scatter as scatter
from compendium.stats.design import INTERCEPT

_NOT_SHOWN = (INTERCEPT, "Intercept", "const", "alpha", "log(alpha)")
"""Intercepts and dispersions, by our names and those of statsmodels."""
_DOTS = ("category", "group", "value", "ci_low", "ci_high", "n", "level")


def _of_models(data: pd.DataFrame) -> pd.DataFrame:
    """Keep of the data of a regression table what dots show; no intercept and no dispersion."""
    shown = data[~data["category"].isin(_NOT_SHOWN)]
    shown = shown[[name for name in _DOTS if name in shown]].reset_index(drop=True)
    return shown.drop(columns="group") if len(set(shown["group"])) == 1 else shown


bars = FORMS["bars"]
bounds = FORMS["bounds"]
contour = FORMS["contour"]
dots = FORMS["dots"]
evidence_map = FORMS["evidence_map"]
forest = FORMS["forest"]
lines = FORMS["lines"]
rootogram = FORMS["rootogram"]
shares = FORMS["shares"]
specification_curve = FORMS["specification_curve"]
surface = FORMS["surface"]
truth_table = FORMS["truth_table"]
xy = FORMS["xy"]
coefficients = replace(dots, arrange=_of_models)
"""Dots of the coefficients that a regression table shows: give its id as `of`."""
