"""Universes whose estimate is a product of two coefficients: the path through a mediator."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from compendium.inference.multiverse.results import Fits
from compendium.inference.multiverse.universes import Model
from compendium.stats.checks import t_p_value, t_quantile
from compendium.stats.method import Method


def equations(models: Sequence[Model]) -> tuple[list[Model], dict[int, int]]:
    """Split each mediated model into its two equations.

    Returns
    -------
    tuple
        The models, those with a mediator replaced by the equation of the mediator and with that of
        the outcome added at the end; and the place of the second by that of the first.
    """
    found, second = list(models), {}
    for i, model in enumerate(models):
        if model.mediator is None:
            continue
        cause, mediator = model.predictor, model.mediator
        found[i] = replace(
            model, outcome=mediator, mediator=None, also=(*model.also, model.outcome)
        )
        second[i] = len(found)
        controls = (cause, *(term for term in model.controls if term != mediator))
        found.append(replace(model, predictor=mediator, controls=controls, mediator=None))
    return found, second


def multiply(fits: Fits, second: dict[int, int], level: float) -> Fits:
    """Put products in the place of their first path, with errors by the delta method.

    The cluster scores of a b are b times those of a plus a times those of b, so that both paths'
    errors and their covariance are allowed for (Sobel 1982, with clusters). A product takes no part
    in the joint test: its null is true when either path is nothing, and no single one can be
    imposed.
    """
    for i, j in second.items():
        of_second = fits.failed.pop(j, None)
        if failure := fits.failed.get(i, of_second):
            fits.refuse(i, failure)
            continue
        a, b = fits.coef[i], fits.coef[j]
        se = float(np.linalg.norm(b * fits.scores[i] + a * fits.scores[j]))
        half = t_quantile(level, float(fits.G[i] - 1)) * se
        fits.coef[i], fits.se[i] = a * b, se
        fits.low[i], fits.high[i] = a * b - half, a * b + half
        fits.p[i] = t_p_value(a * b / se, float(fits.G[i] - 1))
        fits.unit[i] *= fits.unit[j]
        fits.k[i] += fits.k[j]
        fits.method[i] = Method.of("product_of_paths", fit=fits.method[i])
    return fits.cut(fits.coef.size - len(second))
