"""One door for every fitted model: whatever is handed in becomes the ledger's tidy lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

import numpy as np
import pandas as pd

from compendium.errors import UserError
from compendium.stats.arithmetic import arithmetic
from compendium.stats.checks import check_level
from compendium.stats.fitted import fit as fit
from compendium.stats.fitted import read as read
from compendium.stats.fitted import refuse_doubles, short_term
from compendium.stats.method import Method
from compendium.stats.tidy import Tidy

Key = tuple[str, ...]


def lines(results: Any, level: float) -> dict[Key, Tidy]:
    """Return the tidy lines of results by their keys.

    Parameters
    ----------
    results
        A `Tidy` or a list of them; a fitted model of statsmodels; anything whose `tidy()` returns
        lines (our own models) or a frame (pyfixest); or a mapping of such things, whose keys, a
        word or a tuple of words, come before the terms.
    level
        Level of the intervals that are made here, e.g. 0.95.

    Raises
    ------
    UserError
        Something else, a model that has not converged or has no covariance, terms that stand
        twice, numbers that are not finite, clustered errors with the normal's intervals, or cluster
        groups in another order than the model's rows.
    """
    check_level(level)
    if isinstance(results, Tidy):
        return {(): results}
    if isinstance(results, tuple | list):
        return _by_term(_each_tidy(results))
    if isinstance(results, Mapping):
        return _of_mapping(results, level)
    if type(results).__module__.startswith("statsmodels.") and hasattr(results, "params"):
        return _by_term(read(results, level).tidy())
    if callable(getattr(results, "tidy", None)):
        return _of_tidy(results, level)
    raise UserError(
        f"a {type(results).__name__} is no result that can be recorded",
        "hand over a fitted model, its tidy lines, or a mapping of these",
    )


def row_lines(
    frame: pd.DataFrame, parts: Sequence[str], column: str, n: str, formula: Mapping[str, str]
) -> dict[Key, Tidy]:
    """Return a line a row of a table, by codes in some columns; a row without a number has none.

    Parameters
    ----------
    parts
        Columns of the key.
    column, n
        Columns of the numbers and of their n; no name where each is a single published number.
    formula
        How the numbers are computed, by their term; where the table has a column `method` of
        methods, that is theirs. Of the term "p" the number is its own p-value.

    Raises
    ------
    UserError
        The table lacks a column, or has two rows of one key.
    """
    ((term, how),) = formula.items()
    lacking = [name for name in (*parts, column, n) if name and name not in frame]
    if lacking:
        raise UserError(
            f"the table has no column '{lacking[0]}'",
            "the id's parts, 'column' and 'n_column' of its entry in estimates.yml name columns",
            value=", ".join(map(str, frame)),
        )
    found: dict[Key, Tidy] = {}
    for row in frame[frame[column].notna()].to_dict("records"):
        key = tuple(_code(row[name]) for name in parts)
        line = arithmetic(term, row[column], how, int(row[n]) if n else 1)
        if isinstance(method := row.get("method"), Method):
            line = replace(line, method=method, n_clusters=int(row.get("n_clusters", 0)))
        if key in found:
            raise UserError(
                "two rows of the table have one key", "name more parts", value=".".join(key)
            )
        found[key] = replace(line, p=line.value) if term == "p" else line
    return found


def _code(cell: Any) -> str:
    return f"{cell:g}" if isinstance(cell, float) else str(cell)


QUALITY = ("r2", "loglik")
"""How well a model fits, as regression tables print it: the first of these that it has."""


def quality(models: Any) -> dict[Key, dict[str, float]]:
    """Say how well models fit: R2 where they have one, else the log-likelihood.

    Parameters
    ----------
    models
        Fitted models by their codes, or mappings of such; anything else has no quality.

    Returns
    -------
    dict
        By keys of codes, {"r2": ...} or {"loglik": ...}; models without either are left out.
    """
    if not isinstance(models, Mapping):
        return {(): told} if (told := _quality(models)) else {}
    return {
        (str(code), *rest): told
        for code, one in models.items()
        for rest, told in quality(one).items()
    }


def _quality(model: Any) -> dict[str, float]:
    if type(model).__module__.startswith("statsmodels."):
        values = getattr(model, "rsquared", None), getattr(model, "llf", None)
    else:
        fitted = getattr(model, "fit", model)
        values = getattr(fitted, "r2", None), getattr(fitted, "loglik", None)
    known = zip(QUALITY, values, strict=True)
    usable = [(name, float(v)) for name, v in known if isinstance(v, float | int) and isfinite(v)]
    return dict(usable[:1])


def _each_tidy(found: Iterable[Any]) -> Iterable[Tidy]:
    for line in found:
        if not isinstance(line, Tidy):
            raise UserError(
                f"a {type(line).__name__} in a list is no tidy line",
                "give the models names: a mapping",
            )
        yield line


def _of_mapping(results: Mapping[Any, Any], level: float) -> dict[Key, Tidy]:
    found: dict[Key, Tidy] = {}
    for key, value in results.items():
        parts = tuple(map(str, key)) if isinstance(key, tuple) else (str(key),)
        more = {(*parts, *rest): line for rest, line in lines(value, level).items()}
        double = next((key for key in more if key in found), None)
        if double is not None:
            raise UserError(
                "a key stands twice in the results", "rename one", value=".".join(double)
            )
        found |= more
    return found


def _by_term(found: Iterable[Tidy]) -> dict[Key, Tidy]:
    ordered = tuple(found)
    refuse_doubles([line.term for line in ordered])
    return {(line.term,): line for line in ordered}


def _of_tidy(results: Any, level: float) -> dict[Key, Tidy]:
    found = results.tidy()
    if isinstance(found, Tidy):
        return {(): found}
    if isinstance(found, pd.DataFrame):
        return _by_term(_of_frame(results, level))
    return _by_term(found)


_FRAME = {"value": "Estimate", "se": "Std. Error", "p": "Pr(>|t|)"}
"""Columns of a tidy frame, as pyfixest and broom name them."""


def _of_frame(results: Any, level: float) -> tuple[Tidy, ...]:
    frame = results.tidy(alpha=1 - level)
    low, high = f"{100 * (1 - level) / 2:.1f}%", f"{100 * (1 + level) / 2:.1f}%"
    wanted = {**_FRAME, "ci_low": low, "ci_high": high}
    missing = [column for column in wanted.values() if column not in frame]
    if missing:
        raise UserError(
            f"tidy() of {type(results).__name__} lacks the column {missing[0]}",
            "hand over tidy lines instead",
        )
    numbers = frame[list(wanted.values())].to_numpy(dtype=float)
    if not np.isfinite(numbers).all():
        raise UserError("a line of tidy() holds no number", "use fewer terms")
    if not (numbers[:, list(wanted).index("se")] > 0).all():
        raise UserError("a line of tidy() has no standard error", "use fewer terms")
    clusters = min(getattr(results, "_G", None) or [0])
    told: dict[str, Any] = {"level": level, "n": int(getattr(results, "_N", 0))}
    told["n_clusters"] = int(clusters)
    method = Method.of("library_model", name=type(results).__name__)
    kind = getattr(results, "_vcov_type_detail", None)
    method = method.also("robust", kind=str(kind)) if kind else method.also("own_errors")
    method = method.also("clusters", G=clusters) if clusters else method
    return tuple(
        Tidy(
            term=short_term(str(term)), **dict(zip(wanted, row, strict=True)), **told, method=method
        )
        for term, row in zip(frame.index, numbers.tolist(), strict=True)
    )
