"""Several outcomes of the same respondents: equations fitted one by one, tested together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special
from scipy.linalg import block_diag

from compendium.errors import UserError
from compendium.stats.alone import Alone, decided_alone
from compendium.stats.checks import LEVEL, check_level, numbers, same_rows
from compendium.stats.clusters import cluster_codes, cluster_name, score_sums
from compendium.stats.design import check_design
from compendium.stats.fit import Fit
from compendium.stats.method import Method, clustered
from compendium.stats.solve import Solution, solve
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

OF = "~"
"""Between equation and term in the names of a system's coefficients: "warning~collaboration"."""
SINGULAR = 1e-12
"""Relative eigenvalue of a covariance below which a joint test has no meaning."""


@dataclass(frozen=True)
class JointTest:
    """A hypothesis on several coefficients at once.

    Attributes
    ----------
    statistic, df1, df2, p
        With G clusters and q coefficients the Wald statistic times (G - q) / (q (G - 1)), referred
        to F(q, G - q), as for Hotelling's T2; without clusters divided by q, df2 being inf.
    chi2, chi2_p
        The Wald statistic itself and its p by chi-squared(q), too small when clusters are few.
    """

    hypothesis: str
    statistic: float
    df1: int
    df2: float
    p: float
    chi2: float
    chi2_p: float
    n: int
    n_clusters: int
    method: Method

    def tidy(self) -> Tidy:
        """Return the test as a line: its value is F."""
        return Tidy(
            self.hypothesis,
            self.statistic,
            p=self.p,
            n=self.n,
            n_clusters=self.n_clusters,
            method=self.method,
        )


def stacked_ols(
    outcomes: Mapping[str, object],
    designs: pd.DataFrame | Mapping[str, pd.DataFrame],
    cluster: object = None,
    level: float = LEVEL,
    *,
    name: str | None = None,
) -> Fit:
    """Least squares of several equations with the joint covariance of all coefficients.

    Each equation is fitted by itself; the scores of all equations are summed within clusters, so
    that errors may go together within a respondent, across outcomes and within clusters (Zellner
    1962 for the system; Cameron and Miller 2015, eq. 11). With the same terms in each equation the
    coefficients are those of seemingly unrelated regressions.

    Parameters
    ----------
    outcomes
        Equation name -> outcome, (n,), complete: the rows are the same respondents.
    designs
        One design for all equations or one for each, (n, k).
    cluster
        Label of each row's cluster: CR1 with t(G-1), the finite-sample factor of each equation
        being its own. Without it HC1 with the normal.

    Returns
    -------
    Fit
        Terms "equation~term". `fitted` holds the equations one after the other, (E n,).

    Raises
    ------
    UserError
        Fewer than two equations, different numbers of rows, missing values, collinear terms,
        one cluster only.
    """
    if len(outcomes) < 2:
        raise UserError("a system needs two outcomes", "use ols for one", value=list(outcomes))
    each = (
        {} if isinstance(designs, pd.DataFrame) else {f"terms of {k}": designs[k] for k in outcomes}
    )
    shared = designs if isinstance(designs, pd.DataFrame) else None
    same_rows(**outcomes, **each, terms=shared, clusters=cluster)
    parts = [
        _equation(name_, y, designs if isinstance(designs, pd.DataFrame) else designs[name_])
        for name_, y in outcomes.items()
    ]
    n = len(parts[0].outcome)
    codes, G = cluster_codes(cluster, n)
    scores, size = [part.scores for part in parts], [part.size for part in parts]
    sums = score_sums(np.hstack(scores), codes, G, np.hstack(size))
    L = block_diag(*(part.solution.basis.L for part in parts))
    V = G / (G - 1) * L @ (sums.T @ sums) @ L.T
    grouped = cluster is not None
    words = clustered("CR1", cluster_name(cluster, name), G)
    return Fit(
        tuple(term for part in parts for term in part.terms),
        np.concatenate([part.solution.beta for part in parts]),
        V,
        n,
        G if grouped else 0,
        float(G - 1) if grouped else float("inf"),
        check_level(level),
        Method.of("ols")
        .also("stacked", n=len(parts))
        .also(words if grouped else Method.of("robust", kind="HC1")),
        np.concatenate([part.outcome - part.solution.u_hat for part in parts]),
        alone=_alone(parts, codes, cluster),
        L=L,
    )


