"""A run from its options to its exit code."""

from __future__ import annotations

import gc
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
from typing import TYPE_CHECKING, Any, cast

from compendium import packages
from compendium.errors import UserError
from compendium.files import explained, refused, sha256_of
from compendium.outputs import STAGING, STATE
from compendium.registry import program
from compendium.run import shortcut, words
from compendium.run.kernels import ForkServer, default_kernel, fork_exists, kernel_env
from compendium.run.options import CELL_LIMIT, DEFAULT_CELL_LIMIT, Kernel, RunOptions
from compendium.run.parameters import LANGUAGE, unknown
from compendium.text import LANGS, Lang

if TYPE_CHECKING:
    from compendium.outputs import Outputs
    from compendium.run.provision import Kernels
    from compendium.run.session import Result
    from compendium.run.steps import Project, Step
    from compendium.run.used import Used

MAX_JOBS = 4
"""More notebooks at a time than this gain nothing: few are independent of each other."""

LONG = 20.0
"""Seconds; any number above those of the other notebooks gives the same order."""

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
    if options.lang not in LANGS:
        raise unknown("language", options.lang, LANGS)
    others = packages.check(options.root, allowed=options.other_packages)
    packages.say(others, _lang(options))
    look_only = options.explain or options.dry_run
    if not look_only and not options.force:
        known = shortcut.still_up_to_date(options, _record_of(options))
        if known is not None:
            lang = _lang(options)
            _say(f"{words.NOTHING[lang]}\n{known.summary[lang]}")
            return SUCCESS
    with _terminate_as_interrupt(), _without_collection():
        try:
            return _look(options) if look_only else _run(options)
        except KeyboardInterrupt:
            sys.stderr.write(words.INTERRUPTED[_lang(options)] + "\n")
            return INTERRUPTED


def check_data(project: Project, steps: Iterable[str], lang: Lang = "en") -> None:
    """Refuse data that break their codebook before anything runs.

    Raises
    ------
    UserError
        The first violation in the tables that the steps load, and how many more there are; an
        external file that is not the registered one, or missing while others are there; no
        observed survey where the parameters ask for it.
    """
    from compendium.data.check import check_tables
    from compendium.data.external import load_external

    steps = tuple(steps)
    for name in _external_of(project, steps):
        load_external(project.root, name)
    if _surveyed(project, steps):
        _provide_survey(project, lang)
    names = {name for step in steps for name in _tables_of(project, step)}
    tables = {name: table for name, table in project.tables.items() if name in names}
    reports = check_tables(tables)
    violations = [violation for report in reports for violation in report.violations]
    if not violations:
        return
    first = violations[0].error()
    if len(violations) > 1:
        more = f"{len(violations) - 1} more: see '{program()} data check'"
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
    from compendium.run.explain import explain
    from compendium.run.session import conduct
    from compendium.run.steps import open_project, select, steps_of
    from compendium.scratch import scratch_folder

    project = open_project(options)
    steps = select(steps_of(project), options.notebooks, project.reports)
    with scratch_folder() as scratch:
        state = scratch / "state"
        recorded = _state_of(options)
        if recorded.is_dir():
            _copy_state(recorded, state)
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


def _copy_state(recorded: Path, state: Path) -> None:
    """Copy the state so that it can be written to, also where the original can't."""
    for path in sorted(recorded.rglob("*")):
        copy = state / path.relative_to(recorded)
        if path.is_dir():
            copy.mkdir(parents=True, exist_ok=True)
        else:
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)


