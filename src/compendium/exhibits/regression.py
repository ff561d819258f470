"""Regression tables as journals print them: models side by side, brackets below coefficients."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import isfinite, nan
from typing import Any, Literal

import pandas as pd

from compendium.errors import UserError
from compendium.exhibits.colophon import Colophon
from compendium.exhibits.forms.frames import level_of
from compendium.exhibits.grid import Grid, GridColumn, framed, grid_of
from compendium.exhibits.labels import Labels
from compendium.exhibits.numbers import NumberStyle, write_p
from compendium.exhibits.protocols import ExhibitPlan
from compendium.exhibits.words import CLAUSE, STOP, interval_words
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
CHINESE_BOUNDS = (0.01, 0.05, 0.1)
"""The same in Chinese journals."""
QUALITY = ("r2", "loglik")
"""Columns of how well a model fits, which data may have."""
Manner = Literal["", "stars", "chinese"]
"""How tables tell what is significant: not at all, or with stars of either kind."""

DEPENDENT = Text("Dependent variable: ", "因变量：")
OBSERVATIONS = Text("Observations", "观测值")
CLUSTERS = Text("Clusters", "聚类数")
NOTES = Text("Notes: ", "注：")
VARIABLE = Text("Variable", "变量")
IN_BRACKETS = Text("{level}s in square brackets", "方括号内为 {level}")
ERRORS = Text("standard errors in brackets", "括号内为标准误")
AXES = {"y": "its dependent variable is", "braces": "stands in braces"}
"""Words that a table can't do without, by their name in the plan."""
PANELS = "ABCDEFG"
"""Letters of panels, in their order."""
STARS = Text("* p < 0.05, ** p < 0.01, *** p < 0.001", "* p < 0.05，** p < 0.01，*** p < 0.001")
CHINESE_STARS = Text(
    "***, ** and * mark significance at 1, 5 and 10 percent",
    "***、**、* 分别表示在 1%、5%、10% 的水平上显著",
)
R2 = Text("R²", "R²")
LOGLIK = Text("Log-likelihood", "对数似然值")
ALONE = Text(
    "† a single cluster or row decides this term, so that its error is too small",
    "† 该项仅由一个聚类或一行数据决定，其标准误偏小",
)
YES = Text("yes", "是")
NO = Text("no", "否")


def stars_of(p: float, manner: Manner = "stars") -> str:
    """Return the stars of a p-value; none where it is unknown."""
    return "*" * sum(p < bound for bound in (CHINESE_BOUNDS if manner == "chinese" else BOUNDS))


def stars_words(manner: Manner, lang: Lang) -> str:
    """Say what the stars of a manner mean."""
    return (CHINESE_STARS if manner == "chinese" else STARS)[lang]


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

    def measure(self, model: str, column: str) -> float:
        """What a column says of a model; nan where the data lack it."""
        line = next((line for (name, _), line in self.found.items() if name == model), {})
        return float(line.get(column, nan))


def table_grid(
    frame: pd.DataFrame,
    exhibit: ExhibitPlan,
    labels: Labels,
    lang: Lang,
    colophon: Colophon | None = None,
    manner: Manner = "",
) -> Grid:
    """Put any table into words; see `grid_of` and `regression_grid`."""
    if exhibit.form != FORM:
        return grid_of(frame, exhibit, labels, lang, colophon)
    grid = regression_grid(frame, exhibit, labels, lang, manner)
    return replace(grid, colophon=colophon.line(lang) if colophon else "")


def regression_grid(
    frame: pd.DataFrame,
    exhibit: ExhibitPlan,
    labels: Labels,
    lang: Lang,
    manner: Manner = "",
) -> Grid:
    """Set models beside each other.

    Standard errors stand in brackets below the coefficients. The plan names the dependent variable
    (`axes: y`), the words for rows, clusters and R2 where they are others (`axes: n`, `clusters`,
    `r2`), decimals (`options: digits`), whether shares are written as percentage points
    (`points`), whether intervals stand below the errors (`intervals`), and further rows (`rows`):
    words in both languages and the models that have them. Columns under `options: braces`, with
    their decimals or "p", stand in braces below the rest; `axes: braces` says what they are.

    Parameters
    ----------
    frame
        The columns of `COLUMNS`; a term that a model lacks stands empty there. Those of `QUALITY`
        are left out where no model has them. Where there is a column `panel`, the same models
        stand once more for each of its codes, one panel below the other.
    manner
        Whether stars stand beside the coefficients, and which.

    Raises
    ------
    UserError
        No models, a column is missing, a model has a term twice, or an interval has no width.
    """
    if frame.empty:
        raise UserError(f"table {exhibit.id} has no models", "hand over one or more")
    lines = _lines(frame, exhibit)
    style = NumberStyle(False, int(exhibit.options.get("digits", DIGITS)))
    cells = _Cells(style, manner, bool(exhibit.options.get("intervals")), _braces(exhibit))
    panels = _panels(frame, exhibit, labels, lang)
    rows = [
        row
        for head, part in panels
        for row in (
            *([(head, *("" for _ in lines.models))] if head else ()),
            *_terms(part, lines.models, exhibit, labels, lang, cells),
            *(_quality(part, lines.models, exhibit, lang) if head else ()),
        )
    ]
    closing = [
        *_said(lines, exhibit, lang),
        *_counts(lines, exhibit, lang),
        *(() if "panel" in frame else _quality(lines, lines.models, exhibit, lang)),
    ]
    heads = [
        f"({i})\n{_word(model, exhibit, labels, 'group', lang)}"
        for i, model in enumerate(lines.models, start=1)
    ]
    models = (
        GridColumn(model, head, numeric=True)
        for model, head in zip(lines.models, heads, strict=True)
    )
    columns = (GridColumn("category", VARIABLE[lang], numeric=False), *models)
    grid = framed(exhibit, lang, columns, (*rows, *closing))
    note = _explained(lines, exhibit, level_of(frame, exhibit), manner, lang)
    return replace(
        grid,
        depth=1,
        paired=True,
        closing=len(closing),
        over=f"{DEPENDENT[lang]}{_axis(exhibit, 'y')[lang]}",
        note=f"{note}{'' if lang == 'zh' else ' '}{grid.note}".strip(),
    )


