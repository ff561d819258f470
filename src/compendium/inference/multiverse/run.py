"""One multiverse from its plan and prepared columns: every universe fitted, then tested jointly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.inference.multipliers import Multipliers
from compendium.inference.multiverse import joint
from compendium.inference.multiverse.batch import Failure
from compendium.inference.multiverse.columns import Columns
from compendium.inference.multiverse.fits import fit_all
from compendium.inference.multiverse.results import Fits, Settings
from compendium.inference.multiverse.universes import Universe, expand
from compendium.inference.workers import Progress, run_blocks
from compendium.plan.multiverse import MEAN, MultiversePlan
from compendium.plan.types import Test
from compendium.stats.checks import LEVEL, check_level
from compendium.stats.method import Method
from compendium.stats.tidy import Tidy

Floats = NDArray[np.float64]

NOT_RUN = "not run"
STRESS = "stress"


@dataclass(frozen=True, eq=False)
class Multiverse:
    """All universes of one test.

    Attributes
    ----------
    frame
        One row a universe: `universe`, `main` (0/1), `admissibility`, `choice:<decision>`; `value`,
        `ci_low`, `ci_high` in the unit of the curve; `own`, `own_low`, `own_high` in that of the
        test's estimate; `effect`, the coefficient behind `value`; `p` against the predicate's
        bound, `n`, `n_clusters`, `k`, `outcome` of the predicate ("not run" where not fitted),
        `reason` and `detail` of a failure, and `method`.
    joint
        Median effect, share significant in the predicted direction and Stouffer's z, each with its
        p-value; empty where fewer than two universes could be tested or nothing was resampled.
    level
        Of the intervals.
    """

    plan: MultiversePlan
    test: Test
    frame: pd.DataFrame
    joint: tuple[Tidy, ...]
    level: float

    @property
    def counted(self) -> pd.DataFrame:
        """Universes that count: fitted, and not a stress test."""
        fitted = self.frame["reason"] == ""
        return self.frame[fitted & (self.frame["admissibility"] != STRESS)]

    @property
    def failed(self) -> pd.DataFrame:
        """Universes that could not be fitted."""
        return self.frame[self.frame["reason"] != ""]

    @property
    def main(self) -> Any:
        """The article's own universe."""
        return next(self.frame[self.frame["main"] == 1].itertuples())


