"""Perfect separation: a likelihood without a maximum, found before it is fitted."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from compendium.errors import UserError

Floats = NDArray[np.float64]

NOTHING = 1e-7
"""Directions of the linear programme below this are its own rounding."""


def refuse_separation(X: Floats, sign: Floats, terms: Sequence[str]) -> None:
    """Raise if some direction of the coefficients raises the likelihood for ever.

    A linear programme looks for b with sign_i x_i b >= 0 in rows at the edge of their outcome's
    range and x_i b = 0 in the others (Konis 2007; for counts Correia, Guimaraes and Zylkin 2019).

    Parameters
    ----------
    X
        Terms, (n, k).
    sign
        1 where the outcome is at its upper edge, -1 at its lower edge, 0 between, (n,).
    terms
        Names of the k terms, for the message.
    """
    from scipy.optimize import linprog

    scaled = X / np.abs(X).max(axis=0)
    edge = sign != 0
    push = scaled[edge] * sign[edge, None]
    inner = scaled[~edge]
    if not edge.any():
        return
    found = linprog(
        -push.sum(axis=0),
        A_ub=-push,
        b_ub=np.zeros(len(push)),
        A_eq=inner if len(inner) else None,
        b_eq=np.zeros(len(inner)) if len(inner) else None,
        bounds=[(-1, 1)] * X.shape[1],
        method="highs",
    )
    if found.status == 0 and -found.fun > NOTHING:
        guilty = [t for t, b in zip(terms, found.x, strict=True) if abs(b) > NOTHING]
        raise UserError(
            f"perfect separation: the outcome is fully predicted by {', '.join(guilty)}",
            "drop or merge these terms; no coefficient can be estimated",
        )
