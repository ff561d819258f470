"""What can be wrong with a model that another package fitted, and says nothing of it itself."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.stats.alone import Alone, decided_alone, refuse_leverage
from compendium.stats.clusters import ROUNDING, cluster_codes
from compendium.stats.method import Method
from compendium.stats.solve import Basis, orthonormal, refuse_exact

Floats = NDArray[np.float64]

DECREMENT = 1e-8
"""Largest Newton decrement g'(-H)^-1 g at which a likelihood counts as maximised.

It is the squared distance to the maximum in standard errors, whatever the units of the columns: an
estimate is then off by at most 1e-4 standard errors.
"""
READ = ("nobs", "cov_params", "cov_type")
"""What results must have to be read; mixed models, GEE and survival models have intervals of their
own kinds."""
PANEL = ("hac-panel", "nw-panel", "hac-groupsum", "nw-groupsum")


@dataclass(frozen=True)
class Groups:
    """Groups that errors are clustered by, one column or several."""

    names: tuple[str, ...] = ()
    columns: tuple[Any, ...] = ()
    corrected: bool = True

    @property
    def counts(self) -> tuple[int, ...]:
        """Clusters by column."""
        return tuple(len(np.unique(column)) for column in self.columns)

    @property
    def n(self) -> int:
        """Clusters of the column that has fewest, 0 where nothing is clustered."""
        return min(self.counts, default=0)

    def words(self) -> Method:
        """Say how errors are clustered."""
        kind = "CR1" if self.corrected else "CR0"
        return Method.of("clustered", kind=kind, by=self.names, G=self.counts)


def refuse_unread(results: Any) -> None:
    """Refuse models whose errors or intervals are of a kind that is not read here."""
    lacking = not all(hasattr(results, name) for name in READ)
    if lacking or hasattr(results.model, "cov_struct") or results.cov_type in PANEL:
        raise UserError(
            f"the errors of a {type(results).__name__} are of a kind that is not read here",
            "use an estimator of compendium.stats, e.g. multilevel.random_intercepts, cluster "
            "with use_t=True, or hand over tidy lines",
        )


def refuse_weights(results: Any) -> None:
    """Refuse weights that make numbers of rows, and errors with them, wrong."""
    weights = np.asarray(getattr(results.model, "weights", 1.0), dtype=float)
    counts = _counts(results)
    if not (weights > 0).all() or not (counts > 0).all():
        raise UserError("rows of weight 0 or less are counted as rows", "drop them first")
    if (counts != np.round(counts)).any():
        raise UserError(
            "freq_weights are numbers of rows and must be whole",
            "hand sampling weights over as var_weights, with cov_type='HC1' or clusters",
        )


def rows_of(results: Any) -> int:
    """Return the rows behind a model, each as often as its frequency weight says."""
    counts = _counts(results)
    return int(counts.sum()) if counts.size > 1 else int(results.nobs)


def _counts(results: Any) -> Floats:
    found = getattr(results.model, "freq_weights", None)
    return np.atleast_1d(np.asarray(1.0 if found is None else found, dtype=float))


def refuse_unfinished(results: Any, beta: Floats) -> None:
    """Refuse a model that stopped short of its maximum, or that says so."""
    if not np.isfinite(beta).all():
        gap = np.isnan(np.asarray(results.model.endog, dtype=float)).any()
        mend = "leave out incomplete rows: study.complete_rows" if gap else None
        raise UserError(
            "a coefficient is no number", mend or "use fewer terms, or scale the columns"
        )
    told = (getattr(results, "mle_retvals", None) or {}).get(
        "converged", getattr(results, "converged", True)
    )
    decrement = _decrement(results, beta)
    if told is False or not decrement <= DECREMENT:
        raise UserError(
            f"{type(results.model).__name__} did not reach its maximum (Newton decrement "
            f"{decrement:.2g}, at most {DECREMENT:.0e})",
            "scale the columns, fit with method='newton', or raise maxiter",
        )


def _decrement(results: Any, beta: Floats) -> float:
    """Newton decrement at the estimate; 0 for a model that is solved and not searched.

    It is inf at a saddle, where some direction still leads up.
    """
    model = results.model
    if hasattr(results, "history"):
        return _last_step(results)
    if not hasattr(results, "mle_retvals") and not hasattr(results, "fit_history"):
        return 0.0
    try:
        gradient, curvature = np.asarray(model.score(beta)), -np.asarray(model.hessian(beta))
        size = np.sqrt(np.abs(np.diag(curvature)))
        half = np.linalg.cholesky(curvature / np.outer(size, size))
        return float(np.sum(np.linalg.solve(half, gradient / size) ** 2))
    except (AttributeError, NotImplementedError):
        return 0.0
    except np.linalg.LinAlgError:
        return inf


def _last_step(results: Any) -> float:
    """Squared last step of a search by steps, in standard errors; inf after one step."""
    steps = results.history["params"]
    if len(steps) < 2:
        return inf
    step = np.asarray(steps[-1]) - np.asarray(steps[-2])
    return float(np.max((step / np.asarray(results.bse)) ** 2))


def checked_basis(results: Any, names: list[str]) -> Basis | None:
    """Orthonormal columns of a design, once neither it nor statsmodels loses a column.

    Raises
    ------
    UserError
        Collinear columns; columns of such different size that statsmodels, whose cut-off is on the
        columns as they are, dropped one; an outcome that the terms fit exactly.
    """
    X = getattr(results.model, "exog", None)
    X = None if X is None else np.asarray(X, dtype=float)
    if X is None or X.ndim != 2 or not X.shape[1] or not np.isfinite(X).all():
        return None
    basis = orthonormal(X, _columns(results, names, X.shape[1]))
    used = np.asarray(getattr(results.model, "wexog", X), dtype=float)
    if np.linalg.matrix_rank(used) < X.shape[1]:
        raise UserError(
            "the columns differ so much in size that statsmodels dropped one in silence",
            "scale or centre the columns, e.g. millions of persons, or use compendium.stats",
        )
    if hasattr(results, "wresid"):
        refuse_exact(np.asarray(results.wresid), np.asarray(results.model.wendog))
    return basis


def without_rounding(results: Any, basis: Basis | None, V: Floats) -> Floats:
    """Covariance in which robust errors of a linear model that are rounding are 0.

    Where sums of residuals cancel within every cluster, as for the dummy of a cluster, what is left
    is the rounding of their parts.
    """
    if basis is None or results.cov_type == "nonrobust" or not hasattr(results, "wresid"):
        return V
    size = np.abs(np.asarray(results.wresid)) + np.abs(np.asarray(results.model.wendog))
    bound = np.abs(basis.L) @ (ROUNDING * np.abs(basis.Z).T @ size)
    something = np.sqrt(np.diag(V)) > bound
    return np.where(np.outer(something, something), V, 0.0)


def _columns(results: Any, names: list[str], k: int) -> list[str]:
    known = list(map(str, getattr(results.model.data, "xnames", None) or names))
    return known if len(known) == k else [f"column {i + 1}" for i in range(k)]


def groups_of(results: Any) -> Groups:
    """Read the groups that errors are clustered by.

    Raises
    ------
    UserError
        Groups in another order than the rows, rows without a group, intervals of the normal or of
        t with the rows' degrees of freedom, which are too narrow.
    """
    if results.cov_type != "cluster":
        return Groups()
    if not results.use_t:
        raise UserError(
            "clustered errors with the normal's intervals, which are too narrow",
            "fit with use_t=True",
        )
    told = results.cov_kwds["groups"]
    rows = results.model.data.row_labels
    indexed = isinstance(told, pd.Series | pd.DataFrame) and rows is not None
    if indexed and not told.index.equals(rows):
        raise UserError(
            "the cluster groups have another index than the model's rows",
            "take both from one frame, without dropping or sorting rows of either",
            value=", ".join(_columns_of(told)),
        )
    columns = _columns_of(told)
    if any(pd.isna(column).any() for column in columns.values()):
        raise UserError("a row has no cluster", "drop such rows first")
    corrected = bool(results.cov_kwds.get("use_correction", True))
    groups = Groups(tuple(columns), tuple(columns.values()), corrected)
    df = getattr(results, "df_resid_inference", None)
    if (results.df_resid if df is None else df) > groups.n - 1:
        raise UserError(
            f"{groups.n} clusters with the degrees of freedom of rows", "leave df_correction on"
        )
    return groups


def _columns_of(told: Any) -> dict[str, Any]:
    if isinstance(told, pd.DataFrame):
        return {str(name): np.asarray(told[name]) for name in told}
    if isinstance(told, pd.Series):
        return {str(told.name or "cluster"): np.asarray(told)}
    array = np.asarray(told)
    if array.ndim == 2:
        return {f"cluster {i + 1}": array[:, i] for i in range(array.shape[1])}
    return {"cluster": array}


def alone_in(results: Any, basis: Basis | None, groups: Groups) -> Alone | None:
    """Find what single clusters, or rows, alone decide; None where that was not looked for.

    The clustered or robust error of such a parameter is too small, however many clusters there are.

    Raises
    ------
    UserError
        Errors that divide a residual of 0 by 1 less its leverage of 1.
    """
    if basis is None or results.cov_type == "nonrobust" or hasattr(results.model, "exog_infl"):
        return None
    if results.cov_type in ("HC2", "HC3"):
        refuse_leverage((basis.Z**2).sum(axis=1))
    if not groups.columns:
        return decided_alone(basis.Z, np.arange(len(basis.Z)), None)
    found = [
        decided_alone(basis.Z, cluster_codes(column, len(basis.Z))[0], column)
        for column in groups.columns
    ]
    labels = tuple(label for alone in found for label in alone.labels)
    return Alone(np.vstack([alone.directions for alone in found]), labels)


def thresholds(results: Any, beta: Floats, V: Floats) -> tuple[Floats, Floats]:
    """Thresholds of an ordered model with their covariance, as its names promise them.

    statsmodels searches over the first threshold and the logarithms of the steps to the next, and
    names these like thresholds.
    """
    if type(results.model).__name__ != "OrderedModel":
        return beta, V
    k = np.asarray(results.model.exog).shape[1]
    steps = np.exp(beta[k + 1 :])
    T = np.eye(len(beta))
    T[k:, k] = 1.0
    T[k + 1 :, k + 1 :] = np.tril(np.ones((len(steps), len(steps)))) * steps
    moved = beta.copy()
    moved[k + 1 :] = beta[k] + np.cumsum(steps)
    return moved, np.asarray(T @ V @ T.T)
