"""The tests on shipped facts: a parametric bootstrap from the fitted models of notebook 03.

Each model draws samples like the observed one, with the same list sizes, terms and provinces, from
a truth that is set; the answer is that of the function which the notebook calls. Copies of the
observed rows, with clusters of their own, stand for a larger collection of the same kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import NDArray
from scipy import optimize, special

from compendium.errors import UserError
from compendium.inference.least_squares import Answers
from compendium.stats.binomial import LOGIT_RHO, beta_binomial
from compendium.stats.bounds import named_bounds
from compendium.stats.design import INTERCEPT, design
from compendium.stats.dirichlet import dirichlet_multinomial
from compendium.stats.fitted import fit, read
from compendium.stats.marginal import average_share
from compendium.stats.means import mean_difference
from compendium.stats.meta_analysis import logit_shares, random_effects
from compendium.stats.proportions import binomial_interval, pooled_share
from compendium.stats.tidy import Tidy
from grassroots import accountability as acc
from grassroots import messages as ms

Floats = NDArray[np.float64]
Load = Callable[[str], pd.DataFrame]

BELOW = "below_county"
PHASES = len(acc.PHASES)


@dataclass(frozen=True, eq=False)
class ObservedTest:
    """One test's model and answer strategy.

    Attributes
    ----------
    fitted
        The truth that the model fitted to the observed data implies.
    clusters
        Clusters, or independent units, of the observed data.
    draw
        Generator, truth and copies to a sample.
    answer
        Sample and level to an estimate, by the notebook's function.
    """

    fitted: float
    clusters: int
    draw: Callable[[np.random.Generator, float, int], Any]
    answer: Callable[[Any, float], Tidy]

    def answers(
        self, rng: np.random.Generator, truth: float, copies: int, samples: int, level: float
    ) -> Answers:
        """Answers in so many samples; nan where the function refused the sample."""
        lines = [self._one(rng, truth, copies, level) for _ in range(samples)]
        columns = ("value", "se", "ci_low", "ci_high")
        return Answers(*(np.array([getattr(line, name) for line in lines]) for name in columns))

    def _one(self, rng: np.random.Generator, truth: float, copies: int, level: float) -> Tidy:
        sample = self.draw(rng, truth, copies)
        try:
            return self.answer(sample, level)
        except UserError:
            return Tidy("failed", np.nan)


def observed_test(test: str, load: Load) -> ObservedTest:
    """Fit the model of one test and return it with the answer strategy.

    Parameters
    ----------
    load
        Table by name, as `Study.load`.

    Raises
    ------
    UserError
        No model is written for the test.
    """
    if test not in BUILDERS:
        raise UserError(
            "no model is written for this test", f"use one of {', '.join(BUILDERS)}", value=test
        )
    return BUILDERS[test](load)


def _incidents(load: Load) -> pd.DataFrame:
    return acc.version_1(load("incidents"), load("incidents_v1"))


def _listed(load: Load) -> pd.DataFrame:
    return acc.fully_listed(_incidents(load))


def _notices(load: Load, group: str | None = None) -> pd.DataFrame:
    listed = _listed(load)
    rows = listed[listed["sanction_kind"] == "early_notice"]
    return (rows if group is None else rows[rows["group"] == group]).reset_index(drop=True)


def _failures(load: Load) -> pd.DataFrame:
    return acc.named_failures(_incidents(load))


def _final(load: Load) -> pd.DataFrame:
    failures = _failures(load)
    return failures[failures["sanction_kind"] == "final_report"]


def _first_named(load: Load) -> ObservedTest:
    failures = _failures(load)
    first = failures.loc[failures["phases_named"] > 0, "first_named"]
    return _named(first.isin(acc.BEFORE_EVENT).to_numpy())


def _reach(seen: NDArray[np.bool_]) -> ObservedTest:
    """Independent incidents, each with the same chance."""

    def draw(rng: np.random.Generator, truth: float, copies: int) -> tuple[int, int]:
        n = copies * len(seen)
        return int(rng.binomial(n, truth)), n

    def answer(sample: tuple[int, int], level: float) -> Tidy:
        return binomial_interval(*sample, level)

    return ObservedTest(float(seen.mean()), len(seen), draw, answer)


def _named(seen: NDArray[np.bool_]) -> ObservedTest:
    """Findings of which only so many are named as were: all of them where the truth is rarer."""
    share = float(seen.mean())

    def draw(rng: np.random.Generator, truth: float, copies: int) -> NDArray[np.bool_]:
        there = rng.random(copies * len(seen)) < truth
        return there & (rng.random(len(there)) < min(1.0, share / truth))

    def answer(named: NDArray[np.bool_], level: float) -> Tidy:
        return named_bounds(named, level=level, name="incident").tidy

    return ObservedTest(share, len(seen), draw, answer)


def _beta_counts(
    rng: np.random.Generator, mean: Floats, rho: float, persons: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Beta-binomial counts; plain binomial ones where rho is 0."""
    chance = mean
    if rho > 0:
        precision = (1 - rho) / rho
        chance = rng.beta(mean * precision, (1 - mean) * precision)
    return rng.binomial(persons, chance)


