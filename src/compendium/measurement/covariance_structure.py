"""Maximum likelihood for covariance and mean structures of one or several groups.

The model of Joreskog (1971): Sigma = L Psi L' + Theta, mu = nu + L alpha in each group. Parameters
are positions in one vector theta, so that an equality across groups is one position used twice.
Factor variances are fixed at 1 and factor means at 0 unless they are parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular

from compendium.errors import UserError

Floats = NDArray[np.float64]
Numbers = NDArray[Any]
"""Real when evaluated, complex when differentiated."""
Integers = NDArray[np.intp]

FIXED = -1
"""Marks an entry that is no parameter."""
SQRT2 = np.sqrt(2.0)
IMAGINARY = 1e-20
"""Step along the imaginary axis, over the parameter's own size (an error, or itself, so that units
are no matter): nothing is subtracted, so the derivative is exact to rounding."""
CLOSE = 1e-6
"""Decrement of chi-squared below which rounding could hide that a full step improves."""
DONE = 1e-18
"""Decrement at which theta is within 1e-9 standard errors of the maximum."""
MAX_STEPS = 400
NEWTON_EVERY = 40
"""Scoring needs about so many steps; where it is slower, one step of Newton's does the rest."""
MAX_HALVING = 40
FLAT = 1e-11
"""Smallest eigenvalue of the scaled information of a model that is identified."""
SINGULAR = 1e-10
"""Smallest eigenvalue of a correlation matrix whose items are not copies of each other."""
CHUNK = 2048
"""Rows whose outer products are held at once: 26 MB with 40 items."""


@dataclass(frozen=True, eq=False)
class Moments:
    """Sample moments of one group: rows n, means (p,), covariances (p, p) with divisor n."""

    n: int
    mean: Floats
    S: Floats


@dataclass(frozen=True, eq=False)
class Pattern:
    """Positions in theta of the parameters of one group; FIXED elsewhere.

    Attributes
    ----------
    loadings, factor_covariances, residual_covariances
        (p, m), (m, m) and (p, p); fixed entries are 0, 1 on the diagonal of the second.
    intercepts, factor_means
        (p,) and (m,); fixed factor means are 0. None without a mean structure.
    """

    loadings: Integers
    factor_covariances: Integers
    residual_covariances: Integers
    intercepts: Integers | None = None
    factor_means: Integers | None = None


@dataclass(frozen=True, eq=False)
class Matrices:
    """The matrices of one group at some theta; mu is None without a mean structure."""

    Lambda: Numbers
    Psi: Numbers
    Theta: Numbers
    Sigma: Numbers
    alpha: Numbers
    mu: Numbers | None


@dataclass(frozen=True, eq=False)
class Solution:
    """A fitted structure.

    Attributes
    ----------
    patterns, moments
        Model and data by group.
    theta, information
        Estimates (q,) and expected information (q, q), summed over rows.
    chi2, df
        Likelihood-ratio statistic against the saturated model, and its degrees of freedom.
    """

    patterns: tuple[Pattern, ...]
    moments: tuple[Moments, ...]
    theta: Floats
    information: Floats
    chi2: float
    df: int

    @property
    def n(self) -> int:
        """Rows of all groups."""
        return sum(group.n for group in self.moments)

    def matrices(self, group: int = 0) -> Matrices:
        """Return the fitted matrices of a group."""
        return implied(self.patterns[group], self.theta)


def moments(rows: Floats, names: Sequence[str]) -> Moments:
    """Moments of complete rows (n, p).

    Raises
    ------
    UserError
        An item is a combination of others, or there are no more rows than items.
    """
    n, mean = len(rows), rows.mean(axis=0)
    d = rows - mean
    S = d.T @ d / n
    scale = np.sqrt(np.diag(S))
    check_positive_definite(S / np.outer(scale, scale), names)
    return Moments(n, mean, S)


