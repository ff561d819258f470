"""Models of statsmodels: fitted to the last digit, and read as a `Fit`.

statsmodels has the models; what is added here is the search. Off scale its likelihoods stop at a
wrong optimum and call it converged, and some of its second derivatives are differences of the
likelihood itself, which leaves half of the digits.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import replace
from functools import partial
from math import inf, nan
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import block_diag
from scipy.optimize import minimize

from compendium.errors import UserError
from compendium.stats.checks import (
    LEVEL,
    check_level,
    numbers,
    refuse_rows,
    same_rows,
    without_index,
)
from compendium.stats.clusters import cluster_codes
from compendium.stats.design import check_design
from compendium.stats.fit import Fit
from compendium.stats.foreign import (
    alone_in,
    checked_basis,
    groups_of,
    refuse_unfinished,
    refuse_unread,
    refuse_weights,
    rows_of,
    thresholds,
    without_rounding,
)
from compendium.stats.library_method import library_method
from compendium.stats.maximum_likelihood import natural
from compendium.stats.separation import refuse_separation
from compendium.stats.solve import refuse_exact, standard

Floats = NDArray[np.float64]
_TREATED = re.compile(r"(?:C\((\w+)(?:,[^\[\]]*)?\)\[(?:T\.)?|(\w+)\[T\.)([^\[\]]+)\]")

PLAIN = ("Poisson", "Logit")
TRUNCATED = "TruncatedLFNegativeBinomialP"
DISPERSED = ("NegativeBinomial", "NegativeBinomialP", TRUNCATED)
ORDERED = "OrderedModel"
ALPHA = "alpha"
"""What statsmodels calls the dispersion of its negative binomial models, its last parameter."""
GLM_STOPS = {"tol": 1e-12, "rtol": 1e-12, "maxiter": 200, "wls_method": "qr"}
"""Change of the deviance at which a GLM stops: steps square the error, so it is then rounding."""
CONVERGED = 1e-8
"""Residuals below this, relative to the outcome, say where iterations stopped, and nothing else."""
BOUNDARY_ALPHA = 1e-8
"""A dispersion below this cannot be told from 0."""
STEP = 1e-3
"""Step of a derivative over columns with a mean square of 1; its error is near STEP**4."""
NO_DISPERSION = "the counts vary no more than Poisson's: the likelihood is highest at alpha = 0"


def fit(model: Any, cluster: object = None, *, name: str | None = None, **how: Any) -> Any:
    """Fit a model of statsmodels so that it can be recorded.

    A likelihood is searched over orthonormal columns, so that units do not matter, and finished by
    Newton's method. Its derivatives are exact or differences of exact ones.

    Parameters
    ----------
    model
        OLS, WLS, a GLM, counts (Poisson, negative binomial, truncated too) or ordered categories
        (`OrderedModel`), from a formula or from arrays.
    cluster
        Label of each row's cluster, (n,), with the index of the model's rows: CR1 errors, t(G - 1).
        Without it the model's own errors, unless `how` says otherwise.
    name
        What method strings call the clusters; the series' name by default.
    how
        Further words for `model.fit`, e.g. cov_type="HC3", use_t=True or scale="X2".

    Returns
    -------
    Any
        What `model.fit` returns.

    Raises
    ------
    UserError
        Collinear terms, perfect separation, something else than counts where counts are wanted, one
        cluster only, a label that is missing, no maximum, an outcome that is fitted exactly.
    """
    if cluster is not None:
        how = {**_clustered(model, cluster, name), **how}
    kind, (n, k) = type(model).__name__, model.exog.shape
    if n <= k:
        raise UserError(f"{n} rows for {k} coefficients", "use fewer terms")
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # nothing is taken from a search that failed: `read` looks at the optimum itself
        warnings.simplefilter("ignore")
        if kind == "GLM":
            _refuse_separation(model)
            how = {**GLM_STOPS, **how}
            # errors are of the weights before the last step: of the maximum itself the second time
            found = model.fit(start_params=model.fit(**how).params, **how)
        elif kind in (*PLAIN, *DISPERSED, ORDERED):
            found = _searched(model, how)
        else:
            standard(model.exog, model.exog_names)
            found = model.fit(**how)
    if cluster is not None and kind in ("GLM", *PLAIN, *DISPERSED):
        left = np.asarray(model.endog) - np.asarray(found.predict())
        refuse_exact(left, np.asarray(model.endog), CONVERGED)
    return found


def ols(
    y: object,
    X: pd.DataFrame,
    cluster: object = None,
    level: float = LEVEL,
    name: str | None = None,
    **how: Any,
) -> Fit:
    """Least squares by statsmodels over standardised columns, read at a level.

    The unit of a column is then no matter: as they are, statsmodels drops columns that differ much
    in size in silence.

    Parameters
    ----------
    y, X
        Outcome (n,) and terms (n, k) as from `design`, complete.
    cluster, name, how
        As for `fit`, but errors without clusters are HC1 with t(n - k).

    Raises
    ------
    UserError
        Missing values, other rows in y, X or clusters, and what `fit` and `read` refuse.

    Notes
    -----
    Blind spot: with few clusters CR1 rejects too often; use the wild cluster bootstrap.
    """
    from statsmodels.regression.linear_model import OLS

    same_rows(outcome=y, terms=X, clusters=cluster)
    outcome = numbers(y, "outcome")
    matrix, terms = check_design(X, outcome.size)
    basis = standard(matrix, terms)
    columns = pd.DataFrame(basis.Z, columns=list(terms))
    how = {"use_t": True, **({"cov_type": "HC1"} if cluster is None else {}), **how}
    found = read(fit(OLS(outcome, columns), without_index(cluster), name=name, **how), level)
    beta, V = natural(basis, found.beta, found.V)
    L = None if found.L is None else basis.L @ found.L
    return replace(found, beta=beta, V=V, L=L)


def read(results: Any, level: float) -> Fit:
    """Return a fitted model of statsmodels as a `Fit` with intervals of a level.

    Intervals are those of t with the degrees of freedom that statsmodels uses, or the normal's
    where it uses none. What statsmodels calls converged is not taken on trust, see
    `foreign.DECREMENT`. Weights, offsets and exposures of another index than the rows can't be seen
    here: statsmodels matches them by position and keeps no index of them.

    Raises
    ------
    UserError
        See `compendium.results.lines`.
    """
    refuse_unread(results)
    refuse_weights(results)
    names, beta = _named_parameters(results)
    basis = checked_basis(results, names)
    refuse_unfinished(results, beta)
    groups, df = groups_of(results), _degrees(results)
    V = without_rounding(results, basis, _covariance(results, names))
    beta, V = thresholds(results, beta, V)
    return Fit(
        terms=tuple(names),
        beta=beta,
        V=V,
        n=rows_of(results),
        n_clusters=groups.n,
        df=df,
        level=check_level(level),
        method=library_method(results, df, groups),
        fitted=_means(results),
        loglik=float(getattr(results, "llf", nan)),
        alone=alone_in(results, basis, groups),
        L=None if basis is None else basis.L,
        r2=float(getattr(results, "rsquared", nan)),
    )


def of_model(results: Any, level: float) -> Any:
    """Return a model of statsmodels as `read` does, and one of our own as it is."""
    return read(results, level) if type(results).__module__.startswith("statsmodels.") else results


def _clustered(model: Any, cluster: object, name: str | None) -> dict[str, Any]:
    rows = model.data.row_labels
    labels = pd.Series(cluster, index=None if isinstance(cluster, pd.Series) else rows)
    if rows is not None:
        same_rows(terms=pd.Series(0, index=rows), clusters=labels)
    cluster_codes(labels, len(model.endog))
    labels = labels.rename(name or labels.name or "cluster")
    return {"cov_type": "cluster", "cov_kwds": {"groups": labels}, "use_t": True}


def _searched(model: Any, how: dict[str, Any]) -> Any:
    """Fit by a search over standardised columns, then Newton's steps over the columns as given."""
    kind = type(model).__name__
    _refuse_separation(model)
    twin, A = _twin(model)
    theta = _start(twin)
    if kind in (TRUNCATED, ORDERED):
        _differentiate(twin, np.eye(len(theta)))
        _differentiate(model, A)
    if kind not in PLAIN:
        theta = _maximum(twin, theta)
    if kind in DISPERSED and theta[-1] < BOUNDARY_ALPHA:
        raise UserError(NO_DISPERSION, "fit Poisson to them")
    newton = {"method": "newton", "disp": 0, "maxiter": 100, "ridge_factor": 0.0}
    try:
        theta = np.asarray(twin.fit(start_params=theta, **newton).params)
        return model.fit(start_params=A @ theta, **newton, **how)
    except np.linalg.LinAlgError:
        raise UserError("the likelihood is flat in a parameter", "use fewer terms") from None