def _pooled(notices: pd.DataFrame) -> ObservedTest:
    """Beta-binomial lists of the observed lengths."""
    persons = notices["sanctioned"].to_numpy()
    intercept = pd.DataFrame({INTERCEPT: np.ones(len(notices))})
    fitted = beta_binomial(notices["township_or_below"].to_numpy(), persons, intercept)
    mean, rho = float(special.expit(fitted.fit.beta[0])), fitted.rho.value

    def draw(rng: np.random.Generator, truth: float, copies: int) -> tuple[Any, Any]:
        n = np.tile(persons, copies)
        return _beta_counts(rng, np.full(len(n), truth), rho, n), n

    def answer(sample: tuple[Any, Any], level: float) -> Tidy:
        return pooled_share(*sample, np.arange(len(sample[0])), level, name="incident")

    return ObservedTest(mean, len(notices), draw, answer)


def _adjusted(notices: pd.DataFrame, terms: pd.DataFrame) -> ObservedTest:
    """The beta-binomial regression, its intercept moved until the mean share is the truth."""
    persons = notices["sanctioned"].to_numpy()
    fitted = beta_binomial(notices["township_or_below"], persons, terms)
    beta = fitted.fit.beta[: terms.shape[1]]
    line = terms.to_numpy(dtype=float) @ beta
    rho = fitted.rho.value if LOGIT_RHO in fitted.fit.terms else 0.0

    def draw(rng: np.random.Generator, truth: float, copies: int) -> tuple[Any, Any, pd.DataFrame]:
        shift = _shift(line, truth)
        n = np.tile(persons, copies)
        x = _beta_counts(rng, np.tile(special.expit(line + shift), copies), rho, n)
        return x, n, pd.concat([terms] * copies, ignore_index=True)

    def answer(sample: tuple[Any, Any, pd.DataFrame], level: float) -> Tidy:
        return average_share(beta_binomial(*sample, level=level).fit, sample[2])

    return ObservedTest(float(special.expit(line).mean()), len(notices), draw, answer)


def _shift(line: Floats, mean: float) -> float:
    """What to add to each logit so that the shares have this mean."""
    farthest = float(np.abs(line).max() + np.abs(special.logit(mean)))
    root = optimize.brentq(
        lambda shift: special.expit(line + shift).mean() - mean, -farthest, farthest, xtol=1e-12
    )
    return float(root)


