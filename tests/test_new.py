"""A new compendium: the engine without the study that it was made for, from nothing to a verdict."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest
import statsmodels.formula.api as smf
import yaml
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


@pytest.fixture(scope="module")
def reproduced(tmp_path_factory):
    """A new compendium after its two commands, and what the second one said."""
    place = tmp_path_factory.mktemp("new")
    folder = place / "a new 研究"
    begun = run(place, sys.executable, "-m", "compendium.cli", "new", folder.name)
    assert begun.returncode == 0, begun.stderr
    done = run(folder, "make", "reproduce", f"PYTHON={sys.executable}")
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


@pytest.mark.slow
def test_two_commands_lead_from_nothing_to_the_verdict_that_statsmodels_gives(reproduced):
    folder, told = reproduced
    assert "consistent with what was known" in told

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


def tampered(path: Path) -> None:
    """Change one word or number of a file, or put another of its kind in its place."""
    if path.suffix in (".png", ".docx", ".pdf"):
        path.write_bytes(next(p for p in others(path)).read_bytes())
        return
    text = path.read_text("utf-8-sig")
    at = next(i for i in range(len(text) * 2 // 3, len(text)) if text[i].isalnum())
    path.write_text(text[:at] + ("7" if text[at] != "7" else "3") + text[at + 1 :], "utf-8")


def others(path: Path):
    """Files of a kind with other bytes, nearest first."""
    reports = next(p for p in path.parents if p.name == "checked")
    for other in sorted(reports.rglob(f"*{path.suffix}")):
        if other.read_bytes() != path.read_bytes():
            yield other


def one_of_each_kind(reports: Path) -> dict[tuple[str, str], Path]:
    """A file of each ending in each folder: the site's own machinery aside, all that readers see."""
    own = (p for p in sorted(reports.rglob("*")) if p.is_file() and "_static" not in p.parts)
    shown = (p for p in own if p.suffix != ".json" and not {".state", ".lock"} & {*p.parts})
    return {(p.parent.relative_to(reports).as_posix(), p.suffix): p for p in shown}


def named(folder: Path, checked: Path, out: Path) -> set[str]:
    """What `verify` finds wrong in a reports folder that is compared with itself."""
    command = ("-m", "compendium.cli", "verify", str(checked), "--against", str(checked))
    done = run(folder, sys.executable, *command, "--json", str(out))
    assert done.returncode == 1, done.stdout + done.stderr
    return {entry["name"] for entry in json.loads(out.read_text("utf-8")) if not entry["agrees"]}


@pytest.mark.slow
def test_a_changed_file_of_every_kind_is_named_and_no_other(reproduced, tmp_path):
    folder, _ = reproduced
    checked = tmp_path / "checked"
    shutil.copytree(folder / "reports", checked)
    kinds = one_of_each_kind(checked)
    recorded = {key: path for key, path in kinds.items() if is_recorded(*key)}
    assert len(kinds) >= 20
    assert len(recorded) >= 5
    for key in {*kinds} - {*recorded}:
        tampered(kinds[key])
    (checked / "en/figures/mine.png").write_bytes(b"mine")
    wrong = {kinds[key].relative_to(checked).as_posix() for key in {*kinds} - {*recorded}}
    wrong.add("en/figures/mine.png")
    assert named(folder, checked, tmp_path / "one.json") == wrong
    for path in recorded.values():
        tampered(path)
    wrong |= {path.relative_to(checked).as_posix() for path in recorded.values()}
    assert named(folder, checked, tmp_path / "two.json") >= wrong


def is_recorded(place: str, ending: str) -> bool:
    """Whether other files are made from one of these; its JSON is read, not compared by lines."""
    return place.partition("/")[2] == "notebooks" or (place, ending) in (
        *(("exhibits", ".csv"), ("ledger", ".csv"), (".", ".csv")),
    )


