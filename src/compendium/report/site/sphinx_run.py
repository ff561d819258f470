"""Runs Sphinx on the pages of one language: python -m compendium.report.site.sphinx_run."""

from __future__ import annotations

import io
import sys
from html import escape
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.search import SearchLanguage
from sphinx.util.docutils import docutils_namespace, patch_docutils

from compendium.report.site.search import ChinesePairs, RememberedEnglish
from compendium.report.site.words import CELL_CODE, CONTENTS, HIDE_CODE, PAGES, SEARCH_WORDS
from compendium.surroundings import collect_seldom
from compendium.text import Lang

ASSETS = Path(__file__).with_name("assets")
PLAIN = ("pagetitle", "root_title")
AFTER_THE_THEME = 900
SPHINX_LANGUAGE: dict[Lang, str] = {"en": "en", "zh": "zh_CN"}
SEARCH: dict[Lang, type[SearchLanguage]] = {"en": RememberedEnglish, "zh": ChinesePairs}


def settings(lang: Lang, title: str, short: str) -> dict[str, Any]:
    """Everything that Sphinx and the theme are told; nothing is read from a conf.py."""
    return {
        "extensions": ["myst_nb"],
        "project": short,
        "author": "",
        "copyright": "",
        "language": SPHINX_LANGUAGE[lang],
        "master_doc": "index",
        "exclude_patterns": ["static"],
        "html_theme": "sphinx_book_theme",
        "html_title": title,
        "html_short_title": short,
        "html_theme_options": {
            "toc_title": CONTENTS[lang],
            "search_bar_text": SEARCH_WORDS[lang],
            "home_page_in_toc": False,
            "navbar_start": [],
            "navbar_center": [],
            "navbar_end": [],
            "navbar_persistent": [],
            "show_navbar_depth": 1,
            "use_download_button": False,
            "use_fullscreen_button": False,
            "article_header_end": ["language-switch.html", "toggle-secondary-sidebar.html"],
            "footer_content_items": [],
            "pygments_light_style": "a11y-high-contrast-light",
            "pygments_dark_style": "a11y-high-contrast-dark",
            "back_to_top_button": False,
        },
        "html_sidebars": {"**": ["site-title.html", "search-field.html", "sbt-sidebar-nav.html"]},
        "html_context": {"default_mode": "auto", "edition": lang, "said": _said(lang)},
        "html_static_path": ["static"],
        "templates_path": [str(ASSETS / "templates")],
        "html_css_files": ["site.css"],
        "html_js_files": ["site.js"],
        "html_copy_source": False,
        "html_show_sourcelink": False,
        "html_show_search_summary": False,
        "html_show_sphinx": False,
        "html_use_index": False,
        "html_domain_indices": False,
        "html_permalinks": False,
        "html_last_updated_fmt": None,
        "smartquotes": False,
        "nb_execution_mode": "off",
        "nb_code_prompt_show": CELL_CODE[lang],
        "nb_code_prompt_hide": HIDE_CODE[lang],
        "nb_render_markdown_format": "commonmark",
        "myst_enable_extensions": [],
        "myst_heading_anchors": 0,
        "suppress_warnings": ["myst.header"],
    }


def _said(lang: Lang) -> dict[str, str]:
    """Words of the templates."""
    return {"pages": PAGES[lang], "on_this_page": CONTENTS[lang], "search": SEARCH_WORDS[lang]}


def escape_titles(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: object
) -> None:
    """Escape what the theme puts into its templates as plain text and they print as HTML."""
    del app, template, doctree
    context["site_title"] = escape(context["docstitle"])
    plain = (*PLAIN, "docstitle") if page == "search" else PLAIN  # elsewhere the theme escapes it
    context.update({name: escape(context[name]) for name in plain if name in context})


def build(source: Path, out: Path, doctrees: Path, told: dict[str, Any], lang: Lang) -> str:
    """Build the pages of a language; returns what Sphinx warns of, empty when all is well."""
    warnings = io.StringIO()
    with patch_docutils(), docutils_namespace():
        app = Sphinx(
            srcdir=source,
            confdir=None,
            outdir=out,
            doctreedir=doctrees,
            buildername="html",
            confoverrides=told,
            status=None,
            warning=warnings,
            freshenv=True,
        )
        app.add_search_language(SEARCH[lang])
        app.connect("html-page-context", escape_titles, priority=AFTER_THE_THEME)
        app.build(force_all=True)
    return warnings.getvalue()


def main(arguments: list[str]) -> int:
    """Build `source` into `out`; warnings go to the standard error and make it fail."""
    collect_seldom()
    source, out, doctrees, named, title, short = arguments
    lang: Lang = "zh" if named == "zh" else "en"
    told = settings(lang, title, short)
    said = build(Path(source), Path(out), Path(doctrees), told, lang)
    sys.stderr.write(said)
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
