"""Results on unseen confounding as rows of tables and points of figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, nan

import pandas as pd

from compendium.inference.confounding.e_value import EValue
from compendium.inference.confounding.omitted import Confounding
from compendium.inference.confounding.oster import Oster
from compendium.inference.confounding.words import (
    benchmark_sentence,
    e_value_sentence,
    oster_sentence,
    robustness_sentence,
)
from compendium.stats.levels import at_level
from compendium.text import LANGS, Text

NOTHING_LEFT = "nothing_left"
"""Code of the line where a confounder has taken all of the estimate, or the share in question."""
AT_CRITICAL = "at_critical_t"
"""Code of the line where the interval touches what would be left."""
GRID_POINTS = 41


def robustness_rows(found: Mapping[str, Confounding], words: Mapping[str, Text]) -> pd.DataFrame:
    """Rows of a table of robustness values, each with its sentence.

    Parameters
    ----------
    found
        Results by code of what was estimated.
    words
        Words of predictor and outcome by the same codes.

    Returns
    -------
    DataFrame
        category, value, ci_low, ci_high, partial_r2, rv, rv_alpha, n, n_clusters, sentence.
    """
    rows = [
        {
            "category": code,
            **one.line.cells("value", "ci_low", "ci_high"),
            "partial_r2": one.partial_r2,
            "rv": one.rv,
            "rv_alpha": one.rv_alpha,
            **one.line.cells("n", "n_clusters"),
            "sentence": both(robustness_sentence(one, words[code])),
        }
        for code, one in found.items()
    ]
    return at_level(pd.DataFrame(rows), (one.line.level for one in found.values()))


def bound_rows(
    found: Confounding, bounds: pd.DataFrame, what: Text, words: Mapping[str, Text]
) -> pd.DataFrame:
    """Rows of a table of benchmarks: those of `benchmark_bounds`, each with its sentence.

    Parameters
    ----------
    what
        Words of predictor and outcome.
    words
        Words of each benchmark.
    """
    sentences = [
        both(benchmark_sentence(found, row, what, words[str(row["benchmark"])]))
        for row in bounds.to_dict("records")
    ]
    rows = bounds.assign(category=bounds["benchmark"], sentence=sentences)
    return at_level(rows, [found.line.level])


def e_value_rows(found: Mapping[str, EValue], words: Mapping[str, Text]) -> pd.DataFrame:
    """Rows of a table of E-values: category, ratio, interval, E-values, n, sentence."""
    rows = [
        {
            "category": code,
            "ratio": one.ratio,
            "ci_low": one.ci_low,
            "ci_high": one.ci_high,
            "e_value": one.value,
            "e_value_limit": one.limit,
            "n": one.n,
            "n_clusters": one.n_clusters,
            "sentence": both(e_value_sentence(one, words[code])),
        }
        for code, one in found.items()
    ]
    return at_level(pd.DataFrame(rows), (one.level for one in found.values()))


def oster_rows(found: Mapping[str, Oster], words: Mapping[str, Text]) -> pd.DataFrame:
    """Rows of a table of delta and beta*: category, fits, r_max, delta, beta_star, n, sentence."""
    rows = [
        {
            "category": code,
            "beta_o": one.movement.beta_o,
            "r_o": one.movement.r_o,
            "beta_tilde": one.movement.beta_tilde,
            "r_tilde": one.movement.r_tilde,
            "r_max": one.r_max,
            "delta": one.delta,
            "beta_star": one.beta_star.value,
            "n": one.movement.n,
            "sentence": both(oster_sentence(one, words[code])),
        }
        for code, one in found.items()
    ]
    return pd.DataFrame(rows)


def contour_points(
    found: Confounding,
    bounds: pd.DataFrame,
    *,
    of: str = "value",
    multiples: Sequence[float] = (1.0,),
) -> pd.DataFrame:
    """Data of the form `contour`: grid, critical line and benchmarks.

    Parameters
    ----------
    bounds
        From `benchmark_bounds`.
    of
        "value" for estimates, "t" for t statistics.
    multiples
        Which of the benchmarks' multiples to mark; their codes are `BENCHMARK_1x` and so on.

    Returns
    -------
    DataFrame
        part, category, x, y, value. The sides end a little beyond the robustness value and the
        benchmarks. Benchmarks that are impossible or beyond the end have no place on it; the table
        has them.
    """
    marked = bounds[bounds["possible"] & bounds["multiple"].isin(multiples)]
    end = _round_up(1.25 * max([found.rv, 0.1, *marked["r2_dz"], *marked["r2_yz"]]))
    marked = marked[(marked["r2_dz"] <= end) & (marked["r2_yz"] <= end)]
    grid = found.grid(end, GRID_POINTS, of=of).assign(part="grid", category="grid")
    left = (1 - found.q) * found.line.value
    at = left if of == "value" else (1 if found.line.value >= 0 else -1) * found.critical_t
    code = NOTHING_LEFT if of == "value" else AT_CRITICAL
    line = {"part": "critical", "category": code, "x": nan, "y": nan, "value": at}
    points = pd.DataFrame(
        {
            "part": "benchmark",
            "category": [
                f"{row['benchmark']}_{row['multiple']:g}x" for row in marked.to_dict("records")
            ],
            "x": marked["r2_dz"],
            "y": marked["r2_yz"],
            "value": marked["value" if of == "value" else "t"],
        }
    )
    return pd.concat([grid, pd.DataFrame([line]), points], ignore_index=True)[
        ["part", "category", "x", "y", "value"]
    ]


def both(text: Text) -> dict[str, str]:
    """Return a text as a cell that a table shows in its own language."""
    return {lang: text[lang] for lang in LANGS}


def _round_up(share: float) -> float:
    """Next multiple of 0.05, short of 1."""
    return min(0.95, ceil(round(20 * share, 9)) / 20)
