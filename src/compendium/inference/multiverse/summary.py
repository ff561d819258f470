"""How often the test holds over a multiverse, which choices flip it, which move the estimate."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import comb, nan

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.inference.multiverse.run import NOT_RUN, STRESS, Multiverse
from compendium.plan.multiverse import Decision, Option
from compendium.stats.solve import project

Floats = NDArray[np.float64]

EQUIVALENT = "equivalent"
NO_UNIVERSE = "no_universe"
"""What a combination that the plan excludes comes out as."""
MAX_CHANGES = 3
"""Flips that need more changes at once than this are not listed."""


def summary_row(found: Multiverse) -> dict[str, object]:
    """One multiverse in one row.

    Returns
    -------
    dict
        `test`; numbers of universes: `universes` (all), `counted` (fitted, not stress), `failed`,
        `stress`; shares of the counted: `holds`, `inconclusive`, `fails`, and `holds_equivalent`
        among the equivalent ones alone; `main` outcome and `value`, `lowest`, `median`, `highest`
        in the unit of the curve; `changes`, the fewest changes of choice that turn the outcome
        (nan where none of up to three does).
    """
    frame, counted = found.frame, found.counted
    equivalent = counted[counted["admissibility"] == EQUIVALENT]
    values = counted["value"]
    return {
        "test": found.test.id,
        "universes": len(frame),
        "counted": len(counted),
        "failed": len(found.failed),
        "stress": int((frame["admissibility"] == STRESS).sum()),
        **{outcome: _share(counted, outcome) for outcome in ("holds", "inconclusive", "fails")},
        "holds_equivalent": _share(equivalent, "holds"),
        "main": found.main.outcome,
        "value": found.main.value,
        "lowest": float(values.min()),
        "median": float(values.median()),
        "highest": float(values.max()),
        "changes": fewest_changes(found),
    }


def _share(rows: pd.DataFrame, outcome: str) -> float:
    return float((rows["outcome"] == outcome).mean()) if len(rows) else nan


def option_rows(found: Multiverse) -> pd.DataFrame:
    """Each option: universes that take it, and how the test comes out among those that count.

    Returns
    -------
    DataFrame
        `decision` and `option` (codes), `admissibility`, `main` (0/1), `universes`, `failed`,
        `holds` (share of the counted universes with this option; nan where there are none),
        `median` value, and `single` and `single_value`: outcome and value where this option alone
        differs from the article's own choices ("no_universe" where the plan excludes that).
    """
    differs = _differs(found)
    return pd.DataFrame(
        [
            _option_row(found, differs, decision, option)
            for decision in found.plan.decisions
            for option in decision.options
        ]
    )


def _option_row(
    found: Multiverse, differs: NDArray[np.bool_], decision: Decision, option: Option
) -> dict[str, object]:
    frame, place = found.frame, found.plan.decisions.index(decision)
    code = f"{decision.id}:{option.id}"
    takes = (frame[f"choice:{decision.id}"] == code).to_numpy()
    counted = takes & frame.index.isin(found.counted.index)
    values = frame["value"].to_numpy()[counted]
    alone = takes & (differs.sum(axis=1) == differs[:, place])
    single = frame[alone]
    return {
        "decision": decision.id,
        "option": code,
        "admissibility": f"admissible:{option.admissibility}",
        "main": int(option.main),
        "universes": int(takes.sum()),
        "failed": int((frame["reason"].to_numpy()[takes] != "").sum()),
        "holds": _share(frame[counted], "holds"),
        "median": float(np.median(values)) if values.size else nan,
        "single": single["outcome"].iloc[0] if len(single) else NO_UNIVERSE,
        "single_value": single["value"].iloc[0] if len(single) else nan,
    }


def _differs(found: Multiverse) -> NDArray[np.bool_]:
    """Whether each universe differs from the article's own in each decision."""
    columns = [
        (found.frame[f"choice:{d.id}"] != f"{d.id}:{d.main.id}").to_numpy()
        for d in found.plan.decisions
    ]
    return np.column_stack(columns)


