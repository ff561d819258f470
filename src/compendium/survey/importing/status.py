"""Rows that a platform itself marks as no answers: not approved, not agreed, made for a test."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from compendium.survey.formats import Raw, plain
from compendium.survey.importing.findings import Finding, rows_of
from compendium.survey.importing.labels import bare, read_labels
from compendium.survey.importing.mapping import ImportMapping
from compendium.survey.importing.match import last_part
from compendium.survey.importing.strength import words
from compendium.survey.instrument import Instrument, Question
from compendium.survey.xlsform import CONSENT
from compendium.text import LANGS

_STATUS: Mapping[str, Collection[str]] = {
    "_validation_status": words(
        "validationstatusnotapproved notapproved validationstatusonhold onhold 未批准 未通过 暂缓 "
        "搁置 待定"
    ),
    "distributionchannel": words("preview test"),
    "status": words("surveypreview surveytest previewspam spam"),
}
"""Last part of a heading to what its cells say of rows that are no answers."""


def status_columns(raw: Raw, instrument: Instrument) -> dict[str, tuple[str, ...]]:
    """Heading to the texts in it whose rows are left out unless the mapping says otherwise."""
    found: dict[str, tuple[str, ...]] = {}
    consent = {bare(CONSENT), *(bare(instrument.form.consent.text[lang]) for lang in LANGS)}
    for name in raw.headings:
        known = _STATUS.get(last_part(name).casefold())
        texts = {bare(part) for part in (name, last_part(name), raw.labels.get(name, ""))}
        if known is None and texts & consent:
            flag = next((q for q in instrument.questions.values() if q.type == "flag"), None)
            labels = raw.value_labels.get(name, {})
            known = {"0", *(_said_no(instrument, flag, labels, _texts(raw, name)))}
        if known and (held := tuple(t for t in _texts(raw, name) if bare(t) in known)):
            found[name] = held
    return found


def _texts(raw: Raw, name: str) -> list[str]:
    """Distinct texts of a column."""
    return sorted({plain(value) for value in raw.frame[name].drop_duplicates()} - {""})


def left_out(raw: Raw, mapping: ImportMapping, instrument: Instrument) -> Iterator[Finding]:
    """Rows to leave out by what a column of the file says of them."""
    for name, texts in {**status_columns(raw, instrument), **mapping.leave_out}.items():
        cells = raw.frame[name].map(plain)
        for text in texts:
            rows = rows_of((cells == text).to_numpy())
            if rows:
                yield Finding("left_out", None, raw.headings[name], text, rows)


def _said_no(
    instrument: Instrument, flag: Question | None, labels: Mapping[str, str], texts: Collection[str]
) -> Iterator[str]:
    if flag is None:
        return
    for text in texts:
        reads = read_labels(instrument, flag, {text: labels.get(text, text)})
        if any(read.target == "0" for read in reads.values()):
            yield bare(text)