def check_positive_definite(R: Floats, names: Sequence[str]) -> None:
    """Raise when a correlation matrix has no inverse, naming the item that others determine."""
    values, vectors = np.linalg.eigh(R)
    if values[0] < SINGULAR:
        worst = int(np.abs(vectors[:, 0]).argmax())
        raise UserError(
            "the correlations of the items are singular: an item is a combination of others",
            "leave out copies and sums of items, or use more respondents",
            column=str(names[worst]),
        )


def implied(pattern: Pattern, theta: Numbers) -> Matrices:
    """Matrices of one group; theta may be complex."""
    p, m = pattern.loadings.shape
    Lambda = _fill(pattern.loadings, theta, np.zeros((p, m)))
    Psi = _fill(pattern.factor_covariances, theta, np.eye(m))
    Theta = _fill(pattern.residual_covariances, theta, np.zeros((p, p)))
    Sigma = Lambda @ Psi @ Lambda.T + Theta
    if pattern.intercepts is None or pattern.factor_means is None:
        return Matrices(Lambda, Psi, Theta, Sigma, np.zeros(m), None)
    alpha = _fill(pattern.factor_means, theta, np.zeros(m))
    mu = _fill(pattern.intercepts, theta, np.zeros(p)) + Lambda @ alpha
    return Matrices(Lambda, Psi, Theta, Sigma, alpha, mu)


def fit_structure(
    patterns: Sequence[Pattern], groups: Sequence[Moments], start: Floats
) -> Solution:
    """Maximum likelihood by Fisher scoring, with a step of Newton's where that is slow.

    Parameters
    ----------
    patterns, groups
        Model and sample moments by group.
    start
        Where to begin, (q,); the implied covariances must be positive definite there.

    Raises
    ------
    UserError
        The model is not identified, has fewer moments than parameters, or has no maximum.
    """
    df = _degrees(patterns, start.size)
    theta, chi2 = start, chi_squared(patterns, groups, start)
    with np.errstate(all="ignore"):
        for count in range(1, MAX_STEPS + 1):
            gradient, information = _scoring(patterns, groups, theta)
            step = _solve(information, gradient)
            decrement = float(gradient @ step)
            if decrement < DONE * max(1.0, chi2):
                return Solution(
                    tuple(patterns), tuple(groups), theta, information, max(chi2, 0.0), df
                )
            if count % NEWTON_EVERY == 0:
                step = _newton(patterns, groups, theta, gradient, step)
            theta, chi2 = _advance(patterns, groups, theta, step, chi2, decrement)
    raise UserError(
        "the factor model has no maximum that can be found",
        "use more items a factor, fewer factors or more respondents",
    )


def baseline(groups: Sequence[Moments], means: bool) -> Solution:
    """Return the independence model: free variances (and means), no covariances."""
    p = groups[0].mean.size
    patterns, start = [], []
    for g, group in enumerate(groups):
        offset = g * p * (1 + means)
        residuals = np.full((p, p), FIXED)
        np.fill_diagonal(residuals, offset + np.arange(p))
        nothing = np.zeros((0, 0), dtype=np.intp)
        patterns.append(
            Pattern(
                np.zeros((p, 0), dtype=np.intp),
                nothing,
                residuals,
                offset + p + np.arange(p) if means else None,
                np.zeros(0, dtype=np.intp) if means else None,
            )
        )
        start += [np.diag(group.S), *([group.mean] if means else [])]
    return fit_structure(patterns, groups, np.concatenate(start))


