"""A text of plan, codebooks or questionnaire never becomes code, wherever it is written."""

import io
import re
from html.parser import HTMLParser

import hostile
import pytest

from compendium.console import plain_console
from compendium.exhibits.display import ShownText
from compendium.exhibits.grid import Grid, GridColumn
from compendium.report.escape import escape_latex
from compendium.report.latex import table_tex
from compendium.report.site.html import markdown_html
from compendium.text import as_markdown

URLS = ("src", "href", "data", "action", "formaction", "xlink:href")


class Live(HTMLParser):
    """What of a page would run or load something that the payload asks for."""

    def __init__(self):
        super().__init__()
        self.found, self.inside = [], ""

    def handle_starttag(self, tag, attrs):
        self.inside = tag
        told = {name: value or "" for name, value in attrs}
        foreign = any(
            re.match(r"\s*javascript:|https?://e\.invalid|x$", told.get(n, "")) for n in URLS
        )
        if (
            foreign
            or told.get("id") == hostile.MARKED
            or any(name.startswith("on") for name in told)
        ):
            self.found.append((tag, told))

    def handle_endtag(self, tag):  # noqa: ARG002
        self.inside = ""

    def handle_data(self, data):
        if self.inside in ("script", "style") and hostile.MARKED in data:
            self.found.append((self.inside, data[:80]))


@pytest.fixture(scope="module")
def built(reported):
    return hostile.built(reported)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_no_text_of_a_hostile_project_is_alive_in_its_site(built, lang):
    pages = [p for p in sorted((built / lang).rglob("*.html")) if "_static" not in p.parts]
    assert len(pages) > 15
    for path in pages:
        live = Live()
        assert "&amp;amp;" not in path.read_text(encoding="utf-8"), path.name  # escaped twice
        live.feed(path.read_text(encoding="utf-8"))
        assert live.found == [], path.name


def test_the_texts_are_there_to_be_read(built):
    for name in (
        "claims/c3",
        "data/incidents",
        "data/survey",
        "data/external",
        "methods",
        "estimates",
    ):
        page = (built / "en" / f"{name}.html").read_text(encoding="utf-8")
        assert "&lt;img src=x onerror=" in page, name


@pytest.mark.parametrize(
    "text",
    [
        hostile.PAYLOAD,
        "# no heading",
        "1. no list",
        "- no list",
        "+++",
        "% no comment",
        "(no-target)=",
        ":::{note}",
        "=====",
        "| no | table |",
        "    no code",
        "&lt; &amp;",
        "![x](y) [z][w] <u> *a* __b__ `c` ~~d~~ $e$ \\f",
        "p < 0.001，n > 5",
    ],
)
def test_markdown_shows_a_text_as_it_is(text):
    from html import unescape

    shown = markdown_html(as_markdown(text))
    assert re.fullmatch(r"<p>[^<>]*</p>\s*", shown)
    assert unescape(shown[3:].rpartition("</p>")[0]) == re.sub(r"\s*\n\s*", " ", text).strip()


def test_a_sentence_is_plain_where_it_is_printed_and_marked_on_a_page():
    said = ShownText("n < 5 *", as_markdown("n < 5 *"))
    assert (repr(said), said._repr_markdown_()) == ("n < 5 *", "n \\< 5 \\*")


def test_latex_takes_a_text_for_no_command_and_no_option_of_a_row():
    told = escape_latex(hostile.TYPESET)
    assert "\\input" not in told
    assert escape_latex("[3cm] x") == "{[}3cm] x"
    assert escape_latex("*x") == "{*}x"
    title = "A\r\\input{/etc/passwd}\x0b\\input{b}\u2028\\input{c}"
    columns = (GridColumn("a", "a", numeric=False), GridColumn("b", "b", numeric=False))
    grid = Grid("tab-x", "en", title, columns, (("[x]", "y"),), 0, (), "", "", "")
    lines = re.split(r"[\n\r\x0b\x0c\x85\u2028]", table_tex(grid))
    assert not [line for line in lines if re.match(r"\\input\{[/bc]", line)]
    assert "{[}x] & y" in table_tex(grid)


def test_the_console_prints_brackets_and_colons_as_they_are():
    from rich.table import Table

    shown, said = io.StringIO(), "[/bold] [red]x[/red] :smile: [link=https://e.invalid]y"
    table = Table()
    table.add_column("a", no_wrap=True)
    table.add_row(said)
    console = plain_console(shown, 120)
    console.print(said)
    console.print(table)
    assert shown.getvalue().count(said) == 2
