"""A mapping proposed from a file's headings, labels and codes, for a person to correct."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

from grassroots.survey.formats import Raw, plain, tidy
from grassroots.survey.importing.convert import labels_of
from grassroots.survey.instrument import CODED, Instrument, Question
from grassroots.text import LANGS

if TYPE_CHECKING:
    import pandas as pd

LIKELY = 0.75
"""Likeness from which two texts may be the same question; below it most pairs are chance."""

MANY = 30
"""A column with more distinct values than this holds no codes."""

NUMBERING = re.compile(r"^[Qq]?[0-9]+[.,:)_ 、]+")
"""Number of a question before its text."""

NO_ANSWER: Mapping[str, str] = {
    **dict.fromkeys(("不适用", "does not apply", "not applicable", "-8"), "not_applicable"),
    **dict.fromkeys(("不愿回答", "拒绝回答", "拒答", "prefer not to say", "-9"), "refused"),
    **dict.fromkeys(("不知道", "说不清", "97", "98", "99", "-1", "-2", "-3"), "refused"),
    **dict.fromkeys((".", "-", "/", "无", "缺失", "na", "n/a", "null", "(空)", "(跳过)"), "empty"),
}
"""What often stands for no answer; codes without words are guesses and marked so."""

_HEAD = """\
# Proposed from {file}; read every line before use. 'grassroots data import FILE --mapping THIS'
# A question stands under columns, constants or not_collected; a comment says what was guessed.
"""


def draft_mapping(raw: Raw, instrument: Instrument) -> str:
    """Text of a mapping file with what could be recognised."""
    matches = match_columns(raw, instrument)
    lines = [_HEAD.format(file=raw.path.name)]
    if raw.encoding and raw.path.suffix.lower() in (".csv", ".dta", ".sav"):
        lines.append(f"# read as {raw.encoding}\n")
    meant = _meanings(raw, instrument, matches)
    lines += ["columns:", *_column_lines(raw, instrument, matches, meant.own)]
    lines += ["", "values:" if meant.shared else "values: {}"]
    for kind, codes in meant.shared.items():
        lines += [f"  {kind}:", *(f"    {_quoted(text)}: {code}" for text, code in codes.items())]
    lines += ["", "missing:" if meant.missing else "missing: {}"]
    for reason, texts in meant.missing.items():
        guess = "  # check" if any(text.lstrip("-").isdigit() for text in texts) else ""
        lines.append(f"  {reason}: [{', '.join(map(_quoted, texts))}]{guess}")
    lines += ["", "constants: {}", "", *_listed("not_collected", instrument.questions, matches)]
    used = {source for source, _ in matches.values()}
    lines += ["", *_listed("ignored", raw.headings, used)]
    return "\n".join(lines) + "\n"


def match_columns(raw: Raw, instrument: Instrument) -> dict[str, tuple[str, float]]:
    """Question to the heading that is likest it, and how like; each heading is taken once."""
    pairs = sorted(_likenesses(raw, instrument), key=lambda pair: -pair[0])
    found: dict[str, tuple[str, float]] = {}
    taken: set[str] = set()
    for likeness, name, source in pairs:
        if name not in found and source not in taken:
            found[name] = (source, likeness)
            taken.add(source)
    return {name: found[name] for name in instrument.questions if name in found}


def _likenesses(raw: Raw, instrument: Instrument) -> Iterator[tuple[float, str, str]]:
    names = {name: _names_of(question) for name, question in instrument.questions.items()}
    for source in raw.headings:
        texts = (source, raw.labels.get(source, ""))
        told = [_bare(NUMBERING.sub("", text)) for text in texts if text]
        for name, known in names.items():
            best = max(_likeness(one, other) for one in told for other in known)
            if best >= LIKELY:
                yield best, name, source


def _names_of(question: Question) -> list[str]:
    texts = [question.name, *question.aliases]
    for text in (question.text, question.short):
        texts += [text[lang] for lang in LANGS] if text is not None else []
    return [_bare(text) for text in texts]


def _bare(text: str) -> str:
    """Letters and digits alone, so that numbering marks and punctuation do not count."""
    return "".join(char for char in tidy(text).lower() if char.isalnum() or char == "_")


def _likeness(one: str, other: str) -> float:
    if one == other:
        return 1.0
    if len(other) > 5 and other in one:
        return 0.95
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if matcher.real_quick_ratio() < LIKELY or matcher.quick_ratio() < LIKELY:
        return 0.0
    return 0.94 * matcher.ratio()


def _column_lines(
    raw: Raw,
    instrument: Instrument,
    matches: Mapping[str, tuple[str, float]],
    codes: Mapping[str, Mapping[str, str]],
) -> Iterator[str]:
    for name, (source, likeness) in matches.items():
        guess = f"  # check: {likeness:.0%} alike" if likeness < 0.95 else ""
        line = f"  {name}: {{from: {_quoted(raw.headings[source])}"
        if name in codes:
            line += f", values: {{{', '.join(f'{k}: {v}' for k, v in codes[name].items())}}}"
        turned = instrument.questions[name].reversed
        yield line + (", already_turned: false}" if turned else "}") + guess


@dataclass(frozen=True)
class _Meanings:
    """What texts of cells mean.

    Attributes
    ----------
    shared, own
        Words by kind of answers, which hold for all questions with these; numbers by question.
    missing
        Texts for no answer, by reason.
    """

    shared: dict[str, dict[str, str]] = field(default_factory=dict)
    own: dict[str, dict[str, str]] = field(default_factory=dict)
    missing: dict[str, list[str]] = field(default_factory=dict)


def _meanings(
    raw: Raw, instrument: Instrument, matches: Mapping[str, tuple[str, float]]
) -> _Meanings:
    found = _Meanings()
    for name, (source, _) in matches.items():
        question = instrument.questions[name]
        if question.type not in CODED and question.type != "integer":
            continue
        legal = {str(code) for code in (*instrument.codes(name), *instrument.non_response_codes)}
        labels, told = labels_of(instrument, question), raw.value_labels.get(source, {})
        for text in _distinct(raw.frame[source]):
            label = told.get(text, text)
            code = labels.get(label.lower())
            reason = NO_ANSWER.get(label.lower()) or NO_ANSWER.get(text.lower())
            if code is not None and code != text and not code.startswith("-"):
                own = text.isdigit()
                kind, place = (name, found.own) if own else (question.answers or "", found.shared)
                place.setdefault(kind, {})[text] = code
            elif text not in legal and reason and question.type in CODED:
                texts = found.missing.setdefault(reason, [])
                texts.extend([text] if text not in texts else [])
    return found


def _distinct(column: pd.Series[Any]) -> list[str]:
    texts = sorted({plain(value) for value in column.drop_duplicates()} - {""})
    return texts if len(texts) <= MANY else []


def _listed(key: str, names: Mapping[str, Any], without: Any) -> list[str]:
    rest = [name for name in names if name not in without]
    return [f"{key}:", *(f"  - {_quoted(name)}" for name in rest)] if rest else [f"{key}: []"]


def _quoted(text: str) -> str:
    """Text as a YAML scalar on one line."""
    import json

    if text.isidentifier() and text.isascii() and text not in ("true", "false", "null"):
        return text
    return json.dumps(text, ensure_ascii=False)
