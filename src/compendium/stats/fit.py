"""What a fitted model is: coefficients, their covariance, and tidy lines made from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import nan, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.stats.alone import Alone, decided_alone
from compendium.stats.checks import t_p_value, t_quantile
from compendium.stats.clusters import cluster_codes
from compendium.stats.method import NONE, Method
from compendium.stats.solve import Basis
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]

CANCELLED = 1e-14
"""A combination's variance below this share of what its parts have is rounding."""
INTERCEPTS = ("(intercept)", "Intercept", "const")
"""What we, formulas and statsmodels call it."""


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted model.

    Attributes
    ----------
    terms
        Names of the k coefficients.
    beta, V
        Coefficients (k,) and their covariance (k, k).
    n, n_clusters
        Rows and clusters; 0 clusters when nothing is clustered.
    df
        Degrees of freedom of t; inf means the normal.
    level
        Level of the intervals.
    method
        What was done.
    fitted
        Mean of each row's outcome, (n,).
    loglik
        Log-likelihood at the maximum; nan where there is none.
    r2
        Share of the outcome's variation that is explained, within groups where their effects are
        taken out; nan where there is none.
    alone, L
        What single clusters decide alone, in orthonormal columns of which the coefficients are L
        times theirs; None where it was not looked for.
    """

    terms: tuple[str, ...]
    beta: Floats
    V: Floats
    n: int
    n_clusters: int
    df: float
    level: float
    method: Method
    fitted: Floats
    loglik: float = nan
    alone: Alone | None = None
    L: Floats | None = None
    r2: float = nan

    def __getitem__(self, term: str) -> Tidy:
        """Return the tidy line of one coefficient; an unknown term is an error."""
        return self.combination({term: 1.0}, term)

    def tidy(self) -> tuple[Tidy, ...]:
        """Return one line a coefficient, in the order of `terms`."""
        return tuple(self[term] for term in self.terms)

    def combination(self, weights: Mapping[str, float], term: str) -> Tidy:
        """Return the line of a linear combination of coefficients, e.g. a slope at a moderator."""
        w = self._weights(weights)
        method = self.method.then(self._caution(w))
        return self.line(term, float(w @ self.beta), spread(w, self.V), method)

    def line(self, term: str, value: float, se: float, method: Method = NONE) -> Tidy:
        """Return a line with this fit's t, level and counts; an error of 0 is none."""
        method = method or self.method
        if se == 0:
            se, method = nan, method.then("no_error")
        half = t_quantile(self.level, self.df) * se
        p = t_p_value(value / se, self.df) if se > 0 else nan
        return Tidy(
            term,
            value,
            se,
            value - half,
            value + half,
            self.level,
            p,
            self.n,
            self.n_clusters,
            method,
        )

    def ratio(self, term: str) -> Tidy:
        """Return exp(coefficient): odds or rate ratio; the p-value is that of no effect."""
        plain = self[term]
        value, low, high = (float(np.exp(x)) for x in (plain.value, plain.ci_low, plain.ci_high))
        method = plain.method.then("exponentiated")
        return Tidy(
            term,
            value,
            value * plain.se,
            low,
            high,
            self.level,
            plain.p,
            self.n,
            self.n_clusters,
            method,
        )

    def _caution(self, w: Floats) -> Method:
        if self.alone is None or self.L is None:
            return NONE
        k = self.L.shape[0]
        return self.alone.caution(self.L.T @ w[:k])

    def _weights(self, weights: Mapping[str, float]) -> Floats:
        w = np.zeros(len(self.terms))
        for term, weight in weights.items():
            w[self._position(term)] = weight
        return w

    def _position(self, term: str) -> int:
        if term not in self.terms:
            known = ", ".join(self.terms)
            raise UserError("the model has no such term", f"use one of {known}", value=term)
        return self.terms.index(term)


def slopes_of(model: Any) -> tuple[str, ...]:
    """Terms of one of our own models that are neither intercept nor dispersion nor threshold."""
    fit = getattr(model, "fit", model)
    k = None if fit.L is None else len(fit.L)
    return tuple(term for term in fit.terms[:k] if term not in INTERCEPTS)


def with_cautions(fit: Fit, basis: Basis, cluster: object) -> Fit:
    """Return a clustered fit that says which coefficients one cluster decides alone."""
    if cluster is None:
        return fit
    n = len(basis.Z)
    length = np.linalg.norm(basis.Z[:, 0]) if basis.Z.size else 1.0
    alone = decided_alone(basis.Z / length, cluster_codes(cluster, n)[0], cluster)
    return replace(fit, alone=alone, L=basis.L)


def spread(w: Floats, V: Floats) -> float:
    """Standard error of a combination w (k,); 0 where the parts cancel to rounding."""
    variance = float(w @ V @ w)
    parts = float((np.abs(w) @ np.sqrt(np.diag(V))) ** 2)
    return sqrt(variance) if variance > CANCELLED * parts else 0.0
