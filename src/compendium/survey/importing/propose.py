"""What the codes and words of a file's columns are proposed to mean."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from compendium.survey.formats import Declared, Raw, plain
from compendium.survey.importing.convert import MANY
from compendium.survey.importing.labels import (
    EMPTY_REASON,
    NO_ANSWER,
    Read,
    bare,
    is_reason,
    is_whole,
    labels_of,
    read_labels,
    reason_of,
)
from compendium.survey.importing.mapping import UNDECIDED
from compendium.survey.importing.sets import COMMON_ROWS, COMMON_SHARE
from compendium.survey.importing.strength import LEXICONS, words
from compendium.survey.instrument import CODED, HIGHEST, LOWEST, Instrument, Question
from compendium.survey.xlsform import choices_of

_WJX = words("序号 提交答卷时间 所用时间 来源 来源详情 来自IP")
_WJX_LEAST = 3
_WJX_MISSING = ("-1", "-2", "-3")
"""Wenjuanxing's numbers for what was not answered, not shown and skipped."""

LONGEST = 100
"""Characters of a cell that may be a code or a word for an answer."""

GUESSED: Mapping[str, str] = {
    **dict.fromkeys(("97", "98", "99", "997", "998", "999"), "refused"),
    **dict.fromkeys((*_WJX_MISSING, "-66", "-77", "-88", "-99", "-999"), EMPTY_REASON),
}
"""Numbers that often stand for no answer; without words they are guesses."""

_CHOICE = re.compile(r"([A-Za-z]{1,2})0*([1-9][0-9]?)")
"""Codes of answers such as LimeSurvey's A1 or AO01."""


@dataclass(frozen=True)
class Meaning:
    """What a code or word is proposed to mean.

    Attributes
    ----------
    target
        A code, a reason for no answer, or UNDECIDED.
    label
        What the file calls it.
    guess
        Why it has to be checked; empty where the file says it itself.
    """

    target: str
    label: str = ""
    guess: str = ""


Meanings = dict[str, Meaning]


@dataclass(frozen=True)
class Proposal:
    """What all cells are proposed to mean.

    Attributes
    ----------
    shared
        By kind of answers, for all questions with these.
    own
        By question.
    missing
        Texts for no answer by reason, for the whole file.
    guessed
        Those of them that are numbers without words.
    """

    shared: dict[str, Meanings] = field(default_factory=dict)
    own: dict[str, Meanings] = field(default_factory=dict)
    missing: dict[str, list[str]] = field(default_factory=dict)
    guessed: set[str] = field(default_factory=set)


def propose(raw: Raw, instrument: Instrument, sources: Mapping[str, str]) -> Proposal:
    """Propose what the cells of each question's column mean."""
    found = Proposal()
    for name, source in sources.items():
        _no_answers(found, raw, instrument.questions[name], source)
    coded = {n: s for n, s in sources.items() if instrument.questions[n].type in CODED}
    for kind in dict.fromkeys(instrument.questions[name].answers or "" for name in coded):
        names = {n: s for n, s in coded.items() if instrument.questions[n].answers == kind}
        own = _Kind(raw, instrument, names, sources, found).meanings()
        shared = _commonest(own)
        if shared:
            found.shared[kind] = shared
        for name, meanings in own.items():
            if meanings != shared and (meanings or shared):
                # The column says nothing while its siblings' codes are not the questionnaire's.
                codes = filter(is_whole, counts_of(raw, sources[name]))
                found.own[name] = meanings or _undecided(codes)
    for name, source in sources.items():
        if instrument.questions[name].type in ("integer", "number"):
            found.own[name] = _of_numbers(found, raw, source)
    return Proposal(
        found.shared, {n: m for n, m in found.own.items() if m}, found.missing, found.guessed
    )


def counts_of(raw: Raw, source: str) -> Counter[str]:
    """Cells by their text, without the empty ones."""
    counts: Counter[str] = Counter()
    for value, n in raw.frame[source].value_counts().items():
        if text := plain(value):
            counts[text] += int(n)
    return counts


