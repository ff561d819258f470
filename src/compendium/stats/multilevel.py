"""Random intercepts of nested groups, and fixed effects of one of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from math import inf, log, nan, pi, sqrt
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from compendium.errors import UserError
from compendium.stats.alone import decided_alone
from compendium.stats.checks import (
    LEVEL,
    check_level,
    numbers,
    same_rows,
    t_quantile,
    without_index,
)
from compendium.stats.clusters import (
    cluster_codes,
    cluster_name,
    cluster_sums,
    cr1_factor,
    score_sums,
)
from compendium.stats.design import INTERCEPT, check_design
from compendium.stats.fit import Fit
from compendium.stats.maximum_likelihood import IMAGINARY
from compendium.stats.method import Method, clustered
from compendium.stats.solve import RANK_TOLERANCE, refuse_exact, solve
from compendium.stats.tidy import Tidy
from compendium.stats.variables import variable

Floats = NDArray[np.float64]
Integers = NDArray[np.intp]
Numbers = NDArray[Any]
"""Real when evaluated, complex when differentiated."""

START = 0.1
"""Ratio of a group's variance to the residual variance from which the search starts."""
MAX_STEPS = 100
HALVINGS = 40
FLAT = 1e-8
"""Smallest curvature, relative to the largest, that a step divides by."""
NEAR = 1e-8
"""Newton decrement, relative to the deviance, below which full steps are taken."""
POLISH = 3
"""Full steps from there: the error squares with each."""
CONSTANT = 1e-9
"""Relative spread below which numbers within groups are all the same."""
STEP = 1e-5
"""Relative step of the differences of the exact gradient that make the Hessian."""


@dataclass(frozen=True, eq=False)
class Multilevel:
    """A model with random intercepts of nested groups.

    Attributes
    ----------
    fit
        Fixed effects and their covariance; normal intervals. `loglik` is that of `criterion`.
    groups
        Names of the groups, the smallest first.
    counts
        Number of groups at each level.
    variances
        Variance between the groups of each level and "residual", with intervals on the log scale;
        a variance on the boundary is 0 with no interval.
    icc
        For each level the correlation of two rows that share that group (and all above it).
    criterion
        "REML" or "ML".
    problem, at
        Sufficient statistics and the maximum, from which degrees of freedom are worked out.
    """

    fit: Fit
    groups: tuple[str, ...]
    counts: tuple[int, ...]
    variances: tuple[Tidy, ...]
    icc: tuple[Tidy, ...]
    criterion: str
    problem: _Problem
    at: _Optimum

    def __getitem__(self, term: str) -> Tidy:
        """Return a fixed effect with Satterthwaite's degrees of freedom."""
        return self.combination({term: 1.0}, term)

    def tidy(self) -> tuple[Tidy, ...]:
        """Return one line a fixed effect."""
        return tuple(self[term] for term in self.fit.terms)

    def combination(self, weights: dict[str, float], term: str) -> Tidy:
        """Return a linear combination of fixed effects with Satterthwaite's degrees of freedom."""
        plain = self.fit.combination(weights, term)
        df = self.degrees(weights)
        words = self.fit.method.also("satterthwaite", df=df)
        return replace(self.fit, df=df).line(term, plain.value, plain.se, words)

    def degrees(self, weights: dict[str, float]) -> float:
        """Degrees of freedom of a linear combination of fixed effects.

        2 V^2 / Var(V), V being the combination's variance and Var(V) by the delta method from the
        information on the variances (Satterthwaite 1946; Fai and Cornelius 1996).
        """
        c = np.array([weights.get(name, 0.0) for name in self.fit.terms])
        return _satterthwaite(self.problem, self.at, c)


