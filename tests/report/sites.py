"""A built site of the reference results, made once for all tests that read it."""

import base64
import json
import re
import shutil
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from compendium.report import site
from compendium.report.contents import Contents
from compendium.text import LANGS

ROOT = Path(__file__).parents[2]
EXECUTED = "03_accountability"
"""The notebook that is run where one is enough."""
SAID = {"en": "Said by a cell.", "zh": "单元格所述。"}
SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="504pt" height="300pt" viewBox="0 0 504 300">'
    '<rect width="504" height="300" fill="#ddd"/></svg>'
)
PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()


@cache
def built(reported):
    """Folder of the site, built from a copy of the reported project."""
    root = project(reported, reported.parent / "site of 项目")
    write(root)
    return root / "reports" / "site"


def project(reported, root, executed=None):
    """Copy the reported project and add notebooks as a run would have executed them.

    `executed` names those that were run; left out, all were.
    """
    shutil.copytree(reported, root)
    for lang in LANGS:
        for path in (root / "reports" / lang / "figures").glob("*.svg"):
            path.write_text(SVG, encoding="utf-8")
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        if executed is None or path.stem in executed:
            for lang in LANGS:
                execute(root, path.stem, lang)
    return root


def write(root):
    return site.write({lang: Contents(root, lang) for lang in LANGS}, root / "reports")


def execute(root, name, lang):
    """Put an executed copy where a run would."""
    notebook = json.loads((root / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = list(_outputs("".join(cell["source"]), lang))
    path = root / "reports" / lang / "notebooks" / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")


def _outputs(source, lang):
    if "study.close()" in source:
        told = {"text/markdown": SAID[lang]}
        yield {"output_type": "display_data", "data": told, "metadata": {}}
    for name in re.findall(r'\bshow\(\s*"([\w-]+)"', source):
        shown = (
            {"image/png": PIXEL, "text/plain": "a figure"}
            if name.startswith("fig-")
            else {
                "text/html": f'<style>x{{}}</style><section class="gr-exhibit" id="{name}"></section>'
            }
        )
        yield {"output_type": "execute_result", "data": shown, "metadata": {}, "execution_count": 1}


class Page(HTMLParser):
    """Links, loads, anchors and languages of a page."""

    def __init__(self, path):
        super().__init__()
        self.path = path
        self.links, self.loads, self.ids, self.images = [], [], [], []
        self.lang = self.switch = None
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "html":
            self.lang = found.get("lang")
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
            if "gr-switch" in found.get("class", ""):
                self.switch = found
        if tag == "link" and found.get("rel") not in ("search", "next", "prev", "index"):
            self.loads.append(found["href"])
        if tag in ("script", "img", "iframe", "source", "video") and "src" in found:
            self.loads.append(found["src"])
        if tag == "img":
            self.images.append(found)


@cache
def page(path):
    return Page(path)


def target(path, href):
    """File and anchor that a link of a page leads to."""
    name, _, anchor = href.partition("#")
    return ((path.parent / name).resolve() if name else path.resolve()), anchor
