"""The one exception that a person is meant to read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SHOWN = 40
"""Errors that one list shows; the first mended mend many of the rest."""


@dataclass
class UserError(Exception):
    """Something a user can mend; the command line prints it in one line and exits with code 2.

    Attributes
    ----------
    problem
        What is wrong, as a sentence without a full stop.
    mend
        What to do about it, as an imperative without a full stop.
    file, line, row, column, value
        Where it is: a file, a line of a text file (from 1), a data row (from 1, the header not
        counted), a column and the value found there.
    """

    problem: str
    mend: str = ""
    file: Path | str | None = None
    line: int | None = None
    row: int | None = None
    column: str | None = None
    value: object = None

    def __str__(self) -> str:
        place = str(self.file) if self.file is not None else ""
        if self.line is not None:
            place += f":{self.line}"
        details = [
            f"{name} {shown}"
            for name, shown in (
                ("row", self.row),
                ("column", self.column),
                ("value", None if self.value is None else repr(self.value)),
            )
            if shown is not None
        ]
        where = ", ".join(part for part in (place, *details) if part)
        text = f"{where}: {self.problem}" if where else self.problem
        return f"{text}; {self.mend}" if self.mend else text


class UserErrors(UserError):  # noqa: N818  (a list of UserError)
    """Several errors, told in one list, by file and line; its own place is that of the first.

    Attributes
    ----------
    errors
        Every one of them.
    """

    def __init__(self, problem: str, errors: Iterable[UserError]) -> None:
        self.errors = tuple(sorted(errors, key=lambda one: (str(one.file or ""), one.line or 0)))
        first = self.errors[0]
        super().__init__(problem, "mend each", first.file, first.line)

    def __str__(self) -> str:
        more = len(self.errors) - SHOWN
        rest = [f"and {more} more"] if more > 0 else []
        return "\n  ".join((f"{self.problem}:", *map(str, self.errors[:SHOWN]), *rest))


def settle(errors: Iterable[UserError], what: str) -> None:
    """Raise what was found: nothing, the one error as it is, or all in one list.

    Parameters
    ----------
    errors
        What was found; one that is told twice counts once.
    what
        Where it was found: "the plan".
    """
    found = {str(error): error for error in errors}
    if len(found) == 1:
        raise next(iter(found.values()))
    if found:
        raise UserErrors(f"{len(found)} things in {what} must be mended", found.values())


def each_of(error: UserError) -> tuple[UserError, ...]:
    """Errors of a list, or the one that there is."""
    return error.errors if isinstance(error, UserErrors) else (error,)
