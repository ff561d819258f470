"""Rows of the robustness notebook: readings of a calibration, and sentences in two languages."""

import pandas as pd
import pytest

from compendium.exhibits.recorded import as_recorded
from compendium.inference.few_cluster_rows import size_rows
from compendium.inference.size_study import size_study
from grassroots.calibration.tables import AS_ASKED, TOO_LITTLE, TOO_OFTEN, reading


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


def test_sentences_are_recorded_in_both_languages():
    rows = pd.DataFrame({"n": [1], "said": [{"en": "one", "zh": "一"}]})
    assert as_recorded(rows).to_dict("records") == [{"n": 1, "said_en": "one", "said_zh": "一"}]


def test_a_size_study_has_a_row_for_each_shape_and_method():
    study = size_study((10, 20), ("balanced",), ("CR0", "CR2"), seed=1, replications=50)
    rows = size_rows(study)
    assert len(rows) == 2
    assert rows["size_10"].tolist() == study.loc[study["clusters"] == 10, "size"].tolist()
