"""How numbers are written for readers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10

MISSING = "–"
_MINUS = "\N{MINUS SIGN}"
_SMALLEST_P = 0.001


@dataclass(frozen=True)
class NumberStyle:
    """Percent or plain, with a fixed number of decimals."""

    percent: bool = False
    digits: int = 0

    def write(self, value: float) -> str:
        """Write one number; a number that does not exist is a dash."""
        if not isfinite(value):
            return MISSING
        text = f"{100 * value if self.percent else value:,.{self.digits}f}"
        if not text.strip("-0.,"):
            text = text.lstrip("-")
        return text.replace("-", _MINUS) + ("%" if self.percent else "")

    def between(self, low: float, high: float, glue: str = "–") -> str:
        """Write an interval; a half-known one keeps its dash."""
        if not (isfinite(low) or isfinite(high)):
            return MISSING
        if low < 0 or high < 0 or not (isfinite(low) and isfinite(high)):
            glue = glue if glue.strip() != "–" else " … "
        first = self.write(low)
        return f"{first.rstrip('%') if isfinite(high) else first}{glue}{self.write(high)}"


def style_for(values: Iterable[float], percent: bool, digits: int | None) -> NumberStyle:
    """Choose decimals from the data where the plan sets none: about three significant digits."""
    if digits is not None or percent:
        return NumberStyle(percent, digits or 0)
    finite = [abs(value) for value in values if isfinite(value)]
    if all(value == round(value) for value in finite):
        return NumberStyle(False, 0)
    return NumberStyle(False, max(0, 2 - floor(log10(max(finite)))))


def tick_style(step: float, percent: bool) -> NumberStyle:
    """Choose just enough decimals to tell ticks apart."""
    shown = step * 100 if percent else step
    return NumberStyle(percent, max(0, ceil(-log10(shown) - 1e-9)))


def write_p(p: float, digits: int = 3) -> str:
    """Write a p-value; what is smaller than 0.001 is said to be so."""
    if not isfinite(p):
        return MISSING
    return f"< {_SMALLEST_P}" if p < _SMALLEST_P else f"{p:.{digits}f}"
