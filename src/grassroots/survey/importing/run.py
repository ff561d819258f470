"""An import from its file to the report, and to the survey's file where nothing is against it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from grassroots.errors import UserError
from grassroots.files import sha256_of, write_atomic
from grassroots.survey.formats import Raw, read_raw
from grassroots.survey.importing.checks import check_columns, check_size
from grassroots.survey.importing.convert import Converted, convert
from grassroots.survey.importing.findings import Finding, Level
from grassroots.survey.importing.mapping import ImportMapping, check_sources, load_mapping
from grassroots.survey.instrument import Instrument, load_instrument
from grassroots.survey.load import EVIDENCE, OBSERVED_FILE
from grassroots.survey.private import PRIVATE, close_private
from grassroots.survey.screens import kept, screen
from grassroots.survey.standin import PREFIX
from grassroots.survey.store import Columns, write_survey
from grassroots.text import Text

REPORT_FILE = PRIVATE / "import_report.json"
_IDENTICAL = Text("with the same answers", "答案相同")
_DIFFERENT = Text("with other answers", "答案不同")


@dataclass(frozen=True)
class Imported:
    """What an import found and did.

    Attributes
    ----------
    rows, kept
        Rows of the file, and rows that are left after what the findings leave out.
    written
        Hash of the written content; None where nothing was written.
    closed
        What lay open to other users in the private folder until now.
    """

    file: Path
    rows: int
    kept: int
    findings: tuple[Finding, ...]
    written: str | None
    path: Path
    closed: tuple[str, ...] = ()

    def count(self, level: Level) -> int:
        """Findings of a level."""
        return sum(finding.level == level for finding in self.findings)


def import_survey(root: Path, file: Path, mapping: Path, *, accept: bool = False) -> Imported:
    """Import a real survey's file.

    Without `accept` it is written only where nothing has to be left out or looked at; nothing is
    ever written where a finding is a stop.

    Raises
    ------
    UserError
        The file or the mapping can't be read, they do not fit together, or it is a stand-in.
    """
    instrument = load_instrument(root)
    mapped = load_mapping(mapping, instrument)
    raw = read_raw(file, encoding=mapped.encoding, sheet=mapped.sheet)
    check_sources(mapped, raw)
    converted = convert(instrument, raw, mapped)
    _refuse_standin(raw, converted.columns)
    findings, stay = _examined(instrument, raw, mapped, converted)
    levels = {finding.level for finding in findings}
    done = Imported(file, len(stay), int(stay.sum()), findings, None, root / OBSERVED_FILE)
    if "stop" in levels or ("accept" in levels and not accept) or not stay.any():
        return done
    columns = {name: values[stay] for name, values in converted.columns.items()}
    source = _source(raw, mapped, done)
    closed = close_private(root)
    written = write_survey(done.path, instrument, columns, EVIDENCE["observed"], source)
    write_atomic(root / REPORT_FILE, _report(done, source), private=True)
    return replace(done, written=written, closed=closed)


def _examined(
    instrument: Instrument, raw: Raw, mapping: ImportMapping, converted: Converted
) -> tuple[tuple[Finding, ...], Any]:
    """All findings, and which rows stay."""
    columns, rows = converted.columns, len(raw.frame)
    findings = [*_notes(raw, mapping), *converted.findings]
    stay = np.ones(rows, dtype=bool)
    stay[converted.faulty_rows] = False
    if mapping.out_of_range == "row":
        wrong = [f for f in findings if f.rule in ("out_of_range", "word")]
        out = sorted({row for finding in wrong for row in finding.rows})
        stay[[row - 1 for row in out]] = False
        findings += [Finding("out_of_range_row", rows=tuple(out))] if out else []
    dropped = screen(instrument, columns)
    findings += _screened(columns, dropped)
    stay &= kept(rows, dropped)
    findings += check_columns(instrument, columns, mapping)
    findings += check_size(
        {name: values[stay] for name, values in columns.items()}, int(stay.sum())
    )
    return tuple(findings), stay


def _notes(raw: Raw, mapping: ImportMapping) -> Iterator[Finding]:
    if raw.encoding:
        yield Finding("encoding", particulars={"found": raw.encoding})
    used = {column.source for column in mapping.columns.values()} | {*mapping.ignored}
    for name in raw.headings:
        if name not in used:
            yield Finding("not_used", heading=raw.headings[name])


def _screened(columns: Columns, dropped: Any) -> Iterator[Finding]:
    for one in dropped:
        if one.reason == "duplicate":
            same = _IDENTICAL if _alike(columns, one.row, int(one.value)) else _DIFFERENT
            said = {"found": one.value, "same": same}
            yield Finding("duplicate", one.column, None, one.respondent, (one.row,), said)
    others = Counter((one.reason, one.column, one.value) for one in dropped)
    for reason, column, value in others:
        if reason != "duplicate":
            key = (reason, column, value)
            rows = tuple(x.row for x in dropped if (x.reason, x.column, x.value) == key)
            yield Finding(reason, column, None, value, rows)


def _alike(columns: Columns, row: int, other: int) -> bool:
    pairs = ((values[row - 1], values[other - 1]) for values in columns.values())
    return all(x == y or (x != x and y != y) for x, y in pairs)


def _refuse_standin(raw: Raw, columns: Columns) -> None:
    for row, name in enumerate(columns["respondent_id"], start=1):
        if name is not None and name.startswith(PREFIX):
            raise UserError(
                "this respondent comes from a stand-in",
                "a stand-in is never imported",
                file=raw.path,
                row=row,
                column="respondent_id",
                value=name,
            )


def _source(raw: Raw, mapping: ImportMapping, done: Imported) -> dict[str, Any]:
    """What the survey's file says of where it came from; no path."""
    return {
        "file": raw.path.name,
        "sha256": sha256_of(raw.path),
        "mapping": sha256_of(mapping.path),
        "encoding": raw.encoding,
        "rows": done.rows,
        "kept": done.kept,
        "findings": dict(sorted(Counter(f.rule for f in done.findings).items())),
    }


def _report(done: Imported, source: dict[str, Any]) -> bytes:
    told = {**source, "findings": [finding.record() for finding in done.findings]}
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()
