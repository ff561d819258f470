"""Codes of a column held together: against the file's labels, its own order and its siblings'."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

from compendium.survey.formats import Raw, plain
from compendium.survey.importing.cells import Cells
from compendium.survey.importing.convert import CodeRow, Converted, meaning_of
from compendium.survey.importing.findings import Finding
from compendium.survey.importing.labels import (
    EMPTY_REASON,
    Read,
    bare,
    is_reason,
    is_whole,
    read_labels,
)
from compendium.survey.importing.mapping import ImportMapping
from compendium.survey.importing.strength import LEXICONS
from compendium.survey.instrument import CODED, HIGHEST, LOWEST, Instrument, Question
from compendium.text import Text

COMMON_ROWS, COMMON_SHARE = 5, 0.01
"""A value in so many rows and so large a part of a column's answers is no slip of the pen."""

_CODE = re.compile(r"[A-Za-z]{0,2}[0-9]{1,2}")
_MIDDLE = (LOWEST + HIGHEST) / 2
_SCALE_WORD = Text("by its wording", "就用词而言")


def check_labels(instrument: Instrument, raw: Raw, mapping: ImportMapping) -> Iterator[Finding]:
    """Codes that the file labels with something else than what they are taken for."""
    words: dict[str, list[str]] = defaultdict(list)
    orders: dict[str, list[str]] = defaultdict(list)
    for name, mapped in mapping.columns.items():
        question = instrument.questions[name]
        cells = meaning_of(instrument, question, mapping, raw)
        if question.type == "string" or mapped.already_turned:
            continue
        if question.type not in CODED:
            yield from _labelled_numbers(raw, cells)
            continue
        reads = read_labels(instrument, question, cells.labels)
        for code, read in reads.items():
            yield from _against(cells, code, read)
        if any(read.way == "order" for read in reads.values()):
            words[_shown(cells, reads)].append(name)
        if told := _unsaid(cells, reads):
            orders[told].append(name)
    for rule, groups in (("other_words", words), ("no_labels", orders)):
        for found, names in groups.items():
            said = {"n": len(names), "first": names[0], "found": found}
            yield Finding(rule, particulars=said)


def _unsaid(cells: Cells, reads: Mapping[str, Read]) -> str:
    """Codes that only the mapping gives a meaning, with it; empty where there are none."""
    own = cells.explicit
    codes = [c for c in own if c not in reads and _CODE.fullmatch(c) and own[c] != c]
    answers = [c for c in codes if _taken(cells, c) != EMPTY_REASON]
    return ", ".join(f"{code} = {_taken(cells, code)}" for code in sorted(answers))


def _shown(cells: Cells, reads: Mapping[str, Read]) -> str:
    taken = {code: _taken(cells, code) for code in reads}
    return ", ".join(f"{code} {read.label} = {taken[code]}" for code, read in reads.items())


def _taken(cells: Cells, code: str) -> str:
    """What a code is taken for: a code of the questionnaire, or a reason."""
    return cells.code(cells(code)) or EMPTY_REASON


def _against(cells: Cells, code: str, read: Read) -> Iterator[Finding]:
    name, heading, said = cells.question.name, cells.mapped.source, {"found": read.label}
    taken, meant = _taken(cells, code), _meant(cells, read)
    no_answer = taken == EMPTY_REASON or taken.startswith("-")
    if code not in cells.explicit:
        if cells.declared.holds(code):
            if read.way != "unread" and not is_reason(read):
                yield Finding("declared_answer", name, heading, code, (), said)
        elif meant is None:
            yield Finding("unread_label", name, heading, code, (), said)
        elif meant != code:
            yield Finding("label_conflict", name, heading, code, (), {**said, "code": meant})
    elif not no_answer and meant is not None and _contradicts(read, meant, taken):
        yield Finding("label_conflict", name, heading, code, (), {**said, "code": meant})


