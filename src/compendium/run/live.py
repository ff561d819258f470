"""What a person sees of a run: a live table on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any, TextIO

from compendium.run import words
from compendium.text import Lang

if TYPE_CHECKING:
    from rich.progress import Progress

    from compendium.run.session import Result

REFRESH = 8.0
"""Redraws a second: enough to look alive, little enough to cost nothing."""


class View(AbstractContextManager["View"]):
    """Prints one line for each notebook that ends.

    Attributes
    ----------
    names
        The notebooks of the run in order; what is not among them is not shown.
    forecast
        Seconds that each took the last time.
    jobs
        Notebooks at a time.
    """

    def __init__(
        self,
        names: Sequence[str],
        forecast: Mapping[str, float],
        lang: Lang = "en",
        jobs: int = 1,
        out: TextIO | None = None,
    ) -> None:
        self.names = names
        self.forecast = forecast
        self.lang = lang
        self.jobs = jobs
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
        if result.name in self.names:
            self.ended.append(result.name)
            self.say(self._line(result))

    def long_at(self, place: str, seconds: float, limit: float) -> None:
        """Say that a cell has been running for long; called in the thread of its notebook."""
        told = words.STILL_AT[self.lang].format(place=place, seconds=seconds, limit=limit)
        self.say(told)

    def say(self, line: str) -> None:
        """Print a line."""
        self.out.write(line + "\n")
        self.out.flush()

    def left(self) -> float | None:
        """Forecast of the seconds that are left; None when a notebook has never run."""
        rest = [name for name in self.names if name not in self.ended]
        if not rest or any(name not in self.forecast for name in rest):
            return None
        now = time.monotonic()
        due = [max(self.forecast[n] - (now - self.begun.get(n, now)), 0.0) for n in rest]
        return max(sum(due) / self.jobs, *due)

    def _line(self, result: Result) -> str:
        seconds = self._seconds(result.name)
        took = f"  {seconds:6.1f} s" if seconds is not None else ""
        place = f"[{len(self.ended)}/{len(self.names)}]"
        return (
            f"{place} {result.name:<24} {words.OUTCOMES[result.outcome][self.lang]}{took}".rstrip()
        )

    def _seconds(self, name: str) -> float | None:
        return time.monotonic() - self.begun[name] if name in self.begun else None


class LiveView(View):
    """Shows the steps at work with seconds and forecast, redrawn in place."""

    def __enter__(self) -> LiveView:
        from rich.progress import Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
        from rich.progress import TimeElapsedColumn as Elapsed
        from rich.text import Text

        class Forecast(ProgressColumn):
            """What is known of a row, written anew at each redraw."""

            def render(column, task: Task) -> Text:  # noqa: N805
                return Text(self.usual(task.fields["name"]))

        self.progress: Progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            Elapsed(),
            Forecast(),
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
        if name in self.names:
            place = {"n": self.names.index(name) + 1, "all": len(self.names), "name": name}
            about = words.NUMBERED[self.lang].format(**place)
            self.rows[name] = self.progress.add_task(about, total=None, name=name)

    def finished(self, result: Result) -> None:
        """Turn the row into a line."""
        if result.name in self.rows:
            self.progress.remove_task(self.rows.pop(result.name))
        super().finished(result)

    def say(self, line: str) -> None:
        """Print a line above the table."""
        self.progress.console.print(line, highlight=False, markup=False, soft_wrap=True)

    def usual(self, name: str) -> str:
        """Seconds of the last time, and in the first row what is left of the whole run."""
        said = []
        if name in self.forecast:
            said.append(words.LAST_TIME[self.lang].format(seconds=self.forecast[name]))
        if name == next(iter(self.rows), None) and (left := self.left()) is not None:
            said.append(words.LEFT[self.lang].format(seconds=left))
        return "; ".join(said)


def view(names: Sequence[str], forecast: Mapping[str, float], lang: Lang, jobs: int) -> View:
    """The view that suits where the output goes."""
    return (LiveView if sys.stdout.isatty() else View)(names, forecast, lang, jobs)