def _ranks(inspections: pd.DataFrame) -> dict[str, ObservedTest]:
    """Dirichlet-multinomial provinces of the observed totals, three answers to one sample.

    The truth is the mean share below county rank. Random effects on the logit scale estimate
    another mean, that of the typical province, which follows from the same Dirichlet.
    """
    ranks = list(acc.INSPECTION_RANKS)
    joint = dirichlet_multinomial(inspections[ranks])
    share = np.array([line.value for line in joint.shares])
    precision = 1 / joint.rho.value - 1
    persons = inspections["persons_total"].to_numpy()
    place = ranks.index(BELOW)

    def draw(rng: np.random.Generator, truth: float, copies: int) -> pd.DataFrame:
        mean = share * (1 - truth) / (1 - share[place])
        mean[place] = truth
        n = np.tile(persons, copies)
        chances = rng.dirichlet(mean * precision, len(n))
        return pd.DataFrame(rng.multinomial(n, chances), columns=ranks)

    def of_typical(rng: np.random.Generator, truth: float, copies: int) -> pd.DataFrame:
        return draw(rng, _mean_of_typical(truth, precision), copies)

    def pooled(counts: pd.DataFrame, level: float) -> Tidy:
        return pooled_share(counts[BELOW], counts.sum(axis=1), counts.index, level, name="province")

    def typical(counts: pd.DataFrame, level: float) -> Tidy:
        logits = logit_shares(counts[BELOW], counts.sum(axis=1), counts.index)
        return random_effects(logits, level, term=BELOW).mean

    def together(counts: pd.DataFrame, level: float) -> Tidy:
        shares = dirichlet_multinomial(counts, level=level).shares
        return next(line for line in shares if line.term == BELOW)

    G, fitted = len(inspections), float(share[place])
    return {
        "C3.rank_inspection": ObservedTest(fitted, G, draw, pooled),
        "C3.rank_random_effects": ObservedTest(_typical(fitted, precision), G, of_typical, typical),
        "C3.rank_dirichlet": ObservedTest(fitted, G, draw, together),
    }


def _typical(mean: float, precision: float) -> float:
    """Share at the mean logit of a beta distribution."""
    return float(special.expit(special.psi(mean * precision) - special.psi((1 - mean) * precision)))


def _mean_of_typical(typical: float, precision: float) -> float:
    root = optimize.brentq(lambda m: _typical(m, precision) - typical, 1e-3, 1 - 1e-3, xtol=1e-12)
    return float(root)


def _officials(officials: pd.DataFrame) -> ObservedTest:
    """Negative binomial counts with the observed terms; provinces have no effect of their own."""
    from statsmodels.discrete.discrete_model import NegativeBinomial

    terms = acc.officials_terms(officials)
    fitted = fit(NegativeBinomial(officials["officials"], terms), officials["province"])
    X, (*slopes, alpha) = terms.to_numpy(dtype=float), fitted.params
    beta = np.array(slopes)
    place = list(terms.columns).index("higher_level")
    provinces, _ = pd.factorize(officials["province"])
    G = int(provinces.max()) + 1

    def draw(rng: np.random.Generator, truth: float, copies: int) -> tuple[Any, Any, Any]:
        moved = beta.copy()
        moved[place] = np.log(truth)
        mu = np.tile(np.exp(X @ moved), copies)
        y = rng.poisson(mu * rng.gamma(1 / alpha, alpha, len(mu)))
        clusters = np.concatenate([provinces + G * copy for copy in range(copies)])
        return y, pd.concat([terms] * copies, ignore_index=True), clusters

    def answer(sample: tuple[Any, Any, Any], level: float) -> Tidy:
        y, columns, clusters = sample
        return read(fit(NegativeBinomial(y, columns), clusters), level).ratio("higher_level")

    return ObservedTest(float(np.exp(beta[place])), G, draw, answer)


def _phases(failures: pd.DataFrame) -> ObservedTest:
    """Each of the four phases named with the same chance, which differs between the groups."""
    named = failures["coordination_failure"].to_numpy(dtype=bool)
    phases = failures["phases_named"].to_numpy()
    others, sizes = float(phases[~named].mean()), (int(named.sum()), int((~named).sum()))

    def draw(rng: np.random.Generator, truth: float, copies: int) -> tuple[Any, Any]:
        means = (others + truth, others)
        one, two = (
            rng.binomial(PHASES, mean / PHASES, copies * n)
            for mean, n in zip(means, sizes, strict=True)
        )
        return one, two

    def answer(sample: tuple[Any, Any], level: float) -> Tidy:
        return mean_difference(*sample, level=level)

    return ObservedTest(float(phases[named].mean()) - others, len(phases), draw, answer)


