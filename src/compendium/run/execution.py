"""One notebook through papermill: execute, and say in three lines what failed."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from jupyter_core.utils import ensure_event_loop, run_sync

from compendium.run.notebook import Notebook
from compendium.run.options import CELL_LIMIT
from compendium.run.parameters import Value
from compendium.text import Lang


@contextmanager
def _without(module: str) -> Iterator[None]:
    """Let `import module` fail: it is optional to whoever imports it here."""
    present = module in sys.modules
    sys.modules.setdefault(module, None)  # type: ignore[arg-type]
    try:
        yield
    finally:
        if not present:
            del sys.modules[module]


with _without("rfc3987_syntax"):  # 0.8 s for jsonschema's "iri" format, which notebooks lack
    import nbformat
    import papermill
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import Engine, papermill_engines
    from papermill.exceptions import PapermillExecutionError

from nbclient.exceptions import DeadKernelError  # noqa: E402

from compendium.run.languages import INJECTED_TAG, in_each_language  # noqa: E402
from compendium.run.provision import Kernels, Place  # noqa: E402
from compendium.run.used import Used  # noqa: E402

ENGINE = "compendium"

LONG = 60.0
"""Seconds after which a cell is said to be still at work; then again whenever they have doubled."""

GRACE = 5.0
"""Seconds that a cell has to end when it is interrupted; then its kernel is killed."""

LongAt = Callable[[str, float, float], None]
"""Told the place of a cell, the seconds that it has been running, and those that it may."""

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_CELL_LINE = re.compile(r"Cell In\s*\[\d+\], line (\d+)")
_KEPT_CELL_METADATA = ("tags", "jupyter", "slideshow")


@dataclass(frozen=True)
class Executed:
    """An executed notebook.

    Attributes
    ----------
    texts
        The notebook as JSON in each language, without clock times, so that equal results give
        equal files.
    seconds
        Seconds spent in its cells.
    used
        What its kernel used, and with which packages.
    """

    texts: Mapping[Lang, str]
    seconds: float
    used: Used


class CellError(Exception):
    """A cell failed.

    Attributes
    ----------
    lines
        Notebook and cell, the line of code, the error; a `UserError` is its own one line.
    partial
        What there is of the executed notebook, as JSON in each language.
    """

    def __init__(self, lines: tuple[str, ...], partial: Mapping[Lang, str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
        self.partial = partial


@dataclass(frozen=True)
class Patience:
    """How long a cell may run, in seconds, and who is told that it has been running for long."""

    limit: float
    long_at: LongAt


class OverdueError(Exception):
    """A cell ran longer than it may; `cell` is None when the kernel was busy after the last."""

    def __init__(self, cell: nbformat.NotebookNode | None = None) -> None:
        super().__init__("a cell ran longer than it may")
        self.cell = cell


class WatchedClient(PapermillNotebookClient):
    """Executes cells, each within a limit: interrupts it, then gives the kernel up.

    Nbclient's own limit either interrupts again and again, each time after the whole limit, or
    does not say where the cell was; and a cell that catches the interrupt would go on.
    """

    def __init__(self, nb_man: Any, notebook: str, patience: Patience, **options: Any) -> None:
        super().__init__(nb_man, **options)
        self.notebook = notebook
        self.patience = patience
        self.overdue = False

    async def _execute_watched(self, cell: nbformat.NotebookNode, index: int) -> Any:
        watch = asyncio.ensure_future(self._watch(f"{self.notebook}, {_place(self.nb, cell)}"))
        try:
            done = await self.async_execute_cell(cell, index)
        except Exception:
            if not self.overdue:
                raise
        finally:
            watch.cancel()
        if self.overdue:
            raise OverdueError(cell)
        return done

    execute_cell = run_sync(_execute_watched)

    async def _watch(self, place: str) -> None:
        """Say that a cell is still at work, end it at the limit."""
        limit, spent, next_word = self.patience.limit, 0.0, LONG
        while next_word < limit:
            await asyncio.sleep(next_word - spent)
            spent, next_word = next_word, 2 * next_word
            self.patience.long_at(place, spent, limit)
        await asyncio.sleep(limit - spent)
        self.overdue = True
        with suppress(
            Exception
        ):  # a kernel that can't be interrupted is killed like one that isn't
            await self.km.interrupt_kernel()
        await asyncio.sleep(GRACE)
        await self.km.provisioner.kill()  # nbclient then finds the kernel dead

    async def _reply_in_time(self, message: str, cell: nbformat.NotebookNode | None = None) -> Any:
        """Wait for a reply outside of cells: what a cell left behind may keep the kernel busy."""
        try:
            async with asyncio.timeout(self.patience.limit):
                return await self.async_wait_for_reply(message, cell)
        except TimeoutError:
            raise OverdueError from None

    wait_for_reply = run_sync(_reply_in_time)


class NotebookEngine(Engine):
    """Papermill's engine with the run's own kernels."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, log_output: bool = False, **options: Any
    ) -> None:
        """Execute with the kernel at `options['place']`; keep the notebook in `options['kept']`."""
        options["kept"].append(nb_man.nb)
        running = run_sync(options["kernels"].connect)(options["place"])
        try:
            client = WatchedClient(
                nb_man,
                options["notebook"],
                options["patience"],
                km=running.manager,
                kernel_name=kernel_name,
                log_output=log_output,
            )
            client.kc = running.client
            client.execute()
            options["used"].append(run_sync(running.used)())
        finally:
            run_sync(running.close)()


