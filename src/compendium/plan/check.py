"""Everything that the plan's entries lack, or name and is not there, found in one go."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from compendium.errors import UserError
from compendium.plan.cells import Call, Cells, read_cells
from compendium.plan.check_wording import slots_of, wording_faults
from compendium.plan.estimates import covers
from compendium.plan.names import Files, Names, doubles, entries, nearest, strings, tests_of
from compendium.strict_yaml import Document, KeyPath, load_strict, read_utf8

PLACEHOLDERS = {"en": "TO WRITE", "zh": "待写"}
"""What begins a text that nobody has written yet; `new` writes them, the check names them."""
WRITE = f"write it, and take out '{PLACEHOLDERS['en']}' and '{PLACEHOLDERS['zh']}'"

_PART = re.compile(r"\\\{[a-z_]+\\\}")
_SHOWING = ("show", "table", "figure")


def plan_faults(root: Path, files: Files, names: Names, *, whole: bool) -> Iterator[UserError]:
    """Find what is wrong between the entries of the plan.

    Parameters
    ----------
    root
        Folder of the project.
    files, names
        The plan's files and the ids in them.
    whole
        Look into codebooks and the notebooks' cells too, where there are any.
    """
    yield from _doubles(files)
    yield from _strangers(files, names)
    yield from wording_faults(files, names)
    yield from _without_sentence(files, names)
    for document in vars(files).values():
        if document is not None:
            yield from _unwritten(document)
    if whole:
        yield from _notebook_faults(root, files, names)


def _doubles(files: Files) -> Iterator[UserError]:
    lists = [
        (files.claims, "claims", doubles(entries(files.claims, "claims"))),
        (files.claims, "tests", doubles(tests_of(files.claims))),
        (files.claims, "families", doubles(entries(files.claims, "families"))),
        (files.exhibits, "exhibits", doubles(entries(files.exhibits, "exhibits"))),
        (files.exhibits, "notebooks", doubles(entries(files.exhibits, "notebooks"), "name")),
    ]
    lists += [
        (files.estimates, "entries", doubles(entries(files.estimates, "estimates", name)))
        for name in _estimated(files)
        if files.estimates
    ]
    for document, what, found in lists:
        for name, keys in found:
            yield document.error(f"two {what} have the id '{name}'", "rename one of them", *keys)


def _estimated(files: Files) -> Mapping[str, Any]:
    listed = files.estimates.at("estimates") if files.estimates else None
    return listed if isinstance(listed, dict) else {}


def _strangers(files: Files, names: Names) -> Iterator[UserError]:
    """Find names of notebooks, claims and tests that there are not."""
    for keys, test in tests_of(files.claims):
        yield from _unknown(files.claims, keys, "test", test, "notebook", names.notebooks)
    for keys, family in entries(files.claims, "families"):
        listed = strings(family, "tests")
        for name in dict.fromkeys(listed):
            about = f"family '{family.get('id')}' names the "
            if name not in names.tests:
                about += f"unknown test '{name}'"
            elif listed.count(name) > 1:
                about += f"test '{name}' twice"
            else:
                continue
            yield files.claims.error(about, "correct its tests", *keys, "tests")
    for keys, exhibit in entries(files.exhibits, "exhibits"):
        if "notebook" in exhibit:
            yield from _unknown(
                files.exhibits, keys, "exhibit", exhibit, "notebook", names.notebooks
            )
        yield from _unknown(files.exhibits, keys, "exhibit", exhibit, "claims", names.claims)
    for name in _estimated(files):
        if files.estimates and name not in names.notebooks:
            yield files.estimates.error(
                f"estimates of the unknown notebook '{name}'",
                nearest(name, names.notebooks),
                "estimates",
                name,
            )


def _unknown(
    document: Document,
    keys: KeyPath,
    what: str,
    entry: Mapping[str, Any],
    part: str,
    known: Collection[str],
) -> Iterator[UserError]:
    """Find unknown names under one key of an entry: a text, or a list of texts."""
    value = entry.get(part)
    for name in (value,) if isinstance(value, str) else strings(entry, part):
        if name not in known:
            yield document.error(
                f"{what} '{entry.get('id', keys[-1])}' names the unknown "
                f"{part.removesuffix('s')} '{name}'",
                nearest(name, known),
                *keys,
                part,
            )


def _without_sentence(files: Files, names: Names) -> Iterator[UserError]:
    """Find tests and claims of which no sentence says what came of them."""
    if files.sentences is not None:
        for name in (*names.claims, *names.tests):
            if name not in names.sentences:
                mend = "add it to notebooks/plan/sentences.yml"
                yield files.sentences.error(f"there is no sentence '{name}'", mend, "sentences")


def _unwritten(document: Document) -> Iterator[UserError]:
    """Find lines that still say that they are to be written, remarks among them."""
    for number, line in enumerate(read_utf8(document.path).splitlines(), start=1):
        if _has_placeholder(line):
            problem = f"not written yet: {line.strip()}"
            yield UserError(problem, WRITE, file=document.path, line=number)


def _has_placeholder(text: str) -> bool:
    return any(mark in text for mark in PLACEHOLDERS.values())


def _notebook_faults(root: Path, files: Files, names: Names) -> Iterator[UserError]:
    """Hold plan and notebooks against each other, where there are notebooks."""
    folder = root / "notebooks"
    read = {name: read_cells(folder / f"{name}.ipynb") for name in names.notebooks}
    tables = _tables(root)
    for name, keys in names.notebooks.items():
        entry = files.exhibits.at(*keys)
        for table in strings(entry, "data"):
            if tables and table not in tables:
                yield files.exhibits.error(
                    f"notebook '{name}' loads the unknown table '{table}'",
                    nearest(table, sorted(tables)),
                    *keys,
                    "data",
                )
        cells = read[name]
        if cells is not None:
            for cell in cells.sources:
                if _has_placeholder(cells.sources[cell]):
                    yield UserError(f"{cell} is not written yet", WRITE, file=cells.path)
            yield from _cell_faults(name, entry, cells, files, names) if cells.asks else ()
        elif any(read.values()):
            problem = f"notebook '{name}' has no readable file notebooks/{name}.ipynb"
            yield files.exhibits.error(problem, "write or restore it", *keys)
    if read and all(cells is not None and cells.asks for cells in read.values()):
        yield from _unrecorded(files, names, read)
        yield from _unsaid_claims(files, names, read)


def _tables(root: Path) -> set[str]:
    """Tables of the codebooks; a codebook that can't be read is named when it is used."""
    found: set[str] = set()
    for path in sorted((root / "data").glob("*/codebook.yml")):
        try:
            listed = load_strict(path).at("tables")
        except UserError:
            return set()
        found |= set(listed) if isinstance(listed, dict) else set()
    return found


