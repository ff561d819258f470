"""Coefficients of generalised linear models with canonical link, by statsmodels."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from compendium.errors import UserError

Floats = NDArray[np.float64]

DEVIANCE_CHANGE = 1e-12
"""Change of the deviance, relative to 1 + deviance, at which iterations stop.

Smaller changes can be rounding; steps converge quadratically, so results then equal R's to 1e-9.
"""
MAX_ITERATIONS = 200


def glm_coefficients(y: Floats, X: Floats, family: str, offset: Floats | None = None) -> Floats:
    """Iteratively reweighted least squares.

    Parameters
    ----------
    y
        Outcome (n,), or successes and failures (n, 2).
    X
        Terms, (n, k).
    family
        "Binomial" or "Poisson".
    offset
        Added to the linear predictor, (n,).

    Raises
    ------
    UserError
        No convergence.
    """
    from statsmodels.genmod import families
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

    model = GLM(y, X, family=getattr(families, family)(), offset=offset)
    with warnings.catch_warnings():
        # separation is refused before; what is left is an outcome that is fitted exactly
        warnings.simplefilter("ignore", PerfectSeparationWarning)
        fit = model.fit(tol=DEVIANCE_CHANGE, rtol=DEVIANCE_CHANGE, maxiter=MAX_ITERATIONS)
    if not fit.converged:
        raise UserError(f"the {family} model did not converge", "use fewer terms")
    return np.asarray(fit.params, dtype=float)
