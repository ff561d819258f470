"""Likelihood-ratio test of a model with one more parameter, which lies on its boundary."""

from __future__ import annotations

from scipy import special

from compendium.stats.method import Method
from compendium.stats.tidy import Tidy


def boundary_ratio_test(plain: float, top: float, n: int, models: tuple[str, str]) -> Tidy:
    """Likelihood ratio of a model against its special case without over-dispersion.

    The parameter is 0 at the edge of what it can be, so half of the chi-squared distribution with
    one degree of freedom lies at 0 (Self and Liang 1987, case 5).

    Parameters
    ----------
    plain, top
        Log-likelihoods of the special case and of the model.
    models
        Codes of the words for the model and for its special case.
    """
    ratio = max(2 * (top - plain), 0.0)
    p = 0.5 * float(special.chdtrc(1, ratio)) if ratio > 0 else 1.0
    model, special_case = map(Method.of, models)
    method = Method.of("likelihood_ratio", model=model, plain=special_case).also("half_chi2")
    return Tidy("overdispersion", ratio, p=p, n=n, method=method)
