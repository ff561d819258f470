"""The families of tests that the plan declares, with their p-values alone and adjusted."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from compendium.errors import UserError
from compendium.inference.romano_wolf import Hypothesis, drawn_statistics, step_down
from compendium.inference.wild import tail_p
from compendium.plan.types import Family
from compendium.stats.checks import LEVEL
from compendium.stats.clusters import cluster_name
from compendium.stats.fitted import ols
from compendium.stats.levels import at_level
from compendium.stats.method import Method

WAYS = {"romano-wolf": "romano_wolf", "holm": "holm", "bh": "bh"}
NAMES = {"romano-wolf": "Romano-Wolf", "holm": "Holm", "bh": "Benjamini-Hochberg"}
"""What the ways are called in a method."""


def family_table(
    family: Family,
    hypotheses: Mapping[str, Hypothesis],
    level: float = LEVEL,
    *,
    seed: int,
    draws: int = 1999,
    name: str | None = None,
) -> pd.DataFrame:
    """Test the hypotheses of a declared family, each alone and as one of the family.

    Parameters
    ----------
    family
        From the plan.
    hypotheses
        Test id -> hypothesis, for every test of the family; others are left aside.
    seed, draws
        Of the restricted wild cluster bootstrap, weights shared over the family.
    name
        What the clusters are called.

    Returns
    -------
    One row a test, in the plan's order: `family`, `test`, `value`, `se` (CR1), `ci_low`, `ci_high`,
    `n`, `n_clusters`, `p` (bootstrap, alone), `holm`, `bh`, `romano_wolf`, `adjusted` (the one that
    the plan names) and `method`.

    Raises
    ------
    UserError
        A test of the family has no hypothesis; what `romano_wolf` raises.
    """
    from statsmodels.stats.multitest import multipletests

    absent = [test for test in family.tests if test not in hypotheses]
    if absent:
        raise UserError(
            f"family '{family.id}' cannot be tested without all of its tests",
            "give a hypothesis for each",
            value=absent[0],
        )
    mine = {test: hypotheses[test] for test in family.tests}
    drawn = drawn_statistics(mine, seed=seed, draws=draws)
    t, t_star, V, G = drawn.t, drawn.t_star, drawn.weights, drawn.clusters
    p = np.array([tail_p(t[i], t_star[:, i], V.complete, "symmetric") for i in range(len(mine))])
    ways = {
        "holm": multipletests(p, method="holm")[1],
        "bh": multipletests(p, method="fdr_bh")[1],
        "romano_wolf": step_down(t, t_star, among=V.complete),
    }
    lines = [ols(h.y, h.X, h.cluster, level, name=name)[h.term] for h in mine.values()]
    clusters = cluster_name(next(iter(mine.values())).cluster, name)
    method = Method.of("ols").also("clustered_by", kind="CR1", by=clusters)
    method = method.then("wild_of_family", G=G).also(V.method)
    method = method.then("adjusted_by", by=NAMES[family.adjust], m=len(p))
    frame = pd.DataFrame(
        {
            "family": family.id,
            "test": list(mine),
            **{
                field: [getattr(line, field) for line in lines]
                for field in ("value", "se", "ci_low", "ci_high", "n", "n_clusters")
            },
            "p": p,
            **ways,
            "adjusted": ways[WAYS[family.adjust]],
            "method": [method.then(lonely) for lonely in drawn.lonely],
        }
    )
    return at_level(frame, [level])
