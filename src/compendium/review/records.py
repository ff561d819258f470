"""What a run's record and its ledgers say of the run's own files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from compendium.data import load_codebooks
from compendium.exhibits.recorded import FOLDER, read_origin, recorded_digest
from compendium.files import READERS, sha256_of
from compendium.plan import Plan
from compendium.review.compare import read_rows, without_cells
from compendium.run_record import LEDGER, NAME, read

NOT_AS_RUN = f"not as {NAME} records it"
Fault = tuple[str, str]
"""A path relative to the reports folder, and what is wrong with it."""


def record_faults(root: Path, reports: Path, plan: Plan) -> Iterator[Fault]:
    """Name what in a folder contradicts its run record: ledger, exhibits, data, parameters.

    Yields
    ------
    tuple of str
        Path and fault.
    """
    record = read(reports)
    yield from _ledger_faults(reports, record)
    for name, known in record.get("exhibits", {}).items():
        if recorded_digest(reports, name) != known:
            yield f"{FOLDER}/{name}.csv", f"data or origin {NOT_AS_RUN}"
    for name, known in record.get("executed", {}).items():
        path = reports / name
        if path.is_file() and sha256_of(path) != known:
            yield name, NOT_AS_RUN
    yield from _data_faults(root, record)
    yield from _parameter_faults(reports, record, plan)


def _ledger_faults(reports: Path, record: Mapping[str, Any]) -> Iterator[Fault]:
    """Hold the merged ledger against its hash, its ids, and the ledgers of the notebooks."""
    path = reports / LEDGER
    if record.get("ledger") not in (None, sha256_of(path)):
        yield LEDGER, NOT_AS_RUN
    rows = list(without_cells(read_rows(path, None)).values())
    for name, count in Counter(row.get("id", "") for row in rows).items():
        if count > 1:
            yield LEDGER, f"the id {name} stands in {count} rows"
    merged = {row.get("id", ""): row for row in rows}
    head = _head(path)
    for own in sorted((reports / "ledger").glob("*.csv")):
        if _head(own) != head:
            yield f"ledger/{own.name}", f"its columns are not those of {LEDGER}"
        for name, row in without_cells(read_rows(own, "id")).items():
            if row != merged.get(name):
                yield f"ledger/{own.name}", f"the row {name} is not that of {LEDGER}"


def _head(path: Path) -> str:
    with path.open(encoding=READERS) as file:
        return file.readline()


def _data_faults(root: Path, record: Mapping[str, Any]) -> Iterator[Fault]:
    tables = load_codebooks(root)
    for name, known in record.get("data", {}).items():
        table = tables.get(name)
        if table is None:
            yield NAME, f"no codebook has the data table {name}"
        elif table.path.is_file() and sha256_of(table.path) != known:
            yield NAME, f"the data table {name} is not the one of this project"


def _parameter_faults(reports: Path, record: Mapping[str, Any], plan: Plan) -> Iterator[Fault]:
    """Compare the parameters of the record with those that the exhibits name."""
    given = record.get("parameters", {})
    for name in sorted(record.get("exhibits", {})):
        path = reports / FOLDER / f"{name}.json"
        if name not in plan.exhibits or not path.is_file():
            continue
        for key, value in read_origin(path).get("parameters", {}).items():
            if key in given and given[key] != value:
                yield NAME, f"{key} is {given[key]}, in {FOLDER}/{name}.json {value}"
                return