def robust(
    solution: Solution, rows: Sequence[Floats], codes: Sequence[Integers], G: int
) -> tuple[Floats, float]:
    """Sandwich covariance of theta and scaling factor of chi-squared.

    Satorra and Bentler (1994), which lavaan calls MLM; sums over clusters take the place of rows
    where there are any, times G / (G - 1). Without a cluster each row is one and no factor is
    applied.

    Parameters
    ----------
    solution
        A maximum-likelihood solution.
    rows, codes
        Complete answers (n, p) and cluster numbers 0..G-1 (n,) by group of the solution.
    G
        Clusters in all.

    Returns
    -------
    Covariance (q, q), and the mean eigenvalue of U Gamma; nan without degrees of freedom.
    """
    q, trace = solution.theta.size, 0.0
    scores = np.zeros((G, q))
    for g, (Y, code) in enumerate(zip(rows, codes, strict=True)):
        weigh = _scaled_rows if solution.n == G else _scaled_clusters
        trace += weigh(_Whitened.of(solution, g), Y, code, scores) / solution.moments[g].n
    factor = 1.0 if solution.n == G else G / (G - 1)
    meat = factor * scores.T @ scores
    bread = inverse(solution.information)
    rest = factor * trace - float(np.trace(bread @ meat))
    scaling = rest / solution.df if solution.df else float("nan")
    if scaling <= 0:
        raise UserError(
            "the scaling factor of chi-squared is not positive", "use more clusters or plain errors"
        )
    return bread @ meat @ bread, scaling


def inverse(information: Floats) -> Floats:
    """Inverse of an information matrix whose parameters may have very different units."""
    scale = np.sqrt(np.diag(information))
    return np.asarray(np.linalg.inv(information / np.outer(scale, scale)) / np.outer(scale, scale))


def delta(
    function: Callable[[Numbers], Numbers], theta: Floats, V: Floats
) -> tuple[Floats, Floats]:
    """Values (k,) and standard errors (k,) of functions of theta, by complex steps."""
    size = np.sqrt(np.diag(V))
    size = np.where(size > 0, size, 1.0)
    steps = np.diag(IMAGINARY * 1j * size)
    J = np.array([np.asarray(function(theta + step)).imag for step in steps]).T / IMAGINARY / size
    value = np.asarray(function(theta.astype(complex))).real
    return value, np.sqrt(np.maximum(np.einsum("ka,ab,kb->k", J, V, J), 0.0))


def _fill(positions: Integers, theta: Numbers, fixed: Floats) -> Numbers:
    if not theta.size:
        return fixed
    return np.where(positions >= 0, theta[np.maximum(positions, 0)], fixed)


