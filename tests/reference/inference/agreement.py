"""The agreement table: what is computed here against other software, on the stored data.

`python tests/reference/inference/agreement.py` writes agreement.csv and agreement.md beside it; the
tests check that every difference is within its tolerance and that the files are current.
"""

import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, log10
from pathlib import Path

import numpy as np
import pandas as pd
from statsmodels.stats.multitest import multipletests

from compendium.inference.cluster_shape import cluster_shape
from compendium.inference.multipliers import multipliers
from compendium.inference.romano_wolf import Hypothesis, drawn_statistics, step_down
from compendium.inference.rows import kept_codes, kept_rows
from compendium.inference.wild import draw, term_last, wild_cluster_bootstrap, wild_problem
from compendium.stats.design import design

ADJUSTMENTS = {
    "bonferroni": ("bonferroni", "Bonferroni"),
    "holm": ("holm", "Holm"),
    "hochberg": ("simes-hochberg", "Hochberg"),
    "bh": ("fdr_bh", "Benjamini-Hochberg"),
    "by": ("fdr_by", "Benjamini-Yekutieli"),
}
"""Adjustments as R names them: statsmodels' name and the word."""
FOLDER = Path(__file__).parent

ROUNDING = 1e-9
"""Tolerance, relative, where both sides compute the same thing."""
EXACT = 0.0
"""Counts of the same patterns: nothing may differ."""
STEPS = 1e-5
"""Tolerance, relative, where the reference differentiates numerically."""
ERRORS = 4.0
"""Tolerance in Monte Carlo errors where draws differ."""
FLOOR = 1e-12
"""Differences below this are rounding that machines differ in; the table says so."""


@dataclass(frozen=True)
class Row:
    """One line of the table; `difference` in the unit of `tolerance`."""

    method: str
    reference: str
    what: str
    unit: str
    difference: float
    tolerance: float

    @property
    def shown(self):
        """The difference as the files have it: no more of it than machines share."""
        if self.unit == "Monte Carlo errors":
            return f"{self.difference:.1f}"
        if self.difference <= FLOOR:
            return "0" if self.tolerance == EXACT else f"< {FLOOR:.0e}"
        return f"< 1e{ceil(log10(self.difference)):+03d}"


def wild_t_statistics(y, X, cluster, term, V, *, null_imposed=True):
    """The CR1 t statistic of a zero and that of each draw, for given weights."""
    rows = kept_rows(y, X, None, cluster)
    codes, labels = kept_codes(cluster, rows)
    problem = wild_problem(term_last(rows.y, rows.X, rows.terms, codes, len(labels), term))
    return problem.t(0.0), draw(problem, V, 0.0, null_imposed=null_imposed).t(0.0)


def adjusted_p(family, draws=1999):
    """Romano and Wolf's p-values of a family, patterns listed where they are few."""
    found = drawn_statistics(family, seed=1, draws=draws)
    return step_down(found.t, found.t_star, among=found.weights.complete)


def stored(name):
    return json.loads((FOLDER / name).read_text("utf-8"))


def data():
    return pd.read_csv(FOLDER / "data" / "clustered.csv", encoding="utf-8")


def relative(ours, theirs):
    ours, theirs = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
    return float(np.max(np.abs(ours - theirs) / np.abs(theirs)))


def absolute(ours, theirs):
    return float(np.max(np.abs(np.asarray(ours, dtype=float) - np.asarray(theirs, dtype=float))))


