"""Variables of a model that are handed over one by one, and the design made of them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.stats.checks import numbers, same_rows
from compendium.stats.design import INTERCEPT

Floats = NDArray[np.float64]


def variable(values: object, name: str) -> Floats:
    """Return a float vector; missing values and a constant are errors that name the variable."""
    array = numbers(values, name)
    if array.size and np.ptp(array) == 0:
        raise UserError(
            "the variable is the same in every row", "drop it", column=name, value=float(array[0])
        )
    return array


def terms_of(columns: Mapping[str, Floats], controls: pd.DataFrame | None) -> pd.DataFrame:
    """Intercept, the columns and the controls as one design, with one intercept only.

    Raises
    ------
    UserError
        A control has the name of a column, or another number of rows.
    """
    n = len(next(iter(columns.values())))
    X = pd.DataFrame({INTERCEPT: np.ones(n), **columns})
    if controls is None:
        return X
    same_rows(terms=X.index, controls=controls)
    kept = controls.drop(columns=INTERCEPT, errors="ignore").reset_index(drop=True)
    twice = [str(c) for c in kept.columns if c in X.columns]
    if twice:
        raise UserError("a control has the name of a term", "rename it", column=twice[0])
    return pd.concat([X, kept.astype(float)], axis=1)
