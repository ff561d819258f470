"""The one exception that a person is meant to read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


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
