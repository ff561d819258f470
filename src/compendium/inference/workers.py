"""Blocks of work on the cores of this machine or on a Dask cluster, with the same results."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from compendium.errors import UserError
from compendium.text import Lang, Text

Block = TypeVar("Block")
Result = TypeVar("Result")
Progress = Callable[[int, int], None]
"""Told after each block how many are done, and of how many."""

REFILLS = 3
"""Times that lost processes of this machine are replaced: more means that the work kills them."""
REFRESH = 8.0
"""Redraws a second, as in the view of a run."""

LEFT = Text("about {seconds:.0f} s left", "约剩 {seconds:.0f} 秒")
DONE = Text("{done} of {total}", "{done} / {total}")


def run_blocks(
    function: Callable[[Block], Result],
    blocks: Sequence[Block],
    *,
    jobs: int = 1,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> list[Result]:
    """Apply a function to each block and return the results in the order of the blocks.

    Parameters
    ----------
    function
        Pure and picklable; a function of the package, or a `functools.partial` of one with what
        all blocks share. Its seed comes with the block, so results depend on nothing else.
    blocks
        Small and picklable.
    jobs
        Processes on this machine (joblib, loky), each with one thread of linear algebra; 1 works
        in this process.
    scheduler
        Address of a Dask scheduler, such as "tcp://10.0.0.1:8786"; then `jobs` is not used.
    progress
        As from `shown`.

    Raises
    ------
    UserError
        Fewer than one job; a scheduler that can't be reached or has no workers; a worker without
        the package or with another version of it; processes or workers that are lost again and
        again. What the function raises goes through as it is.

    Notes
    -----
    The results are the same numbers wherever the blocks run, as far as the machines' linear
    algebra agrees: round to 10 significant digits before writing.
    """
    if jobs < 1:
        raise UserError("at least one job is needed", "leave it out for one", value=jobs)
    tell = progress or _nothing
    if scheduler is not None:
        from compendium.inference.workers_dask import run_on_dask

        return run_on_dask(function, blocks, scheduler, tell)
    if jobs == 1 or len(blocks) <= 1:
        return list(_told((function(block) for block in blocks), len(blocks), tell))
    return _run_on_loky(function, blocks, jobs, tell)


def _nothing(_done: int, _total: int) -> None:
    """Show nothing."""


def _told(results: Iterator[Result], total: int, tell: Progress) -> Iterator[Result]:
    for done, result in enumerate(results, start=1):
        tell(done, total)
        yield result


def _run_on_loky(
    function: Callable[[Block], Result], blocks: Sequence[Block], jobs: int, tell: Progress
) -> list[Result]:
    """Go on where a lost process left off; leave no process behind when interrupted."""
    from joblib.externals.loky import get_reusable_executor
    from joblib.externals.loky.process_executor import BrokenProcessPool

    results: list[Result] = []
    try:
        for _ in range(1 + REFILLS):
            try:
                for result in _loky(function, blocks[len(results) :], jobs):
                    results.append(result)
                    tell(len(results), len(blocks))
            except BrokenProcessPool:
                continue
            return results
    except BaseException:
        get_reusable_executor(max_workers=jobs).shutdown(wait=True, kill_workers=True)
        raise
    problem = f"processes of this machine were lost {1 + REFILLS} times, the last in block "
    raise UserError(f"{problem}{len(results) + 1}", "use fewer jobs or free memory")


def _loky(
    function: Callable[[Block], Result], blocks: Sequence[Block], jobs: int
) -> Iterator[Result]:
    import joblib

    with joblib.parallel_config("loky", inner_max_num_threads=1):
        parallel = joblib.Parallel(jobs, return_as="generator")
        yield from parallel(joblib.delayed(function)(block) for block in blocks)


@contextmanager
def shown(title: str, lang: Lang = "en") -> Iterator[Progress]:
    """Progress on a terminal with an estimate of the time left; quiet elsewhere.

    Parameters
    ----------
    title
        What is being done, in the language of the reader.
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

    console = Console(stderr=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn())
    said = (TextColumn("{task.fields[counted]}"), TextColumn("{task.fields[left]}"))
    with Progress(
        *columns,
        *said,
        console=console,
        transient=True,
        disable=not console.is_terminal,
        refresh_per_second=REFRESH,
    ) as bar:
        task, begun = bar.add_task(title, total=None, counted="", left=""), time.monotonic()

        def tell(done: int, total: int) -> None:
            seconds = time_left(time.monotonic() - begun, done, total)
            counted = DONE[lang].format(done=done, total=total)
            left = LEFT[lang].format(seconds=seconds)
            bar.update(task, completed=done, total=total, counted=counted, left=left)

        yield tell


def time_left(elapsed: float, done: int, total: int) -> float:
    """Seconds that the blocks that are left will take at the pace so far."""
    return elapsed / done * (total - done)
