"""The ledger: every number the study finds, one row an estimate."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields, replace
from itertools import pairwise
from math import isnan, nan
from pathlib import Path
from typing import Literal, get_args

from compendium.errors import UserError
from compendium.files import write_atomic
from compendium.plan.renamed import Renamed
from compendium.stats.method import Names
from compendium.stats.method_words import LOWER_BOUND, NAMES
from compendium.stats.tidy import ROUNDING, SIGNIFICANT_DIGITS, Tidy
from compendium.text import Lang, Text

Evidence = Literal["observed", "external", "stand-in"]
EVIDENCE: tuple[Evidence, ...] = get_args(Evidence)


@dataclass(frozen=True, repr=False)
class Estimate:
    """One number with its uncertainty, origin and method; see `Tidy` for the statistics.

    Attributes
    ----------
    id
        Unique over the whole study, e.g. "c3-county-share".
    estimand, estimand_zh
        What is estimated, in English and in Chinese.
    dataset
        The table or tables that it was computed from.
    evidence
        "observed", "external" or "stand-in".
    notebook
        The notebook that recorded it.
    cell
        Id of the notebook's cell that recorded it; empty where it is not known.
    method_zh
        The method in Chinese; that of a ledger without it is told as it stands in English.
    family
        Code of the method's family, one of `method_words.FAMILIES`.
    method_words
        Codes of the method's words, with spaces between them.
    """

    id: str
    estimand: str
    estimand_zh: str
    term: str
    value: float
    se: float = nan
    ci_low: float = nan
    ci_high: float = nan
    level: float = nan
    p: float = nan
    n: int = 0
    n_clusters: int = 0
    method: str = ""
    dataset: str = ""
    evidence: Evidence = "observed"
    notebook: str = ""
    cell: str = ""
    method_zh: str = ""
    family: str = ""
    method_words: str = ""

    def __post_init__(self) -> None:
        if not self.id.strip():
            raise UserError("an estimate has no id", "give record() an id")
        if self.evidence not in EVIDENCE:
            raise UserError(
                f"estimate {self.id} has an unknown kind of evidence",
                f"use one of {', '.join(EVIDENCE)}",
                value=self.evidence,
            )

    @property
    def is_lower_bound(self) -> bool:
        """Whether the value is the least that can be, by its method, and not a point estimate."""
        return LOWER_BOUND in self.method_codes

    def __repr__(self) -> str:
        interval = "" if isnan(self.ci_low) else f" [{self.ci_low:.4g}, {self.ci_high:.4g}]"
        return f"{self.id}: {self.value:.4g}{interval}, n {self.n} ({self.method})"

    def words(self, lang: Lang) -> str:
        """Return the estimand in a language."""
        return self.estimand if lang == "en" else self.estimand_zh

    @property
    def method_codes(self) -> tuple[str, ...]:
        """Codes of the words of the method, in their order."""
        return tuple(self.method_words.split())

    def method_in(self, lang: Lang) -> str:
        """Return the method in a language."""
        return (self.method_zh if lang == "zh" else "") or self.method

    @classmethod
    def from_tidy(
        cls,
        tidy: Tidy,
        *,
        id: str,  # noqa: A002  (the ledger's column)
        estimand: Text,
        dataset: str,
        evidence: Evidence,
        notebook: str,
        cell: str = "",
        names: Names = NAMES.get,
    ) -> Estimate:
        """Add to a model's tidy line where it comes from.

        Parameters
        ----------
        names
            Looks up what the names in the method are called, e.g. those of columns.

        Raises
        ------
        UserError
            An interval without width or an error of zero: nothing was estimated there. A p-value
            outside 0 and 1, or fewer rows or clusters than none.
        """
        if tidy.p < 0 or tidy.p > 1 or tidy.n < 0 or tidy.n_clusters < 0:
            raise UserError(
                f"estimate {id} has a p-value outside 0 and 1 or a number of rows below 0",
                "correct the line",
                value=(tidy.p, tidy.n, tidy.n_clusters),
            )
        width = tidy.ci_high - tidy.ci_low
        if tidy.se == 0 or width <= ROUNDING * max(abs(tidy.ci_low), abs(tidy.ci_high)):
            raise UserError(
                f"estimate {id} has an interval without width or an error of zero",
                "drop categories without rows (study.complete_rows) and columns of one value, or "
                "record it as arithmetic, without interval",
                value=tidy.value,
            )
        return cls(
            id=id,
            estimand=estimand.en,
            estimand_zh=estimand.zh,
            **{**vars(tidy), "method": str(tidy.method)},
            dataset=dataset,
            evidence=evidence,
            notebook=notebook,
            cell=cell,
            method_zh=tidy.method.words("zh", names),
            family=tidy.method.family,
            method_words=" ".join(tidy.method.codes),
        )


COLUMNS = tuple(field.name for field in fields(Estimate))
CELL = "cell"
OLDER = (COLUMNS.index(CELL), COLUMNS.index(CELL) + 1)
"""Columns of ledgers of the first edition, without `cell`, and of those without what follows."""

_FLOATS = ("value", "se", "ci_low", "ci_high", "level", "p")
_COUNTS = ("n", "n_clusters")


def to_digits(value: float) -> str:
    """Write a float with 10 significant digits; nan is empty and minus zero is 0."""
    return "" if isnan(value) else f"{value + 0.0:.{SIGNIFICANT_DIGITS}g}"


def ledger_bytes(estimates: Iterable[Estimate]) -> bytes:
    """Write the ledger as CSV (UTF-8, line feeds), sorted by id.

    Raises
    ------
    UserError
        Two estimates have the same id.
    """
    ordered = sorted(estimates, key=lambda estimate: estimate.id)
    for before, after in pairwise(ordered):
        if before.id == after.id:
            raise _duplicate(after, before.notebook, after.notebook)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_row(estimate) for estimate in ordered)
    return buffer.getvalue().encode()


def write_ledger(path: Path, estimates: Iterable[Estimate]) -> None:
    """Write the ledger; see `ledger_bytes`."""
    write_atomic(path, ledger_bytes(estimates))


def read_ledger(path: Path, renamed: Renamed | None = None) -> dict[str, Estimate]:
    """Estimates by id, in the order of the file.

    Parameters
    ----------
    renamed
        Ids of before: a ledger of an earlier edition is read with the ids of today.

    Raises
    ------
    UserError
        No such file, other columns than a ledger's, a cell that is no number, or a repeated id.
    """
    estimates: dict[str, Estimate] = {}
    for number, row in enumerate(_rows(path), start=1):
        estimate = _estimate(row, path, number)
        if renamed is not None:
            name, notebook = estimate.id, estimate.notebook
            estimate = replace(
                estimate,
                id=renamed.estimates.get(name, name),
                notebook=renamed.notebooks.get(notebook, notebook),
            )
        if estimate.id in estimates:
            raise UserError(
                "the id stands twice", "record it once", path, None, number, "id", row[0]
            )
        estimates[estimate.id] = estimate
    return estimates


def merge_ledgers(paths: Iterable[Path]) -> list[Estimate]:
    """All estimates of several ledgers, sorted by id.

    Raises
    ------
    UserError
        Two ledgers hold the same id.
    """
    merged: dict[str, tuple[Estimate, Path]] = {}
    for path in paths:
        for key, estimate in read_ledger(path).items():
            if key in merged:
                raise _duplicate(estimate, merged[key][1].name, path.name)
            merged[key] = (estimate, path)
    return [merged[key][0] for key in sorted(merged)]


def _duplicate(estimate: Estimate, first: str, second: str) -> UserError:
    return UserError(
        f"estimate id recorded twice, by {first or 'one notebook'} and {second or 'another'}",
        "give each estimate its own id",
        value=estimate.id,
    )


def _row(estimate: Estimate) -> list[str]:
    return [to_digits(cell) if isinstance(cell, float) else str(cell) for cell in _cells(estimate)]


def _cells(estimate: Estimate) -> list[object]:
    values = dict(zip(COLUMNS, astuple(estimate), strict=True))
    for name in _FLOATS:
        values[name] = float(values[name])
    for name in _COUNTS:
        values[name] = int(values[name])
    return list(values.values())


def _rows(path: Path) -> list[list[str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UserError("no such ledger", "run the notebooks first", file=path) from error
    except UnicodeDecodeError as error:
        raise UserError("the ledger is not UTF-8", "run the notebooks again", file=path) from error
    header, *rows = list(csv.reader(io.StringIO(text, newline=""))) or [[]]
    if tuple(header) not in (COLUMNS, *(COLUMNS[:n] for n in OLDER)):
        raise UserError("not a ledger: its columns differ", f"expected {', '.join(COLUMNS)}", path)
    lacking = [""] * (len(COLUMNS) - len(header))
    return [[*row, *lacking] for row in rows]


def _estimate(row: list[str], path: Path, number: int) -> Estimate:
    if len(row) != len(COLUMNS):
        raise UserError("the row has too few or too many cells", "run again", path, row=number)
    values: dict[str, object] = dict(zip(COLUMNS, row, strict=True))
    for name in _FLOATS:
        values[name] = _number(str(values[name]), path, number, name)
    for name in _COUNTS:
        values[name] = int(_number(str(values[name]), path, number, name))
    return Estimate(**values)  # type: ignore[arg-type]


def _number(cell: str, path: Path, row: int, column: str) -> float:
    if cell == "":
        return 0.0 if column in _COUNTS else nan
    try:
        return float(cell)
    except ValueError as error:
        raise UserError(
            "not a number", "run the notebooks again", path, row=row, column=column, value=cell
        ) from error