def _twin(model: Any) -> tuple[Any, Floats]:
    """The model over standardised columns, and the matrix from its parameters to the model's."""
    X, y = np.asarray(model.exog, dtype=float), np.asarray(model.endog)
    names = model.exog_names[: X.shape[1]]
    if type(model).__name__ != ORDERED:
        basis = standard(X, names)
        twin = type(model)(y, basis.Z, **model._get_init_kwds())
        twin._transparams = False  # else it would take alpha for its logarithm until it is fitted
        return twin, block_diag(basis.L, np.eye(getattr(model, "k_extra", 0)))
    basis = standard(np.column_stack([np.ones(len(X)), X]), ("a constant", *names))
    A = block_diag(basis.L[1:, 1:], np.eye(model.k_levels - 1))
    A[X.shape[1], : X.shape[1]] = -basis.L[0, 1:]
    offset = model.offset if np.ndim(model.offset) else None
    return type(model)(y, basis.Z[:, 1:], distr=model.distr, offset=offset), A


def _start(twin: Any) -> Floats:
    """Where the search begins: thresholds without terms, or a GLM and a moment of its residuals."""
    from statsmodels.genmod import families
    from statsmodels.genmod.generalized_linear_model import GLM

    kind, y, Z = type(twin).__name__, twin.endog, twin.exog
    if kind == ORDERED:
        return np.asarray(twin.start_params)
    offset = np.zeros(len(y)) + getattr(twin, "offset", 0) + getattr(twin, "exposure", 0)
    family = families.Binomial() if kind == "Logit" else families.Poisson()
    plain = GLM(y, Z, family, offset=offset).fit(**GLM_STOPS)
    if kind in PLAIN:
        return np.asarray(plain.params)
    mu = np.asarray(plain.fittedvalues)
    if kind != TRUNCATED and ((y - mu) ** 2 - y).sum() <= 0:
        raise UserError(NO_DISPERSION, "fit Poisson to them")
    moment = (((y - mu) ** 2 - mu) / mu**2).sum() / (len(y) - Z.shape[1])
    return np.append(plain.params, np.clip(moment, 0.05, 20.0))