def random_intercepts(
    y: object, X: pd.DataFrame, groups: pd.DataFrame, level: float = LEVEL, *, reml: bool = True
) -> Multilevel:
    """Linear model with a random intercept for each group of one or more nested levels.

    The likelihood is profiled over coefficients and residual variance; the ratios of the other
    variances are found by bounded search with exact gradients (Bates et al. 2015, sections 3.4 and
    3.5). Time and memory grow with the number of groups, not of rows.

    Parameters
    ----------
    y
        Outcome, (n,), complete.
    X
        Terms, (n, k), as from `design`.
    groups
        One column a level, (n, levels), the smallest first: unit, county, province.
    reml
        Restricted likelihood; False for tests between models with different terms.

    Raises
    ------
    UserError
        Missing values, collinear terms, fewer than two groups, a group that lies in two larger
        ones, groups of one row each, a constant outcome.

    Notes
    -----
    Blind spot: the group intercepts are taken as independent of the terms. Where they are not,
    slopes mix within and between (compare `within_ols`).
    """
    same_rows(outcome=y, terms=X, groups=groups)
    outcome = variable(y, "outcome")
    matrix, terms = check_design(X, outcome.size)
    names, codes, parents = _nesting(groups, outcome.size)
    if not varies_within(outcome, codes[0]):
        raise UserError("the outcome does not vary within groups", "use one row a group")
    problem = _problem(outcome, matrix, terms, codes, parents, reml)
    at = _optimum(problem)
    criterion = "REML" if reml else "ML"
    counts = tuple(len(starts) for starts in problem.starts)
    method = Method.of("random_intercepts", nested=_nested(counts, names))
    method = method.also("criterion", kind=criterion)
    fit = Fit(
        terms,
        at.beta,
        at.V,
        outcome.size,
        counts[-1],
        inf,
        check_level(level),
        method,
        matrix @ at.beta,
        -at.deviance / 2,
    )
    return Multilevel(
        fit,
        names,
        counts,
        _variance_lines(fit, names, at),
        _icc_lines(fit, names, at),
        criterion,
        problem,
        at,
    )


def within_ols(
    y: object,
    X: pd.DataFrame,
    absorb: object,
    cluster: object = None,
    level: float = LEVEL,
    *,
    absorbed: str | None = None,
    name: str | None = None,
) -> Fit:
    """Least squares with a fixed effect of each group, by the within transformation.

    Parameters
    ----------
    y, X
        As for `ols`; an intercept is left out, the group effects take its place.
    absorb
        Label of each row's group: its effect is taken out by demeaning.
    cluster
        Label of each row's cluster; by default the groups themselves. CR1 with t(G-1): groups that
        lie within clusters do not count as coefficients in its factor, G/(G-1) (n-1)/(n-k-1),
        because they cost no degrees of freedom there (Cameron and Miller 2015, p. 331); groups that
        do not, do: (n-1)/(n-k-groups).

    Returns
    -------
    Fit
        Of the rows whose group has another row. A group of one row says nothing of the terms, but
        counted among rows and clusters it would make errors smaller (Correia 2015); the method
        says how many were left out.

    Raises
    ------
    UserError
        As `ols`; a term that does not vary within groups is named.
    """
    same_rows(outcome=y, terms=X, groups=absorb, clusters=cluster)
    outcome = numbers(y, "outcome")
    called = cluster_name(absorb, absorbed)
    by = absorb if cluster is None else cluster
    words = cluster_name(by, name or (absorbed if cluster is None else None))
    kept = _in_company(absorb, outcome.size)
    X, outcome = without_index(X.drop(columns=INTERCEPT, errors="ignore"))[kept], outcome[kept]
    absorb, by = (pd.Series(labels)[kept] for labels in (absorb, by))
    codes, N = cluster_codes(absorb, outcome.size)
    matrix, terms = _within_design(X, codes, N, outcome.size)
    y_within = _demean(outcome[:, None], codes, N)[:, 0]
    refuse_exact(y_within, outcome)
    solution = solve(y_within, matrix, terms)
    Z, L, u_hat = solution.basis.Z, solution.basis.L, solution.u_hat
    cluster_, G = cluster_codes(by, outcome.size)
    n, k = matrix.shape
    counted = k + (1 if _lies_within(codes, cluster_) else N)
    if n <= counted:
        raise UserError(f"{n} rows for {counted} coefficients", "use fewer terms or groups")
    size = np.abs(Z) * (np.abs(u_hat) + np.abs(outcome))[:, None]
    sums = score_sums(Z * u_hat[:, None], cluster_, G, size)
    V = cr1_factor(n, counted, G) * L @ (sums.T @ sums) @ L.T
    method = Method.of("ols").also("fixed_effects", n=N, of=called)
    method = method.also(clustered("CR1", words, G))
    if not kept.all():
        method = method.then("single_rows", n=int((~kept).sum()))
    return Fit(
        terms,
        solution.beta,
        V,
        n,
        G,
        float(G - 1),
        check_level(level),
        method,
        outcome - u_hat,
        alone=decided_alone(Z, cluster_, by),
        L=L,
        r2=1 - float(u_hat @ u_hat) / float(y_within @ y_within),
    )


