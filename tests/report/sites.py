"""A built site of the reference results, made once for all tests that read it."""

import base64
import json
import re
import shutil
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from grassroots.exhibits.recorded import recorded_digest
from grassroots.plan import load_plan
from grassroots.report import site
from grassroots.report.contents import Contents
from grassroots.text import LANGS

ROOT = Path(__file__).parents[2]
EXECUTED = "03_accountability"
"""The notebook that also ran in Chinese here; the others ran in English only."""
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

    `executed` names those of the English run; left out, all are.
    """
    shutil.copytree(reported, root)
    for lang in LANGS:
        for path in (root / "reports" / lang / "figures").glob("*.svg"):
            path.write_text(SVG, encoding="utf-8")
    for path in sorted((root / "notebooks").glob("*.ipynb")):
        if executed is None or path.stem in executed:
            execute(root, path.stem, "en")
    execute(root, EXECUTED, "zh")
    return root


def write(root):
    return site.write({lang: Contents(root, lang) for lang in LANGS}, root / "reports")


def execute(root, name, lang):
    """Put an executed copy where a run would, and note that it shows what is recorded."""
    notebook = json.loads((root / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"] = list(_outputs("".join(cell["source"])))
    path = root / "reports" / lang / "notebooks" / f"{name}.ipynb"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(notebook), encoding="utf-8")
    _stamp(root, name, lang)


def _outputs(source):
    for name in re.findall(r'\bshow\(\s*"([\w-]+)"', source):
        shown = (
            {"image/png": PIXEL, "text/plain": "a figure"}
            if name.startswith("fig-")
            else {
                "text/html": f'<style>x{{}}</style><section class="gr-exhibit" id="{name}"></section>'
            }
        )
        yield {"output_type": "execute_result", "data": shown, "metadata": {}, "execution_count": 1}


def _stamp(root, name, lang):
    path = root / "reports" / "run.json"
    record = json.loads(path.read_text(encoding="utf-8"))
    names = [exhibit.id for exhibit in load_plan(root).exhibits_of(name)]
    stamps = record.setdefault("drawn", {}).setdefault(lang, {})
    stamps[name] = recorded_digest(root / "reports", names)
    path.write_text(json.dumps(record), encoding="utf-8")


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