def _cell_faults(
    name: str, entry: Mapping[str, Any], cells: Cells, files: Files, names: Names
) -> Iterator[UserError]:
    exhibits = {
        str(exhibit.get("id")): keys
        for keys, exhibit in entries(files.exhibits, "exhibits")
        if exhibit.get("notebook", keys[1]) == name
    }
    sentences = {
        said: keys for said, keys in names.sentences.items() if _owner(said, files, names) == name
    }
    estimates = {
        str(one.get("id")): keys for keys, one in entries(files.estimates, "estimates", name)
    }
    plan = "notebooks/plan"
    for call in cells.of(*_SHOWING):
        if call.name not in exhibits:
            yield _of_cell(cells, call, "shows", "exhibit", f"add it to {plan}/exhibits.yml")
    for call in cells.of("say"):
        if call.name not in names.sentences:
            yield _of_cell(cells, call, "says", "sentence", f"add it to {plan}/sentences.yml")
    recorded = [call.name for call in cells.of("record")]
    for call in cells.of("record"):
        if not any(covers(call.name, one) for one in estimates) and "en" not in call.keywords:
            yield _of_cell(cells, call, "records", "estimate", f"add it to {plan}/estimates.yml")
    for method in ("data", "external"):
        for call in cells.of("load" if method == "data" else method):
            if call.name not in strings(entry, method):
                mend = f"add it to '{method}' of {name} in {plan}/exhibits.yml"
                yield _of_cell(cells, call, "loads", f"'{method}'", mend)
    wanted = [
        (files.exhibits, "shows the exhibit", exhibits, _SHOWING),
        (files.sentences, "says the sentence", sentences, ("say",)),
        (files.estimates, "records the estimate", estimates, ("record",)),
    ]
    for document, does, listed, methods in wanted:
        if document is None or cells.open_ended & set(methods):
            continue
        for one, keys in listed.items():
            if one not in cells.texts and not (
                document is files.estimates and any(covers(pattern, one) for pattern in recorded)
            ):
                mend = f'add study.{methods[0]}("{one}") there, or delete the entry'
                yield document.error(f"no cell of {name} {does} '{one}'", mend, *keys)