def _run(options: RunOptions) -> int:
    jobs, kind = jobs_of(options), kernel_of(options)
    if kind != (options.kernel or kind):
        _say(words.NO_FORK[_lang(options)])
    with ExitStack() as stack:
        scratch = _scratch(stack)
        env = kernel_env(options.root, scratch)
        server = ForkServer(env) if kind == "fork" else None
        if server is not None:
            stack.callback(server.close)
        from compendium.outputs import recorded_outputs, refuse_links
        from compendium.run.lock import check_room, run_lock
        from compendium.run.steps import open_project, select, steps_of

        project = open_project(options)
        steps = select(steps_of(project), options.notebooks, project.reports)
        if server is not None:
            server.preload(_imports(project, steps.values()))
        refuse_links(project.reports)
        check_data(project, steps, _lang(options))
        check_room(project.reports)
        stack.enter_context(run_lock(project.reports))
        from compendium.run.provision import Kernels

        outputs = stack.enter_context(recorded_outputs(project.reports))
        outputs.compact()
        staging = project.reports / STAGING
        shutil.rmtree(staging, ignore_errors=True)
        kernels = Kernels(server, options.root / "notebooks", scratch, staging, env)
        stack.callback(kernels.stop)
        results = _conduct(options, project, steps, kernels, outputs, jobs)
        code = _end(options, project, steps, results, outputs, kind)
        _say_lines(outputs.told(_lang(options), options.root))
        return code


def _conduct(
    options: RunOptions,
    project: Project,
    steps: Mapping[str, Step],
    kernels: Kernels,
    outputs: Outputs,
    jobs: int,
) -> dict[str, Result]:
    from compendium.run import record
    from compendium.run.live import view
    from compendium.run.session import conduct
    from compendium.run.steps import MERGE
    from compendium.run.tasks import Worker

    forecast = record.forecasts(record.read(project.reports))
    names = [name for name in steps if name != MERGE]
    with view(names, forecast, _lang(options), jobs) as watcher:
        limit = _cell_limit(project)
        worker = Worker(project.reports, kernels, outputs, limit, watcher.long_at)
        return conduct(
            steps,
            worker.run,
            watcher,
            stop=kernels.stop,
            reports=project.reports,
            state=_state_of(options),
            jobs=jobs,
            expected={**_unknown(project), **forecast},
            force=options.force,
        )


def _cell_limit(project: Project) -> int:
    return int(project.values.get(CELL_LIMIT, DEFAULT_CELL_LIMIT))


def _unknown(project: Project) -> dict[str, float]:
    """Expect a notebook that fits many models to take longest, before it has run once."""
    planned = project.plan.notebooks.values()
    return {notebook.name: LONG for notebook in planned if notebook.multiverse}


def _end(
    options: RunOptions,
    project: Project,
    steps: Mapping[str, Step],
    results: Mapping[str, Result],
    outputs: Outputs,
    kind: Kernel,
) -> int:
    """Write the run record, then say how it went."""
    from compendium.run.tasks import prune

    _write_record(options, project, steps, results, kind)
    failed = [result for result in results.values() if result.outcome == "failed"]
    _forget_failures(results, outputs)
    if failed:
        _record_of(options).unlink(missing_ok=True)
        for result in failed:
            _say_failure(result, debug=options.debug)
        _say(_tally(options, steps, results))
        for path in _kept(project, failed, _lang(options)):
            _say(words.KEPT[_lang(options)].format(path=path))
        return FAILURE
    written = {path for step in steps.values() for path in step.writes}
    if not options.notebooks:
        prune(outputs, written)
    from compendium.run.finish import finish

    summary, pages = finish(project)
    kept = [*map(str, written), *(page.relative_to(project.reports).as_posix() for page in pages)]
    shortcut.keep(options, kept, summary, _record_of(options))
    _say(f"{_tally(options, steps, results)}\n{summary[_lang(options)]}")
    return SUCCESS


def _forget_failures(results: Mapping[str, Result], outputs: Outputs) -> None:
    """Remove what was kept of notebooks that failed before and are well now."""
    from compendium.run import products

    for name, result in results.items():
        if result.outcome in ("ran", "unchanged"):
            for lang in LANGS:
                outputs.remove(products.failed(name, lang))


