"""Steps under pytask: it decides what runs, records states and resumes; here steps run abreast."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

from _pytask.cli import DEFAULTS_FROM_CLI
from _pytask.console import console
from _pytask.dag import create_dag_from_session
from _pytask.mark import Mark
from _pytask.outcomes import (
    ExitCode,
    SkippedAncestorFailed,
    SkippedUnchanged,
    TaskOutcome,
    WouldBeExecuted,
)
from _pytask.pluginmanager import get_plugin_manager
from _pytask.pluginmanager import storage as plugin_storage
from _pytask.reports import ExecutionReport
from _pytask.scheduler import SimpleScheduler
from _pytask.session import Session

from compendium.files import sha256_of
from compendium.run.steps import Step

STATE_VERSION = "1"
"""State of every task; raise it when the meaning of recorded states changes."""

UNUSED = (
    "_pytask.capture",  # not safe with steps abreast
    "_pytask.warnings",
    "_pytask.database",  # a second record of states, one commit a file
    "_pytask.live",  # the run has a view of its own
    "_pytask.logging",
    "_pytask.profile",
    "_pytask.debugging",
)
"""Plugins of pytask that a run does without."""

NO_LIMIT = 10**6


class Watcher(Protocol):
    """Is told what happens."""

    def started(self, name: str) -> None:
        """A step started."""

    def finished(self, result: Result) -> None:
        """A step ended, or was found not to need to run."""


@dataclass(frozen=True)
class Result:
    """How a step ended.

    Attributes
    ----------
    outcome
        "ran", "unchanged", "failed", "skipped" (something it needs failed), "would run".
    value
        What the step's function returned.
    reasons
        With `explain`: what changed, as (kind, name, before, after).
    """

    name: str
    outcome: str
    value: Any = None
    error: BaseException | None = None
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class Reason:
    """Why a step would run; see pytask's `ChangeReason`."""

    kind: str
    name: str
    reason: str
    before: str = ""
    after: str = ""


@dataclass(kw_only=True)
class FixedNode:
    """Something a step depends on, with the state it had when the run was planned.

    So what is recorded is what was used, even if a file is edited while the run goes on.
    """

    name: str
    value: str
    attributes: dict[Any, Any] = field(default_factory=dict)

    @property
    def signature(self) -> str:
        """Unique id."""
        return hashlib.sha256(f"fixed {self.name}".encode()).hexdigest()

    def state(self) -> str:
        """The state."""
        return self.value

    def load(self, is_product: bool = False) -> None:
        """Nothing is loaded: a step reads its files itself."""

    def save(self, value: Any) -> None:
        """Nothing is saved."""


@dataclass(kw_only=True)
class WordsNode(FixedNode):
    """The words of codes that a notebook asks for: which these are is known once it has run."""

    find: Callable[[], str]

    def state(self) -> str:
        """The state."""
        return self.find()


@dataclass(kw_only=True)
class FileNode:
    """A file that a step writes; its state is the hash of its bytes, never of its clock.

    It has no `path`, so that pytask records it by name: the record holds when the project moves.
    """

    name: str
    file: Path
    attributes: dict[Any, Any] = field(default_factory=dict)

    @property
    def signature(self) -> str:
        """Unique id."""
        return hashlib.sha256(f"file {self.name}".encode()).hexdigest()

    def state(self) -> str | None:
        """Hash of the bytes, None where the file is missing."""
        return sha256_of(self.file) if self.file.is_file() else None

    def load(self, is_product: bool = False) -> None:
        """Nothing is loaded: a step reads its files itself."""

    def save(self, value: Any) -> None:
        """Nothing is saved."""


@dataclass(kw_only=True)
class StepTask:
    """A step as pytask sees it."""

    name: str
    function: Callable[[], Any]
    depends_on: dict[str, Any]
    produces: dict[str, Any]
    order: int
    markers: list[Mark] = field(default_factory=list)
    report_sections: list[tuple[str, str, str]] = field(default_factory=list)
    attributes: dict[Any, Any] = field(default_factory=dict)

    @property
    def signature(self) -> str:
        """Unique id."""
        return hashlib.sha256(f"step {self.name}".encode()).hexdigest()

    def state(self) -> str:
        """The same always: what a step depends on is all among its nodes."""
        return STATE_VERSION

    def execute(self, **_: Any) -> Any:
        """Run the step."""
        return self.function()


def conduct(
    steps: Mapping[str, Step],
    do: Callable[[Step], Any],
    watcher: Watcher,
    *,
    stop: Callable[[], None],
    reports: Path,
    state: Path,
    jobs: int = 1,
    expected: Mapping[str, float] | None = None,
    explain: bool = False,
    force: bool = False,
) -> dict[str, Result]:
    """Run the steps that need to run, in order, up to `jobs` at a time.

    Parameters
    ----------
    expected
        Seconds that steps are expected to take: where several run at a time, the longest of those
        that are ready begins, so that none is left alone at the end.
    do
        Runs one step; called in a thread.
    stop
        Called when the run is interrupted; it must make `do` return soon.
    state
        Folder in which pytask keeps its record of states.
    explain
        Run nothing; the results say what would run and why.
    """
    conductor = Conductor(watcher, stop, jobs)
    turns = _turns(steps, expected or {}) if jobs > 1 else list(steps)
    tasks = [task_of(step, do, turns.index(name), reports) for name, step in steps.items()]
    with _silent():
        session = _session(tasks, state, explain=explain, force=force)
        try:
            session.hook.pytask_collect(session=session)
            session.dag = create_dag_from_session(session)
            conductor.execute(session)
        except BaseException:
            session.exit_code = ExitCode.FAILED
            raise
        finally:
            session.hook.pytask_unconfigure(session=session)
    return conductor.results


