"""Models of statsmodels fitted and read through the door, called as our own estimators are."""

import numpy as np
import statsmodels.api as sm
from statsmodels.discrete.truncated_model import TruncatedLFNegativeBinomialP
from statsmodels.miscmodels.ordinal_model import OrderedModel

from compendium.stats.checks import LEVEL, same_rows
from compendium.stats.design import INTERCEPT
from compendium.stats.fitted import fit, read


def binomial_glm(successes, trials, X, cluster=None, level=LEVEL, *, quasi=False, name=None):
    same_rows(successes=successes, trials=trials)
    how = {"scale": "X2", "use_t": True} if quasi else {}
    share, weights = successes / np.asarray(trials), np.asarray(trials)
    model = sm.GLM(share, X, sm.families.Binomial(), var_weights=weights)
    return read(fit(model, cluster, name=name, **how), level)


def poisson(y, X, cluster=None, level=LEVEL, *, exposure=None):
    same_rows(count=y, exposure=exposure)
    return read(fit(sm.Poisson(y, X, exposure=exposure), cluster), level)


def negative_binomial(y, X, cluster=None, level=LEVEL):
    return read(fit(sm.NegativeBinomial(y, X), cluster), level)


def zero_truncated(y, X, cluster=None, level=LEVEL):
    return read(fit(TruncatedLFNegativeBinomialP(y, X), cluster), level)


def ordered_logit(y, X, cluster=None, level=LEVEL):
    columns = X.drop(columns=INTERCEPT, errors="ignore")
    return read(fit(OrderedModel(y, columns, distr="logit"), cluster), level)
