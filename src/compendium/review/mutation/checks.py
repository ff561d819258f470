"""The checks that a defect meets in a copy of the project, each as cheap as it can be."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from io import StringIO
from pathlib import Path
from types import CodeType, FrameType, ModuleType
from typing import Any

from compendium.errors import UserError
from compendium.registry import variable, work_in
from compendium.review.mutation.copies import take_modules_of

TESTS_OF = "TESTS_OF"
"""Variable by which the tests know that they are in a copy already, and whose."""


def data_rules(root: Path) -> str:
    """The first fault that the codebooks and the rules across tables find."""
    from compendium.data import check

    found = (violation for report in check(root) for violation in report.violations)
    first = next(found, None)
    return str(first.error()) if first else ""


def plan_check(root: Path) -> str:
    """The first fault of plan, codebooks and notebooks that a run refuses before it begins."""
    from compendium.run.options import RunOptions
    from compendium.run.steps import open_project

    try:
        open_project(RunOptions(root))
    except UserError as error:
        return str(error)
    return ""


def languages(root: Path) -> str:
    """The first thing that a text says in one language and not in the other."""
    from compendium.review.languages import different_texts

    found = [f"{place}: {one.concept} '{one.word}'" for place, one in different_texts(root)]
    return found[0] if found else ""


def words(root: Path) -> str:
    """The first of the study's words that is not the reference's, filled from its numbers."""
    from compendium.review.compare import compare_words, read_rows
    from compendium.review.verify import REFERENCE, WORDS, words_of
    from compendium.review.words import KEY
    from compendium.text import LANGS

    rows = read_rows(root / REFERENCE / WORDS, KEY)
    before = {name: {lang: row[lang] for lang in LANGS} for name, row in rows.items()}
    found = compare_words(before, words_of(root, root / REFERENCE)).differences
    return f"{found[0].row}: {found[0].reference} / {found[0].found}" if found else ""


def rows(root: Path) -> str:
    """The first cell or row of a data table that is not the reference's."""
    from compendium.review.verify import verify_data

    off = (one for one in verify_data(root) if not one.agrees)
    return next((f"{one.name}: {next(iter(one.comparison.differences), '')}" for one in off), "")


def lint(root: Path, file: str) -> str:
    """What ruff says of names in a module: unknown ones, and those that nothing uses."""
    command = [sys.executable, "-m", "ruff", "check", "--select", "F", "--no-cache", "-q", file]
    said = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    return said.stdout.strip().partition("\n")[0] if said.returncode else ""


def tests(
    root: Path, owner: Path, names: Sequence[str], left_out: Sequence[str], *, fresh: bool
) -> str:
    """Run tests of the copy, with its own modules where `fresh`; the first that fails.

    For a child process.
    """
    if fresh:
        take_modules_of(root)
    sys.path[:0] = [str(root), str(root / "tests")]
    os.chdir(root)
    os.environ[variable(TESTS_OF)] = str(owner)
    import pytest

    failed: list[str] = []
    passed: list[str] = []

    def ran(report: Any) -> None:
        (failed if report.failed else passed).append(report.nodeid)

    def collected(report: Any) -> None:
        if report.failed:
            failed.append(f"{report.nodeid}:: can't be collected")

    heard = ModuleType("heard")
    vars(heard).update(pytest_runtest_logreport=ran, pytest_collectreport=collected)
    options = ["-x", "-q", "-p", "no:cacheprovider", "-m", "not slow and not browser"]
    options += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    options += [f"--deselect={name}" for name in left_out]
    code = pytest.main([*options, *names], plugins=[heard])
    if not failed and not passed:
        raise RuntimeError(f"no test ran of {', '.join(names)}: {code!r}")
    return failed[0] if failed else ""


def executed(
    root: Path, notebook: str, staging: Path, *, fresh: bool, given: Mapping[str, Any] | None = None
) -> None:
    """Run a notebook's cells in this process, with the copy's modules where `fresh`.

    No picture is drawn, since none is compared. For a child process.
    """
    if fresh:
        take_modules_of(root)
    import compendium.exhibits.display as display
    import compendium.exhibits.save as save

    def save_figure(_: object, exhibit: Any, data: Any, colophon: Any, *rest: Any) -> Any:
        save.save_data(exhibit, data, colophon, rest[-1])
        return save.RenderedFigure(exhibit.id, rest[0], "", {}, 0.0)

    no: Callable[..., Any] = lambda *_: None  # noqa: E731
    for name, instead in {"draw": no, "describe": no, "save_figure": save_figure}.items():
        setattr(display, name, instead)
    os.environ[variable("ROOT")], os.environ[variable("STAGING")] = str(root), str(staging)
    os.chdir(root / "notebooks")
    work_in(root)
    book = json.loads((root / "notebooks" / f"{notebook}.ipynb").read_text(encoding="utf-8"))
    space: dict[str, Any] = {"__name__": "__main__", "display": no}
    with redirect_stderr(StringIO()), redirect_stdout(StringIO()):
        for cell in book["cells"]:
            if cell["cell_type"] == "code":
                exec(compile("".join(cell["source"]), cell["id"], "exec"), space)
                if "parameters" in cell["metadata"].get("tags", ()):
                    space |= given or {}