def _in_company(absorb: object, n: int) -> NDArray[np.bool_]:
    """Rows whose group has another row: alone in its group a row says nothing of the terms."""
    codes, N = cluster_codes(absorb, n)
    kept = np.bincount(codes, minlength=N)[codes] > 1
    if not kept.any():
        raise UserError("every group has one row", "use larger groups")
    return kept


@dataclass(frozen=True, eq=False)
class _Problem:
    """Sufficient statistics of the likelihood.

    Attributes
    ----------
    sums, sizes
        Column sums of (Z, u) and rows of the smallest groups, (G, k + 1) and (G,): Z orthonormal
        columns that span the design, u what least squares leaves of y. The profile depends on
        neither the units of X and y nor on what of y the terms explain.
    gram
        Cross products of (Z, u), both with a mean square of 1, (k + 1, k + 1).
    L
        Coefficients of X are L times those of the columns of Z so scaled, (k, k).
    beta
        Least-squares coefficients of y on X, (k,): what the fit adds to is u.
    unit
        Root of the mean square of u.
    starts
        For each level, the smallest first: where its groups start among those of the level below.
    """

    sums: Floats
    sizes: Floats
    gram: Floats
    L: Floats
    beta: Floats
    unit: float
    starts: tuple[Integers, ...]
    n: int
    reml: bool

    @property
    def df(self) -> int:
        """Rows less the coefficients (REML), rows (ML)."""
        return self.n - (self.gram.shape[0] - 1) * self.reml


@dataclass(frozen=True, eq=False)
class _Optimum:
    """The maximum; `spread` is the covariance of (log residual variance, ratios), nan at 0."""

    theta: Floats
    sigma2: float
    beta: Floats
    V: Floats
    deviance: float
    spread: Floats


def _nesting(
    groups: pd.DataFrame, n: int
) -> tuple[tuple[str, ...], list[Integers], list[Integers]]:
    """Names, codes of each level by row, and for each level but the last the parents' codes."""
    names = tuple(str(c) for c in groups.columns)
    codes = [cluster_codes(groups[column], n)[0] for column in groups.columns]
    if not codes:
        raise UserError("no groups were given", "name a column of groups")
    if codes[0].max() + 1 >= n:
        raise UserError("every group has one row", "use larger groups", column=names[0])
    parents = []
    for i, (child, parent) in enumerate(pairwise(codes)):
        first = np.full(child.max() + 1, -1, dtype=np.intp)
        first[child[::-1]] = parent[::-1]
        strays = np.flatnonzero(first[child] != parent)
        if strays.size:
            row = int(strays[0])
            raise UserError(
                f"a {names[i]} lies in two of {names[i + 1]}",
                "give each group one larger group",
                row=row + 1,
                column=names[i],
                value=groups[groups.columns[i]].iloc[row],
            )
        parents.append(first)
    return names, codes, parents


