"""The README of the social science data editors' template, filled in from plan, data and run."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from compendium.data import Codebook, Table, load_books
from compendium.data.external import ABSENT, REGISTRY, ExternalSet, load_registry
from compendium.exhibits.words import EVIDENCE_WORDS
from compendium.plan.about import citation_of
from compendium.registry import program
from compendium.report.bibliography import bibliography
from compendium.review.trace import Trail

TEMPLATE = "https://social-science-data-editors.github.io/template_README/"
TIMES = ((600.0, "<10 minutes"), (3600.0, "10-60 minutes"), (28800.0, "1-8 hours"))
LONGER = "> 8 hours"


def readme(
    trail: Trail,
    cited: Mapping[str, Any],
    record: Mapping[str, Any],
    exhibits: Sequence[Mapping[str, str]],
) -> str:
    """Fill the template in, in English.

    Time, memory and versions are those of the run record. Statements about rights are left
    unticked: only an author can make them. Access dates stand with the references that have one.

    Parameters
    ----------
    cited
        What CITATION.cff says.
    record
        The run record.
    exhibits
        Rows of the list of exhibits.
    """
    parts = (
        *_overview(trail, cited, record, exhibits),
        *_availability(trail, record),
        *_requirements(record),
        *_programs(trail, cited),
        *_instructions(record),
        *_list_of_exhibits(exhibits, record),
        *_references(trail),
    )
    return "\n".join(parts).rstrip() + "\n"


def machine_words(machine: Mapping[str, Any]) -> str:
    """One line on a machine: processor, cores, memory, system."""
    told = [str(machine.get("processor", ""))]
    told += [f"{machine['cores']} cores"] if "cores" in machine else []
    told += [f"{machine['memory_gb']:g} GB of memory"] if "memory_gb" in machine else []
    told += [str(machine.get("system", ""))]
    return ", ".join(filter(None, told)) or "machine not recorded"


def _overview(
    trail: Trail,
    cited: Mapping[str, Any],
    record: Mapping[str, Any],
    exhibits: Sequence[Mapping[str, str]],
) -> Iterator[str]:
    kinds = [row["kind"] for row in exhibits]
    about = trail.plan.about
    yield f"# README of the replication package: {str(cited['title']).strip()}\n"
    yield f"Authors: {', '.join(citation_of(trail.root).authors)}\n"
    yield (
        f"This file follows the [template]({TEMPLATE}) of the social science data editors. "
        f"`{program()} review` filled it in from the plan, the codebooks and the record of a run; "
        "boxes that only an author can tick are empty.\n"
    )
    yield "## Overview\n"
    yield f"{about.title.en}. {about.lead.en}\n"
    yield (
        f"{len(trail.plan.notebooks)} notebooks read the data below and record "
        f"{len(trail.ledger)} estimates, {kinds.count('figure')} figures and "
        f"{kinds.count('table')} tables. Two commands run everything and check it "
        f"(about {max(1, round(_spent(record, 'cpu_seconds') / 60))} min of one core).\n"
    )


def _availability(trail: Trail, record: Mapping[str, Any]) -> Iterator[str]:
    root, private = trail.root, (record.get("survey") or {}).get("evidence") == "observed"
    books = load_books(root)
    outside = load_registry(root) if (root / REGISTRY).is_file() else {}
    yield "## Data Availability and Provenance Statements\n"
    yield f"{_box(False)} This paper does not involve analysis of external data.\n"
    yield "### Statement about Rights\n"
    yield f"{_box(False)} I certify that the author(s) of the manuscript have legitimate access to"
    yield "  and permission to use the data used in this manuscript."
    yield f"{_box(False)} I certify that the author(s) of the manuscript have documented permission"
    yield "  to redistribute/publish the data contained within this replication package.\n"
    yield "### License for Data\n"
    for book in books:
        scope = f" ({book.licence_scope.en})" if book.licence_scope else ""
        yield f"- `data/{book.folder}`: {book.licence}{scope}"
    for one in outside.values():
        yield f"- {one.id} (not provided): {one.licence}. {one.licence_scope.en}"
    yield "\n### Summary of Availability\n"
    yield f"{_box(not private)} All data **are** publicly available."
    yield f"{_box(private)} Some data **cannot be made** publicly available."
    yield f"{_box(False)} **No data can be made** publicly available.\n"
    yield "### Details on each Data Source\n"
    for book in books:
        yield from _book(trail, book)
    for one in outside.values():
        yield from _outside(one)
    yield "## Dataset list\n"
    yield "| Data file | Source | Notes | Provided |"
    yield "|---|---|---|---|"
    for table in (table for book in books for table in book.tables.values()):
        rows = f"{table.rows} rows" if table.rows else "rows vary"
        source = table.source.en if table.source else f"see data/{table.folder}/README.md"
        kept = "Yes" if table.shipped and table.path.is_file() else "No"
        yield _row(f"`{table.file}`", source, f"{table.label.en}; {rows}", kept)
    for one in outside.values():
        for file in one.files.values():
            size = f"; {file.bytes:,} bytes" if file.bytes else ""
            yield _row(f"`{file.name}`", one.title.en, f"SHA-256 {file.sha256[:12]}…{size}", "No")
    yield ""


def _book(trail: Trail, book: Codebook) -> Iterator[str]:
    yield f"#### {book.title.en}\n"
    yield (
        f"Files: {', '.join(f'`{one.path.name}`' for one in book.tables.values())} in "
        f"`data/{book.folder}` ({book.encoding or 'CSV, UTF-8'}). Data dictionary: "
        f"`data/{book.folder}/codebook.yml`. Selection, coding and limits: "
        f"`data/{book.folder}/README.md`.\n"
    )
    for table in book.tables.values():
        yield f"- `{table.name}`: {table.unit_of_observation.en}{_pages(trail, table)}"
    yield ""


def _pages(trail: Trail, table: Table) -> str:
    number = trail.data(table.name).get("source pages", 0)
    if not number:
        return ""
    pages = "page" if number == 1 else "pages"
    return f"; {number} public {pages} named as sources, each beside its row"


def _outside(one: ExternalSet) -> Iterator[str]:
    yield f"#### {one.title.en} (not provided)\n"
    yield f"{one.what.en}\n"
    yield (
        f"Public, at <{one.address}>; `{program()} data fetch` downloads it and checks its hash. "
        f"Cite: {one.citation} Licence: {one.licence}.\n"
    )


def _requirements(record: Mapping[str, Any]) -> Iterator[str]:
    versions, notebooks = record.get("versions", {}), record.get("notebooks", {})
    parameters = record.get("parameters", {})
    yield "## Computational requirements\n"
    yield "### Software Requirements\n"
    yield f"- Python {versions.get('python', '(not recorded)')}"
    others = (f"{n} {v}" for n, v in versions.items() if n not in ("python", "platform"))
    yield f"  - {', '.join(others)}"
    yield "  - `requirements.lock` has every package with version and hash; `make env` installs it"
    yield f"- last run on {versions.get('platform', '(not recorded)')}\n"
    yield "### Controlled Randomness\n"
    if "seed" in parameters:
        yield f"{_box(True)} Random seed is set: `seed` = {parameters['seed']}, a parameter of each"
        yield "  notebook that draws (cell tagged `parameters`; `notebooks/plan/profiles.yml`)."
    else:
        yield f"{_box(False)} Random seed is set: no parameter is called `seed`."
    yield f"\nAll parameters: {', '.join(f'{k} {v}' for k, v in parameters.items())}.\n"
    yield "### Memory and Runtime Requirements\n"
    yield "#### Summary\n"
    total = _spent(record, "seconds")
    chosen = next((words for limit, words in TIMES if total < limit), LONGER)
    yield "Approximate time needed to reproduce the analyses on a standard desktop machine:\n"
    for words in (*(words for _, words in TIMES), LONGER):
        yield f"{_box(words == chosen)} {words}"
    yield "\n#### Details\n"
    yield f"The code was last run on {machine_words(record.get('machine', {}))}.\n"
    yield "| Notebook | Minutes | CPU minutes | Peak memory, MB |"
    yield "|---|---:|---:|---:|"
    for name, one in notebooks.items():
        used = (_number(one.get(key), 60) for key in ("seconds", "cpu_seconds"))
        yield _row(f"`{name}`", *used, _number(one.get("peak_mb"), 1, 0))
    yield "\nNotebooks that do not need each other run at the same time, one on each core.\n"


def _programs(trail: Trail, cited: Mapping[str, Any]) -> Iterator[str]:
    yield "## Description of programs/code\n"
    yield "| Program | What it does | Data |"
    yield "|---|---|---|"
    for name, one in trail.plan.notebooks.items():
        data = ", ".join((*one.data, *one.external))
        yield _row(f"`notebooks/{name}.ipynb`", one.title.en, data)
    yield "\n`notebooks/plan` holds what was decided beforehand: claims, tests, predicates, words"
    yield "and labels. `src` holds the functions that the notebooks call."
    yield "\n### License for Code\n"
    yield f"The code is licensed under {cited.get('license', '(not stated)')}. See `LICENSE`.\n"


def _instructions(record: Mapping[str, Any]) -> Iterator[str]:
    outside, command = bool(record.get("external")), f".venv/bin/{program()}"
    yield "## Instructions to Replicators\n"
    steps = [
        "Install Python 3.11, 3.12 or 3.13.",
        "In the folder of the package, run `make env` (without make: `python tools/setup_env.py`).",
        *(
            [f"Run `.venv/bin/{program()} data fetch` for the data that are not provided."]
            * outside
        ),
        "Run `make reproduce`: all notebooks, in their order, then the report.",
        f"Run `{command} verify`: it names whatever differs from the reference results.",
    ]
    yield from (f"{i}. {step}" for i, step in enumerate(steps, 1))
    yield "\nWhat was found when this file was made stands in `differences.txt` and `checks.csv`.\n"


def _list_of_exhibits(
    exhibits: Iterable[Mapping[str, str]], record: Mapping[str, Any]
) -> Iterator[str]:
    whole = ABSENT not in (record.get("external") or {}).values()
    yield "## List of tables and programs\n"
    yield "The provided code reproduces:\n"
    yield f"{_box(whole)} All numbers provided in text in the paper"
    yield f"{_box(whole)} All tables and figures in the paper"
    yield f"{_box(not whole)} Selected tables and figures in the paper"
    if not whole:
        yield "  (data not provided were absent: what rests on them is marked 'not run')"
    yield ""
    yield "`exhibits.csv` has the same list with cells, claims and the result of each check. Lines"
    yield "are those of the notebook's file.\n"
    yield "| Figure/Table | Program | Line Number | Output file | Note |"
    yield "|---|---|---:|---|---|"
    for row in exhibits:
        kinds = [_NEEDS[kind] for kind in row["evidence"].split(", ") if kind in _NEEDS]
        program_ = f"`notebooks/{row['notebook']}.ipynb`, {row['cell']}"
        unmade = (
            ("not run",) if row["result"].startswith(("numbers and words not", "not run")) else ()
        )
        note = "; ".join((row["title"], *kinds, *unmade))
        yield _row(row["id"], program_, row["line"], f"`{row['file']}`", note)
    yield ""


_NEEDS = {
    "external": "requires data not provided",
    "stand-in": EVIDENCE_WORDS["stand-in"].en,
}


def _references(trail: Trail) -> Iterator[str]:
    yield "## References\n"
    for one in bibliography(trail.root).values():
        yield f"- {one.words('en')}{f' <{one.address}>' if one.address else ''}"


def _box(ticked: bool) -> str:
    return f"- [{'x' if ticked else ' '}]"


def _row(*cells: str) -> str:
    plain = (" ".join(cell.replace("|", "\\|").split()) for cell in cells)
    return f"| {' | '.join(plain)} |"


def _number(value: float | None, scale: int, places: int = 1) -> str:
    return "" if value is None else f"{value / scale:.{places}f}"


def _spent(record: Mapping[str, Any], key: str) -> float:
    return sum(one.get(key) or 0.0 for one in record.get("notebooks", {}).values())
