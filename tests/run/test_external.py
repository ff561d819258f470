"""External data in a run: absent, there, changed; nothing else is touched."""

import hashlib
import json

import pytest

from compendium.errors import UserError
from compendium.files import sha256_of
from run import tiny
from run.tiny import go, outcomes, ran

THINGS = "x\n1\n"
SHA = hashlib.sha256(THINGS.encode()).hexdigest()
REGISTRY = f"""
far:
  title: {{en: Far, zh: 远}}
  what: {{en: What, zh: 何物}}
  citation: Nobody (2020)
  licence: MIT
  licence_scope: {{en: All, zh: 全部}}
  address: https://example.org
  files:
    far.csv: {{path: far.csv, bytes: 4, sha256: {SHA}}}
"""
SECOND = [
    'lang: str = "en"',
    'name = "02_second"',
    tiny.WRITE,
    'there = Path(os.environ["GRASSROOTS_ROOT"], "data", "external", "far", "far.csv").is_file()',
    "from compendium.claims.ledger import write_ledger\n"
    'write_ledger(out / "ledger" / f"{name}.csv", [])\n'
    "if there:\n    table(2)",
]


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    root = tiny.make_project(tmp_path_factory.mktemp("基层 政府") / "外部 project")
    (root / "data" / "external").mkdir()
    (root / "data" / "external" / "registry.yml").write_text(REGISTRY, encoding="utf-8")
    plan = root / "notebooks" / "plan" / "exhibits.yml"
    text = plan.read_text("utf-8").replace("zh: 二}}", "zh: 二}, external: [far]}")
    before, after = text.split("notebook: 02_second\n    evidence: [observed]")
    text = f"{before}notebook: 02_second\n    evidence: [external]{after}"
    plan.write_text(text, encoding="utf-8")
    tiny.write_notebook(root, "02_second", SECOND)
    assert go(root) == 0
    return root


@pytest.fixture
def project(built, tmp_path, monkeypatch):
    monkeypatch.delenv("GRASSROOTS_EXTERNAL", raising=False)
    return tiny.copy(built, tmp_path / "复本 copy")


def put(root, text=THINGS):
    folder = root / "data" / "external" / "far"
    folder.mkdir(exist_ok=True)
    (folder / "far.csv").write_bytes(text.encode())


def record(root):
    return json.loads((root / "reports" / "run.json").read_text("utf-8"))["external"]


def test_without_the_data_the_run_is_clean_and_says_so(project):
    assert set(outcomes(project).values()) == {"ran"}
    assert record(project) == {"far": "absent"}
    assert not (project / "reports" / "exhibits" / "tab-2.csv").exists()
    assert (project / "reports" / "exhibits" / "tab-3.csv").exists()


def test_data_that_appear_run_their_notebook_and_nothing_else(project, capsys):
    put(project)
    assert go(project) == 0
    assert ran(project) == ["02_second"]
    assert (project / "reports" / "exhibits" / "tab-2.csv").exists()
    assert record(project)["far"] == sha_of_state(project)
    capsys.readouterr()
    assert go(project) == 0
    assert capsys.readouterr().out.startswith("Nothing to do")


def sha_of_state(project):
    hashes = [("far.csv", sha256_of(project / "data" / "external" / "far" / "far.csv"))]
    return hashlib.sha256(repr(hashes).encode()).hexdigest()


def test_data_that_vanish_take_their_exhibits_with_them(project):
    put(project)
    assert go(project) == 0
    (project / "data" / "external" / "far" / "far.csv").unlink()
    assert go(project, "02_second") == 0
    assert not (project / "reports" / "exhibits" / "tab-2.csv").exists()
    assert not (project / "reports" / "en" / "tables" / "tab-2.html").exists()


def test_data_that_differ_are_refused_before_anything_runs(project):
    put(project, "x\n2\n")
    with pytest.raises(UserError, match=rf"the registry says {SHA}"):
        go(project)


def test_data_elsewhere_count_as_the_same_data(project, tmp_path, monkeypatch):
    put(project)
    assert go(project) == 0
    (project / "data" / "external" / "far").rename(tmp_path / "far")
    monkeypatch.setenv("GRASSROOTS_EXTERNAL", str(tmp_path))
    assert go(project) == 0
    assert ran(project) == []


def test_an_exhibit_may_not_be_missing_while_the_data_are_there(project):
    tiny.write_notebook(project, "02_second", [*SECOND[:3], SECOND[4].split("if there")[0]])
    put(project)
    assert go(project) == 1
    assert outcomes(project)["02_second"] == "failed"
