"""Finds results typed by hand: literal numbers and comparisons in texts about findings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from compendium.claims.ledger import Estimate
from compendium.claims.verdicts import judge_claims
from compendium.claims.wording import Wording
from compendium.plan.check_wording import texts_of
from compendium.plan.sentences import Declared
from compendium.plan.templates import parse_template
from compendium.plan.types import Plan
from compendium.text import LANGS, Lang, Text

READMES: dict[Lang, str] = {"en": "README.md", "zh": "README.zh-CN.md"}
RESULT_SECTIONS = ("The notebooks", "Where the data come from", "笔记本", "数据从何而来")
"""Parts of the README that speak of results; its head and its pictures do too. The rest tells how
to install and use, and what the terms mean."""

# A digit that is no part of a name such as A3, CR2, NB2, AC1, I², fig-1 or ST048.
_NUMBER = r"(?<![A-Za-z_\-.\d])\d+(?:[.,]\d+)*%?(?![A-Za-z_\d])"
_COUNTS_EN = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|sixteen|twenty|thirty|forty|fifty"
    "|hundred|thousand|dozen|half|third|thirds|quarter|quarters|twice|eighth|fifths|tenths"
)
_COMPARED_EN = (
    "more|less|fewer|higher|lower|greater|larger|smaller|stronger|weaker|better|worse|heavier|wider"
    "|most|mostly|majority|minority|fewest|largest|smallest|highest|lowest|rarest"
    "|rise|rises|rose|rising|fall|falls|fell|falling|grow|grows|grew|growing"
    "|increase|increases|increased|decrease|decreases|decreased|decline|declines|declined"
    "|exceed|exceeds|exceeded|exceeding|outnumber|outnumbers|significant|significantly"
    "|insignificant|few|seldom|rare|rarely|hardly|usually|nearly|almost"
)
_COUNTS_ZH = (
    r"[两三四五六七八九十百千]+(?=[个起种省份项人级成倍半名地市层组次行列]|分之|类)|分之[一二三四五六七八九十]"
    "|半数|一半|过半|四分之一"
)
_COMPARED_ZH = (
    r"多数|少数|高于|低于|大于|小于|多于|少于|超过|超出|不足(?=\s*(?:一半|半数|[\d两三四五六七八九十]))|上升|下降|上涨|下跌|增加|减少|增长|增大|缩小"
    "|显著|更多|更少|更高|更低|更大|更小|更强|更弱|更重|更好|更差|最多|最少|最高|最低|最大|最小"
    "|较多|较少|较高|较低|较好|越(?!过|界)|通常|很少|极少|罕见|少见|几乎"
)
_RULES: dict[Lang, re.Pattern[str]] = {
    "en": re.compile(rf"{_NUMBER}|\b(?:{_COUNTS_EN}|{_COMPARED_EN})\b", re.IGNORECASE),
    "zh": re.compile(rf"{_NUMBER}|{_COUNTS_ZH}|{_COMPARED_ZH}"),
}
_CODE = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
# A question states no finding.
_QUESTION = re.compile(r"[^.!?。！？\n]*[?？]")
_FOUND = re.compile(r"^\| C\d \| .* \| .* \|$", re.MULTILINE)
_CHINESE = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True)
class Passage:
    """A text about findings, without what its slots say.

    Attributes
    ----------
    place
        Where it stands: "fig-x.title", "notebook.cell-04", "claim.test".
    """

    place: str
    lang: Lang
    literal: str


@dataclass(frozen=True)
class TypedResult:
    """A literal number or comparison that nothing declares."""

    passage: Passage
    words: str
    around: str

    def __str__(self) -> str:
        return f"{self.passage.place} ({self.passage.lang}): '{self.words}' in '{self.around}'"


def passages(plan: Plan, root: Path) -> Iterator[Passage]:
    """Every text about findings: exhibits, sentences, notebooks' prose, the README's results."""
    for exhibit in plan.exhibits.values():
        for part, text in texts_of(exhibit).items():
            yield from (_literal(f"{exhibit.id}.{part}", lang, text[lang]) for lang in LANGS)
    for name, finding in plan.findings.items():
        yield from (_literal(f"finding of {name}", lang, finding[lang]) for lang in LANGS)
    for name, sentence in plan.sentences.items():
        yield from (_literal(name, lang, sentence.text[lang]) for lang in LANGS)
    for name in plan.notebooks:
        yield from _prose_of(root / "notebooks" / f"{name}.ipynb")
    for lang, name in READMES.items():
        readme = (root / name).read_text(encoding="utf-8")
        yield _passage(name, lang, _CODE.sub(" ", _results(readme)))


def typed_results(found: Iterable[Passage], declared: Sequence[Declared]) -> Iterator[TypedResult]:
    """Literal numbers and comparisons that are not declared, in the order of the passages."""
    for passage in found:
        text = _without(passage, declared)
        for match in _RULES[passage.lang].finditer(text):
            around = passage.literal[max(0, match.start() - 25) : match.end() + 25]
            yield TypedResult(passage, match[0], " ".join(around.split()))


def stale(found: Iterable[Passage], declared: Sequence[Declared]) -> list[str]:
    """Declared words that stand in none of their places any more."""
    every = tuple(found)
    return [
        expression
        for entry in declared
        for expression in entry.expressions
        if not any(stands(entry, p) and re.search(expression, p.literal) for p in every)
    ]


def stands(entry: Declared, passage: Passage) -> bool:
    """Whether a declared text may stand in the passage."""
    return any(fnmatchcase(passage.place, where) for where in entry.where)


def _without(passage: Passage, declared: Sequence[Declared]) -> str:
    """Blank what is declared, so that places within the text stay."""
    text = list(passage.literal)
    for entry in declared:
        if not stands(entry, passage):
            continue
        for expression in entry.expressions:
            for found in re.finditer(expression, passage.literal):
                text[found.start() : found.end()] = " " * len(found[0])
    return "".join(text)


def _literal(place: str, lang: Lang, text: str) -> Passage:
    return _passage(place, lang, parse_template(text).literal)


def _passage(place: str, lang: Lang, literal: str) -> Passage:
    return Passage(place, lang, " ".join(literal.split()))


def _prose_of(path: Path) -> Iterator[Passage]:
    import nbformat

    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        text = _QUESTION.sub(" ", _CODE.sub(" ", cell.source))
        lines = text.splitlines()
        chinese = [line for line in lines if _CHINESE.search(line) and not _mostly_latin(line)]
        latin = [line for line in lines if line not in chinese]
        yield _passage(f"{path.stem}.{cell.id}", "en", "\n".join(latin))
        yield _passage(f"{path.stem}.{cell.id}", "zh", "\n".join(chinese))


def _mostly_latin(line: str) -> bool:
    """Whether a line is English that quotes some Chinese."""
    return len(re.findall(r"[A-Za-z]", line)) > 2 * len(_CHINESE.findall(line))


def findings_table(plan: Plan, ledger: Mapping[str, Estimate], lang: Lang) -> list[str]:
    """Rows of a README that say what was found of each claim, and its verdict."""
    said = Wording(plan, ledger, lang)
    return [
        f"| {one.claim.id} | {said.finding(one.claim.id)} | {one.words(one.reads, lang)} |"
        for one in judge_claims(plan, ledger)
    ]


def _results(readme: str) -> str:
    """What a README says of results but for the rows that `findings_table` makes."""
    readme = _FOUND.sub("", readme)
    head, *sections = re.split(r"^## ", readme, flags=re.MULTILINE)
    pictures = re.findall(r"!\[([^\]]*)\]", readme)
    kept = [section for section in sections if section.startswith(RESULT_SECTIONS)]
    return "\n".join([head, *pictures, *kept])


def all_said(plan: Plan, ledger: Mapping[str, Estimate]) -> dict[str, Text]:
    """Every text of the plan that has slots, filled in both languages, by its place.

    Two ledgers compared by it show where a change of a number changes words.
    """
    both = {lang: Wording(plan, ledger, lang) for lang in LANGS}
    said = {
        f"{exhibit.id}.{part}": both["en"].text_both(
            text, place=f"{part} of {exhibit.id}", notebook=exhibit.notebook
        )
        for exhibit in plan.exhibits.values()
        for part, text in texts_of(exhibit).items()
        if parse_template(text.en).names
    }
    sentences = {
        name: Text(**{lang: both[lang].sentence(name) for lang in LANGS}) for name in plan.sentences
    }
    findings = {
        f"finding of {name}": Text(**{lang: both[lang].finding(name) for lang in LANGS})
        for name in plan.findings
    }
    return said | findings | sentences
