"""`grassroots multiverse`: what it writes, prints and refuses."""

import shutil
from pathlib import Path

import pandas as pd
import pytest

from compendium.cli import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path, monkeypatch):
    root = tmp_path / "项 目"
    for part in ("notebooks/plan", "data"):
        shutil.copytree(ROOT / part, root / part, ignore=shutil.ignore_patterns("covid19*"))
    (root / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text("utf-8"), "utf-8")
    monkeypatch.setenv("GRASSROOTS_EXTERNAL", str(tmp_path))
    return root


def run(root, *words):
    return main(["multiverse", "--root", str(root), *words])


def test_all_universes_are_written_and_the_summary_is_shown(project, capsys):
    mine = project / "reports" / "multiverse" / "summary.csv"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine", encoding="utf-8")
    assert run(project, "--claim", "C7", "--test", "C3.rank_inspection", "--resamples", "99") == 0
    said = capsys.readouterr().out
    assert "now reports/set-aside/multiverse/summary.csv\n" in said
    kept = project / "reports" / "set-aside" / "multiverse" / "summary.csv"
    assert kept.read_text(encoding="utf-8") == "mine"
    assert "C7.phases" in said
    assert "simulated data: a pipeline check" in said
    folder = project / "reports" / "multiverse"
    rank = pd.read_csv(folder / "C3.rank_inspection.csv", keep_default_na=False)
    assert (rank["reason"] == "outcome_constant").sum() == 2
    assert (rank["outcome"] == "not run").sum() == 2
    summary = pd.read_csv(folder / "summary.csv").set_index("test")
    assert summary.loc["C3.rank_inspection", ["universes", "failed"]].tolist() == [len(rank), 2]
    assert summary.loc["C7.survey_buffer", "evidence"] == "stand-in"
    assert set(pd.read_csv(folder / "joint.csv")["test"]) == set(summary.index)


def test_the_same_bytes_on_two_runs_and_any_number_of_jobs(project, capsys):
    words = ("--test", "C3.tier_epidemic", "--test", "C7.phases", "--resamples", "99")
    run(project, *words)
    folder = project / "reports" / "multiverse"
    first = {path.name: path.read_bytes() for path in folder.iterdir()}
    run(project, *words, "--jobs", "2", "--lang", "zh")
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == first
    assert "成立" in capsys.readouterr().out


def test_absent_external_data_are_told(project, capsys):
    assert run(project, "--test", "C5.attention", "--resamples", "0") == 0
    assert "external data are absent: C5.attention" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--claim", "C9"), "no such claim"),
        (("--claim", "C1"), "no test of this claim has a multiverse"),
        (("--test", "C1.urbanization"), "this test has no multiverse"),
        (("--test", "C9.nothing"), "no such test"),
        (("--test", "C7.phases", "--seed", "-1"), "a seed is a whole number"),
        (("--test", "C7.phases", "--resamples", "-1"), "resamples can't be negative"),
        (("--test", "C7.phases", "--jobs", "0"), "at least one job"),
        (("--test", "C7.phases", "--scheduler", "tcp://127.0.0.1:9"), "127.0.0.1:9"),
        (("--test", "C3.survey_inversion", "--survey", "observed"), "no observed survey"),
    ],
)
def test_wrong_use_is_one_line_and_code_2(project, capsys, words, said):
    assert run(project, *words) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