def _degrees(patterns: Sequence[Pattern], q: int) -> int:
    p = patterns[0].loadings.shape[0]
    means = p if patterns[0].intercepts is not None else 0
    df = len(patterns) * (p * (p + 1) // 2 + means) - q
    if df < 0:
        raise UserError(
            f"the factor model has {q} parameters for {df + q} moments",
            "use three or more items a factor",
        )
    return df


def chi_squared(patterns: Sequence[Pattern], groups: Sequence[Moments], theta: Floats) -> float:
    """Likelihood-ratio statistic; inf where a covariance matrix is not positive definite."""
    total = 0.0
    for pattern, group in zip(patterns, groups, strict=True):
        model = implied(pattern, theta)
        try:
            L = np.linalg.cholesky(model.Sigma)
        except np.linalg.LinAlgError:
            return float("inf")
        white = _whiten(L, _target(group, model))
        logs = 2 * np.log(np.diag(L)).sum() - np.linalg.slogdet(group.S)[1]
        total += group.n * (logs + np.trace(white) - group.mean.size)
    return float(total)


def _target(group: Moments, model: Matrices) -> Floats:
    """Covariances around the model's means."""
    if model.mu is None:
        return group.S
    gap = group.mean - model.mu
    return group.S + np.outer(gap, gap)


def _whiten(L: Floats, S: Floats) -> Floats:
    half = solve_triangular(L, S, lower=True)
    return np.asarray(solve_triangular(L, half.T, lower=True))


def _scoring(
    patterns: Sequence[Pattern], groups: Sequence[Moments], theta: Floats
) -> tuple[Floats, Floats]:
    """Gradient and expected information of the log-likelihood."""
    q = theta.size
    gradient, information = np.zeros(q), np.zeros((q, q))
    for pattern, group in zip(patterns, groups, strict=True):
        model = implied(pattern, theta)
        white = _Whitened.at(pattern, model, group)
        p = group.mean.size
        gap = (_whiten(white.L, _target(group, model)) - np.eye(p)).ravel() / SQRT2
        local = white.B @ gap
        if model.mu is not None:
            local += white.C @ solve_triangular(white.L, group.mean - model.mu, lower=True)
        gradient[white.active] += group.n * local
        block = white.B @ white.B.T + white.C @ white.C.T
        information[np.ix_(white.active, white.active)] += group.n * block
    return gradient, information


@dataclass(frozen=True, eq=False)
class _Whitened:
    """Derivatives of a group's moments in the metric in which its covariances are the identity.

    `B` (a, p * p) holds those of the covariances over sqrt(2), `C` (a, p) those of the means,
    `active` the positions in theta of the a parameters, `L` the Cholesky factor of Sigma.
    """

    L: Floats
    B: Floats
    C: Floats
    active: Integers
    centre: Floats
    mean: Floats
    means: bool

    @classmethod
    def at(cls, pattern: Pattern, model: Matrices, group: Moments) -> _Whitened:
        L = np.linalg.cholesky(model.Sigma)
        active, dS, dmu = _derivatives(pattern, model)
        p = L.shape[0]
        inverse = solve_triangular(L, np.eye(p), lower=True)
        B = (inverse @ dS @ inverse.T).reshape(active.size, p * p) / SQRT2
        means = model.mu is not None
        return cls(L, B, dmu @ inverse.T, active, _whiten(L, group.S), group.mean, means)

    @classmethod
    def of(cls, solution: Solution, g: int) -> _Whitened:
        return cls.at(solution.patterns[g], solution.matrices(g), solution.moments[g])


def _derivatives(pattern: Pattern, model: Matrices) -> tuple[Integers, Floats, Floats]:
    """Parameters of a group and the derivatives of Sigma (a, p, p) and mu (a, p) by them."""
    active = np.unique(np.concatenate([p.ravel() for p in _positions(pattern)]))
    active = active[active >= 0]
    p = pattern.loadings.shape[0]
    dS, dmu = np.zeros((active.size, p, p)), np.zeros((active.size, p))
    LP = model.Lambda @ model.Psi
    a, i, j = _entries(pattern.loadings, active)
    dS[a, i, :] += LP[:, j].T
    dS[a, :, i] += LP[:, j].T
    dmu[a, i] += model.alpha[j]
    a, j, k = _entries(np.tril(pattern.factor_covariances + 1) - 1, active)
    outer = np.einsum("ia,ja->aij", model.Lambda[:, j], model.Lambda[:, k])
    dS[a] += np.where((j == k)[:, None, None], outer, outer + outer.transpose(0, 2, 1))
    a, i, j = _entries(pattern.residual_covariances, active)
    dS[a, i, j] = 1.0
    if pattern.intercepts is not None and pattern.factor_means is not None:
        a, i, _ = _entries(pattern.intercepts[:, None], active)
        dmu[a, i] = 1.0
        a, j, _ = _entries(pattern.factor_means[:, None], active)
        dmu[a] += model.Lambda[:, j].T
    return active, dS, dmu


def _positions(pattern: Pattern) -> list[Integers]:
    means = [m for m in (pattern.intercepts, pattern.factor_means) if m is not None]
    return [pattern.loadings, pattern.factor_covariances, pattern.residual_covariances, *means]


def _entries(positions: Integers, active: Integers) -> tuple[Integers, Integers, Integers]:
    i, j = np.nonzero(positions >= 0)
    return np.searchsorted(active, positions[i, j]), i, j


def _newton(
    patterns: Sequence[Pattern],
    groups: Sequence[Moments],
    theta: Floats,
    gradient: Floats,
    scoring: Floats,
) -> Floats:
    """Newton's step from the observed information; the given one where that is not definite."""
    size = np.where(theta == 0, 1.0, np.abs(theta))
    steps = np.diag(IMAGINARY * 1j * size)
    H = np.array([-_gradient(patterns, groups, theta + s).imag for s in steps])
    H = H / IMAGINARY / size[:, None]
    try:
        L = np.linalg.cholesky((H + H.T) / 2)
    except np.linalg.LinAlgError:
        return scoring
    return np.asarray(solve_triangular(L.T, solve_triangular(L, gradient, lower=True)))


def _gradient(patterns: Sequence[Pattern], groups: Sequence[Moments], theta: Numbers) -> Numbers:
    """Gradient of the log-likelihood; theta may be complex."""
    gradient = np.zeros(theta.size, dtype=theta.dtype)
    for pattern, group in zip(patterns, groups, strict=True):
        model = implied(pattern, theta)
        W = np.linalg.inv(model.Sigma)
        gap = group.mean - model.mu if model.mu is not None else np.zeros(group.mean.size)
        G = group.n / 2 * (W @ (group.S + np.outer(gap, gap) - model.Sigma) @ W)
        u = group.n * W @ gap
        by_matrix = (
            2 * G @ model.Lambda @ model.Psi + np.outer(u, model.alpha),
            model.Lambda.T @ G @ model.Lambda,
            G,
            u,
            model.Lambda.T @ u,
        )
        for positions, slope in zip(_positions(pattern), by_matrix, strict=False):
            free = positions >= 0
            np.add.at(gradient, positions[free], slope[free])
    return gradient


def _solve(information: Floats, gradient: Floats) -> Floats:
    scale = np.sqrt(np.abs(np.diag(information)))
    if not np.isfinite(information).all() or (scale == 0).any():
        raise UserError("the factor model is not identified", "use more items a factor")
    scaled = information / np.outer(scale, scale)
    if np.linalg.eigvalsh(scaled)[0] < FLAT:
        raise UserError(
            "the factor model is not identified: its likelihood is flat",
            "use three or more items a factor, or factors that differ",
        )
    return np.asarray(np.linalg.solve(scaled, gradient / scale) / scale)


def _advance(
    patterns: Sequence[Pattern],
    groups: Sequence[Moments],
    theta: Floats,
    step: Floats,
    chi2: float,
    decrement: float,
) -> tuple[Floats, float]:
    for _ in range(MAX_HALVING):
        reached = chi_squared(patterns, groups, theta + step)
        if reached < chi2 or (decrement < CLOSE and np.isfinite(reached)):
            return theta + step, reached
        step = step / 2
    raise UserError(
        "the factor model has no maximum that can be found", "use fewer factors or other items"
    )


def _scaled_rows(white: _Whitened, Y: Floats, code: Integers, scores: Floats) -> float:
    """Add each row's score at its place; return the trace of its squared length over rows."""
    trace, centre = 0.0, white.centre.ravel() / SQRT2
    for start in range(0, len(Y), CHUNK):
        Z = solve_triangular(white.L, (Y[start : start + CHUNK] - white.mean).T, lower=True).T
        M = (Z[:, :, None] * Z[:, None, :]).reshape(len(Z), -1) / SQRT2 - centre
        local = M @ white.B.T + Z @ white.C.T
        scores[np.ix_(code[start : start + CHUNK], white.active)] += local
        trace += float((M**2).sum() + white.means * (Z**2).sum())
    return trace


def _scaled_clusters(white: _Whitened, Y: Floats, code: Integers, scores: Floats) -> float:
    """Add the summed scores of each cluster; return the trace of their squared lengths."""
    trace = 0.0
    Z = solve_triangular(white.L, (Y - white.mean).T, lower=True).T
    order = np.argsort(code, kind="stable")
    present, first = np.unique(code[order], return_index=True)
    for c, index in zip(present, np.split(order, first[1:]), strict=True):
        z = Z[index]
        M = ((z.T @ z - len(z) * white.centre) / SQRT2).ravel()
        u = z.sum(axis=0)
        scores[c, white.active] += white.B @ M + white.C @ u
        trace += float((M**2).sum() + white.means * (u**2).sum())
    return trace