def _months(test: str, load: Load) -> ObservedTest:
    """The linear model as fitted, residuals of whole months under random signs."""
    one = ms.hypothesis(test, load("messages"))
    X, term, y = one.X, one.term, np.asarray(one.y)
    matrix = X.to_numpy(dtype=float)
    beta = np.linalg.lstsq(matrix, y, rcond=None)[0]
    residual = y - matrix @ beta
    place = list(X.columns).index(term)
    months, names = pd.factorize(pd.Series(one.cluster))
    G = len(names)

    def draw(rng: np.random.Generator, truth: float, copies: int) -> tuple[Any, Any, Any]:
        moved = beta.copy()
        moved[place] = truth
        clusters = np.concatenate([months + G * copy for copy in range(copies)])
        signs = rng.choice([-1.0, 1.0], G * copies)[clusters]
        y = np.tile(matrix @ moved, copies) + np.tile(residual, copies) * signs
        return y, pd.concat([X] * copies, ignore_index=True), clusters

    def answer(sample: tuple[Any, Any, Any], level: float) -> Tidy:
        y, X, clusters = sample
        how = {"cov_type": "cluster", "cov_kwds": {"groups": clusters}, "use_t": True}
        return _slope(sm.OLS(y, X).fit(**how), term, level)

    return ObservedTest(float(beta[place]), G, draw, answer)


def _slope(fit: Any, term: str, level: float) -> Tidy:
    low, high = fit.conf_int(1 - level).loc[term]
    return Tidy(term, fit.params[term], fit.bse[term], low, high, level, n=int(fit.nobs))


def _below(load: Load) -> ObservedTest:
    """Answers that name a township by the chance of their source, more or fewer where on a risk."""
    rows = ms.answers(load("messages"))
    X = design(rows, ["risk", "source"])
    beta = np.linalg.lstsq(X.to_numpy(dtype=float), rows["acting_township"].to_numpy(), rcond=None)[
        0
    ]
    place, matrix = list(X.columns).index("risk"), X.to_numpy(dtype=float)

    def draw(rng: np.random.Generator, truth: float, copies: int) -> tuple[Any, Any]:
        moved = beta.copy()
        moved[place] = truth
        chance = np.clip(np.tile(matrix @ moved, copies), 0, 1)
        y = (rng.random(len(chance)) < chance).astype(float)
        return y, pd.concat([X] * copies, ignore_index=True)

    def answer(sample: tuple[Any, Any], level: float) -> Tidy:
        fit = sm.OLS(sample[0], sample[1]).fit(cov_type="HC1", use_t=True)
        return _slope(fit, "risk", level)

    return ObservedTest(float(beta[place]), len(rows), draw, answer)


def _rank(test: str, load: Load) -> ObservedTest:
    return _ranks(acc.inspection_ranks(load("inspection_accountability")))[test]


BUILDERS: Mapping[str, Callable[[Load], ObservedTest]] = {
    "C1.front_line": lambda load: _reach((_listed(load)["township_or_below"] > 0).to_numpy()),
    "C1.fails_first": _first_named,
    "C3.tier_epidemic": lambda load: _pooled(_notices(load, "epidemic")),
    "C3.tier_other": lambda load: _pooled(_notices(load, "other")),
    "C3.tier_adjusted": lambda load: _adjusted(
        _notices(load), acc.tier_terms(_notices(load), _incidents(load))
    ),
    "C3.rank_inspection": partial(_rank, "C3.rank_inspection"),
    "C3.rank_random_effects": partial(_rank, "C3.rank_random_effects"),
    "C3.rank_dirichlet": partial(_rank, "C3.rank_dirichlet"),
    "C1.risk_lands_below": _below,
    "C5.load_mailbox": partial(_months, "load_mailbox"),
    "C5.load_messages": partial(_months, "load_messages"),
    "C6.several_departments": partial(_months, "several_departments"),
    "C4.sanctions_from_above": lambda load: _officials(acc.officials_sanctioned(_incidents(load))),
    "C6.duty_unclear": lambda load: _named(_final(load)["duty_unclear"].to_numpy()),
    "C6.line_block": lambda load: _named(_final(load)["duty_or_coordination"].to_numpy()),
    "C7.phases": lambda load: _phases(_failures(load).query("any_named")),
}
"""Model and answer strategy of each test, fitted when asked for."""
