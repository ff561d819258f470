"""Steps under pytask: it decides what runs, records states and resumes; here steps run abreast."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, cast

import pytask
from pytask import (
    CaptureMethod,
    ExecutionReport,
    ExitCode,
    Mark,
    Session,
    TaskOutcome,
    get_plugin_manager,
    hookimpl,
    storage,
)

from compendium.files import sha256_of
from compendium.run.steps import Step

STATE_VERSION = "1"
"""State of every task; raise it when the meaning of recorded states changes."""

NO_LIMIT = 10**6

NEVER_BEGAN = (ExitCode.CONFIGURATION_FAILED, ExitCode.COLLECTION_FAILED, ExitCode.DAG_FAILED)

OUTCOMES = {
    TaskOutcome.SUCCESS: "ran",
    TaskOutcome.FAIL: "failed",
    TaskOutcome.SKIP_UNCHANGED: "unchanged",
    TaskOutcome.SKIP_PREVIOUS_FAILED: "skipped",
    TaskOutcome.WOULD_BE_EXECUTED: "would run",
}


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
    session = _built(tasks, state, None if explain else conductor, force=force)
    if conductor.error is not None:
        raise conductor.error
    if session.exit_code in NEVER_BEGAN:
        raise RuntimeError(f"pytask could not begin: {session.exit_code.name}")
    return {report.task.name: _result(report) for report in session.execution_reports}


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
    """Plugin of pytask that executes its tasks several at a time; hooks are called in one thread.

    Attributes
    ----------
    error
        What ended it early, an interrupt among others.
    """

    watcher: Watcher
    stop: Callable[[], None]
    jobs: int
    error: BaseException | None = None

    @hookimpl
    def pytask_execute_build(self, session: Session) -> bool:
        """Execute until nothing is left or something was interrupted."""
        with ThreadPoolExecutor(self.jobs) as pool:
            try:
                self._loop(session, pool)
            except BaseException as error:
                self.error = error
                self.stop()
        return True

    def _loop(self, session: Session, pool: ThreadPoolExecutor) -> None:
        scheduler, dag = cast("Any", session.scheduler), cast("Any", session.dag)
        waiting: list[StepTask] = []
        running: dict[Future[Any], StepTask] = {}
        while scheduler.is_active():
            waiting += (dag.nodes[name] for name in scheduler.get_ready(NO_LIMIT))
            waiting.sort(key=lambda task: task.order)
            while waiting and len(running) < self.jobs:
                task = waiting.pop(0)
                try:
                    session.hook.pytask_execute_task_setup(session=session, task=task)
                except Exception as error:  # among them that nothing has changed
                    self._end(session, task, error)
                else:
                    self.watcher.started(task.name)
                    running[pool.submit(task.execute)] = task
            for future in wait(running, return_when=FIRST_COMPLETED).done if running else ():
                self._end(session, running.pop(future), future.exception(), future)

    def _end(
        self,
        session: Session,
        task: StepTask,
        error: BaseException | None,
        future: Future[Any] | None = None,
    ) -> None:
        if error is None and future is not None:
            task.attributes["value"] = future.result()
            try:
                session.hook.pytask_execute_task_teardown(session=session, task=task)
            except Exception as missing:
                error = missing
        report = _report(task, error)
        session.hook.pytask_execute_task_process_report(session=session, report=report)
        session.execution_reports.append(report)
        cast("Any", session.scheduler).done(task.signature)
        self.watcher.finished(_result(report))


def _report(task: StepTask, error: BaseException | None) -> ExecutionReport:
    known = cast("Any", task)
    if error is None:
        return ExecutionReport.from_task(known)
    told = (type(error), error, error.__traceback__)
    return ExecutionReport.from_task_and_exception(known, cast("Any", told))


def _result(report: ExecutionReport) -> Result:
    attributes = report.task.attributes
    explained = getattr(attributes.get("explanation"), "reasons", ())
    return Result(
        name=report.task.name,
        outcome=OUTCOMES[report.outcome],
        value=attributes.get("value"),
        error=report.exc_info[1] if report.exc_info else None,
        reasons=tuple(map(_reason, explained)),
    )


def _reason(change: Any) -> Reason:
    hashes = (change.details.get(f"{when}_hash", "") for when in ("old", "new"))
    return Reason(change.node_type, change.node_name, change.reason, *hashes)


def _built(tasks: list[StepTask], state: Path, plugin: Conductor | None, *, force: bool) -> Session:
    """Let pytask build: with the plugin, or else explain what it would do."""
    manager = get_plugin_manager()
    if plugin is not None:
        manager.register(plugin)
    storage.store(manager)
    state.mkdir(parents=True, exist_ok=True)
    before, pytask.console.quiet = pytask.console.quiet, True
    try:
        return pytask.build(
            command="build",  # so that pytask takes the manager stored, with the plugin
            tasks=cast("Any", tasks),
            paths=[],
            root=state,
            capture=CaptureMethod.NO,  # not safe with steps abreast
            disable_warnings=True,
            database_url="sqlite://",  # its lock file holds the states; this forgets them at once
            exclude=[],  # a default that only the command line sets
            verbose=0,
            explain=plugin is None,
            force=force,
        )
    finally:
        pytask.console.quiet = before
