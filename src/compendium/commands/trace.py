"""`trace`: from a number to its cell, data and sources, or from a data row to what rests on it."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from compendium.console import plain_console, say
from compendium.text import LANGS, Lang, Text

if TYPE_CHECKING:
    from compendium.review.trace import Node

HELP = "follow a number, estimate, exhibit, test, claim or data row to what it rests on"
EXAMPLE = "trace '41.6 %'"
WORDS: Mapping[str, Text] = {
    "estimate": Text("Estimate", "估计值"),
    "exhibit": Text("Exhibit", "图表"),
    "test": Text("Test", "检验"),
    "claim": Text("Claim", "论断"),
    "row": Text("Data row", "数据行"),
    "value": Text("value", "数值"),
    "interval": Text("interval", "区间"),
    "rows used": Text("rows used", "所用行数"),
    "clusters": Text("clusters", "聚类数"),
    "method": Text("method", "方法"),
    "evidence": Text("evidence", "证据"),
    "predicate": Text("predicate", "判据"),
    "notebook": Text("notebook", "笔记本"),
    "cell": Text("cell", "单元"),
    "file": Text("place", "位置"),
    "code": Text("code", "代码"),
    "data": Text("data", "数据"),
    "table": Text("table", "数据表"),
    "rows": Text("rows in all", "总行数"),
    "source pages": Text("source pages", "来源网页"),
    "sources": Text("sources", "来源"),
    "notebooks": Text("notebooks", "笔记本"),
    "estimates": Text("estimates", "估计值"),
    "tests": Text("tests", "检验"),
    "claims": Text("claims", "论断"),
    "exhibits": Text("exhibits", "图表"),
    "sentences": Text("sentences", "语句"),
}
SHOWN_CODE = 14
"""Lines of a cell that are shown; the rest stands in the notebook."""
COLON = Text(": ", "：")
SHOWN, LISTED = 5, 12
"""Estimates that a printed number may be, and names in a list, that are shown; JSON has all."""
OTHERS = Text(
    "{} more estimates are printed so (see --json FILE)",
    "另有 {} 个估计值印作此数（见 --json FILE）",
)
PAGES = Text("and {} more pages (see --json FILE)", "另有 {} 个网页（见 --json FILE）")
NAMED = Text("{}, and {} more", "{} 等，另有 {} 项")
MORE = Text("and {} more lines", "另有 {} 行")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    add = parser.add_argument
    add("what", metavar="WHAT", help="an id, TABLE:KEY or FILE:LINE of a data row, or a number")
    add("--lang", choices=LANGS, default="en", help="language (default: en)")
    add("--json", metavar="FILE", type=Path, help="also write everything as JSON")


def main(args: argparse.Namespace) -> int:
    """Print the trail; exit code 0."""
    from compendium.files import write_atomic
    from compendium.review.trace import Trail

    nodes = Trail(args.root).follow(args.what)
    if args.json:
        text = json.dumps(nodes, ensure_ascii=False, indent=1)
        write_atomic(args.json, f"{text}\n".encode())
    console = plain_console()
    for node in nodes[:SHOWN]:
        for indent, line in _lines(node, args.lang, ""):
            say(console, line, indent, f"{indent}  ")
    if len(nodes) > SHOWN:
        say(console, OTHERS[args.lang].format(len(nodes) - SHOWN))
    return 0


def _lines(node: Node, lang: Lang, indent: str) -> Iterator[tuple[str, str]]:
    """Yield a node's lines with their indent: what it is, then each of its facts."""
    yield indent, f"{WORDS[node['kind']][lang]} {node['id']}"
    inside = f"{indent}  "
    if "says" in node:
        yield inside, node["says"][lang]
    for name, value in node.items():
        nothing = value in (None, "", []) or (name, value) == ("clusters", 0)
        if name not in ("kind", "id", "says") and not nothing:
            yield from _fact(name, value, lang, inside)


def _fact(name: str, value: Any, lang: Lang, indent: str) -> Iterator[tuple[str, str]]:
    from compendium.claims.verdicts import EVIDENCE_WORDS
    from compendium.exhibits.words import COMMA, SEPARATOR

    words = WORDS[name][lang]
    nodes = [one for one in (value if isinstance(value, list) else [value]) if _is_node(one)]
    if name == "code":
        yield indent, words
        yield from ((f"{indent}  ", line) for line in value[:SHOWN_CODE] if line.strip())
        if len(value) > SHOWN_CODE:
            yield f"{indent}  ", MORE[lang].format(len(value) - SHOWN_CODE)
    elif nodes:
        for node in nodes:
            yield from _lines(node, lang, indent)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for one in value:
            yield indent, f"{words}{COLON[lang]}{COMMA[lang].join(_told(one, lang))}"
            pages = one.get("sources", ())
            yield from ((f"{indent}  ", page) for page in pages[:SHOWN])
            if len(pages) > SHOWN:
                yield f"{indent}  ", PAGES[lang].format(len(pages) - SHOWN)
    elif name == "evidence":
        kinds = [value] if isinstance(value, str) else value
        named = SEPARATOR[lang].join(EVIDENCE_WORDS[kind][lang] for kind in kinds)
        yield indent, f"{words}{COLON[lang]}{named}"
    elif name == "interval":
        yield indent, f"{words}{COLON[lang]}[{', '.join(map(_digits, value))}]"
    elif isinstance(value, dict):
        yield indent, f"{words}{COLON[lang]}{value[lang]}"
    elif isinstance(value, list):
        named = SEPARATOR[lang].join(map(_digits, value[:LISTED]))
        more = len(value) - LISTED
        told = NAMED[lang].format(named, more) if more > 0 else named
        yield indent, f"{words}{COLON[lang]}{told}"
    else:
        yield indent, f"{words}{COLON[lang]}{_digits(value)}"


def _is_node(value: Any) -> bool:
    return isinstance(value, dict) and "kind" in value


def _told(told: Mapping[str, Any], lang: Lang) -> Iterator[str]:
    for name, value in told.items():
        if name != "sources":
            yield str(value) if name in ("table", "file") else f"{WORDS[name][lang]} {value}"


def _digits(value: Any) -> str:
    return f"{value:.10g}" if isinstance(value, float) else str(value)
