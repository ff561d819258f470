"""The bibliography of a compendium: one BibTeX file, read strictly, and its entries in words.

The file holds one entry after the other, a field a line: ``@article{key,``, ``  title = {...},``,
``}``. The keyword `article` marks the publication whose claims are tested, `data` a source of data;
all others are of methods.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from compendium.errors import UserError
from compendium.text import Lang, Text

BIBLIOGRAPHY = "notebooks/plan/references.bib"
ACCESSED = Text("Accessed {}", "{} 访问")
KINDS = ("article", "book", "misc")
FIELDS = (
    *("author", "title", "translation", "year", "journal", "volume", "number", "publisher"),
    *("pages", "issn", "doi", "url", "urldate", "note", "keywords"),
)
_BEGIN = re.compile(r"@(\w+)\{([\w.:-]+),")
_FIELD = re.compile(r"  (\w+) = \{(.+)\},?")
_ESCAPED = re.compile(r"\\([&%#_])")
_CHINESE = re.compile(r"[\u3400-\u9fff]")
_FORMS = {
    "doi": re.compile(r"10\.[0-9]{4,9}/\S+"),
    "url": re.compile(r"https?://\S+"),
    "year": re.compile(r"\d{4}"),
    "urldate": re.compile(r"\d{4}-\d\d-\d\d"),
    "keywords": re.compile("article|data"),
}


@dataclass(frozen=True)
class Entry:
    """A publication or a source; fields that it lacks are empty."""

    key: str
    fields: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.fields.get(name, "")

    @property
    def doi(self) -> str:
        """The DOI; empty where it was not looked up."""
        return self["doi"]

    @property
    def address(self) -> str:
        """Where it is to be had, by its DOI if it has one."""
        return f"https://doi.org/{self.doi}" if self.doi else self["url"]

    @property
    def line(self) -> str:
        """The publication in one line, without its address."""
        return self.words("en")

    def words(self, lang: Lang) -> str:
        """The publication in one line; a title's translation stands in English only."""
        of = f" ({self['year']})" if self["year"] else ""
        translated = self["translation"] if lang == "en" else ""
        title = f"{self['title']} [{translated}]" if translated else self["title"]
        issn = f"ISSN {self['issn']}" if self["issn"] else ""
        author = self["author"]
        if _CHINESE.search(author):
            author = author.replace(" and ", "、")
        seen = ACCESSED[lang].format(self["urldate"]) if self["urldate"] else ""
        parts = (f"{author}{of}".strip(), title, self._venue(), issn, self["note"], seen)
        return "".join(f"{part.rstrip('.')}. " for part in parts if part).strip()

    def _venue(self) -> str:
        issue = f"({self['number']})" if self["number"] else ""
        volume = self["volume"] or (self["year"] if issue else "")
        pages = f": {self['pages'].replace('--', '–')}" if self["pages"] else ""
        return f"{self['journal'] or self['publisher']} {volume}{issue}{pages}".strip()


def bibliography(root: Path) -> dict[str, Entry]:
    """Read the BibTeX file of the project; empty where there is none.

    Raises
    ------
    UserError
        With file and line: a line that is no entry, field or end, an unknown kind or field, a field
        of another form, a key or field that stands twice, an entry without title.
    """
    path = root / BIBLIOGRAPHY
    found: dict[str, Entry] = {}
    fields: dict[str, str] = {}
    key = ""
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    for number, line in enumerate(lines, start=1):
        if begun := _BEGIN.fullmatch(line):
            _refuse(begun[1] not in KINDS, "an unknown kind of entry", path, number, begun[1])
            _refuse(begun[2] in found, "the key stands twice", path, number, begun[2])
            _refuse(bool(key), "the entry before has no end", path, number, key)
            key, fields = begun[2], {}
        elif line == "}":
            _refuse(not fields.get("title"), "an entry without title", path, number, key)
            found[key], key = Entry(key, fields), ""
        elif key and (field := _FIELD.fullmatch(line)):
            name, value = field[1], field[2]
            _refuse(name not in FIELDS, "an unknown field", path, number, name)
            _refuse(name in fields, "the field stands twice", path, number, name)
            formed = name not in _FORMS or _FORMS[name].fullmatch(value)
            _refuse(not formed, f"not a {name}", path, number, value)
            fields[name] = _ESCAPED.sub(r"\1", value)
        else:
            said = bool(line.strip()) and not line.startswith("%")
            _refuse(said, "no field of an entry", path, number, line)
    _refuse(bool(key), "the entry has no end", path, len(lines), key)
    return found


def article(root: Path) -> Entry | None:
    """The publication whose claims are tested; None where the bibliography names none."""
    tested = (one for one in bibliography(root).values() if one["keywords"] == "article")
    return next(tested, None)


def _refuse(wrong: bool, problem: str, path: Path, line: int, value: str) -> None:
    if wrong:
        raise UserError(
            problem,
            "write entries as '@article{key,', '  title = {...},', '}', a field a line",
            file=path,
            line=line,
            value=value,
        )