def is_wenjuanxing(raw: Raw) -> bool:
    """Whether a file is an export of Wenjuanxing, by the headings that it gives."""
    return len(_WJX & {*raw.headings}) >= _WJX_LEAST


def _commonest(own: Mapping[str, Meanings]) -> Meanings:
    """The meanings that more than half of the questions of a kind have."""
    ((meanings, n),) = Counter(tuple(one.items()) for one in own.values()).most_common(1)
    return dict(meanings) if n > len(own) / 2 else {}


def _no_answers(found: Proposal, raw: Raw, question: Question, source: str) -> None:
    """Collect the words, and of coded questions the numbers, that stand for no answer."""
    labelled = raw.value_labels.get(source, {})
    declared = raw.declared.get(source, Declared())
    counts = counts_of(raw, source)
    # a scale from -2 to 2 has no code for no answer
    around = question.type == "item" and "0" in counts
    for text in counts:
        if text in labelled or declared.holds(text):
            continue
        number = is_whole(text)
        reason = None if number else reason_of(text)
        if question.type == "string":
            reason = NO_ANSWER.get(bare(text)) if not number else None
        if number and (question.type in CODED or text.startswith("-")):
            guess = question.type != "string" and not (around and text.startswith("-"))
            reason = GUESSED.get(text) if guess else None
            sure = is_wenjuanxing(raw) and text in _WJX_MISSING
            found.guessed.update([text] if reason and not sure else [])
        if reason is not None:
            texts = found.missing.setdefault(reason, [])
            texts.extend([] if text in texts else [text])


def _of_numbers(found: Proposal, raw: Raw, source: str) -> Meanings:
    """What codes of a question on numbers mean by the file's labels and declarations."""
    labels, declared = raw.value_labels.get(source, {}), raw.declared.get(source, Declared())
    missing = {text for texts in found.missing.values() for text in texts}
    meanings: Meanings = {}
    held = counts_of(raw, source)
    for code in dict.fromkeys((*labels, *held)):
        label = labels.get(code, "")
        reason = reason_of(label)
        if declared.holds(code):
            meanings[code] = Meaning(reason or EMPTY_REASON, label or "declared missing")
        elif reason is not None:
            meanings[code] = Meaning(reason, label)
        elif label and code in held and not bare(label).startswith(bare(code)):
            meanings[code] = Meaning(UNDECIDED, label)
        elif code in missing and is_whole(code) and not code.startswith("-"):
            meanings[code] = Meaning(code, "", "a true number here?")
    return meanings