def _meant(cells: Cells, read: Read) -> str | None:
    ways = cells.instrument.non_response
    target = read.target
    return str(ways[target].code) if target is not None and target in ways else target


def _contradicts(read: Read, meant: str, taken: str) -> bool:
    """Whether a code is taken for another answer, or for one on the other side of the middle."""
    if read.way != "order" or not (meant.isdigit() and taken.isdigit()):
        return meant != taken
    return (int(meant) - _MIDDLE) * (int(taken) - _MIDDLE) < 0


def _labelled_numbers(raw: Raw, cells: Cells) -> Iterator[Finding]:
    if not cells.labels:
        return
    source = cells.mapped.source
    held = {plain(value) for value in raw.frame[source].drop_duplicates()}
    for code, label in cells.labels.items():
        same = bare(label).startswith(bare(code))
        told = code in cells.explicit or cells.declared.holds(code)
        if code in held and not same and not told:
            said = {"found": label}
            yield Finding("labelled_number", cells.question.name, source, code, (), said)


def sharpened(instrument: Instrument, converted: Converted) -> Iterator[Finding]:
    """Findings of the cells, a faulty value being a stop where it is plainly an answer."""
    for finding in converted.findings:
        if finding.rule not in ("word", "out_of_range") or finding.column is None:
            yield finding
            continue
        question, n = instrument.questions[finding.column], len(finding.rows)
        share = n / max(converted.given[finding.column], 1)
        if question.type == "flag" and finding.value == "2":
            yield replace(finding, rule="yes_no_codes", particulars={})
        elif finding.rule == "word" and (known := _known(question, finding)):
            yield replace(finding, rule="unread_word", particulars={"found": known})
        elif n >= COMMON_ROWS and share >= COMMON_SHARE:
            said = {"share": f"{share:.0%}", "hint": ""}
            yield replace(finding, rule="common_value", particulars=said)
        else:
            yield finding


def _known(question: Question, finding: Finding) -> object:
    """What a word says that the mapping leaves out; empty where nothing is known of it."""
    if finding.particulars.get("hint"):
        return finding.particulars["hint"]
    scored = any(lexicon(str(finding.value).casefold()) is not None for lexicon in LEXICONS)
    return _SCALE_WORD if question.type == "item" and scored else ""


def check_orders(
    instrument: Instrument, converted: Converted, mapping: ImportMapping
) -> Iterator[Finding]:
    """Codes that were moved in part, and items whose codes run against their siblings'."""
    rows: dict[str, list[CodeRow]] = defaultdict(list)
    for row in converted.codes:
        if is_whole(row.text) and row.code and not row.code.startswith("-"):
            rows[row.question].append(row)
    runs: dict[str, dict[str, int]] = defaultdict(dict)
    for name, codes in rows.items():
        question, mapped = instrument.questions[name], mapping.columns[name]
        if question.type not in ("item", "flag"):
            continue
        steps = _steps(codes)
        given = mapping.codes_of(question)
        left = [row.text for row in codes if row.text not in given]
        moved = any(row.text in given and given[row.text] != row.text for row in codes)
        if moved and left and (len({*steps}) > 1 or 0 in steps):
            said = {"found": ", ".join(left)}
            yield Finding("partly_mapped", name, mapped.source, None, (), said)
        if question.type == "item" and len({*steps}) == 1 and not mapped.already_turned:
            runs[question.answers or ""][name] = steps[0]
    for kind in runs.values():
        yield from _against_siblings(kind)


def _steps(codes: list[CodeRow]) -> list[int]:
    """Sign of each step from one code of the file to its next."""
    values = [int(row.code) for row in sorted(codes, key=lambda row: int(row.text))]
    return [(b > a) - (b < a) for a, b in pairwise(values)]


def _against_siblings(runs: Mapping[str, int]) -> Iterator[Finding]:
    (usual, n), *others = Counter(runs.values()).most_common()
    for name, sign in runs.items() if others else ():
        if sign != usual:
            yield Finding("direction", name, particulars={"n": n})
