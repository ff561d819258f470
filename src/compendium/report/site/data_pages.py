"""Pages of the data: sources and limits, codebooks, hashes, and who loads what."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from pathlib import Path

import yaml

from compendium.data import Codebook, Column, Table
from compendium.data.codebook import tables_of
from compendium.data.external import ExternalSet, ExternalTable
from compendium.data.render import TYPES, render_book, render_codebook
from compendium.data.sheet import KEY_SEPARATOR
from compendium.data.source_pages import source_pages
from compendium.errors import UserError
from compendium.exhibits.words import CLOSE, OPEN
from compendium.report.site import words as w
from compendium.report.site.edition import EXTERNAL_PAGE, TABLES, Edition, anchor, badge, cell_link
from compendium.report.site.html import (
    code,
    element,
    facts,
    folded,
    heading,
    link,
    listing,
    markdown_html,
    raw,
    table,
)
from compendium.strict_yaml import load_strict, read_text
from compendium.survey import TABLE
from compendium.text import Lang, Text

SHOWN_ROWS = 5
"""Keys of rows that a source page is shown with; the table has the rest."""
STANDIN = Path("data", "survey", "standin.yml")
_SIBLING = re.compile(r"^\[[^\]]*\]\(README[^)]*\)\s*$", re.MULTILINE)
_TITLE = re.compile(r"\A\s*# .*\n")
_SUFFIX: dict[Lang, str] = {"en": "", "zh": ".zh-CN"}


def data_page(edition: Edition, book: Codebook) -> str:
    """Write the page of one data folder."""
    here = f"data/{book.folder}"
    parts = [
        heading(1, book.title[edition.lang]),
        *([raw(_warning(edition))] if TABLE in book.tables else []),
        heading(2, w.SOURCES_AND_LIMITS[edition.lang]),
        raw(readme_html(edition, book.path.parent)),
        heading(2, w.CODEBOOK[edition.lang]),
        raw(_body(render_book(book, edition.lang), book.title[edition.lang])),
    ]
    for one in book.tables.values():
        parts += [heading(3, one.label[edition.lang]), raw(_table(edition, here, one))]
    if TABLE in book.tables:
        parts += list(_truth(edition))
    return "\n\n".join(parts) + "\n"


def external_page(edition: Edition) -> str:
    """Write the page of the data sets of others."""
    lang = edition.lang
    parts = [
        heading(1, w.EXTERNAL_TITLE[lang]),
        raw(readme_html(edition, edition.contents.root / "data" / "external")),
    ]
    for one in edition.registry.values():
        parts += [heading(2, one.title[lang]), raw(_external(edition, one))]
        for held in one.tables.values():
            parts += [heading(3, held.label[lang]), raw(_columns(held, lang))]
    return "\n\n".join(parts) + "\n"


def _warning(edition: Edition) -> str:
    """Say what made-up answers are, and why there are any."""
    lang, about = edition.lang, edition.contents.plan.about
    head = element("p", w.STAND_IN_HEAD[lang], class_="gr-head")
    said = [text[lang] for text in (w.STAND_IN, about.stand_in) if text]
    paragraphs = "".join(element("p", escape(one)) for one in said)
    return element("div", head + paragraphs, class_="gr-warning", role="note")


def readme_html(edition: Edition, folder: Path) -> str:
    """Read what a data folder says of itself, in English where there is nothing else."""
    own = folder / f"README{_SUFFIX[edition.lang]}.md"
    path = own if own.is_file() else folder / "README.md"
    if not path.is_file():
        raise UserError(
            "a data folder does not say where its data come from", "write it", file=path
        )
    text = _TITLE.sub("", _SIBLING.sub("", path.read_text(encoding="utf-8")))
    html = markdown_html(text, below=1, name=w.SOURCES_AND_LIMITS[edition.lang])
    if path == own:
        return html
    warning = element("p", escape(w.ONLY_ENGLISH[edition.lang]), class_="gr-note")
    return warning + element("div", html, lang="en")


def _table(edition: Edition, here: str, one: Table) -> str:
    lang = edition.lang
    hashes = {**edition.run.get("data", {}), TABLE: (edition.run.get("survey") or {}).get("sha256")}
    found = hashes.get(one.name)
    users = [
        cell_link(here, name, "")
        for name, planned in edition.contents.plan.notebooks.items()
        if one.name in planned.data or (one.name == TABLE and planned.survey)
    ]
    survey = edition.run.get("survey") or {}
    told = facts(
        [
            (w.SURVEY_OF_RUN[lang], badge(survey["evidence"], lang) if one.name == TABLE else ""),
            (w.SHA256[lang], code(str(found)) if found else ""),
            (w.USED_BY[lang], ", ".join(users)),
            (w.SOURCE_PAGES[lang], _pages(edition, one)),
        ]
    )
    body = _body(render_codebook(one, lang), one.label[lang])
    return element("div", f"{told}\n{body}", id=anchor(TABLES, one.name), class_="gr-data")


def _pages(edition: Edition, one: Table) -> str:
    """Fold the pages that rows name as their sources, with the keys of these rows."""
    if not one.shipped or not one.path.is_file():
        return ""
    lang, tables = edition.lang, tables_of(edition.books)
    items = []
    for page, keys in source_pages(one, tables, edition.sheet).items():
        shown = ", ".join(_without(key, page) for key in keys[:SHOWN_ROWS])
        more = len(keys) - SHOWN_ROWS
        told = w.MORE_ROWS[lang].format(shown, more) if more > 0 else shown
        address = link(page, page) if page.startswith("http") else escape(page)
        items.append(f"{address} {escape(told)}")
    if not items:
        return ""
    return folded(w.SOURCE_PAGES_LEAD[lang].format(len(items)), listing(items))


def _without(key: str, page: str) -> str:
    """Write a row's key without the address that stands before it, where it is part of the key."""
    return KEY_SEPARATOR.join(part for part in key.split(KEY_SEPARATOR) if part and part != page)


