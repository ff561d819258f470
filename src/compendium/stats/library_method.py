"""The method of a model that statsmodels fitted, in the words of our own."""

from __future__ import annotations

from functools import reduce
from math import inf
from typing import Any

from compendium.stats.foreign import Groups
from compendium.stats.method import Method

ROBUST = ("HC0", "HC1", "HC2", "HC3")
KNOWN = {
    "OLS": ("ols",),
    "WLS": ("wls",),
    "Poisson": ("poisson",),
    "NegativeBinomial": ("nb2",),
    "TruncatedLFNegativeBinomialP": ("nb2", "truncated"),
    "OrderedModel": ("ordered_logit",),
    "GLM Binomial": ("binomial_glm",),
    "GLM Poisson": ("poisson",),
}
"""Words for models of their usual kind; others go by the library's own name."""
QUASI = {"Binomial": "quasi_binomial", "Poisson": "quasi_poisson"}
"""Words for models whose errors are scaled by a dispersion."""
USUAL = {"loglike_method": "nb2", "truncation": 0, "parameterization": 1}
"""What a model must be to be of its usual kind, where it says so at all."""


def library_method(results: Any, df: float, groups: Groups) -> Method:
    """Tell what a fitted model of statsmodels is: model, errors, degrees of freedom.

    Parameters
    ----------
    df
        Degrees of freedom of t; inf where the normal is used.
    groups
        What errors are clustered by.
    """
    method = _model(results)
    family = type(_family(results.model)).__name__
    if family in QUASI and results.scale != 1 and not groups.n:
        method = Method.of(QUASI[family], phi=float(results.scale))
    else:
        method = method.also(groups.words() if groups.n else _errors(str(results.cov_type)))
    return method if df == inf else method.also("t", df=df)


def _model(results: Any) -> Method:
    model = results.model
    name, family = type(model).__name__, _family(model)
    usual = all(getattr(model, key, value) == value for key, value in USUAL.items())
    if family is not None:
        name += f" {type(family).__name__}"
        usual = isinstance(family.link, type(family).links[0])
    elif name == "OrderedModel":
        usual = model.distr.name == "logistic"
    if not usual or name not in KNOWN:
        return Method.of("library_model", name=name)
    first, *others = map(Method.of, KNOWN[name])
    return reduce(Method.also, others, first)


def _family(model: Any) -> Any:
    """Family of a GLM; models of counts have one too, which says nothing."""
    return model.family if type(model).__name__ == "GLM" else None


def _errors(kind: str) -> Method:
    if kind == "nonrobust":
        return Method.of("model_errors")
    return Method.of("robust" if kind in ROBUST else "hac", kind=kind)
