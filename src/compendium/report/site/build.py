"""Builds the site beside its place and moves it there whole."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from html import escape
from pathlib import Path

from compendium.data.codebook import Table
from compendium.data.sheet import Sheet, reading_once
from compendium.errors import UserError
from compendium.exhibits.recorded import FOLDER, is_recorded
from compendium.exhibits.tables import TABLE_CSS
from compendium.files import naming
from compendium.outputs import Outputs
from compendium.plan.about import About
from compendium.report.contents import Contents, FigurePart
from compendium.report.methods import formula_svg
from compendium.report.site.edition import Edition, refuse_unknown_values
from compendium.report.site.methods_page import FORMULAS, formula_name
from compendium.report.site.pages import pages
from compendium.report.site.search import TEXTS, texts_script
from compendium.report.site.shown import FIGURES, PLOTTED, picture_of
from compendium.report.words import HTML_LANG, LANGUAGE_NAMES
from compendium.report.written import Written
from compendium.text import LANGS, Lang

SITE = "site"
BESIDE, OLDER = f".{SITE}-new-", f".{SITE}-old-"
"""What folders beside the site are called: one that is being built, and one that is replaced."""

ASSETS = Path(__file__).with_name("assets")
REFUSAL = re.compile(r"\[Errno (\d+)\] ([^:\n]+)(?:: '([^'\n]+)')?")
"""What Python writes of an error of the system: number, words and file."""
UNWANTED = (
    ".buildinfo",
    "objects.inv",
    "genindex.html",
    "_sources/**/*",
    "_static/locales/**/*",
    "_static/**/*.map",
)
"""What Sphinx and the theme leave behind that no reader opens."""


def write(contents: Mapping[Lang, Contents], out: Path) -> Written:
    """Build the site of all languages into `out/site`; an older one stays when anything fails.

    Raises
    ------
    UserError
        Something that a page needs is missing, has no words in a language, or has no value; or
        Sphinx warns of a page.
    """
    sheet = reading_once()
    editions = {lang: _edition(contents, lang, sheet) for lang in LANGS}
    sources = {lang: pages(edition) for lang, edition in editions.items()}
    place = out / SITE
    beside = out / f"{BESIDE}{secrets.token_hex(4)}"
    try:
        with naming(place):
            _clear_up(out)
            _make(sources, editions, beside)
            _keep_foreign(out, beside / SITE)
            _move(beside / SITE, place)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    files = sorted(path for path in place.rglob("*") if path.is_file())
    return Written(first=(place / "index.html",), files=tuple(files))


def _make(
    sources: Mapping[Lang, Mapping[str, str]], editions: Mapping[Lang, Edition], beside: Path
) -> None:
    """Build all of the site beside its place."""
    _build(sources, beside, editions[LANGS[0]].contents.plan.about)
    for lang, edition in editions.items():
        folder = beside / SITE / lang
        folder.parent.mkdir(exist_ok=True)
        _built(beside, lang).rename(folder)
        _clear(folder)
        texts = texts_script(folder)
        (folder / TEXTS).write_text(texts, encoding="utf-8", newline="\n")
        _write_pictures(edition, folder)
    _write_shared(editions[LANGS[0]], beside / SITE)


def _edition(
    contents: Mapping[Lang, Contents], lang: Lang, sheet: Callable[[Table], Sheet]
) -> Edition:
    refuse_unknown_values(contents[lang])
    _refuse_unmade(contents[lang])
    return Edition(contents[lang], sheet)


def _refuse_unmade(contents: Contents) -> None:
    """Raise UserError where a notebook was run and did not make an exhibit planned for it."""
    ran = {chapter.notebook for chapter in contents.chapters}
    for exhibit in contents.plan.exhibits.values():
        made = exhibit.external_only or is_recorded(contents.reports, exhibit.id)
        if exhibit.notebook in ran and not made:
            raise UserError(
                f"{exhibit.id} is planned, but {exhibit.notebook} did not make it",
                "show it in the notebook and run that, or take it out of the plan",
                file=contents.root / "notebooks" / "plan" / "exhibits.yml",
            )


def _build(sources: Mapping[Lang, Mapping[str, str]], beside: Path, about: About) -> None:
    """Run Sphinx on all languages at once, each in a process of its own."""
    for lang, texts in sources.items():
        _write_sources(texts, beside / "source" / lang)
    with ExitStack() as ending:
        running = {lang: ending.enter_context(_start(beside, about, lang)) for lang in sources}
        said = {lang: process.communicate()[1] for lang, process in running.items()}
    for lang, process in running.items():
        if process.returncode:
            _raise_refusal(said[lang])
            raise UserError(
                f"the site can't be built, {lang}: {_first_fault(said[lang], beside)}",
                "correct what the page is made from",
            )


def _write_sources(texts: Mapping[str, str], folder: Path) -> None:
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    static = folder / "static"
    shutil.copytree(ASSETS / "static", static)
    own = (static / "site.css").read_text(encoding="utf-8")
    (static / "site.css").write_text(f"{TABLE_CSS}\n{own}", encoding="utf-8", newline="\n")


def _start(beside: Path, about: About, lang: Lang) -> subprocess.Popen[str]:
    folders = (beside / "source" / lang, _built(beside, lang), beside / "doctrees" / lang)
    command = [sys.executable, "-P", "-m", "compendium.report.site.sphinx_run"]
    return subprocess.Popen(
        [*command, *map(str, folders), lang, about.title[lang], about.short_title(lang)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
        env={**os.environ, "PYTHONHASHSEED": "0", "PYTHONUTF8": "1"},
    )


def _built(beside: Path, lang: Lang) -> Path:
    """Place of the pages alone: what else is written beside them is left behind."""
    return beside / "built" / lang / "html"


def _raise_refusal(said: str) -> None:
    """Raise the system's refusal where that is what ended Sphinx: no page has a fault then."""
    if found := REFUSAL.search(said):
        number, words, name = found.groups()
        raise OSError(int(number), words, *([name] if name else []))