def _body(rendered: str, name: str) -> str:
    """Turn rendered Markdown into HTML without its first heading, which the page has."""
    _, _, rest = rendered.partition("\n")
    return markdown_html(rest, below=1, name=name)


def _external(edition: Edition, one: ExternalSet) -> str:
    lang = edition.lang
    state = edition.run.get("external", {}).get(one.id)
    users = [
        cell_link(EXTERNAL_PAGE, name, "")
        for name, planned in edition.contents.plan.notebooks.items()
        if one.id in planned.external
    ]
    told = facts(
        [
            (w.CITATION[lang], escape(one.citation)),
            (w.LICENCE[lang], f"{escape(one.licence)}. {escape(one.licence_scope[lang])}"),
            (w.ADDRESS[lang], link(one.address, one.address)),
            (w.SHA256[lang], code(str(state)) if state else ""),
            (w.USED_BY[lang], ", ".join(users)),
        ]
    )
    rows = [
        ("", (code(f.name), f"{f.bytes:,}" if f.bytes else "", code(f.sha256)))
        for f in one.files.values()
    ]
    heads = (w.FILE[lang], w.BYTES[lang], w.SHA256[lang])
    files = table(w.FILES[lang], heads, rows, frozenset({1}))
    return element(
        "div", element("p", escape(one.what[lang])) + told + files, id=anchor(TABLES, one.id)
    )


def _columns(held: ExternalTable, lang: Lang) -> str:
    rows = [("", _column(column, lang)) for column in held.columns.values()]
    heads = (w.COLUMN[lang], w.LABEL[lang], w.TYPE[lang], w.VALUES[lang])
    said = element("p", f"{code(held.file)} · {escape(held.unit_of_observation[lang])}")
    return element("div", said + table(held.label[lang], heads, rows))


def _column(column: Column, lang: Lang) -> tuple[str, ...]:
    unit = f"{OPEN[lang]}{escape(column.unit[lang])}{CLOSE[lang]}" if column.unit else ""
    values = w.SEMICOLON[lang].join(
        f"{code(key)} {escape(said[lang])}" for key, said in (column.values or {}).items()
    )
    kind = f"{TYPES[column.type][lang]}{unit}"
    return code(column.name), escape(column.label[lang]), kind, values


def _truth(edition: Edition) -> Iterable[str]:
    """Write the known truth of the stand-in: words first, then every number as it stands."""
    lang, path = edition.lang, edition.contents.root / STANDIN
    doc = load_strict(path)
    missing = [read_text(doc, "does_not_preserve", i) for i in _positions(doc.value)]
    numbers = {k: v for k, v in doc.value.items() if k not in ("about", "does_not_preserve")}
    shown = yaml.safe_dump(numbers, allow_unicode=True, sort_keys=False, default_flow_style=None)
    yield heading(2, w.KNOWN_TRUTH[lang])
    yield raw(_stand_in_words(lang, read_text(doc, "about"), missing))
    yield raw(element("details", f"<summary>{code(STANDIN.as_posix())}</summary>" + _block(shown)))


def _positions(value: dict[str, list[object]]) -> range:
    return range(len(value["does_not_preserve"]))


def _stand_in_words(lang: Lang, about: Text, missing: Iterable[Text]) -> str:
    items = "".join(f"<li>{escape(text[lang])}</li>" for text in missing)
    return (
        element("p", escape(about[lang]))
        + markdown_html(w.TRUTH_LEAD[lang])
        + element("p", escape(w.DOES_NOT_PRESERVE[lang]), class_="gr-head")
        + element("ul", items)
    )


def _block(text: str) -> str:
    return element("pre", escape(text), tabindex="0", lang="en", aria_label=STANDIN.name)