def monte_carlo(ours, theirs, draws, their_draws):
    """Largest difference of two drawn shares in its standard errors."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    p = np.clip((ours + theirs) / 2, 1 / their_draws, None)
    return float(
        np.max(np.abs(ours - theirs) / np.sqrt(p * (1 - p) * (1 / draws + 1 / their_draws)))
    )


def shapes():
    d = data()
    X = design(d, ["x", "treated"])
    for shape in stored("robust.json")["shape"]:
        found = cluster_shape(d["y"], X, d["place"], shape["term"])
        table = found.table.sort_values("cluster")
        difference = max(
            relative(table["leverage"], shape["leverage"]),
            relative(table["partial_leverage"], shape["partial"]),
            relative([found.effective, found.effective_alike], [shape["G_0"], shape["G_1"]]),
        )
        yield Row(
            "effective clusters, leverage",
            "R, from the definition, n by n",
            shape["term"],
            "relative",
            difference,
            ROUNDING,
        )


def wild():
    d, packages = data(), stored("python_packages.json")
    X, patterns = design(d, ["x", "treated"]), multipliers(12, 4096, "rademacher", 1)
    for term, forms in packages["wildboottest"].items():
        for form, theirs in forms.items():
            imposed = form == "WCR"
            t, drawn = wild_t_statistics(
                d["y"], X, d["place"], term, patterns, null_imposed=imposed
            )
            difference = max(
                absolute(t, theirs["t"]),
                absolute(np.sort(drawn)[::64], theirs["t_star_every_64th"]),
            )
            yield Row(
                form,
                "wildboottest",
                f"t and t* of 4,096 patterns, {term}",
                "absolute",
                difference,
                ROUNDING,
            )
            extreme = (np.abs(drawn) >= abs(t) * (1 - 1e-10)).mean()
            yield Row(
                form,
                "wildboottest",
                f"share of patterns as extreme, {term}",
                "absolute",
                absolute(extreme, theirs["p"]),
                EXACT,
            )
    for term, theirs in packages["pyfixest"]["wild"].items():
        p = wild_cluster_bootstrap(
            d["y"], X, d["place"], term, seed=1, draws=9999, interval=False
        ).p
        yield Row(
            "WCR",
            "pyfixest wildboottest",
            f"p over 4,096 patterns, {term}",
            "absolute",
            absolute(p, theirs),
            EXACT,
        )
    yield from published_t()
    yield from refits()


def published_t():
    """fwildclusterboot's t*, as published with wildboottest; the data are made as they made them."""
    make = np.random.RandomState(12312)
    X = make.normal(0, 1, 30_000).reshape(10_000, 3)
    X[:, 0] = 1
    beta = make.normal(0, 1, 3)
    beta[1] = 0.005
    y = X @ beta + make.normal(0, 1, 10_000)
    cluster = make.choice(list(range(5)), 10_000)
    frame = pd.DataFrame(X, columns=["(intercept)", "X1", "X2"])
    theirs = pd.read_csv(FOLDER / "fwildclusterboot.csv", encoding="utf-8")
    unit = np.sqrt(5 / 4 * 9_999 / 9_997)
    for form, imposed in (("WCR", True), ("WCU", False)):
        patterns = multipliers(5, 32, "rademacher", 1)
        drawn = wild_t_statistics(y, frame, cluster, "X1", patterns, null_imposed=imposed)[1]
        difference = absolute(np.sort(drawn) * unit, np.sort(theirs[f"{form}11"]))
        yield Row(
            form,
            "fwildclusterboot (published)",
            "t* of 32 patterns, 10,000 rows",
            "absolute",
            difference,
            ROUNDING,
        )


def few():
    d = data()
    d = d[d["place"].isin(sorted(d["place"].unique())[:8])].reset_index(drop=True)
    return d, design(d, ["x", "treated"])


def refits():
    d, X = few()
    theirs, patterns = stored("resampling.json")["wild"], multipliers(8, 256, "rademacher", 1)
    for form, imposed, star in (
        ("WCR", True, np.array(theirs["t_star"])[:, 0]),
        ("WCU", False, theirs["unrestricted"]),
    ):
        t, drawn = wild_t_statistics(d["y"], X, d["place"], "x", patterns, null_imposed=imposed)
        difference = max(absolute(t, theirs["t"][0]), absolute(np.sort(drawn), np.sort(star)))
        yield Row(
            form,
            "R, lm and vcovCL for each draw",
            "t and t* of 256 patterns",
            "absolute",
            difference,
            ROUNDING,
        )
    p = wild_cluster_bootstrap(
        d["y"], X, d["place"], "x", seed=1, p_value="equal-tailed", interval=False
    ).p
    yield Row(
        "WCR",
        "R, lm and vcovCL for each draw",
        "equal-tailed p",
        "absolute",
        absolute(p, theirs["equal_tailed"]),
        EXACT,
    )


