"""Least squares in one place: by orthonormal columns, so that the unit of a column is no matter.

Terms in persons or yuan beside an intercept differ by ten powers of ten and more. Normal equations
lose such columns, and a cut-off on the singular values of the columns as they are drops them in
silence. Here each column is divided by its length first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import qr, solve_triangular

from compendium.errors import UserError

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]

RANK_TOLERANCE = 1e-7
"""A column whose part orthogonal to the ones before it is smaller (relative) adds nothing."""
TAKES_PART = 1e-3
"""Share of a collinear column, by length, from which another column is named with it."""
EXACT = 1e-13
"""Residuals shorter than this, relative to the outcome, are its rounding."""
NEGLIGIBLE = 1e-13
"""As `RANK_TOLERANCE` where collinear columns are allowed and only fitted values are wanted."""


@dataclass(frozen=True, eq=False)
class Basis:
    """Orthonormal columns that span a design.

    Attributes
    ----------
    Z
        X L, (n, k), Z'Z = I.
    L
        Upper triangular, (k, k): coefficients of X are L times those of Z, (X'X)^-1 = L L'.
    """

    Z: Floats
    L: Floats

    @property
    def bread(self) -> Floats:
        """(X'X)^-1."""
        return np.asarray(self.L @ self.L.T)


@dataclass(frozen=True, eq=False)
class Solution:
    """Least squares of y on X: coefficients (k,), residuals (n,) and the basis of X."""

    beta: Floats
    u_hat: Floats
    basis: Basis


def orthonormal(X: Floats, terms: Sequence[str]) -> Basis:
    """Orthonormal columns that span X (n, k).

    Parameters
    ----------
    X
        Columns of any scale.
    terms
        Their names, for the message.

    Raises
    ------
    UserError
        A column is 0, or (nearly) a combination of the ones before it: all of them are named.
    """
    size = _lengths(X)
    if (size == 0).any():
        mend = "drop it; a category without rows is left out by study.complete_rows"
        raise UserError("a term is 0 in every row", mend, column=terms[int(size.argmin())])
    Z, R = np.linalg.qr(X / size)
    alone = np.abs(np.diag(R))
    if alone.size and alone.min() < RANK_TOLERANCE:
        j = int((alone < RANK_TOLERANCE).argmax())
        shares = np.abs(solve_triangular(R[:j, :j], R[:j, j]))
        others = [
            term
            for term, share in zip(terms, shares, strict=False)
            if share > TAKES_PART * shares.max(initial=0.0)
        ]
        raise UserError(
            f"a term is a combination of the terms before it, or nearly ({', '.join(others)})",
            "drop one, or centre or rescale what it is made of",
            column=terms[j],
        )
    L = solve_triangular(R, np.eye(len(terms))) / size[:, None]
    return Basis(np.asarray(Z), np.asarray(L))


def standard(X: Floats, terms: Sequence[str]) -> Basis:
    """As `orthonormal`, but columns with a mean square of 1, for likelihoods: Z'Z = n I.

    Searches then start and step alike whether a term is in years since 2000 or in the year itself.
    """
    basis, root = orthonormal(X, terms), float(np.sqrt(len(X)))
    return Basis(basis.Z * root, basis.L * root)


def solve(y: Floats, X: Floats, terms: Sequence[str]) -> Solution:
    """Least squares of y (n,) on X (n, k), of any scale.

    Raises
    ------
    UserError
        As `orthonormal`; or nothing is left of y, so that every error would be rounding.
    """
    basis = orthonormal(X, terms)
    theta = basis.Z.T @ y
    u_hat = y - basis.Z @ theta
    refuse_exact(u_hat, y)
    return Solution(np.asarray(basis.L @ theta), np.asarray(u_hat), basis)


def refuse_exact(u_hat: Floats, y: Floats, tolerance: float = EXACT) -> None:
    """Refuse residuals that are the rounding of the outcome: a constant, or a sum of terms."""
    if np.linalg.norm(u_hat) <= tolerance * np.linalg.norm(y):
        raise UserError(
            "the outcome is the same in every row or a combination of the terms: nothing is left "
            "to estimate an error from",
            "check the outcome",
        )


def project(y: Floats, X: Floats) -> Floats:
    """Fitted values of least squares of y, (n,) or (n, m), on columns that may be collinear."""
    Z, _, _ = _pivoted(X)
    return np.asarray(Z @ (Z.T @ y))


def basic_solution(y: Floats, X: Floats) -> Floats:
    """Coefficients of least squares of y (n,) on columns that may be collinear.

    A column that adds nothing to the others has the coefficient 0.
    """
    Z, R, kept = _pivoted(X)
    beta = np.zeros(X.shape[1])
    beta[kept] = solve_triangular(R, Z.T @ y) / _lengths(X)[kept]
    return beta


def _pivoted(X: Floats) -> tuple[Floats, Floats, Integers]:
    """Orthonormal columns Z that span X, R and columns kept: Z R = X[:, kept] / their lengths."""
    size = _lengths(X)
    at = np.flatnonzero(size > 0)
    if not at.size:
        return np.zeros((len(X), 0)), np.zeros((0, 0)), at
    Z, R, order = qr(X[:, at] / size[at], mode="economic", pivoting=True)
    alone = np.abs(np.diag(R))
    rank = int((alone > NEGLIGIBLE * alone[0]).sum())
    return Z[:, :rank], R[:rank, :rank], at[order[:rank]]


def _lengths(X: Floats) -> Floats:
    """Euclidean length of each column, without overflow."""
    top = np.abs(X).max(axis=0, initial=0.0)
    safe = np.where(top > 0, top, 1.0)
    return np.asarray(safe * np.linalg.norm(X / safe, axis=0))