class _Kind:
    """The questions that have the same answers."""

    def __init__(
        self,
        raw: Raw,
        instrument: Instrument,
        sources: Mapping[str, str],
        all_sources: Mapping[str, str],
        found: Proposal,
    ) -> None:
        self.raw, self.instrument = raw, instrument
        self.sources, self.all_sources = sources, all_sources
        self.any = instrument.questions[next(iter(sources))]
        self.missing = {text for texts in found.missing.values() for text in texts}
        self.counts = {name: counts_of(raw, source) for name, source in sources.items()}

    def meanings(self) -> dict[str, Meanings]:
        """Meanings by question; empty where the codes are the questionnaire's."""
        found: dict[str, Meanings] = {}
        for name, source in self.sources.items():
            labels = self.raw.value_labels.get(source)
            found[name] = self._labelled(name, source, labels) if labels else {}
        if any(found.values()):
            # among siblings that say what their codes mean, a column that does not is no guess
            return found
        pooled = self._pooled()
        return {
            name: {} if self.raw.value_labels.get(source) else pooled
            for name, source in self.sources.items()
        }

    def _labelled(self, name: str, source: str, labels: Mapping[str, str]) -> Meanings:
        question = self.instrument.questions[name]
        declared = self.raw.declared.get(source, Declared())
        reads = read_labels(self.instrument, question, labels)
        meanings = {code: _of_label(read, declared.holds(code)) for code, read in reads.items()}
        told = {*self.missing, *(str(code) for code in self.instrument.non_response_codes)}
        held = [
            text
            for text in self.counts[name]
            if text not in meanings and text not in told and is_whole(text)
        ]
        rest = _filled(question, reads, held)
        for code in sorted(held):
            if declared.holds(code):
                meanings[code] = Meaning(EMPTY_REASON, "declared missing")
            elif code in rest:
                meanings[code] = Meaning(rest[code], "", "between labelled codes")
            elif any(m.target != c for c, m in meanings.items() if m.target.isdigit()):
                meanings[code] = Meaning(UNDECIDED, "no label")
        changed = any(code != meaning.target for code, meaning in meanings.items())
        in_order = sorted(meanings, key=lambda code: (len(code), code))
        return {code: meanings[code] for code in in_order} if changed else {}

    def _pooled(self) -> Meanings:
        """What the texts of columns without labels mean, all of the kind taken together."""
        total: Counter[str] = Counter()
        for name, source in self.sources.items():
            if not self.raw.value_labels.get(source) and len(self.counts[name]) <= MANY:
                total += self.counts[name]
        legal = {str(code) for code in self._legal()}
        texts = {t: n for t, n in total.items() if t not in self.missing and len(t) <= LONGEST}
        said = {text: n for text, n in texts.items() if not is_whole(text)}
        spelt = {text for text in said if text not in legal}
        meanings = self._choices(spelt) or self._words(spelt, said, sum(total.values()))
        numbers = {text: n for text, n in texts.items() if text not in said}
        return meanings | self._numbers(numbers)

    def _legal(self) -> Iterable[Any]:
        codes = self.instrument.answers[self.any.answers or ""]
        return (*codes, *self.instrument.non_response_codes)

    def _words(self, spelt: set[str], counts: Mapping[str, int], total: int) -> Meanings:
        common = {t for t in spelt if counts[t] >= max(COMMON_ROWS, COMMON_SHARE * total)}
        known = {t for t in spelt if t in common or self._means_something(t)}
        reads = read_labels(self.instrument, self.any, {text: text for text in sorted(known)})
        return {text: _of_label(read, declared=False) for text, read in reads.items()}

    def _means_something(self, text: str) -> bool:
        """Whether a word, however rare, is an answer; a slip of the pen spoils no set."""
        own = bare(text) in labels_of(self.instrument, self.any)
        return own or any(lexicon(text.casefold()) is not None for lexicon in LEXICONS)

    def _choices(self, spelt: set[str]) -> Meanings:
        """Codes that count the choices of the form, such as A1 to A5."""
        found = {text: _CHOICE.fullmatch(text) for text in spelt}
        prefixes = {match[1] for match in found.values() if match}
        if not spelt or None in found.values() or len(prefixes) != 1:
            return {}
        places = {text: int(match[2]) for text, match in found.items() if match}
        return self._in_order(places)

    def _numbers(self, counts: Mapping[str, int]) -> Meanings:
        """Numbers that are not the questionnaire's codes."""
        legal = {str(code) for code in self._legal()}
        odd = {text for text in counts if text not in legal}
        if not odd:
            return {}
        if self.any.type == "item":
            return self._numbers_of_items(odd, counts)
        if self.any.type == "flag":
            return self._yes_no(counts)
        places = {text: int(text) for text in counts if int(text) > 0}
        return self._in_order(places) if len(places) == len(counts) else _undecided(counts)

    def _numbers_of_items(self, odd: set[str], counts: Mapping[str, int]) -> Meanings:
        codes = {int(text) for text in counts} - {*self.instrument.non_response_codes}
        if codes <= set(range(LOWEST - 1, HIGHEST)) and {LOWEST - 1, HIGHEST - 1} <= codes:
            guess = "0 to 4 read as 1 to 5"
            return {
                str(code): Meaning(str(code + 1), "", guess) for code in range(LOWEST - 1, HIGHEST)
            }
        choices = choices_of(self.instrument, self.any)
        over = {int(text) for text in odd}
        rare = sum(counts[text] for text in odd) < sum(counts.values()) / 5
        if is_wenjuanxing(self.raw) and rare and max(over) <= len(choices) and min(over) > HIGHEST:
            return self._in_order({text: int(text) for text in counts})
        common = {t for t in odd if counts[t] >= COMMON_SHARE * sum(counts.values())}
        return _undecided(counts) if common else {}

    def _yes_no(self, counts: Mapping[str, int]) -> Meanings:
        """Codes 1 and 2 of yes and no: by who was asked further, else in the order of choices."""
        if not {*counts} <= {"1", "2", "3"}:
            return _undecided(counts)
        yes = {code for name in self.sources if (code := self._asked_further(name))}
        if len(yes) != 1:
            return {code: Meaning(UNDECIDED, "", "is 1 or 2 yes?") for code in sorted(counts)}
        (code,) = yes
        guess = "by who answered the questions that follow a yes"
        other = "2" if code == "1" else "1"
        meanings = {code: Meaning("1", "", guess), other: Meaning("0", "", guess)}
        if "3" in counts:
            meanings["3"] = Meaning("refused", "", "in the order of choices")
        return dict(sorted(meanings.items()))

    def _asked_further(self, name: str) -> str | None:
        """The code of those who answered more of the questions that are asked on a yes."""
        questions = self.instrument.questions.values()
        columns = [
            self.raw.frame[source].map(plain)
            for q in questions
            if q.relevant == (name, 1) and (source := self.all_sources.get(q.name))
        ]
        if not columns:
            return None
        own = self.raw.frame[self.sources[name]].map(plain)
        given = [~column.isin(["", *self.missing]) for column in columns]
        shares = {
            code: sum(float(column[own == code].mean()) for column in given)
            for code in ("1", "2")
            if (own == code).any()
        }
        best = max(shares, key=lambda code: shares[code], default=None)
        return best if len(shares) == 2 and len({*shares.values()}) == 2 else None

    def _in_order(self, places: Mapping[str, int]) -> Meanings:
        """Codes that count the choices of the form from 1."""
        choices = [str(code) for code in choices_of(self.instrument, self.any)]
        meanings = {}
        for text, place in sorted(places.items(), key=lambda pair: pair[1]):
            known = place <= len(choices)
            target = choices[place - 1] if known else UNDECIDED
            guess = "in the order of choices" if known else "no such choice"
            meanings[text] = Meaning(target, "", guess)
        return meanings


