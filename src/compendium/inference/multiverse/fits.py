"""Fit every universe: many at once where cross products will do, the others one by one."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from compendium.inference.multiverse import batch, ordinary
from compendium.inference.multiverse.batch import Failure, Solved
from compendium.inference.multiverse.columns import Columns
from compendium.inference.multiverse.groups import Builder, Group, Members, group_by_rows
from compendium.inference.multiverse.joint import Floats, Task, pieces
from compendium.inference.multiverse.pool import Pool
from compendium.inference.multiverse.products import equations, multiply
from compendium.inference.multiverse.results import Fits, Settings
from compendium.inference.multiverse.universes import Model, Universe
from compendium.inference.workers import run_blocks
from compendium.plan.multiverse import MultiversePlan
from compendium.stats.checks import t_quantile
from compendium.stats.clusters import Integers
from compendium.stats.method import clustered
from compendium.stats.tidy import Tidy

ORDINARY_BLOCK = 10
"""Universes that one worker fits one by one before it reports."""


def fit_all(
    plan: MultiversePlan, universes: Sequence[Universe], columns: Columns, settings: Settings
) -> Fits:
    """Fit all universes; none is dropped."""
    models, second = equations([universe.model for universe in universes])
    fits = Fits.empty(len(models))
    wanted = {*second, *second.values()}
    slow: list[tuple[int, ordinary.Problem]] = []
    builder = Builder(Pool.of(columns, [m for m in models if m.family == "ols"]))
    for shared in group_by_rows(columns, models):
        mine = {i: models[i] for i in shared.places}
        if not shared.mask.any():
            fits.failed |= {i: Failure("no_rows") for i in mine}
            continue
        linear = {i: model for i, model in mine.items() if model.family == "ols"}
        if linear:
            group, members = builder.group(shared, linear)
            failed = batch.refusals(group, members)
            solved, ill = batch.solve(
                group, members, [i for i in range(len(linear)) if i not in failed]
            )
            if solved is not None:
                _note(fits, plan, group, members, solved, settings, wanted)
            for i in ill:
                alone = batch.from_rows(builder, shared, group, members, i)
                if isinstance(alone, Failure):
                    failed[i] = alone
                    continue
                one, _ = batch.solve(*alone, [0])
                if one is not None:
                    _note(fits, plan, *alone, one, settings, wanted)
            fits.failed |= {members.place[i]: failure for i, failure in failed.items()}
        slow += _one_by_one(fits, plan, columns, np.flatnonzero(shared.mask), mine)
    _fit_slowly(fits, plan, slow, settings)
    _test_slowly(fits, plan, slow, settings)
    return multiply(fits, second, settings.level)


def _note(
    fits: Fits,
    plan: MultiversePlan,
    group: Group,
    members: Members,
    solved: Solved,
    settings: Settings,
    wanted: Collection[int],
) -> None:
    """Put the fits of one group into their places, with what the joint test needs of them."""
    place = np.array(members.place, dtype=np.intp)
    fitted, failed = batch.fit(group, solved)
    fits.failed |= {int(place[i]): failure for i, failure in failed.items()}
    at, df = place[fitted.keep], float(group.n_clusters - 1)
    half = t_quantile(settings.level, df) * fitted.se
    fits.coef[at], fits.se[at] = fitted.value, fitted.se
    fits.low[at], fits.high[at] = fitted.value - half, fitted.value + half
    fits.p[at] = 2 * special.stdtr(df, -np.abs((fitted.value - settings.null) / fitted.se))
    fits.n[at], fits.G[at], fits.k[at] = group.n, group.n_clusters, fitted.k
    kept = solved.part(np.isin(solved.keep, fitted.keep))
    fits.unit[at] = members.spread[fitted.keep] / members.unit[fitted.keep]
    fits.scores |= {int(i): c for i, c in zip(at, fitted.scores, strict=True) if i in wanted}
    errors = clustered("CR1", plan.cluster_word, group.n_clusters)
    for i in at:
        fits.method[i] = errors
    _prepare(fits, group, kept, at, np.full(at.size, settings.null), settings)


def _prepare(
    fits: Fits, group: Group, solved: Solved, at: Integers, null: Floats, settings: Settings
) -> None:
    """Keep what the joint test needs of the universes that it is to test."""
    tested = settings.tested[at]
    if settings.resamples and tested.any():
        task = Task(group, solved.part(tested), null[tested])
        fits.tasks.append((at[tested], pieces(task)))


def _one_by_one(
    fits: Fits, plan: MultiversePlan, columns: Columns, rows: Integers, models: Mapping[int, Model]
) -> list[tuple[int, ordinary.Problem]]:
    """Problems that need another family or CR2 errors."""
    found = []
    for i, model in models.items():
        if i in fits.failed or (model.family == "ols" and plan.errors == "CR1"):
            continue
        problem = ordinary.problem_of(columns, rows, model)
        if isinstance(problem, Failure):
            fits.failed[i] = problem
        else:
            found.append((i, problem))
    return found


@dataclass(frozen=True)
class Slow:
    """Some universes for one worker."""

    problems: tuple[ordinary.Problem, ...]
    level: float
    word: str


def fit_block(work: Slow) -> list[tuple[Tidy, float] | Failure]:
    """Fit some universes one by one; a worker's task."""
    return [ordinary.fit_one(problem, work.level, work.word) for problem in work.problems]


def _fit_slowly(
    fits: Fits,
    plan: MultiversePlan,
    slow: Sequence[tuple[int, ordinary.Problem]],
    settings: Settings,
) -> None:
    parts = [slow[i : i + ORDINARY_BLOCK] for i in range(0, len(slow), ORDINARY_BLOCK)]
    work = [
        Slow(tuple(problem for _, problem in part), settings.level, plan.cluster_word)
        for part in parts
    ]
    blocks = run_blocks(fit_block, work, jobs=settings.jobs, scheduler=settings.scheduler)
    results = [result for block in blocks for result in block]
    for (i, problem), result in zip(slow, results, strict=True):
        if isinstance(result, Failure):
            fits.failed[i] = result
            continue
        tidy, spread = result
        fits.coef[i], fits.low[i], fits.high[i] = tidy.value, tidy.ci_low, tidy.ci_high
        fits.se[i], fits.p[i], fits.n[i], fits.G[i] = tidy.se, tidy.p, tidy.n, tidy.n_clusters
        fits.k[i], fits.method[i] = problem.X.shape[1], tidy.method
        if problem.family != "ols":
            fits.unit[i] = problem.X[problem.x].std() / problem.unit / spread


def _test_slowly(
    fits: Fits,
    plan: MultiversePlan,
    slow: Sequence[tuple[int, ordinary.Problem]],
    settings: Settings,
) -> None:
    """Universes of other families take part in the joint test by their scores under the null."""
    for i, problem in slow:
        if problem.family == "ols" or i in fits.failed or not settings.resamples:
            continue
        made = ordinary.at_the_null(problem, settings.null, plan.cluster_word)
        if isinstance(made, Failure):
            continue
        solved, _ = batch.solve(*made, [0])
        if solved is not None:
            at = np.array([i], dtype=np.intp)
            _prepare(fits, made[0], solved, at, np.zeros(1), settings)
