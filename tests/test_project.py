"""The whole project in a folder of its own: built, changed, rebuilt, broken, resumed, moved."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from compendium.claims.ledger import read_ledger
from compendium.plan import load_plan

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
PARTS = (
    *("src", "data", "notebooks", "requirements.lock", "pyproject.toml", "reports/reference"),
    *("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "LICENSE-data"),
)
COMPARED = ("estimates.csv", "exhibits/*", "*/figures/*.png", "*/figures/*.svg", "*/tables/*.html")


def copy_project(folder):
    for part in PARTS:
        source, target = ROOT / part, folder / part
        if source.is_dir():
            ignore = shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints", "covid19policy_cn")
            shutil.copytree(source, target, ignore=ignore)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    return folder


def grassroots(folder, *arguments, code=0):
    env = os.environ | {"PYTHONPATH": str(folder / "src"), "COLUMNS": "200"}
    env.pop("GRASSROOTS_EXTERNAL", None)
    done = subprocess.run(
        [sys.executable, "-m", "compendium.cli", *arguments],
        cwd=folder,
        env=env,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def outputs(folder, patterns=COMPARED):
    reports = folder / "reports"
    paths = sorted(path for pattern in patterns for path in reports.glob(pattern))
    return {path.relative_to(reports).as_posix(): path.read_bytes() for path in paths}


def ran(folder):
    record = json.loads((folder / "reports" / "run.json").read_text("utf-8"))
    return sorted(name for name, one in record["notebooks"].items() if one["outcome"] == "ran")


def edit_notebook(folder, name, old, new):
    path = folder / "notebooks" / f"{name}.ipynb"
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8", newline="\n")


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = copy_project(tmp_path_factory.mktemp("项目 一") / "研究 copy")
    said = grassroots(folder, "run")
    for claim in load_plan(ROOT).claims:
        assert f"\n{claim}  " in said
    assert "Open reports/en/index.html" in said
    return folder


def test_a_run_makes_every_exhibit_of_the_plan_that_shipped_data_allow(project):
    plan = load_plan(project)
    reports = project / "reports"
    for exhibit in plan.exhibits.values():
        if exhibit.evidence == ("external",):
            continue
        made = ("png", "svg", "pdf", "txt") if exhibit.kind == "figure" else ("html",)
        for suffix in made:
            assert (reports / "en" / f"{exhibit.kind}s" / f"{exhibit.id}.{suffix}").is_file()
        assert (reports / "exhibits" / f"{exhibit.id}.csv").stat().st_size > 20
    recorded = read_ledger(reports / "estimates.csv")
    observed = {t.estimate for t in plan.tests.values() if t.evidence == "observed"}
    assert observed <= set(recorded)


def test_a_second_run_runs_nothing(project):
    said = grassroots(project, "run")
    assert " done " not in said
    assert "Nothing to do" in said


def test_the_run_agrees_with_the_reference(project):
    said = grassroots(project, "verify")
    assert "agree with the reference" in said


def test_touched_prose_runs_one_notebook_and_not_its_children(project):
    before = outputs(project)
    edit_notebook(project, "02_context", "# Growth of cities", "# The growth of cities")
    grassroots(project, "run")
    assert ran(project) == ["02_context"]
    assert outputs(project) == before
    edit_notebook(project, "02_context", "# The growth of cities", "# Growth of cities")
    grassroots(project, "run")


def test_another_folder_and_the_plain_kernel_give_the_same_bytes(project, tmp_path):
    other = copy_project(tmp_path / "别处 two" / "x")
    grassroots(other, "run", "--kernel", "plain")
    assert outputs(other) == outputs(project)


def test_one_run_has_written_both_languages(project):
    said = grassroots(project, "run", "--lang", "zh")
    assert "无事可做" in said
    assert "与已知相符" in said
    names = {path.name for path in (project / "reports" / "en" / "figures").iterdir()}
    assert names == {path.name for path in (project / "reports" / "zh" / "figures").iterdir()}


def test_a_broken_cell_is_named_the_rest_goes_on_and_the_next_run_resumes(project):
    edit_notebook(project, "02_context", "context.risk(series)", "context.rsik(series)")
    said = grassroots(project, "run", code=1)
    lines = said.splitlines()
    start = next(i for i, line in enumerate(lines) if "02_context, cell" in line)
    assert "context.rsik(series)" in lines[start + 1]
    assert "AttributeError" in lines[start + 2]
    assert "Traceback" not in said
    assert ran(project) == []
    assert list((project / "reports" / "en" / "notebooks").glob("02_context.failed.ipynb"))
    edit_notebook(project, "02_context", "context.rsik(series)", "context.risk(series)")
    grassroots(project, "run")
    assert not list((project / "reports" / "en" / "notebooks").glob("*.failed.ipynb"))
    assert "agree with the reference" in grassroots(project, "verify")


def test_changed_data_wake_what_reads_them_and_verify_says_what_differs(project):
    names = ("incidents.csv", "incidents_v1.csv", "incident_evidence.csv", "second_coding.csv")
    for name in names:
        path = project / "data" / "incidents" / name
        raw = path.read_bytes()
        path.write_bytes(raw.replace(b"2009-beijing-cctv-tvcc-fire", b"2009-beijing-tvcc-fire"))
    grassroots(project, "run")
    woken = ran(project)
    assert "01_data" in woken
    assert "03_accountability" in woken
    assert "02_context" not in woken
    said = grassroots(project, "verify", code=1)
    assert "data table incidents differs" in said
    assert "line 9 (2009-beijing-tvcc-fire), incident_id" in said


def test_a_deleted_row_is_found_by_the_data_check_and_by_verify(project):
    path = project / "data" / "incidents" / "incidents.csv"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:4] + lines[5:]))
    said = grassroots(project, "data", "check", code=1)
    assert "237 rows" in said
    assert "incident_evidence" in said
    before = outputs(project)
    refused = grassroots(project, "run", code=2)
    assert "the codebook says 238" in refused
    assert len(refused.splitlines()) == 1
    assert outputs(project) == before
    path.write_bytes(b"".join(lines))