def _maximum(model: Any, start: Floats) -> Floats:
    """Maximum of a likelihood over standardised columns, to a search's precision.

    A dispersion, the last parameter, is searched over on the log scale.
    """
    logs, n = type(model).__name__ in DISPERSED, len(model.endog)

    def natural(theta: Floats) -> Floats:
        return np.append(theta[:-1], np.exp(theta[-1])) if logs else theta

    def objective(theta: Floats) -> tuple[float, Floats]:
        at = natural(theta)
        slope = np.array(model.score(at), dtype=float)
        slope[-1] *= at[-1] if logs else 1.0
        return -float(model.loglike(at)) / n, -slope / n

    begin = np.append(start[:-1], np.log(start[-1])) if logs else start
    return natural(minimize(objective, begin, jac=True, method="BFGS", options={"gtol": 1e-7}).x)


def _differentiate(model: Any, A: Floats) -> None:
    """Give a model exact derivatives: statsmodels takes differences of the likelihood itself.

    Parameters
    ----------
    A
        From parameters over standardised columns, along which second derivatives are differences
        of the score, to the model's, (k, k).
    """
    if type(model).__name__ == ORDERED:
        model.score_obs = partial(_ordered_scores, model)
        model.score = lambda params: model.score_obs(params).sum(axis=0)

    def hessian(params: Floats) -> Floats:
        def ahead(steps: float, direction: Floats) -> Floats:
            return np.asarray(model.score(params + steps * STEP * direction))

        H = np.array(
            [
                (8 * (ahead(1, a) - ahead(-1, a)) - ahead(2, a) + ahead(-2, a)) / (12 * STEP)
                for a in A.T
            ]
        )
        back = np.linalg.inv(A)
        H = back.T @ H
        return np.asarray((H + H.T) / 2)

    model.hessian = hessian


def _ordered_scores(model: Any, params: Floats) -> Floats:
    """Score of each row of an `OrderedModel` in its own parameters, (n, k + J - 1).

    These are coefficients, the first threshold, and the logarithms of the steps to the next.
    """
    X, codes = np.asarray(model.exog, dtype=float), np.asarray(model.endog)
    rows, k = np.arange(len(codes)), X.shape[1]
    low, upp = model._bounds(params)
    p = model.prob(low, upp)
    upper, lower = model.pdf(upp) / p, model.pdf(low) / p
    d_cut = np.zeros((len(codes), model.k_levels + 1))
    d_cut[rows, codes + 1] += upper
    d_cut[rows, codes] -= lower
    steps = np.exp(np.append(0.0, params[k + 1 :]))
    d_steps = d_cut[:, 1:-1] @ (np.tril(np.ones((len(steps), len(steps)))) * steps)
    return np.hstack([-X * (upper - lower)[:, None], d_steps])