def reached(root: Path, work: Callable[[], None]) -> list[str]:
    """Do some work and name the functions of the project that it called, by file and first line."""
    found: set[tuple[str, int]] = set()

    def called(frame: FrameType, *_: Any) -> None:
        code: CodeType = frame.f_code
        found.add((code.co_filename, code.co_firstlineno))

    sys.settrace(called)
    try:
        work()
    finally:
        sys.settrace(None)
    inside = ((Path(name), line) for name, line in found if name.startswith(str(root / "src")))
    return sorted(f"{path.relative_to(root).as_posix()}:{line}" for path, line in inside)


def moved(root: Path, notebook: str, staging: Path) -> str:
    """The first number or exhibit of a notebook that is not the reference's, as `verify` does."""
    from compendium.review.verify import (
        REFERENCE,
        absent_external,
        compare_exhibits,
        compare_ledgers,
    )

    reference = root / REFERENCE
    absent = absent_external(root / "reports")
    ledger = staging / "ledger" / f"{notebook}.csv"
    exhibits = {path.stem for path in (staging / "exhibits").glob("*.csv")} | planned(
        root, notebook
    )
    for found in (
        *compare_ledgers(root, reference / "estimates.csv", ledger, absent),
        *compare_exhibits(reference, staging, absent, frozenset()),
    ):
        ours = found.name in exhibits or found.name == f"estimates of {notebook}"
        if ours and not found.agrees:
            first = next(iter(found.comparison.differences), found.comparison.status)
            return f"{found.name}: {first}"
    return ""


@cache
def planned(root: Path, notebook: str) -> frozenset[str]:
    """Exhibits that the reference has of a notebook."""
    from compendium.exhibits.recorded import read_origin
    from compendium.review.verify import REFERENCE

    told = {path.stem: read_origin(path) for path in (root / REFERENCE).glob("exhibits/*.json")}
    return frozenset(name for name, one in told.items() if one.get("notebook") == notebook)


def keep(root: Path, staging: Path) -> None:
    """Make what a notebook wrote part of the copy's results, for the notebooks after it."""
    from compendium.claims.ledger import merge_ledgers, write_ledger

    reports = root / "reports"
    for path in [*staging.glob("ledger/*.csv"), *staging.glob("exhibits/*")]:
        path.replace(reports / path.relative_to(staging))
    write_ledger(reports / "estimates.csv", merge_ledgers(sorted(reports.glob("ledger/*.csv"))))


def renew(root: Path) -> None:
    """Make the copy's results its reference, words too, as `verify --accept` does."""
    import shutil

    from compendium.review.verify import REFERENCE, kept_beside

    reports, reference = root / "reports", root / REFERENCE
    shutil.copy2(reports / "estimates.csv", reference)
    shutil.copytree(reports / "exhibits", reference / "exhibits", dirs_exist_ok=True)
    for name, content in kept_beside(root, reports).items():
        (reference / name).write_bytes(content)


def of_records(root: Path, reports: Path, name: str, made: Mapping[str, bytes]) -> str:
    """What `verify FOLDER` says of one file, or of all, when what can be made again has been made.

    Records are read first; the first file that differs is told.
    """
    from compendium.plan import load_plan
    from compendium.review.notebooks import notebook_faults
    from compendium.review.records import record_faults
    from compendium.review.remade import compared

    plan = load_plan(root)
    found = dict(_faults(lambda: record_faults(root, reports, plan)))
    if not found:
        found |= dict(_faults(lambda: notebook_faults(root, reports, plan, made)))
    if found:
        return "; ".join(f"{one}: {fault}" for one, fault in found.items())
    for check in compared(reports, made, found, {}, plan, (name,) if name else ()):
        if not check.agrees:
            return f"{check.path}: {check.status}: {check.why}"
    return ""


def _faults(find: Callable[[], Iterator[tuple[str, str]]]) -> list[tuple[str, str]]:
    """Faults that are found; a file that can't be read is one."""
    try:
        return list(find())
    except (UserError, ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        return [("", f"{type(error).__name__}: {error}")]


STILL = (data_rules, rows, plan_check, languages, words)
"""Checks that must have nothing to say before a defect is put in."""