def _undecided(texts: Iterable[str]) -> Meanings:
    return {text: Meaning(UNDECIDED) for text in sorted(texts, key=lambda t: (len(t), t))}


def _of_label(read: Read, declared: bool) -> Meaning:
    if declared and not is_reason(read):
        answer = read.way in ("own", "order")
        return Meaning(UNDECIDED if answer else EMPTY_REASON, read.label, "declared missing")
    if read.target is None:
        return Meaning(UNDECIDED, read.label)
    guess = "the questionnaire has other words" if read.way == "order" else ""
    return Meaning(read.target, read.label, guess)


def _filled(question: Question, reads: Mapping[str, Read], held: Iterable[str]) -> dict[str, str]:
    """Codes between labelled ones, where those lie on one line from 1 to 5."""
    known = {
        int(code): int(read.target)
        for code, read in reads.items()
        if is_whole(code) and read.target is not None and read.target.isdigit()
    }
    if question.type != "item" or not {LOWEST, HIGHEST} <= {*known.values()}:
        return {}
    for sign in (1, -1):
        starts = {target - sign * code for code, target in known.items()}
        if len(starts) == 1:
            (start,) = starts
            places = {code: start + sign * int(code) for code in held if is_whole(code)}
            return {c: str(p) for c, p in places.items() if LOWEST <= p <= HIGHEST}
    return {}
