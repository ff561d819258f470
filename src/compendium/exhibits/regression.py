"""Regression tables as journals print them: models side by side, brackets below coefficients."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Any

import pandas as pd

from compendium.errors import UserError
from compendium.exhibits.colophon import Colophon
from compendium.exhibits.forms.frames import level_of
from compendium.exhibits.grid import Grid, GridColumn, framed, grid_of
from compendium.exhibits.labels import Labels
from compendium.exhibits.numbers import NumberStyle
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.words import STOP, interval_words
from compendium.text import LANGS, Lang, Text

FORM = "regression"
"""The plan's `form` of such a table; `plan.types.REGRESSION`."""
COLUMNS = ("group", "category", "value", "se", "ci_low", "ci_high", "p", "n", "n_clusters")
"""What the data hold, one row a model (group) and term (category)."""
DIGITS = 3
"""Decimals unless the plan sets others."""
PERCENT = 100.0
"""By which shares become percentage points."""
BOUNDS = (0.001, 0.01, 0.05)
"""A p-value below the first gets three stars, below the last one star."""

DEPENDENT = Text("Dependent variable: ", "因变量：")
OBSERVATIONS = Text("Observations", "观测值")
CLUSTERS = Text("Clusters", "聚类数")
NOTES = Text("Notes: ", "注：")
IN_BRACKETS = Text("{level}s in brackets", "方括号内为 {level}")
ERRORS = Text("standard errors in brackets", "括号内为标准误")
STARS = Text("* p < 0.05, ** p < 0.01, *** p < 0.001", "* p < 0.05，** p < 0.01，*** p < 0.001")
ALONE = Text(
    "† a single cluster or row decides this term, so that its error is too small",
    "† 该项仅由一个聚类或一行数据决定，其标准误偏小",
)
YES = Text("yes", "是")
NO = Text("no", "否")


def stars_of(p: float) -> str:
    """Return the stars of a p-value; none where it is unknown."""
    return "*" * sum(p < bound for bound in BOUNDS)


@dataclass(frozen=True)
class Lines:
    """The lines of several models, by model and term, in the order of their first standing."""

    found: Mapping[tuple[str, str], Mapping[str, Any]]

    @property
    def models(self) -> tuple[str, ...]:
        """Codes of the models."""
        return tuple(dict.fromkeys(model for model, _ in self.found))

    @property
    def terms(self) -> tuple[str, ...]:
        """Codes of the terms, each after those that stand before it in its own model."""
        return tuple(dict.fromkeys(term for _, term in self.found))

    def count(self, model: str, column: str) -> float:
        """Rows or clusters of a model."""
        return max(float(line[column]) for (name, _), line in self.found.items() if name == model)


def table_grid(
    frame: pd.DataFrame,
    exhibit: ExhibitPlan,
    labels: Labels,
    lang: Lang,
    colophon: Colophon | None = None,
    starred: bool = False,
) -> Grid:
    """Put any table into words; see `grid_of` and `regression_grid`."""
    if exhibit.form != FORM:
        return grid_of(frame, exhibit, labels, lang, colophon)
    grid = regression_grid(frame, exhibit, labels, lang, starred)
    return replace(grid, colophon=colophon.line(lang) if colophon else "")


def regression_grid(
    frame: pd.DataFrame,
    exhibit: ExhibitPlan,
    labels: Labels,
    lang: Lang,
    starred: bool = False,
) -> Grid:
    """Set models beside each other.

    The plan names the dependent variable (`axes: y`), the words for rows and clusters where they
    are not observations (`axes: n`, `clusters`), decimals (`options: digits`), whether shares are
    written as percentage points (`points`), and further rows (`rows`): words in both languages and
    the models that have them.

    Parameters
    ----------
    frame
        The columns of `COLUMNS`; a term that a model lacks stands empty there.
    starred
        Whether standard errors and stars stand in place of intervals.

    Raises
    ------
    UserError
        No models, a column is missing, a model has a term twice, or an interval has no width.
    """
    if frame.empty:
        raise UserError(f"table {exhibit.id} has no models", "hand over one or more")
    lines = _lines(frame, exhibit, PERCENT if exhibit.options.get("points") else 1.0)
    style = NumberStyle(False, int(exhibit.options.get("digits", DIGITS)))
    rows = [
        row
        for term in lines.terms
        for row in _pair(
            lines, term, _word(term, exhibit, labels, "category", lang), style, starred
        )
    ]
    rows += _counts(lines, exhibit, lang)
    rows += _said(lines, exhibit, lang)
    heads = [
        f"({i}) {_word(model, exhibit, labels, 'group', lang)}"
        for i, model in enumerate(lines.models, start=1)
    ]
    first = GridColumn("category", f"{DEPENDENT[lang]}{_axis(exhibit, 'y')[lang]}", numeric=False)
    columns = (
        first,
        *(
            GridColumn(model, head, numeric=True)
            for model, head in zip(lines.models, heads, strict=True)
        ),
    )
    grid = framed(exhibit, lang, columns, tuple(rows))
    told = [*_explained(lang, level_of(frame, exhibit), starred)]
    told += [ALONE[lang]] if any(map(_is_alone, lines.found.values())) else []
    explained = STOP[lang].join(told)
    note = f"{NOTES[lang]}{explained}{STOP[lang].rstrip()}"
    return replace(
        grid, depth=1, paired=True, note=f"{note}{'' if lang == 'zh' else ' '}{grid.note}".strip()
    )


