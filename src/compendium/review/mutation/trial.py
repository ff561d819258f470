"""One defect in one copy: the checks of its class, cheapest first, and which of them sees it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from compendium.review.mutation import checks
from compendium.review.mutation.copies import ChildError, Copy, OverdueError, in_child
from compendium.review.mutation.draw import Mutant

RUN = "the run fails"
NUMBERS = "numbers and exhibits against the reference"
WORDS = "words against the reference"
ROWS = "rows of data against the reference"
RECORDS = "files against recorded data"
SAID = "prose from the renewed reference"
TESTS_SECONDS = 240.0
"""Seconds that the tests of one module may take."""
OVERDUE = "tests: not done in time"
PATIENCE, LEAST = 6.0, 60.0
"""A notebook may take so many times as long as without a defect, and at least so many seconds."""
OF_CODE = "tests of the module"
OF_SUITE = "tests of other modules"
SUITE_SECONDS = 900.0
"""Seconds that all tests of estimators may take, which run where nothing else saw a defect."""


@dataclass(frozen=True)
class Ground:
    """What is known of the project without a defect.

    Attributes
    ----------
    seconds
        What each notebook takes here.
    reached
        Functions that each notebook calls, as "file:line".
    inputs
        State of all that each notebook depends on, by its name.
    follows
        Notebooks that read the results of each.
    tests
        By class the tests that read what is changed; `pinned`, those that hold results fixed and
        so count as a reference; `said`, those that fill the prose from the reference; by the
        beginning of a file's path the tests of a package of modules.
    made
        Files of the reports folder made again from recorded data.
    """

    seconds: Mapping[str, float]
    reached: Mapping[str, frozenset[str]]
    inputs: Mapping[str, Mapping[str, str]]
    follows: Mapping[str, Sequence[str]]
    tests: Mapping[str, Sequence[str]]
    made: Mapping[str, bytes] = field(default_factory=dict, repr=False)


@dataclass
class Verdict:
    """Which check saw a defect, against the committed reference (a) and a renewed one (b)."""

    a: str = ""
    b: str = ""
    why: str = ""

    def see(self, check: str, why: str, *, of_reference: bool = False) -> None:
        """Note the first check that sees it; one that reads the reference says nothing for b."""
        if not why:
            return
        self.why = self.why or " ".join(f"{check}: {why}".split())[:300]
        self.a = self.a or check
        if not of_reference:
            self.b = self.b or check

    @property
    def settled(self) -> bool:
        """Whether nothing more can be learnt."""
        return bool(self.a and self.b)


Step = Callable[[Verdict], None]


def tried(copy: Copy, mutant: Mutant, ground: Ground) -> Verdict:
    """Put a defect into a copy, let the checks of its class look, and take it out."""
    verdict = Verdict()
    copy.put(mutant)
    try:
        for step in _steps(copy, mutant, ground):
            step(verdict)
            if verdict.settled:
                break
    finally:
        copy.mend(mutant)
    return verdict


def _steps(copy: Copy, mutant: Mutant, ground: Ground) -> Iterator[Step]:
    root = copy.root

    def step(check: str, look: Callable[[], str], *, of_reference: bool = False) -> Step:
        def looked(verdict: Verdict) -> None:
            why = _told(look).replace(f"{root}/", "")
            verdict.see(check, why, of_reference=of_reference)

        return looked

    if mutant.kind == "outputs":
        name = mutant.file.partition("/")[2]
        reports = root / "reports"
        yield step(RECORDS, lambda: checks.of_records(root, reports, name, ground.made))
        return
    if mutant.kind == "data":
        yield step("data rules", lambda: checks.data_rules(root))
        yield step(ROWS, lambda: checks.rows(root), of_reference=True)
    elif mutant.kind == "code":
        yield step("lint", lambda: checks.lint(root, mutant.file))
    else:
        yield step("plan check", lambda: checks.plan_check(root))
    if mutant.kind in ("plan", "wording"):
        yield step("both languages of a text", lambda: checks.languages(root))
        yield step(WORDS, lambda: checks.words(root), of_reference=True)
    yield lambda verdict: _test(copy, mutant, ground, verdict)
    if mutant.kind not in ("data", "wording"):
        # Of data, what a run with a renewed reference could still see is not looked for.
        yield lambda verdict: _rerun(copy, mutant, ground, verdict)
    if mutant.kind == "code":
        yield lambda verdict: _test_others(copy, mutant, ground, verdict)


def _told(look: Callable[[], str]) -> str:
    """What a check says; one that a defect breaks has seen it."""
    try:
        return look()
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def _test(copy: Copy, mutant: Mutant, ground: Ground, verdict: Verdict) -> None:
    """Run tests: first all but those that hold results fixed, which say nothing for b."""
    is_code, pinned = mutant.kind == "code", ground.tests.get("pinned", ())
    names = ground.tests.get(mutant.kind, ())
    if is_code:
        within = (tests for place, tests in ground.tests.items() if mutant.file.startswith(place))
        names = [*of_module(copy.root, mutant.file), *(name for tests in within for name in tests)]
    if not names:
        return
    failed = failing(copy, mutant, names, pinned)
    verdict.see(OF_CODE if is_code else failed.partition("::")[0], failed)
    fixed = [one for one in pinned if one.partition("::")[0] in names]
    if fixed and not verdict.a:
        failed = failing(copy, mutant, fixed, ())
        verdict.see(failed.partition("::")[0], failed, of_reference=True)


def _test_others(copy: Copy, mutant: Mutant, ground: Ground, verdict: Verdict) -> None:
    """Run the tests of all that estimates, as `make test` would, where nothing saw a defect."""
    names = ground.tests.get("suite", ())
    if names and not verdict.a:
        verdict.see(OF_SUITE, failing(copy, mutant, names, (), SUITE_SECONDS))


def failing(
    copy: Copy,
    mutant: Mutant,
    names: Sequence[str],
    left_out: Sequence[str],
    seconds: float = TESTS_SECONDS,
) -> str:
    """The first test that fails with a defect; one that fails without it too says nothing."""

    def look(those: Sequence[str]) -> str:
        fresh = mutant.kind == "code"
        work = partial(checks.tests, copy.root, copy.project, those, left_out, fresh=fresh)
        return in_child(work, seconds)

    try:
        while failed := look(names):
            test = failed.partition(":: ")[0]
            copy.mend(mutant)
            without = look([test])
            copy.put(mutant)
            if not without:
                break
            left_out = (*left_out, test)
    except OverdueError:
        return OVERDUE
    return failed


def _run(work: Callable[[], object], seconds: float) -> str:
    """How some work in a child process fails; empty where it ends."""
    try:
        in_child(work, seconds)
    except OverdueError:
        return f"not done after {seconds:.0f} s"
    except ChildError as error:
        return str(error)
    return ""


def _rerun(copy: Copy, mutant: Mutant, ground: Ground, verdict: Verdict) -> None:
    """Run what depends on the change, what is quick first, until it is known who sees it."""
    root = copy.root
    ran: list[str] = []
    waiting = list(dependents(root, mutant, ground))
    while waiting and not verdict.settled:
        name = min(
            waiting, key=lambda one: (_later(one, waiting, ground), ground.seconds.get(one, 0))
        )
        waiting.remove(name)
        fresh = mutant.kind == "code"
        failed = _run(
            partial(checks.executed, root, name, copy.staging, fresh=fresh),
            max(LEAST, PATIENCE * ground.seconds.get(name, 0)),
        )
        verdict.see(RUN, failed and f"{name}: {failed}")
        if failed:
            return
        different = _told(partial(checks.moved, root, name, copy.staging))
        verdict.see(NUMBERS, different, of_reference=True)
        if different:
            waiting += [one for one in ground.follows[name] if one not in (*ran, *waiting)]
        ran.append(name)
        checks.keep(root, copy.staging)
    said = ground.tests.get("said", ())
    if ran and said and not verdict.b:
        checks.renew(root)
        look = partial(checks.tests, root, copy.project, said, (), fresh=mutant.kind == "code")
        verdict.see(SAID, in_child(look, TESTS_SECONDS))


def _later(name: str, waiting: Sequence[str], ground: Ground) -> bool:
    """Whether a notebook reads another that waits."""
    return any(name in ground.follows[one] for one in waiting if one != name)


def dependents(root: Path, mutant: Mutant, ground: Ground) -> Iterator[str]:
    """Notebooks that a defect can change: by what they depend on, and of code by what they call."""
    if mutant.kind == "code":
        name = f"code {mutant.file.removeprefix('src/')}"
        function = _function_of(root / mutant.file, mutant.place)
        for notebook, inputs in ground.inputs.items():
            called = f"{mutant.file}:{function}" in ground.reached[notebook]
            if name in inputs and (function is None or called):
                yield notebook
        return
    yield from changed(inputs_of(root), ground.inputs)


def changed(
    found: Mapping[str, Mapping[str, str]], known: Mapping[str, Mapping[str, str]]
) -> Iterator[str]:
    """Notebooks whose inputs are others than they were."""
    return (name for name, inputs in found.items() if inputs != known.get(name))


def inputs_of(root: Path) -> dict[str, dict[str, str]]:
    """State of all that each notebook depends on."""
    from compendium.run.options import RunOptions
    from compendium.run.steps import MERGE, open_project, steps_of

    steps = steps_of(open_project(RunOptions(root)))
    return {
        name: {one.name: one.state for one in step.inputs}
        for name, step in steps.items()
        if name != MERGE
    }


def _function_of(path: Path, place: str) -> int | None:
    """First line of the innermost function round a place; None for code outside of functions."""
    line = int(place.split()[1])
    tree = ast.parse(path.read_text(encoding="utf-8"))
    round_it = [
        min([node.lineno, *(one.lineno for one in node.decorator_list)])
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and node.body[0].lineno <= line <= (node.end_lineno or line)
    ]
    return max(round_it, default=None)


def of_module(root: Path, file: str) -> list[str]:
    """Test files that import something of a module, those that name it alone first.

    Names that a package hands on count for the module that defines them.
    """
    import importlib
    import sys

    module = (
        file.removeprefix("src/").removesuffix(".py").replace("/", ".").removesuffix(".__init__")
    )
    named, handed = [], []
    for path in sorted((root / "tests").rglob("test_*.py")):
        for package, names in _imported(path):
            if module == package or module in {f"{package}.{name}" for name in names}:
                named.append(path)
            elif module.startswith(f"{package}."):
                found = sys.modules.get(package) or importlib.import_module(package)
                own = {getattr(getattr(found, name, None), "__module__", "") for name in names}
                if module in own:
                    handed.append(path)
    both = dict.fromkeys((*named, *handed))
    return [path.relative_to(root).as_posix() for path in both]


def _imported(path: Path) -> Iterator[tuple[str, list[str]]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((alias.name, []) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module, [alias.name for alias in node.names]


def read_tests(root: Path) -> Mapping[str, Sequence[str]]:
    """The tests of each class, of the file that the project keeps for it."""
    from compendium.strict_yaml import load_strict

    path = root / "tests" / "mutations" / "tests.yml"
    found: Mapping[str, Sequence[str]] = load_strict(path).value if path.is_file() else {}
    return found
