"""An import from its file to the report, and to the survey's file where nothing is against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from compendium.errors import UserError
from compendium.files import sha256_of
from compendium.plan import PLAN_FOLDER, load_plan
from compendium.registry import registered
from compendium.survey.formats import Raw, read_raw
from compendium.survey.importing.account import account, write_report
from compendium.survey.importing.checks import check_columns, check_size, left_with_one
from compendium.survey.importing.convert import Converted, convert
from compendium.survey.importing.findings import Finding, Level
from compendium.survey.importing.frame import Joined, frame_answers, join_frame
from compendium.survey.importing.mapping import ImportMapping, check_sources, load_mapping
from compendium.survey.importing.personal import check_personal
from compendium.survey.importing.sets import check_labels, check_orders, sharpened
from compendium.survey.importing.status import left_out
from compendium.survey.instrument import Instrument, load_instrument
from compendium.survey.load import EVIDENCE, OBSERVED_FILE
from compendium.survey.private import PRIVATE, close_private
from compendium.survey.screens import kept, screen
from compendium.survey.store import Columns, write_survey
from compendium.text import Text

_ROWS_OUT = ("left_out", "not_in_frame")
_VALUES_OUT = ("out_of_range", "word", "common_value", "unread_word", "yes_no_codes")
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
    report
        Files of the report; empty where none was written.
    """

    file: Path
    rows: int
    kept: int
    findings: tuple[Finding, ...]
    written: str | None
    path: Path
    closed: tuple[str, ...] = ()
    report: tuple[Path, ...] = ()

    def count(self, level: Level) -> int:
        """Findings of a level."""
        return sum(finding.level == level for finding in self.findings)


def import_survey(
    root: Path,
    file: Path,
    mapping: Path,
    *,
    accept: bool = False,
    frame: Path | None = None,
    encoding: str | None = None,
    report: Path | None = None,
) -> Imported:
    """Import a real survey's file.

    Without `accept` it is written only where nothing has to be left out or looked at; nothing is
    ever written where a finding is a stop.

    Parameters
    ----------
    frame
        File of the sampling frame, which answers what the questionnaire does not ask.
    encoding
        Goes before the mapping's.
    report
        Folder for the report, also of an import that is not written; the private one otherwise.

    Raises
    ------
    UserError
        The file or the mapping can't be read, they do not fit together, or it is a stand-in.
    """
    instrument = load_instrument(root)
    framed = None if frame is None else read_raw(frame)
    supplied = () if framed is None else tuple(frame_answers(framed, instrument))
    mapped = load_mapping(mapping, instrument, supplied)
    raw = read_raw(file, encoding=encoding or mapped.encoding, sheet=mapped.sheet)
    check_sources(mapped, raw)
    if mapped.frame is not None and framed is None:
        raise UserError("the mapping has a sampling frame", "name its file with --frame", mapping)
    joined = Joined(raw, mapped, (), (), ())
    if framed is not None:
        joined = join_frame(raw, framed, mapped, instrument)
    raw, mapped = joined.raw, joined.mapping
    converted = convert(instrument, raw, mapped)
    _refuse_standin(raw, converted.columns)
    findings, stay = _examined(instrument, joined, converted, partial(_scoring, root))
    levels = {finding.level for finding in findings}
    done = Imported(file, len(stay), int(stay.sum()), findings, None, root / OBSERVED_FILE)
    stopped = "stop" in levels or ("accept" in levels and not accept) or not stay.any()
    source = _source(raw, mapped, done, frame)
    if not stopped:
        columns = {name: values[stay] for name, values in converted.columns.items()}
        closed = close_private(root)
        written = write_survey(done.path, instrument, columns, EVIDENCE["observed"], source)
        done = replace(done, written=written, closed=closed)
    if not stopped or report is not None:
        told = account(instrument, joined, converted, findings, stay, source, done.written)
        folder = report or root / PRIVATE
        done = replace(done, report=write_report(folder, told))
    return done