@pytest.mark.slow
def test_a_folder_that_is_whole_is_told_to_be_so(reproduced, tmp_path):
    folder, _ = reproduced
    elsewhere = tmp_path / "移交 handed over"
    skip = shutil.ignore_patterns(".state", ".lock*")
    shutil.copytree(folder / "reports", elsewhere, ignore=skip)
    command = ("-m", "compendium.cli", "verify", str(elsewhere), "--against", "reports")
    done = run(folder, sys.executable, *command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "files are what the recorded data give" in done.stdout


@pytest.mark.slow
def test_a_review_kit_keeps_the_rules_and_leaves_to_a_person_what_is_a_persons(
    reproduced, tmp_path
):
    shutil.copytree(reproduced[0], folder := tmp_path / "study")
    command = (sys.executable, "-m", "compendium.cli")
    assert run(folder, *command, "verify", "--accept").returncode == 0
    done = [run(folder, *command, "review", "--out", name) for name in ("one", "two")]
    assert [one.returncode for one in done] == [0, 0], done
    assert (folder / "one.zip").read_bytes() == (folder / "two.zip").read_bytes()

    kit = folder / "one"
    files = {p.relative_to(kit).as_posix(): p.read_bytes() for p in kit.rglob("*") if p.is_file()}
    with zipfile.ZipFile(folder / "one.zip") as packed:
        assert {name: packed.read(name) for name in packed.namelist()} == files
    lines = files.pop("SHA256SUMS").decode().splitlines()
    known = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    assert known == {name: sha256(content).hexdigest() for name, content in files.items()}

    assert files["codecheck.yml"].startswith(b"---\n")
    told = yaml.safe_load(files["codecheck.yml"])
    assert told["version"] == "https://codecheck.org.uk/spec/config/2.0/"
    for entry in told["manifest"]:
        assert (
            files[entry["file"]]
            == (folder / "reports" / entry["file"].removeprefix("codecheck/outputs/")).read_bytes()
        )
    said = {Path(entry["file"]).stem: entry["comment"] for entry in told["manifest"]}
    assert said["fig-terms"].startswith("Where more families have one parent")
    assert "numbers and words same; 13 files same" in said["fig-terms"]
    empty = ("certificate", "report", "check_time")
    assert [told[name] for name in empty] == [None] * 3
    assert told["codechecker"] == [{"name": None, "ORCID": None}]

    readme = files["README.md"].decode()
    row = next(line for line in readme.splitlines() if line.startswith("| fig-terms "))
    number = int(row.split(" | ")[2])
    shown = (folder / "notebooks/01_regression.ipynb").read_text("utf-8").splitlines()
    assert '"id": "cell-05"' in shown[number - 1]
    assert "- [ ] I certify" in readme
    assert "`data/states/states.csv`" in readme
    assert re.search(r"All \d+ agree with", files["differences.txt"].decode())


@pytest.mark.slow
def test_single_defects_are_tried_in_copies_and_the_study_stays(reproduced):
    folder, _ = reproduced
    command = (sys.executable, "-m", "compendium.cli")
    assert run(folder, *command, "verify", "--accept").returncode == 0
    before = digests(folder)
    chosen = ("--classes", "data", "plan", "outputs", "wording", "--quick", "--seed", "5")
    done = run(folder, *command, "mutate", *chosen)
    assert done.returncode == 0, done.stderr
    assert "8 of 8 defects have been tried." in done.stdout
    assert "| all | 8 | 100.0% |" in done.stdout
    with (folder / "reports/mutations/seed-5.csv").open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.DictReader(file))
    assert [row["kind"] for row in found] == [k for k in chosen[1:5] for _ in range(2)]
    assert {row["b"] for row in found if row["kind"] == "outputs"} == {
        "files against recorded data"
    }
    again = run(folder, *command, "mutate", *chosen)
    assert "1/8" not in again.stdout  # nothing is tried twice
    assert digests(folder) == before


def digests(folder: Path) -> dict[str, str]:
    """Hash of every file of a study but for the results of `mutate`."""
    files = (path for path in folder.rglob("*") if path.is_file() and "mutations" not in path.parts)
    return {str(path): sha256(path.read_bytes()).hexdigest() for path in files}