def joint_test(system: Fit, term: str, equations: Sequence[str] | None = None) -> JointTest:
    """Test that a term is 0 in all equations (or in those named)."""
    names = _of_term(system, term, equations)
    return contrast_test(system, [{name: 1.0} for name in names], f"{term} = 0 in every equation")


def equality_test(system: Fit, term: str, equations: Sequence[str] | None = None) -> JointTest:
    """Test that a term has the same coefficient in all equations (or in those named)."""
    first, *others = _of_term(system, term, equations)
    rows = [{first: 1.0, other: -1.0} for other in others]
    return contrast_test(system, rows, f"{term} equal in every equation")


def contrast_test(fit: Fit, rows: Sequence[Mapping[str, float]], hypothesis: str) -> JointTest:
    """Test that several linear combinations of coefficients are all 0, by F(q, G - q).

    The covariance of q coefficients from G clusters is a noisy thing: referring W / q to F(q, G-1),
    as for one coefficient, rejects too often. If it were Wishart, Hotelling's T2 would be exact; it
    is near to that when clusters are alike (Pustejovsky and Tipton 2018).

    Raises
    ------
    UserError
        Unknown term, or combinations that can't be tested together: no more clusters than
        combinations, or one that repeats the others.
    """
    R = np.zeros((len(rows), len(fit.terms)))
    for i, row in enumerate(rows):
        for term, weight in row.items():
            if term not in fit.terms:
                raise UserError("the model has no such term", "use one of its terms", value=term)
            R[i, fit.terms.index(term)] = weight
    V, r = R @ fit.V @ R.T, R @ fit.beta
    scale = np.sqrt(np.diag(V))
    df2 = fit.df + 1 - len(rows)
    if (
        df2 < 1
        or (scale == 0).any()
        or np.linalg.eigvalsh(V / np.outer(scale, scale)).min() < SINGULAR
    ):
        raise UserError(
            f"{len(rows)} combinations can't be tested together", "use fewer, or more clusters"
        )
    chi2, q = float(r @ np.linalg.solve(V, r)), len(rows)
    p_chi2 = float(special.chdtrc(q, chi2))
    F = chi2 / q if np.isinf(df2) else chi2 / q * df2 / fit.df
    p = p_chi2 if np.isinf(df2) else float(special.fdtrc(q, df2, F))
    normal = Method.of("wald_chi2", q=q, fit=fit.method)
    method = normal if np.isinf(df2) else Method.of("wald_f", q=q, df=df2, fit=fit.method)
    return JointTest(hypothesis, F, q, df2, p, chi2, p_chi2, fit.n, fit.n_clusters, method)


@dataclass(frozen=True, eq=False)
class _Equation:
    terms: tuple[str, ...]
    outcome: Floats
    solution: Solution
    df: int

    @property
    def scores(self) -> Floats:
        """Scores of the orthonormal columns, with the equation's own small-sample factor."""
        return np.asarray(self.solution.basis.Z * (self.solution.u_hat * self.small)[:, None])

    @property
    def size(self) -> Floats:
        """How large what the scores were made from is."""
        made_from = (np.abs(self.solution.u_hat) + np.abs(self.outcome)) * self.small
        return np.asarray(np.abs(self.solution.basis.Z) * made_from[:, None])

    @property
    def small(self) -> float:
        return sqrt((len(self.outcome) - 1) / self.df)


def _alone(parts: Sequence[_Equation], codes: Integers, cluster: object) -> Alone:
    """Directions that single clusters decide, in the columns of all equations side by side."""
    found = [decided_alone(part.solution.basis.Z, codes, cluster) for part in parts]
    directions = block_diag(*(each.directions for each in found))
    return Alone(directions, tuple(label for each in found for label in each.labels))


def _equation(name: str, y: object, X: pd.DataFrame) -> _Equation:
    outcome = numbers(y, name)
    matrix, terms = check_design(X, outcome.size)
    solution = solve(outcome, matrix, terms)
    names = tuple(f"{name}{OF}{term}" for term in terms)
    return _Equation(names, outcome, solution, len(outcome) - len(terms))


def _of_term(system: Fit, term: str, equations: Sequence[str] | None) -> list[str]:
    found = [name for name in system.terms if name.split(OF, 1)[1:] == [term]]
    if equations is not None:
        found = [f"{equation}{OF}{term}" for equation in equations]
    if len(found) < 2:
        raise UserError("the term is in fewer than two equations", "name another", value=term)
    return found
