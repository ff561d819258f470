"""Bounds on a confounder by comparing it with covariates that were seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import nan, sqrt

import pandas as pd

from compendium.errors import UserError
from compendium.inference.confounding.omitted import Confounding
from compendium.inference.confounding.residuals import Regression, partial_r2, regression
from compendium.stats.tidy import Tidy

MULTIPLES = (1.0, 2.0, 3.0)
"""How many times as strong as the covariate; the authors' usual choice."""


def benchmark_bounds(
    found: Confounding,
    y: object,
    X: pd.DataFrame,
    benchmarks: Mapping[str, Sequence[str]],
    multiples: Sequence[float] = MULTIPLES,
    *,
    absorb: object = None,
) -> pd.DataFrame:
    """Estimates under confounders as strong as covariates, or some times as strong.

    After Cinelli and Hazlett (2020): the confounder is thought uncorrelated with the
    covariates, and to explain `multiples` times as much of the treatment and of the outcome as the
    benchmark does beyond the other terms.

    Parameters
    ----------
    found
        From `confounding` on the same model.
    y, X, absorb
        As there.
    benchmarks
        Name -> terms of the model taken together, such as the dummies of a category.
    multiples
        The authors' k_d and k_y at once, all above 0.

    Returns
    -------
    DataFrame
        One row a benchmark and multiple: benchmark, multiple, r2_dz, r2_yz, value, se, ci_low,
        ci_high, t, capped (r2_yz would exceed 1, and 1 was taken), possible. A multiple that is
        impossible, since the confounder would explain all of the treatment or more, keeps its row
        with possible false and no numbers.

    Raises
    ------
    UserError
        A benchmark that is not in the model or is the treatment, a multiple not above 0.
    """
    model = regression(y, X, absorb)
    for multiple in multiples:
        if not multiple > 0:
            raise UserError("a multiple must be above 0", "use 1, 2, 3", value=multiple)
    rows = []
    for name, terms in benchmarks.items():
        d, o = observed_r2(model, found.term, terms)
        for multiple in multiples:
            strength = bound(d, o, multiple)
            rows.append({"benchmark": name, "multiple": multiple, **_row(found, *strength)})
    return pd.DataFrame(rows)


def observed_r2(model: Regression, treatment: str, terms: Sequence[str]) -> tuple[float, float]:
    """Return partial R2 of some terms with the treatment and, given it, with the outcome.

    Raises
    ------
    UserError
        A term is not in the model, or is the treatment.
    """
    if treatment in terms:
        raise UserError(
            "the treatment can't be its own benchmark", "use a covariate", value=treatment
        )
    if not terms:
        raise UserError("a benchmark has no terms", "name terms of the model")
    for term in terms:
        model.position(term)
    rest = tuple(term for term in model.terms if term != treatment)
    without = Regression(model.column(treatment), model.others(treatment), rest, model.df)
    return partial_r2(without, terms), partial_r2(model, terms)


def bound(r2_dx: float, r2_yx: float, k: float = 1.0) -> tuple[float, float, bool]:
    """Return r2_dz and r2_yz of a confounder k times as strong, and whether r2_yz was cut to 1.

    Parameters
    ----------
    r2_dx, r2_yx
        Partial R2 of the covariate with the treatment and, the treatment given, with the outcome.

    Raises
    ------
    UserError
        A share outside [0, 1).

    Notes
    -----
    nan where no such confounder is possible.
    """
    for share in (r2_dx, r2_yx):
        if not 0 <= share < 1:
            raise UserError("a partial R2 lies outside 0 to 1", "use a share below 1", value=share)
    r2_dz = k * r2_dx / (1 - r2_dx)
    if r2_dz >= 1:
        return nan, nan, False
    r2_zx = k * r2_dx**2 / ((1 - k * r2_dx) * (1 - r2_dx))
    if r2_zx >= 1:
        return nan, nan, False
    eta = (sqrt(k) + sqrt(r2_zx)) / sqrt(1 - r2_zx)
    r2_yz = eta**2 * r2_yx / (1 - r2_yx)
    return r2_dz, min(r2_yz, 1.0), r2_yz > 1


def _row(found: Confounding, r2_dz: float, r2_yz: float, capped: bool) -> dict[str, object]:
    possible = r2_dz == r2_dz
    line = found.adjusted(r2_dz, r2_yz) if possible else Tidy(found.term, nan)
    return {
        "r2_dz": r2_dz,
        "r2_yz": r2_yz,
        **line.cells("value", "se", "ci_low", "ci_high"),
        "t": float(found.t_values(r2_dz, r2_yz)) if possible else nan,
        "capped": capped,
        "possible": possible,
    }
