"""The worked examples of CONTRIBUTING.md do what they say, in a copy of the project."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.formula.api as smf

from compendium.study import Study
from tests import worked

ROOT = Path(__file__).parents[1]
EXAMPLES = worked.examples((ROOT / "CONTRIBUTING.md").read_text("utf-8"))
FIGURE, REGRESSION = EXAMPLES
PARTS = ("src", "data", "notebooks", "requirements.lock", "pyproject.toml")
NOTEBOOK = "02_context"


def command(folder, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "compendium.cli", *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder / "src"), "COLUMNS": "200"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def done(folder, example):
    """Do an example in a copy of the project, and run its notebook."""
    for part in PARTS:
        source = ROOT / part
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / part)
    for arguments in worked.commands(EXAMPLES[example]):
        command(folder, *arguments)
    worked.apply(folder, EXAMPLES[example])
    command(folder, "run", NOTEBOOK)
    return folder / "reports"


def published(series):
    told = pd.read_csv(ROOT / "data/official_statistics/series.csv")
    return told[(told["series_id"] == series) & (told["region"] == "China")].set_index("year")[
        "value"
    ]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(Study, "figure"), reason="no figure on an author's own axes yet")
def test_a_seaborn_figure_is_there_in_both_languages(tmp_path):
    reports = done(tmp_path, FIGURE)
    for lang, said in (
        ("en", "Scatter of deaths at work over"),
        ("zh", "生产安全死亡人数与城镇化率的散点"),
    ):
        figures = reports / lang / "figures"
        assert (figures / "fig-work-deaths.txt").read_text("utf-8").startswith(said)
        assert (figures / "fig-work-deaths.png").stat().st_size > 10_000
        assert (figures / "fig-work-deaths.svg").stat().st_size > 5_000
    told = json.loads((reports / "exhibits" / "fig-work-deaths.json").read_text("utf-8"))
    assert told["title"] == {
        "en": "Deaths at work and the growth of cities",
        "zh": "生产安全死亡与城镇化",
    }
    drawn = (reports / "exhibits" / "fig-work-deaths.csv").read_text("utf-8")
    assert len(drawn.splitlines()) > len(published("work_safety_deaths"))


@pytest.mark.slow
def test_a_regression_is_in_the_ledger_in_a_table_and_in_the_sentence_of_its_test(tmp_path):
    reports = done(tmp_path, REGRESSION)
    with (reports / "ledger" / f"{NOTEBOOK}.csv").open(encoding="utf-8", newline="") as file:
        ledger = {row["id"]: row for row in csv.DictReader(file)}
    both = pd.DataFrame(
        {"rate": published("urbanization_rate_resident"), "deaths": published("work_safety_deaths")}
    ).dropna()
    model = smf.ols("log ~ rate", both.assign(log=np.log(both["deaths"])))
    fit = model.fit(cov_type="HC1", use_t=True)
    low, high = fit.conf_int().loc["rate"]
    slope = ledger["c8.value_urban"]
    found = [float(slope[column]) for column in ("value", "ci_low", "ci_high")]
    assert found == pytest.approx([fit.params["rate"], low, high], rel=1e-8)
    assert float(slope["ci_high"]) < 0
    words = {
        "en": ("Urbanization rate", "Deaths at work fall with the urbanization rate: −"),
        "zh": ("城镇化率", "生产安全死亡人数随城镇化率下降：−"),
    }
    for lang, (heading, said) in words.items():
        table = (reports / lang / "tables" / "tab-work-deaths.html").read_text("utf-8")
        assert heading in table
        assert f"−{abs(fit.params['rate']):.3f}" in table
        executed = json.loads(
            (reports / lang / "notebooks" / f"{NOTEBOOK}.ipynb").read_text("utf-8")
        )
        assert said in json.dumps(executed, ensure_ascii=False)


def test_an_example_whose_lines_are_not_there_is_seen(tmp_path):
    (tmp_path / "a.yml").write_text("x:\n    - b: 1\n", "utf-8")
    block = "```diff\n--- a.yml\n-- b: {}\n+- b: 2\n+  c: 3\n```\n"
    worked.apply(tmp_path, block.format(1))
    assert (tmp_path / "a.yml").read_text("utf-8") == "x:\n    - b: 2\n      c: 3\n"
    with pytest.raises(AssertionError, match=r"a\.yml has no lines"):
        worked.apply(tmp_path, block.format(1))


def test_every_example_begins_with_a_command():
    assert [len(worked.commands(text)) for text in EXAMPLES.values()] == [1, 2]
