"""What a step does when it runs: execute into staging, check, move into place."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from compendium.exhibits.asked import ASKED
from compendium.files import put_in_place, write_atomic
from compendium.run import products
from compendium.run.steps import MERGE, Step
from compendium.run.used import Used
from compendium.text import LANGS

if TYPE_CHECKING:
    from compendium.outputs import Outputs
    from compendium.run.execution import LongAt
    from compendium.run.provision import Kernels


@dataclass(frozen=True)
class Spent:
    """Seconds of a step: in all, once a kernel was to be had, and in the cells of its notebook."""

    seconds: float
    cell_seconds: float = 0.0
    used: Used = field(default_factory=Used)


@dataclass(frozen=True)
class Worker:
    """Runs steps.

    Attributes
    ----------
    limit
        Seconds that one cell may take.
    long_at
        Told of a cell that has been running for long.
    """

    reports: Path
    kernels: Kernels
    outputs: Outputs
    limit: float
    long_at: LongAt

    def run(self, step: Step) -> Spent:
        """Run a step.

        Raises
        ------
        CellError
            A cell of the notebook failed; what there is of it is kept.
        UserError
            A declared file is missing, an undeclared one was written, or the disk refuses.
        """
        return self._merge(step) if step.name == MERGE else self._notebook(step)

    def _merge(self, step: Step) -> Spent:
        from compendium.claims.ledger import merge_ledgers, write_ledger

        begun = time.perf_counter()
        merged = merge_ledgers(self.reports / path for path in step.reads)
        write_ledger(self.reports / products.MERGED_LEDGER, merged)
        return Spent(time.perf_counter() - begun)

    def _notebook(self, step: Step) -> Spent:
        from compendium.run.execution import CellError, Patience, execute

        assert step.notebook is not None
        place = self.kernels.take()
        begun = time.perf_counter()
        place.staging.mkdir(parents=True)
        try:
            done = execute(
                step.notebook,
                step.parameters or {},
                self.kernels,
                place,
                Patience(self.limit, self.long_at),
            )
            for lang, text in done.texts.items():
                write_atomic(place.staging / products.executed(step.name, lang), text.encode())
            asked = place.staging / ASKED
            written = sorted(path for path in files_below(place.staging) if path.name != ASKED)
            products.check_written(step.name, step.writes, written)
            move(place.staging, self.reports, written)
            self._keep_asked(step.name, asked)
            for left_out in step.leaves_out:
                self.outputs.clear(left_out)
        except CellError as error:
            for lang, text in error.partial.items():
                write_atomic(self.reports / products.failed(step.name, lang), text.encode())
            raise
        finally:
            shutil.rmtree(place.staging, ignore_errors=True)
        return Spent(time.perf_counter() - begun, done.seconds, done.used)

    def _keep_asked(self, name: str, asked: Path) -> None:
        """Keep which words the notebook asked for, or forget it where the notebook does not say."""
        kept = self.reports / products.asked(name)
        if asked.is_file():
            write_atomic(kept, asked.read_bytes())
        else:
            kept.unlink(missing_ok=True)


def files_below(folder: Path) -> Iterator[PurePosixPath]:
    """Files below a folder, relative to it."""
    for path in folder.rglob("*"):
        if path.is_file():
            yield PurePosixPath(path.relative_to(folder).as_posix())


def move(source: Path, target: Path, paths: list[PurePosixPath]) -> None:
    """Move files into place one by one.

    A kill between two moves leaves a mix of old and new files, each of them whole; as the state
    of the step is recorded only after the last move, the next run does the step again.
    """
    for path in paths:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        put_in_place(source / path, target / path)


def prune(outputs: Outputs, known: set[PurePosixPath]) -> None:
    """Remove outputs that the plan no longer knows."""
    spoken = (f"{lang}/{kind}" for lang in LANGS for kind in ("figures", "tables", "notebooks"))
    for folder in ("ledger", "exhibits", *spoken):
        for path in sorted(files_below(outputs.reports / folder)):
            of_plan = folder / path in known or path.name.startswith(".")
            if not of_plan and not outputs.is_of_report(folder / path):
                outputs.remove(folder / path)