def _write_record(
    options: RunOptions,
    project: Project,
    steps: Mapping[str, Step],
    results: Mapping[str, Result],
    kind: Kernel,
) -> None:
    from compendium.run import record
    from compendium.run.steps import LOCK_FILE

    tables = [name for step in steps for name in _tables_of(project, step)]
    record.write(
        project.reports,
        {n: _outcome(results[n]) for n, step in steps.items() if step.notebook is not None},
        last=record.read(project.reports),
        lock=project.root / LOCK_FILE,
        profile=options.profile,
        parameters={n: v for n, v in project.values.items() if n not in (CELL_LIMIT, LANGUAGE)},
        cell_limit=_cell_limit(project),
        kernel=kind,
        ended=datetime.now().astimezone().isoformat(timespec="seconds"),
        asked_for=list(options.notebooks) or "all",
        data=project.data_hashes(tables),
        external=_external_states(project, steps),
        survey=_survey_of(project, steps) or record.read(project.reports).get("survey", {}),
        exhibits=_exhibits(project, steps, results),
        executed=_executed(project),
        ledger=_ledger_of(project, results),
    )


def _ledger_of(project: Project, results: Mapping[str, Result]) -> str | None:
    """Hash of the merged ledger as a run wrote it: this one, or the last that came to it."""
    from compendium.run import record
    from compendium.run.products import MERGED_LEDGER
    from compendium.run.steps import MERGE

    merged = results.get(MERGE)
    if merged is not None and merged.outcome in ("ran", "unchanged"):
        return sha256_of(project.reports / MERGED_LEDGER)
    known: str | None = record.read(project.reports).get("ledger")
    return known


def _exhibits(
    project: Project, steps: Mapping[str, Step], results: Mapping[str, Result]
) -> dict[str, str]:
    """Hash of each exhibit as its notebook recorded it when it last ran to its end."""
    from compendium.exhibits.recorded import recorded_digest
    from compendium.run import record

    found: dict[str, str] = record.read(project.reports).get("exhibits", {})
    ended = (name for name in steps if results[name].outcome in ("ran", "unchanged"))
    for exhibit in (e for name in ended for e in project.plan.exhibits_of(name)):
        found[exhibit.id] = recorded_digest(project.reports, exhibit.id)
    return {name: found[name] for name in project.plan.exhibits if name in found}


def _executed(project: Project) -> dict[str, str]:
    """Hash of each executed notebook in each language."""
    from compendium.run import products

    paths = (products.executed(name, lang) for name in project.plan.notebooks for lang in LANGS)
    there = (path for path in paths if (project.reports / path).is_file())
    return {path.as_posix(): sha256_of(project.reports / path) for path in there}


def _surveyed(project: Project, steps: Iterable[str]) -> bool:
    planned = (project.plan.notebooks.get(step) for step in steps)
    return any(notebook.survey for notebook in planned if notebook)


def _provide_survey(project: Project, lang: Lang) -> None:
    """Make the stand-in once, before notebooks that run side by side each make it."""
    from compendium.survey.load import ensure_standin, known_kind, survey_file
    from compendium.survey.private import CLOSED_WORDS, PRIVATE, close_private

    kind = known_kind(project.survey_kind)
    if kind != "observed":
        ensure_standin(project.root, kind)
    survey_file(project.root, kind)
    if closed := close_private(project.root):
        names = {"names": ", ".join(closed), "folder": PRIVATE.as_posix()}
        _say(CLOSED_WORDS[lang].format(**names))


def _survey_of(project: Project, steps: Iterable[str]) -> dict[str, Any]:
    """Which survey the run is on: kind, and hash of its content."""
    if not _surveyed(project, steps):
        return {}
    from compendium.survey.load import survey_file
    from compendium.survey.store import read_about

    kind = project.survey_kind
    about = read_about(survey_file(project.root, kind)) or {}
    return {"kind": kind, "evidence": about.get("kind"), "sha256": about.get("sha256")}


def _external_of(project: Project, steps: Iterable[str]) -> list[str]:
    planned = (project.plan.notebooks.get(step) for step in steps)
    return sorted({name for notebook in planned if notebook for name in notebook.external})


def _external_states(project: Project, steps: Iterable[str]) -> dict[str, str]:
    """States of external data: those of this run, and of earlier ones for notebooks left out."""
    from compendium.run import record

    earlier = record.read(project.reports).get("external", {})
    here = {name: project.external[name] for name in _external_of(project, steps)}
    return dict(sorted((earlier | here).items()))


