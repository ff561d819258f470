"""What a fitted model is: coefficients, their covariance, and tidy lines made from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import special

from grassroots.errors import UserError
from grassroots.models.checks import t_p_value, t_quantile
from grassroots.models.tidy import Tidy

Floats = NDArray[np.float64]


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
    """

    terms: tuple[str, ...]
    beta: Floats
    V: Floats
    n: int
    n_clusters: int
    df: float
    level: float
    method: str
    fitted: Floats
    loglik: float = nan

    def __getitem__(self, term: str) -> Tidy:
        """Return the tidy line of one coefficient; an unknown term is an error."""
        return self.combination({term: 1.0}, term)

    def tidy(self) -> tuple[Tidy, ...]:
        """Return one line a coefficient, in the order of `terms`."""
        return tuple(self[term] for term in self.terms)

    def combination(self, weights: Mapping[str, float], term: str) -> Tidy:
        """Return the line of a linear combination of coefficients, e.g. a slope at a moderator."""
        w = self._weights(weights)
        return self.line(term, float(w @ self.beta), sqrt(float(w @ self.V @ w)))

    def line(self, term: str, value: float, se: float, method: str = "") -> Tidy:
        """Return a line with this fit's t, level and counts."""
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
            method or self.method,
        )

    def ratio(self, term: str) -> Tidy:
        """Return exp(coefficient): odds or rate ratio; the p-value is that of no effect."""
        plain = self[term]
        value, low, high = (float(np.exp(x)) for x in (plain.value, plain.ci_low, plain.ci_high))
        method = f"{self.method}; exponentiated, se by the delta method"
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

    def wald(self, terms: tuple[str, ...]) -> tuple[float, float]:
        """Return chi-squared and p of the hypothesis that all these coefficients are 0."""
        index = [self._position(term) for term in terms]
        b = self.beta[index]
        chi2 = float(b @ np.linalg.solve(self.V[np.ix_(index, index)], b))
        return chi2, float(special.chdtrc(len(index), chi2))

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