def _of_cell(cells: Cells, call: Call, does: str, what: str, mend: str) -> UserError:
    problem = f"{call.cell} {does} '{call.name}', which is no {what} of this notebook in the plan"
    return UserError(problem, mend, file=cells.path)


def _owner(sentence: str, files: Files, names: Names) -> str | None:
    """Return the notebook that says a sentence: its own, or that of the test with its id."""
    entry = files.sentences.at(*names.sentences[sentence]) if files.sentences else {}
    test = files.claims.at(*names.tests[sentence]) if sentence in names.tests else {}
    owner = entry.get("notebook") or test.get("notebook")
    return str(owner) if owner else None


def _unrecorded(
    files: Files, names: Names, read: Mapping[str, Cells | None]
) -> Iterator[UserError]:
    """Find estimates of tests and slots that neither a pattern nor a cell can have recorded."""
    texts = {name: cells.texts if cells else set() for name, cells in read.items()}
    patterns = {
        name: [
            _pattern(str(one.get("id"))) for _, one in entries(files.estimates, "estimates", name)
        ]
        for name in names.notebooks
    }

    def recorded(estimate: str, name: str) -> bool:
        return estimate in texts[name] or any(p.fullmatch(estimate) for p in patterns[name])

    for keys, test in tests_of(files.claims):
        estimate, notebook = test.get("estimate"), test.get("notebook")
        if notebook in read and estimate and not recorded(str(estimate), str(notebook)):
            yield files.claims.error(
                f"nothing in {notebook} records the estimate '{estimate}' of '{test.get('id')}'",
                "record it there and add it to notebooks/plan/estimates.yml, or correct the id",
                *keys,
                "estimate",
            )
    for document, keys, estimate in slots_of(files, names):
        if not any(recorded(estimate, name) for name in read):
            problem = f"no notebook records the estimate '{estimate}' that this text says"
            yield document.error(problem, "record it, or correct the id", *keys)


def _pattern(name: str) -> re.Pattern[str]:
    return re.compile(_PART.sub(".+", re.escape(name)))


def _unsaid_claims(
    files: Files, names: Names, read: Mapping[str, Cells | None]
) -> Iterator[UserError]:
    """Find claims that no notebook that reads the ledger sums up."""
    readers = [
        cells
        for name, keys in names.notebooks.items()
        if files.exhibits.at(*keys).get("reads_ledger") and (cells := read[name])
    ]
    if not readers or any("say" in cells.open_ended for cells in readers):
        return
    for claim, keys in names.claims.items():
        if claim in names.sentences and not any(claim in cells.texts for cells in readers):
            where = " or ".join(cells.path.stem for cells in readers)
            problem = f"no cell of {where} says the sentence '{claim}'"
            yield files.claims.error(problem, f'add study.say("{claim}") there', *keys)