def _tables_of(project: Project, step: str) -> tuple[str, ...]:
    planned = project.plan.notebooks.get(step)
    return planned.data if planned else ()


def _outcome(result: Result) -> Any:
    from compendium.run.record import Outcome

    spent = result.value
    return Outcome(
        result.outcome,
        round(spent.seconds, 3) if spent else None,
        round(spent.cell_seconds, 3) if spent else None,
        **(_used(spent.used) if spent else {}),
        error=str(result.error) if result.outcome == "failed" else None,
    )


def _used(used: Used) -> dict[str, Any]:
    """What is known of what a kernel used."""
    return {name: value for name, value in vars(used).items() if value}


def _say_failure(result: Result, *, debug: bool) -> None:
    error = result.error
    if debug and error is not None:
        import traceback

        sys.stderr.write("".join(traceback.format_exception(error)))
    lines = getattr(error, "lines", None)
    if lines is None:
        lines = (_told(result.name, error),)
    sys.stderr.write("\n".join(lines) + "\n")
    sys.stderr.flush()


def _told(name: str, error: BaseException | None) -> str:
    if refused(error):
        return f"{name}: {explained(error)}"
    told = isinstance(error, UserError)
    return str(error) if told else f"{name}: {type(error).__name__}: {error}"


def _tally(options: RunOptions, steps: Mapping[str, Step], results: Mapping[str, Result]) -> str:
    """How many notebooks ended how."""
    lang = _lang(options)
    outcomes = [results[name].outcome for name, step in steps.items() if step.notebook]
    counts = [
        text[lang].format(n=n)
        for outcome, text in words.COUNTED.items()
        if (n := outcomes.count(outcome))
    ]
    ended_well = all(result.outcome != "failed" for result in results.values())
    counted = words.COMMA[lang].join(counts)
    return counted if ended_well else f"{counted}{words.SEMICOLON[lang]}{words.NEXT[lang]}"


def _kept(project: Project, failed: Iterable[Result], lang: Lang) -> list[Path]:
    """What there is of the notebooks that failed."""
    from compendium.run.products import failed as kept_of

    paths = (project.reports / kept_of(result.name, lang) for result in failed)
    return [path.relative_to(project.root) for path in paths if path.is_file()]


def _lang(options: RunOptions) -> Lang:
    """The language to speak."""
    return cast("Lang", options.lang)


def _imports(project: Project, steps: Iterable[Step]) -> list[str]:
    """Modules for the fork server to import once.

    What the notebooks import themselves comes first; then, for several notebooks, what the package
    imports in its functions, which each of them would import for itself.
    """
    from compendium.run.sources import notebook_imports

    notebooks = [step.notebook for step in steps if step.notebook is not None]
    direct = sorted({name for nb in notebooks for name in notebook_imports(nb).names})
    if len(notebooks) < 2:
        return direct
    lazy = project.modules.imports_below(direct)
    return [*direct, *sorted(lazy - set(direct))]


def _scratch(stack: ExitStack) -> Path:
    """A temporary folder with a path short enough for sockets, taken away at the end."""
    from compendium.scratch import scratch_folder

    base = tempfile.gettempdir()
    if len(base) > TEMPORARY_PATH_LIMIT and os.name == "posix":
        base = "/tmp"
    return stack.enter_context(scratch_folder(base))


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


@contextmanager
def _without_collection() -> Iterator[None]:
    """Look for no garbage: a run imports much, which makes none, and looking takes its time."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def _processors() -> range:
    if hasattr(os, "sched_getaffinity"):
        return range(len(os.sched_getaffinity(0)))
    return range(os.cpu_count() or 1)


def _state_of(options: RunOptions) -> Path:
    return options.root / "reports" / STATE


def _record_of(options: RunOptions) -> Path:
    return _state_of(options) / shortcut.RECORD


def _say_lines(lines: Iterable[str]) -> None:
    for line in lines:
        _say(line)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()