def _scoring(root: Path) -> str:
    """Names of the notebooks that load the survey; none where there is no plan."""
    has_plan = (root / PLAN_FOLDER / "exhibits.yml").is_file()
    planned = load_plan(root).notebooks.values() if has_plan else ()
    return ", ".join(notebook.name for notebook in planned if notebook.survey)


def _examined(
    instrument: Instrument, joined: Joined, converted: Converted, scoring: Callable[[], str]
) -> tuple[tuple[Finding, ...], Any]:
    """All findings, and which rows stay; `scoring` names the notebooks that load the survey."""
    raw, mapping = joined.raw, joined.mapping
    columns, rows = converted.columns, len(raw.frame)
    cells = list(sharpened(instrument, converted))
    findings = [*_notes(instrument, raw, mapping), *joined.findings, *_without(cells, joined)]
    findings += [*left_out(raw, mapping, instrument), *check_personal(instrument, raw, mapping)]
    findings += check_labels(instrument, raw, mapping)
    findings += check_orders(instrument, converted, mapping)
    stay = np.ones(rows, dtype=bool)
    stay[converted.faulty_rows] = False
    told = [row for one in findings if one.rule in _ROWS_OUT for row in one.rows]
    stay[[row - 1 for row in told]] = False
    faulty = [f for f in cells if f.rule in _VALUES_OUT]
    if mapping.out_of_range == "row":
        out = sorted({row for finding in faulty for row in finding.rows})
        stay[[row - 1 for row in out]] = False
        findings += [Finding("out_of_range_row", rows=tuple(out))] if out else []
    dropped = screen(instrument, columns)
    findings += _screened(columns, dropped)
    stay &= kept(rows, dropped)
    findings += check_columns(instrument, columns, mapping, scoring)
    left = {name: values[stay] for name, values in columns.items()}
    findings += left_with_one(instrument, left, {f.column for f in faulty if f.column})
    findings += check_size(left, int(stay.sum()))
    return tuple(findings), stay


def _without(findings: list[Finding], joined: Joined) -> Iterator[Finding]:
    """Findings without the empty cells of rows that the frame does not have: those are told."""
    lost = {*joined.unmatched}
    for finding in findings:
        if finding.rule == "required" and finding.column in joined.supplied and lost:
            rows = tuple(row for row in finding.rows if row not in lost)
            if not rows:
                continue
            finding = replace(finding, rows=rows)
        yield finding


def _notes(instrument: Instrument, raw: Raw, mapping: ImportMapping) -> Iterator[Finding]:
    if raw.encoding:
        yield Finding("encoding", particulars={"found": raw.encoding})
    named = {
        column.source
        for name, column in mapping.columns.items()
        if instrument.questions[name].type == "string"
    }
    for note in raw.notes:
        rule = "rounded_name" if note.lossy and note.heading in named else "reading"
        yield Finding(rule, None, note.heading, None, note.rows, {"found": note.said})
    used = {column.source for column in mapping.columns.values()}
    used |= {column.until for column in mapping.columns.values() if column.until}
    for name in raw.headings:
        if name not in used | {*mapping.ignored, *mapping.leave_out}:
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
    standin = registered().part("standin")
    prefix = standin.PREFIX if standin else "\0"
    for row, name in enumerate(columns["respondent_id"], start=1):
        if name is not None and name.startswith(prefix):
            raise UserError(
                "this respondent comes from a stand-in",
                "a stand-in is never imported",
                file=raw.path,
                row=row,
                column="respondent_id",
                value=name,
            )


def _source(raw: Raw, mapping: ImportMapping, done: Imported, frame: Path | None) -> dict[str, Any]:
    """What the survey's file says of where it came from; no path."""
    told = {
        "file": raw.path.name,
        "sha256": sha256_of(raw.path),
        "mapping": sha256_of(mapping.path),
        "encoding": raw.encoding,
        "rows": done.rows,
        "kept": done.kept,
        "findings": dict(sorted(Counter(f.rule for f in done.findings).items())),
    }
    return told | ({"frame": sha256_of(frame)} if frame is not None else {})
