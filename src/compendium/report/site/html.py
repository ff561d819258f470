"""Pieces of HTML."""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape

from compendium.text import as_markdown

_SVG_SIZE = re.compile(rb'<svg[^>]* viewBox="0 0 ([0-9.]+) ([0-9.]+)"')
_PIXELS_A_POINT = 96 / 72
"""An inch is 96 pixels of CSS and 72 points."""
_LEAST_FENCE = 12
_FENCES = re.compile(r"`+")
_LOCAL_LINK = re.compile(r'<a href="(?!https?://)[^"]*">(.*?)</a>', re.DOTALL)


def element(name: str, content: str = "", **attributes: str) -> str:
    """Write an element around HTML; `class_` is its class, and _ in a name stands for -."""
    return f"<{name}{_attributes(attributes)}>{content}</{name}>"


def picture(source: str, alt: str, svg: bytes) -> str:
    """Write an image with the proportions of its SVG, so that nothing moves when it arrives."""
    found = _SVG_SIZE.search(svg)
    pixels = [round(float(points) * _PIXELS_A_POINT) for points in found.groups()] if found else []
    size = ' width="{}" height="{}"'.format(*pixels) if pixels else ""
    return f'<img src="{escape(source)}" alt="{escape(alt)}"{size}>'


def link(address: str, words: str) -> str:
    """Write a link; the words are text."""
    return element("a", escape(words), href=address)


def code(words: str) -> str:
    """Write a name as it stands in files."""
    return element("code", escape(words))


def listing(items: Iterable[str], **attributes: str) -> str:
    """Write a list of HTML items."""
    return element("ul", "".join(f"<li>{item}</li>\n" for item in items), **attributes)


def facts(pairs: Iterable[tuple[str, str]]) -> str:
    """Write names and what they are, as a description list; empty values are left out."""
    rows = (f"<dt>{escape(name)}</dt><dd>{said}</dd>\n" for name, said in pairs if said)
    return element("dl", "".join(rows), class_="gr-facts")


def folded(summary: str, content: str, **attributes: str) -> str:
    """Fold HTML behind words; a link to something within opens it, and so does printing."""
    opened = element("summary", escape(summary))
    return element("details", f"{opened}\n{content}", **{"class_": "gr-fold", **attributes})


def table(
    caption: str,
    heads: Iterable[str],
    rows: Iterable[tuple[str, Iterable[str]]],
    numeric: frozenset[int] = frozenset(),
) -> str:
    """Write a table that scrolls within itself; each row is its id (or nothing) and HTML cells.

    The first cell heads its row; columns of `numeric` are aligned to the right.
    """
    classes, named = dict.fromkeys(numeric, ' class="gr-number"'), list(enumerate(heads))
    head = "".join(
        f'<th scope="col"{classes.get(i, "")}>{escape(words)}</th>' for i, words in named
    )
    told = {i: f'{classes.get(i, "")} data-label="{escape(words)}"' for i, words in named}
    body = "\n".join(_row(anchor, cells, told) for anchor, cells in rows)
    opened = f'<table aria-label="{escape(caption)}">'
    return scrolling(
        f"{opened}\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody></table>", caption
    )


def scrolling(content: str, name: str) -> str:
    """Let something wide scroll by itself, also by keyboard."""
    return element(
        "div",
        content,
        class_="gr-exhibit gr-scroll",
        tabindex="0",
        role="group",
        aria_label=name,
    )


def heading(level: int, words: str) -> str:
    """Write a heading of a page of Markdown; the words are text."""
    return f"{'#' * level} {as_markdown(words)}"


def raw(content: str) -> str:
    """Put HTML into a page of Markdown."""
    return f"\n{fenced('raw', content, 'html')}\n"


def fenced(directive: str, content: str, argument: str = "") -> str:
    """Write a directive of MyST around lines, its fence longer than any within."""
    longest = max((len(found) for found in _FENCES.findall(content)), default=0)
    fence = "`" * max(_LEAST_FENCE, longest + 1)
    return f"{fence}{{{directive}}} {argument}\n{content}\n{fence}"


def markdown_html(text: str, below: int = 0, name: str = "") -> str:
    """Turn Markdown into HTML: headings `below` levels lower, tables scrolling, no local links."""
    from markdown_it import MarkdownIt

    html = str(MarkdownIt("commonmark", {"html": False}).enable("table").render(text))
    html = _LOCAL_LINK.sub(r"\1", html)
    html = re.sub(r"<(/?)h([1-6])>", lambda m: f"<{m[1]}h{min(6, int(m[2]) + below)}>", html)
    return re.sub(r"<table>.*?</table>", lambda m: scrolling(m[0], name), html, flags=re.DOTALL)


def _row(anchor: str, cells: Iterable[str], classes: dict[int, str]) -> str:
    named = f' id="{escape(anchor)}"' if anchor else ""
    first, *rest = cells
    others = "".join(f"<td{classes.get(i, '')}>{cell}</td>" for i, cell in enumerate(rest, 1))
    return f'<tr{named}><th scope="row"{classes.get(0, "")}>{first}</th>{others}</tr>'


def _attributes(attributes: dict[str, str]) -> str:
    return "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for name, value in attributes.items()
    )
