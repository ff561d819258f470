"""Rows of the robustness notebook: clusters, choices, readings of a calibration, and sentences."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from compendium.exhibits.recorded import as_recorded
from compendium.inference.few_cluster_rows import size_rows
from compendium.inference.multiverse import run_multiverse
from compendium.inference.size_study import size_study
from grassroots import accountability as acc
from grassroots.calibration import read_setup
from grassroots.calibration.tables import AS_ASKED, TOO_LITTLE, TOO_OFTEN, reading
from grassroots.robustness import counts_of_choices, observed_shapes
from tests.inference import multiverse_cases as case


def diagnosed(coverage, size):
    row = {"coverage": coverage, "size": size, "replications": 50, "failed": 0}
    return pd.Series(row, dtype=float)


@pytest.mark.parametrize(
    ("coverage", "size", "said"),
    [
        (0.96, 0.02, AS_ASKED.en),
        (0.94, float("nan"), AS_ASKED.en),
        (1.0, 0.0, AS_ASKED.en),
        (0.78, float("nan"), TOO_LITTLE.en),
        (0.96, 0.30, TOO_OFTEN.en),
        (0.70, 0.30, f"{TOO_LITTLE.en}; {TOO_OFTEN.en}"),
    ],
)
def test_a_reading_names_what_chance_does_not_explain(coverage, size, said):
    assert reading(diagnosed(coverage, size), 0.95).en == said


def test_lists_of_epidemics_and_of_others_are_clusters_of_their_own_tests():
    tables = read_setup(Path(__file__).parents[2]).tables
    incidents = acc.version_1(tables["incidents"], tables["incidents_v1"])
    ranks = acc.inspection_ranks(tables["inspection_accountability"])
    listed, officials = acc.fully_listed(incidents), acc.officials_sanctioned(incidents)
    shapes = observed_shapes(listed, ranks, officials)
    found = {group: shapes[f"C3.tier_{group}"].n_clusters for group in ("epidemic", "other")}
    assert found == listed["group"].value_counts().to_dict()


def test_choices_that_turn_a_test_are_of_those_that_were_tried_and_count():
    """One of two other outcomes turns it; one sample has nobody, and one is a stress test."""
    outcomes = [case.option("y", True, column="y"), case.option("y2", column="y2")]
    samples = [case.option("all", True, column=None), case.option("nobody", column="nobody")]
    plan = case.plan(
        case.decision("outcome", "outcome", *outcomes, case.option("noise", column="noise")),
        case.decision("sample", "sample", *samples, case.option("some", column="kept", admissibility="stress")),
        base={"predictor": "x"},
    )  # fmt: skip
    noise = np.random.default_rng(2).normal(size=600)
    found = run_multiverse(plan, case.judged(), case.rows().assign(noise=noise, nobody=0.0))
    flips, failed = counts_of_choices(found)
    assert (flips.value, flips.n) == (1, 2)
    assert (failed.value, failed.n) == (3, 7)


def test_sentences_are_recorded_in_both_languages():
    rows = pd.DataFrame({"n": [1], "said": [{"en": "one", "zh": "一"}]})
    assert as_recorded(rows).to_dict("records") == [{"n": 1, "said_en": "one", "said_zh": "一"}]


def test_a_size_study_has_a_row_for_each_shape_and_method():
    study = size_study((10, 20), ("balanced",), ("CR0", "CR2"), seed=1, replications=50)
    rows = size_rows(study)
    assert len(rows) == 2
    assert rows["size_10"].tolist() == study.loc[study["clusters"] == 10, "size"].tolist()
