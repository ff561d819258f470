"""A mapping proposed from a file's headings, labels and codes, for a person to correct."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping

from compendium.registry import program
from compendium.survey.formats import Raw, plain
from compendium.survey.importing.frame import frame_map
from compendium.survey.importing.labels import is_whole
from compendium.survey.importing.mapping import SECONDS, TIME, UNDECIDED
from compendium.survey.importing.match import SURE, Match, last_part, match_columns
from compendium.survey.importing.propose import Meaning, Meanings, propose
from compendium.survey.importing.status import status_columns
from compendium.survey.importing.strength import words
from compendium.survey.instrument import Instrument

_HEAD = """\
# Proposed from {file}; read every line before use. '{program} data import FILE --mapping THIS'
# A question stands under columns, constants, frame or not_collected; a comment says what was
# guessed. A '?' has to be decided: nothing is imported before.
"""

_RESPONDENT = "respondent_id"
_IDS = words("_uuid _id key instanceid responseid respondentid record_id recordid")
"""What platforms call the number of an answer, where no heading is the questionnaire's."""

_SECONDS = words(
    "所用时间 duration(inseconds) interviewtime duration_seconds 答题时长(秒) totaltime"
)
_TIMES = (("start", "end"), ("startdate", "enddate"), ("startdate", "submitdate"))


def draft_mapping(raw: Raw, instrument: Instrument, frame: Raw | None = None) -> str:
    """Text of a mapping file with what could be recognised."""
    matches = match_columns(raw, instrument)
    _add_respondent(raw, matches)
    sources = {name: match.source for name, match in matches.items()}
    proposal = propose(raw, instrument, sources)
    lines = [_HEAD.format(program=program(), file=raw.path.name)]
    if raw.encoding:
        lines.append(f"# read as {raw.encoding}")
    lines += [f"# {note.heading or 'the file'}: {note.said.en}" for note in raw.notes]
    lines.append("")
    time, timed = _time(raw, matches)
    if timed:
        matches.pop(TIME, None)
    found = [*_column_lines(raw, instrument, matches, proposal.own), *time]
    lines += ["columns:", *found] if found else ["columns: {}"]
    lines += ["", "values:" if proposal.shared else "values: {}"]
    for kind, meanings in proposal.shared.items():
        lines += [f"  {kind}:", *_value_lines(instrument, kind, meanings)]
    lines += ["", "missing:" if proposal.missing else "missing: {}"]
    for reason, texts in proposal.missing.items():
        check = "  # check" if proposal.guessed & {*texts} else ""
        lines.append(f"  {reason}: [{', '.join(map(_quoted, texts))}]{check}")
    left_out = status_columns(raw, instrument)
    lines += ["", *_left_out_lines(raw, left_out)]
    told = {*matches, *([TIME] if timed else [])}
    if frame is not None:
        told |= {*frame_map(frame, instrument).columns}
        lines += ["", *_frame_lines(frame, instrument, matches)]
    lines += ["", "constants: {}", "", *_listed("not_collected", instrument.questions, told)]
    used = {*sources.values(), *left_out, *timed}
    return "\n".join([*lines, "", *_listed("ignored", raw.headings, used)]) + "\n"


def _add_respondent(raw: Raw, matches: dict[str, Match]) -> None:
    """Take a platform's own number where no heading is what the questionnaire calls it."""
    if _RESPONDENT in matches and matches[_RESPONDENT].likeness >= SURE:
        return
    for name in raw.headings:
        last = _squeezed(last_part(name))
        cells = raw.frame[name].map(plain)
        if last in _IDS and cells.is_unique and (cells != "").all():
            matches[_RESPONDENT] = Match(name, 1.0)
            return


def _time(raw: Raw, matches: Mapping[str, Match]) -> tuple[list[str], list[str]]:
    """Line of the time taken, from a platform's seconds or from start and end; its headings."""
    if TIME in matches and matches[TIME].likeness >= SURE:
        return [], []
    parts = {_squeezed(last_part(name)): name for name in reversed([*raw.headings])}
    parts |= {_squeezed(name): name for name in raw.headings}
    for part in sorted(_SECONDS & {*parts}):
        name = parts[part]
        return [f"  {TIME}: {{from: {_quoted(raw.headings[name])}, unit: {SECONDS}}}"], [name]
    for pair in _TIMES:
        if {*pair} <= {*parts}:
            names = [parts[part] for part in pair]
            first, last = (_quoted(raw.headings[name]) for name in names)
            return [f"  {TIME}: {{from: {first}, until: {last}}}"], names
    return [], []


