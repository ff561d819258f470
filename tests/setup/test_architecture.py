"""The page on the architecture is true: its picture is the source's, its files are there."""

import importlib.util
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("architecture", ROOT / "tools" / "architecture.py")
architecture = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(architecture)

SOURCES = {
    "compendium/__init__.py": "",
    "compendium/errors.py": "",
    "compendium/low.py": "import compendium.errors",
    "compendium/registry/__init__.py": "",
    "compendium/data/__init__.py": "",
    "compendium/data/read.py": "def f():\n    from compendium.errors import E\n",
    "compendium/claims/judge.py": "from compendium.data import read\nimport compendium.run",
    "compendium/run/__init__.py": "from compendium.claims import judge\nimport compendium.data",
    "compendium/study.py": "from compendium import run\nfrom compendium.data.read import f",
    "grassroots/__init__.py": "",
    "grassroots/register.py": 'RULES = "grassroots.rules:RULES"\nNAME = "grassroots"',
    "grassroots/rules.py": "from compendium.data.read import f",
}


@pytest.fixture
def modules(tmp_path):
    for name, text in SOURCES.items():
        path = tmp_path / "src" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return architecture.modules_of(tmp_path / "src")


def test_the_picture_is_that_of_the_source(capsys):
    assert architecture.main(["--check"]) == 0, capsys.readouterr().out


def test_every_file_that_the_page_names_is_there():
    page = (ROOT / architecture.PAGE).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:src|tools|notebooks|data)/[\w./-]+)`", page))
    assert len(named) > 20
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


def test_the_map_names_every_file_of_the_plan():
    page = (ROOT / architecture.PAGE).read_text(encoding="utf-8")
    plan = {path.name for path in (ROOT / "notebooks" / "plan").glob("*.yml")}
    assert [name for name in sorted(plan) if f"| `{name}` |" not in page] == []


def test_arrows_are_the_imports_those_within_functions_too(modules):
    arrows = architecture.arrows_of(modules)
    assert arrows["compendium.data"] == {"compendium.errors"}
    assert arrows["compendium.study"] == {"compendium.run", "compendium.data"}


def test_modules_that_import_only_each_other_are_the_ground(modules):
    joined, ground = architecture.with_ground(architecture.arrows_of(modules), modules)
    assert ground == ["errors", "low", "registry"]
    assert joined["compendium.data"] == {"ground"}


def test_arrows_that_follow_from_others_are_left_out_and_circles_are_kept(modules):
    arrows = architecture.arrows_of(modules)
    drawn = set(architecture.reduced(arrows))
    claims, run = "compendium.claims", "compendium.run"
    assert {(claims, run), (run, claims)} <= drawn
    assert ("compendium.study", run) in drawn
    assert ("compendium.study", "compendium.data") not in drawn
    assert architecture.circles(arrows) == [{claims, run}]
    for room, others in arrows.items():
        kept = {name: {b for a, b in drawn if a == name} for name in arrows}
        assert others <= architecture.reached(kept, room)


def test_what_the_study_hands_over_by_name_is_found(modules):
    text = SOURCES["grassroots/register.py"]
    assert list(architecture.named(text, modules)) == ["grassroots.rules"]


def test_a_page_without_its_marks_is_refused():
    with pytest.raises(SystemExit, match="lacks the marks"):
        architecture.renewed("# A page", "picture")
