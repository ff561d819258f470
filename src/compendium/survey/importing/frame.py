"""The sampling frame: unit, county, province, stratum and weight joined to the answers by a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from compendium.errors import UserError
from compendium.survey.formats import Raw, plain
from compendium.survey.importing.findings import Finding, rows_of
from compendium.survey.importing.mapping import (
    FRAME_KEY,
    ColumnMap,
    FrameMap,
    ImportMapping,
    check_sources,
)
from compendium.survey.importing.match import exact_matches
from compendium.survey.instrument import Instrument

if TYPE_CHECKING:
    import pandas as pd

_RESPONDENT = "respondent_id"


@dataclass(frozen=True)
class Joined:
    """A survey's file with the columns of its sampling frame.

    Attributes
    ----------
    unmatched
        Rows of the file, from 1, whose key the frame does not have.
    supplied
        Questions that the frame answers.
    """

    raw: Raw
    mapping: ImportMapping
    findings: tuple[Finding, ...]
    unmatched: tuple[int, ...]
    supplied: tuple[str, ...]


def frame_map(raw: Raw, instrument: Instrument, key: str = FRAME_KEY) -> FrameMap:
    """Columns of a frame by the questions' own names, aliases and short texts.

    Raises
    ------
    UserError
        The frame has no column of the key.
    """
    found = frame_answers(raw, instrument, key)
    if key not in found:
        names = ", ".join(raw.headings.values())
        mend = f"rename it so, or name it under 'frame' in the mapping; the frame has: {names}"
        raise UserError(f"the sampling frame has no column '{key}'", mend, file=raw.path)
    return FrameMap(key, {name: ColumnMap(source) for name, source in found.items()})


def frame_answers(raw: Raw, instrument: Instrument, key: str = FRAME_KEY) -> dict[str, str]:
    """Questions of the design that a frame answers, to its columns."""
    section = instrument.questions[key].section
    design = {
        name: q
        for name, q in instrument.questions.items()
        if q.section == section and name != _RESPONDENT
    }
    return exact_matches(raw, design)


def join_frame(raw: Raw, frame: Raw, mapping: ImportMapping, instrument: Instrument) -> Joined:
    """Join a frame's columns to the answers; the file's own columns go before the frame's.

    Raises
    ------
    UserError
        The file's key is not mapped, or the frame has a key twice with different values.
    """
    wanted = mapping.frame or frame_map(frame, instrument)
    check_sources(replace(mapping, columns=wanted.columns, leave_out={}), frame)
    if wanted.key not in mapping.columns:
        mend = f"name the file's column of '{wanted.key}' under columns"
        raise UserError("the sampling frame can't be joined", mend, file=mapping.path)
    own = {wanted.key, *mapping.columns, *mapping.constants}
    taken = {name: column for name, column in wanted.columns.items() if name not in own}
    frame_keys = _keys(frame, wanted.columns[wanted.key])
    _refuse_twice(frame, frame_keys, wanted)
    entries = frame.frame.assign(_key=frame_keys).query("_key != ''").drop_duplicates("_key")
    file_keys = _keys(raw, mapping.columns[wanted.key])
    entries = entries.set_index("_key")
    joined, columns = _with_columns(raw, frame, entries, file_keys, taken)
    lost = ~file_keys.isin(entries.index).to_numpy() & (file_keys != "").to_numpy()
    source = mapping.columns[wanted.key].source
    findings = [
        Finding("not_in_frame", wanted.key, source, key, rows_of((file_keys == key).to_numpy()))
        for key in sorted(set(file_keys[lost]))
    ]
    if unused := len(set(entries.index) - set(file_keys)):
        findings.append(Finding("frame_unused", particulars={"n": unused}))
    if taken:
        findings.append(Finding("from_frame", particulars={"found": ", ".join(taken)}))
    rest = tuple(name for name in mapping.not_collected if name not in taken)
    mapped = replace(mapping, columns={**mapping.columns, **columns}, not_collected=rest)
    return Joined(joined, mapped, tuple(findings), rows_of(lost), tuple(taken))


def _keys(raw: Raw, mapped: ColumnMap) -> pd.Series[Any]:
    texts = raw.frame[mapped.source].map(plain)
    return texts.map(lambda text: mapped.codes.get(text, text)).astype(object)


def _refuse_twice(frame: Raw, keys: pd.Series[Any], wanted: FrameMap) -> None:
    sources = [column.source for column in wanted.columns.values()]
    told = frame.frame[sources].assign(_key=keys).drop_duplicates()
    twice = told[told["_key"].duplicated() & (told["_key"] != "")]
    if len(twice):
        key, row = twice["_key"].iloc[0], int(twice.index[0]) + 1
        problem = "the sampling frame has this entry twice, with different values"
        raise UserError(problem, "keep one", frame.path, row=row, column=wanted.key, value=key)


def _with_columns(
    raw: Raw,
    frame: Raw,
    entries: pd.DataFrame,
    keys: pd.Series[Any],
    taken: Mapping[str, ColumnMap],
) -> tuple[Raw, dict[str, ColumnMap]]:
    """The file with the frame's columns under headings of their own, and where these are."""
    data, headings, columns = raw.frame.copy(deep=False), dict(raw.headings), {}
    labels, declared = dict(raw.value_labels), dict(raw.declared)
    for name, column in taken.items():
        source = f"{column.source} [{frame.path.name}]"
        data[source] = keys.map(entries[column.source])
        headings[source] = f"{frame.headings[column.source]} [{frame.path.name}]"
        if column.source in frame.value_labels:
            labels[source] = frame.value_labels[column.source]
        if column.source in frame.declared:
            declared[source] = frame.declared[column.source]
        columns[name] = replace(column, source=source)
    joined = replace(raw, frame=data, headings=headings, value_labels=labels, declared=declared)
    return joined, columns