def _explained(lang: Lang, level: float | None, starred: bool) -> Iterable[str]:
    if starred:
        return (ERRORS[lang].capitalize(), STARS[lang])
    return (IN_BRACKETS[lang].format(level=interval_words(level, lang)),)


def _lines(frame: pd.DataFrame, exhibit: ExhibitPlan, scale: float) -> Lines:
    missing = next((name for name in COLUMNS if name not in frame), None)
    if missing is not None:
        raise UserError(
            f"table {exhibit.id} has no column {missing}",
            "set it with study.table(), or take 'form: regression' out of the plan",
            column=missing,
        )
    found: dict[tuple[str, str], Mapping[str, Any]] = {}
    for row in frame.to_dict("records"):
        key = str(row["group"]), str(row["category"])
        if key in found:
            raise UserError(f"table {exhibit.id} has a term twice", "give models names", value=key)
        if not row["ci_low"] < row["ci_high"]:
            raise UserError(
                f"table {exhibit.id} has an interval without width",
                "drop the term: a category without rows",
                value=key,
            )
        found[key] = row | {
            name: scale * row[name] for name in ("value", "se", "ci_low", "ci_high")
        }
    return Lines(found)


def _pair(
    lines: Lines, term: str, word: str, style: NumberStyle, starred: bool
) -> Iterator[tuple[str, ...]]:
    """Two rows of a term: coefficients, and what stands in brackets below them."""
    cells = [lines.found.get((model, term)) for model in lines.models]
    yield (word, *("" if c is None else _value(c, style, starred) for c in cells))
    yield (word, *("" if c is None else _below(c, style, starred) for c in cells))


def _value(line: Mapping[str, Any], style: NumberStyle, starred: bool) -> str:
    stars = stars_of(float(line["p"])) if starred else ""
    return style.write(float(line["value"])) + stars + ("†" if _is_alone(line) else "")


def _is_alone(line: Mapping[str, Any]) -> bool:
    return line.get("alone") == 1


def _below(line: Mapping[str, Any], style: NumberStyle, starred: bool) -> str:
    if starred:
        return f"({style.write(float(line['se']))})"
    return f"[{style.between(float(line['ci_low']), float(line['ci_high']), ', ')}]"


def _counts(lines: Lines, exhibit: ExhibitPlan, lang: Lang) -> Iterator[tuple[str, ...]]:
    whole = NumberStyle(False, 0)
    for column, words in (("n", OBSERVATIONS), ("n_clusters", CLUSTERS)):
        counts = [lines.count(model, column) for model in lines.models]
        if any(isfinite(count) and count > 0 for count in counts):
            word = exhibit.axes.get({"n": "n", "n_clusters": "clusters"}[column], words)[lang]
            yield (word, *(whole.write(count) if count > 0 else "" for count in counts))


def _said(lines: Lines, exhibit: ExhibitPlan, lang: Lang) -> Iterator[tuple[str, ...]]:
    """Further rows of the plan: which models have what, e.g. effects of counties."""
    for row in exhibit.options.get("rows", ()):
        unknown = next((model for model in row["models"] if model not in lines.models), None)
        if unknown is not None:
            raise UserError(
                f"table {exhibit.id} plans a row for a model that it lacks",
                f"use one of {', '.join(lines.models)}",
                value=unknown,
            )
        said = (YES if model in row["models"] else NO for model in lines.models)
        yield (str(row[lang]), *(word[lang] for word in said))


def _axis(exhibit: ExhibitPlan, name: str) -> Text:
    if name not in exhibit.axes:
        raise UserError(
            f"regression table {exhibit.id} does not name its dependent variable",
            f"add it as 'axes: {name}' in both languages ({', '.join(LANGS)})",
        )
    return exhibit.axes[name]


def _word(code: str, exhibit: ExhibitPlan, labels: Labels, column: str, lang: Lang) -> str:
    return labels.text(code, exhibit.labels.get(column), lang=lang)