def _problem(
    y: Floats,
    X: Floats,
    terms: tuple[str, ...],
    codes: list[Integers],
    parents: list[Integers],
    reml: bool,
) -> _Problem:
    solution = solve(y, X, terms)
    root, unit = sqrt(len(y)), float(np.sqrt((solution.u_hat**2).mean()))
    W = np.column_stack([solution.basis.Z * root, solution.u_hat / unit])
    order, starts = _sorted_levels(codes[0], parents)
    G = codes[0].max() + 1
    sums = cluster_sums(W, codes[0], G)[order]
    sizes = np.bincount(codes[0], minlength=G).astype(float)[order]
    L = solution.basis.L * root
    return _Problem(sums, sizes, W.T @ W, L, solution.beta, unit, starts, len(y), reml)


def _sorted_levels(
    smallest: Integers, parents: list[Integers]
) -> tuple[Integers, tuple[Integers, ...]]:
    """Order of the smallest groups in which every larger group is one run, and the runs."""
    chain = [np.arange(smallest.max() + 1, dtype=np.intp)]
    for parent in parents:
        chain.append(parent[chain[-1]])
    order = np.lexsort(chain)
    starts, below = [np.arange(len(order), dtype=np.intp)], chain[0][order]
    for codes in chain[1:]:
        above = codes[order]
        runs = np.flatnonzero(np.r_[True, below[1:] != below[:-1]])
        above_by_run = above[runs]
        starts.append(np.flatnonzero(np.r_[True, above_by_run[1:] != above_by_run[:-1]]))
        below = above
    return order, tuple(starts)


def _reduce(problem: _Problem, theta: Numbers) -> tuple[Numbers, Numbers]:
    """W'V^-1 W and log|V| for V = I + sum of theta Z Z', group by group from the smallest up."""
    t: Numbers = problem.sums
    w: Numbers = problem.sizes
    gram: Numbers = problem.gram
    logdet: Numbers = np.zeros(())
    for ratio, starts in zip(theta, problem.starts, strict=True):
        if t is not problem.sums:
            t, w = np.add.reduceat(t, starts, axis=0), np.add.reduceat(w, starts)
        d = 1 + ratio * w
        gram = gram - (t * (ratio / d)[:, None]).T @ t
        logdet = logdet + np.log(d).sum()
        t, w = t / d[:, None], w / d
    return gram, logdet


def _solve(problem: _Problem, theta: Numbers) -> tuple[Numbers, Numbers, Numbers, Numbers]:
    """Coefficients of Z, residual sum of squares over unit^2, Z'V^-1 Z and log-determinants."""
    gram, logdet = _reduce(problem, theta)
    A, b = gram[:-1, :-1], gram[:-1, -1]
    beta = np.linalg.solve(A, b)
    rss = gram[-1, -1] - b @ beta
    if problem.reml:
        sign, size = np.linalg.slogdet(A)
        stretch = 2 * np.log(np.abs(np.diag(problem.L))).sum()
        logdet = logdet + np.log(sign) + size - stretch
    return beta, rss, A, logdet


def _full_deviance(problem: _Problem, phi: Numbers) -> Numbers:
    """Minus twice the log-likelihood, up to a constant, at phi.

    phi = (log of residual variance over unit^2, ratios).
    """
    _, rss, _, logdet = _solve(problem, phi[1:])
    return np.asarray(problem.df * (log(2 * pi) + phi[0]) + rss * np.exp(-phi[0]) + logdet)


def _gradient(function: Callable[[Numbers], Numbers], at: Floats) -> Floats:
    steps = IMAGINARY * 1j * np.eye(at.size)
    return np.array([complex(function(at + step)).imag / IMAGINARY for step in steps])


def _hessian(function: Callable[[Numbers], Numbers], at: Floats) -> Floats:
    h = STEP * np.maximum(np.abs(at), START)
    rows = [
        (_gradient(function, at + e) - _gradient(function, at - e)) / (2 * e.max())
        for e in np.diag(h)
    ]
    H = np.array(rows)
    return (H + H.T) / 2


