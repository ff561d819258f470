"""Least squares with a named error: HC0 to HC3 for rows, CR0 to CR3 for clusters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.inference.rows import Alone, Rows, decided_alone, kept_codes, kept_rows
from compendium.stats.alone import SINGULAR
from compendium.stats.alone import decided_alone as decided_by_rows
from compendium.stats.checks import LEVEL, check_level, t_p_value, t_quantile
from compendium.stats.clusters import cluster_name, cr1_factor
from compendium.stats.few_clusters import ClusterParts, Correction, cluster_parts, corrected
from compendium.stats.fit import spread
from compendium.stats.method import Method
from compendium.stats.solve import solve
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

ROW_ERRORS = ("classical", "HC0", "HC1", "HC2", "HC3")
CLUSTER_ERRORS = ("CR0", "CR1", "CR1G", "CR2", "CR3", "CV3", "CR3J")
POWERS = {"CR0": 0.0, "CR1": 0.0, "CR1G": 0.0, "CR2": 0.5, "CR3": 1.0, "CV3": 1.0, "CR3J": 1.0}
FREEDOMS = ("satterthwaite", "clusters")
WORKING = ("inverse weights", "identity")


@dataclass(frozen=True, eq=False)
class RobustFit:
    """A least-squares fit with a robust covariance.

    Attributes
    ----------
    terms, beta, V
        Names of the k coefficients, coefficients (k,) and covariance (k, k).
    n, n_clusters
        Rows with a weight other than 0 and clusters; 0 clusters when rows are independent.
    errors
        One of `ROW_ERRORS` or `CLUSTER_ERRORS`.
    correction
        What Satterthwaite's degrees of freedom are made of; None where t(`degrees`) is used.
    degrees
        Degrees of freedom where they are one number for all terms.
    alone
        Combinations that one cluster, or one row without clusters, decides alone.
    L
        R^-1 of X = Z R, (k, k).
    level
        Level of the intervals.
    words
        How the method string begins.
    cautions
        What the method string adds for every term.
    """

    terms: tuple[str, ...]
    beta: Floats
    V: Floats
    n: int
    n_clusters: int
    errors: str
    correction: Correction | None
    degrees: float
    alone: Alone
    L: Floats
    level: float
    words: str
    cautions: tuple[str, ...]

    def __getitem__(self, term: str) -> Tidy:
        """Return the tidy line of one coefficient; an unknown term is an error."""
        return self.combination({term: 1.0}, term)

    def tidy(self) -> tuple[Tidy, ...]:
        """Return one line a coefficient, in the order of `terms`."""
        return tuple(self[term] for term in self.terms)

    def combination(self, weights: Mapping[str, float], term: str) -> Tidy:
        """Return the line of a linear combination; the method string tells what weakens it."""
        w = self._weights(weights)
        value, se = float(w @ self.beta), spread(w, self.V) or nan
        df = self.df(w) if se > 0 else nan
        known = df > 0
        half = t_quantile(self.level, df) * se if known else nan
        p = t_p_value(value / se, df) if known else nan
        freedom = "nothing varies: no error and no interval"
        if known:
            exact, rounded = f"t({df:g})", f"Satterthwaite t with {df:.1f} degrees of freedom"
            freedom = exact if self.correction is None else rounded
        said = (f"{self.words}, {freedom}", *self.cautions, *self.cautions_of(w))
        low, high, method = value - half, value + half, "; ".join(said)
        return Tidy(
            term, value, se, low, high, self.level, p, self.n, self.n_clusters, Method.free(method)
        )

    def df(self, w: Floats) -> float:
        """Degrees of freedom of a combination (k,); nan where no cluster adds to its error."""
        if self.correction is None:
            return self.degrees
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.correction.df(w)

    def cautions_of(self, w: Floats) -> tuple[str, ...]:
        """What to say of a combination that single clusters decide."""
        names = self.alone.deciding(self.L.T @ w)
        return (f"{names.en} alone decides it: the error is too small",) if names else ()

    def _weights(self, weights: Mapping[str, float]) -> Floats:
        w = np.zeros(len(self.terms))
        for term, weight in weights.items():
            if term not in self.terms:
                known = ", ".join(self.terms)
                raise UserError("the model has no such term", f"use one of {known}", value=term)
            w[self.terms.index(term)] = weight
        return w


def least_squares(
    y: object,
    X: pd.DataFrame,
    cluster: object = None,
    level: float = LEVEL,
    *,
    errors: str,
    weights: object = None,
    working: str = "inverse weights",
    freedom: str | None = None,
    name: str | None = None,
) -> RobustFit:
    """(Weighted) least squares with the errors that are named, and no other.

    Parameters
    ----------
    y, X
        Outcome (n,), complete, and terms (n, k), as from `design`.
    cluster
        Label of each row's cluster; needed by CR errors, refused by the others.
    errors
        For rows "classical", "HC0", "HC1" (n/(n-k)), "HC2", "HC3" (MacKinnon and White 1985).
        For clusters "CR0"; "CR1", times G/(G-1) (n-1)/(n-k); "CR1G", times G/(G-1) n/(n-k);
        "CR2" (Bell and McCaffrey 2002); "CR3", residuals times (I - H_gg)^-1; "CV3", that times
        (G-1)/G, the jackknife over clusters around the estimate; "CR3J", the same around the mean
        of its estimates (MacKinnon, Nielsen and Webb 2023). No fit is repeated for these.
    weights
        Of the rows, (n,), not negative; rows of weight 0 are left out, and counted in the method.
    working
        Covariance under which CR2 is unbiased: errors with variances "inverse weights" (weights are
        precisions; CR2 is then that of the rows times the root of their weight), or "identity"
        (weights are those of a sample, as clubSandwich assumes).
    freedom
        "satterthwaite" (as CR2 has it by default) or "clusters", t(G-1); rows have t(n-k).

    Raises
    ------
    UserError
        Clusters missing or not wanted, one cluster only, missing values, collinear terms, wrong
        weights, unknown names; HC2 or HC3 with a row of leverage 1; a perfect fit.

    Notes
    -----
    Blind spot: where a cluster alone decides a combination of terms (one treated cluster), its
    residuals are 0 there and every error of that combination is too small; the method string says
    so. With more coefficients than clusters single coefficients can be tested, not all jointly.
    """
    _check_names(errors, working, freedom, cluster)
    level = check_level(level)
    rows = kept_rows(y, X, weights, cluster)
    words = f"{'OLS' if weights is None else 'WLS'}, {errors}"
    if cluster is None:
        return _by_rows(rows, errors, level, words)
    words = f"{words} by {cluster_name(cluster, name)}"
    if working == "identity":
        words = f"{words} (working covariance identity)"
    identity = working == "identity" and weights is not None
    codes, labels = kept_codes(cluster, rows)
    satterthwaite = freedom == "satterthwaite" or (freedom is None and errors == "CR2")
    return _by_clusters(rows, codes, labels, identity, errors, satterthwaite, level, words)


def _check_names(errors: str, working: str, freedom: str | None, cluster: object) -> None:
    for value, known, what in (
        (errors, (*ROW_ERRORS, *CLUSTER_ERRORS), "errors"),
        (working, WORKING, "working covariance"),
        (freedom, (None, *FREEDOMS), "degrees of freedom"),
    ):
        if value not in known:
            names = ", ".join(name for name in known if name)
            raise UserError(f"unknown {what}", f"use one of {names}", value=value)
    if errors in CLUSTER_ERRORS and cluster is None:
        raise UserError(f"{errors} needs clusters", "name the column of clusters")
    if errors in ROW_ERRORS and cluster is not None:
        mend = f"use one of {', '.join(CLUSTER_ERRORS)} or leave the clusters out"
        raise UserError(f"{errors} does not allow for clusters", mend)


def _by_rows(rows: Rows, errors: str, level: float, words: str) -> RobustFit:
    n, k = rows.X.shape
    solution = solve(rows.y, rows.X, rows.terms)
    Z, L, u_hat = solution.basis.Z, solution.basis.L, solution.u_hat
    h, kept = np.einsum("ij,ij->i", Z, Z), np.flatnonzero(rows.kept) + 1
    squares = _row_squares(u_hat, h, errors, k, int(kept[h.argmax()]))
    V = np.asarray(L @ ((Z.T * squares) @ Z) @ L.T)
    alone = Alone(np.empty((0, k)), ())
    if errors != "classical":
        alone = decided_by_rows(Z, np.arange(n), [f"row {row}" for row in kept])
    return RobustFit(
        rows.terms,
        solution.beta,
        V,
        n,
        0,
        errors,
        None,
        float(n - k),
        alone,
        L,
        level,
        words,
        told_of(rows),
    )


def told_of(rows: Rows) -> tuple[str, ...]:
    """Say what was left out."""
    return (str(rows.dropped),) if rows.dropped else ()


def _row_squares(u_hat: Floats, h: Floats, errors: str, k: int, row: int) -> Floats:
    """Squared residuals as the errors have them; `row` is that of the largest leverage h."""
    n = u_hat.size
    if errors == "classical":
        return np.full(n, float(u_hat @ u_hat) / (n - k))
    if errors in ("HC2", "HC3") and h.max() > 1 - SINGULAR:
        raise UserError(
            "a row alone decides a coefficient (leverage of 1)",
            "use HC1 or drop the term",
            row=row,
        )
    factor = n / (n - k) if errors == "HC1" else 1.0
    power = {"HC2": 1.0, "HC3": 2.0}.get(errors, 0.0)
    return np.asarray(factor * u_hat**2 / (1 - h) ** power)


def _by_clusters(
    rows: Rows,
    codes: Integers,
    labels: tuple[str, ...],
    identity: bool,
    errors: str,
    satterthwaite: bool,
    level: float,
    words: str,
) -> RobustFit:
    (n, k), G = rows.X.shape, len(labels)
    parts = cluster_parts(rows.y, rows.X, codes, G)
    power = POWERS[errors]
    found = _identity(parts, rows, codes, power) if identity else corrected(parts, power)
    crowded = (f"{k} coefficients on {G} clusters: no joint test of all",) if k > G else ()
    return RobustFit(
        rows.terms,
        parts.beta,
        _covariance(found.influence, errors, n, k),
        n,
        G,
        errors,
        found if satterthwaite else None,
        float(G - 1),
        decided_alone(parts, labels),
        parts.L,
        level,
        f"{words}, {G} clusters",
        (*told_of(rows), *crowded),
    )


def _covariance(influence: Floats, errors: str, n: int, k: int) -> Floats:
    G = influence.shape[0]
    if errors == "CR3J":
        influence = influence - influence.mean(axis=0)
    factor = {
        "CR1": cr1_factor(n, k, G),
        "CR1G": G / (G - 1),
        "CV3": (G - 1) / G,
        "CR3J": (G - 1) / G,
    }.get(errors, 1.0)
    return np.asarray(factor * influence.T @ influence)


def _identity(parts: ClusterParts, rows: Rows, codes: Integers, power: float) -> Correction:
    """Correction of weighted residuals under errors that are independent and alike.

    H = X M X'W is not symmetric then: (I - H)_g (I - H)_g' is I + N K N' with N = [E, F],
    E = X_g L and F = W_g E (as clubSandwich has it for weighted fits).
    """
    k = parts.beta.size
    E = (rows.X @ parts.L) / rows.root[:, None]
    F = E * (rows.root**2)[:, None]
    Q = F.T @ F
    K = np.block([[Q, -np.eye(k)], [-np.eye(k), np.zeros((k, k))]])
    u = (rows.y - rows.X @ parts.beta) / rows.root
    influence, own, left, right = [], [], [], []
    for g in range(parts.s.shape[0]):
        mine = codes == g
        adjusted = _adjusted(E[mine], F[mine], K, power)
        influence.append(parts.L @ (adjusted.T @ u[mine]))
        a = adjusted @ parts.L.T
        c, d = E[mine].T @ a, F[mine].T @ a
        own.append(a.T @ a)
        left.append(np.vstack([c, d, c]))
        right.append(np.vstack([d, c, -Q @ c]))
    return Correction(np.array(influence), np.array(own), np.array(left), np.array(right))


def _adjusted(E: Floats, F: Floats, K: Floats, power: float) -> Floats:
    """A_g'F, (n_g, k)."""
    if power == 0:
        return F
    if power == 1:
        return np.asarray(F @ np.linalg.pinv(np.eye(F.shape[1]) - E.T @ F, rcond=SINGULAR))
    Q, R = np.linalg.qr(np.hstack([E, F]))
    values, vectors = np.linalg.eigh(R @ K @ R.T)
    rest = 1 + values
    f = np.where(rest > SINGULAR, np.where(rest > SINGULAR, rest, 1.0) ** -0.5, 0.0)
    U = Q @ vectors
    return np.asarray(F + (U * (f - 1)) @ (U.T @ F))
