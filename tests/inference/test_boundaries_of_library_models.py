"""A model of another library is read down to the smallest standard error that is one."""

from __future__ import annotations

import pandas as pd
import pytest

from compendium.errors import UserError
from compendium.results import lines


class Model:
    """What a library returns: a tidy frame of one coefficient."""

    def __init__(self, se):
        self.se = se

    def tidy(self, alpha=0.05):
        cells = {"Estimate": 1.0, "Std. Error": self.se, "Pr(>|t|)": 0.5}
        return pd.DataFrame(
            [{**cells, f"{50 * alpha:.1f}%": 0.0, f"{100 - 50 * alpha:.1f}%": 2.0}], index=["x"]
        )


def test_a_library_model_needs_a_standard_error_above_0():
    (line,) = lines(Model(1e-300), 0.95).values()
    assert line.se == 1e-300
    with pytest.raises(UserError, match="has no standard error"):
        lines(Model(0.0), 0.95)