def _optimum(problem: _Problem) -> _Optimum:
    df = problem.df

    def profile(theta: Numbers) -> Numbers:
        """Minus twice the log-likelihood, profiled over coefficients and residual variance."""
        _, rss, _, logdet = _solve(problem, theta)
        return np.asarray(df * (1 + log(2 * pi / df * problem.unit**2) + np.log(rss)) + logdet)

    theta = _minimise(profile, np.full(len(problem.starts), START))
    beta, rss, A, _ = _solve(problem, theta)
    ratio = float(rss.real) / df
    L, sigma2 = problem.L, ratio * problem.unit**2
    V = sigma2 * L @ np.linalg.inv(A) @ L.T
    at = problem.beta + problem.unit * L @ beta
    deviance = float(profile(theta).real)
    return _Optimum(theta, sigma2, at, V, deviance, _spread(problem, theta, ratio))


def _minimise(function: Callable[[Numbers], Numbers], theta: Floats) -> Floats:
    """Projected Newton steps over ratios of at least 0 (Bertsekas 1982), exact gradients.

    Directions in which the function curves downward are turned round; near the minimum full steps
    are taken, because there rounding hides any fall.
    """
    value, near = float(function(theta).real), 0
    for _ in range(MAX_STEPS):
        g = _gradient(function, theta)
        free = (theta > 0) | (g < 0)
        step = np.zeros(theta.size)
        if free.any():
            e, Q = np.linalg.eigh(_hessian(function, theta)[np.ix_(free, free)])
            size = np.maximum(np.abs(e), FLAT * np.abs(e).max())
            step[free] = -Q @ ((Q.T @ g[free]) / size)
        if -(g @ step) < NEAR * max(1.0, abs(value)):
            theta, near = np.maximum(theta + step, 0.0), near + 1
            if near == POLISH:
                return theta
            continue
        theta, value = _shorten(function, theta, step, value)
    raise UserError("the search for the variances did not end", "use fewer levels or terms")


def _shorten(
    function: Callable[[Numbers], Numbers], theta: Floats, step: Floats, value: float
) -> tuple[Floats, float]:
    """Halve the step, projected on ratios of at least 0, until the function falls."""
    for _ in range(HALVINGS):
        reached = np.maximum(theta + step, 0.0)
        found = float(function(reached).real)
        if found < value:
            return reached, found
        step = step / 2
    return theta, value


def _spread(problem: _Problem, theta: Floats, ratio: float) -> Floats:
    """Covariance of (log residual variance, ratios) from the observed information."""
    phi = np.concatenate([[log(ratio)], theta])
    free = np.concatenate([[True], theta > 0])
    H = _hessian(lambda p: _full_deviance(problem, p), phi)
    spread = np.full(H.shape, nan)
    spread[np.ix_(free, free)] = 2 * np.linalg.inv(H[np.ix_(free, free)])
    return spread


def _satterthwaite(problem: _Problem, at: _Optimum, c: Floats) -> float:
    scaled = problem.L.T @ c

    def variance(phi: Numbers) -> Numbers:
        gram, _ = _reduce(problem, phi[1:])
        return np.asarray(np.exp(phi[0]) * (scaled @ np.linalg.solve(gram[:-1, :-1], scaled)))

    phi = np.concatenate([[log(at.sigma2 / problem.unit**2)], at.theta])
    free = np.concatenate([[True], at.theta > 0])
    g = _gradient(variance, phi)[free]
    f = float(variance(phi).real)
    return float(2 * f**2 / (g @ at.spread[np.ix_(free, free)] @ g))


