"""The questionnaire as an XLSForm for KoboToolbox and ODK."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from compendium.registry import program
from compendium.survey.instrument import Answers, Code, Instrument, Question
from compendium.text import LANGS, Lang, Text

LANGUAGES: Mapping[Lang, str] = {"en": "English (en)", "zh": "\u4e2d\u6587 (zh)"}
DEFAULT_LANGUAGE: Lang = "zh"
EPOCH = datetime(2024, 1, 1)
"""The clock of every file inside the workbook, so that the same form has the same bytes."""

CONSENT = "consent"
MAIN = "main"
_TRANSLATED = ("label", "hint", "constraint_message")
_PLAIN = ("type", "name", "required", "relevant", "constraint", "appearance")
_OUT_OF_RANGE = Text("From {low} to {high}", "请填写 {low} 至 {high} 之间的整数")
_NOT_THE_FORM = Text("Letters, digits, - and _ only", "只能含字母、数字、- 和 _")

Row = dict[str, str]


def xlsform_bytes(instrument: Instrument) -> bytes:
    """Workbook with the sheets survey, choices and settings; the same bytes every time."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for title, rows in (
        ("survey", list(survey_rows(instrument))),
        ("choices", list(choice_rows(instrument))),
        ("settings", [settings_row(instrument)]),
    ):
        _write(book.create_sheet(title), rows)
    book.properties.creator = program()
    book.properties.created = EPOCH
    buffer = io.BytesIO()
    book.save(buffer)
    return without_clock(buffer.getvalue())


def survey_rows(instrument: Instrument) -> Iterator[Row]:
    """Rows of the sheet `survey`."""
    yield {"type": "start", "name": "start"}
    yield {"type": "end", "name": "end"}
    consent = {"type": "select_one yes_no_only", "name": CONSENT, "required": "yes"}
    yield consent | _translated("label", instrument.form.consent.text)
    agreed = {"type": "begin_group", "name": MAIN, "relevant": f"${{{CONSENT}}} = '1'"}
    yield agreed | _translated("label", instrument.form.title)
    for section in instrument.sections.values():
        asked = [q for q in instrument.questions.values() if q.section == section.name and q.asked]
        group = {
            "type": "begin_group",
            "name": f"section_{section.name}",
            "appearance": "field-list",
        }
        yield group | _translated("label", section.label) | _relevant(section.relevant)
        if section.intro is not None and any(q.type == "item" for q in asked):
            note = {"type": "note", "name": f"intro_{section.name}"}
            yield note | _translated("label", section.intro)
        for question in asked:
            own = question.relevant if question.relevant != section.relevant else None
            yield _question_row(question) | _relevant(own)
        yield {"type": "end_group", "name": f"section_{section.name}"}
    yield {"type": "end_group", "name": MAIN}
    refused = {"type": "note", "name": "refused", "relevant": f"${{{CONSENT}}} = '0'"}
    yield refused | _translated("label", instrument.form.consent.refused)


def choice_rows(instrument: Instrument) -> Iterator[Row]:
    """Rows of the sheet `choices`: each list of answers, then the ways of giving none."""
    yield from _choices("yes_no_only", instrument.answers["yes_no"])
    used = {q.answers: q for q in instrument.questions.values() if q.asked and q.answers}
    for name, question in used.items():
        yield from _choices(name, choices_of(instrument, question))


def choices_of(instrument: Instrument, question: Question) -> Answers:
    """Answers of a question, then the ways of giving none, in the order of the form."""
    ways = [
        way
        for way in instrument.non_response.values()
        if question.type == "item" or way.name == "refused"
    ]
    without: dict[Code, Text] = {way.code: way.label for way in ways}
    return {**instrument.answers[question.answers or ""], **without}


def settings_row(instrument: Instrument) -> Row:
    """Return the only row of the sheet `settings`."""
    return {
        "form_title": f"{instrument.form.title.zh} / {instrument.form.title.en}",
        "form_id": instrument.form.id,
        "version": instrument.form.version,
        "default_language": LANGUAGES[DEFAULT_LANGUAGE],
    }


def without_clock(workbook: bytes) -> bytes:
    """Return the same workbook without times, stored so that no version of zlib shows in it."""
    stamp = EPOCH.timetuple()[:6]
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook)) as source,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as target,
    ):
        for name in sorted(source.namelist()):
            content = source.read(name)
            if name == "docProps/core.xml":
                clock = EPOCH.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
                content = re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", clock, content)
            target.writestr(zipfile.ZipInfo(name, stamp), content)
    return buffer.getvalue()


def _question_row(question: Question) -> Row:
    assert question.text is not None
    label = _translated("label", question.text)
    if question.answers is not None:
        kind = f"select_one {question.answers}"
        return {"type": kind, "name": question.name, "required": "yes", **label}
    if question.type == "integer":
        low, high = f"{question.minimum:g}", f"{question.maximum:g}"
        said = _OUT_OF_RANGE.filled(low=low, high=high)
        rule = {"constraint": f". >= {low} and . <= {high}"}
        message = _translated("constraint_message", said)
        return {"type": "integer", "name": question.name, **label, **rule, **message}
    rule = {"constraint": f"regex(., '^{question.pattern}$')", "required": "yes"}
    message = _translated("constraint_message", _NOT_THE_FORM)
    return {"type": "text", "name": question.name, **label, **rule, **message}


def _relevant(relevant: tuple[str, int] | None) -> Row:
    return {"relevant": f"${{{relevant[0]}}} = '{relevant[1]}'"} if relevant else {}


def _choices(name: str, answers: Answers) -> Iterator[Row]:
    for code, label in answers.items():
        yield {"list_name": name, "name": str(code), **_translated("label", label)}


def _translated(column: str, text: Text) -> dict[str, str]:
    return {f"{column}::{LANGUAGES[lang]}": text[lang].strip() for lang in LANGS}


def _write(sheet, rows: Sequence[Row]) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    order = [*_PLAIN, *(f"{c}::{name}" for c in _TRANSLATED for name in LANGUAGES.values())]
    known = {column for row in rows for column in row}
    columns = [c for c in order if c in known]
    columns += sorted(known - set(columns), key=[*rows[0]].index) if known - set(columns) else []
    sheet.append(columns)
    for row in rows:
        sheet.append([row.get(column) for column in columns])
    sheet.freeze_panes = "A2"