papermill_engines.register(ENGINE, NotebookEngine)


def execute(
    notebook: Notebook,
    parameters: Mapping[str, Value],
    kernels: Kernels,
    place: Place,
    patience: Patience,
) -> Executed:
    """Execute a notebook with its parameters.

    Raises
    ------
    CellError
        A cell raised an error or ran longer than it may, or the kernel died.
    """
    kept: list[nbformat.NotebookNode] = []
    used: list[Used] = []
    try:
        with _thread_loop():
            papermill.execute_notebook(
                nbformat.reads(notebook.text, as_version=4),
                None,
                dict(parameters),
                engine_name=ENGINE,
                kernel_name="python3",
                language="python",
                progress_bar=False,
                request_save_on_cell_execute=False,
                kernels=kernels,
                place=place,
                kept=kept,
                notebook=notebook.name,
                patience=patience,
                used=used,
            )
    except PapermillExecutionError as error:
        raise _cell_error(notebook, kept[0], error) from None
    except OverdueError as error:
        raise _overdue(notebook, kept[0], error.cell, patience.limit) from None
    except DeadKernelError:
        raise _death(notebook, kept[0]) from None
    seconds = _cell_seconds(kept[0])
    return Executed(_clean(kept[0]), seconds, used[0])


@contextmanager
def _thread_loop() -> Iterator[None]:
    """Give the thread an event loop that zmq can work with, and close it at the end."""
    loop = ensure_event_loop(prefer_selector_loop=True)
    try:
        yield
    finally:
        loop.close()


def _cell_error(
    notebook: Notebook, executed: nbformat.NotebookNode, error: PapermillExecutionError
) -> CellError:
    partial = _clean(executed)
    if error.ename == "UserError":
        return CellError((f"{notebook.name}: {error.evalue}",), partial)
    number = _number_in_source(executed, error.source)
    return CellError(
        (
            f"{notebook.name}, cell {number}",
            _failed_line(error.source, "\n".join(error.traceback)),
            _first_line(f"{error.ename}: {error.evalue}"),
        ),
        partial,
    )


def _overdue(
    notebook: Notebook,
    executed: nbformat.NotebookNode,
    cell: nbformat.NotebookNode | None,
    limit: float,
) -> CellError:
    cell = cell or [c for c in executed.cells if c.cell_type == "code"][-1]
    traces = ["\n".join(o.traceback) for o in cell.outputs if o.output_type == "error"]
    number = _failed_number(traces[-1]) if traces else 1
    mend = f"allow more with -p {CELL_LIMIT}=SECONDS, or in notebooks/plan/profiles.yml"
    return CellError(
        (
            f"{notebook.name}, {_place(executed, cell)}, line {number}",
            _line_of(cell.source, number),
            f"stopped: one cell may run for {limit:.0f} s; {mend}",
        ),
        _clean(executed),
    )


def _place(executed: nbformat.NotebookNode, cell: nbformat.NotebookNode) -> str:
    """Position in the source notebook, from 1, and id of a cell."""
    own = [one for one in executed.cells if not _added(one)]
    number = next((n for n, one in enumerate(own, start=1) if one is cell), 1)
    return f"cell {number} ({cell.get('id', '')})"


def _death(notebook: Notebook, executed: nbformat.NotebookNode) -> CellError:
    started = [c for c in executed.cells if c.metadata.get("papermill", {}).get("start_time")]
    source = started[-1].source if started else ""
    number = _number_in_source(executed, source)
    lines = source.strip().splitlines() or [""]
    return CellError(
        (
            f"{notebook.name}, cell {number}",
            lines[0],
            "the kernel died: out of memory, or ended from outside",
        ),
        _clean(executed),
    )


def _number_in_source(executed: nbformat.NotebookNode, source: str) -> int:
    """Position of a cell in the source notebook, from 1: papermill's own cells do not count."""
    own = [cell for cell in executed.cells if not _added(cell)]
    return next((n for n, cell in enumerate(own, start=1) if cell.source == source), 1)


def _added(cell: nbformat.NotebookNode) -> bool:
    tags = cell.metadata.get("tags", ())
    return INJECTED_TAG in tags or "papermill-error-cell-tag" in tags


def _failed_line(source: str, traceback: str) -> str:
    return _line_of(source, _failed_number(traceback))


def _failed_number(traceback: str) -> int:
    numbers = _CELL_LINE.findall(_ANSI.sub("", traceback))
    return int(numbers[0]) if numbers else 1


def _line_of(source: str, number: int) -> str:
    lines = source.splitlines() or [""]
    return lines[min(number, len(lines)) - 1].strip()


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0]


def _cell_seconds(executed: nbformat.NotebookNode) -> float:
    spent = (cell.metadata.get("papermill", {}).get("duration") for cell in executed.cells)
    return float(sum(seconds for seconds in spent if seconds))


def _clean(executed: nbformat.NotebookNode) -> dict[Lang, str]:
    """The notebook as JSON in each language, without clock times, paths and random cell numbers."""
    executed.metadata.pop("papermill", None)
    for number, cell in enumerate(executed.cells):
        cell.metadata = nbformat.from_dict(
            {key: cell.metadata[key] for key in _KEPT_CELL_METADATA if cell.metadata.get(key)}
        )
        if _added(cell):
            cell.id = f"added-{number}"
    return in_each_language(executed)