def _variance_lines(fit: Fit, names: Sequence[str], at: _Optimum) -> tuple[Tidy, ...]:
    """Variances; log tau^2 = log sigma^2 + log theta."""
    lines = []
    for i, name in enumerate((*names, "residual"), start=1):
        residual = i > len(names)
        ratio = 1.0 if residual else float(at.theta[i - 1])
        g = np.zeros(len(at.theta) + 1)
        g[0] = 1.0
        if not residual:
            g[i] = 1 / ratio if ratio else nan
        free = g != 0
        se_log = sqrt(float(g[free] @ at.spread[np.ix_(free, free)] @ g[free])) if ratio else nan
        value = ratio * at.sigma2
        half = t_quantile(fit.level, inf) * se_log
        method = fit.method.then("log_scale" if ratio else "boundary")
        with np.errstate(over="ignore"):
            low, high = value * np.exp(-half), value * np.exp(half)
        lines.append(_line(f"variance[{name}]", value, value * se_log, low, high, fit, method))
    return tuple(lines)


def _icc_lines(fit: Fit, names: Sequence[str], at: _Optimum) -> tuple[Tidy, ...]:
    """Intraclass correlations, intervals on the logit scale."""
    lines = []
    total = 1 + at.theta.sum()
    free = at.theta > 0
    spread = at.spread[1:, 1:][np.ix_(free, free)]
    for i, name in enumerate(names):
        shared = at.theta[i:].sum()
        value = float(shared / total)
        g = ((np.arange(len(names)) >= i) * total - shared)[free] / total**2
        se = sqrt(float(g @ spread @ g)) if value else nan
        half = t_quantile(fit.level, inf) * se / (value * (1 - value)) if value else nan
        logit = log(value / (1 - value)) if value else nan
        low, high = (special.expit(logit + s * half) for s in (-1, 1))
        method = fit.method.then("logit_scale" if value else "boundary")
        lines.append(_line(f"icc[{name}]", value, se, low, high, fit, method))
    return tuple(lines)


def _line(
    term: str, value: float, se: float, low: float, high: float, fit: Fit, method: Method
) -> Tidy:
    return Tidy(
        term, value, se, float(low), float(high), fit.level, nan, fit.n, fit.n_clusters, method
    )


def _nested(counts: Sequence[int], names: Sequence[str]) -> Method:
    """Groups of each level, the smallest first: "150 unit_id in 50 county_id"."""
    inner, *others = (
        Method.of("groups_of", n=n, name=name) for n, name in zip(counts, names, strict=True)
    )
    for outer in others:
        inner = Method.of("groups_in", inner=inner, outer=outer)
    return inner


def _within_design(
    X: pd.DataFrame, codes: Integers, N: int, n: int
) -> tuple[Floats, tuple[str, ...]]:
    raw = X.to_numpy(dtype=float, na_value=np.nan)
    if raw.shape[0] == n and np.isfinite(raw).all():
        within = _demean(raw - raw[0], codes, N)
        size = np.linalg.norm(raw - raw.mean(axis=0), axis=0)
        flat = np.linalg.norm(within, axis=0) <= RANK_TOLERANCE * np.where(size > 0, size, 1.0)
        if flat.any():
            column = str(X.columns[int(flat.argmax())])
            raise UserError("a term does not vary within groups", "drop it", column=column)
        return check_design(pd.DataFrame(within, columns=X.columns), n)
    return check_design(X, n)


def varies_within(values: Floats, codes: Integers) -> bool:
    """Whether numbers differ within at least one group."""
    rest = _demean((values - values[0])[:, None], codes, int(codes.max()) + 1)
    return bool(np.abs(rest).max() > CONSTANT * np.ptp(values))


def _demean(values: Floats, codes: Integers, N: int) -> Floats:
    sizes = np.bincount(codes, minlength=N).astype(float)
    return np.asarray(values - (cluster_sums(values, codes, N) / sizes[:, None])[codes])


def _lies_within(child: Integers, parent: Integers) -> bool:
    first = np.zeros(child.max() + 1, dtype=np.intp)
    first[child] = parent
    return bool((first[child] == parent).all())
