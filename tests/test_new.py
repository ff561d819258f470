"""A new compendium: the engine without the study that it was made for, from nothing to a verdict."""

import csv
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import statsmodels.formula.api as smf
from statsmodels.datasets import statecrime

from compendium.commands.new import make
from compendium.data.check import check_tables
from compendium.data.codebook import load_books, tables_of
from compendium.errors import UserError
from compendium.plan import load_plan
from compendium.registry import Registered, registered, work_in

SOURCE = Path(__file__).resolve().parents[1] / "src"


def run(folder: Path, *command: str) -> subprocess.CompletedProcess:
    env = os.environ | {"PYTHONPATH": str(SOURCE)}
    return subprocess.run(
        command, cwd=folder, env=env, capture_output=True, encoding="utf-8", check=False
    )


@pytest.fixture
def made(tmp_path):
    make(tmp_path / "study")
    return tmp_path / "study"


def test_its_data_are_those_of_statsmodels_and_fit_their_codebook(made):
    with (made / "data/states/states.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    known = statecrime.load_pandas().data
    assert [row["state"] for row in rows] == [name.strip() for name in known.index]
    assert [float(row["murder"]) for row in rows] == known["murder"].tolist()
    reports = check_tables(tables_of(load_books(made)))
    assert [violation for report in reports for violation in report.violations] == []


def test_its_plan_is_whole(made):
    plan = load_plan(made)
    assert [*plan.notebooks] == ["01_regression", "02_claims"]
    assert [*plan.tests] == ["A1.single"]
    assert plan.about.title.zh == "新的研究材料"


@pytest.mark.parametrize("name", ["notes.txt", ".hidden"])
def test_a_folder_that_is_not_empty_is_refused_and_stays(tmp_path, name):
    (tmp_path / name).write_text("mine", "utf-8")
    done = run(tmp_path, sys.executable, "-m", "compendium.cli", "new", ".")
    assert done.returncode == 2
    assert done.stderr.startswith("error: .: there is something in this place already")
    assert done.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_folder_without_a_study_of_its_own_works_for_none(made):
    try:
        work_in(made)
        assert registered() == Registered()
        with pytest.raises(UserError, match="this study has no calibration"):
            registered().needed("calibration")
    finally:
        work_in(SOURCE.parent)
    assert registered().program == "grassroots"


@pytest.mark.slow
def test_two_commands_lead_from_nothing_to_the_verdict_that_statsmodels_gives(tmp_path):
    folder = tmp_path / "a new 研究"
    begun = run(tmp_path, sys.executable, "-m", "compendium.cli", "new", folder.name)
    assert begun.returncode == 0, begun.stderr
    done = run(folder, "make", "reproduce", f"PYTHON={sys.executable}")
    assert done.returncode == 0, done.stderr
    assert "consistent with" in done.stdout

    fitted = smf.ols("murder ~ single + poverty + urban", statecrime.load_pandas().data)
    right = fitted.fit(cov_type="HC3", use_t=True)
    low, high = right.conf_int().loc["single"]
    with (folder / "reports/estimates.csv").open(encoding="utf-8-sig", newline="") as file:
        found = {row["id"]: row for row in csv.DictReader(file)}["models.all.single"]
    for name, value in {
        "value": right.params["single"],
        "se": right.bse["single"],
        "ci_low": low,
        "ci_high": high,
        "p": right.pvalues["single"],
    }.items():
        assert float(found[name]) == pytest.approx(value, rel=1e-9)
    assert low > 0  # so that the verdict is the right one

    reports = folder / "reports"
    for lang, said, verdict in (
        ("en", "A new compendium", "consistent with what was known"),
        ("zh", "新的研究材料", "与已知相符"),
    ):
        page = (reports / "site" / lang / "index.html").read_text("utf-8")
        assert said in page
        assert verdict in page
        assert "stand-in" not in page
        ending = "" if lang == "en" else f".{lang}"
        assert (reports / f"report{ending}.pdf").read_bytes().startswith(b"%PDF")
        with zipfile.ZipFile(reports / f"report{ending}.docx") as word:
            assert said in word.read("word/document.xml").decode()
        for page in (reports / "site" / lang).rglob("*.html"):
            assert "grassroots" not in page.read_text("utf-8").lower(), page.name
    again = run(folder, sys.executable, "-m", "compendium.cli", "run")
    assert "Nothing to do" in again.stdout