def flips(found: Multiverse) -> pd.DataFrame:
    """Fewest changes from the article's own choices that turn the outcome, all of them.

    Returns
    -------
    DataFrame
        One row a universe that counts, differs from the main one in as few decisions as any that
        comes out otherwise, and was fitted: `changes`, `changed` (codes of the options, joined by
        " + "), `outcome`, `value`. Empty where none of up to `MAX_CHANGES` does.
    """
    counted = found.frame.assign(changes=_differs(found).sum(axis=1)).loc[found.counted.index]
    other = counted[counted["outcome"] != found.main.outcome]
    fewest = other["changes"].min() if len(other) else nan
    near = other[(other["changes"] == fewest) & (other["changes"] <= MAX_CHANGES)]
    changed = [" + ".join(_changed(found, row)) for _, row in near.iterrows()]
    return near.assign(changed=changed)[["changes", "changed", "outcome", "value"]].reset_index(
        drop=True
    )


def fewest_changes(found: Multiverse) -> float:
    """Number of changes from the article's own choices that turn the outcome; nan where none."""
    if found.main.outcome == NOT_RUN:
        return nan
    rows = flips(found)
    return float(rows["changes"].iloc[0]) if len(rows) else nan


def _changed(found: Multiverse, row: pd.Series) -> list[str]:
    return [
        str(row[f"choice:{d.id}"])
        for d in found.plan.decisions
        if row[f"choice:{d.id}"] != f"{d.id}:{d.main.id}"
    ]


def variance_shares(found: Multiverse) -> pd.DataFrame:
    """Share of the variance of the estimates that each decision accounts for.

    The R2 of a regression of the estimates on dummies of all options, split among the decisions by
    Shapley's rule: each decision's gain in R2, averaged over all orders in which decisions can
    enter (Lindeman, Merenda and Gold 1980). Where options combine freely this is the analysis of
    variance of a factorial design; with excluded and failed universes the shares still add up. What
    is left belongs to choices that act together. Of ratios the log is taken.

    Returns
    -------
    DataFrame
        `decision` and `share`, largest first, "interactions" last; empty where the estimates of
        fewer than two universes count or do not vary.
    """
    counted = found.counted
    names = [d.id for d in found.plan.decisions]
    y = counted["effect"].to_numpy(dtype=float)
    if len(y) < 2 or np.ptp(y) == 0:
        return pd.DataFrame({"decision": pd.Series(dtype=str), "share": pd.Series(dtype=float)})
    parts = [_dummies(counted[f"choice:{name}"]) for name in names]
    shares = shapley(y, parts)
    order = np.argsort(-shares, kind="stable")
    rows = [(names[i], float(shares[i])) for i in order]
    rows.append(("interactions", max(0.0, 1.0 - float(shares.sum()))))
    return pd.DataFrame(rows, columns=["decision", "share"])


def shapley(y: Floats, parts: Sequence[Floats]) -> Floats:
    """Shapley shares of R2 of the parts, blocks of columns (n, k_j) each."""
    D = len(parts)
    r2 = {
        chosen: _r_squared(y, [parts[j] for j in chosen])
        for size in range(D + 1)
        for chosen in combinations(range(D), size)
    }
    shares = np.zeros(D)
    for chosen, value in r2.items():
        for j in range(D):
            if j not in chosen:
                gain = r2[tuple(sorted((*chosen, j)))] - value
                shares[j] += gain / (D * comb(D - 1, len(chosen)))
    return shares


def _dummies(column: pd.Series[str]) -> Floats:
    codes, levels = pd.factorize(column)
    return np.eye(len(levels))[codes][:, 1:]


def _r_squared(y: Floats, parts: Sequence[Floats]) -> float:
    X = np.column_stack([np.ones(y.size), *parts])
    return float(1 - ((y - project(y, X)) ** 2).sum() / ((y - y.mean()) ** 2).sum())
