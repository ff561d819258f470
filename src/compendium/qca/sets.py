"""Memberships that have been checked: cases by conditions, and one outcome."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from compendium.errors import UserError
from compendium.qca.expression import Floats, Term, is_name, parse_literal
from compendium.text import Text

# A truth table of 2**26 rows is the most that is numbered; the article needs fewer than ten.
MOST_CONDITIONS = 26


@dataclass(frozen=True)
class Flag:
    """Something in the data that does not stop an analysis but must be seen.

    Attributes
    ----------
    kind
        `constant` (all memberships alike) or `half` (memberships of exactly 0.5: such a case
        belongs to no truth table row).
    column, cases
        Where; `cases` is empty for a constant.
    """

    kind: Literal["constant", "half"]
    column: str
    cases: tuple[str, ...] = ()

    @property
    def text(self) -> Text:
        """The flag as a sentence."""
        if self.kind == "constant":
            return Text(
                f"{self.column} is constant: it can neither be necessary nor tell cases apart",
                f"{self.column} 为常量，无法区分案例，也不能作为有意义的必要条件",
            )
        names = ", ".join(self.cases)
        return Text(
            f"{self.column} is exactly 0.5 for {names}: these cases belong to no row",
            f"{names} 在 {self.column} 上的隶属度恰为 0.5，不属于任何真值表行",
        )


@dataclass(frozen=True)
class Sets:
    """Calibrated memberships.

    Attributes
    ----------
    cases
        Case names, length n.
    conditions
        Condition names, length k; the first is the most significant digit of a row number.
    outcome
        Name of the outcome, with a leading `~` when it is negated.
    X, y
        Memberships, shapes (n, k) and (n,); `y` is already negated when the outcome is.
    flags
        What a reader must know about the data.
    """

    cases: tuple[str, ...]
    conditions: tuple[str, ...]
    outcome: str
    X: Floats = field(repr=False, compare=False)
    y: Floats = field(repr=False, compare=False)
    flags: tuple[Flag, ...] = ()

    def as_mapping(self) -> dict[str, Floats]:
        """Conditions by name."""
        return {name: self.X[:, j] for j, name in enumerate(self.conditions)}

    def membership(self, term: Term) -> Floats:
        """Membership of every case in a term, shape (n,)."""
        return term.membership(self.as_mapping())


def read_sets(
    frame: pd.DataFrame, outcome: str, conditions: Sequence[str], *, case: str | None = None
) -> Sets:
    """Take memberships from a frame and check them.

    Parameters
    ----------
    frame
        One row a case; names of cases in the column `case`, or else in the index.
    outcome
        A column, with a leading `~` for its negation.

    Raises
    ------
    UserError
        No condition or more than 26, a column that is absent, the outcome among the conditions,
        duplicate case names, a missing membership or one outside [0, 1].
    """
    name, present = parse_literal(outcome)
    check_names(frame, name, conditions)
    cases = case_names(frame, case)
    X = np.column_stack([memberships(frame, column, cases) for column in conditions])
    y = memberships(frame, name, cases)
    return Sets(
        cases=cases,
        conditions=tuple(conditions),
        outcome=name if present else f"~{name}",
        X=X,
        y=y if present else 1.0 - y,
        flags=find_flags(X, tuple(conditions), y, name, cases),
    )


def check_names(frame: pd.DataFrame, outcome: str, conditions: Sequence[str]) -> None:
    """Refuse conditions that cannot be analysed whatever their values."""
    if not conditions:
        raise UserError("no condition is given", "name at least one")
    if len(conditions) > MOST_CONDITIONS:
        raise UserError(
            f"{len(conditions)} conditions are more than {MOST_CONDITIONS}",
            "choose fewer: with so many, almost every configuration is a remainder",
        )
    if outcome in conditions:
        raise UserError("the outcome is among the conditions", "remove it there", column=outcome)
    for name in (*conditions, outcome):
        if not is_name(name):
            raise UserError("a set has no usable name", "use letters, digits and _", value=name)
        if name not in frame.columns:
            raise UserError("there is no such column", "check the spelling", column=name)
        if list(conditions).count(name) > 1:
            raise UserError("a condition is given twice", "name it once", column=name)


def case_names(frame: pd.DataFrame, case: str | None) -> tuple[str, ...]:
    """Names of the cases, refused when two are alike or there is none."""
    if case is not None and case not in frame.columns:
        raise UserError("there is no such column of case names", "check the spelling", column=case)
    source = frame.index if case is None else frame[case]
    names = tuple(str(name) for name in source)
    if not names:
        raise UserError("there is no case", "give at least one row")
    first_row: dict[str, int] = {}
    for row, name in enumerate(names, start=1):
        if name in first_row:
            raise UserError(
                f"the case of row {first_row[name]} stands here again",
                "give every case its own name",
                row=row,
                column=case,
                value=name,
            )
        first_row[name] = row
    return names


def memberships(frame: pd.DataFrame, column: str, cases: Sequence[str]) -> Floats:
    """One column as floats, refused where a value is missing, no number or outside [0, 1]."""
    numbers = pd.to_numeric(frame[column], errors="coerce")
    values = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    bad = np.flatnonzero(~((values >= 0.0) & (values <= 1.0)))
    if not bad.size:
        return values
    i = int(bad[0])
    found = frame[column].iloc[i]
    if pd.isna(found):
        raise UserError(
            f"the membership of case {cases[i]} in {column} is missing",
            "code it or leave the case out and say so",
            row=i + 1,
            column=column,
        )
    raise UserError(
        f"the membership of case {cases[i]} in {column} is no number from 0 to 1",
        "calibrate the condition first",
        row=i + 1,
        column=column,
        value=float(found) if isinstance(found, int | float | np.number) else found,
    )


def find_flags(
    X: Floats, conditions: tuple[str, ...], y: Floats, outcome: str, cases: tuple[str, ...]
) -> tuple[Flag, ...]:
    """Constant sets, and cases with a membership of exactly 0.5 in a condition."""
    columns = [*zip(conditions, X.T, strict=True), (outcome, y)]
    constant = [Flag("constant", name) for name, values in columns if np.ptp(values) == 0.0]
    half = [
        Flag("half", name, tuple(cases[i] for i in np.flatnonzero(values == 0.5)))
        for name, values in columns[:-1]
        if np.any(values == 0.5)
    ]
    return (*constant, *half)
