"""Draws all defects, tries each, and keeps a line of JSON of it, so that another call goes on."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from compendium.errors import UserError
from compendium.files import write_atomic
from compendium.registry import package_folders, program, registered, variable
from compendium.review.mutation import checks, in_code, in_outputs, in_text
from compendium.review.mutation.copies import (
    Child,
    ChildError,
    Copy,
    files_of_project,
    in_child,
    start,
)
from compendium.review.mutation.draw import Drawn, Mutant, Place, draw
from compendium.review.mutation.trial import Ground, inputs_of, read_tests, tried
from compendium.text import LANGS, Lang

ESTIMATORS = ("stats", "measurement", "inference", "qca", "results.py", "estimators.py")
"""Parts of the engine that compute what notebooks record."""
LONGEST = 1500.0
"""Seconds after which a defect has made something run for ever, which every check would see."""
GROUND = "ground.json"
Tell = Callable[[str], object]


@dataclass(frozen=True)
class Asked:
    """What the command line asks for."""

    seed: int
    classes: tuple[str, ...]
    count: int
    jobs: int


def places(root: Path, kind: str, files: Sequence[str]) -> Iterator[Place]:
    """Every place of a class.

    Parameters
    ----------
    files
        The project's files, relative to its folder.
    """
    from compendium.data import load_codebooks
    from compendium.plan import load_plan

    tables = [t for t in load_codebooks(root).values() if t.shipped and t.path.suffix == ".csv"]
    others: dict[str, list[str]] = {}
    for table in tables:
        for one in table.columns.values():
            alike = (c.name for c in table.columns.values() if c.type == one.type and c != one)
            others.setdefault(one.name, []).extend(alike)
    plan = load_plan(root)
    books = [f"notebooks/{name}.ipynb" for name in plan.notebooks]
    decided = [
        file for file in files if file.startswith("notebooks/plan/") and file.endswith(".yml")
    ]
    if kind == "data":
        yield from in_text.in_tables(root, tables)
    elif kind == "code":
        yield from in_code.in_modules(root, _analysis(root), others)
    elif kind == "notebooks":
        yield from in_code.in_notebooks(root, books, others, sorted(plan.sentences))
    elif kind == "plan":
        yield from in_text.in_plan(root, decided)
    elif kind == "outputs":
        from compendium.review.remade import files_of

        yield from in_outputs.in_outputs(
            root / "reports", sorted(files_of(root / "reports")), "reports"
        )
    else:
        codebooks = [f for f in files if f.startswith("data/") and f.endswith("/codebook.yml")]
        readmes = [f for f in files if re.fullmatch(r"data/.*README[^/]*\.md", f)]
        yield from in_text.in_words(root, [*decided, *books, *codebooks, *readmes], _groups(root))


def _analysis(root: Path) -> list[str]:
    """Modules within reach of notebooks that compute: the study's, the engine's estimators."""
    from compendium.run.notebook import read_notebook
    from compendium.run.sources import Modules, notebook_imports

    folders = package_folders()
    books = map(read_notebook, sorted((root / "notebooks").glob("*.ipynb")))
    names = {name for book in books for name in notebook_imports(book).names}
    found = (path for path in Modules(folders).closure(names) if path.suffix == ".py")
    study = registered().package
    kept = []
    for path in (one for one in found if one.is_relative_to(root)):
        folder = next(one for one in folders if path.is_relative_to(one))
        inside = path.relative_to(folder)
        if (folder.name == study and inside.name != "register.py") or inside.parts[0] in ESTIMATORS:
            kept.append(Path("src", folder.name, inside).as_posix())
    return sorted(kept)


def _groups(root: Path) -> dict[Lang, list[list[str]]]:
    """Words of codes that stand beside each other in a codebook's column, in each language."""
    from compendium.data import load_codebooks

    columns = (c for table in load_codebooks(root).values() for c in table.columns.values())
    values = [list(column.values.values()) for column in columns if column.values]
    return {
        lang: [sorted({v[lang] for v in one if len(v[lang]) >= least}) for one in values]
        for lang, least in zip(LANGS, (5, 2), strict=True)
    }


def drawn(root: Path, asked: Asked) -> dict[str, Drawn]:
    """All defects that are asked for, by class."""
    files = files_of_project(root)
    return {
        kind: draw(kind, places(root, kind, files), asked.seed, asked.count)
        for kind in asked.classes
    }


def refuse_unfinished(root: Path) -> None:
    """Raise UserError where the results are not whole or not those of the reference."""
    from compendium.review.verify import REPORTS, verify

    if not (root / REPORTS / "site" / "index.html").is_file():
        mend = f"run '{program()} run' and '{program()} report' first"
        raise UserError("defects are tried against a finished report", mend, root / REPORTS)
    off = [one.name for one in verify(root) if not one.agrees or one.comparison.status == "not run"]
    if off:
        mend = f"see '{program()} verify', and fetch external data that are absent"
        raise UserError("the results are not those of the reference", mend, value=off[0])


