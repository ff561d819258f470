"""A run from its options to its exit code."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grassroots.errors import UserError
from grassroots.pipeline import shortcut
from grassroots.pipeline.kernels import ForkServer, default_kernel, fork_exists, kernel_env
from grassroots.pipeline.options import Kernel, RunOptions

if TYPE_CHECKING:
    from grassroots.pipeline.session import Result
    from grassroots.pipeline.steps import Project, Step

STATE = ".state"
STAGING = ".staging"
MAX_JOBS = 4
"""More notebooks at a time than this gain nothing: few are independent of each other."""

SUCCESS, FAILURE, INTERRUPTED = 0, 1, 130

TEMPORARY_PATH_LIMIT = 60
"""Longest temporary folder for sockets, whose path may have about 100 characters in all."""


def run(options: RunOptions) -> int:
    """Run what needs to run; see `RunOptions`.

    Returns
    -------
    0 when all notebooks succeeded or were up to date, 1 when one failed, 130 after Ctrl-C.

    Raises
    ------
    UserError
        Anything that is refused before a notebook runs; nothing has then changed on disk.
    """
    look_only = options.explain or options.dry_run
    if not look_only and not options.force:
        known = shortcut.still_up_to_date(options, _record_of(options))
        if known is not None:
            _say(f"Nothing to do: everything is up to date.\n{known.summary}")
            return SUCCESS
    with _terminate_as_interrupt():
        try:
            return _look(options) if look_only else _run(options)
        except KeyboardInterrupt:
            sys.stderr.write("interrupted; what is finished is kept, the next run goes on there\n")
            return INTERRUPTED


def check_data(project: Project, steps: Iterable[str]) -> None:
    """Refuse data that break their codebook before anything runs.

    Raises
    ------
    UserError
        The first violation in the tables that the steps load, and how many more there are.
    """
    from grassroots.data.check import check_tables

    names = {name for step in steps for name in _tables_of(project, step)}
    tables = {name: table for name, table in project.tables.items() if name in names}
    reports = check_tables(tables)
    violations = [violation for report in reports for violation in report.violations]
    if not violations:
        return
    first = violations[0].error()
    if len(violations) > 1:
        more = f"{len(violations) - 1} more: see 'grassroots data check'"
        first.mend = f"{first.mend}; {more}" if first.mend else more
    raise first


def jobs_of(options: RunOptions) -> int:
    """Notebooks at a time."""
    if options.jobs is None:
        return min(len(_processors()), MAX_JOBS)
    if options.jobs < 1:
        raise UserError("--jobs needs a whole number from 1", "leave it out", value=options.jobs)
    return options.jobs


def kernel_of(options: RunOptions) -> Kernel:
    """The kind of kernel: plain where fork does not exist, whatever was asked for."""
    wanted = options.kernel or default_kernel()
    return wanted if fork_exists() else "plain"


def _look(options: RunOptions) -> int:
    """Say what would run, and with `--explain` why."""
    from grassroots.pipeline.explain import explain
    from grassroots.pipeline.session import conduct
    from grassroots.pipeline.steps import open_project, select, steps_of

    project = open_project(options)
    steps = select(steps_of(project), options.notebooks, project.reports)
    with tempfile.TemporaryDirectory(prefix="grassroots-") as scratch:
        state = Path(scratch) / "state"
        recorded = _state_of(options)
        if recorded.is_dir():
            shutil.copytree(recorded, state)
        results = conduct(
            steps,
            lambda _: None,
            _Nobody(),
            stop=lambda: None,
            reports=project.reports,
            state=state,
            explain=True,
            force=options.force,
        )
    for line in explain(steps, results, with_reasons=options.explain):
        _say(line)
    return SUCCESS


def _run(options: RunOptions) -> int:
    jobs, kind = jobs_of(options), kernel_of(options)
    with ExitStack() as stack:
        scratch = _scratch(stack)
        env = kernel_env(options.root, scratch)
        server = ForkServer(env) if kind == "fork" else None
        if server is not None:
            stack.callback(server.close)
        from grassroots.pipeline.lock import check_room, run_lock
        from grassroots.pipeline.steps import open_project, select, steps_of

        project = open_project(options)
        steps = select(steps_of(project), options.notebooks, project.reports)
        if server is not None:
            server.preload(_imports(project, steps.values()))
        check_data(project, steps)
        check_room(project.reports)
        stack.enter_context(run_lock(project.reports))
        from grassroots.pipeline.provision import Kernels

        staging = project.reports / STAGING
        shutil.rmtree(staging, ignore_errors=True)
        kernels = Kernels(server, options.root / "notebooks", scratch, staging, env)
        stack.callback(kernels.stop)
        kernels.stock(sum(step.notebook is not None for step in steps.values()))
        results = _conduct(options, project, steps, kernels, jobs)
        return _end(options, project, steps, results, kind)


def _conduct(
    options: RunOptions, project: Project, steps: Mapping[str, Step], kernels: Any, jobs: int
) -> dict[str, Result]:
    from grassroots.pipeline import record
    from grassroots.pipeline.live import view
    from grassroots.pipeline.session import conduct
    from grassroots.pipeline.tasks import Worker

    worker = Worker(project.reports, project.lang, kernels)
    forecast = record.forecasts(record.read(project.reports))
    with view(tuple(steps), forecast) as watcher:
        return conduct(
            steps,
            worker.run,
            watcher,
            stop=kernels.stop,
            reports=project.reports,
            state=_state_of(options),
            jobs=jobs,
            force=options.force,
        )


def _end(
    options: RunOptions,
    project: Project,
    steps: Mapping[str, Step],
    results: Mapping[str, Result],
    kind: Kernel,
) -> int:
    """Write the run record, then say how it went."""
    from grassroots.pipeline.tasks import prune

    _write_record(options, project, steps, results, kind)
    failed = [result for result in results.values() if result.outcome == "failed"]
    _forget_failures(project, results)
    if failed:
        _record_of(options).unlink(missing_ok=True)
        for result in failed:
            _say_failure(result, debug=options.debug)
        _say(_tally(results.values()))
        return FAILURE
    written = {path for step in steps.values() for path in step.writes}
    if not options.notebooks:
        prune(project.reports, project.lang, written)
    from grassroots.pipeline.finish import finish

    summary, page = finish(project)
    outputs = [str(path) for path in (*written, *page)]
    shortcut.keep(options, outputs, summary, _record_of(options))
    _say(f"{_tally(results.values())}\n{summary}")
    return SUCCESS


def _forget_failures(project: Project, results: Mapping[str, Result]) -> None:
    """Remove what was kept of notebooks that failed before and are well now."""
    from grassroots.pipeline import products

    for name, result in results.items():
        if result.outcome in ("ran", "unchanged"):
            (project.reports / products.failed(name, project.lang)).unlink(missing_ok=True)


def _write_record(
    options: RunOptions,
    project: Project,
    steps: Mapping[str, Step],
    results: Mapping[str, Result],
    kind: Kernel,
) -> None:
    from grassroots.pipeline import record
    from grassroots.pipeline.steps import LOCK_FILE

    tables = [name for step in steps for name in _tables_of(project, step)]
    record.write(
        project.reports,
        {name: _outcome(result) for name, result in results.items()},
        last=record.read(project.reports),
        lock=project.root / LOCK_FILE,
        profile=options.profile,
        language=project.lang,
        parameters=dict(project.values),
        kernel=kind,
        ended=datetime.now().astimezone().isoformat(timespec="seconds"),
        asked_for=list(options.notebooks) or "all",
        data=project.data_hashes(tables),
    )


def _tables_of(project: Project, step: str) -> tuple[str, ...]:
    planned = project.plan.notebooks.get(step)
    return planned.data if planned else ()


def _outcome(result: Result) -> Any:
    from grassroots.pipeline.record import Outcome

    spent = result.value
    return Outcome(
        result.outcome,
        round(spent.seconds, 3) if spent else None,
        round(spent.cell_seconds, 3) if spent else None,
        str(result.error) if result.outcome == "failed" else None,
    )


def _say_failure(result: Result, *, debug: bool) -> None:
    error = result.error
    if debug and error is not None:
        import traceback

        sys.stderr.write("".join(traceback.format_exception(error)))
    lines = getattr(error, "lines", None)
    if lines is None:
        told = isinstance(error, UserError)
        lines = (str(error) if told else f"{result.name}: {type(error).__name__}: {error}",)
    sys.stderr.write("\n".join(lines) + "\n")
    sys.stderr.flush()


def _tally(results: Iterable[Result]) -> str:
    words = {"ran": "done", "unchanged": "unchanged", "failed": "failed", "skipped": "skipped"}
    outcomes = [result.outcome for result in results]
    counts = [f"{n} {word}" for key, word in words.items() if (n := outcomes.count(key))]
    more = "; the next run goes on there" if "failed" in outcomes else ""
    return ", ".join(counts) + more


def _imports(project: Project, steps: Iterable[Step]) -> list[str]:
    """Modules for the fork server to import once.

    What the notebooks import themselves comes first; then, for several notebooks, what the package
    imports in its functions, which each of them would import for itself.
    """
    from grassroots.pipeline.sources import notebook_imports

    notebooks = [step.notebook for step in steps if step.notebook is not None]
    direct = sorted({name for nb in notebooks for name in notebook_imports(nb).names})
    if len(notebooks) < 2:
        return direct
    lazy = project.modules.imports_below(direct)
    return [*direct, *sorted(lazy - set(direct))]


def _scratch(stack: ExitStack) -> Path:
    """A temporary folder with a path short enough for sockets, taken away at the end."""
    base = tempfile.gettempdir()
    if len(base) > TEMPORARY_PATH_LIMIT and os.name == "posix":
        base = "/tmp"
    name = stack.enter_context(
        tempfile.TemporaryDirectory(prefix="grassroots-", dir=base, ignore_cleanup_errors=True)
    )
    return Path(name)


@dataclass(frozen=True)
class _Nobody:
    """Watches nothing."""

    def started(self, name: str) -> None: ...

    def finished(self, result: Result) -> None: ...


@contextmanager
def _terminate_as_interrupt() -> Iterator[None]:
    """Let SIGTERM end a run as Ctrl-C does, so that it leaves no process behind."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:  # not in the main thread
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _processors() -> range:
    if hasattr(os, "sched_getaffinity"):
        return range(len(os.sched_getaffinity(0)))
    return range(os.cpu_count() or 1)


def _state_of(options: RunOptions) -> Path:
    return options.root / "reports" / STATE / options.lang


def _record_of(options: RunOptions) -> Path:
    return _state_of(options) / shortcut.RECORD


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