def _turns(steps: Mapping[str, Step], expected: Mapping[str, float]) -> list[str]:
    """Names of the steps in the order in which they begin when they are ready."""
    return sorted(steps, key=lambda name: -expected.get(name, 0.0))


def task_of(step: Step, do: Callable[[Step], Any], order: int, reports: Path) -> StepTask:
    """A step as a task of pytask."""
    fixed = [FixedNode(name=i.name, value=i.state) for i in step.inputs]
    if step.words is not None:
        fixed.append(WordsNode(name=f"words shown by {step.name}", value="", find=step.words))
    reads = [FileNode(name=f"reports/{path}", file=reports / path) for path in step.reads]
    writes = [FileNode(name=f"reports/{path}", file=reports / path) for path in step.writes]
    return StepTask(
        name=step.name,
        function=lambda: do(step),
        depends_on={**{node.name: node for node in fixed}, **{node.name: node for node in reads}},
        produces={node.name: node for node in writes},
        order=order,
    )


@dataclass
class Conductor:
    """Executes the tasks of a session, several at a time; hooks are called in one thread only."""

    watcher: Watcher
    stop: Callable[[], None]
    jobs: int
    results: dict[str, Result] = field(default_factory=dict)
    scheduler: SimpleScheduler = field(init=False)

    def execute(self, session: Session) -> None:
        """Execute until nothing is left or something was interrupted."""
        with ThreadPoolExecutor(self.jobs) as pool:
            try:
                self._loop(session, pool)
            except BaseException:
                self.stop()
                raise

    def _loop(self, session: Session, pool: ThreadPoolExecutor) -> None:
        self.scheduler = scheduler = SimpleScheduler.from_dag(session.dag)
        waiting: list[StepTask] = []
        running: dict[Future[Any], StepTask] = {}
        while scheduler.is_active():
            ready = scheduler.get_ready(NO_LIMIT)
            waiting += (cast("StepTask", session.dag.nodes[name]) for name in ready)
            waiting.sort(key=lambda task: task.order)
            while waiting and len(running) < self.jobs:
                self._begin(session, waiting.pop(0), running, pool)
            for future in _some_done(running):
                self._end(session, running.pop(future), future.exception(), future)

    def _begin(
        self,
        session: Session,
        task: StepTask,
        running: dict[Future[Any], StepTask],
        pool: ThreadPoolExecutor,
    ) -> None:
        if session.config["explain"]:
            from _pytask.explain import TaskExplanation

            task.attributes["explanation"] = TaskExplanation(reasons=[])
        try:
            session.hook.pytask_execute_task_setup(session=session, task=task)
            if session.config["explain"]:
                raise WouldBeExecuted
        except Exception as error:
            self._end(session, task, error, None)
        else:
            self.watcher.started(task.name)
            running[pool.submit(task.execute)] = task

    def _end(
        self,
        session: Session,
        task: StepTask,
        error: BaseException | None,
        future: Future[Any] | None,
    ) -> None:
        if error is None:
            try:
                session.hook.pytask_execute_task_teardown(session=session, task=task)
            except Exception as missing:
                error = missing
        report = _report(task, error)
        session.hook.pytask_execute_task_process_report(session=session, report=report)
        session.execution_reports.append(report)
        self.scheduler.done(task.signature)
        value = future.result() if future and error is None else None
        result = Result(task.name, _outcome(error), value, error, tuple(_reasons(task)))
        self.results[task.name] = result
        self.watcher.finished(result)


def _some_done(running: Mapping[Future[Any], StepTask]) -> Iterable[Future[Any]]:
    return wait(running, return_when=FIRST_COMPLETED).done if running else ()


def _report(task: StepTask, error: BaseException | None) -> ExecutionReport:
    as_task = cast("Any", task)
    if error is None:
        return ExecutionReport.from_task(as_task)
    info = (type(error), error, error.__traceback__)
    return ExecutionReport(task=as_task, outcome=TaskOutcome.FAIL, exc_info=info, sections=[])


def _outcome(error: BaseException | None) -> str:
    match error:
        case None:
            return "ran"
        case SkippedUnchanged():
            return "unchanged"
        case SkippedAncestorFailed():
            return "skipped"
        case WouldBeExecuted():
            return "would run"
        case _:
            return "failed"


def _reasons(task: StepTask) -> Iterator[Reason]:
    explanation = task.attributes.get("explanation")
    for change in explanation.reasons if explanation else ():
        details = change.details
        yield Reason(
            change.node_type,
            change.node_name,
            change.reason,
            details.get("old_hash", ""),
            details.get("new_hash", ""),
        )


def _session(tasks: list[StepTask], state: Path, *, explain: bool, force: bool) -> Session:
    manager = get_plugin_manager()
    for name in UNUSED:
        manager.unregister(name=name)
    plugin_storage.store(manager)
    state.mkdir(parents=True, exist_ok=True)
    options = {
        **DEFAULTS_FROM_CLI,
        "command": "build",
        "tasks": tasks,
        "paths": [],
        "root": state,
        "config": None,
        "explain": explain,
        "force": force,
    }
    config = manager.hook.pytask_configure(pm=manager, raw_config=options)
    return Session.from_config(config)


@contextmanager
def _silent() -> Iterator[None]:
    before, console.quiet = console.quiet, True
    try:
        yield
    finally:
        console.quiet = before
