"""Truth tables: one row a configuration that at least one case belongs to.

Sources: Ragin (2008, chapters 7 and 8), Schneider and Wagemann (2012, chapters 4 to 6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from compendium.errors import UserError
from compendium.qca.expression import Floats
from compendium.qca.fit import fit_sufficiency
from compendium.qca.sets import Flag, Sets, read_sets

Out = Literal["1", "0", "C", "?"]
# Cut-offs are reached within rounding: a consistency of 0.8 made of sums may be 0.7999999999.
TOLERANCE = 1.5e-8


@dataclass(frozen=True)
class Cuts:
    """What a row needs.

    Attributes
    ----------
    consistency
        Least consistency of a positive row.
    contradiction
        With it, rows from here up to `consistency` are contradictory (`C`), not negative.
    pri
        Least PRI of a positive row.
    frequency
        Least number of cases; rows with fewer are remainders (`?`).
    """

    consistency: float = 0.8
    contradiction: float | None = None
    pri: float = 0.0
    frequency: int = 1

    def __post_init__(self) -> None:
        lower = self.consistency if self.contradiction is None else self.contradiction
        if not 0.0 <= lower <= self.consistency <= 1.0 or not 0.0 <= self.pri <= 1.0:
            raise UserError(
                "cut-offs are out of order or outside [0, 1]",
                "put the contradiction cut-off below the consistency cut-off",
                value=(self.contradiction, self.consistency, self.pri),
            )
        if self.frequency < 1:
            raise UserError("the frequency cut-off is less than 1", "1 is the least")

    def out(self, n: int, consistency: float, pri: float) -> Out:
        """Code of a row with n cases."""
        if n < self.frequency:
            return "?"
        if consistency >= self.consistency - TOLERANCE:
            return "1" if self.pri == 0.0 or pri >= self.pri - TOLERANCE else "0"
        if self.contradiction is not None and consistency >= self.contradiction - TOLERANCE:
            return "C"
        return "0"


@dataclass(frozen=True)
class Row:
    """One configuration with cases.

    Attributes
    ----------
    number
        One plus the binary number of the configuration, first condition most significant.
    out
        `1` positive, `0` negative, `C` contradictory by the cut-offs, `?` below the frequency.
    n, cases
        Cases with a membership above 0.5 in the row.
    deviant_cases
        Those of them with an outcome below 0.5.
    consistency, pri
        Of the row as a sufficient term, over all cases.
    """

    number: int
    configuration: tuple[int, ...]
    out: Out
    n: int
    consistency: float
    pri: float
    cases: tuple[str, ...]
    deviant_cases: tuple[str, ...]

    @property
    def mixed(self) -> bool:
        """Cases on both sides of the outcome: a logical contradiction in the row."""
        return 0 < len(self.deviant_cases) < self.n


@dataclass(frozen=True)
class TruthTable:
    """Observed rows, and how the others are to be seen.

    Attributes
    ----------
    sets
        The memberships it was made from.
    rows
        Observed rows by number.
    excluded
        Numbers of rows that the analyst forbids: negative, whether observed or not.
    """

    sets: Sets = field(repr=False)
    cuts: Cuts
    rows: tuple[Row, ...]
    excluded: tuple[int, ...] = ()

    @property
    def conditions(self) -> tuple[str, ...]:
        """Condition names, first the most significant."""
        return self.sets.conditions

    @property
    def outcome(self) -> str:
        """Outcome, with `~` when negated."""
        return self.sets.outcome

    @property
    def flags(self) -> tuple[Flag, ...]:
        """What a reader must know about the data."""
        return self.sets.flags

    @property
    def size(self) -> int:
        """Number of possible rows."""
        return 1 << len(self.conditions)

    def numbers(self, out: Out) -> tuple[int, ...]:
        """Numbers of the observed rows with a code; excluded remainders are not among them."""
        return tuple(row.number for row in self.rows if row.out == out)

    @property
    def positive(self) -> tuple[int, ...]:
        """Rows to be explained."""
        return self.numbers("1")

    @property
    def contradictory(self) -> tuple[int, ...]:
        """Rows between the two consistency cut-offs."""
        return self.numbers("C")

    @property
    def negative(self) -> tuple[int, ...]:
        """Rows that no term may cover: code `0`, and excluded ones."""
        return tuple(sorted({*self.numbers("0"), *self.excluded}))

    @property
    def n_remainders(self) -> int:
        """Rows without enough cases that are not excluded."""
        decided = {*self.positive, *self.contradictory, *self.negative}
        return self.size - len(decided)

    def row(self, number: int) -> Row:
        """Observed row of a number."""
        for row in self.rows:
            if row.number == number:
                return row
        raise UserError("no case belongs to this row", "see the numbers of rows", value=number)

    def frame(self) -> pd.DataFrame:
        """One line a row: number, conditions as 0 and 1, out, n, consistency, pri, cases."""
        lines = [
            {
                "row": row.number,
                **dict(zip(self.conditions, row.configuration, strict=True)),
                "out": row.out,
                "n": row.n,
                "consistency": row.consistency,
                "pri": row.pri,
                "cases": ", ".join(row.cases),
                "deviant_cases": ", ".join(row.deviant_cases),
            }
            for row in self.rows
        ]
        return pd.DataFrame(lines)


def truth_table(
    frame: pd.DataFrame,
    outcome: str,
    conditions: Sequence[str],
    cuts: Cuts | None = None,
    *,
    exclude: Sequence[int] = (),
    case: str | None = None,
) -> TruthTable:
    """Make the truth table of calibrated memberships.

    A case with a membership of exactly 0.5 in a condition belongs to no row (it is flagged) but
    counts in the consistency of every row.

    Parameters
    ----------
    outcome
        A column, with a leading `~` for its negation.
    exclude
        Row numbers forced to be negative, e.g. impossible or contradictory remainders.

    Raises
    ------
    UserError
        As `read_sets`, and when an excluded row has no such number.
    """
    return table_of(read_sets(frame, outcome, conditions, case=case), cuts or Cuts(), exclude)


def table_of(sets: Sets, cuts: Cuts, exclude: Sequence[int] = ()) -> TruthTable:
    """Make the truth table of sets that have been checked."""
    size = 1 << len(sets.conditions)
    for number in exclude:
        if not 1 <= number <= size:
            raise UserError(f"there is no such row among {size}", "rows count from 1", value=number)
    codes = configurations(sets.X)
    excluded = tuple(sorted(set(exclude)))
    observed = sorted(int(code) for code in np.unique(codes[codes >= 0]))
    rows = tuple(make_row(sets, cuts, code, codes, excluded) for code in observed)
    return TruthTable(sets=sets, cuts=cuts, rows=rows, excluded=excluded)


def configurations(X: Floats) -> NDArray[np.int64]:
    """Give each case its configuration as a number from 0; -1 when a membership is exactly 0.5."""
    k = X.shape[1]
    weights = np.left_shift(np.int64(1), np.arange(k - 1, -1, -1, dtype=np.int64))
    codes = (X > 0.5).astype(np.int64) @ weights
    return np.where((X == 0.5).any(axis=1), np.int64(-1), codes)


def row_membership(X: Floats, code: int) -> Floats:
    """Membership of every case in one configuration, shape (n,)."""
    present = np.array(digits(code, X.shape[1]), dtype=bool)
    return np.where(present, X, 1.0 - X).min(axis=1)


def digits(code: int, k: int) -> tuple[int, ...]:
    """Binary digits of a configuration, first condition first."""
    return tuple(code >> (k - 1 - j) & 1 for j in range(k))


def make_row(
    sets: Sets, cuts: Cuts, code: int, codes: NDArray[np.int64], excluded: Sequence[int]
) -> Row:
    """Code one observed configuration."""
    members = np.flatnonzero(codes == code)
    fit = fit_sufficiency(row_membership(sets.X, code), sets.y)
    n = len(members)
    out = cuts.out(n, fit.consistency, fit.pri)
    return Row(
        number=code + 1,
        configuration=digits(code, len(sets.conditions)),
        out="0" if code + 1 in excluded else out,
        n=n,
        consistency=fit.consistency,
        pri=fit.pri,
        cases=tuple(sets.cases[i] for i in members),
        deviant_cases=tuple(sets.cases[i] for i in members if sets.y[i] < 0.5),
    )