def _squeezed(text: str) -> str:
    return text.casefold().replace(" ", "")


def _column_lines(
    raw: Raw, instrument: Instrument, matches: Mapping[str, Match], own: Mapping[str, Meanings]
) -> Iterator[str]:
    for name, match in matches.items():
        notes = [f"check: {match.likeness:.0%} alike"] if match.likeness < SURE else []
        if match.also:
            others = ", ".join(raw.headings[other] for other in match.also)
            notes.append(f"check: also {others}")
        line = f"  {name}: {{from: {_quoted(raw.headings[match.source])}"
        if meanings := own.get(name):
            told = (f"{_quoted(code)}: {_quoted(m.target)}" for code, m in meanings.items())
            line += f", values: {{{', '.join(told)}}}"
            notes += _notes(meanings)
        turned = instrument.questions[name].reversed
        line += ", already_turned: false}" if turned else "}"
        yield line + (f"  # {'; '.join(notes)}" if notes else "")


def _notes(meanings: Meanings) -> Iterator[str]:
    labels = [f"{code} {m.label}" for code, m in meanings.items() if m.label]
    if labels:
        yield ", ".join(labels)
    guesses = dict.fromkeys(m.guess for m in meanings.values() if m.guess)
    yield from (f"check: {guess}" for guess in guesses)
    if any(m.target == UNDECIDED for m in meanings.values()):
        yield "decide"


def _value_lines(instrument: Instrument, kind: str, meanings: Meanings) -> Iterator[str]:
    """One line a code: what the file calls it, and what the questionnaire calls its score."""
    known = {str(code): label for code, label in instrument.answers[kind].items()}
    known |= {str(way.code): way.label for way in instrument.non_response.values()}
    for text, meaning in meanings.items():
        own = known.get(meaning.target)
        says = f"{own.zh} / {own.en}" if own is not None else ""
        yield f"    {_quoted(text)}: {_quoted(meaning.target)}  # {_said(meaning, says)}"


def _said(meaning: Meaning, says: str) -> str:
    parts = [" = ".join(filter(None, (meaning.label, says)))]
    parts += [f"check: {meaning.guess}"] if meaning.guess else []
    parts += ["can't be read: decide"] if meaning.target == UNDECIDED else []
    return "; ".join(filter(None, parts)) or meaning.target


def _left_out_lines(raw: Raw, left_out: Mapping[str, Iterable[str]]) -> Iterator[str]:
    yield "leave_out:" if left_out else "leave_out: {}"
    for name, texts in left_out.items():
        yield f"  {_quoted(raw.headings[name])}: [{', '.join(map(_quoted, texts))}]"


def _frame_lines(frame: Raw, instrument: Instrument, matches: Mapping[str, Match]) -> Iterator[str]:
    """The frame's columns, without those that the file itself has."""
    found = frame_map(frame, instrument)
    taken = {
        name: Match(column.source, 1.0)
        for name, column in found.columns.items()
        if name == found.key or name not in matches
    }
    sources = {name: match.source for name, match in taken.items()}
    proposal = propose(frame, instrument, sources)
    own = {
        name: proposal.own.get(name)
        or proposal.shared.get(instrument.questions[name].answers or "", {})
        for name in taken
    }
    yield "frame:"
    yield f"  key: {found.key}"
    yield "  columns:"
    yield from (f"  {line}" for line in _column_lines(frame, instrument, taken, own))


def _listed(key: str, names: Iterable[str], without: Iterable[str]) -> list[str]:
    told = {*without}
    rest = [name for name in names if name not in told]
    return [f"{key}:", *(f"  - {_quoted(name)}" for name in rest)] if rest else [f"{key}: []"]


def _quoted(text: str) -> str:
    """Text as a YAML scalar on one line."""
    plain_word = text.isidentifier() and text.isascii()
    whole = is_whole(text) and str(int(text)) == text
    if whole or (plain_word and text not in ("true", "false", "null")):
        return text
    return json.dumps(text, ensure_ascii=False)
