"""How numbers are written for readers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor, isfinite, log10

MISSING = "–"
_MINUS = "\N{MINUS SIGN}"
_SMALLEST_P = 0.001
_MOST_DIGITS = 8
# Steps come from subtraction, so they miss round numbers by a few units of the last place.
_ROUNDING = 1e-9


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
        """Write an interval, or what is known of it."""
        if isfinite(low) and isfinite(high):
            return f"{self.write(low).rstrip('%')}{glue}{self.write(high)}"
        if isfinite(low):
            return f"≥ {self.write(low)}"
        return f"≤ {self.write(high)}" if isfinite(high) else MISSING


def style_for(values: Iterable[float], percent: bool, digits: int | None) -> NumberStyle:
    """Choose decimals from the data where the plan sets none: two significant digits or more."""
    if digits is not None or percent:
        return NumberStyle(percent, digits or 0)
    finite = [abs(value) for value in values if isfinite(value)]
    if all(value == round(value) for value in finite):
        return NumberStyle(False, 0)
    return NumberStyle(False, max(0, 1 - floor(log10(max(finite)))))


def tick_style(step: float, percent: bool) -> NumberStyle:
    """Choose just enough decimals to write every multiple of `step` exactly."""
    shown = step * 100 if percent else step
    fits = (digits for digits in range(_MOST_DIGITS) if _is_whole(shown * 10**digits))
    return NumberStyle(percent, next(fits, _MOST_DIGITS))


def _is_whole(value: float) -> bool:
    return abs(value - round(value)) < _ROUNDING * max(1.0, value) and round(value) > 0


def interval_glue(values: Iterable[float], words: str) -> str:
    """Choose what stands between the ends of intervals: a dash, or words beside minus signs."""
    return words if any(value < 0 for value in values) else "–"


def write_p(p: float, digits: int = 3) -> str:
    """Write a p-value; what is smaller than 0.001 is said to be so."""
    if not isfinite(p):
        return MISSING
    return f"< {_SMALLEST_P}" if p < _SMALLEST_P else f"{p:.{digits}f}"