def _first_fault(said: str, beside: Path) -> str:
    """Find the line that tells most: the first warning, or the last line of a traceback."""
    lines = [line for line in said.splitlines() if line.strip()]
    warning = next((line for line in lines if "WARNING" in line or "ERROR" in line), "")
    line = warning or (lines[-1] if lines else "Sphinx ended without a word")
    return line.replace(f"{beside}{os.sep}", "")


def _clear(folder: Path) -> None:
    for pattern in UNWANTED:
        for path in folder.glob(pattern):
            if path.is_file():
                path.unlink()
    for path in sorted((p for p in folder.rglob("*") if p.is_dir()), reverse=True):
        if not any(path.iterdir()):
            path.rmdir()


def _write_pictures(edition: Edition, folder: Path) -> None:
    figures = folder / FIGURES
    figures.mkdir(parents=True, exist_ok=True)
    for part in edition.contents.exhibits.values():
        if isinstance(part, FigurePart):
            (figures / f"{part.id}.svg").write_bytes(picture_of(part))


def _write_shared(edition: Edition, site: Path) -> None:
    """Write what both languages share: plotted data, formulas, and the page that chooses."""
    plotted, formulas = site / PLOTTED, site / FORMULAS
    plotted.mkdir()
    formulas.mkdir()
    for name in edition.contents.exhibits:
        source = edition.contents.reports / FOLDER / f"{name}.csv"
        (plotted / f"{name}.csv").write_bytes(source.read_bytes())
    for method in edition.methods:
        for i, latex in enumerate(method.formulas):
            (formulas / formula_name(method, i)).write_bytes(formula_svg(latex))
    (site / "index.html").write_text(
        _chooser(edition.contents.plan.about), encoding="utf-8", newline="\n"
    )


def _chooser(about: About) -> str:
    """Write the first page: it goes to the language of the browser, or lets the reader choose."""
    chosen = "".join(_choice(about, lang) for lang in LANGS)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f"<title>{escape(about.title['en'])}</title>\n"
        f"<style>{(ASSETS / 'chooser.css').read_text(encoding='utf-8')}</style>\n"
        f"<script>{(ASSETS / 'chooser.js').read_text(encoding='utf-8')}</script>\n"
        f"</head>\n<body>\n<main>\n{chosen}</main>\n</body>\n</html>\n"
    )


def _choice(about: About, lang: Lang) -> str:
    level = "h1" if lang == LANGS[0] else "h2"
    return (
        f'<section lang="{HTML_LANG[lang]}">\n<{level}>{escape(about.title[lang])}</{level}>\n'
        f"<p>{escape(about.lead[lang])}</p>\n"
        f'<p><a href="{lang}/index.html">{LANGUAGE_NAMES[lang]}</a></p>\n</section>\n'
    )


def _clear_up(out: Path) -> None:
    """Take away what a kill left; a site that was just being replaced goes back to its place."""
    for older in sorted(out.glob(f"{OLDER}*")):
        if (out / SITE).exists():
            shutil.rmtree(older)
        else:
            older.rename(out / SITE)
    for beside in out.glob(f"{BESIDE}*"):
        shutil.rmtree(beside)


def _keep_foreign(out: Path, made: Path) -> None:
    """Copy into the new site what somebody put into the older one, where its place is free.

    Where it is not, what stands there is set aside.
    """
    outputs = Outputs.at(out)
    outputs.note_below(made, out / SITE)
    for path in list(outputs.foreign(out / SITE)):
        if os.path.lexists(made / path):
            outputs.set_aside(out / SITE / path)
        else:
            (made / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(out / SITE / path, made / path, follow_symlinks=False)
            outputs.left.append(f"{SITE}/{path}")


def _move(made: Path, place: Path) -> None:
    """Put a folder into its place; whatever goes wrong, the older one is there again."""
    older = place.with_name(f"{OLDER}{secrets.token_hex(4)}")
    if place.exists():
        place.rename(older)
    try:
        made.rename(place)
    except OSError:
        if older.exists():
            older.rename(place)
        raise
    shutil.rmtree(older, ignore_errors=True)