@dataclass(frozen=True)
class _Cells:
    """How the cells of a term are written."""

    style: NumberStyle
    manner: Manner
    intervals: bool
    braces: Mapping[str, Callable[[float], str]]

    def value(self, line: Mapping[str, Any]) -> str:
        stars = stars_of(float(line["p"]), self.manner) if self.manner else ""
        return self.style.write(float(line["value"])) + stars + ("†" if _is_alone(line) else "")

    def error(self, line: Mapping[str, Any]) -> str:
        return f"({self.style.write(float(line['se']))})"

    def interval(self, line: Mapping[str, Any]) -> str:
        return f"[{self.style.between(float(line['ci_low']), float(line['ci_high']), ', ')}]"

    def braced(self, line: Mapping[str, Any]) -> str:
        known = {name: float(line[name]) for name in self.braces if isfinite(line.get(name, nan))}
        told = ", ".join(self.braces[name](value) for name, value in known.items())
        return f"{{{told}}}" if told else ""


def _braces(exhibit: ExhibitPlan) -> dict[str, Callable[[float], str]]:
    """How the plan wants the columns in braces to be written: with so many decimals, or as p."""
    planned = exhibit.options.get("braces", {})
    return {
        name: write_p if digits == "p" else NumberStyle(False, int(digits)).write
        for name, digits in planned.items()
    }


def _panels(
    frame: pd.DataFrame, exhibit: ExhibitPlan, labels: Labels, lang: Lang
) -> list[tuple[str, Lines]]:
    """Lines of each panel with its heading; all lines without one where there are no panels."""
    if "panel" not in frame:
        return [("", _lines(frame, exhibit))]
    parts = frame.groupby("panel", sort=False)
    return [
        (f"{letter}. {_word(str(panel), exhibit, labels, 'panel', lang)}", _lines(part, exhibit))
        for letter, (panel, part) in zip(PANELS, parts, strict=False)
    ]


def _explained(
    lines: Lines, exhibit: ExhibitPlan, level: float | None, manner: Manner, lang: Lang
) -> str:
    told = [ERRORS[lang]]
    if exhibit.options.get("intervals"):
        told.append(IN_BRACKETS[lang].format(level=interval_words(level, lang)))
    if exhibit.options.get("braces"):
        told.append(_axis(exhibit, "braces")[lang])
    if manner:
        told.append(stars_words(manner, lang))
    if any(map(_is_alone, lines.found.values())):
        told.append(ALONE[lang])
    said = CLAUSE[lang].join(told)
    return f"{NOTES[lang]}{said[0].upper()}{said[1:]}{STOP[lang].rstrip()}"


def _lines(frame: pd.DataFrame, exhibit: ExhibitPlan) -> Lines:
    scale = PERCENT if exhibit.options.get("points") else 1.0
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
        if key in found and row.get("panel") == found[key].get("panel"):
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


def _terms(
    lines: Lines,
    models: tuple[str, ...],
    exhibit: ExhibitPlan,
    labels: Labels,
    lang: Lang,
    cells: _Cells,
) -> Iterator[tuple[str, ...]]:
    """Rows of the terms: coefficients, and what stands in brackets below them."""
    below = [cells.error, cells.interval] if cells.intervals else [cells.error]
    for term in lines.terms:
        word = _word(term, exhibit, labels, "category", lang)
        found = [lines.found.get((model, term)) for model in models]
        for write in (cells.value, *below, cells.braced):
            row = ["" if line is None else write(line) for line in found]
            if any(row):
                yield (word, *row)


def _is_alone(line: Mapping[str, Any]) -> bool:
    return line.get("alone") == 1


def _counts(lines: Lines, exhibit: ExhibitPlan, lang: Lang) -> Iterator[tuple[str, ...]]:
    whole = NumberStyle(False, 0)
    for column, words in (("n", OBSERVATIONS), ("n_clusters", CLUSTERS)):
        counts = [lines.count(model, column) for model in lines.models]
        if any(isfinite(count) and count > 0 for count in counts):
            word = exhibit.axes.get({"n": "n", "n_clusters": "clusters"}[column], words)[lang]
            yield (word, *(whole.write(count) if count > 0 else "" for count in counts))


def _quality(
    lines: Lines, models: tuple[str, ...], exhibit: ExhibitPlan, lang: Lang
) -> Iterator[tuple[str, ...]]:
    """How well the models fit, where the data say."""
    for column, words, digits in (("r2", R2, 3), ("loglik", LOGLIK, 1)):
        values = [lines.measure(model, column) for model in models]
        if any(map(isfinite, values)):
            style = NumberStyle(False, digits)
            word = exhibit.axes.get(column, words)[lang]
            yield (word, *(style.write(value) if isfinite(value) else "" for value in values))


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
            f"regression table {exhibit.id} does not say what {AXES[name]}",
            f"add it as 'axes: {name}' in both languages ({', '.join(LANGS)})",
        )
    return exhibit.axes[name]


def _word(code: str, exhibit: ExhibitPlan, labels: Labels, column: str, lang: Lang) -> str:
    return labels.text(code, exhibit.labels.get(column), lang=lang)