def run_multiverse(
    plan: MultiversePlan,
    test: Test,
    frame: pd.DataFrame,
    *,
    level: float = LEVEL,
    resamples: int = 0,
    seed: int = 0,
    jobs: int = 1,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> Multiverse:
    """Fit every universe of a plan and test them jointly.

    Parameters
    ----------
    plan, test
        The multiverse and the test it varies; the predicate says what is predicted.
    frame
        Prepared columns, one row a unit of observation.
    level
        Of the intervals, before `plan.tests_in_family` widens them.
    resamples, seed
        Of the joint test; 0 resamples leave it out.
    jobs, scheduler, progress
        As for `run_blocks`; no result depends on them.

    Raises
    ------
    UserError
        A column of the plan that the frame does not have, a missing cluster, a negative weight,
        fewer than 0 resamples.

    Notes
    -----
    A universe that can't be fitted keeps its row, with the reason. Blind spot: universes share
    data, so that their number is no number of studies; and a multiverse holds only what its author
    thought of.
    """
    if resamples < 0:
        raise UserError("resamples can't be negative", "use 500, or 0 for none", value=resamples)
    widened = 1 - (1 - check_level(level)) / plan.tests_in_family
    universes, columns = expand(plan), Columns.of(frame, plan.cluster)
    settings = Settings(
        widened, null_of(test), _tested(universes), resamples, seed, jobs, scheduler, progress
    )
    fits = fit_all(plan, universes, columns, settings)
    if plan.unit == "own":
        fits.unit[:] = 1.0
    table = _table(plan, test, universes, fits)
    lines: tuple[Tidy, ...] = ()
    if resamples:
        lines = _test_jointly(plan, test, fits, columns.n_clusters, settings)
    return Multiverse(plan, test, table, lines, widened)


def _tested(universes: Sequence[Universe]) -> NDArray[np.bool_]:
    """Which universes and second equations of products the joint test counts."""
    count = [u.admissibility != STRESS and u.model.mediator is None for u in universes]
    second = sum(u.model.mediator is not None for u in universes)
    return np.array([*count, *([False] * second)])


def null_of(test: Test) -> float:
    """Coefficient at the predicate's bound; of a ratio its log."""
    bound = test.predicate.low
    return log(bound) if test.scale == "ratio" else bound


def orientation(test: Test) -> int:
    """1 where the test predicts something greater than its bound, -1 where less."""
    return 1 if test.predicate.kind == "greater_than" else -1


def _table(
    plan: MultiversePlan, test: Test, universes: Sequence[Universe], fits: Fits
) -> pd.DataFrame:
    shown = np.exp if test.scale == "ratio" else np.asarray
    parts = (("", fits.coef), ("low", fits.low), ("high", fits.high))
    own = {"_".join(filter(None, ("own", name))): shown(values) for name, values in parts}
    curve = {f"ci_{name}" if name else "value": shown(v * fits.unit) for name, v in parts}
    choices = {
        f"choice:{d.id}": [f"{d.id}:{u.choices[d.id]}" for u in universes] for d in plan.decisions
    }
    failures = [fits.failed.get(i, Failure("")) for i in range(len(universes))]
    table = pd.DataFrame(
        {
            "universe": [u.name for u in universes],
            "main": [int(u.main) for u in universes],
            "admissibility": [u.admissibility for u in universes],
            **choices,
            **curve,
            **own,
            "effect": fits.coef * fits.unit,
            "p": fits.p,
            "n": fits.n,
            "n_clusters": fits.G,
            "k": fits.k,
            "reason": [failure.reason for failure in failures],
            "detail": [failure.detail for failure in failures],
            "method": [_method(u, how) for u, how in zip(universes, fits.method, strict=True)],
        }
    )
    return table.assign(outcome=_outcomes(test, table))


def _outcomes(test: Test, table: pd.DataFrame) -> list[str]:
    rows = table[["own", "own_low", "own_high", "reason"]].itertuples(index=False)
    return [
        NOT_RUN
        if row.reason
        else test.predicate.judge(
            SimpleNamespace(value=row.own, ci_low=row.own_low, ci_high=row.own_high)
        )
        for row in rows
    ]


def _method(universe: Universe, found: Method) -> Method:
    """What was done; universes that were fitted many at once know their errors alone."""
    model = universe.model
    if found.codes[:1] != ("clustered",):
        return found
    if model.predictor == MEAN:
        method = Method.of("mean_wls" if model.weights else "mean_ols")
    else:
        method = Method.of("weighted_ls" if model.weights else "ols")
    if model.fixed_effects:
        method = method.also("fixed_effects_of", of=model.fixed_effects)
    return method.also(found)


def _test_jointly(
    plan: MultiversePlan, test: Test, fits: Fits, n_clusters: int, settings: Settings
) -> tuple[Tidy, ...]:
    blocks = [block for _, parts in fits.tasks for block in parts]
    place = np.concatenate([np.zeros(0, dtype=np.intp), *(at for at, _ in fits.tasks)])
    if place.size < 2:
        return ()
    sign, unit = orientation(test), fits.unit[place][:, None]
    df = np.concatenate([np.full(len(b.s), b.clusters.size - 1.0) for b in blocks])
    G = int(df.max()) + 1
    drawn = joint.weights_for(n_clusters, G, settings.resamples, settings.seed)

    def told(effect: Floats, t: Floats) -> Floats:
        return joint.statistics(sign * effect * unit, sign * t, df, settings.level)

    t = np.concatenate([joint.observed(block) for block in blocks])
    found = told(fits.coef[place][:, None] - settings.null, t)[:, 0]
    under_null = [told(effect, t) for effect, t in _resampled(blocks, drawn, place.size, settings)]
    p = joint.p_values(found, np.concatenate(under_null, axis=1), drawn.complete)
    values = _in_unit(plan, test, found, settings.null)
    method = Method.of("multiverse", n=place.size)
    method = method.then("wild_universes", by=plan.cluster_word, G=G).also("null_in_each")
    method = method.also(drawn.method).also("same_draws").then("one_sided")
    return joint.lines(values, p, method, place.size, G)


def _resampled(
    blocks: Sequence[joint.Pieces], drawn: Multipliers, universes: int, settings: Settings
) -> Iterator[tuple[Floats, Floats]]:
    """Effects and t statistics of all universes, a chunk of the draws at a time."""
    chunks = joint.draw_chunks(universes, drawn.draws)
    total = len(chunks) * len(blocks)
    for number, chunk in enumerate(chunks):
        V = joint.as_floats(drawn, chunk)
        work = [(block, V) for block in blocks]
        pairs = run_blocks(
            joint.resample,
            work,
            jobs=settings.jobs,
            scheduler=settings.scheduler,
            progress=_shifted(settings.progress, number * len(blocks), total),
        )
        yield (
            np.concatenate([effect for effect, _ in pairs]),
            np.concatenate([t for _, t in pairs]),
        )


def _shifted(progress: Progress | None, done: int, total: int) -> Progress | None:
    if progress is None:
        return None
    return lambda here, _: progress(done + here, total)


def _in_unit(plan: MultiversePlan, test: Test, found: Floats, null: float) -> Floats:
    """Put the median where the curve has it; the other statistics have no unit."""
    median = orientation(test) * found[0] + (null if plan.unit == "own" else 0.0)
    return np.array([np.exp(median) if test.scale == "ratio" else median, *found[1:]])
