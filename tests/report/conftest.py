"""A project whose results are the committed reference, with pictures that only mark their place."""

import json
import shutil
from pathlib import Path

import pytest
from PIL import Image

from compendium.data import load_codebooks, table_sha256
from compendium.plan import load_plan
from compendium.report.contents import Contents
from compendium.text import LANGS

ROOT = Path(__file__).parents[2]
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="492pt" height="{0}pt" viewBox="0 0 492 {0}"/>'
HEIGHT = 285
"""Points of a figure without title and note; those drawn much higher or lower are named."""
HEIGHTS = {
    **{"fig-asked": 100, "fig-duties": 160, "fig-townships": 160, "fig-satisfaction": 191},
    **{"fig-escalation": 194, "fig-ranks": 194, "fig-two-samples": 197, "fig-answers": 205},
    **{"fig-tiers": 225, "fig-effects": 237, "fig-moderation": 242, "fig-qca-all": 341},
    **{"fig-qca-epidemic": 320, "fig-qca-xy-low": 328, "fig-qca-xy-high": 328, "fig-agenda": 393},
    **{"fig-reference-points": 339, "fig-excess": 366, "fig-risk": 448, "fig-officials": 493},
    **{"fig-evidence-map": 575, "fig-forest": 627, "fig-deciding": 646, "fig-coefficients": 650},
    **{"fig-messages-varied": 845},
}


@pytest.fixture(scope="session")
def reported(tmp_path_factory):
    """The project's folder in a place of its own, as a run would have left it."""
    root = tmp_path_factory.mktemp("reported") / "项目 one"
    for name in ("notebooks", "data"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("*.parquet"))
    for name in ("pyproject.toml", "requirements.lock", "README.md", "CITATION.cff"):
        shutil.copy(ROOT / name, root / name)
    reference, reports = ROOT / "reports" / "reference", root / "reports"
    shutil.copytree(reference / "exhibits", reports / "exhibits")
    shutil.copy(reference / "estimates.csv", reports / "estimates.csv")
    _mark_pictures(root)
    _write_record(root)
    return root


@pytest.fixture(scope="session")
def contents(reported):
    return {lang: Contents(reported, lang) for lang in LANGS}


def _mark_pictures(root: Path) -> None:
    figures = [e.id for e in load_plan(root).exhibits.values() if e.kind == "figure"]
    for lang in LANGS:
        folder = root / "reports" / lang / "figures"
        folder.mkdir(parents=True)
        for name in figures:
            svg = SVG.format(HEIGHTS.get(name, HEIGHT))
            (folder / f"{name}.svg").write_text(svg, encoding="utf-8")
            Image.new("RGB", (40, 30), "white").save(folder / f"{name}.png")


def _write_record(root: Path) -> None:
    tables = load_codebooks(root)
    read = {name for n in load_plan(root).notebooks.values() for name in n.data}
    record = {
        "profile": "default",
        "parameters": {"level": 0.95, "seed": 20241115},
        "data": {name: table_sha256(tables[name]) for name in sorted(read)},
        "survey": {"kind": "standin", "evidence": "stand-in", "sha256": "0" * 64},
        "lock": "1" * 64,
        "versions": {"python": "3.11"},
    }
    (root / "reports" / "run.json").write_text(json.dumps(record), encoding="utf-8")