def families():
    d, X = few()
    theirs = stored("resampling.json")["wild"]
    t, star = np.array(theirs["t"]), np.array(theirs["t_star"])
    family = {name: Hypothesis(d[name], X, d["place"], "x") for name in ("y", "hit", "events")}
    ours = adjusted_p(family)
    yield Row(
        "Romano-Wolf",
        "R, lm and vcovCL for each draw",
        "p of 3 tests over 256 patterns",
        "absolute",
        absolute(ours, theirs["romano_wolf"]),
        EXACT,
    )
    yield Row(
        "Romano-Wolf",
        "R, step-down on the same t*",
        "p of 3 tests",
        "absolute",
        absolute(step_down(t, star, among=True), theirs["romano_wolf"]),
        EXACT,
    )
    many, drawn = _many_clusters(), stored("python_packages.json")["monte_carlo"]
    Xm, draws = design(many, ["x"]), 9999
    family = {f"y{i}": Hypothesis(many[f"y{i}"], Xm, many["g"], "x") for i in range(3)}
    p = [
        wild_cluster_bootstrap(h.y, Xm, h.cluster, "x", seed=1, draws=draws, interval=False).p
        for h in family.values()
    ]
    yield Row(
        "WCR",
        "pyfixest wildboottest",
        "p of 3 tests, 40 clusters, drawn",
        "Monte Carlo errors",
        monte_carlo(p, drawn["wild"], draws, drawn["reps"]),
        ERRORS,
    )
    p = adjusted_p(family, draws)
    yield Row(
        "Romano-Wolf",
        "pyfixest rwolf",
        "p of 3 tests, 40 clusters, drawn",
        "Monte Carlo errors",
        monte_carlo(p, drawn["rwolf"], draws, drawn["rwolf_reps"]),
        ERRORS,
    )


def adjusted():
    path = FOLDER.parent / "models" / "survey_linear.json"
    theirs = json.loads(path.read_text("utf-8"))["adjust"]
    p = np.array(theirs["p"], dtype=float)
    known = ~np.isnan(p)
    for method, (ours, words) in ADJUSTMENTS.items():
        found = multipletests(p[known], method=ours)[1]
        difference = relative(found, np.array(theirs[method], dtype=float)[known])
        yield Row(
            words, "R p.adjust", "p of 9 tests and one missing", "relative", difference, ROUNDING
        )


def _many_clusters():
    sys.path.insert(0, str(FOLDER))
    from python_packages import many_clusters

    return many_clusters()


def rows() -> Iterator[Row]:
    for part in (shapes, wild, adjusted, families):
        yield from part()


def tables(found):
    """The same table as CSV and as Markdown."""
    lines = [(r.method, r.reference, r.what, r.unit, r.shown, f"{r.tolerance:g}") for r in found]
    head = ("method", "reference", "what", "unit", "largest difference", "tolerance")
    quoted = [
        ",".join(f'"{cell}"' if "," in cell else cell for cell in line) for line in [head, *lines]
    ]
    marked = ["| " + " | ".join(line) + " |" for line in [head, ("---",) * len(head), *lines]]
    return {"agreement.csv": "\n".join(quoted) + "\n", "agreement.md": "\n".join(marked) + "\n"}


def main() -> None:
    found = list(rows())
    for name, text in tables(found).items():
        (FOLDER / name).write_text(text, encoding="utf-8", newline="\n")
    beyond = [row for row in found if row.difference > row.tolerance]
    print(f"{len(found)} comparisons, {len(beyond)} beyond tolerance")
    for row in beyond:
        print(row)


if __name__ == "__main__":
    main()