def _refuse_separation(model: Any) -> None:
    """Refuse a likelihood without a maximum, and counts that are none."""
    kind, family = type(model).__name__, type(getattr(model, "family", None)).__name__
    y, X = np.asarray(model.endog), np.asarray(model.exog, dtype=float)
    names = list(model.exog_names)[: X.shape[1]]
    if kind == ORDERED:
        if model.k_levels < 2:
            raise UserError("the outcome has one category only", "nothing can be ordered")
        cuts, below, above = np.eye(model.k_levels - 1), y < model.k_levels - 1, y > 0
        stacked = [
            np.hstack([-X[below], cuts[y[below]]]),
            np.hstack([X[above], -cuts[y[above] - 1]]),
        ]
        X, edge = np.vstack(stacked), np.ones(int(below.sum() + above.sum()))
        names += [f"threshold {i + 1}" for i in range(len(cuts))]
    elif kind == "Logit" or family == "Binomial":
        edge = np.where(y == 1, 1.0, np.where(y == 0, -1.0, 0.0))
    elif kind == "Poisson" or kind in DISPERSED or family == "Poisson":
        refuse_rows((y < 0) | (y != np.round(y)), "not a count", "use whole numbers from 0", y)
        edge = np.where((y == 0) & (kind != TRUNCATED), -1.0, 0.0)
    else:
        return
    standard(np.asarray(model.exog, dtype=float), list(model.exog_names)[: model.exog.shape[1]])
    refuse_separation(X, edge, names)


def _named_parameters(results: Any) -> tuple[list[str], Floats]:
    found = results.params
    beta = np.asarray(found, dtype=float)
    if beta.ndim != 1:
        raise UserError(
            f"{type(results.model).__name__} has {beta.shape[1]} equations",
            "record the equations one by one",
        )
    named = found.index if isinstance(found, pd.Series) else results.model.exog_names
    names = [short_term(str(name)) for name in named]
    if len(names) != len(beta):
        raise UserError(
            f"the model has {len(beta)} parameters and {len(names)} names", "fit it from a formula"
        )
    refuse_doubles(names)
    return names, beta


def short_term(name: str) -> str:
    """Write a formula's category as our own designs do: "C(hazard)[T.fire]" is "hazard[fire]"."""
    return _TREATED.sub(lambda term: f"{term[1] or term[2]}[{term[3]}]", name)


def refuse_doubles(names: list[str]) -> None:
    """Refuse terms of one name."""
    double = next((name for i, name in enumerate(names) if name in names[:i]), None)
    if double is not None:
        raise UserError("a term stands twice in the model", "rename one of them", value=double)


def _covariance(results: Any, names: list[str]) -> Floats:
    """Covariance of the parameters; refused where there is none or an error is nothing."""
    mend = "fit with a covariance, e.g. cov_type='HC3', and use fewer terms"
    try:
        V = np.asarray(results.cov_params(), dtype=float)
    except (AttributeError, ValueError, np.linalg.LinAlgError):
        raise UserError("the model has no covariance", mend) from None
    if V.shape != (len(names), len(names)):
        raise UserError("the covariance is not that of all parameters", mend)
    pairs = zip(names, np.diag(V), strict=True)
    bad = next((name for name, v in pairs if not 0 < v < inf), None)
    if bad is not None:
        raise UserError(
            "a coefficient has no standard error",
            "drop the term: a category without rows, or a column that others add up to",
            value=bad,
        )
    return V


def _degrees(results: Any) -> float:
    """Degrees of freedom of t; inf where statsmodels uses the normal."""
    if not getattr(results, "use_t", False):
        return inf
    found = getattr(results, "df_resid_inference", None)
    return float(results.df_resid if found is None else found)


def _means(results: Any) -> Floats:
    """Mean of each row's outcome, of all counts where zeros are truncated; none of categories."""
    if type(results.model).__name__ == TRUNCATED:
        return np.asarray(results.predict(which="mean-main"), dtype=float)
    found = np.asarray(results.predict(), dtype=float)
    return found if found.ndim == 1 else np.empty(0)
