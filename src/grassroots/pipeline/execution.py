"""One notebook through papermill: execute, and say in three lines what failed."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from jupyter_core.utils import ensure_event_loop, run_sync

from grassroots.pipeline.notebook import Notebook
from grassroots.pipeline.parameters import Value


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

from grassroots.pipeline.provision import Kernels, Place  # noqa: E402
from grassroots.pipeline.used import Used  # noqa: E402

ENGINE = "grassroots"
INJECTED_TAG = "injected-parameters"

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_CELL_LINE = re.compile(r"Cell In\s*\[\d+\], line (\d+)")
_KEPT_CELL_METADATA = ("tags", "jupyter", "slideshow")


@dataclass(frozen=True)
class Executed:
    """An executed notebook.

    Attributes
    ----------
    text
        The notebook as JSON, without clock times, so that equal results give equal files.
    seconds
        Seconds spent in its cells.
    used
        What its kernel used, and with which packages.
    """

    text: str
    seconds: float
    used: Used


class CellError(Exception):
    """A cell failed.

    Attributes
    ----------
    lines
        Notebook and cell, the line of code, the error; a `UserError` is its own one line.
    partial
        What there is of the executed notebook, as JSON.
    """

    def __init__(self, lines: tuple[str, ...], partial: str) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
        self.partial = partial


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
            client = PapermillNotebookClient(
                nb_man, km=running.manager, kernel_name=kernel_name, log_output=log_output
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
) -> Executed:
    """Execute a notebook with its parameters.

    Raises
    ------
    CellError
        A cell raised an error or the kernel died.
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
                used=used,
            )
    except PapermillExecutionError as error:
        raise _cell_error(notebook, kept[0], error) from None
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
    numbers = _CELL_LINE.findall(_ANSI.sub("", traceback))
    lines = source.splitlines() or [""]
    number = int(numbers[0]) if numbers else 1
    return lines[min(number, len(lines)) - 1].strip()


def _first_line(text: str) -> str:
    return text.strip().splitlines()[0]


def _cell_seconds(executed: nbformat.NotebookNode) -> float:
    spent = (cell.metadata.get("papermill", {}).get("duration") for cell in executed.cells)
    return float(sum(seconds for seconds in spent if seconds))


def _clean(executed: nbformat.NotebookNode) -> str:
    """The notebook as JSON without clock times, paths and random cell numbers."""
    executed.metadata.pop("papermill", None)
    for number, cell in enumerate(executed.cells):
        cell.metadata = nbformat.from_dict(
            {key: cell.metadata[key] for key in _KEPT_CELL_METADATA if cell.metadata.get(key)}
        )
        if _added(cell):
            cell.id = f"added-{number}"
    return str(nbformat.writes(executed)) + "\n"