def ground_of(copy: Copy, folder: Path, tell: Tell, kinds: Collection[str]) -> Ground:
    """Learn what notebooks take and call, once for a state of the project; kept in `folder`."""
    root = copy.root
    for check in checks.STILL:
        if said := check(root):
            raise UserError("a check complains without a defect", "mend that first", value=said)
    inputs = inputs_of(root)
    state = hashlib.sha256(json.dumps(inputs, sort_keys=True).encode()).hexdigest()
    path = folder / GROUND
    known = json.loads(path.read_text()) if path.is_file() else {}
    if known.get("state") != state:
        known = {"state": state, "seconds": {}, "reached": {}}
    runs = not {*kinds} <= {"outputs", "wording"}
    for name in inputs if runs else ():
        if name not in known["seconds"]:
            tell(name)
            begun = time.monotonic()
            run = partial(checks.executed, root, name, copy.staging, fresh=True)
            reached = in_child(partial(checks.reached, root, run), LONGEST)
            if different := checks.moved(root, name, copy.staging):
                raise UserError(
                    f"{name} alone does not give the reference", "run it", value=different
                )
            known["seconds"][name] = round(time.monotonic() - begun, 1)
            known["reached"][name] = reached
            write_atomic(path, json.dumps(known).encode())
    return Ground(
        seconds=known["seconds"],
        reached={name: frozenset(found) for name, found in known["reached"].items()},
        inputs=inputs,
        follows=_follows(root),
        tests=read_tests(root),
        made=_made(root, tell) if "outputs" in kinds else {},
    )


def _made(root: Path, tell: Tell) -> dict[str, bytes]:
    """All files of the reports folder that can be made again; refuse one that is another there."""
    from tempfile import TemporaryDirectory

    from compendium.review.remade import made_again

    reports = root / "reports"
    with TemporaryDirectory() as scratch:
        made = made_again(root, reports, Path(scratch), tell)[1]
    if said := checks.of_records(root, reports, "", made):
        raise UserError("the files are not what their records give", "see verify", value=said)
    return made


def _follows(root: Path) -> dict[str, tuple[str, ...]]:
    from compendium.plan import load_plan

    plan = load_plan(root, whole=False)
    read = {
        n: set(p.after) | ({*plan.notebooks} if p.reads_ledger else set())
        for n, p in plan.notebooks.items()
    }
    order = list(plan.notebooks)
    return {
        name: tuple(o for o in order if name in read[o] and order.index(o) > order.index(name))
        for name in order
    }


def results_of(mutants: Sequence[Mutant], results: Path) -> list[dict[str, str]]:
    """Results there are of some defects, in their order."""
    done = read_results(results)
    return [done[one.id] for one in mutants if _is_known(done, one)]


def try_all(
    root: Path, mutants: Sequence[Mutant], asked: Asked, work: Path, results: Path, tell: Tell
) -> None:
    """Try every defect that has no result yet, several at a time, each in a process of its own.

    Parameters
    ----------
    work
        An empty folder for copies of the project.
    results
        File to which a line is added for each; what is known of the project stands beside it.
    """
    done = read_results(results)
    waiting = [one for one in mutants if not _is_known(done, one)][::-1]
    if not waiting:
        return
    os.environ.setdefault(variable("EXTERNAL"), str(root / "data" / "external"))
    copies = [Copy(root, work / f"copy-{n + 1}") for n in range(min(asked.jobs, len(waiting)))]
    for copy in copies:
        copy.make()
    ground = ground_of(copies[0], results.parent, tell, {one.kind for one in waiting})
    running: dict[int, tuple[Copy, Mutant, Child]] = {}
    free = list(copies)
    count = len(waiting)
    while waiting or running:
        while free and waiting:
            copy, mutant = free.pop(), waiting.pop()
            child = start(partial(tried, copy, mutant, ground), leads=True)
            running[child.pid] = (copy, mutant, child)
        for pid, (copy, mutant, child) in list(running.items()):
            late = time.monotonic() - child.begun > LONGEST
            if not (child.ready(0.05) or late):
                continue
            row = {
                **mutant.told(),
                **_result(child, late),
                "seconds": f"{time.monotonic() - child.begun:.1f}",
            }
            child.end()
            if late or row["why"].startswith("trial:"):
                copy.mend(mutant)
            with results.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row, ensure_ascii=False) + "\n")
            del running[pid]
            free.append(copy)
            left = len(waiting) + len(running)
            seen = f"A {row['a'] or '-'}, B {row['b'] or '-'}"
            tell(f"{count - left}/{count} {mutant.id} {mutant.operator}: {seen}")


def _result(child: Child, late: bool) -> dict[str, str]:
    if late:
        told = "the time limit"
        return {"a": told, "b": told, "why": told}
    try:
        verdict = child.value()
    except ChildError as error:
        return {"a": "", "b": "", "why": f"trial: {error}"}
    return {"a": verdict.a, "b": verdict.b, "why": verdict.why}


def read_results(path: Path) -> dict[str, dict[str, str]]:
    """Results so far, by id; a line that a kill cut off is none."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        try:
            row = json.loads(line)
        except ValueError:
            continue
        found[row["id"]] = row
    return found


def _is_known(done: Mapping[str, Mapping[str, str]], mutant: Mutant) -> bool:
    """Whether a result is of this defect: of the same place, as drawn from the same files."""
    row = done.get(mutant.id, {})
    return all(row.get(name) == value for name, value in mutant.told().items())
