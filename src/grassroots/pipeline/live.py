"""What a person sees of a run: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress

    from grassroots.pipeline.session import Result

WORDS = {
    "ran": "done",
    "unchanged": "unchanged",
    "failed": "failed",
    "skipped": "skipped, something it needs failed",
    "would run": "would run",
}
REFRESH = 8.0
"""Redraws a second: enough to look alive, little enough to cost nothing."""


class View(AbstractContextManager["View"]):
    """Prints one line for each notebook that ends.

    Attributes
    ----------
    names
        The steps of the run in order.
    forecast
        Seconds that each took the last time.
    """

    def __init__(
        self, names: Sequence[str], forecast: Mapping[str, float], out: TextIO | None = None
    ) -> None:
        self.names = names
        self.forecast = forecast
        self.out = out or sys.stdout
        self.begun: dict[str, float] = {}
        self.ended: list[str] = []

    def __exit__(self, *_: object) -> None:
        """Nothing is left to do."""

    def started(self, name: str) -> None:
        """Note when a step started."""
        self.begun[name] = time.monotonic()

    def finished(self, result: Result) -> None:
        """Print how a step ended."""
        self.ended.append(result.name)
        self.say(self._line(result))

    def say(self, line: str) -> None:
        """Print a line."""
        self.out.write(line + "\n")
        self.out.flush()

    def left(self) -> float | None:
        """Forecast of the seconds of work that are left; None when a notebook never ran."""
        rest = [name for name in self.names if name not in self.ended]
        if any(name not in self.forecast for name in rest):
            return None
        now = time.monotonic()
        spent = {name: now - self.begun[name] for name in rest if name in self.begun}
        return sum(max(self.forecast[name] - spent.get(name, 0.0), 0.0) for name in rest)

    def _line(self, result: Result) -> str:
        seconds = self._seconds(result.name)
        took = f"  {seconds:6.1f} s" if seconds is not None else ""
        place = f"[{len(self.ended)}/{len(self.names)}]"
        return f"{place} {result.name:<24} {WORDS[result.outcome]}{took}".rstrip()

    def _seconds(self, name: str) -> float | None:
        return time.monotonic() - self.begun[name] if name in self.begun else None


class LiveView(View):
    """Shows the steps at work with seconds and forecast, redrawn in place."""

    def __enter__(self) -> LiveView:
        from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self.progress: Progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[usual]}"),
            refresh_per_second=REFRESH,
            transient=True,
        )
        self.rows: dict[str, Any] = {}
        self.progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Take the table away; what has ended stays as lines."""
        self.progress.stop()

    def started(self, name: str) -> None:
        """Add a row."""
        super().started(name)
        number = self.names.index(name) + 1
        self.rows[name] = self.progress.add_task(
            f"{number} of {len(self.names)}  {name}", total=None, usual=self._usual(name)
        )

    def finished(self, result: Result) -> None:
        """Turn the row into a line."""
        if result.name in self.rows:
            self.progress.remove_task(self.rows.pop(result.name))
        super().finished(result)

    def say(self, line: str) -> None:
        """Print a line above the table."""
        self.progress.console.print(line, highlight=False, markup=False, soft_wrap=True)

    def _usual(self, name: str) -> str:
        usual = f"last time {self.forecast[name]:.1f} s" if name in self.forecast else ""
        left = self.left()
        return f"{usual}; {left:.0f} s of work left" if left is not None else usual


def view(names: Sequence[str], forecast: Mapping[str, float]) -> View:
    """The view that suits where the output goes."""
    return (LiveView if sys.stdout.isatty() else View)(names, forecast)
